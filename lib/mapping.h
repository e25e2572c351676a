/* SPDX-License-Identifier: Apache-2.0 */
/* A feed's CSV mapping in the form in which rows are written by it: the record as a tree whose leaves are constants or columns.
 * Built by mapping.c, used by csv.c; cell.c turns a leaf's cells into its value. */
#ifndef XF_LIB_MAPPING_H
#define XF_LIB_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/arena.h"
#include "crossflag/rows.h"
#include "form.h"

enum xf_node_type { XF_NODE_OBJECT, XF_NODE_ARRAY, XF_NODE_CONSTANT, XF_NODE_COLUMN };

/* What becomes of a cell's word; a `from` of "*" stands for any other. */
struct xf_cell_word {
    const char *from, *to; /* to "": as if the cell were blank */
};

/* How a leaf's cells become its value. */
struct xf_cell_rule {
    const char *pointer; /* where in the record, for errors */
    uint32_t *columns;   /* of the mapping, in the order in which they are joined */
    size_t column_count;
    const char *join; /* what stands between them */
    const struct xf_cell_word *words;
    size_t word_count;
    const char *const *formats; /* of a date or time: "DD/MM/YYYY hh:mm", the first that fits; NULL: text as it is */
    size_t format_count;
    const char *split; /* one cell becomes an array of texts; NULL: one value */
    bool is_time;      /* formats make a date-time */
    bool is_local;     /* its clock is the United Kingdom's; else UTC */
    bool is_number;
    bool is_whole; /* blank as soon as one of its cells is: a key */
};

struct xf_node {
    const char *key;                 /* of an object's member: quoted and with its colon; NULL in an array */
    size_t index;                    /* in an array */
    const char *json;                /* of a constant: its text */
    const struct xf_cell_rule *rule; /* of a column */
    struct xf_node *first, *next;
    enum xf_node_type type;
    size_t part; /* of a person, location or vehicle: its number, from 1; 0: none */
};

/* Written when both ends' parts are. */
struct xf_mapping_link {
    size_t from, to;
    const char *json;
};

struct xf_mapping_column {
    const char *name;
    bool optional; /* may be missing in the header */
    bool ignored;  /* known, but fills nothing */
};

/* One layout of a feed's files. */
struct xf_mapping {
    struct xf_arena *arena;
    struct xf_node root;
    size_t part_count;
    struct xf_mapping_column *columns;
    size_t column_count;
    struct xf_mapping_link *links;
    size_t link_count;
    bool ignores_others;
    char delimiter;
    struct xf_mapping *next; /* the feed's next layout */
};

/* Bytes that grow. */
struct xf_text_buffer {
    char *bytes;
    size_t length, capacity;
};
int xf_text_buffer_put(struct xf_text_buffer *buffer, const char *bytes, size_t length) XF_MUST_CHECK;

/* Appends the rule's value as JSON; *ret_blank when there is none, and nothing is appended. cells is indexed by the mapping's
 * columns. XF_EINVAL: *error says which column and why. */
int xf_cell_write(const struct xf_cell_rule *rule, const struct xf_mapping_column *columns, const struct xf_cell *cells,
                  struct xf_text_buffer *buffer, bool *ret_blank, struct xf_error *error) XF_MUST_CHECK;
/* Whether a format for dates or times can be read. */
bool xf_cell_format_is_valid(const char *format, bool time);

#endif
