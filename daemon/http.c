/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTPS server: listens, accepts, bounds the number of connections, watches their deadlines, drains. main.c makes it. A
 * connection lies in exactly one of three lists: waiting (no request in work), busy, closed (freed on the loop's next turn, since
 * libevent may still report events of it).
 *
 * When there are as many connections as may be, a new one takes the place of the one that has waited longest, if that has had its
 * chance; only when all are busy does accepting stop. So a crowd of slow or silent peers costs them their own places, not a
 * partner's. */
#include "connection.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <jansson.h>
#include <openssl/rand.h>

#include "log.h"

#define SWEEP_MS 100   /* how exact deadlines are */
#define CHANCE_MS 1000 /* before this a waiting connection is not turned away for another */
#define BACKLOG 1024
#define SPARE_FILES 128 /* descriptors for the database, files, webhooks */

/* The one to turn away for a new one, or NULL: not one that is still being sent an answer. */
static struct xf_connection *evictable(struct xf_http *http, int64_t now)
{
    struct xf_connection *oldest = TAILQ_FIRST(&http->waiting);

    for (int look = 0; look < 16 && oldest && now - oldest->since >= CHANCE_MS; look++) {
        if (!evbuffer_get_length(bufferevent_get_output(oldest->stream)))
            return oldest;
        oldest = TAILQ_NEXT(oldest, link);
    }
    return NULL;
}

static void accept_when_possible(struct xf_http *http)
{
    bool wanted = http->listener && (http->count < http->limits.connections || evictable(http, xf_connection_clock()));

    if (!http->listener || wanted == http->accepting)
        return;
    http->accepting = wanted;
    if (wanted)
        evconnlistener_enable(http->listener);
    else
        evconnlistener_disable(http->listener);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t socket, struct sockaddr *address, int length, void *context)
{
    struct xf_http *http = context;

    (void)listener;
    (void)length;
    if (http->count >= http->limits.connections) {
        struct xf_connection *oldest = evictable(http, xf_connection_clock());

        if (oldest)
            xf_connection_close(oldest);
    }
    xf_connection_open(http, socket, address);
    accept_when_possible(http);
}

/* Out of descriptors or memory: the sweep tries again. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    struct xf_http *http = context;
    struct xf_connection *oldest = evictable(http, xf_connection_clock());
    int code = EVUTIL_SOCKET_ERROR();

    xf_log(XF_LOG_WARNING, "accept_failed", "{s:s,s:i}", "error", evutil_socket_error_to_string(code), "connections",
           (int)http->count);
    evconnlistener_disable(listener);
    http->accepting = false;
    if (oldest)
        xf_connection_close(oldest);
}

static void sweep_list(struct xf_connections *list, int64_t now)
{
    struct xf_connection *connection, *next;

    for (connection = TAILQ_FIRST(list); connection; connection = next) {
        next = TAILQ_NEXT(connection, link);
        if (connection->deadline <= now)
            xf_connection_expire(connection);
    }
}

static void on_sweep(evutil_socket_t fd, short what, void *context)
{
    struct xf_http *http = context;
    int64_t now = xf_connection_clock();

    (void)fd;
    (void)what;
    /* What expires may be answered (408) and so move to the end of busy, which is swept second: it has a fresh deadline then. */
    sweep_list(&http->waiting, now);
    sweep_list(&http->busy, now);
    accept_when_possible(http);
}

static void on_reap(evutil_socket_t fd, short what, void *context)
{
    struct xf_http *http = context;
    struct xf_connection *connection;

    (void)fd;
    (void)what;
    while ((connection = TAILQ_FIRST(&http->closed))) {
        TAILQ_REMOVE(&http->closed, connection, link);
        xf_connection_free(connection);
    }
    accept_when_possible(http);
    if (!http->listener && !http->count && http->drained) {
        void (*drained)(void *) = http->drained;

        http->drained = NULL;
        drained(http->drained_context);
    }
}

/* As many descriptors as connections need, if that may be had. */
static void raise_files(const struct xf_http_limits *limits)
{
    struct rlimit files;
    rlim_t wanted = (rlim_t)limits->connections + SPARE_FILES;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= wanted)
        return;
    files.rlim_cur = files.rlim_max == RLIM_INFINITY || files.rlim_max >= wanted ? wanted : files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur < wanted)
        xf_log(XF_LOG_WARNING, "few_descriptors", "{s:I,s:I}", "have", (json_int_t)files.rlim_cur, "want", (json_int_t)wanted);
}

static char *copy(const char *text, bool *failed)
{
    char *result = text ? strdup(text) : NULL;

    *failed |= text && !result;
    return result;
}

/* "address:port", "[address]:port"; port 0 is any free one, which libevent's own parser refuses. */
static bool parse_listen(const char *listen, struct sockaddr_storage *ret, int *ret_size)
{
    const char *colon = strrchr(listen, ':');
    char host[64];
    char *rest;
    unsigned long port = colon ? strtoul(colon + 1, &rest, 10) : 65536;

    if (port > 65535 || !colon[1] || *rest || (size_t)(colon - listen) >= sizeof(host))
        return false;
    memcpy(host, listen, (size_t)(colon - listen));
    host[colon - listen] = '\0';
    if (evutil_parse_sockaddr_port(host, (struct sockaddr *)ret, ret_size) < 0)
        return false;
    if (ret->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)ret)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)ret)->sin_port = htons((uint16_t)port);
    return true;
}

/* Sockets, events; XF_OK or the reason in *error. */
static int start(struct xf_http *http, const char *listen, struct xf_error *error)
{
    static const struct timeval sweep = {.tv_usec = SWEEP_MS * 1000};
    struct event_base *base = xf_loop_base(http->loop);
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    int size = sizeof(address);

    if (!parse_listen(listen, &address, &size))
        return xf_error_set(error, XF_EINVAL, "listen: %s is not an address and a port", listen);
    if (RAND_bytes((unsigned char *)&http->prefix, sizeof(http->prefix)) != 1)
        return xf_error_set(error, XF_EIO, "no randomness");
    http->sweep = event_new(base, -1, EV_PERSIST, on_sweep, http);
    http->reap = event_new(base, -1, 0, on_reap, http);
    if (!http->sweep || !http->reap || event_add(http->sweep, &sweep) < 0)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    http->listener =
        evconnlistener_new_bind(base, on_accept, http, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
                                (struct sockaddr *)&address, size);
    if (!http->listener)
        return xf_error_set(error, XF_EIO, "listen: %s: %s", listen, strerror(errno));
    evconnlistener_set_error_cb(http->listener, on_accept_error);
    http->accepting = true;
    if (getsockname(evconnlistener_get_fd(http->listener), (struct sockaddr *)&address, &length) < 0)
        return xf_error_set(error, XF_EIO, "listen: %s: %s", listen, strerror(errno));
    http->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                     : ((struct sockaddr_in *)&address)->sin_port);
    return XF_OK;
}

struct xf_http *xf_http_create(struct xf_loop *loop, const char *listen, const char *certificate, const char *key,
                               const char *client_ca, const struct xf_http_limits *limits, xf_http_handler *handler, void *context,
                               struct xf_error *error)
{
    struct xf_http *http = calloc(1, sizeof(*http));
    bool failed = false;

    if (!http) {
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    http->loop = loop;
    http->limits = *limits;
    if (!http->limits.bodies_bytes)
        http->limits.bodies_bytes = 16 * limits->body_bytes;
    http->handler = handler;
    http->context = context;
    TAILQ_INIT(&http->waiting);
    TAILQ_INIT(&http->busy);
    TAILQ_INIT(&http->closed);
    TAILQ_INIT(&http->exchanges);
    http->certificate = copy(certificate, &failed);
    http->key = copy(key, &failed);
    http->client_ca = copy(client_ca, &failed);
    if (failed) {
        xf_error_set(error, XF_ENOMEM, "out of memory");
        goto broken;
    }
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(2): a peer that left must not end the daemon */
    raise_files(limits);
    http->tls = xf_tls_context(certificate, key, client_ca, error);
    if (!http->tls || start(http, listen, error) != XF_OK)
        goto broken;
    return http;

broken:
    xf_http_destroy(http);
    return NULL;
}

void xf_http_watch(struct xf_http *http, bool (*admit)(void *context, struct xf_exchange *exchange),
                   void (*answered)(void *context, const struct xf_exchange *exchange, int status, int64_t microseconds))
{
    http->admit = admit;
    http->answered = answered;
}

int xf_http_reload_tls(struct xf_http *http, struct xf_error *error)
{
    SSL_CTX *tls = xf_tls_context(http->certificate, http->key, http->client_ca, error);

    if (!tls)
        return XF_EINVAL;
    SSL_CTX_free(http->tls); /* connections hold references of their own */
    http->tls = tls;
    return XF_OK;
}

void xf_http_drain(struct xf_http *http, void (*done)(void *), void *context)
{
    struct xf_connection *connection, *next;

    if (http->listener)
        evconnlistener_free(http->listener);
    http->listener = NULL;
    http->drained = done;
    http->drained_context = context;
    for (connection = TAILQ_FIRST(&http->waiting); connection; connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection->last = true;
        if (connection->state == XF_CONNECTION_IDLE || connection->state == XF_CONNECTION_HANDSHAKE)
            xf_connection_close(connection);
    }
    for (connection = TAILQ_FIRST(&http->busy); connection; connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection->last = true;
        if (connection->state == XF_CONNECTION_STREAMING)
            xf_connection_expire(connection);
    }
    event_active(http->reap, 0, 0);
}

static void close_all(struct xf_connections *list)
{
    struct xf_connection *connection;

    while ((connection = TAILQ_FIRST(list)))
        xf_connection_close(connection);
}

void xf_http_destroy(struct xf_http *http)
{
    struct xf_exchange *exchange;

    if (!http)
        return;
    http->drained = NULL;
    close_all(&http->waiting);
    close_all(&http->busy);
    if (http->listener)
        evconnlistener_free(http->listener);
    http->listener = NULL;
    on_reap(-1, 0, http);
    /* Handlers may still hold some. */
    TAILQ_FOREACH(exchange, &http->exchanges, link)
    exchange->http = NULL;
    if (http->sweep)
        event_free(http->sweep);
    if (http->reap)
        event_free(http->reap);
    while (http->spare_count)
        xf_arena_destroy(http->spare[--http->spare_count]);
    SSL_CTX_free(http->tls);
    free(http->certificate);
    free(http->key);
    free(http->client_ca);
    free(http);
}

unsigned xf_http_port(const struct xf_http *http)
{
    return http->port;
}

unsigned xf_http_connections(const struct xf_http *http)
{
    return http->count;
}

size_t xf_http_bodies(const struct xf_http *http)
{
    return http->bodies;
}
