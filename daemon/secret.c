/* SPDX-License-Identifier: Apache-2.0 */
/* Makes, stores and loads signing secrets. Called by the subscriptions' handlers (on a worker) and by the ledger (for the delivery
 * thread). Invariant: a secret is in the table before the journal names its reference, and its text is in no log, no journal entry
 * and no answer but the one that made it. */
#include "secret.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_BYTES 32

int xf_secret_make(struct xf_secret *ret)
{
    struct xf_secret secret = {0};
    uint8_t random[2 * SECRET_BYTES + 10];
    size_t used;
    int rc;

    if (RAND_bytes(random, sizeof(random)) != 1)
        return XF_EIO;
    used = (size_t)snprintf(secret.reference, sizeof(secret.reference), "sec-");
    for (size_t i = 2 * SECRET_BYTES; i < sizeof(random); i++)
        used += (size_t)snprintf(secret.reference + used, sizeof(secret.reference) - used, "%02x", random[i]);
    rc = xf_signature_secret(random, SECRET_BYTES, secret.value);
    if (rc == XF_OK)
        rc = xf_signature_private(random + SECRET_BYTES, secret.private_key);
    if (rc == XF_OK)
        rc = xf_signature_public(secret.private_key, secret.public_key);
    if (rc == XF_OK)
        *ret = secret;
    OPENSSL_cleanse(random, sizeof(random));
    xf_secret_wipe(&secret);
    return rc;
}

void xf_secret_wipe(struct xf_secret *secret)
{
    OPENSSL_cleanse(secret, sizeof(*secret));
}

int xf_secret_store(struct xf_db *db, const struct xf_secret *secret, int64_t at, struct xf_error *error)
{
    char made_at[32];
    const struct xf_param params[] = {XF_TEXT(secret->reference), XF_TEXT(secret->value), XF_TEXT(secret->private_key),
                                      XF_TEXT(made_at)};

    snprintf(made_at, sizeof(made_at), "%lld", (long long)at);
    return xf_db_run(db, "insert into secret (reference, value, private_key, made_at) values ($1, $2, $3, $4::bigint)", params, 4,
                     NULL, error);
}

int xf_secret_expire(struct xf_db *db, const char *reference, int64_t expires_at, struct xf_error *error)
{
    char text[32];
    const struct xf_param params[] = {XF_TEXT(reference), XF_TEXT(text)};

    snprintf(text, sizeof(text), "%lld", (long long)expires_at);
    return xf_db_run(db, "update secret set expires_at = $2::bigint where reference = $1 and expires_at is null", params, 2, NULL,
                     error);
}

int xf_secret_load(struct xf_db *db, const char *const *references, size_t count, struct xf_secret *secrets, size_t *ret_count,
                   struct xf_error *error)
{
    json_t *list = json_array();
    char *text = NULL;
    struct xf_rows *rows = NULL;
    size_t loaded = 0;

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(references[i]));
    text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (!text)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    rows = xf_db_query(db,
                       "select reference, value, private_key from secret"
                       " where reference in (select jsonb_array_elements_text($1::jsonb))",
                       (const struct xf_param[]){XF_TEXT(text)}, 1, false, error);
    free(text);
    if (!rows)
        return XF_EIO;
    for (int row = 0; row < xf_rows_count(rows) && loaded < count; row++) {
        struct xf_secret *secret = &secrets[loaded++];

        *secret = (struct xf_secret){0};
        snprintf(secret->reference, sizeof(secret->reference), "%s", xf_rows_value(rows, row, 0));
        snprintf(secret->value, sizeof(secret->value), "%s", xf_rows_value(rows, row, 1));
        snprintf(secret->private_key, sizeof(secret->private_key), "%s", xf_rows_value(rows, row, 2));
    }
    xf_rows_free(rows);
    *ret_count = loaded;
    return XF_OK;
}

int xf_secret_sweep(struct xf_db *db, int64_t now, struct xf_error *error)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)now);
    return xf_db_run(db, "delete from secret where expires_at < $1::bigint", (const struct xf_param[]){XF_TEXT(text)}, 1, NULL,
                     error);
}
