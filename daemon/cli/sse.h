/* SPDX-License-Identifier: Apache-2.0 */
/* Server-Sent Events as they come (WHATWG HTML, 9.2): bytes in, events out. */
#ifndef XF_CLI_SSE_H
#define XF_CLI_SSE_H

#include <stdbool.h>
#include <stddef.h>

#define XF_SSE_EVENT_MAX ((size_t)4 * 1024 * 1024)

struct xf_sse {
    char *line, *data;
    size_t line_length, line_capacity, data_length, data_capacity;
    char last_id[64]; /* of the last event that was handed on; sent as Last-Event-ID when the stream is opened again */
    char id[64];
    long retry_ms; /* -1 until the stream names one */
    bool after_return, data_seen;
    int (*event)(void *context, const char *id, const char *data); /* non-zero ends the stream */
    void *context;
};
/* 0 to go on; event's value, XF_ENOMEM or XF_ELIMIT. Fits as the receive of a request. */
int xf_sse_take(void *sse, const char *bytes, size_t length);
/* A new connection starts a new event; the last id stays. */
void xf_sse_restart(struct xf_sse *sse);
void xf_sse_clear(struct xf_sse *sse);

#endif
