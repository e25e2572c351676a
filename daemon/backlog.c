/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of numbers as arrays that are sorted now and then: takes come many a second with a few numbers each, and are read once.
 * Called by the projector alone. */
#include "backlog.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void settle(struct xf_numbers *numbers)
{
    size_t kept = 0;

    if (numbers->count == numbers->distinct)
        return;
    qsort(numbers->items, numbers->count, sizeof(*numbers->items), compare);
    for (size_t i = 0; i < numbers->count; i++) {
        if (!kept || numbers->items[i] != numbers->items[kept - 1])
            numbers->items[kept++] = numbers->items[i];
    }
    numbers->count = numbers->distinct = kept;
}

static int add(struct xf_numbers *numbers, const uint32_t *items, size_t count)
{
    size_t wanted = numbers->count + count;

    if (!count)
        return XF_OK;
    if (wanted > numbers->capacity) {
        size_t capacity = numbers->capacity ? numbers->capacity : 256;
        uint32_t *grown;

        while (capacity < wanted)
            capacity *= 2;
        grown = realloc(numbers->items, capacity * sizeof(*grown));
        if (!grown)
            return XF_ENOMEM;
        numbers->items = grown;
        numbers->capacity = capacity;
    }
    memcpy(numbers->items + numbers->count, items, count * sizeof(*items));
    numbers->count = wanted;
    /* Doubles may make up at most half of what is held. */
    if (numbers->count > 2 * numbers->distinct + 4096)
        settle(numbers);
    return XF_OK;
}

int xf_changes_add(struct xf_changes *changes, const struct xf_dirty *dirty)
{
    if (add(&changes->records, dirty->records, dirty->record_count) != XF_OK ||
        add(&changes->entities, dirty->entities, dirty->entity_count) != XF_OK ||
        add(&changes->flags, dirty->flags, dirty->flag_count) != XF_OK)
        return XF_ENOMEM;
    if (dirty->position > changes->position)
        changes->position = dirty->position;
    return XF_OK;
}

int xf_changes_merge(struct xf_changes *changes, struct xf_changes *from)
{
    const struct xf_dirty dirty = {.position = from->position,
                                   .records = from->records.items,
                                   .entities = from->entities.items,
                                   .flags = from->flags.items,
                                   .record_count = from->records.count,
                                   .entity_count = from->entities.count,
                                   .flag_count = from->flags.count};
    int rc = xf_changes_add(changes, &dirty);

    if (rc == XF_OK)
        xf_changes_clear(from);
    return rc;
}

void xf_changes_settle(struct xf_changes *changes)
{
    settle(&changes->records);
    settle(&changes->entities);
    settle(&changes->flags);
}

size_t xf_changes_count(const struct xf_changes *changes)
{
    return changes->records.count + changes->entities.count + changes->flags.count;
}

/* A large array is given back: after a bulk load it would stay for ever. */
static void clear(struct xf_numbers *numbers)
{
    if (numbers->capacity > (size_t)1 << 16) {
        free(numbers->items);
        *numbers = (struct xf_numbers){0};
    }
    numbers->count = numbers->distinct = 0;
}

void xf_changes_clear(struct xf_changes *changes)
{
    clear(&changes->records);
    clear(&changes->entities);
    clear(&changes->flags);
}

void xf_changes_free(struct xf_changes *changes)
{
    free(changes->records.items);
    free(changes->entities.items);
    free(changes->flags.items);
    *changes = (struct xf_changes){0};
}
