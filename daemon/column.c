/* SPDX-License-Identifier: Apache-2.0 */
/* The wire form that array_recv of PostgreSQL reads: int4 dimensions, int4 has-nulls, int4 element type, then length and lower
 * bound of the dimension, then each element as int4 length and its bytes, all big-endian. The journal's commits and the projector's
 * rows go through here. Failures stick, so that callers check once. */
#include "column.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 20
#define HAS_NULLS_AT 4
#define COUNT_AT 12
#define BYTES_MAX ((size_t)1 << 30) /* what one value may hold in PostgreSQL */

/* Room for length further bytes, or NULL. */
static char *extend(struct xf_column *column, size_t length)
{
    size_t wanted = column->length + length;
    char *at;

    if (column->failed || wanted > BYTES_MAX) {
        column->failed = true;
        return NULL;
    }
    if (wanted > column->capacity) {
        size_t capacity = column->capacity ? column->capacity * 2 : 4096;
        char *bytes;

        while (capacity < wanted)
            capacity *= 2;
        bytes = realloc(column->bytes, capacity);
        if (!bytes) {
            column->failed = true;
            return NULL;
        }
        column->bytes = bytes;
        column->capacity = capacity;
    }
    at = column->bytes + column->length;
    column->length = wanted;
    return at;
}

static void put_int4(char *at, uint32_t value)
{
    value = htobe32(value);
    memcpy(at, &value, sizeof(value));
}

void xf_column_start(struct xf_column *column, enum xf_column_type type)
{
    char *header;

    column->length = 0;
    column->count = 0;
    column->failed = false;
    header = extend(column, HEADER);
    if (!header)
        return;
    put_int4(header, 1);
    put_int4(header + HAS_NULLS_AT, 0);
    put_int4(header + 8, (uint32_t)type);
    put_int4(header + COUNT_AT, 0);
    put_int4(header + 16, 1);
}

void xf_column_bytes(struct xf_column *column, const void *bytes, size_t length)
{
    char *at = length < BYTES_MAX ? extend(column, 4 + (bytes ? length : 0)) : NULL;

    if (!at) {
        column->failed = true;
        return;
    }
    column->count++;
    if (!bytes) {
        put_int4(at, UINT32_MAX);
        put_int4(column->bytes + HAS_NULLS_AT, 1);
        return;
    }
    put_int4(at, (uint32_t)length);
    if (length)
        memcpy(at + 4, bytes, length);
}

void xf_column_text(struct xf_column *column, const char *text)
{
    xf_column_bytes(column, text, text ? strlen(text) : 0);
}

void xf_column_int2(struct xf_column *column, int16_t value)
{
    uint16_t big = htobe16((uint16_t)value);

    xf_column_bytes(column, &big, sizeof(big));
}

void xf_column_int4(struct xf_column *column, int32_t value)
{
    uint32_t big = htobe32((uint32_t)value);

    xf_column_bytes(column, &big, sizeof(big));
}

void xf_column_int8(struct xf_column *column, int64_t value)
{
    uint64_t big = htobe64((uint64_t)value);

    xf_column_bytes(column, &big, sizeof(big));
}

struct xf_param xf_column_param(struct xf_column *column)
{
    if (!column->failed)
        put_int4(column->bytes + COUNT_AT, column->count);
    return XF_BYTES(column->bytes, column->length);
}

void xf_column_free(struct xf_column *column)
{
    free(column->bytes);
    *column = (struct xf_column){0};
}
