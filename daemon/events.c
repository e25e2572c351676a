/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the table `event`, which the projector fills behind the fold, and clears it of what is past its time. Called on workers
 * (pull and stream that lag) and by the ledger (webhooks that lag). Invariant: an answer holds consecutive numbers, beginning with
 * the one after `after` unless that one has been taken away. */
#include "events.h"

#include <stdio.h>
#include <string.h>

void xf_events_clear(struct xf_events *events)
{
    for (size_t i = 0; i < events->count; i++)
        xf_message_unref(events->messages[i]);
    events->count = 0;
}

static int read_oldest(struct xf_db *db, struct xf_events *events, struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(db, "select coalesce(min(sequence), 0) from event where subscription = $1",
                                       (const struct xf_param[]){XF_TEXT(events->subscription)}, 1, false, error);

    if (!rows)
        return XF_EIO;
    events->oldest = (uint64_t)xf_rows_integer(rows, 0, 0);
    xf_rows_free(rows);
    return XF_OK;
}

int xf_events_read(struct xf_db *db, struct xf_events *events, struct xf_error *error)
{
    char after[32], max[32];
    const struct xf_param params[] = {XF_TEXT(events->subscription), XF_TEXT(after), XF_TEXT(max)};
    struct xf_rows *rows;
    int rc = XF_OK;

    events->count = 0;
    events->oldest = 0;
    snprintf(after, sizeof(after), "%llu", (unsigned long long)events->after);
    snprintf(max, sizeof(max), "%zu", events->max < XF_EVENTS_MAX ? events->max : XF_EVENTS_MAX);
    rows = xf_db_query(db,
                       "select sequence, position, at, id, body from event where subscription = $1 and sequence > $2::bigint"
                       " order by sequence limit $3::integer",
                       params, 3, false, error);
    if (!rows)
        return XF_EIO;
    for (int row = 0; rc == XF_OK && row < xf_rows_count(rows); row++) {
        const struct xf_message fields = {
            .sequence = (uint64_t)xf_rows_integer(rows, row, 0),
            .position = (uint64_t)xf_rows_integer(rows, row, 1),
            .at = xf_rows_integer(rows, row, 2),
            .subscription = events->subscription,
            .id = xf_rows_value(rows, row, 3),
            .body = xf_rows_value(rows, row, 4),
            .length = (size_t)xf_rows_length(rows, row, 4),
        };

        if (events->count && fields.sequence != events->messages[events->count - 1]->sequence + 1)
            break;
        events->messages[events->count] = xf_message_create(&fields);
        if (events->messages[events->count])
            events->count++;
        else
            rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    xf_rows_free(rows);
    /* Only a gap at the front needs the oldest number. */
    if (rc == XF_OK && (!events->count || events->messages[0]->sequence != events->after + 1))
        rc = read_oldest(db, events, error);
    else if (rc == XF_OK)
        events->oldest = events->messages[0]->sequence;
    if (rc != XF_OK)
        xf_events_clear(events);
    return rc;
}

int xf_events_expire(struct xf_db *db, int64_t before, unsigned max, uint64_t *ret_count, struct xf_error *error)
{
    char before_text[32], max_text[32];
    const struct xf_param params[] = {XF_TEXT(before_text), XF_TEXT(max_text)};
    uint64_t events, attempts;
    int rc;

    snprintf(before_text, sizeof(before_text), "%lld", (long long)before);
    snprintf(max_text, sizeof(max_text), "%u", max);
    rc = xf_db_run(db, "delete from event where ctid = any (array(select ctid from event where at < $1::bigint limit $2::integer))",
                   params, 2, &events, error);
    if (rc == XF_OK)
        rc = xf_db_run(
            db, "delete from attempt where ctid = any (array(select ctid from attempt where at < $1::bigint limit $2::integer))",
            params, 2, &attempts, error);
    if (rc == XF_OK)
        *ret_count = events > attempts ? events : attempts;
    return rc;
}
