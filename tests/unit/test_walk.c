/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "files.h"
#include "shorthand.h"
#include "tangle.h"

static struct xf_walk *walked(const struct xf_view *view, const struct xf_tie_filter *filter, uint32_t hops, uint32_t hub_links,
                              uint32_t relations, const uint32_t *roots, uint32_t count, uint32_t looks)
{
    struct xf_walk_question question = {.filter = filter, .hops = hops, .hub_links = hub_links, .relations = relations};
    struct xf_walk *walk = xf_walk_create(&question, roots, count);
    int rc;

    assert_non_null(walk);
    while ((rc = xf_walk_step(walk, view, looks)) == 1)
        assert_int_equal(xf_walk_rest(walk), XF_OK);
    assert_int_equal(rc, XF_OK);
    return walk;
}

/* Against the slow reading */

static void check_walk(struct tangle *tangle, uint32_t root_count, uint32_t hops, uint32_t hub_links, uint32_t looks)
{
    bool roots[TANGLE_PERSONS] = {false}, passed[TANGLE_PERSONS];
    uint32_t entities[TANGLE_PERSONS], count = 0, depths[TANGLE_PERSONS], met = 0, links = 0, expected_withheld = 0;
    struct xf_walk *walk;
    struct xf_found found;

    while (count < root_count) {
        uint32_t person = tangle_random(tangle, TANGLE_PERSONS);

        if (roots[person] || tangle->entities[person] == XF_NONE)
            continue;
        roots[person] = true;
        entities[count++] = tangle->entities[person];
    }
    walk = walked(&tangle->view, &tangle_all, hops, hub_links, 100000, entities, count, looks);
    found = xf_walk_found(walk);
    assert_false(found.truncated);
    tangle_depths(tangle, roots, hops, hub_links, depths, NULL);
    for (uint32_t i = 0; i < TANGLE_PERSONS; i++) {
        met += depths[i] != TANGLE_FAR;
        passed[i] = depths[i] < hops && (roots[i] || !tangle_hub(tangle, i, hub_links));
    }
    assert_int_equal(found.node_count, met);
    for (uint32_t i = 0; i < found.node_count; i++) {
        uint32_t person = tangle_person(tangle, found.nodes[i].entity);

        assert_int_equal(found.nodes[i].depth, depths[person]);
        assert_int_equal(found.nodes[i].walked, passed[person]);
        assert_int_equal(found.nodes[i].hub, depths[person] < hops && !passed[person]);
        if (!roots[person]) {
            uint32_t mention = found.nodes[i].mention;

            assert_int_equal(xf_linker_entity_of(tangle->world->linker, mention), found.nodes[i].entity);
            assert_true(xf_disclosure_record(&tangle->view, xf_register_mention_at(tangle->world->reg, mention)->record));
        }
    }
    for (uint32_t i = 0; i < found.relation_count; i++) {
        const struct xf_relation *relation = &found.relations[i];
        uint32_t from = tangle_person(tangle, relation->from), to = tangle_person(tangle, relation->to), type = 0;

        while (strcmp(tangle_types[type], xf_intern_text(tangle->world->symbols, relation->type)) != 0)
            type++;
        assert_true(passed[from] || passed[to]);
        assert_int_equal(relation->record_count, type || from < to ? tangle->said[type][from][to] : tangle->said[0][to][from]);
        assert_int_equal(relation->listed, relation->record_count);
        for (uint32_t k = 0; k < relation->listed; k++)
            assert_true(xf_disclosure_record(&tangle->view, found.records[relation->first_record + k]));
    }
    for (uint32_t i = 0; i < TANGLE_PERSONS; i++) {
        for (uint32_t j = 0; j < TANGLE_PERSONS; j++) {
            if (!passed[i] && !passed[j])
                continue;
            for (uint32_t type = 0; type < TANGLE_TYPES; type++)
                links += tangle->said[type][i][j] != 0;
            expected_withheld += i < j && tangle->withheld[i][j] && !tangle->shown[i][j];
        }
    }
    assert_int_equal(found.relation_count, links);
    assert_int_equal(found.withheld_links, expected_withheld);
    for (uint32_t i = 0; i < found.withheld_listed; i++)
        assert_int_equal(xf_disclosure_sight(&tangle->view, found.withheld[i]), XF_SIGHT_WITHHELD);
    xf_walk_destroy(walk);
}

static void a_walk_finds_what_a_slow_reading_finds(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        struct tangle *tangle = tangle_create(seed);

        for (uint32_t i = 0; i < 40; i++)
            check_walk(tangle, 1 + i % 3, 1 + i % 4, i % 2 ? 6 : 100, i % 5 ? 1 + i : 100000);
        tangle_destroy(tangle);
    }
}

static void what_is_common_is_what_a_slow_reading_finds(void **state)
{
    (void)state;
    for (uint32_t seed = 11; seed <= 14; seed++) {
        struct tangle *tangle = tangle_create(seed);

        for (uint32_t a = 0; a < TANGLE_PERSONS; a++) {
            uint32_t persons[3] = {a, (a + 1) % TANGLE_PERSONS, (a + 7) % TANGLE_PERSONS}, roots[3], count, expected = 0,
                     *relations;
            struct xf_common *common;
            struct xf_found found;
            struct xf_walk *walk;

            if (tangle->entities[persons[0]] == XF_NONE || tangle->entities[persons[1]] == XF_NONE ||
                tangle->entities[persons[2]] == XF_NONE)
                continue;
            for (int i = 0; i < 3; i++)
                roots[i] = tangle->entities[persons[i]];
            walk = walked(&tangle->view, &tangle_all, 1, 1, 100000, roots, 3, 20);
            found = xf_walk_found(walk);
            assert_int_equal(xf_walk_common(walk, &common, &count, &relations), XF_OK);
            for (uint32_t i = 0; i < TANGLE_PERSONS; i++) {
                unsigned shared = 0;
                bool root = false;

                for (int k = 0; k < 3; k++) {
                    shared += tangle->shown[persons[k]][i];
                    root = root || persons[k] == i;
                }
                expected += !root && shared > 1;
                for (uint32_t k = 0; k < count; k++)
                    if (found.nodes[common[k].node].entity == tangle->entities[i])
                        assert_int_equal(common[k].shared, root ? 0 : shared);
            }
            assert_int_equal(count, expected);
            for (uint32_t k = 0; k < count; k++) {
                assert_true(!k || common[k - 1].shared >= common[k].shared);
                for (uint32_t r = 0; r < common[k].relation_count; r++) {
                    const struct xf_relation *relation = &found.relations[relations[common[k].first_relation + r]];
                    uint32_t node = found.nodes[common[k].node].entity;

                    assert_true(relation->from == node || relation->to == node);
                }
            }
            free(common);
            free(relations);
            xf_walk_destroy(walk);
        }
        tangle_destroy(tangle);
    }
}

/* By example */

static const struct {
    const char *parts[3];
    const char *types, *roles;
    int newest, oldest; /* days ago; 0: open */
    const char *grade;
    const char *links; /* "from>to:type xN strength", of amina's one hop, in order */
} cases[] = {
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01; v car found_in; k john car drives"},
     .links = "amina-car x1 confirmed; amina-john x1 confirmed"},
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01; k amina john found_with; k john amina knows"},
     .links = "amina>john:found_with x1 confirmed; john>amina:knows x1 confirmed"},
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01; k amina john found_with",
               "p amina missing 2011-05-05; p john found_with 1984-01-01; k amina john found_with"},
     .links = "amina>john:found_with x2 confirmed"},
    {.parts = {"grade 2CP; p amina missing 2011-05-05; p john seen_with 1984-01-01"}, .links = "amina-john x1 tentative"},
    {.parts = {"grade 3AP; p amina missing 2011-05-05; p john seen_with 1984-01-01"}, .links = "amina-john x1 tentative"},
    {.parts = {"grade 3EP; p amina missing 2011-05-05; p john seen_with 1984-01-01",
               "p amina missing 2011-05-05; p john seen_with 1984-01-01"},
     .links = "amina-john x2 confirmed"},
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01; v car found_in"},
     .roles = "found_in",
     .links = "amina-car x1 confirmed"},
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01; v car found_in"},
     .roles = "-found_in",
     .links = "amina-john x1 confirmed"},
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01; v car found_in; k amina car found_in"},
     .types = "found_in",
     .links = "amina>car:found_in x1 confirmed"},
    {.parts = {"p amina missing 2011-05-05; v car found_in; k amina car found_in"}, .types = "nonsense", .links = ""},
    /* The records are 10, 20 and 30 days old. */
    {.parts = {"p amina missing 2011-05-05; p john found_with 1984-01-01", "p amina missing 2011-05-05; v car found_in",
               "p amina missing 2011-05-05; l grill found_at"},
     .oldest = 25,
     .newest = 15,
     .links = "amina-car x1 confirmed"},
    {.parts = {"grade 2BP; p amina missing 2011-05-05; p john found_with 1984-01-01",
               "grade 3AP; p amina missing 2011-05-05; v car found_in", "grade 1AP; p amina missing 2011-05-05; l grill found_at"},
     .grade = "2A",
     .links = "amina-grill x1 confirmed"},
};

static void fill_filter(const struct world *world, size_t at, struct xf_tie_filter *filter)
{
    *filter = tangle_all;
    if (cases[at].types) {
        filter->typed = true;
        filter->types[filter->type_count++] = xf_intern_find(world->symbols, cases[at].types, strlen(cases[at].types));
    }
    if (cases[at].roles && *cases[at].roles == '-') {
        filter->not_roles[filter->not_role_count++] =
            xf_intern_find(world->symbols, cases[at].roles + 1, strlen(cases[at].roles + 1));
    } else if (cases[at].roles) {
        filter->of_roles = true;
        filter->roles[filter->role_count++] = xf_intern_find(world->symbols, cases[at].roles, strlen(cases[at].roles));
    }
    if (cases[at].oldest)
        filter->since = world->at - cases[at].oldest * XF_DAY;
    if (cases[at].newest)
        filter->until = world->at - cases[at].newest * XF_DAY;
    if (cases[at].grade) {
        filter->source = cases[at].grade[0];
        filter->information = cases[at].grade[1];
    }
}

static const char *name_of(const struct world *world, uint32_t entity)
{
    return xf_intern_text(world->symbols, xf_register_mention_at(world->reg, xf_linker_first(world->linker, entity))->ref);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void a_link_says_what_its_records_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world *world = world_create();
        struct xf_view view = {.graph = &world->graph, .flags = world->flags, .agency = 0};
        struct xf_tie_filter filter;
        struct xf_found found;
        struct xf_walk *walk;
        char lines[8][128], *order[8], text[1024] = "";
        uint32_t root;

        for (uint32_t r = 0; r < 3 && cases[i].parts[r]; r++) {
            char id[8];

            snprintf(id, sizeof(id), "R%u", r);
            world_put(world, "police", id, 10 + 10 * r, "missing_episode", cases[i].parts[r]);
        }
        fill_filter(world, i, &filter);
        root = xf_linker_entity_of(world->linker, world_mention(world, "police", "R0", "amina"));
        walk = walked(&view, &filter, 1, 10, 100, &root, 1, 1000);
        found = xf_walk_found(walk);
        for (uint32_t k = 0; k < found.relation_count; k++) {
            const struct xf_relation *relation = &found.relations[k];

            assert_in_range(k, 0, 7);
            snprintf(lines[k], sizeof(lines[k]), "%s%s%s%s%s x%u %s", name_of(world, relation->from), relation->type ? ">" : "-",
                     name_of(world, relation->to), relation->type ? ":" : "", xf_intern_text(world->symbols, relation->type),
                     relation->record_count, relation->confirmed ? "confirmed" : "tentative");
            order[k] = lines[k];
            assert_true(relation->first <= relation->last);
        }
        if (found.relation_count > 1)
            qsort(order, found.relation_count, sizeof(*order), by_text);
        for (uint32_t k = 0; k < found.relation_count; k++)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", k ? "; " : "", order[k]);
        if (strcmp(text, cases[i].links) != 0)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, text, cases[i].links);
        xf_walk_destroy(walk);
        world_destroy(world);
    }
}

/* A mention that its entity holds by a likely, not a certain, match ties tentatively until people say "same". */
static void a_doubtful_member_ties_tentatively(void **state)
{
    struct world *world = world_create();
    struct xf_view view = {.graph = &world->graph, .flags = world->flags, .agency = 0};
    uint32_t mention, other;

    (void)state;
    world_put(world, "police", "R1", 5, "missing_episode", "p unarosa missing 2011-05-05; v car found_in");
    mention = world_mention(world, "police", "R1", "unarosa");
    assert_true(xf_linker_sure(world->linker, mention));
    world_put(world, "care", "R2", 4, "family", "p unaroza child 2011-05-05");
    other = world_mention(world, "care", "R2", "unaroza");
    assert_int_equal(xf_linker_entity_of(world->linker, mention), xf_linker_entity_of(world->linker, other));
    for (int said = 0; said < 2; said++) {
        uint32_t root = xf_linker_entity_of(world->linker, mention);
        struct xf_walk *walk = walked(&view, &tangle_all, 1, 10, 100, &root, 1, 1000);

        assert_int_equal(xf_linker_sure(world->linker, mention), said);
        assert_int_equal(xf_walk_found(walk).relation_count, 1);
        assert_int_equal(xf_walk_found(walk).relations[0].confirmed, said);
        xf_walk_destroy(walk);
        if (!said)
            world_decide(world, mention, other, XF_WORD_SAME);
    }
    world_destroy(world);
}

static void a_full_list_says_so(void **state)
{
    struct world *world = world_create();
    struct xf_view view = {.graph = &world->graph, .flags = world->flags, .agency = 0};
    uint32_t root;
    struct xf_walk *walk;
    struct xf_found found;

    (void)state;
    world_put(world, "police", "R1", 5, "missing_episode",
              "p amina missing 2011-05-05; p john found_with 1984-01-01; v car found_in; l grill found_at");
    world_put(world, "police", "R2", 4, "missing_episode", "p amina missing 2011-05-05; v car found_in");
    root = xf_linker_entity_of(world->linker, world_mention(world, "police", "R1", "amina"));
    walk = walked(&view, &tangle_all, 2, 10, 2, &root, 1, 1000);
    found = xf_walk_found(walk);
    assert_true(found.truncated);
    assert_int_equal(found.relation_count, 2);
    assert_int_equal(found.node_count, 3);
    /* The most telling is kept. */
    assert_string_equal(name_of(world, found.relations[0].to), "car");
    assert_int_equal(found.relations[0].record_count, 2);
    xf_walk_destroy(walk);
    xf_walk_destroy(NULL);
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_finds_what_a_slow_reading_finds),
        cmocka_unit_test(what_is_common_is_what_a_slow_reading_finds),
        cmocka_unit_test(a_link_says_what_its_records_say),
        cmocka_unit_test(a_doubtful_member_ties_tentatively),
        cmocka_unit_test(a_full_list_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
