/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions over HTTP: the routes, and looking, testing and ending; subscribe.c makes and changes, delivery.c serves their
 * events. Every change is an entry of the journal. Invariant: a subscriber sees and touches its own agency's subscriptions only, an
 * admin all; others' are not found. */
#include "subscriptions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crossflag/date.h"
#include "dispatch.h"

#define LIST_DEFAULT 100
#define LIST_MAX 1000

int64_t xf_subscription_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * XF_SECOND + now.tv_nsec / 1000;
}

bool xf_subscription_number(struct xf_call *call, const char *name, uint64_t most, uint64_t *ret)
{
    const char *text = xf_request_parameter(call->exchange, name);
    unsigned long long value;

    if (!text)
        return true;
    value = strtoull(text, NULL, 10);
    if (!*text || strlen(text) > 20 || strspn(text, "0123456789") != strlen(text) || value > most) {
        xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid",
                         json_pack("[{s:s,s:s}]", "pointer", name, "reason", "must be a whole number in its range"),
                         "%s is not valid.", name);
        return false;
    }
    *ret = value;
    return true;
}

void xf_subscription_no_memory(struct xf_call *call)
{
    xf_exchange_header(call->exchange, "Retry-After", "5");
    xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "Nothing was changed.");
}

void xf_subscription_not_found(struct xf_call *call)
{
    xf_reply_problem(call, 404, "no-such-subscription", "No such subscription", NULL,
                     "Your agency has no subscription of this id.");
}

void xf_subscription_invalid(struct xf_call *call, int status, const char *pointer, const char *reason)
{
    xf_reply_problem(call, status, status == 409 ? "conflict" : "invalid-subscription",
                     status == 409 ? "The subscription exists" : "The subscription is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", pointer, "reason", reason), "See errors.");
}

bool xf_subscription_is_admin(const struct xf_call *call)
{
    return (call->caller->roles & XF_ROLE_ADMIN) != 0;
}

static const char *copy(struct xf_call *call, const char *text, bool *ok)
{
    const char *copied = text ? xf_arena_copy(call->request->arena, text, strlen(text)) : NULL;

    *ok = *ok && (copied || !text);
    return copied;
}

/* Copies what the caller may see of a subscription under the read lock. XF_ENOTFOUND, XF_ENOMEM. */
int xf_subscription_find(struct xf_call *call, const char *id, struct xf_own *ret)
{
    const struct xf_subscriptions *subscriptions = xf_fold_subscriptions(xf_engine_read(call->daemon->engine));
    const struct xf_subscription *found = xf_subscriptions_find(subscriptions, id);
    bool ok = true;
    int rc = XF_ENOTFOUND;

    if (found && !found->deleted && (xf_subscription_is_admin(call) || strcmp(found->agency, call->caller->agency) == 0)) {
        *ret = (struct xf_own){.way = found->way, .enabled = found->enabled, .last = found->next_sequence - 1};
        ret->id = copy(call, found->id, &ok);
        ret->agency = copy(call, found->agency, &ok);
        ret->body = copy(call, found->body, &ok);
        ret->url = copy(call, found->url, &ok);
        ret->secret = copy(call, found->secret, &ok);
        ret->secret_before = copy(call, found->secret_before, &ok);
        while (xf_subscriptions_at(subscriptions, ret->index) != found)
            ret->index++;
        rc = ok ? XF_OK : XF_ENOMEM;
    }
    xf_engine_read_end(call->daemon->engine);
    return rc;
}

bool xf_subscription_own(struct xf_call *call, struct xf_own *ret)
{
    int rc = xf_subscription_find(call, call->parameters[0], ret);

    if (rc == XF_ENOTFOUND)
        xf_subscription_not_found(call);
    else if (rc != XF_OK)
        xf_subscription_no_memory(call);
    return rc == XF_OK;
}

/* As the API shows one. */
json_t *xf_subscription_show(const struct xf_own *own)
{
    json_t *shown = json_loads(own->body, 0, NULL);

    json_object_set_new(shown, "last_seq", json_integer((json_int_t)own->last));
    return shown;
}

/* Ending */

static void deleted(struct xf_call *call, uint64_t position)
{
    struct xf_own *own = call->context;

    (void)position;
    xf_dispatch_refresh(call->daemon->dispatch);
    if (own->secret)
        xf_subscription_expire_secret(call, own->secret, xf_subscription_now());
    if (own->secret_before)
        xf_subscription_expire_secret(call, own->secret_before, xf_subscription_now());
    xf_reply_empty(call, 204);
}

static void delete_subscription(struct xf_call *call)
{
    struct xf_own *own = xf_arena_alloc(call->request->arena, sizeof(*own));
    char stream[128];

    if (!own) {
        xf_subscription_no_memory(call);
        return;
    }
    if (!xf_subscription_own(call, own))
        return;
    call->context = own;
    snprintf(stream, sizeof(stream), "subscription/%s", own->id);
    if (xf_call_append(call, XF_ENTRY_SUBSCRIPTION, stream, json_pack("{s:s,s:b}", "id", own->id, "deleted", 1), deleted) != XF_OK)
        xf_log(XF_LOG_INFO, "subscription.not_changed", "{s:s}", "subscription", own->id);
}

/* Testing */

static void tested(struct xf_call *call, uint64_t position)
{
    char event[64];

    snprintf(event, sizeof(event), "test.%llu", (unsigned long long)position);
    xf_reply_json(call, 202, json_pack("{s:s,s:I}", "event", event, "position", (json_int_t)position));
}

static void post_test(struct xf_call *call)
{
    char stream[128];
    struct xf_own own;

    if (!xf_subscription_own(call, &own))
        return;
    snprintf(stream, sizeof(stream), "subscription/%s", own.id);
    if (xf_call_append(call, XF_ENTRY_SUBSCRIPTION, stream, json_pack("{s:s,s:b}", "id", own.id, "test", 1), tested) != XF_OK)
        xf_log(XF_LOG_INFO, "subscription.not_tested", "{s:s}", "subscription", own.id);
}

/* Looking */

static void list_subscriptions(struct xf_call *call)
{
    const struct xf_subscriptions *subscriptions;
    uint64_t limit = LIST_DEFAULT, cursor = 0;
    json_t *items, *next = NULL;
    size_t i;

    if (!xf_subscription_number(call, "limit", LIST_MAX, &limit) || !xf_subscription_number(call, "cursor", UINT32_MAX, &cursor))
        return;
    items = json_array();
    subscriptions = xf_fold_subscriptions(xf_engine_read(call->daemon->engine));
    for (i = cursor; i < xf_subscriptions_count(subscriptions); i++) {
        const struct xf_subscription *each = xf_subscriptions_at(subscriptions, i);
        const struct xf_own own = {.body = each->body, .last = each->next_sequence - 1};

        if (each->deleted || (!xf_subscription_is_admin(call) && strcmp(each->agency, call->caller->agency) != 0))
            continue;
        if (json_array_size(items) >= limit) {
            next = json_sprintf("%zu", i);
            break;
        }
        json_array_append_new(items, xf_subscription_show(&own));
    }
    xf_engine_read_end(call->daemon->engine);
    xf_reply_json(call, 200, json_pack("{s:o,s:o}", "items", items, "next", next ? next : json_null()));
}

/* One, with where its delivery stands. */
struct standing {
    struct xf_call *call;
    struct xf_own own;
    json_t *delivery;
};

static json_t *time_or_null(int64_t time)
{
    char text[XF_TIME_TEXT];

    return time ? json_string(xf_time_format(time, text)) : json_null();
}

static void read_standing(void *argument, struct xf_db *db)
{
    struct standing *standing = argument;
    struct xf_error error;
    struct xf_rows *rows = !db ? NULL
                               : xf_db_query(db,
                                             "select delivered, acknowledged, attempts, failing_since, status, error, updated_at "
                                             "from delivery where subscription = $1",
                                             (const struct xf_param[]){XF_TEXT(standing->own.id)}, 1, false, &error);

    if (!rows)
        return;
    if (xf_rows_count(rows) == 1)
        standing->delivery =
            json_pack("{s:I,s:I,s:I,s:o,s:I,s:s,s:o}", "delivered_seq", (json_int_t)xf_rows_integer(rows, 0, 0), "acknowledged_seq",
                      (json_int_t)xf_rows_integer(rows, 0, 1), "attempts", (json_int_t)xf_rows_integer(rows, 0, 2), "failing_since",
                      time_or_null(xf_rows_integer(rows, 0, 3)), "status", (json_int_t)xf_rows_integer(rows, 0, 4), "error",
                      xf_rows_value(rows, 0, 5), "updated_at", time_or_null(xf_rows_integer(rows, 0, 6)));
    else
        standing->delivery = json_pack("{s:i,s:i,s:i,s:n,s:i,s:s,s:n}", "delivered_seq", 0, "acknowledged_seq", 0, "attempts", 0,
                                       "failing_since", "status", 0, "error", "", "updated_at");
    xf_rows_free(rows);
}

static void show_standing(void *argument)
{
    struct standing *standing = argument;
    json_t *shown = xf_subscription_show(&standing->own);

    /* Without the database there is still the subscription: null says that the rest is not known. */
    json_object_set_new(shown, "delivery", standing->delivery ? standing->delivery : json_null());
    xf_reply_json(standing->call, 200, shown);
    xf_exchange_unref(standing->call->exchange);
}

static void get_subscription(struct xf_call *call)
{
    struct standing *standing = xf_arena_alloc(call->request->arena, sizeof(*standing));

    if (!standing) {
        xf_subscription_no_memory(call);
        return;
    }
    standing->call = call;
    if (!xf_subscription_own(call, &standing->own))
        return;
    xf_exchange_ref(call->exchange);
    if (xf_work_submit(call->daemon->work, read_standing, show_standing, standing) != XF_OK)
        show_standing(standing);
}

#define WHO (XF_ROLE_SUBSCRIBER | XF_ROLE_ADMIN)
#define ONE "/v1/subscriptions/{id}"

const struct xf_route xf_routes_subscription[] = {
    {"POST", "/v1/subscriptions", WHO, XF_ROUTE_WRITER, xf_subscription_post,
     "Make a subscription; a webhook's secret is in this answer only"},
    {"GET", "/v1/subscriptions", WHO, 0, list_subscriptions, "List the agency's subscriptions"},
    {"GET", ONE, WHO, 0, get_subscription, "One subscription and where its delivery stands"},
    {"PATCH", ONE, WHO, XF_ROUTE_WRITER, xf_subscription_patch, "Change a subscription (JSON merge patch)"},
    {"DELETE", ONE, WHO, XF_ROUTE_WRITER, delete_subscription, "End a subscription"},
    {"POST", ONE "/secret/rotate", WHO, XF_ROUTE_WRITER, xf_subscription_rotate,
     "A new secret; the old one signs beside it for 24 hours"},
    {"POST", ONE "/enable", WHO, XF_ROUTE_WRITER, xf_subscription_enable, "Send again after failures disabled it"},
    {"POST", ONE "/test", WHO, XF_ROUTE_WRITER, post_test, "Send a test event"},
    {"GET", ONE "/events", WHO, 0, xf_subscription_events, "Events after a number; waits for one when asked to"},
    {"POST", ONE "/ack", WHO, XF_ROUTE_WRITER, xf_subscription_ack, "Acknowledge all events up to a number"},
    {"GET", ONE "/stream", WHO, 0, xf_subscription_stream, "Events as they come (Server-Sent Events)"},
    {"GET", ONE "/attempts", WHO, 0, xf_subscription_attempts, "Attempts to deliver by webhook, newest first"},
    {"GET", ONE "/held", WHO, 0, xf_subscription_held, "The flags that the partner should hold now"},
    {0},
};
