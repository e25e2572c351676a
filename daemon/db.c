/* SPDX-License-Identifier: Apache-2.0 */
/* libpq behind a small face: everything else in the daemon that stores or reads goes through here. A connection remembers the
 * statements it has prepared by their text, so callers name SQL and nothing else. Errors carry the server's primary message and its
 * SQLSTATE, never DETAIL or CONTEXT, which may quote rows, and never the connection string. */
#include "db.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#define PARAMS_MAX 16
#define STATEMENTS_MAX 64
#define PATIENCE_MS 100

struct xf_db {
    PGconn *connection;
    char state[6];
    bool lost;      /* the server has ended the session, or we gave up waiting for it */
    bool under_way; /* a sent statement whose result has not been received */
    bool (*patience)(void *context);
    void *patience_context;
    unsigned statement_count;
    char *statements[STATEMENTS_MAX]; /* texts; the index makes the name */
};

struct xf_rows {
    PGresult *result;
};

/* The connection's own complaint, its first line. */
static int connection_error(const PGconn *connection, struct xf_error *error)
{
    const char *text = connection ? PQerrorMessage(connection) : "out of memory";
    size_t length = strcspn(text, "\n");

    return xf_error_set(error, XF_EIO, "%.*s", length ? (int)length : 25, length ? text : "the connection was closed");
}

/* Notes and tells why a statement failed; result may be NULL. */
static int statement_error(struct xf_db *db, const PGresult *result, struct xf_error *error)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *severity = result ? PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED) : NULL;

    if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        db->lost = true;
    snprintf(db->state, sizeof(db->state), "%s", state ? state : "");
    if (!text)
        return connection_error(db->connection, error);
    return xf_error_set(error, XF_EIO, "%s (SQLSTATE %s)", text, db->state);
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* What every session of ours needs. Both keepalives matter: the client's finds a server that went away without a word, the server's
 * ends the session of a writer that did, and so frees its lease. They do nothing on a Unix socket. */
static const char session_sql[] =
    "SET TIME ZONE 'UTC'; SET jit = off; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
    "SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 9000; "
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

struct xf_db *xf_db_connect(const char *conninfo, const char *application, int timeout_s, struct xf_error *error)
{
    /* Before dbname: the string may override them. After it: it may not. */
    const char *keywords[] = {"target_session_attrs", "keepalives_idle",
                              "keepalives_interval",  "keepalives_count",
                              "tcp_user_timeout",     "dbname",
                              "application_name",     "client_encoding",
                              "connect_timeout",      NULL};
    char timeout[12];
    const char *values[] = {"any", "3", "2", "3", "9000", conninfo, application, "UTF8", timeout, NULL};
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    struct xf_db *db;

    if (!options) {
        xf_error_set(error, XF_EIO, "the database connection string cannot be read (see the libpq documentation)");
        return NULL;
    }
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (option->val && strchr(option->val, ',') &&
            (strcmp(option->keyword, "host") == 0 || strcmp(option->keyword, "hostaddr") == 0))
            values[0] = "read-write";
    }
    PQconninfoFree(options);
    snprintf(timeout, sizeof(timeout), "%d", timeout_s);
    db = calloc(1, sizeof(*db));
    if (!db) {
        xf_error_set(error, XF_EIO, "out of memory");
        return NULL;
    }
    db->connection = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(db->connection) != CONNECTION_OK) {
        connection_error(db->connection, error);
        xf_db_close(db);
        return NULL;
    }
    PQsetNoticeReceiver(db->connection, ignore_notice, NULL);
    if (xf_db_script(db, session_sql, error) != XF_OK) {
        xf_db_close(db);
        return NULL;
    }
    return db;
}

void xf_db_close(struct xf_db *db)
{
    if (!db)
        return;
    PQfinish(db->connection);
    for (unsigned i = 0; i < db->statement_count; i++)
        free(db->statements[i]);
    free(db);
}

bool xf_db_alive(const struct xf_db *db)
{
    return !db->lost && PQstatus(db->connection) == CONNECTION_OK;
}

const char *xf_db_state(const struct xf_db *db)
{
    return db->state;
}

void xf_db_set_patience(struct xf_db *db, bool (*patience)(void *context), void *context)
{
    db->patience = patience;
    db->patience_context = context;
}

/* All results up to the server's word that it is ready for the next statement; the last one, or the first that failed. The server
 * reports a statement as complete before it commits, so a result is good news only when nothing bad comes after it. Owned; NULL
 * when there was none. */
static PGresult *collect(struct xf_db *db)
{
    PGresult *result = NULL, *next;

    while ((next = PQgetResult(db->connection))) {
        if (result && !succeeded(result)) {
            PQclear(next);
        } else {
            PQclear(result);
            result = next;
        }
    }
    db->under_way = false;
    return result;
}

/* After one of libpq's PQsend functions, whose value is sent: its result, or NULL when it could not be sent, the connection broke
 * without a word, or patience ended. Owned. */
static PGresult *complete(struct xf_db *db, int sent)
{
    db->under_way = sent == 1;
    if (!db->under_way)
        return NULL;
    while (xf_db_wait(db, -1, db->patience ? PATIENCE_MS : -1) != XF_DB_READY) {
        if (!db->patience(db->patience_context)) {
            db->lost = true;
            return NULL;
        }
    }
    return collect(db);
}

/* Writes the name under which sql is prepared, preparing it when it is new. A connection that has seen STATEMENTS_MAX texts runs
 * further ones unprepared (name ""). */
static int prepare(struct xf_db *db, const char *sql, char name[static 16], struct xf_error *error)
{
    PGresult *result;
    char *copy;
    unsigned at;

    for (at = 0; at < db->statement_count; at++) {
        if (strcmp(db->statements[at], sql) == 0) {
            snprintf(name, 16, "s%u", at);
            return XF_OK;
        }
    }
    if (at == STATEMENTS_MAX)
        name[0] = '\0';
    else
        snprintf(name, 16, "s%u", at);
    copy = strdup(sql);
    if (!copy)
        return xf_error_set(error, XF_EIO, "out of memory");
    result = complete(db, PQsendPrepare(db->connection, name, sql, 0, NULL));
    if (!succeeded(result)) {
        statement_error(db, result, error);
        PQclear(result);
        free(copy);
        return XF_EIO;
    }
    PQclear(result);
    if (at < STATEMENTS_MAX)
        db->statements[db->statement_count++] = copy;
    else
        free(copy);
    return XF_OK;
}

struct bound {
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX];
    int formats[PARAMS_MAX];
};

static int bind(const struct xf_param *params, int count, struct bound *ret, struct xf_error *error)
{
    if (count > PARAMS_MAX)
        return xf_error_set(error, XF_EIO, "a statement takes at most %d parameters", PARAMS_MAX);
    for (int i = 0; i < count; i++) {
        ret->values[i] = params[i].bytes;
        ret->lengths[i] = params[i].length;
        ret->formats[i] = params[i].binary;
    }
    return XF_OK;
}

static struct xf_rows *rows_of(struct xf_db *db, PGresult *result, struct xf_error *error)
{
    struct xf_rows *rows = NULL;

    if (!succeeded(result)) {
        statement_error(db, result, error);
    } else {
        rows = malloc(sizeof(*rows));
        if (!rows)
            xf_error_set(error, XF_EIO, "out of memory");
    }
    if (!rows) {
        PQclear(result);
        return NULL;
    }
    rows->result = result;
    return rows;
}

struct xf_rows *xf_db_query(struct xf_db *db, const char *sql, const struct xf_param *params, int count, bool binary,
                            struct xf_error *error)
{
    struct bound bound;
    char name[16];

    if (bind(params, count, &bound, error) != XF_OK || prepare(db, sql, name, error) != XF_OK)
        return NULL;
    return rows_of(
        db, complete(db, PQsendQueryPrepared(db->connection, name, count, bound.values, bound.lengths, bound.formats, binary)),
        error);
}

int xf_db_run(struct xf_db *db, const char *sql, const struct xf_param *params, int count, uint64_t *ret_affected,
              struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(db, sql, params, count, true, error);

    if (!rows)
        return XF_EIO;
    if (ret_affected)
        *ret_affected = xf_rows_affected(rows);
    xf_rows_free(rows);
    return XF_OK;
}

int xf_db_script(struct xf_db *db, const char *sql, struct xf_error *error)
{
    PGresult *result = complete(db, PQsendQuery(db->connection, sql));
    int rc = succeeded(result) ? XF_OK : statement_error(db, result, error);

    PQclear(result);
    return rc;
}

int xf_db_copy_begin(struct xf_db *db, const char *sql, struct xf_error *error)
{
    PGresult *result = PQexec(db->connection, sql);
    int rc = PQresultStatus(result) == PGRES_COPY_IN ? XF_OK : statement_error(db, result, error);

    PQclear(result);
    return rc;
}

int xf_db_copy_data(struct xf_db *db, const void *bytes, size_t length, struct xf_error *error)
{
    const char *at = bytes;

    while (length) {
        int piece = length > 1 << 30 ? 1 << 30 : (int)length;

        if (PQputCopyData(db->connection, at, piece) != 1)
            return connection_error(db->connection, error);
        at += piece;
        length -= (size_t)piece;
    }
    return XF_OK;
}

int xf_db_copy_end(struct xf_db *db, struct xf_error *error)
{
    PGresult *result;
    int rc;

    if (PQputCopyEnd(db->connection, NULL) != 1)
        return connection_error(db->connection, error);
    result = PQgetResult(db->connection);
    rc = succeeded(result) ? XF_OK : statement_error(db, result, error);
    PQclear(result);
    while ((result = PQgetResult(db->connection)))
        PQclear(result);
    return rc;
}

int xf_db_send(struct xf_db *db, const char *sql, const struct xf_param *params, int count, bool binary, struct xf_error *error)
{
    struct bound bound;
    char name[16];

    if (bind(params, count, &bound, error) != XF_OK || prepare(db, sql, name, error) != XF_OK)
        return XF_EIO;
    if (PQsetnonblocking(db->connection, 1) != 0 ||
        PQsendQueryPrepared(db->connection, name, count, bound.values, bound.lengths, bound.formats, binary) != 1) {
        db->state[0] = '\0';
        return connection_error(db->connection, error);
    }
    db->under_way = true;
    return XF_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum xf_db_wait xf_db_wait(struct xf_db *db, int wake_fd, int timeout_ms)
{
    int64_t end = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;

    for (;;) {
        struct pollfd fds[2] = {{.fd = PQsocket(db->connection), .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
        int64_t left = end == INT64_MAX ? -1 : end - now_ms();
        int unsent = db->under_way ? PQflush(db->connection) : 0;

        if (fds[0].fd < 0 || unsent < 0)
            return XF_DB_READY;
        if (unsent > 0)
            fds[0].events |= POLLOUT;
        if (left < 0 && end != INT64_MAX)
            left = 0;
        if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
            return XF_DB_READY;
        if (fds[0].revents) {
            /* A closed connection reads as an error here; so an idle one that dies is noticed at once. */
            if (!PQconsumeInput(db->connection) || PQstatus(db->connection) != CONNECTION_OK)
                return XF_DB_READY;
            if (db->under_way && !PQisBusy(db->connection))
                return XF_DB_READY;
        }
        if (fds[1].revents)
            return XF_DB_WOKEN;
        if (end != INT64_MAX && now_ms() >= end)
            return XF_DB_TIMEOUT;
    }
}

struct xf_rows *xf_db_receive(struct xf_db *db, struct xf_error *error)
{
    PGresult *result = collect(db);

    if (PQsetnonblocking(db->connection, 0) != 0 && !result) {
        db->state[0] = '\0';
        connection_error(db->connection, error);
        return NULL;
    }
    return rows_of(db, result, error);
}

int xf_rows_count(const struct xf_rows *rows)
{
    return PQntuples(rows->result);
}

uint64_t xf_rows_affected(const struct xf_rows *rows)
{
    return strtoull(PQcmdTuples(rows->result), NULL, 10);
}

const char *xf_rows_value(const struct xf_rows *rows, int row, int column)
{
    return PQgetisnull(rows->result, row, column) ? NULL : PQgetvalue(rows->result, row, column);
}

int xf_rows_length(const struct xf_rows *rows, int row, int column)
{
    return PQgetlength(rows->result, row, column);
}

int64_t xf_rows_integer(const struct xf_rows *rows, int row, int column)
{
    const char *value = PQgetvalue(rows->result, row, column);
    uint16_t two;
    uint32_t four;
    uint64_t eight;

    if (PQgetisnull(rows->result, row, column))
        return 0;
    if (PQfformat(rows->result, column) == 0)
        return value[0] == 't' ? 1 : strtoll(value, NULL, 10);
    switch (PQgetlength(rows->result, row, column)) {
    case 1:
        return value[0];
    case 2:
        memcpy(&two, value, sizeof(two));
        return (int16_t)be16toh(two);
    case 4:
        memcpy(&four, value, sizeof(four));
        return (int32_t)be32toh(four);
    case 8:
        memcpy(&eight, value, sizeof(eight));
        return (int64_t)be64toh(eight);
    default:
        return 0;
    }
}

void xf_rows_free(struct xf_rows *rows)
{
    if (!rows)
        return;
    PQclear(rows->result);
    free(rows);
}
