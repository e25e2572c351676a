/* SPDX-License-Identifier: Apache-2.0 */
/* What http.c (the server), connection.c (a connection's life) and exchange.c (requests and answers) share. Nobody else includes
 * this. */
#ifndef XF_DAEMON_CONNECTION_H
#define XF_DAEMON_CONNECTION_H

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "body.h"
#include "head.h"
#include "http.h"
#include "tls.h"

enum xf_connection_state {
    XF_CONNECTION_HANDSHAKE, /* TLS is being agreed */
    XF_CONNECTION_IDLE,      /* no byte of the next request has come */
    XF_CONNECTION_HEAD,      /* its head is coming */
    XF_CONNECTION_BODY,      /* its body is coming */
    XF_CONNECTION_HANDLING,  /* the handler has it: nothing more is parsed until it is answered */
    XF_CONNECTION_STREAMING, /* the answer has begun and has no end yet */
    XF_CONNECTION_FLUSHING,  /* the last answer is going out */
    XF_CONNECTION_LINGERING, /* it went out; what the peer still sends is thrown away, for a reset would take the answer with it */
    XF_CONNECTION_CLOSED,    /* to be freed on the loop's next turn */
};

struct xf_connection;
TAILQ_HEAD(xf_connections, xf_connection);

struct xf_connection {
    struct xf_http *http;
    struct bufferevent *stream;
    enum xf_connection_state state;
    int64_t deadline; /* monotonic milliseconds; INT64_MAX: none */
    int64_t since;    /* when it was accepted, or last ended a request */
    TAILQ_ENTRY(xf_connection) link;
    struct xf_connections *list;  /* it lies in: http->waiting, http->busy or http->closed, by state */
    struct xf_exchange *exchange; /* being read, handled or streamed; one reference */
    size_t scanned;               /* bytes of the input known to hold no end of a head */
    bool admitted;                /* its body may come: not to be turned away for others */
    bool processing;              /* xf_connection_process is on the stack */
    bool last;                    /* closes after this answer */
    bool choked;                  /* unsent answers keep it from parsing further requests */
    bool failed;                  /* TLS broke: no farewell */
    struct xf_tls_peer peer;
    char address[48];
};

struct xf_http {
    struct xf_loop *loop;
    struct xf_http_limits limits;
    char *certificate, *key, *client_ca;
    SSL_CTX *tls;
    struct evconnlistener *listener; /* NULL once draining */
    bool accepting;
    struct event *sweep, *reap;
    struct xf_connections waiting, busy, closed; /* waiting: the one that has waited longest first */
    unsigned count;                              /* of waiting and busy */
    unsigned port;
    size_t bodies;                       /* bytes of bodies held by exchanges */
    TAILQ_HEAD(, xf_exchange) exchanges; /* all that live */
    struct xf_arena *spare[64];          /* arenas of exchanges that have ended */
    unsigned spare_count;
    xf_http_handler *handler;
    bool (*admit)(void *context, struct xf_exchange *exchange);
    void (*answered)(void *context, const struct xf_exchange *exchange, int status, int64_t microseconds);
    void *context;
    void (*drained)(void *context);
    void *drained_context;
    uint64_t prefix, serial; /* of request ids */
    int64_t date_second;
    char date[32];
};

#define XF_EXCHANGE_HEADERS_MAX 24
struct xf_attachment {
    void *object;
    void (*release)(void *object);
    struct xf_attachment *next;
};

struct xf_exchange {
    struct xf_http *http;             /* NULL once the server has gone */
    struct xf_connection *connection; /* NULL once it is answered, or the connection has gone */
    TAILQ_ENTRY(xf_exchange) link;
    unsigned references;
    struct xf_arena *arena;
    struct xf_head head;
    struct xf_body body;
    size_t body_counted; /* of http->bodies */
    struct xf_request request;
    int64_t started; /* monotonic microseconds */
    const char *label;
    struct xf_header headers[XF_EXCHANGE_HEADERS_MAX]; /* of the answer */
    size_t header_count;
    struct xf_attachment *attachments;
    bool answered, chunked;
    void (*closed)(void *context); /* of a stream, until called or finished */
    void *closed_context;
};

/* connection.c. */
int64_t xf_connection_clock(void); /* monotonic milliseconds */
/* Takes over an accepted socket. */
void xf_connection_open(struct xf_http *http, evutil_socket_t socket, const struct sockaddr *address);
void xf_connection_enter(struct xf_connection *connection, enum xf_connection_state state);
/* Parses and handles what has come, as far as it can. */
void xf_connection_process(struct xf_connection *connection);
/* The answer to connection->exchange is in the output: goes on to the next request, or closes. */
void xf_connection_answered(struct xf_connection *connection);
/* To be freed; safe at any time. */
void xf_connection_close(struct xf_connection *connection);
void xf_connection_expire(struct xf_connection *connection); /* its deadline has passed */
void xf_connection_free(struct xf_connection *connection);   /* http.c's reaper only */

/* exchange.c. */
/* A fresh one for a connection, with one reference; NULL when out of memory. */
struct xf_exchange *xf_exchange_create(struct xf_http *http, struct xf_connection *connection);
/* Fills in exchange->request, once, while the connection is there. */
void xf_exchange_fill(struct xf_exchange *exchange);
/* Tells the streamer that its stream has gone, if it has not ended it itself. */
void xf_exchange_gone(struct xf_exchange *exchange);
void xf_exchange_gone_soon(struct xf_exchange *exchange);  /* on a later turn of the loop; holds a reference until then */
void xf_exchange_count_body(struct xf_exchange *exchange); /* brings http->bodies up to date */

#endif
