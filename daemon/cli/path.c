/* SPDX-License-Identifier: Apache-2.0 */
/* Request paths from parts: whatever a person typed is percent-encoded (RFC 3986, unreserved characters alone pass), so that an id
 * with a slash or a question mark stays one segment. Called by the commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static void append(struct xf_path *path, const char *text)
{
    size_t had = path->text ? strlen(path->text) : 0, more = strlen(text);
    char *grown = path->broken ? NULL : realloc(path->text, had + more + 1);

    if (!grown) {
        path->broken = true;
        return;
    }
    memcpy(grown + had, text, more + 1);
    path->text = grown;
}

static void append_encoded(struct xf_path *path, const char *text)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    char *encoded = malloc(3 * strlen(text) + 1), *to = encoded;

    if (!encoded) {
        path->broken = true;
        return;
    }
    for (const unsigned char *from = (const unsigned char *)text; *from; from++) {
        if (strchr(unreserved, *from))
            *to++ = (char)*from;
        else
            to += sprintf(to, "%%%02X", *from);
    }
    *to = 0;
    append(path, encoded);
    free(encoded);
}

struct xf_path xf_path_start(const char *constant)
{
    struct xf_path path = {0};

    append(&path, constant);
    return path;
}

void xf_path_constant(struct xf_path *path, const char *constant)
{
    append(path, constant);
}

void xf_path_segment(struct xf_path *path, const char *segment)
{
    append(path, "/");
    append_encoded(path, segment);
}

void xf_path_query(struct xf_path *path, const char *name, const char *value)
{
    if (!value)
        return;
    append(path, path->query ? "&" : "?");
    append(path, name);
    append(path, "=");
    append_encoded(path, value);
    path->query = true;
}

char *xf_path_finish(struct xf_path *path)
{
    char *text = path->text;

    if (path->broken) {
        free(text);
        text = NULL;
    }
    *path = (struct xf_path){0};
    return text;
}

void xf_path_drop(struct xf_path *path)
{
    free(xf_path_finish(path));
}
