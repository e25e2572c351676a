/* SPDX-License-Identifier: Apache-2.0 */
/* An address as a list of tokens, before its parts are found: what address_tokens.c reads and address.c takes apart. */
#ifndef XF_LIB_ADDRESS_TOKENS_H
#define XF_LIB_ADDRESS_TOKENS_H

#include <stdbool.h>

#include "address_words.h"
#include "crossflag/normalise.h"

#define XF_ADDRESS_TOKENS_MAX 96 /* further words are left out */
#define XF_ADDRESS_TOKEN_TEXT 32 /* longer words are cut */
#define XF_ADDRESS_STOREYS sizeof(((struct xf_address *)0)->storeys)

enum xf_address_part {
    XF_PART_REST,
    XF_PART_FLAT,
    XF_PART_HOUSE,
    XF_PART_BUILDING,
    XF_PART_STREET,
    XF_PART_POSTCODE,
    XF_PART_NONE, /* tells nothing: the country */
};

struct xf_address_token {
    char text[XF_ADDRESS_TOKEN_TEXT]; /* folded, abbreviations spelt out */
    enum xf_address_kind kind;
    enum xf_address_part part;
    int segment; /* counts commas */
};

struct xf_address_tokens {
    struct xf_address_token items[XF_ADDRESS_TOKENS_MAX];
    int count;
};

/* The unit inside a building, as a keyword and a storey name it. */
struct xf_address_unit {
    char name[XF_ADDRESS_TOKEN_TEXT];   /* "2", "b"; may be empty */
    char storey[XF_ADDRESS_TOKEN_TEXT]; /* "ground floor": the first one named; may be empty */
    char storeys[XF_ADDRESS_STOREYS];   /* "first and second floor": all of them */
    bool number_may_be_house;           /* "flat 74 high street" */
    int end;                            /* the token behind the unit, -1 when there is no unit */
};

/* Reads the text's tokens, gives each its kind, joins what makes one number, and sets the postcode, the country and the unit apart.
 * False when the text is empty or a placeholder: then there are none. postcode is written when one is found, else empty. */
bool xf_address_tokens_read(struct xf_address_tokens *tokens, const char *text, char postcode[static 12],
                            struct xf_address_unit *unit);
/* Up to five digits, at most one letter, and the same again behind - or /: 12, 12a, 13-14, 92-92a, 2/1. */
bool xf_address_is_number(const char *text);
/* The steps of reading that have files of their own: address_kind.c, address_unit.c. */
void xf_address_kinds_find(struct xf_address_tokens *tokens);
void xf_address_unit_find(struct xf_address_tokens *tokens, struct xf_address_unit *unit);
/* Gives the part to those of from..to-1 that have none yet. */
void xf_address_tokens_take(struct xf_address_tokens *tokens, int from, int to, enum xf_address_part part);
/* The token, or one without text, of no segment, when there is none at i. */
const struct xf_address_token *xf_address_token_at(const struct xf_address_tokens *tokens, int i);
bool xf_address_token_is(const struct xf_address_tokens *tokens, int i, const char *word);
/* Whether a word of this kind can end a street's name. */
bool xf_address_ends_street(enum xf_address_kind kind);

/* Where names of streets and buildings begin and end (address_run.c); XF_ADDRESS_NOWHERE when they do not. */
#define XF_ADDRESS_NOWHERE (-1)
/* The end of the run of plain tokens from start: up to a comma, a number, or a token that has its part. */
int xf_address_run_end(const struct xf_address_tokens *tokens, int start);
/* Kingsway, Northgate, Cheapside: streets in one word. */
bool xf_address_is_street_in_one(const char *word);
/* The last token of the street's name in the run from..to. */
int xf_address_street_end(const struct xf_address_tokens *tokens, int from, int to);
/* The token behind the building's name in from..street_end: behind its last building word, if a street's name of its own follows.
 * School Lane and Church House Road are streets. */
int xf_address_building_end(const struct xf_address_tokens *tokens, int from, int street_end);
/* The token behind the last building word of from..to, or from. */
int xf_address_last_building(const struct xf_address_tokens *tokens, int from, int to);

#endif
