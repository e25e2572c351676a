/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to PostgreSQL: the only file that includes libpq's header. Blocking; each belongs to one thread. */
#ifndef XF_DAEMON_DB_H
#define XF_DAEMON_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

struct xf_db;
struct xf_rows; /* a result */

/* Connects within timeout_s, sets application_name, a UTC time zone and, for `writes`, synchronous_commit. NULL with *error (never holds the connection string's password). */
struct xf_db *xf_db_connect(const char *conninfo, const char *application, int timeout_s, struct xf_error *error);
void xf_db_close(struct xf_db *db);
bool xf_db_alive(const struct xf_db *db);

/* A parameter: text (NUL-terminated, NULL is SQL null) or bytes in binary form. */
struct xf_param { const void *bytes; int length; bool binary; };
#define XF_TEXT(text) ((struct xf_param){.bytes = (text)})
#define XF_BYTES(pointer, size) ((struct xf_param){.bytes = (pointer), .length = (int)(size), .binary = true})

/* Runs one statement with parameters (prepared on first use under its own text) and returns its result, owned, or NULL with *error. binary asks for binary results. */
struct xf_rows *xf_db_query(struct xf_db *db, const char *sql, const struct xf_param *params, int count, bool binary, struct xf_error *error);
/* The same where no rows are wanted: XF_OK or XF_EIO; *ret_affected may be NULL. */
int xf_db_run(struct xf_db *db, const char *sql, const struct xf_param *params, int count, uint64_t *ret_affected, struct xf_error *error) XF_MUST_CHECK;
/* A script of several statements without parameters (migrations, BEGIN, COMMIT). */
int xf_db_script(struct xf_db *db, const char *sql, struct xf_error *error) XF_MUST_CHECK;
/* COPY ... FROM STDIN: begin, data, end. */
int xf_db_copy_begin(struct xf_db *db, const char *sql, struct xf_error *error) XF_MUST_CHECK;
int xf_db_copy_data(struct xf_db *db, const void *bytes, size_t length, struct xf_error *error) XF_MUST_CHECK;
int xf_db_copy_end(struct xf_db *db, struct xf_error *error) XF_MUST_CHECK;

int xf_rows_count(const struct xf_rows *rows);
const char *xf_rows_value(const struct xf_rows *rows, int row, int column); /* borrowed; NULL when SQL null */
int xf_rows_length(const struct xf_rows *rows, int row, int column);
int64_t xf_rows_integer(const struct xf_rows *rows, int row, int column); /* of a text or int2/int4/int8 binary value */
void xf_rows_free(struct xf_rows *rows);

#endif
