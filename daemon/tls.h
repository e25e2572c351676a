/* SPDX-License-Identifier: Apache-2.0 */
/* The server's TLS: certificates from files, client certificates checked, names read out of them. */
#ifndef XF_DAEMON_TLS_H
#define XF_DAEMON_TLS_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "crossflag/error.h"

/* A context from PEM files; client_ca NULL: client certificates are not asked for. Owned (SSL_CTX_free); NULL with *error, whose
 * text names the file. */
SSL_CTX *xf_tls_context(const char *certificate, const char *key, const char *client_ca, struct xf_error *error);

/* Who showed a certificate: verified, and only for as long as it is valid. names: SANs as "URI:…" and "DNS:…", NULL-terminated,
 * malloc'ed as one block (free it). */
struct xf_tls_peer {
    char **names;
    int64_t expires; /* seconds since 1970 */
};
/* Reads the peer of a finished handshake. names is NULL when there is no certificate (XF_OK) or no memory (XF_ENOMEM). */
int xf_tls_peer(const SSL *ssl, struct xf_tls_peer *ret) XF_MUST_CHECK;

#endif
