/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with what it needs before it, and the helpers that several tests share. */
#ifndef XF_TESTS_CHECK_H
#define XF_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/pack.h"

/* A growing buffer that a pack writes to and an unpack reads from. */
struct bytes {
    unsigned char *data;
    size_t length, read;
};

static inline int bytes_write(void *context, const void *data, size_t length)
{
    struct bytes *bytes = context;
    unsigned char *grown = realloc(bytes->data, bytes->length + length + 1);

    if (!grown)
        return XF_EIO;
    bytes->data = grown;
    if (length)
        memcpy(grown + bytes->length, data, length);
    bytes->length += length;
    return XF_OK;
}

static inline int bytes_read(void *context, void *data, size_t length)
{
    struct bytes *bytes = context;

    if (bytes->length - bytes->read < length)
        return XF_EIO;
    if (length)
        memcpy(data, bytes->data + bytes->read, length);
    bytes->read += length;
    return XF_OK;
}

#endif
