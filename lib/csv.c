/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV text into records' JSON texts by a feed's mapping. Called by the daemon's intake; libcsv takes the text apart (RFC 4180,
 * strict quoting), mapping.c's tree says what a row becomes. The invariants: a row that cannot be mapped costs its neighbours
 * nothing; a part of a record (and the links to it) is written only when the row says something of it; a header that lacks a
 * column, or has one that nobody expects, refuses the file, so that a renamed column is not lost data. */
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mapping.h"

#define HEADER_MAX 1024 /* columns of a file */
#define UNMAPPED SIZE_MAX

struct csv_reading {
    const struct xf_mapping *mapping; /* the feed's first layout; behind the header, the one that fits */
    xf_csv_row *row;
    void *context;
    struct xf_error *error;

    struct xf_text_buffer texts; /* the row's cells, one behind the other */
    size_t *ends;                /* of each cell in texts */
    size_t cell_count;           /* may exceed HEADER_MAX: then further ones are only counted */
    size_t header_count;         /* 0: the header is still to come */
    size_t *column_of;           /* of each column of the mapping: the cell that holds it, or UNMAPPED */
    struct xf_cell *cells;       /* by the mapping's columns */
    bool *written;               /* by part number */
    struct xf_text_buffer json;

    unsigned line; /* on which the row starts */
    bool in_row;
    int rc; /* once it is not XF_OK, nothing more is done */
};

static void take_cell(void *text, size_t length, void *context)
{
    struct csv_reading *reading = context;

    if (reading->rc != XF_OK)
        return;
    if (reading->cell_count < HEADER_MAX) {
        if (xf_text_buffer_put(&reading->texts, text, length) != XF_OK)
            reading->rc = XF_ENOMEM;
        reading->ends[reading->cell_count] = reading->texts.length;
    }
    reading->cell_count++;
}

static struct xf_cell cell_at(const struct csv_reading *reading, size_t i)
{
    size_t start = i ? reading->ends[i - 1] : 0;

    return reading->ends[i] > start ? (struct xf_cell){reading->texts.bytes + start, reading->ends[i] - start}
                                    : (struct xf_cell){"", 0};
}

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
        int column = find_column(mapping, cell_at(reading, i));

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
                reading->column_of[i] == UNMAPPED ? (struct xf_cell){"", 0} : cell_at(reading, reading->column_of[i]);
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

static void end_row(int end, void *context)
{
    struct csv_reading *reading = context;

    (void)end;
    if (reading->rc == XF_OK)
        reading->rc = reading->header_count ? take_row(reading) : take_header(reading);
    reading->texts.length = 0;
    reading->cell_count = 0;
    reading->in_row = false;
}

/* ---- the text ---- */

/* The length of the line at text, its end included. */
static size_t line_length(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            return i + 1;
        if (text[i] == '\r')
            return i + 1 < length && text[i + 1] == '\n' ? i + 2 : i + 1;
    }
    return length;
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

static int refuse_quoting(struct csv_reading *reading, struct csv_parser *parser, unsigned line, size_t column)
{
    int rc = csv_error(parser) == CSV_ENOMEM
                 ? xf_error_set(reading->error, XF_ENOMEM, "out of memory")
                 : xf_error_set(reading->error, XF_EINVAL, "a quotation mark stands where RFC 4180 has none, or is not closed");

    if (reading->error) {
        reading->error->line = line;
        reading->error->column = (unsigned)column;
    }
    return rc;
}

/* Line by line, so that a row knows on which line it starts: libcsv does not say. */
static int read_lines(struct csv_reading *reading, struct csv_parser *parser, const char *text, size_t length)
{
    unsigned line = 1;

    for (size_t at = 0; at < length && reading->rc == XF_OK; line++) {
        size_t size = line_length(text + at, length - at), taken;

        if (!reading->in_row) {
            reading->line = line;
            reading->in_row = !is_blank(text + at, size);
        }
        taken = csv_parse(parser, text + at, size, take_cell, end_row, reading);
        if (reading->rc == XF_OK && taken != size)
            return refuse_quoting(reading, parser, line, taken + 1);
        at += size;
    }
    if (reading->rc == XF_OK && csv_fini(parser, take_cell, end_row, reading) != 0)
        return refuse_quoting(reading, parser, reading->line, 0);
    if (reading->rc == XF_OK && !reading->header_count)
        return xf_error_set(reading->error, XF_EINVAL, "the file is empty: its first line must be a header");
    return reading->rc;
}

int xf_csv_read(const char *text, size_t length, const struct xf_mapping *mapping, xf_csv_row *row, void *context,
                struct xf_error *error)
{
    struct csv_reading reading = {.mapping = mapping, .row = row, .context = context, .error = error};
    struct csv_parser parser;
    size_t columns = 1, parts = 1; /* of the largest layout */
    int rc = XF_ENOMEM;

    for (const struct xf_mapping *layout = mapping; layout; layout = layout->next) {
        columns = layout->column_count >= columns ? layout->column_count + 1 : columns;
        parts = layout->part_count >= parts ? layout->part_count + 1 : parts;
    }
    reading.ends = calloc(HEADER_MAX, sizeof(size_t));
    reading.column_of = calloc(columns, sizeof(size_t));
    reading.cells = calloc(columns, sizeof(struct xf_cell));
    reading.written = calloc(parts, sizeof(bool));
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (reading.ends && reading.column_of && reading.cells && reading.written &&
        csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0) {
        csv_set_blk_size(&parser, 16 * 1024); /* what a cell grows by: the default is 128 bytes */
        csv_set_delim(&parser, (unsigned char)mapping->delimiter);
        rc = read_lines(&reading, &parser, text, length);
        csv_free(&parser);
    } else {
        xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    free(reading.texts.bytes);
    free(reading.json.bytes);
    free(reading.ends);
    free(reading.column_of);
    free(reading.cells);
    free(reading.written);
    return rc;
}
