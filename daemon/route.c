/* SPDX-License-Identifier: Apache-2.0 */
/* The door: every request comes through xf_route_request. The order of the questions is fixed: is there such a route; who is
 * calling (401); how often (429); with this method (405); in this role (403); for a named purpose (428); is this the daemon that
 * writes (503). Only then the handler runs. Below /v1 nothing is told without credentials, not even that a path does not exist.
 *
 * The same questions, save the count, are asked with the head alone before a large body is read. */
#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#include <uthash.h>

#include "access.h"
#include "crossflag/near.h"
#include "log.h"
#include "router.h"

const struct xf_route *const xf_route_tables[] = {xf_routes_intake,       xf_routes_query,     xf_routes_along,     xf_routes_flag,
                                                  xf_routes_subscription, xf_routes_principal, xf_routes_operation, NULL};

/* A route's counts, found by the label's address and the status. */
struct count {
    struct count_key {
        const char *label;
        int64_t status; /* 0: of the durations */
    } key;
    struct xf_metric *metric;
    UT_hash_handle hh;
};

/* Made at the first request; the server has one loop, so it needs no lock. */
static struct door {
    struct xf_router *router;
    struct xf_rate *rate;
    struct count *counts;
} door;

/* ---- refusals ---- */

static void refuse_unknown(struct xf_call *call, enum xf_identity identity)
{
    if (identity == XF_IDENTITY_NOMEM) {
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "The caller could not be identified.");
        return;
    }
    /* Before the first entry is folded nobody is known: that is no caller's fault. */
    if (!call->daemon->engine || xf_engine_position(call->daemon->engine) == 0) {
        xf_exchange_header(call->exchange, "Retry-After", "2");
        xf_reply_problem(call, 503, "starting", "The daemon is starting", NULL, "It does not know its callers yet.");
        return;
    }
    xf_exchange_header(call->exchange, "WWW-Authenticate",
                       identity == XF_IDENTITY_NONE ? "Bearer realm=\"crossflag\""
                                                    : "Bearer realm=\"crossflag\", error=\"invalid_token\"");
    xf_reply_problem(call, 401, "unauthorized", "Credentials are needed", NULL, "%s",
                     identity == XF_IDENTITY_NONE ? "Show a bearer token or a client certificate."
                                                  : "The credentials are not valid.");
}

static void refuse_follower(struct xf_call *call)
{
    char writer[512] = "";

    if (call->daemon->journal)
        xf_journal_writer(call->daemon->journal, writer, sizeof(writer));
    xf_exchange_header(call->exchange, "Retry-After", "1");
    if (*writer)
        xf_reply_problem(call, 503, "not-the-writer", "This daemon does not write", NULL, "The writer is %s", writer);
    else
        xf_reply_problem(call, 503, "no-writer", "No daemon writes at the moment", NULL,
                         "The database is away, or a new writer takes over. Try again.");
}

/* ---- questions ---- */

static int64_t microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum xf_identity identify(struct xf_call *call)
{
    struct xf_caller *caller = xf_arena_alloc(call->request->arena, sizeof(*caller));
    enum xf_identity identity;
    const struct xf_fold *fold;

    if (!caller)
        return XF_IDENTITY_NOMEM;
    if (!call->daemon->engine)
        return XF_IDENTITY_UNKNOWN;
    fold = xf_engine_read(call->daemon->engine);
    identity = xf_access_identify(xf_fold_principals(fold), xf_request_header(call->exchange, "Authorization"),
                                  call->request->peer_names, call->request->arena, caller);
    xf_engine_read_end(call->daemon->engine);
    if (identity == XF_IDENTITY_KNOWN)
        call->caller = caller;
    return identity;
}

/* Parses the purpose for whoever gives one; officers must. False when it has answered. */
static bool ask_purpose(struct xf_call *call, const struct xf_route *route)
{
    const char *reason = xf_access_purpose(xf_request_header(call->exchange, "Crossflag-Purpose"), call->daemon->conf->purposes,
                                           call->request->arena, &call->purpose, &call->purpose_case);

    if (!reason || !(route->flags & XF_ROUTE_PURPOSE) || !(call->caller->roles & XF_ROLE_OFFICER))
        return true;
    xf_reply_problem(call, 428, "purpose-required", "A purpose is required", NULL, "%s", reason);
    return false;
}

/* Asks everything of a call. Returns the route whose handler may run, or NULL after having answered. */
static const struct xf_route *decide(struct xf_call *call, bool counted)
{
    const char *target = call->request->target;
    struct xf_matched matched = {0};
    enum xf_router_result result = xf_router_match(door.router, call->request->method, target, call->request->arena, &matched);
    bool open = result == XF_ROUTER_NO_PATH ? strncmp(target, "/v1", 3) != 0 : (matched.route->flags & XF_ROUTE_OPEN) != 0;

    if (result != XF_ROUTER_NO_PATH)
        xf_exchange_label(call->exchange, matched.route->pattern);
    if (!open) {
        enum xf_identity identity = identify(call);

        if (identity != XF_IDENTITY_KNOWN) {
            refuse_unknown(call, identity);
            return NULL;
        }
        if (counted && !xf_rate_take(door.rate, call->caller->id, call->daemon->conf->requests_per_second, microseconds())) {
            xf_exchange_header(call->exchange, "Retry-After", "1");
            xf_reply_problem(call, 429, "too-many-requests", "Too many requests", NULL,
                             "This principal may send %lld requests a second.", (long long)call->daemon->conf->requests_per_second);
            return NULL;
        }
    }
    if (result == XF_ROUTER_NO_PATH) {
        xf_reply_problem(call, 404, "not-found", "There is nothing here", NULL, "There is no such path.");
        return NULL;
    }
    if (result == XF_ROUTER_NO_METHOD) {
        xf_exchange_header(call->exchange, "Allow", matched.allow);
        xf_reply_problem(call, 405, "method-not-allowed", "The method is not allowed", NULL, "This path takes %s.", matched.allow);
        return NULL;
    }
    memcpy(call->parameters, matched.parameters, sizeof(call->parameters));
    if (open)
        return matched.route;
    if (!xf_access_may(call->caller, matched.route, call->parameters)) {
        xf_reply_problem(call, 403, "forbidden", "The caller's role does not allow this", NULL,
                         "None of the caller's roles allows this request.");
        return NULL;
    }
    if (!ask_purpose(call, matched.route))
        return NULL;
    if ((matched.route->flags & XF_ROUTE_WRITER) &&
        (!call->daemon->journal || xf_journal_role(call->daemon->journal) != XF_JOURNAL_WRITER)) {
        refuse_follower(call);
        return NULL;
    }
    return matched.route;
}

/* ---- counting ---- */

static struct xf_metric *find_count(struct xf_metrics *metrics, const char *label, int status)
{
    struct count_key key = {label, status};
    struct count *count;
    char code[12];

    HASH_FIND(hh, door.counts, &key, sizeof(key), count);
    if (count)
        return count->metric;
    count = calloc(1, sizeof(*count));
    if (!count)
        return NULL;
    count->key = key;
    snprintf(code, sizeof(code), "%d", status);
    if (status)
        count->metric = xf_metrics_counter(metrics, "crossflag_http_requests_total", "Requests answered, by route and status.",
                                           "route", label, "code", code, NULL);
    else
        count->metric = xf_metrics_histogram(metrics, "crossflag_http_request_seconds", "From a request's head to its answer.",
                                             "route", label, NULL);
    HASH_ADD(hh, door.counts, key, sizeof(count->key), count);
    return count->metric;
}

static void answered(void *context, const struct xf_exchange *exchange, int status, int64_t took)
{
    struct xf_daemon *daemon = context;
    const char *label = xf_exchange_labelled(exchange);

    xf_metric_add(find_count(daemon->metrics, label, status), 1);
    xf_metric_observe(find_count(daemon->metrics, label, 0), (double)took / 1e6);
}

/* What is a question rather than a count. */
static void set_state(struct xf_metrics *metrics, const char *part, size_t bytes)
{
    xf_metric_set(
        xf_metrics_gauge(metrics, "crossflag_state_bytes", "Memory that the folded state takes, by part.", "part", part, NULL),
        (double)bytes);
}

/* Sizes are sums over a few arrays: the lock is held for microseconds. */
static void collect_state(struct xf_engine *engine, struct xf_metrics *metrics)
{
    const struct xf_fold *fold = xf_engine_read(engine);
    struct xf_linker_counts counts = {0};
    size_t symbols = xf_intern_size(xf_fold_symbols(fold)), records = xf_register_size(xf_fold_register(fold));
    size_t points = xf_fold_near(fold) ? xf_near_size(xf_fold_near(fold)) : 0;

    if (xf_fold_linker(fold))
        xf_linker_count(xf_fold_linker(fold), &counts);
    xf_engine_read_end(engine);
    set_state(metrics, "symbols", symbols);
    set_state(metrics, "register", records);
    set_state(metrics, "linker", counts.bytes);
    set_state(metrics, "points", points);
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_mentions", "Mentions on record.", NULL), (double)counts.mentions);
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_entities", "Entities that have mentions.", NULL), (double)counts.entities);
}

static void collect(void *context, struct xf_metrics *metrics)
{
    struct xf_daemon *daemon = context;
    uint64_t folded = daemon->engine ? xf_engine_position(daemon->engine) : 0;
    uint64_t head = daemon->journal ? xf_journal_head(daemon->journal) : 0;

    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_fold_position", "The last journal position that is folded.", NULL),
                  (double)folded);
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_fold_lag_entries", "Committed entries that are not folded yet.", NULL),
                  head > folded ? (double)(head - folded) : 0);
    if (daemon->engine)
        collect_state(daemon->engine, metrics);
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_journal_queue_bytes", "Bytes submitted and not yet committed.", NULL),
                  daemon->journal ? (double)xf_journal_pending(daemon->journal) : 0);
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_writer", "1 on the daemon that writes.", NULL),
                  daemon->journal && xf_journal_role(daemon->journal) == XF_JOURNAL_WRITER);
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_http_connections", "Open connections.", NULL),
                  xf_http_connections(daemon->http));
    xf_metric_set(xf_metrics_gauge(metrics, "crossflag_http_body_bytes", "Bytes of request bodies held.", NULL),
                  (double)xf_http_bodies(daemon->http));
}

/* ---- the way in ---- */

static struct xf_call *make_call(struct xf_daemon *daemon, struct xf_exchange *exchange)
{
    const struct xf_request *request = xf_exchange_request(exchange);
    struct xf_call *call = xf_arena_alloc(request->arena, sizeof(*call));

    if (!call) {
        xf_exchange_problem(exchange, 503, "out-of-memory", "Out of memory", "The request could not be handled.");
        return NULL;
    }
    call->daemon = daemon;
    call->exchange = exchange;
    call->request = request;
    return call;
}

static bool admit(void *context, struct xf_exchange *exchange)
{
    struct xf_call *call = make_call(context, exchange);

    return call && decide(call, false);
}

static bool open_door(struct xf_daemon *daemon)
{
    door.router = xf_router_create(xf_route_tables);
    door.rate = xf_rate_create();
    if (!door.router || !door.rate) {
        xf_route_end();
        return false;
    }
    xf_http_watch(daemon->http, admit, answered);
    if (daemon->metrics)
        xf_metrics_collect(daemon->metrics, collect, daemon);
    return true;
}

void xf_route_end(void)
{
    struct count *count, *next;

    HASH_ITER(hh, door.counts, count, next)
    {
        HASH_DEL(door.counts, count);
        free(count);
    }
    xf_router_destroy(door.router);
    xf_rate_destroy(door.rate);
    door = (struct door){0};
}

void xf_route_request(void *context, struct xf_exchange *exchange)
{
    struct xf_daemon *daemon = context;
    const struct xf_route *route;
    struct xf_call *call;

    if (!door.router && !open_door(daemon)) {
        xf_exchange_problem(exchange, 503, "out-of-memory", "Out of memory", "The request could not be handled.");
        return;
    }
    call = make_call(daemon, exchange);
    route = call ? decide(call, true) : NULL;
    if (route)
        route->handler(call);
}
