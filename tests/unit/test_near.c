/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>

#include "crossflag/near.h"

static const struct {
    int32_t lat_a, lon_a, lat_b, lon_b;
    double metres;
} distances[] = {
    {536466000, -17829000, 536466000, -17829000, 0},
    /* One minute of latitude is a nautical mile. */
    {530000000, -10000000, 530166667, -10000000, 1853.25},
    /* Huddersfield's station to Leeds's, by the angle between the vectors. */
    {536485000, -17850000, 537949000, -15476000, 22561},
    /* Across the date line. */
    {0, 1799995000, 0, -1799995000, 111.2},
    {0, 0, 0, 1800000000, 20015114},
};

static void distances_are_those_of_a_sphere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        double metres = xf_near_distance(distances[i].lat_a, distances[i].lon_a, distances[i].lat_b, distances[i].lon_b);

        if (fabs(metres - distances[i].metres) > 1 + distances[i].metres / 1000)
            fail_msg("%zu: %.1f m, not %.1f", i, metres, distances[i].metres);
    }
}

#define MENTIONS 600

struct spot {
    int32_t lat, lon;
    bool there;
    unsigned seen;
    double metres;
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static int see(void *context, uint32_t mention, int32_t lat, int32_t lon, double metres)
{
    struct spot *spot = &((struct spot *)context)[mention];

    assert_int_equal(spot->lat, lat);
    assert_int_equal(spot->lon, lon);
    spot->seen++;
    spot->metres = metres;
    return 0;
}

static void check_circle(const struct xf_near *near, struct spot *spots, int32_t lat, int32_t lon, uint32_t radius, uint32_t looks)
{
    struct xf_near_walk walk = xf_near_within(lat, lon, radius);

    for (uint32_t i = 0; i < MENTIONS; i++)
        spots[i].seen = 0;
    while (!walk.done)
        assert_int_equal(xf_near_step(near, &walk, looks, see, spots), 0);
    for (uint32_t i = 0; i < MENTIONS; i++) {
        double metres = xf_near_distance(lat, lon, spots[i].lat, spots[i].lon);

        if (spots[i].seen != (spots[i].there && metres <= radius))
            fail_msg("mention %u at %.1f m of %u: seen %u times", i, metres, radius, spots[i].seen);
        if (spots[i].seen)
            assert_true(spots[i].metres == metres);
    }
}

/* Towns that lie in each other's reach, on cells' edges, around the date line, on the equator, near a pole. */
static const struct {
    int32_t lat, lon, spread;
} towns[] = {{536466000, -17829000, 200000},
             {0, 0, 300000},
             {-410000000, 1799900000, 300000},
             {849000000, 250000000, 900000},
             {65536, -65536, 70000}};

static void a_circle_holds_what_lies_in_it(void **state)
{
    (void)state;
    for (size_t town = 0; town < sizeof(towns) / sizeof(towns[0]); town++) {
        struct xf_near *near = xf_near_create();
        struct spot spots[MENTIONS] = {{0}};
        uint32_t seed = (uint32_t)town + 7;

        for (uint32_t round = 0; round < 3; round++) {
            for (uint32_t i = 0; i < MENTIONS; i++) {
                struct spot *spot = &spots[i];
                int64_t lon;

                /* Two in three come and go between rounds; one in four stands where another does. */
                if (spot->there && next_random(&seed) % 3 == 0)
                    continue;
                if (spot->there) {
                    assert_int_equal(xf_near_remove(near, i, spot->lat, spot->lon), XF_OK);
                    spot->there = false;
                    if (round == 2)
                        continue;
                }
                lon = towns[town].lon + (int64_t)(next_random(&seed) % (uint32_t)towns[town].spread) - towns[town].spread / 2;
                spot->lat = towns[town].lat + (int32_t)(next_random(&seed) % (uint32_t)towns[town].spread) - towns[town].spread / 2;
                spot->lon = (int32_t)(lon > 1800000000 ? lon - INT64_C(3600000000) : lon);
                if (i && next_random(&seed) % 4 == 0) {
                    spot->lat = spots[i - 1].lat;
                    spot->lon = spots[i - 1].lon;
                }
                assert_int_equal(xf_near_add(near, i, spot->lat, spot->lon), XF_OK);
                spot->there = true;
            }
            for (uint32_t circle = 0; circle < 20; circle++) {
                const struct spot *spot = &spots[next_random(&seed) % MENTIONS];
                static const uint32_t radii[] = {1, 50, 800, 3000, 20000, XF_NEAR_RADIUS_MAX};

                if (spot->lat <= XF_NEAR_LAT_MAX)
                    check_circle(near, spots, spot->lat, spot->lon, radii[circle % 6], circle % 2 ? 7 : 100000);
            }
        }
        for (uint32_t i = 0; i < MENTIONS; i++)
            if (spots[i].there)
                assert_int_equal(xf_near_remove(near, i, spots[i].lat, spots[i].lon), XF_OK);
        for (uint32_t i = 0; i < MENTIONS; i++)
            spots[i].there = false;
        check_circle(near, spots, towns[town].lat, towns[town].lon, 20000, 1000);
        xf_near_destroy(near);
    }
}

static int stop(void *context, uint32_t mention, int32_t lat, int32_t lon, double metres)
{
    (void)mention, (void)lat, (void)lon, (void)metres;
    return ++*(int *)context == 2 ? 42 : 0;
}

static void a_visit_that_has_enough_stops(void **state)
{
    struct xf_near *near = xf_near_create();
    struct xf_near_walk walk = xf_near_within(0, 0, 10);
    int count = 0;

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(xf_near_add(near, i, 0, 0), XF_OK);
    assert_int_equal(xf_near_step(near, &walk, 1000, stop, &count), 42);
    assert_int_equal(count, 2);
    assert_true(xf_near_size(near) > 0);
    /* What was never there, and where nothing is, leaves no trace. */
    assert_int_equal(xf_near_remove(near, 77, 0, 0), XF_OK);
    assert_int_equal(xf_near_remove(near, 1, 5, 5), XF_OK);
    xf_near_destroy(near);
    xf_near_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_a_sphere),
        cmocka_unit_test(a_circle_holds_what_lies_in_it),
        cmocka_unit_test(a_visit_that_has_enough_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
