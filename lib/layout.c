/* SPDX-License-Identifier: Apache-2.0 */
/* Columns bound to one file's header. Called by the command line's batch for a file's first row; row.c reads the others by what is
 * made here. Invariant: what is named and not there, or there twice, refuses the file. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "columns.h"

static bool is_named(const struct xf_cell *cell, const char *name)
{
    const char *text = cell->text + strspn(cell->text, " \t");
    size_t length = strlen(text);

    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return strlen(name) == length && strncasecmp(text, name, length) == 0;
}

static int find_cell(struct xf_column_use *use, const struct xf_cell *header, size_t count, struct xf_error *error)
{
    use->cell = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!is_named(&header[i], use->name))
            continue;
        if (use->cell != SIZE_MAX)
            return xf_error_set(error, XF_EINVAL, "the header has the column \"%s\" twice", use->name);
        use->cell = i;
    }
    if (use->cell == SIZE_MAX)
        return xf_error_set(error, XF_EINVAL, "the header has no column \"%s\"", use->name);
    return XF_OK;
}

static int compare_uses(const void *a, const void *b)
{
    const struct xf_column_use *x = a, *y = b;

    if (x->field != y->field)
        return x->field < y->field ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static bool has_column(const struct xf_layout *layout, enum xf_column field)
{
    return layout->first[field] < layout->first[field + 1];
}

/* Says what the rows are, and that they can be. */
static int settle_kind(struct xf_layout *layout, struct xf_error *error)
{
    unsigned kinds = 0;

    for (uint32_t i = 0; i < layout->uses.count; i++)
        kinds |= 1u << layout->uses.items[i].kind;
    layout->kind = kinds & 1u << XF_PERSON ? XF_PERSON : kinds & 1u << XF_LOCATION ? XF_LOCATION : XF_VEHICLE;
    if (!(kinds & ((1u << XF_MENTION_KINDS) - 1)) && !has_column(layout, XF_COLUMN_ATTRIBUTE))
        return xf_error_set(error, XF_EINVAL, "no column tells anything of a person, location or vehicle");
    for (uint32_t i = 0; layout->kind == XF_PERSON && i < layout->uses.count; i++) {
        enum xf_column field = layout->uses.items[i].field;

        if (field == XF_COLUMN_NAME || field == XF_COLUMN_LAT || field == XF_COLUMN_LON)
            return xf_error_set(error, XF_EINVAL, "%s is a location's, and these columns tell of persons%s",
                                layout->uses.items[i].label, field == XF_COLUMN_NAME ? ": a whole name is full_name" : "");
    }
    if (has_column(layout, XF_COLUMN_LAT) != has_column(layout, XF_COLUMN_LON))
        return xf_error_set(error, XF_EINVAL, "lat and lon belong together");
    return XF_OK;
}

static int fill_layout(struct xf_layout *layout, const struct xf_columns *columns, const struct xf_cell *header, size_t count,
                       struct xf_error *error)
{
    int rc = xf_vec_reserve(&layout->uses, columns->uses.count);

    if (rc != XF_OK)
        return xf_error_set(error, rc, "out of memory");
    for (uint32_t i = 0; i < columns->uses.count; i++) {
        const struct xf_column_use *from = &columns->uses.items[i];
        struct xf_column_use *use = &layout->uses.items[layout->uses.count++];

        *use = (struct xf_column_use){.field = from->field,
                                      .kind = from->kind,
                                      .qualifier = from->qualifier ? strdup(from->qualifier) : NULL,
                                      .label = strdup(from->label),
                                      .name = strdup(from->name),
                                      .place = i};
        if (!use->label || !use->name || (from->qualifier && !use->qualifier))
            return xf_error_set(error, XF_ENOMEM, "out of memory");
        rc = find_cell(use, header, count, error);
        if (rc != XF_OK)
            return rc;
    }
    qsort(layout->uses.items, layout->uses.count, sizeof(*layout->uses.items), compare_uses);
    for (uint32_t i = 0, field = 0; field <= XF_COLUMNS; field++) {
        while (i < layout->uses.count && layout->uses.items[i].field < field)
            i++;
        layout->first[field] = i;
    }
    return settle_kind(layout, error);
}

int xf_layout_create(const struct xf_columns *columns, const struct xf_cell *header, size_t count, struct xf_layout **ret,
                     struct xf_error *error)
{
    struct xf_layout *layout = calloc(1, sizeof(*layout));
    struct xf_columns own = {.uses.count = 0};
    int rc = layout ? XF_OK : xf_error_set(error, XF_ENOMEM, "out of memory");

    if (rc == XF_OK && count > XF_ROWS_CELLS_MAX)
        rc = xf_error_set(error, XF_ELIMIT, "the header must not have more than %d columns", XF_ROWS_CELLS_MAX);
    if (rc == XF_OK && !columns)
        rc = xf_columns_by_name(header, count, &own, error);
    if (rc == XF_OK) {
        layout->width = count;
        rc = fill_layout(layout, columns ? columns : &own, header, count, error);
    }
    xf_columns_clear_uses(own.uses.items, own.uses.count);
    xf_vec_free(&own.uses);
    if (rc != XF_OK) {
        xf_layout_destroy(layout);
        return rc;
    }
    *ret = layout;
    return XF_OK;
}

void xf_layout_destroy(struct xf_layout *layout)
{
    if (!layout)
        return;
    xf_columns_clear_uses(layout->uses.items, layout->uses.count);
    xf_vec_free(&layout->uses);
    xf_vec_free(&layout->scratch);
    free(layout);
}

enum xf_mention_kind xf_layout_kind(const struct xf_layout *layout)
{
    return layout->kind;
}

bool xf_layout_has_id(const struct xf_layout *layout)
{
    return layout->first[XF_COLUMN_ID] < layout->first[XF_COLUMN_ID + 1];
}

size_t xf_layout_width(const struct xf_layout *layout)
{
    return layout->width;
}

const char *xf_column_attribute(const struct xf_layout *layout, const struct xf_column_use *use)
{
    if (use->field == XF_COLUMN_ATTRIBUTE)
        return use->qualifier;
    return use->kind == XF_VEHICLE && layout->kind != XF_VEHICLE ? use->label : NULL;
}

bool xf_layout_column(const struct xf_layout *layout, size_t i, struct xf_layout_column *ret)
{
    const struct xf_column_use *use;

    if (i >= layout->uses.count)
        return false;
    use = &layout->uses.items[i];
    *ret = (struct xf_layout_column){
        .field = use->label, .column = use->name, .left_out = use->left_out, .attribute = xf_column_attribute(layout, use)};
    return true;
}
