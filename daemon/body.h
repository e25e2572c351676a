/* SPDX-License-Identifier: Apache-2.0 */
/* A request's body: taken piece by piece, out of its chunks and its gzip, into one block of memory. Pure: no socket, no clock. */
#ifndef XF_DAEMON_BODY_H
#define XF_DAEMON_BODY_H

#include "head.h"

struct xf_body {
    char *bytes; /* malloc'ed, NUL-terminated when complete; NULL for an empty body */
    size_t length, capacity, limit;
    bool complete;

    /* The framing. */
    bool chunked;
    int state;
    uint64_t left;              /* of the body, or of the chunk */
    unsigned extra;             /* bytes of the chunk's head or the trailer so far */
    struct z_stream_s *inflate; /* NULL: not compressed */
    bool ended;                 /* the compressed stream is at the end of a member */
};

/* Ready for a head's body, of limit bytes at most once inflated. 0 or an HTTP status with a constant *reason: then nothing is to be
 * freed. */
int xf_body_begin(struct xf_body *body, const struct xf_head *head, size_t limit, const char **reason) XF_MUST_CHECK;
/* Takes bytes until the body is complete; *ret_used says how many. 0, or an HTTP status with a constant *reason: then the request's
 * end is not known any more. */
int xf_body_feed(struct xf_body *body, const char *bytes, size_t length, size_t *ret_used, const char **reason) XF_MUST_CHECK;
void xf_body_end(struct xf_body *body); /* frees; also a zeroed one */

#endif
