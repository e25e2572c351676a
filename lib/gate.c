/* SPDX-License-Identifier: Apache-2.0 */
/* The gates that every rule has (domain.md, "Gates for all"): which grades are ignored, which one contributor must reach, who and
 * what is left out, which records are one report told twice. Read by rule.c; a rule's own `gates` replace single values of the
 * defaults below. */
#include <string.h>

#include "rule.h"

static const char *const default_person_roles[] = {"parent", "carer", "professional", "reporter", NULL};
static const char *const default_location_roles[] = {"home", "school", "placement", NULL};
static const char *const default_location_types[] = {"school",         "college",  "childrens_home", "foster_placement",
                                                     "police_station", "hospital", "transport_hub",  NULL};
static const char *const default_classes[][4] = {{"intelligence", "concern_report", "cse_referral", NULL},
                                                 {"crime", "incident", "asb", NULL}};
#define DEFAULT_IGNORE_SOURCES "3"
#define DEFAULT_IGNORE_INFORMATION "DE"
#define DEFAULT_GOOD_SOURCES "12"
#define DEFAULT_GOOD_INFORMATION "AB"
#define DEFAULT_SAME_EVENT_HOURS 2

static int put_words(struct xf_rules *rules, const char *const *texts, struct xf_words *ret)
{
    *ret = (struct xf_words){.first = rules->refs.count};
    for (; *texts; texts++) {
        uint32_t word;

        if (xf_rule_word(rules, *texts, &word) != XF_OK || xf_vec_push(&rules->refs, word) != XF_OK)
            return XF_ENOMEM;
        ret->count++;
    }
    return XF_OK;
}

/* Grades as bits from a text of their letters; false when it holds another letter. */
static bool grade_bits(const char *text, const char *grades, uint32_t *ret)
{
    uint32_t bits = 0;

    for (; *text; text++) {
        const char *found = strchr(grades, *text);

        if (!found)
            return false;
        bits |= 1u << (found - grades);
    }
    *ret = bits;
    return true;
}

static int defaults(struct xf_rules *rules, struct xf_gates *gates)
{
    gates->same_event_hours = DEFAULT_SAME_EVENT_HOURS;
    grade_bits(DEFAULT_IGNORE_SOURCES, "123", &gates->ignore_sources);
    grade_bits(DEFAULT_IGNORE_INFORMATION, "ABCDE", &gates->ignore_information);
    grade_bits(DEFAULT_GOOD_SOURCES, "123", &gates->good_sources);
    grade_bits(DEFAULT_GOOD_INFORMATION, "ABCDE", &gates->good_information);
    gates->first_class = rules->classes.count;
    for (size_t i = 0; i < sizeof(default_classes) / sizeof(default_classes[0]); i++) {
        struct xf_words words;

        if (put_words(rules, default_classes[i], &words) != XF_OK || xf_vec_push(&rules->classes, words) != XF_OK)
            return XF_ENOMEM;
        gates->class_count++;
    }
    if (put_words(rules, default_person_roles, &gates->person_roles) ||
        put_words(rules, default_location_roles, &gates->location_roles) ||
        put_words(rules, default_location_types, &gates->location_types))
        return XF_ENOMEM;
    return XF_OK;
}

static int read_grades(struct xf_rule_reader *reader, json_t *gates, const char *member, uint32_t *ret_sources,
                       uint32_t *ret_information)
{
    static const char *const known[] = {"sources", "information", NULL};
    json_t *object = json_object_get(gates, member), *sources = json_object_get(object, "sources"),
           *information = json_object_get(object, "information");
    size_t at = xf_rule_enter(reader, member);
    int rc = object ? xf_rule_members(reader, object, known) : XF_OK;

    if (rc == XF_OK && sources && (!json_is_string(sources) || !grade_bits(json_string_value(sources), "123", ret_sources)))
        rc = xf_rule_fault(reader, XF_EINVAL, "sources", "must be a text of the grades 1, 2 and 3");
    if (rc == XF_OK && information &&
        (!json_is_string(information) || !grade_bits(json_string_value(information), "ABCDE", ret_information)))
        rc = xf_rule_fault(reader, XF_EINVAL, "information", "must be a text of the grades A to E");
    xf_rule_leave(reader, at);
    return rc;
}

static int read_left_out(struct xf_rule_reader *reader, json_t *gates, struct xf_gates *to)
{
    static const char *const known[] = {"person_roles", "location_roles", "location_types", NULL};
    json_t *object = json_object_get(gates, "leave_out");
    size_t at = xf_rule_enter(reader, "leave_out");
    int rc = object ? xf_rule_members(reader, object, known) : XF_OK;

    if (rc == XF_OK)
        rc = xf_rule_words(reader, object, "person_roles", &to->person_roles);
    if (rc == XF_OK)
        rc = xf_rule_words(reader, object, "location_roles", &to->location_roles);
    if (rc == XF_OK)
        rc = xf_rule_words(reader, object, "location_types", &to->location_types);
    xf_rule_leave(reader, at);
    return rc;
}

static int read_classes(struct xf_rule_reader *reader, json_t *gates, struct xf_gates *to)
{
    json_t *list = json_object_get(gates, "same_kinds"), *item;
    size_t index;

    if (!list)
        return XF_OK;
    if (!json_is_array(list) || json_array_size(list) > XF_CLAUSES_MAX)
        return xf_rule_fault(reader, XF_EINVAL, "same_kinds", "must be a list of at most %d lists of record kinds", XF_CLAUSES_MAX);
    to->first_class = reader->rules->classes.count;
    to->class_count = 0;
    json_array_foreach(list, index, item)
    {
        json_t *wrapped = json_pack("{s:O}", "same_kinds", item);
        struct xf_words words = {0};
        int rc = wrapped ? xf_rule_words(reader, wrapped, "same_kinds", &words) : XF_ENOMEM;

        json_decref(wrapped);
        if (rc != XF_OK)
            return rc;
        if (xf_vec_push(&reader->rules->classes, words) != XF_OK)
            return XF_ENOMEM;
        to->class_count++;
    }
    return XF_OK;
}

int xf_gates_read(struct xf_rule_reader *reader, json_t *rule, struct xf_gates *ret)
{
    static const char *const known[] = {"leave_out", "ignore", "at_least_one", "same_event_hours", "same_kinds", NULL};
    json_t *gates = json_object_get(rule, "gates");
    size_t at = xf_rule_enter(reader, "gates");
    int rc = defaults(reader->rules, ret);

    if (rc == XF_OK && gates)
        rc = xf_rule_members(reader, gates, known);
    if (rc == XF_OK)
        rc = read_left_out(reader, gates, ret);
    if (rc == XF_OK)
        rc = read_grades(reader, gates, "ignore", &ret->ignore_sources, &ret->ignore_information);
    if (rc == XF_OK)
        rc = read_grades(reader, gates, "at_least_one", &ret->good_sources, &ret->good_information);
    if (rc == XF_OK)
        rc = xf_rule_number(reader, gates, "same_event_hours", 0, 168, &ret->same_event_hours);
    if (rc == XF_OK)
        rc = read_classes(reader, gates, ret);
    xf_rule_leave(reader, at);
    return rc;
}
