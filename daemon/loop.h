/* SPDX-License-Identifier: Apache-2.0 */
/* The main thread's event loop, and the one way for other threads to reach it. */
#ifndef XF_DAEMON_LOOP_H
#define XF_DAEMON_LOOP_H

struct event_base;
struct xf_loop;

struct xf_loop *xf_loop_create(void); /* NULL on failure */
void xf_loop_destroy(struct xf_loop *loop);
struct event_base *xf_loop_base(struct xf_loop *loop);
void xf_loop_run(struct xf_loop *loop);  /* until xf_loop_stop */
void xf_loop_stop(struct xf_loop *loop); /* from the loop's own thread */
/* Runs call(argument) on the loop's thread, in the order of posting. From any thread; never blocks; out of memory is fatal (logged,
 * abort). */
void xf_loop_post(struct xf_loop *loop, void (*call)(void *argument), void *argument);

#endif
