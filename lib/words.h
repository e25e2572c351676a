/* SPDX-License-Identifier: Apache-2.0 */
/* Unicode text folded to plain words: the ground on which names, texts and addresses are normalised. */
#ifndef XF_LIB_WORDS_H
#define XF_LIB_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum xf_words_form {
    XF_WORDS_NAME,    /* letters only: digits vanish */
    XF_WORDS_TEXT,    /* letters and digits, & as "and" */
    XF_WORDS_ADDRESS, /* as text, and , ; line ends as "," and - / kept, each a byte of its own where it stands */
};

/* Writes lower-case words separated by single spaces, without space at either end, NUL-terminated, at most size - 1 bytes; what
 * does not fit is cut between characters. Returns the length. Letters of other scripts than Latin stay, in UTF-8. Bytes that are no
 * UTF-8 count as spaces. */
size_t xf_words_fold(const char *text, enum xf_words_form form, char *out, size_t size);

/* Whether folded words say that nothing is known: unknown, not known, n/a, tbc, none, xxx, … */
bool xf_words_placeholder(const char *words, size_t length);

/* Whether digits are what forms are filled with: one digit throughout, or counting up or down. */
bool xf_words_filler(const char *digits, size_t count);

/* Whether a word is in a table of strings in strcmp order. */
bool xf_words_in(const char *const *table, size_t count, const char *word);

#endif
