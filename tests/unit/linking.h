/* SPDX-License-Identifier: Apache-2.0 */
/* A linker under the shipped model, and what tests do to it. Include after check.h. */
#ifndef XF_TESTS_LINKING_H
#define XF_TESTS_LINKING_H

#include "mentions.h"

#define ZOFIA "given=zofia|family=wisniewska|born=19990214"

struct world {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_linker *linker;
    uint64_t position;
    uint32_t ordinal;
    const struct xf_linker_change *changes;
    size_t change_count;
};

static inline int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    world->model = shipped_model();
    world->symbols = xf_intern_create();
    world->linker = xf_linker_create(world->model, world->symbols);
    *state = world;
    return world->linker ? 0 : -1;
}

static inline int teardown(void **state)
{
    struct world *world = *state;

    xf_linker_destroy(world->linker);
    xf_intern_destroy(world->symbols);
    xf_model_destroy(world->model);
    free(world);
    return 0;
}

static inline void add(struct world *world, uint32_t number, enum xf_mention_kind kind, const char *text)
{
    struct xf_mention mention = mention_of(world->symbols, kind, text);

    assert_int_equal(xf_linker_add(world->linker, number, &mention), XF_OK);
}

static inline void take(struct world *world, uint32_t number)
{
    assert_int_equal(xf_linker_remove(world->linker, number), XF_OK);
}

static inline void settle(struct world *world)
{
    world->position++;
    world->ordinal = 0;
    assert_int_equal(xf_linker_settle(world->linker, world->position, &world->ordinal, &world->changes, &world->change_count),
                     XF_OK);
}

static inline uint32_t of(const struct world *world, uint32_t number)
{
    return xf_linker_entity_of(world->linker, number);
}

/* What the last settlement told of an entity; -1: nothing. */
static inline int told(const struct world *world, uint32_t entity, uint32_t *ret_other)
{
    for (size_t i = 0; i < world->change_count; i++) {
        if (world->changes[i].entity == entity) {
            if (ret_other)
                *ret_other = world->changes[i].other;
            return (int)world->changes[i].change;
        }
    }
    return -1;
}

#endif
