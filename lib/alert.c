/* SPDX-License-Identifier: Apache-2.0 */
/* From a flag's step to the events that tell of it. Called by the fold, whose one thread gives the numbers, and by the API for
 * reconciliation. Invariant: every text here is a function of the folded state, the step and the journal position, so that a fold
 * after a crash makes the same event again, to the byte and with the same number. What is equal for all subscriptions of one agency
 * is made once. */
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disclosure.h"
#include "subscription.h"

#define RECIPIENT_RECORDS_MAX 500

/* What one agency is told of the step, made when its first subscription asks. */
struct audience {
    bool known; /* level and alerted are filled */
    enum xf_disclosure level;
    bool alerted;
    const char *data, *subject; /* in the arena; NULL until wanted */
    enum xf_disclosure data_level;
};

struct emission {
    const struct xf_view *view;
    const struct xf_flag *row;
    uint32_t flag;
    enum xf_flag_step step;
    const struct xf_entity_event *because; /* NULL: none */
    uint64_t position;
    int64_t at;
    const char *source; /* as a JSON string, quotes included */
    struct xf_arena *arena;
    struct xf_event_list *events;
    struct audience *audiences; /* by agency */
};

static bool closes(enum xf_flag_step step)
{
    return step == XF_STEP_DISMISSED || step == XF_STEP_EXPIRED || step == XF_STEP_WITHDRAWN;
}

static bool has_word(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

/* Whether an agency of one of the areas has a live record that mentions the subject, or one among the reasons. */
static bool in_areas(const struct xf_view *view, const struct xf_flag *flag, const char *const *areas)
{
    const struct xf_graph *graph = view->graph;
    uint32_t entity = xf_linker_entity_living(graph->linker, flag->entity), agency;

    for (uint32_t mention = entity == XF_NONE ? XF_NONE : xf_linker_first(graph->linker, entity); mention != XF_NONE;
         mention = xf_linker_next(graph->linker, mention)) {
        agency = xf_disclosure_agency(graph,
                                      xf_register_record_at(graph->reg, xf_register_mention_at(graph->reg, mention)->record)->feed);
        if (agency != UINT32_MAX && has_word(areas, xf_partners_agency_at(graph->partners, agency)->area))
            return true;
    }
    for (uint32_t reason = flag->first_reason; reason != XF_NONE; reason = xf_flags_reason_at(view->flags, reason)->next) {
        for (uint32_t item = xf_flags_reason_at(view->flags, reason)->first_record; item != XF_NONE;
             item = xf_flags_record_at(view->flags, item)->next) {
            agency = xf_disclosure_agency(graph, xf_flags_record_at(view->flags, item)->feed);
            if (agency != UINT32_MAX && has_word(areas, xf_partners_agency_at(graph->partners, agency)->area))
                return true;
        }
    }
    return false;
}

/* The filter, cheapest questions first. involved is asked for only when the filter wants it. */
static bool wants(const struct filter *filter, const struct xf_view *view, uint32_t flag)
{
    const struct xf_flag *row = xf_flags_at(view->flags, flag);

    if (filter->types && !has_word(filter->types, xf_intern_text(view->graph->symbols, row->type)))
        return false;
    if (filter->levels && !(filter->levels & 1U << row->level))
        return false;
    if (filter->kinds && !(filter->kinds & 1U << xf_linker_entity_kind(view->graph->linker, row->entity)))
        return false;
    if (filter->areas && !in_areas(view, row, filter->areas))
        return false;
    return !filter->my_records || xf_disclosure_involved(view, flag);
}

/* One of the subscriber's own records that mention the subject, as texts. */
struct own_record {
    const char *feed, *id, *ref;
};

static int own_record_order(const void *a, const void *b)
{
    const struct own_record *left = a, *right = b;
    int order = strcmp(left->feed, right->feed);

    if (!order)
        order = strcmp(left->id, right->id);
    return order ? order : strcmp(left->ref, right->ref);
}

/* The agency's own records that mention the subject, sorted, since the linker's order means nothing. Sets *ret_more when they are
 * too many for one alert. */
static json_t *recipient_records(const struct xf_view *view, const struct xf_flag *flag, bool *ret_more)
{
    const struct xf_graph *graph = view->graph;
    uint32_t entity = xf_linker_entity_living(graph->linker, flag->entity);
    XF_VEC(struct own_record) own = {0};
    json_t *list = json_array();
    int rc = list ? 0 : -1;

    for (uint32_t mention = entity == XF_NONE ? XF_NONE : xf_linker_first(graph->linker, entity); rc == 0 && mention != XF_NONE;
         mention = xf_linker_next(graph->linker, mention)) {
        const struct xf_register_mention *row = xf_register_mention_at(graph->reg, mention);
        const struct xf_register_record *record = xf_register_record_at(graph->reg, row->record);

        if (xf_disclosure_agency(graph, record->feed) == view->agency)
            rc = xf_vec_push(&own, (struct own_record){xf_intern_text(graph->symbols, record->feed),
                                                       xf_intern_text(graph->symbols, record->id),
                                                       xf_intern_text(graph->symbols, row->ref)});
    }
    if (own.count)
        qsort(own.items, own.count, sizeof(*own.items), own_record_order);
    for (uint32_t i = 0; rc == 0 && i < own.count && i < RECIPIENT_RECORDS_MAX; i++)
        rc = json_array_append_new(
            list, json_pack("{s:s,s:s,s:s}", "feed", own.items[i].feed, "id", own.items[i].id, "ref", own.items[i].ref));
    *ret_more = own.count > RECIPIENT_RECORDS_MAX;
    xf_vec_free(&own);
    if (rc != 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *handling_json(const struct xf_flag *flag)
{
    static const char *const names[] = {"A1", "A2", "A3", "S1", "S2"};
    json_t *conditions = json_array();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flag->handling & 1U << i && json_array_append_new(conditions, json_string(names[i])) != 0) {
            json_decref(conditions);
            return NULL;
        }
    return json_pack("{s:s,s:o}", "code", flag->handling ? "C" : "P", "conditions", conditions);
}

static_assert(XF_CONDITION_A1 == 1 && XF_CONDITION_A2 == 2 && XF_CONDITION_A3 == 4 && XF_CONDITION_S1 == 8 && XF_CONDITION_S2 == 16,
              "handling_json names the bits in this order");

/* {"merge":{"entity","into","because",…}} or {"split":…}: what happened to the subject, for those who may know it. */
static json_t *cause_json(const struct xf_view *view, const struct xf_entity_event *because)
{
    json_t *event = xf_history_json(view, because);

    json_object_del(event, "event");
    return json_pack("{s:o}", because->change == XF_ENTITY_MERGED ? "merge" : "split", event);
}

/* data's text and the subject at a level, kept with the audience. A pointer names no record of the recipient's: that would tell who
 * it is about. */
static int render_data(struct emission *emission, struct audience *audience, const struct xf_view *view, enum xf_disclosure level)
{
    bool more = false;
    json_t *data = xf_flag_json(view, emission->flag, level);
    json_t *own = level >= XF_DISCLOSE_SUMMARY ? recipient_records(view, emission->row, &more) : json_array();
    const char *subject = json_string_value(json_object_get(json_object_get(data, "subject"), "entity"));
    char *text = NULL;
    int rc = data ? 0 : -1;

    rc |= json_object_set_new(data, "recipient_records", own);
    if (more)
        rc |= json_object_set_new(data, "recipient_records_truncated", json_true());
    rc |= json_object_set_new(data, "handling", handling_json(emission->row));
    if (emission->because && level >= XF_DISCLOSE_SUMMARY)
        rc |= json_object_set_new(data, "cause", cause_json(view, emission->because));
    if (!subject)
        subject = json_string_value(json_object_get(data, "id"));
    if (rc == 0)
        text = json_dumps(data, JSON_COMPACT);
    if (text) {
        audience->data = xf_arena_copy(emission->arena, text, strlen(text));
        audience->subject = xf_arena_copy(emission->arena, subject, strlen(subject));
        audience->data_level = level;
    }
    json_decref(data);
    free(text);
    return text && audience->data && audience->subject ? XF_OK : XF_ENOMEM;
}

static int append_event(struct xf_event_list *events, struct xf_arena *arena, const struct xf_event *event)
{
    if (events->count == events->capacity) {
        size_t capacity = events->capacity ? events->capacity * 2 : 16;
        struct xf_event *items = xf_arena_alloc(arena, capacity * sizeof(*items));

        if (!items)
            return XF_ENOMEM;
        if (events->count)
            memcpy(items, events->items, events->count * sizeof(*items));
        events->items = items;
        events->capacity = capacity;
    }
    events->items[events->count++] = *event;
    return XF_OK;
}

/* The CloudEvent around data; source is a JSON string, the other texts need no escaping. The type stands before all that senders
 * can choose. */
static int append_cloudevent(struct subscription *row, uint32_t index, const char *id, const char *type, const char *source,
                             const char *subject, const char *data, uint64_t position, int64_t at, struct xf_arena *arena,
                             struct xf_event_list *events)
{
    static const char form[] =
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"type\":\"%s\",\"source\":%s,\"subject\":\"%s\",\"time\":\"%s\","
        "\"datacontenttype\":\"application/json\",\"sequence\":\"%020" PRIu64 "\",\"data\":%s}";
    char time[XF_TIME_TEXT];
    size_t size = sizeof(form) + strlen(id) + strlen(type) + strlen(source) + strlen(subject) + sizeof(time) + 20 + strlen(data);
    struct xf_event event = {
        .subscription = row->shown.id, .index = index, .sequence = row->shown.next_sequence, .position = position, .at = at};
    char *body = xf_arena_alloc(arena, size);
    char *subscription = xf_arena_copy(arena, row->shown.id, strlen(row->shown.id));
    int rc = XF_ENOMEM;

    event.id = xf_arena_copy(arena, id, strlen(id));
    if (body && subscription && event.id) {
        event.length =
            (size_t)snprintf(body, size, form, id, type, source, subject, xf_time_format(at, time), event.sequence, data);
        assert(event.length < size);
        event.body = body;
        event.subscription = subscription;
        rc = append_event(events, arena, &event);
    }
    if (rc == XF_OK)
        row->shown.next_sequence++;
    return rc;
}

static const char *source_json(const char *source, struct xf_arena *arena)
{
    json_t *value = json_string(source);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *copy = text ? xf_arena_copy(arena, text, strlen(text)) : NULL;

    json_decref(value);
    free(text);
    return copy;
}

/* Tells one subscription, when it is to be told. */
static int emit_to(struct emission *emission, struct xf_subscriptions *subscriptions, uint32_t index)
{
    struct subscription *row = subscriptions->rows.items[index];
    uint32_t agency = xf_partners_agency(emission->view->graph->partners, row->shown.agency);
    struct xf_view view = {emission->view->graph, emission->view->flags, emission->view->policy, agency};
    bool told = xf_subscriptions_was_told(subscriptions, index, emission->flag);
    struct audience *audience;
    enum xf_disclosure level;
    char id[XF_FLAG_ID + 64], type[64], flag_id[XF_FLAG_ID];
    int rc = XF_OK;

    if (row->shown.deleted || agency == UINT32_MAX)
        return XF_OK;
    audience = &emission->audiences[agency];
    if (!audience->known) {
        audience->level = xf_disclosure_level(&view, emission->flag);
        audience->alerted = audience->level != XF_DISCLOSE_NONE && xf_disclosure_alerted(&view, emission->flag);
        audience->known = true;
    }
    level = audience->level;
    if (told && level == XF_DISCLOSE_NONE && closes(emission->step))
        level = XF_DISCLOSE_EXISTS;
    if (level == XF_DISCLOSE_NONE || (!told && !(audience->alerted && wants(&row->filter, &view, emission->flag))))
        return XF_OK;
    /* Whoever does not know the subject has nothing to learn of its new name. */
    if (emission->step == XF_STEP_HANDED_OVER && told && level < XF_DISCLOSE_SUMMARY)
        return XF_OK;
    if (!audience->data || audience->data_level != level)
        rc = render_data(emission, audience, &view, level);
    if (rc == XF_OK && !told)
        rc = xf_subscriptions_tell(subscriptions, index, emission->flag);
    if (rc != XF_OK)
        return rc;
    snprintf(id, sizeof(id), "%s.%" PRIu64 ".%s", xf_flag_id(emission->row, flag_id), emission->position,
             xf_flag_step_name(emission->step));
    snprintf(type, sizeof(type), "uk.crossflag.flag.%s.v1", xf_flag_step_name(emission->step));
    return append_cloudevent(row, index, id, type, emission->source, audience->subject, audience->data, emission->position,
                             emission->at, emission->arena, emission->events);
}

int xf_alert_emit(struct xf_subscriptions *subscriptions, const struct xf_view *view, uint32_t flag, enum xf_flag_step step,
                  const struct xf_entity_event *because, uint64_t position, int64_t at, const char *source, struct xf_arena *arena,
                  struct xf_event_list *events)
{
    struct emission emission = {.view = view,
                                .row = xf_flags_at(view->flags, flag),
                                .flag = flag,
                                .step = step,
                                .because = because,
                                .position = position,
                                .at = at,
                                .arena = arena,
                                .events = events};
    int rc = XF_OK;

    if (step == XF_STEP_CHANGED || !view->policy || !view->graph->partners || !subscriptions->rows.count)
        return XF_OK;
    emission.source = source_json(source, arena);
    emission.audiences = xf_arena_alloc(arena, xf_partners_agency_count(view->graph->partners) * sizeof(*emission.audiences));
    if (!emission.source || !emission.audiences)
        return XF_ENOMEM;
    for (uint32_t index = 0; rc == XF_OK && index < subscriptions->rows.count; index++)
        rc = emit_to(&emission, subscriptions, index);
    return rc;
}

int xf_alert_test(struct xf_subscriptions *subscriptions, const char *id, uint64_t position, int64_t at, const char *source,
                  struct xf_arena *arena, struct xf_event_list *events)
{
    const struct xf_subscription *found = id ? xf_subscriptions_find(subscriptions, id) : NULL;
    const char *quoted = source_json(source, arena);
    char event_id[64];

    if (!found || found->deleted)
        return XF_ENOTFOUND;
    if (!quoted)
        return XF_ENOMEM;
    snprintf(event_id, sizeof(event_id), "test.%" PRIu64, position);
    for (uint32_t index = 0; index < subscriptions->rows.count; index++)
        if (&subscriptions->rows.items[index]->shown == found)
            return append_cloudevent(subscriptions->rows.items[index], index, event_id, "uk.crossflag.test.v1", quoted, id,
                                     "{\"message\":\"A test of this subscription: no flag stands behind it.\"}", position, at,
                                     arena, events);
    return XF_ENOTFOUND;
}

enum xf_disclosure xf_alert_held(const struct xf_subscriptions *subscriptions, size_t index, const struct xf_view *view,
                                 uint32_t flag)
{
    const struct subscription *row = subscriptions->rows.items[index];
    const struct xf_flag *about = xf_flags_at(view->flags, flag);
    enum xf_disclosure level;

    if (row->shown.deleted || (about->status != XF_FLAG_PROPOSED && about->status != XF_FLAG_CONFIRMED))
        return XF_DISCLOSE_NONE;
    level = xf_disclosure_level(view, flag);
    if (level == XF_DISCLOSE_NONE || xf_subscriptions_was_told(subscriptions, (uint32_t)index, flag))
        return level;
    return xf_disclosure_alerted(view, flag) && wants(&row->filter, view, flag) ? level : XF_DISCLOSE_NONE;
}
