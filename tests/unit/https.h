/* SPDX-License-Identifier: Apache-2.0 */
/* A world for tests of the server: an authority with certificates, made by OpenSSL in a directory of the run, and a blocking HTTPS
 * client that sends exactly the bytes it is given. Failing to set up fails the test. Include after check.h. */
#ifndef XF_TESTS_HTTPS_H
#define XF_TESTS_HTTPS_H

#include <arpa/inet.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define HTTPS_SECONDS 20

/* ---- certificates ---- */

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static inline void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* issuer NULL: an authority of its own. The validity is from `from` to `until` seconds from now. */
static inline struct identity make_identity(const struct identity *issuer, const char *name, const char *san, long from, long until)
{
    static long serial = 1;
    struct identity identity = {EVP_EC_gen("P-256"), X509_new()};
    X509 *x = identity.certificate;

    assert_non_null(identity.key);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x), from);
    X509_gmtime_adj(X509_getm_notAfter(x), until);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer->certificate : x));
    X509_set_pubkey(x, identity.key);
    add_extension(x, issuer ? issuer->certificate : x, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (san)
        add_extension(x, x, NID_subject_alt_name, san);
    assert_true(X509_sign(x, issuer ? issuer->key : identity.key, EVP_sha256()) > 0);
    return identity;
}

static inline void free_identity(struct identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
}

static inline void write_certificate(const char *path, const struct identity *identity)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, identity->certificate), 1);
    fclose(file);
}

static inline void write_key(const char *path, const struct identity *identity, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

/* ---- client ---- */

struct client {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    char buffer[65536]; /* read and not yet taken */
    size_t length;
};

static inline bool client_try(struct client *client, unsigned port, const struct identity *authority,
                              const struct identity *identity, int version)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = HTTPS_SECONDS};

    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .context = SSL_CTX_new(TLS_client_method())};
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client->context), authority->certificate);
    SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(client->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (version) {
        SSL_CTX_set_security_level(client->context, 0);
        SSL_CTX_set_min_proto_version(client->context, version);
        SSL_CTX_set_max_proto_version(client->context, version);
    }
    if (identity) {
        SSL_CTX_use_certificate(client->context, identity->certificate);
        SSL_CTX_use_PrivateKey(client->context, identity->key);
    }
    client->ssl = SSL_new(client->context);
    SSL_set_fd(client->ssl, client->fd);
    return SSL_connect(client->ssl) == 1;
}

static inline void client_close(struct client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    close(client->fd);
    ERR_clear_error();
}

static inline void client_send(struct client *client, const void *bytes, size_t length)
{
    while (length) {
        int written = SSL_write(client->ssl, bytes, length > INT_MAX ? INT_MAX : (int)length);

        if (written <= 0)
            return; /* the server may have closed: what it answered is read next */
        bytes = (const char *)bytes + written;
        length -= (size_t)written;
    }
}

/* False at the stream's end. A silence of HTTPS_SECONDS is the end, too. */
static inline bool client_fill(struct client *client)
{
    int got;

    if (client->length == sizeof(client->buffer))
        return true;
    got = SSL_read(client->ssl, client->buffer + client->length, (int)(sizeof(client->buffer) - client->length));
    if (got <= 0)
        return false;
    client->length += (size_t)got;
    return true;
}

static inline void client_take(struct client *client, size_t length)
{
    memmove(client->buffer, client->buffer + length, client->length - length);
    client->length -= length;
}

/* An answer; head holds the status line and headers. */
struct answer {
    int status;
    char head[4096];
    char *body; /* malloc'ed, NUL-terminated */
    size_t length;
};

static inline const char *answer_header(const struct answer *answer, const char *name, char value[static 256])
{
    char wanted[64];
    const char *at;

    snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
    at = strcasestr(answer->head, wanted);
    if (!at)
        return NULL;
    at += strlen(wanted);
    snprintf(value, 256, "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

static inline void take_body(struct client *client, struct answer *answer, size_t length)
{
    answer->body = realloc(answer->body, answer->length + length + 1);
    while (length) {
        size_t piece;

        if (!client->length && !client_fill(client))
            fail_msg("the answer ends too early");
        piece = client->length < length ? client->length : length;
        memcpy(answer->body + answer->length, client->buffer, piece);
        answer->length += piece;
        length -= piece;
        client_take(client, piece);
    }
    answer->body[answer->length] = '\0';
}

/* The length of a line with its CR LF at the buffer's start, 0 at the stream's end. */
static inline size_t line_length(struct client *client)
{
    for (;;) {
        char *end = memmem(client->buffer, client->length, "\r\n", 2);

        if (end)
            return (size_t)(end - client->buffer) + 2;
        if (!client_fill(client))
            return 0;
    }
}

/* Reads one answer (to a HEAD: bodiless). False when the connection ended without one. */
static inline bool client_read(struct client *client, struct answer *answer, bool bodiless)
{
    char value[256];
    char *end;

    *answer = (struct answer){.body = calloc(1, 1)};
    while (!(end = memmem(client->buffer, client->length, "\r\n\r\n", 4))) {
        if (!client_fill(client))
            return false;
    }
    snprintf(answer->head, sizeof(answer->head), "%.*s", (int)(end + 2 - client->buffer), client->buffer);
    client_take(client, (size_t)(end + 4 - client->buffer));
    assert_int_equal(sscanf(answer->head, "HTTP/1.1 %d ", &answer->status), 1);
    if (bodiless || answer->status == 100)
        return true;
    if (answer_header(answer, "Content-Length", value)) {
        take_body(client, answer, strtoul(value, NULL, 10));
    } else if (answer_header(answer, "Transfer-Encoding", value)) {
        size_t line, chunk;

        do {
            line = line_length(client);
            assert_true(line > 2);
            chunk = strtoul(client->buffer, NULL, 16);
            client_take(client, line);
            take_body(client, answer, chunk);
            assert_int_equal(line_length(client), 2);
            client_take(client, 2);
        } while (chunk);
    }
    return true;
}

/* Whether the server closes without a further answer. */
static inline bool client_ended(struct client *client)
{
    return !client->length && !client_fill(client);
}

#endif
