/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL beside which the daemon is measured: a table of the journal's shape, in a schema of its own. */
#ifndef XF_BENCH_DATABASE_H
#define XF_BENCH_DATABASE_H

#include <stddef.h>
#include <stdint.h>

struct pg_conn;

/* Connects, and makes the empty table bench.journal with the columns, storage and two unique indexes of the journal. */
struct pg_conn *xf_database_open(const char *conninfo);
/* Drops it and ends the connection. */
void xf_database_close(struct pg_conn *db);
/* Commits one row of the journal's shape by a prepared INSERT; number must be new. */
void xf_database_commit(struct pg_conn *db, uint64_t number, const char *body);

#endif
