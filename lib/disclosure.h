/* SPDX-License-Identifier: Apache-2.0 */
/* What disclosure.c, policy.c and alert.c share. */
#ifndef XF_LIB_DISCLOSURE_H
#define XF_LIB_DISCLOSURE_H

#include <stdint.h>

#include "crossflag/disclosure.h"

/* The agency that a feed (a symbol) belongs to, UINT32_MAX when the partnership no longer knows the feed. */
uint32_t xf_disclosure_agency(const struct xf_graph *graph, uint32_t feed);
/* Both levels that the policy gives an agency of this kind: [0] otherwise, [1] involved. */
void xf_policy_levels(const struct xf_policy *policy, const char *type, enum xf_agency_kind kind, uint8_t levels[2]);

#endif
