/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of a batch, CSV by columns and NDJSON as records, into mentions and hands each on. Called by link and train.
 * Invariants: memory holds names and what the taker keeps, never a whole CSV file; the first broken row ends the run, for a result
 * that lacks some rows looks like one that has them all. */
#include "batch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

#include "crossflag/record.h"

#define PIECE ((size_t)256 * 1024)
#define JSON_MAX ((size_t)1 << 30) /* a JSON array is read whole */

enum form { FORM_CSV, FORM_NDJSON, FORM_JSON, FORM_NONE };

/* The file that is being read. */
struct reading {
    struct xf_batch *batch;
    uint32_t number;
    struct xf_batch_file *file;
    struct xf_arena *arena;
    unsigned line_offset; /* of a piece of NDJSON */
    struct xf_error error;
};

/* The form by the name's ending; *ret_length is what is before that. */
static enum form form_of(const char *name, size_t *ret_length)
{
    static const struct {
        const char *ending;
        enum form form;
    } endings[] = {{".csv", FORM_CSV}, {".ndjson", FORM_NDJSON}, {".jsonl", FORM_NDJSON}, {".json", FORM_JSON}};
    size_t length = strlen(name);

    if (length > 3 && strcasecmp(name + length - 3, ".gz") == 0)
        length -= 3;
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        size_t ending = strlen(endings[i].ending);

        if (length > ending && strncasecmp(name + length - ending, endings[i].ending, ending) == 0) {
            *ret_length = length - ending;
            return endings[i].form;
        }
    }
    return FORM_NONE;
}

static int take_files(struct xf_batch *batch, char *const *paths, int count, bool *ret_csv)
{
    *ret_csv = false;
    if (count < 1)
        return xf_usage(batch->cli, "which files? Name at least one .csv or .ndjson");
    batch->files = calloc((size_t)count, sizeof(*batch->files));
    for (int i = 0; batch->files && i < count; i++) {
        const char *slash = strrchr(paths[i], '/'), *base = slash ? slash + 1 : paths[i];
        size_t length;
        enum form form = form_of(base, &length);

        if (form == FORM_NONE)
            return xf_usage(batch->cli,
                            "%s: a file's form is told by its name: .csv, .ndjson, .jsonl or .json, each with or "
                            "without .gz",
                            paths[i]);
        *ret_csv = *ret_csv || form == FORM_CSV;
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

int xf_batch_init(struct xf_batch *batch, struct xf_cli *cli, const char *columns, char *const *paths, int count)
{
    struct xf_error error = {0};
    bool csv;
    int code;

    *batch = (struct xf_batch){.cli = cli, .now = (int64_t)time(NULL) * XF_SECOND};
    code = take_files(batch, paths, count, &csv);
    if (code != XF_EXIT_OK)
        return code;
    if (columns && !csv)
        return xf_usage(cli, "--columns is for CSV files, and there is none");
    if (columns && xf_columns_parse(columns, &batch->columns, &error) != XF_OK)
        return xf_usage(cli, "--columns, at character %u: %s", error.column, error.text);
    batch->symbols = xf_intern_create();
    return batch->symbols ? XF_EXIT_OK : xf_fail(cli, XF_EXIT_FAILED, "out of memory");
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
    xf_columns_destroy(batch->columns);
    xf_intern_destroy(batch->symbols);
}

/* Makes room for one more of size; NULL as usual. */
static void *grown(void *items, size_t *room, size_t needed, size_t size)
{
    size_t more = *room ? *room * 2 : 4096;
    void *moved;

    while (more < needed)
        more *= 2;
    moved = realloc(items, more * size);
    if (moved)
        *room = more;
    return moved;
}

static int keep_name(struct reading *reading, const char *id, size_t id_length, const char *ref)
{
    struct xf_batch *batch = reading->batch;
    size_t ref_length = strlen(ref), size = id_length + ref_length + 2;

    if (batch->name_count == batch->name_room) {
        struct xf_batch_name *names = grown(batch->names, &batch->name_room, batch->name_count + 1, sizeof(*names));

        if (!names)
            return XF_ENOMEM;
        batch->names = names;
    }
    if (batch->text_room - batch->text_count < size) {
        char *texts = grown(batch->texts, &batch->text_room, batch->text_count + size, 1);

        if (!texts)
            return XF_ENOMEM;
        batch->texts = texts;
    }
    batch->names[batch->name_count++] = (struct xf_batch_name){.at = batch->text_count, .file = reading->number};
    memcpy(batch->texts + batch->text_count, id, id_length);
    batch->texts[batch->text_count + id_length] = '\0';
    memcpy(batch->texts + batch->text_count + id_length + 1, ref, ref_length + 1);
    batch->text_count += size;
    return XF_OK;
}

/* Names the mention, says where it comes from when that counts, and hands it on. */
static int hand_on(struct reading *reading, const char *id, size_t id_length, const char *ref, struct xf_mention *mention)
{
    struct xf_batch *batch = reading->batch;
    uint32_t number = (uint32_t)batch->name_count;
    int rc;

    if (batch->name_count >= UINT32_MAX - 1)
        return xf_error_set(&reading->error, XF_ELIMIT, "more mentions than one run can number");
    rc = keep_name(reading, id, id_length, ref);
    if (rc == XF_OK && batch->between) {
        mention->count -= mention->count == XF_MENTION_VALUES_MAX; /* the last value makes room: the source must be there */
        rc = xf_mention_add(mention, batch->symbols, XF_FIELD_SOURCE, 0, 0, NULL, reading->file->feed);
    }
    if (rc == XF_OK)
        rc = batch->take(batch->context, number, mention);
    if (rc != XF_OK)
        return xf_error_set(&reading->error, rc, "out of memory");
    batch->kinds[mention->kind]++;
    return XF_OK;
}

static void count_row(struct reading *reading)
{
    reading->file->rows++;
    reading->batch->rows++;
}

/* ---- CSV ---- */

static int XF_PRINTF(3, 4) refuse(struct reading *reading, unsigned line, const char *format, ...)
{
    char text[sizeof(reading->error.text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    xf_error_set(&reading->error, XF_EINVAL, "%s", text);
    reading->error.line = line;
    return XF_EINVAL;
}

static bool is_empty(const struct xf_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cells[i].length)
            return false;
    return true;
}

static int take_row(void *context, unsigned line, const struct xf_cell *cells, size_t count)
{
    static const char *const refs[XF_MENTION_KINDS] = {"p1", "l1", "v1"};
    struct reading *reading = context;
    struct xf_layout *layout = reading->file->layout;
    struct xf_mention mention;
    struct xf_cell id;
    char number[16];
    int rc;

    if (!layout) {
        rc = xf_layout_create(reading->batch->columns, cells, count, &reading->file->layout, &reading->error);
        reading->error.line = rc == XF_OK ? 0 : line;
        return rc;
    }
    if (count != xf_layout_width(layout))
        return refuse(reading, line, "the row has %zu cells, the header %zu", count, xf_layout_width(layout));
    if (is_empty(cells, count)) /* spreadsheets end in rows of commas */
        return XF_OK;
    rc = xf_layout_read(layout, cells, reading->batch->now, reading->batch->symbols, &id, &mention, &reading->error);
    if (rc != XF_OK) {
        reading->error.line = line;
        return rc;
    }
    if (!xf_layout_has_id(layout)) {
        id.text = number;
        id.length = (size_t)snprintf(number, sizeof(number), "%u", line);
    } else if (!id.length) {
        return refuse(reading, line, "the id is blank");
    }
    count_row(reading);
    return hand_on(reading, id.text, id.length, refs[mention.kind], &mention);
}

static void show(struct reading *reading, gzFile file)
{
    xf_progress_show(&reading->batch->progress, reading->batch->bytes_before + (uint64_t)gzoffset(file), reading->batch->rows);
}

/* Reads a piece; 0 at the end, or a negative error. */
static int read_piece(struct reading *reading, gzFile file, char *piece, size_t size)
{
    int length = gzread(file, piece, (unsigned)size), fault;
    const char *reason = gzerror(file, &fault);

    show(reading, file);
    if (length > 0 || (length == 0 && fault == Z_OK) || (length == 0 && fault == Z_STREAM_END))
        return length;
    return xf_error_set(&reading->error, XF_EIO, "%s", fault == Z_BUF_ERROR ? "the compressed file is cut off" : reason);
}

static int read_csv(struct reading *reading, gzFile file, char *piece)
{
    struct xf_rows *rows = xf_rows_create(',', take_row, reading);
    int rc = rows ? XF_OK : xf_error_set(&reading->error, XF_ENOMEM, "out of memory");

    while (rc == XF_OK) {
        int length = read_piece(reading, file, piece, PIECE);

        if (length <= 0) {
            rc = length < 0 ? length : xf_rows_end(rows, &reading->error);
            break;
        }
        rc = xf_rows_feed(rows, piece, (size_t)length, &reading->error);
    }
    if (rc == XF_OK && !reading->file->layout)
        rc = xf_error_set(&reading->error, XF_EINVAL, "the file is empty: its first line must be a header");
    xf_rows_destroy(rows);
    return rc;
}

/* ---- records ---- */

static int take_parts(struct reading *reading, const struct xf_record *record, enum xf_mention_kind kind, size_t count)
{
    int rc = XF_OK;

    for (size_t i = 0; i < count && rc == XF_OK; i++) {
        const char *ref = kind == XF_PERSON     ? record->persons[i].ref
                          : kind == XF_LOCATION ? record->locations[i].ref
                                                : record->vehicles[i].ref;
        struct xf_mention mention;

        rc = xf_mention_of(record, kind, i, record->occurred_at, reading->batch->symbols, &mention);
        rc = rc == XF_OK ? hand_on(reading, record->id, strlen(record->id), ref, &mention)
                         : xf_error_set(&reading->error, rc, "out of memory");
    }
    return rc;
}

static int take_record(void *context, unsigned line, const char *json, size_t length)
{
    struct reading *reading = context;
    const struct xf_record *record = NULL;
    struct xf_errors errors;
    int rc;

    xf_arena_reset(reading->arena);
    rc = xf_record_parse(json, length, NULL, reading->arena, &record, &errors);
    if (rc != XF_OK) {
        const struct xf_error *first = &errors.items[0];

        if (rc == XF_ENOMEM || !errors.count)
            return xf_error_set(&reading->error, rc, "out of memory");
        refuse(reading, reading->line_offset + line, "%s%s%s", first->pointer, *first->pointer ? ": " : "", first->text);
        reading->error.column = first->line == 1 ? first->column : 0;
        return rc;
    }
    count_row(reading);
    rc = take_parts(reading, record, XF_PERSON, record->person_count);
    if (rc == XF_OK)
        rc = take_parts(reading, record, XF_LOCATION, record->location_count);
    return rc == XF_OK ? take_parts(reading, record, XF_VEHICLE, record->vehicle_count) : rc;
}

static unsigned count_lines(const char *text, size_t length)
{
    unsigned lines = 0;

    for (const char *end = text + length; (text = memchr(text, '\n', (size_t)(end - text))); text++)
        lines++;
    return lines;
}

/* NDJSON goes on up to the last line end of what is there; a JSON array waits for its end. */
static int read_records(struct reading *reading, gzFile file, enum form form)
{
    char *text = NULL;
    size_t room = 0, held = 0;
    int rc = XF_OK, length = 1;

    while (rc == XF_OK && length) {
        const char *newline;
        size_t cut;

        if (room - held < PIECE) {
            char *moved = held > JSON_MAX ? NULL : grown(text, &room, held + PIECE, 1);

            if (!moved) {
                rc = held > JSON_MAX ? xf_error_set(&reading->error, XF_ELIMIT, "%s is longer than 1 GiB",
                                                    form == FORM_NDJSON ? "a line" : "a JSON file")
                                     : xf_error_set(&reading->error, XF_ENOMEM, "out of memory");
                break;
            }
            text = moved;
        }
        length = read_piece(reading, file, text + held, PIECE);
        if (length < 0) {
            rc = length;
            break;
        }
        held += (size_t)length;
        newline = held && form == FORM_NDJSON ? memrchr(text, '\n', held) : NULL;
        cut = !length ? held : newline ? (size_t)(newline - text) + 1 : 0;
        if (!cut)
            continue;
        rc = xf_body_split(form == FORM_NDJSON ? XF_BODY_NDJSON : XF_BODY_JSON, text, cut, take_record, reading, &reading->error);
        reading->line_offset += count_lines(text, cut);
        held -= cut;
        memmove(text, text + cut, held);
    }
    free(text);
    return rc;
}

/* ---- all of them ---- */

static uint64_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
}

static int fail(struct reading *reading, int rc)
{
    const struct xf_error *error = &reading->error;
    char place[32] = "";

    if (error->line && error->column)
        snprintf(place, sizeof(place), ":%u:%u", error->line, error->column);
    else if (error->line)
        snprintf(place, sizeof(place), ":%u", error->line);
    xf_progress_end(&reading->batch->progress);
    return xf_fail(reading->batch->cli, rc == XF_ENOMEM ? XF_EXIT_FAILED : XF_EXIT_USAGE, "%s%s: %s", reading->file->path, place,
                   error->text);
}

static int read_file(struct xf_batch *batch, uint32_t number, char *piece)
{
    struct reading reading = {.batch = batch, .number = number, .file = &batch->files[number]};
    size_t length;
    enum form form = form_of(reading.file->path, &length);
    gzFile file;
    int rc;

    errno = 0;
    file = gzopen(reading.file->path, "rbe");
    if (!file) {
        xf_error_set(&reading.error, XF_EIO, "%s", errno ? strerror(errno) : "out of memory");
        return fail(&reading, XF_EIO);
    }
    gzbuffer(file, (unsigned)PIECE);
    reading.arena = xf_arena_create();
    if (!reading.arena)
        rc = xf_error_set(&reading.error, XF_ENOMEM, "out of memory");
    else
        rc = form == FORM_CSV ? read_csv(&reading, file, piece) : read_records(&reading, file, form);
    xf_arena_destroy(reading.arena);
    gzclose_r(file);
    batch->bytes_before += size_of(reading.file->path);
    return rc == XF_OK ? XF_EXIT_OK : fail(&reading, rc);
}

static void tell_left_out(const struct xf_batch *batch)
{
    struct xf_layout_column column;

    for (size_t i = 0; i < batch->file_count; i++)
        for (size_t j = 0; batch->files[i].layout && xf_layout_column(batch->files[i].layout, j, &column); j++)
            if (column.left_out)
                fprintf(stderr, "%s: %" PRIu64 " of %" PRIu64 " rows have no usable %s in column \"%s\": left out\n",
                        batch->files[i].path, column.left_out, batch->files[i].rows, column.field, column.column);
}

int xf_batch_read(struct xf_batch *batch)
{
    char *piece = malloc(PIECE);
    uint64_t total = 0;
    int code = piece ? XF_EXIT_OK : xf_fail(batch->cli, XF_EXIT_FAILED, "out of memory");

    for (size_t i = 0; i < batch->file_count; i++)
        total += size_of(batch->files[i].path);
    batch->progress = xf_progress_start("reading", "rows", total);
    for (size_t i = 0; i < batch->file_count && code == XF_EXIT_OK; i++)
        code = read_file(batch, (uint32_t)i, piece);
    xf_progress_end(&batch->progress);
    free(piece);
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
