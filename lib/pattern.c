/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a rule's patterns: what each counts, among which ties, in how many days, for which weight. Called by rule.c. Invariant:
 * every clause of a pattern that counts others looks at others of that kind; `standing` and `max_window` say what the judge must
 * look back on. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rule.h"

#define DISTINCT_MAX 1000 /* a pattern's count is cut here when it says nothing else */

static const char *const kind_names[] = {"person", "location", "vehicle"};

/* The kind that a count is of; XF_MENTION_KINDS for events. */
static uint8_t counted_kind(uint8_t count)
{
    static const uint8_t kinds[] = {
        [XF_COUNT_CHILDREN] = XF_PERSON,    [XF_COUNT_ADULTS] = XF_PERSON,    [XF_COUNT_PERSONS] = XF_PERSON,
        [XF_COUNT_LOCATIONS] = XF_LOCATION, [XF_COUNT_VEHICLES] = XF_VEHICLE, [XF_COUNT_EVENTS] = XF_MENTION_KINDS};

    return kinds[count];
}

static int check_clause(struct xf_rule_reader *reader, struct xf_rule *rule, struct xf_pattern *pattern,
                        const struct xf_clause *clause)
{
    uint8_t kind = counted_kind(pattern->count);

    if (kind != XF_MENTION_KINDS && clause->other_kind != kind)
        return xf_rule_fault(reader, XF_EINVAL, "where", "must look at an \"other\" of kind %s, since that is what is counted",
                             kind_names[kind]);
    if (pattern->age != XF_AGE_ANY && clause->other.age != XF_AGE_ANY && clause->other.age != pattern->age)
        return xf_rule_fault(reader, XF_EINVAL, "where", "asks for another age than the one that is counted");
    if (clause->own.age != XF_AGE_ANY && rule->subject != XF_PERSON)
        return xf_rule_fault(reader, XF_EINVAL, "where", "asks the age of a subject that is no person");
    if (clause->other.age != XF_AGE_ANY && clause->other_kind != XF_PERSON)
        return xf_rule_fault(reader, XF_EINVAL, "where", "asks the age of what is no person");
    if (clause->own.age != XF_AGE_ANY)
        rule->ages_own = 1;
    if ((clause->own.markers.count && clause->own.marker_now) || (clause->other.markers.count && clause->other.marker_now))
        pattern->standing = 1;
    if (clause->other_kind != XF_MENTION_KINDS)
        rule->other_kinds |= 1u << clause->other_kind;
    return XF_OK;
}

static int check_clauses(struct xf_rule_reader *reader, struct xf_rule *rule, struct xf_pattern *pattern)
{
    const struct xf_clause *clauses = reader->rules->clauses.items;

    for (uint32_t i = 0; i < pattern->where.count; i++) {
        int rc = check_clause(reader, rule, pattern, &clauses[pattern->where.first + i]);

        if (rc != XF_OK)
            return rc;
    }
    /* Who is left out and who counts once is said of relations, which have no time: ages, markers and flags of a moment have no
     * place there. */
    for (int list = 0; list < 2; list++) {
        const char *member = list ? "count_once" : "except";
        struct xf_clauses of = list ? pattern->count_once : pattern->except;

        for (uint32_t i = 0; i < of.count; i++) {
            const struct xf_clause *clause = &clauses[of.first + i];

            if (counted_kind(pattern->count) == XF_MENTION_KINDS || clause->other_kind != counted_kind(pattern->count))
                return xf_rule_fault(reader, XF_EINVAL, member, "must look at an \"other\" of the kind that is counted");
            if (clause->own.age || clause->other.age || clause->own.flags.count || clause->other.flags.count ||
                clause->own.markers.count || clause->other.markers.count)
                return xf_rule_fault(reader, XF_EINVAL, member, "tests relations: it cannot ask for age, markers or flags");
        }
    }
    return XF_OK;
}

static int read_weight(struct xf_rule_reader *reader, json_t *from, int32_t *ret)
{
    json_t *value = json_object_get(from, "weight");
    double thousandths = json_number_value(value) * 1000;

    if (!json_is_number(value) || !(thousandths >= 1 && thousandths <= 1e6) || fabs(thousandths - round(thousandths)) > 1e-6)
        return xf_rule_fault(reader, XF_EINVAL, "weight", "must be a number above 0 and at most 1000 with at most three decimals");
    *ret = (int32_t)lround(thousandths);
    return XF_OK;
}

static int read_name(struct xf_rule_reader *reader, json_t *from, const struct xf_rule *rule, uint32_t *ret)
{
    const char *name = json_string_value(json_object_get(from, "name"));

    if (!name || !*name || strlen(name) > XF_RULE_NAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
        return xf_rule_fault(reader, XF_EINVAL, "name", "must be a word of a-z, 0-9 and _, at most %d long", XF_RULE_NAME_MAX);
    if (xf_rule_word(reader->rules, name, ret) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = rule->first_pattern; i < reader->rules->patterns.count; i++)
        if (reader->rules->patterns.items[i].name == *ret)
            return xf_rule_fault(reader, XF_EINVAL, "name", "is that of another pattern too");
    return XF_OK;
}

/* What the rule says once for all its patterns: a pattern's own list stands in its place. */
struct common {
    struct xf_clauses where, except, count_once;
};

static int read_lists(struct xf_rule_reader *reader, json_t *from, const struct common *common, struct xf_pattern *pattern)
{
    int rc = xf_clauses_read(reader, from, "where", &pattern->where);

    if (rc == XF_OK)
        rc = xf_clauses_read(reader, from, "except", &pattern->except);
    if (rc == XF_OK)
        rc = xf_clauses_read(reader, from, "count_once", &pattern->count_once);
    if (rc != XF_OK)
        return rc;
    if (!pattern->where.count)
        pattern->where = common->where;
    if (!pattern->where.count)
        return xf_rule_fault(reader, XF_EINVAL, "where", "is missing");
    /* Events are not others: what the rule says of others does not concern them. */
    if (counted_kind(pattern->count) == XF_MENTION_KINDS)
        return XF_OK;
    if (!pattern->except.count)
        pattern->except = common->except;
    if (!pattern->count_once.count)
        pattern->count_once = common->count_once;
    return XF_OK;
}

/* An earlier pattern with the very lists of this one. */
static uint32_t find_like(const struct xf_rules *rules, const struct xf_rule *rule, const struct xf_pattern *pattern)
{
    for (uint32_t i = rule->first_pattern; i < rules->patterns.count; i++) {
        const struct xf_pattern *other = &rules->patterns.items[i];

        if (other->count == pattern->count && other->where.first == pattern->where.first &&
            other->where.count == pattern->where.count && other->except.first == pattern->except.first &&
            other->except.count == pattern->except.count && other->count_once.first == pattern->count_once.first &&
            other->count_once.count == pattern->count_once.count)
            return i - rule->first_pattern;
    }
    return XF_NONE;
}

static int read_pattern(struct xf_rule_reader *reader, json_t *from, const struct common *common, struct xf_rule *rule)
{
    static const char *const known[] = {"name",   "count", "where",    "except",  "count_once", "window_days",
                                        "weight", "once",  "at_least", "at_most", NULL};
    static const char *const counts[] = {"children", "adults", "persons", "locations", "vehicles", "events", NULL};
    struct xf_pattern pattern = {.at_least = 1, .at_most = DISTINCT_MAX, .count = UINT8_MAX};
    int rc = xf_rule_members(reader, from, known);

    if (rc == XF_OK)
        rc = read_name(reader, from, rule, &pattern.name);
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, from, "count", counts, &pattern.count);
    if (rc == XF_OK && pattern.count == UINT8_MAX)
        rc = xf_rule_fault(reader, XF_EINVAL, "count", "is missing");
    pattern.age = pattern.count == XF_COUNT_CHILDREN ? XF_AGE_CHILD : pattern.count == XF_COUNT_ADULTS ? XF_AGE_ADULT : XF_AGE_ANY;
    if (rc == XF_OK)
        rc = read_lists(reader, from, common, &pattern);
    if (rc == XF_OK)
        rc = xf_rule_number(reader, from, "window_days", 1, XF_WINDOW_DAYS_MAX, &pattern.window_days);
    if (rc == XF_OK)
        rc = read_weight(reader, from, &pattern.weight);
    if (rc == XF_OK)
        rc = xf_rule_boolean(reader, from, "once", &pattern.once);
    if (rc == XF_OK)
        rc = xf_rule_number(reader, from, "at_least", 1, DISTINCT_MAX, &pattern.at_least);
    if (rc == XF_OK)
        rc = xf_rule_number(reader, from, "at_most", 1, DISTINCT_MAX, &pattern.at_most);
    if (rc == XF_OK && pattern.at_most < pattern.at_least)
        rc = xf_rule_fault(reader, XF_EINVAL, "at_most", "must not be below at_least");
    if (rc == XF_OK)
        rc = check_clauses(reader, rule, &pattern);
    if (rc == XF_OK && !pattern.window_days && !pattern.standing && !rule->live_days)
        rc = xf_rule_fault(reader, XF_EINVAL, "window_days",
                           "is missing: only markers that are current now, and live rules, need none");
    if (rc != XF_OK)
        return rc;
    if (pattern.count_once.count)
        rule->relates = 1;
    if (pattern.window_days > rule->max_window)
        rule->max_window = pattern.window_days;
    pattern.like = find_like(reader->rules, rule, &pattern);
    return xf_vec_push(&reader->rules->patterns, pattern);
}

int xf_patterns_read(struct xf_rule_reader *reader, json_t *rule, struct xf_rule *ret)
{
    json_t *list = json_object_get(rule, "patterns"), *item;
    struct common common;
    size_t at, index;
    int failed = xf_clauses_read(reader, rule, "where", &common.where);

    if (failed == XF_OK)
        failed = xf_clauses_read(reader, rule, "except", &common.except);
    if (failed == XF_OK)
        failed = xf_clauses_read(reader, rule, "count_once", &common.count_once);
    if (failed != XF_OK)
        return failed;

    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > XF_PATTERNS_MAX)
        return xf_rule_fault(reader, XF_EINVAL, "patterns", "must be a list of 1 to %d patterns", XF_PATTERNS_MAX);
    ret->first_pattern = reader->rules->patterns.count;
    at = xf_rule_enter(reader, "patterns");
    json_array_foreach(list, index, item)
    {
        size_t below = xf_rule_enter_at(reader, index);
        int rc = read_pattern(reader, item, &common, ret);

        if (rc != XF_OK)
            return rc;
        xf_rule_leave(reader, below);
        ret->pattern_count++;
    }
    xf_rule_leave(reader, at);
    return XF_OK;
}
