/* SPDX-License-Identifier: Apache-2.0 */
/* Numbered migrations, recorded in table migration. Run on every new connection of the journal before anything else uses it, so
 * that a database that appears late or empty is made ready then. An advisory lock lets daemons that start at once take turns. */
#include "migrate.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "db.h"
#include "log.h"

/* "crossmig" in ASCII. */
#define LOCK_SQL "SELECT pg_advisory_lock(7165060925474007399)"
#define UNLOCK_SQL "SELECT pg_advisory_unlock(7165060925474007399)"

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())";

static int known(void)
{
    int count = 0;

    while (xf_migrations[count].number)
        count++;
    return count;
}

/* How many the database has had; checks that they are ours. */
static int applied(struct xf_db *db, int *ret, struct xf_error *error)
{
    struct xf_rows *rows = xf_db_query(db, "SELECT to_regclass('migration') IS NOT NULL", NULL, 0, true, error);
    bool exists;
    int rc = XF_OK, count;

    if (!rows)
        return XF_EIO;
    exists = xf_rows_integer(rows, 0, 0) != 0;
    xf_rows_free(rows);
    if (!exists) {
        *ret = 0;
        return XF_OK;
    }
    rows = xf_db_query(db, "SELECT number, name FROM migration ORDER BY number", NULL, 0, true, error);
    if (!rows)
        return XF_EIO;
    count = xf_rows_count(rows);
    for (int i = 0; i < count && rc == XF_OK; i++) {
        if (i >= known())
            rc = xf_error_set(error, XF_ECONFLICT, "the database's schema (%d migrations) is newer than this daemon's (%d)", count,
                              known());
        else if (xf_rows_integer(rows, i, 0) != xf_migrations[i].number ||
                 strcmp(xf_rows_value(rows, i, 1), xf_migrations[i].name) != 0)
            rc = xf_error_set(error, XF_ECONFLICT, "migration %d of the database is not this daemon's %04d_%s", i + 1,
                              xf_migrations[i].number, xf_migrations[i].name);
    }
    xf_rows_free(rows);
    if (rc == XF_OK)
        *ret = count;
    return rc;
}

static int apply(struct xf_db *db, const struct xf_migration *migration, struct xf_error *error)
{
    char number[12];
    const struct xf_param params[] = {XF_TEXT(number), XF_TEXT(migration->name)};
    struct xf_error ignored;
    int rc = xf_db_script(db, "BEGIN", error);

    snprintf(number, sizeof(number), "%d", migration->number);
    if (rc == XF_OK)
        rc = xf_db_script(db, migration->sql, error);
    if (rc == XF_OK)
        rc = xf_db_run(db, "INSERT INTO migration (number, name) VALUES ($1::integer, $2::text)", params, 2, NULL, error);
    if (rc == XF_OK)
        rc = xf_db_script(db, "COMMIT", error);
    if (rc != XF_OK)
        return xf_db_script(db, "ROLLBACK", &ignored) == XF_OK ? rc : XF_EIO;
    xf_log(XF_LOG_INFO, "schema.migrated", "{s:i,s:s}", "number", migration->number, "name", migration->name);
    return XF_OK;
}

int xf_migrate(struct xf_db *db, struct xf_error *error)
{
    struct xf_rows *rows;
    int count, rc = applied(db, &count, error);

    if (rc != XF_OK || count == known())
        return rc;
    rows = xf_db_query(
        db, "SELECT current_setting('server_encoding') = 'UTF8' AND current_setting('server_version_num')::integer >= 140000", NULL,
        0, true, error);
    if (!rows)
        return XF_EIO;
    if (!xf_rows_integer(rows, 0, 0))
        rc = xf_error_set(error, XF_ECONFLICT, "the database must be PostgreSQL 14 or newer, with encoding UTF8");
    xf_rows_free(rows);
    if (rc != XF_OK)
        return rc;
    rows = xf_db_query(db, LOCK_SQL, NULL, 0, false, error);
    if (!rows)
        return XF_EIO;
    xf_rows_free(rows);
    rc = xf_db_script(db, table_sql, error);
    if (rc == XF_OK)
        rc = applied(db, &count, error); /* another daemon may have been faster */
    for (; rc == XF_OK && count < known(); count++)
        rc = apply(db, &xf_migrations[count], error);
    if (xf_db_alive(db)) {
        struct xf_error ignored;

        xf_rows_free(xf_db_query(db, UNLOCK_SQL, NULL, 0, false, &ignored));
    }
    return rc;
}
