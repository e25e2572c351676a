/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the embedded PostgreSQL: its programs, its cluster, its settings. */
#ifndef XF_DAEMON_INITDB_H
#define XF_DAEMON_INITDB_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "crossflag/error.h"

/* The path of a name in a directory; false when it does not fit. */
bool xf_initdb_path(char ret[static PATH_MAX], const char *directory, const char *name);
/* Runs a program to its end with input (may be NULL) on standard input. Keeps the end of what it printed in output. Returns its
 * exit status, or -1 when it could not be run or was killed. */
int xf_initdb_command(const char *const argv[], const char *input, char *output, size_t size);
/* The line of a program's output that says what went wrong: the last one with FATAL, ERROR or error in it, or the last one. Writes
 * into text. */
void xf_initdb_reason(const char *output, char *text, size_t size);
/* Finds the directory of initdb and postgres: the configured one, the one that the build knew (XF_PG_BINDIR), pg_config's, Debian's
 * newest. */
int xf_initdb_bindir(const char *configured, char ret[static PATH_MAX], struct xf_error *error) XF_MUST_CHECK;
/* Makes the cluster and in it the database crossflag; directory appears only when it is complete. */
int xf_initdb_make(const char *bindir, const char *directory, struct xf_error *error) XF_MUST_CHECK;
/* Writes the cluster's postgresql.conf. */
int xf_initdb_configure(const char *bindir, const char *directory, struct xf_error *error) XF_MUST_CHECK;

#endif
