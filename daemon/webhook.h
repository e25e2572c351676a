/* SPDX-License-Identifier: Apache-2.0 */
/* Webhook deliveries over HTTPS: libcurl's multi interface on an event base. One client belongs to one thread. Knows URLs, bytes
 * and answers; nothing of subscriptions, order or retries. */
#ifndef XF_DAEMON_WEBHOOK_H
#define XF_DAEMON_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "network.h"

struct event_base;
struct xf_webhook;          /* the client */
struct xf_webhook_delivery; /* one under way */

struct xf_webhook_options {
    const char *ca;               /* PEM of authorities beside the system's; NULL: the system's only */
    struct xf_networks *networks; /* borrowed */
    long timeout_ms;              /* of a whole delivery */
    unsigned connections;         /* kept open between deliveries, at most */
};
/* NULL with *error: a broken CA file, out of memory. */
struct xf_webhook *xf_webhook_create(struct event_base *base, const struct xf_webhook_options *options, struct xf_error *error);
/* Ends what is under way without calling done. Takes NULL. */
void xf_webhook_destroy(struct xf_webhook *webhook);

/* Borrowed until done: url, body. The rest is copied. */
struct xf_webhook_request {
    const char *url;
    const char *id;        /* webhook-id */
    int64_t timestamp;     /* webhook-timestamp, seconds */
    const char *signature; /* webhook-signature: one or more, separated by spaces */
    const char *body;
    size_t length;
};

struct xf_webhook_result {
    int status;            /* of HTTP; 0: no answer */
    int64_t retry_after_s; /* -1: not said */
    int64_t took_us;
    bool refused;    /* an address that the configuration does not allow */
    char error[256]; /* why there was no answer; empty otherwise */
};
typedef void xf_webhook_done(void *context, const struct xf_webhook_result *result);
/* Starts a delivery; done is called later, never from inside this call. NULL when out of memory. */
struct xf_webhook_delivery *xf_webhook_send(struct xf_webhook *webhook, const struct xf_webhook_request *request,
                                            xf_webhook_done *done, void *context);
/* Forgets a delivery; done is not called. The partner may have it nevertheless. */
void xf_webhook_cancel(struct xf_webhook_delivery *delivery);

#endif
