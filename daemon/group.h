/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions waiting for the journal, and the group of them that one statement commits. Owned by the journal's thread, but for the
 * queue, which its lock guards. */
#ifndef XF_DAEMON_GROUP_H
#define XF_DAEMON_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "column.h"
#include "crossflag/error.h"

struct xf_batch;
struct xf_db;

/* A submission: holds a reference to its batch. */
struct xf_submission {
    struct xf_batch *batch;
    struct xf_submission *next, *overdue;
    int64_t deadline; /* monotonic milliseconds */
    bool answered;    /* its done was called with XF_EIO; the outcome only matters to the fold */
};
struct xf_submissions {
    struct xf_submission *first, *last;
};
void xf_submissions_append(struct xf_submissions *list, struct xf_submission *submission);
void xf_submissions_prepend(struct xf_submissions *list, struct xf_submissions *front); /* empties front */

struct xf_group {
    struct xf_submissions list;
    size_t batches, entries, bytes;
    uint64_t head; /* the position before the first */
    int64_t at;
    struct xf_column revisions, kinds, streams, actors, bodies;
};
/* Moves submissions from the queue, in order, until a limit is reached; one is always taken, however large. */
void xf_group_take(struct xf_group *group, struct xf_submissions *queue, size_t batches_max, size_t entries_max, size_t bytes_max);
/* Makes the columns of the statement, with positions after head. XF_OK, XF_ENOMEM. */
int xf_group_encode(struct xf_group *group, uint64_t head, int64_t at) XF_MUST_CHECK;
int xf_group_send(struct xf_group *group, struct xf_db *db, uint64_t epoch, struct xf_error *error) XF_MUST_CHECK;
/* Fills in positions and times, hands every batch to committed and answers it, in order; the group is empty then. */
void xf_group_commit(struct xf_group *group, void (*committed)(void *context, struct xf_batch *batch), void *context);
/* Gives the submissions back to the front of the queue. */
void xf_group_return(struct xf_group *group, struct xf_submissions *queue);
void xf_group_free(struct xf_group *group);
/* Answers the group's submissions (those not answered yet) and frees them; nothing of it was committed. */
void xf_group_refuse(struct xf_group *group, int result);
/* The same for a list. */
void xf_submissions_refuse(struct xf_submissions *list, int result);
/* Collects what is past its deadline and not answered, in *chain (linked by overdue, NULL-terminated) and marks it answered; it
 * stays in the list. */
void xf_submissions_overdue(struct xf_submissions *list, int64_t now, struct xf_submission ***chain_end);
/* Tells those of a chain XF_EIO. */
void xf_submissions_tell(struct xf_submission *chain);

#endif
