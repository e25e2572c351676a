/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV text into records' JSON texts by a feed's mapping. Called by the daemon's intake; rows.c takes the text apart, mapping.c's
 * tree says what a row becomes. The invariants: a row that cannot be mapped costs its neighbours
 * nothing; a part of a record (and the links to it) is written only when the row says something of it; a header that lacks a
 * column, or has one that nobody expects, refuses the file, so that a renamed column is not lost data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mapping.h"

#define HEADER_MAX XF_ROWS_CELLS_MAX
#define UNMAPPED SIZE_MAX

struct csv_reading {
    const struct xf_mapping *mapping; /* the feed's first layout; behind the header, the one that fits */
    xf_csv_row *row;
    void *context;
    struct xf_error *error;

    const struct xf_cell *row_cells; /* while a row is taken */
    size_t cell_count;               /* may exceed HEADER_MAX: then further ones are only counted */
    size_t header_count;             /* 0: the header is still to come */
    size_t *column_of;               /* of each column of the mapping: the cell that holds it, or UNMAPPED */
    struct xf_cell *cells;           /* by the mapping's columns */
    bool *written;                   /* by part number */
    struct xf_text_buffer json;

    unsigned line; /* on which the row starts */
};

/* ---- the header ---- */

static int find_column(const struct xf_mapping *mapping, struct xf_cell cell)
{
    for (size_t i = 0; i < mapping->column_count; i++) {
        const char *name = mapping->columns[i].name;

        if (strlen(name) == cell.length && strncasecmp(name, cell.text, cell.length) == 0)
            return (int)i;
    }
    return -1;
}

/* Whether the header fits the mapping, with column_of filled. The names in a refusal are the mapping's: a file without a header has
 * people in its first line. */
static int fit_header(struct csv_reading *reading, const struct xf_mapping *mapping, size_t *ret_known, struct xf_error *error)
{
    char missing[200] = "";
    size_t used = 0, unknown = 0;

    *ret_known = 0;
    for (size_t i = 0; i < mapping->column_count; i++)
        reading->column_of[i] = UNMAPPED;
    for (size_t i = 0; i < reading->cell_count; i++) {
        int column = find_column(mapping, reading->row_cells[i]);

        if (column < 0) {
            unknown = unknown ? unknown : i + 1;
            continue;
        }
        if (reading->column_of[column] != UNMAPPED)
            return xf_error_set(error, XF_EINVAL, "the header has the column \"%s\" twice", mapping->columns[column].name);
        reading->column_of[column] = i;
        ++*ret_known;
    }
    for (size_t i = 0; i < mapping->column_count && used < sizeof(missing); i++)
        if (reading->column_of[i] == UNMAPPED && !mapping->columns[i].optional)
            used +=
                (size_t)snprintf(missing + used, sizeof(missing) - used, "%s\"%s\"", used ? ", " : "", mapping->columns[i].name);
    if (used)
        return xf_error_set(error, XF_EINVAL, "the header lacks %s", missing);
    if (unknown && !mapping->ignores_others)
        return xf_error_set(error, XF_EINVAL, "column %zu of the header is not in the feed's mapping", unknown);
    return XF_OK;
}

/* Takes the first layout that fits; where none does, the refusal is that of the one that knows most of the header. */
static int take_header(struct csv_reading *reading)
{
    struct xf_error error;
    size_t most = 0;

    if (reading->cell_count > HEADER_MAX)
        return xf_error_set(reading->error, XF_ELIMIT, "the header must not have more than %d columns", HEADER_MAX);
    for (const struct xf_mapping *mapping = reading->mapping; mapping; mapping = mapping->next) {
        size_t known;

        if (fit_header(reading, mapping, &known, &error) == XF_OK) {
            reading->mapping = mapping;
            reading->header_count = reading->cell_count;
            return XF_OK;
        }
        if (reading->error && (mapping == reading->mapping || known > most)) {
            *reading->error = error;
            most = known;
        }
    }
    return XF_EINVAL;
}

/* ---- a row ---- */

static int put(struct csv_reading *reading, const char *text)
{
    return xf_text_buffer_put(&reading->json, text, strlen(text));
}

/* Appends a node's JSON; nothing when it has none. *ret_filled: a column filled something in it. */
static int write_node(struct csv_reading *reading, const struct xf_node *node, bool *ret_filled, struct xf_error *error)
{
    const struct xf_mapping *mapping = reading->mapping;
    const bool is_array = node->type == XF_NODE_ARRAY;
    size_t before = reading->json.length, children = 0;
    bool blank = false;
    int rc;

    *ret_filled = false;
    if (node->type == XF_NODE_CONSTANT)
        return put(reading, node->json);
    if (node->type == XF_NODE_COLUMN) {
        rc = xf_cell_write(node->rule, mapping->columns, reading->cells, &reading->json, &blank, error);
        *ret_filled = !blank;
        return rc;
    }
    rc = put(reading, is_array ? "[" : "{");
    for (const struct xf_node *child = node->first; rc == XF_OK && child; child = child->next) {
        size_t start = reading->json.length, value;
        bool filled = false;

        if (children)
            rc = put(reading, ",");
        if (rc == XF_OK && child->key)
            rc = put(reading, child->key);
        value = reading->json.length;
        if (rc == XF_OK)
            rc = write_node(reading, child, &filled, error);
        if (reading->json.length == value || (is_array && child->type == XF_NODE_OBJECT && !filled)) {
            reading->json.length = start;
            filled = false;
        } else {
            children++;
        }
        if (child->part)
            reading->written[child->part] = filled;
        *ret_filled |= filled;
    }
    if (children)
        return rc == XF_OK ? put(reading, is_array ? "]" : "}") : rc;
    reading->json.length = before;
    return rc;
}

/* Links stand behind all else: the record's closing brace is opened again. */
static int write_links(struct csv_reading *reading)
{
    const struct xf_mapping *mapping = reading->mapping;
    size_t count = 0;
    int rc = XF_OK;

    reading->json.length--;
    for (size_t i = 0; rc == XF_OK && i < mapping->link_count; i++) {
        const struct xf_mapping_link *link = &mapping->links[i];

        if (!reading->written[link->from] || !reading->written[link->to])
            continue;
        rc = put(reading, count++ ? "," : ",\"links\":[");
        if (rc == XF_OK)
            rc = put(reading, link->json);
    }
    if (rc == XF_OK)
        rc = put(reading, count ? "]}" : "}");
    return rc;
}

static int take_row(struct csv_reading *reading)
{
    const struct xf_mapping *mapping = reading->mapping;
    struct xf_error error = {0};
    bool filled = false;
    int rc = XF_OK;

    reading->json.length = 0;
    if (reading->cell_count != reading->header_count) {
        rc = xf_error_set(&error, XF_EINVAL, "the row has %zu cells, the header %zu", reading->cell_count, reading->header_count);
    } else {
        for (size_t i = 0; i < mapping->column_count; i++)
            reading->cells[i] =
                reading->column_of[i] == UNMAPPED ? (struct xf_cell){"", 0} : reading->row_cells[reading->column_of[i]];
        rc = write_node(reading, &mapping->root, &filled, &error);
        if (rc == XF_OK && !filled) /* spreadsheets end in rows of commas */
            return XF_OK;
        if (rc == XF_OK)
            rc = write_links(reading);
    }
    if (rc == XF_ENOMEM)
        return xf_error_set(reading->error, rc, "out of memory");
    error.line = reading->line;
    return rc == XF_OK ? reading->row(reading->context, reading->line, reading->json.bytes, reading->json.length, NULL)
                       : reading->row(reading->context, reading->line, NULL, 0, &error);
}

static int take(void *context, unsigned line, const struct xf_cell *cells, size_t count)
{
    struct csv_reading *reading = context;

    reading->line = line;
    reading->row_cells = cells;
    reading->cell_count = count;
    return reading->header_count ? take_row(reading) : take_header(reading);
}

int xf_csv_read(const char *text, size_t length, const struct xf_mapping *mapping, xf_csv_row *row, void *context,
                struct xf_error *error)
{
    struct csv_reading reading = {.mapping = mapping, .row = row, .context = context, .error = error};
    struct xf_rows *rows = xf_rows_create(mapping->delimiter, take, &reading);
    size_t columns = 1, parts = 1; /* of the largest layout */
    int rc;

    for (const struct xf_mapping *layout = mapping; layout; layout = layout->next) {
        columns = layout->column_count >= columns ? layout->column_count + 1 : columns;
        parts = layout->part_count >= parts ? layout->part_count + 1 : parts;
    }
    reading.column_of = calloc(columns, sizeof(size_t));
    reading.cells = calloc(columns, sizeof(struct xf_cell));
    reading.written = calloc(parts, sizeof(bool));
    if (rows && reading.column_of && reading.cells && reading.written) {
        rc = xf_rows_feed(rows, text, length, error);
        if (rc == XF_OK)
            rc = xf_rows_end(rows, error);
        if (rc == XF_OK && !reading.header_count)
            rc = xf_error_set(error, XF_EINVAL, "the file is empty: its first line must be a header");
    } else {
        rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    xf_rows_destroy(rows);
    free(reading.json.bytes);
    free(reading.column_of);
    free(reading.cells);
    free(reading.written);
    return rc;
}
