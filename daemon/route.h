/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to its handler: one table of routes; authentication and authorisation happen before any handler runs, so that
 * nothing is open by default. */
#ifndef XF_DAEMON_ROUTE_H
#define XF_DAEMON_ROUTE_H

#include <jansson.h>

#include "crossflag/partner.h"
#include "crossflag/principal.h"
#include "daemon.h"

/* Who calls, copied out of the state into the request's arena. */
struct xf_caller {
    const char *id, *agency;
    unsigned roles; /* enum xf_role bits */
    const char *const *feeds;
    size_t feed_count;
};

struct xf_call {
    struct xf_daemon *daemon;
    struct xf_exchange *exchange;
    const struct xf_request *request;
    const struct xf_caller *caller; /* NULL only on open routes (/livez, /readyz, /schemas/…, /openapi.json) */
    const char *parameters[4];      /* of the pattern's {…}, in order, decoded */
    const char *purpose;            /* Crossflag-Purpose's code, officers only */
    const char *purpose_case;       /* and its case reference */
    void *context;                  /* the handler's own, for when it answers later */
};

enum xf_route_flag {
    XF_ROUTE_OPEN = 1,    /* no credentials */
    XF_ROUTE_PURPOSE = 2, /* officers must name a purpose: 428 without */
    XF_ROUTE_WRITER = 4,  /* only the writer can do it: followers answer 503 naming the writer */
};
struct xf_route {
    const char *method;  /* "GET" */
    const char *pattern; /* "/v1/feeds/{feed}/records/{id}": a {…} is one segment */
    unsigned roles; /* any of these; XF_ROLE_FEED also needs the first parameter to be one of the caller's feeds when the pattern
                       starts with /v1/feeds/{feed} */
    unsigned flags;
    void (*handler)(struct xf_call *call); /* call lies in the request's arena; to answer later hold xf_exchange_ref */
    const char *summary;                   /* one line for /openapi.json */
};
/* Each file that serves routes exports a table, ended by an entry without a method; route.c lists the tables. */
extern const struct xf_route xf_routes_intake[], xf_routes_query[], xf_routes_flag[], xf_routes_subscription[],
    xf_routes_principal[], xf_routes_operation[], xf_routes_along[];

/* The server's handler (context: the daemon): finds the route, authenticates (access.c), answers 401, 403, 404, 405, 428, 429, 503
 * itself. At its first call it also has the server ask before it reads large bodies, and count what is answered. */
void xf_route_request(void *daemon, struct xf_exchange *exchange);
void xf_route_end(void); /* frees what the first call made; after xf_http_destroy */
/* The tables, ended by NULL. */
extern const struct xf_route *const xf_route_tables[];

/* Answers. body is stolen. Every answer carries X-Request-Id. */
void xf_reply_json(struct xf_call *call, int status, json_t *body);
void xf_reply_empty(struct xf_call *call, int status);
/* application/problem+json; type is about:blank's successor "https://crossflag.uk/problems/<type>"; errors (array of
 * {"pointer","reason"}) is stolen, may be NULL. */
void xf_reply_problem(struct xf_call *call, int status, const char *type, const char *title, json_t *errors, const char *detail,
                      ...) XF_PRINTF(6, 7);
/* The same with a member of its own (RFC 9457, 3.2), stolen. */
void xf_reply_problem_with(struct xf_call *call, int status, const char *type, const char *title, const char *member, json_t *value,
                           const char *detail);
/* The request's JSON body (object or array), or NULL after having answered 400. New reference. */
json_t *xf_call_json(struct xf_call *call);

/* Submits one entry made from the call and answers when it is committed and folded: then(call, position) runs on the loop. Answers
 * 503 by itself when it cannot be. */
int xf_call_append(struct xf_call *call, int kind, const char *stream, json_t *body /* stolen */,
                   void (*then)(struct xf_call *call, uint64_t position));

#endif
