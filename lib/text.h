/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about texts that come from outside, before and beside their parsing. */
#ifndef XF_LIB_TEXT_H
#define XF_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "crossflag/error.h"

enum xf_text_class {
    XF_TEXT_CLEAN,
    XF_TEXT_BLANK,   /* empty, or white space only */
    XF_TEXT_CONTROL, /* holds a C0 or C1 control character or DEL */
};
/* text is valid UTF-8. prose may hold tabs, line feeds and carriage returns. */
enum xf_text_class xf_text_class(const char *text, size_t length, bool prose);

/* A JSON pointer that grows by a token at a time and stops growing at the last that fits xf_error.pointer, cut between characters.
 */
struct xf_text_pointer {
    char text[sizeof(((struct xf_error *)0)->pointer)];
    size_t length;
    bool full;
};
/* name is escaped as RFC 6901 says. */
void xf_text_pointer_name(struct xf_text_pointer *pointer, const char *name, size_t length);
void xf_text_pointer_index(struct xf_text_pointer *pointer, size_t index);

/* How deep a JSON text nests at most ("{}" is 1), by its brackets alone: what is no JSON has a depth too. */
size_t xf_text_depth(const char *text, size_t length);
/* The pointer of the value or member that a JSON text, well-formed up to offset, has there. */
void xf_text_pointer_at(const char *text, size_t offset, struct xf_text_pointer *pointer);

/* Copies a comma-separated list as far as it fits into out, whole items only; ", …" at the end when it was cut. */
void xf_text_shorten(const char *list, char *out, size_t size);
/* The shortest decimal text that reads back as the same number. */
void xf_text_real(double number, char *out, size_t size);

#endif
