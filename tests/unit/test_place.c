/* SPDX-License-Identifier: Apache-2.0 */
/* Places and vehicles meet in a crowd, by their blocking keys, whatever the order in which they come; what compares them is
 * symmetric and the same whichever side says more. */
#include "check.h"

#include "../../lib/address_compare.h"
#include "../../lib/plate.h"
#include "mentions.h"

enum meeting { LINKED, QUEUED, APART };

static const struct {
    enum xf_mention_kind kind;
    enum meeting expected;
    const char *a, *b;
} meetings[] = {
    {XF_VEHICLE, QUEUED, "weak.vrm=YD12*|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, QUEUED, "weak.vrm=*KLM|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, QUEUED, "weak.vrm=Y?12KLM|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, APART, "weak.vrm=YD12*", "vrm=YD12KLM"},
    {XF_VEHICLE, QUEUED, "vrm=YD12KLO", "vrm=YD12KL0"},
    {XF_VEHICLE, QUEUED, "vrm=YD12KLM|make=skoda|colour=silver", "vrm=YD12KXM|make=skoda|colour=silver"},
    {XF_VEHICLE, QUEUED, "vrm=YD12KLD|make=skoda", "vrm=YD12KLQ|make=skoda"},
    {XF_VEHICLE, QUEUED, "vin=TMBJG7NE5H0123456", "weak.vin=H0123456"},
    {XF_VEHICLE, QUEUED, "vin=TMBJG7NE5H0123456", "vin=TMBJG7NESH0123456"},
    {XF_VEHICLE, QUEUED, "vin=TMBJG7NE5H0123456", "vin=TMBJG7NE5H0133456"},
    {XF_VEHICLE, QUEUED, "vin=TMBJG7NE5H0123456", "vin=TMBJG7NE5H0123457"},
    {XF_VEHICLE, LINKED, "vrm=YD12KLM|vin=TMBJG7NE5H0123456", "vin=TMBJG7NE5H0123456"},
    {XF_LOCATION, LINKED, "house=23|street=mill lane|postcode=HD1 1RL", "house=21-29|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, QUEUED, "house=12|street=mill lane|postcode=HD1 1RL", "house=12|street=mill lane|postcode=HD11 1RL"},
    {XF_LOCATION, LINKED, "house=12|street=manningham lane|town=bradford",
     "house=12|street=maningham lane|town=bradford west yorkshire|postcode=BD1 3EN"},
    {XF_LOCATION, LINKED, "building=the sues nails|street=rainbow lane|postcode=HD1 1RL",
     "building=sues nails|house=6|street=rainbow road|postcode=HD1 1RL"},
    {XF_LOCATION, QUEUED, "house=12|street=mill lane|postcode=HD1 1RL", "flat=2|house=12|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, APART, "house=12|street=mill lane|postcode=HD1 1RL", "house=14|street=mill lane|postcode=HD1 1RL"},
};

/* Others of the same look, area and street: more than a key's budget. */
static void add_crowd(struct xf_linker *linker, struct xf_intern *symbols, enum xf_mention_kind kind, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i < last; i++) {
        struct xf_mention mention;
        char text[128];

        if (kind == XF_VEHICLE)
            snprintf(text, sizeof(text), "vrm=YD12%c%c%c|make=volvo|colour=green", 'A' + i % 7, 'A' + i / 7 % 7, 'A' + i / 49 % 7);
        else
            snprintf(text, sizeof(text), "house=%u|street=mill lane|postcode=HD1 1RL", 100 + 2 * i);
        mention = mention_of(symbols, kind, text);
        assert_int_equal(xf_linker_add(linker, i, &mention), XF_OK);
    }
}

static enum meeting meet(const struct xf_model *model, enum xf_mention_kind kind, const char *a, const char *b, bool crowd_first)
{
    struct xf_intern *symbols = xf_intern_create();
    struct xf_linker *linker = xf_linker_create(model, symbols);
    struct xf_mention x = mention_of(symbols, kind, a), y = mention_of(symbols, kind, b);
    const struct xf_linker_change *changes;
    enum meeting met = APART;
    struct xf_review items[64];
    struct xf_review_walk walk = {0};
    uint32_t ordinal = 0;
    size_t count;

    if (crowd_first)
        add_crowd(linker, symbols, kind, 2, 302);
    assert_int_equal(xf_linker_add(linker, 0, &x), XF_OK);
    assert_int_equal(xf_linker_add(linker, 1, &y), XF_OK);
    if (!crowd_first)
        add_crowd(linker, symbols, kind, 2, 302);
    assert_int_equal(xf_linker_settle(linker, 1, &ordinal, &changes, &count), XF_OK);
    while (!walk.done) {
        count = xf_linker_review(linker, &walk, items, 64);
        for (size_t i = 0; i < count; i++)
            if ((items[i].a == 0 && items[i].b == 1) || (items[i].a == 1 && items[i].b == 0))
                met = QUEUED;
    }
    if (xf_linker_entity_of(linker, 0) == xf_linker_entity_of(linker, 1))
        met = LINKED;
    xf_linker_destroy(linker);
    xf_intern_destroy(symbols);
    return met;
}

static void they_meet_in_a_crowd(void **state)
{
    struct xf_model *model = shipped_model();

    (void)state;
    for (size_t i = 0; i < sizeof(meetings) / sizeof(*meetings); i++) {
        for (int order = 0; order < 4; order++) {
            const char *a = order & 1 ? meetings[i].b : meetings[i].a, *b = order & 1 ? meetings[i].a : meetings[i].b;
            enum meeting met = meet(model, meetings[i].kind, a, b, order & 2);

            if (met != meetings[i].expected)
                fail_msg("%s | %s (order %d): %d, not %d", meetings[i].a, meetings[i].b, order, met, meetings[i].expected);
        }
    }
    xf_model_destroy(model);
}

static void comparing_is_symmetric(void **state)
{
    static const char *const houses[] = {"", "3", "3a", "3b", "3-5", "3a-5", "1-9", "2-4", "12/3", "12", "144 and a half", "144"};
    static const char *const units[] = {"",
                                        "a",
                                        "1",
                                        "b",
                                        "02",
                                        "2",
                                        "2-4",
                                        "2/1",
                                        "1 second floor",
                                        "gf1",
                                        "basement",
                                        "lower ground floor",
                                        "garden",
                                        "first floor",
                                        "a first and second floor",
                                        "second and third floor",
                                        "top floor",
                                        "upper floor",
                                        "first floor front",
                                        "first floor rear",
                                        "penthouse"};
    static const char *const plates[] = {"YD12KLM", "YDI2KLM", "YO12KLM", "Y012KLM", "YD12KL", "YD12*",  "*KLM",
                                         "YD12K?M", "YD12",    "YD*",     "Q123ABC", "A1",     "G123ABC"};
    static const char *const vins[] = {
        "TMBJG7NE5H0123456", "TMBJG7NE5HO123456", "TMBJG7NESH0123456", "WVWZZZ1KZH0123456", "H0123456", "123456", "56"};
    static const char *const streets[] = {"rainbow lane",    "rainbow road",   "rainbow",           "north gate",    "northgate",
                                          "manningham lane", "maningham lane", "old church street", "church street", "park"};

    (void)state;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        for (size_t j = 0; j < sizeof(units) / sizeof(*units); j++)
            assert_int_equal(xf_unit_compare(units[i], units[j]), xf_unit_compare(units[j], units[i]));
    for (size_t i = 0; i < sizeof(houses) / sizeof(*houses) * sizeof(units) / sizeof(*units); i++) {
        for (size_t j = 0; j < i; j++) {
            const size_t count = sizeof(houses) / sizeof(*houses);
            struct xf_doors there = xf_doors_compare(houses[i % count], units[i / count], houses[j % count], units[j / count]);
            struct xf_doors back = xf_doors_compare(houses[j % count], units[j / count], houses[i % count], units[i / count]);

            assert_int_equal(there.house, back.house);
            assert_int_equal(there.unit, back.unit);
        }
    }
    for (size_t i = 0; i < sizeof(plates) / sizeof(*plates); i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(xf_plate_compare(plates[i], plates[j]), xf_plate_compare(plates[j], plates[i]));
    for (size_t i = 0; i < sizeof(vins) / sizeof(*vins); i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(xf_vin_compare(vins[i], vins[j]), xf_vin_compare(vins[j], vins[i]));
    for (size_t i = 0; i < sizeof(streets) / sizeof(*streets); i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(xf_street_compare(streets[i], streets[j]), xf_street_compare(streets[j], streets[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(they_meet_in_a_crowd), cmocka_unit_test(comparing_is_symmetric)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
