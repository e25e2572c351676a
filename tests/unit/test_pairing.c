/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of a linker against what xf_linker_why says of any two: all that meet and weigh enough, each once, and no other. */
#include "check.h"

#include <stdio.h>

#include "mentions.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define MENTIONS_MAX 16

struct world {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_linker *linker;
    uint32_t count;
    int32_t weights[MENTIONS_MAX][MENTIONS_MAX]; /* of the pairs that were told; 0: none */
    unsigned told, stop_after;
};

static void open_world(struct world *world, const char *const *mentions, size_t count)
{
    const struct xf_linker_change *changes;
    size_t change_count;
    uint32_t ordinal = 0;

    memset(world, 0, sizeof(*world));
    world->model = shipped_model();
    world->symbols = xf_intern_create();
    world->linker = xf_linker_create(world->model, world->symbols);
    for (; world->count < count; world->count++) {
        struct xf_mention mention = mention_of(world->symbols, XF_PERSON, mentions[world->count]);

        assert_int_equal(xf_linker_add(world->linker, world->count, &mention), XF_OK);
    }
    assert_int_equal(xf_linker_settle(world->linker, 1, &ordinal, &changes, &change_count), XF_OK);
}

static void close_world(struct world *world)
{
    xf_linker_destroy(world->linker);
    xf_intern_destroy(world->symbols);
    xf_model_destroy(world->model);
}

static int take(void *context, const struct xf_pair *pair)
{
    struct world *world = context;

    assert_true(pair->a < pair->b && pair->b < world->count);
    assert_int_equal(world->weights[pair->a][pair->b], 0);
    world->weights[pair->a][pair->b] = pair->weight;
    return ++world->told == world->stop_after ? 42 : 0;
}

static unsigned pairs_from(struct world *world, int32_t min_weight)
{
    memset(world->weights, 0, sizeof(world->weights));
    world->told = 0;
    assert_int_equal(xf_linker_pairs(world->linker, min_weight, take, world), XF_OK);
    return world->told;
}

static const char *const people[] = {
    "given=amina|family=hussain|born=20110402|postcode=HD1 1RL",
    "given=amina|family=hussein|born=20110402|postcode=HD1 1RL",
    "given=amina|family=hussain|born=20110402|postcode=HD1 1RL",
    "given=zoe|family=nowak|born=20110402|postcode=HD1 1RL",
    "given=amina|family=hussain|born=20110402|id.nhs=9434765919",
    "given=amina|family=hussain|born=20110402|id.nhs=4505577104",
    "given=john|family=smith|born=19840503",
    "given=amina",
    "given=amina",
};

static void every_pair_is_told_with_its_weight(void **state)
{
    static const int32_t least[] = {XF_PAIRS_EDGES, 12000, 2000, 0, -30000};
    struct world world;

    (void)state;
    open_world(&world, people, LENGTH(people));
    for (size_t i = 0; i < LENGTH(least); i++) {
        int32_t from = least[i] == XF_PAIRS_EDGES ? xf_model_review_threshold(world.model, XF_PERSON) : least[i];
        unsigned told = pairs_from(&world, least[i]);

        assert_true(told > 0);
        for (uint32_t a = 0; a < world.count; a++) {
            for (uint32_t b = a + 1; b < world.count; b++) {
                struct xf_why why;

                xf_linker_why(world.linker, a, b, &why);
                if (world.weights[a][b] && (world.weights[a][b] != why.total || why.total < from || why.conflict))
                    fail_msg("%u and %u: %d, not %d", a, b, world.weights[a][b], why.total);
                if (from >= xf_model_review_threshold(world.model, XF_PERSON) && why.total >= from && !why.conflict)
                    assert_int_equal(world.weights[a][b], why.total); /* these few all meet */
            }
        }
    }
    assert_true(pairs_from(&world, -30000) > pairs_from(&world, XF_PAIRS_EDGES));
    pairs_from(&world, -30000);
    assert_true(world.weights[0][2] > world.weights[0][1]); /* the very same, one profile */
    assert_int_equal(world.weights[4][5], 0);               /* two NHS numbers */
    assert_true(world.weights[0][3] < xf_model_review_threshold(world.model, XF_PERSON));
    world.told = 0;
    world.stop_after = 2;
    memset(world.weights, 0, sizeof(world.weights));
    assert_int_equal(xf_linker_pairs(world.linker, -30000, take, &world), 42);
    assert_int_equal(world.told, 2);
    close_world(&world);
}

static void mentions_of_one_source_are_no_pairs(void **state)
{
    static const char *const mentions[] = {
        "given=amina|family=hussain|born=20110402|postcode=HD1 1RL|source=a",
        "given=amina|family=hussain|born=20110402|postcode=HD1 1RL|source=a",
        "given=amina|family=hussain|born=20110402|postcode=HD1 1RL|source=b",
        "given=amina|family=hussain|born=20110402|postcode=HD1 1RL",
        "given=john|family=smith|born=19840503|source=a",
        "given=john|family=smith|born=19840503|source=a",
    };
    struct world world;

    (void)state;
    open_world(&world, mentions, LENGTH(mentions));
    assert_int_equal(pairs_from(&world, -1000), 5); /* 0 and 1, 4 and 5 are of one source */
    assert_int_equal(world.weights[0][1], 0);
    assert_int_equal(world.weights[4][5], 0);
    assert_int_equal(world.weights[0][2], world.weights[1][3]);
    assert_int_not_equal(xf_linker_entity_of(world.linker, 4), xf_linker_entity_of(world.linker, 5));
    close_world(&world);
}

static void nobody_has_no_pairs(void **state)
{
    struct world world;

    (void)state;
    open_world(&world, NULL, 0);
    assert_int_equal(pairs_from(&world, 0), 0);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_told_with_its_weight),
        cmocka_unit_test(mentions_of_one_source_are_no_pairs),
        cmocka_unit_test(nobody_has_no_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
