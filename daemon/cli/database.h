/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's PostgreSQL for a command that needs no daemon: one that is named, a daemon's own that runs, or a daemon's own that
 * is started for the while. */
#ifndef XF_CLI_DATABASE_H
#define XF_CLI_DATABASE_H

#include "../db.h"
#include "cli.h"

struct xf_postgres;

/* Where it is: exactly one of them. */
struct xf_database_choice {
    const char *conninfo; /* as libpq takes it */
    const char *data_dir; /* of a daemon that keeps its own */
    const char *config;   /* the daemon's configuration, which names one or the other */
};
struct xf_database {
    struct xf_db *db;
    struct xf_postgres *started; /* by this program, and stopped by it; NULL: it ran already */
};
/* Connects; as root it becomes the account that the database belongs to first, for good, and leaves the working directory: open
 * your files before. Between xf_database_open and xf_database_close of a server that was started here SIGINT, SIGTERM and SIGHUP
 * only set what xf_database_interrupted tells. XF_EXIT_OK, or the exit code after having said why. */
int xf_database_open(struct xf_cli *cli, const struct xf_database_choice *choice, struct xf_database *ret) XF_MUST_CHECK;
/* Disconnects and stops what was started; a signal that came meanwhile ends the program then. */
void xf_database_close(struct xf_database *database);
bool xf_database_interrupted(void);

#endif
