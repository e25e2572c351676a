/* SPDX-License-Identifier: Apache-2.0 */
/* Making and changing subscriptions: one path from a body to the journal. The entry is checked against the folded state, a worker
 * looks where its URL leads and stores its secret, the journal takes it, and the answer shows what the fold made of it. Called by
 * the routes of subscriptions.c. Invariants: a webhook's secret is in its table before the journal names it, and leaves the house
 * once, in the answer that made it; a URL that leads only into networks that are not allowed is refused before anything is written.
 */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/date.h"
#include "dispatch.h"
#include "network.h"
#include "secret.h"
#include "subscriptions.h"

#define PER_AGENCY_MAX 10000

struct change {
    struct xf_call *call;
    char id[72];
    json_t *body;    /* of the entry; owned until it is submitted */
    const char *url; /* to be looked at on a worker; NULL: not */
    bool makes, has_secret;
    struct xf_secret secret;
    char old_secret[XF_SECRET_REFERENCE]; /* to be taken away; empty: none */
    int64_t old_until;
    bool refused, failed;
};

static void change_free(void *object)
{
    struct change *change = object;

    json_decref(change->body);
    xf_secret_wipe(&change->secret);
    free(change);
}

/* Freed with the exchange. */
static struct change *change_create(struct xf_call *call, const char *id)
{
    struct change *change = calloc(1, sizeof(*change));

    if (!change)
        return NULL;
    change->call = call;
    snprintf(change->id, sizeof(change->id), "%s", id);
    change->body = json_object();
    call->context = change;
    xf_exchange_attach(call->exchange, change, change_free);
    return change;
}

/* What a worker does after the entry is in the journal; nobody waits for it, and the sweep makes up for one that fails. */
struct expiry {
    char reference[XF_SECRET_REFERENCE];
    int64_t until;
};

static void expire(void *argument, struct xf_db *db)
{
    struct expiry *expiry = argument;
    struct xf_error error;

    if (!db || xf_secret_expire(db, expiry->reference, expiry->until, &error) != XF_OK)
        xf_log(XF_LOG_WARNING, "secret.not_expired", "{s:s}", "reference", expiry->reference);
}

void xf_subscription_expire_secret(struct xf_call *call, const char *reference, int64_t until)
{
    struct expiry *expiry = malloc(sizeof(*expiry));

    if (!expiry)
        return;
    snprintf(expiry->reference, sizeof(expiry->reference), "%s", reference);
    expiry->until = until;
    if (xf_work_submit(call->daemon->work, expire, free, expiry) == XF_OK)
        return;
    xf_log(XF_LOG_WARNING, "secret.not_expired", "{s:s}", "reference", reference);
    free(expiry);
}

static void changed(struct xf_call *call, uint64_t position)
{
    struct change *change = call->context;
    struct xf_own own;
    json_t *shown;
    char location[128];
    int rc = xf_subscription_find(call, change->id, &own);

    (void)position;
    xf_dispatch_refresh(call->daemon->dispatch);
    if (*change->old_secret)
        xf_subscription_expire_secret(call, change->old_secret, change->old_until);
    if (rc != XF_OK || (change->has_secret && (!own.secret || strcmp(own.secret, change->secret.reference) != 0))) {
        /* Somebody else's change came between the check and the journal, and has the last word. */
        if (change->has_secret)
            xf_subscription_expire_secret(call, change->secret.reference, xf_subscription_now());
        xf_subscription_invalid(call, 409, "/id", "was changed by somebody else at the same time: look again");
        return;
    }
    shown = xf_subscription_show(&own);
    if (change->has_secret)
        json_object_set_new(shown, "secret", json_string(change->secret.value));
    if (change->makes) {
        snprintf(location, sizeof(location), "/v1/subscriptions/%s", change->id);
        xf_exchange_header(call->exchange, "Location", location);
    }
    xf_reply_json(call, change->makes ? 201 : 200, shown);
}

static void submit(struct change *change)
{
    struct xf_call *call = change->call;
    json_t *body = change->body;
    char stream[128];

    change->body = NULL;
    snprintf(stream, sizeof(stream), "subscription/%s", change->id);
    if (xf_call_append(call, XF_ENTRY_SUBSCRIPTION, stream, body, changed) != XF_OK)
        xf_log(XF_LOG_INFO, "subscription.not_changed", "{s:s}", "subscription", change->id);
}

/* On a worker: where the URL leads, and the secret into its table. */
static void prepare(void *argument, struct xf_db *db)
{
    struct change *change = argument;
    struct xf_error error;

    change->refused = change->url && xf_networks_refuse_url(xf_dispatch_networks(change->call->daemon->dispatch), change->url);
    if (change->refused || !change->has_secret)
        return;
    change->failed = !db || xf_secret_store(db, &change->secret, xf_subscription_now(), &error) != XF_OK;
}

static void prepared(void *argument)
{
    struct change *change = argument;
    struct xf_call *call = change->call;

    if (change->refused) {
        xf_subscription_invalid(call, 422, "/url",
                                "leads into a private, loopback or link-local network that the configuration does not allow");
    } else if (change->failed) {
        xf_exchange_header(call->exchange, "Retry-After", "5");
        xf_reply_problem(call, 503, "database-away", "The database is away", NULL, "Nothing was changed.");
    } else {
        submit(change);
    }
    xf_exchange_unref(call->exchange);
}

/* Checks the entry's body against the state and goes on: at once, or by way of a worker. */
static void go(struct change *change)
{
    struct xf_call *call = change->call;
    char *text = json_dumps(change->body, JSON_COMPACT);
    struct xf_error error;
    int rc = XF_ENOMEM;

    if (text) {
        rc = xf_subscriptions_check(xf_fold_subscriptions(xf_engine_read(call->daemon->engine)), text, strlen(text), &error);
        xf_engine_read_end(call->daemon->engine);
    }
    free(text);
    if (rc == XF_EINVAL || rc == XF_ECONFLICT) {
        xf_subscription_invalid(call, rc == XF_EINVAL ? 422 : 409, error.pointer, error.text);
    } else if (rc == XF_ENOTFOUND) {
        xf_subscription_not_found(call);
    } else if (rc != XF_OK) {
        xf_subscription_no_memory(call);
    } else if (!change->url && !change->has_secret) {
        submit(change);
    } else {
        xf_exchange_ref(call->exchange);
        if (xf_work_submit(call->daemon->work, prepare, prepared, change) != XF_OK) {
            xf_exchange_header(call->exchange, "Retry-After", "1");
            xf_reply_problem(call, 503, "busy", "Too much at once", NULL, "Nothing was changed.");
            xf_exchange_unref(call->exchange);
        }
    }
}

/* Gives a change a fresh secret, named in its body. */
static int add_secret(struct change *change)
{
    if (xf_secret_make(&change->secret) != XF_OK)
        return XF_ENOMEM;
    change->has_secret = true;
    if (json_object_set_new(change->body, "secret", json_string(change->secret.reference)) != 0)
        return XF_ENOMEM;
    return json_object_set_new(change->body, "public_key", json_string(change->secret.public_key)) == 0 ? XF_OK : XF_ENOMEM;
}

/* The members that callers may write; agency and id only when it is made. Returns one that is none, or NULL. */
static const char *stranger(json_t *body, bool makes)
{
    static const char *const allowed[] = {"way", "url", "name", "basis", "enabled", "filter", "id", "agency"};
    const char *name;
    json_t *value;

    json_object_foreach(body, name, value)
    {
        size_t i = 0, count = makes ? 8 : 6;

        while (i < count && strcmp(allowed[i], name) != 0)
            i++;
        if (i == count)
            return name;
    }
    return NULL;
}

/* The request's body, an object of known members. NULL: answered. */
static json_t *read_body(struct xf_call *call, bool makes)
{
    json_t *body = xf_call_json(call);
    const char *name;
    char pointer[160];

    if (!body)
        return NULL;
    name = json_is_object(body) ? stranger(body, makes) : "";
    if (!name)
        return body;
    snprintf(pointer, sizeof(pointer), "/%.100s", name);
    xf_subscription_invalid(call, 422, json_is_object(body) ? pointer : "",
                            json_is_object(body) ? "is no member that can be set" : "must be a JSON object");
    json_decref(body);
    return NULL;
}

/* Making */

static bool has_room(struct xf_call *call, const char *agency)
{
    const struct xf_subscriptions *subscriptions = xf_fold_subscriptions(xf_engine_read(call->daemon->engine));
    size_t own = 0;

    for (size_t i = 0; i < xf_subscriptions_count(subscriptions); i++) {
        const struct xf_subscription *each = xf_subscriptions_at(subscriptions, i);

        own += !each->deleted && strcmp(each->agency, agency) == 0;
    }
    xf_engine_read_end(call->daemon->engine);
    return own < PER_AGENCY_MAX;
}

static bool is_taken(struct xf_call *call, const char *id)
{
    const struct xf_subscription *found = xf_subscriptions_find(xf_fold_subscriptions(xf_engine_read(call->daemon->engine)), id);
    bool taken = found && !found->deleted;

    xf_engine_read_end(call->daemon->engine);
    return taken;
}

static bool is_agency(struct xf_call *call, const char *agency)
{
    const struct xf_partners *partners = xf_fold_partners(xf_engine_read(call->daemon->engine));
    bool known = partners && xf_partners_agency(partners, agency) != UINT32_MAX;

    xf_engine_read_end(call->daemon->engine);
    return known;
}

static int fresh_id(char id[static 24])
{
    uint8_t random[8];

    if (RAND_bytes(random, sizeof(random)) != 1)
        return XF_EIO;
    strcpy(id, "sub-");
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(id + 4 + 2 * i, 3, "%02x", random[i]);
    return XF_OK;
}

void xf_subscription_post(struct xf_call *call)
{
    json_t *body = read_body(call, true);
    const char *agency = json_string_value(json_object_get(body, "agency")),
               *given = json_string_value(json_object_get(body, "id")), *url, *way;
    struct change *change = NULL;
    char made[24];
    int rc = XF_OK;

    if (!body)
        return;
    if (!agency)
        agency = call->caller->agency;
    if (json_object_get(body, "id") && !given)
        xf_subscription_invalid(call, 422, "/id", "must be a text");
    else if (strcmp(agency, call->caller->agency) != 0 && !xf_subscription_is_admin(call))
        xf_subscription_invalid(call, 422, "/agency", "only an admin may name another agency");
    else if (!is_agency(call, agency))
        xf_subscription_invalid(call, 422, "/agency", "is no agency of the partnership");
    else if (given && is_taken(call, given))
        xf_subscription_invalid(call, 409, "/id", "is taken");
    else if (!has_room(call, agency))
        xf_subscription_invalid(call, 422, "", "the agency has too many subscriptions");
    else if (!given && fresh_id(made) != XF_OK)
        xf_subscription_no_memory(call);
    else
        change = change_create(call, given ? given : made);
    if (!change) {
        json_decref(body);
        return;
    }
    change->makes = true;
    rc |= json_object_set_new(change->body, "id", json_string(given ? given : made));
    rc |= json_object_set_new(change->body, "agency", json_string(agency));
    rc |= json_object_set_new(change->body, "principal", json_string(call->caller->id));
    rc |= json_object_update_missing(change->body, body);
    json_decref(body);
    url = json_string_value(json_object_get(change->body, "url"));
    way = json_string_value(json_object_get(change->body, "way"));
    change->url = url;
    if (rc == 0 && (way ? strcmp(way, "webhook") == 0 : url != NULL))
        rc = add_secret(change);
    if (rc != 0)
        xf_subscription_no_memory(call);
    else
        go(change);
}

/* Changing */

void xf_subscription_patch(struct xf_call *call)
{
    struct xf_own own;
    struct change *change;
    const char *way;
    json_t *body;
    int rc = 0;

    if (!xf_subscription_own(call, &own))
        return;
    body = read_body(call, false);
    if (!body)
        return;
    change = change_create(call, own.id);
    if (!change) {
        json_decref(body);
        xf_subscription_no_memory(call);
        return;
    }
    rc |= json_object_set_new(change->body, "id", json_string(own.id));
    rc |= json_object_update(change->body, body);
    json_decref(body);
    if (json_is_true(json_object_get(change->body, "enabled")))
        rc |= json_object_set_new(change->body, "reason", json_null());
    way = json_string_value(json_object_get(change->body, "way"));
    change->url = json_string_value(json_object_get(change->body, "url"));
    if (rc == 0 && !own.secret && way && strcmp(way, "webhook") == 0)
        rc = add_secret(change);
    if (rc != 0)
        xf_subscription_no_memory(call);
    else
        go(change);
}

void xf_subscription_enable(struct xf_call *call)
{
    struct xf_own own;
    struct change *change;

    if (!xf_subscription_own(call, &own))
        return;
    change = change_create(call, own.id);
    if (!change) {
        xf_subscription_no_memory(call);
        return;
    }
    json_decref(change->body);
    change->body = json_pack("{s:s,s:b,s:n}", "id", own.id, "enabled", 1, "reason");
    go(change);
}

void xf_subscription_rotate(struct xf_call *call)
{
    char until[XF_TIME_TEXT];
    struct xf_own own;
    struct change *change;
    int rc;

    if (!xf_subscription_own(call, &own))
        return;
    if (!own.secret) {
        xf_subscription_invalid(call, 422, "", "has no secret: it is no webhook");
        return;
    }
    change = change_create(call, own.id);
    if (!change) {
        xf_subscription_no_memory(call);
        return;
    }
    change->old_until = xf_subscription_now() + XF_SECRET_OVERLAP_US;
    snprintf(change->old_secret, sizeof(change->old_secret), "%s", own.secret);
    rc = json_object_set_new(change->body, "id", json_string(own.id));
    rc |= json_object_set_new(change->body, "secret_before", json_string(own.secret));
    rc |= json_object_set_new(change->body, "secret_before_until", json_string(xf_time_format(change->old_until, until)));
    if (rc == 0)
        rc = add_secret(change);
    if (rc != 0)
        xf_subscription_no_memory(call);
    else
        go(change);
}
