/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an HTTP request: head and body, cut anywhere. The same request cut elsewhere must come to the same: the first byte
 * says where. What is let through has one reading: an ended head, one length, a path and query without broken escapes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/body.h"
#include "../../daemon/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                           \
    do {                                                                                                                           \
        if (!(condition))                                                                                                          \
            abort();                                                                                                               \
    } while (0)

#define LIMIT 4096

struct outcome {
    int status; /* of head, then body; 0: good so far */
    bool complete;
    size_t used;  /* of a complete request */
    uint32_t sum; /* of its body */
};

static struct outcome run(const uint8_t *data, size_t size, size_t step)
{
    struct outcome outcome = {0};
    struct xf_arena *arena = xf_arena_create();
    struct xf_head head;
    struct xf_body body = {0};
    const char *reason = NULL;
    size_t scanned = 0, seen = 0;
    ssize_t end = 0;
    char *copy;

    while (!end && seen < size) {
        seen = size - seen < step ? size : seen + step;
        end = xf_head_end((const char *)data, seen, &scanned);
    }
    if (end <= 0) {
        outcome.status = end < 0 ? 400 : 0;
        goto out;
    }
    copy = xf_arena_copy(arena, (const char *)data, (size_t)end);
    CHECK(copy);
    outcome.status = xf_head_parse(copy, (size_t)end, arena, &head, &reason);
    CHECK(outcome.status == 0 || (outcome.status >= 400 && reason));
    if (outcome.status)
        goto out;
    CHECK(head.path[0] == '/' && head.target[0] == '/' && head.query && !(head.chunked && head.content_length >= 0));
    CHECK(head.header_count <= XF_HEAD_HEADERS_MAX);
    xf_head_parameter(&head, "a", arena);
    outcome.status = xf_body_begin(&body, &head, LIMIT, &reason);
    if (outcome.status)
        goto out;
    outcome.used = (size_t)end;
    while (!outcome.status && !body.complete && outcome.used < size) {
        size_t piece = size - outcome.used < step ? size - outcome.used : step, used = 0;

        outcome.status = xf_body_feed(&body, (const char *)data + outcome.used, piece, &used, &reason);
        CHECK(outcome.status || used == piece || body.complete);
        outcome.used += used;
        CHECK(body.length <= LIMIT || outcome.status == 413);
    }
    outcome.complete = body.complete;
    if (outcome.status || !outcome.complete)
        outcome.used = 0;
    CHECK(!body.complete || !body.bytes || body.bytes[body.length] == '\0');
    for (size_t i = 0; body.complete && i < body.length; i++)
        outcome.sum = outcome.sum * 31 + (uint8_t)body.bytes[i];

out:
    xf_body_end(&body);
    xf_arena_destroy(arena);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, cut;

    if (size < 2)
        return 0;
    whole = run(data + 1, size - 1, size);
    cut = run(data + 1, size - 1, (size_t)data[0] % 16 + 1);
    CHECK(whole.status == cut.status && whole.complete == cut.complete && whole.used == cut.used && whole.sum == cut.sum);
    return 0;
}
