/* SPDX-License-Identifier: Apache-2.0 */
/* One breaker a URL (without its query), counted references, on the delivery thread only. Closed: all go. Open: none go until its
 * time. Half open: one goes, and its end decides. Invariant: at most one delivery is under way to an endpoint whose breaker is not
 * closed, not counting those that were when it opened. */
#include "endpoint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

#define FAILURES_TO_OPEN 5
#define OPEN_FIRST_US (INT64_C(30) * 1000000)
#define OPEN_MAX_US (INT64_C(900) * 1000000)

struct xf_endpoint {
    char *place;
    unsigned users, failures;     /* in a row */
    int64_t open_until, open_for; /* open_for 0: closed */
    bool probing;
    UT_hash_handle hh;
};

struct xf_endpoints {
    struct xf_endpoint *all;
    int64_t scale;
};

struct xf_endpoints *xf_endpoints_create(int64_t scale)
{
    struct xf_endpoints *endpoints = calloc(1, sizeof(*endpoints));

    if (endpoints)
        endpoints->scale = scale;
    return endpoints;
}

void xf_endpoints_destroy(struct xf_endpoints *endpoints)
{
    free(endpoints);
}

struct xf_endpoint *xf_endpoint_hold(struct xf_endpoints *endpoints, const char *url)
{
    char *place = strndup(url, strcspn(url, "?")), *host = place ? strstr(place, "://") : NULL;
    struct xf_endpoint *endpoint = NULL;

    if (!place)
        return NULL;
    for (char *at = host ? host + 3 : place; *at && *at != '/'; at++)
        *at = (char)tolower((unsigned char)*at);
    HASH_FIND_STR(endpoints->all, place, endpoint);
    if (endpoint) {
        free(place);
    } else {
        endpoint = calloc(1, sizeof(*endpoint));
        if (!endpoint) {
            free(place);
            return NULL;
        }
        endpoint->place = place;
        HASH_ADD_KEYPTR(hh, endpoints->all, endpoint->place, strlen(endpoint->place), endpoint);
    }
    endpoint->users++;
    return endpoint;
}

void xf_endpoint_release(struct xf_endpoints *endpoints, struct xf_endpoint *endpoint)
{
    if (!endpoint || --endpoint->users)
        return;
    HASH_DEL(endpoints->all, endpoint);
    free(endpoint->place);
    free(endpoint);
}

bool xf_endpoint_admit(struct xf_endpoint *endpoint, int64_t now, int64_t *ret_wait_us)
{
    if (!endpoint->open_for)
        return true;
    if (!endpoint->probing && now >= endpoint->open_until) {
        endpoint->probing = true;
        return true;
    }
    /* While a probe is under way its end is soon: ask again then. */
    *ret_wait_us = endpoint->open_until > now ? endpoint->open_until - now : endpoint->open_for / 4 + 1000;
    return false;
}

bool xf_endpoint_report(struct xf_endpoints *endpoints, struct xf_endpoint *endpoint, bool alive, int64_t now)
{
    bool was_open = endpoint->open_for != 0;

    endpoint->probing = false;
    if (alive) {
        endpoint->failures = 0;
        endpoint->open_for = 0;
        return was_open;
    }
    if (++endpoint->failures < FAILURES_TO_OPEN)
        return false;
    /* What was under way when it opened does not open it further. */
    if (was_open && now < endpoint->open_until)
        return false;
    endpoint->open_for = was_open ? endpoint->open_for * 2 : OPEN_FIRST_US * endpoints->scale / 1000 + 1;
    if (endpoint->open_for > OPEN_MAX_US * endpoints->scale / 1000 + 1)
        endpoint->open_for = OPEN_MAX_US * endpoints->scale / 1000 + 1;
    endpoint->open_until = now + endpoint->open_for;
    return false;
}

void xf_endpoint_forget(struct xf_endpoint *endpoint)
{
    endpoint->probing = false;
}
