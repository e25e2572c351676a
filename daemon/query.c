/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of the questions and what their handlers share. Questions read the state under the engine's lock for less than a
 * millisecond; what must be fetched from the journal is fetched by a worker. */
#include "query.h"

#include <stdio.h>

const char *const xf_kind_names[XF_MENTION_KINDS] = {"person", "location", "vehicle"};

struct xf_view xf_query_view(const struct xf_call *call, const struct xf_fold *fold)
{
    const struct xf_partners *partners = xf_fold_partners(fold);

    return (struct xf_view){.graph = xf_fold_graph(fold),
                            .flags = xf_fold_flags(fold),
                            .policy = xf_fold_policy(fold),
                            .agency = partners ? xf_partners_agency(partners, call->caller->agency) : UINT32_MAX};
}

json_t *xf_query_flags(const struct xf_view *view, uint32_t entity)
{
    json_t *list = json_array();
    uint32_t index = view->policy && view->graph->partners ? xf_flags_first(view->flags, entity) : UINT32_MAX;

    while (index != UINT32_MAX) {
        const struct xf_flag *flag = xf_flags_at(view->flags, index);

        if (xf_flag_active(flag)) {
            json_t *shown = xf_flag_json(view, index, xf_disclosure_level(view, index));

            if (shown)
                json_array_append_new(list, shown);
        }
        index = flag->next_of_entity;
    }
    return list;
}

enum xf_sight xf_query_sight(const struct xf_view *view, uint32_t record)
{
    return xf_disclosure_sight(view, record);
}

/* Records looked at for whether an entity may be known of; beyond, it is not: some 0.2 ms. */
#define KNOWS_MAX 2000

bool xf_query_knows(const struct xf_view *view, uint32_t entity)
{
    const struct xf_graph *graph = view->graph;
    unsigned looks = 0;

    for (uint32_t number = xf_linker_first(graph->linker, entity); number != XF_NONE && looks < KNOWS_MAX;
         number = xf_linker_next(graph->linker, number), looks++)
        if (xf_disclosure_record(view, xf_register_mention_at(graph->reg, number)->record))
            return true;
    for (uint32_t flag = xf_flags_first(view->flags, entity); flag != XF_NONE;
         flag = xf_flags_at(view->flags, flag)->next_of_entity)
        if (xf_flag_active(xf_flags_at(view->flags, flag)) && xf_disclosure_level(view, flag) != XF_DISCLOSE_NONE)
            return true;
    return false;
}

/* The agency that a record came from, UINT32_MAX when its feed is no longer known. */
static uint32_t agency_of(const struct xf_view *view, uint32_t record)
{
    const char *feed = xf_intern_text(view->graph->symbols, xf_register_record_at(view->graph->reg, record)->feed);
    uint32_t index = xf_partners_feed(view->graph->partners, feed);

    return index == UINT32_MAX ? UINT32_MAX : xf_partners_feed_at(view->graph->partners, index)->agency;
}

void xf_withheld_add(struct xf_withheld *withheld, const struct xf_view *view, uint32_t record)
{
    uint32_t agency = agency_of(view, record);

    withheld->records++;
    for (size_t i = 0; i < withheld->agency_count; i++)
        if (withheld->agencies[i] == agency)
            return;
    if (agency != UINT32_MAX && withheld->agency_count < sizeof(withheld->agencies) / sizeof(withheld->agencies[0]))
        withheld->agencies[withheld->agency_count++] = agency;
}

json_t *xf_withheld_json(const struct xf_withheld *withheld, const struct xf_view *view)
{
    json_t *ask;

    if (!withheld->records)
        return NULL;
    ask = json_array();
    for (size_t i = 0; i < withheld->agency_count; i++) {
        const struct xf_agency *agency = xf_partners_agency_at(view->graph->partners, withheld->agencies[i]);

        json_array_append_new(ask, json_pack("{s:s,s:s}", "agency", agency->name, "contact", agency->contact));
    }
    return json_pack("{s:i,s:o}", "records", (int)withheld->records, "ask", ask);
}

bool xf_query_submit(struct xf_call *call, void (*run)(void *argument, struct xf_db *db), void (*done)(void *argument),
                     void *argument)
{
    xf_exchange_ref(call->exchange);
    if (xf_work_submit(call->daemon->work, run, done, argument) == XF_OK)
        return true;
    xf_exchange_header(call->exchange, "Retry-After", "1");
    xf_reply_problem(call, 503, "busy", "Too many questions at once", NULL, "Ask again.");
    xf_exchange_unref(call->exchange);
    return false;
}

void xf_query_away(struct xf_call *call)
{
    xf_exchange_header(call->exchange, "Retry-After", "2");
    xf_reply_problem(call, 503, "database-away", "The database is away", NULL,
                     "The records behind this cannot be read at the moment.");
}

void xf_query_no_memory(struct xf_call *call)
{
    xf_exchange_header(call->exchange, "Retry-After", "5");
    xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "Ask again.");
}

void xf_query_not_ready(struct xf_call *call)
{
    xf_exchange_header(call->exchange, "Retry-After", "2");
    xf_reply_problem(call, 503, "not-ready", "Not ready", NULL, "What the partnership agreed has not been entered yet.");
}

json_t *xf_query_body(struct xf_db *db, uint64_t position, const char *stream, struct xf_error *error)
{
    char number[24];
    struct xf_rows *rows;
    json_t *body = NULL;

    if (!db) {
        xf_error_set(error, XF_EIO, "the database is away");
        return NULL;
    }
    snprintf(number, sizeof(number), "%llu", (unsigned long long)position);
    rows = xf_db_query(db, "SELECT body FROM journal WHERE position = $1 AND stream = $2",
                       (const struct xf_param[]){XF_TEXT(number), XF_TEXT(stream)}, 2, false, error);
    if (!rows)
        return NULL;
    if (xf_rows_count(rows) == 1)
        body = json_loadb(xf_rows_value(rows, 0, 0), (size_t)xf_rows_length(rows, 0, 0), 0, NULL);
    if (!body)
        xf_error_set(error, XF_ENOTFOUND, "the journal has no such entry");
    xf_rows_free(rows);
    return body;
}

int xf_query_of_today(struct xf_call *call)
{
    if (!xf_request_parameter(call->exchange, "as_at"))
        return XF_OK;
    xf_reply_problem(call, 400, "bad-parameter", "A parameter is not known here",
                     json_pack("[{s:s,s:s}]", "pointer", "as_at", "reason", "this release answers as of now only"),
                     "as_at is not known here.");
    return XF_EINVAL;
}

#define LOOKERS (XF_ROLE_OFFICER | XF_ROLE_REVIEWER)

const struct xf_route xf_routes_query[] = {
    {"POST", "/v1/check", XF_ROLE_CHECK | XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_query_check,
     "Is there a flag on these persons, locations or vehicles?"},
    {"POST", "/v1/search", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_query_search, "Find persons, locations and vehicles"},
    {"GET", "/v1/entities/{id}", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_query_entity,
     "An entity with every assertion and its source"},
    {"POST", "/v1/decisions", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, xf_query_decide,
     "Say that two mentions are, or are not, the same"},
    {"GET", "/v1/decisions", LOOKERS, XF_ROUTE_PURPOSE, xf_query_decisions, "What people said on mentions, newest first"},
    {"POST", "/v1/decisions/{id}/undo", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, xf_query_undo,
     "Take a decision back, with a rationale"},
    {"DELETE", "/v1/decisions/{id}", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, xf_query_undo,
     "Take a decision back, with a rationale in the body or the query: the same as undo"},
    {"GET", "/v1/entities/{id}/why", LOOKERS, XF_ROUTE_PURPOSE, xf_query_why_entity,
     "What holds an entity together, comparison by comparison"},
    {"GET", "/v1/why", LOOKERS, XF_ROUTE_PURPOSE, xf_query_why, "Why two mentions are, or are not, one"},
    {"GET", "/v1/review/links", LOOKERS, XF_ROUTE_PURPOSE, xf_query_review,
     "The clerical queue: pairs and links worth a person's look, most valuable first"},
    {0},
};
