/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an address with what each can be, ready for address.c to find its parts: folded, abbreviations spelt out
 * (address_kind.c), numbers joined that people write apart, the postcode, the country and the unit (address_unit.c) set aside.
 * Knows that 21 - 29 is one number, and that 144 and a half is too. Invariant: only what is certain without knowing the street is
 * decided here. */
#include "address_tokens.h"

#include <stdio.h>
#include <string.h>

#include "words.h"

#define TEXT_MAX 1024

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Up to five digits, at most one letter, and the same again behind - or /: 12, 12a, 13-14, 92-92a, 2/1. */
bool xf_address_is_number(const char *text)
{
    for (int half = 0; half < 2; half++) {
        int digits = 0;

        while (is_digit(*text)) {
            text++;
            digits++;
        }
        if (!digits || digits > 5)
            return false;
        text += is_letter(*text);
        if (!*text)
            return true;
        if (half || (*text != '-' && *text != '/'))
            return false;
        text++;
    }
    return false;
}

static void push_token(struct xf_address_tokens *tokens, const char *text, size_t length, int segment)
{
    struct xf_address_token *token;

    if (!length || tokens->count == XF_ADDRESS_TOKENS_MAX)
        return;
    token = &tokens->items[tokens->count++];
    length = length < XF_ADDRESS_TOKEN_TEXT ? length : XF_ADDRESS_TOKEN_TEXT - 1;
    memcpy(token->text, text, length);
    token->text[length] = '\0';
    token->part = XF_PART_REST;
    token->segment = segment;
}

/* A - or / stays inside a token between what numbers are made of, as does the / of c/o and r/o; elsewhere it parts words, and with
 * spaces around it it is a comma. */
static void split(struct xf_address_tokens *tokens, const char *text)
{
    const char *start = text;
    int segment = 0;

    for (;; text++) {
        char c = *text;
        bool inside = text > start;

        if (c == '-' && inside && is_digit(text[1]) && (is_digit(text[-1]) || (text - start > 1 && is_digit(text[-2]))))
            continue;
        if (c == '/' && inside && text - start <= 5 && (is_digit(text[1]) || text - start == 1))
            continue;
        if (c && c != ' ' && c != ',' && c != '-' && c != '/')
            continue;
        push_token(tokens, start, (size_t)(text - start), segment);
        if (c == ',' || ((c == '-' || c == '/') && !inside && text[1] == ' '))
            segment++;
        if (!c)
            return;
        start = text + 1;
    }
}

static void remove_tokens(struct xf_address_tokens *tokens, int at, int count)
{
    memmove(&tokens->items[at], &tokens->items[at + count], (size_t)(tokens->count - at - count) * sizeof(struct xf_address_token));
    tokens->count -= count;
}

const struct xf_address_token *xf_address_token_at(const struct xf_address_tokens *tokens, int i)
{
    static const struct xf_address_token nothing = {.text = "", .part = XF_PART_NONE, .segment = -1};

    return i >= 0 && i < tokens->count ? &tokens->items[i] : &nothing;
}

bool xf_address_token_is(const struct xf_address_tokens *tokens, int i, const char *word)
{
    return strcmp(xf_address_token_at(tokens, i)->text, word) == 0;
}

bool xf_address_ends_street(enum xf_address_kind kind)
{
    return kind == XF_ADDRESS_STREET || kind == XF_ADDRESS_FEATURE || kind == XF_ADDRESS_COURT;
}

/* Joins to one token what people write as several: 21 - 29, 12 and 14, 12 a, 144 and a half; drops "no" before a number. */
static void join_numbers(struct xf_address_tokens *tokens)
{
    for (int i = 0; i < tokens->count; i++) {
        struct xf_address_token *token = &tokens->items[i];
        const struct xf_address_token *next = xf_address_token_at(tokens, i + 1);
        const struct xf_address_token *third = xf_address_token_at(tokens, i + 2);
        char joined[XF_ADDRESS_TOKEN_TEXT];

        if ((xf_address_token_is(tokens, i, "no") || xf_address_token_is(tokens, i, "number")) && next->kind == XF_ADDRESS_NUMBER) {
            remove_tokens(tokens, i--, 1);
            continue;
        }
        if (token->kind != XF_ADDRESS_NUMBER || strlen(token->text) > 12)
            continue;
        if (xf_address_token_is(tokens, i + 1, "and") && xf_address_token_is(tokens, i + 2, "a") &&
            xf_address_token_is(tokens, i + 3, "half")) {
            strcat(token->text, " and a half");
            remove_tokens(tokens, i + 1, 3);
            continue;
        }
        if ((xf_address_token_is(tokens, i + 1, "and") || xf_address_token_is(tokens, i + 1, "to")) &&
            third->kind == XF_ADDRESS_NUMBER && third->segment == token->segment) {
            snprintf(joined, sizeof(joined), "%.13s-%.13s", token->text, third->text);
            remove_tokens(tokens, i + 1, 2);
        } else if (next->segment == token->segment && is_letter(next->text[0]) && !next->text[1] && third->text[0] &&
                   is_digit(token->text[strlen(token->text) - 1])) {
            snprintf(joined, sizeof(joined), "%.13s%.1s", token->text, next->text);
            remove_tokens(tokens, i + 1, 1);
        } else {
            continue;
        }
        strcpy(token->text, joined);
    }
}

/* Whether a number stands here, rather than 1st. */
static bool is_plain_number(const char *text)
{
    while (is_digit(*text))
        text++;
    return !is_letter(text[0]) || !is_letter(text[1]);
}

/* "21 - 29" comes as two numbers with a comma's gap between; split has counted the - as one. */
static void join_ranges(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (from > text && from[0] == ' ' && from[1] == '-' && is_digit(from[-1]) &&
            (from[2] == ' ' ? is_digit(from[3]) && is_plain_number(from + 3) : is_digit(from[2]) && is_plain_number(from + 2))) {
            *to++ = '-';
            from += from[2] == ' ' ? 2 : 1;
            continue;
        }
        if (from > text && from[0] == ' ' && from[-1] == '-' && to - text > 1 && is_digit(to[-2]) && is_digit(from[1]))
            continue;
        *to++ = *from;
    }
    *to = '\0';
}

/* The last tokens that make a postcode, in one piece or two. */
static void find_postcode(struct xf_address_tokens *tokens, char postcode[static 12])
{
    char out[XF_NORMAL_TEXT];

    for (int i = tokens->count - 1; i >= 0; i--) {
        struct xf_address_token *token = &tokens->items[i];
        size_t length = strlen(token->text);
        char joined[2 * XF_ADDRESS_TOKEN_TEXT];

        if (i && length == 3 && is_digit(token->text[0]) && strlen(token[-1].text) <= 4 && is_letter(token[-1].text[0]))
            snprintf(joined, sizeof(joined), "%s%s", token[-1].text, token->text);
        else if (length >= 5 && length <= 7 && is_letter(token->text[0]) && is_digit(token->text[length - 3]))
            snprintf(joined, sizeof(joined), "%s", token->text);
        else
            continue;
        if (!xf_normalise_postcode(joined, out))
            continue;
        strcpy(postcode, out);
        token->part = XF_PART_POSTCODE;
        if (length == 3)
            token[-1].part = XF_PART_POSTCODE;
        return;
    }
}

static void drop_country(struct xf_address_tokens *tokens)
{
    for (int i = tokens->count; i-- > 1;) {
        struct xf_address_token *token = &tokens->items[i];

        if (token->part == XF_PART_POSTCODE)
            continue;
        if (token->kind == XF_ADDRESS_COUNTRY)
            token->part = XF_PART_NONE;
        else if (xf_address_token_is(tokens, i, "kingdom") && xf_address_token_is(tokens, i - 1, "united"))
            token->part = token[-1].part = XF_PART_NONE;
        return;
    }
}

void xf_address_tokens_take(struct xf_address_tokens *tokens, int from, int to, enum xf_address_part part)
{
    for (int i = from; i < to; i++)
        if (tokens->items[i].part == XF_PART_REST)
            tokens->items[i].part = part;
}

bool xf_address_tokens_read(struct xf_address_tokens *tokens, const char *text, char postcode[static 12],
                            struct xf_address_unit *unit)
{
    char folded[TEXT_MAX];
    size_t length = xf_words_fold(text, XF_WORDS_ADDRESS, folded, sizeof(folded));

    tokens->count = 0;
    *postcode = '\0';
    if (xf_words_placeholder(folded, length) || strcmp(folded, "n/a") == 0)
        return false;
    join_ranges(folded);
    split(tokens, folded);
    find_postcode(tokens, postcode); /* before abbreviations are spelt out: CO9 1ST */
    xf_address_kinds_find(tokens);
    drop_country(tokens);
    join_numbers(tokens);
    xf_address_unit_find(tokens, unit);
    return true;
}
