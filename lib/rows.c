/* SPDX-License-Identifier: Apache-2.0 */
/* CSV bytes into rows of cells: libcsv takes the text apart (RFC 4180, strict quoting), this file knows on which line a row starts,
 * which libcsv does not say. Called by csv.c for a feed's body and by the command line's batch for whole files. Invariant: how the
 * text is cut into pieces changes nothing. */
#include "crossflag/rows.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

static const char bom[] = "\xEF\xBB\xBF";

struct xf_rows {
    xf_rows_visit *visit;
    void *context;
    struct csv_parser parser;
    XF_VEC(char) texts;    /* the row's cells, one behind the other, each with a NUL */
    struct xf_cell *cells; /* room for XF_ROWS_CELLS_MAX */
    uint32_t *ends;        /* of each cell in texts */
    size_t count;
    unsigned line;     /* the one that the next byte is on */
    unsigned row_line; /* on which the row starts */
    size_t column;     /* bytes of the line taken so far */
    bool in_row, after_return;
    uint8_t bom_seen; /* bytes of it; 3: it is over, or there was none */
    int rc;           /* once it is not XF_OK, nothing more is done */
};

static void take_cell(void *text, size_t length, void *context)
{
    struct xf_rows *rows = context;

    if (rows->rc != XF_OK)
        return;
    if (rows->count < XF_ROWS_CELLS_MAX) {
        if (length >= UINT32_MAX || xf_vec_reserve(&rows->texts, (uint32_t)length + 1) != XF_OK) {
            rows->rc = XF_ENOMEM;
            return;
        }
        if (length)
            memcpy(rows->texts.items + rows->texts.count, text, length);
        rows->texts.count += (uint32_t)length + 1;
        rows->texts.items[rows->texts.count - 1] = '\0';
        rows->ends[rows->count] = rows->texts.count;
    }
    rows->count++;
}

static void end_row(int end, void *context)
{
    struct xf_rows *rows = context;
    size_t kept = rows->count < XF_ROWS_CELLS_MAX ? rows->count : XF_ROWS_CELLS_MAX;

    (void)end;
    for (size_t i = 0, start = 0; i < kept; start = rows->ends[i++])
        rows->cells[i] = (struct xf_cell){rows->texts.items + start, rows->ends[i] - start - 1};
    if (rows->rc == XF_OK)
        rows->rc = rows->visit(rows->context, rows->row_line, rows->cells, rows->count);
    rows->texts.count = 0;
    rows->count = 0;
    rows->in_row = false;
}

struct xf_rows *xf_rows_create(char delimiter, xf_rows_visit *visit, void *context)
{
    struct xf_rows *rows = calloc(1, sizeof(*rows));

    if (!rows)
        return NULL;
    rows->visit = visit;
    rows->context = context;
    rows->line = 1;
    rows->cells = calloc(XF_ROWS_CELLS_MAX, sizeof(*rows->cells));
    rows->ends = calloc(XF_ROWS_CELLS_MAX, sizeof(*rows->ends));
    if (!rows->cells || !rows->ends || csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(rows->cells);
        free(rows->ends);
        free(rows);
        return NULL;
    }
    csv_set_blk_size(&rows->parser, 16 * 1024); /* what a cell grows by: the default is 128 bytes */
    csv_set_delim(&rows->parser, (unsigned char)delimiter);
    return rows;
}

void xf_rows_destroy(struct xf_rows *rows)
{
    if (!rows)
        return;
    csv_free(&rows->parser);
    xf_vec_free(&rows->texts);
    free(rows->cells);
    free(rows->ends);
    free(rows);
}

static int refuse_quoting(struct xf_rows *rows, unsigned line, size_t column, struct xf_error *error)
{
    rows->rc = csv_error(&rows->parser) == CSV_ENOMEM
                   ? xf_error_set(error, XF_ENOMEM, "out of memory")
                   : xf_error_set(error, XF_EINVAL, "a quotation mark stands where RFC 4180 has none, or is not closed");
    if (error) {
        error->line = line;
        error->column = (unsigned)column;
    }
    return rows->rc;
}

/* The length of the line at text, its end included; a line end of two bytes may come in two pieces. */
static size_t line_length(const char *text, size_t length, bool *ret_ended)
{
    const char *feed = memchr(text, '\n', length);
    const char *carriage = memchr(text, '\r', feed ? (size_t)(feed - text) : length);

    *ret_ended = feed || carriage;
    if (!carriage)
        return feed ? (size_t)(feed - text) + 1 : length;
    return (size_t)(carriage - text) + (carriage + 1 == feed ? 2 : 1);
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n')
            return false;
    return true;
}

/* One line, or a part of one. */
static int take_line(struct xf_rows *rows, const char *text, size_t length, bool ended, struct xf_error *error)
{
    size_t taken;

    if (!rows->in_row) {
        rows->row_line = rows->line;
        rows->in_row = !is_blank(text, length);
    }
    taken = csv_parse(&rows->parser, text, length, take_cell, end_row, rows);
    if (rows->rc == XF_OK && taken != length)
        return refuse_quoting(rows, rows->line, rows->column + taken + 1, error);
    rows->column += length;
    if (ended) {
        rows->line++;
        rows->column = 0;
    }
    return rows->rc;
}

/* Takes the byte order mark off. */
static size_t skip_bom(struct xf_rows *rows, const char *text, size_t length)
{
    size_t skipped = 0;

    while (rows->bom_seen < 3 && skipped < length && text[skipped] == bom[rows->bom_seen]) {
        rows->bom_seen++;
        skipped++;
    }
    return skipped;
}

int xf_rows_feed(struct xf_rows *rows, const char *text, size_t length, struct xf_error *error)
{
    size_t at = rows->bom_seen < 3 ? skip_bom(rows, text, length) : 0;

    if (rows->bom_seen && rows->bom_seen < 3 && at < length) { /* it only began as one */
        uint8_t seen = rows->bom_seen;

        rows->bom_seen = 3;
        if (take_line(rows, bom, seen, false, error) != XF_OK)
            return rows->rc;
    }
    if (at < length)
        rows->bom_seen = 3;
    if (rows->after_return && at < length) {
        rows->after_return = false;
        if (text[at] == '\n') { /* the second half of the last line's end */
            rows->line--;
            if (take_line(rows, text + at++, 1, true, error) != XF_OK)
                return rows->rc;
        }
    }
    while (at < length && rows->rc == XF_OK) {
        bool ended;
        size_t size = line_length(text + at, length - at, &ended);

        take_line(rows, text + at, size, ended, error);
        at += size;
        rows->after_return = ended && at == length && text[at - 1] == '\r';
    }
    if (rows->rc == XF_ENOMEM)
        xf_error_set(error, XF_ENOMEM, "out of memory");
    return rows->rc;
}

int xf_rows_end(struct xf_rows *rows, struct xf_error *error)
{
    if (rows->rc == XF_OK && rows->bom_seen && rows->bom_seen < 3) {
        uint8_t seen = rows->bom_seen;

        rows->bom_seen = 3;
        if (take_line(rows, bom, seen, false, error) != XF_OK)
            return rows->rc;
    }
    if (rows->rc == XF_OK && csv_fini(&rows->parser, take_cell, end_row, rows) != 0)
        return refuse_quoting(rows, rows->row_line, 0, error);
    if (rows->rc == XF_ENOMEM)
        xf_error_set(error, XF_ENOMEM, "out of memory");
    return rows->rc;
}
