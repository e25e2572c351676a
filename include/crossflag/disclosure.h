/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be told what of a flag: one decision for search, check, flags, alerts and the console. The policy is config/disclosure.json, a setting in the journal:
 * {"<flag type>":{"<agency kind>":"none|exists|summary|full",…,"default":…},…,"default":{…}}. */
#ifndef CROSSFLAG_DISCLOSURE_H
#define CROSSFLAG_DISCLOSURE_H

#include <jansson.h>

#include "crossflag/flag.h"
#include "crossflag/graph.h"
#include "crossflag/partner.h"

enum xf_disclosure { XF_DISCLOSE_NONE, XF_DISCLOSE_EXISTS, XF_DISCLOSE_SUMMARY, XF_DISCLOSE_FULL };

struct xf_policy;
int xf_policy_parse(const char *text, size_t length, struct xf_policy **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_policy_destroy(struct xf_policy *policy);

/* All that a decision looks at. agency is the viewer's index in graph->partners. */
struct xf_view {
    const struct xf_graph *graph;
    const struct xf_flags *flags;
    const struct xf_policy *policy;
    uint32_t agency;
};
/* The level at which the viewer may know the flag: the policy's, lowered by handling: a C/A2 contributor is for police only; C/A1 and S2 only for the agencies that
 * contributed until their originator agrees; other C conditions at most `summary` for those that are not police. Adults' flags that no person confirmed are at most
 * `exists` for schools, housing (hotels) and licensing. */
enum xf_disclosure xf_disclosure_level(const struct xf_view *view, uint32_t flag);
/* Whether the viewer may see a record's content (its own agency's always; otherwise by handling as above). */
bool xf_disclosure_record(const struct xf_view *view, uint32_t record);
/* The flag as contract.md's JSON, cut to the level: `exists` carries id, type, subject kind, status, level and whom to ask; `summary` adds rule, score, dates, reasons
 * without records; `full` the contributing records that the viewer may see, and `withheld` for the others. New reference, NULL when out of memory or level is none. */
json_t *xf_flag_json(const struct xf_view *view, uint32_t flag, enum xf_disclosure level);

#endif
