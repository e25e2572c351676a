/* SPDX-License-Identifier: Apache-2.0 */
/* Fills error values; texts that do not fit are cut. */
#include "crossflag/error.h"

#include <stdarg.h>
#include <stdio.h>

int xf_error_set(struct xf_error *error, int code, const char *format, ...)
{
    va_list args;

    if (!error)
        return code;
    *error = (struct xf_error){.code = code};
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return code;
}

int xf_errors_add(struct xf_errors *errors, int code, const char *pointer, const char *format, ...)
{
    struct xf_error *error;
    va_list args;

    if (errors->count++ >= XF_ERRORS_MAX)
        return code;
    error = &errors->items[errors->count - 1];
    *error = (struct xf_error){.code = code};
    snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return code;
}
