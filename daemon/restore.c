/* SPDX-License-Identifier: Apache-2.0 */
/* Reading snapshots: at a daemon's start, and by `crossflag refold --verify`. The list of the parts' digests is checked against the
 * snapshot's row before anything is read, and each part against its digest before a byte of it is handed out, so that the fold is
 * never made from bytes that were not saved. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "db.h"
#include "log.h"
#include "outbox.h"
#include "snapshot.h"
#include "statement.h"

#define DIGEST 32
/* What restoring events may read in all, at about EVENT_BYTES each; older ones are read from the table when they are asked for. */
#define EVENTS_BYTES ((size_t)64 << 20)
#define EVENT_BYTES 2048

struct xf_snapshot_reader {
    struct xf_db *db;
    struct xf_snapshot snapshot;
    unsigned char *digests;
    uint32_t asked, taken; /* parts asked for and received; at most one is under way */
    struct xf_rows *part;
    const char *at; /* in part */
    size_t left;
    struct xf_error failure; /* code 0: none */
};

/* Keeps the list of digests if it is the one that the row stands for. */
static int open_one(struct xf_db *db, const struct xf_snapshot *snapshot, struct xf_snapshot_reader **ret, struct xf_error *error)
{
    const struct xf_param params[] = {XF_INT8(snapshot->position)};
    struct xf_snapshot_reader *reader = calloc(1, sizeof(*reader));
    struct xf_rows *rows = xf_db_query(db, XF_SQL_PART_DIGESTS, params, 1, true, error);
    unsigned char digest[DIGEST];
    int rc = rows ? XF_OK : XF_EIO;

    if (!reader)
        rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    if (rc == XF_OK && (uint32_t)xf_rows_count(rows) != snapshot->parts)
        rc = xf_error_set(error, XF_EINVAL, "the snapshot has %d of its %u parts", xf_rows_count(rows), snapshot->parts);
    if (rc == XF_OK) {
        reader->digests = malloc((size_t)snapshot->parts * DIGEST + 1);
        if (!reader->digests)
            rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    for (int i = 0; rc == XF_OK && i < xf_rows_count(rows); i++) {
        if (xf_rows_length(rows, i, 0) != DIGEST)
            rc = xf_error_set(error, XF_EINVAL, "part %d of the snapshot has no digest", i);
        else
            memcpy(reader->digests + (size_t)i * DIGEST, xf_rows_value(rows, i, 0), DIGEST);
    }
    xf_rows_free(rows);
    if (rc == XF_OK && (EVP_Digest(reader->digests, (size_t)snapshot->parts * DIGEST, digest, NULL, EVP_sha256(), NULL) != 1 ||
                        memcmp(digest, snapshot->digest, DIGEST) != 0))
        rc = xf_error_set(error, XF_EINVAL, "the snapshot's digest does not fit its parts");
    if (rc != XF_OK) {
        xf_snapshot_close(reader);
        return rc;
    }
    reader->db = db;
    reader->snapshot = *snapshot;
    *ret = reader;
    return XF_OK;
}

/* The rows of table snapshot, newest first, malloc'ed. */
static int list(struct xf_db *db, struct xf_snapshot **ret, size_t *ret_count, struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(db, XF_SQL_SNAPSHOTS, NULL, 0, true, error);
    struct xf_snapshot *snapshots;
    size_t count = 0;

    if (!rows)
        return XF_EIO;
    snapshots = calloc((size_t)xf_rows_count(rows) + 1, sizeof(*snapshots));
    for (int i = 0; snapshots && i < xf_rows_count(rows); i++) {
        if (xf_rows_integer(rows, i, 1) != XF_SNAPSHOT_FORMAT || xf_rows_length(rows, i, 4) != DIGEST)
            continue;
        snapshots[count] = (struct xf_snapshot){.position = (uint64_t)xf_rows_integer(rows, i, 0),
                                                .parts = (uint32_t)xf_rows_integer(rows, i, 2),
                                                .bytes = (uint64_t)xf_rows_integer(rows, i, 3)};
        memcpy(snapshots[count++].digest, xf_rows_value(rows, i, 4), DIGEST);
    }
    xf_rows_free(rows);
    if (!snapshots)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    *ret = snapshots;
    *ret_count = count;
    return XF_OK;
}

int xf_snapshot_open(struct xf_db *db, struct xf_snapshot_reader **ret, uint64_t *ret_position, struct xf_error *error)
{
    struct xf_snapshot *snapshots;
    size_t count;
    int rc = list(db, &snapshots, &count, error);

    if (rc != XF_OK)
        return rc;
    rc = count ? open_one(db, &snapshots[0], ret, error) : xf_error_set(error, XF_ENOTFOUND, "there is no snapshot");
    if (rc == XF_OK)
        *ret_position = snapshots[0].position;
    free(snapshots);
    return rc;
}

static int ask(struct xf_snapshot_reader *reader)
{
    const struct xf_param params[] = {XF_INT8(reader->snapshot.position), XF_INT8(reader->asked)};

    if (xf_db_send(reader->db, XF_SQL_PART, params, 2, true, &reader->failure) != XF_OK)
        return XF_EIO;
    reader->asked++;
    return XF_OK;
}

/* Makes the next part the current one, with the one after it under way. */
static int next_part(struct xf_snapshot_reader *reader)
{
    unsigned char digest[DIGEST];
    uint32_t part = reader->taken;

    xf_rows_free(reader->part);
    reader->part = NULL;
    if (part == reader->snapshot.parts)
        return xf_error_set(&reader->failure, XF_EINVAL, "the snapshot ends too early");
    if (reader->asked == part && ask(reader) != XF_OK)
        return XF_EIO;
    reader->part = xf_db_receive(reader->db, &reader->failure);
    if (!reader->part)
        return XF_EIO;
    reader->taken++;
    if (reader->asked < reader->snapshot.parts && ask(reader) != XF_OK)
        return XF_EIO;
    if (xf_rows_count(reader->part) != 1)
        return xf_error_set(&reader->failure, XF_EINVAL, "part %u of the snapshot is missing", part);
    reader->at = xf_rows_value(reader->part, 0, 0);
    reader->left = (size_t)xf_rows_length(reader->part, 0, 0);
    if (EVP_Digest(reader->at, reader->left, digest, NULL, EVP_sha256(), NULL) != 1 ||
        memcmp(digest, reader->digests + (size_t)part * DIGEST, DIGEST) != 0) {
        reader->left = 0;
        return xf_error_set(&reader->failure, XF_EINVAL, "part %u of the snapshot is not what its digest says", part);
    }
    return XF_OK;
}

static int read_parts(void *context, void *bytes, size_t length)
{
    struct xf_snapshot_reader *reader = context;
    char *to = bytes;

    while (length) {
        size_t piece = reader->left < length ? reader->left : length;

        if (!piece) {
            if (reader->failure.code || next_part(reader) != XF_OK)
                return XF_EIO;
            continue;
        }
        memcpy(to, reader->at, piece);
        reader->at += piece;
        reader->left -= piece;
        to += piece;
        length -= piece;
    }
    return XF_OK;
}

struct xf_unpack xf_snapshot_unpack(struct xf_snapshot_reader *reader)
{
    return (struct xf_unpack){.read = read_parts, .context = reader};
}

void xf_snapshot_close(struct xf_snapshot_reader *reader)
{
    struct xf_error ignored;

    if (!reader)
        return;
    xf_rows_free(reader->part);
    if (reader->asked > reader->taken)
        xf_rows_free(xf_db_receive(reader->db, &ignored)); /* the connection is left clean */
    free(reader->digests);
    free(reader);
}

/* One snapshot into a fold. XF_EINVAL when it is broken. */
static int load_one(struct xf_db *db, const struct xf_snapshot *snapshot, struct xf_fold **ret, struct xf_error *error)
{
    struct xf_snapshot_reader *reader = NULL;
    struct xf_fold *fold = NULL;
    struct xf_unpack unpack;
    int rc = open_one(db, snapshot, &reader, error);

    if (rc != XF_OK)
        return rc;
    unpack = xf_snapshot_unpack(reader);
    rc = xf_fold_load(&unpack, &fold, error);
    if (rc == XF_OK && (reader->taken != snapshot->parts || reader->left || xf_fold_position(fold) != snapshot->position))
        rc = xf_error_set(error, XF_EINVAL, "the snapshot holds something else than the state at its position");
    else if (rc != XF_OK && reader->failure.code)
        rc = (*error = reader->failure).code;
    else if (rc != XF_OK && rc != XF_ENOMEM)
        rc = XF_EINVAL;
    xf_snapshot_close(reader);
    if (rc != XF_OK) {
        xf_fold_destroy(fold);
        return rc;
    }
    *ret = fold;
    return XF_OK;
}

/* A subscription's last events, oldest first, into the outbox. */
static int restore_events(struct xf_db *db, struct xf_outbox *outbox, const char *subscription, uint64_t position, size_t keep,
                          struct xf_error *error)
{
    const struct xf_param params[] = {XF_TEXT(subscription), XF_INT8(position), XF_INT8(keep)};
    struct xf_rows *rows = xf_db_query(db, XF_SQL_LAST_EVENTS, params, 3, true, error);
    int rc = rows ? XF_OK : XF_EIO;

    for (int row = rows ? xf_rows_count(rows) : 0; rc == XF_OK && row-- > 0;) {
        const struct xf_message message = {.sequence = (uint64_t)xf_rows_integer(rows, row, 0),
                                           .position = (uint64_t)xf_rows_integer(rows, row, 2),
                                           .at = xf_rows_integer(rows, row, 3),
                                           .subscription = subscription,
                                           .id = xf_rows_value(rows, row, 1),
                                           .body = xf_rows_value(rows, row, 4),
                                           .length = (size_t)xf_rows_length(rows, row, 4)};

        rc = xf_outbox_restore(outbox, &message);
        if (rc != XF_OK)
            xf_error_set(error, rc, "out of memory");
    }
    xf_rows_free(rows);
    return rc;
}

int xf_snapshot_load(struct xf_db *db, struct xf_outbox *outbox, size_t keep, struct xf_fold **ret, struct xf_error *error)
{
    const struct xf_subscriptions *subscriptions;
    struct xf_snapshot *snapshots;
    struct xf_fold *fold = NULL;
    size_t count, subscription_count, share;
    int rc = list(db, &snapshots, &count, error);

    if (rc != XF_OK)
        return rc;
    for (size_t i = 0; i < count && !fold; i++) {
        rc = load_one(db, &snapshots[i], &fold, error);
        if (rc != XF_OK && rc != XF_EINVAL)
            break;
        if (rc == XF_EINVAL)
            xf_log(XF_LOG_ERROR, "snapshot.broken", "{s:I,s:s}", "position", (json_int_t)snapshots[i].position, "reason",
                   error->text);
        rc = XF_OK;
    }
    free(snapshots);
    if (rc != XF_OK || !fold)
        return rc;
    subscriptions = xf_fold_subscriptions(fold);
    subscription_count = xf_subscriptions_count(subscriptions);
    share = subscription_count ? EVENTS_BYTES / EVENT_BYTES / subscription_count : 0;
    share = share < 1 ? 1 : share < keep ? share : keep;
    for (size_t i = 0; rc == XF_OK && i < subscription_count; i++)
        rc = restore_events(db, outbox, xf_subscriptions_at(subscriptions, i)->id, xf_fold_position(fold), share, error);
    if (rc != XF_OK) {
        xf_fold_destroy(fold);
        return rc;
    }
    xf_log(XF_LOG_INFO, "snapshot.loaded", "{s:I}", "position", (json_int_t)xf_fold_position(fold));
    *ret = fold;
    return XF_OK;
}
