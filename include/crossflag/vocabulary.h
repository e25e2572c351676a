/* SPDX-License-Identifier: Apache-2.0 */
/* The words that records may use, from configuration: config/vocabulary.json, an object of arrays of words. */
#ifndef CROSSFLAG_VOCABULARY_H
#define CROSSFLAG_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>

#include "crossflag/error.h"

enum xf_vocabulary_list {
    XF_WORDS_KIND,
    XF_WORDS_PERSON_ROLE,
    XF_WORDS_LOCATION_ROLE,
    XF_WORDS_VEHICLE_ROLE,
    XF_WORDS_LINK_TYPE,
    XF_WORDS_LOCATION_TYPE,
    XF_WORDS_MARKER_TYPE,
    XF_WORDS_LEVEL,
    XF_WORDS_LISTS,
};

struct xf_vocabulary;

/* Parses the JSON text; name is used in error->text. *ret is owned. XF_EINVAL, XF_ENOMEM. */
int xf_vocabulary_parse(const char *text, size_t length, struct xf_vocabulary **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_vocabulary_destroy(struct xf_vocabulary *vocabulary);
/* The list's own copy of the word, borrowed, or NULL when it has no such word. */
const char *xf_vocabulary_find(const struct xf_vocabulary *vocabulary, enum xf_vocabulary_list list, const char *word);
/* "kind", "person_role", …: the member's name in the file. */
const char *xf_vocabulary_list_name(enum xf_vocabulary_list list);
/* All words of a list, comma-separated, borrowed: for error texts and the JSON Schema. */
const char *xf_vocabulary_words(const struct xf_vocabulary *vocabulary, enum xf_vocabulary_list list);

#endif
