/* SPDX-License-Identifier: Apache-2.0 */
/* From a flag's steps to events: who gets one, what stands in it, that numbers have no gaps, and that a fold after a load goes on
 * as if nothing had been. */
#include "check.h"
#include "crossflag/alert.h"
#include "world.h"

#define AMINA                                                                                                                      \
    "'names':[{'given':'Amina','family':'Hussain'}],'birth_date':'2011-04-02','ids':[{'scheme':'nhs','value':'9434765870'}]"
#define ENROLLED(id)                                                                                                               \
    "{'id':'" id "','kind':'education_roll','occurred_at':'2026-09-01T08:00:00Z','persons':[{'ref':'p1','role':'pupil'," AMINA "}" \
    "]"                                                                                                                            \
    "}"
#define ASSESSED(level)                                                                                                            \
    "{'id':'RA-1','kind':'risk_assessment','occurred_at':'2026-10-20T08:00:00Z','persons':[{'ref':'c','role':'child'," AMINA       \
    ",'markers':[{'type':'cse_risk','level':'" level "','since':'2026-10-01'}]}]}"

static const char *text_at(json_t *event, const char *member, const char *inner)
{
    json_t *value = json_object_get(event, member);

    return json_string_value(inner ? json_object_get(value, inner) : value);
}

static void filters(void **state)
{
    static const struct {
        const char *agency, *filter;
        bool told;
    } cases[] = {
        {"social-care", "{}", true},
        {"social-care", "{\"types\":[\"child_at_risk\"]}", true},
        {"social-care", "{\"types\":[\"repeat_missing\",\"child_missing\"]}", false},
        {"social-care", "{\"levels\":[\"medium\"]}", true},
        {"social-care", "{\"levels\":[\"high\"]}", false},
        {"social-care", "{\"kinds\":[\"person\",\"vehicle\"]}", true},
        {"social-care", "{\"kinds\":[\"location\"]}", false},
        {"social-care", "{\"areas\":[\"northmoor\"]}", true},
        {"social-care", "{\"areas\":[\"southmoor\"]}", false},
        {"social-care", "{\"my_records\":true}", true},
        {"hub", "{}", true},
        {"hub", "{\"my_records\":true}", false},
        {"school-a", "{\"my_records\":true,\"levels\":[\"low\",\"medium\"]}", true},
        {"school-b", "{}", false},
        {"health", "{}", false},
        {"police", "{}", false},
        {"nobody", "{}", false},
    };
    struct world *world = world_create();
    char id[16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(id, sizeof(id), "s-%d", (int)i);
        world_subscribe(world, id, cases[i].agency, cases[i].filter);
    }
    world_put(world, "school-a", ENROLLED("ROLL-1"));
    assert_int_equal(json_array_size(world->events), 0);
    world_put(world, "social-care", ASSESSED("medium"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(id, sizeof(id), "s-%d", (int)i);
        if ((world_event(world, id) != NULL) != cases[i].told)
            fail_msg("%s %s", cases[i].agency, cases[i].filter);
    }
    world_destroy(world);
}

static void an_events_text(void **state)
{
    struct world *world = world_create();
    json_t *event, *own;
    char expected[128];

    (void)state;
    world_subscribe(world, "s", "school-a", "{}");
    world_put(world, "school-a", ENROLLED("ROLL-2"));
    world_put(world, "school-a", ENROLLED("ROLL-1"));
    world_put(world, "social-care", ASSESSED("high"));
    event = world_event(world, "s");
    assert_non_null(event);
    assert_string_equal(text_at(event, "specversion", NULL), "1.0");
    assert_string_equal(text_at(event, "type", NULL), "uk.crossflag.flag.raised.v1");
    assert_string_equal(text_at(event, "source", NULL), "https://hub.example/crossflag?a=\"b\"");
    assert_string_equal(text_at(event, "sequence", NULL), "00000000000000000001");
    assert_string_equal(text_at(event, "datacontenttype", NULL), "application/json");
    assert_string_equal(text_at(event, "subject", NULL),
                        json_string_value(json_object_get(json_object_get(json_object_get(event, "data"), "subject"), "entity")));
    snprintf(expected, sizeof(expected), "%s.%d.raised", text_at(event, "data", "id"), (int)world->position);
    assert_string_equal(text_at(event, "id", NULL), expected);
    assert_string_equal(text_at(event, "data", "type"), "child_at_risk");
    own = json_object_get(json_object_get(event, "data"), "recipient_records");
    assert_int_equal(json_array_size(own), 2);
    assert_string_equal(text_at(json_array_get(own, 0), "id", NULL), "ROLL-1");
    assert_string_equal(text_at(json_array_get(own, 1), "id", NULL), "ROLL-2");
    assert_string_equal(text_at(json_array_get(own, 1), "ref", NULL), "p1");
    assert_string_equal(text_at(json_object_get(event, "data"), "handling", "code"), "P");
    world_destroy(world);
}

static void the_end_reaches_whoever_was_told(void **state)
{
    struct world *world = world_create();

    (void)state;
    world_subscribe(world, "narrow", "social-care", "{\"levels\":[\"high\"]}");
    world_subscribe(world, "school", "school-a", "{}");
    world_put(world, "school-a", ENROLLED("ROLL-1"));
    world_put(world, "social-care", ASSESSED("high"));
    assert_non_null(world_event(world, "narrow"));
    assert_non_null(world_event(world, "school"));
    /* The filter has changed, and nobody is told of such flags any more: who holds it must hear that it is gone. */
    world_subscribe(world, "narrow", "social-care", "{\"kinds\":[\"vehicle\"]}");
    world_subscribe(world, "late", "social-care", "{\"kinds\":[\"vehicle\"]}");
    world_enter(world, XF_ENTRY_SETTING, "setting/disclosure", "{\"child_at_risk\":{\"social_care\":\"summary\"}}");
    world_enter(world, XF_ENTRY_WITHDRAW, "social-care/RA-1", "");
    assert_string_equal(text_at(world_event(world, "narrow"), "type", NULL), "uk.crossflag.flag.withdrawn.v1");
    assert_string_equal(text_at(world_event(world, "narrow"), "sequence", NULL), "00000000000000000002");
    assert_string_equal(text_at(world_event(world, "school"), "data", "status"), "withdrawn");
    assert_null(json_object_get(json_object_get(world_event(world, "school"), "data"), "reasons"));
    assert_string_equal(text_at(world_event(world, "school"), "subject", NULL),
                        text_at(world_event(world, "school"), "data", "id"));
    assert_int_equal(json_array_size(json_object_get(json_object_get(world_event(world, "school"), "data"), "recipient_records")),
                     0);
    assert_null(world_event(world, "late"));
    world_destroy(world);
}

static enum xf_disclosure held(const struct world *world, const char *id, uint32_t flag)
{
    const struct xf_subscriptions *subscriptions = xf_fold_subscriptions(world->fold);
    size_t index = 0;
    struct xf_view view = {xf_fold_graph(world->fold), xf_fold_flags(world->fold), xf_fold_policy(world->fold), 0};

    while (strcmp(xf_subscriptions_at(subscriptions, index)->id, id) != 0)
        index++;
    view.agency = xf_partners_agency(xf_fold_partners(world->fold), xf_subscriptions_at(subscriptions, index)->agency);
    return xf_alert_held(subscriptions, index, &view, flag);
}

static void held_flags(void **state)
{
    struct world *world = world_create();

    (void)state;
    world_subscribe(world, "before", "social-care", "{}");
    world_put(world, "social-care", ASSESSED("high"));
    world_subscribe(world, "after", "social-care", "{}");
    world_subscribe(world, "vehicles", "social-care", "{\"kinds\":[\"vehicle\"]}");
    world_subscribe(world, "school", "school-b", "{}");
    assert_int_equal(held(world, "before", 0), XF_DISCLOSE_SUMMARY);
    assert_int_equal(held(world, "after", 0), XF_DISCLOSE_SUMMARY);
    assert_int_equal(held(world, "vehicles", 0), XF_DISCLOSE_NONE);
    assert_int_equal(held(world, "school", 0), XF_DISCLOSE_NONE);
    world_subscribe(world, "before", "social-care", "{\"kinds\":[\"vehicle\"]}");
    assert_int_equal(held(world, "before", 0), XF_DISCLOSE_SUMMARY);
    world_enter(world, XF_ENTRY_WITHDRAW, "social-care/RA-1", "");
    assert_int_equal(held(world, "before", 0), XF_DISCLOSE_NONE);
    world_destroy(world);
}

static struct bytes saved(const struct world *world)
{
    struct bytes bytes = {0};

    assert_int_equal(xf_subscriptions_save(xf_fold_subscriptions(world->fold), &(struct xf_pack){bytes_write, &bytes}), XF_OK);
    return bytes;
}

/* Numbers have no gap, and the same journal gives the same texts and the same saved bytes. */
static void equal_journals_give_equal_events(void **state)
{
    json_t *first = NULL;
    struct bytes first_bytes = {0};

    (void)state;
    for (int run = 0; run < 2; run++) {
        struct world *world = world_create();
        json_t *all = json_array(), *event;
        uint64_t next = 1;
        struct bytes bytes;
        size_t i;

        world_subscribe(world, "s", "social-care", "{}");
        world_subscribe(world, "h", "hub", "{}");
        for (int step = 0; step < 6; step++) {
            if (step % 2 == 0)
                world_put(world, "social-care", step == 2 ? ASSESSED("medium") : ASSESSED("high"));
            else
                world_enter(world, XF_ENTRY_WITHDRAW, "social-care/RA-1", "");
            json_array_extend(all, world->events);
        }
        assert_int_equal(json_array_size(all), 12);
        json_array_foreach(all, i, event) if (strcmp(text_at(event, "subscription", NULL), "s") == 0)
            assert_int_equal(json_integer_value(json_object_get(event, "sequence")), next++);
        bytes = saved(world);
        if (run) {
            assert_true(json_equal(first, all));
            assert_int_equal(bytes.length, first_bytes.length);
            assert_memory_equal(bytes.data, first_bytes.data, bytes.length);
            json_decref(all);
            free(bytes.data);
        } else {
            first = all;
            first_bytes = bytes;
        }
        world_destroy(world);
    }
    json_decref(first);
    free(first_bytes.data);
}

/* A flag's subject becomes part of an older entity: its subscribers learn who bears it now, and why, as far as they may see. */
static void a_merge_hands_the_flag_over(void **state)
{
    struct world *world = world_create();
    json_t *event, *merge, *because;
    const char *former, *living;

    (void)state;
    world_subscribe(world, "care", "social-care", "{}");
    world_subscribe(world, "school", "school-a", "{}");
    world_subscribe(world, "other", "school-b", "{}");
    world_put(world, "school-a",
              "{'id':'ROLL-9','kind':'education_roll','occurred_at':'2026-09-01T08:00:00Z','persons':[{'ref':'p1','role':'pupil',"
              "'names':[{'given':'Wilhelmina','family':'Oakeshott'}]}]}");
    world_put(
        world, "social-care",
        "{'id':'RA-1','kind':'risk_assessment','occurred_at':'2026-10-20T08:00:00Z','grade':'2BC','persons':[{'ref':'c','role':"
        "'child'," AMINA ",'markers':[{'type':'cse_risk','level':'high','since':'2026-10-01'}]}]}");
    event = world_event(world, "care");
    assert_non_null(event);
    assert_null(world_event(world, "school"));
    assert_null(json_object_get(json_object_get(event, "data"), "cause"));
    former = text_at(json_object_get(json_object_get(event, "data"), "subject"), "entity", NULL);
    former = strdup(former);
    world_enter(world, XF_ENTRY_DECISION, "decision/school-a/ROLL-9/p1",
                "{\"decision\":\"same\",\"a\":{\"feed\":\"school-a\",\"id\":\"ROLL-9\",\"ref\":\"p1\"},\"b\":{\"feed\":\"social-"
                "care\",\"id\":"
                "\"RA-1\",\"ref\":\"c\"},\"rationale\":\"Her mother says so.\"}");
    event = world_event(world, "care");
    assert_non_null(event);
    assert_string_equal(text_at(event, "type", NULL), "uk.crossflag.flag.handed_over.v1");
    living = text_at(json_object_get(json_object_get(event, "data"), "subject"), "entity", NULL);
    assert_string_not_equal(living, former);
    assert_string_equal(text_at(event, "subject", NULL), living);
    merge = json_object_get(json_object_get(json_object_get(event, "data"), "cause"), "merge");
    assert_string_equal(text_at(merge, "entity", NULL), former);
    assert_string_equal(text_at(merge, "into", NULL), living);
    because = json_object_get(merge, "because");
    assert_string_equal(text_at(because, "change", NULL), "decision");
    assert_string_equal(text_at(because, "decision", "by"), "tester");
    assert_string_equal(text_at(json_object_get(because, "edge"), "a", "id"), "RA-1");
    assert_true(json_is_true(json_object_get(json_object_get(because, "edge"), "word")));
    /* The school is involved since; the assessment's own record is not for it to see. */
    event = world_event(world, "school");
    assert_non_null(event);
    because = json_object_get(json_object_get(json_object_get(json_object_get(event, "data"), "cause"), "merge"), "because");
    assert_null(json_object_get(because, "edge"));
    assert_true(json_is_true(json_object_get(because, "withheld")));
    assert_null(strstr(text_at(because, "change", NULL), "RA-1"));
    assert_null(world_event(world, "other"));
    free((void *)former);
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merge_hands_the_flag_over),
        cmocka_unit_test(filters),
        cmocka_unit_test(an_events_text),
        cmocka_unit_test(the_end_reaches_whoever_was_told),
        cmocka_unit_test(held_flags),
        cmocka_unit_test(equal_journals_give_equal_events),
    };

    return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
