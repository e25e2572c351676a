/* SPDX-License-Identifier: Apache-2.0 */
/* The words that mentions are compared by. The linker takes a mention's words in before it is first compared, so that scoring a
 * pair only looks up. Invariant: a lexeme depends on its text and the model alone. */
#include "lexicon.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/identifier.h"
#include "crossflag/normalise.h"

void xf_lexicon_finish(struct xf_lexicon *lexicon)
{
    xf_pool_free(&lexicon->rows);
    xf_pool_free(&lexicon->lexemes);
}

const struct xf_lexeme *xf_lexicon_search(const struct xf_lexicon *lexicon, uint32_t symbol)
{
    if (!lexicon->base || !symbol)
        return NULL;
    for (uint32_t i = 0; i < lexicon->lexemes.count; i++)
        if (xf_pool_at(&lexicon->lexemes, i)->symbol == symbol)
            return xf_pool_at(&lexicon->lexemes, i);
    return xf_lexicon_at(lexicon->base, symbol);
}

static uint64_t pack_text(const char *text, size_t length)
{
    uint64_t packed = 0;

    memcpy(&packed, text, length < sizeof(packed) ? length : sizeof(packed));
    return packed;
}

static uint64_t sound_of(const char *word)
{
    char key[12];
    size_t length = xf_phonetic_key(word, key);

    return length ? pack_text(key, length) : xf_text_hash(word, strlen(word));
}

/* A word of text, NUL-terminated: the first, or the last. */
static const char *copy_word(const char *text, size_t length, char *out, size_t size)
{
    length = length < size ? length : size - 1;
    memcpy(out, text, length);
    out[length] = '\0';
    return out;
}

static void fill_name(const struct xf_model *model, struct xf_lexeme *lexeme)
{
    char first[XF_NORMAL_TEXT], last[XF_NORMAL_TEXT];
    const char *space = memchr(lexeme->text, ' ', lexeme->length), *end = memrchr(lexeme->text, ' ', lexeme->length);
    const char *canonical;
    int listed;

    copy_word(lexeme->text, space ? (size_t)(space - lexeme->text) : lexeme->length, first, sizeof(first));
    copy_word(end ? end + 1 : lexeme->text, end ? lexeme->length - (size_t)(end + 1 - lexeme->text) : lexeme->length, last,
              sizeof(last));
    canonical = xf_nickname_canonical(first);
    lexeme->first_canonical = xf_text_hash(canonical, strlen(canonical));
    lexeme->first_sound = sound_of(canonical);
    lexeme->last_sound = sound_of(last);
    canonical = xf_nickname_canonical(last);
    lexeme->last_canonical = xf_text_hash(canonical, strlen(canonical));
    if (space)
        lexeme->flags |= XF_LEXEME_WORDS;
    lexeme->given_rarity = xf_frequencies_rarity(&model->given, lexeme->hash, &listed);
    if (!listed)
        lexeme->given_rarity = xf_frequencies_rarity(&model->given, lexeme->first_canonical, &listed);
    if (listed && lexeme->given_rarity <= model->given.distinct)
        lexeme->flags |= XF_LEXEME_GIVEN_LISTED;
    lexeme->family_rarity = xf_frequencies_rarity(&model->family, lexeme->hash, &listed);
    if (listed && lexeme->family_rarity <= model->family.distinct)
        lexeme->flags |= XF_LEXEME_FAMILY_LISTED;
}

/* Those whose forms are checked before a value counts; the schools reissue a UPN, and a person may have two CRO numbers, but what
 * is equal is one person's. */
static bool is_national(const char *scheme)
{
    static const char *const schemes[] = {"nhs", "pnc", "nino", "upn", "cro"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (strcmp(scheme, schemes[i]) == 0)
            return true;
    return false;
}

static void fill(const struct xf_lexicon *lexicon, uint32_t symbol, struct xf_lexeme *lexeme)
{
    size_t length = xf_intern_length(lexicon->symbols, symbol);

    *lexeme = (struct xf_lexeme){.text = xf_intern_text(lexicon->symbols, symbol), .symbol = symbol};
    lexeme->length = (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX);
    lexeme->hash = xf_text_hash(lexeme->text, length);
    if (xf_identifier_is_unique(lexeme->text))
        lexeme->flags |= XF_LEXEME_UNIQUE;
    if (is_national(lexeme->text))
        lexeme->flags |= XF_LEXEME_NATIONAL;
    for (uint32_t i = 0; i < lexicon->model->personal_count; i++)
        if (lexicon->model->personal[i] == lexeme->hash)
            lexeme->flags |= XF_LEXEME_PERSONAL;
    if (isupper((unsigned char)lexeme->text[0])) { /* names are lower case, postcodes upper */
        const char *space = memchr(lexeme->text, ' ', length);
        lexeme->first_sound = pack_text(lexeme->text, space ? (size_t)(space - lexeme->text) : length);
    } else {
        fill_name(lexicon->model, lexeme);
    }
}

static int take(struct xf_lexicon *lexicon, uint32_t symbol)
{
    if (!symbol || xf_lexicon_at(lexicon, symbol))
        return XF_OK;
    if (!lexicon->base && symbol >= lexicon->rows.count) {
        if (xf_pool_reserve(&lexicon->rows, symbol + 1 - lexicon->rows.count) != XF_OK)
            return XF_ENOMEM;
        lexicon->rows.count = symbol + 1; /* new rows are zero: no lexeme */
    }
    if (xf_pool_reserve(&lexicon->lexemes, 1) != XF_OK)
        return XF_ENOMEM;
    fill(lexicon, symbol, xf_pool_at(&lexicon->lexemes, lexicon->lexemes.count));
    lexicon->lexemes.count++;
    if (!lexicon->base)
        *xf_pool_at(&lexicon->rows, symbol) = lexicon->lexemes.count;
    return XF_OK;
}

int xf_lexicon_add(struct xf_lexicon *lexicon, const struct xf_value *values, uint32_t count)
{
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < count; i++) {
        switch (values[i].field) {
        case XF_FIELD_GIVEN:
        case XF_FIELD_FAMILY:
        case XF_FIELD_POSTCODE:
        case XF_FIELD_NAME:
        case XF_FIELD_BUILDING:
            rc = take(lexicon, values[i].symbol);
            break;
        case XF_FIELD_ID:
            rc = take(lexicon, values[i].qualifier);
            break;
        default:
            break;
        }
    }
    return rc;
}
