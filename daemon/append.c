/* SPDX-License-Identifier: Apache-2.0 */
/* The one way by which handlers write to the journal. Everything here runs on the loop's thread but `committed`, which the
 * journal's thread calls and which only posts. Invariant: each submission resumes its call exactly once, and holds the exchange
 * until then. */
#include "append.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

struct submission {
    struct xf_call *call;
    struct xf_batch *batch;
    xf_append_resume *resume;
    void *context;
    bool fold;
    int result;
};

static void resume(void *argument)
{
    struct submission *submission = argument;

    submission->resume(submission->call, submission->batch, submission->result, submission->context);
    xf_batch_unref(submission->batch);
    xf_exchange_unref(submission->call->exchange);
    free(submission);
}

static void committed(struct xf_batch *batch, int result)
{
    struct submission *submission = batch->context;
    struct xf_daemon *daemon = submission->call->daemon;

    submission->result = result;
    if (result == XF_OK && submission->fold)
        xf_engine_wait(daemon->engine, batch->entries[batch->count - 1].position, daemon->loop, resume, submission);
    else
        xf_loop_post(daemon->loop, resume, submission);
}

void xf_append(struct xf_call *call, struct xf_batch *batch, bool fold, xf_append_resume *then, void *context)
{
    struct submission *submission = malloc(sizeof(*submission));
    int result;

    if (!submission) {
        then(call, batch, XF_ENOMEM, context);
        xf_batch_unref(batch);
        return;
    }
    *submission = (struct submission){.call = call, .batch = batch, .resume = then, .context = context, .fold = fold};
    batch->done = committed;
    batch->context = submission;
    xf_exchange_ref(call->exchange);
    result = xf_journal_submit(call->daemon->journal, batch);
    if (result != XF_OK) {
        submission->result = result;
        resume(submission);
    }
}

void xf_append_refuse(struct xf_call *call, int result)
{
    char writer[512];

    switch (result) {
    case XF_ELIMIT:
        xf_exchange_header(call->exchange, "Retry-After", "1");
        xf_reply_problem(call, 429, "busy", "Too much at once", NULL,
                         "The journal's queue is full. Send again after the time in Retry-After; nothing was taken.");
        break;
    case XF_ECONFLICT:
        xf_journal_writer(call->daemon->journal, writer, sizeof(writer));
        xf_exchange_header(call->exchange, "Retry-After", "1");
        xf_reply_problem(call, 503, "not-the-writer", "This daemon does not write", NULL, "Writer: %s",
                         *writer ? writer : "none at the moment");
        break;
    case XF_EIO:
        xf_exchange_header(call->exchange, "Retry-After", "5");
        xf_reply_problem(
            call, 503, "database-away", "The database is away", NULL,
            "It is not known whether this was committed. Send the same again: what is on record already will be `unchanged`.");
        break;
    case XF_EINVAL:
        xf_reply_problem(call, 422, "not-storable", "The database cannot store this", NULL,
                         "A text holds what PostgreSQL does not take. Nothing was taken.");
        break;
    default:
        xf_exchange_header(call->exchange, "Retry-After", "5");
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "Nothing was taken.");
        break;
    }
}

struct single {
    void (*then)(struct xf_call *call, uint64_t position);
};

static void single_done(struct xf_call *call, struct xf_batch *batch, int result, void *context)
{
    struct single *single = context;

    if (result == XF_OK)
        single->then(call, batch->entries[0].position);
    else
        xf_append_refuse(call, result);
}

int xf_call_append(struct xf_call *call, int kind, const char *stream, json_t *body,
                   void (*then)(struct xf_call *call, uint64_t position))
{
    struct single *single = xf_arena_alloc(call->request->arena, sizeof(*single));
    struct xf_batch *batch = xf_batch_create();
    char *text = body ? json_dumps(body, JSON_COMPACT) : strdup("");
    int rc = XF_ENOMEM;

    json_decref(body);
    if (single && batch && text) {
        const char *stream_copy = xf_arena_copy(batch->arena, stream, strlen(stream));
        const char *actor = xf_arena_copy(batch->arena, call->caller->id, strlen(call->caller->id));
        const char *body_copy = xf_arena_copy(batch->arena, text, strlen(text));

        if (stream_copy && actor && body_copy)
            rc = xf_batch_add(batch, (enum xf_entry_kind)kind, 0, stream_copy, actor, body_copy, strlen(body_copy), NULL);
    }
    free(text);
    if (rc != XF_OK) {
        if (batch)
            xf_batch_unref(batch);
        xf_append_refuse(call, XF_ENOMEM);
        return rc;
    }
    single->then = then;
    xf_append(call, batch, true, single_done, single);
    return XF_OK;
}
