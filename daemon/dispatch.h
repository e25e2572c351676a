/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to subscriptions: which webhook is sent what and when, on a thread of its own; and the home of the streams and long polls,
 * which live on the main loop.
 *
 * What the others call, and when:
 *   main.c    xf_dispatch_start    on the loop's thread, before the loop runs: after conf, loop, metrics, outbox, engine, journal
 * and work are made, before the HTTP server takes its first request and before the journal can call `role` (or call
 * set_active(true) after it, if the journal became writer meanwhile) xf_dispatch_drain    on the loop's thread at SIGTERM, before
 * xf_http_drain: ends long polls with what there is xf_dispatch_stop     on the loop's thread after the loop has ended, before
 * xf_journal_stop: the thread submits entries of its own xf_dispatch_destroy  after xf_engine_stop and xf_work_stop, before
 * xf_http_destroy and xf_outbox_destroy: streams hold exchanges, workers may still read for them, and the outbox still tells of
 * events journal   xf_dispatch_set_active(role == XF_JOURNAL_WRITER), in the role callback handlers  xf_dispatch_refresh, in `then`
 * of an entry that changes a subscription engine    nothing: the dispatch listens to the outbox */
#ifndef XF_DAEMON_DISPATCH_H
#define XF_DAEMON_DISPATCH_H

#include <stdbool.h>

struct xf_daemon;
struct xf_dispatch;
struct xf_networks;
struct xf_streams;

/* Starts the thread; never waits for the database, sends nothing before it is active. Reads the daemon's conf now and not later.
 * NULL (logged) when the configured authorities are broken or memory is short. */
struct xf_dispatch *xf_dispatch_start(struct xf_daemon *daemon);
/* Only the writer delivers. From any thread; takes effect soon. Turning it on loads the cursors and goes on where they stand;
 * turning it off drops what is under way. */
void xf_dispatch_set_active(struct xf_dispatch *dispatch, bool active);
/* Subscriptions changed (the change is folded): looks at them again. From any thread. */
void xf_dispatch_refresh(struct xf_dispatch *dispatch);
void xf_dispatch_drain(struct xf_dispatch *dispatch);
/* Ends the thread and writes the cursors; what is not delivered then is delivered by the next writer. Takes NULL; a second call
 * does nothing. */
void xf_dispatch_stop(struct xf_dispatch *dispatch);
void xf_dispatch_destroy(struct xf_dispatch *dispatch); /* takes NULL */

/* For the handlers. */
struct xf_streams *xf_dispatch_streams(struct xf_dispatch *dispatch);
struct xf_networks *xf_dispatch_networks(const struct xf_dispatch *dispatch);

#endif
