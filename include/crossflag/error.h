/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values. Every fallible function of libcrossflag returns XF_OK or one of the negative codes below;
 * parsers also fill an xf_error that names the place. The text never holds personal data: it names members,
 * words of a vocabulary and formats, not values that a sender wrote. */
#ifndef CROSSFLAG_ERROR_H
#define CROSSFLAG_ERROR_H

#include <stddef.h>

#define XF_MUST_CHECK __attribute__((warn_unused_result))
#define XF_PRINTF(text, first) __attribute__((format(printf, text, first)))

enum xf_code {
    XF_OK = 0,
    XF_ENOMEM = -1,    /* out of memory: the daemon sheds the request with 503 */
    XF_EINVAL = -2,    /* input that is not what its format says */
    XF_ELIMIT = -3,    /* input larger or deeper than a named limit */
    XF_ENOTFOUND = -4, /* what was named does not exist */
    XF_ECONFLICT = -5, /* valid by itself, but not against what is already there */
    XF_EIO = -6,       /* a reader or writer callback failed */
};

/* One fault and where it is. line and column count from 1; 0 means unknown. pointer is a JSON pointer (RFC 6901). */
struct xf_error {
    int code;
    unsigned line;
    unsigned column;
    char pointer[192];
    char text[320];
};

/* Up to XF_ERRORS_MAX faults of one input, in the order in which they were found; further ones are only counted. */
#define XF_ERRORS_MAX 16
struct xf_errors {
    size_t count; /* all that were found: may exceed XF_ERRORS_MAX */
    struct xf_error items[XF_ERRORS_MAX];
};

/* Fills *error (may be NULL) with code and a formatted text; pointer, line and column are emptied. Returns code. */
int xf_error_set(struct xf_error *error, int code, const char *format, ...) XF_PRINTF(3, 4);

/* Appends a fault at a JSON pointer. Returns code. */
int xf_errors_add(struct xf_errors *errors, int code, const char *pointer, const char *format, ...) XF_PRINTF(4, 5);

#endif
