/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be told what: the policy's grammar, the shipped policy over a folded partnership, and handling, which only ever lowers.
 */
#include "check.h"
#include "crossflag/disclosure.h"
#include "world.h"

#define AMINA                                                                                                                      \
    "'names':[{'given':'Amina','family':'Hussain'}],'birth_date':'2011-04-02','ids':[{'scheme':'nhs','value':'9434765870'}]"
#define KAYLEIGH                                                                                                                   \
    "'names':[{'given':'Kayleigh','family':'Barrow'}],'birth_date':'2010-09-07','ids':[{'scheme':'nhs','value':'4010232137'}]"
#define ADULT "'names':[{'given':'Jonathan','family':'Smithers'}],'birth_date':'1984-02-03','phones':['+447700900555']"
#define ASSESSED(id, grade)                                                                                                        \
    "{'id':'" id "','kind':'risk_assessment','occurred_at':'2026-10-20T08:00:00Z'," grade                                          \
    "'persons':[{'ref':'c','role':'child'," AMINA ",'markers':[{'type':'cse_risk','level':'high','since':'2026-10-01'}]}]}"
#define ENROLLED                                                                                                                   \
    "{'id':'ROLL-1','kind':'education_roll','occurred_at':'2026-09-01T08:00:00Z','persons':[{'ref':'p1','role':'pupil'," AMINA "}" \
    "]"                                                                                                                            \
    "}"
#define MISSING(id, day, child, grade)                                                                                             \
    "{'id':'" id "','kind':'missing_episode','occurred_at':'2026-10-" day "T08:00:00Z'," grade                                     \
    "'persons':[{'ref':'c','role':'missing'," child "},{'ref':'x','role':'found_with'," ADULT "}]}"

static void grammar(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        {"{}", XF_OK},
        {"{\"t\":{\"police\":\"full\",\"default\":\"none\"},\"default\":{\"hub\":\"exists\"}}", XF_OK},
        {"{\"t\":{\"school\":{\"involved\":\"summary\",\"otherwise\":\"exists\"}}}", XF_OK},
        {"[]", XF_EINVAL},
        {"{\"t\":", XF_EINVAL},
        {"{\"t\":{},\"t\":{}}", XF_EINVAL},
        {"{\"t\":\"full\"}", XF_EINVAL},
        {"{\"t\":{\"army\":\"full\"}}", XF_EINVAL},
        {"{\"t\":{\"police\":\"all\"}}", XF_EINVAL},
        {"{\"t\":{\"police\":null}}", XF_EINVAL},
        {"{\"t\":{\"police\":{\"involved\":\"full\"}}}", XF_EINVAL},
        {"{\"t\":{\"police\":{\"involved\":\"full\",\"otherwise\":\"none\",\"x\":\"none\"}}}", XF_EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_policy *policy = NULL;
        struct xf_error error = {0};

        if (xf_policy_parse(cases[i].text, strlen(cases[i].text), &policy, &error) != cases[i].rc)
            fail_msg("%s: %s", cases[i].text, error.text);
        assert_int_equal(policy != NULL, cases[i].rc == XF_OK);
        assert_int_equal(error.text[0] != '\0', cases[i].rc != XF_OK);
        xf_policy_destroy(policy);
    }
    xf_policy_destroy(NULL);
}

static struct xf_view view_of(const struct world *world, const char *agency)
{
    return (struct xf_view){xf_fold_graph(world->fold), xf_fold_flags(world->fold), xf_fold_policy(world->fold),
                            xf_partners_agency(xf_fold_partners(world->fold), agency)};
}

/* The newest flag of a type. */
static uint32_t flag_of(const struct world *world, const char *type)
{
    const struct xf_flags *flags = xf_fold_flags(world->fold);

    for (uint32_t i = xf_flags_count(flags); i > 0; i--)
        if (strcmp(xf_intern_text(xf_fold_symbols(world->fold), xf_flags_at(flags, i - 1)->type), type) == 0)
            return i - 1;
    fail_msg("no flag of type %s", type);
    return UINT32_MAX;
}

struct expected {
    const char *agency;
    enum xf_disclosure level;
    bool alerted;
};

static void expect(const struct world *world, const char *type, const struct expected *expected, size_t count)
{
    uint32_t flag = flag_of(world, type);

    for (size_t i = 0; i < count; i++) {
        struct xf_view view = view_of(world, expected[i].agency);

        if (xf_disclosure_level(&view, flag) != expected[i].level)
            fail_msg("%s to %s: %d", type, expected[i].agency, (int)xf_disclosure_level(&view, flag));
        if (expected[i].level != XF_DISCLOSE_NONE)
            assert_int_equal(xf_disclosure_alerted(&view, flag), expected[i].alerted);
    }
}
#define EXPECT(world, type, ...)                                                                                                   \
    expect(world, type, (const struct expected[]){__VA_ARGS__},                                                                    \
           sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

static void the_shipped_policy(void **state)
{
    struct world *world = world_create();

    (void)state;
    world_put(world, "school-a", ENROLLED);
    world_put(world, "social-care", ASSESSED("RA-1", ""));
    EXPECT(world, "child_at_risk", {"social-care", XF_DISCLOSE_SUMMARY, true}, {"hub", XF_DISCLOSE_SUMMARY, true},
           {"school-a", XF_DISCLOSE_SUMMARY, true}, {"school-b", XF_DISCLOSE_EXISTS, false}, {"police", XF_DISCLOSE_EXISTS, false},
           {"licensing", XF_DISCLOSE_NONE, false}, {"health", XF_DISCLOSE_NONE, false}, {"nobody", XF_DISCLOSE_NONE, false});
    world_put(world, "police", MISSING("M-1", "21", AMINA, ""));
    EXPECT(world, "child_at_risk", {"police", XF_DISCLOSE_SUMMARY, true});
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, ""));
    EXPECT(world, "possible_perpetrator", {"police", XF_DISCLOSE_FULL, true}, {"social-care", XF_DISCLOSE_NONE, false},
           {"school-a", XF_DISCLOSE_NONE, false});
    world_destroy(world);
}

/* A policy that tells everybody everything: what remains is handling. */
static struct world *open_world(void)
{
    struct world *world = world_create();

    world_enter(world, XF_ENTRY_SETTING, "setting/disclosure", "{\"default\":{\"default\":\"full\"}}");
    return world;
}

static void handling_lowers(void **state)
{
    struct world *world;

    (void)state;
    world = open_world();
    world_put(world, "police", MISSING("M-1", "21", AMINA, "'grade':'1AC','conditions':['A2'],"));
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, ""));
    EXPECT(world, "possible_perpetrator", {"police", XF_DISCLOSE_FULL, true}, {"hub", XF_DISCLOSE_NONE, false},
           {"social-care", XF_DISCLOSE_NONE, false});
    world_destroy(world);

    world = open_world();
    world_put(world, "police", MISSING("M-1", "21", AMINA, "'grade':'1AC','conditions':['A3'],"));
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, ""));
    EXPECT(world, "possible_perpetrator", {"police", XF_DISCLOSE_FULL, true}, {"hub", XF_DISCLOSE_SUMMARY, true},
           {"licensing", XF_DISCLOSE_EXISTS, true}, {"school-a", XF_DISCLOSE_EXISTS, true});
    world_destroy(world);

    /* A1: only the originator's, until it agrees. */
    world = open_world();
    world_put(world, "social-care", MISSING("M-1", "21", AMINA, "'grade':'1AC','conditions':['A1'],"));
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, ""));
    EXPECT(world, "possible_perpetrator", {"social-care", XF_DISCLOSE_SUMMARY, true}, {"police", XF_DISCLOSE_NONE, false},
           {"hub", XF_DISCLOSE_NONE, false});
    world_destroy(world);

    /* Two originators: each learns that there is a flag, and asks the other. */
    world = open_world();
    world_put(world, "social-care", MISSING("M-1", "21", AMINA, "'grade':'1AC','conditions':['S2'],"));
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, "'grade':'1AC','conditions':['A1'],"));
    EXPECT(world, "possible_perpetrator", {"social-care", XF_DISCLOSE_EXISTS, true}, {"police", XF_DISCLOSE_EXISTS, true},
           {"hub", XF_DISCLOSE_NONE, false});
    world_destroy(world);
}

static void adults_names_wait_for_a_person(void **state)
{
    struct world *world = open_world();
    char stream[64], id[XF_FLAG_ID];

    (void)state;
    world_put(world, "police", MISSING("M-1", "21", AMINA, ""));
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, ""));
    EXPECT(world, "possible_perpetrator", {"school-a", XF_DISCLOSE_EXISTS, true}, {"licensing", XF_DISCLOSE_EXISTS, true},
           {"hub", XF_DISCLOSE_FULL, true});
    snprintf(stream, sizeof(stream), "flag/%s",
             xf_flag_id(xf_flags_at(xf_fold_flags(world->fold), flag_of(world, "possible_perpetrator")), id));
    world_enter(world, XF_ENTRY_STEP, stream, "{\"step\":\"confirm\",\"rationale\":\"Read both reports.\"}");
    EXPECT(world, "possible_perpetrator", {"school-a", XF_DISCLOSE_FULL, true}, {"licensing", XF_DISCLOSE_FULL, true});
    /* A child's flag is no adult's. */
    world_put(world, "social-care", ASSESSED("RA-1", ""));
    EXPECT(world, "child_at_risk", {"school-b", XF_DISCLOSE_FULL, true});
    world_destroy(world);
}

static bool has(json_t *object, const char *member)
{
    return json_object_get(object, member) != NULL;
}

static void cut_to_the_level(void **state)
{
    struct world *world = open_world();
    struct xf_view view;
    uint32_t flag;
    json_t *shown, *reason;

    (void)state;
    world_put(world, "social-care", MISSING("M-1", "21", AMINA, "'grade':'1AC','conditions':['A3'],"));
    world_put(world, "police", MISSING("M-2", "22", KAYLEIGH, ""));
    flag = flag_of(world, "possible_perpetrator");
    view = view_of(world, "police");
    assert_null(xf_flag_json(&view, flag, XF_DISCLOSE_NONE));

    shown = xf_flag_json(&view, flag, XF_DISCLOSE_FULL);
    reason = json_array_get(json_object_get(shown, "reasons"), 0);
    assert_int_equal(json_array_size(json_object_get(reason, "records")), 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(shown, "withheld"), "records")), 0);
    assert_true(json_is_integer(json_object_get(shown, "score")));
    json_decref(shown);

    /* The hub may know all, but not the record that came under a condition. */
    view = view_of(world, "hub");
    shown = xf_flag_json(&view, flag, XF_DISCLOSE_FULL);
    reason = json_array_get(json_object_get(shown, "reasons"), 0);
    assert_int_equal(json_array_size(json_object_get(reason, "records")), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(reason, "records"), 0), "id")), "M-2");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(shown, "withheld"), "records")), 1);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(json_object_get(shown, "withheld"), "ask"), 0), "agency")),
        "social-care");
    json_decref(shown);

    shown = xf_flag_json(&view, flag, XF_DISCLOSE_SUMMARY);
    reason = json_array_get(json_object_get(shown, "reasons"), 0);
    assert_int_equal(json_array_size(json_object_get(reason, "records")), 0);
    assert_int_equal(json_integer_value(json_object_get(reason, "count")), 2);
    assert_true(has(json_object_get(shown, "subject"), "entity"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(shown, "withheld"), "records")), 2);
    assert_int_equal(json_array_size(json_object_get(json_object_get(shown, "withheld"), "ask")), 2);
    json_decref(shown);

    /* Its own records a viewer knows already. */
    view = view_of(world, "social-care");
    shown = xf_flag_json(&view, flag, XF_DISCLOSE_SUMMARY);
    reason = json_array_get(json_object_get(shown, "reasons"), 0);
    assert_int_equal(json_array_size(json_object_get(reason, "records")), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(reason, "records"), 0), "id")), "M-1");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(shown, "withheld"), "records")), 1);
    json_decref(shown);

    view = view_of(world, "hub");
    shown = xf_flag_json(&view, flag, XF_DISCLOSE_EXISTS);
    assert_true(has(shown, "id") && has(shown, "type") && has(shown, "level") && has(shown, "status"));
    assert_false(has(shown, "reasons") || has(shown, "rule") || has(shown, "score") || has(shown, "raised_at") ||
                 has(shown, "review_due"));
    assert_false(has(json_object_get(shown, "subject"), "entity"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(shown, "subject"), "kind")), "person");
    assert_true(json_array_size(json_object_get(json_object_get(shown, "withheld"), "ask")) > 0);
    json_decref(shown);
    world_destroy(world);
}

static void records_by_handling(void **state)
{
    static const struct {
        const char *grade;
        bool own, police, other;
    } cases[] = {
        {"", true, true, true},
        {"'grade':'1AC',", true, true, false},
        {"'grade':'1AC','conditions':['A1'],", true, false, false},
        {"'grade':'1AC','conditions':['A2'],", true, true, false},
        {"'grade':'1AC','conditions':['S1'],", true, true, false},
        {"'grade':'1AC','conditions':['S2'],", true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world *world = open_world();
        struct xf_view own = view_of(world, "social-care"), police = view_of(world, "police"), other = view_of(world, "hub"),
                       none = view_of(world, "nobody");
        char text[1024];
        uint32_t record;

        snprintf(
            text, sizeof(text),
            "{'id':'R-1','kind':'intelligence','occurred_at':'2026-10-20T08:00:00Z',%s'persons':[{'ref':'x','role':'subject'," ADULT
            "}]}",
            cases[i].grade);
        world_put(world, "social-care", text);
        record = xf_register_find(xf_fold_register(world->fold), "social-care", "R-1");
        assert_int_equal(xf_disclosure_record(&own, record), cases[i].own);
        assert_int_equal(xf_disclosure_record(&police, record), cases[i].police);
        assert_int_equal(xf_disclosure_record(&other, record), cases[i].other);
        assert_false(xf_disclosure_record(&none, record));
        world_destroy(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grammar),          cmocka_unit_test(the_shipped_policy),
        cmocka_unit_test(handling_lowers),  cmocka_unit_test(adults_names_wait_for_a_person),
        cmocka_unit_test(cut_to_the_level), cmocka_unit_test(records_by_handling),
    };

    return cmocka_run_group_tests_name("disclosure", tests, NULL, NULL);
}
