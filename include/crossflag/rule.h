/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: data files that the partnership can read (config/rules/NAME.json, one rule a file). A rule is a weighted sum of counted
 * patterns around one subject inside a window of event time, against thresholds per level. Rules may test flags that earlier rules
 * set; the order is made and checked to be acyclic at load.
 *
 * A rule: id, version, type (of the flag it sets), subject (person, location, vehicle), status ("confirmed" where it only repeats
 * an assessment), purpose, guidance, termination, review_months, needs (flag types it tests), gates, patterns, levels {low, medium,
 * high: the score from which}; where, except and count_once for all its patterns; live_days: it flags each event by itself while
 * the event is no older. A pattern: name, count (children, adults, persons, locations, vehicles: distinct others; events: distinct
 * records), where, except, count_once, window_days, weight for each thing counted (or `once`), at_least (fewer count nothing),
 * at_most. Windows end at an event; the best counts, wherever it lies. where is a list of alternatives. An alternative holds when
 * all it says holds of a record and of the subject's mention in it (own), and, where it says `other`, of a tie to another mention:
 *   records (kinds), details {reason, level, type, status}, agencies (kinds of who tells), links {types, from: own|other},
 *   own / other {kind (other only), roles, types, age: child|adult at the event, markers {types, level at least, current:
 * event|now}, flags {types, proposed_adults}}. Markers that are asked for now need no window; ages beside them are now too. A flag
 * counts while it is proposed or confirmed; on an adult only when confirmed, unless proposed_adults says so. Of unknown birth, who
 * is a child, pupil or missing anywhere counts as a child. except leaves out others that any tie to the subject, at any time,
 * meets; count_once takes others that are so tied to each other as one. gates, with defaults from domain.md: leave_out
 * {person_roles, location_roles, location_types (a place that any record calls so)}, ignore {sources, information}, at_least_one
 * {sources, information}, same_event_hours and same_kinds (lists of kinds): records of different agencies about the same, of one
 * kind, within so many hours of the other's span, are one event. */
#ifndef CROSSFLAG_RULE_H
#define CROSSFLAG_RULE_H

#include "crossflag/flag.h"
#include "crossflag/graph.h"

struct xf_rules;

/* Parses a rule set: a JSON array of rules (the daemon joins the files; each rule's "source" member, if present, names its file for
 * errors). *ret is owned. */
int xf_rules_parse(const char *text, size_t length, struct xf_rules **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_rules_destroy(struct xf_rules *rules);
size_t xf_rules_count(const struct xf_rules *rules);
/* Review period in months of a rule id, 3 when it is unknown. */
int xf_rules_review_months(const struct xf_rules *rules, const char *rule);

/* What one judgement did. */
struct xf_flag_change {
    uint32_t flag;
    enum xf_flag_step step;
    uint32_t from; /* HANDED_OVER: the entity that bore the flag; XF_NONE otherwise */
};

/* Of a hub (a subject or one of those around it with more mentions in question) only the records of the latest events are looked
 * at: this many. */
#define XF_HUB_RECORDS 1024

/* Judges again, at the entry's time, whatever the given entities (changed by the entry: gained, lost or moved mentions, or standing
 * in the record; doubles, redirects and ended ones too) can decide: they themselves and the subjects around them up to the rules'
 * reach, with a cap on hubs. Raises, updates, withdraws flags; in rule order, so that later rules see the flags of earlier ones,
 * whose subjects join the work. Flags of redirected entities move to the living one (XF_STEP_HANDED_OVER where they are active); of
 * doubles (same rule and subject) a confirmed one, else the older stays and the others are withdrawn. Every entity whose mentions
 * changed must be given, and after a new rule set, model or partnership all.
 *
 * While a flag is active, further evidence changes its reasons (XF_STEP_CHANGED); a level above any that was told before is
 * XF_STEP_RAISED_LEVEL. When the ground is gone the flag is withdrawn. A flag that was dismissed, withdrawn by a person or expired
 * is not raised again on what it rested on: something must be counted that it did not know. A ground whose latest event is older
 * than the rule's review period raises nothing. A live rule flags each event by itself.
 *
 * Appends to *changes (malloc'ed array grown here, owned by the caller). ordinal counts flags within the position. XF_OK,
 * XF_ENOMEM. */
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
/* Appends a step to judgement->changes, for steps that others than the judge took. */
int xf_judgement_note(struct xf_judgement *judgement, uint32_t flag, enum xf_flag_step step) XF_MUST_CHECK;
/* A clock tick: expires what is past its review_due, judges what time alone changes (markers that ended). */
int xf_rules_tick(struct xf_judgement *judgement) XF_MUST_CHECK;

#endif
