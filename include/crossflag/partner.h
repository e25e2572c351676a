/* SPDX-License-Identifier: Apache-2.0 */
/* The partnership: its agencies and their feeds, from config/partners.json, which enters the journal as a setting. */
#ifndef CROSSFLAG_PARTNER_H
#define CROSSFLAG_PARTNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

enum xf_agency_kind {
    XF_AGENCY_POLICE,
    XF_AGENCY_SOCIAL_CARE,
    XF_AGENCY_HUB,
    XF_AGENCY_SCHOOL,
    XF_AGENCY_HEALTH,
    XF_AGENCY_HOUSING,
    XF_AGENCY_LICENSING,
    XF_AGENCY_OTHER,
    XF_AGENCY_KINDS
};
/* "police", "social_care", "hub", "school", "health", "housing", "licensing", "other". */
const char *xf_agency_kind_name(enum xf_agency_kind kind);

struct xf_agency {
    const char *name, *title, *area, *contact;
    enum xf_agency_kind kind;
};
/* grade: what a record without one counts as, such as "2BP". */
struct xf_feed {
    const char *name, *basis;
    uint32_t agency;
    char grade[4];
};

struct xf_partners;
/* Parses config/partners.json: {"agencies":[{"name","title","kind","area","contact"}],"feeds":[{"name","agency","grade","basis"}]}.
 * *ret is owned. */
int xf_partners_parse(const char *text, size_t length, struct xf_partners **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_partners_destroy(struct xf_partners *partners);
/* Indices in the file's order; XF_NONE-like UINT32_MAX when there is none of that name. Rows are borrowed. */
uint32_t xf_partners_agency(const struct xf_partners *partners, const char *name);
uint32_t xf_partners_feed(const struct xf_partners *partners, const char *name);
uint32_t xf_partners_agency_count(const struct xf_partners *partners);
uint32_t xf_partners_feed_count(const struct xf_partners *partners);
const struct xf_agency *xf_partners_agency_at(const struct xf_partners *partners, uint32_t agency);
const struct xf_feed *xf_partners_feed_at(const struct xf_partners *partners, uint32_t feed);

#endif
