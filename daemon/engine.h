/* SPDX-License-Identifier: Apache-2.0 */
/* The fold's thread: takes committed batches in order, applies them under the write lock in slices of at most a millisecond, hands
 * events to the outbox and notes what projections must write. Readers on any thread take the read lock for short questions. */
#ifndef XF_DAEMON_ENGINE_H
#define XF_DAEMON_ENGINE_H

#include "crossflag/fold.h"
#include "journal.h"
#include "loop.h"
#include "metrics.h"

struct xf_engine;
struct xf_outbox;

/* fold is taken over. outbox is borrowed. */
struct xf_engine *xf_engine_start(struct xf_fold *fold, struct xf_outbox *outbox, size_t queue_max);
void xf_engine_stop(struct xf_engine *engine); /* folds what is queued, ends the thread; the fold stays readable until destroy */
void xf_engine_destroy(struct xf_engine *engine);

/* Counts what linking decides in crossflag_link_decisions_total{outcome}. Before the first push. */
void xf_engine_measure(struct xf_engine *engine, struct xf_metrics *metrics);

/* Puts a fold that was loaded from a snapshot in the place of the one it was started with, which must still be at position 0. Takes
 * it over. Before the first push. */
void xf_engine_adopt(struct xf_engine *engine, struct xf_fold *fold);

/* The journal's `committed` callback: queues the batch, waiting while the queue is full. */
void xf_engine_push(struct xf_engine *engine, struct xf_batch *batch);

/* The read lock, and the state under it. */
const struct xf_fold *xf_engine_read(struct xf_engine *engine);
void xf_engine_read_end(struct xf_engine *engine);

uint64_t xf_engine_position(const struct xf_engine *engine); /* folded so far; from any thread */
/* Runs call(argument) on the loop once the position is folded (soon, if it is already). */
void xf_engine_wait(struct xf_engine *engine, uint64_t position, struct xf_loop *loop, void (*call)(void *argument),
                    void *argument);
/* Blocks the calling thread until the position is folded. */
void xf_engine_wait_blocking(struct xf_engine *engine, uint64_t position);

/* What changed since the last take, for the projector: distinct register rows, entities and flags. Arrays are malloc'ed, the caller
 * frees. position: all changes up to it are in this or an earlier take. */
struct xf_dirty {
    uint64_t position;
    uint32_t *records, *entities, *flags;
    size_t record_count, entity_count, flag_count;
};
int xf_engine_take_dirty(struct xf_engine *engine, struct xf_dirty *ret) XF_MUST_CHECK;
/* Marks everything dirty: projections are made anew. */
int xf_engine_dirty_all(struct xf_engine *engine) XF_MUST_CHECK;

#endif
