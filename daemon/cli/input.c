/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of records by zlib (which reads plain files too) and cuts it. Called by send. A body never splits a record: NDJSON
 * is cut at line ends, CSV at line ends outside quotes and with its header repeated. A compressed file that fits one body goes as
 * it is; a larger one is inflated and cut. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct xf_input {
    enum xf_input_form form;
    gzFile file; /* NULL when the bytes are sent as they are */
    uint64_t size;
    char *buffer; /* a CSV's header, what the last slice handed out, and what follows */
    size_t capacity, filled;
    size_t header; /* bytes of the CSV's header at the buffer's start */
    unsigned header_lines;
    size_t handed;  /* bytes after the header that the last slice covered */
    unsigned lines; /* of the file, before the next slice */
    unsigned handed_lines;
    bool as_it_is; /* compressed, and sent so */
    bool ended, finished;
};

static bool has_suffix(const char *name, size_t length, const char *suffix)
{
    size_t tail = strlen(suffix);

    return length > tail && strncasecmp(name + length - tail, suffix, tail) == 0;
}

static int form_of(const char *name, bool *ret_gzip)
{
    size_t length = strlen(name);

    *ret_gzip = has_suffix(name, length, ".gz");
    if (*ret_gzip)
        length -= 3;
    if (has_suffix(name, length, ".ndjson") || has_suffix(name, length, ".jsonl"))
        return XF_INPUT_NDJSON;
    if (has_suffix(name, length, ".json"))
        return XF_INPUT_JSON;
    if (has_suffix(name, length, ".csv"))
        return XF_INPUT_CSV;
    return -1;
}

/* Whether a gzip file, inflated, fits one body: its last four bytes hold the length (RFC 1952; of the last member only, so the
 * limit stays the daemon's to check). */
static bool fits_inflated(int fd, uint64_t size)
{
    unsigned char tail[4];
    uint32_t length;

    if (size < 18 || size > XF_INPUT_SLICE_BYTES || pread(fd, tail, 4, (off_t)size - 4) != 4)
        return false;
    length = (uint32_t)tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 | (uint32_t)tail[3] << 24;
    return length <= XF_INPUT_SLICE_BYTES;
}

static int read_as_it_is(struct xf_input *input, int fd, struct xf_error *error)
{
    input->capacity = (size_t)input->size;
    input->buffer = malloc(input->capacity);
    if (!input->buffer)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    while (input->filled < input->capacity) {
        ssize_t got = read(fd, input->buffer + input->filled, input->capacity - input->filled);

        if (got <= 0)
            return xf_error_set(error, XF_EIO, "%s", got < 0 ? strerror(errno) : "it became shorter while it was read");
        input->filled += (size_t)got;
    }
    return XF_OK;
}

struct xf_input *xf_input_open(const char *name, int form, struct xf_error *error)
{
    bool is_stdin = strcmp(name, "-") == 0, gzip = false;
    int told = is_stdin ? -1 : form_of(name, &gzip), fd;
    struct xf_input *input;
    struct stat status;

    if (form < 0)
        form = told;
    if (form < 0) {
        xf_error_set(error, XF_EINVAL, "the name does not tell what it is; give --type ndjson, json or csv");
        return NULL;
    }
    fd = is_stdin ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0 || S_ISDIR(status.st_mode)) {
        xf_error_set(error, XF_EIO, "%s", fd < 0 ? strerror(errno) : "it is a directory");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    input = calloc(1, sizeof(*input));
    if (!input) {
        close(fd);
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    input->form = (enum xf_input_form)form;
    input->size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    input->as_it_is = gzip && fits_inflated(fd, input->size);
    if (input->as_it_is) {
        int rc = read_as_it_is(input, fd, error);

        close(fd);
        if (rc != XF_OK) {
            xf_input_close(input);
            return NULL;
        }
        return input;
    }
    input->file = gzdopen(fd, "rb");
    if (!input->file) {
        close(fd);
        xf_input_close(input);
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    gzbuffer(input->file, 256 * 1024);
    return input;
}

void xf_input_close(struct xf_input *input)
{
    if (!input)
        return;
    if (input->file)
        gzclose(input->file);
    free(input->buffer);
    free(input);
}

enum xf_input_form xf_input_form(const struct xf_input *input)
{
    return input->form;
}

uint64_t xf_input_size(const struct xf_input *input)
{
    return input->size;
}

/* Reads until the buffer holds `wanted` bytes or the file ends. */
static int fill(struct xf_input *input, size_t wanted, struct xf_error *error)
{
    if (input->capacity < wanted) {
        char *grown = realloc(input->buffer, wanted);

        if (!grown)
            return xf_error_set(error, XF_ENOMEM, "out of memory");
        input->buffer = grown;
        input->capacity = wanted;
    }
    while (!input->ended && input->filled < wanted) {
        int got = gzread(input->file, input->buffer + input->filled, (unsigned)(wanted - input->filled));
        int code = Z_OK;
        const char *text = gzerror(input->file, &code);

        if (got < 0 || (got == 0 && code != Z_OK))
            return xf_error_set(error, XF_EIO, "%s",
                                code == Z_ERRNO       ? strerror(errno)
                                : code == Z_BUF_ERROR ? "it ends in the middle (gzip)"
                                                      : text);
        input->ended = got == 0;
        input->filled += (size_t)got;
    }
    return XF_OK;
}

/* Where bytes can be cut: after a newline that is no part of a quoted value, at most max_lines newlines in. 0: nowhere. Doubled
 * quotes inside a value toggle twice. */
static size_t find_cut(const struct xf_input *input, const char *bytes, size_t length, unsigned max_lines, unsigned *ret_lines)
{
    bool csv = input->form == XF_INPUT_CSV, quoted = false;
    unsigned lines = 0;
    size_t cut = 0;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"' && csv) {
            quoted = !quoted;
        } else if (bytes[i] == '\n') {
            lines++;
            if (!quoted) {
                cut = i + 1;
                *ret_lines = lines;
                if (lines >= max_lines)
                    break;
            }
        }
    }
    return cut;
}

static int next_whole(struct xf_input *input, struct xf_input_slice *ret, struct xf_error *error)
{
    int rc = input->as_it_is ? XF_OK : fill(input, XF_INPUT_WHOLE_BYTES + 1, error);

    if (rc != XF_OK)
        return rc;
    input->finished = true;
    if (input->filled > XF_INPUT_WHOLE_BYTES)
        return xf_error_set(error, XF_ELIMIT,
                            "one JSON text is larger than the 16 MiB that one call takes; as NDJSON it would be cut");
    *ret = (struct xf_input_slice){.bytes = input->buffer, .length = input->filled, .gzip = input->as_it_is, .done = input->size};
    return 1;
}

/* The header stays at the buffer's start and is part of every slice. */
static int read_header(struct xf_input *input, struct xf_error *error)
{
    int rc = fill(input, XF_INPUT_SLICE_BYTES, error);

    if (rc != XF_OK)
        return rc;
    input->header = find_cut(input, input->buffer, input->filled, 1, &input->header_lines);
    if (!input->header && !input->ended)
        return xf_error_set(error, XF_EINVAL, "its first line has no end");
    input->lines = input->header_lines;
    return XF_OK;
}

/* Leaves out a line that is larger than a body may be, so that the lines after it still go in. */
static int skip_line(struct xf_input *input, struct xf_error *error)
{
    unsigned line = input->lines + 1;

    for (;;) {
        char *newline = memchr(input->buffer, '\n', input->filled);
        int rc;

        if (newline) {
            input->handed = (size_t)(newline + 1 - input->buffer);
            input->handed_lines = 1;
            break;
        }
        input->filled = 0;
        rc = fill(input, XF_INPUT_SLICE_BYTES, error);
        if (rc != XF_OK)
            return rc;
        if (!input->filled)
            break;
    }
    xf_error_set(error, XF_ELIMIT, "the line is longer than the 16 MiB that one call takes");
    error->line = line;
    return XF_ELIMIT;
}

int xf_input_next(struct xf_input *input, struct xf_input_slice *ret, struct xf_error *error)
{
    size_t wanted = input->header + XF_INPUT_SLICE_BYTES, cut;
    unsigned lines = 0;
    int rc;

    if (input->finished)
        return 0;
    if (input->as_it_is || input->form == XF_INPUT_JSON)
        return next_whole(input, ret, error);
    if (input->form == XF_INPUT_CSV && !input->header) {
        rc = read_header(input, error);
        if (rc != XF_OK)
            return rc;
        wanted = input->header + XF_INPUT_SLICE_BYTES;
    }
    if (input->handed) {
        input->filled -= input->handed;
        memmove(input->buffer + input->header, input->buffer + input->header + input->handed, input->filled - input->header);
        input->lines += input->handed_lines;
        input->handed = 0;
    }
    for (;;) {
        rc = fill(input, wanted, error);
        if (rc != XF_OK)
            return rc;
        cut = find_cut(input, input->buffer + input->header, input->filled - input->header, XF_INPUT_SLICE_LINES, &lines);
        if (cut || input->ended)
            break;
        if (wanted >= input->header + XF_INPUT_WHOLE_BYTES) {
            if (input->form == XF_INPUT_NDJSON)
                return skip_line(input, error);
            xf_error_set(error, XF_EINVAL, "from here on no row ends: a quote is not closed");
            error->line = input->lines + 1;
            return XF_EINVAL;
        }
        wanted *= 2;
    }
    if (input->ended && lines < XF_INPUT_SLICE_LINES)
        cut = input->filled - input->header; /* a last line without its newline, too */
    if (!cut && input->lines > input->header_lines)
        return 0;
    input->finished = !cut; /* nothing but a header, or nothing at all: the daemon says what it thinks of it */
    if (!cut && !input->header)
        return 0;
    input->handed = cut;
    input->handed_lines = lines;
    *ret = (struct xf_input_slice){.bytes = input->buffer,
                                   .length = input->header + cut,
                                   .line_offset = input->lines - input->header_lines,
                                   .done = (uint64_t)gzoffset(input->file)};
    return 1;
}
