/* SPDX-License-Identifier: Apache-2.0 */
/* What the projector writes: events, and the worklist's rows in chunks, rendered in short slices under the read lock and written in
 * fenced transactions, of which the last moves table projected. Invariants: table projected never says more than what is in;
 * nothing is written under an epoch that has ended. While records stream in it rests between chunks: it may lag, ingest may not. */
#include "projection.h"

#include <time.h>

#include "db.h"
#include "statement.h"

#define SLICE_NS 1000000 /* under the read lock at a time */
#define SLICE_ITEMS 16   /* between two looks at the clock */
#define CHUNK_ROWS 4000  /* of a transaction */
#define EVENTS_MAX 512   /* likewise */
#define BUSY_PER_S 2000  /* entries folded a second beyond which the projector makes way... */
#define BUSY_SHARE 4     /* ...by resting so many times as long as it worked */
#define REST_MAX_MS 1000

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int xf_projection_begin(struct xf_project *project, struct xf_error *error)
{
    const struct xf_param fence[] = {XF_INT8(project->writing)};
    struct xf_rows *rows;
    int rc = xf_db_script(project->db, "BEGIN", error);

    if (rc != XF_OK)
        return rc;
    rows = xf_db_query(project->db, XF_SQL_FENCE, fence, 1, true, error);
    if (!rows)
        rc = XF_EIO;
    else if (xf_rows_count(rows) == 0)
        rc = xf_error_set(error, XF_ECONFLICT, "another epoch has begun");
    xf_rows_free(rows);
    return rc;
}

int xf_projection_end(struct xf_project *project, int rc, struct xf_error *error)
{
    struct xf_error ignored;

    if (rc == XF_OK)
        return xf_db_script(project->db, "COMMIT", error);
    if (xf_db_script(project->db, "ROLLBACK", &ignored) != XF_OK) {
        xf_db_close(project->db);
        project->db = NULL;
    }
    return rc;
}

static int write_events(struct xf_project *project, const struct xf_message *const *messages, size_t count, struct xf_error *error)
{
    static const enum xf_column_type types[6] = {XF_COLUMN_TEXT, XF_COLUMN_INT8, XF_COLUMN_TEXT,
                                                 XF_COLUMN_INT8, XF_COLUMN_INT8, XF_COLUMN_TEXT};
    struct xf_column columns[6] = {0};
    struct xf_param params[6];
    int rc;

    for (int i = 0; i < 6; i++)
        xf_column_start(&columns[i], types[i]);
    for (size_t i = 0; i < count; i++) {
        xf_column_text(&columns[0], messages[i]->subscription);
        xf_column_int8(&columns[1], (int64_t)messages[i]->sequence);
        xf_column_text(&columns[2], messages[i]->id);
        xf_column_int8(&columns[3], (int64_t)messages[i]->position);
        xf_column_int8(&columns[4], messages[i]->at);
        xf_column_bytes(&columns[5], messages[i]->body, messages[i]->length);
    }
    rc = xf_projection_begin(project, error);
    for (int i = 0; i < 6; i++) {
        params[i] = xf_column_param(&columns[i]);
        if (columns[i].failed && rc == XF_OK)
            rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    if (rc == XF_OK)
        rc = xf_db_run(project->db, XF_SQL_PUT_EVENTS, params, 6, NULL, error);
    rc = xf_projection_end(project, rc, error);
    for (int i = 0; i < 6; i++)
        xf_column_free(&columns[i]);
    return rc;
}

int xf_projection_save_events(struct xf_project *project, uint64_t position, struct xf_error *error)
{
    const struct xf_message *messages[EVENTS_MAX];
    bool more = true;
    int rc = XF_OK;

    while (rc == XF_OK && more) {
        size_t count = xf_outbox_unsaved(project->daemon->outbox, messages, EVENTS_MAX);

        if (!count)
            break;
        more = count == EVENTS_MAX || messages[count - 1]->position <= position;
        rc = write_events(project, messages, count, error);
        for (size_t i = 0; i < count; i++)
            xf_message_unref(messages[i]);
        if (rc == XF_OK)
            xf_outbox_saved(project->daemon->outbox, count);
    }
    return rc;
}

/* A place in the worklist. */
struct cursor {
    size_t record, entity, flag;
};

static bool at_end(const struct xf_changes *changes, const struct cursor *cursor)
{
    return cursor->record == changes->records.count && cursor->entity == changes->entities.count &&
           cursor->flag == changes->flags.count;
}

static int render_one(struct xf_project *project, const struct xf_fold *fold, struct cursor *cursor)
{
    const struct xf_changes *work = &project->old;

    if (cursor->record < work->records.count)
        return xf_render_record(project->render, fold, work->records.items[cursor->record++]);
    if (cursor->entity < work->entities.count)
        return xf_render_entity(project->render, fold, work->entities.items[cursor->entity++]);
    return xf_render_flag(project->render, fold, work->flags.items[cursor->flag++]);
}

/* Makes a chunk of rows, giving the lock back after every slice so that the fold goes on. */
static int render_chunk(struct xf_project *project, struct cursor *cursor)
{
    int rc = XF_OK;

    xf_render_start(project->render);
    while (rc == XF_OK && !at_end(&project->old, cursor) && project->render->rows < CHUNK_ROWS) {
        const struct xf_fold *fold = xf_engine_read(project->daemon->engine);
        int64_t slice_end = now_ns() + SLICE_NS;

        do {
            for (int i = 0; i < SLICE_ITEMS && rc == XF_OK && !at_end(&project->old, cursor); i++)
                rc = render_one(project, fold, cursor);
        } while (rc == XF_OK && !at_end(&project->old, cursor) && project->render->rows < CHUNK_ROWS && now_ns() < slice_end);
        xf_engine_read_end(project->daemon->engine);
    }
    return rc;
}

/* Whether records stream in: then the projector rests between chunks, and the processors and the disk are the fold's and the
 * journal's. */
static bool busy(struct xf_project *project)
{
    uint64_t position = xf_engine_position(project->daemon->engine);
    int64_t now = xf_project_now(), elapsed = now - project->pace_at;
    bool is = (position - project->pace_position) * 1000 > (uint64_t)(elapsed > 0 ? elapsed : 1) * BUSY_PER_S;

    if (elapsed >= XF_PROJECT_ROUND_MS) {
        project->pace_position = position;
        project->pace_at = now;
    }
    return is;
}

int xf_projection_write(struct xf_project *project, struct xf_error *error)
{
    const struct xf_param to[] = {XF_INT8(project->old.position)};
    struct cursor cursor = {0};
    bool done;

    xf_changes_settle(&project->old);
    do {
        int64_t started = xf_project_now();
        int rc = render_chunk(project, &cursor) == XF_OK ? XF_OK : xf_error_set(error, XF_ENOMEM, "out of memory");

        done = at_end(&project->old, &cursor);
        if (rc == XF_OK)
            rc = xf_projection_begin(project, error);
        if (rc == XF_OK)
            rc = xf_render_write(project->render, project->db, error);
        if (rc == XF_OK && done)
            rc = xf_db_run(project->db, XF_SQL_SET_PROJECTED, to, 1, NULL, error);
        rc = xf_projection_end(project, rc, error);
        if (rc != XF_OK) {
            xf_render_forget(project->render);
            return rc;
        }
        /* Events are not kept waiting for a long worklist. */
        rc = done ? XF_OK : xf_projection_save_events(project, 0, error);
        if (rc != XF_OK)
            return rc;
        if (!done && busy(project)) {
            int64_t ms = (xf_project_now() - started) * BUSY_SHARE;

            xf_project_rest(project, ms < REST_MAX_MS ? ms : REST_MAX_MS);
        }
    } while (!done);
    project->known = project->old.position;
    atomic_store(&project->projected, project->known);
    xf_changes_clear(&project->old);
    return XF_OK;
}
