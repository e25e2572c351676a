/* SPDX-License-Identifier: Apache-2.0 */
/* A request's head, from bytes to names and values. Pure: no socket, no clock. */
#ifndef XF_DAEMON_HEAD_H
#define XF_DAEMON_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "crossflag/arena.h"
#include "crossflag/error.h"

#define XF_HEAD_HEADERS_MAX 100 /* 431 */

struct xf_header {
    const char *name, *value; /* value without white space around it */
};

/* Texts lie in the bytes that were parsed, in the arena, or are constants. */
struct xf_head {
    const char *method;
    const char *target; /* the path as it was sent: still encoded */
    const char *path;   /* decoded, UTF-8 */
    const char *query;  /* as it was sent, without the ?; "" without one. Its escapes are good, and it is UTF-8 when decoded */
    struct xf_header *headers;
    size_t header_count;
    bool keep_alive, old; /* old: HTTP/1.0 */
    bool chunked, gzip, expect_continue;
    int64_t content_length; /* -1: none was given */
};

/* Looks for the blank line that ends a head, going on at *scanned (0 at first). Returns the head's length, 0 when there must be
 * more, -1 when a line does not end in CR LF. */
ssize_t xf_head_end(const char *bytes, size_t length, size_t *scanned);

/* Parses a whole head in place; bytes live in the arena and are NUL-terminated after length. Returns 0, or the HTTP status to
 * refuse it with and a constant *reason. */
int xf_head_parse(char *bytes, size_t length, struct xf_arena *arena, struct xf_head *ret, const char **reason) XF_MUST_CHECK;

const char *xf_head_header(const struct xf_head *head, const char *name); /* NULL when absent */
/* The first of that name in the query, decoded (+ is a space), in the arena. NULL when absent or out of memory. */
const char *xf_head_parameter(const struct xf_head *head, const char *name, struct xf_arena *arena);
/* Decodes %XX of length bytes (plus: and + to space) into the arena. NULL for a broken escape, an encoded NUL, or out of memory. */
char *xf_head_decode(const char *bytes, size_t length, bool plus, struct xf_arena *arena);

#endif
