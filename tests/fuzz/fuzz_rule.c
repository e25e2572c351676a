/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a rule set. Beyond memory errors it looks for broken promises: a refusal without its reason, a set that is not what
 * it was the first time, rules in an order in which one comes before what it needs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                           \
    do {                                                                                                                           \
        if (!(condition))                                                                                                          \
            abort();                                                                                                               \
    } while (0)

static void check_words(const struct xf_rules *rules, struct xf_words words)
{
    CHECK(words.count <= XF_WORDS_MAX && words.first + words.count <= rules->refs.count);
    for (uint32_t i = 0; i < words.count; i++)
        CHECK(rules->refs.items[words.first + i] < rules->words.count);
}

static void check_clauses(const struct xf_rules *rules, struct xf_clauses clauses)
{
    CHECK(clauses.count <= XF_CLAUSES_MAX && clauses.first + clauses.count <= rules->clauses.count);
    for (uint32_t i = 0; i < clauses.count; i++) {
        const struct xf_clause *clause = &rules->clauses.items[clauses.first + i];

        CHECK(clause->other_kind <= XF_MENTION_KINDS);
        check_words(rules, clause->records);
        check_words(rules, clause->links);
        check_words(rules, clause->own.roles);
        check_words(rules, clause->own.flags);
        check_words(rules, clause->other.markers);
    }
}

static void check_rule(const struct xf_rules *rules, uint32_t at)
{
    const struct xf_rule *rule = &rules->rules.items[at];

    CHECK(*rule->id && rule->source && rule->version && rule->review_months && rule->subject < XF_MENTION_KINDS);
    CHECK(rule->thresholds[1] || rule->thresholds[2] || rule->thresholds[3]);
    CHECK(rule->pattern_count && rule->pattern_count <= XF_PATTERNS_MAX &&
          rule->first_pattern + rule->pattern_count <= rules->patterns.count);
    CHECK(rule->gates.first_class + rule->gates.class_count <= rules->classes.count);
    check_words(rules, rule->gates.person_roles);
    for (uint32_t i = 0; i < rule->pattern_count; i++) {
        const struct xf_pattern *pattern = &rules->patterns.items[rule->first_pattern + i];

        CHECK(pattern->where.count && pattern->weight > 0 && pattern->at_least && pattern->at_least <= pattern->at_most);
        CHECK(pattern->window_days || pattern->standing || rule->live_days);
        check_clauses(rules, pattern->where);
        check_clauses(rules, pattern->except);
        check_clauses(rules, pattern->count_once);
    }
    for (uint32_t n = 0; n < rule->need_count; n++)
        for (uint32_t later = at; later < rules->rules.count; later++)
            CHECK(rules->rules.items[later].type != rules->refs.items[rule->first_need + n]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xf_rules *rules = NULL, *again = NULL;
    struct xf_error error = {0};
    int rc = xf_rules_parse((const char *)data, size, &rules, &error);

    CHECK((rc == XF_OK) == (rules != NULL));
    if (rules) {
        for (uint32_t i = 0; i < rules->rules.count; i++)
            check_rule(rules, i);
        CHECK(xf_rules_parse((const char *)data, size, &again, &error) == XF_OK);
        CHECK(again->rules.count == rules->rules.count && memcmp(again->digest, rules->digest, sizeof(rules->digest)) == 0);
    } else {
        CHECK(error.code == rc && *error.text && (!*error.pointer || *error.pointer == '/'));
        CHECK(xf_rules_parse((const char *)data, size, &again, NULL) == rc);
    }
    xf_rules_destroy(rules);
    xf_rules_destroy(again);
    return 0;
}
