/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "files.h"

#include <stdio.h>

#include "crossflag/rule.h"
#include "shorthand.h"

/* A rule that is right, in pieces that a case replaces. */
#define HEAD "\"id\":\"r\",\"version\":1,\"type\":\"t\",\"subject\":\"person\","
#define TEXTS "\"purpose\":\"p\",\"guidance\":\"g\",\"termination\":\"t\",\"review_months\":3,"
#define LEVELS "\"levels\":{\"medium\":2,\"high\":3.5}"
#define WHERE "\"where\":[{\"records\":[\"missing_episode\"],\"own\":{\"roles\":[\"missing\"]}}]"
#define PATTERN "{\"name\":\"n\",\"count\":\"events\",\"window_days\":90,\"weight\":1," WHERE "}"
#define PATTERNS "\"patterns\":[" PATTERN "],"
#define RULE(head, texts, patterns, levels) "[{" head texts patterns levels "}]"
#define PATTERN_OF(body) RULE(HEAD, TEXTS, "\"patterns\":[{\"name\":\"n\",\"window_days\":9,\"weight\":1," body "}],", LEVELS)
#define CLAUSE(body) PATTERN_OF("\"count\":\"events\",\"where\":[" body "]")

static int parse(const char *text, struct xf_error *error)
{
    struct xf_rules *rules = NULL;
    int rc = xf_rules_parse(text, strlen(text), &rules, error);

    assert_true((rc == XF_OK) == (rules != NULL));
    xf_rules_destroy(rules);
    return rc;
}

static const char *const good[] = {
    "[]",
    RULE(HEAD, TEXTS, PATTERNS, LEVELS),
    RULE(HEAD "\"source\":\"config/rules/r.json\",\"status\":\"confirmed\",", TEXTS, PATTERNS, LEVELS),
    RULE(HEAD "\"live_days\":3,", TEXTS, "\"patterns\":[{\"name\":\"n\",\"count\":\"events\",\"weight\":0.125," WHERE "}],",
         "\"levels\":{\"low\":0.125}"),
    RULE(HEAD "\"gates\":{\"leave_out\":{\"person_roles\":[],\"location_roles\":[\"home\"],\"location_types\":[]},\"ignore\":{"
              "\"sources\":\"\",\"information\":\"E\"},"
              "\"at_least_one\":{\"sources\":\"1\",\"information\":\"A\"},\"same_event_hours\":0,\"same_kinds\":[[\"crime\","
              "\"incident\"]]},",
         TEXTS, PATTERNS, LEVELS),
    CLAUSE("{\"agencies\":[\"police\",\"hub\"],\"details\":{\"reason\":[\"unexplained\"],\"level\":[\"high\"],\"type\":[\"x\"],"
           "\"status\":[\"y\"]},"
           "\"own\":{\"age\":\"child\",\"markers\":{\"types\":[\"cse_risk\"],\"level\":\"low\",\"current\":\"event\"}},"
           "\"other\":{\"kind\":\"vehicle\",\"roles\":[\"driven\"]},\"links\":{\"types\":[\"drives\"],\"from\":\"own\"}}"),
    PATTERN_OF("\"count\":\"children\",\"at_least\":2,\"at_most\":5,\"once\":true,\"where\":[{\"other\":{\"kind\":\"person\"}}],"
               "\"except\":[{\"other\":{\"kind\":\"person\"},"
               "\"links\":{\"types\":[\"parent_of\"]}}],\"count_once\":[{\"other\":{\"kind\":\"person\"}}]"),
    /* What a rule says for all its patterns. */
    RULE(HEAD WHERE ",", TEXTS,
         "\"patterns\":[{\"name\":\"n\",\"count\":\"events\",\"window_days\":9,\"weight\":1},{\"name\":\"o\",\"count\":\"events\","
         "\"window_days\":19,\"weight\":1}],",
         LEVELS),
    RULE(HEAD "\"where\":[{\"other\":{\"kind\":\"person\"}}],\"except\":[{\"other\":{\"kind\":\"person\"}}],", TEXTS,
         "\"patterns\":[{\"name\":\"n\",\"count\":\"children\",\"window_days\":9,\"weight\":1},{\"name\":\"o\",\"count\":"
         "\"adults\",\"window_days\":19,\"weight\":1},{\"name\":\"p\",\"count\":\"events\",\"window_days\":9,\"weight\":1}],",
         LEVELS),
};

static void right_rules_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct xf_error error = {0};

        if (parse(good[i], &error) != XF_OK)
            fail_msg("%zu: %s %s", i, error.pointer, error.text);
    }
}

static const struct {
    const char *text, *pointer, *says;
} bad[] = {
    {"{}", "", "rules: must be an array"},
    {"[1]", "/0", "rule without id: must be an object"},
    {RULE("", TEXTS, PATTERNS, LEVELS), "/0/id", "rule without id: id must be a word"},
    {RULE("\"id\":\"R 1\",", TEXTS, PATTERNS, LEVELS), "/0/id", "must be a word"},
    {"[{\"source\":7}]", "/0/source", "must be a file's name"},
    {RULE(HEAD "\"source\":\"config/rules/x.json\",\"colour\":1,", TEXTS, PATTERNS, LEVELS), "/0",
     "(config/rules/x.json): has an unknown member \"colour\""},
    {RULE("\"id\":\"r\",\"version\":1,\"type\":\"\",\"subject\":\"person\",", TEXTS, PATTERNS, LEVELS), "/0/type",
     "rule r: type must be a word"},
    {RULE("\"id\":\"r\",\"type\":\"t\",\"subject\":\"person\",", TEXTS, PATTERNS, LEVELS), "/0/version", "version is missing"},
    {RULE("\"id\":\"r\",\"version\":\"1\",\"type\":\"t\",\"subject\":\"person\",", TEXTS, PATTERNS, LEVELS), "/0/version",
     "whole number from 1"},
    {RULE("\"id\":\"r\",\"version\":1,\"type\":\"t\",", TEXTS, PATTERNS, LEVELS), "/0/subject", "subject is missing"},
    {RULE("\"id\":\"r\",\"version\":1,\"type\":\"t\",\"subject\":\"phone\",", TEXTS, PATTERNS, LEVELS), "/0/subject",
     "must be one of person, location, vehicle"},
    {RULE(HEAD "\"status\":\"dismissed\",", TEXTS, PATTERNS, LEVELS), "/0/status", "must be one of proposed, confirmed"},
    {RULE(HEAD, "\"purpose\":\"p\",\"guidance\":\"g\",\"termination\":\"t\",", PATTERNS, LEVELS), "/0/review_months", "is missing"},
    {RULE(HEAD, "\"purpose\":\"p\",\"guidance\":\"g\",\"termination\":\"t\",\"review_months\":0,", PATTERNS, LEVELS),
     "/0/review_months", "from 1 to 120"},
    {RULE(HEAD, "\"guidance\":\"g\",\"termination\":\"t\",\"review_months\":3,", PATTERNS, LEVELS), "/0/purpose", "must be a text"},
    {RULE(HEAD, "\"purpose\":\"p\",\"guidance\":\"\",\"termination\":\"t\",\"review_months\":3,", PATTERNS, LEVELS), "/0/guidance",
     "must be a text"},
    {RULE(HEAD, "\"purpose\":\"p\",\"guidance\":\"g\",\"termination\":null,\"review_months\":3,", PATTERNS, LEVELS),
     "/0/termination", "must be a text"},
    {RULE(HEAD, TEXTS, PATTERNS, "\"levels\":{}"), "/0/levels", "must say the score"},
    {RULE(HEAD, TEXTS, PATTERNS, "\"levels\":{\"extreme\":1}"), "/0/levels", "unknown member \"extreme\""},
    {RULE(HEAD, TEXTS, PATTERNS, "\"levels\":{\"medium\":3,\"high\":2}"), "/0/levels/high", "above the level below"},
    {RULE(HEAD, TEXTS, PATTERNS, "\"levels\":{\"high\":0.0001}"), "/0/levels/high", "three decimals"},
    {RULE(HEAD, TEXTS, PATTERNS, "\"levels\":{\"high\":-1}"), "/0/levels/high", "above 0"},
    {RULE(HEAD, TEXTS, "\"patterns\":[],", LEVELS), "/0/patterns", "1 to 16"},
    {RULE(HEAD, TEXTS, "\"patterns\":[" PATTERN "," PATTERN "],", LEVELS), "/0/patterns/1/name", "another pattern"},
    {PATTERN_OF("\"count\":\"events\""), "/0/patterns/0/where", "is missing"},
    {PATTERN_OF("\"count\":\"events\",\"where\":[]"), "/0/patterns/0/where", "1 to 16 alternatives"},
    {PATTERN_OF("\"count\":\"records\"," WHERE), "/0/patterns/0/count", "children, adults, persons, locations, vehicles, events"},
    {PATTERN_OF(WHERE), "/0/patterns/0/count", "is missing"},
    {PATTERN_OF("\"count\":\"events\",\"at_least\":3,\"at_most\":2," WHERE), "/0/patterns/0/at_most", "below at_least"},
    {PATTERN_OF("\"count\":\"events\",\"once\":1," WHERE), "/0/patterns/0/once", "true or false"},
    {PATTERN_OF("\"count\":\"children\"," WHERE), "/0/patterns/0/where", "an \"other\" of kind person"},
    {PATTERN_OF("\"count\":\"children\",\"where\":[{\"other\":{\"kind\":\"person\",\"age\":\"adult\"}}]"), "/0/patterns/0/where",
     "another age"},
    {PATTERN_OF("\"count\":\"events\"," WHERE ",\"except\":[{\"other\":{\"kind\":\"person\"}}]"), "/0/patterns/0/except",
     "kind that is counted"},
    {PATTERN_OF("\"count\":\"persons\",\"where\":[{\"other\":{\"kind\":\"person\"}}],\"except\":[{\"other\":{\"kind\":\"person\","
                "\"age\":\"child\"}}]"),
     "/0/patterns/0/except", "cannot ask for age"},
    {RULE(HEAD, TEXTS, "\"patterns\":[{\"name\":\"n\",\"count\":\"events\",\"weight\":1," WHERE "}],", LEVELS),
     "/0/patterns/0/window_days", "is missing"},
    {RULE(HEAD, TEXTS, "\"patterns\":[{\"name\":\"n\",\"count\":\"events\",\"window_days\":9,\"weight\":0," WHERE "}],", LEVELS),
     "/0/patterns/0/weight", "above 0"},
    {RULE(HEAD "\"live_days\":3,", TEXTS, PATTERNS, LEVELS), "/0/live_days", "without a window"},
    {RULE(HEAD "\"where\":[{\"colour\":1}],", TEXTS, PATTERNS, LEVELS), "/0/where/0", "unknown member \"colour\""},
    {RULE(HEAD "\"except\":[{\"other\":{\"kind\":\"vehicle\"}}],", TEXTS,
          "\"patterns\":[{\"name\":\"n\",\"count\":\"persons\",\"window_days\":9,\"weight\":1,\"where\":[{\"other\":{\"kind\":"
          "\"person\"}}]}],",
          LEVELS),
     "/0/patterns/0/except", "kind that is counted"},
    {CLAUSE("{\"record\":[\"missing_episode\"]}"), "/0/patterns/0/where/0", "unknown member \"record\""},
    {CLAUSE("{\"records\":\"missing_episode\"}"), "/0/patterns/0/where/0/records", "a list of at most 64 words"},
    {CLAUSE("{\"records\":[\"a\",\"a\"]}"), "/0/patterns/0/where/0/records", "\"a\" twice"},
    {CLAUSE("{\"records\":[\"Missing Episode\"]}"), "/0/patterns/0/where/0/records", "words of a-z"},
    {CLAUSE("{\"agencies\":[\"army\"]}"), "/0/patterns/0/where/0/agencies", "\"army\" is no kind of agency"},
    {CLAUSE("{\"other\":{\"roles\":[\"missing\"]}}"), "/0/patterns/0/where/0/other/kind", "person, location, vehicle"},
    {CLAUSE("{\"own\":{\"kind\":\"person\"}}"), "/0/patterns/0/where/0/own", "unknown member \"kind\""},
    {CLAUSE("{\"links\":{\"types\":[\"drives\"]}}"), "/0/patterns/0/where/0/links", "need an \"other\""},
    {CLAUSE("{\"other\":{\"kind\":\"person\"},\"links\":{\"from\":\"own\"}}"), "/0/patterns/0/where/0/links/types",
     "must name a link"},
    {CLAUSE("{\"own\":{\"markers\":{\"level\":\"high\"}}}"), "/0/patterns/0/where/0/own/markers/types", "must name a marker"},
    {CLAUSE("{\"own\":{\"markers\":{\"types\":[\"a\"],\"current\":\"then\"}}}"), "/0/patterns/0/where/0/own/markers/current",
     "event, now"},
    {CLAUSE("{\"own\":{\"flags\":{}}}"), "/0/patterns/0/where/0/own/flags/types", "must name a flag"},
    {CLAUSE("{\"other\":{\"kind\":\"vehicle\",\"age\":\"child\"}}"), "/0/patterns/0/where", "no person"},
    {CLAUSE("{\"own\":{\"flags\":{\"types\":[\"u\"]}}}"), "/0/needs", "must name the flag u"},
    {RULE(HEAD "\"needs\":[\"u\"],", TEXTS, PATTERNS, LEVELS), "/0/needs", "which no pattern tests"},
    {RULE(HEAD "\"gates\":{\"ignore\":{\"sources\":\"4\"}},", TEXTS, PATTERNS, LEVELS), "/0/gates/ignore/sources", "1, 2 and 3"},
    {RULE(HEAD "\"gates\":{\"at_least_one\":{\"information\":7}},", TEXTS, PATTERNS, LEVELS), "/0/gates/at_least_one/information",
     "A to E"},
    {RULE(HEAD "\"gates\":{\"leave_out\":{\"roles\":[]}},", TEXTS, PATTERNS, LEVELS), "/0/gates/leave_out",
     "unknown member \"roles\""},
    {RULE(HEAD "\"gates\":{\"same_kinds\":[7]},", TEXTS, PATTERNS, LEVELS), "/0/gates/same_kinds", "list"},
    {RULE(HEAD "\"gates\":[],", TEXTS, PATTERNS, LEVELS), "/0/gates", "must be an object"},
    {"[{" HEAD TEXTS PATTERNS LEVELS "},{" HEAD TEXTS PATTERNS LEVELS "}]", "/1/id", "another rule"},
};

static void wrong_rules_are_refused_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct xf_error error = {0};
        int rc = parse(bad[i].text, &error);

        if (rc == XF_OK || error.code != rc || strcmp(error.pointer, bad[i].pointer) != 0 || !strstr(error.text, bad[i].says))
            fail_msg("%zu: %d at \"%s\": %s; expected at \"%s\": %s", i, rc, error.pointer, error.text, bad[i].pointer,
                     bad[i].says);
    }
}

static void what_is_no_json_has_a_line(void **state)
{
    struct xf_error error = {0};

    (void)state;
    assert_int_equal(parse("[\n  {\"id\": \"r\",,}\n]", &error), XF_EINVAL);
    assert_int_equal(error.line, 2);
    assert_true(error.column > 5);
    assert_int_equal(parse("[{\"id\":\"r\",\"id\":\"s\"}]", &error), XF_EINVAL);
    assert_non_null(strstr(error.text, "duplicate"));
    assert_int_equal(parse("", &error), XF_EINVAL);
    assert_int_equal(parse("[]x", &error), XF_EINVAL);
}

static void add_rule(char *text, const char *id, const char *type, const char *needs)
{
    char *to = text + strlen(text);

    to += sprintf(to, "%s{\"id\":\"%s\",\"source\":\"%s.json\",\"version\":1,\"type\":\"%s\",\"subject\":\"person\"," TEXTS,
                  *text ? "," : "", id, id, type);
    if (needs)
        sprintf(to,
                "\"needs\":[\"%s\"],\"patterns\":[{\"name\":\"n\",\"count\":\"events\",\"window_days\":9,\"weight\":1,\"where\":[{"
                "\"own\":{\"flags\":{\"types\":[\"%s\"]}}}]}]," LEVELS "}",
                needs, needs);
    else
        sprintf(to, PATTERNS LEVELS "}");
}

static int parse_set(const char *rules, struct xf_error *error)
{
    char text[8192];

    snprintf(text, sizeof(text), "[%s]", rules);
    return parse(text, error);
}

static void needs_must_be_set_and_acyclic(void **state)
{
    struct xf_error error = {0};
    char text[8000] = "";

    (void)state;
    add_rule(text, "c", "tc", "tb");
    assert_int_equal(parse_set(text, &error), XF_EINVAL);
    assert_string_equal(error.text, "rule c (c.json): needs the flag tb, which no rule sets");
    add_rule(text, "b", "tb", "ta");
    add_rule(text, "a", "ta", NULL);
    assert_int_equal(parse_set(text, &error), XF_OK);
    add_rule(text, "d", "ta", "tc");
    assert_int_equal(parse_set(text, &error), XF_EINVAL);
    assert_string_equal(error.text, "rule b (b.json): is in a circle: b needs d needs c needs b");
    text[0] = '\0';
    add_rule(text, "self", "t", "t");
    assert_int_equal(parse_set(text, &error), XF_EINVAL);
    assert_string_equal(error.text, "rule self (self.json): is in a circle: self needs self");
}

static void the_shipped_rules_are_right(void **state)
{
    struct xf_rules *rules = world_rules();

    (void)state;
    assert_int_equal(xf_rules_count(rules), 7);
    assert_int_equal(xf_rules_review_months(rules, "assessed_at_risk"), 6);
    assert_int_equal(xf_rules_review_months(rules, "child_missing_flagged"), 1);
    assert_int_equal(xf_rules_review_months(rules, "unheard_of"), 3);
    xf_rules_destroy(rules);
    xf_rules_destroy(NULL);
}

static void limits_hold(void **state)
{
    struct xf_error error = {0};
    char *text = calloc(1, 400000), *to = text;

    (void)state;
    to += sprintf(to, "[");
    for (int i = 0; i < 257; i++)
        to += sprintf(to, "%s{}", i ? "," : "");
    sprintf(to, "]");
    assert_int_equal(parse(text, &error), XF_ELIMIT);
    /* A pointer that grows too long is cut, not overrun. */
    memset(text, '[', 3000);
    text[3000] = '\0';
    assert_int_equal(parse(text, &error), XF_EINVAL);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_rules_are_taken),       cmocka_unit_test(wrong_rules_are_refused_with_their_place),
        cmocka_unit_test(what_is_no_json_has_a_line),  cmocka_unit_test(needs_must_be_set_and_acyclic),
        cmocka_unit_test(the_shipped_rules_are_right), cmocka_unit_test(limits_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
