/* SPDX-License-Identifier: Apache-2.0 */
/* A POST body into the texts of its records. Called by the daemon's intake, which parses each by itself, so that one broken record
 * does not take its neighbours with it: an item is found by its brackets and strings alone, and xf_record_parse says what is wrong
 * inside. The invariant: items are slices of the body as they were sent (a doubled member is still doubled), and none is handed
 * over from a JSON body whose frame is broken. */
#include <stdbool.h>
#include <string.h>

#include "crossflag/record.h"

struct slice {
    const char *text;
    size_t length;
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static struct slice trim(struct slice slice)
{
    while (slice.length && is_space(slice.text[0])) {
        slice.text++;
        slice.length--;
    }
    while (slice.length && is_space(slice.text[slice.length - 1]))
        slice.length--;
    return slice;
}

static int split_lines(struct slice body, xf_body_item *item, void *context)
{
    const char *end = body.text + body.length;
    unsigned line = 1;

    for (const char *at = body.text; at < end; line++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        struct slice text = trim((struct slice){at, (size_t)((feed ? feed : end) - at)});

        if (text.length) {
            int rc = item(context, line, text.text, text.length);

            if (rc)
                return rc;
        }
        at = feed ? feed + 1 : end;
    }
    return XF_OK;
}

/* The offset of what ends the value that starts at `at`: its comma or closing bracket on the same level, or the body's end. */
static size_t value_end(struct slice body, size_t at)
{
    size_t depth = 0;
    bool quoted = false;

    for (; at < body.length; at++) {
        char byte = body.text[at];

        if (quoted) {
            if (byte == '\\')
                at++;
            else if (byte == '"')
                quoted = false;
            continue;
        }
        if (!depth && (byte == ',' || byte == ']' || byte == '}'))
            return at;
        if (byte == '"')
            quoted = true;
        else if (byte == '{' || byte == '[')
            depth++;
        else if (byte == '}' || byte == ']')
            depth--;
    }
    return body.length;
}

/* Walks an array's items; item NULL only checks the frame. */
static int walk_array(struct slice body, xf_body_item *item, void *context, struct xf_error *error)
{
    unsigned ordinal = 1;
    const struct slice rest = trim((struct slice){body.text + 1, body.length - 1});
    const bool empty = rest.length && rest.text[0] == ']';

    if (empty && rest.length == 1)
        return XF_OK;
    if (empty)
        return xf_error_set(error, XF_EINVAL, "more text stands behind the array");
    for (size_t at = 1;; ordinal++) {
        size_t end = value_end(body, at);
        struct slice text = trim((struct slice){body.text + at, end - at});

        if (end >= body.length || body.text[end] == '}')
            return xf_error_set(error, XF_EINVAL, "the array does not end, or a bracket or quotation mark in item %u is not closed",
                                ordinal);
        if (!text.length)
            return xf_error_set(error, XF_EINVAL, "item %u of the array is empty", ordinal);
        if (item) {
            int rc = item(context, ordinal, text.text, text.length);

            if (rc)
                return rc;
        }
        if (body.text[end] == ']')
            return end + 1 == body.length ? XF_OK : xf_error_set(error, XF_EINVAL, "more text stands behind the array");
        at = end + 1;
    }
}

static int split_json(struct slice body, xf_body_item *item, void *context, struct xf_error *error)
{
    int rc;

    body = trim(body);
    if (!body.length)
        return xf_error_set(error, XF_EINVAL, "the body is empty");
    if (body.text[0] == '{')
        return item(context, 1, body.text, body.length);
    if (body.text[0] != '[')
        return xf_error_set(error, XF_EINVAL, "the body is neither a JSON object nor an array");
    rc = walk_array(body, NULL, NULL, error);
    return rc == XF_OK ? walk_array(body, item, context, error) : rc;
}

int xf_body_split(enum xf_body_form form, const char *text, size_t length, xf_body_item *item, void *context,
                  struct xf_error *error)
{
    struct slice body = {length ? text : "", length}; /* no bytes may come as NULL */

    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        body = (struct slice){text + 3, length - 3};
    switch (form) {
    case XF_BODY_NDJSON:
        return split_lines(body, item, context);
    case XF_BODY_JSON:
        return split_json(body, item, context, error);
    }
    return xf_error_set(error, XF_EINVAL, "the body has no known form");
}
