/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions as JSON, their list, and their undoing. A decision is undone by a new entry of the journal, by a named person with a
 * rationale; both stay on record. decide.c makes them. Invariant: a decision is shown to those who may see both of its records, and
 * to nobody else. */
#include "decision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mention.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 200
/* Statements looked at for one page, and under one hold of the read lock. */
#define LOOK_MAX 20000
#define LOOK_SLICE 64
/* Members of an entity whose decisions are looked for. */
#define WALK_MAX 2000
#define ENTITY_MAX 512

static bool visible_record(const struct xf_view *view, struct xf_mention_key key)
{
    const struct xf_graph *graph = view->graph;
    uint32_t record =
        xf_register_find(graph->reg, xf_intern_text(graph->symbols, key.feed), xf_intern_text(graph->symbols, key.id));

    return record != XF_NONE && graph->partners && xf_disclosure_record(view, record);
}

bool xf_decision_visible(const struct xf_view *view, const struct xf_decision *decision)
{
    return visible_record(view, decision->a) && visible_record(view, decision->b);
}

static const char *word_name(uint8_t word)
{
    return word == XF_WORD_SAME ? "same" : word == XF_WORD_NOT_SAME ? "not_same" : "none";
}

/* One statement: the latest is in the row, those before it stand behind. */
static json_t *statement_json(const struct xf_intern *symbols, const struct xf_past_decision *said)
{
    char id[XF_DECISION_ID], at[XF_TIME_TEXT];

    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "id", xf_decision_id(said->position, id), "decision", word_name(said->word), "by",
                     xf_intern_text(symbols, said->by), "at", xf_time_format(said->at, at), "rationale",
                     xf_intern_text(symbols, said->rationale), "position", (json_int_t)said->position);
}

static bool present(const struct xf_fold *fold, struct xf_mention_key key)
{
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    uint32_t record = xf_register_find(xf_fold_register(fold), xf_intern_text(symbols, key.feed), xf_intern_text(symbols, key.id));

    return record != XF_NONE && xf_register_mention_of(xf_fold_register(fold), record, xf_intern_text(symbols, key.ref)) != XF_NONE;
}

static const char *status_of(const struct xf_fold *fold, const struct xf_decision *row)
{
    if (row->word == XF_WORD_NONE)
        return "undone";
    if (row->in_force)
        return "in_force";
    return present(fold, row->a) && present(fold, row->b) ? "contradicted" : "waiting";
}

json_t *xf_decision_json(const struct xf_fold *fold, const struct xf_view *view, uint32_t number)
{
    const struct xf_decisions *decisions = xf_fold_decisions(fold);
    const struct xf_decision *row = xf_decisions_at(decisions, number);
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    struct xf_past_decision said = {.position = row->position,
                                    .at = row->at,
                                    .by = row->by,
                                    .rationale = row->rationale,
                                    .older = row->older,
                                    .word = row->word};
    json_t *shown, *before, *undone = NULL;
    char id[XF_DECISION_ID];

    if (!xf_decision_visible(view, row))
        return json_pack("{s:s,s:b}", "id", xf_decision_id(row->position, id), "withheld", 1);
    if (said.word == XF_WORD_NONE && said.older != XF_NONE) {
        undone = statement_json(symbols, &said);
        json_object_del(undone, "id");
        json_object_del(undone, "decision");
        said = *xf_decisions_past_at(decisions, said.older);
    }
    shown = statement_json(symbols, &said);
    json_object_set_new(shown, "a", xf_mention_key_json(symbols, row->a));
    json_object_set_new(shown, "b", xf_mention_key_json(symbols, row->b));
    json_object_set_new(shown, "status", json_string(status_of(fold, row)));
    json_object_set_new(shown, "in_force", json_boolean(row->in_force));
    if (undone)
        json_object_set_new(shown, "undone", undone);
    before = json_array();
    for (uint32_t past = said.older; past != XF_NONE; past = xf_decisions_past_at(decisions, past)->older)
        json_array_append_new(before, statement_json(symbols, xf_decisions_past_at(decisions, past)));
    if (json_array_size(before))
        json_object_set(shown, "before", before);
    json_decref(before);
    return shown;
}

/* The list */

struct found {
    uint64_t position;
    uint32_t row;
};

static int newest_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->position != y->position)
        return x->position > y->position ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The decisions on an entity's mentions, newest first; false when there may be more than were looked at. */
static size_t find_of_entity(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, struct found *found,
                             bool *ret_all)
{
    const struct xf_decisions *decisions = xf_fold_decisions(fold);
    const struct xf_linker *linker = xf_fold_linker(fold);
    size_t count = 0, kept = 0;
    uint32_t number = xf_linker_first(linker, entity);
    bool all = true;

    for (unsigned looks = 0; number != XF_NONE && (all = looks < WALK_MAX); number = xf_linker_next(linker, number), looks++) {
        struct xf_mention_key key = xf_mention_key_of(fold, number);

        for (uint32_t row = xf_decisions_first(decisions, key.feed, key.id); row != XF_NONE;
             row = xf_decisions_next(decisions, row, key.feed, key.id)) {
            const struct xf_decision *decision = xf_decisions_at(decisions, row);
            bool names = (decision->a.feed == key.feed && decision->a.id == key.id && decision->a.ref == key.ref) ||
                         (decision->b.feed == key.feed && decision->b.id == key.id && decision->b.ref == key.ref);

            if (!names || !xf_decision_visible(view, decision))
                continue;
            if (count == ENTITY_MAX) {
                *ret_all = false;
                goto sort;
            }
            found[count++] = (struct found){.position = decision->position, .row = row};
        }
    }
    *ret_all = all;
sort:
    if (count > 1)
        qsort(found, count, sizeof(*found), newest_first);
    for (size_t i = 0; i < count; i++)
        if (!kept || found[kept - 1].row != found[i].row)
            found[kept++] = found[i];
    return kept;
}

json_t *xf_decisions_of_entity(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, size_t max,
                               bool *ret_truncated)
{
    struct found found[ENTITY_MAX];
    json_t *items = json_array();
    bool all;
    size_t count = find_of_entity(fold, view, entity, found, &all);

    for (size_t i = 0; i < count && i < max; i++)
        json_array_append_new(items, xf_decision_json(fold, view, found[i].row));
    *ret_truncated = !all || count > max;
    return items;
}

static int bad_parameter(struct xf_call *call, const char *name, const char *reason)
{
    xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", name, "reason", reason), "%s %s", name, reason);
    return XF_EINVAL;
}

static int read_number(struct xf_call *call, const char *name, uint64_t least, uint64_t most, uint64_t *ret)
{
    const char *text = xf_request_parameter(call->exchange, name);
    uint64_t value;

    if (!text)
        return XF_OK;
    if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 19)
        return bad_parameter(call, name, "is not a number in its range");
    value = strtoull(text, NULL, 10);
    if (value < least || value > most)
        return bad_parameter(call, name, "is not a number in its range");
    *ret = value;
    return XF_OK;
}

/* The entity's page of decisions: the cursor is the position of the last one shown. */
static void list_of_entity(struct xf_call *call, const char *id, uint64_t before, size_t limit)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t entity = linker && view.policy ? xf_linker_entity_find(linker, id) : XF_NONE;
    struct found found[ENTITY_MAX];
    json_t *items = NULL;
    bool all = true;
    uint64_t next = 0;

    entity = entity == XF_NONE ? XF_NONE : xf_linker_entity_living(linker, entity);
    if (entity != XF_NONE && xf_query_knows(&view, entity)) {
        size_t count = find_of_entity(fold, &view, entity, found, &all), shown = 0;

        items = json_array();
        for (size_t i = 0; i < count && !next; i++) {
            if (found[i].position >= before)
                continue;
            json_array_append_new(items, xf_decision_json(fold, &view, found[i].row));
            if (++shown == limit && i + 1 < count)
                next = found[i].position;
        }
    }
    xf_engine_read_end(call->daemon->engine);
    if (!items)
        xf_reply_problem(call, 404, "no-such-entity", "No such entity", NULL, "There is none of this id, or none any more.");
    else
        xf_reply_json(call, 200,
                      json_pack("{s:o,s:o,s:b}", "items", items, "next",
                                next ? json_sprintf("%llu", (unsigned long long)next) : json_null(), "truncated", (int)!all));
}

/* Shows the statements below *index, each decision at its latest one, until a slice is used up or the page is full. */
static void look(const struct xf_fold *fold, const struct xf_view *view, uint32_t *index, size_t limit, json_t *items)
{
    const struct xf_decisions *decisions = xf_fold_decisions(fold);

    for (unsigned looks = 0; *index > 0 && looks < LOOK_SLICE && json_array_size(items) < limit; looks++) {
        uint64_t position;
        uint32_t row = xf_decisions_statement(decisions, --*index, &position);
        const struct xf_decision *decision = xf_decisions_at(decisions, row);

        if (decision->position == position && xf_decision_visible(view, decision))
            json_array_append_new(items, xf_decision_json(fold, view, row));
    }
}

void xf_query_decisions(struct xf_call *call)
{
    const char *entity = xf_request_parameter(call->exchange, "entity");
    uint64_t limit = LIMIT_DEFAULT, before = INT64_MAX;
    json_t *items;
    uint32_t index = UINT32_MAX;

    if (xf_query_of_today(call) != XF_OK || read_number(call, "limit", 1, LIMIT_MAX, &limit) != XF_OK ||
        read_number(call, "cursor", 1, INT64_MAX, &before) != XF_OK)
        return;
    if (entity) {
        list_of_entity(call, entity, before, limit);
        return;
    }
    items = json_array();
    for (unsigned looks = 0; index && looks < LOOK_MAX && json_array_size(items) < limit; looks += LOOK_SLICE) {
        const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
        const struct xf_view view = xf_query_view(call, fold);

        if (index == UINT32_MAX) {
            index = view.policy && view.graph->partners ? xf_decisions_statements(xf_fold_decisions(fold)) : 0;
            index = before < index ? (uint32_t)before : index;
        }
        look(fold, &view, &index, limit, items);
        xf_engine_read_end(call->daemon->engine);
    }
    xf_reply_json(call, 200, json_pack("{s:o,s:o}", "items", items, "next", index ? json_sprintf("%u", index) : json_null()));
}

/* Undoing */

static void undone(struct xf_call *call, uint64_t position)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    uint32_t row = xf_decisions_of(xf_fold_decisions(fold), position);
    json_t *shown = row == XF_NONE ? NULL : xf_decision_json(fold, &view, row);

    xf_engine_read_end(call->daemon->engine);
    xf_reply_json(call, 200, shown);
}

static void not_found(struct xf_call *call)
{
    xf_reply_problem(call, 404, "no-such-decision", "No such decision", NULL,
                     "There is no decision of this id that you may know of.");
}

/* The entry that takes a decision back; answers by itself when there is nothing to take back. NULL then. */
static json_t *entry_of(struct xf_call *call, const char *rationale, char *stream, size_t size)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    uint64_t position = xf_decision_position(call->parameters[0]);
    uint32_t number = position ? xf_decisions_of(xf_fold_decisions(fold), position) : XF_NONE;
    const struct xf_decision *row = number == XF_NONE ? NULL : xf_decisions_at(xf_fold_decisions(fold), number);
    bool known = row && view.policy && xf_decision_visible(&view, row), open = known && row->word && row->position == position;
    bool replaced = known && row->word && row->position != position;
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    json_t *entry = NULL;

    if (open) {
        entry = json_pack("{s:s,s:o,s:o,s:s}", "decision", "none", "a", xf_mention_key_json(symbols, row->a), "b",
                          xf_mention_key_json(symbols, row->b), "rationale", rationale);
        snprintf(stream, size, "decision/%s/%s/%s", xf_intern_text(symbols, row->a.feed), xf_intern_text(symbols, row->a.id),
                 xf_intern_text(symbols, row->a.ref));
    }
    xf_engine_read_end(call->daemon->engine);
    if (!known)
        not_found(call);
    else if (!open)
        xf_reply_problem(call, 409, "decision-over", "The decision is over", NULL,
                         replaced ? "A later one on this pair is in its place: undo that." : "It has been undone already.");
    else if (!entry)
        xf_query_no_memory(call);
    return entry;
}

/* The rationale stands in the body, or, for DELETE, in the query. */
void xf_query_undo(struct xf_call *call)
{
    const char *rationale = xf_request_parameter(call->exchange, "rationale");
    json_t *body = NULL, *entry;
    char stream[2048];

    if (!rationale && call->request->body_length) {
        body = xf_call_json(call);
        if (!body)
            return;
        rationale = json_object_size(body) == 1 ? json_string_value(json_object_get(body, "rationale")) : NULL;
    }
    if (!rationale || strspn(rationale, " \t\r\n") == strlen(rationale) || strlen(rationale) > 4096) {
        json_decref(body);
        xf_reply_problem(call, 422, "no-rationale", "A written rationale is needed",
                         json_pack("[{s:s,s:s}]", "pointer", "/rationale", "reason",
                                   "must be a text of at most 4096 bytes, and the only member"),
                         "See errors.");
        return;
    }
    entry = entry_of(call, rationale, stream, sizeof(stream));
    json_decref(body);
    if (entry)
        xf_call_append(call, XF_ENTRY_DECISION, stream, entry, undone);
}
