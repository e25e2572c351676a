/* SPDX-License-Identifier: Apache-2.0 */
/* TLS for http.c: TLS 1.2 and 1.3 with forward secrecy and AEAD only. A client certificate is optional, but one that is shown must
 * verify against the configured authorities at that time, or the handshake fails. Callers are known by their SANs alone (URI and
 * DNS), never by the common name. A private key that everybody on the machine may read is refused. */
#include "tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define NAMES_MAX 64
#define SESSION_SECONDS 3600

/* What OpenSSL last complained about, in its words. */
static int refuse(struct xf_error *error, const char *file)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    return xf_error_set(error, XF_EINVAL, "%s: %s", file, reason ? reason : "is no usable PEM file");
}

static int check_key_file(const char *key, struct xf_error *error)
{
    struct stat status;

    if (stat(key, &status) < 0)
        return xf_error_set(error, XF_EIO, "%s: %s", key, strerror(errno));
    if (status.st_mode & (S_IROTH | S_IWOTH))
        return xf_error_set(error, XF_EINVAL, "%s: the private key is open to everybody (mode %03o): take the others' rights away",
                            key, (unsigned)(status.st_mode & 0777));
    return XF_OK;
}

static int check_readable(const char *file, struct xf_error *error)
{
    struct stat status;

    return stat(file, &status) == 0 ? XF_OK : xf_error_set(error, XF_EIO, "%s: %s", file, strerror(errno));
}

/* HTTP/1.1 when it is offered; a client that offers only others is served it all the same. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
                           unsigned in_length, void *context)
{
    static const unsigned char http[] = "\x08http/1.1";

    (void)ssl;
    (void)context;
    for (unsigned at = 0; at < in_length; at += in[at] + 1U) {
        if (in[at] == http[0] && at + http[0] < in_length && !memcmp(in + at + 1, http + 1, http[0])) {
            *out = in + at + 1;
            *out_length = http[0];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

static int use_clients(SSL_CTX *context, const char *client_ca, struct xf_error *error)
{
    static const unsigned char session[] = "crossflag";
    STACK_OF(X509_NAME) * names;

    if (check_readable(client_ca, error) != XF_OK)
        return XF_EIO;
    names = SSL_load_client_CA_file(client_ca);
    if (!names || SSL_CTX_load_verify_locations(context, client_ca, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refuse(error, client_ca);
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    /* Without it OpenSSL refuses to resume sessions of servers that verify. */
    SSL_CTX_set_session_id_context(context, session, sizeof(session) - 1);
    return XF_OK;
}

SSL_CTX *xf_tls_context(const char *certificate, const char *key, const char *client_ca, struct xf_error *error)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (!context) {
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* An idle connection costs 17 KiB instead of 25; a partial write may move its buffer, since bufferevents do. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_timeout(context, SESSION_SECONDS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1) {
        refuse(error, "TLS");
        goto broken;
    }
    if (check_readable(certificate, error) != XF_OK || check_key_file(key, error) != XF_OK)
        goto broken;
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
        refuse(error, certificate);
        goto broken;
    }
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1) {
        refuse(error, key);
        goto broken;
    }
    if (client_ca && use_clients(context, client_ca, error) != XF_OK)
        goto broken;
    return context;

broken:
    SSL_CTX_free(context);
    return NULL;
}

/* "URI:" or "DNS:" and the name, or NULL for other kinds, and for names with a NUL inside, which are made to deceive. */
static const char *san_prefix(const GENERAL_NAME *name, const ASN1_IA5STRING **ret_text)
{
    int type;
    const ASN1_IA5STRING *text = GENERAL_NAME_get0_value(name, &type);

    if (type != GEN_URI && type != GEN_DNS)
        return NULL;
    if (memchr(ASN1_STRING_get0_data(text), '\0', (size_t)ASN1_STRING_length(text)))
        return NULL;
    *ret_text = text;
    return type == GEN_URI ? "URI:" : "DNS:";
}

/* The names as one block: the pointers, then the texts. */
static char **pack_names(const GENERAL_NAMES *sans)
{
    int count = sk_GENERAL_NAME_num(sans) < NAMES_MAX ? sk_GENERAL_NAME_num(sans) : NAMES_MAX;
    const ASN1_IA5STRING *text;
    size_t size = ((size_t)(count > 0 ? count : 0) + 1) * sizeof(char *), kept = 0;
    char **names, *at;

    for (int i = 0; i < count; i++) {
        if (san_prefix(sk_GENERAL_NAME_value(sans, i), &text))
            size += 5 + (size_t)ASN1_STRING_length(text);
    }
    names = calloc(1, size);
    if (!names)
        return NULL;
    at = (char *)(names + (count > 0 ? count : 0) + 1);
    for (int i = 0; i < count; i++) {
        const char *prefix = san_prefix(sk_GENERAL_NAME_value(sans, i), &text);

        if (!prefix)
            continue;
        names[kept++] = at;
        memcpy(at, prefix, 4);
        memcpy(at + 4, ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
        at += 5 + ASN1_STRING_length(text);
    }
    return names;
}

static int64_t not_after(const X509 *certificate)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
        return 0;
    return (int64_t)timegm(&tm);
}

int xf_tls_peer(const SSL *ssl, struct xf_tls_peer *ret)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    struct xf_tls_peer peer = {0};
    GENERAL_NAMES *sans;

    if (certificate && SSL_get_verify_result(ssl) == X509_V_OK) {
        sans = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
        if (sans) {
            peer.names = pack_names(sans);
            peer.expires = not_after(certificate);
            GENERAL_NAMES_free(sans);
            if (!peer.names)
                return XF_ENOMEM;
        }
    }
    *ret = peer;
    return XF_OK;
}
