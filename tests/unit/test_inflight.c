/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for a key while batches are on their way: that a refusal brings back what stood before it, that doubt is neither a
 * yes nor a no, and that whoever waits is told once. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "inflight.h"

#define KEYS 2

struct world {
    struct xf_intern *symbols;
    struct xf_register *reg;
    struct xf_inflight *inflight;
};

static struct world make_world(void)
{
    struct world world = {.symbols = xf_intern_create(), .inflight = xf_inflight_create()};

    assert_non_null(world.symbols);
    assert_non_null(world.inflight);
    world.reg = xf_register_create(world.symbols);
    assert_non_null(world.reg);
    return world;
}

static void end_world(struct world *world)
{
    xf_inflight_destroy(world->inflight);
    xf_register_destroy(world->reg);
    xf_intern_destroy(world->symbols);
}

static struct xf_standing standing(const struct world *world)
{
    return xf_inflight_standing(world->inflight, world->reg, "police", "a", "police/a");
}

/* A batch with one note on police/a, whose content is told by a digest of one letter. */
static struct xf_sending *send(struct world *world, uint32_t revision, char content, int64_t version)
{
    struct xf_batch *batch = xf_batch_create();
    struct xf_standing note = {.revision = revision, .live = content != 0, .version = version};
    struct xf_sending *sending;

    assert_non_null(batch);
    memset(note.digest, content, sizeof(note.digest));
    sending = xf_sending_create(world->inflight, batch);
    assert_non_null(sending);
    assert_int_equal(xf_sending_note(sending, xf_arena_copy(batch->arena, "police/a", 8), &note), XF_OK);
    xf_batch_unref(batch);
    return sending;
}

static void fold_put(struct world *world, char content, uint32_t revision)
{
    struct xf_record record = {.id = "a", .kind = "other", .version = -1};
    uint32_t row = xf_register_find(world->reg, "police", "a");

    if (row != XF_NONE)
        xf_register_clear(world->reg, row);
    memset(record.digest, content, sizeof(record.digest));
    assert_int_equal(xf_register_put(world->reg, "police", &record, "2BP", revision, &row), XF_OK);
    xf_register_revise(world->reg, row, revision);
}

static enum xf_verdict judge(const struct world *world, char content, int64_t version)
{
    struct xf_record record = {.id = "a", .kind = "other", .version = version};
    struct xf_standing at = standing(world);

    memset(record.digest, content, sizeof(record.digest));
    return xf_standing_judge(&at, &record);
}

static void the_newest_stands(void **state)
{
    struct world world = make_world();
    struct xf_sending *first, *second;

    (void)state;
    assert_int_equal(standing(&world).revision, 0);
    first = send(&world, 1, 'x', -1);
    second = send(&world, 2, 'y', -1);
    assert_int_equal(standing(&world).revision, 2);
    assert_ptr_equal(standing(&world).sending, second);
    xf_sending_answer(first, XF_OK);
    xf_sending_answer(second, XF_OK);
    assert_null(standing(&world).sending);
    assert_int_equal(judge(&world, 'y', -1), XF_VERDICT_UNCHANGED);
    assert_true(xf_inflight_knows(world.inflight, "police/a"));
    fold_put(&world, 'x', 1);
    xf_sending_end(first);
    assert_int_equal(standing(&world).revision, 2);
    fold_put(&world, 'y', 2);
    xf_sending_end(second);
    assert_int_equal(standing(&world).revision, 2);
    assert_false(xf_inflight_knows(world.inflight, "police/a"));
    end_world(&world);
}

/* The queue is full: 429 for the second, while the first is on its way. */
static void a_refusal_brings_back_what_stood_before(void **state)
{
    struct world world = make_world();
    struct xf_sending *first;

    (void)state;
    fold_put(&world, 'w', 1);
    first = send(&world, 2, 'x', -1);
    xf_sending_answer(send(&world, 3, 'y', -1), XF_ELIMIT);
    assert_int_equal(standing(&world).revision, 2);
    assert_ptr_equal(standing(&world).sending, first);
    assert_int_equal(judge(&world, 'w', -1), XF_VERDICT_ACCEPT); /* not unchanged: x is going in */
    xf_sending_answer(first, XF_OK);
    xf_sending_end(first);
    end_world(&world);
}

static void a_refusal_in_the_middle_leaves_the_newest(void **state)
{
    struct world world = make_world();
    struct xf_sending *first = send(&world, 1, 'x', -1), *second = send(&world, 2, 'y', -1), *third = send(&world, 3, 'z', -1);

    (void)state;
    xf_sending_answer(second, XF_ENOMEM);
    assert_int_equal(standing(&world).revision, 3);
    xf_sending_answer(third, XF_ECONFLICT);
    assert_int_equal(standing(&world).revision, 1);
    xf_sending_answer(first, XF_ECONFLICT);
    assert_int_equal(standing(&world).revision, 0);
    end_world(&world);
}

/* Revision 1 never came: the journal has 2 only, and 2 must not be given again. */
static void revisions_are_the_journals(void **state)
{
    struct world world = make_world();
    struct xf_sending *second;

    (void)state;
    xf_sending_answer(send(&world, 1, 'x', -1), XF_EINVAL);
    second = send(&world, 2, 'y', -1);
    xf_sending_answer(second, XF_OK);
    fold_put(&world, 'y', 2);
    xf_sending_end(second);
    assert_int_equal(standing(&world).revision, 2);
    end_world(&world);
}

static void doubt_stays_until_the_register_knows(void **state)
{
    struct world world = make_world();
    struct xf_wait wait = {0};

    (void)state;
    xf_sending_answer(send(&world, 1, 'x', 5), XF_EIO);
    assert_true(xf_sending_in_doubt(standing(&world).sending));
    assert_int_equal(xf_sending_wait(standing(&world).sending, &wait), XF_EIO);
    xf_inflight_prune(world.inflight, world.reg);
    assert_int_equal(standing(&world).revision, 1);
    fold_put(&world, 'x', 1);
    assert_false(xf_sending_in_doubt(standing(&world).sending));
    xf_inflight_prune(world.inflight, world.reg);
    assert_false(xf_inflight_knows(world.inflight, "police/a"));
    end_world(&world);
}

static void another_epoch_forgets(void **state)
{
    struct world world = make_world();
    struct xf_sending *answered;

    (void)state;
    xf_sending_answer(send(&world, 1, 'x', -1), XF_EIO);
    answered = send(&world, 2, 'y', -1);
    xf_sending_answer(answered, XF_OK);
    xf_inflight_clear(world.inflight);
    assert_int_equal(standing(&world).revision, 0);
    xf_sending_end(answered); /* still its holder's to end */
    end_world(&world);
}

static void note_result(void *argument, int result)
{
    int *results = argument;

    results[0]++;
    results[1] = result;
}

static void who_waits_is_told_once(void **state)
{
    static const int answers[] = {XF_OK, XF_EIO, XF_ELIMIT};

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct world world = make_world();
        struct xf_sending *sending = send(&world, 1, 'x', -1);
        int told[KEYS][2] = {{0}};
        struct xf_wait waits[KEYS];

        for (int j = 0; j < KEYS; j++) {
            waits[j] = (struct xf_wait){.then = note_result, .argument = told[j]};
            assert_int_equal(xf_sending_wait(sending, &waits[j]), XF_OK);
        }
        xf_sending_answer(sending, answers[i]);
        for (int j = 0; j < KEYS; j++) {
            assert_int_equal(told[j][0], 1);
            assert_int_equal(told[j][1], answers[i]);
        }
        end_world(&world);
    }
}

static void versions(void **state)
{
    static const struct {
        char content;
        int64_t version;
        enum xf_verdict verdict;
    } cases[] = {{'x', 5, XF_VERDICT_UNCHANGED},  {'y', 5, XF_VERDICT_CONFLICT}, {'y', 4, XF_VERDICT_STALE},
                 {'x', 4, XF_VERDICT_STALE},      {'x', 6, XF_VERDICT_ACCEPT},   {'y', 6, XF_VERDICT_ACCEPT},
                 {'x', -1, XF_VERDICT_UNCHANGED}, {'y', -1, XF_VERDICT_ACCEPT}};
    struct world world = make_world();
    struct xf_sending *sending = send(&world, 1, 'x', 5);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(judge(&world, cases[i].content, cases[i].version), cases[i].verdict);
    xf_sending_answer(sending, XF_ENOMEM);
    end_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_stands),
        cmocka_unit_test(a_refusal_brings_back_what_stood_before),
        cmocka_unit_test(a_refusal_in_the_middle_leaves_the_newest),
        cmocka_unit_test(revisions_are_the_journals),
        cmocka_unit_test(doubt_stays_until_the_register_knows),
        cmocka_unit_test(another_epoch_forgets),
        cmocka_unit_test(who_waits_is_told_once),
        cmocka_unit_test(versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
