/* SPDX-License-Identifier: Apache-2.0 */
/* The lease in SQL; called by the journal's thread alone. Invariant: an epoch begins only under the lock, and every commit of an
 * earlier epoch has either finished before it or will find itself fenced. */
#include "lease.h"

#include <stdio.h>

#include "db.h"
#include "statement.h"

int xf_lease_look(struct xf_db *db, struct xf_lease *ret, struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(db, XF_SQL_WRITER, NULL, 0, true, error);

    if (!rows)
        return XF_EIO;
    if (xf_rows_count(rows) != 1) {
        xf_rows_free(rows);
        return xf_error_set(error, XF_EIO, "table writer must hold one row");
    }
    ret->epoch = (uint64_t)xf_rows_integer(rows, 0, 0);
    ret->head = (uint64_t)xf_rows_integer(rows, 0, 1);
    snprintf(ret->url, sizeof(ret->url), "%.*s", xf_rows_length(rows, 0, 2), xf_rows_value(rows, 0, 2));
    xf_rows_free(rows);
    return XF_OK;
}

int xf_lease_try(struct xf_db *db, bool *ret_held, struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(db, XF_SQL_LOCK, NULL, 0, true, error);

    if (!rows)
        return XF_EIO;
    *ret_held = xf_rows_integer(rows, 0, 0) != 0;
    xf_rows_free(rows);
    return XF_OK;
}

int xf_lease_take(struct xf_db *db, const char *url, int64_t at, struct xf_lease *ret, struct xf_error *error)
{
    const struct xf_param bump[] = {XF_TEXT(url)};
    const struct xf_param lease[] = {XF_INT8(at)};
    struct xf_rows *rows = NULL;
    struct xf_error ignored;

    if (xf_db_script(db, "BEGIN", error) != XF_OK)
        return XF_EIO;
    if (xf_db_run(db, XF_SQL_BUMP, bump, 1, NULL, error) == XF_OK)
        rows = xf_db_query(db, XF_SQL_LEASE, lease, 1, true, error);
    if (!rows || xf_rows_count(rows) != 1 || xf_db_script(db, "COMMIT", error) != XF_OK) {
        if (rows && xf_rows_count(rows) != 1)
            xf_error_set(error, XF_EIO, "table writer must hold one row");
        xf_rows_free(rows);
        if (xf_db_script(db, "ROLLBACK", &ignored) != XF_OK)
            return XF_EIO; /* the caller drops the connection either way */
        return XF_EIO;
    }
    ret->epoch = (uint64_t)xf_rows_integer(rows, 0, 0);
    ret->head = (uint64_t)xf_rows_integer(rows, 0, 1);
    snprintf(ret->url, sizeof(ret->url), "%s", url);
    xf_rows_free(rows);
    return XF_OK;
}

int xf_lease_began(struct xf_db *db, uint64_t epoch, uint64_t *ret_head, struct xf_error *error)
{
    const struct xf_param params[] = {XF_INT8(epoch)};
    struct xf_rows *rows = xf_db_query(db, XF_SQL_LEASE_HEAD, params, 1, true, error);
    int rc = rows ? XF_OK : XF_EIO;

    if (rows && xf_rows_count(rows) == 0)
        rc = xf_error_set(error, XF_ENOTFOUND, "epoch %llu never began", (unsigned long long)epoch);
    if (rc == XF_OK)
        *ret_head = (uint64_t)xf_rows_integer(rows, 0, 0);
    xf_rows_free(rows);
    return rc;
}

void xf_lease_release(struct xf_db *db)
{
    struct xf_error ignored;

    /* Where this fails the connection is gone, and with it the lock. */
    xf_rows_free(xf_db_query(db, XF_SQL_UNLOCK, NULL, 0, true, &ignored));
}
