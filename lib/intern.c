/* SPDX-License-Identifier: Apache-2.0 */
/* Strings lie in chunks that never move; rows say where; an open-addressed index finds them by XXH3 hash. */
#include "crossflag/intern.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "vec.h"

#define CHUNK_SIZE ((size_t)1 << 20)

struct xf_intern {
    const struct xf_intern *base; /* NULL, or the table whose symbols this one extends */
    uint32_t first;               /* the symbol of texts.items[0]: 0, or base's count */
    XF_VEC(char *) chunks;
    size_t chunk_used;
    size_t chunk_size;
    size_t bytes;               /* of all chunks */
    XF_VEC(const char *) texts; /* texts.items[symbol] */
    XF_VEC(uint32_t) lengths;
    uint32_t *index; /* symbols, 0 empty; a power of two, at most 3/4 full */
    uint32_t index_mask;
};

/* The index holds rows + 1 (0 is an empty slot), where a symbol is first + row. */
static uint32_t *slot_of(const struct xf_intern *table, const char *bytes, size_t length)
{
    uint32_t at = (uint32_t)XXH3_64bits(bytes, length) & table->index_mask;

    for (;;) {
        uint32_t row = table->index[at] - 1;

        if (row == UINT32_MAX || (table->lengths.items[row] == length && memcmp(table->texts.items[row], bytes, length) == 0))
            return &table->index[at];
        at = (at + 1) & table->index_mask;
    }
}

static int reindex(struct xf_intern *table, uint32_t slots)
{
    uint32_t *index = calloc(slots, sizeof(*index));

    if (!index)
        return XF_ENOMEM;
    free(table->index);
    table->index = index;
    table->index_mask = slots - 1;
    for (uint32_t row = 0; row < table->texts.count; row++)
        *slot_of(table, table->texts.items[row], table->lengths.items[row]) = row + 1;
    return XF_OK;
}

/* Copies bytes and a NUL into the newest chunk and gives them the next symbol, not yet in the index. */
static int append(struct xf_intern *table, const char *bytes, size_t length)
{
    char *text;

    if (length >= UINT32_MAX || xf_vec_reserve(&table->texts, 1) || xf_vec_reserve(&table->lengths, 1))
        return XF_ENOMEM;
    if (table->chunk_size - table->chunk_used < length + 1) {
        size_t size = length + 1 > CHUNK_SIZE ? length + 1 : CHUNK_SIZE;
        char *chunk = malloc(size);

        if (!chunk || xf_vec_push(&table->chunks, chunk) != XF_OK) {
            free(chunk);
            return XF_ENOMEM;
        }
        table->chunk_size = size;
        table->chunk_used = 0;
        table->bytes += size;
    }
    text = table->chunks.items[table->chunks.count - 1] + table->chunk_used;
    if (length)
        memcpy(text, bytes, length);
    text[length] = '\0';
    table->chunk_used += length + 1;
    table->texts.items[table->texts.count++] = text;
    table->lengths.items[table->lengths.count++] = (uint32_t)length;
    return XF_OK;
}

struct xf_intern *xf_intern_create(void)
{
    struct xf_intern *table = calloc(1, sizeof(*table));

    if (!table)
        return NULL;
    if (append(table, "", 0) != XF_OK || reindex(table, 1024) != XF_OK) {
        xf_intern_destroy(table);
        return NULL;
    }
    return table;
}

struct xf_intern *xf_intern_create_over(const struct xf_intern *base)
{
    struct xf_intern *table = calloc(1, sizeof(*table));

    if (!table)
        return NULL;
    table->base = base;
    table->first = xf_intern_count(base);
    if (reindex(table, 64) != XF_OK) {
        xf_intern_destroy(table);
        return NULL;
    }
    return table;
}

void xf_intern_destroy(struct xf_intern *table)
{
    if (!table)
        return;
    for (uint32_t i = 0; i < table->chunks.count; i++)
        free(table->chunks.items[i]);
    xf_vec_free(&table->chunks);
    xf_vec_free(&table->texts);
    xf_vec_free(&table->lengths);
    free(table->index);
    free(table);
}

int xf_intern_put(struct xf_intern *table, const char *bytes, size_t length, uint32_t *ret)
{
    uint32_t *slot;

    if (!bytes || !length) {
        *ret = 0;
        return XF_OK;
    }
    if (table->base) {
        uint32_t symbol = xf_intern_find(table->base, bytes, length);

        if (symbol) {
            *ret = symbol;
            return XF_OK;
        }
    }
    slot = slot_of(table, bytes, length);
    if (!*slot) {
        if ((uint64_t)table->texts.count * 4 >= (uint64_t)table->index_mask * 3) {
            if (reindex(table, (table->index_mask + 1) * 2) != XF_OK)
                return XF_ENOMEM;
            slot = slot_of(table, bytes, length);
        }
        if (append(table, bytes, length) != XF_OK)
            return XF_ENOMEM;
        *slot = table->texts.count;
    }
    *ret = table->first + *slot - 1;
    return XF_OK;
}

int xf_intern_puts(struct xf_intern *table, const char *text, uint32_t *ret)
{
    return xf_intern_put(table, text, text ? strlen(text) : 0, ret);
}

uint32_t xf_intern_find(const struct xf_intern *table, const char *bytes, size_t length)
{
    uint32_t found;

    if (!bytes || !length)
        return 0;
    found = table->base ? xf_intern_find(table->base, bytes, length) : 0;
    if (found)
        return found;
    found = *slot_of(table, bytes, length);
    return found ? table->first + found - 1 : 0;
}

const char *xf_intern_text(const struct xf_intern *table, uint32_t symbol)
{
    return symbol < table->first ? xf_intern_text(table->base, symbol) : table->texts.items[symbol - table->first];
}

uint32_t xf_intern_length(const struct xf_intern *table, uint32_t symbol)
{
    return symbol < table->first ? xf_intern_length(table->base, symbol) : table->lengths.items[symbol - table->first];
}

uint32_t xf_intern_count(const struct xf_intern *table)
{
    return table->first + table->texts.count;
}

size_t xf_intern_size(const struct xf_intern *table)
{
    return table->bytes + ((size_t)table->index_mask + 1) * sizeof(uint32_t) +
           (size_t)table->texts.capacity * (sizeof(char *) + sizeof(uint32_t));
}

int xf_intern_save(const struct xf_intern *table, struct xf_pack *pack)
{
    uint64_t bytes = 0;
    int rc = xf_vec_save(&table->lengths, pack, "ILEN");

    for (uint32_t symbol = 0; symbol < table->texts.count; symbol++)
        bytes += table->lengths.items[symbol];
    if (rc == XF_OK)
        rc = xf_pack_array(pack, "ITXT", &bytes, sizeof(bytes), 1);
    for (uint32_t symbol = 0; rc == XF_OK && symbol < table->texts.count; symbol++)
        rc = pack->write(pack->context, table->texts.items[symbol], table->lengths.items[symbol]);
    return rc;
}

int xf_intern_load(struct xf_unpack *unpack, struct xf_intern **ret)
{
    struct xf_intern *table = xf_intern_create();
    XF_VEC(uint32_t) lengths = {0};
    uint64_t *bytes = NULL;
    uint64_t one = 0;
    char *text = NULL;
    size_t capacity = 0;
    uint32_t slots = 1024;
    int rc = table ? xf_vec_load(&lengths, unpack, "ILEN") : XF_ENOMEM;

    if (rc == XF_OK)
        rc = xf_unpack_array(unpack, "ITXT", sizeof(*bytes), (void **)&bytes, &one);
    for (uint32_t symbol = 1; rc == XF_OK && symbol < lengths.count; symbol++) {
        uint32_t length = lengths.items[symbol];

        if (length > capacity) {
            free(text);
            capacity = length;
            text = malloc(capacity);
            if (!text) {
                rc = XF_ENOMEM;
                break;
            }
        }
        rc = unpack->read(unpack->context, text, length);
        if (rc == XF_OK)
            rc = append(table, text, length);
    }
    while (rc == XF_OK && (uint64_t)slots * 3 <= (uint64_t)lengths.count * 4)
        slots *= 2;
    if (rc == XF_OK)
        rc = reindex(table, slots);
    free(text);
    free(bytes);
    xf_vec_free(&lengths);
    if (rc != XF_OK) {
        xf_intern_destroy(table);
        return rc;
    }
    *ret = table;
    return XF_OK;
}
