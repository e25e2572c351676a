/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to PostgreSQL: the only file that includes libpq's header. Blocking unless said otherwise; each belongs to one
 * thread. */
#ifndef XF_DAEMON_DB_H
#define XF_DAEMON_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

struct xf_db;
struct xf_rows; /* a result */

/* Connects within timeout_s a host and sets application_name, UTF-8, a UTC time zone, no JIT, keepalives at both ends, and
 * synchronous_commit where the server has it off. Where several hosts are named, the one that takes writes is chosen unless the
 * string says otherwise. NULL with *error (never holds the connection string's password). */
struct xf_db *xf_db_connect(const char *conninfo, const char *application, int timeout_s, struct xf_error *error);
void xf_db_close(struct xf_db *db); /* takes NULL */
bool xf_db_alive(const struct xf_db *db);
/* The SQLSTATE of the last statement that failed, "" when it had none (the connection broke) or nothing failed yet. */
const char *xf_db_state(const struct xf_db *db);

/* A parameter: text (NUL-terminated, NULL is SQL null) or bytes in binary form. */
struct xf_param {
    const void *bytes;
    int length;
    bool binary;
};
#define XF_TEXT(text) ((struct xf_param){.bytes = (text)})
#define XF_BYTES(pointer, size) ((struct xf_param){.bytes = (pointer), .length = (int)(size), .binary = true})
/* An int8 in binary form; the bytes live as long as the enclosing block. */
#define XF_INT8(value) XF_BYTES(&(uint64_t){__builtin_bswap64((uint64_t)(value))}, 8)

/* Runs one statement with parameters (prepared on first use under its own text) and returns its result, owned, or NULL with *error.
 * binary asks for binary results. */
struct xf_rows *xf_db_query(struct xf_db *db, const char *sql, const struct xf_param *params, int count, bool binary,
                            struct xf_error *error);
/* The same where no rows are wanted: XF_OK or XF_EIO; *ret_affected may be NULL. */
int xf_db_run(struct xf_db *db, const char *sql, const struct xf_param *params, int count, uint64_t *ret_affected,
              struct xf_error *error) XF_MUST_CHECK;
/* A script of several statements without parameters (migrations, BEGIN, COMMIT). */
int xf_db_script(struct xf_db *db, const char *sql, struct xf_error *error) XF_MUST_CHECK;
/* COPY ... FROM STDIN: begin, data, end. */
int xf_db_copy_begin(struct xf_db *db, const char *sql, struct xf_error *error) XF_MUST_CHECK;
int xf_db_copy_data(struct xf_db *db, const void *bytes, size_t length, struct xf_error *error) XF_MUST_CHECK;
int xf_db_copy_end(struct xf_db *db, struct xf_error *error) XF_MUST_CHECK;

/* For a thread that has deadlines to keep while the server is slow: patience is called every 100 ms that a statement, a script or a
 * preparation takes longer. When it returns false the wait ends, the statement has failed, and the connection is of no use any
 * more. */
void xf_db_set_patience(struct xf_db *db, bool (*patience)(void *context), void *context);

/* A statement in three steps, for a thread that has deadlines to keep meanwhile: send, wait until READY, receive. Nothing else may
 * be run in between. */
int xf_db_send(struct xf_db *db, const char *sql, const struct xf_param *params, int count, bool binary,
               struct xf_error *error) XF_MUST_CHECK;
enum xf_db_wait {
    XF_DB_READY, /* xf_db_receive will not block: there is a result, or the connection has broken (without a statement under way: it
                    has broken) */
    XF_DB_WOKEN, /* wake_fd is readable */
    XF_DB_TIMEOUT, /* timeout_ms are over */
};
/* wake_fd may be -1; a timeout below 0 is none. Also usable without a statement under way: to sleep until woken and yet see at once
 * when the connection breaks. */
enum xf_db_wait xf_db_wait(struct xf_db *db, int wake_fd, int timeout_ms);
struct xf_rows *xf_db_receive(struct xf_db *db, struct xf_error *error);

int xf_rows_count(const struct xf_rows *rows);
uint64_t xf_rows_affected(const struct xf_rows *rows);
const char *xf_rows_value(const struct xf_rows *rows, int row, int column); /* borrowed; NULL when SQL null */
int xf_rows_length(const struct xf_rows *rows, int row, int column);
int64_t xf_rows_integer(const struct xf_rows *rows, int row,
                        int column);     /* of a text or bool/int2/int4/int8 binary value; 0 when SQL null */
void xf_rows_free(struct xf_rows *rows); /* takes NULL */

#endif
