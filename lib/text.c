/* SPDX-License-Identifier: Apache-2.0 */
/* Texts from outside, looked at before and beside their parsing: called by record.c, member.c, csv.c and body.c.
 * The invariant: nothing here trusts its input to be JSON, or to end where it should. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* C1 controls, U+0080 to U+009F, are C2 80 to C2 9F. */
enum xf_text_class xf_text_class(const char *text, size_t length, bool prose)
{
    bool blank = true;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte > ' ' && byte != 0x7F && byte != 0xC2) {
            blank = false;
            continue;
        }
        if (byte == ' ' || (prose && (byte == '\n' || byte == '\t' || byte == '\r')))
            continue;
        if (byte != 0xC2 || (i + 1 < length && (unsigned char)text[i + 1] < 0xA0))
            return XF_TEXT_CONTROL;
        blank = false;
    }
    return blank ? XF_TEXT_BLANK : XF_TEXT_CLEAN;
}

/* Appends size bytes that belong together, or nothing and no more hereafter. */
static void append(struct xf_text_pointer *pointer, const char *bytes, size_t size)
{
    if (pointer->full || size >= sizeof(pointer->text) - pointer->length) {
        pointer->full = true;
        return;
    }
    memcpy(pointer->text + pointer->length, bytes, size);
    pointer->length += size;
    pointer->text[pointer->length] = '\0';
}

static size_t character_size(const char *text, size_t length)
{
    size_t size = 1;

    while (size < length && ((unsigned char)text[size] & 0xC0) == 0x80)
        size++;
    return size;
}

void xf_text_pointer_name(struct xf_text_pointer *pointer, const char *name, size_t length)
{
    append(pointer, "/", 1);
    while (length) {
        size_t size = character_size(name, length);

        if (*name == '~')
            append(pointer, "~0", 2);
        else if (*name == '/')
            append(pointer, "~1", 2);
        else
            append(pointer, name, size);
        name += size;
        length -= size;
    }
}

void xf_text_pointer_index(struct xf_text_pointer *pointer, size_t index)
{
    char token[24];

    append(pointer, token, (size_t)snprintf(token, sizeof(token), "/%zu", index));
}

/* The offset behind a string that starts at text[at]; length when it does not end. */
static size_t string_end(const char *text, size_t length, size_t at)
{
    for (at++; at < length; at++) {
        if (text[at] == '\\')
            at++;
        else if (text[at] == '"')
            return at + 1;
    }
    return length;
}

size_t xf_text_depth(const char *text, size_t length)
{
    size_t depth = 0, deepest = 0;

    for (size_t at = 0; at < length; at++) {
        switch (text[at]) {
        case '"':
            at = string_end(text, length, at) - 1;
            break;
        case '{':
        case '[':
            if (++depth > deepest)
                deepest = depth;
            break;
        case '}':
        case ']':
            depth -= depth > 0;
            break;
        default:
            break;
        }
    }
    return deepest;
}

void xf_text_pointer_at(const char *text, size_t offset, struct xf_text_pointer *pointer)
{
    struct {
        const char *name; /* the newest of an object, raw; NULL before the first */
        size_t length, index;
        bool array;
    } levels[32];
    const size_t room = sizeof(levels) / sizeof(levels[0]);
    size_t depth = 0;
    bool name_next = false;

    *pointer = (struct xf_text_pointer){0};
    for (size_t at = 0; at < offset && depth < room; at++) {
        char byte = text[at];

        if (byte == '{' || byte == '[') {
            levels[depth].name = NULL;
            levels[depth].index = 0;
            levels[depth].array = byte == '[';
            depth++;
            name_next = byte == '{';
        } else if (byte == '}' || byte == ']') {
            depth -= depth > 0;
            name_next = false;
        } else if (byte == ',' && depth) {
            levels[depth - 1].index++;
            name_next = !levels[depth - 1].array;
        } else if (byte == '"') {
            size_t end = string_end(text, offset, at);

            if (name_next && end - at >= 2) {
                levels[depth - 1].name = text + at + 1;
                levels[depth - 1].length = end - at - 2;
            }
            name_next = false;
            at = end - 1;
        }
    }
    for (size_t i = 0; i < depth; i++) {
        if (levels[i].array) {
            xf_text_pointer_index(pointer, levels[i].index);
            continue;
        }
        /* An escaped name would need decoding: the pointer then names the object that holds it. */
        if (!levels[i].name || memchr(levels[i].name, '\\', levels[i].length))
            return;
        xf_text_pointer_name(pointer, levels[i].name, levels[i].length);
    }
}

void xf_text_shorten(const char *list, char *out, size_t size)
{
    static const char more[] = ", …";
    size_t length = strlen(list), end;

    if (length < size) {
        memcpy(out, list, length + 1);
        return;
    }
    if (size <= sizeof(more)) {
        out[0] = '\0';
        return;
    }
    for (end = size - sizeof(more); end && list[end] != ','; end--)
        ;
    memcpy(out, list, end);
    memcpy(out + end, more, sizeof(more));
}

void xf_text_real(double number, char *out, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            return;
    }
}
