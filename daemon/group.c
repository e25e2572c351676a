/* SPDX-License-Identifier: Apache-2.0 */
/* What one commit carries. The journal's thread takes a group, sends it, and either commits it (callbacks in order), gives it back
 * or refuses it. Invariant: a submission is in exactly one list, and its done is called exactly once. */
#include "group.h"

#include <stdlib.h>

#include "journal.h"
#include "statement.h"

void xf_submissions_append(struct xf_submissions *list, struct xf_submission *submission)
{
    submission->next = NULL;
    if (list->last)
        list->last->next = submission;
    else
        list->first = submission;
    list->last = submission;
}

void xf_submissions_prepend(struct xf_submissions *list, struct xf_submissions *front)
{
    if (!front->first)
        return;
    front->last->next = list->first;
    list->first = front->first;
    if (!list->last)
        list->last = front->last;
    *front = (struct xf_submissions){0};
}

void xf_group_take(struct xf_group *group, struct xf_submissions *queue, size_t batches_max, size_t entries_max, size_t bytes_max)
{
    while (queue->first && group->batches < batches_max) {
        struct xf_submission *next = queue->first;

        if (group->batches && (group->entries + next->batch->count > entries_max || group->bytes + next->batch->bytes > bytes_max))
            break;
        queue->first = next->next;
        if (!queue->first)
            queue->last = NULL;
        xf_submissions_append(&group->list, next);
        group->batches++;
        group->entries += next->batch->count;
        group->bytes += next->batch->bytes;
    }
}

/* Entries that nobody numbered take their position: unique in the stream, and rising. */
static uint32_t revision_at(const struct xf_entry *entry, uint64_t position)
{
    return entry->revision ? entry->revision : (uint32_t)position;
}

int xf_group_encode(struct xf_group *group, uint64_t head, int64_t at)
{
    uint64_t position = head;

    group->head = head;
    group->at = at;
    xf_column_start(&group->revisions, XF_COLUMN_INT8);
    xf_column_start(&group->kinds, XF_COLUMN_INT2);
    xf_column_start(&group->streams, XF_COLUMN_TEXT);
    xf_column_start(&group->actors, XF_COLUMN_TEXT);
    xf_column_start(&group->bodies, XF_COLUMN_TEXT);
    for (const struct xf_submission *next = group->list.first; next; next = next->next) {
        const struct xf_batch *batch = next->batch;

        for (size_t i = 0; i < batch->count; i++) {
            const struct xf_entry *entry = &batch->entries[i];

            xf_column_int8(&group->revisions, revision_at(entry, ++position));
            xf_column_int2(&group->kinds, (int16_t)entry->kind);
            xf_column_text(&group->streams, entry->stream);
            xf_column_text(&group->actors, entry->actor);
            xf_column_bytes(&group->bodies, entry->body, entry->length);
        }
    }
    if (group->revisions.failed || group->kinds.failed || group->streams.failed || group->actors.failed || group->bodies.failed)
        return XF_ENOMEM;
    return XF_OK;
}

int xf_group_send(struct xf_group *group, struct xf_db *db, uint64_t epoch, struct xf_error *error)
{
    const struct xf_param params[] = {XF_INT8(epoch),
                                      XF_INT8(group->head),
                                      XF_INT8(group->at),
                                      xf_column_param(&group->revisions),
                                      xf_column_param(&group->kinds),
                                      xf_column_param(&group->streams),
                                      xf_column_param(&group->actors),
                                      xf_column_param(&group->bodies)};

    return xf_db_send(db, XF_SQL_COMMIT, params, 8, true, error);
}

static void forget(struct xf_group *group)
{
    group->list = (struct xf_submissions){0};
    group->batches = group->entries = group->bytes = 0;
}

static void answer(struct xf_submission *submission, int result)
{
    if (!submission->answered && submission->batch->done)
        submission->batch->done(submission->batch, result);
    submission->answered = true;
}

void xf_group_commit(struct xf_group *group, void (*committed)(void *context, struct xf_batch *batch), void *context)
{
    struct xf_submission *next = group->list.first;
    uint64_t position = group->head;

    while (next) {
        struct xf_submission *submission = next;
        struct xf_batch *batch = submission->batch;

        next = submission->next;
        for (size_t i = 0; i < batch->count; i++) {
            batch->entries[i].position = ++position;
            batch->entries[i].revision = revision_at(&batch->entries[i], position);
            batch->entries[i].at = group->at;
        }
        committed(context, batch);
        answer(submission, XF_OK);
        xf_batch_unref(batch);
        free(submission);
    }
    forget(group);
}

void xf_group_return(struct xf_group *group, struct xf_submissions *queue)
{
    xf_submissions_prepend(queue, &group->list);
    forget(group);
}

void xf_group_free(struct xf_group *group)
{
    xf_column_free(&group->revisions);
    xf_column_free(&group->kinds);
    xf_column_free(&group->streams);
    xf_column_free(&group->actors);
    xf_column_free(&group->bodies);
}

void xf_submissions_refuse(struct xf_submissions *list, int result)
{
    struct xf_submission *next = list->first;

    *list = (struct xf_submissions){0};
    while (next) {
        struct xf_submission *submission = next;

        next = submission->next;
        answer(submission, result);
        xf_batch_unref(submission->batch);
        free(submission);
    }
}

void xf_group_refuse(struct xf_group *group, int result)
{
    struct xf_submissions list = group->list;

    forget(group);
    xf_submissions_refuse(&list, result);
}

void xf_submissions_overdue(struct xf_submissions *list, int64_t now, struct xf_submission ***chain_end)
{
    /* Deadlines rise along the list, so it ends at the first that is not due. */
    for (struct xf_submission *at = list->first; at && at->deadline <= now; at = at->next) {
        if (at->answered)
            continue;
        at->answered = true;
        at->overdue = NULL;
        **chain_end = at;
        *chain_end = &at->overdue;
    }
}

void xf_submissions_tell(struct xf_submission *chain)
{
    for (; chain; chain = chain->overdue) {
        if (chain->batch->done)
            chain->batch->done(chain->batch, XF_EIO);
    }
}
