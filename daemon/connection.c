/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life: TLS, then requests one after the other. libevent's callbacks come in here; http.c sweeps the deadlines.
 * xf_connection_enter is the one place where the state changes: it moves the connection between the lists and sets the deadline
 * that the state has. A connection is never freed here, only entered into CLOSED, so that whoever is on the stack may still look at
 * it.
 *
 * A head is parsed when it is there as a whole; a body goes piece by piece from the buffer that TLS filled into the exchange. While
 * a request is handled nothing is parsed, and reading stops at the input's watermark: the peer feels it through TCP. */
#include "connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "log.h"

#define INPUT_MAX ((size_t)64 * 1024)   /* unparsed bytes, beyond a head's limit */
#define OUTPUT_MAX ((size_t)256 * 1024) /* unsent answers, before further requests are parsed */
#define ADMIT_BYTES 16384               /* a body above this is asked for before it is read */
#define ROUND_MAX 32                    /* requests of one connection before others have their turn */
#define HANDSHAKE_MS 10000
#define LINGER_MS 2000
#define WRITE_BYTES_PER_MS 16 /* the slowest reader of an answer that is waited for, after idle_ms */

int64_t xf_connection_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- states ---- */

static bool is_waiting(const struct xf_connection *connection)
{
    switch (connection->state) {
    case XF_CONNECTION_HANDSHAKE:
    case XF_CONNECTION_IDLE:
    case XF_CONNECTION_HEAD:
        return true;
    case XF_CONNECTION_BODY:
        return !connection->admitted;
    case XF_CONNECTION_HANDLING:
    case XF_CONNECTION_STREAMING:
    case XF_CONNECTION_FLUSHING:
    case XF_CONNECTION_LINGERING:
    case XF_CONNECTION_CLOSED:
        return false;
    }
    return false;
}

static struct xf_connections *list_of(const struct xf_connection *connection)
{
    if (connection->state == XF_CONNECTION_CLOSED)
        return &connection->http->closed;
    return is_waiting(connection) ? &connection->http->waiting : &connection->http->busy;
}

static int64_t deadline_of(const struct xf_connection *connection, enum xf_connection_state before)
{
    const struct xf_http_limits *limits = &connection->http->limits;
    int64_t now = xf_connection_clock();
    int64_t unsent = (int64_t)evbuffer_get_length(bufferevent_get_output(connection->stream));

    switch (connection->state) {
    case XF_CONNECTION_HANDSHAKE:
        return now + (limits->request_ms < HANDSHAKE_MS ? limits->request_ms : HANDSHAKE_MS);
    case XF_CONNECTION_IDLE: /* the last answer may still be on its way */
        return now + limits->idle_ms + unsent / WRITE_BYTES_PER_MS;
    case XF_CONNECTION_HEAD:
        return now + limits->request_ms;
    case XF_CONNECTION_BODY: /* from the request's first byte to its last */
        return before == XF_CONNECTION_HEAD ? connection->deadline : now + limits->request_ms;
    case XF_CONNECTION_HANDLING:
    case XF_CONNECTION_STREAMING: /* TCP_USER_TIMEOUT and the stream's limit end these */
        return INT64_MAX;
    case XF_CONNECTION_FLUSHING:
        return now + limits->idle_ms + unsent / WRITE_BYTES_PER_MS;
    case XF_CONNECTION_LINGERING:
        return now + LINGER_MS;
    case XF_CONNECTION_CLOSED:
        return INT64_MAX;
    }
    return now;
}

void xf_connection_enter(struct xf_connection *connection, enum xf_connection_state state)
{
    struct xf_connections *to;
    enum xf_connection_state before = connection->state;

    if (before == state ||
        before == XF_CONNECTION_CLOSED) /* closed is for good: libevent can report a failed write in the midst of one */
        return;
    connection->state = state;
    connection->deadline = deadline_of(connection, before);
    if (state == XF_CONNECTION_IDLE && before != XF_CONNECTION_HANDSHAKE)
        connection->since = xf_connection_clock();
    to = list_of(connection);
    if (connection->list == to)
        return;
    TAILQ_REMOVE(connection->list, connection, link);
    TAILQ_INSERT_TAIL(to, connection, link);
    connection->list = to;
    if (state == XF_CONNECTION_CLOSED) {
        connection->http->count--;
        event_active(connection->http->reap, 0, 0);
    }
}

void xf_connection_close(struct xf_connection *connection)
{
    SSL *ssl = bufferevent_openssl_get_ssl(connection->stream);

    if (connection->state == XF_CONNECTION_CLOSED)
        return;
    bufferevent_disable(connection->stream, EV_READ | EV_WRITE);
    bufferevent_setcb(connection->stream, NULL, NULL, NULL, NULL);
    if (!connection->failed && connection->state != XF_CONNECTION_HANDSHAKE && connection->state != XF_CONNECTION_LINGERING) {
        SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN); /* says farewell, does not wait for one */
        SSL_shutdown(ssl);
    }
    ERR_clear_error();
    if (connection->exchange)
        connection->exchange->connection = NULL;
    xf_connection_enter(connection, XF_CONNECTION_CLOSED);
}

void xf_connection_free(struct xf_connection *connection)
{
    struct xf_exchange *exchange = connection->exchange;

    if (exchange) {
        xf_exchange_gone(exchange);
        xf_exchange_unref(exchange);
    }
    bufferevent_free(connection->stream);
    free(connection->peer.names);
    free(connection);
}

/* The peer learns that no more comes, and may still read what has been sent. */
static void linger(struct xf_connection *connection)
{
    SSL *ssl = bufferevent_openssl_get_ssl(connection->stream);

    SSL_shutdown(ssl);
    ERR_clear_error();
    shutdown(bufferevent_getfd(connection->stream), SHUT_WR);
    xf_connection_enter(connection, XF_CONNECTION_LINGERING);
    evbuffer_drain(bufferevent_get_input(connection->stream), SIZE_MAX);
}

static void flush(struct xf_connection *connection)
{
    xf_connection_enter(connection, XF_CONNECTION_FLUSHING);
    if (!evbuffer_get_length(bufferevent_get_output(connection->stream)))
        linger(connection);
}

void xf_connection_answered(struct xf_connection *connection)
{
    struct xf_exchange *exchange = connection->exchange;

    if (connection->state == XF_CONNECTION_CLOSED) /* the answer could not be written */
        return;
    /* Where the body was not read to its end, nobody knows where the next request begins. */
    if (connection->state == XF_CONNECTION_HEAD || connection->state == XF_CONNECTION_BODY)
        connection->last = true;
    connection->exchange = NULL;
    connection->admitted = false;
    exchange->connection = NULL;
    xf_exchange_unref(exchange);
    if (connection->last) {
        flush(connection);
        return;
    }
    xf_connection_enter(connection, XF_CONNECTION_IDLE);
    /* A reader too slow for its answers is found by the idle deadline: then the output is still full. */
    xf_connection_process(connection);
}

/* ---- requests ---- */

static void refuse(struct xf_connection *connection, int status, const char *detail)
{
    static const struct {
        int status;
        const char *type, *title;
    } problems[] = {
        {400, "bad-request", "The request is malformed"},   {408, "timeout", "The request took too long"},
        {413, "too-large", "The request is too large"},     {415, "unsupported-encoding", "The body's encoding is not known"},
        {417, "expectation", "The expectation is not met"}, {431, "head-too-large", "The request's head is too large"},
        {501, "unknown-method", "The method is not known"}, {503, "busy", "Too much at once"},
        {505, "version", "HTTP/1.1 is spoken here"},
    };
    size_t i = 0;

    if (!connection->exchange)
        connection->exchange = xf_exchange_create(connection->http, connection);
    if (!connection->exchange) {
        xf_connection_close(connection);
        return;
    }
    while (i + 1 < sizeof(problems) / sizeof(problems[0]) && problems[i].status != status)
        i++;
    connection->last = true;
    if (status == 415)
        xf_exchange_header(connection->exchange, "Accept-Encoding", "gzip");
    if (status == 503)
        xf_exchange_header(connection->exchange, "Retry-After", "1");
    xf_exchange_problem(connection->exchange, status, problems[i].type, problems[i].title, detail);
}

void xf_connection_expire(struct xf_connection *connection)
{
    switch (connection->state) {
    case XF_CONNECTION_HEAD:
    case XF_CONNECTION_BODY:
        refuse(connection, 408, "The request was not complete in time.");
        break;
    case XF_CONNECTION_STREAMING: { /* the server drains */
        struct xf_exchange *exchange = connection->exchange;
        void (*closed)(void *) = exchange->closed;

        xf_exchange_gone_soon(exchange);
        xf_exchange_finish(exchange);
        exchange->closed = closed;
        break;
    }
    case XF_CONNECTION_HANDSHAKE:
    case XF_CONNECTION_IDLE:
    case XF_CONNECTION_HANDLING:
    case XF_CONNECTION_FLUSHING:
    case XF_CONNECTION_LINGERING:
    case XF_CONNECTION_CLOSED:
        xf_connection_close(connection);
        break;
    }
}

/* Takes the head from the input. Returns false when there must be more, or the connection is done for. */
static bool read_head(struct xf_connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->stream);
    size_t length = evbuffer_get_length(input);
    struct xf_exchange *exchange;
    const char *bytes, *reason;
    char *head;
    ssize_t end;
    int status;

    /* Empty lines before a request are ignored (RFC 9112, 2.2). */
    if (connection->state == XF_CONNECTION_IDLE) {
        char start[2] = "";

        while (length && evbuffer_copyout(input, start, 2) == 2 && start[0] == '\r' && start[1] == '\n') {
            evbuffer_drain(input, 2);
            length -= 2;
        }
        if (!length || (length == 1 && start[0] == '\r'))
            return false;
    }
    xf_connection_enter(connection, XF_CONNECTION_HEAD);
    if (length > connection->http->limits.header_bytes + 1)
        length = connection->http->limits.header_bytes + 1;
    bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)length);
    end = bytes ? xf_head_end(bytes, length, &connection->scanned) : 0;
    if (end < 0) {
        refuse(connection, 400, "A line does not end in CR LF.");
        return false;
    }
    if (!bytes || (!end && length > connection->http->limits.header_bytes)) {
        refuse(connection, bytes ? 431 : 503,
               bytes ? "The request line and headers are larger than what is taken." : "out of memory");
        return false;
    }
    if (!end)
        return false;
    connection->scanned = 0;
    exchange = connection->exchange = xf_exchange_create(connection->http, connection);
    head = exchange ? xf_arena_copy(exchange->arena, bytes, (size_t)end) : NULL;
    if (!head) {
        refuse(connection, 503, "out of memory");
        return false;
    }
    evbuffer_drain(input, (size_t)end);
    status = xf_head_parse(head, (size_t)end, exchange->arena, &exchange->head, &reason);
    xf_exchange_fill(exchange);
    if (status) {
        refuse(connection, status, reason);
        return false;
    }
    return true;
}

/* Whether the body may come; if not, it has been answered. */
static bool admit(struct xf_connection *connection)
{
    struct xf_http *http = connection->http;
    struct xf_exchange *exchange = connection->exchange;
    const struct xf_head *head = &exchange->head;

    if (!head->chunked && !head->expect_continue && head->content_length <= ADMIT_BYTES)
        return true;
    if (http->admit && !http->admit(http->context, exchange))
        return false;
    connection->admitted = true;
    if (head->expect_continue && !evbuffer_get_length(bufferevent_get_input(connection->stream)))
        bufferevent_write(connection->stream, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    return connection->state != XF_CONNECTION_CLOSED;
}

/* 0, or 503 when all bodies together are too much. */
static int count_body(struct xf_connection *connection, const char **reason)
{
    xf_exchange_count_body(connection->exchange);
    if (connection->http->bodies <= connection->http->limits.bodies_bytes)
        return 0;
    *reason = "Too many bodies are being taken at once.";
    return 503;
}

static bool start_body(struct xf_connection *connection)
{
    struct xf_exchange *exchange = connection->exchange;
    const char *reason;
    int status = xf_body_begin(&exchange->body, &exchange->head, connection->http->limits.body_bytes, &reason);

    if (!status)
        status = count_body(connection, &reason);
    if (status) {
        refuse(connection, status, reason);
        return false;
    }
    if (!exchange->body.complete && !admit(connection))
        return false;
    if (!exchange->body.complete)
        xf_connection_enter(connection, XF_CONNECTION_BODY);
    return true;
}

/* Feeds what has come to the body. Returns false when there must be more, or the connection is done for. */
static bool read_body(struct xf_connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->stream);
    struct xf_exchange *exchange = connection->exchange;
    const char *reason;

    while (!exchange->body.complete) {
        struct evbuffer_iovec piece;
        size_t used;
        int status;

        if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1 || !piece.iov_len)
            return false;
        status = xf_body_feed(&exchange->body, piece.iov_base, piece.iov_len, &used, &reason);
        if (!status)
            status = count_body(connection, &reason);
        if (status) {
            refuse(connection, status, reason);
            return false;
        }
        evbuffer_drain(input, used);
    }
    return true;
}

static void handle(struct xf_connection *connection)
{
    struct xf_exchange *exchange = connection->exchange;

    xf_connection_enter(connection, XF_CONNECTION_HANDLING);
    if (!exchange->head.keep_alive)
        connection->last = true;
    exchange->request.body = exchange->body.bytes ? exchange->body.bytes : "";
    exchange->request.body_length = exchange->body.length;
    connection->http->handler(connection->http->context, exchange);
}

static bool is_reading(const struct xf_connection *connection)
{
    return connection->state == XF_CONNECTION_IDLE || connection->state == XF_CONNECTION_HEAD ||
           connection->state == XF_CONNECTION_BODY;
}

void xf_connection_process(struct xf_connection *connection)
{
    struct evbuffer *output = bufferevent_get_output(connection->stream);

    if (connection->processing)
        return;
    connection->processing = true;
    for (unsigned round = 0; is_reading(connection); round++) {
        if (round == ROUND_MAX) {
            bufferevent_trigger(connection->stream, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
            break;
        }
        connection->choked = evbuffer_get_length(output) > OUTPUT_MAX;
        if (connection->choked)
            break;
        if (connection->state != XF_CONNECTION_BODY && (!read_head(connection) || !start_body(connection)))
            break;
        if (!read_body(connection))
            break;
        handle(connection);
    }
    connection->processing = false;
}

/* ---- libevent ---- */

static void on_read(struct bufferevent *stream, void *context)
{
    struct xf_connection *connection = context;

    if (connection->state == XF_CONNECTION_LINGERING || connection->state == XF_CONNECTION_FLUSHING)
        evbuffer_drain(bufferevent_get_input(stream), SIZE_MAX);
    else
        xf_connection_process(connection);
}

static void on_written(struct bufferevent *stream, void *context)
{
    struct xf_connection *connection = context;

    (void)stream;
    if (connection->state == XF_CONNECTION_FLUSHING)
        linger(connection);
    else if (connection->choked)
        xf_connection_process(connection);
}

static void on_event(struct bufferevent *stream, short what, void *context)
{
    struct xf_connection *connection = context;

    if (what & BEV_EVENT_CONNECTED) {
        if (xf_tls_peer(bufferevent_openssl_get_ssl(stream), &connection->peer) != XF_OK) {
            xf_connection_close(connection);
            return;
        }
        xf_connection_enter(connection, XF_CONNECTION_IDLE);
        return;
    }
    if (connection->state == XF_CONNECTION_HANDSHAKE && (what & BEV_EVENT_ERROR)) {
        unsigned long code = bufferevent_get_openssl_error(stream);
        const char *reason = code ? ERR_reason_error_string(code) : NULL;

        xf_log(XF_LOG_DEBUG, "handshake_failed", "{s:s,s:s}", "peer", connection->address, "reason",
               reason ? reason : "the peer left");
    }
    connection->failed = (what & BEV_EVENT_ERROR) != 0;
    xf_connection_close(connection);
}

void xf_connection_open(struct xf_http *http, evutil_socket_t socket, const struct sockaddr *address)
{
    struct xf_connection *connection = calloc(1, sizeof(*connection));
    SSL *ssl = connection ? SSL_new(http->tls) : NULL;
    int one = 1;
    unsigned silence = (unsigned)http->limits.idle_ms;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence, sizeof(silence)); /* a peer that vanished ends a stream */
    if (ssl)
        connection->stream =
            bufferevent_openssl_socket_new(xf_loop_base(http->loop), socket, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (!ssl || !connection->stream) {
        xf_log(XF_LOG_WARNING, "out_of_memory", "{s:s}", "where", "accept");
        SSL_free(ssl);
        free(connection);
        evutil_closesocket(socket);
        return;
    }
    connection->http = http;
    connection->since = xf_connection_clock();
    connection->state = XF_CONNECTION_HANDSHAKE;
    connection->deadline = deadline_of(connection, connection->state);
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, connection->address, sizeof(connection->address));
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, connection->address, sizeof(connection->address));
    TAILQ_INSERT_TAIL(&http->waiting, connection, link);
    connection->list = &http->waiting;
    http->count++;
    bufferevent_setcb(connection->stream, on_read, on_written, on_event, connection);
    bufferevent_setwatermark(connection->stream, EV_READ, 0, http->limits.header_bytes + INPUT_MAX);
    bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
}
