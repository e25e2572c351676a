/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials, roles, purposes and rates, for route.c. A bearer token is found by its middle part and compared by its SHA-256 in
 * constant time; an unknown id costs the same work as a known one with a wrong secret, so that nobody learns which principals
 * exist. Invariant: what is decided here rests on the state of this very moment; nothing is cached. */
#include "access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#include <uthash.h>

#define TOKEN_MAX 512
#define ID_MAX 128
#define CASE_MAX 128

/* ---- identity ---- */

/* Copies what the handler may need to know. */
static enum xf_identity copy_caller(const struct xf_principal *principal, struct xf_arena *arena, struct xf_caller *ret)
{
    const char **feeds = xf_arena_alloc(arena, (principal->feed_count + 1) * sizeof(*feeds));
    struct xf_caller caller = {.roles = principal->roles, .feeds = feeds, .feed_count = principal->feed_count};

    caller.id = xf_arena_copy(arena, principal->id, strlen(principal->id));
    caller.agency = xf_arena_copy(arena, principal->agency, strlen(principal->agency));
    if (!feeds || !caller.id || !caller.agency)
        return XF_IDENTITY_NOMEM;
    for (size_t i = 0; i < principal->feed_count; i++) {
        feeds[i] = xf_arena_copy(arena, principal->feeds[i], strlen(principal->feeds[i]));
        if (!feeds[i])
            return XF_IDENTITY_NOMEM;
    }
    *ret = caller;
    return XF_IDENTITY_KNOWN;
}

/* The middle part of cf_<id>_<secret>; ids hold no underscore. */
static bool token_id(const char *token, char id[static ID_MAX])
{
    const char *start = token + 3, *end;

    if (strncmp(token, "cf_", 3))
        return false;
    end = strchr(start, '_');
    if (!end || end == start || !end[1] || end - start >= ID_MAX)
        return false;
    memcpy(id, start, (size_t)(end - start));
    id[end - start] = '\0';
    return true;
}

static const struct xf_principal *by_token(const struct xf_principals *principals, const char *token)
{
    static const uint8_t nobody[SHA256_DIGEST_LENGTH];
    uint8_t digest[SHA256_DIGEST_LENGTH];
    const struct xf_principal *principal;
    char id[ID_MAX] = "";
    bool formed = token_id(token, id), equal, usable;

    SHA256((const unsigned char *)token, strlen(token), digest);
    principal = xf_principals_find(principals, id);
    usable = formed && principal && principal->has_token && !principal->revoked;
    equal = CRYPTO_memcmp(digest, usable ? principal->token : nobody, sizeof(digest)) == 0;
    return usable && equal ? principal : NULL;
}

const struct xf_principal *xf_access_holder(const struct xf_principals *principals, const char *san)
{
    const struct xf_principal *first = xf_principals_by_san(principals, san);

    if (!first || !first->revoked)
        return first;
    /* A name may have passed from a revoked principal to a living one. */
    for (size_t i = 0; i < xf_principals_count(principals); i++) {
        const struct xf_principal *principal = xf_principals_at(principals, i);

        for (size_t j = 0; j < principal->name_count && !principal->revoked; j++) {
            if (!strcmp(principal->names[j], san))
                return principal;
        }
    }
    return NULL;
}

static const struct xf_principal *by_name(const struct xf_principals *principals, const char *const *names)
{
    const struct xf_principal *principal = NULL;

    while (*names && !principal)
        principal = xf_access_holder(principals, *names++);
    return principal;
}

enum xf_identity xf_access_identify(const struct xf_principals *principals, const char *authorization, const char *const *names,
                                    struct xf_arena *arena, struct xf_caller *ret)
{
    const struct xf_principal *principal = NULL;

    /* A token that is shown is the one that counts, also over a certificate's names: no falling back from a wrong one. */
    if (authorization) {
        const char *token = authorization + 6;

        if (!strncasecmp(authorization, "Bearer ", 7) && strlen(authorization) <= TOKEN_MAX)
            principal = by_token(principals, token + strspn(token, " "));
    } else if (*names) {
        principal = by_name(principals, names);
    } else {
        return XF_IDENTITY_NONE;
    }
    return principal ? copy_caller(principal, arena, ret) : XF_IDENTITY_UNKNOWN;
}

/* ---- roles ---- */

static bool has_feed(const struct xf_caller *caller, const char *feed)
{
    for (size_t i = 0; feed && i < caller->feed_count; i++) {
        if (!strcmp(caller->feeds[i], feed))
            return true;
    }
    return false;
}

bool xf_access_may(const struct xf_caller *caller, const struct xf_route *route, const char *const *parameters)
{
    unsigned roles = caller->roles & route->roles;

    /* A feed's role is for that feed alone. */
    if ((roles & XF_ROLE_FEED) && !strncmp(route->pattern, "/v1/feeds/{feed}", 16) && !has_feed(caller, parameters[0]))
        roles &= ~(unsigned)XF_ROLE_FEED;
    return roles != 0;
}

/* ---- purposes ---- */

const char *xf_access_purpose(const char *header, const char *const *codes, struct xf_arena *arena, const char **ret_code,
                              const char **ret_case)
{
    size_t length;
    const char *reference;

    if (!header || !*header)
        return "The header Crossflag-Purpose is missing: it holds a code and a case reference.";
    length = strcspn(header, " \t");
    reference = header + length + strspn(header + length, " \t");
    while (*codes && (strlen(*codes) != length || memcmp(*codes, header, length)))
        codes++;
    if (!*codes)
        return "The code in Crossflag-Purpose is none of this partnership's.";
    if (!*reference)
        return "Crossflag-Purpose lacks the case reference after the code.";
    if (strlen(reference) > CASE_MAX)
        return "The case reference in Crossflag-Purpose is longer than 128 bytes.";
    *ret_code = xf_arena_copy(arena, header, length);
    *ret_case = reference;
    return *ret_code ? NULL : "Out of memory.";
}

/* ---- rates ---- */

struct bucket {
    UT_hash_handle hh;
    int64_t full_at;  /* when it will be full again: one number holds its level */
    char principal[]; /* the key */
};

struct xf_rate {
    struct bucket *buckets; /* no more than there are principals: only known callers have one */
};

struct xf_rate *xf_rate_create(void)
{
    return calloc(1, sizeof(struct xf_rate));
}

void xf_rate_destroy(struct xf_rate *rate)
{
    struct bucket *bucket, *next;

    if (!rate)
        return;
    HASH_ITER(hh, rate->buckets, bucket, next)
    {
        HASH_DEL(rate->buckets, bucket);
        free(bucket);
    }
    free(rate);
}

bool xf_rate_take(struct xf_rate *rate, const char *principal, int64_t per_second, int64_t now)
{
    const int64_t second = 1000000;
    struct bucket *bucket;
    int64_t full_at;

    if (per_second <= 0)
        return true;
    HASH_FIND_STR(rate->buckets, principal, bucket);
    if (!bucket) {
        size_t length = strlen(principal);

        bucket = calloc(1, sizeof(*bucket) + length + 1);
        if (!bucket)
            return true; /* a limit that cannot be kept must not refuse */
        memcpy(bucket->principal, principal, length + 1);
        HASH_ADD_KEYPTR(hh, rate->buckets, bucket->principal, length, bucket);
    }
    full_at = (bucket->full_at > now ? bucket->full_at : now) + second / per_second;
    if (full_at > now + second)
        return false;
    bucket->full_at = full_at;
    return true;
}
