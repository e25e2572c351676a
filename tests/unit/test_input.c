/* SPDX-License-Identifier: Apache-2.0 */
/* How the command line cuts files (daemon/cli/input.c): no record is split, lost or told under a wrong line, whatever the file's
 * form. */
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "../../daemon/cli/input.h"
#include "check.h"

/* A file of the test's own, with the suffix that tells its form. */
static char *make_file(const char *suffix, const char *bytes, size_t length)
{
    char *path = NULL;
    FILE *file;
    int fd;

    assert_true(asprintf(&path, "/tmp/xf-input-XXXXXX%s", suffix) > 0);
    fd = mkstemps(path, (int)strlen(suffix));
    assert_true(fd >= 0);
    if (strcmp(suffix + strlen(suffix) - 3, ".gz") == 0) {
        gzFile gz = gzdopen(fd, "wb");

        assert_int_equal(gzwrite(gz, bytes, (unsigned)length), (int)length);
        gzclose(gz);
        return path;
    }
    file = fdopen(fd, "wb");
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    return path;
}

struct result {
    unsigned slices, errors;
    unsigned first_error_line;
    size_t bytes; /* of all slices, headers once */
    unsigned last_offset;
    bool gzip;
    char *joined; /* the slices joined, owned */
};

static struct result read_all(const char *path, size_t header)
{
    struct xf_error error = {0};
    struct xf_input *input = xf_input_open(path, -1, &error);
    struct xf_input_slice slice;
    struct result result = {0};
    int rc;

    assert_non_null(input);
    result.joined = calloc(1, 64 * 1024 * 1024);
    while ((rc = xf_input_next(input, &slice, &error)) != 0) {
        size_t skip = result.slices ? header : 0;

        if (rc < 0) {
            if (!result.errors++)
                result.first_error_line = error.line;
            if (rc != XF_ELIMIT || !error.line)
                break;
            continue;
        }
        result.slices++;
        memcpy(result.joined + result.bytes, slice.bytes + skip, slice.length - skip);
        result.bytes += slice.length - skip;
        result.last_offset = slice.line_offset;
        result.gzip = slice.gzip;
    }
    xf_input_close(input);
    return result;
}

static char *lines(unsigned count, size_t width, const char *first, size_t *ret_length)
{
    char *text = calloc(1, strlen(first) + count * (width + 16) + 1), *to = text + sprintf(text, "%s", first);

    for (unsigned i = 1; i <= count; i++) {
        to += sprintf(to, "%u,", i);
        memset(to, 'x', width);
        to += width;
        *to++ = '\n';
    }
    *ret_length = (size_t)(to - text);
    return text;
}

static void test_cutting(void **state)
{
    static const struct {
        const char *suffix, *first;
        unsigned count;
        size_t width;
        unsigned slices, last_offset;
    } cases[] = {
        {".ndjson", "", 1, 10, 1, 0},           {".ndjson", "", 5000, 10, 1, 0},          {".ndjson", "", 5001, 10, 2, 5000},
        {".jsonl", "", 12000, 10, 3, 10000},    {".ndjson.gz", "", 12000, 1000, 3, 8386}, /* 12 MB inflated: cut like a plain one,
                                                                                             by size */
        {".csv", "a,b\n", 12000, 10, 3, 10000}, {".csv.gz", "a,b\n", 100, 10, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length;
        char *text = lines(cases[i].count, cases[i].width, cases[i].first, &length);
        char *path = make_file(cases[i].suffix, text, length);
        struct result result = read_all(path, strlen(cases[i].first));

        assert_int_equal(result.errors, 0);
        assert_int_equal(result.slices, cases[i].slices);
        if (!result.gzip) {
            assert_int_equal(result.bytes, length);
            assert_memory_equal(result.joined, text, length);
            if (cases[i].width < 1000)
                assert_int_equal(result.last_offset, cases[i].last_offset);
        }
        unlink(path);
        free(path);
        free(text);
        free(result.joined);
    }
}

static void test_small_gzip_goes_as_it_is(void **state)
{
    char *path = make_file(".ndjson.gz", "{}\n{}\n", 6);
    struct result result = read_all(path, 0);

    (void)state;
    assert_true(result.gzip);
    assert_int_equal(result.slices, 1);
    assert_memory_equal(result.joined, "\x1f\x8b", 2);
    unlink(path);
    free(path);
    free(result.joined);
}

static void test_quoted_newlines_are_not_cut(void **state)
{
    size_t length = 0;
    char *text = calloc(1, 1024 * 1024), *to = text + sprintf(text, "id,\"two\nlines\"\n"), *path;
    struct xf_error error;
    struct xf_input *input;
    struct xf_input_slice slice;
    unsigned rows = 0;

    (void)state;
    for (unsigned i = 0; i < 4000; i++)
        to += sprintf(to, "%u,\"a\nsaid \"\"b\"\"\nc\"\n", i);
    length = (size_t)(to - text);
    path = make_file(".csv", text, length);
    input = xf_input_open(path, -1, &error);
    assert_non_null(input);
    while (xf_input_next(input, &slice, &error) == 1) {
        const char *row = slice.bytes + strlen("id,\"two\nlines\"\n");

        assert_int_equal(strncmp(slice.bytes, "id,\"two\nlines\"\n", 15), 0);
        assert_int_equal(strtoul(row, NULL, 10), rows); /* each slice starts with a row's start */
        assert_int_equal(slice.line_offset, rows * 3);  /* and its third line is line 3 + offset of the file */
        for (const char *c = row; c < slice.bytes + slice.length; c++)
            rows += *c == 'c';
    }
    assert_int_equal(rows, 4000);
    xf_input_close(input);
    unlink(path);
    free(path);
    free(text);
}

static void test_what_cannot_be_sent(void **state)
{
    size_t length = 17 * 1024 * 1024;
    char *text = malloc(length + 64), *path;
    struct xf_error error;
    struct result result;

    (void)state;
    /* a line that is too long is left out and named, the lines after it are not lost */
    memset(text, 'x', length);
    memcpy(text, "{}\n", 3);
    memcpy(text + length - 1, "\n{\"last\":1}\n", 12);
    path = make_file(".ndjson", text, length + 11);
    result = read_all(path, 0);
    assert_int_equal(result.errors, 1);
    assert_int_equal(result.first_error_line, 2);
    assert_string_equal(result.joined, "{}\n{\"last\":1}\n");
    assert_int_equal(result.last_offset, 2);
    unlink(path);
    free(path);
    free(result.joined);
    /* one JSON text is never cut */
    path = make_file(".json", text, length);
    result = read_all(path, 0);
    assert_int_equal(result.errors, 1);
    assert_int_equal(result.slices, 0);
    unlink(path);
    free(path);
    free(result.joined);
    /* a quote that is never closed */
    memcpy(text, "a,b\n\"x", 6);
    path = make_file(".csv", text, length);
    result = read_all(path, 0);
    assert_int_equal(result.errors, 1);
    assert_int_equal(result.first_error_line, 2);
    unlink(path);
    free(path);
    free(result.joined);
    free(text);
    assert_null(xf_input_open("/tmp/records.txt", -1, &error));
    assert_int_equal(error.code, XF_EINVAL);
    assert_null(xf_input_open("/nonexistent/records.ndjson", -1, &error));
    assert_int_equal(error.code, XF_EIO);
    assert_null(xf_input_open("/tmp", XF_INPUT_NDJSON, &error));
}

static void test_truncated_gzip(void **state)
{
    size_t length;
    char *text = lines(20000, 1000, "", &length), *path = make_file(".ndjson.gz", text, length);
    struct result result;

    (void)state;
    assert_int_equal(truncate(path, 30000), 0);
    result = read_all(path, 0);
    assert_true(result.errors == 1 || result.gzip); /* said here, or left to the daemon, which inflates what is sent as it is */
    unlink(path);
    free(path);
    free(text);
    free(result.joined);
}

static void test_empty(void **state)
{
    static const char *const suffixes[] = {".ndjson", ".csv"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *path = make_file(suffixes[i], "", 0);
        struct result result = read_all(path, 0);

        assert_int_equal(result.errors, 0);
        assert_int_equal(result.slices, 0);
        unlink(path);
        free(path);
        free(result.joined);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cutting),
        cmocka_unit_test(test_small_gzip_goes_as_it_is),
        cmocka_unit_test(test_quoted_newlines_are_not_cut),
        cmocka_unit_test(test_what_cannot_be_sent),
        cmocka_unit_test(test_truncated_gzip),
        cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
