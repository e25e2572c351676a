/* SPDX-License-Identifier: Apache-2.0 */
/* Why entities hold together, and by which edge they became one. */
#include "check.h"

#include "crossflag/arena.h"
#include "linking.h"

static int choose_all(void *context, uint32_t number)
{
    return number == *(uint32_t *)context ? 0 : 1;
}

static void bonds_hold_an_entity_together(void **state)
{
    struct world *world = *state;
    struct xf_arena *scratch = xf_arena_create();
    struct xf_bond bonds[8];
    struct xf_bonds counts;
    struct xf_why why;
    uint32_t hidden = XF_NONE;
    size_t count;

    add(world, 0, XF_PERSON, ZOFIA "|id.nhs=9434765919");
    add(world, 1, XF_PERSON, ZOFIA "|sex=f");
    add(world, 2, XF_PERSON, ZOFIA "|id.nhs=9434765919|sex=f");
    add(world, 3, XF_PERSON, ZOFIA "|sex=f");
    add(world, 4, XF_PERSON, "given=amina|family=hussain|born=20110402");
    settle(world);
    assert_int_equal(xf_linker_decide(world->linker, 4, 0, XF_WORD_SAME), XF_OK);
    settle(world);
    assert_int_equal(of(world, 4), of(world, 0));
    count = xf_linker_bonds(world->linker, of(world, 0), XF_NONE, choose_all, &hidden, bonds, 8, &counts, scratch);
    assert_int_equal(count, 3);
    assert_int_equal(counts.contents, 4);
    assert_int_equal(counts.edges, 3);
    assert_false(counts.truncated);
    assert_true(bonds[0].word);
    assert_true(bonds[1].weight >= bonds[2].weight && !bonds[1].word);
    xf_linker_why(world->linker, bonds[1].a, bonds[1].b, &why);
    assert_int_equal(why.total, bonds[1].weight);
    count = xf_linker_bonds(world->linker, of(world, 0), 3, choose_all, &hidden, bonds, 8, &counts, scratch);
    assert_int_equal(count, 2);
    assert_int_equal(bonds[0].a, 3);
    assert_int_equal(bonds[1].a, 3);
    hidden = 0;
    count = xf_linker_bonds(world->linker, of(world, 0), XF_NONE, choose_all, &hidden, bonds, 8, &counts, scratch);
    assert_int_equal(count, 1);
    assert_int_equal(counts.contents, 3);
    assert_int_equal(xf_linker_bonds(world->linker, of(world, 0), XF_NONE, choose_all, &hidden, bonds, 0, &counts, scratch), 0);
    assert_true(counts.truncated);
    xf_arena_destroy(scratch);
}

/* prior, comparison by comparison, total: nothing is left unsaid. */
static void why_adds_up(void **state)
{
    static const char *const texts[] = {
        ZOFIA,
        ZOFIA "|sex=f|postcode=HD1 1RL|house=4",
        "given=zosia|family=wisniewski|born=19990215|postcode=HD1 1RL|house=4",
        "given=zofia|family=nowak|born=19991402|phone=+447700900123|id.nhs=9434765919",
        "given=adam|family=wisniewska|born=19990214|postcode=HD1 1RL|house=4|phone=+447700900123|id.nhs=9434765870",
        ""};
    struct world *world = *state;
    uint32_t count = sizeof(texts) / sizeof(*texts);

    for (uint32_t i = 0; i < count; i++)
        add(world, i, XF_PERSON, texts[i]);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < count; j++) {
            struct xf_why why, back;
            int32_t sum;

            xf_linker_why(world->linker, i, j, &why);
            xf_linker_why(world->linker, j, i, &back);
            sum = why.prior;
            for (size_t k = 0; k < why.count; k++)
                sum += why.results[k].weight;
            assert_int_equal(sum, why.total);
            assert_int_equal(back.total, why.total);
        }
    }
}

static void a_merge_tells_the_edge_that_joined(void **state)
{
    struct world *world = *state;
    const struct xf_linker_change *merged = NULL;
    struct xf_why why;

    add(world, 0, XF_PERSON, "given=zofia|family=wisniewska|id.nhs=9434765919");
    add(world, 1, XF_PERSON, "given=zosia|family=nowak|born=19990214|phone=+447700900123");
    settle(world);
    add(world, 2, XF_PERSON,
        "given=zofia|family=wisniewska|given@1=zosia|family@1=nowak|born=19990214|phone=+447700900123|id.nhs=9434765919");
    settle(world);
    for (size_t i = 0; i < world->change_count; i++)
        if (world->changes[i].change == XF_ENTITY_MERGED)
            merged = &world->changes[i];
    assert_non_null(merged);
    assert_int_equal(merged->a, 1);
    assert_int_equal(merged->b, 2);
    assert_false(merged->word);
    xf_linker_why(world->linker, 1, 2, &why);
    assert_int_equal(why.total, merged->weight);
    take(world, 2);
    settle(world);
    assert_int_equal(xf_linker_decide(world->linker, 0, 1, XF_WORD_SAME), XF_OK);
    settle(world);
    merged = NULL;
    for (size_t i = 0; i < world->change_count; i++)
        if (world->changes[i].change == XF_ENTITY_MERGED)
            merged = &world->changes[i];
    assert_non_null(merged);
    assert_true(merged->word && merged->a == 1 && merged->b == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bonds_hold_an_entity_together, setup, teardown),
        cmocka_unit_test_setup_teardown(why_adds_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_merge_tells_the_edge_that_joined, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
