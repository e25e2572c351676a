/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be told what of a flag: one decision for search, check, flags, alerts and the console. The policy is
 * config/disclosure.json, a setting in the journal:
 *   {"<flag type>":{"<agency kind>":LEVEL,…,"default":LEVEL},…,"default":{…}}
 * LEVEL is "none", "exists", "summary" or "full", or {"involved":LEVEL,"otherwise":LEVEL}: the first for agencies with a live
 * record that mentions the subject, or with a record among the flag's reasons; the second is what others learn when they ask (they
 * are not alerted). What a type does not say its own "default" says, then the object "default", then none. */
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
/* The level at which the viewer may know the flag: the policy's, lowered by handling: a C/A2 contributor is for police only; C/A1
 * and S2 only for the agencies whose records those are, until they agree (who owns some of them and not others learns only that the
 * flag exists, and whom to ask); other C conditions at most `summary` for those that are not police. Adults' flags that no person
 * confirmed are at most `exists` for schools, housing (hotels) and licensing; a person without a birth date counts as adult unless
 * a record calls them a child or pupil. An agency that the partnership does not know, or a view without a policy, is told nothing.
 */
enum xf_disclosure xf_disclosure_level(const struct xf_view *view, uint32_t flag);
/* Whether the viewer may see a record's content (its own agency's always; otherwise by handling as above). */
bool xf_disclosure_record(const struct xf_view *view, uint32_t record);
/* How much of a record the viewer may know. A2 (covert) records exist for the police and their sender alone: nobody else is even
 * told that something is withheld. */
enum xf_sight { XF_SIGHT_HIDDEN, XF_SIGHT_WITHHELD, XF_SIGHT_SHOWN };
enum xf_sight xf_disclosure_sight(const struct xf_view *view, uint32_t record);
/* Whether the viewer's agency has a live record that mentions the flag's subject, or a record among its reasons. */
bool xf_disclosure_involved(const struct xf_view *view, uint32_t flag);
/* Whether the viewer is one of those to whom alerts of the flag go: false where the policy tells the involved apart and the viewer
 * is not. */
bool xf_disclosure_alerted(const struct xf_view *view, uint32_t flag);
/* The flag as contract.md's JSON, cut to the level: `exists` carries id, type, subject kind, status, level and whom to ask;
 * `summary` adds the subject's entity, rule, score, dates, reasons with the viewer's own records; `full` all contributing records
 * that the viewer may see; `withheld` counts the others. New reference, NULL when out of memory or level is none. Scores and
 * weights are numbers with up to three decimals. */
json_t *xf_flag_json(const struct xf_view *view, uint32_t flag, enum xf_disclosure level);

#endif
