/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer. connection.c makes an exchange when a head has come and hands it to the handler; the handler, or
 * whoever it gives a reference to, answers. The answer goes into the output in one piece, so that it is one TLS record and one
 * packet. An exchange outlives its connection as long as somebody holds it: then answering does nothing. Logged with the route's
 * pattern, never with the path or the query. */
#include "connection.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <http_parser.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include "log.h"

#define SPARE_ARENA_BYTES ((size_t)128 * 1024) /* a larger one is not kept */
#define REQUEST_ID_MAX 64

static int64_t microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct xf_arena *take_arena(struct xf_http *http)
{
    return http->spare_count ? http->spare[--http->spare_count] : xf_arena_create();
}

static void give_arena(struct xf_http *http, struct xf_arena *arena)
{
    if (!http || http->spare_count == sizeof(http->spare) / sizeof(http->spare[0]) || xf_arena_size(arena) > SPARE_ARENA_BYTES) {
        xf_arena_destroy(arena);
        return;
    }
    xf_arena_reset(arena);
    http->spare[http->spare_count++] = arena;
}

struct xf_exchange *xf_exchange_create(struct xf_http *http, struct xf_connection *connection)
{
    struct xf_exchange *exchange = calloc(1, sizeof(*exchange));

    if (!exchange)
        return NULL;
    exchange->arena = take_arena(http);
    if (!exchange->arena) {
        free(exchange);
        return NULL;
    }
    exchange->http = http;
    exchange->connection = connection;
    exchange->references = 1;
    exchange->started = microseconds();
    exchange->label = "";
    TAILQ_INSERT_TAIL(&http->exchanges, exchange, link);
    return exchange;
}

struct xf_exchange *xf_exchange_ref(struct xf_exchange *exchange)
{
    exchange->references++;
    return exchange;
}

void xf_exchange_unref(struct xf_exchange *exchange)
{
    assert(exchange->references > 0);
    if (--exchange->references)
        return;
    while (exchange->attachments) {
        struct xf_attachment *attachment = exchange->attachments;

        exchange->attachments = attachment->next;
        attachment->release(attachment->object);
    }
    if (exchange->http) {
        TAILQ_REMOVE(&exchange->http->exchanges, exchange, link);
        exchange->http->bodies -= exchange->body_counted;
    }
    /* The arena goes on to other requests: no credentials in it. */
    for (size_t i = 0; i < exchange->head.header_count; i++) {
        if (!strcasecmp(exchange->head.headers[i].name, "Authorization"))
            OPENSSL_cleanse((char *)exchange->head.headers[i].value, strlen(exchange->head.headers[i].value));
    }
    xf_body_end(&exchange->body);
    give_arena(exchange->http, exchange->arena);
    free(exchange);
}

void xf_exchange_count_body(struct xf_exchange *exchange)
{
    exchange->http->bodies += exchange->body.capacity - exchange->body_counted;
    exchange->body_counted = exchange->body.capacity;
}

void xf_exchange_attach(struct xf_exchange *exchange, void *object, void (*release)(void *object))
{
    struct xf_attachment *attachment = xf_arena_alloc(exchange->arena, sizeof(*attachment));

    if (!attachment) {
        xf_log(XF_LOG_ERROR, "out_of_memory", "{s:s}", "where", "exchange");
        abort(); /* the object could be freed neither now, since the caller uses it, nor later */
    }
    *attachment = (struct xf_attachment){object, release, exchange->attachments};
    exchange->attachments = attachment;
}

bool xf_exchange_alive(const struct xf_exchange *exchange)
{
    return exchange->connection != NULL;
}

void xf_exchange_label(struct xf_exchange *exchange, const char *label)
{
    exchange->label = label;
}

const char *xf_exchange_labelled(const struct xf_exchange *exchange)
{
    return exchange->label;
}

/* ---- the request ---- */

static bool is_sane_id(const char *id)
{
    size_t length = id ? strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") : 0;

    return length && length <= REQUEST_ID_MAX && !id[length];
}

static const char *request_id(struct xf_exchange *exchange)
{
    const char *given = xf_head_header(&exchange->head, "X-Request-Id");
    char *fresh;

    if (is_sane_id(given))
        return given;
    fresh = xf_arena_alloc(exchange->arena, 40);
    if (!fresh)
        return "none";
    snprintf(fresh, 40, "%016llx-%llx", (unsigned long long)exchange->http->prefix, (unsigned long long)++exchange->http->serial);
    return fresh;
}

/* The names outlive the connection, and end with the certificate. */
static const char *const *peer_names(struct xf_exchange *exchange)
{
    static const char *const none[] = {NULL};
    const struct xf_tls_peer *peer = &exchange->connection->peer;
    const char **names;
    size_t count = 0;

    if (!peer->names || (int64_t)time(NULL) > peer->expires)
        return none;
    while (peer->names[count])
        count++;
    names = xf_arena_alloc(exchange->arena, (count + 1) * sizeof(*names));
    for (size_t i = 0; names && i < count; i++) {
        names[i] = xf_arena_copy(exchange->arena, peer->names[i], strlen(peer->names[i]));
        if (!names[i])
            return none;
    }
    return names ? names : none;
}

void xf_exchange_fill(struct xf_exchange *exchange)
{
    struct xf_request *request = &exchange->request;

    if (request->id)
        return;
    request->arena = exchange->arena;
    request->id = request_id(exchange);
    request->method = exchange->head.method ? exchange->head.method : "";
    request->path = exchange->head.path ? exchange->head.path : "";
    request->target = exchange->head.target ? exchange->head.target : "";
    request->query = exchange->head.query ? exchange->head.query : "";
    request->peer_names = peer_names(exchange);
    request->peer_address = xf_arena_copy(exchange->arena, exchange->connection->address, strlen(exchange->connection->address));
    request->body = "";
}

const struct xf_request *xf_exchange_request(const struct xf_exchange *exchange)
{
    return &exchange->request;
}

const char *xf_request_header(const struct xf_exchange *exchange, const char *name)
{
    return xf_head_header(&exchange->head, name);
}

const char *xf_request_parameter(const struct xf_exchange *exchange, const char *name)
{
    return xf_head_parameter(&exchange->head, name, exchange->arena);
}

/* ---- the answer ---- */

void xf_exchange_header(struct xf_exchange *exchange, const char *name, const char *value)
{
    char *copy = xf_arena_copy(exchange->arena, value, strlen(value));
    char *name_copy = xf_arena_copy(exchange->arena, name, strlen(name));
    size_t at = 0;

    if (!copy || !name_copy)
        return; /* the answer goes without it */
    /* A line's end in a value would begin a header of its own. */
    for (char *byte = copy; *byte; byte++) {
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = ' ';
    }
    while (at < exchange->header_count && strcasecmp(exchange->headers[at].name, name))
        at++;
    assert(at < XF_EXCHANGE_HEADERS_MAX);
    exchange->headers[at] = (struct xf_header){name_copy, copy};
    if (at == exchange->header_count)
        exchange->header_count++;
}

static bool has_header(const struct xf_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (!strcasecmp(exchange->headers[i].name, name))
            return true;
    }
    return false;
}

static const char *date(struct xf_http *http)
{
    time_t now = time(NULL);

    if ((int64_t)now != http->date_second) {
        struct tm tm;

        gmtime_r(&now, &tm);
        strftime(http->date, sizeof(http->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        http->date_second = (int64_t)now;
    }
    return http->date;
}

/* A text that grows by appending into a block whose size was reckoned before. */
struct writing {
    char *at, *end;
};

static void put(struct writing *writing, const char *text)
{
    size_t length = strlen(text);

    assert(length <= (size_t)(writing->end - writing->at));
    memcpy(writing->at, text, length);
    writing->at += length;
}

static void put_header(struct writing *writing, const char *name, const char *value)
{
    put(writing, name);
    put(writing, ": ");
    put(writing, value);
    put(writing, "\r\n");
}

/* More than enough for a head. */
static size_t head_size(const struct xf_exchange *exchange, const char *content_type)
{
    size_t size = 512 + REQUEST_ID_MAX + (content_type ? strlen(content_type) : 0);

    for (size_t i = 0; i < exchange->header_count; i++)
        size += strlen(exchange->headers[i].name) + strlen(exchange->headers[i].value) + 4;
    return size;
}

/* length < 0: the body's end is not known yet. */
static void put_head(struct writing *writing, struct xf_exchange *exchange, int status, const char *content_type, int64_t length)
{
    const struct xf_connection *connection = exchange->connection;
    char number[32];

    snprintf(number, sizeof(number), "HTTP/1.1 %d ", status);
    put(writing, number);
    put(writing, http_status_str((enum http_status)status));
    put(writing, "\r\n");
    put_header(writing, "Date", date(exchange->http));
    put_header(writing, "X-Request-Id", exchange->request.id);
    if (content_type)
        put_header(writing, "Content-Type", content_type);
    if (length >= 0 && status != 204 && status != 304) {
        snprintf(number, sizeof(number), "%lld", (long long)length);
        put_header(writing, "Content-Length", number);
    }
    if (exchange->chunked)
        put_header(writing, "Transfer-Encoding", "chunked");
    for (size_t i = 0; i < exchange->header_count; i++)
        put_header(writing, exchange->headers[i].name, exchange->headers[i].value);
    if (!has_header(exchange, "Cache-Control"))
        put_header(writing, "Cache-Control", "no-store");
    if (!has_header(exchange, "X-Content-Type-Options"))
        put_header(writing, "X-Content-Type-Options", "nosniff");
    put_header(writing, "Strict-Transport-Security", "max-age=31536000");
    if (connection->last || connection->state == XF_CONNECTION_BODY || connection->state == XF_CONNECTION_HEAD)
        put_header(writing, "Connection", "close");
    else if (exchange->head.old)
        put_header(writing, "Connection", "keep-alive");
    put(writing, "\r\n");
}

static void note(struct xf_exchange *exchange, int status)
{
    int64_t took = microseconds() - exchange->started;

    xf_log(status >= 500 ? XF_LOG_WARNING : XF_LOG_DEBUG, "request", "{s:s,s:s,s:s,s:i,s:I,s:s}", "id", exchange->request.id,
           "method", exchange->request.method, "route", exchange->label, "status", status, "us", (json_int_t)took, "peer",
           exchange->request.peer_address ? exchange->request.peer_address : "");
    if (exchange->http->answered)
        exchange->http->answered(exchange->http->context, exchange, status, took);
}

void xf_exchange_reply(struct xf_exchange *exchange, int status, const char *content_type, const void *body, size_t length)
{
    struct xf_connection *connection = exchange->connection;
    bool bodiless = status == 204 || status == 304 || !strcmp(exchange->request.method ? exchange->request.method : "", "HEAD");
    struct evbuffer *output;
    struct evbuffer_iovec space;
    struct writing writing;
    size_t size;

    assert(!exchange->answered);
    exchange->answered = true;
    if (!connection)
        return;
    xf_exchange_fill(exchange);
    note(exchange, status);
    size = head_size(exchange, content_type) + (bodiless ? 0 : length);
    output = bufferevent_get_output(connection->stream);
    if (evbuffer_reserve_space(output, (ev_ssize_t)size, &space, 1) < 1) {
        xf_connection_close(connection);
        return;
    }
    writing = (struct writing){space.iov_base, (char *)space.iov_base + space.iov_len};
    put_head(&writing, exchange, status, content_type, (int64_t)length);
    if (!bodiless && length) {
        memcpy(writing.at, body, length);
        writing.at += length;
    }
    space.iov_len = (size_t)(writing.at - (char *)space.iov_base);
    evbuffer_commit_space(output, &space, 1);
    xf_connection_answered(connection);
}

void xf_exchange_problem(struct xf_exchange *exchange, int status, const char *type, const char *title, const char *detail)
{
    char body[768];
    int length;

    if (exchange->connection)
        xf_exchange_fill(exchange);
    length = snprintf(body, sizeof(body),
                      "{\"type\":\"https://crossflag.uk/problems/%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\","
                      "\"instance\":\"urn:crossflag:request:%s\",\"errors\":[]}",
                      type, title, status, detail, exchange->request.id ? exchange->request.id : "");
    assert(length > 0 && (size_t)length < sizeof(body));
    xf_exchange_reply(exchange, status, "application/problem+json", body, (size_t)length);
}

/* ---- streams ---- */

void xf_exchange_gone(struct xf_exchange *exchange)
{
    void (*closed)(void *) = exchange->closed;

    exchange->closed = NULL;
    if (closed)
        closed(exchange->closed_context);
}

static void stream_gone(void *argument)
{
    xf_exchange_gone(argument);
    xf_exchange_unref(argument);
}

void xf_exchange_gone_soon(struct xf_exchange *exchange)
{
    xf_loop_post(exchange->http->loop, stream_gone, xf_exchange_ref(exchange));
}

void xf_exchange_stream(struct xf_exchange *exchange, const char *content_type, void (*closed)(void *context), void *context)
{
    struct xf_connection *connection = exchange->connection;
    struct evbuffer_iovec space;
    struct evbuffer *output;
    struct writing writing;

    assert(!exchange->answered);
    exchange->answered = true;
    exchange->closed = closed;
    exchange->closed_context = context;
    if (!connection) { /* the peer left before: nothing else would say so */
        if (exchange->http)
            xf_exchange_gone_soon(exchange);
        return;
    }
    exchange->chunked = !exchange->head.old;
    connection->last |= exchange->head.old;
    note(exchange, 200);
    output = bufferevent_get_output(connection->stream);
    if (evbuffer_reserve_space(output, (ev_ssize_t)head_size(exchange, content_type), &space, 1) < 1) {
        xf_connection_close(connection);
        return;
    }
    writing = (struct writing){space.iov_base, (char *)space.iov_base + space.iov_len};
    put_head(&writing, exchange, 200, content_type, -1);
    space.iov_len = (size_t)(writing.at - (char *)space.iov_base);
    evbuffer_commit_space(output, &space, 1);
    xf_connection_enter(connection, XF_CONNECTION_STREAMING);
}

void xf_exchange_write(struct xf_exchange *exchange, const void *bytes, size_t length)
{
    struct xf_connection *connection = exchange->connection;
    struct evbuffer_iovec space;
    struct evbuffer *output;
    char *at;

    if (!connection || !length || !strcmp(exchange->request.method, "HEAD"))
        return;
    output = bufferevent_get_output(connection->stream);
    if (evbuffer_get_length(output) + length > exchange->http->limits.stream_bytes ||
        evbuffer_reserve_space(output, (ev_ssize_t)length + 32, &space, 1) < 1) {
        xf_log(XF_LOG_INFO, "stream_too_slow", "{s:s,s:I}", "id", exchange->request.id, "unsent",
               (json_int_t)evbuffer_get_length(output));
        xf_connection_close(connection);
        return;
    }
    at = space.iov_base;
    if (exchange->chunked)
        at += sprintf(at, "%zx\r\n", length);
    memcpy(at, bytes, length);
    at += length;
    if (exchange->chunked) {
        memcpy(at, "\r\n", 2);
        at += 2;
    }
    space.iov_len = (size_t)(at - (char *)space.iov_base);
    evbuffer_commit_space(output, &space, 1);
}

size_t xf_exchange_pending(const struct xf_exchange *exchange)
{
    return exchange->connection ? evbuffer_get_length(bufferevent_get_output(exchange->connection->stream)) : 0;
}

void xf_exchange_finish(struct xf_exchange *exchange)
{
    struct xf_connection *connection = exchange->connection;

    exchange->closed = NULL;
    if (!connection)
        return;
    if (exchange->chunked && strcmp(exchange->request.method, "HEAD"))
        bufferevent_write(connection->stream, "0\r\n\r\n", 5);
    xf_connection_answered(connection);
}
