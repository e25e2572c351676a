/* SPDX-License-Identifier: Apache-2.0 */
/* What people see: aligned tables, texts from outside made harmless, a progress bar. */
#ifndef XF_CLI_PRINT_H
#define XF_CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A table filled cell by cell, row after row. A header that starts with > is aligned to the right. Widths are what a terminal shows
 * (utf8proc). */
#define XF_TABLE_COLUMNS_MAX 12
struct xf_table {
    const char *headers[XF_TABLE_COLUMNS_MAX];
    size_t columns;
    char **cells;
    size_t count, capacity;
    bool broken; /* out of memory: printing says so */
};
/* Adds a cell; text is copied and made harmless; NULL is an empty one. */
void xf_table_cell(struct xf_table *table, const char *text);
void xf_table_cellf(struct xf_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints with an indent and frees the cells. Nothing at all, not even the headers, when there is no row. */
void xf_table_print(struct xf_table *table, FILE *file, unsigned indent);
/* The same, calling after(context, row) when a row has been printed, for what belongs under it. */
void xf_table_print_with(struct xf_table *table, FILE *file, unsigned indent, void (*after)(void *context, size_t row),
                         void *context);

/* A copy of text, owned, with control characters, bidirectional overrides and invalid UTF-8 shown as \x.. or \u....: what a
 * partner's record holds must not drive a terminal. */
char *xf_harmless(const char *text);
/* Prints it so. */
void xf_print_text(FILE *file, const char *text);
/* Columns that a terminal gives to UTF-8 text. */
unsigned xf_text_width(const char *text);

/* A progress bar on standard error, drawn at most ten times a second and only when that is a terminal. total 0: not known. */
struct xf_progress {
    const char *label, *unit;
    uint64_t total;
    int64_t started_us, drawn_us;
    bool on, shown;
};
struct xf_progress xf_progress_start(const char *label, const char *unit, uint64_t total);
void xf_progress_show(struct xf_progress *progress, uint64_t done, uint64_t units);
/* Takes the bar away. */
void xf_progress_end(struct xf_progress *progress);
int64_t xf_monotonic_us(void);

#endif
