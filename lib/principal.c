/* SPDX-License-Identifier: Apache-2.0 */
/* The callers that the partnership knows. Rows are made, replaced and revoked by journal entries and never removed, so that the
 * audit can always say who somebody was. Each row keeps the entry's body, which is what is saved; the parsed form hangs off it.
 * Looked up at every request, along the rows: a partnership has hundreds of them, and a comparison costs nanoseconds. */
#include "crossflag/principal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/arena.h"
#include "vec.h"

struct row {
    struct xf_principal principal; /* texts in arena */
    struct xf_arena *arena;
};

struct xf_principals {
    XF_VEC(struct row) rows;
};

struct xf_principals *xf_principals_create(void)
{
    return calloc(1, sizeof(struct xf_principals));
}

static void row_clear(struct row *row)
{
    xf_arena_destroy(row->arena);
    *row = (struct row){0};
}

void xf_principals_destroy(struct xf_principals *principals)
{
    if (!principals)
        return;
    for (uint32_t i = 0; i < principals->rows.count; i++)
        row_clear(&principals->rows.items[i]);
    xf_vec_free(&principals->rows);
    free(principals);
}

static bool is_id(const char *text)
{
    return text && *text && strlen(text) <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static int parse_hex(const char *text, uint8_t bytes[32])
{
    static const char digits[] = "0123456789abcdef";

    if (!text || strlen(text) != 64)
        return XF_EINVAL;
    for (size_t i = 0; i < 32; i++) {
        const char *high = strchr(digits, text[2 * i]), *low = strchr(digits, text[2 * i + 1]);

        if (!high || !low)
            return XF_EINVAL;
        bytes[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return XF_OK;
}

static int parse_role(struct row *row, const char *role, struct xf_error *error)
{
    static const struct {
        const char *name;
        enum xf_role role;
    } roles[] = {{"check", XF_ROLE_CHECK},       {"subscriber", XF_ROLE_SUBSCRIBER}, {"officer", XF_ROLE_OFFICER},
                 {"reviewer", XF_ROLE_REVIEWER}, {"auditor", XF_ROLE_AUDITOR},       {"admin", XF_ROLE_ADMIN}};

    if (role && strncmp(role, "feed:", 5) == 0 && is_id(role + 5)) {
        row->principal.feeds[row->principal.feed_count] = xf_arena_copy(row->arena, role + 5, strlen(role + 5));
        row->principal.roles |= XF_ROLE_FEED;
        return row->principal.feeds[row->principal.feed_count++] ? XF_OK : XF_ENOMEM;
    }
    for (size_t i = 0; role && i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(role, roles[i].name) == 0) {
            row->principal.roles |= roles[i].role;
            return XF_OK;
        }
    }
    return xf_error_set(error, XF_EINVAL, "principal: roles are feed:<name>, check, subscriber, officer, reviewer, auditor, admin");
}

static int parse_san(struct row *row, const char *san, struct xf_error *error)
{
    if (!san || (strncmp(san, "URI:", 4) != 0 && strncmp(san, "DNS:", 4) != 0) || !san[4])
        return xf_error_set(error, XF_EINVAL, "principal: sans are URI:<uri> or DNS:<name>");
    row->principal.names[row->principal.name_count] = xf_arena_copy(row->arena, san, strlen(san));
    return row->principal.names[row->principal.name_count++] ? XF_OK : XF_ENOMEM;
}

static int parse_object(struct row *row, json_t *root, struct xf_error *error)
{
    struct xf_principal *principal = &row->principal;
    json_t *roles = json_object_get(root, "roles"), *sans = json_object_get(root, "sans"),
           *token = json_object_get(root, "token_sha256"), *item;
    const char *id = json_string_value(json_object_get(root, "id"));
    const char *agency = json_string_value(json_object_get(root, "agency"));
    size_t index;
    int rc;

    if (!is_id(id))
        return xf_error_set(error, XF_EINVAL, "principal: id must be a word of a-z, 0-9 and -");
    if (!agency || !*agency)
        return xf_error_set(error, XF_EINVAL, "principal: agency is missing");
    if (!json_is_array(roles) || json_array_size(roles) == 0)
        return xf_error_set(error, XF_EINVAL, "principal: roles must be an array of at least one role");
    if (sans && !json_is_array(sans))
        return xf_error_set(error, XF_EINVAL, "principal: sans must be an array");
    principal->id = xf_arena_copy(row->arena, id, strlen(id));
    principal->agency = xf_arena_copy(row->arena, agency, strlen(agency));
    principal->feeds = xf_arena_alloc(row->arena, json_array_size(roles) * sizeof(char *));
    principal->names = xf_arena_alloc(row->arena, json_array_size(sans) * sizeof(char *) + 1);
    if (!principal->id || !principal->agency || !principal->feeds || !principal->names)
        return XF_ENOMEM;
    json_array_foreach(roles, index, item)
    {
        rc = parse_role(row, json_string_value(item), error);
        if (rc != XF_OK)
            return rc;
    }
    json_array_foreach(sans, index, item)
    {
        rc = parse_san(row, json_string_value(item), error);
        if (rc != XF_OK)
            return rc;
    }
    principal->has_token = token && !json_is_null(token);
    if (principal->has_token && parse_hex(json_string_value(token), principal->token) != XF_OK)
        return xf_error_set(error, XF_EINVAL, "principal: token_sha256 must be 64 lower-case hexadecimal digits");
    if (!principal->has_token && !principal->name_count)
        return xf_error_set(error, XF_EINVAL, "principal: needs token_sha256 or a certificate name in sans");
    return XF_OK;
}

/* Parses a body into *row, which is owned by the caller; empty on failure. */
static int row_parse(struct row *row, json_t *root, const char *body, size_t length, struct xf_error *error)
{
    int rc = XF_ENOMEM;

    *row = (struct row){.arena = xf_arena_create()};
    if (row->arena) {
        row->principal.body = xf_arena_copy(row->arena, body, length);
        row->principal.body_length = length;
        if (row->principal.body)
            rc = parse_object(row, root, error);
    }
    if (rc != XF_OK)
        row_clear(row);
    return rc;
}

static struct row *find_row(const struct xf_principals *principals, const char *id)
{
    for (uint32_t i = 0; id && i < principals->rows.count; i++)
        if (strcmp(principals->rows.items[i].principal.id, id) == 0)
            return &principals->rows.items[i];
    return NULL;
}

static int replace(struct xf_principals *principals, struct row *with)
{
    struct row *row = find_row(principals, with->principal.id);

    if (row) {
        row_clear(row);
        *row = *with;
        return XF_OK;
    }
    if (xf_vec_push(&principals->rows, *with) != XF_OK) {
        row_clear(with);
        return XF_ENOMEM;
    }
    return XF_OK;
}

int xf_principals_apply(struct xf_principals *principals, const char *body, size_t length, struct xf_error *error)
{
    json_error_t json_error;
    json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, &json_error);
    struct row row;
    int rc;

    if (!json_is_object(root)) {
        json_decref(root);
        return xf_error_set(error, XF_EINVAL, "principal: not a JSON object");
    }
    if (json_is_true(json_object_get(root, "revoked"))) {
        struct row *known = find_row(principals, json_string_value(json_object_get(root, "id")));

        rc = known ? XF_OK : xf_error_set(error, XF_ENOTFOUND, "principal: no such principal");
        if (known)
            known->principal.revoked = true;
    } else {
        rc = row_parse(&row, root, body, length, error);
        if (rc == XF_OK)
            rc = replace(principals, &row);
    }
    json_decref(root);
    return rc;
}

const struct xf_principal *xf_principals_find(const struct xf_principals *principals, const char *id)
{
    struct row *row = find_row(principals, id);

    return row ? &row->principal : NULL;
}

const struct xf_principal *xf_principals_by_san(const struct xf_principals *principals, const char *san)
{
    for (uint32_t i = 0; i < principals->rows.count; i++) {
        const struct xf_principal *principal = &principals->rows.items[i].principal;

        for (size_t j = 0; j < principal->name_count; j++)
            if (strcmp(principal->names[j], san) == 0)
                return principal;
    }
    return NULL;
}

size_t xf_principals_count(const struct xf_principals *principals)
{
    return principals->rows.count;
}

const struct xf_principal *xf_principals_at(const struct xf_principals *principals, size_t index)
{
    return &principals->rows.items[index].principal;
}

int xf_principals_save(const struct xf_principals *principals, struct xf_pack *pack)
{
    uint32_t count = principals->rows.count;
    int rc = xf_pack_array(pack, "PCNT", &count, sizeof(count), 1);

    for (uint32_t i = 0; rc == XF_OK && i < count; i++) {
        const struct row *row = &principals->rows.items[i];
        uint8_t revoked = row->principal.revoked;

        rc = xf_pack_array(pack, "PREV", &revoked, 1, 1);
        if (rc == XF_OK)
            rc = xf_pack_array(pack, "PBOD", row->principal.body, 1, row->principal.body_length);
    }
    return rc;
}

static int load_row(struct xf_unpack *unpack, struct xf_principals *principals)
{
    uint8_t *revoked = NULL;
    char *body = NULL;
    uint64_t one, length = 0;
    int rc = xf_unpack_array(unpack, "PREV", 1, (void **)&revoked, &one);

    if (rc == XF_OK)
        rc = one == 1 ? xf_unpack_array(unpack, "PBOD", 1, (void **)&body, &length) : XF_EINVAL;
    if (rc == XF_OK)
        rc = xf_principals_apply(principals, body ? body : "", length, NULL);
    if (rc == XF_OK)
        principals->rows.items[principals->rows.count - 1].principal.revoked = *revoked;
    free(revoked);
    free(body);
    return rc;
}

int xf_principals_load(struct xf_unpack *unpack, struct xf_principals **ret)
{
    struct xf_principals *principals = xf_principals_create();
    uint32_t *count = NULL;
    uint64_t one = 0;
    int rc = principals ? xf_unpack_array(unpack, "PCNT", sizeof(*count), (void **)&count, &one) : XF_ENOMEM;

    if (rc == XF_OK && one != 1)
        rc = XF_EINVAL;
    for (uint32_t i = 0; rc == XF_OK && i < *count; i++)
        rc = load_row(unpack, principals);
    free(count);
    if (rc != XF_OK) {
        xf_principals_destroy(principals);
        return rc;
    }
    *ret = principals;
    return XF_OK;
}
