/* SPDX-License-Identifier: Apache-2.0 */
/* What a column can fill, and a file's layout: columns.c makes it of a specification and a header, layout.c reads rows by it. */
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

#endif
