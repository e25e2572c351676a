/* SPDX-License-Identifier: Apache-2.0 */
/* People's decisions as answers show them. */
#ifndef XF_DAEMON_DECISION_H
#define XF_DAEMON_DECISION_H

#include "query.h"

/* Whether the caller may see a decision: both records that it names. */
bool xf_decision_visible(const struct xf_view *view, const struct xf_decision *decision);
/* {"id","decision","a","b","by","at","rationale","position","status","in_force"}, with "undone" (by, at, rationale, position) when
 * it was, and "before": what was said on the pair earlier. status: in_force; waiting (for a mention that is not there);
 * contradicted (by earlier decisions); undone. Of what the caller may not see: {"id","withheld":true}. New reference. */
json_t *xf_decision_json(const struct xf_fold *fold, const struct xf_view *view, uint32_t row);
/* The decisions that name mentions of an entity, newest first: a new array of at most max. */
json_t *xf_decisions_of_entity(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, size_t max,
                               bool *ret_truncated);

#endif
