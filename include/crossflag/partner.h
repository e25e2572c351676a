/* SPDX-License-Identifier: Apache-2.0 */
/* The partnership: agencies, their feeds, and the principals that call on their behalf. Agencies and feeds come from config/partners.json, which enters the journal
 * as a setting; principals are made and revoked by entries of their own. Part of the folded state. */
#ifndef CROSSFLAG_PARTNER_H
#define CROSSFLAG_PARTNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/pack.h"

enum xf_agency_kind { XF_AGENCY_POLICE, XF_AGENCY_SOCIAL_CARE, XF_AGENCY_HUB, XF_AGENCY_SCHOOL, XF_AGENCY_HEALTH, XF_AGENCY_HOUSING,
                      XF_AGENCY_LICENSING, XF_AGENCY_OTHER, XF_AGENCY_KINDS };
/* "police", "social_care", "hub", "school", "health", "housing", "licensing", "other". */
const char *xf_agency_kind_name(enum xf_agency_kind kind);

struct xf_agency { const char *name, *title, *area, *contact; enum xf_agency_kind kind; };
/* grade: what a record without one counts as, such as "2BP". */
struct xf_feed { const char *name, *basis; uint32_t agency; char grade[4]; };

struct xf_partners;
/* Parses config/partners.json: {"agencies":[{"name","title","kind","area","contact"}],"feeds":[{"name","agency","grade","basis"}]}. *ret is owned. */
int xf_partners_parse(const char *text, size_t length, struct xf_partners **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_partners_destroy(struct xf_partners *partners);
/* Indices in the file's order; XF_NONE-like UINT32_MAX when there is none of that name. Rows are borrowed. */
uint32_t xf_partners_agency(const struct xf_partners *partners, const char *name);
uint32_t xf_partners_feed(const struct xf_partners *partners, const char *name);
uint32_t xf_partners_agency_count(const struct xf_partners *partners);
uint32_t xf_partners_feed_count(const struct xf_partners *partners);
const struct xf_agency *xf_partners_agency_at(const struct xf_partners *partners, uint32_t agency);
const struct xf_feed *xf_partners_feed_at(const struct xf_partners *partners, uint32_t feed);

/* Roles, as bits. */
enum xf_role { XF_ROLE_FEED = 1, XF_ROLE_CHECK = 2, XF_ROLE_SUBSCRIBER = 4, XF_ROLE_OFFICER = 8, XF_ROLE_REVIEWER = 16, XF_ROLE_AUDITOR = 32,
               XF_ROLE_ADMIN = 64 };

/* One caller. Texts are owned by the table. token is the SHA-256 of the whole bearer text. */
struct xf_principal {
    const char *id;      /* [a-z0-9-]+: the middle part of cf_<id>_<secret>, and the name in the audit */
    const char *agency;
    const char **feeds;  size_t feed_count; /* of its feed:<name> roles */
    const char **names;  size_t name_count; /* certificate SANs, exactly matched: "URI:…" or "DNS:…" */
    unsigned roles;      /* enum xf_role bits */
    bool has_token, revoked;
    uint8_t token[32];
};

struct xf_principals;
struct xf_principals *xf_principals_create(void);
void xf_principals_destroy(struct xf_principals *principals);
/* Applies an entry's body: {"id","agency","roles":["feed:police",…],"token_sha256":hex|null,"sans":[…]} makes or replaces; {"id","revoked":true} revokes.
 * Checks it first: XF_EINVAL with *error and nothing changed. */
int xf_principals_apply(struct xf_principals *principals, const char *body, size_t length, struct xf_error *error) XF_MUST_CHECK;
/* NULL when unknown; revoked ones are returned too. Borrowed until the next apply. */
const struct xf_principal *xf_principals_find(const struct xf_principals *principals, const char *id);
const struct xf_principal *xf_principals_by_san(const struct xf_principals *principals, const char *san);
size_t xf_principals_count(const struct xf_principals *principals);
const struct xf_principal *xf_principals_at(const struct xf_principals *principals, size_t index);
bool xf_principal_may_feed(const struct xf_principal *principal, const char *feed);
/* Saved as the entries' bodies, in order. */
int xf_principals_save(const struct xf_principals *principals, struct xf_pack *pack) XF_MUST_CHECK;
int xf_principals_load(struct xf_unpack *unpack, struct xf_principals **ret) XF_MUST_CHECK;

#endif
