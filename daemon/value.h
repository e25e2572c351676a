/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of values that a configuration has: how a text becomes one, how two are compared and copied. Used by conf.c alone. */
#ifndef XF_DAEMON_VALUE_H
#define XF_DAEMON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/arena.h"
#include "crossflag/error.h"

/* What lies in the field: a const char * (NULL: unset), an int64_t, a NULL-terminated const char *const *, an enum xf_log_level. */
enum xf_value_type {
    XF_VALUE_TEXT,
    XF_VALUE_URL,     /* https, slashes at the end taken away */
    XF_VALUE_ADDRESS, /* numeric address and port */
    XF_VALUE_PATH,    /* made absolute */
    XF_VALUE_INTEGER,
    XF_VALUE_WORDS,
    XF_VALUE_NETWORKS, /* CIDR blocks */
    XF_VALUE_LEVEL,
};
const char *xf_value_type_name(enum xf_value_type type);

struct xf_value_rule {
    enum xf_value_type type;
    int64_t min, max; /* of an integer; min > 0 of anything else: must not be empty */
};

/* Parses text (overwritten) into *field, with memory from the arena. XF_ENOMEM, or XF_EINVAL with a reason that completes "KEY …";
 * *field is untouched then. */
int xf_value_parse(const struct xf_value_rule *rule, char *text, const char *directory, struct xf_arena *arena, void *field,
                   char *reason, size_t reason_size) XF_MUST_CHECK;
bool xf_value_same(enum xf_value_type type, const void *a, const void *b);
/* *to becomes a copy of *from whose memory is the arena's. XF_OK, XF_ENOMEM. */
int xf_value_copy(enum xf_value_type type, void *to, const void *from, struct xf_arena *arena) XF_MUST_CHECK;

#endif
