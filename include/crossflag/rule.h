/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: data files that the partnership can read (config/rules/NAME.json, one rule a file). A rule is a weighted sum of counted patterns around one subject
 * inside a window of event time, against thresholds per level. Rules may test flags that earlier rules set; the order is made and checked to be acyclic at load. */
#ifndef CROSSFLAG_RULE_H
#define CROSSFLAG_RULE_H

#include "crossflag/flag.h"
#include "crossflag/graph.h"

struct xf_rules;

/* Parses a rule set: a JSON array of rules (the daemon joins the files; each rule's "source" member, if present, names its file for errors). *ret is owned. */
int xf_rules_parse(const char *text, size_t length, struct xf_rules **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_rules_destroy(struct xf_rules *rules);
size_t xf_rules_count(const struct xf_rules *rules);
/* Review period in months of a rule id, 3 when it is unknown. */
int xf_rules_review_months(const struct xf_rules *rules, const char *rule);

/* What one judgement did. */
struct xf_flag_change { uint32_t flag; enum xf_flag_step step; };

/* Judges again, at the entry's time, whatever the given entities (changed by the entry: gained, lost or moved mentions, or standing in the record) can decide: they
 * themselves and the subjects around them up to the rules' reach, with a cap on hubs. Raises, updates, withdraws flags; in rule order, so that later rules see the flags of
 * earlier ones, whose subjects join the work. Flags of redirected entities move to the living one; a double (same rule and subject) is withdrawn, the older stays.
 * Appends to *changes (malloc'ed array grown here, owned by the caller). ordinal counts flags within the position. XF_OK, XF_ENOMEM. */
struct xf_judgement {
    const struct xf_rules *rules;
    const struct xf_graph *graph;
    struct xf_flags *flags;
    struct xf_intern *symbols;
    uint64_t position;
    int64_t at;
    uint32_t ordinal;
    struct xf_flag_change *changes;
    uint32_t change_count, change_capacity;
};
int xf_rules_judge(struct xf_judgement *judgement, const uint32_t *entities, size_t count) XF_MUST_CHECK;
/* A clock tick: expires what is past its review_due, judges what time alone changes (markers that ended). */
int xf_rules_tick(struct xf_judgement *judgement) XF_MUST_CHECK;

#endif
