/* SPDX-License-Identifier: Apache-2.0 */
/* The mentions of a batch, as they come from the thread that reads the files: numbered, named, their symbols brought into the one
 * table, and handed on. Called by link and train. Invariant: numbers and symbols are in the order of the files' rows, whatever the
 * two threads do. */
#include "batch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "outfile.h"

static int take_files(struct xf_batch *batch, char *const *paths, int count, bool *ret_csv)
{
    *ret_csv = false;
    if (count < 1)
        return xf_usage(batch->cli, "which files? Name at least one .csv or .ndjson");
    batch->files = calloc((size_t)count, sizeof(*batch->files));
    for (int i = 0; batch->files && i < count; i++) {
        const char *slash = strrchr(paths[i], '/'), *base = slash ? slash + 1 : paths[i];
        size_t length;
        enum xf_batch_form form = xf_batch_form_of(base, &length);

        if (form == XF_BATCH_NONE)
            return xf_usage(batch->cli,
                            "%s: a file's form is told by its name: .csv, .ndjson, .jsonl or .json, each with or "
                            "without .gz",
                            paths[i]);
        *ret_csv = *ret_csv || form == XF_BATCH_CSV;
        batch->files[i] = (struct xf_batch_file){.path = paths[i], .feed = strndup(base, length)};
        if (!batch->files[i].feed)
            return xf_fail(batch->cli, XF_EXIT_FAILED, "out of memory");
        batch->file_count++;
        for (int j = 0; j < i; j++)
            if (strcmp(batch->files[j].feed, batch->files[i].feed) == 0)
                return xf_usage(batch->cli, "%s and %s have one base name, which is to tell them apart", paths[j], paths[i]);
    }
    return batch->files ? XF_EXIT_OK : xf_fail(batch->cli, XF_EXIT_FAILED, "out of memory");
}

int xf_batch_init(struct xf_batch *batch, struct xf_cli *cli, const char *columns, bool between, char *const *paths, int count)
{
    struct xf_error error = {0};
    bool csv;
    int code;

    *batch = (struct xf_batch){.cli = cli, .between = between};
    code = take_files(batch, paths, count, &csv);
    if (code != XF_EXIT_OK)
        return code;
    if (columns && !csv)
        return xf_usage(cli, "--columns is for CSV files, and there is none");
    if (columns && xf_columns_parse(columns, &batch->columns, &error) != XF_OK)
        return xf_usage(cli, "--columns, at character %u: %s", error.column, error.text);
    if (between && batch->file_count < 2)
        return xf_usage(cli, "--between needs two files or more");
    batch->symbols = xf_intern_create();
    return batch->symbols ? XF_EXIT_OK : xf_fail(cli, XF_EXIT_FAILED, "out of memory");
}

int xf_batch_check_out(const struct xf_batch *batch, const char *path)
{
    struct stat out, in;

    if (stat(path, &out) == 0 && S_ISREG(out.st_mode))
        for (size_t i = 0; i < batch->file_count; i++)
            if (stat(batch->files[i].path, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
                return xf_usage(batch->cli, "%s is read: its result cannot take its place", path);
    return xf_outfile_check(batch->cli, path);
}

void xf_batch_finish(struct xf_batch *batch)
{
    for (size_t i = 0; i < batch->file_count; i++) {
        free(batch->files[i].feed);
        xf_layout_destroy(batch->files[i].layout);
    }
    free(batch->files);
    free(batch->names);
    free(batch->texts);
    free(batch->symbol_of);
    xf_columns_destroy(batch->columns);
    xf_intern_destroy(batch->symbols);
}

static int take_symbols(struct xf_batch *batch, const struct xf_bundle *bundle)
{
    int rc = xf_grow((void **)&batch->symbol_of, &batch->symbol_room, batch->symbol_count, bundle->symbol_count + 1,
                     sizeof(*batch->symbol_of));

    if (rc == XF_OK && !batch->symbol_count)
        batch->symbol_of[batch->symbol_count++] = 0;
    for (size_t i = 0; i < bundle->symbol_count && rc == XF_OK; i++)
        rc = xf_intern_puts(batch->symbols, bundle->symbols[i], &batch->symbol_of[batch->symbol_count++]);
    return rc;
}

static void open_mention(const struct xf_batch *batch, const struct xf_bundle *bundle, const struct xf_bundle_row *row,
                         struct xf_mention *ret)
{
    ret->kind = row->kind;
    ret->count = row->count;
    for (uint16_t i = 0; i < row->count; i++) {
        struct xf_value *value = &ret->values[i];

        *value = bundle->values[row->first + i];
        value->qualifier = batch->symbol_of[value->qualifier];
        if (value->field != XF_FIELD_BIRTH_DATE && value->field != XF_FIELD_LAT && value->field != XF_FIELD_LON)
            value->symbol = batch->symbol_of[value->symbol];
    }
}

/* Names a bundle's mentions and hands them on. XF_OK, XF_ENOMEM, XF_ELIMIT. */
static int take_bundle(struct xf_batch *batch, const struct xf_bundle *bundle)
{
    int rc = take_symbols(batch, bundle);

    if (rc == XF_OK)
        rc = xf_grow((void **)&batch->names, &batch->name_room, batch->name_count, bundle->row_count, sizeof(*batch->names));
    if (rc == XF_OK)
        rc = xf_grow((void **)&batch->texts, &batch->text_room, batch->text_count, bundle->text_count, 1);
    if (rc == XF_OK && batch->name_count + bundle->row_count >= UINT32_MAX)
        rc = XF_ELIMIT;
    if (rc == XF_OK && bundle->text_count)
        memcpy(batch->texts + batch->text_count, bundle->texts, bundle->text_count);
    for (uint32_t i = 0; i < bundle->row_count && rc == XF_OK; i++) {
        const struct xf_bundle_row *row = &bundle->rows[i];
        struct xf_mention mention;

        open_mention(batch, bundle, row, &mention);
        batch->names[batch->name_count] = (struct xf_batch_name){.at = batch->text_count + row->text, .file = row->file};
        batch->kinds[row->kind]++;
        rc = batch->take(batch->context, (uint32_t)batch->name_count++, &mention);
    }
    batch->text_count += bundle->text_count;
    return rc;
}

/* Says why the reader stopped. */
static int fail(const struct xf_batch *batch, const struct xf_reading *reading)
{
    const struct xf_error *error = &reading->error;
    char place[32] = "";

    if (error->line && error->column)
        snprintf(place, sizeof(place), ":%u:%u", error->line, error->column);
    else if (error->line)
        snprintf(place, sizeof(place), ":%u", error->line);
    return xf_fail(batch->cli, reading->rc == XF_ENOMEM ? XF_EXIT_FAILED : XF_EXIT_USAGE, "%s%s: %s",
                   reading->file ? reading->file->path : batch->files[0].path, place, error->text);
}

static void tell_left_out(const struct xf_batch *batch)
{
    struct xf_layout_column column;

    for (size_t i = 0; i < batch->file_count; i++)
        for (size_t j = 0; batch->files[i].layout && xf_layout_column(batch->files[i].layout, j, &column); j++)
            if (column.left_out)
                fprintf(stderr, "%s: in %" PRIu64 " of %" PRIu64 " rows column \"%s\" holds no %s%s: left out\n",
                        batch->files[i].path, column.left_out, batch->files[i].rows, column.column, column.field,
                        strcmp(column.field, "birth_date") == 0 ? ", or an impossible day or month" : "");
}

static uint64_t total_size(const struct xf_batch *batch)
{
    uint64_t total = 0;

    for (size_t i = 0; i < batch->file_count; i++) {
        struct stat status;

        total += stat(batch->files[i].path, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    }
    return total;
}

/* Takes bundles until there are no more, or one cannot be taken. */
static int take_all(struct xf_batch *batch, struct xf_bundles *bundles)
{
    struct xf_progress progress = xf_progress_start("reading", "rows", total_size(batch));
    const struct xf_bundle *bundle;
    int rc = XF_OK;

    while (rc == XF_OK && (bundle = xf_bundles_next(bundles))) {
        rc = take_bundle(batch, bundle);
        xf_progress_show(&progress, bundle->bytes, bundle->file_rows);
        xf_bundles_give_back(bundles);
    }
    xf_progress_end(&progress);
    return rc;
}

static int read_all(struct xf_batch *batch, struct xf_bundles *bundles)
{
    struct xf_reading reading = {.columns = batch->columns,
                                 .files = batch->files,
                                 .file_count = batch->file_count,
                                 .between = batch->between,
                                 .now = (int64_t)time(NULL) * XF_SECOND,
                                 .bundles = bundles,
                                 .symbols = xf_intern_create()};
    pthread_t thread;
    int rc;

    if (!reading.symbols || pthread_create(&thread, NULL, xf_reading_run, &reading) != 0) {
        xf_intern_destroy(reading.symbols);
        return xf_fail(batch->cli, XF_EXIT_FAILED, "out of memory");
    }
    rc = take_all(batch, bundles);
    if (rc != XF_OK)
        xf_bundles_stop(bundles);
    pthread_join(thread, NULL);
    xf_intern_destroy(reading.symbols);
    batch->rows = reading.rows;
    if (rc != XF_OK)
        return xf_fail(batch->cli, XF_EXIT_FAILED, rc == XF_ELIMIT ? "more mentions than one run can number" : "out of memory");
    return reading.rc == XF_OK ? XF_EXIT_OK : fail(batch, &reading);
}

int xf_batch_read(struct xf_batch *batch)
{
    struct xf_bundles *bundles = malloc(sizeof(*bundles));
    int code;

    if (!bundles)
        return xf_fail(batch->cli, XF_EXIT_FAILED, "out of memory");
    xf_bundles_init(bundles);
    code = read_all(batch, bundles);
    xf_bundles_finish(bundles);
    free(bundles);
    free(batch->symbol_of);
    batch->symbol_of = NULL;
    if (code == XF_EXIT_OK)
        tell_left_out(batch);
    return code;
}

json_t *xf_batch_report(const struct xf_batch *batch)
{
    json_t *files = json_array(), *report;
    struct xf_layout_column column;

    for (size_t i = 0; i < batch->file_count; i++) {
        json_t *columns = json_array();

        for (size_t j = 0; batch->files[i].layout && xf_layout_column(batch->files[i].layout, j, &column); j++)
            json_array_append_new(columns, json_pack("{s:s, s:s, s:I}", "field", column.field, "column", column.column, "left_out",
                                                     (json_int_t)column.left_out));
        json_array_append_new(files, json_pack("{s:s, s:I, s:o}", "feed", batch->files[i].feed, "rows",
                                               (json_int_t)batch->files[i].rows, "columns", columns));
    }
    report =
        json_pack("{s:I, s:I, s:o}", "rows", (json_int_t)batch->rows, "mentions", (json_int_t)batch->name_count, "files", files);
    return report;
}

void xf_batch_print_columns(const struct xf_batch *batch)
{
    struct xf_layout_column column;

    for (size_t i = 0; i < batch->file_count && !batch->columns; i++) {
        if (!batch->files[i].layout)
            continue;
        printf("%s: columns by their names:", batch->files[i].feed);
        for (size_t j = 0; xf_layout_column(batch->files[i].layout, j, &column); j++) {
            printf("%s %s=", j ? "," : "", column.field);
            xf_print_text(stdout, column.column);
        }
        putchar('\n');
    }
}
