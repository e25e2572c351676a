/* SPDX-License-Identifier: Apache-2.0 */
/* What a column can fill, and a file's layout: columns.c reads a specification, layout.c binds it to a header, cells.c and row.c
 * read rows by it. */
#ifndef XF_LIB_COLUMNS_H
#define XF_LIB_COLUMNS_H

#include <stdbool.h>

#include "crossflag/columns.h"
#include "vec.h"

/* In the order of columns.c's table. */
enum xf_column {
    XF_COLUMN_ID,
    XF_COLUMN_GIVEN,
    XF_COLUMN_FAMILY,
    XF_COLUMN_FULL_NAME,
    XF_COLUMN_BIRTH_DATE,
    XF_COLUMN_SEX,
    XF_COLUMN_SCHEME, /* id:<scheme> */
    XF_COLUMN_PHONE,
    XF_COLUMN_EMAIL,
    XF_COLUMN_ACCOUNT, /* account:<service> */
    XF_COLUMN_HOUSE_NUMBER,
    XF_COLUMN_STREET,
    XF_COLUMN_ADDRESS,
    XF_COLUMN_TOWN,
    XF_COLUMN_POSTCODE,
    XF_COLUMN_UPRN,
    XF_COLUMN_NAME, /* of a location */
    XF_COLUMN_LAT,
    XF_COLUMN_LON,
    XF_COLUMN_VRM,
    XF_COLUMN_VIN,
    XF_COLUMN_MAKE,
    XF_COLUMN_MODEL,
    XF_COLUMN_COLOUR,
    XF_COLUMN_LICENCE_PLATE,
    XF_COLUMN_ATTRIBUTE, /* attr:<name> */
    XF_COLUMNS,
};

/* A pair of the specification, or of a layout once a header gave it its cell. */
struct xf_column_use {
    enum xf_column field;
    uint8_t kind;    /* what it tells of, an enum xf_mention_kind; XF_MENTION_KINDS: anything */
    char *qualifier; /* behind the colon, folded; NULL: none */
    char *label;     /* the field as the specification writes it */
    char *name;      /* of the column */
    uint32_t place;  /* in the specification */
    size_t cell;
    uint64_t left_out;
};

struct xf_columns {
    XF_VEC(struct xf_column_use) uses;
};

struct xf_layout {
    XF_VEC(struct xf_column_use) uses; /* sorted by field, then as they were given */
    uint32_t first[XF_COLUMNS + 1];    /* uses of field f are first[f] .. first[f + 1] */
    enum xf_mention_kind kind;
    size_t width;
    XF_VEC(char) scratch; /* of the row that is read: joined and split texts */
};

/* A row that is being read. */
struct xf_row {
    struct xf_layout *layout;
    const struct xf_cell *cells;
};

#define XF_ROW_LIST_MAX 16 /* values of one row's phones, e-mail addresses, lines, … */

/* columns.c: fills columns (empty) with the columns of a header that mean something by themselves; a column beyond the first of its
 * field is left alone. XF_EINVAL: there is none. */
int xf_columns_by_name(const struct xf_cell *header, size_t count, struct xf_columns *columns,
                       struct xf_error *error) XF_MUST_CHECK;
void xf_columns_clear_uses(struct xf_column_use *uses, uint32_t count);

/* layout.c: the attribute that a column fills; NULL: none. What a person's or place's row says of a vehicle is one too. */
const char *xf_column_attribute(const struct xf_layout *layout, const struct xf_column_use *use);

/* cells.c. First the row is begun: its cells are text, and there is room for what is made of them. XF_EINVAL with *error,
 * XF_ENOMEM. */
int xf_row_begin(const struct xf_row *row, struct xf_error *error) XF_MUST_CHECK;
/* The text of a use's cell; of a field with one column; of all a field's columns with spaces between; two texts with a space
 * between (either may be NULL). NULL: nothing but blanks. */
const char *xf_row_cell(const struct xf_row *row, const struct xf_column_use *use);
const char *xf_row_text(const struct xf_row *row, enum xf_column field);
const char *xf_row_texts(const struct xf_row *row, enum xf_column field);
const char *xf_row_join(const struct xf_row *row, const char *a, const char *b);
/* The first bytes of a cell's text. */
const char *xf_row_cut(const struct xf_row *row, const char *text, size_t length);
/* Adds the values of a field's columns to a list of count; separators NULL: a cell is one value. Returns the new count. */
size_t xf_row_list(const struct xf_row *row, enum xf_column field, const char *separators, const char *list[static XF_ROW_LIST_MAX],
                   size_t count);

#endif
