/* SPDX-License-Identifier: Apache-2.0 */
/* Brings a database's schema up to what this build knows. */
#ifndef XF_DAEMON_MIGRATE_H
#define XF_DAEMON_MIGRATE_H

#include "crossflag/error.h"

struct xf_db;

/* One file of schema/; the table is made of them at build time (schema/embed.py) and ends with number 0. */
struct xf_migration {
    int number;
    const char *name, *sql;
};
extern const struct xf_migration xf_migrations[];

/* Runs the migrations that the database has not had, each in its own transaction, one daemon at a time. XF_ECONFLICT when the
 * database is newer than this build or has had another migration of the same number; XF_EIO. Cheap when there is nothing to do. */
int xf_migrate(struct xf_db *db, struct xf_error *error) XF_MUST_CHECK;

#endif
