/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>

#include "crossflag/linker.h"
#include "crossflag/register.h"

static struct xf_person persons[] = {
    {.ref = "p1",
     .role = "missing",
     .birth_date = 20110402,
     .markers = (struct xf_marker[]){{.type = "cse_risk", .level = "high", .since = 20260101}, {.type = "missing_risk"}},
     .marker_count = 2},
    {.ref = "p2", .role = "found_with"},
};
static struct xf_location locations[] = {{.ref = "l1", .role = "found_at", .type = "takeaway"}};
static struct xf_vehicle vehicles[] = {{.ref = "v1", .role = "found_in"}};
static struct xf_link links[] = {{.from = {XF_PERSON, 1}, .to = {XF_VEHICLE, 0}, .type = "drives"},
                                 {.from = {XF_PERSON, 0}, .to = {XF_LOCATION, 0}, .type = "found_at"}};

static struct xf_record record_of(const char *id)
{
    return (struct xf_record){.id = id,
                              .kind = "missing_episode",
                              .version = -1,
                              .occurred_at = 1000,
                              .until = XF_TIME_NONE,
                              .persons = persons,
                              .person_count = 2,
                              .locations = locations,
                              .location_count = 1,
                              .vehicles = vehicles,
                              .vehicle_count = 1,
                              .links = links,
                              .link_count = 2,
                              .details = {.return_interview_at = XF_TIME_NONE}};
}

struct world {
    struct xf_intern *symbols;
    struct xf_register *reg;
};

static struct world world_create(void)
{
    struct world world = {.symbols = xf_intern_create()};

    world.reg = xf_register_create(world.symbols);
    assert_non_null(world.reg);
    return world;
}

static void world_destroy(struct world *world)
{
    xf_register_destroy(world->reg);
    xf_intern_destroy(world->symbols);
}

static uint32_t put(struct world *world, const char *id, uint64_t position)
{
    struct xf_record record = record_of(id);
    uint32_t row, known = xf_register_find(world->reg, "police", id);

    if (known != XF_NONE)
        xf_register_clear(world->reg, known);
    assert_int_equal(xf_register_put(world->reg, "police", &record, "2BP", position, &row), XF_OK);
    return row;
}

static void a_record_keeps_its_parts_in_order(void **state)
{
    struct world world = world_create();
    uint32_t row = put(&world, "M1", 7);
    const struct xf_register_record *record = xf_register_record_at(world.reg, row);
    static const char *const refs[] = {"p1", "p2", "l1", "v1"};
    uint32_t mention = record->first_mention;
    const struct xf_register_marker *marker;
    const struct xf_register_link *link;

    (void)state;
    assert_int_equal(record->position, 7);
    assert_int_equal(record->revision, 1);
    assert_int_equal(record->source, '2');
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(xf_intern_text(world.symbols, xf_register_mention_at(world.reg, mention)->ref), refs[i]);
        mention = xf_register_mention_at(world.reg, mention)->next;
    }
    assert_int_equal(mention, XF_NONE);
    mention = xf_register_mention_of(world.reg, row, "p1");
    assert_int_equal(xf_register_mention_at(world.reg, mention)->birth_date, 20110402);
    marker = xf_register_marker_at(world.reg, xf_register_mention_at(world.reg, mention)->first_marker);
    assert_string_equal(xf_intern_text(world.symbols, marker->type), "cse_risk");
    assert_string_equal(xf_intern_text(world.symbols, xf_register_marker_at(world.reg, marker->next)->type), "missing_risk");
    link = xf_register_link_at(world.reg, record->first_link);
    assert_int_equal(link->from, xf_register_mention_of(world.reg, row, "p2"));
    assert_int_equal(link->to, xf_register_mention_of(world.reg, row, "v1"));
    assert_int_equal(xf_register_mention_of(world.reg, row, "p9"), XF_NONE);
    world_destroy(&world);
}

static void correction_and_withdrawal_count_revisions(void **state)
{
    struct world world = world_create();
    uint32_t row = put(&world, "M1", 1), mentions;

    (void)state;
    assert_int_equal(put(&world, "M1", 2), row);
    assert_int_equal(xf_register_record_at(world.reg, row)->revision, 2);
    mentions = xf_register_mention_count(world.reg);
    assert_int_equal(mentions, 4);
    xf_register_withdraw(world.reg, row, 3);
    assert_int_equal(xf_register_record_at(world.reg, row)->live, 0);
    assert_int_equal(xf_register_record_at(world.reg, row)->revision, 3);
    assert_int_equal(xf_register_record_at(world.reg, row)->first_mention, XF_NONE);
    assert_int_equal(put(&world, "M1", 4), row);
    assert_int_equal(xf_register_record_at(world.reg, row)->revision, 4);
    assert_int_equal(xf_register_record_at(world.reg, row)->live, 1);
    assert_int_equal(xf_register_mention_count(world.reg), mentions);
    assert_int_equal(xf_register_find(world.reg, "police", "M2"), XF_NONE);
    assert_int_equal(xf_register_find(world.reg, "housing", "M1"), XF_NONE);
    world_destroy(&world);
}

static void save(const struct world *world, struct bytes *bytes)
{
    assert_int_equal(xf_register_save(world->reg, &(struct xf_pack){bytes_write, bytes}), XF_OK);
}

/* A register that went through bytes goes on as one that did not. */
static void a_loaded_register_goes_on_alike(void **state)
{
    struct world lived = world_create(), loaded = world_create();
    struct bytes bytes = {0}, a = {0}, b = {0};
    char id[16];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "M%d", i % 1700);
        put(&lived, id, (uint64_t)i + 1);
        put(&loaded, id, (uint64_t)i + 1);
        if (i % 5 == 0) {
            xf_register_withdraw(lived.reg, xf_register_find(lived.reg, "police", id), (uint64_t)i + 1);
            xf_register_withdraw(loaded.reg, xf_register_find(loaded.reg, "police", id), (uint64_t)i + 1);
        }
    }
    save(&loaded, &bytes);
    xf_register_destroy(loaded.reg);
    assert_int_equal(xf_register_load(&(struct xf_unpack){bytes_read, &bytes}, loaded.symbols, &loaded.reg), XF_OK);
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof(id), "N%d", i % 300);
        put(&lived, id, 4000);
        put(&loaded, id, 4000);
    }
    save(&lived, &a);
    save(&loaded, &b);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.data, b.data, a.length);
    free(bytes.data);
    free(a.data);
    free(b.data);
    world_destroy(&lived);
    world_destroy(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_record_keeps_its_parts_in_order),
                                       cmocka_unit_test(correction_and_withdrawal_count_revisions),
                                       cmocka_unit_test(a_loaded_register_goes_on_alike)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
