/* SPDX-License-Identifier: Apache-2.0 */
/* One-dimensional PostgreSQL arrays in binary form, built column by column: many rows as a few parameters of one statement. */
#ifndef XF_DAEMON_COLUMN_H
#define XF_DAEMON_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

/* A buffer that is reused from statement to statement. Zeroed is a valid beginning. */
struct xf_column {
    char *bytes;
    size_t length, capacity;
    uint32_t count;
    bool failed; /* out of memory or beyond 1 GiB: sticks until the next start; the parameter must not be used */
};

enum xf_column_type { XF_COLUMN_INT2 = 21, XF_COLUMN_INT4 = 23, XF_COLUMN_INT8 = 20, XF_COLUMN_TEXT = 25 }; /* pg_type's OIDs */

/* Empties it, keeping the memory, for elements of one type. */
void xf_column_start(struct xf_column *column, enum xf_column_type type);
/* Appends an element; bytes NULL is SQL null. */
void xf_column_bytes(struct xf_column *column, const void *bytes, size_t length);
void xf_column_text(struct xf_column *column, const char *text);
void xf_column_int2(struct xf_column *column, int16_t value);
void xf_column_int4(struct xf_column *column, int32_t value);
void xf_column_int8(struct xf_column *column, int64_t value);
/* The whole as a parameter, borrowed until the next append or start. */
struct xf_param xf_column_param(struct xf_column *column);
void xf_column_free(struct xf_column *column);

#endif
