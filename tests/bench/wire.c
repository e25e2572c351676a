/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS for the benchmark: the connections that send records, and the endpoint that receives alerts. Called by ingest.c and
 * latency.c. Invariant: one request is under way on a connection, so that what is read after it is its answer and nothing else. */
#include "wire.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples.h"

#define MESSAGE_MAX ((size_t)64 << 20)
#define HEAD_MAX 16384

/* What was read of a message. */
struct message {
    char *bytes;
    size_t length, capacity;
    size_t head; /* length of start line and headers with the empty line */
    size_t body;
};

struct xf_wire {
    SSL *ssl;
    int fd;
    char host[64];
    struct message message;
};

struct xf_receiver {
    SSL_CTX *context;
    int fd, port;
    void (*took)(void *context, const char *body, int64_t at);
    void *argument;
};

struct visitor {
    struct xf_receiver *receiver;
    int fd;
};

/* Messages */

/* Reads some more; false at the end of the connection. */
static bool read_some(SSL *ssl, struct message *message)
{
    size_t got = 0;

    if (message->capacity - message->length < 32768) {
        message->capacity = message->capacity ? message->capacity * 2 : 65536;
        if (message->capacity > MESSAGE_MAX)
            xf_bench_die("a message is over %zu bytes", MESSAGE_MAX);
        message->bytes = realloc(message->bytes, message->capacity);
        if (!message->bytes)
            xf_bench_die("out of memory");
    }
    if (SSL_read_ex(ssl, message->bytes + message->length, message->capacity - message->length - 1, &got) != 1)
        return false;
    message->length += got;
    message->bytes[message->length] = '\0';
    return true;
}

/* The value of a header, or NULL. */
static const char *header(const struct message *message, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strstr(message->bytes, "\r\n"); line && line < message->bytes + message->head - 4;
         line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, " \t");
    }
    return NULL;
}

/* Reads a whole message. False when the connection ended before its first byte. */
static bool read_message(SSL *ssl, struct message *message)
{
    const char *end = NULL, *length;

    message->length = message->head = message->body = 0;
    while (!end) {
        if (!read_some(ssl, message)) {
            if (message->length)
                xf_bench_die("a connection ended within a message");
            return false;
        }
        end = strstr(message->bytes, "\r\n\r\n");
        if (!end && message->length > HEAD_MAX)
            xf_bench_die("a message's head is over %d bytes", HEAD_MAX);
    }
    message->head = (size_t)(end - message->bytes) + 4;
    if (header(message, "Transfer-Encoding"))
        xf_bench_die("a message comes in chunks, which this client does not read");
    length = header(message, "Content-Length");
    message->body = length ? strtoull(length, NULL, 10) : 0;
    while (message->length < message->head + message->body)
        if (!read_some(ssl, message))
            xf_bench_die("a connection ended within a message");
    if (message->length > message->head + message->body)
        xf_bench_die("a message has more bytes than it says");
    return true;
}

static void write_all(SSL *ssl, const char *bytes, size_t length)
{
    size_t written;

    if (length && SSL_write_ex(ssl, bytes, length, &written) != 1)
        xf_bench_die("a connection ended while a message was sent");
}

static void no_delay(int fd)
{
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0)
        xf_bench_die("TCP_NODELAY cannot be set");
}

/* Connections to the daemon */

SSL_CTX *xf_wire_context(const char *ca)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (!context || SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
        xf_bench_die("%s holds no authority that can be used", ca);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    return context;
}

struct xf_wire *xf_wire_open(SSL_CTX *context, const char *address)
{
    struct xf_wire *wire = calloc(1, sizeof(*wire));
    struct sockaddr_in peer = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');

    if (!wire)
        xf_bench_die("out of memory");
    if (!colon || (size_t)(colon - address) >= sizeof(wire->host))
        xf_bench_die("%s is not ADDRESS:PORT", address);
    memcpy(wire->host, address, (size_t)(colon - address));
    peer.sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, wire->host, &peer.sin_addr) != 1)
        xf_bench_die("%s is not an IPv4 address", wire->host);
    wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (wire->fd < 0 || connect(wire->fd, (struct sockaddr *)&peer, sizeof(peer)) != 0)
        xf_bench_die("cannot connect to %s", address);
    no_delay(wire->fd);
    wire->ssl = SSL_new(context);
    if (!wire->ssl || SSL_set_fd(wire->ssl, wire->fd) != 1 ||
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(wire->ssl), wire->host) != 1)
        xf_bench_die("TLS cannot be set up");
    if (SSL_connect(wire->ssl) != 1)
        xf_bench_die("TLS with %s: %s", address, X509_verify_cert_error_string(SSL_get_verify_result(wire->ssl)));
    return wire;
}

void xf_wire_ask(struct xf_wire *wire, const char *method, const char *path, const char *token, const char *type, const char *body,
                 size_t length, struct xf_answer *ret_answer)
{
    char request[4096];
    const char *retry;
    int used = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, wire->host);

    if (token)
        used += snprintf(request + used, sizeof(request) - (size_t)used, "Authorization: Bearer %s\r\n", token);
    if (type)
        used +=
            snprintf(request + used, sizeof(request) - (size_t)used, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, length);
    used += snprintf(request + used, sizeof(request) - (size_t)used, "\r\n");
    if ((size_t)used >= sizeof(request))
        xf_bench_die("a request's head is too long");
    /* A small body goes in the head's TLS record, a large one in records of its own. */
    if (length && length <= sizeof(request) - (size_t)used) {
        memcpy(request + used, body, length);
        used += (int)length;
        length = 0;
    }
    write_all(wire->ssl, request, (size_t)used);
    write_all(wire->ssl, body, length);
    if (!read_message(wire->ssl, &wire->message))
        xf_bench_die("%s %s: the daemon closed the connection", method, path);
    retry = header(&wire->message, "Retry-After");
    *ret_answer = (struct xf_answer){.status = atoi(wire->message.bytes + strcspn(wire->message.bytes, " ")),
                                     .retry_after = retry ? atoi(retry) : 0,
                                     .body = wire->message.bytes + wire->message.head,
                                     .length = wire->message.body};
}

void xf_wire_close(struct xf_wire *wire)
{
    if (!wire)
        return;
    SSL_shutdown(wire->ssl);
    SSL_free(wire->ssl);
    close(wire->fd);
    free(wire->message.bytes);
    free(wire);
}

uint64_t xf_answer_number(const struct xf_answer *answer, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = answer->body; (at = strchr(at, '"')); at++) {
        if (strncmp(at + 1, name, length) != 0 || at[length + 1] != '"')
            continue;
        at += length + 2;
        at += strspn(at, " :");
        if (isdigit((unsigned char)*at))
            return strtoull(at, NULL, 10);
    }
    xf_bench_die("an answer (status %d) has no number \"%s\": %.300s", answer->status, name, answer->body);
}

/* The webhook endpoint */

static void *serve(void *argument)
{
    static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
    struct visitor *visitor = argument;
    struct xf_receiver *receiver = visitor->receiver;
    SSL *ssl = SSL_new(receiver->context);
    struct message message = {0};

    if (!ssl || SSL_set_fd(ssl, visitor->fd) != 1)
        xf_bench_die("TLS cannot be set up");
    if (SSL_accept(ssl) == 1) {
        while (read_message(ssl, &message)) {
            receiver->took(receiver->argument, message.bytes + message.head, xf_bench_now());
            write_all(ssl, answer, sizeof(answer) - 1);
        }
    }
    SSL_free(ssl);
    close(visitor->fd);
    free(message.bytes);
    free(visitor);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct xf_receiver *receiver = argument;

    for (;;) {
        struct visitor *visitor = malloc(sizeof(*visitor));
        pthread_t thread;

        if (!visitor)
            xf_bench_die("out of memory");
        visitor->receiver = receiver;
        visitor->fd = accept4(receiver->fd, NULL, NULL, SOCK_CLOEXEC);
        if (visitor->fd < 0)
            xf_bench_die("the webhook endpoint cannot accept");
        no_delay(visitor->fd);
        if (pthread_create(&thread, NULL, serve, visitor) != 0)
            xf_bench_die("a thread cannot be started");
        pthread_detach(thread);
    }
    return NULL;
}

struct xf_receiver *xf_receiver_start(const char *certificate, const char *key,
                                      void (*took)(void *context, const char *body, int64_t at), void *context)
{
    struct xf_receiver *receiver = calloc(1, sizeof(*receiver));
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(self);
    pthread_t thread;

    if (!receiver)
        xf_bench_die("out of memory");
    receiver->took = took;
    receiver->argument = context;
    receiver->context = SSL_CTX_new(TLS_server_method());
    if (!receiver->context || SSL_CTX_use_certificate_chain_file(receiver->context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(receiver->context, key, SSL_FILETYPE_PEM) != 1)
        xf_bench_die("%s and %s are no certificate and key that can be used", certificate, key);
    receiver->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receiver->fd < 0 || bind(receiver->fd, (struct sockaddr *)&self, sizeof(self)) != 0 || listen(receiver->fd, 64) != 0 ||
        getsockname(receiver->fd, (struct sockaddr *)&self, &size) != 0)
        xf_bench_die("the webhook endpoint cannot listen");
    receiver->port = ntohs(self.sin_port);
    if (pthread_create(&thread, NULL, accept_all, receiver) != 0)
        xf_bench_die("a thread cannot be started");
    pthread_detach(thread);
    return receiver;
}

int xf_receiver_port(const struct xf_receiver *receiver)
{
    return receiver->port;
}
