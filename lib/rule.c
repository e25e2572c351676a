/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rule files into the flat form of rule.h: this file the frame (a set, a rule, the helpers that all readers share), clause.c,
 * pattern.c and gate.c the parts, order.c what comes before what. Called when the rules setting enters the journal and when a file
 * is checked. Invariant: a set that was returned is complete, its references are in range, its needs are acyclic. */
#include "rule.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Helpers of all readers */

int xf_rule_fault(struct xf_rule_reader *reader, int code, const char *member, const char *format, ...)
{
    char text[sizeof(reader->error->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    xf_error_set(reader->error, code, "rule %s%s%s%s: %s%s%.200s", reader->id ? reader->id : "without id",
                 reader->source ? " (" : "", reader->source ? reader->source : "", reader->source ? ")" : "", member ? member : "",
                 member ? " " : "", text);
    if (reader->error)
        snprintf(reader->error->pointer, sizeof(reader->error->pointer), "%s%s%.24s", reader->pointer, member ? "/" : "",
                 member ? member : "");
    return code;
}

size_t xf_rule_enter(struct xf_rule_reader *reader, const char *member)
{
    size_t length = strlen(reader->pointer);

    snprintf(reader->pointer + length, sizeof(reader->pointer) - length, "/%s", member);
    return length;
}

size_t xf_rule_enter_at(struct xf_rule_reader *reader, size_t index)
{
    char member[24];

    snprintf(member, sizeof(member), "%zu", index);
    return xf_rule_enter(reader, member);
}

void xf_rule_leave(struct xf_rule_reader *reader, size_t length)
{
    reader->pointer[length] = '\0';
}

int xf_rule_members(struct xf_rule_reader *reader, json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return xf_rule_fault(reader, XF_EINVAL, NULL, "must be an object");
    json_object_foreach(object, key, value)
    {
        const char *const *name = known;

        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name)
            return xf_rule_fault(reader, XF_EINVAL, NULL, "has an unknown member \"%.64s\"", key);
    }
    return XF_OK;
}

int xf_rule_word(struct xf_rules *rules, const char *text, uint32_t *ret)
{
    const char *copy;

    for (uint32_t i = 0; i < rules->words.count; i++) {
        if (strcmp(rules->words.items[i], text) == 0) {
            *ret = i;
            return XF_OK;
        }
    }
    copy = xf_arena_copy(rules->arena, text, strlen(text));
    if (!copy || xf_vec_push(&rules->words, copy) != XF_OK)
        return XF_ENOMEM;
    *ret = rules->words.count - 1;
    return XF_OK;
}

static bool is_word(const char *text)
{
    return text && *text && strlen(text) <= XF_RULE_NAME_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

/* A required member that must be a word. */
static int read_word(struct xf_rule_reader *reader, json_t *object, const char *member, uint32_t *ret)
{
    const char *text = json_string_value(json_object_get(object, member));

    if (!is_word(text))
        return xf_rule_fault(reader, XF_EINVAL, member, "must be a word of a-z, 0-9 and _, at most %d long", XF_RULE_NAME_MAX);
    return xf_rule_word(reader->rules, text, ret);
}

int xf_rule_words(struct xf_rule_reader *reader, json_t *object, const char *member, struct xf_words *ret)
{
    json_t *list = json_object_get(object, member), *item;
    struct xf_words words = {.first = reader->rules->refs.count};
    size_t index;

    if (!list)
        return XF_OK;
    if (!json_is_array(list) || json_array_size(list) > XF_WORDS_MAX)
        return xf_rule_fault(reader, XF_EINVAL, member, "must be a list of at most %d words", XF_WORDS_MAX);
    json_array_foreach(list, index, item)
    {
        uint32_t word;

        if (!is_word(json_string_value(item)))
            return xf_rule_fault(reader, XF_EINVAL, member, "must hold words of a-z, 0-9 and _, at most %d long", XF_RULE_NAME_MAX);
        if (xf_rule_word(reader->rules, json_string_value(item), &word) != XF_OK)
            return XF_ENOMEM;
        for (uint32_t i = words.first; i < reader->rules->refs.count; i++)
            if (reader->rules->refs.items[i] == word)
                return xf_rule_fault(reader, XF_EINVAL, member, "says \"%s\" twice", reader->rules->words.items[word]);
        if (xf_vec_push(&reader->rules->refs, word) != XF_OK)
            return XF_ENOMEM;
        words.count++;
    }
    *ret = words;
    return XF_OK;
}

int xf_rule_number(struct xf_rule_reader *reader, json_t *object, const char *member, uint32_t min, uint32_t max, uint32_t *ret)
{
    json_t *value = json_object_get(object, member);

    if (!value)
        return XF_OK;
    if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
        return xf_rule_fault(reader, XF_EINVAL, member, "must be a whole number from %u to %u", min, max);
    *ret = (uint32_t)json_integer_value(value);
    return XF_OK;
}

int xf_rule_choice(struct xf_rule_reader *reader, json_t *object, const char *member, const char *const *choices, uint8_t *ret)
{
    json_t *value = json_object_get(object, member);
    const char *text = json_string_value(value);
    char list[160] = "";
    size_t length = 0;

    if (!value)
        return XF_OK;
    for (uint8_t i = 0; choices[i]; i++) {
        if (text && strcmp(text, choices[i]) == 0) {
            *ret = i;
            return XF_OK;
        }
        if (length < sizeof(list))
            length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s", i ? ", " : "", choices[i]);
    }
    return xf_rule_fault(reader, XF_EINVAL, member, "must be one of %s", list);
}

int xf_rule_boolean(struct xf_rule_reader *reader, json_t *object, const char *member, uint8_t *ret)
{
    json_t *value = json_object_get(object, member);

    if (!value)
        return XF_OK;
    if (!json_is_boolean(value))
        return xf_rule_fault(reader, XF_EINVAL, member, "must be true or false");
    *ret = json_is_true(value);
    return XF_OK;
}

/* One rule */

/* A text for people: it must be there and say something, so that every flag can be explained. */
static int check_text(struct xf_rule_reader *reader, json_t *rule, const char *member)
{
    json_t *value = json_object_get(rule, member);

    if (!json_is_string(value) || !json_string_length(value) || json_string_length(value) > XF_RULE_TEXT_MAX)
        return xf_rule_fault(reader, XF_EINVAL, member, "must be a text of at most %d bytes", XF_RULE_TEXT_MAX);
    return XF_OK;
}

static int read_levels(struct xf_rule_reader *reader, json_t *rule, int32_t thresholds[static 4])
{
    static const char *const names[] = {"low", "medium", "high", NULL};
    json_t *levels = json_object_get(rule, "levels");
    size_t at = xf_rule_enter(reader, "levels");
    int32_t before = 0;
    int rc = xf_rule_members(reader, levels, names);

    for (int level = XF_LEVEL_LOW; rc == XF_OK && level <= XF_LEVEL_HIGH; level++) {
        json_t *value = json_object_get(levels, names[level - 1]);
        double thousandths = json_number_value(value) * 1000;

        if (!value)
            continue;
        if (!json_is_number(value) || !(thousandths >= 1 && thousandths <= 1e9) || fabs(thousandths - round(thousandths)) > 1e-6)
            rc = xf_rule_fault(reader, XF_EINVAL, names[level - 1], "must be a number above 0 with at most three decimals");
        else if (lround(thousandths) <= before)
            rc = xf_rule_fault(reader, XF_EINVAL, names[level - 1], "must be above the level below it");
        else
            thresholds[level] = before = (int32_t)lround(thousandths);
    }
    if (rc == XF_OK && !before)
        rc = xf_rule_fault(reader, XF_EINVAL, NULL, "must say the score from which a level is reached: low, medium or high");
    xf_rule_leave(reader, at);
    return rc;
}

/* Every flag type that the rule's clauses test must be named in `needs`, and every name there be tested. */
static int check_needs(struct xf_rule_reader *reader, const struct xf_rule *rule, struct xf_words needs)
{
    struct xf_rules *rules = reader->rules;
    bool tested[XF_WORDS_MAX] = {false};

    for (uint32_t p = 0; p < rule->pattern_count; p++) {
        const struct xf_pattern *pattern = &rules->patterns.items[rule->first_pattern + p];

        for (uint32_t c = 0; c < pattern->where.count; c++) {
            const struct xf_clause *clause = &rules->clauses.items[pattern->where.first + c];
            const struct xf_words lists[] = {clause->own.flags, clause->other.flags};

            for (int l = 0; l < 2; l++) {
                for (uint32_t w = 0; w < lists[l].count; w++) {
                    uint32_t word = rules->refs.items[lists[l].first + w];

                    uint32_t named = 0;

                    while (named < needs.count && rules->refs.items[needs.first + named] != word)
                        named++;
                    if (named == needs.count)
                        return xf_rule_fault(reader, XF_EINVAL, "needs", "must name the flag %s, which a pattern tests",
                                             rules->words.items[word]);
                    tested[named] = true;
                }
            }
        }
    }
    for (uint32_t n = 0; n < needs.count; n++)
        if (!tested[n])
            return xf_rule_fault(reader, XF_EINVAL, "needs", "names the flag %s, which no pattern tests",
                                 rules->words.items[rules->refs.items[needs.first + n]]);
    return XF_OK;
}

/* A live rule flags each event by itself, so it can only be one pattern that an event meets or not. */
static int check_live(struct xf_rule_reader *reader, const struct xf_rule *rule)
{
    const struct xf_pattern *pattern = &reader->rules->patterns.items[rule->first_pattern];

    if (!rule->live_days)
        return XF_OK;
    if (rule->pattern_count != 1 || pattern->count != XF_COUNT_EVENTS || pattern->window_days || pattern->standing ||
        pattern->at_least != 1)
        return xf_rule_fault(reader, XF_EINVAL, "live_days",
                             "goes with one pattern that counts events, at least 1, without a window");
    return XF_OK;
}

static int read_rule(struct xf_rule_reader *reader, json_t *from)
{
    static const char *const known[] = {"id",          "version",  "type",          "subject",   "status", "purpose", "guidance",
                                        "termination", "needs",    "review_months", "live_days", "gates",  "where",   "except",
                                        "count_once",  "patterns", "levels",        "source",    NULL};
    static const char *const kinds[] = {"person", "location", "vehicle", NULL};
    static const char *const statuses[] = {"proposed", "confirmed", NULL};
    struct xf_rules *rules = reader->rules;
    struct xf_rule rule = {.subject = UINT8_MAX};
    struct xf_words needs = {0};
    int rc;

    if (json_object_get(from, "source")) {
        reader->source = json_string_value(json_object_get(from, "source"));
        if (!reader->source || strlen(reader->source) > 128)
            return xf_rule_fault(reader, XF_EINVAL, "source", "must be a file's name of at most 128 bytes");
    }
    rc = xf_rule_members(reader, from, known);
    if (rc == XF_OK)
        rc = read_word(reader, from, "id", &rule.id_word);
    if (rc != XF_OK)
        return rc;
    reader->id = rule.id = rules->words.items[rule.id_word];
    rule.source = reader->source ? xf_arena_copy(rules->arena, reader->source, strlen(reader->source)) : "";
    if (!rule.source)
        return XF_ENOMEM;
    rc = read_word(reader, from, "type", &rule.type);
    if (rc == XF_OK)
        rc = xf_rule_number(reader, from, "version", 1, 1000000, &rule.version);
    if (rc == XF_OK && !rule.version)
        rc = xf_rule_fault(reader, XF_EINVAL, "version", "is missing");
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, from, "subject", kinds, &rule.subject);
    if (rc == XF_OK && rule.subject == UINT8_MAX)
        rc = xf_rule_fault(reader, XF_EINVAL, "subject", "is missing");
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, from, "status", statuses, &rule.confirmed);
    if (rc == XF_OK)
        rc = xf_rule_number(reader, from, "review_months", 1, 120, &rule.review_months);
    if (rc == XF_OK && !rule.review_months)
        rc = xf_rule_fault(reader, XF_EINVAL, "review_months", "is missing: every flag ends or is reviewed");
    if (rc == XF_OK)
        rc = xf_rule_number(reader, from, "live_days", 1, 366, &rule.live_days);
    if (rc == XF_OK)
        rc = check_text(reader, from, "purpose");
    if (rc == XF_OK)
        rc = check_text(reader, from, "guidance");
    if (rc == XF_OK)
        rc = check_text(reader, from, "termination");
    if (rc == XF_OK)
        rc = xf_rule_words(reader, from, "needs", &needs);
    if (rc == XF_OK)
        rc = read_levels(reader, from, rule.thresholds);
    if (rc == XF_OK)
        rc = xf_gates_read(reader, from, &rule.gates);
    if (rc == XF_OK)
        rc = xf_patterns_read(reader, from, &rule);
    if (rc == XF_OK)
        rc = check_needs(reader, &rule, needs);
    if (rc == XF_OK)
        rc = check_live(reader, &rule);
    rule.first_need = needs.first;
    rule.need_count = needs.count;
    return rc == XF_OK ? xf_vec_push(&rules->rules, rule) : rc;
}

/* The set */

static int check_id_once(struct xf_rule_reader *reader)
{
    const struct xf_rules *rules = reader->rules;
    const struct xf_rule *last = &rules->rules.items[rules->rules.count - 1];

    for (uint32_t i = 0; i + 1 < rules->rules.count; i++)
        if (rules->rules.items[i].id_word == last->id_word)
            return xf_rule_fault(reader, XF_EINVAL, "id", "is that of another rule too%s%s",
                                 *rules->rules.items[i].source ? ", in " : "", rules->rules.items[i].source);
    return XF_OK;
}

static int read_set(struct xf_rules *rules, json_t *root, struct xf_error *error)
{
    static const char *const fixed[XF_FIXED_WORDS] = {"low",   "medium",  "high",       "child",
                                                      "pupil", "missing", "assessment", "confirmed as assessed"};
    json_t *item;
    size_t index;

    for (uint32_t i = 0; i < XF_FIXED_WORDS; i++) {
        uint32_t word;

        if (xf_rule_word(rules, fixed[i], &word) != XF_OK)
            return xf_error_set(error, XF_ENOMEM, "rules: out of memory");
    }
    if (!json_is_array(root))
        return xf_error_set(error, XF_EINVAL, "rules: must be an array of rules");
    if (json_array_size(root) > XF_RULES_MAX)
        return xf_error_set(error, XF_ELIMIT, "rules: more than %d", XF_RULES_MAX);
    json_array_foreach(root, index, item)
    {
        struct xf_rule_reader reader = {.rules = rules, .error = error};
        int rc;

        xf_rule_enter_at(&reader, index);
        rc = read_rule(&reader, item);
        if (rc == XF_OK)
            rc = check_id_once(&reader);
        if (rc == XF_ENOMEM)
            xf_error_set(error, rc, "rules: out of memory");
        if (rc != XF_OK)
            return rc;
    }
    return xf_rules_order(rules, error);
}

int xf_rules_parse(const char *text, size_t length, struct xf_rules **ret, struct xf_error *error)
{
    struct xf_rules *rules = calloc(1, sizeof(*rules));
    XXH128_canonical_t canonical;
    json_error_t fault;
    json_t *root;
    int rc;

    if (rules)
        rules->arena = xf_arena_create();
    if (!rules || !rules->arena) {
        xf_rules_destroy(rules);
        return xf_error_set(error, XF_ENOMEM, "rules: out of memory");
    }
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    if (root) {
        rc = read_set(rules, root, error);
    } else {
        rc = xf_error_set(error, XF_EINVAL, "rules: %.200s", fault.text);
        if (error && fault.line > 0) {
            error->line = (unsigned)fault.line;
            error->column = (unsigned)fault.column;
        }
    }
    json_decref(root);
    if (rc != XF_OK) {
        xf_rules_destroy(rules);
        return rc;
    }
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(text, length));
    memcpy(rules->digest, canonical.digest, sizeof(rules->digest));
    *ret = rules;
    return XF_OK;
}

void xf_rules_destroy(struct xf_rules *rules)
{
    if (!rules)
        return;
    xf_vec_free(&rules->words);
    xf_vec_free(&rules->refs);
    xf_vec_free(&rules->classes);
    xf_vec_free(&rules->clauses);
    xf_vec_free(&rules->patterns);
    xf_vec_free(&rules->rules);
    xf_arena_destroy(rules->arena);
    free(rules);
}

size_t xf_rules_count(const struct xf_rules *rules)
{
    return rules->rules.count;
}

int xf_rules_review_months(const struct xf_rules *rules, const char *rule)
{
    for (uint32_t i = 0; i < rules->rules.count; i++)
        if (strcmp(rules->rules.items[i].id, rule) == 0)
            return (int)rules->rules.items[i].review_months;
    return 3;
}
