/* SPDX-License-Identifier: Apache-2.0 */
/* Any CSV file's rows as mentions: which column fills which field. `field=column,…` as contract.md's --columns writes it, or the
 * header's own names. Values go through the same normalisation as those of records. */
#ifndef CROSSFLAG_COLUMNS_H
#define CROSSFLAG_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/intern.h"
#include "crossflag/mention.h"
#include "crossflag/rows.h"

#define XF_COLUMNS_MAX 64 /* pairs of field and column */

struct xf_columns;
/* Parses a specification: pairs `field=column` between commas, where `\,` and `\\` stand for a comma and a backslash in a column's
 * name. A field may be given several columns when it can hold several values or is text that can be joined (given, family,
 * full_name, street, address, phone, email, id:…, account:…, attr:…). *ret is owned. XF_EINVAL (*error: column is the place in the
 * specification), XF_ELIMIT, XF_ENOMEM. */
int xf_columns_parse(const char *spec, struct xf_columns **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_columns_destroy(struct xf_columns *columns);

/* How one file's rows are read. */
struct xf_layout;
/* Finds the columns in a header; names match whatever their case, white space around them does not count. columns NULL: the
 * columns of the header whose names are those of fields, or mean one without a doubt (surname, dob, …), the first of each field.
 * *ret is owned and independent of columns. XF_EINVAL: a column is missing, or there twice, or the fields do not go together. */
int xf_layout_create(const struct xf_columns *columns, const struct xf_cell *header, size_t count, struct xf_layout **ret,
                     struct xf_error *error) XF_MUST_CHECK;
void xf_layout_destroy(struct xf_layout *layout);

/* What the rows tell of: a person when any of given, family, full_name, birth_date, sex, phone, email, id:… or account:… has a
 * column; else a location when any part of an address has; else a vehicle. */
enum xf_mention_kind xf_layout_kind(const struct xf_layout *layout);
bool xf_layout_has_id(const struct xf_layout *layout);
/* The header's cells: every row has as many. */
size_t xf_layout_width(const struct xf_layout *layout);
/* A row's mention, sealed. *ret_id is its cell of the field id, blank without such a column. at is an instant of the year that
 * tells two-digit years of identifiers apart. A cell that is no value of its field (a date that is none) is left out and counted.
 * XF_OK; XF_EINVAL (*error: a cell is not UTF-8, or holds a NUL), XF_ENOMEM. */
int xf_layout_read(struct xf_layout *layout, const struct xf_cell *cells, int64_t at, struct xf_intern *symbols,
                   struct xf_cell *ret_id, struct xf_mention *ret, struct xf_error *error) XF_MUST_CHECK;
/* The columns in use: i counts from 0; false beyond the last. */
struct xf_layout_column {
    const char *field;     /* as the specification writes it; borrowed from the layout */
    const char *column;    /* its name in the header */
    const char *attribute; /* the attribute that it fills, by the name that the model knows; NULL: it fills none */
    uint64_t left_out;     /* cells that were not blank and gave nothing, or of a date a part only */
};
bool xf_layout_column(const struct xf_layout *layout, size_t i, struct xf_layout_column *ret);

/* A date as people's files write it: 1984-05-03, 1984/5/3, 19840503, 03/05/1984 (day first), 3.5.1984, 3 May 1984, 03-MAY-1984;
 * with a time behind it or without; 1984, 1984-05, 05/1984, 1984-05-00 as far as it is known. 0 when it is none. A day or month
 * that the calendar does not have is left out (1984-02-31 is 1984-02) and *ret_faulty says so, as it does for what is no date. */
xf_date xf_date_read(const char *text, bool *ret_faulty);

#endif
