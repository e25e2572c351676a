/* SPDX-License-Identifier: Apache-2.0 */
/* Raw text to the form that is compared: Unicode folded (utf8proc: NFKD, case-folded, marks stripped), titles off names, UK
 * addresses taken apart, plates and telephones in one shape. Every function writes NUL-terminated text to a caller's buffer and
 * returns its length, 0 when nothing that is evidence remains (empty, or a placeholder such as UNKNOWN, N/A, TBC). Output is at
 * most XF_NORMAL_TEXT-1 bytes. */
#ifndef CROSSFLAG_NORMALISE_H
#define CROSSFLAG_NORMALISE_H

#include <stddef.h>

#define XF_NORMAL_TEXT 256

/* Lower case ASCII-folded words separated by single spaces; hyphens become spaces, apostrophes vanish, titles (mr, mrs, dr, sir, …)
 * are dropped. */
size_t xf_normalise_name(const char *text, char out[static XF_NORMAL_TEXT]);
/* As a name, but keeping digits; ampersand becomes "and". */
size_t xf_normalise_text(const char *text, char out[static XF_NORMAL_TEXT]);
/* Canonical postcode, upper case with its space; 0 when it is no British one, or one of the NHS's ZZ99 for no fixed abode and
 * unknown. A letter O or I where only a digit can stand is taken as the digit. */
size_t xf_normalise_postcode(const char *text, char out[static XF_NORMAL_TEXT]);
/* E.164 with + (UK numbers from their national form; 00 as +), at most 15 digits; 0 when implausible or a placeholder. */
size_t xf_normalise_phone(const char *text, char out[static XF_NORMAL_TEXT]);
/* Lower-cased and trimmed; googlemail.com as gmail.com. 0 when there is no @ with text on both sides. */
size_t xf_normalise_email(const char *text, char out[static XF_NORMAL_TEXT]);
/* Upper case letters and digits only. */
size_t xf_normalise_plate(const char *text, char out[static XF_NORMAL_TEXT]);

/* A part of a plate: the same with * for any run and ? for one character unknown; 0 when no character is known. */
size_t xf_plate_pattern(const char *text, char out[static XF_NORMAL_TEXT]);

enum xf_plate_class {
    XF_PLATE_OTHER,
    XF_PLATE_CURRENT,
    XF_PLATE_PREFIX,
    XF_PLATE_SUFFIX,
    XF_PLATE_NORTHERN_IRELAND,
    XF_PLATE_DATELESS,
    XF_PLATE_Q,
    XF_PLATE_DIPLOMATIC,
};
/* The class of a normalised plate. */
enum xf_plate_class xf_plate_classify(const char *plate);
/* The plate with the confusions of readers folded (O/0, I/1, B/8, S/5, Z/2 each to one digit): the key under which misreadings
 * meet. */
size_t xf_plate_fold(const char *plate, char out[static XF_NORMAL_TEXT]);

/* A UK address taken apart. All parts normalised as text; any may be empty. */
struct xf_address {
    char flat[32];     /* "2", "b", "ground floor": the unit inside the building; its name, which wins over the storey */
    char storeys[48];  /* "first and second floor": where the unit is in the house, all that is said of it */
    char house[32];    /* "12", "12a", "13-14" */
    char building[96]; /* a named house or the premises' name before the number */
    char street[96];   /* with its type spelt out: road, street, avenue */
    char rest[128];    /* locality, town, county: whatever follows the street */
    char postcode[12]; /* when found in the text */
};
/* Takes apart one line or comma-joined lines. Never fails; what it cannot place goes to rest. */
void xf_normalise_address(const char *text, struct xf_address *ret);

/* Phonetic key fit for UK, South Asian, Polish and Arabic names (rules in the source, derived from double metaphone and extended);
 * up to 8 of the letters A to Y; returns its length, 0 when the name has no Latin letter. Spaces do not count. */
size_t xf_phonetic_key(const char *normal_name, char out[static 12]);
/* The canonical given name of a nickname (bill → william, mo → mohammed), or the name itself; a constant or the argument. */
const char *xf_nickname_canonical(const char *normal_given);

#endif
