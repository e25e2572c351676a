/* SPDX-License-Identifier: Apache-2.0 */
/* The order of judging: a rule comes after the rules that set the flags it needs, and by id where nothing else decides, so that the
 * order does not depend on how files were joined. Called once a set is read; refuses needs that nobody sets and cycles, naming
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule.h"

static bool needs(const struct xf_rules *rules, const struct xf_rule *rule, const struct xf_rule *earlier)
{
    for (uint32_t i = 0; i < rule->need_count; i++)
        if (rules->refs.items[rule->first_need + i] == earlier->type)
            return true;
    return false;
}

static int fault(struct xf_error *error, const struct xf_rule *rule, const char *before, const char *name, const char *after)
{
    return xf_error_set(error, XF_EINVAL, "rule %s%s%s%s: %s%s%s", rule->id, *rule->source ? " (" : "", rule->source,
                        *rule->source ? ")" : "", before, name, after);
}

static int check_setters(const struct xf_rules *rules, struct xf_error *error)
{
    for (uint32_t i = 0; i < rules->rules.count; i++) {
        const struct xf_rule *rule = &rules->rules.items[i];

        for (uint32_t n = 0; n < rule->need_count; n++) {
            uint32_t type = rules->refs.items[rule->first_need + n], setter = 0;

            while (setter < rules->rules.count && rules->rules.items[setter].type != type)
                setter++;
            if (setter == rules->rules.count)
                return fault(error, rule, "needs the flag ", rules->words.items[type], ", which no rule sets");
        }
    }
    return XF_OK;
}

/* Names a cycle among the rules that are not placed yet: from one of them always on to one that it needs, until one comes again. */
static int name_cycle(const struct xf_rules *rules, const bool *placed, struct xf_error *error)
{
    uint32_t path[XF_RULES_MAX + 1], length = 0, at = 0, start = 0;
    char names[256] = "";
    size_t used = 0;

    while (placed[at])
        at++;
    for (;;) {
        for (start = 0; start < length && path[start] != at; start++)
            ;
        path[length++] = at;
        if (start < length - 1)
            break;
        for (uint32_t next = 0; next < rules->rules.count; next++) {
            if (!placed[next] && needs(rules, &rules->rules.items[at], &rules->rules.items[next])) {
                at = next;
                break;
            }
        }
    }
    for (uint32_t i = start; i < length && used < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > start ? " needs " : "",
                                 rules->rules.items[path[i]].id);
    return fault(error, &rules->rules.items[path[start]], "is in a circle: ", names, "");
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct xf_rule *)a)->id, ((const struct xf_rule *)b)->id);
}

/* Whether every rule that this one needs is placed. */
static bool ready(const struct xf_rules *rules, const bool *placed, uint32_t rule)
{
    for (uint32_t before = 0; before < rules->rules.count; before++)
        if (!placed[before] && needs(rules, &rules->rules.items[rule], &rules->rules.items[before]))
            return false;
    return true;
}

int xf_rules_order(struct xf_rules *rules, struct xf_error *error)
{
    uint32_t count = rules->rules.count;
    struct xf_rule *ordered;
    bool placed[XF_RULES_MAX] = {false};
    int rc = check_setters(rules, error);

    if (rc != XF_OK || !count)
        return rc;
    qsort(rules->rules.items, count, sizeof(*rules->rules.items), by_id);
    ordered = calloc(count, sizeof(*ordered));
    if (!ordered)
        return xf_error_set(error, XF_ENOMEM, "rules: out of memory");
    for (uint32_t n = 0; n < count; n++) {
        uint32_t next = 0;

        while (next < count && (placed[next] || !ready(rules, placed, next)))
            next++;
        if (next == count) {
            free(ordered);
            return name_cycle(rules, placed, error);
        }
        placed[next] = true;
        ordered[n] = rules->rules.items[next];
    }
    memcpy(rules->rules.items, ordered, count * sizeof(*ordered));
    free(ordered);
    return XF_OK;
}
