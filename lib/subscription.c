/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions: made, changed and deleted by journal entries, never removed, so that their numbers and what they were told stay.
 * Called by the fold (apply, save, load), by the API's handlers (check, find) and by the delivery thread (at). Invariant: a row's
 * canonical body alone rebuilds the row, and equal journals give equal rows to the byte; next_sequence only grows. */
#include "subscription.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The rows */

struct xf_subscriptions *xf_subscriptions_create(void)
{
    return calloc(1, sizeof(struct xf_subscriptions));
}

static void row_destroy(struct subscription *row)
{
    if (row)
        xf_arena_destroy(row->arena);
    free(row);
}

void xf_subscriptions_destroy(struct xf_subscriptions *subscriptions)
{
    if (!subscriptions)
        return;
    for (uint32_t i = 0; i < subscriptions->rows.count; i++)
        row_destroy(subscriptions->rows.items[i]);
    xf_vec_free(&subscriptions->rows);
    xf_vec_free(&subscriptions->told);
    free(subscriptions->ids);
    free(subscriptions->told_index);
    free(subscriptions);
}

static uint32_t *id_slot(const struct xf_subscriptions *subscriptions, const char *id)
{
    uint32_t at = (uint32_t)XXH3_64bits(id, strlen(id)) & subscriptions->ids_mask;

    while (subscriptions->ids[at] && strcmp(subscriptions->rows.items[subscriptions->ids[at] - 1]->shown.id, id) != 0)
        at = (at + 1) & subscriptions->ids_mask;
    return &subscriptions->ids[at];
}

static uint32_t find_row(const struct xf_subscriptions *subscriptions, const char *id)
{
    return subscriptions->ids ? *id_slot(subscriptions, id) - 1 : UINT32_MAX;
}

/* Makes room in the index for one more row. */
static int reserve_id(struct xf_subscriptions *subscriptions)
{
    uint32_t slots = subscriptions->ids ? subscriptions->ids_mask + 1 : 0, *ids;

    if ((uint64_t)(subscriptions->rows.count + 1) * 2 <= slots)
        return XF_OK;
    slots = slots ? slots * 2 : 64;
    ids = calloc(slots, sizeof(*ids));
    if (!ids)
        return XF_ENOMEM;
    free(subscriptions->ids);
    subscriptions->ids = ids;
    subscriptions->ids_mask = slots - 1;
    for (uint32_t row = 0; row < subscriptions->rows.count; row++)
        *id_slot(subscriptions, subscriptions->rows.items[row]->shown.id) = row + 1;
    return XF_OK;
}

static int append_row(struct xf_subscriptions *subscriptions, struct subscription *row)
{
    if (reserve_id(subscriptions) != XF_OK || xf_vec_push(&subscriptions->rows, row) != XF_OK)
        return XF_ENOMEM;
    *id_slot(subscriptions, row->shown.id) = subscriptions->rows.count;
    return XF_OK;
}

size_t xf_subscriptions_count(const struct xf_subscriptions *subscriptions)
{
    return subscriptions->rows.count;
}

const struct xf_subscription *xf_subscriptions_at(const struct xf_subscriptions *subscriptions, size_t index)
{
    return &subscriptions->rows.items[index]->shown;
}

const struct xf_subscription *xf_subscriptions_find(const struct xf_subscriptions *subscriptions, const char *id)
{
    uint32_t row = find_row(subscriptions, id);

    return row == UINT32_MAX ? NULL : &subscriptions->rows.items[row]->shown;
}

/* Who was told */

static uint32_t *told_slot(const struct xf_subscriptions *subscriptions, struct told told)
{
    uint32_t at = (uint32_t)XXH3_64bits(&told, sizeof(told)) & subscriptions->told_mask;

    while (subscriptions->told_index[at]) {
        const struct told *row = &subscriptions->told.items[subscriptions->told_index[at] - 1];

        if (row->subscription == told.subscription && row->flag == told.flag)
            break;
        at = (at + 1) & subscriptions->told_mask;
    }
    return &subscriptions->told_index[at];
}

bool xf_subscriptions_was_told(const struct xf_subscriptions *subscriptions, uint32_t subscription, uint32_t flag)
{
    return subscriptions->told_index && *told_slot(subscriptions, (struct told){subscription, flag});
}

static int index_told(struct xf_subscriptions *subscriptions, uint64_t wanted)
{
    uint64_t slots = subscriptions->told_index ? (uint64_t)subscriptions->told_mask + 1 : 0;
    uint32_t *index;

    if (wanted * 2 <= slots)
        return XF_OK;
    slots = slots ? slots : 256;
    while (slots < wanted * 2)
        slots *= 2;
    if (slots > UINT32_MAX)
        return XF_ENOMEM;
    index = calloc(slots, sizeof(*index));
    if (!index)
        return XF_ENOMEM;
    free(subscriptions->told_index);
    subscriptions->told_index = index;
    subscriptions->told_mask = (uint32_t)slots - 1;
    for (uint32_t row = 0; row < subscriptions->told.count; row++)
        *told_slot(subscriptions, subscriptions->told.items[row]) = row + 1;
    return XF_OK;
}

int xf_subscriptions_tell(struct xf_subscriptions *subscriptions, uint32_t subscription, uint32_t flag)
{
    struct told told = {subscription, flag};

    if (xf_subscriptions_was_told(subscriptions, subscription, flag))
        return XF_OK;
    if (index_told(subscriptions, (uint64_t)subscriptions->told.count + 1) != XF_OK ||
        xf_vec_push(&subscriptions->told, told) != XF_OK)
        return XF_ENOMEM;
    *told_slot(subscriptions, told) = subscriptions->told.count;
    return XF_OK;
}

/* What a body would do: *ret_row is a new row (owned) in place of *ret_index (UINT32_MAX: appended), or NULL when it deletes.
 * *ret_change says that it was a change of what is there. */
static int plan(const struct xf_subscriptions *subscriptions, const char *text, size_t length, int64_t at, uint32_t *ret_index,
                struct subscription **ret_row, bool *ret_change, struct xf_error *error)
{
    json_error_t syntax;
    json_t *body = json_loadb(text, length, JSON_REJECT_DUPLICATES, &syntax), *before = NULL;
    const char *id = json_string_value(json_object_get(body, "id"));
    const struct subscription *known = NULL;
    struct subscription *row = NULL;
    uint32_t index = UINT32_MAX;
    int rc = XF_OK;

    *ret_change = false;
    if (!json_is_object(body)) {
        rc = xf_error_set(error, XF_EINVAL, "a subscription is not a JSON object");
        goto end;
    }
    if (!xf_subscription_is_id(id)) {
        rc = xf_subscription_fault(error, XF_EINVAL, "/id", "must be of small letters, digits and hyphens");
        goto end;
    }
    index = find_row(subscriptions, id);
    known = index == UINT32_MAX ? NULL : subscriptions->rows.items[index];
    if (json_is_true(json_object_get(body, "deleted"))) {
        if (!known || known->shown.deleted)
            rc = xf_subscription_fault(error, XF_ENOTFOUND, "/id", "there is no such subscription");
        goto end;
    }
    row = calloc(1, sizeof(*row));
    if (!row) {
        rc = xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
        goto end;
    }
    row->shown.next_sequence = known ? known->shown.next_sequence : 1;
    row->shown.created_at = known ? known->shown.created_at : at;
    if (!json_object_get(body, "agency")) {
        *ret_change = true;
        if (!known || known->shown.deleted) {
            rc = xf_subscription_fault(error, XF_ENOTFOUND, "/id", "there is no such subscription");
            goto end;
        }
        before = json_loadb(known->canonical, known->length, 0, NULL);
        if (!before || json_object_update(before, body) != 0) {
            rc = xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
            goto end;
        }
    }
    rc = xf_subscription_read(row, before ? before : body, error);
    if (rc == XF_OK && known && strcmp(known->shown.agency, row->shown.agency) != 0)
        rc = xf_subscription_fault(error, XF_ECONFLICT, "/id", "is taken");
end:
    json_decref(body);
    json_decref(before);
    if (rc != XF_OK) {
        row_destroy(row);
        return rc;
    }
    *ret_index = index;
    *ret_row = row;
    return XF_OK;
}

int xf_subscriptions_check(const struct xf_subscriptions *subscriptions, const char *body, size_t length, struct xf_error *error)
{
    struct subscription *row;
    uint32_t index;
    bool change;
    int rc = plan(subscriptions, body, length, 0, &index, &row, &change, error);

    if (rc == XF_OK)
        row_destroy(row);
    return rc;
}

int xf_subscriptions_apply(struct xf_subscriptions *subscriptions, const char *body, size_t length, int64_t at,
                           struct xf_error *error)
{
    struct subscription *row;
    uint32_t index;
    bool change;
    int rc = plan(subscriptions, body, length, at, &index, &row, &change, error);

    /* A change was checked against an earlier state; what came between may have taken its ground away. */
    if ((rc == XF_EINVAL && change) || rc == XF_ECONFLICT)
        return XF_ENOTFOUND;
    if (rc != XF_OK)
        return rc;
    if (!row) {
        subscriptions->rows.items[index]->shown.deleted = true;
        subscriptions->rows.items[index]->shown.enabled = false;
        return XF_OK;
    }
    if (index == UINT32_MAX) {
        if (append_row(subscriptions, row) == XF_OK)
            return XF_OK;
        row_destroy(row);
        return xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    }
    row_destroy(subscriptions->rows.items[index]);
    subscriptions->rows.items[index] = row;
    return XF_OK;
}

/* Saved and loaded */

struct saved {
    int64_t created_at;
    uint64_t next_sequence;
    uint64_t length; /* of the canonical body */
    uint64_t deleted;
};

int xf_subscriptions_save(const struct xf_subscriptions *subscriptions, struct xf_pack *pack)
{
    XF_VEC(struct saved) rows = {0};
    XF_VEC(char) texts = {0};
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < subscriptions->rows.count; i++) {
        const struct subscription *row = subscriptions->rows.items[i];
        struct saved saved = {row->shown.created_at, row->shown.next_sequence, row->length, row->shown.deleted};

        rc = xf_vec_push(&rows, saved);
        if (rc == XF_OK)
            rc = xf_vec_reserve(&texts, (uint32_t)row->length);
        if (rc == XF_OK) {
            memcpy(texts.items + texts.count, row->canonical, row->length);
            texts.count += (uint32_t)row->length;
        }
    }
    if (rc == XF_OK)
        rc = xf_vec_save(&rows, pack, "SUBR");
    if (rc == XF_OK)
        rc = xf_vec_save(&texts, pack, "SUBT");
    if (rc == XF_OK)
        rc = xf_vec_save(&subscriptions->told, pack, "SUBD");
    xf_vec_free(&rows);
    xf_vec_free(&texts);
    return rc;
}

/* One saved row back among the others. */
static int restore(struct xf_subscriptions *subscriptions, const struct saved *saved, const char *text)
{
    json_t *body = json_loadb(text, saved->length, JSON_REJECT_DUPLICATES, NULL);
    struct subscription *row = calloc(1, sizeof(*row));
    int rc = row ? XF_EINVAL : XF_ENOMEM;

    if (row && json_is_object(body)) {
        row->shown.created_at = saved->created_at;
        row->shown.next_sequence = saved->next_sequence;
        rc = xf_subscription_read(row, body, NULL);
    }
    if (rc == XF_OK) {
        row->shown.deleted = saved->deleted != 0;
        row->shown.enabled = row->shown.enabled && !row->shown.deleted;
        rc = find_row(subscriptions, row->shown.id) == UINT32_MAX ? append_row(subscriptions, row) : XF_EINVAL;
    }
    if (rc != XF_OK)
        row_destroy(row);
    json_decref(body);
    return rc;
}

int xf_subscriptions_load(struct xf_unpack *unpack, struct xf_subscriptions **ret)
{
    struct xf_subscriptions *subscriptions = xf_subscriptions_create();
    XF_VEC(struct saved) rows = {0};
    XF_VEC(char) texts = {0};
    uint64_t used = 0;
    int rc = subscriptions ? xf_vec_load(&rows, unpack, "SUBR") : XF_ENOMEM;

    if (rc == XF_OK)
        rc = xf_vec_load(&texts, unpack, "SUBT");
    if (rc == XF_OK)
        rc = xf_vec_load(&subscriptions->told, unpack, "SUBD");
    for (uint32_t i = 0; rc == XF_OK && i < rows.count; i++) {
        if (rows.items[i].length > texts.count - used) {
            rc = XF_EINVAL;
            break;
        }
        rc = restore(subscriptions, &rows.items[i], texts.items + used);
        used += rows.items[i].length;
    }
    if (rc == XF_OK && subscriptions->told.count)
        rc = index_told(subscriptions, (uint64_t)subscriptions->told.count + 1);
    xf_vec_free(&rows);
    xf_vec_free(&texts);
    if (rc != XF_OK) {
        xf_subscriptions_destroy(subscriptions);
        return rc;
    }
    *ret = subscriptions;
    return XF_OK;
}
