/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTPS server: one loop thread, libevent's OpenSSL bufferevents, http-parser. Knows connections, deadlines and limits; nothing
 * of crossflag but the form of its errors. Handlers may answer later: an exchange is reference-counted and answering one whose
 * connection has gone is a no-op. All calls on the loop's thread.
 *
 * A connection's requests are handled one after the other, so pipelined answers come in order and a PUT is done before the next one
 * on the same key begins. */
#ifndef XF_DAEMON_HTTP_H
#define XF_DAEMON_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/arena.h"
#include "crossflag/error.h"
#include "loop.h"

struct xf_http;
struct xf_exchange;

struct xf_http_limits {
    unsigned connections; /* beyond: the one that has waited longest without a request in work makes room, or accept stops until one
                             closes */
    size_t header_bytes;  /* 431 */
    size_t body_bytes;    /* 413; also for the inflated body */
    size_t bodies_bytes;  /* all bodies held at once: 503 beyond; 0: 16 bodies of full size */
    int idle_ms, request_ms; /* an idle connection; from a request's first byte to its last (408) */
    size_t stream_bytes;     /* unsent bytes of a stream beyond which it is closed */
};

/* A request, valid until the exchange is released. Header names are matched without case. */
struct xf_request {
    const char *method, *path, *query; /* path decoded and starting with /; query raw, without ? */
    const char *target;                /* the path still encoded: split it at / before decoding, so that %2F can be part of an id */
    const char *body;                  /* inflated; NUL-terminated */
    size_t body_length;
    const char *id;                /* X-Request-Id: the caller's (if sane) or a fresh one */
    const char *const *peer_names; /* SANs of a verified client certificate: "URI:…", "DNS:…"; NULL-terminated, empty without one */
    const char *peer_address;      /* numeric */
    struct xf_arena *arena;
};
const struct xf_request *xf_exchange_request(const struct xf_exchange *exchange);
const char *xf_request_header(const struct xf_exchange *exchange, const char *name); /* NULL when absent */
/* A query parameter, decoded, in the request's arena; NULL when absent. */
const char *xf_request_parameter(const struct xf_exchange *exchange, const char *name);

typedef void xf_http_handler(void *context, struct xf_exchange *exchange);
/* Listens on "address:port" with certificate and key files (PEM); client_ca NULL: no client certificates are asked for. NULL with
 * *error. SIGPIPE is ignored from here on. */
struct xf_http *xf_http_create(struct xf_loop *loop, const char *listen, const char *certificate, const char *key,
                               const char *client_ca, const struct xf_http_limits *limits, xf_http_handler *handler, void *context,
                               struct xf_error *error);
int xf_http_reload_tls(struct xf_http *http,
                       struct xf_error *error) XF_MUST_CHECK; /* rereads the files; the old ones stay when they are broken */
void xf_http_drain(struct xf_http *http, void (*done)(void *),
                   void *context); /* stops accepting, finishes requests, closes streams */
void xf_http_destroy(struct xf_http *http);
unsigned xf_http_port(const struct xf_http *http);
unsigned xf_http_connections(const struct xf_http *http);
size_t xf_http_bodies(const struct xf_http *http); /* bytes of bodies held */

/* Both are called with the handler's context; NULL: none.
 * admit sees a request whose body is large, chunked or waits for 100-continue, with its head only, before the body is read: it
 * returns true to go on (the handler is called later as for any other, and checks again), or answers and returns false. So nobody
 * without a right to it makes the daemon hold a body. answered sees every answer, also the server's own, when its head goes out. */
void xf_http_watch(struct xf_http *http, bool (*admit)(void *context, struct xf_exchange *exchange),
                   void (*answered)(void *context, const struct xf_exchange *exchange, int status, int64_t microseconds));
/* What logs and metrics call the request: the route's pattern, never the path. A constant. "" at first. */
void xf_exchange_label(struct xf_exchange *exchange, const char *label);
const char *xf_exchange_labelled(const struct xf_exchange *exchange);

struct xf_exchange *xf_exchange_ref(struct xf_exchange *exchange);
void xf_exchange_unref(struct xf_exchange *exchange);
/* Something of the handler's that is freed with the exchange. */
void xf_exchange_attach(struct xf_exchange *exchange, void *object, void (*release)(void *object));
/* The peer is still there to be answered. */
bool xf_exchange_alive(const struct xf_exchange *exchange);
/* Of the answer; before it is sent. A header set again replaces the earlier one. Content-Type, Content-Length, Connection, Date and
 * X-Request-Id are the server's own. Unless they are set, Cache-Control: no-store and X-Content-Type-Options: nosniff go out with
 * every answer. */
void xf_exchange_header(struct xf_exchange *exchange, const char *name, const char *value);
/* Answers; body is copied; content_type NULL: none. Exactly once an exchange. */
void xf_exchange_reply(struct xf_exchange *exchange, int status, const char *content_type, const void *body, size_t length);
/* Answers application/problem+json; type as xf_reply_problem's; title and detail are constants without a need for escapes. */
void xf_exchange_problem(struct xf_exchange *exchange, int status, const char *type, const char *title, const char *detail);

/* A stream (Server-Sent Events): the head goes out, then write as often as wanted. closed is called once, on a later turn of the
 * loop, when the peer leaves, the server drains or the limit is passed; not after xf_exchange_finish. Writing to a stream that has
 * gone is a no-op. The streamer holds a reference. */
void xf_exchange_stream(struct xf_exchange *exchange, const char *content_type, void (*closed)(void *context), void *context);
void xf_exchange_write(struct xf_exchange *exchange, const void *bytes, size_t length);
size_t xf_exchange_pending(const struct xf_exchange *exchange); /* unsent bytes */
void xf_exchange_finish(struct xf_exchange *exchange);          /* ends the stream from our side */

#endif
