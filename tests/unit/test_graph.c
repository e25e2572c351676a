/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "files.h"
#include "shorthand.h"

/* The ties of a mention's entity, each as "mine-other" or "mine>other:type" ("<" when the link comes in) with the record's id, in
 * order. */
struct listing {
    const struct world *world;
    uint32_t entity;
    char text[1024];
    size_t used;
    int stop_after; /* 0: never */
};

static int list_tie(void *context, const struct xf_tie *tie)
{
    struct listing *listing = context;
    const struct world *world = listing->world;
    const char *mine = xf_intern_text(world->symbols, xf_register_mention_at(world->reg, tie->mine)->ref);
    const char *other = xf_intern_text(world->symbols, xf_register_mention_at(world->reg, tie->other)->ref);

    assert_int_equal(xf_linker_entity_of(world->linker, tie->mine), listing->entity);
    assert_int_equal(xf_linker_entity_of(world->linker, tie->other), tie->entity);
    assert_int_equal(xf_register_mention_at(world->reg, tie->mine)->record, tie->record);
    listing->used += (size_t)snprintf(listing->text + listing->used, sizeof(listing->text) - listing->used, "%s%s %s%s%s%s%s",
                                      listing->used ? "; " : "",
                                      xf_intern_text(world->symbols, xf_register_record_at(world->reg, tie->record)->id), mine,
                                      !tie->type     ? "-"
                                      : tie->outward ? ">"
                                                     : "<",
                                      other, tie->type ? ":" : "", xf_intern_text(world->symbols, tie->type));
    return listing->stop_after && --listing->stop_after == 0 ? 42 : 0;
}

static const struct {
    const char *parts, *of, *ties;
} cases[] = {
    {"p amina missing 2011", "amina", ""},
    {"p amina missing 2011; p john found_with 1984", "amina", "M1 amina-john"},
    {"p amina missing 2011; p john found_with 1984", "john", "M1 john-amina"},
    {"p amina missing 2011; l grill found_at; v car found_in", "grill", "M1 grill-amina; M1 grill-car"},
    {"p amina missing 2011; p john found_with 1984; v car found_in; k john car drives", "john",
     "M1 john-amina; M1 john>car:drives"},
    {"p amina missing 2011; p john found_with 1984; v car found_in; k john car drives", "car", "M1 car-amina; M1 car<john:drives"},
    {"v car kept; p john other 1984; k john car drives; k car john owns; k john car keeper_of", "john",
     "M1 john>car:drives; M1 john<car:owns; M1 john>car:keeper_of"},
};

static void a_record_ties_what_stands_in_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world *world = world_create();
        struct listing listing = {.world = world};
        uint32_t mention;

        world_put(world, "police", "M1", 5, "missing_episode", cases[i].parts);
        mention = world_mention(world, "police", "M1", cases[i].of);
        listing.entity = xf_linker_entity_of(world->linker, mention);
        assert_int_equal(xf_graph_ties(&world->graph, listing.entity, list_tie, &listing), 0);
        assert_string_equal(listing.text, cases[i].ties);
        listing.used = 0;
        listing.text[0] = '\0';
        assert_int_equal(xf_graph_mention_ties(&world->graph, listing.entity, mention, list_tie, &listing), 0);
        assert_string_equal(listing.text, cases[i].ties);
        world_destroy(world);
    }
}

static void an_entity_has_the_ties_of_all_its_records(void **state)
{
    struct world *world = world_create();
    struct listing listing = {.world = world};

    (void)state;
    world_put(world, "police", "M1", 5, "missing_episode", "p amina missing 2011-05-05; p john found_with 1984");
    world_put(world, "police", "M2", 4, "missing_episode", "p amina missing 2011-05-05; l grill found_at");
    world_put(world, "police", "M3", 3, "missing_episode", "p amina missing 2011-05-05; p bella missing 2010-05-05");
    world_withdraw(world, "police", "M3");
    listing.entity = xf_linker_entity_of(world->linker, world_mention(world, "police", "M1", "amina"));
    assert_int_equal(xf_linker_entity_size(world->linker, listing.entity), 2);
    assert_int_equal(xf_graph_ties(&world->graph, listing.entity, list_tie, &listing), 0);
    assert_non_null(strstr(listing.text, "M1 amina-john"));
    assert_non_null(strstr(listing.text, "M2 amina-grill"));
    assert_null(strstr(listing.text, "bella"));
    world_destroy(world);
}

static void nobody_is_tied_to_himself(void **state)
{
    struct world *world = world_create();
    struct listing listing = {.world = world};

    (void)state;
    world_put(world, "police", "M1", 5, "missing_episode",
              "p unone missing 2011-05-05; p untwo seen_with 2012-06-07; p john found_with 1984");
    world_decide(world, world_mention(world, "police", "M1", "unone"), world_mention(world, "police", "M1", "untwo"), XF_WORD_SAME);
    listing.entity = xf_linker_entity_of(world->linker, world_mention(world, "police", "M1", "unone"));
    assert_int_equal(xf_linker_entity_size(world->linker, listing.entity), 2);
    assert_int_equal(xf_graph_ties(&world->graph, listing.entity, list_tie, &listing), 0);
    assert_null(strstr(listing.text, "unone-untwo"));
    assert_non_null(strstr(listing.text, "unone-john"));
    assert_non_null(strstr(listing.text, "untwo-john"));
    world_destroy(world);
}

static void a_visit_that_has_enough_stops(void **state)
{
    struct world *world = world_create();
    struct listing listing = {.world = world, .stop_after = 2};

    (void)state;
    world_put(world, "police", "M1", 5, "missing_episode",
              "p amina missing 2011; p john found_with 1984; l grill found_at; v car found_in");
    listing.entity = xf_linker_entity_of(world->linker, world_mention(world, "police", "M1", "amina"));
    assert_int_equal(xf_graph_ties(&world->graph, listing.entity, list_tie, &listing), 42);
    assert_string_equal(listing.text, "M1 amina-john; M1 amina-grill");
    world_destroy(world);
}

static void a_feed_has_an_agency(void **state)
{
    struct world *world = world_create();
    struct xf_graph bare;

    (void)state;
    world_put(world, "care", "R1", 5, "other", "p amina other 2011");
    world_put(world, "nowhere", "R1", 5, "other", "p amina other 2011");
    assert_int_equal(xf_graph_agency(&world->graph, xf_intern_find(world->symbols, "care", 4))->kind, XF_AGENCY_SOCIAL_CARE);
    assert_null(xf_graph_agency(&world->graph, xf_intern_find(world->symbols, "nowhere", 7)));
    bare = world->graph;
    bare.partners = NULL;
    assert_null(xf_graph_agency(&bare, xf_intern_find(world->symbols, "care", 4)));
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ties_what_stands_in_it),
        cmocka_unit_test(an_entity_has_the_ties_of_all_its_records),
        cmocka_unit_test(nobody_is_tied_to_himself),
        cmocka_unit_test(a_visit_that_has_enough_stops),
        cmocka_unit_test(a_feed_has_an_agency),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
