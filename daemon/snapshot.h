/* SPDX-License-Identifier: Apache-2.0 */
/* Saved states of the fold in the database: parts of a mebibyte, each with its SHA-256, and a row that makes them a snapshot once
 * everything up to its position is projected. A snapshot whose digests do not fit is as good as none. */
#ifndef XF_DAEMON_SNAPSHOT_H
#define XF_DAEMON_SNAPSHOT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/fold.h"

struct xf_db;
struct xf_outbox;

/* Raised when saved states are to be read no more although their sections still fit: the meaning of the state has changed. */
#define XF_SNAPSHOT_FORMAT 1

/* Reading */

struct xf_snapshot_reader;
/* Opens the newest snapshot of this format whose digests fit together. XF_OK, XF_ENOTFOUND (there is none), XF_EINVAL (it is
 * broken), XF_EIO, XF_ENOMEM. db is the reader's from its first read to its close. */
int xf_snapshot_open(struct xf_db *db, struct xf_snapshot_reader **ret, uint64_t *ret_position,
                     struct xf_error *error) XF_MUST_CHECK;
/* Where its bytes come from; XF_EIO at its end and when a part is not what its digest says. Borrows the reader. */
struct xf_unpack xf_snapshot_unpack(struct xf_snapshot_reader *reader);
void xf_snapshot_close(struct xf_snapshot_reader *reader); /* takes NULL */

/* Loads the newest intact snapshot and, into the outbox, the last events up to its position (up to keep a subscription; fewer when
 * there are many subscriptions). Broken ones are logged and passed over. *ret is left alone when there is none. XF_OK, XF_EIO,
 * XF_ENOMEM. */
int xf_snapshot_load(struct xf_db *db, struct xf_outbox *outbox, size_t keep, struct xf_fold **ret,
                     struct xf_error *error) XF_MUST_CHECK;

/* Writing */

/* What a finished set of parts is, for the row that makes it a snapshot. */
struct xf_snapshot {
    uint64_t position, bytes;
    uint32_t parts;
    uint8_t digest[32];
};

/* Writes the fold's parts. The caller sees to it that the fold does not change meanwhile. */
int xf_snapshot_write(struct xf_db *db, const struct xf_fold *fold, struct xf_snapshot *ret, struct xf_error *error) XF_MUST_CHECK;

/* A process that holds the fold as it was and saves it into a pipe, so that the fold may go on. Call under the engine's read lock;
 * returns at once. */
struct xf_snapshot_child {
    pthread_mutex_t lock; /* over pid: a process that may be signalled has not been reaped */
    int fd, pid;
    uint64_t position;
};
int xf_snapshot_fork(const struct xf_fold *fold, struct xf_snapshot_child *ret, struct xf_error *error) XF_MUST_CHECK;
/* Writes what the child saves; blocks until it is done, and reaps it in any case. XF_EIO also when it was cancelled. */
int xf_snapshot_write_child(struct xf_db *db, struct xf_snapshot_child *child, struct xf_snapshot *ret,
                            struct xf_error *error) XF_MUST_CHECK;
/* From another thread: ends the child before its time. */
void xf_snapshot_cancel(struct xf_snapshot_child *child);
/* Ends and reaps a child that will not be written. */
void xf_snapshot_abandon(struct xf_snapshot_child *child);

/* Makes it a snapshot and drops all but the two newest. The projections and events up to its position must be in. XF_ECONFLICT when
 * epoch writes no more. */
int xf_snapshot_publish(struct xf_db *db, uint64_t epoch, const struct xf_snapshot *snapshot, struct xf_error *error) XF_MUST_CHECK;

#endif
