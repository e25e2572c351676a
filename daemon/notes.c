/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of deliveries, kept as the rows that they become. Called by ledger.c. Invariant: of each subscription the latest standing
 * is kept and no other, so memory is bounded by the subscriptions and XF_NOTES_MAX attempts however long the database is away. */
#include "notes.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

#define ERROR_MAX 256

struct xf_standing {
    char *subscription;
    json_t *row;
    UT_hash_handle hh;
};

bool xf_notes_any(const struct xf_notes *notes)
{
    return notes->standings != NULL;
}

/* Steals row; NULL (no memory) counts as dropped. */
static void set_standing(struct xf_notes *notes, const char *subscription, json_t *row)
{
    struct xf_standing *standing = NULL;

    if (!row) {
        notes->dropped++;
        return;
    }
    HASH_FIND_STR(notes->standings, subscription, standing);
    if (!standing) {
        standing = calloc(1, sizeof(*standing));
        if (standing)
            standing->subscription = strdup(subscription);
        if (!standing || !standing->subscription) {
            free(standing);
            json_decref(row);
            notes->dropped++;
            return;
        }
        HASH_ADD_KEYPTR(hh, notes->standings, standing->subscription, strlen(standing->subscription), standing);
    }
    json_decref(standing->row);
    standing->row = row;
}

/* A partner's or a library's words as plain ASCII, so that no byte of theirs keeps a row out of the table. */
static const char *plain(const char *text, char buffer[static ERROR_MAX])
{
    size_t length = 0;

    for (; text[length] && length < ERROR_MAX - 1; length++)
        buffer[length] = text[length] >= ' ' && text[length] <= '~' ? text[length] : '?';
    buffer[length] = '\0';
    return buffer;
}

void xf_notes_add(struct xf_notes *notes, const struct xf_attempt *attempt)
{
    char error[ERROR_MAX];
    json_t *row;

    plain(attempt->error, error);
    set_standing(notes, attempt->subscription,
                 json_pack("{s:s,s:I,s:I,s:I,s:i,s:s,s:I}", "subscription", attempt->subscription, "delivered",
                           (json_int_t)attempt->delivered, "attempts", (json_int_t)attempt->attempts, "failing_since",
                           (json_int_t)attempt->failing_since, "status", attempt->status, "error", error, "updated_at",
                           (json_int_t)attempt->at));
    if (!attempt->attempt)
        return;
    if (!notes->attempts)
        notes->attempts = json_array();
    row = json_pack("{s:s,s:I,s:I,s:I,s:i,s:I,s:s}", "subscription", attempt->subscription, "sequence",
                    (json_int_t)attempt->sequence, "attempt", (json_int_t)attempt->attempt, "at", (json_int_t)attempt->at, "status",
                    attempt->status, "took_us", (json_int_t)attempt->took_us, "error", error);
    if (json_array_size(notes->attempts) >= XF_NOTES_MAX || json_array_append(notes->attempts, row) != 0)
        notes->dropped++;
    json_decref(row);
}

static int write_rows(struct xf_db *db, const char *standings, const char *attempts, struct xf_error *error)
{
    int rc = xf_db_script(db, "begin", error);

    if (rc == XF_OK)
        rc = xf_db_run(
            db,
            "insert into delivery as d (subscription, delivered, attempts, failing_since, status, error, updated_at)"
            " select subscription, delivered, attempts, failing_since, status, error, updated_at from jsonb_to_recordset($1::jsonb)"
            " as n (subscription text, delivered bigint, attempts integer, failing_since bigint, status integer, error text, "
            "updated_at bigint)"
            " on conflict (subscription) do update set delivered = greatest(d.delivered, excluded.delivered), attempts = "
            "excluded.attempts,"
            " failing_since = excluded.failing_since, status = excluded.status, error = excluded.error, updated_at = "
            "excluded.updated_at",
            (const struct xf_param[]){XF_TEXT(standings)}, 1, NULL, error);
    if (rc == XF_OK && attempts)
        rc = xf_db_run(
            db,
            "insert into attempt (subscription, sequence, attempt, at, status, took_us, error)"
            " select subscription, sequence, attempt, at, status, took_us, error from jsonb_to_recordset($1::jsonb)"
            " as n (subscription text, sequence bigint, attempt integer, at bigint, status integer, took_us bigint, error text)",
            (const struct xf_param[]){XF_TEXT(attempts)}, 1, NULL, error);
    if (rc == XF_OK)
        return xf_db_script(db, "commit", error);
    if (xf_db_alive(db) && xf_db_script(db, "rollback", NULL) != XF_OK)
        return XF_EIO;
    return rc;
}

int xf_notes_write(const struct xf_notes *notes, struct xf_db *db, struct xf_error *error)
{
    const struct xf_standing *each, *next;
    json_t *rows = json_array();
    char *standings = NULL, *attempts = NULL;
    bool ok = rows != NULL;
    int rc;

    HASH_ITER(hh, notes->standings, each, next)
    ok = json_array_append(rows, each->row) == 0 && ok;
    if (ok)
        standings = json_dumps(rows, JSON_COMPACT);
    if (json_array_size(notes->attempts))
        attempts = json_dumps(notes->attempts, JSON_COMPACT);
    if (!standings || (json_array_size(notes->attempts) && !attempts))
        rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    else
        rc = write_rows(db, standings, attempts, error);
    json_decref(rows);
    free(standings);
    free(attempts);
    return rc;
}

void xf_notes_put_back(struct xf_notes *notes, struct xf_notes *unwritten)
{
    struct xf_standing *each, *next, *newer;

    HASH_ITER(hh, unwritten->standings, each, next)
    {
        HASH_FIND_STR(notes->standings, each->subscription, newer);
        if (!newer)
            set_standing(notes, each->subscription, json_incref(each->row));
    }
    notes->dropped += unwritten->dropped;
    if (unwritten->attempts && json_array_size(unwritten->attempts) + json_array_size(notes->attempts) <= XF_NOTES_MAX &&
        (!notes->attempts || json_array_extend(unwritten->attempts, notes->attempts) == 0)) {
        json_decref(notes->attempts);
        notes->attempts = json_incref(unwritten->attempts);
    } else {
        notes->dropped += json_array_size(unwritten->attempts);
    }
    unwritten->dropped = 0;
    xf_notes_clear(unwritten);
}

void xf_notes_clear(struct xf_notes *notes)
{
    struct xf_standing *each, *next;

    HASH_ITER(hh, notes->standings, each, next)
    {
        HASH_DEL(notes->standings, each);
        json_decref(each->row);
        free(each->subscription);
        free(each);
    }
    json_decref(notes->attempts);
    *notes = (struct xf_notes){0};
}
