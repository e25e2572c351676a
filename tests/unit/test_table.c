/* SPDX-License-Identifier: Apache-2.0 */
/* The segmented table and the index on it, each against what a plain array says. */
#include "check.h"

#include "../../lib/index.h"

#define ENTRIES 60000

struct entry {
    uint64_t key;
    uint32_t value;
    bool there;
};

static uint64_t random_state;

static uint64_t draw(void)
{
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The place of an entry in the table, among those of its key; false when it is not there. */
static bool find_entry(const struct xf_table *table, const struct entry *entry, struct xf_table_at *at)
{
    for (uint32_t value = xf_table_find(table, entry->key, at); value; value = xf_table_next(at))
        if (value == entry->value)
            return true;
    return false;
}

/* The keys of a case: how many bits are drawn, at what shift, over a fixed rest: spread, crowded at the ends, and many alike. */
static const struct {
    const char *what;
    unsigned bits, shift;
    uint64_t rest;
} shapes[] = {
    {"spread over all segments", 50, 0, 0},
    {"one segment", 40, 0, UINT64_C(5) << 40},
    {"the last home of a segment", 8, 0, (UINT64_C(1) << 50) - 256},
    {"the first home of a segment", 8, 0, 0},
    {"one in a thousand twice", 26, 24, 77},
};

static void a_table_finds_what_was_put(void **state)
{
    (void)state;
    for (size_t shape = 0; shape < sizeof(shapes) / sizeof(*shapes); shape++) {
        uint32_t count = shapes[shape].bits < 20 ? 3000 : ENTRIES;
        struct entry *entries = calloc(count, sizeof(*entries));
        struct xf_table table;
        struct xf_table_at at;

        random_state = shape + 1;
        assert_int_equal(xf_table_init(&table), XF_OK);
        for (uint32_t i = 0; i < count; i++) {
            entries[i].key = (draw() & ((UINT64_C(1) << shapes[shape].bits) - 1)) << shapes[shape].shift | shapes[shape].rest;
            entries[i].value = i + 1;
        }
        for (uint32_t round = 0; round < 4; round++) {
            for (uint32_t i = 0; i < count; i++) { /* half of those that are not there come, a third of the others go */
                if (!entries[i].there && (round == 0 || draw() % 2)) {
                    assert_int_equal(xf_table_add(&table, entries[i].key, entries[i].value), XF_OK);
                    entries[i].there = true;
                } else if (entries[i].there && draw() % 3 == 0) {
                    if (!find_entry(&table, &entries[i], &at))
                        fail_msg("%s: entry %u is lost", shapes[shape].what, i);
                    xf_table_remove(at);
                    entries[i].there = false;
                }
            }
            for (uint32_t i = 0; i < count; i++)
                if (find_entry(&table, &entries[i], &at) != entries[i].there)
                    fail_msg("%s: entry %u is %s", shapes[shape].what, i, entries[i].there ? "lost" : "still there");
        }
        xf_table_finish(&table);
        free(entries);
    }
}

/* Nine tenths full at most, four fifths at least once it is large: that is what the memory of ten million mentions rests on. */
static void a_table_is_well_filled(void **state)
{
    struct xf_table table;

    (void)state;
    random_state = 9;
    assert_int_equal(xf_table_init(&table), XF_OK);
    for (uint32_t i = 1; i <= 1000000; i++)
        assert_int_equal(xf_table_add(&table, draw() >> 14, i), XF_OK);
    assert_in_range(xf_table_size(&table), 1000000 * 10 * 9 / 9, 1000000 * 9 * 5 / 4 + 200000);
    xf_table_finish(&table);
}

static bool by_reversed_bits(const void *context, uint64_t key, uint32_t a, uint32_t b)
{
    const uint32_t *order = context;

    assert_true(key >> XF_INDEX_KEY_BITS == 0);
    return order[a] < order[b];
}

#define PROFILES 400
#define KEYS 12

static void an_index_lists_in_order(void **state)
{
    static bool there[KEYS][PROFILES];
    uint32_t order[PROFILES];
    struct xf_postings postings;
    struct xf_index index;

    (void)state;
    random_state = 4;
    memset(there, 0, sizeof(there));
    for (uint32_t i = 0; i < PROFILES; i++)
        order[i] = i * 7919 % 401;
    assert_int_equal(xf_index_init(&index, by_reversed_bits, order), XF_OK);
    for (uint32_t step = 0; step < 40000; step++) {
        uint32_t key = (uint32_t)(draw() % KEYS), profile = (uint32_t)(draw() % (key % 3 ? PROFILES : 3)), place = 0, count = 0;
        uint64_t bits = (uint64_t)(key + 1) << 45 | key * UINT64_C(0x1234567); /* sort above, the rest below */

        for (uint32_t i = 0; i < PROFILES; i++) {
            count += there[key][i];
            place += there[key][i] && order[i] < order[profile];
        }
        if (there[key][profile]) {
            assert_int_equal(xf_index_remove(&index, bits, profile, &postings), XF_OK);
            count--;
        } else {
            assert_int_equal(xf_index_add(&index, bits, profile, &postings), XF_OK);
            count++;
        }
        there[key][profile] = !there[key][profile];
        assert_int_equal(postings.count, count);
        assert_int_equal(postings.place, place);
        xf_index_find(&index, bits, &postings);
        assert_int_equal(postings.count, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(there[key][postings.items[i]]);
            assert_true(!i || order[postings.items[i - 1]] < order[postings.items[i]]);
            assert_int_equal(xf_index_place(&index, bits, &postings, postings.items[i]), i);
        }
    }
    xf_index_finish(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_finds_what_was_put),
        cmocka_unit_test(a_table_is_well_filled),
        cmocka_unit_test(an_index_lists_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
