/* SPDX-License-Identifier: Apache-2.0 */
/* One delivery by libcurl, many at a time on the delivery thread's event base; the only file of the daemon that includes curl's
 * header. Called by dispatch.c. Invariants: a socket is opened only to an address that xf_networks_allow lets through, checked
 * after resolving; no redirect and no proxy is followed; the peer is always verified; done is called once a delivery, from the
 * event loop and not from inside a call. libcurl asks for timers and sockets through two callbacks; a timer of zero is run at once
 * by whoever caused it, since a turn of the event loop in between is latency that an alert would pay. */
#include "webhook.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)64 * 1024) /* of an answer's body: it is not looked at */
#define CONNECT_TIMEOUT_MS 10000L
#define SPARE_HANDLES_MAX 64
#define MAX_AGE_S 600L /* of an idle connection: older ones are likely to be dead behind some firewall */

struct xf_webhook_delivery {
    struct xf_webhook *webhook;
    CURL *easy;
    struct curl_slist *headers;
    xf_webhook_done *done;
    void *context;
    size_t received;
    bool refused;
    char error[CURL_ERROR_SIZE];
    struct xf_webhook_delivery *next, **link; /* of those under way */
};

/* libcurl's view of a socket. */
struct watched {
    struct event *event;
    short wanted;
};

struct xf_webhook {
    struct event_base *base;
    CURLM *multi;
    CURLSH *share; /* TLS sessions, between all handles */
    X509_STORE *authorities;
    struct xf_networks *networks;
    long timeout_ms;
    struct event *timer, *finished;
    bool due_now; /* libcurl asked for a timer of zero */
    bool ended;   /* some of those under way have, and collect has not seen them */
    CURL *spare[SPARE_HANDLES_MAX];
    size_t spare_count;
    struct xf_webhook_delivery *deliveries;
    size_t delivery_count;
};

static void collect(struct xf_webhook *webhook);

/* Lets libcurl work: on a socket, or on what time brought; and on what it then wants at once. */
static void drive(struct xf_webhook *webhook, curl_socket_t socket, int mask)
{
    int running;

    curl_multi_socket_action(webhook->multi, socket, mask, &running);
    while (webhook->due_now) {
        webhook->due_now = false;
        curl_multi_socket_action(webhook->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    webhook->ended = (size_t)running < webhook->delivery_count;
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct xf_webhook *webhook = context;

    (void)fd;
    (void)what;
    drive(webhook, CURL_SOCKET_TIMEOUT, 0);
    collect(webhook);
}

static void on_finished(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    collect(context);
}

static void on_socket(evutil_socket_t fd, short what, void *context)
{
    struct xf_webhook *webhook = context;

    drive(webhook, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
    collect(webhook);
}

static int want_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct xf_webhook *webhook = context;
    struct timeval when = {timeout_ms / 1000, timeout_ms % 1000 * 1000};

    (void)multi;
    webhook->due_now = timeout_ms == 0;
    if (timeout_ms > 0)
        event_add(webhook->timer, &when);
    else
        event_del(webhook->timer);
    return 0;
}

static int want_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *of_socket)
{
    struct xf_webhook *webhook = context;
    struct watched *watched = of_socket;
    short wanted = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched)
            event_free(watched->event);
        free(watched);
        curl_multi_assign(webhook->multi, socket, NULL);
        return 0;
    }
    if (!watched) {
        watched = calloc(1, sizeof(*watched));
        if (!watched)
            return -1;
        watched->event = event_new(webhook->base, socket, (short)(wanted | EV_PERSIST), on_socket, webhook);
        if (!watched->event) {
            free(watched);
            return -1;
        }
        curl_multi_assign(webhook->multi, socket, watched);
    } else if (watched->wanted == wanted) {
        return 0;
    } else {
        event_del(watched->event);
        event_assign(watched->event, webhook->base, socket, (short)(wanted | EV_PERSIST), on_socket, webhook);
    }
    watched->wanted = wanted;
    return event_add(watched->event, NULL);
}

/* What each handle does in our way */

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct xf_webhook_delivery *delivery = context;

    (void)purpose;
    if (!xf_networks_allow(delivery->webhook->networks, &address->addr)) {
        delivery->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Before each request, on a connection that is new or kept: what a reload no longer allows gets nothing more over connections of
 * before. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    struct xf_webhook_delivery *delivery = context;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const void *address = NULL;

    (void)local;
    (void)remote_port;
    (void)local_port;
    if (inet_pton(AF_INET, remote, &v4.sin_addr) == 1)
        address = &v4;
    else if (inet_pton(AF_INET6, remote, &v6.sin6_addr) == 1)
        address = &v6;
    if (address && xf_networks_allow(delivery->webhook->networks, address))
        return CURL_PREREQFUNC_OK;
    delivery->refused = true;
    return CURL_PREREQFUNC_ABORT;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct xf_webhook_delivery *delivery = context;

    (void)bytes;
    delivery->received += size * count;
    return delivery->received <= ANSWER_MAX ? size * count : 0;
}

/* All connections verify against one store, loaded once: libcurl would parse the system's bundle again for each. */
static CURLcode use_authorities(CURL *easy, void *context, void *of_delivery)
{
    struct xf_webhook_delivery *delivery = of_delivery;

    (void)easy;
    SSL_CTX_set1_cert_store(context, delivery->webhook->authorities);
    return CURLE_OK;
}

static CURL *handle_create(struct xf_webhook *webhook)
{
    CURL *easy = curl_easy_init();
    bool ok = easy != NULL;

    ok = ok && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, use_authorities) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_SHARE, webhook->share) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, MAX_AGE_S) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                                webhook->timeout_ms < CONNECT_TIMEOUT_MS ? webhook->timeout_ms : CONNECT_TIMEOUT_MS) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, webhook->timeout_ms) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_USERAGENT, "crossflag") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK;
    if (!ok) {
        curl_easy_cleanup(easy);
        return NULL;
    }
    return easy;
}

static int add_header(struct curl_slist **list, const char *format, ...) XF_PRINTF(2, 3);
static int add_header(struct curl_slist **list, const char *format, ...)
{
    char line[768];
    struct curl_slist *longer;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    longer = length > 0 && (size_t)length < sizeof(line) ? curl_slist_append(*list, line) : NULL;
    if (!longer)
        return XF_ENOMEM;
    *list = longer;
    return XF_OK;
}

static int prepare(struct xf_webhook_delivery *delivery, const struct xf_webhook_request *request)
{
    CURL *easy = delivery->easy;

    if (add_header(&delivery->headers, "content-type: application/cloudevents+json; charset=utf-8") ||
        add_header(&delivery->headers, "webhook-id: %s", request->id) ||
        add_header(&delivery->headers, "webhook-timestamp: %lld", (long long)request->timestamp) ||
        add_header(&delivery->headers, "webhook-signature: %s", request->signature) || add_header(&delivery->headers, "accept:") ||
        add_header(&delivery->headers, "expect:"))
        return XF_ENOMEM;
    if (curl_easy_setopt(easy, CURLOPT_URL, request->url) || curl_easy_setopt(easy, CURLOPT_HTTPHEADER, delivery->headers) ||
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) ||
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length) ||
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, delivery->error) || curl_easy_setopt(easy, CURLOPT_PRIVATE, delivery) ||
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, delivery) || curl_easy_setopt(easy, CURLOPT_WRITEDATA, delivery) ||
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, delivery) || curl_easy_setopt(easy, CURLOPT_WRITEDATA, delivery) ||
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, delivery))
        return XF_ENOMEM;
    return XF_OK;
}

static void delivery_free(struct xf_webhook_delivery *delivery)
{
    struct xf_webhook *webhook = delivery->webhook;

    if (delivery->link) {
        *delivery->link = delivery->next;
        if (delivery->next)
            delivery->next->link = delivery->link;
        webhook->delivery_count--;
    }
    if (delivery->easy && webhook->spare_count < SPARE_HANDLES_MAX) {
        curl_easy_setopt(delivery->easy, CURLOPT_HTTPHEADER, NULL);
        curl_easy_setopt(delivery->easy, CURLOPT_ERRORBUFFER, NULL);
        curl_easy_setopt(delivery->easy, CURLOPT_POSTFIELDS, "");
        webhook->spare[webhook->spare_count++] = delivery->easy;
    } else if (delivery->easy) {
        curl_easy_cleanup(delivery->easy);
    }
    curl_slist_free_all(delivery->headers);
    free(delivery);
}

struct xf_webhook_delivery *xf_webhook_send(struct xf_webhook *webhook, const struct xf_webhook_request *request,
                                            xf_webhook_done *done, void *context)
{
    struct xf_webhook_delivery *delivery = calloc(1, sizeof(*delivery));

    if (!delivery)
        return NULL;
    delivery->webhook = webhook;
    delivery->done = done;
    delivery->context = context;
    delivery->easy = webhook->spare_count ? webhook->spare[--webhook->spare_count] : handle_create(webhook);
    if (!delivery->easy || prepare(delivery, request) != XF_OK ||
        curl_multi_add_handle(webhook->multi, delivery->easy) != CURLM_OK) {
        delivery_free(delivery);
        return NULL;
    }
    delivery->next = webhook->deliveries;
    delivery->link = &webhook->deliveries;
    if (delivery->next)
        delivery->next->link = &delivery->next;
    webhook->deliveries = delivery;
    webhook->delivery_count++;
    drive(webhook, CURL_SOCKET_TIMEOUT, 0);
    /* It may be over already (an address refused, a name in the cache that nobody answers at): told from the loop. */
    if (webhook->ended)
        event_active(webhook->finished, EV_TIMEOUT, 0);
    return delivery;
}

void xf_webhook_cancel(struct xf_webhook_delivery *delivery)
{
    if (!delivery)
        return;
    curl_multi_remove_handle(delivery->webhook->multi, delivery->easy);
    delivery_free(delivery);
}

/* Tells of what has ended. A callback may send or cancel, so each message is taken anew. */
static void collect(struct xf_webhook *webhook)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(webhook->multi, &left))) {
        struct xf_webhook_delivery *delivery;
        struct xf_webhook_result result = {.retry_after_s = -1};
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        long status = 0;
        curl_off_t retry_after = 0, took = 0;
        xf_webhook_done *done;
        void *context;

        if (message->msg != CURLMSG_DONE || curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&delivery) != CURLE_OK)
            continue;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
        curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took);
        /* A status that came counts, whatever became of the answer's body: 2xx said that the event was taken. */
        result.status = (int)status;
        result.took_us = took;
        result.refused = delivery->refused;
        if (retry_after > 0)
            result.retry_after_s = retry_after;
        if (delivery->refused)
            snprintf(result.error, sizeof(result.error), "the address is in a network that the configuration does not allow");
        else if (code != CURLE_OK)
            snprintf(result.error, sizeof(result.error), "%s", *delivery->error ? delivery->error : curl_easy_strerror(code));
        curl_multi_remove_handle(webhook->multi, easy);
        done = delivery->done;
        context = delivery->context;
        delivery_free(delivery);
        done(context, &result);
    }
}

/* The client */

static X509_STORE *load_authorities(const char *ca, struct xf_error *error)
{
    X509_STORE *store = X509_STORE_new();

    if (!store || !X509_STORE_set_default_paths(store)) {
        xf_error_set(error, XF_ENOMEM, "cannot load the system's certificate authorities");
        X509_STORE_free(store);
        return NULL;
    }
    /* As libcurl does with a bundle of its own: a certificate that is in the store is trusted though it be no root. */
    X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    if (ca && !X509_STORE_load_file(store, ca)) {
        xf_error_set(error, XF_EINVAL, "%s: not a PEM file of certificate authorities", ca);
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

struct xf_webhook *xf_webhook_create(struct event_base *base, const struct xf_webhook_options *options, struct xf_error *error)
{
    struct xf_webhook *webhook = calloc(1, sizeof(*webhook));
    bool ok;

    if (!webhook) {
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    webhook->base = base;
    webhook->networks = options->networks;
    webhook->timeout_ms = options->timeout_ms;
    webhook->authorities = load_authorities(options->ca, error);
    if (!webhook->authorities) {
        xf_webhook_destroy(webhook);
        return NULL;
    }
    webhook->timer = evtimer_new(base, on_timer, webhook);
    webhook->finished = event_new(base, -1, 0, on_finished, webhook);
    webhook->share = curl_share_init();
    webhook->multi = curl_multi_init();
    ok = webhook->timer && webhook->finished && webhook->share && webhook->multi;
    ok = ok && curl_share_setopt(webhook->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
    ok = ok && curl_multi_setopt(webhook->multi, CURLMOPT_SOCKETFUNCTION, want_socket) == CURLM_OK;
    ok = ok && curl_multi_setopt(webhook->multi, CURLMOPT_SOCKETDATA, webhook) == CURLM_OK;
    ok = ok && curl_multi_setopt(webhook->multi, CURLMOPT_TIMERFUNCTION, want_timer) == CURLM_OK;
    ok = ok && curl_multi_setopt(webhook->multi, CURLMOPT_TIMERDATA, webhook) == CURLM_OK;
    ok = ok && curl_multi_setopt(webhook->multi, CURLMOPT_MAXCONNECTS, (long)options->connections) == CURLM_OK;
    if (!ok) {
        xf_error_set(error, XF_ENOMEM, "out of memory");
        xf_webhook_destroy(webhook);
        return NULL;
    }
    return webhook;
}

void xf_webhook_destroy(struct xf_webhook *webhook)
{
    if (!webhook)
        return;
    while (webhook->deliveries)
        xf_webhook_cancel(webhook->deliveries);
    while (webhook->spare_count)
        curl_easy_cleanup(webhook->spare[--webhook->spare_count]);
    if (webhook->multi)
        curl_multi_cleanup(webhook->multi);
    if (webhook->share)
        curl_share_cleanup(webhook->share);
    if (webhook->timer)
        event_free(webhook->timer);
    if (webhook->finished)
        event_free(webhook->finished);
    X509_STORE_free(webhook->authorities);
    free(webhook);
}
