/* SPDX-License-Identifier: Apache-2.0 */
/* What falls due when: reviews of active flags, and entities that time alone will change, in two heaps. Called by flag.c and by the
 * judge. An entry that has become stale (the flag ended or was renewed) stays until it comes to the top. Invariants: a parent is
 * never after its children; the tops are never stale. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "flag.h"

static bool before(const struct xf_due *a, const struct xf_due *b)
{
    return a->at != b->at ? a->at < b->at : a->index < b->index;
}

int xf_dues_push(struct xf_dues *dues, struct xf_due due)
{
    uint32_t at;

    if (xf_vec_push(&dues->heap, due) != XF_OK)
        return XF_ENOMEM;
    for (at = dues->heap.count - 1; at && before(&due, &dues->heap.items[(at - 1) / 2]); at = (at - 1) / 2)
        dues->heap.items[at] = dues->heap.items[(at - 1) / 2];
    dues->heap.items[at] = due;
    return XF_OK;
}

const struct xf_due *xf_dues_top(const struct xf_dues *dues)
{
    return dues->heap.count ? dues->heap.items : NULL;
}

void xf_dues_pop(struct xf_dues *dues)
{
    struct xf_due last = dues->heap.items[--dues->heap.count];
    uint32_t at = 0;

    for (;;) {
        uint32_t child = at * 2 + 1;

        if (child + 1 < dues->heap.count && before(&dues->heap.items[child + 1], &dues->heap.items[child]))
            child++;
        if (child >= dues->heap.count || !before(&dues->heap.items[child], &last))
            break;
        dues->heap.items[at] = dues->heap.items[child];
        at = child;
    }
    if (dues->heap.count)
        dues->heap.items[at] = last;
}

void xf_dues_free(struct xf_dues *dues)
{
    xf_vec_free(&dues->heap);
}

/* Of flags */

/* A flag that ended or was renewed, an entity that is awaited at another time: their old entries are dropped when they come to the
 * top. */
void xf_flags_drop_stale(struct xf_flags *flags)
{
    const struct xf_due *top;

    while ((top = xf_dues_top(&flags->reviews)) &&
           (!xf_flag_active(&flags->flags.items[top->index]) || flags->flags.items[top->index].review_due != top->at))
        xf_dues_pop(&flags->reviews);
    while ((top = xf_dues_top(&flags->waking)) && flags->wakes.items[top->index] != top->at)
        xf_dues_pop(&flags->waking);
}

int64_t xf_flags_next_due(const struct xf_flags *flags)
{
    const struct xf_due *review = xf_dues_top(&flags->reviews), *wake = xf_dues_top(&flags->waking);
    int64_t at = review ? review->at : INT64_MAX;

    return wake && wake->at < at ? wake->at : at;
}

int xf_flags_await(struct xf_flags *flags, uint32_t flag)
{
    return xf_dues_push(&flags->reviews, (struct xf_due){.at = flags->flags.items[flag].review_due, .index = flag});
}

int xf_flags_wake(struct xf_flags *flags, uint32_t entity, int64_t at)
{
    assert(at != 0);
    if (entity >= flags->wakes.count) {
        uint32_t more = entity + 1 - flags->wakes.count;

        if (xf_vec_reserve(&flags->wakes, more) != XF_OK)
            return XF_ENOMEM;
        memset(flags->wakes.items + flags->wakes.count, 0, more * sizeof(*flags->wakes.items));
        flags->wakes.count += more;
    }
    if (flags->wakes.items[entity] && flags->wakes.items[entity] <= at)
        return XF_OK;
    flags->wakes.items[entity] = at;
    return xf_dues_push(&flags->waking, (struct xf_due){.at = at, .index = entity});
}

uint32_t xf_flags_take_review(struct xf_flags *flags, int64_t at)
{
    const struct xf_due *top = xf_dues_top(&flags->reviews);
    uint32_t flag;

    if (!top || top->at > at)
        return XF_NONE;
    flag = top->index;
    xf_dues_pop(&flags->reviews);
    return flag;
}

uint32_t xf_flags_take_wake(struct xf_flags *flags, int64_t at)
{
    const struct xf_due *top = xf_dues_top(&flags->waking);
    uint32_t entity;

    if (!top || top->at > at)
        return XF_NONE;
    entity = top->index;
    flags->wakes.items[entity] = 0;
    xf_flags_drop_stale(flags);
    return entity;
}
