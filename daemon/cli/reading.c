/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a batch into bundles of mentions: CSV by columns, NDJSON and JSON as records. Runs as a thread of its own beside
 * batch.c, so that reading costs no time of the linking's; its symbols are its own, for a table has one user. Invariants: a CSV
 * file is never whole in memory; the first broken row ends the run, for a result that lacks some rows looks like one that has them
 * all. */
#include "reading.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cli.h"
#include "crossflag/record.h"

#define PIECE ((size_t)256 * 1024)
#define JSON_MAX ((size_t)1 << 30) /* a JSON array is read whole */

/* The form by the name's ending; *ret_length is what is before that. */
enum xf_batch_form xf_batch_form_of(const char *name, size_t *ret_length)
{
    static const struct {
        const char *ending;
        enum xf_batch_form form;
    } endings[] = {{".csv", XF_BATCH_CSV}, {".ndjson", XF_BATCH_NDJSON}, {".jsonl", XF_BATCH_NDJSON}, {".json", XF_BATCH_JSON}};
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
    return XF_BATCH_NONE;
}

/* Sends what is in the bundle, with the symbols that are new since the last one. */
static int send(struct xf_reading *reading)
{
    struct xf_bundle *bundle = reading->bundle;

    reading->bundle = NULL;
    if (!bundle)
        return XF_OK;
    if (xf_bundle_symbols(bundle, reading->symbols, reading->symbols_sent) != XF_OK)
        return xf_error_set(&reading->error, XF_ENOMEM, "out of memory");
    reading->symbols_sent = xf_intern_count(reading->symbols);
    bundle->bytes = reading->bytes_before + reading->bytes;
    bundle->file_rows = reading->rows;
    xf_bundles_send(reading->bundles);
    return XF_OK;
}

/* Says where a mention comes from when that counts, and puts it into the bundle. */
static int hand_on(struct xf_reading *reading, const char *id, size_t id_length, const char *ref, struct xf_mention *mention)
{
    int rc = XF_OK;

    if (reading->between) {
        mention->count -= mention->count == XF_MENTION_VALUES_MAX; /* the last value makes room: the source must be there */
        rc = xf_mention_add(mention, reading->symbols, XF_FIELD_SOURCE, 0, 0, NULL, reading->file->feed);
    }
    if (rc == XF_OK && !reading->bundle) {
        reading->bundle = xf_bundles_empty(reading->bundles);
        if (!reading->bundle)
            return xf_error_set(&reading->error, XF_EIO, "stopped"); /* the taker knows why */
    }
    if (rc == XF_OK)
        rc = xf_bundle_put(reading->bundle, reading->number, id, id_length, ref, mention);
    if (rc != XF_OK)
        return xf_error_set(&reading->error, rc, "out of memory");
    return reading->bundle->row_count == XF_BUNDLE_MENTIONS ? send(reading) : XF_OK;
}

static void count_row(struct xf_reading *reading)
{
    reading->file->rows++;
    reading->rows++;
}

/* ---- CSV ---- */

static int XF_PRINTF(3, 4) refuse(struct xf_reading *reading, unsigned line, const char *format, ...)
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
    struct xf_reading *reading = context;
    struct xf_layout *layout = reading->file->layout;
    struct xf_mention mention;
    struct xf_cell id;
    char number[16];
    int rc;

    if (!layout) {
        rc = xf_layout_create(reading->columns, cells, count, &reading->file->layout, &reading->error);
        if (rc == XF_EINVAL && count == 1 && strpbrk(cells[0].text, ";\t|"))
            return refuse(reading, line, "the header is one cell: cells are separated by commas");
        reading->error.line = rc == XF_OK ? 0 : line;
        return rc;
    }
    if (count != xf_layout_width(layout))
        return refuse(reading, line, "the row has %zu cells, the header %zu", count, xf_layout_width(layout));
    if (is_empty(cells, count)) /* spreadsheets end in rows of commas */
        return XF_OK;
    rc = xf_layout_read(layout, cells, reading->now, reading->symbols, &id, &mention, &reading->error);
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

/* Reads a piece; 0 at the end, or a negative error. */
static int read_piece(struct xf_reading *reading, gzFile file, char *piece, size_t size)
{
    int length = gzread(file, piece, (unsigned)size), fault;
    const char *reason = gzerror(file, &fault);

    reading->bytes = (uint64_t)gzoffset(file);
    if (length > 0 || (length == 0 && fault == Z_OK) || (length == 0 && fault == Z_STREAM_END))
        return length;
    return xf_error_set(&reading->error, XF_EIO, "%s", fault == Z_BUF_ERROR ? "the compressed file is cut off" : reason);
}

static int read_csv(struct xf_reading *reading, gzFile file, char *piece)
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

static int take_parts(struct xf_reading *reading, const struct xf_record *record, enum xf_mention_kind kind, size_t count)
{
    int rc = XF_OK;

    for (size_t i = 0; i < count && rc == XF_OK; i++) {
        const char *ref = kind == XF_PERSON     ? record->persons[i].ref
                          : kind == XF_LOCATION ? record->locations[i].ref
                                                : record->vehicles[i].ref;
        struct xf_mention mention;

        rc = xf_mention_of(record, kind, i, record->occurred_at, reading->symbols, &mention);
        rc = rc == XF_OK ? hand_on(reading, record->id, strlen(record->id), ref, &mention)
                         : xf_error_set(&reading->error, rc, "out of memory");
    }
    return rc;
}

static int take_record(void *context, unsigned line, const char *json, size_t length)
{
    struct xf_reading *reading = context;
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
static int read_records(struct xf_reading *reading, gzFile file, enum xf_batch_form form)
{
    char *text = NULL;
    size_t room = 0, held = 0;
    int rc = XF_OK, length = 1;

    while (rc == XF_OK && length) {
        const char *newline;
        size_t cut;

        if (held > JSON_MAX)
            rc = xf_error_set(&reading->error, XF_ELIMIT, "%s is longer than 1 GiB",
                              form == XF_BATCH_NDJSON ? "a line" : "a JSON file");
        else if (xf_grow((void **)&text, &room, held, PIECE, 1) != XF_OK)
            rc = xf_error_set(&reading->error, XF_ENOMEM, "out of memory");
        if (rc != XF_OK)
            break;
        length = read_piece(reading, file, text + held, PIECE);
        if (length < 0) {
            rc = length;
            break;
        }
        held += (size_t)length;
        newline = held && form == XF_BATCH_NDJSON ? memrchr(text, '\n', held) : NULL;
        cut = !length ? held : newline ? (size_t)(newline - text) + 1 : 0;
        if (!cut)
            continue;
        rc = xf_body_split(form == XF_BATCH_NDJSON ? XF_BODY_NDJSON : XF_BODY_JSON, text, cut, take_record, reading,
                           &reading->error);
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

static int read_file(struct xf_reading *reading, char *piece)
{
    size_t length;
    enum xf_batch_form form = xf_batch_form_of(reading->file->path, &length);
    gzFile file;
    int rc;

    errno = 0;
    file = gzopen(reading->file->path, "rbe");
    if (!file)
        return xf_error_set(&reading->error, XF_EIO, "%s", errno ? strerror(errno) : "out of memory");
    gzbuffer(file, (unsigned)PIECE);
    reading->line_offset = 0;
    rc = form == XF_BATCH_CSV ? read_csv(reading, file, piece) : read_records(reading, file, form);
    gzclose_r(file);
    reading->bytes_before += size_of(reading->file->path);
    reading->bytes = 0;
    return rc;
}

void *xf_reading_run(void *context)
{
    struct xf_reading *reading = context;
    char *piece = malloc(PIECE);

    reading->arena = xf_arena_create();
    reading->symbols_sent = 1; /* the empty text */
    reading->rc = piece && reading->arena ? XF_OK : xf_error_set(&reading->error, XF_ENOMEM, "out of memory");
    for (size_t i = 0; i < reading->file_count && reading->rc == XF_OK; i++) {
        reading->number = (uint32_t)i;
        reading->file = &reading->files[i];
        reading->rc = read_file(reading, piece);
    }
    if (reading->rc == XF_OK)
        reading->rc = send(reading);
    xf_arena_destroy(reading->arena);
    free(piece);
    xf_bundles_end(reading->bundles);
    return NULL;
}
