/* SPDX-License-Identifier: Apache-2.0 */
/* The projector from within: what project.c (rounds) and projection.c (writing) share. */
#ifndef XF_DAEMON_PROJECTION_H
#define XF_DAEMON_PROJECTION_H

#include <pthread.h>
#include <stdatomic.h>

#include "backlog.h"
#include "keeper.h"
#include "project.h"
#include "render.h"

#define XF_PROJECT_ROUND_MS 200

struct xf_project {
    struct xf_daemon *daemon;
    uint64_t snapshot_every;
    int64_t keep_us;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool active, stopping, finish; /* under the lock */
    uint64_t epoch;                /* under the lock: of the lease under which it is active */
    atomic_uint_fast64_t projected;
    atomic_int_fast64_t give_up_at; /* monotonic ms: nothing is waited for beyond it */

    /* The thread's own. */
    struct xf_db *db;
    uint64_t writing;        /* the epoch of this round; 0: follower */
    uint64_t checked;        /* the epoch for which the tables were compared with what is known here */
    struct xf_changes old;   /* the worklist; a follower's changes that the writer has not projected as far as is known */
    struct xf_changes fresh; /* a follower's changes since then */
    uint64_t known;          /* changes up to it are in the tables, and not in the backlog */
    uint64_t last_snapshot;
    struct xf_render *render;
    struct xf_keeper keeper;
    int64_t next_connect, next_look, next_purge;
    uint64_t pace_position; /* how fast the fold goes: since pace_at */
    int64_t pace_at;
};

int64_t xf_project_now(void); /* monotonic milliseconds */
/* Sleeps; woken by a stop or a change of role. */
void xf_project_rest(struct xf_project *project, int64_t ms);

/* A transaction of the epoch of this round. XF_ECONFLICT: another epoch has begun. */
int xf_projection_begin(struct xf_project *project, struct xf_error *error) XF_MUST_CHECK;
/* Ends it: commits when rc is XF_OK, otherwise returns rc. */
int xf_projection_end(struct xf_project *project, int rc, struct xf_error *error) XF_MUST_CHECK;
/* Saves the outbox's events, at least those up to a position. */
int xf_projection_save_events(struct xf_project *project, uint64_t position, struct xf_error *error) XF_MUST_CHECK;
/* Writes the worklist, project->old, and empties it. */
int xf_projection_write(struct xf_project *project, struct xf_error *error) XF_MUST_CHECK;

#endif
