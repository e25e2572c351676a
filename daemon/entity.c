/* SPDX-License-Identifier: Apache-2.0 */
/* An entity's page. What is shown of a mention is the sender's own text, out of the journal: the loop gathers under the read lock
 * which bodies are wanted and may be seen, a worker fetches them. Invariant: the lock is held for a bounded number of looks,
 * however large the entity. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "decision.h"
#include "statement.h"

/* Mentions on one page. */
#define MENTIONS_MAX 200
/* Members looked at: what an entity has beyond is told by `truncated` only. Some 1 ms. */
#define WALK_MAX 5000
/* Redirects told of one entity. */
#define REDIRECTS_MAX 1000
/* Decisions and events on one page: the newest. */
#define DECISIONS_MAX 50
#define HISTORY_MAX 100

struct wanted {
    const char *feed, *id, *ref, *role, *stream;
    char grade[4];
    uint64_t position;
    json_t *values;
};

struct page {
    struct xf_call *call;
    uint32_t entity;
    uint64_t founded; /* the position at which it was created */
    struct wanted *wanted;
    size_t count;
    json_t *answer; /* all but the mentions */
    bool failed;
};

/* The question's part under the lock */

static const char *copy(struct xf_call *call, const char *text)
{
    return xf_arena_copy(call->request->arena, text, strlen(text));
}

static int want(struct page *page, const struct xf_fold *fold, uint32_t number)
{
    struct xf_call *call = page->call;
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), number);
    const struct xf_register_record *record = xf_register_record_at(xf_fold_register(fold), mention->record);
    struct wanted *wanted = &page->wanted[page->count];
    size_t size;
    char *stream;

    *wanted = (struct wanted){.feed = copy(call, xf_intern_text(symbols, record->feed)),
                              .id = copy(call, xf_intern_text(symbols, record->id)),
                              .ref = copy(call, xf_intern_text(symbols, mention->ref)),
                              .role = copy(call, xf_intern_text(symbols, mention->role)),
                              .grade = {record->source, record->information, record->handling},
                              .position = record->position};
    if (!wanted->feed || !wanted->id || !wanted->ref || !wanted->role)
        return XF_ENOMEM;
    size = strlen(wanted->feed) + 1 + strlen(wanted->id) + 1;
    stream = xf_arena_alloc(call->request->arena, size);
    if (!stream)
        return XF_ENOMEM;
    snprintf(stream, size, "%s/%s", wanted->feed, wanted->id);
    wanted->stream = stream;
    page->count++;
    return XF_OK;
}

/* Merges and splits, newest first. */
static json_t *history_of(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, bool *ret_truncated)
{
    const struct xf_history *history = xf_fold_history(fold);
    uint32_t event = xf_history_first(history, entity);
    json_t *list = json_array();

    for (; event != XF_NONE && json_array_size(list) < HISTORY_MAX; event = xf_history_next(history, event, entity))
        json_array_append_new(list, xf_history_json(view, xf_history_at(history, event)));
    *ret_truncated = event != XF_NONE;
    return list;
}

static int gather(struct page *page, const struct xf_fold *fold)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    struct xf_view view = xf_query_view(page->call, fold);
    struct xf_withheld withheld = {0};
    uint32_t number = xf_linker_first(linker, page->entity);
    json_t *said;
    char id[XF_ENTITY_ID];
    bool truncated = false, more_decisions, more_history;
    json_t *decisions, *history;

    page->wanted = xf_arena_alloc(page->call->request->arena, MENTIONS_MAX * sizeof(*page->wanted));
    if (!page->wanted)
        return XF_ENOMEM;
    for (unsigned looks = 0; number != XF_NONE && looks < WALK_MAX; number = xf_linker_next(linker, number), looks++) {
        uint32_t record = xf_register_mention_at(xf_fold_register(fold), number)->record;
        enum xf_sight sight = xf_query_sight(&view, record);

        if (sight == XF_SIGHT_WITHHELD)
            xf_withheld_add(&withheld, &view, record);
        else if (sight == XF_SIGHT_SHOWN && page->count == MENTIONS_MAX)
            truncated = true;
        else if (sight == XF_SIGHT_SHOWN && want(page, fold, number) != XF_OK)
            return XF_ENOMEM;
    }
    truncated = truncated || number != XF_NONE;
    /* Of what is all covert nothing is known. */
    if (!page->count && !withheld.records && !xf_query_knows(&view, page->entity))
        return XF_ENOTFOUND;
    page->founded = xf_linker_entity_founded(linker, page->entity);
    decisions = xf_decisions_of_entity(fold, &view, page->entity, DECISIONS_MAX, &more_decisions);
    history = history_of(fold, &view, page->entity, &more_history);
    truncated = truncated || more_decisions || more_history;
    page->answer =
        json_pack("{s:s,s:s,s:o,s:o,s:o,s:b}", "id", xf_linker_entity_id(linker, page->entity, id), "kind",
                  xf_kind_names[xf_linker_entity_kind(linker, page->entity)], "flags", xf_query_flags(&view, page->entity),
                  "decisions", decisions, "history", history, "truncated", (int)truncated);
    said = xf_withheld_json(&withheld, &view);
    if (said)
        json_object_set_new(page->answer, "withheld", said);
    return page->answer ? XF_OK : XF_ENOMEM;
}

/* The worker's part */

/* The ids that lead here: entities that were merged into this one. */
static json_t *redirects_to(struct xf_engine *engine, uint32_t entity)
{
    const struct xf_linker *linker = xf_fold_linker(xf_engine_read(engine));
    json_t *list = json_array();
    uint32_t redirects[REDIRECTS_MAX];
    size_t count = xf_linker_redirects(linker, entity, redirects, REDIRECTS_MAX);
    char id[XF_ENTITY_ID];

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(xf_linker_entity_id(linker, redirects[i], id)));
    xf_engine_read_end(engine);
    return list;
}

/* The part of a record's body that a ref names, without its ref and role, which stand beside it. */
static json_t *part_of(json_t *body, const char *ref)
{
    static const struct {
        const char *list;
        char letter;
    } lists[] = {{"persons", 'p'}, {"locations", 'l'}, {"vehicles", 'v'}};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        json_t *part;
        size_t index;

        json_array_foreach(json_object_get(body, lists[i].list), index, part)
        {
            const char *own = json_string_value(json_object_get(part, "ref"));
            char given[24];

            snprintf(given, sizeof(given), "%c%zu", lists[i].letter, index + 1);
            if (strcmp(own ? own : given, ref) != 0)
                continue;
            part = json_copy(part);
            json_object_del(part, "ref");
            json_object_del(part, "role");
            return part;
        }
    }
    return NULL;
}

/* History begins with the entity's creation, unless a split told of it. */
static int add_creation(struct page *page, struct xf_db *db, struct xf_error *error)
{
    json_t *history = json_object_get(page->answer, "history"), *event = json_array_get(history, json_array_size(history) - 1);
    const char *name = json_string_value(json_object_get(event, "event"));
    char number[24], at[XF_TIME_TEXT];
    struct xf_rows *rows;

    if (name && strcmp(name, "split") == 0 &&
        strcmp(json_string_value(json_object_get(event, "entity")), json_string_value(json_object_get(page->answer, "id"))) == 0)
        return XF_OK;
    if (!db)
        return xf_error_set(error, XF_EIO, "the database is away");
    snprintf(number, sizeof(number), "%llu", (unsigned long long)page->founded);
    rows = xf_db_query(db, XF_SQL_AT, (const struct xf_param[]){XF_TEXT(number)}, 1, true, error);
    if (!rows)
        return XF_EIO;
    if (xf_rows_count(rows) == 1)
        json_array_append_new(history, json_pack("{s:s,s:s,s:I,s:s}", "event", "created", "entity",
                                                 json_string_value(json_object_get(page->answer, "id")), "position",
                                                 (json_int_t)page->founded, "at", xf_time_format(xf_rows_integer(rows, 0, 0), at)));
    xf_rows_free(rows);
    return XF_OK;
}

static void fetch(void *argument, struct xf_db *db)
{
    struct page *page = argument;
    struct xf_error error;

    json_object_set_new(page->answer, "redirects", redirects_to(page->call->daemon->engine, page->entity));
    if (add_creation(page, db, &error) != XF_OK) {
        page->failed = true;
        return;
    }
    for (size_t i = 0; i < page->count; i++) {
        struct wanted *wanted = &page->wanted[i];
        json_t *body = xf_query_body(db, wanted->position, wanted->stream, &error);

        if (!body) {
            page->failed = true;
            return;
        }
        wanted->values = part_of(body, wanted->ref);
        if (wanted->values) {
            json_object_set(wanted->values, "kind", json_object_get(body, "kind"));
            json_object_set(wanted->values, "occurred_at", json_object_get(body, "occurred_at"));
        }
        json_decref(body);
    }
}

static void answer_page(void *argument)
{
    struct page *page = argument;
    struct xf_exchange *exchange = page->call->exchange;
    json_t *mentions = json_array();

    for (size_t i = 0; i < page->count; i++) {
        struct wanted *wanted = &page->wanted[i];
        json_t *values = wanted->values ? wanted->values : json_object();
        json_t *record_kind = json_incref(json_object_get(values, "kind")),
               *occurred_at = json_incref(json_object_get(values, "occurred_at"));

        json_object_del(values, "kind");
        json_object_del(values, "occurred_at");
        json_array_append_new(mentions, json_pack("{s:s,s:s,s:s,s:s,s:s,s:o*,s:o*,s:o}", "feed", wanted->feed, "id", wanted->id,
                                                  "ref", wanted->ref, "role", wanted->role, "grade", wanted->grade, "record_kind",
                                                  record_kind, "occurred_at", occurred_at, "values", values));
    }
    json_object_set_new(page->answer, "mentions", mentions);
    if (page->failed) {
        json_decref(page->answer);
        xf_query_away(page->call);
    } else {
        xf_reply_json(page->call, 200, page->answer);
    }
    xf_exchange_unref(exchange);
}

void xf_query_entity(struct xf_call *call)
{
    struct page *page = xf_arena_alloc(call->request->arena, sizeof(*page));
    const struct xf_fold *fold;
    int rc = page ? XF_ENOTFOUND : XF_ENOMEM;

    if (xf_query_of_today(call) != XF_OK)
        return;
    fold = xf_engine_read(call->daemon->engine);
    if (page && xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold)) {
        uint32_t entity = xf_linker_entity_find(xf_fold_linker(fold), call->parameters[0]);

        page->call = call;
        page->entity = entity == XF_NONE ? XF_NONE : xf_linker_entity_living(xf_fold_linker(fold), entity);
        if (page->entity != XF_NONE)
            rc = gather(page, fold);
    }
    xf_engine_read_end(call->daemon->engine);
    if (rc == XF_ENOTFOUND)
        xf_reply_problem(call, 404, "no-such-entity", "No such entity", NULL, "There is none of this id, or none any more.");
    else if (rc != XF_OK)
        xf_query_no_memory(call);
    else if (!xf_query_submit(call, fetch, answer_page, page))
        json_decref(page->answer);
}
