/* SPDX-License-Identifier: Apache-2.0 */
/* The symbol table. Called by whoever reads records; the fold keeps one for the whole state. A text lies in a chunk that never
 * moves, behind its length; a row of four bytes says where, and a table finds it by 50 bits of its XXH3 hash. Invariant: rows are
 * in the order of first use, and each text has one. */
#include "crossflag/intern.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "pool.h"
#include "table.h"
#include "vec.h"

/* A row: the chunk's number and the place in it, in steps of four bytes. 16 GiB of text in all. */
#define PLACE_BITS 20
#define STEP 4
#define CHUNK_FIRST ((size_t)1 << 13)
#define CHUNK_LAST ((size_t)STEP << PLACE_BITS)
#define CHUNKS_MAX (UINT32_C(1) << (32 - PLACE_BITS))

/* Before a text: its length in one byte, or this and the length in four. */
#define LONG 255

struct xf_intern {
    const struct xf_intern *base; /* NULL, or the table whose symbols this one extends */
    uint32_t first;               /* the symbol of row 0: 0, or base's count */
    XF_POOL(uint32_t) rows;
    XF_VEC(unsigned char *) chunks;
    uint32_t current;      /* the chunk that is being filled, when there is one */
    size_t used, size;     /* of it */
    size_t bytes;          /* of all chunks */
    struct xf_table table; /* rows + 1 */
};

static const unsigned char *entry_of(const struct xf_intern *table, uint32_t row)
{
    uint32_t place = *xf_pool_at(&table->rows, row);

    return table->chunks.items[place >> PLACE_BITS] + (size_t)(place & ((UINT32_C(1) << PLACE_BITS) - 1)) * STEP;
}

static const char *text_of(const unsigned char *entry)
{
    return (const char *)entry + (*entry == LONG ? 1 + sizeof(uint32_t) : 1);
}

static uint32_t length_of(const unsigned char *entry)
{
    uint32_t length = *entry;

    if (length == LONG)
        memcpy(&length, entry + 1, sizeof(length));
    return length;
}

static uint64_t key_of(const char *bytes, size_t length)
{
    return XXH3_64bits(bytes, length) >> (64 - XF_TABLE_KEY_BITS);
}

/* The row + 1 of a text in the table itself, 0 when it has none. */
static uint32_t find_row(const struct xf_intern *table, uint64_t key, const char *bytes, size_t length)
{
    struct xf_table_at at;

    for (uint32_t found = xf_table_find(&table->table, key, &at); found; found = xf_table_next(&at)) {
        const unsigned char *entry = entry_of(table, found - 1);

        if (length_of(entry) == length && memcmp(text_of(entry), bytes, length) == 0)
            return found;
    }
    return 0;
}

static int add_chunk(struct xf_intern *table, size_t size)
{
    unsigned char *chunk;

    if (table->chunks.count == CHUNKS_MAX)
        return XF_ENOMEM;
    chunk = malloc(size);
    if (!chunk || xf_vec_push(&table->chunks, chunk) != XF_OK) {
        free(chunk);
        return XF_ENOMEM;
    }
    table->bytes += size;
    return XF_OK;
}

/* Room for an entry: its chunk and place as a row has them. A long text has a chunk of its own. */
static int make_room(struct xf_intern *table, size_t need, uint32_t *ret)
{
    need = (need + STEP - 1) / STEP * STEP;
    if (need > CHUNK_LAST / 4) {
        if (add_chunk(table, need) != XF_OK)
            return XF_ENOMEM;
        *ret = (table->chunks.count - 1) << PLACE_BITS;
        return XF_OK;
    }
    if (table->size - table->used < need) {
        size_t size = table->size ? table->size * 2 : CHUNK_FIRST;

        while (size < need)
            size *= 2;
        size = size < CHUNK_LAST ? size : CHUNK_LAST;
        if (add_chunk(table, size) != XF_OK)
            return XF_ENOMEM;
        table->current = table->chunks.count - 1;
        table->size = size;
        table->used = 0;
    }
    *ret = table->current << PLACE_BITS | (uint32_t)(table->used / STEP);
    table->used += need;
    return XF_OK;
}

/* Copies bytes and a NUL and gives them the next row, not yet in the table. */
static int append(struct xf_intern *table, const char *bytes, size_t length)
{
    size_t head = length < LONG ? 1 : 1 + sizeof(uint32_t);
    uint32_t place, written = (uint32_t)length;
    unsigned char *entry;

    if (length >= UINT32_MAX || xf_pool_reserve(&table->rows, 1) || make_room(table, head + length + 1, &place) != XF_OK)
        return XF_ENOMEM;
    *xf_pool_at(&table->rows, table->rows.count) = place;
    entry = table->chunks.items[place >> PLACE_BITS] + (size_t)(place & ((UINT32_C(1) << PLACE_BITS) - 1)) * STEP;
    *entry = length < LONG ? (unsigned char)length : LONG;
    if (head > 1)
        memcpy(entry + 1, &written, sizeof(written));
    if (length)
        memcpy(entry + head, bytes, length);
    entry[head + length] = '\0';
    table->rows.count++;
    return XF_OK;
}

struct xf_intern *xf_intern_create(void)
{
    struct xf_intern *table = calloc(1, sizeof(*table));

    if (!table)
        return NULL;
    if (xf_table_init(&table->table) != XF_OK || append(table, "", 0) != XF_OK) {
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
    if (xf_table_init(&table->table) != XF_OK) {
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
    xf_pool_free(&table->rows);
    xf_table_finish(&table->table);
    free(table);
}

/* The symbol of a text by its key; 0 when neither the table nor those below have it. */
static uint32_t find(const struct xf_intern *table, uint64_t key, const char *bytes, size_t length)
{
    for (; table; table = table->base) {
        uint32_t found = find_row(table, key, bytes, length);

        if (found)
            return table->first + found - 1;
    }
    return 0;
}

int xf_intern_put(struct xf_intern *table, const char *bytes, size_t length, uint32_t *ret)
{
    uint32_t symbol;
    uint64_t key;

    if (!bytes || !length) {
        *ret = 0;
        return XF_OK;
    }
    key = key_of(bytes, length);
    symbol = find(table, key, bytes, length);
    if (!symbol) {
        if (append(table, bytes, length) != XF_OK)
            return XF_ENOMEM;
        if (xf_table_add(&table->table, key, table->rows.count) != XF_OK) {
            table->rows.count--;
            return XF_ENOMEM;
        }
        symbol = table->first + table->rows.count - 1;
    }
    *ret = symbol;
    return XF_OK;
}

int xf_intern_puts(struct xf_intern *table, const char *text, uint32_t *ret)
{
    return xf_intern_put(table, text, text ? strlen(text) : 0, ret);
}

uint32_t xf_intern_find(const struct xf_intern *table, const char *bytes, size_t length)
{
    return bytes && length ? find(table, key_of(bytes, length), bytes, length) : 0;
}

static const unsigned char *entry_of_symbol(const struct xf_intern *table, uint32_t symbol)
{
    while (symbol < table->first)
        table = table->base;
    return entry_of(table, symbol - table->first);
}

const char *xf_intern_text(const struct xf_intern *table, uint32_t symbol)
{
    return text_of(entry_of_symbol(table, symbol));
}

uint32_t xf_intern_length(const struct xf_intern *table, uint32_t symbol)
{
    return length_of(entry_of_symbol(table, symbol));
}

uint32_t xf_intern_count(const struct xf_intern *table)
{
    return table->first + table->rows.count;
}

size_t xf_intern_size(const struct xf_intern *table)
{
    return table->bytes + xf_pool_size(&table->rows) + xf_table_size(&table->table) +
           table->chunks.capacity * sizeof(*table->chunks.items);
}

int xf_intern_save(const struct xf_intern *table, struct xf_pack *pack)
{
    uint64_t bytes = 0;
    int rc = xf_pack_begin(pack, "ILEN", sizeof(uint32_t), table->rows.count);

    for (uint32_t row = 0; rc == XF_OK && row < table->rows.count; row++) {
        uint32_t length = length_of(entry_of(table, row));

        bytes += length;
        rc = pack->write(pack->context, &length, sizeof(length));
    }
    if (rc == XF_OK)
        rc = xf_pack_array(pack, "ITXT", &bytes, sizeof(bytes), 1);
    for (uint32_t row = 0; rc == XF_OK && row < table->rows.count; row++) {
        const unsigned char *entry = entry_of(table, row);

        rc = pack->write(pack->context, text_of(entry), length_of(entry));
    }
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
        if (rc == XF_OK)
            rc = xf_table_add(&table->table, key_of(text, length), table->rows.count);
    }
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
