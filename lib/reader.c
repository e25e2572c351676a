/* SPDX-License-Identifier: Apache-2.0 */
/* What every value of a record goes through: faults with their pointers, strings with their limits, refs. Called by record.c,
 * member.c and array.c while they read one record. The invariant: a reason is made of formats and limits, a pointer of members'
 * names; neither holds a value. */
#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

static void print_pointer(const struct xf_path *path, struct xf_text_pointer *pointer)
{
    if (!path->up)
        return;
    print_pointer(path->up, pointer);
    if (path->name)
        xf_text_pointer_name(pointer, path->name, strlen(path->name));
    else
        xf_text_pointer_index(pointer, path->index);
}

enum xf_content xf_reader_fault(struct xf_reader *reader, const struct xf_path *path, int code, const char *format, ...)
{
    struct xf_text_pointer pointer = {0};
    char text[sizeof(((struct xf_error *)0)->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print_pointer(path, &pointer);
    xf_errors_add(reader->errors, code, pointer.text, "%s", text);
    if (code != XF_ELIMIT)
        reader->invalid = true;
    return XF_CONTENT_PRESENT;
}

void *xf_reader_take(struct xf_reader *reader, size_t size)
{
    void *bytes = xf_arena_alloc(reader->arena, size);

    if (!bytes)
        reader->out_of_memory = true;
    return bytes;
}

char *xf_reader_keep(struct xf_reader *reader, const char *text, size_t length)
{
    char *kept = reader->texts;

    memcpy(kept, text, length);
    kept[length] = '\0';
    reader->texts += length + 1;
    return kept;
}

enum xf_content xf_reader_string(struct xf_reader *reader, const struct xf_path *path, const json_t *value, size_t max, bool prose,
                                 const char **ret, size_t *ret_length)
{
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);

    *ret = NULL;
    if (!text)
        return xf_reader_fault(reader, path, XF_EINVAL, "must be a string");
    if (length > max)
        return xf_reader_fault(reader, path, XF_ELIMIT, "must not be longer than %zu bytes", max);
    switch (xf_text_class(text, length, prose)) {
    case XF_TEXT_CONTROL:
        return xf_reader_fault(reader, path, XF_EINVAL, "must not hold control characters");
    case XF_TEXT_BLANK:
        return XF_CONTENT_BLANK;
    case XF_TEXT_CLEAN:
        break;
    }
    *ret = text;
    *ret_length = length;
    return XF_CONTENT_PRESENT;
}

const struct xf_part *xf_reader_part(const struct xf_reader *reader, const char *ref)
{
    for (size_t i = 0; i < reader->part_count; i++)
        if (strcmp(reader->parts[i].ref, ref) == 0)
            return &reader->parts[i];
    return NULL;
}
