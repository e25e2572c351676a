/* SPDX-License-Identifier: Apache-2.0 */
/* What comparing needs to know of a name, worked out once for each distinct text: its sounds, its nickname's canonical form, its
 * rarity under the model. A table over another holds a question's own words and looks the others up below. Derived from symbols and
 * model: never saved. */
#ifndef XF_LIB_LEXICON_H
#define XF_LIB_LEXICON_H

#include "crossflag/intern.h"
#include "crossflag/mention.h"
#include "model.h"
#include "pool.h"

#define XF_LEXEME_GIVEN_LISTED                                                                                                     \
    1 /* the model's forename table has it, or its canonical form, as a common one: a name of its own, not a misspelling */
#define XF_LEXEME_FAMILY_LISTED 2
#define XF_LEXEME_WORDS 4     /* more than one word */
#define XF_LEXEME_UNIQUE 8    /* an identifier scheme of which a person has one value */
#define XF_LEXEME_NATIONAL 16 /* an identifier scheme that a country numbers its people by: no two persons share a value */
#define XF_LEXEME_PERSONAL 32 /* an identifier scheme of which the model says the same */

struct xf_lexeme {
    const char *text; /* the intern table's */
    uint64_t hash;
    uint64_t first_sound; /* phonetic key of the first word's canonical form, its letters packed; of a postcode: its outcode */
    uint64_t last_sound;  /* of the last word */
    uint64_t first_canonical, last_canonical; /* hash of the first and last word's canonical given name */
    int32_t given_rarity, family_rarity;
    uint32_t symbol;
    uint16_t length;
    uint16_t flags;
};

struct xf_lexicon {
    const struct xf_model *model;
    const struct xf_intern *symbols;
    const struct xf_lexicon *base; /* NULL, or the table below */
    XF_POOL(uint32_t) rows;        /* by symbol: row + 1, 0 none; unused in a table over another, whose few rows are searched */
    XF_POOL(struct xf_lexeme) lexemes;
};

void xf_lexicon_finish(struct xf_lexicon *lexicon);
/* Takes in the words of a mention's values. XF_OK, XF_ENOMEM. Lexemes never move. */
int xf_lexicon_add(struct xf_lexicon *lexicon, const struct xf_value *values, uint32_t count) XF_MUST_CHECK;
const struct xf_lexeme *xf_lexicon_search(const struct xf_lexicon *lexicon, uint32_t symbol);

/* The lexeme of a symbol that was taken in; NULL for symbol 0 and others. */
static inline const struct xf_lexeme *xf_lexicon_at(const struct xf_lexicon *lexicon, uint32_t symbol)
{
    if (!lexicon->base && symbol < lexicon->rows.count) {
        uint32_t row = *xf_pool_at(&lexicon->rows, symbol);

        return row ? xf_pool_at(&lexicon->lexemes, row - 1) : NULL;
    }
    return xf_lexicon_search(lexicon, symbol);
}

#endif
