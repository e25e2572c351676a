/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps snapshots while the fold goes on: a thread that takes a child's bytes into the database and publishes them once the
 * projections have got as far. One at a time. */
#ifndef XF_DAEMON_KEEPER_H
#define XF_DAEMON_KEEPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "snapshot.h"

struct xf_keeper {
    const char *conninfo;                  /* borrowed */
    const atomic_uint_fast64_t *projected; /* borrowed: how far the projections are */
    uint64_t epoch;
    bool started;
    atomic_bool ended, cancelled;
    pthread_t thread;
    struct xf_snapshot_child child;
    uint64_t published; /* valid once ended: the snapshot's position; 0 when it failed */
};
/* Forks and begins. False when one is under way already, or it could not (logged). */
bool xf_keeper_begin(struct xf_keeper *keeper, struct xf_engine *engine, uint64_t epoch);
/* Whether one ended since it began; collects it. *ret_published is its position, 0 when it failed. */
bool xf_keeper_collect(struct xf_keeper *keeper, uint64_t *ret_published);
/* Ends one that is under way, without a snapshot. */
void xf_keeper_cancel(struct xf_keeper *keeper);

#endif
