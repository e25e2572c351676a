/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon is compared with: raw COPY of the same rows, and one bare commit, in the same PostgreSQL and into a table like
 * the journal. Called by client.c and latency.c. Invariants: the rows copied are the journal's own, bit by bit; the journal is only
 * read. */
#include "database.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "samples.h"

/* COPY's binary format, which is faster here than text: signature, flags, length of the extension; at the end a field count of -1.
 */
static const char copy_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
#define COPY_HEAD (sizeof(copy_head) - 1)
static const char copy_tail[] = "\377\377";
#define COPY_TAIL (sizeof(copy_tail) - 1)

#define COLUMNS "position, at, revision, kind, stream, actor, body"
#define CATCH_UP_NS (INT64_C(300) * 1000000000)
#define CATCH_UP_POLL_US 20000

static PGresult *check(PGconn *db, PGresult *result, ExecStatusType expected)
{
    if (PQresultStatus(result) != expected)
        xf_bench_die("PostgreSQL: %s", PQerrorMessage(db));
    return result;
}

static void execute(PGconn *db, const char *sql)
{
    PQclear(check(db, PQexec(db, sql), PGRES_COMMAND_OK));
}

PGconn *xf_database_open(const char *conninfo)
{
    PGconn *db = PQconnectdb(conninfo);

    if (PQstatus(db) != CONNECTION_OK)
        xf_bench_die("PostgreSQL: %s", PQerrorMessage(db));
    execute(db, "SET client_min_messages = warning");
    execute(db, "DROP SCHEMA IF EXISTS bench CASCADE");
    execute(db, "CREATE SCHEMA bench");
    execute(db, "CREATE TABLE bench.journal (LIKE journal INCLUDING ALL)");
    PQclear(check(db,
                  PQprepare(db, "one", "INSERT INTO bench.journal (" COLUMNS ") VALUES ($1, 1, 1, 1, $2, 'bench', $3)", 3, NULL),
                  PGRES_COMMAND_OK));
    return db;
}

void xf_database_close(PGconn *db)
{
    execute(db, "DROP SCHEMA bench CASCADE");
    PQfinish(db);
}

void xf_database_commit(PGconn *db, uint64_t number, const char *body)
{
    char position[24], stream[40];

    snprintf(position, sizeof(position), "%llu", (unsigned long long)number);
    snprintf(stream, sizeof(stream), "bench/one-%llu", (unsigned long long)number);
    PQclear(
        check(db, PQexecPrepared(db, "one", 3, (const char *const[]){position, stream, body}, NULL, NULL, 0), PGRES_COMMAND_OK));
}

/* COPY */

struct rows {
    char *bytes; /* rows in COPY's binary format, one after another */
    size_t length, capacity;
    size_t *ends; /* where each row ends */
    size_t count, room;
};

static void add_row(struct rows *rows, const char *bytes, size_t length)
{
    if (rows->length + length > rows->capacity) {
        rows->capacity = (rows->capacity + length) * 2;
        rows->bytes = realloc(rows->bytes, rows->capacity);
    }
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 65536;
        rows->ends = realloc(rows->ends, rows->room * sizeof(*rows->ends));
    }
    if (!rows->bytes || !rows->ends)
        xf_bench_die("out of memory");
    memcpy(rows->bytes + rows->length, bytes, length);
    rows->length += length;
    rows->ends[rows->count++] = rows->length;
}

/* The server sends a message a row, the head before the first and the tail as the last. */
static void read_journal(PGconn *db, struct rows *rows)
{
    bool first = true;
    char *bytes;
    int length;

    PQclear(check(db,
                  PQexec(db, "COPY (SELECT " COLUMNS " FROM journal WHERE kind = 1 ORDER BY position) TO STDOUT (FORMAT binary)"),
                  PGRES_COPY_OUT));
    while ((length = PQgetCopyData(db, &bytes, 0)) > 0) {
        size_t skip = first ? COPY_HEAD : 0;

        if ((size_t)length > skip + COPY_TAIL)
            add_row(rows, bytes + skip, (size_t)length - skip);
        first = false;
        PQfreemem(bytes);
    }
    if (length != -1)
        xf_bench_die("PostgreSQL: %s", PQerrorMessage(db));
    PQclear(check(db, PQgetResult(db), PGRES_COMMAND_OK));
    while (PQgetResult(db))
        ;
    if (!rows->count)
        xf_bench_die("the journal holds no records");
}

static void put(PGconn *db, const char *bytes, size_t length)
{
    /* Pieces, so that libpq does not gather a whole commit before it sends. */
    while (length) {
        size_t piece = length < 65536 ? length : 65536;

        if (PQputCopyData(db, bytes, (int)piece) != 1)
            xf_bench_die("PostgreSQL: %s", PQerrorMessage(db));
        bytes += piece;
        length -= piece;
    }
}

static void copy_rows(PGconn *db, const struct rows *rows, size_t from, size_t to)
{
    size_t start = from ? rows->ends[from - 1] : 0;

    PQclear(check(db, PQexec(db, "COPY bench.journal (" COLUMNS ") FROM STDIN (FORMAT binary)"), PGRES_COPY_IN));
    put(db, copy_head, COPY_HEAD);
    put(db, rows->bytes + start, rows->ends[to - 1] - start);
    put(db, copy_tail, COPY_TAIL);
    if (PQputCopyEnd(db, NULL) != 1)
        xf_bench_die("PostgreSQL: %s", PQerrorMessage(db));
    PQclear(check(db, PQgetResult(db), PGRES_COMMAND_OK));
    while (PQgetResult(db))
        ;
}

void xf_bench_settle(const struct xf_bench_plan *plan)
{
    PGconn *db = PQconnectdb(plan->database);
    int64_t began = xf_bench_now();
    bool done = false;

    if (PQstatus(db) != CONNECTION_OK)
        xf_bench_die("PostgreSQL: %s", PQerrorMessage(db));
    while (!done) {
        PGresult *result = check(db, PQexec(db, "SELECT (SELECT position FROM projected) >= (SELECT max(position) FROM journal)"),
                                 PGRES_TUPLES_OK);

        done = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
        PQclear(result);
        if (!done && xf_bench_now() - began > CATCH_UP_NS)
            xf_bench_die("the projections do not catch up with the journal");
        if (!done)
            usleep(CATCH_UP_POLL_US);
    }
    printf("projected_s %.3f\n", (double)(xf_bench_now() - began) / 1e9);
    PQfinish(db);
}

static void print_version(PGconn *db)
{
    PGresult *result = check(db, PQexec(db, "SHOW server_version"), PGRES_TUPLES_OK);

    printf("postgresql %s\n", PQgetvalue(result, 0, 0));
    PQclear(result);
}

void xf_bench_copy(const struct xf_bench_plan *plan)
{
    PGconn *db = xf_database_open(plan->database);
    struct rows rows = {0};
    int64_t began;

    if (!plan->rows)
        xf_bench_die("--rows must be at least 1");
    print_version(db);
    read_journal(db, &rows);
    /* So that no checkpoint of what the daemon wrote falls into the measurement. */
    execute(db, "CHECKPOINT");
    began = xf_bench_now();
    for (size_t at = 0; at < rows.count; at += plan->rows)
        copy_rows(db, &rows, at, at + plan->rows < rows.count ? at + plan->rows : rows.count);
    printf("copy_rows %zu\ncopy_bytes %zu\ncopy_s %.6f\n", rows.count, rows.length, (double)(xf_bench_now() - began) / 1e9);
    free(rows.bytes);
    free(rows.ends);
    xf_database_close(db);
}
