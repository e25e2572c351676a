/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTPS server: one loop thread, libevent's OpenSSL bufferevents, http-parser. Knows connections, deadlines and limits; nothing of crossflag. Handlers may answer later: an exchange is
 * reference-counted and answering one whose connection has gone is a no-op. All calls on the loop's thread. */
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
    unsigned connections;     /* beyond: accept stops until one closes */
    size_t header_bytes;      /* 431 */
    size_t body_bytes;        /* 413; also for the inflated body */
    int idle_ms, request_ms;  /* an idle connection; from a request's first byte to its last (408) */
    size_t stream_bytes;      /* unsent bytes of a stream beyond which it is closed */
};

/* A request, valid until the exchange is released. Header names are matched without case. */
struct xf_request {
    const char *method, *path, *query; /* path decoded and starting with /; query raw, without ? */
    const char *body;                  /* inflated; NUL-terminated */
    size_t body_length;
    const char *id;                    /* X-Request-Id: the caller's (if sane) or a fresh one */
    const char *const *peer_names;     /* SANs of a verified client certificate: "URI:…", "DNS:…"; NULL-terminated, empty without one */
    struct xf_arena *arena;
};
const struct xf_request *xf_exchange_request(const struct xf_exchange *exchange);
const char *xf_request_header(const struct xf_exchange *exchange, const char *name); /* NULL when absent */
/* A query parameter, decoded, in the request's arena; NULL when absent. */
const char *xf_request_parameter(const struct xf_exchange *exchange, const char *name);

typedef void xf_http_handler(void *context, struct xf_exchange *exchange);
/* Listens on "address:port" with certificate and key files (PEM); client_ca NULL: no client certificates are asked for. NULL with *error. */
struct xf_http *xf_http_create(struct xf_loop *loop, const char *listen, const char *certificate, const char *key, const char *client_ca, const struct xf_http_limits *limits,
                               xf_http_handler *handler, void *context, struct xf_error *error);
int xf_http_reload_tls(struct xf_http *http, struct xf_error *error) XF_MUST_CHECK; /* rereads the files; the old ones stay when they are broken */
void xf_http_drain(struct xf_http *http, void (*done)(void *), void *context);     /* stops accepting, finishes requests, closes streams */
void xf_http_destroy(struct xf_http *http);
unsigned xf_http_port(const struct xf_http *http);

struct xf_exchange *xf_exchange_ref(struct xf_exchange *exchange);
void xf_exchange_unref(struct xf_exchange *exchange);
/* Something of the handler's that is freed with the exchange. */
void xf_exchange_attach(struct xf_exchange *exchange, void *object, void (*release)(void *object));
void xf_exchange_header(struct xf_exchange *exchange, const char *name, const char *value); /* of the answer; before it is sent */
/* Answers; body is copied. Exactly once an exchange. */
void xf_exchange_reply(struct xf_exchange *exchange, int status, const char *content_type, const void *body, size_t length);

/* A stream (Server-Sent Events): the head goes out, then write as often as wanted. closed is called once, when the peer leaves, the server drains or the limit is passed. */
void xf_exchange_stream(struct xf_exchange *exchange, const char *content_type, void (*closed)(void *context), void *context);
void xf_exchange_write(struct xf_exchange *exchange, const void *bytes, size_t length);
size_t xf_exchange_pending(const struct xf_exchange *exchange); /* unsent bytes */
void xf_exchange_finish(struct xf_exchange *exchange);          /* ends the stream from our side */

#endif
