/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking keys, those of places and vehicles made in block_thing.c, and their index. pair.c asks it for the candidates of a
 * profile, inquiry.c for those of a question. Invariant: the index holds each live profile once under each of its keys, every list
 * in its order. */
#include "block.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "crossflag/linker.h"
#include "crossflag/normalise.h"

enum sort {
    KEY_ID = 1,
    KEY_DATE_POSTCODE,
    KEY_DATE_GIVEN,
    KEY_DATE_FAMILY, /* day and month in ascending order where they can be exchanged: the swapped date meets its twin */
    KEY_NAMES,       /* given and family in ascending order, for the same reason */
    KEY_NAMES_OUTCODE,
    KEY_PHONE,
    KEY_EMAIL,
    KEY_ACCOUNT,
    /* Of little by itself: pairs meet there while few have it */
    KEY_DATE,
    KEY_POSTCODE,
    KEY_POSTCODE_NAME,
    KEY_YEAR_NAME_OUTCODE,
    KEY_ATTRIBUTE_NAME,
    KEY_ATTRIBUTE_DATE,
};

#define SORT_SHIFT 59 /* five bits for the sort, 59 for the hash */
#define FIRST_SLOTS 1024

void xf_keys_put(struct xf_keys *keys, uint32_t sort, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t parts[3] = {a, b, c};
    uint64_t key = (XXH3_64bits(parts, sizeof(parts)) >> (64 - SORT_SHIFT)) | (uint64_t)sort << SORT_SHIFT;

    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->items[i] == key)
            return;
    if (keys->count < XF_KEYS_MAX)
        keys->items[keys->count++] = key;
}

static void put(struct xf_keys *keys, enum sort sort, uint64_t a, uint64_t b, uint64_t c)
{
    xf_keys_put(keys, sort, a, b, c);
}

/* How much a key tells. */
enum strength {
    HARD, /* it names one: whoever has it is likely the same */
    PLAIN,
    NARROW, /* beyond its budget nobody meets under it */
};

static int kind_of(uint64_t key, enum strength *ret_strength)
{
    uint64_t sort = key >> SORT_SHIFT;

    *ret_strength = sort == XF_KEY_PLACE_ID || sort == XF_KEY_VEHICLE_ID ? HARD : PLAIN;
    if (sort == XF_KEY_PLACE || sort == XF_KEY_PLACE_ID)
        return XF_LOCATION;
    if (sort == XF_KEY_VEHICLE || sort == XF_KEY_VEHICLE_ID)
        return XF_VEHICLE;
    switch ((enum sort)sort) {
    case KEY_ID:
        *ret_strength = HARD;
        break;
    case KEY_DATE_POSTCODE:
    case KEY_DATE_GIVEN:
    case KEY_DATE_FAMILY:
    case KEY_NAMES:
    case KEY_NAMES_OUTCODE:
    case KEY_PHONE:
    case KEY_EMAIL:
    case KEY_ACCOUNT:
        break;
    case KEY_DATE:
    case KEY_POSTCODE:
    case KEY_POSTCODE_NAME:
    case KEY_YEAR_NAME_OUTCODE:
    case KEY_ATTRIBUTE_NAME:
    case KEY_ATTRIBUTE_DATE:
        *ret_strength = NARROW;
        break;
    }
    return XF_PERSON;
}

uint32_t xf_key_sort(uint64_t key)
{
    return (uint32_t)(key >> SORT_SHIFT);
}

uint32_t xf_key_comparisons(uint32_t sort)
{
    const uint32_t given = 1 << XF_PERSON_GIVEN, family = 1 << XF_PERSON_FAMILY, names = given | family | 1 << XF_PERSON_NAME;
    const uint32_t date = 1 << XF_PERSON_BIRTH_DATE, address = 1 << XF_PERSON_ADDRESS;

    switch ((enum sort)sort) {
    case KEY_ID:
        return 1 << XF_PERSON_ID;
    case KEY_DATE_POSTCODE:
        return date | address;
    case KEY_DATE_GIVEN:
        return date | given;
    case KEY_DATE_FAMILY:
        return date | family;
    case KEY_NAMES:
        return names;
    case KEY_NAMES_OUTCODE:
        return names | address;
    case KEY_PHONE:
        return 1 << XF_PERSON_PHONE;
    case KEY_EMAIL:
        return 1 << XF_PERSON_EMAIL;
    case KEY_ACCOUNT:
        return 1 << XF_PERSON_ACCOUNT;
    case KEY_DATE:
        return date;
    case KEY_POSTCODE:
        return address;
    case KEY_POSTCODE_NAME:
        return names | address;
    case KEY_YEAR_NAME_OUTCODE:
        return date | names | address;
    case KEY_ATTRIBUTE_NAME:
        return names | XF_KEY_ATTRIBUTES;
    case KEY_ATTRIBUTE_DATE:
        return date | XF_KEY_ATTRIBUTES;
    }
    return 0;
}

uint32_t xf_key_budget(const struct xf_model *model, uint64_t key)
{
    enum strength strength;
    const struct xf_model_kind *kind = &model->kinds[kind_of(key, &strength)];

    return strength == HARD ? kind->hard_budget : strength == NARROW ? kind->narrow_budget : kind->budget;
}

uint32_t xf_key_window(const struct xf_model *model, uint64_t key)
{
    enum strength strength;
    int kind = kind_of(key, &strength);

    return strength == NARROW ? 0 : model->kinds[kind].window;
}

static uint64_t text_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    const struct xf_intern *symbols = aspect->lexicon->symbols;

    return symbol ? xf_text_hash(xf_intern_text(symbols, symbol), xf_intern_length(symbols, symbol)) : 0;
}

/* All values of a field, one key each. */
static void put_values(struct xf_keys *keys, const struct xf_aspect *aspect, enum xf_field field, enum sort sort)
{
    for (uint32_t i = aspect->first[field]; i < aspect->first[field + 1]; i++)
        if (!(aspect->values[i].flags & XF_VALUE_WEAK))
            put(keys, sort, text_of(aspect, aspect->values[i].qualifier), text_of(aspect, aspect->values[i].symbol), 0);
}

static uint64_t unordered_date(xf_date date)
{
    uint32_t month = date / 100 % 100, day = date % 100;

    return day <= 12 && day < month ? date / 10000 * 10000 + day * 100 + month : date;
}

/* The keys of a name with a date, a postcode or an attribute beside it. */
static void put_part(struct xf_keys *keys, const struct xf_aspect *aspect, uint64_t sound, bool family)
{
    for (uint32_t i = 0; i < aspect->date_count; i++) {
        xf_date date = aspect->dates[i].date;

        if (date % 100)
            put(keys, family ? KEY_DATE_FAMILY : KEY_DATE_GIVEN, family ? unordered_date(date) : date, sound, 0);
    }
    for (uint32_t i = aspect->first[XF_FIELD_POSTCODE]; i < aspect->first[XF_FIELD_POSTCODE + 1]; i++) {
        const struct xf_lexeme *postcode = xf_lexicon_at(aspect->lexicon, aspect->values[i].symbol);

        put(keys, KEY_POSTCODE_NAME, text_of(aspect, aspect->values[i].symbol), sound, 0);
        for (uint32_t j = 0; postcode && j < aspect->date_count; j++)
            put(keys, KEY_YEAR_NAME_OUTCODE, aspect->dates[j].date / 10000, sound, postcode->first_sound);
    }
    for (uint32_t i = aspect->first[XF_FIELD_ATTRIBUTE]; i < aspect->first[XF_FIELD_ATTRIBUTE + 1]; i++)
        put(keys, KEY_ATTRIBUTE_NAME, text_of(aspect, aspect->values[i].qualifier), text_of(aspect, aspect->values[i].symbol),
            sound);
}

static void put_names(struct xf_keys *keys, const struct xf_aspect *aspect, const struct xf_aspect_name *name)
{
    uint64_t low, high;

    if (name->given)
        put_part(keys, aspect, name->given->first_sound, false);
    if (name->family)
        put_part(keys, aspect, name->family->last_sound, true);
    if (!name->given || !name->family)
        return;
    low = name->given->first_sound;
    high = name->family->last_sound;
    if (low > high) {
        low = high;
        high = name->given->first_sound;
    }
    put(keys, KEY_NAMES, low, high, 0);
    for (uint32_t i = aspect->first[XF_FIELD_POSTCODE]; i < aspect->first[XF_FIELD_POSTCODE + 1]; i++) {
        const struct xf_lexeme *postcode = xf_lexicon_at(aspect->lexicon, aspect->values[i].symbol);

        if (postcode)
            put(keys, KEY_NAMES_OUTCODE, low, high, postcode->first_sound);
    }
}

static void put_dates(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    for (uint32_t i = 0; i < aspect->date_count; i++) {
        xf_date date = aspect->dates[i].date;

        if (!(date % 100))
            continue;
        put(keys, KEY_DATE, date, 0, 0);
        for (uint32_t j = aspect->first[XF_FIELD_POSTCODE]; j < aspect->first[XF_FIELD_POSTCODE + 1]; j++)
            put(keys, KEY_DATE_POSTCODE, date, text_of(aspect, aspect->values[j].symbol), 0);
        for (uint32_t j = aspect->first[XF_FIELD_ATTRIBUTE]; j < aspect->first[XF_FIELD_ATTRIBUTE + 1]; j++)
            put(keys, KEY_ATTRIBUTE_DATE, text_of(aspect, aspect->values[j].qualifier), text_of(aspect, aspect->values[j].symbol),
                date);
    }
}

static void put_person(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    put_values(keys, aspect, XF_FIELD_ID, KEY_ID);
    put_values(keys, aspect, XF_FIELD_PHONE, KEY_PHONE);
    put_values(keys, aspect, XF_FIELD_EMAIL, KEY_EMAIL);
    put_values(keys, aspect, XF_FIELD_ACCOUNT, KEY_ACCOUNT);
    put_dates(keys, aspect);
    for (uint32_t i = 0; i < aspect->name_count; i++)
        put_names(keys, aspect, &aspect->names[i]);
    put_values(keys, aspect, XF_FIELD_POSTCODE, KEY_POSTCODE);
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

void xf_keys_of(const struct xf_aspect *aspect, struct xf_keys *ret)
{
    ret->count = 0;
    switch ((enum xf_mention_kind)aspect->kind) {
    case XF_PERSON:
        put_person(ret, aspect);
        break;
    case XF_LOCATION:
        xf_keys_location(ret, aspect);
        break;
    case XF_VEHICLE:
        xf_keys_vehicle(ret, aspect);
        break;
    case XF_MENTION_KINDS:
        break;
    }
    if (ret->count > 1)
        qsort(ret->items, ret->count, sizeof(*ret->items), compare_keys);
}

int xf_index_init(struct xf_index *index, xf_index_before *before, const void *context)
{
    *index = (struct xf_index){.mask = FIRST_SLOTS - 1, .before = before, .context = context};
    xf_slab_init(&index->postings, sizeof(uint32_t));
    index->entries = calloc(FIRST_SLOTS, sizeof(*index->entries));
    return index->entries ? XF_OK : XF_ENOMEM;
}

void xf_index_finish(struct xf_index *index)
{
    free(index->entries);
    xf_slab_finish(&index->postings);
}

/* The key's slot, or the empty one where it would go. The hash's bits are good, but its low ones are shared by no rule with the
 * sort's. */
static uint64_t slot_of(const struct xf_index *index, uint64_t key)
{
    uint64_t at = key & index->mask;

    while (index->entries[at].key && index->entries[at].key != key)
        at = (at + 1) & index->mask;
    return at;
}

static int grow(struct xf_index *index)
{
    struct xf_index_entry *old = index->entries;
    uint64_t before = index->mask + 1;
    struct xf_index_entry *entries = calloc(before * 2, sizeof(*entries));

    if (!entries)
        return XF_ENOMEM;
    index->entries = entries;
    index->mask = before * 2 - 1;
    for (uint64_t i = 0; i < before; i++)
        if (old[i].key)
            entries[slot_of(index, old[i].key)] = old[i];
    free(old);
    return XF_OK;
}

uint32_t xf_index_place(const struct xf_index *index, const uint32_t *list, uint32_t count, uint32_t profile)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (index->before(index->context, list[middle], profile))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int xf_index_add(struct xf_index *index, uint64_t key, uint32_t profile, uint32_t *ret_count, uint32_t *ret_place)
{
    struct xf_index_entry *entry;
    uint32_t *list;

    if ((index->used + 1) * 4 > (index->mask + 1) * 3 && grow(index) != XF_OK)
        return XF_ENOMEM;
    entry = &index->entries[slot_of(index, key)];
    *ret_place = 0;
    if (!entry->key) {
        *entry = (struct xf_index_entry){.key = key, .count = 1, .at = profile};
        index->used++;
        *ret_count = 1;
        return XF_OK;
    }
    if (entry->count == 1) {
        uint32_t handle;

        if (xf_slab_alloc(&index->postings, 2, &handle) != XF_OK)
            return XF_ENOMEM;
        *(uint32_t *)xf_slab_at(&index->postings, handle) = entry->at;
        entry->at = handle;
    } else if (xf_slab_grow(&index->postings, &entry->at, entry->count) != XF_OK) {
        return XF_ENOMEM;
    }
    list = xf_slab_at(&index->postings, entry->at);
    *ret_place = xf_index_place(index, list, entry->count, profile);
    memmove(list + *ret_place + 1, list + *ret_place, (entry->count - *ret_place) * sizeof(*list));
    list[*ret_place] = profile;
    *ret_count = ++entry->count;
    return XF_OK;
}

/* Closes the hole that a key leaves by moving back whatever had to pass it. */
static void close_slot(struct xf_index *index, uint64_t hole)
{
    for (uint64_t at = (hole + 1) & index->mask; index->entries[at].key; at = (at + 1) & index->mask) {
        if (((at - index->entries[at].key) & index->mask) >= ((at - hole) & index->mask)) {
            index->entries[hole] = index->entries[at];
            hole = at;
        }
    }
    index->entries[hole] = (struct xf_index_entry){0};
    index->used--;
}

int xf_index_remove(struct xf_index *index, uint64_t key, uint32_t profile, uint32_t *ret_count, uint32_t *ret_place)
{
    uint64_t slot = slot_of(index, key);
    struct xf_index_entry *entry = &index->entries[slot];
    uint32_t *list;

    assert(entry->key == key && entry->count);
    *ret_place = *ret_count = 0;
    if (entry->count == 1) {
        assert(entry->at == profile);
        close_slot(index, slot);
        return XF_OK;
    }
    list = xf_slab_at(&index->postings, entry->at);
    *ret_place = xf_index_place(index, list, entry->count, profile);
    assert(*ret_place < entry->count && list[*ret_place] == profile); /* else its order has changed while it stood here */
    memmove(list + *ret_place, list + *ret_place + 1, (entry->count - *ret_place - 1) * sizeof(*list));
    if (entry->count == 2) {
        uint32_t remaining = list[0];

        xf_slab_free(&index->postings, entry->at, 2);
        entry->at = remaining;
    } else if (xf_slab_shrink(&index->postings, &entry->at, entry->count) != XF_OK) {
        return XF_ENOMEM;
    }
    *ret_count = --entry->count;
    return XF_OK;
}

const uint32_t *xf_index_list(const struct xf_index *index, uint64_t key, uint32_t *ret_count)
{
    const struct xf_index_entry *entry = &index->entries[slot_of(index, key)];

    *ret_count = entry->key ? entry->count : 0;
    if (!*ret_count)
        return NULL;
    return entry->count == 1 ? &entry->at : xf_slab_at(&index->postings, entry->at);
}

void xf_index_prefetch(const struct xf_index *index, uint64_t key)
{
    __builtin_prefetch(&index->entries[key & index->mask]);
}

size_t xf_index_size(const struct xf_index *index)
{
    return (index->mask + 1) * sizeof(*index->entries) + index->postings.bytes;
}
