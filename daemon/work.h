/* SPDX-License-Identifier: Apache-2.0 */
/* A few threads for what must wait (a row from PostgreSQL, an audit entry), each with its own connection. Their number bounds what
 * waits at once; the queue is bounded too. */
#ifndef XF_DAEMON_WORK_H
#define XF_DAEMON_WORK_H

#include "db.h"
#include "loop.h"

struct xf_work;
struct xf_work *xf_work_start(struct xf_loop *loop, const char *conninfo, unsigned threads, unsigned queue_max);
/* Finishes what is queued, joins. */
void xf_work_stop(struct xf_work *work);
/* From the loop's thread: run(argument, db) on a worker, then done(argument) on the loop. db is NULL when the database cannot be
 * reached: run must say so in its argument. XF_ELIMIT when the queue is full: neither is called. */
int xf_work_submit(struct xf_work *work, void (*run)(void *argument, struct xf_db *db), void (*done)(void *argument),
                   void *argument) XF_MUST_CHECK;

#endif
