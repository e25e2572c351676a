/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and texts for people. Called by all commands. Whatever came from outside passes xf_harmless on its way to the terminal. */
#include "print.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* A character that would move the cursor, change colours or reverse the line. */
static bool is_harmful(utf8proc_int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
           c == 0x200f || c == 0x2028 || c == 0x2029;
}

char *xf_harmless(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)text;
    char *copy = malloc(4 * length + 1), *to = copy;

    if (!copy)
        return NULL;
    while (length) {
        utf8proc_int32_t c;
        utf8proc_ssize_t step = utf8proc_iterate(from, (utf8proc_ssize_t)length, &c);

        if (step <= 0) {
            to += sprintf(to, "\\x%02x", *from);
            step = 1;
        } else if (c < 0x80 && is_harmful(c)) {
            to += sprintf(to, "\\x%02x", (unsigned)c);
        } else if (is_harmful(c)) {
            to += sprintf(to, "\\u%04x", (unsigned)c);
        } else {
            memcpy(to, from, (size_t)step);
            to += step;
        }
        from += step;
        length -= (size_t)step;
    }
    *to = 0;
    return copy;
}

void xf_print_text(FILE *file, const char *text)
{
    char *copy = xf_harmless(text);

    if (copy)
        fputs(copy, file);
    free(copy);
}

unsigned xf_text_width(const char *text)
{
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t length = (utf8proc_ssize_t)strlen(text), step;
    utf8proc_int32_t c;
    unsigned width = 0;

    for (; length > 0; from += step, length -= step) {
        step = utf8proc_iterate(from, length, &c);
        if (step <= 0) {
            step = 1;
            width++;
        } else {
            width += (unsigned)utf8proc_charwidth(c);
        }
    }
    return width;
}

/* Takes text over; NULL marks the table broken. */
static void add(struct xf_table *table, char *text)
{
    if (!text) {
        table->broken = true;
        return;
    }
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 64;
        char **grown = realloc(table->cells, capacity * sizeof(*grown));

        if (!grown) {
            free(text);
            table->broken = true;
            return;
        }
        table->cells = grown;
        table->capacity = capacity;
    }
    table->cells[table->count++] = text;
}

void xf_table_cell(struct xf_table *table, const char *text)
{
    add(table, xf_harmless(text));
}

void xf_table_cellf(struct xf_table *table, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    xf_table_cell(table, text);
    free(text);
}

static void print_row(const struct xf_table *table, FILE *file, unsigned indent, const unsigned *widths, const char *const *cells)
{
    fprintf(file, "%*s", (int)indent, "");
    for (size_t i = 0; i < table->columns; i++) {
        bool right = table->headers[i][0] == '>';
        int pad = (int)(widths[i] - xf_text_width(cells[i]));

        if (right)
            fprintf(file, "%*s", pad, "");
        fputs(cells[i], file);
        if (i + 1 < table->columns)
            fprintf(file, "%*s", (right ? 0 : pad) + 2, "");
    }
    fputc('\n', file);
}

void xf_table_print(struct xf_table *table, FILE *file, unsigned indent)
{
    xf_table_print_with(table, file, indent, NULL, NULL);
}

void xf_table_print_with(struct xf_table *table, FILE *file, unsigned indent, void (*after)(void *context, size_t row),
                         void *context)
{
    unsigned widths[XF_TABLE_COLUMNS_MAX] = {0};
    const char *headers[XF_TABLE_COLUMNS_MAX] = {0};
    size_t rows = table->count / table->columns;

    for (size_t i = 0; i < table->columns; i++) {
        headers[i] = table->headers[i] + (table->headers[i][0] == '>');
        widths[i] = xf_text_width(headers[i]);
        for (size_t row = 0; row < rows; row++) {
            unsigned width = xf_text_width(table->cells[row * table->columns + i]);

            if (width > widths[i])
                widths[i] = width;
        }
    }
    if (rows)
        print_row(table, file, indent, widths, headers);
    for (size_t row = 0; row < rows; row++) {
        print_row(table, file, indent, widths, (const char *const *)&table->cells[row * table->columns]);
        if (after)
            after(context, row);
    }
    if (table->broken)
        fprintf(stderr, "crossflag: out of memory: the table is not complete\n");
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->count = table->capacity = 0;
}
