/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as columns and a file: the text before the first NUL is the specification (when it is empty, the header's own names
 * count), the rest the CSV. Every row's mention must be sealed and of the layout's kind, and reading in two pieces must give what
 * reading in one gave. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/columns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    const struct xf_columns *columns;
    struct xf_layout *layout;
    struct xf_intern *symbols;
    uint64_t values, rows;
    unsigned line;
};

static int take_row(void *context, unsigned line, const struct xf_cell *cells, size_t count)
{
    struct reading *reading = context;
    struct xf_error error = {0};
    struct xf_mention mention;
    struct xf_cell id;
    int rc;

    if (line <= reading->line)
        abort();
    reading->line = line;
    if (!reading->layout) {
        rc = xf_layout_create(reading->columns, cells, count, &reading->layout, &error);
        if (rc != XF_OK && !*error.text)
            abort();
        return rc;
    }
    if (count != xf_layout_width(reading->layout))
        return XF_EINVAL;
    rc = xf_layout_read(reading->layout, cells, INT64_C(1795210800000000), reading->symbols, &id, &mention, &error);
    if (rc != XF_OK)
        return *error.text ? rc : (abort(), 0);
    if (mention.kind != xf_layout_kind(reading->layout) || mention.count > XF_MENTION_VALUES_MAX)
        abort();
    for (int i = 1; i < mention.count; i++)
        if (mention.values[i - 1].field > mention.values[i].field)
            abort();
    reading->values += mention.count;
    reading->rows++;
    return XF_OK;
}

static int read_all(struct reading *reading, const struct xf_columns *columns, const char *text, size_t length, size_t cut)
{
    struct xf_rows *rows = xf_rows_create(',', take_row, reading);
    struct xf_error error = {0};
    int rc;

    *reading = (struct reading){.columns = columns, .symbols = xf_intern_create()};
    rc = xf_rows_feed(rows, text, cut, &error);
    if (rc == XF_OK)
        rc = xf_rows_feed(rows, text + cut, length - cut, &error);
    if (rc == XF_OK)
        rc = xf_rows_end(rows, &error);
    xf_rows_destroy(rows);
    xf_layout_destroy(reading->layout);
    xf_intern_destroy(reading->symbols);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size ? (const char *)data : "", *end = memchr(text, '\0', size);
    struct xf_columns *columns = NULL;
    struct xf_error error = {0};
    struct reading whole, cut;
    size_t skip = end ? (size_t)(end - text) + 1 : 0;

    if (end > text && xf_columns_parse(text, &columns, &error) != XF_OK) {
        if (!*error.text)
            abort();
        return 0;
    }
    text += skip;
    size -= skip;
    if (read_all(&whole, columns, text, size, size) != read_all(&cut, columns, text, size, size / 2) || whole.rows != cut.rows ||
        whole.values != cut.values)
        abort();
    xf_columns_destroy(columns);
    return 0;
}
