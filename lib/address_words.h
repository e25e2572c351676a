/* SPDX-License-Identifier: Apache-2.0 */
/* What a word can be in a British address. */
#ifndef XF_LIB_ADDRESS_WORDS_H
#define XF_LIB_ADDRESS_WORDS_H

enum xf_address_kind {
    XF_ADDRESS_WORD,
    XF_ADDRESS_NUMBER,    /* 12, 12a, 13-14: found by shape, not in the table */
    XF_ADDRESS_STREET,    /* road, avenue: ends a street's name */
    XF_ADDRESS_FEATURE,   /* hill, park, green: ends a street's name unless another such word follows */
    XF_ADDRESS_COURT,     /* court, mansions: a street, or a building when a street follows */
    XF_ADDRESS_BUILDING,  /* house, school, inn: ends a building's name */
    XF_ADDRESS_FLAT,      /* flat, apartment */
    XF_ADDRESS_UNIT,      /* unit, room, suite, shop */
    XF_ADDRESS_STOREY,    /* ground, first, top: before "floor" or "flat" */
    XF_ADDRESS_FLOOR,     /* floor */
    XF_ADDRESS_DIRECTION, /* north: may end a street's name */
    XF_ADDRESS_PREFIX,    /* old, great, saint: begins a street's name */
    XF_ADDRESS_COUNTRY,   /* uk, england: tells nothing at the end */
};

struct xf_address_word {
    const char *word;
    enum xf_address_kind kind;
    const char *full; /* for an abbreviation: the word spelt out; else NULL */
};

/* The entry of a folded word, a constant, or NULL. */
const struct xf_address_word *xf_address_word_find(const char *word);

#endif
