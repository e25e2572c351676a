/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal back: followers' tails and refold go through here. Rows are asked for by ranges of positions, and the next
 * range is under way while the last one is handed out, so that server and reader work at once. Invariant: entry is called
 * for consecutive positions; a gap is an error, never skipped. */
#include <string.h>

#include "db.h"
#include "journal.h"
#include "statement.h"

/* Rows of a range: few at first (a tail is short), then as many as stay near RANGE_BYTES. */
#define RANGE_FIRST 256
#define RANGE_MIN 16
#define RANGE_MAX 8192
#define RANGE_BYTES ((size_t)4 << 20)

static int send_range(struct xf_db *db, uint64_t after, uint64_t last, struct xf_error *error)
{
    const struct xf_param params[] = {XF_INT8(after), XF_INT8(last)};

    return xf_db_send(db, XF_SQL_READ, params, 2, true, error);
}

/* Hands out one range. */
static int give(const struct xf_rows *rows, uint64_t *after, xf_journal_entry *entry, void *context, struct xf_error *error)
{
    for (int row = 0; row < xf_rows_count(rows); row++) {
        struct xf_entry read = {.position = (uint64_t)xf_rows_integer(rows, row, 0),
                                .at = xf_rows_integer(rows, row, 1),
                                .revision = (uint32_t)xf_rows_integer(rows, row, 2),
                                .kind = (enum xf_entry_kind)xf_rows_integer(rows, row, 3),
                                .stream = xf_rows_value(rows, row, 4),
                                .actor = xf_rows_value(rows, row, 5),
                                .body = xf_rows_value(rows, row, 6),
                                .length = (size_t)xf_rows_length(rows, row, 6)};
        int rc;

        if (read.position != *after + 1)
            return xf_error_set(error, XF_EIO, "the journal has a gap: position %llu follows %llu",
                                (unsigned long long)read.position, (unsigned long long)*after);
        *after = read.position;
        rc = entry(context, &read);
        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

int xf_journal_read(struct xf_db *db, uint64_t after, uint32_t count, xf_journal_entry *entry, void *context,
                    struct xf_error *error)
{
    uint64_t end = after + count, asked = after, step = RANGE_FIRST;
    struct xf_rows *rows;
    int rc = XF_OK;

    if (asked < end) {
        asked = end - asked < step ? end : asked + step;
        if (send_range(db, after, asked, error) != XF_OK)
            return XF_EIO;
    }
    while (after < end) {
        uint64_t wanted = asked;
        size_t bytes = 0;
        int got;

        rows = xf_db_receive(db, error);
        if (!rows)
            return XF_EIO;
        got = xf_rows_count(rows);
        for (int row = 0; row < got; row++)
            bytes += (size_t)xf_rows_length(rows, row, 6);
        if (bytes > RANGE_BYTES && step > RANGE_MIN)
            step /= 2;
        else if (bytes < RANGE_BYTES / 2 && step < RANGE_MAX)
            step *= 2;
        /* A range that came back short was the last one. */
        if ((uint64_t)got == wanted - after && wanted < end) {
            asked = end - wanted < step ? end : wanted + step;
            if (send_range(db, wanted, asked, error) != XF_OK) {
                xf_rows_free(rows);
                return XF_EIO;
            }
        } else {
            end = after + (uint64_t)got;
        }
        rc = give(rows, &after, entry, context, error);
        xf_rows_free(rows);
        if (rc != XF_OK) {
            if (after < end && asked > wanted) { /* a range is still under way: the connection must be left clean */
                struct xf_error ignored;

                xf_rows_free(xf_db_receive(db, &ignored));
            }
            return rc;
        }
    }
    return rc;
}
