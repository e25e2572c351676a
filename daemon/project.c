/* SPDX-License-Identifier: Apache-2.0 */
/* The projector's thread and its rounds: as the writer it takes what changed and has projection.c write it, keeps snapshots and
 * drops old events; as a follower it remembers. life.c starts it, tells it the role and ends it. Invariant: what was taken stays in
 * the backlog until its round is done, so a failure repeats the round. */
#include "project.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db.h"
#include "log.h"
#include "projection.h"
#include "statement.h"

#define LOOK_MS 1000 /* a follower's look at how far the writer has projected */
#define RETRY_MS 1000
#define PURGE_MS 3600000
#define PURGE_ROWS 10000
#define FINISH_MS 60000

/* The plans are made once, while the tables may still be empty: row by row through the primary keys, or they would be useless
 * later. */
static const char session_sql[] =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

int64_t xf_project_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void xf_project_rest(struct xf_project *project, int64_t ms)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += ms % 1000 * 1000000;
    end.tv_sec += ms / 1000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&project->lock);
    if (!project->stopping)
        pthread_cond_timedwait(&project->changed, &project->lock, &end);
    pthread_mutex_unlock(&project->lock);
}

static bool stopping(struct xf_project *project)
{
    bool is;

    pthread_mutex_lock(&project->lock);
    is = project->stopping;
    pthread_mutex_unlock(&project->lock);
    return is;
}

static bool patience(void *context)
{
    struct xf_project *project = context;

    return xf_project_now() < atomic_load(&project->give_up_at);
}

static bool connected(struct xf_project *project)
{
    struct xf_error error = {0};

    if (project->db && xf_db_wait(project->db, -1, 0) != XF_DB_READY && xf_db_alive(project->db))
        return true;
    xf_db_close(project->db);
    project->db = NULL;
    project->checked = 0;
    if (xf_project_now() < project->next_connect)
        return false;
    project->db = xf_db_connect(project->daemon->conninfo, "crossflagd project", 2, &error);
    if (project->db && xf_db_script(project->db, session_sql, &error) == XF_OK) {
        xf_db_set_patience(project->db, patience, project);
        return true;
    }
    xf_db_close(project->db);
    project->db = NULL;
    project->next_connect = xf_project_now() + RETRY_MS;
    return false;
}

static int ask(struct xf_project *project, const char *sql, uint64_t *ret, struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(project->db, sql, NULL, 0, true, error);

    if (!rows)
        return XF_EIO;
    *ret = xf_rows_count(rows) ? (uint64_t)xf_rows_integer(rows, 0, 0) : 0;
    xf_rows_free(rows);
    return XF_OK;
}

/* Adds what the engine has marked. */
static int take(struct xf_project *project, struct xf_changes *to)
{
    struct xf_dirty dirty;
    int rc = xf_engine_take_dirty(project->daemon->engine, &dirty);

    if (rc == XF_OK) {
        rc = xf_changes_add(to, &dirty);
        free(dirty.records);
        free(dirty.entities);
        free(dirty.flags);
    }
    return rc;
}

/* Once an epoch and connection: do the tables hold what the backlog leaves out? If they were emptied, have lost what we know to
 * have been in, or are of a state that is not what this daemon folded from nothing, they are made anew. */
static int check_tables(struct xf_project *project, struct xf_error *error)
{
    uint64_t position, snapshot;
    int rc = ask(project, XF_SQL_PROJECTED, &position, error);

    if (rc == XF_OK)
        rc = ask(project, XF_SQL_LAST_SNAPSHOT, &snapshot, error);
    if (rc != XF_OK)
        return rc;
    if (!project->last_snapshot)
        project->last_snapshot = snapshot;
    if (position == 0 || position < project->known || (!project->known && !snapshot)) {
        if (position)
            xf_log(XF_LOG_WARNING, "project.anew", "{s:I,s:I}", "projected", (json_int_t)position, "known",
                   (json_int_t)project->known);
        rc = xf_projection_begin(project, error);
        if (rc == XF_OK)
            rc = xf_db_script(project->db, XF_SQL_FORGET, error);
        rc = xf_projection_end(project, rc, error);
        if (rc != XF_OK)
            return rc;
        xf_render_forget(project->render);
        rc = xf_engine_dirty_all(project->daemon->engine);
        if (rc != XF_OK)
            return xf_error_set(error, rc, "out of memory");
        project->known = 0;
    }
    project->checked = project->writing;
    return XF_OK;
}

static int purge(struct xf_project *project, struct xf_error *error)
{
    struct timespec now;
    uint64_t gone = PURGE_ROWS;
    int rc = XF_OK;

    clock_gettime(CLOCK_REALTIME, &now);
    while (rc == XF_OK && gone == PURGE_ROWS && !stopping(project)) {
        const struct xf_param params[] = {XF_INT8((int64_t)now.tv_sec * 1000000 - project->keep_us), XF_INT8(PURGE_ROWS)};

        rc = xf_db_run(project->db, XF_SQL_DROP_EVENTS, params, 2, &gone, error);
    }
    return rc;
}

/* One round of the writer's. */
static int round_of_writer(struct xf_project *project, struct xf_error *error)
{
    uint64_t published, position;
    int rc = project->checked == project->writing ? XF_OK : check_tables(project, error);

    if (rc == XF_OK && (xf_changes_merge(&project->old, &project->fresh) != XF_OK || take(project, &project->old) != XF_OK))
        rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    if (rc != XF_OK)
        return rc;
    /* An entry's changes are marked before its events are published, and those before the position moves. */
    position = project->old.position;
    xf_engine_wait_blocking(project->daemon->engine, position);
    rc = xf_projection_save_events(project, position, error);
    if (rc == XF_OK && (xf_changes_count(&project->old) || position > project->known))
        rc = xf_projection_write(project, error);
    if (xf_keeper_collect(&project->keeper, &published) && published)
        project->last_snapshot = published;
    if (rc == XF_OK && position >= project->last_snapshot + project->snapshot_every && !stopping(project))
        xf_keeper_begin(&project->keeper, project->daemon->engine, project->writing);
    if (rc == XF_OK && xf_project_now() >= project->next_purge) {
        rc = purge(project, error);
        project->next_purge = xf_project_now() + PURGE_MS;
    }
    return rc;
}

/* A follower remembers, in two parts, what the writer has not projected: when the older part is in, the younger takes its place. */
static int round_of_follower(struct xf_project *project, struct xf_error *error)
{
    uint64_t position;
    int rc = take(project, &project->fresh) == XF_OK ? XF_OK : xf_error_set(error, XF_ENOMEM, "out of memory");

    if (rc != XF_OK || xf_project_now() < project->next_look || !connected(project))
        return rc;
    project->next_look = xf_project_now() + LOOK_MS;
    rc = ask(project, XF_SQL_PROJECTED, &position, error);
    if (rc != XF_OK)
        return rc;
    xf_outbox_saved_to(project->daemon->outbox, position);
    if (position < project->old.position)
        return XF_OK;
    if (xf_changes_count(&project->old))
        project->known = project->old.position;
    xf_changes_clear(&project->old);
    if (xf_changes_merge(&project->old, &project->fresh) != XF_OK)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    atomic_store(&project->projected, position);
    return XF_OK;
}

/* The last words of a writer: the engine has stopped, what it folded is complete. */
static void finish(struct xf_project *project)
{
    struct xf_snapshot snapshot;
    struct xf_error error = {0};
    int rc;

    xf_keeper_cancel(&project->keeper);
    project->next_connect = 0;
    if (!connected(project))
        return;
    rc = round_of_writer(project, &error);
    if (rc == XF_OK && project->known > project->last_snapshot) {
        const struct xf_fold *fold = xf_engine_read(project->daemon->engine);

        rc = xf_snapshot_write(project->db, fold, &snapshot, &error);
        xf_engine_read_end(project->daemon->engine);
        if (rc == XF_OK)
            rc = xf_snapshot_publish(project->db, project->writing, &snapshot, &error);
        if (rc == XF_OK)
            xf_log(XF_LOG_INFO, "snapshot.kept", "{s:I,s:I}", "position", (json_int_t)snapshot.position, "bytes",
                   (json_int_t)snapshot.bytes);
    }
    if (rc != XF_OK)
        xf_log(XF_LOG_WARNING, "project.unfinished", "{s:s}", "reason", error.text);
}

static void *run(void *context)
{
    struct xf_project *project = context;
    bool stop = false, last = false;

    pthread_setname_np(pthread_self(), "projector");
    while (!stop) {
        struct xf_error error = {0};
        int rc = XF_OK;

        pthread_mutex_lock(&project->lock);
        stop = project->stopping;
        last = project->finish;
        project->writing = project->active ? project->epoch : 0;
        pthread_mutex_unlock(&project->lock);
        if (stop)
            break;
        if (!project->writing)
            rc = round_of_follower(project, &error);
        else if (connected(project))
            rc = round_of_writer(project, &error);
        if (rc == XF_ECONFLICT) {
            /* The news that we are no longer the writer will come; until then nothing is written. */
            pthread_mutex_lock(&project->lock);
            if (project->epoch == project->writing)
                project->active = false;
            pthread_mutex_unlock(&project->lock);
        } else if (rc != XF_OK) {
            /* A follower may look before the schema is there. */
            xf_log(project->writing ? XF_LOG_WARNING : XF_LOG_DEBUG, "project.database", "{s:s}", "reason", error.text);
            xf_project_rest(project, RETRY_MS);
        }
        xf_project_rest(project, XF_PROJECT_ROUND_MS);
    }
    if (last && project->writing)
        finish(project);
    xf_keeper_cancel(&project->keeper);
    xf_db_close(project->db);
    return NULL;
}

static void destroy(struct xf_project *project)
{
    if (project->render)
        xf_render_free(project->render);
    free(project->render);
    xf_changes_free(&project->old);
    xf_changes_free(&project->fresh);
    pthread_cond_destroy(&project->changed);
    pthread_mutex_destroy(&project->lock);
    free(project);
}

struct xf_project *xf_project_start(struct xf_daemon *daemon)
{
    struct xf_project *project = calloc(1, sizeof(*project));
    pthread_condattr_t attributes;

    if (!project)
        return NULL;
    project->daemon = daemon;
    project->snapshot_every = (uint64_t)daemon->conf->snapshot_every;
    project->keep_us = daemon->conf->event_keep_days * XF_DAY;
    pthread_mutex_init(&project->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&project->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    atomic_init(&project->give_up_at, INT64_MAX);
    project->keeper = (struct xf_keeper){.conninfo = daemon->conninfo, .projected = &project->projected};
    project->render = calloc(1, sizeof(*project->render));
    if (!project->render || pthread_create(&project->thread, NULL, run, project) != 0) {
        destroy(project);
        return NULL;
    }
    return project;
}

void xf_project_set_active(struct xf_project *project, bool active)
{
    uint64_t epoch = active ? xf_journal_epoch(project->daemon->journal) : 0;

    pthread_mutex_lock(&project->lock);
    /* Between the news and now the lease may have gone again; the next news is under way. */
    project->active = active && epoch;
    if (epoch)
        project->epoch = epoch;
    pthread_cond_signal(&project->changed);
    pthread_mutex_unlock(&project->lock);
}

uint64_t xf_project_position(const struct xf_project *project)
{
    return atomic_load(&project->projected);
}

void xf_project_stop(struct xf_project *project, bool last)
{
    if (!project)
        return;
    atomic_store(&project->give_up_at, xf_project_now() + FINISH_MS);
    pthread_mutex_lock(&project->lock);
    project->stopping = true;
    project->finish = last;
    pthread_cond_signal(&project->changed);
    pthread_mutex_unlock(&project->lock);
    pthread_join(project->thread, NULL);
    destroy(project);
}
