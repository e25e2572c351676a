/* SPDX-License-Identifier: Apache-2.0 */
/* Records on the books, in pools of plain rows. A freed row is chained into its pool's free list through its `next`
 * member and taken again last in, first out: equal histories give equal pools, which is what the snapshot compares.
 * Written by the fold alone. Invariant: a live record's mentions are exactly those of its last content, in its order. */
#include "crossflag/register.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "crossflag/linker.h"
#include "vec.h"

static_assert(sizeof(struct xf_register_record) == 112, "no padding that the snapshot would compare");
static_assert(sizeof(struct xf_register_mention) == 32, "no padding that the snapshot would compare");
static_assert(sizeof(struct xf_register_marker) == 24, "no padding that the snapshot would compare");

struct xf_register {
    struct xf_intern *symbols;
    XF_VEC(struct xf_register_record) records;
    XF_VEC(struct xf_register_mention) mentions;
    XF_VEC(struct xf_register_marker) markers;
    XF_VEC(struct xf_register_link) links;
    uint32_t free_mention, free_marker, free_link; /* XF_NONE: none */
    uint32_t *index;                               /* record rows + 1 by (feed, id); derived */
    uint32_t index_mask;
};

static uint32_t *slot_of(const struct xf_register *reg, uint32_t feed, uint32_t id)
{
    uint64_t key = (uint64_t)feed << 32 | id;
    uint32_t at = (uint32_t)XXH3_64bits(&key, sizeof(key)) & reg->index_mask;

    for (;;) {
        uint32_t row = reg->index[at] - 1;

        if (row == UINT32_MAX || (reg->records.items[row].feed == feed && reg->records.items[row].id == id))
            return &reg->index[at];
        at = (at + 1) & reg->index_mask;
    }
}

static int reindex(struct xf_register *reg, uint32_t slots)
{
    uint32_t *index = calloc(slots, sizeof(*index));

    if (!index)
        return XF_ENOMEM;
    free(reg->index);
    reg->index = index;
    reg->index_mask = slots - 1;
    for (uint32_t row = 0; row < reg->records.count; row++)
        *slot_of(reg, reg->records.items[row].feed, reg->records.items[row].id) = row + 1;
    return XF_OK;
}

struct xf_register *xf_register_create(struct xf_intern *symbols)
{
    struct xf_register *reg = calloc(1, sizeof(*reg));

    if (!reg)
        return NULL;
    reg->symbols = symbols;
    reg->free_mention = reg->free_marker = reg->free_link = XF_NONE;
    if (reindex(reg, 1024) != XF_OK) {
        xf_register_destroy(reg);
        return NULL;
    }
    return reg;
}

void xf_register_destroy(struct xf_register *reg)
{
    if (!reg)
        return;
    xf_vec_free(&reg->records);
    xf_vec_free(&reg->mentions);
    xf_vec_free(&reg->markers);
    xf_vec_free(&reg->links);
    free(reg->index);
    free(reg);
}

uint32_t xf_register_find(const struct xf_register *reg, const char *feed, const char *id)
{
    uint32_t feed_symbol = xf_intern_find(reg->symbols, feed, strlen(feed));
    uint32_t id_symbol = xf_intern_find(reg->symbols, id, strlen(id));

    return feed_symbol && id_symbol ? *slot_of(reg, feed_symbol, id_symbol) - 1 : XF_NONE;
}

/* Takes a row from a pool's free list, or a new one; the row is zeroed. */
#define TAKE(reg, pool, free_head)                                                                                                 \
    ((reg)->free_head != XF_NONE                                                                                                   \
         ? take_free(&(reg)->free_head, (reg)->pool.items, sizeof(*(reg)->pool.items), &(reg)->pool.items[(reg)->free_head].next)  \
     : xf_vec_reserve(&(reg)->pool, 1) == XF_OK ? (reg)->pool.count++                                                              \
                                                : XF_NONE)

static uint32_t take_free(uint32_t *head, void *items, size_t size, const uint32_t *next)
{
    uint32_t row = *head;

    *head = *next;
    memset((char *)items + row * size, 0, size);
    return row;
}

static int put_markers(struct xf_register *reg, const struct xf_person *person, uint32_t *ret_first)
{
    uint32_t last = XF_NONE;

    *ret_first = XF_NONE;
    for (size_t i = 0; i < person->marker_count; i++) {
        const struct xf_marker *from = &person->markers[i];
        uint32_t row = TAKE(reg, markers, free_marker);
        struct xf_register_marker *marker;

        if (row == XF_NONE)
            return XF_ENOMEM;
        marker = &reg->markers.items[row];
        *marker = (struct xf_register_marker){.since = from->since, .until = from->until, .next = XF_NONE};
        if (last == XF_NONE)
            *ret_first = row;
        else
            reg->markers.items[last].next = row;
        last = row;
        if (xf_intern_puts(reg->symbols, from->type, &marker->type) || xf_intern_puts(reg->symbols, from->level, &marker->level))
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* Appends a mention to a record's chain; *last is the chain's end so far. */
static int put_mention(struct xf_register *reg, uint32_t record, uint32_t *last, enum xf_mention_kind kind, const char *ref,
                       const char *role, const char *type, const struct xf_person *person)
{
    uint32_t row = TAKE(reg, mentions, free_mention);
    struct xf_register_mention *mention;
    uint32_t first_marker = XF_NONE;

    if (row == XF_NONE)
        return XF_ENOMEM;
    reg->mentions.items[row] =
        (struct xf_register_mention){.record = record, .next = XF_NONE, .first_marker = XF_NONE, .kind = (uint8_t)kind, .live = 1};
    if (*last == XF_NONE)
        reg->records.items[record].first_mention = row;
    else
        reg->mentions.items[*last].next = row;
    *last = row;
    mention = &reg->mentions.items[row];
    if (xf_intern_puts(reg->symbols, ref, &mention->ref) || xf_intern_puts(reg->symbols, role, &mention->role) ||
        xf_intern_puts(reg->symbols, type, &mention->type))
        return XF_ENOMEM;
    if (person) {
        if (put_markers(reg, person, &first_marker) != XF_OK)
            return XF_ENOMEM;
        mention->birth_date = person->birth_date;
        mention->first_marker = first_marker;
    }
    return XF_OK;
}

static int put_mentions(struct xf_register *reg, uint32_t row, const struct xf_record *record)
{
    uint32_t last = XF_NONE;
    int rc = XF_OK;

    for (size_t i = 0; rc == XF_OK && i < record->person_count; i++) {
        const struct xf_person *person = &record->persons[i];
        rc = put_mention(reg, row, &last, XF_PERSON, person->ref, person->role, NULL, person);
    }
    for (size_t i = 0; rc == XF_OK && i < record->location_count; i++) {
        const struct xf_location *location = &record->locations[i];
        rc = put_mention(reg, row, &last, XF_LOCATION, location->ref, location->role, location->type, NULL);
    }
    for (size_t i = 0; rc == XF_OK && i < record->vehicle_count; i++) {
        const struct xf_vehicle *vehicle = &record->vehicles[i];
        rc = put_mention(reg, row, &last, XF_VEHICLE, vehicle->ref, vehicle->role, NULL, NULL);
    }
    return rc;
}

/* The mention that an end of a record's link is: mentions stand in the order persons, locations, vehicles. */
static uint32_t mention_of_end(const struct xf_register *reg, uint32_t row, const struct xf_record *record, struct xf_end end)
{
    size_t skip =
        end.index + (end.kind >= XF_LOCATION ? record->person_count : 0) + (end.kind == XF_VEHICLE ? record->location_count : 0);
    uint32_t mention = reg->records.items[row].first_mention;

    while (skip--)
        mention = reg->mentions.items[mention].next;
    return mention;
}

static int put_links(struct xf_register *reg, uint32_t row, const struct xf_record *record)
{
    uint32_t last = XF_NONE;

    for (size_t i = 0; i < record->link_count; i++) {
        uint32_t link = TAKE(reg, links, free_link);

        if (link == XF_NONE)
            return XF_ENOMEM;
        reg->links.items[link] = (struct xf_register_link){.from = mention_of_end(reg, row, record, record->links[i].from),
                                                           .to = mention_of_end(reg, row, record, record->links[i].to),
                                                           .next = XF_NONE};
        if (last == XF_NONE)
            reg->records.items[row].first_link = link;
        else
            reg->links.items[last].next = link;
        last = link;
        if (xf_intern_puts(reg->symbols, record->links[i].type, &reg->links.items[link].type))
            return XF_ENOMEM;
    }
    return XF_OK;
}

static uint8_t condition_bits(const struct xf_record *record)
{
    static const char *const names[] = {"A1", "A2", "A3", "S1", "S2"};
    uint8_t bits = 0;

    for (size_t i = 0; i < record->condition_count; i++)
        for (size_t bit = 0; bit < sizeof(names) / sizeof(names[0]); bit++)
            if (strcmp(record->conditions[i], names[bit]) == 0)
                bits |= (uint8_t)(1u << bit);
    return bits;
}

static int new_row(struct xf_register *reg, uint32_t feed, uint32_t id, uint32_t *ret)
{
    if ((uint64_t)(reg->records.count + 1) * 4 >= (uint64_t)reg->index_mask * 3 && reindex(reg, (reg->index_mask + 1) * 2) != XF_OK)
        return XF_ENOMEM;
    if (xf_vec_push(&reg->records,
                    (struct xf_register_record){.feed = feed, .id = id, .first_mention = XF_NONE, .first_link = XF_NONE}) != XF_OK)
        return XF_ENOMEM;
    *ret = reg->records.count - 1;
    *slot_of(reg, feed, id) = reg->records.count;
    return XF_OK;
}

int xf_register_put(struct xf_register *reg, const char *feed, const struct xf_record *record, const char default_grade[4],
                    uint64_t position, uint32_t *ret_record)
{
    const struct xf_details *details = &record->details;
    const char *grade = record->grade ? record->grade : default_grade;
    struct xf_register_record *to;
    uint32_t feed_symbol, id_symbol, row;

    if (xf_intern_puts(reg->symbols, feed, &feed_symbol) || xf_intern_puts(reg->symbols, record->id, &id_symbol))
        return XF_ENOMEM;
    row = *slot_of(reg, feed_symbol, id_symbol) - 1;
    if (row == XF_NONE && new_row(reg, feed_symbol, id_symbol, &row) != XF_OK)
        return XF_ENOMEM;
    to = &reg->records.items[row];
    assert(to->first_mention == XF_NONE && to->first_link == XF_NONE);
    *to = (struct xf_register_record){
        .position = position,
        .occurred_at = record->occurred_at,
        .until = record->until,
        .version = record->version,
        .return_interview_at = details->return_interview_at,
        .feed = feed_symbol,
        .id = id_symbol,
        .revision = to->revision + 1,
        .first_mention = XF_NONE,
        .first_link = XF_NONE,
        .expires = details->expires ? details->expires : details->until,
        .source = grade[0],
        .information = grade[1],
        .handling = grade[2],
        .conditions = condition_bits(record),
        .live = 1,
    };
    memcpy(to->digest, record->digest, sizeof(to->digest));
    if (xf_intern_puts(reg->symbols, record->kind, &to->kind) || xf_intern_puts(reg->symbols, details->reason, &to->reason) ||
        xf_intern_puts(reg->symbols, details->level, &to->level) || xf_intern_puts(reg->symbols, details->type, &to->type) ||
        xf_intern_puts(reg->symbols, details->status, &to->status) || put_mentions(reg, row, record) != XF_OK ||
        put_links(reg, row, record) != XF_OK)
        return XF_ENOMEM;
    *ret_record = row;
    return XF_OK;
}

void xf_register_clear(struct xf_register *reg, uint32_t record)
{
    struct xf_register_record *row = &reg->records.items[record];

    for (uint32_t mention = row->first_mention, next; mention != XF_NONE; mention = next) {
        struct xf_register_mention *of = &reg->mentions.items[mention];

        for (uint32_t marker = of->first_marker, after; marker != XF_NONE; marker = after) {
            after = reg->markers.items[marker].next;
            reg->markers.items[marker] = (struct xf_register_marker){.next = reg->free_marker};
            reg->free_marker = marker;
        }
        next = of->next;
        *of = (struct xf_register_mention){.next = reg->free_mention, .first_marker = XF_NONE, .record = XF_NONE};
        reg->free_mention = mention;
    }
    for (uint32_t link = row->first_link, next; link != XF_NONE; link = next) {
        next = reg->links.items[link].next;
        reg->links.items[link] = (struct xf_register_link){.next = reg->free_link};
        reg->free_link = link;
    }
    row->first_mention = row->first_link = XF_NONE;
}

void xf_register_withdraw(struct xf_register *reg, uint32_t record, uint64_t position)
{
    struct xf_register_record *row = &reg->records.items[record];

    xf_register_clear(reg, record);
    row->live = 0;
    row->position = position;
    row->revision++;
}

void xf_register_revise(struct xf_register *reg, uint32_t record, uint32_t revision)
{
    reg->records.items[record].revision = revision;
}

uint32_t xf_register_record_count(const struct xf_register *reg)
{
    return reg->records.count;
}

uint32_t xf_register_mention_count(const struct xf_register *reg)
{
    return reg->mentions.count;
}

const struct xf_register_record *xf_register_record_at(const struct xf_register *reg, uint32_t record)
{
    return &reg->records.items[record];
}

const struct xf_register_mention *xf_register_mention_at(const struct xf_register *reg, uint32_t mention)
{
    return &reg->mentions.items[mention];
}

const struct xf_register_marker *xf_register_marker_at(const struct xf_register *reg, uint32_t marker)
{
    return &reg->markers.items[marker];
}

const struct xf_register_link *xf_register_link_at(const struct xf_register *reg, uint32_t link)
{
    return &reg->links.items[link];
}

uint32_t xf_register_mention_of(const struct xf_register *reg, uint32_t record, const char *ref)
{
    uint32_t symbol = xf_intern_find(reg->symbols, ref, strlen(ref));
    uint32_t mention = symbol ? reg->records.items[record].first_mention : XF_NONE;

    while (mention != XF_NONE && reg->mentions.items[mention].ref != symbol)
        mention = reg->mentions.items[mention].next;
    return mention;
}

size_t xf_register_size(const struct xf_register *reg)
{
    return reg->records.capacity * sizeof(*reg->records.items) + reg->mentions.capacity * sizeof(*reg->mentions.items) +
           reg->markers.capacity * sizeof(*reg->markers.items) + reg->links.capacity * sizeof(*reg->links.items) +
           ((size_t)reg->index_mask + 1) * sizeof(*reg->index);
}

int xf_register_save(const struct xf_register *reg, struct xf_pack *pack)
{
    const uint32_t heads[3] = {reg->free_mention, reg->free_marker, reg->free_link};
    int rc = xf_vec_save(&reg->records, pack, "RREC");

    if (rc == XF_OK)
        rc = xf_vec_save(&reg->mentions, pack, "RMEN");
    if (rc == XF_OK)
        rc = xf_vec_save(&reg->markers, pack, "RMAR");
    if (rc == XF_OK)
        rc = xf_vec_save(&reg->links, pack, "RLNK");
    if (rc == XF_OK)
        rc = xf_pack_array(pack, "RFRE", heads, sizeof(heads), 1);
    return rc;
}

int xf_register_load(struct xf_unpack *unpack, struct xf_intern *symbols, struct xf_register **ret)
{
    struct xf_register *reg = xf_register_create(symbols);
    uint32_t(*heads)[3] = NULL;
    uint64_t one = 0;
    uint32_t slots = 1024;
    int rc = reg ? xf_vec_load(&reg->records, unpack, "RREC") : XF_ENOMEM;

    if (rc == XF_OK)
        rc = xf_vec_load(&reg->mentions, unpack, "RMEN");
    if (rc == XF_OK)
        rc = xf_vec_load(&reg->markers, unpack, "RMAR");
    if (rc == XF_OK)
        rc = xf_vec_load(&reg->links, unpack, "RLNK");
    if (rc == XF_OK)
        rc = xf_unpack_array(unpack, "RFRE", sizeof(*heads), (void **)&heads, &one);
    if (rc == XF_OK && one != 1)
        rc = XF_EINVAL;
    while (rc == XF_OK && (uint64_t)slots * 3 <= (uint64_t)(reg->records.count + 1) * 4)
        slots *= 2;
    if (rc == XF_OK)
        rc = reindex(reg, slots);
    if (rc != XF_OK) {
        free(heads);
        xf_register_destroy(reg);
        return rc;
    }
    reg->free_mention = (*heads)[0];
    reg->free_marker = (*heads)[1];
    reg->free_link = (*heads)[2];
    free(heads);
    *ret = reg;
    return XF_OK;
}
