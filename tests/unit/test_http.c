/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTPS server, spoken to over real TLS on loopback by a client that sends exact bytes: framing by the letter, limits,
 * deadlines, certificates, streams. The server's loop runs on a thread of its own; the tests are its peers. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <zlib.h>

#include "../../daemon/body.h"
#include "../../daemon/http.h"
#include "../../daemon/log.h"
#include "https.h"

#define BODY_MAX ((size_t)200000)
#define HEADER_MAX ((size_t)4096)

static struct {
    char directory[64], certificate[96], key[96], client_ca[96];
    struct identity authority, server, client, expired, foreign_authority, foreign;
    struct xf_loop *loop;
    struct xf_http *http;
    pthread_t thread;
    unsigned port;
    /* Of handlers: the loop's thread's, read by tests after an answer. */
    struct xf_exchange *streamed;
    atomic_int closed, released, admitted;
} world;

/* ---- the handler ---- */

static void later(void *argument)
{
    struct xf_exchange *exchange = argument;

    xf_exchange_reply(exchange, 200, "text/plain", "later", 5);
    xf_exchange_unref(exchange);
}

static void stream_closed(void *context)
{
    (void)context;
    world.closed++;
    xf_exchange_unref(world.streamed);
    world.streamed = NULL;
}

static void release(void *object)
{
    (void)object;
    world.released++;
}

static void reply_text(struct xf_exchange *exchange, const char *text)
{
    xf_exchange_reply(exchange, 200, "text/plain", text, strlen(text));
}

static void stream(struct xf_exchange *exchange)
{
    const char *lines = xf_request_parameter(exchange, "lines");

    world.streamed = xf_exchange_ref(exchange);
    xf_exchange_stream(exchange, "text/event-stream", stream_closed, NULL);
    for (long i = lines ? strtol(lines, NULL, 10) : 3; i > 0; i--)
        xf_exchange_write(exchange, "data: x\n\n", 9);
    if (xf_request_parameter(exchange, "finish") && world.streamed) {
        world.streamed = NULL;
        xf_exchange_finish(exchange);
        xf_exchange_unref(exchange);
    }
}

static void handle(void *context, struct xf_exchange *exchange)
{
    const struct xf_request *request = xf_exchange_request(exchange);
    const char *const *names = request->peer_names;
    char text[512];

    (void)context;
    xf_exchange_label(exchange, "/test");
    if (!strcmp(request->path, "/echo")) {
        xf_exchange_reply(exchange, 200, "application/octet-stream", request->body, request->body_length);
    } else if (!strcmp(request->path, "/length")) {
        snprintf(text, sizeof(text), "%zu", request->body_length);
        reply_text(exchange, text);
    } else if (!strcmp(request->path, "/later")) {
        xf_loop_post(world.loop, later, xf_exchange_ref(exchange));
    } else if (!strcmp(request->path, "/never")) {
        xf_exchange_attach(exchange, exchange, release);
    } else if (!strcmp(request->path, "/names")) {
        snprintf(text, sizeof(text), "%s %s", names[0] ? names[0] : "none", names[0] && names[1] ? names[1] : "none");
        reply_text(exchange, text);
    } else if (!strcmp(request->path, "/parameter")) {
        const char *value = xf_request_parameter(exchange, "q s");

        reply_text(exchange, value ? value : "(absent)");
    } else if (!strcmp(request->path, "/header")) {
        xf_exchange_header(exchange, "X-Test", "one");
        xf_exchange_header(exchange, "X-Test", "two\r\nX-Evil: 1");
        reply_text(exchange, "");
    } else if (!strcmp(request->path, "/empty")) {
        xf_exchange_reply(exchange, 204, NULL, NULL, 0);
    } else if (!strcmp(request->path, "/stream")) {
        stream(exchange);
    } else {
        reply_text(exchange, request->path);
    }
}

static bool admit(void *context, struct xf_exchange *exchange)
{
    (void)context;
    world.admitted++;
    if (strcmp(xf_exchange_request(exchange)->path, "/forbidden"))
        return true;
    xf_exchange_problem(exchange, 403, "forbidden", "Forbidden", "Not for you.");
    return false;
}

/* ---- the world ---- */

static struct xf_http_limits small_limits(void)
{
    return (struct xf_http_limits){.connections = 8,
                                   .header_bytes = HEADER_MAX,
                                   .body_bytes = BODY_MAX,
                                   .idle_ms = 700,
                                   .request_ms = 700,
                                   .stream_bytes = 100000};
}

static void *run(void *loop)
{
    xf_loop_run(loop);
    return NULL;
}

static void stop(void *loop)
{
    xf_loop_stop(loop);
}

static int start_with(const struct xf_http_limits *limits)
{
    struct xf_error error = {0};

    world.loop = xf_loop_create();
    assert_non_null(world.loop);
    world.http =
        xf_http_create(world.loop, "127.0.0.1:0", world.certificate, world.key, world.client_ca, limits, handle, NULL, &error);
    if (!world.http)
        fail_msg("%s", error.text);
    xf_http_watch(world.http, admit, NULL);
    world.port = xf_http_port(world.http);
    world.closed = world.released = world.admitted = 0;
    return pthread_create(&world.thread, NULL, run, world.loop);
}

static int start(void **state)
{
    struct xf_http_limits limits = small_limits();

    (void)state;
    return start_with(&limits);
}

static int end(void **state)
{
    (void)state;
    xf_loop_post(world.loop, stop, world.loop);
    pthread_join(world.thread, NULL);
    xf_http_destroy(world.http);
    xf_loop_destroy(world.loop);
    world.http = NULL;
    return 0;
}

static int make_world(void **state)
{
    (void)state;
    xf_log_set_level(XF_LOG_ERROR);
    snprintf(world.directory, sizeof(world.directory), "/tmp/crossflag-http-XXXXXX");
    assert_non_null(mkdtemp(world.directory));
    snprintf(world.certificate, sizeof(world.certificate), "%s/server.pem", world.directory);
    snprintf(world.key, sizeof(world.key), "%s/server.key", world.directory);
    snprintf(world.client_ca, sizeof(world.client_ca), "%s/ca.pem", world.directory);
    world.authority = make_identity(NULL, "authority", NULL, -60, 3600);
    world.server = make_identity(&world.authority, "server", "IP:127.0.0.1,DNS:localhost", -60, 3600);
    world.client =
        make_identity(&world.authority, "not-the-name", "URI:urn:partner:1,DNS:partner.example,email:a@b.example", -60, 3600);
    world.expired = make_identity(&world.authority, "expired", "URI:urn:partner:1", -7200, -3600);
    world.foreign_authority = make_identity(NULL, "foreign", NULL, -60, 3600);
    world.foreign = make_identity(&world.foreign_authority, "client", "URI:urn:partner:1", -60, 3600);
    write_certificate(world.certificate, &world.server);
    write_certificate(world.client_ca, &world.authority);
    write_key(world.key, &world.server, 0600);
    return 0;
}

static int end_world(void **state)
{
    (void)state;
    unlink(world.certificate);
    unlink(world.key);
    unlink(world.client_ca);
    rmdir(world.directory);
    free_identity(&world.authority);
    free_identity(&world.server);
    free_identity(&world.client);
    free_identity(&world.expired);
    free_identity(&world.foreign_authority);
    free_identity(&world.foreign);
    return 0;
}

static struct client *dial(const struct identity *identity)
{
    struct client *client = malloc(sizeof(*client));

    assert_non_null(client);
    if (!client_try(client, world.port, &world.authority, identity, 0))
        fail_msg("no TLS connection");
    return client;
}

static void hang_up(struct client *client)
{
    client_close(client);
    free(client);
}

static void send_text(struct client *client, const char *text)
{
    client_send(client, text, strlen(text));
}

static void expect(struct client *client, int status, const char *body)
{
    struct answer answer;

    if (!client_read(client, &answer, false))
        fail_msg("no answer; %d was expected", status);
    if (answer.status != status)
        fail_msg("%d instead of %d: %s", answer.status, status, answer.body);
    if (body)
        assert_string_equal(answer.body, body);
    free(answer.body);
}

/* ---- framing ---- */

#define HOST "Host: localhost\r\n"

/* What is sent, in one go and byte by byte, and the statuses that come back in order; ends: then the server closes. */
static const struct exact {
    const char *name, *request;
    int statuses[4];
    bool ends;
} exacts[] = {
    {"plain", "GET / HTTP/1.1\r\n" HOST "\r\n", {200}, false},
    {"empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", {200}, false},
    {"pipelined",
     "GET /a HTTP/1.1\r\n" HOST "\r\nGET /later HTTP/1.1\r\n" HOST "\r\nGET /c HTTP/1.1\r\n" HOST "\r\n",
     {200, 200, 200},
     false},
    {"pipelined bodies",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhiPOST /echo HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n2\r\nho\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
     {200, 200, 200},
     false},
    {"connection: close", "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", {200}, true},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", {200}, true},
    {"HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", {200, 200}, true},
    {"absolute form", "GET https://localhost/x HTTP/1.1\r\n" HOST "\r\n", {200}, false},
    {"expect", "POST /length HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", {200}, false},
    {"chunk extension and trailer",
     "POST /length HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n",
     {200},
     false},
    {"chunk of many digits",
     "POST /length HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n000003\r\nabc\r\n0\r\n\r\n",
     {200},
     false},
    {"identity", "POST /length HTTP/1.1\r\n" HOST "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\na", {200}, false},

    {"bare LF", "GET / HTTP/1.1\n" HOST "\r\n", {400}, true},
    {"bare LF later", "GET / HTTP/1.1\r\nHost: x\n\n", {400}, true},
    {"bare CR in a value", "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", {400}, true},
    {"folded line", "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", {400}, true},
    {"space before the colon", "POST / HTTP/1.1\r\n" HOST "Content-Length : 1\r\n\r\na", {400}, true},
    {"space in a name", "GET / HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", {400}, true},
    {"no colon", "GET / HTTP/1.1\r\n" HOST "Abc\r\n\r\n", {400}, true},
    {"two lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", {400}, true},
    {"two lengths in one", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\na", {400}, true},
    {"length with a sign", "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\na", {400}, true},
    {"negative length", "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\na", {400}, true},
    {"hexadecimal length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\na", {400}, true},
    {"empty length", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\na", {400}, true},
    {"enormous length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\na", {400}, true},
    {"length and chunked",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {400},
     true},
    {"chunked and length",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
     {400},
     true},
    {"chunked twice",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {400},
     true},
    {"gzip, chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", {400}, true},
    {"chunked, identity", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", {400}, true},
    {"chunked in quotes", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", {400}, true},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}, true},
    {"chunk without CR", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", {400}, true},
    {"chunk with CR and no LF", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\rXa\r\n0\r\n\r\n", {400}, true},
    {"chunk longer than it says", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", {400}, true},
    {"chunk size with a sign", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n", {400}, true},
    {"chunk size with 0x", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", {400}, true},
    {"chunk size that overflows",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
     {400},
     true},
    {"chunk larger than a body may be", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffff\r\n", {0}, false},
    {"no host", "GET / HTTP/1.1\r\n\r\n", {400}, true},
    {"two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", {400}, true},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", {505}, true},
    {"HTTP/1.9", "GET / HTTP/1.9\r\n" HOST "\r\n", {505}, true},
    {"HTTP/0.9", "GET /\r\n\r\n", {505}, true},
    {"unknown method", "FETCH / HTTP/1.1\r\n" HOST "\r\n", {501}, true},
    {"connect", "CONNECT localhost:1 HTTP/1.1\r\n" HOST "\r\n", {501}, true},
    {"asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"fragment", "GET /#x HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"byte above 127 in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"broken escape", "GET /%4 HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"NUL escape", "GET /%00 HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"NUL escape in the query", "GET /?a=%00 HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"path that is not UTF-8", "GET /%ff HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"query that is not UTF-8", "GET /?%c3 HTTP/1.1\r\n" HOST "\r\n", {400}, true},
    {"unknown expectation", "POST / HTTP/1.1\r\n" HOST "Expect: miracles\r\nContent-Length: 1\r\n\r\na", {417}, true},
    {"unknown encoding", "POST / HTTP/1.1\r\n" HOST "Content-Encoding: br\r\nContent-Length: 1\r\n\r\na", {415}, true},
    {"not gzip", "POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", {400}, true},
    {"large body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 200001\r\n\r\n", {413}, true},
    {"TLS in TLS", "\x16\x03\x01\x02\x01\n\n", {400}, true},
};

static void check_exact(const struct exact *exact, bool bytewise)
{
    struct client *client = dial(NULL);

    for (const char *at = exact->request; bytewise && *at; at++)
        client_send(client, at, 1);
    if (!bytewise)
        send_text(client, exact->request);
    for (size_t i = 0; i < 4 && exact->statuses[i]; i++) {
        struct answer answer;
        bool had;

        do {
            had = client_read(client, &answer, false);
            if (!had || answer.status == 100)
                free(answer.body);
        } while (had && answer.status == 100);
        if (!had)
            fail_msg("%s%s: no answer", exact->name, bytewise ? ", byte by byte" : "");
        if (answer.status != exact->statuses[i])
            fail_msg("%s: %d instead of %d: %s", exact->name, answer.status, exact->statuses[i], answer.body);
        if (answer.status >= 400)
            assert_non_null(strstr(answer.head, "Content-Type: application/problem+json"));
        free(answer.body);
    }
    if (exact->ends && !client_ended(client))
        fail_msg("%s%s: not closed", exact->name, bytewise ? ", byte by byte" : "");
    hang_up(client);
}

static void test_framing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(exacts) / sizeof(exacts[0]); i++) {
        check_exact(&exacts[i], false);
        if (strlen(exacts[i].request) < 150)
            check_exact(&exacts[i], true);
    }
}

static void test_nul_in_a_header(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n";
    struct client *client = dial(NULL);

    (void)state;
    client_send(client, request, sizeof(request) - 1);
    expect(client, 400, NULL);
    assert_true(client_ended(client));
    hang_up(client);
}

/* ---- requests and answers ---- */

static void test_request_parts(void **state)
{
    static const struct {
        const char *target, *body;
    } cases[] = {
        {"/a%20b%2Fc", "/a b/c"},   {"/parameter?x=1&q%20s=a+b%26%c3%a4&q%20s=2", "a b&\xc3\xa4"},
        {"/parameter?q+s", ""},     {"/parameter?q", "(absent)"},
        {"/parameter", "(absent)"},
    };
    struct client *client = dial(NULL);
    char request[256];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n", cases[i].target);
        send_text(client, request);
        expect(client, 200, cases[i].body);
    }
    hang_up(client);
}

static void test_answer_heads(void **state)
{
    struct client *client = dial(NULL);
    struct answer answer;
    char value[256], id[256];

    (void)state;
    send_text(client, "HEAD /abc HTTP/1.1\r\n" HOST "X-Request-Id: my-id.1\r\n\r\nGET /empty HTTP/1.1\r\n" HOST
                      "X-Request-Id: <bad>\r\n\r\n"
                      "GET /header HTTP/1.1\r\n" HOST "\r\n");
    assert_true(client_read(client, &answer, true));
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&answer, "Content-Length", value), "4");
    assert_string_equal(answer_header(&answer, "X-Request-Id", value), "my-id.1");
    assert_string_equal(answer_header(&answer, "Cache-Control", value), "no-store");
    assert_non_null(answer_header(&answer, "Date", value));
    free(answer.body);
    assert_true(client_read(client, &answer, false));
    assert_int_equal(answer.status, 204);
    assert_null(answer_header(&answer, "Content-Length", value));
    assert_non_null(answer_header(&answer, "X-Request-Id", id));
    assert_int_equal(strspn(id, "0123456789abcdef-"), strlen(id));
    free(answer.body);
    assert_true(client_read(client, &answer, false));
    assert_string_equal(answer_header(&answer, "X-Test", value), "two  X-Evil: 1");
    assert_null(answer_header(&answer, "X-Evil", value));
    assert_string_not_equal(answer_header(&answer, "X-Request-Id", value), id);
    free(answer.body);
    hang_up(client);
}

/* Bodies of all sizes come back as they went. */
static void test_bodies(void **state)
{
    static const size_t sizes[] = {1, 4095, 4096, 16384, 16385, 65536, 131072, BODY_MAX};
    struct client *client = dial(NULL);
    char *body = malloc(BODY_MAX), head[256];
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < BODY_MAX; i++) {
        random = random * 1664525 + 1013904223;
        body[i] = (char)(random >> 24);
    }
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t size = sizes[i / 2];
        struct answer answer;

        if (i % 2) {
            send_text(client, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
            for (size_t at = 0; at < size;) {
                size_t piece = size - at < 5000 ? size - at : 5000;

                snprintf(head, sizeof(head), "%zx\r\n", piece);
                send_text(client, head);
                client_send(client, body + at, piece);
                send_text(client, "\r\n");
                at += piece;
            }
            send_text(client, "0\r\n\r\n");
        } else {
            snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", size);
            send_text(client, head);
            client_send(client, body, size);
        }
        assert_true(client_read(client, &answer, false));
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.length, size);
        assert_memory_equal(answer.body, body, size);
        free(answer.body);
    }
    free(body);
    hang_up(client);
}

static size_t compress_text(char *to, size_t size, const char *from, size_t length)
{
    z_stream stream = {
        .next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)length, .next_out = (Bytef *)to, .avail_out = (uInt)size};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

static void send_gzip(struct client *client, const char *bytes, size_t length)
{
    char head[256];

    snprintf(head, sizeof(head), "POST /length HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", length);
    send_text(client, head);
    client_send(client, bytes, length);
}

static void test_gzip(void **state)
{
    size_t size = BODY_MAX + 1, length;
    char *zeros = calloc(1, 40 * size), *packed = malloc(size);
    struct client *client = dial(NULL);

    (void)state;
    length = compress_text(packed, size, "hello", 5);
    send_gzip(client, packed, length);
    expect(client, 200, "5");
    length += compress_text(packed + length, size - length, " again", 6); /* a second member */
    send_gzip(client, packed, length);
    expect(client, 200, "11");
    length = compress_text(packed, size, "", 0);
    send_gzip(client, packed, length);
    expect(client, 200, "0");
    length = compress_text(packed, size, zeros, BODY_MAX); /* just as large as may be */
    send_gzip(client, packed, length);
    expect(client, 200, "200000");
    send_gzip(client, packed, length - 9); /* cut off: the message is whole, its gzip is not */
    expect(client, 400, NULL);
    assert_true(client_ended(client));
    hang_up(client);

    for (size_t factor = 1; factor <= 40; factor += 39) {
        client = dial(NULL);
        length = compress_text(packed, size, zeros, factor * size);
        send_gzip(client, packed, length);
        expect(client, 413, NULL);
        assert_true(client_ended(client));
        hang_up(client);
    }
    free(zeros);
    free(packed);
}

/* ---- limits ---- */

/* The answer to a body that is too large can be read although the body is still being sent. */
static void test_large_bodies_are_answered(void **state)
{
    char *piece = calloc(1, 1 << 20);
    struct client *client = dial(NULL);

    (void)state;
    send_text(client, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 8388608\r\n\r\n");
    for (int i = 0; i < 8; i++)
        client_send(client, piece, 1 << 20);
    expect(client, 413, NULL);
    assert_true(client_ended(client));
    hang_up(client);

    client = dial(NULL);
    send_text(client, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n100000\r\n");
    client_send(client, piece, 1 << 20);
    expect(client, 413, NULL);
    assert_true(client_ended(client));
    hang_up(client);
    free(piece);
}

static void test_large_heads(void **state)
{
    char name[2 * HEADER_MAX];
    struct client *client = dial(NULL);

    (void)state;
    memset(name, 'a', sizeof(name));
    send_text(client, "GET / HTTP/1.1\r\n" HOST "A: ");
    client_send(client, name, sizeof(name));
    expect(client, 431, NULL);
    assert_true(client_ended(client));
    hang_up(client);

    client = dial(NULL);
    send_text(client, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 0; i < 120; i++)
        send_text(client, "A: b\r\n");
    send_text(client, "\r\n");
    expect(client, 431, NULL);
    assert_true(client_ended(client));
    hang_up(client);
}

static void test_admission(void **state)
{
    struct client *client = dial(NULL);

    (void)state;
    /* Refused before a byte of the body came. */
    send_text(client, "POST /forbidden HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
    expect(client, 403, NULL);
    assert_true(client_ended(client));
    hang_up(client);

    client = dial(NULL);
    send_text(client, "POST /forbidden HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(client, 403, NULL);
    hang_up(client);

    client = dial(NULL);
    send_text(client, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    expect(client, 100, NULL);
    send_text(client, "hello");
    expect(client, 200, "hello");
    hang_up(client);
    assert_int_equal(world.admitted, 3);
}

/* Slow requests are told so, silent connections are closed, others are not disturbed. */
static void test_deadlines(void **state)
{
    struct client *silent = dial(NULL), *slow = dial(NULL), *stuck = dial(NULL);

    (void)state;
    send_text(slow, "GET / HTTP/1.1\r\nHo");
    send_text(stuck, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhalf");
    expect(slow, 408, NULL);
    assert_true(client_ended(slow));
    expect(stuck, 408, NULL);
    assert_true(client_ended(stuck));
    assert_true(client_ended(silent));
    hang_up(silent);
    hang_up(slow);
    hang_up(stuck);
}

/* A byte now and then does not keep a request alive. */
static void test_trickle(void **state)
{
    struct client *client = dial(NULL);
    struct answer answer = {0};

    (void)state;
    send_text(client, "GET / HTTP/1.1\r\nA: ");
    for (int i = 0; i < 40; i++) {
        send_text(client, "b");
        usleep(50000);
    }
    assert_true(client_read(client, &answer, false));
    assert_int_equal(answer.status, 408);
    free(answer.body);
    hang_up(client);
}

/* With all places taken by silent peers a newcomer still gets one, at the expense of the oldest. */
static void test_crowd(void **state)
{
    struct xf_http_limits limits = small_limits();
    struct client *crowd[8], *partner;

    (void)state;
    end(NULL);
    limits.idle_ms = limits.request_ms = 60000;
    start_with(&limits);
    for (int i = 0; i < 8; i++)
        crowd[i] = dial(NULL);
    send_text(crowd[1], "GET / HTTP/1.1\r\nHo");
    partner = dial(NULL); /* returns when its turn has come: the handshake waits in the listener's queue */
    send_text(partner, "GET /partner HTTP/1.1\r\n" HOST "\r\n");
    expect(partner, 200, "/partner");
    assert_true(client_ended(crowd[0]));
    hang_up(partner);
    for (int i = 0; i < 8; i++)
        hang_up(crowd[i]);
}

/* ---- TLS ---- */

static void test_client_certificates(void **state)
{
    static const struct {
        struct identity *identity;
        const char *names; /* NULL: refused */
    } cases[] = {
        {NULL, "none none"},
        {&world.client, "URI:urn:partner:1 DNS:partner.example"},
        {&world.expired, NULL},
        {&world.foreign, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
            struct client client;
            struct answer answer = {0};
            bool connected = client_try(&client, world.port, &world.authority, cases[i].identity, version), answered = false;

            /* In TLS 1.3 the client learns of its refusal at the first read. */
            if (connected) {
                send_text(&client, "GET /names HTTP/1.1\r\n" HOST "\r\n");
                answered = client_read(&client, &answer, false);
            }
            assert_int_equal(answered, cases[i].names != NULL);
            if (answered)
                assert_string_equal(answer.body, cases[i].names);
            free(answer.body);
            client_close(&client);
        }
    }
}

static void test_old_versions(void **state)
{
    (void)state;
    for (int version = TLS1_VERSION; version <= TLS1_1_VERSION; version++) {
        struct client client;

        assert_false(client_try(&client, world.port, &world.authority, NULL, version));
        client_close(&client);
    }
}

static void test_plain_http(void **state)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)world.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char answer[256];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t length;

    (void)state;
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_true(write(fd, "GET / HTTP/1.1\r\n" HOST "\r\n", 33) > 0);
    length = read(fd, answer, sizeof(answer) - 1);
    answer[length > 0 ? length : 0] = '\0';
    assert_null(strstr(answer, "200"));
    close(fd);
}

static void test_bad_files(void **state)
{
    struct xf_http_limits limits = small_limits();
    struct xf_loop *loop = xf_loop_create();
    struct xf_error error;

    (void)state;
    assert_null(xf_http_create(loop, "127.0.0.1:0", "/nonexistent.pem", world.key, NULL, &limits, handle, NULL, &error));
    assert_non_null(strstr(error.text, "/nonexistent.pem"));
    assert_null(xf_http_create(loop, "127.0.0.1:0", world.key, world.key, NULL, &limits, handle, NULL, &error));
    assert_non_null(strstr(error.text, "server.key"));
    chmod(world.key, 0644);
    assert_null(xf_http_create(loop, "127.0.0.1:0", world.certificate, world.key, NULL, &limits, handle, NULL, &error));
    assert_non_null(strstr(error.text, "open to everybody"));
    chmod(world.key, 0600);
    assert_null(xf_http_create(loop, "localhost:1", world.certificate, world.key, NULL, &limits, handle, NULL, &error));
    assert_null(xf_http_create(loop, "127.0.0.1", world.certificate, world.key, NULL, &limits, handle, NULL, &error));
    xf_loop_destroy(loop);
}

static void reload(void *result)
{
    struct xf_error error;

    *(atomic_int *)result = xf_http_reload_tls(world.http, &error) == XF_OK ? 1 : 2;
}

static int reload_now(void)
{
    atomic_int result = 0;

    xf_loop_post(world.loop, reload, &result);
    while (!result)
        usleep(1000);
    return result;
}

/* New connections get the new certificate, old ones stay; a broken file changes nothing. */
static void test_reload(void **state)
{
    struct identity fresh = make_identity(&world.authority, "fresh", "IP:127.0.0.1", -60, 3600);
    struct client *old = dial(NULL), *new;
    X509 *shown;

    (void)state;
    write_certificate(world.certificate, &fresh);
    assert_int_equal(reload_now(), 2); /* the key does not fit yet */
    write_key(world.key, &fresh, 0600);
    assert_int_equal(reload_now(), 1);
    send_text(old, "GET /old HTTP/1.1\r\n" HOST "\r\n");
    expect(old, 200, "/old");
    new = dial(NULL);
    shown = SSL_get1_peer_certificate(new->ssl);
    assert_int_equal(X509_cmp(shown, fresh.certificate), 0);
    X509_free(shown);
    send_text(new, "GET /new HTTP/1.1\r\n" HOST "\r\n");
    expect(new, 200, "/new");
    hang_up(old);
    hang_up(new);
    write_certificate(world.certificate, &world.server);
    write_key(world.key, &world.server, 0600);
    free_identity(&fresh);
}

/* ---- streams and ends ---- */

static void wait_until(const atomic_int *count, int value)
{
    for (int i = 0; *count < value; i++) {
        if (i == 10000)
            fail_msg("it did not happen");
        usleep(1000);
    }
}

static void test_stream_that_ends(void **state)
{
    struct client *client = dial(NULL);

    (void)state;
    send_text(client, "GET /stream?finish=1 HTTP/1.1\r\n" HOST "\r\nGET /next HTTP/1.1\r\n" HOST "\r\n");
    expect(client, 200, "data: x\n\ndata: x\n\ndata: x\n\n");
    expect(client, 200, "/next");
    assert_int_equal(world.closed, 0);
    hang_up(client);
}

static void test_stream_whose_peer_leaves(void **state)
{
    struct client *client = dial(NULL);

    (void)state;
    send_text(client, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    assert_true(line_length(client) > 0);
    hang_up(client);
    wait_until(&world.closed, 1);
}

/* A reader that does not read is let go; the daemon does not grow. */
static void test_stream_that_is_not_read(void **state)
{
    struct client *client = dial(NULL);

    (void)state;
    send_text(client, "GET /stream?lines=4000000 HTTP/1.1\r\n" HOST "\r\n");
    wait_until(&world.closed, 1);
    hang_up(client);
}

/* The peer goes while its request is handled: what the handler attached is freed, a late answer is harmless. */
static void test_peer_leaves_early(void **state)
{
    struct client *client = dial(NULL);

    (void)state;
    send_text(client, "GET /never HTTP/1.1\r\n" HOST "\r\n");
    usleep(50000);
    hang_up(client);
    wait_until(&world.released, 1);
}

static void drained(void *flag)
{
    *(atomic_int *)flag = 1;
}

static void drain(void *flag)
{
    xf_http_drain(world.http, drained, flag);
}

static void test_drain(void **state)
{
    struct client *idle = dial(NULL), *streaming = dial(NULL), *half = dial(NULL);
    struct answer answer;
    atomic_int flag = 0;

    (void)state;
    send_text(streaming, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    assert_true(line_length(streaming) > 0);
    send_text(half, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nha");
    usleep(50000);
    xf_loop_post(world.loop, drain, &flag);
    assert_true(client_ended(idle));
    assert_true(client_read(streaming, &answer, false)); /* to its last chunk */
    free(answer.body);
    assert_true(client_ended(streaming));
    wait_until(&world.closed, 1);
    send_text(half, "lf");
    expect(half, 200, "half");
    assert_true(client_ended(half));
    hang_up(idle);
    hang_up(streaming);
    hang_up(half);
    wait_until(&flag, 1);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_framing),
        SERVED(test_nul_in_a_header),
        SERVED(test_request_parts),
        SERVED(test_answer_heads),
        SERVED(test_bodies),
        SERVED(test_gzip),
        SERVED(test_large_bodies_are_answered),
        SERVED(test_large_heads),
        SERVED(test_admission),
        SERVED(test_deadlines),
        SERVED(test_trickle),
        SERVED(test_crowd),
        SERVED(test_client_certificates),
        SERVED(test_old_versions),
        SERVED(test_plain_http),
        SERVED(test_bad_files),
        SERVED(test_reload),
        SERVED(test_stream_that_ends),
        SERVED(test_stream_whose_peer_leaves),
        SERVED(test_stream_that_is_not_read),
        SERVED(test_peer_leaves_early),
        SERVED(test_drain),
    };

    return cmocka_run_group_tests(tests, make_world, end_world);
}
