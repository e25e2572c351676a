/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an event stream line by line. Called by alerts. An event counts only once its empty line has come: half an event is read
 * again from the stream after the connection broke, since last_id still names the one before. */
#include "sse.h"

#include <stdlib.h>
#include <string.h>

#include "crossflag/error.h"

static int append(char **text, size_t *length, size_t *capacity, const char *bytes, size_t count)
{
    if (*length + count + 1 > XF_SSE_EVENT_MAX)
        return XF_ELIMIT;
    if (*length + count + 1 > *capacity) {
        size_t wanted = 2 * (*length + count + 1);
        char *grown = realloc(*text, wanted);

        if (!grown)
            return XF_ENOMEM;
        *text = grown;
        *capacity = wanted;
    }
    memcpy(*text + *length, bytes, count);
    *length += count;
    (*text)[*length] = 0;
    return XF_OK;
}

static int dispatch(struct xf_sse *sse)
{
    int rc = 0;

    memcpy(sse->last_id, sse->id, sizeof(sse->last_id));
    if (sse->data_seen)
        rc = sse->event(sse->context, sse->id, sse->data_length ? sse->data : "");
    sse->data_length = 0;
    sse->data_seen = false;
    return rc;
}

static int take_field(struct xf_sse *sse)
{
    char *colon = strchr(sse->line, ':'), *value;
    int rc = 0;

    if (colon == sse->line)
        return 0; /* a comment: the heartbeat */
    if (colon)
        *colon = 0;
    value = colon ? colon + 1 : sse->line + sse->line_length;
    if (*value == ' ')
        value++;
    if (strcmp(sse->line, "data") == 0) {
        if (sse->data_seen)
            rc = append(&sse->data, &sse->data_length, &sse->data_capacity, "\n", 1);
        sse->data_seen = true;
        if (rc == 0)
            rc = append(&sse->data, &sse->data_length, &sse->data_capacity, value, strlen(value));
    } else if (strcmp(sse->line, "id") == 0) {
        if (strlen(value) < sizeof(sse->id))
            strcpy(sse->id, value);
    } else if (strcmp(sse->line, "retry") == 0) {
        char *end;
        long ms = strtol(value, &end, 10);

        if (end != value && !*end && ms >= 0)
            sse->retry_ms = ms;
    }
    return rc;
}

int xf_sse_take(void *context, const char *bytes, size_t length)
{
    struct xf_sse *sse = context;

    while (length) {
        size_t run = 0;
        int rc;

        if (sse->after_return && *bytes == '\n') { /* the rest of a CR LF */
            sse->after_return = false;
            bytes++;
            length--;
            continue;
        }
        sse->after_return = false;
        while (run < length && bytes[run] != '\n' && bytes[run] != '\r')
            run++;
        rc = append(&sse->line, &sse->line_length, &sse->line_capacity, bytes, run);
        if (rc != 0)
            return rc;
        if (run == length)
            return 0;
        sse->after_return = bytes[run] == '\r';
        rc = sse->line_length ? take_field(sse) : dispatch(sse);
        sse->line_length = 0;
        if (rc != 0)
            return rc;
        bytes += run + 1;
        length -= run + 1;
    }
    return 0;
}

void xf_sse_restart(struct xf_sse *sse)
{
    sse->line_length = sse->data_length = 0;
    sse->after_return = sse->data_seen = false;
    memcpy(sse->id, sse->last_id, sizeof(sse->id));
}

void xf_sse_clear(struct xf_sse *sse)
{
    free(sse->line);
    free(sse->data);
    sse->line = sse->data = NULL;
}
