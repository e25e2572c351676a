/* SPDX-License-Identifier: Apache-2.0 */
/* The clerical queue: what is asked, in which order, and what is asked no more. */
#include "check.h"

#include <stdio.h>

#include "crossflag/arena.h"
#include "linking.h"

static size_t walk_queue(const struct world *world, struct xf_review *all, size_t max)
{
    struct xf_review_walk walk = {0};
    size_t count = 0;

    while (!walk.done) {
        count += xf_linker_review(world->linker, &walk, all + count, max - count < 5 ? max - count : 5);
        assert_true(count < max);
    }
    return count;
}

/* The item on a pair, NULL: it is not in the queue. */
static const struct xf_review *asked(const struct xf_review *all, size_t count, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < count; i++)
        if ((all[i].a == a && all[i].b == b) || (all[i].a == b && all[i].b == a))
            return &all[i];
    return NULL;
}

static void the_queue_asks_what_is_in_doubt(void **state)
{
    struct world *world = *state;
    struct xf_review all[64], again[64], around[64];
    size_t count;

    for (uint32_t i = 0; i < 8; i++)
        add(world, i, XF_PERSON, "given=zosia|family=nowakowska|postcode=HD1 1RL");
    add(world, 8, XF_PERSON, ZOFIA);
    add(world, 9, XF_PERSON, ZOFIA "|sex=f");
    add(world, 10, XF_PERSON, "given=zofia|family=wisniewska|born=19990000");
    /* Two numbers that cannot be one person's: the weight says one thing, they another. */
    add(world, 11, XF_PERSON, "given=tomasz|family=mazurek|born=20000203|phone=+447700900123|id.nhs=9434765870");
    add(world, 12, XF_PERSON, "given=tomasz|family=mazurek|born=20000203|phone=+447700900123");
    add(world, 13, XF_PERSON, "given=tomasz|family=mazurek|born=20000203|phone=+447700900123|id.nhs=9434765919|sex=m");
    settle(world);
    count = walk_queue(world, all, 64);
    for (uint32_t i = 0; i < 8; i++)
        for (uint32_t j = i + 1; j < 8; j++)
            assert_true(asked(all, count, i, j) && asked(all, count, i, j)->kind == XF_REVIEW_PAIR);
    for (size_t i = 1; i < count; i++)
        assert_true(all[i - 1].doubt >= all[i].doubt || all[i].kind == XF_REVIEW_REFUSED);
    assert_int_not_equal(of(world, 11), of(world, 13));
    assert_true((asked(all, count, 12, 11) && asked(all, count, 12, 11)->kind == XF_REVIEW_REFUSED) ||
                (asked(all, count, 12, 13) && asked(all, count, 12, 13)->kind == XF_REVIEW_REFUSED));
    /* Around one entity, the same. */
    assert_int_equal(xf_linker_review_of(world->linker, of(world, 0), around, 64), 7);
    assert_int_equal(xf_linker_decide(world->linker, 0, 1, XF_WORD_NOT_SAME), XF_OK);
    settle(world);
    assert_int_equal(walk_queue(world, again, 64), count - 1);
    assert_null(asked(again, count - 1, 0, 1));
    assert_int_equal(xf_linker_decide(world->linker, 0, 1, XF_WORD_NONE), XF_OK);
    settle(world);
    assert_int_equal(walk_queue(world, again, 64), count);
    for (uint32_t i = 0; i < 14; i++)
        take(world, i);
    settle(world);
    assert_int_equal(walk_queue(world, again, 64), 0);
}

/* A link hardly above its threshold is asked about while it alone holds the entity together. */
static void the_queue_asks_about_a_weak_bridge(void **state)
{
    /* Some of their combinations are hardly above the threshold, whatever the model's weights. */
    static const char *const given[] = {"given=zofia|", "given=zosia|", "given=zofi|", "given=z|", ""};
    static const char *const family[] = {"family=wisniewska", "family=wisniewski", "family=nowak", "family=wisniewsk"};
    static const char *const born[] = {"|born=19990214", "|born=19990216", "|born=19991402", "|born=19990000", ""};
    static const char *const more[] = {"|postcode=HD1 1RL", "|postcode=HD1 9ZZ", "|sex=f", ""};
    struct world *world = *state;
    int32_t link = xf_model_link_threshold(world->model, XF_PERSON);
    struct xf_review all[64];
    unsigned bridges = 0;

    for (unsigned i = 0; i < 5 * 4 * 5 * 4; i++) {
        char weak[128];
        struct xf_why why;
        const struct xf_review *item;
        size_t count;

        snprintf(weak, sizeof(weak), "%s%s%s%s", given[i % 5], family[i / 5 % 4], born[i / 20 % 5], more[i / 100]);
        add(world, 0, XF_PERSON, ZOFIA "|postcode=HD1 1RL");
        add(world, 1, XF_PERSON, weak);
        settle(world);
        xf_linker_why(world->linker, 0, 1, &why);
        count = walk_queue(world, all, 64);
        item = asked(all, count, 0, 1);
        if (of(world, 0) == of(world, 1) && why.total < link + 4000) {
            bridges++;
            assert_non_null(item);
            assert_int_equal(item->kind, XF_REVIEW_BRIDGE);
            assert_int_equal(item->weight, why.total);
            /* A third mention that both are tied to makes it no bridge any more. */
            add(world, 2, XF_PERSON, weak);
            add(world, 3, XF_PERSON, ZOFIA "|postcode=HD1 1RL|sex=f");
            settle(world);
            count = walk_queue(world, all, 64);
            if (of(world, 3) == of(world, 1)) {
                struct xf_why other;

                xf_linker_why(world->linker, 3, 1, &other);
                assert_true(other.total < link || !asked(all, count, 0, 1));
            }
            take(world, 3);
            take(world, 2);
        }
        take(world, 0);
        take(world, 1);
        settle(world);
    }
    assert_true(bridges > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_queue_asks_what_is_in_doubt, setup, teardown),
        cmocka_unit_test_setup_teardown(the_queue_asks_about_a_weak_bridge, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
