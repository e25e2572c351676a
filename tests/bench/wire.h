/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 over TLS as plainly as it goes, so that the client costs little next to what it measures: blocking sockets, keep-alive,
 * bodies with Content-Length. */
#ifndef XF_BENCH_WIRE_H
#define XF_BENCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

struct ssl_ctx_st;
struct xf_wire;     /* one connection to the daemon; for one thread */
struct xf_receiver; /* a webhook endpoint */

struct xf_answer {
    int status;
    int retry_after;  /* seconds; 0 when the answer does not say */
    const char *body; /* ends with NUL; until the next request on the connection */
    size_t length;
};

/* A context that trusts this authority alone. */
struct ssl_ctx_st *xf_wire_context(const char *ca);
/* Connects to ADDRESS:PORT, handshake included; the certificate must be for the address. */
struct xf_wire *xf_wire_open(struct ssl_ctx_st *context, const char *address);
/* Sends a request and reads the answer; type and body may be NULL. */
void xf_wire_ask(struct xf_wire *wire, const char *method, const char *path, const char *token, const char *type, const char *body,
                 size_t length, struct xf_answer *ret_answer);
void xf_wire_close(struct xf_wire *wire);

/* The whole number after "name": in a JSON text; ends the process when there is none. */
uint64_t xf_answer_number(const struct xf_answer *answer, const char *name);

/* Listens on a free port of 127.0.0.1 for the rest of the process. took is called on a connection's thread as soon as a request is
 * complete, at the instant `at`, before it is answered (204). */
struct xf_receiver *xf_receiver_start(const char *certificate, const char *key,
                                      void (*took)(void *context, const char *body, int64_t at), void *context);
int xf_receiver_port(const struct xf_receiver *receiver);

#endif
