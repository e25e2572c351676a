/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's own PostgreSQL, for when no database is configured: a cluster under data_dir/postgres, reached through a Unix socket
 * only. It runs in a session of its own and survives a daemon that is killed; the next daemon adopts it. All calls on one thread.
 */
#ifndef XF_DAEMON_POSTGRES_H
#define XF_DAEMON_POSTGRES_H

#include <stddef.h>

#include "crossflag/error.h"

struct xf_postgres;

/* Makes the cluster when there is none (a few seconds), starts it or adopts the one that runs, and waits up to wait_ms for it to
 * answer (a cluster that is still recovering then is no error: the journal connects when it can). bindir: where initdb and postgres
 * are; NULL finds them. NULL with *error: as root, no such programs, no space, no permission, data_dir in use by another daemon, a
 * socket path that cannot be had. */
struct xf_postgres *xf_postgres_start(const char *data_dir, const char *bindir, int wait_ms, struct xf_error *error);
/* The connection string of a directory's server that runs, owned (free), without taking the directory: XF_OK, XF_ENOTFOUND when
 * none runs that this account can see, XF_ENOMEM. */
int xf_postgres_find(const char *data_dir, char **ret_conninfo) XF_MUST_CHECK;
/* The connection string, borrowed. */
const char *xf_postgres_conninfo(const struct xf_postgres *postgres);
/* Starts it again when it has died. Never blocks; the main loop calls it every second. */
void xf_postgres_poll(struct xf_postgres *postgres);
/* Stops the server (fast shutdown, after timeout_ms an immediate one) and frees. Takes NULL. */
void xf_postgres_stop(struct xf_postgres *postgres, int timeout_ms);
/* Frees and leaves the server running, as a daemon does that dies. */
void xf_postgres_leave(struct xf_postgres *postgres);
int xf_postgres_pid(const struct xf_postgres *postgres); /* of the postmaster; 0 when it is not running */

#endif
