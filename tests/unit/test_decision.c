/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "crossflag/decision.h"

static struct xf_decision between(uint32_t a, uint32_t b, uint8_t word)
{
    return (struct xf_decision){.a = {1, a, 9}, .b = {1, b, 9}, .word = word};
}

static uint32_t put(struct xf_decisions *decisions, uint32_t a, uint32_t b, uint8_t word)
{
    struct xf_decision decision = between(a, b, word);
    uint32_t row;

    assert_int_equal(xf_decisions_put(decisions, &decision, &row), XF_OK);
    return row;
}

static void a_pair_has_one_decision_either_way_round(void **state)
{
    struct xf_decisions *decisions = xf_decisions_create();
    uint32_t row = put(decisions, 10, 20, XF_WORD_SAME);

    (void)state;
    xf_decisions_force(decisions, row, true);
    assert_int_equal(put(decisions, 20, 10, XF_WORD_NOT_SAME), row);
    assert_int_equal(xf_decisions_count(decisions), 1);
    assert_int_equal(xf_decisions_at(decisions, row)->word, XF_WORD_NOT_SAME);
    assert_int_equal(xf_decisions_at(decisions, row)->in_force, 0);
    assert_int_equal(xf_decisions_find(decisions, (struct xf_mention_key){1, 10, 9}, (struct xf_mention_key){1, 30, 9}), XF_NONE);
    xf_decisions_destroy(decisions);
}

static size_t count_of(const struct xf_decisions *decisions, uint32_t id)
{
    size_t count = 0;

    for (uint32_t i = xf_decisions_first(decisions, 1, id); i != XF_NONE; i = xf_decisions_next(decisions, i, 1, id))
        count++;
    return count;
}

static void every_record_finds_its_own(void **state)
{
    struct xf_decisions *decisions = xf_decisions_create(), *loaded;
    struct bytes bytes = {0}, again = {0};

    (void)state;
    for (uint32_t i = 2; i < 500; i++)
        put(decisions, 1, i, XF_WORD_NOT_SAME);
    put(decisions, 2, 3, XF_WORD_SAME);
    put(decisions, 7, 7, XF_WORD_SAME); /* two mentions of one record */
    assert_int_equal(count_of(decisions, 1), 498);
    assert_int_equal(count_of(decisions, 2), 2);
    assert_int_equal(count_of(decisions, 7), 2);
    assert_int_equal(count_of(decisions, 4000), 0);
    assert_int_equal(xf_decisions_save(decisions, &(struct xf_pack){bytes_write, &bytes}), XF_OK);
    assert_int_equal(xf_decisions_load(&(struct xf_unpack){bytes_read, &bytes}, &loaded), XF_OK);
    assert_int_equal(count_of(loaded, 1), 498);
    assert_int_equal(count_of(loaded, 7), 2);
    assert_int_equal(xf_decisions_save(loaded, &(struct xf_pack){bytes_write, &again}), XF_OK);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);
    free(bytes.data);
    free(again.data);
    xf_decisions_destroy(loaded);
    xf_decisions_destroy(decisions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_pair_has_one_decision_either_way_round),
                                       cmocka_unit_test(every_record_finds_its_own)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
