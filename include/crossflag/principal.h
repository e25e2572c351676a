/* SPDX-License-Identifier: Apache-2.0 */
/* Principals: the named callers, each of one agency with roles, made and revoked by entries of the journal. Part of the folded
 * state; secrets are not: only the digests of tokens. */
#ifndef CROSSFLAG_PRINCIPAL_H
#define CROSSFLAG_PRINCIPAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/pack.h"

/* Roles, as bits. */
enum xf_role {
    XF_ROLE_FEED = 1,
    XF_ROLE_CHECK = 2,
    XF_ROLE_SUBSCRIBER = 4,
    XF_ROLE_OFFICER = 8,
    XF_ROLE_REVIEWER = 16,
    XF_ROLE_AUDITOR = 32,
    XF_ROLE_ADMIN = 64
};

/* One caller. Texts are owned by the table. token is the SHA-256 of the whole bearer text. */
struct xf_principal {
    const char *id; /* [a-z0-9-]+: the middle part of cf_<id>_<secret>, and the name in the audit */
    const char *agency;
    const char **feeds;
    size_t feed_count; /* of its feed:<name> roles */
    const char **names;
    size_t name_count; /* certificate SANs, exactly matched: "URI:…" or "DNS:…" */
    unsigned roles;    /* enum xf_role bits */
    const char *body;  /* the entry's body that made it; not NUL-terminated */
    size_t body_length;
    bool has_token, revoked;
    uint8_t token[32];
};

struct xf_principals;
struct xf_principals *xf_principals_create(void);
void xf_principals_destroy(struct xf_principals *principals);
/* Applies an entry's body: {"id","agency","roles":["feed:police",…],"token_sha256":hex|null,"sans":[…]} makes or replaces;
 * {"id","revoked":true} revokes. Checks it first: XF_EINVAL with *error and nothing changed. */
int xf_principals_apply(struct xf_principals *principals, const char *body, size_t length, struct xf_error *error) XF_MUST_CHECK;
/* NULL when unknown; revoked ones are returned too. Borrowed until the next apply. */
const struct xf_principal *xf_principals_find(const struct xf_principals *principals, const char *id);
const struct xf_principal *xf_principals_by_san(const struct xf_principals *principals, const char *san);
size_t xf_principals_count(const struct xf_principals *principals);
const struct xf_principal *xf_principals_at(const struct xf_principals *principals, size_t index);
/* Saved as the entries' bodies, in order. */
int xf_principals_save(const struct xf_principals *principals, struct xf_pack *pack) XF_MUST_CHECK;
int xf_principals_load(struct xf_unpack *unpack, struct xf_principals **ret) XF_MUST_CHECK;

#endif
