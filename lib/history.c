/* SPDX-License-Identifier: Apache-2.0 */
/* The history of entities in one array, chained by entity through a small hash, since few of many ever merge. Written by the fold
 * after each settlement; read by entity pages, alerts and projections. Invariant: events stand in the order of the journal, and
 * chains run from the newest to the oldest. */
#include "crossflag/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "crossflag/date.h"
#include "crossflag/fold.h"
#include "vec.h"

static_assert(sizeof(struct xf_entity_event) == 80, "no padding that the snapshot would compare");

struct head {
    uint32_t entity, first; /* first + 1; 0: an empty slot */
};

struct xf_history {
    XF_VEC(struct xf_entity_event) events;
    struct head *heads; /* derived */
    uint32_t mask, used;
};

static struct head *head_of(const struct xf_history *history, uint32_t entity)
{
    uint32_t at = (uint32_t)XXH3_64bits(&entity, sizeof(entity)) & history->mask;

    while (history->heads[at].first && history->heads[at].entity != entity)
        at = (at + 1) & history->mask;
    return &history->heads[at];
}

static void chain(struct xf_history *history, uint32_t event, int side)
{
    struct xf_entity_event *row = &history->events.items[event];
    uint32_t entity = side ? row->other : row->entity;
    struct head *head = head_of(history, entity);

    history->used += !head->first;
    row->next[side] = head->first - 1;
    *head = (struct head){.entity = entity, .first = event + 1};
}

static int make_heads(struct xf_history *history, uint32_t slots)
{
    struct head *heads = calloc(slots, sizeof(*heads));

    if (!heads)
        return XF_ENOMEM;
    free(history->heads);
    history->heads = heads;
    history->mask = slots - 1;
    history->used = 0;
    for (uint32_t event = 0; event < history->events.count; event++) {
        chain(history, event, 0);
        chain(history, event, 1);
    }
    return XF_OK;
}

struct xf_history *xf_history_create(void)
{
    struct xf_history *history = calloc(1, sizeof(*history));

    if (history && make_heads(history, 64) != XF_OK) {
        free(history);
        return NULL;
    }
    return history;
}

void xf_history_destroy(struct xf_history *history)
{
    if (!history)
        return;
    xf_vec_free(&history->events);
    free(history->heads);
    free(history);
}

int xf_history_add(struct xf_history *history, const struct xf_entity_event *event)
{
    assert(event->entity != event->other);
    if ((history->used + 2) * 2 > history->mask && make_heads(history, (history->mask + 1) * 2) != XF_OK)
        return XF_ENOMEM;
    if (xf_vec_push(&history->events, *event) != XF_OK)
        return XF_ENOMEM;
    chain(history, history->events.count - 1, 0);
    chain(history, history->events.count - 1, 1);
    return XF_OK;
}

uint32_t xf_history_count(const struct xf_history *history)
{
    return history->events.count;
}

const struct xf_entity_event *xf_history_at(const struct xf_history *history, uint32_t event)
{
    return &history->events.items[event];
}

uint32_t xf_history_first(const struct xf_history *history, uint32_t entity)
{
    return head_of(history, entity)->first - 1;
}

uint32_t xf_history_next(const struct xf_history *history, uint32_t event, uint32_t entity)
{
    const struct xf_entity_event *row = &history->events.items[event];

    return row->next[row->entity == entity ? 0 : 1];
}

int xf_history_save(const struct xf_history *history, struct xf_pack *pack)
{
    return xf_vec_save(&history->events, pack, "HIST");
}

int xf_history_load(struct xf_unpack *unpack, struct xf_history **ret)
{
    struct xf_history *history = xf_history_create();
    uint32_t slots = 64;
    int rc = history ? xf_vec_load(&history->events, unpack, "HIST") : XF_ENOMEM;

    for (uint32_t i = 0; rc == XF_OK && i < history->events.count; i++)
        if (history->events.items[i].entity == history->events.items[i].other)
            rc = XF_EINVAL;
    /* Each event names at most two entities that no other does. */
    while (rc == XF_OK && (uint64_t)slots < (uint64_t)history->events.count * 4 + 4)
        slots *= 2;
    if (rc == XF_OK)
        rc = make_heads(history, slots);
    if (rc != XF_OK) {
        xf_history_destroy(history);
        return rc;
    }
    *ret = history;
    return XF_OK;
}

/* For a viewer */

/* Whether the viewer may see a record; *ret_withheld becomes true when it may be told that there is one (A2, covert, is not told
 * of, nor what is gone). */
static bool may_see(const struct xf_view *view, uint32_t feed, uint32_t id, bool *ret_withheld)
{
    const struct xf_graph *graph = view->graph;
    uint32_t record = xf_register_find(graph->reg, xf_intern_text(graph->symbols, feed), xf_intern_text(graph->symbols, id));

    if (record == XF_NONE)
        return false;
    if (xf_disclosure_record(view, record))
        return true;
    if (!(xf_register_record_at(graph->reg, record)->conditions & XF_CONDITION_A2))
        *ret_withheld = true;
    return false;
}

static json_t *key_json(const struct xf_intern *symbols, struct xf_mention_key key)
{
    return json_pack("{s:s,s:s,s:s}", "feed", xf_intern_text(symbols, key.feed), "id", xf_intern_text(symbols, key.id), "ref",
                     xf_intern_text(symbols, key.ref));
}

static const char *change_name(const struct xf_entity_event *event)
{
    switch ((enum xf_entry_kind)event->cause) {
    case XF_ENTRY_PUT:
        return "put";
    case XF_ENTRY_WITHDRAW:
        return "withdrawn";
    case XF_ENTRY_SETTING:
        return "model";
    case XF_ENTRY_DECISION:
        return "decision";
    case XF_ENTRY_PRINCIPAL:
    case XF_ENTRY_SUBSCRIPTION:
    case XF_ENTRY_STEP:
    case XF_ENTRY_TICK:
        break;
    }
    return "other";
}

static json_t *because_json(const struct xf_view *view, const struct xf_entity_event *event)
{
    static const char *const words[] = {"none", "same", "not_same"};
    const struct xf_intern *symbols = view->graph->symbols;
    json_t *because = json_pack("{s:s}", "change", change_name(event));
    bool withheld = false, pair = false;
    char id[XF_DECISION_ID];
    int rc = because ? 0 : -1;

    if (event->feed && may_see(view, event->feed, event->id, &withheld))
        rc |= json_object_set_new(
            because, "record",
            json_pack("{s:s,s:s}", "feed", xf_intern_text(symbols, event->feed), "id", xf_intern_text(symbols, event->id)));
    if (event->a.feed)
        pair = may_see(view, event->a.feed, event->a.id, &withheld) && may_see(view, event->b.feed, event->b.id, &withheld);
    if (event->cause == XF_ENTRY_DECISION && pair) /* who spoke is told to those who see what was spoken of */
        rc |= json_object_set_new(because, "decision",
                                  json_pack("{s:s,s:s,s:s}", "id", xf_decision_id(event->position, id), "decision",
                                            words[event->decision], "by", xf_intern_text(symbols, event->actor)));
    if (pair && event->change == XF_ENTITY_MERGED)
        rc |= json_object_set_new(because, "edge",
                                  json_pack("{s:o,s:o,s:o,s:b}", "a", key_json(symbols, event->a), "b", key_json(symbols, event->b),
                                            "weight", json_real(event->weight / 1000.0), "word", (int)event->word));
    if (withheld)
        rc |= json_object_set_new(because, "withheld", json_true());
    if (rc) {
        json_decref(because);
        return NULL;
    }
    return because;
}

json_t *xf_history_json(const struct xf_view *view, const struct xf_entity_event *event)
{
    bool merged = event->change == XF_ENTITY_MERGED;
    char entity[XF_ENTITY_ID], other[XF_ENTITY_ID], at[XF_TIME_TEXT];

    return json_pack("{s:s,s:s,s:s,s:I,s:s,s:o}", "event", merged ? "merged" : "split", "entity",
                     xf_linker_entity_id(view->graph->linker, event->entity, entity), merged ? "into" : "from",
                     xf_linker_entity_id(view->graph->linker, event->other, other), "position", (json_int_t)event->position, "at",
                     xf_time_format(event->at, at), "because", because_json(view, event));
}
