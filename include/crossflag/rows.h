/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV text (RFC 4180, strict quoting, UTF-8 with or without BOM) as rows of cells, piece by piece as it comes off the disk. */
#ifndef CROSSFLAG_ROWS_H
#define CROSSFLAG_ROWS_H

#include <stddef.h>

#include "crossflag/error.h"

#define XF_ROWS_CELLS_MAX 1024 /* columns of a file */

/* NUL-terminated; length tells of a NUL inside. */
struct xf_cell {
    const char *text;
    size_t length;
};

/* One row, the header among them: line is the one on which it starts, counted from 1; blank lines are no rows. count may exceed
 * XF_ROWS_CELLS_MAX: the cells beyond are only counted. cells are borrowed for the call. Returns 0 to go on. */
typedef int xf_rows_visit(void *context, unsigned line, const struct xf_cell *cells, size_t count);

struct xf_rows;
struct xf_rows *xf_rows_create(char delimiter, xf_rows_visit *visit, void *context); /* owned; NULL when out of memory */
void xf_rows_destroy(struct xf_rows *rows);
/* Takes the next bytes of the text, cut anywhere. XF_OK; XF_EINVAL (*error has line and column: quoting is broken there),
 * XF_ENOMEM, or visit's value; after a failure the reader can only be destroyed. */
int xf_rows_feed(struct xf_rows *rows, const char *text, size_t length, struct xf_error *error) XF_MUST_CHECK;
/* The text has ended: hands over a last row without a line end. The same failures. */
int xf_rows_end(struct xf_rows *rows, struct xf_error *error) XF_MUST_CHECK;

#endif
