/* SPDX-License-Identifier: Apache-2.0 */
/* Linear probing with the entries in the order of their keys (Amble and Knuth 1974), cut into segments by the keys' first bits.
 * Called by the blocking index and the symbol table. A key's home is its place among the homes as it is among all keys, so that
 * homes rise with keys: a search ends at the first greater key, even in a table nine tenths full, and a larger table is the same
 * sequence spread wider, made in one pass in place. Invariant: in a segment, from a key's home to its entry, no slot is empty and
 * no key is greater; the last slot is empty. */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOT 9 /* five bytes of key, four of value; value 0: empty */
#define STORED_BITS (XF_TABLE_KEY_BITS - XF_TABLE_SEGMENT_BITS)
#define SEGMENTS (UINT32_C(1) << XF_TABLE_SEGMENT_BITS)
#define FIRST_HOMES 4

static_assert(STORED_BITS == 40 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a slot is read as eight bytes");

int xf_table_init(struct xf_table *table)
{
    *table = (struct xf_table){.segments = calloc(SEGMENTS, sizeof(*table->segments))};
    return table->segments ? XF_OK : XF_ENOMEM;
}

void xf_table_finish(struct xf_table *table)
{
    for (uint32_t i = 0; table->segments && i < SEGMENTS; i++)
        free(table->segments[i].slots);
    free(table->segments);
    *table = (struct xf_table){0};
}

static uint64_t stored_of(uint64_t key)
{
    return key & ((UINT64_C(1) << STORED_BITS) - 1);
}

static struct xf_table_segment *segment_of(const struct xf_table *table, uint64_t key)
{
    return &table->segments[key >> STORED_BITS];
}

static uint64_t key_at(const struct xf_table_segment *segment, uint32_t slot)
{
    uint64_t bytes;

    memcpy(&bytes, segment->slots + (size_t)slot * SLOT, sizeof(bytes));
    return stored_of(bytes);
}

static uint32_t value_at(const struct xf_table_segment *segment, uint32_t slot)
{
    uint32_t value;

    memcpy(&value, segment->slots + (size_t)slot * SLOT + STORED_BITS / 8, sizeof(value));
    return value;
}

static void write_slot(struct xf_table_segment *segment, uint32_t slot, uint64_t stored, uint32_t value)
{
    unsigned char *bytes = segment->slots + (size_t)slot * SLOT;

    memcpy(bytes, &stored, STORED_BITS / 8);
    memcpy(bytes + STORED_BITS / 8, &value, sizeof(value));
}

static uint32_t home_of(uint64_t stored, uint32_t homes)
{
    return (uint32_t)((stored >> 8) * homes >> 32);
}

/* The first slot from a key's home on that is empty or has this key or a greater one. */
static uint32_t seek(const struct xf_table_segment *segment, uint64_t stored)
{
    uint32_t slot = home_of(stored, segment->homes);
    uint64_t key;

    while ((key = key_at(segment, slot)) < stored && (key || value_at(segment, slot))) /* an empty slot has no key */
        slot++;
    return slot;
}

uint32_t xf_table_find(const struct xf_table *table, uint64_t key, struct xf_table_at *ret)
{
    struct xf_table_segment *segment = segment_of(table, key);

    *ret = (struct xf_table_at){.segment = segment};
    if (!segment->used)
        return 0;
    ret->slot = seek(segment, stored_of(key));
    return key_at(segment, ret->slot) == stored_of(key) ? value_at(segment, ret->slot) : 0;
}

uint32_t xf_table_next(struct xf_table_at *at)
{
    uint64_t stored = key_at(at->segment, at->slot);

    at->slot++; /* the last slot is empty: there is one behind an entry */
    return key_at(at->segment, at->slot) == stored ? value_at(at->segment, at->slot) : 0;
}

/* The slots that the entries would take among so many homes. */
static uint32_t reach(const struct xf_table_segment *segment, uint32_t homes)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < segment->room; i++) {
        uint32_t home;

        if (!value_at(segment, i))
            continue;
        home = home_of(key_at(segment, i), homes);
        end = (home > end ? home : end) + 1;
    }
    return end;
}

/* Spreads a segment's entries over more homes, in place: they go to the end of the larger room, and from there each to its slot,
 * which is never behind the one it is read from, since the last of them finds a place. */
static int grow(struct xf_table *table, struct xf_table_segment *segment)
{
    uint32_t homes = segment->homes < 64 ? segment->homes * 2 + FIRST_HOMES : segment->homes + segment->homes / 8;
    uint32_t end = reach(segment, homes), room = homes + homes / 256, next = 0, from;
    unsigned char *slots;

    room = (end > room ? end : room) + 12;
    slots = realloc(segment->slots, (size_t)room * SLOT);
    if (!slots)
        return XF_ENOMEM;
    table->bytes += ((size_t)room - segment->room) * SLOT;
    segment->slots = slots;
    from = room;
    for (uint32_t i = segment->room; i-- > 0;)
        if (value_at(segment, i))
            memmove(slots + (size_t)--from * SLOT, slots + (size_t)i * SLOT, SLOT);
    for (; from < room; from++) {
        uint64_t stored = key_at(segment, from);
        uint32_t value = value_at(segment, from), home = home_of(stored, homes), to = home > next ? home : next;

        memset(slots + (size_t)next * SLOT, 0, (size_t)(to - next) * SLOT);
        write_slot(segment, to, stored, value);
        next = to + 1;
    }
    memset(slots + (size_t)next * SLOT, 0, (size_t)(room - next) * SLOT);
    segment->homes = homes;
    segment->room = room;
    return XF_OK;
}

int xf_table_add(struct xf_table *table, uint64_t key, uint32_t value)
{
    struct xf_table_segment *segment = segment_of(table, key);
    uint32_t slot, empty;

    assert(value && key >> XF_TABLE_KEY_BITS == 0);
    if (((uint64_t)segment->used + 1) * 10 > (uint64_t)segment->homes * 9 && grow(table, segment) != XF_OK)
        return XF_ENOMEM;
    for (;;) {
        slot = empty = seek(segment, stored_of(key));
        while (value_at(segment, empty))
            empty++;
        if (empty + 1 < segment->room)
            break;
        if (grow(table, segment) != XF_OK) /* the tail is full */
            return XF_ENOMEM;
    }
    memmove(segment->slots + (size_t)(slot + 1) * SLOT, segment->slots + (size_t)slot * SLOT, (size_t)(empty - slot) * SLOT);
    write_slot(segment, slot, stored_of(key), value);
    segment->used++;
    return XF_OK;
}

void xf_table_set(struct xf_table_at at, uint32_t value)
{
    assert(value);
    memcpy(at.segment->slots + (size_t)at.slot * SLOT + STORED_BITS / 8, &value, sizeof(value));
}

/* Entries behind the hole come back by one up to the first that stands at its home. */
void xf_table_remove(struct xf_table_at at)
{
    struct xf_table_segment *segment = at.segment;
    uint32_t end = at.slot + 1;

    while (value_at(segment, end) && home_of(key_at(segment, end), segment->homes) < end)
        end++;
    memmove(segment->slots + (size_t)at.slot * SLOT, segment->slots + (size_t)(at.slot + 1) * SLOT,
            (size_t)(end - at.slot - 1) * SLOT);
    write_slot(segment, end - 1, 0, 0);
    segment->used--;
}

void xf_table_prefetch(const struct xf_table *table, uint64_t key)
{
    const struct xf_table_segment *segment = segment_of(table, key);

    if (segment->used)
        __builtin_prefetch(segment->slots + (size_t)home_of(stored_of(key), segment->homes) * SLOT);
}

size_t xf_table_size(const struct xf_table *table)
{
    return table->bytes + SEGMENTS * sizeof(*table->segments);
}
