/* SPDX-License-Identifier: Apache-2.0 */
/* What the subscriptions' handlers share: subscriptions.c (routes, looking, ending), subscribe.c (making and changing) and
 * delivery.c (their events). */
#ifndef XF_DAEMON_SUBSCRIPTIONS_H
#define XF_DAEMON_SUBSCRIPTIONS_H

#include "crossflag/alert.h"
#include "route.h"

/* A subscription that the caller may see, copied into the request's arena. */
struct xf_own {
    const char *id, *agency, *body;
    const char *url, *secret, *secret_before; /* may be NULL */
    enum xf_way way;
    bool enabled;
    size_t index;
    uint64_t last; /* the greatest number given so far */
};
/* The subscription of the path. False: answered 404 (not there, or another agency's and the caller no admin) or 503. */
bool xf_subscription_own(struct xf_call *call, struct xf_own *ret);
/* A whole number among the query's parameters; absent leaves *ret alone. False: answered 400. */
bool xf_subscription_number(struct xf_call *call, const char *name, uint64_t most, uint64_t *ret);
/* Copies what the caller may see of a subscription under the read lock. XF_ENOTFOUND, XF_ENOMEM. */
int xf_subscription_find(struct xf_call *call, const char *id, struct xf_own *ret) XF_MUST_CHECK;
json_t *xf_subscription_show(const struct xf_own *own); /* as the API shows one */
bool xf_subscription_is_admin(const struct xf_call *call);
int64_t xf_subscription_now(void); /* µs */
/* Takes a secret away at an instant: written by a worker, nobody waits for it. */
void xf_subscription_expire_secret(struct xf_call *call, const char *reference, int64_t until);
/* Answers: 503; 404; 422 or 409 with one fault. */
void xf_subscription_no_memory(struct xf_call *call);
void xf_subscription_not_found(struct xf_call *call);
void xf_subscription_invalid(struct xf_call *call, int status, const char *pointer, const char *reason);

void xf_subscription_post(struct xf_call *call);
void xf_subscription_patch(struct xf_call *call);
void xf_subscription_enable(struct xf_call *call);
void xf_subscription_rotate(struct xf_call *call);

void xf_subscription_events(struct xf_call *call);
void xf_subscription_stream(struct xf_call *call);
void xf_subscription_ack(struct xf_call *call);
void xf_subscription_attempts(struct xf_call *call);
void xf_subscription_held(struct xf_call *call);

#endif
