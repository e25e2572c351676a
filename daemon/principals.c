/* SPDX-License-Identifier: Apache-2.0 */
/* Principals over HTTP, for admins: made, listed, revoked. A token is shown once, in the answer that made it; the journal gets its
 * SHA-256. What goes into the journal has been checked against a table of its own first, so that an entry that the fold would
 * refuse is never written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "access.h"
#include "log.h"
#include "route.h"

#define SECRET_BYTES 32
#define TOKEN_SIZE 256
#define ID_LENGTH_MAX 64
#define LIST_LIMIT 1000

static void invalid(struct xf_call *call, const char *pointer, const char *reason)
{
    xf_reply_problem(call, 422, "invalid-principal", "The principal is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", pointer, "reason", reason), "See errors.");
}

/* As the API shows one: nothing of its token but whether there is one. */
static json_t *describe(const struct xf_principal *principal)
{
    static const struct {
        unsigned role;
        const char *name;
    } roles[] = {{XF_ROLE_CHECK, "check"},       {XF_ROLE_SUBSCRIBER, "subscriber"}, {XF_ROLE_OFFICER, "officer"},
                 {XF_ROLE_REVIEWER, "reviewer"}, {XF_ROLE_AUDITOR, "auditor"},       {XF_ROLE_ADMIN, "admin"}};
    json_t *names = json_array(), *sans = json_array();

    for (size_t i = 0; i < principal->feed_count; i++)
        json_array_append_new(names, json_sprintf("feed:%s", principal->feeds[i]));
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (principal->roles & roles[i].role)
            json_array_append_new(names, json_string(roles[i].name));
    }
    for (size_t i = 0; i < principal->name_count; i++)
        json_array_append_new(sans, json_string(principal->names[i]));
    return json_pack("{s:s,s:s,s:o,s:o,s:b,s:b}", "id", principal->id, "agency", principal->agency, "roles", names, "sans", sans,
                     "token", principal->has_token, "revoked", principal->revoked);
}

/* ---- making ---- */

/* "cf_<id>_<secret>" and the hexadecimal SHA-256 of all of it. False when there is no randomness. */
static bool make_token(const char *id, char token[static TOKEN_SIZE], char hex[static 2 * SHA256_DIGEST_LENGTH + 1])
{
    unsigned char secret[SECRET_BYTES], digest[SHA256_DIGEST_LENGTH], text[4 * ((SECRET_BYTES + 2) / 3) + 1];
    int length;

    if (RAND_bytes(secret, sizeof(secret)) != 1)
        return false;
    length = EVP_EncodeBlock(text, secret, sizeof(secret));
    OPENSSL_cleanse(secret, sizeof(secret));
    while (length && text[length - 1] == '=')
        text[--length] = '\0';
    for (int i = 0; i < length; i++) /* base64url */
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    snprintf(token, TOKEN_SIZE, "cf_%s_%s", id, (const char *)text);
    OPENSSL_cleanse(text, sizeof(text));
    SHA256((const unsigned char *)token, strlen(token), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return true;
}

/* What the state says against a body that is valid by itself. Returns a pointer to the member at fault, with *reason, or NULL. */
static const char *check_against(const struct xf_fold *fold, const json_t *body, bool replace, int *status, const char **reason)
{
    const struct xf_principals *principals = xf_fold_principals(fold);
    const struct xf_partners *partners = xf_fold_partners(fold);
    const char *id = json_string_value(json_object_get(body, "id"));
    const struct xf_principal *known = xf_principals_find(principals, id);
    const json_t *value;
    size_t index;

    *status = 422;
    if (!partners || xf_partners_agency(partners, json_string_value(json_object_get(body, "agency"))) == UINT32_MAX) {
        *reason = "is none of the partnership's agencies";
        return "/agency";
    }
    json_array_foreach(json_object_get(body, "roles"), index, value)
    {
        const char *role = json_string_value(value);

        if (!strncmp(role, "feed:", 5) && xf_partners_feed(partners, role + 5) == UINT32_MAX) {
            *reason = "names a feed that the partnership does not have";
            return "/roles";
        }
    }
    *status = 409;
    if (known && !known->revoked && !replace) {
        *reason = "is taken: revoke it first, or send \"replace\": true for a new token";
        return "/id";
    }
    json_array_foreach(json_object_get(body, "sans"), index, value)
    {
        const struct xf_principal *holder = xf_access_holder(principals, json_string_value(value));

        if (holder && strcmp(holder->id, id)) {
            *reason = "names a certificate of another principal";
            return "/sans";
        }
    }
    return NULL;
}

/* Only what the fold knows, plus "replace": a typing error is not lost. */
static const char *unknown_member(const json_t *body)
{
    static const char *const known[] = {"id", "agency", "roles", "sans", "replace", NULL};
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)body, key, value)
    {
        size_t i = 0;

        while (known[i] && strcmp(known[i], key))
            i++;
        if (!known[i])
            return key;
    }
    return NULL;
}

static void created(struct xf_call *call, uint64_t position)
{
    char *token = call->context;
    const char *id = token + 3;
    json_t *answer = json_pack("{s:s#,s:s,s:I}", "id", id, (int)strcspn(id, "_"), "token", token, "position", (json_int_t)position);

    xf_log(XF_LOG_INFO, "principal_made", "{s:s#,s:s}", "id", id, (int)strcspn(id, "_"), "by", call->caller->id);
    xf_reply_json(call, 201, answer);
    OPENSSL_cleanse(token, strlen(token));
}

/* Checks the body as the fold will. False when it has answered. */
static bool check(struct xf_call *call, const json_t *body, bool replace)
{
    char *text = json_dumps(body, JSON_COMPACT);
    struct xf_principals *scratch = xf_principals_create();
    struct xf_error error = {0};
    const char *pointer, *reason;
    int status, result = XF_ENOMEM;

    if (text && scratch)
        result = xf_principals_apply(scratch, text, strlen(text), &error);
    xf_principals_destroy(scratch);
    free(text);
    if (result == XF_ENOMEM) {
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "Nothing was changed.");
        return false;
    }
    if (result != XF_OK) {
        invalid(call, error.pointer, error.text);
        return false;
    }
    pointer = check_against(xf_engine_read(call->daemon->engine), body, replace, &status, &reason);
    xf_engine_read_end(call->daemon->engine);
    if (!pointer)
        return true;
    if (status == 409)
        xf_reply_problem(call, 409, "principal-exists", "There is such a principal already",
                         json_pack("[{s:s,s:s}]", "pointer", pointer, "reason", reason), "See errors.");
    else
        invalid(call, pointer, reason);
    return false;
}

static void create(struct xf_call *call)
{
    char token[TOKEN_SIZE] = "", hex[2 * SHA256_DIGEST_LENGTH + 1], stream[sizeof("principal/") + ID_LENGTH_MAX];
    json_t *body = xf_call_json(call);
    const char *id, *stranger;
    bool replace;

    if (!body)
        return;
    id = json_string_value(json_object_get(body, "id"));
    stranger = unknown_member(body);
    if (!json_is_object(body) || !id || strlen(id) > ID_LENGTH_MAX || stranger) {
        /* The member's name is the caller's text: told only that there is one. */
        invalid(call, stranger ? "" : "/id",
                stranger ? "has a member that is not known: id, agency, roles, sans and replace are"
                         : "must be a string of at most 64 of a-z, 0-9 and -");
        goto out;
    }
    replace = json_is_true(json_object_get(body, "replace"));
    json_object_del(body, "replace");
    if (!make_token(id, token, hex)) {
        xf_reply_problem(call, 503, "no-randomness", "No randomness", NULL, "A secret could not be made. Nothing was changed.");
        goto out;
    }
    json_object_set_new(body, "token_sha256", json_string(hex));
    if (!check(call, body, replace))
        goto out;
    call->context = xf_arena_copy(call->request->arena, token, strlen(token));
    OPENSSL_cleanse(token, sizeof(token));
    if (!call->context) {
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "Nothing was changed.");
        goto out;
    }
    snprintf(stream, sizeof(stream), "principal/%s", id);
    xf_call_append(call, XF_ENTRY_PRINCIPAL, stream, body, created);
    return;

out:
    OPENSSL_cleanse(token, sizeof(token));
    json_decref(body);
}

/* ---- listing and revoking ---- */

static void list(struct xf_call *call)
{
    const struct xf_principals *principals = xf_fold_principals(xf_engine_read(call->daemon->engine));
    const char *cursor = xf_request_parameter(call->exchange, "cursor"), *wanted = xf_request_parameter(call->exchange, "limit");
    size_t start = cursor ? strtoul(cursor, NULL, 10) : 0, limit = wanted ? strtoul(wanted, NULL, 10) : LIST_LIMIT;
    size_t count = xf_principals_count(principals), at;
    json_t *items = json_array();

    if (limit < 1 || limit > LIST_LIMIT)
        limit = LIST_LIMIT;
    for (at = start; at < count && at - start < limit; at++)
        json_array_append_new(items, describe(xf_principals_at(principals, at)));
    xf_engine_read_end(call->daemon->engine);
    xf_reply_json(call, 200, json_pack("{s:o,s:o}", "items", items, "next", at < count ? json_sprintf("%zu", at) : json_null()));
}

static void revoked(struct xf_call *call, uint64_t position)
{
    (void)position;
    xf_log(XF_LOG_INFO, "principal_revoked", "{s:s,s:s}", "id", call->parameters[0], "by", call->caller->id);
    xf_reply_empty(call, 204);
}

static void revoke(struct xf_call *call)
{
    const struct xf_principal *principal =
        xf_principals_find(xf_fold_principals(xf_engine_read(call->daemon->engine)), call->parameters[0]);
    char stream[sizeof("principal/") + ID_LENGTH_MAX];
    bool known = principal != NULL, done = known && principal->revoked;

    xf_engine_read_end(call->daemon->engine);
    if (!known) {
        xf_reply_problem(call, 404, "no-such-principal", "No such principal", NULL, "There is no principal of this id.");
        return;
    }
    if (done) {
        xf_reply_empty(call, 204);
        return;
    }
    snprintf(stream, sizeof(stream), "principal/%s", call->parameters[0]);
    xf_call_append(call, XF_ENTRY_PRINCIPAL, stream, json_pack("{s:s,s:b}", "id", call->parameters[0], "revoked", 1), revoked);
}

const struct xf_route xf_routes_principal[] = {
    {"POST", "/v1/principals", XF_ROLE_ADMIN, XF_ROUTE_WRITER, create, "Make a principal; its token is in the answer, once"},
    {"GET", "/v1/principals", XF_ROLE_ADMIN, 0, list, "List the principals"},
    {"DELETE", "/v1/principals/{id}", XF_ROLE_ADMIN, XF_ROUTE_WRITER, revoke, "Revoke a principal: from the next request on"},
    {0},
};
