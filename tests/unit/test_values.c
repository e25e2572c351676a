/* SPDX-License-Identifier: Apache-2.0 */
/* Values packed and opened again. */
#include "check.h"

#include "../../lib/values.h"

static void check_values(const struct xf_value *values, uint32_t count)
{
    uint32_t words[XF_VALUES_WORDS + 1], again[XF_VALUES_WORDS + 1]; /* what is behind may be read */
    struct xf_value opened[XF_MENTION_VALUES_MAX];
    uint32_t length;

    memset(words, 0x55, sizeof(words));
    memset(again, 0xaa, sizeof(again));
    length = xf_values_pack(values, count, words);
    assert_int_equal(xf_values_pack(values, count, again), length);
    assert_memory_equal(words, again, length * sizeof(*words)); /* contents are compared packed */
    assert_int_equal(xf_values_unpack(words, length, opened), count);
    assert_memory_equal(opened, values, count * sizeof(*values));
}

static void each_value_comes_back(void **state)
{
    static const uint32_t numbers[] = {0, 1, 255, 256, 65535, 65536, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, UINT32_MAX};
    static const uint8_t groups[] = {0, 1, 14, 15, 16, 255};
    const size_t count = sizeof(numbers) / sizeof(*numbers);

    (void)state;
    check_values(NULL, 0);
    for (uint8_t field = 1; field < XF_FIELDS; field++)
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < count; j++)
                for (size_t k = 0; k < sizeof(groups); k++)
                    for (uint16_t flags = 0; flags <= XF_VALUE_WEAK; flags++) {
                        struct xf_value value = {
                            .field = field, .group = groups[k], .flags = flags, .qualifier = numbers[i], .symbol = numbers[j]};
                        check_values(&value, 1);
                    }
}

static void as_many_as_a_mention_may_have(void **state)
{
    struct xf_value values[XF_MENTION_VALUES_MAX];

    (void)state;
    for (uint32_t i = 0; i < XF_MENTION_VALUES_MAX; i++)
        values[i] = (struct xf_value){.field = XF_FIELD_ATTRIBUTE, .group = 255, .flags = 1, .qualifier = UINT32_MAX, .symbol = ~i};
    for (uint32_t count = 0; count <= XF_MENTION_VALUES_MAX; count++)
        check_values(values, count);
}

/* What a person of the benches says: the memory of ten million rests on it. */
static void a_person_is_small(void **state)
{
    static const struct xf_value values[] = {
        {.field = XF_FIELD_GIVEN, .symbol = 30000},
        {.field = XF_FIELD_FAMILY, .symbol = 70000},
        {.field = XF_FIELD_BIRTH_DATE, .symbol = 19990214},
        {.field = XF_FIELD_SEX, .symbol = 3},
        {.field = XF_FIELD_HOUSE, .symbol = 900},
        {.field = XF_FIELD_STREET, .symbol = 80000},
        {.field = XF_FIELD_TOWN, .symbol = 500},
        {.field = XF_FIELD_POSTCODE, .symbol = 200000},
        {.field = XF_FIELD_PHONE, .symbol = 3000000},
    };
    uint32_t words[XF_VALUES_WORDS];

    (void)state;
    assert_in_range(xf_values_pack(values, sizeof(values) / sizeof(*values), words), 1, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_comes_back),
        cmocka_unit_test(as_many_as_a_mention_may_have),
        cmocka_unit_test(a_person_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
