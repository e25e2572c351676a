/* SPDX-License-Identifier: Apache-2.0 */
/* What those who run the daemon, and those who write for it, ask: is it alive and ready, what does it measure, what does its API
 * look like, which feeds are there and how do they stand. /livez, /readyz and the descriptions are open; everything else has its
 * roles. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/date.h"
#include "log.h"
#include "openapi.h"
#include "route.h"

#ifndef XF_VERSION
#define XF_VERSION "unknown"
#endif

#define ANYBODY                                                                                                                    \
    (XF_ROLE_FEED | XF_ROLE_CHECK | XF_ROLE_SUBSCRIBER | XF_ROLE_OFFICER | XF_ROLE_REVIEWER | XF_ROLE_AUDITOR | XF_ROLE_ADMIN)
/* Who sees all feeds; the others see their own. */
#define OVERSEERS (XF_ROLE_OFFICER | XF_ROLE_REVIEWER | XF_ROLE_AUDITOR | XF_ROLE_ADMIN)

/* Rows of the register counted in one hold of the read lock: about a tenth of a millisecond. */
#define COUNT_SLICE 8192u
/* Once it has caught up a daemon stays ready while it is at most this far behind: some seconds of full load. */
#define READY_LAG 100000u

/* ---- alive and ready ---- */

static void livez(struct xf_call *call)
{
    xf_reply_json(call, 200, json_pack("{s:s}", "status", "alive"));
}

static const char *role_name(enum xf_journal_role role)
{
    switch (role) {
    case XF_JOURNAL_WAITING:
        return "waiting";
    case XF_JOURNAL_FOLLOWER:
        return "follower";
    case XF_JOURNAL_WRITER:
        return "writer";
    }
    return "waiting";
}

/* Whether the fold is where the journal is. */
static bool caught_up(uint64_t position, uint64_t head)
{
    static atomic_bool once;

    if (position >= head)
        atomic_store(&once, true);
    return position >= head || (atomic_load(&once) && head - position <= READY_LAG);
}

static void readyz(struct xf_call *call)
{
    const struct xf_daemon *daemon = call->daemon;
    enum xf_journal_role role = daemon->journal ? xf_journal_role(daemon->journal) : XF_JOURNAL_WAITING;
    uint64_t position = daemon->engine ? xf_engine_position(daemon->engine) : 0;
    uint64_t head = daemon->journal ? xf_journal_head(daemon->journal) : 0;
    const char *wanted = xf_request_parameter(call->exchange, "role");
    json_t *missing = json_array();
    bool ready;

    if (wanted && strcmp(wanted, "writer") && strcmp(wanted, "follower")) {
        json_decref(missing);
        xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid", NULL, "role is writer or follower.");
        return;
    }
    /* Without the database nobody knows where the journal is. */
    if (role == XF_JOURNAL_WAITING)
        json_array_append_new(missing, json_string("database"));
    else if (!daemon->engine || !caught_up(position, head))
        json_array_append_new(missing, json_string("fold"));
    if (role == XF_JOURNAL_WRITER && !daemon->entered)
        json_array_append_new(missing, json_string("settings"));
    if (wanted && strcmp(wanted, role_name(role)))
        json_array_append_new(missing, json_sprintf("role %s", wanted));
    ready = json_array_size(missing) == 0;
    xf_reply_json(call, ready ? 200 : 503,
                  json_pack("{s:s,s:s,s:I,s:I,s:o}", "status", ready ? "ready" : "not_ready", "role", role_name(role), "position",
                            (json_int_t)position, "head", (json_int_t)head, "missing", missing));
}

static void metrics(struct xf_call *call)
{
    struct xf_metrics *store = call->daemon->metrics;
    size_t length = 0;
    char *text;

    xf_metric_set(xf_metrics_gauge(store, "crossflag_build_info", "1, with the version.", "version", XF_VERSION, NULL), 1);
    text = store ? xf_metrics_text(store, &length) : NULL;
    if (text)
        xf_exchange_reply(call->exchange, 200, "text/plain; version=0.0.4; charset=utf-8", text, length);
    else
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "The metrics could not be written.");
    free(text);
}

/* ---- descriptions ---- */

static void openapi(struct xf_call *call)
{
    xf_reply_json(call, 200, xf_openapi_document(xf_route_tables, call->daemon->conf->public_url, XF_VERSION));
}

static void record_schema(struct xf_call *call)
{
    const struct xf_vocabulary *vocabulary;
    char *schema = NULL;

    if (call->daemon->engine) {
        vocabulary = xf_fold_vocabulary(xf_engine_read(call->daemon->engine));
        schema = vocabulary ? xf_record_schema(vocabulary) : NULL;
        xf_engine_read_end(call->daemon->engine);
    }
    if (schema) {
        xf_exchange_reply(call->exchange, 200, "application/schema+json", schema, strlen(schema));
    } else {
        xf_exchange_header(call->exchange, "Retry-After", "2");
        xf_reply_problem(call, 503, "starting", "The daemon is starting", NULL, "The vocabulary is not there yet.");
    }
    free(schema);
}

/* ---- feeds ---- */

static bool may_see(const struct xf_caller *caller, const char *feed)
{
    if (caller->roles & OVERSEERS)
        return true;
    for (size_t i = 0; i < caller->feed_count; i++) {
        if (!strcmp(caller->feeds[i], feed))
            return true;
    }
    return false;
}

static json_t *describe_feed(const struct xf_partners *partners, const struct xf_feed *feed)
{
    return json_pack("{s:s,s:s,s:s#,s:s?}", "name", feed->name, "agency", xf_partners_agency_at(partners, feed->agency)->name,
                     "grade", feed->grade, (int)strnlen(feed->grade, sizeof(feed->grade)), "basis", feed->basis);
}

static void list_feeds(struct xf_call *call)
{
    const struct xf_partners *partners = xf_fold_partners(xf_engine_read(call->daemon->engine));
    json_t *items = json_array();

    for (uint32_t i = 0; partners && i < xf_partners_feed_count(partners); i++) {
        const struct xf_feed *feed = xf_partners_feed_at(partners, i);

        if (may_see(call->caller, feed->name))
            json_array_append_new(items, describe_feed(partners, feed));
    }
    xf_engine_read_end(call->daemon->engine);
    xf_reply_json(call, 200, json_pack("{s:o,s:n}", "items", items, "next"));
}

/* A count over the register, in slices, since it may be large and a look must not keep the fold waiting. */
struct counting {
    struct xf_call *call;
    json_t *answer;
    uint32_t next; /* row */
    uint64_t live, withdrawn, position;
    int64_t event_at;
};

/* Returns whether there is more. */
static bool count_slice(struct counting *counting)
{
    const struct xf_fold *fold = xf_engine_read(counting->call->daemon->engine);
    const struct xf_register *reg = xf_fold_register(fold);
    const char *name = counting->call->parameters[0];
    uint32_t feed = xf_intern_find(xf_fold_symbols(fold), name, strlen(name));
    uint32_t count = feed ? xf_register_record_count(reg) : 0;
    uint32_t end = count - counting->next > COUNT_SLICE ? counting->next + COUNT_SLICE : count;

    for (; counting->next < end; counting->next++) {
        const struct xf_register_record *record = xf_register_record_at(reg, counting->next);

        if (record->feed != feed)
            continue;
        if (record->position > counting->position)
            counting->position = record->position;
        if (record->live && record->occurred_at > counting->event_at)
            counting->event_at = record->occurred_at;
        if (record->live)
            counting->live++;
        else
            counting->withdrawn++;
    }
    xf_engine_read_end(counting->call->daemon->engine);
    return end < count;
}

static void count_on(void *argument)
{
    struct counting *counting = argument;
    struct xf_call *call = counting->call;
    char at[XF_TIME_TEXT];
    json_t *answer;

    if (xf_exchange_alive(call->exchange) && count_slice(counting)) {
        xf_loop_post(call->daemon->loop, count_on, counting);
        return;
    }
    answer = counting->answer;
    json_object_set_new(answer, "records", json_integer((json_int_t)counting->live));
    json_object_set_new(answer, "withdrawn", json_integer((json_int_t)counting->withdrawn));
    json_object_set_new(answer, "last_position", json_integer((json_int_t)counting->position));
    json_object_set_new(answer, "latest_event_at",
                        counting->live ? json_string(xf_time_format(counting->event_at, at)) : json_null());
    xf_reply_json(call, 200, answer);
    xf_exchange_unref(call->exchange);
}

static void feed_status(struct xf_call *call)
{
    const struct xf_partners *partners = xf_fold_partners(xf_engine_read(call->daemon->engine));
    uint32_t feed =
        partners && may_see(call->caller, call->parameters[0]) ? xf_partners_feed(partners, call->parameters[0]) : UINT32_MAX;
    json_t *answer = feed == UINT32_MAX ? NULL : describe_feed(partners, xf_partners_feed_at(partners, feed));
    struct counting *counting;

    xf_engine_read_end(call->daemon->engine);
    if (!answer) {
        xf_reply_problem(call, 404, "no-such-feed", "No such feed", NULL, "There is no feed of this name that you may know of.");
        return;
    }
    counting = xf_arena_alloc(call->request->arena, sizeof(*counting));
    if (!counting) {
        json_decref(answer);
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "The records could not be counted.");
        return;
    }
    *counting = (struct counting){.call = call, .answer = answer, .event_at = INT64_MIN};
    xf_exchange_ref(call->exchange);
    count_on(counting);
}

/* What a browser finds until the officers' console stands here: where the machine's doors are. No script, no request elsewhere. */
static void front_page(struct xf_call *call)
{
    static const char page[] =
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>crossflag</title>"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\n<body>\n<main>\n<h1>crossflag</h1>\n"
        "<p>This daemon speaks to programs. What it answers is described in <a href=\"/openapi.json\">openapi.json</a>, "
        "a record in <a href=\"/schemas/record.json\">schemas/record.json</a>; the command line is <code>crossflag</code>.</p>\n"
        "</main>\n</body>\n</html>\n";

    xf_exchange_header(call->exchange, "Content-Security-Policy",
                       "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    xf_exchange_reply(call->exchange, 200, "text/html; charset=utf-8", page, sizeof(page) - 1);
}

const struct xf_route xf_routes_operation[] = {
    {"GET", "/", 0, XF_ROUTE_OPEN, front_page, "A page for people, without anything of the state"},
    {"GET", "/livez", 0, XF_ROUTE_OPEN, livez, "The process is there and its loop runs"},
    {"GET", "/readyz", 0, XF_ROUTE_OPEN, readyz,
     "200 when the database is reachable and the fold has caught up; ?role=writer asks for the writer"},
    {"GET", "/metrics", XF_ROLE_AUDITOR | XF_ROLE_ADMIN | XF_ROLE_CHECK, 0, metrics, "Measurements in Prometheus' text format"},
    {"GET", "/openapi.json", 0, XF_ROUTE_OPEN, openapi, "This description"},
    {"GET", "/schemas/record.json", 0, XF_ROUTE_OPEN, record_schema, "JSON Schema of a record, with the words that are in force"},
    {"GET", "/v1/feeds", ANYBODY, 0, list_feeds, "The feeds that the caller may know of"},
    {"GET", "/v1/feeds/{feed}/status", ANYBODY, 0, feed_status, "How a feed stands: records, withdrawals, the latest event"},
    {0},
};
