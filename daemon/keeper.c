/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic snapshots, for the projector. The engine's read lock is held for the fork alone; the child saves the state as it was
 * then, this thread's own connection carries it to the database. It waits with the last step until everything up to the snapshot's
 * position is projected: a start from it will not project that again. */
#include "keeper.h"

#include <jansson.h>
#include <time.h>

#include "db.h"
#include "log.h"

#define WAIT_NS 50000000L

static bool patience(void *context)
{
    const struct xf_keeper *keeper = context;

    return !atomic_load(&keeper->cancelled);
}

static int keep(struct xf_keeper *keeper, struct xf_snapshot *snapshot, struct xf_error *error)
{
    struct xf_db *db = xf_db_connect(keeper->conninfo, "crossflagd snapshot", 5, error);
    int rc = XF_EIO;

    if (!db) {
        xf_snapshot_abandon(&keeper->child);
        return XF_EIO;
    }
    xf_db_set_patience(db, patience, keeper);
    rc = xf_snapshot_write_child(db, &keeper->child, snapshot, error);
    while (rc == XF_OK && atomic_load(keeper->projected) < snapshot->position) {
        if (atomic_load(&keeper->cancelled))
            rc = xf_error_set(error, XF_EIO, "cancelled");
        nanosleep(&(struct timespec){.tv_nsec = WAIT_NS}, NULL);
    }
    if (rc == XF_OK)
        rc = xf_snapshot_publish(db, keeper->epoch, snapshot, error);
    xf_db_close(db);
    return rc;
}

static void *run(void *context)
{
    struct xf_keeper *keeper = context;
    struct xf_snapshot snapshot = {0};
    struct xf_error error = {0};

    pthread_setname_np(pthread_self(), "snapshot");
    if (keep(keeper, &snapshot, &error) == XF_OK) {
        keeper->published = snapshot.position;
        xf_log(XF_LOG_INFO, "snapshot.kept", "{s:I,s:I}", "position", (json_int_t)snapshot.position, "bytes",
               (json_int_t)snapshot.bytes);
    } else if (!atomic_load(&keeper->cancelled)) {
        xf_log(XF_LOG_WARNING, "snapshot.failed", "{s:s}", "reason", error.text);
    }
    atomic_store(&keeper->ended, true);
    return NULL;
}

bool xf_keeper_begin(struct xf_keeper *keeper, struct xf_engine *engine, uint64_t epoch)
{
    struct xf_error error;
    int rc;

    if (keeper->started)
        return false;
    rc = xf_snapshot_fork(xf_engine_read(engine), &keeper->child, &error);
    xf_engine_read_end(engine);
    if (rc != XF_OK) {
        xf_log(XF_LOG_WARNING, "snapshot.failed", "{s:s}", "reason", error.text);
        return false;
    }
    keeper->epoch = epoch;
    keeper->published = 0;
    atomic_store(&keeper->ended, false);
    atomic_store(&keeper->cancelled, false);
    if (pthread_create(&keeper->thread, NULL, run, keeper) != 0) {
        xf_snapshot_abandon(&keeper->child);
        return false;
    }
    keeper->started = true;
    return true;
}

bool xf_keeper_collect(struct xf_keeper *keeper, uint64_t *ret_published)
{
    if (!keeper->started || !atomic_load(&keeper->ended))
        return false;
    pthread_join(keeper->thread, NULL);
    keeper->started = false;
    *ret_published = keeper->published;
    return true;
}

void xf_keeper_cancel(struct xf_keeper *keeper)
{
    if (!keeper->started)
        return;
    atomic_store(&keeper->cancelled, true);
    xf_snapshot_cancel(&keeper->child);
    pthread_join(keeper->thread, NULL);
    keeper->started = false;
}
