/* SPDX-License-Identifier: Apache-2.0 */
/* What record.c and member.c share while they read one record. */
#ifndef XF_LIB_READER_H
#define XF_LIB_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "form.h"

/* Where the reader stands: a chain on the stack, spelt out only when there is a fault. */
struct xf_path {
    const struct xf_path *up; /* NULL: the record itself */
    const char *name;         /* NULL: an array's item */
    size_t index;
};

/* A person, location or vehicle, as a ref names it. */
struct xf_part {
    const char *ref;
    struct xf_end end;
};

#define XF_READER_NO_KIND XF_MENTION_KINDS /* of a link's end that is faulty */
#define XF_READER_PARTS_MAX ((size_t)3 * XF_RECORD_PARTS_MAX)

struct xf_reader {
    const struct xf_vocabulary *vocabulary;
    struct xf_arena *arena;
    struct xf_errors *errors;
    struct xf_record *record;
    char *texts;           /* room for the strings still to come: together they are never longer than the JSON text */
    struct xf_part *parts; /* room for XF_READER_PARTS_MAX; filled before the members that are read late */
    size_t part_count;
    bool parts_broken; /* some part or ref is faulty: a ref that names no part may be right */
    bool invalid;      /* some fault is not one of a limit */
    bool out_of_memory;
};

/* What a member turned out to hold. A faulty one counts as present, so that it is not reported as missing too. */
enum xf_content { XF_CONTENT_BLANK, XF_CONTENT_PRESENT };

/* Adds a fault at path. Always XF_CONTENT_PRESENT. */
enum xf_content xf_reader_fault(struct xf_reader *reader, const struct xf_path *path, int code, const char *format, ...)
    XF_PRINTF(4, 5);
/* Zeroed bytes of the arena; NULL and out_of_memory set when there are none. */
void *xf_reader_take(struct xf_reader *reader, size_t size);
/* A copy of a string of the JSON text, in the room that is kept for all of them: each string at most once. */
char *xf_reader_keep(struct xf_reader *reader, const char *text, size_t length);
/* A string within max bytes and without control characters; *ret is NULL when it is faulty or blank. */
enum xf_content xf_reader_string(struct xf_reader *reader, const struct xf_path *path, const json_t *value, size_t max, bool prose,
                                 const char **ret, size_t *ret_length);
/* The part of that ref, or NULL. */
const struct xf_part *xf_reader_part(const struct xf_reader *reader, const char *ref);

/* Reads value into member's field of base. */
enum xf_content xf_member_read(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                               const json_t *value, void *base);
/* The same for members that are arrays, and for the ends of links. */
enum xf_content xf_array_read_texts(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                    const json_t *value, void *base);
enum xf_content xf_array_read_conditions(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                         const json_t *value, struct xf_record *record);
enum xf_content xf_array_read_forms(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                    const json_t *value, void *base);
enum xf_content xf_array_read_end(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                  const json_t *value, void *base);
/* Reads an object by its form into base (zeroed). False when it says nothing and can be left out. */
bool xf_form_read(struct xf_reader *reader, const struct xf_path *path, const struct xf_form *form, const json_t *object,
                  void *base);

#endif
