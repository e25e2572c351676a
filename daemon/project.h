/* SPDX-License-Identifier: Apache-2.0 */
/* The projector: a thread behind the fold that writes entities, mentions, links, flags and events to PostgreSQL, and snapshots of
 * the state. It coalesces what changes while it writes, and makes way for ingest: it may lag. Only the writer projects; a
 * follower's projector remembers what the writer has not projected yet. */
#ifndef XF_DAEMON_PROJECT_H
#define XF_DAEMON_PROJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon.h"

struct xf_project;
/* Borrows daemon: engine and outbox until stop, journal in set_active only. Inactive at first. NULL on failure. */
struct xf_project *xf_project_start(struct xf_daemon *daemon);
/* From the loop's thread, when this daemon has become the writer, or is it no more. */
void xf_project_set_active(struct xf_project *project, bool active);
uint64_t xf_project_position(const struct xf_project *project); /* projected so far, as known here; from any thread */
/* After the engine has stopped. finish: writes what is left and a snapshot of the last state (when this daemon was active and its
 * epoch is still the last). Ends the thread and frees. Takes NULL. */
void xf_project_stop(struct xf_project *project, bool finish);

#endif
