/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "files.h"
#include "shorthand.h"
#include "tangle.h"

static struct xf_trail *searched(const struct xf_view *view, const struct xf_trail_question *question, uint32_t looks)
{
    struct xf_trail *trail = xf_trail_create(question);
    int rc;

    assert_non_null(trail);
    while ((rc = xf_trail_step(trail, view, looks)) == 1)
        ;
    assert_int_equal(rc, XF_OK);
    return trail;
}

static bool told(const struct xf_found *found, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < found->relation_count; i++)
        if ((found->relations[i].from == a && found->relations[i].to == b) ||
            (found->relations[i].from == b && found->relations[i].to == a))
            return true;
    return false;
}

static void check_trail(struct tangle *tangle, uint32_t from, uint32_t to, uint32_t max_hops, uint32_t hub_links,
                        uint32_t max_paths, uint32_t looks)
{
    struct xf_trail_question question = {.filter = &tangle_all,
                                         .from = tangle->entities[from],
                                         .to = tangle->entities[to],
                                         .max_hops = max_hops,
                                         .hub_links = hub_links,
                                         .paths = max_paths,
                                         .any = max_paths == 1,
                                         .visited = 100000};
    uint32_t depths[TANGLE_PERSONS], ways[TANGLE_PERSONS], length, count, expected;
    bool roots[TANGLE_PERSONS] = {false};
    struct xf_trail *trail = searched(&tangle->view, &question, looks);
    struct xf_found found = xf_trail_found(trail);

    roots[from] = true;
    tangle_depths(tangle, roots, max_hops, hub_links, depths, ways);
    count = xf_trail_paths(trail, &length);
    expected = depths[to] == TANGLE_FAR ? 0 : ways[to];
    if (count != (expected < max_paths ? expected : max_paths))
        fail_msg("%u ways from %u to %u, not %u", count, from, to, expected);
    assert_int_equal(found.truncated, expected > max_paths && max_paths > 1);
    if (count)
        assert_int_equal(length, depths[to]);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *path = xf_trail_path(trail, i);

        assert_int_equal(path[0], tangle->entities[from]);
        assert_int_equal(path[length], tangle->entities[to]);
        for (uint32_t k = 0; k < length; k++) {
            uint32_t a = tangle_person(tangle, path[k]), b = tangle_person(tangle, path[k + 1]);

            assert_true(tangle->shown[a][b]);
            assert_true(k == 0 || !tangle_hub(tangle, a, hub_links));
            assert_true(told(&found, path[k], path[k + 1]));
        }
        for (uint32_t k = 0; k < i; k++)
            assert_memory_not_equal(path, xf_trail_path(trail, k), (length + 1) * sizeof(*path));
    }
    for (uint32_t i = 0; i < found.relation_count; i++) {
        const struct xf_relation *relation = &found.relations[i];

        for (uint32_t k = 0; k < relation->listed; k++)
            assert_true(xf_disclosure_record(&tangle->view, found.records[relation->first_record + k]));
    }
    for (uint32_t i = 0; i < found.withheld_listed; i++)
        assert_int_equal(xf_disclosure_sight(&tangle->view, found.withheld[i]), XF_SIGHT_WITHHELD);
    for (uint32_t i = 0; i < found.node_count; i++)
        if (found.nodes[i].hub)
            assert_true(tangle_hub(tangle, tangle_person(tangle, found.nodes[i].entity), hub_links));
    xf_trail_destroy(trail);
}

static void the_shortest_ways_are_those_of_a_slow_reading(void **state)
{
    (void)state;
    for (uint32_t seed = 21; seed <= 26; seed++) {
        struct tangle *tangle = tangle_create(seed);

        for (uint32_t from = 0; from < TANGLE_PERSONS; from++) {
            for (uint32_t to = 0; to < TANGLE_PERSONS; to += 1 + from % 3) {
                uint32_t round = from * TANGLE_PERSONS + to;
                static const uint32_t hubs[] = {3, 5, 8, 100}, hops[] = {6, 3, 1, 12}, paths[] = {1000, 1, 3};

                if (tangle->entities[from] != XF_NONE && tangle->entities[to] != XF_NONE)
                    check_trail(tangle, from, to, hops[round % 4], hubs[round / 4 % 4], paths[round % 3], round % 2 ? 3 : 5000);
            }
        }
        tangle_destroy(tangle);
    }
}

static void a_search_that_visits_too_many_says_so(void **state)
{
    struct tangle *tangle = tangle_create(31);
    struct xf_trail_question question = {
        .filter = &tangle_all, .max_hops = 12, .hub_links = 100, .paths = 1, .visited = 2, .from = XF_NONE, .to = XF_NONE};
    uint32_t depths[TANGLE_PERSONS], length;
    bool roots[TANGLE_PERSONS] = {false}, truncated = false;

    (void)state;
    roots[0] = true;
    tangle_depths(tangle, roots, 12, 100, depths, NULL);
    for (uint32_t to = 0; to < TANGLE_PERSONS && !truncated; to++) {
        struct xf_trail *trail;

        if (depths[to] < 3 || depths[to] == TANGLE_FAR)
            continue;
        question.from = tangle->entities[0];
        question.to = tangle->entities[to];
        trail = searched(&tangle->view, &question, 1000);
        assert_int_equal(xf_trail_paths(trail, &length), 0);
        truncated = xf_trail_found(trail).truncated;
        xf_trail_destroy(trail);
    }
    assert_true(truncated);
    tangle_destroy(tangle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_ways_are_those_of_a_slow_reading),
        cmocka_unit_test(a_search_that_visits_too_many_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
