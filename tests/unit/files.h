/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the tests' files, by their paths from the source's top folder; a file that cannot be read fails the test. Include after
 * cmocka.h. */
#ifndef XF_TESTS_FILES_H
#define XF_TESTS_FILES_H

#include <stdio.h>
#include <stdlib.h>

#include "crossflag/vocabulary.h"

/* An owned, NUL-terminated text. */
static inline char *read_file(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "rb");
    char *text;
    long size;

    if (!file)
        fail_msg("cannot open %s", path);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = calloc(1, (size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        fail_msg("cannot read %s", path);
    fclose(file);
    *ret_length = (size_t)size;
    return text;
}

static inline struct xf_vocabulary *read_vocabulary(void)
{
    struct xf_vocabulary *vocabulary = NULL;
    struct xf_error error = {0};
    size_t length;
    char *text = read_file("config/vocabulary.json", &length);

    if (xf_vocabulary_parse(text, length, &vocabulary, &error) != XF_OK)
        fail_msg("config/vocabulary.json: %s %s", error.pointer, error.text);
    free(text);
    return vocabulary;
}

#endif
