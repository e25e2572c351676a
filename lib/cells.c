/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of one row: cells, joined and split. Called by row.c. Invariant: texts live in the row's cells or the layout's scratch,
 * which does not move while the row is read, so that no cell costs an allocation. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "columns.h"

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}

const char *xf_row_cell(const struct xf_row *row, const struct xf_column_use *use)
{
    const char *text = row->cells[use->cell].text;

    return *text && !is_blank(text) ? text : NULL;
}

const char *xf_row_text(const struct xf_row *row, enum xf_column field)
{
    const struct xf_layout *layout = row->layout;

    return layout->first[field] < layout->first[field + 1] ? xf_row_cell(row, &layout->uses.items[layout->first[field]]) : NULL;
}

/* Room in the scratch for all that is made of the row, so that nothing in it moves: a cell's text is copied at most four times, as
 * a street alone is, with its number, and both again for put_address. */
static int make_scratch(const struct xf_row *row)
{
    size_t total = 1;

    for (uint32_t i = 0; i < row->layout->uses.count; i++)
        total += row->cells[row->layout->uses.items[i].cell].length + 2;
    row->layout->scratch.count = 0;
    return total < UINT32_MAX / 4 ? xf_vec_reserve(&row->layout->scratch, (uint32_t)total * 4) : XF_ENOMEM;
}

/* Copies a text behind what the scratch holds. */
static char *scratch_put(const struct xf_row *row, const char *text, size_t length)
{
    struct xf_layout *layout = row->layout;
    char *out = layout->scratch.items + layout->scratch.count;

    assert(length < layout->scratch.capacity - layout->scratch.count);
    memcpy(out, text, length);
    out[length] = '\0';
    layout->scratch.count += (uint32_t)length + 1;
    return out;
}

const char *xf_row_join(const struct xf_row *row, const char *a, const char *b)
{
    char *out;
    size_t length;

    if (!a || !b)
        return a ? a : b;
    length = strlen(a);
    out = scratch_put(row, a, length);
    out[length] = ' ';
    scratch_put(row, b, strlen(b));
    return out;
}

const char *xf_row_texts(const struct xf_row *row, enum xf_column field)
{
    const struct xf_layout *layout = row->layout;
    const char *first = NULL;
    char *out = NULL;

    for (uint32_t i = layout->first[field]; i < layout->first[field + 1]; i++) {
        const char *text = xf_row_cell(row, &layout->uses.items[i]);

        if (!text)
            continue;
        if (!first) {
            first = text;
            continue;
        }
        if (!out)
            out = scratch_put(row, first, strlen(first));
        layout->scratch.items[layout->scratch.count - 1] = ' ';
        scratch_put(row, text, strlen(text));
    }
    return out ? out : first;
}

size_t xf_row_list(const struct xf_row *row, enum xf_column field, const char *separators, const char *list[static XF_ROW_LIST_MAX],
                   size_t count)
{
    for (uint32_t i = row->layout->first[field]; i < row->layout->first[field + 1]; i++) {
        const char *text = xf_row_cell(row, &row->layout->uses.items[i]);

        while (text && count < XF_ROW_LIST_MAX) {
            size_t length = separators ? strcspn(text, separators) : strlen(text);
            const char *value = text[length] ? scratch_put(row, text, length) : text;

            if (!is_blank(value))
                list[count++] = value;
            text = text[length] ? text + length + 1 : NULL;
        }
    }
    return count;
}

/* All cells in use must be UTF-8 without NUL: what is behind one would be lost without a word. */
static int check_text(const struct xf_row *row, struct xf_error *error)
{
    for (uint32_t i = 0; i < row->layout->uses.count; i++) {
        const struct xf_column_use *use = &row->layout->uses.items[i];
        const struct xf_cell *cell = &row->cells[use->cell];
        unsigned char high = 0;
        bool nul = false;

        for (size_t j = 0; j < cell->length; j++) {
            high |= (unsigned char)cell->text[j];
            nul |= !cell->text[j];
        }
        if (nul)
            return xf_error_set(error, XF_EINVAL, "column \"%s\" holds a NUL character", use->name);
        if (high < 128)
            continue;
        for (size_t at = 0; at < cell->length;) {
            utf8proc_int32_t point;
            utf8proc_ssize_t bytes =
                utf8proc_iterate((const utf8proc_uint8_t *)cell->text + at, (utf8proc_ssize_t)(cell->length - at), &point);

            if (bytes <= 0)
                return xf_error_set(error, XF_EINVAL,
                                    "column \"%s\" is not UTF-8; a file in another encoding can be converted: "
                                    "iconv -f WINDOWS-1252 -t UTF-8",
                                    use->name);
            at += (size_t)bytes;
        }
    }
    return XF_OK;
}

const char *xf_row_cut(const struct xf_row *row, const char *text, size_t length)
{
    return scratch_put(row, text, length);
}

int xf_row_begin(const struct xf_row *row, struct xf_error *error)
{
    int rc = check_text(row, error);

    if (rc == XF_OK && make_scratch(row) != XF_OK)
        rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    return rc;
}
