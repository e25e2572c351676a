/* SPDX-License-Identifier: Apache-2.0 */
/* What mapping.c and leaf.c share while they build a mapping from its file. */
#ifndef XF_LIB_LEAF_H
#define XF_LIB_LEAF_H

#include <jansson.h>

#include "mapping.h"

struct xf_builder {
    struct xf_mapping *mapping;
    struct xf_error *error;
    const char *kind; /* the constant one, or NULL */
    size_t column_room;
};

/* Fills the error as "SECTION POINTER: text" (pointer may be NULL). Always XF_EINVAL. */
int xf_builder_refuse(struct xf_builder *builder, const char *section, const char *pointer, const char *format, ...)
    XF_PRINTF(4, 5);
/* Zeroed bytes, and a text, that live as long as the mapping; NULL when out of memory. */
void *xf_builder_take(struct xf_builder *builder, size_t size);
char *xf_builder_copy(struct xf_builder *builder, const char *text);

/* Of a string or an array of strings: item i, NULL behind the last or when it is something else. */
const char *xf_text_at(const json_t *value, size_t i);
/* How many strings value is, none of them empty; 0 when it is anything else. */
size_t xf_text_count(const json_t *value);

/* A leaf and what it is of the record. */
struct xf_leaf {
    struct xf_node *node;
    const struct xf_member *member;
    bool is_item; /* one text of the member's array */
};

/* Finds or makes the leaf at a pointer, with all that lies above it. XF_EINVAL when a record has no such place or it is taken. */
int xf_leaf_find(struct xf_builder *builder, const char *section, const char *pointer, struct xf_leaf *ret) XF_MUST_CHECK;
/* Whether a constant is of the leaf's type. */
bool xf_leaf_accepts(const struct xf_leaf *leaf, const json_t *value);

#endif
