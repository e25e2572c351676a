/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded tangle of persons in a shorthand world, with hubs, withheld and covert records, and what a slow and simple reading of
 * its records says of it: what walk.c and trail.c are compared with. The asker is the agency `care`. Include after shorthand.h. */
#ifndef XF_TESTS_TANGLE_H
#define XF_TESTS_TANGLE_H

#include "crossflag/walk.h"

#define TANGLE_PERSONS 30
#define TANGLE_RECORDS 40
#define TANGLE_TYPES 3 /* none stated, knows, associate_of */
#define TANGLE_FAR 1000

static const char *const tangle_types[TANGLE_TYPES] = {"", "knows", "associate_of"};

struct tangle {
    struct world *world;
    struct xf_view view;
    uint32_t entities[TANGLE_PERSONS];
    uint32_t seed;
    /* By pair: whether some record shows them together, or only withheld ones do. */
    bool shown[TANGLE_PERSONS][TANGLE_PERSONS], withheld[TANGLE_PERSONS][TANGLE_PERSONS];
    /* Shown records that say a type from one to another; of type 0 from the lesser. */
    unsigned said[TANGLE_TYPES][TANGLE_PERSONS][TANGLE_PERSONS];
};

static inline uint32_t tangle_random(struct tangle *tangle, uint32_t below)
{
    tangle->seed = tangle->seed * 1664525 + 1013904223;
    return (tangle->seed >> 8) % below;
}

static inline void tangle_name(uint32_t person, char name[8])
{
    snprintf(name, 8, "q%c%cx", 'a' + (char)(person / 5), 'a' + (char)(person % 5 * 5));
}

static inline void tangle_record(struct tangle *tangle, uint32_t number)
{
    static const char *const feeds[] = {"police", "care", "school"};
    const char *feed = feeds[tangle_random(tangle, 3)];
    uint32_t persons[4], count = 0, wanted = 2 + tangle_random(tangle, 3), secrecy = tangle_random(tangle, 10);
    bool shown = secrecy < 6 || strcmp(feed, "care") == 0, covert = secrecy == 9;
    unsigned said[4][4] = {{0}};
    char parts[512] = "", id[16], names[4][8];

    while (count < wanted) {
        /* One in three is one of two hubs. */
        uint32_t person = tangle_random(tangle, 3) == 0 ? tangle_random(tangle, 2) : tangle_random(tangle, TANGLE_PERSONS), i;

        for (i = 0; i < count && persons[i] != person; i++)
            ;
        if (i < count)
            continue;
        persons[count] = person;
        tangle_name(person, names[count]);
        snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "p %s subject; ", names[count]);
        count++;
    }
    for (uint32_t links = tangle_random(tangle, 3); links; links--) {
        uint32_t a = tangle_random(tangle, count), b = tangle_random(tangle, count), type = 1 + tangle_random(tangle, 2);

        if (a == b || said[a][b] & 1u << type)
            continue;
        said[a][b] |= 1u << type;
        snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "k %s %s %s; ", names[a], names[b], tangle_types[type]);
    }
    if (secrecy >= 6)
        snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "conditions %s; ", covert ? "A2" : "S1");
    snprintf(id, sizeof(id), "R%u", number);
    world_put(tangle->world, feed, id, 1 + tangle_random(tangle, 50), "incident", parts);
    for (uint32_t a = 0; a < count; a++) {
        tangle->entities[persons[a]] = xf_linker_entity_of(tangle->world->linker, world_mention(tangle->world, feed, id, names[a]));
        for (uint32_t b = 0; b < count; b++) {
            if (a == b)
                continue;
            tangle->shown[persons[a]][persons[b]] |= shown;
            tangle->withheld[persons[a]][persons[b]] |= !shown && !covert;
            for (uint32_t type = 1; shown && type < TANGLE_TYPES; type++)
                tangle->said[type][persons[a]][persons[b]] += said[a][b] >> type & 1;
            if (shown && !said[a][b] && !said[b][a] && persons[a] < persons[b])
                tangle->said[0][persons[a]][persons[b]]++;
        }
    }
}

static inline struct tangle *tangle_create(uint32_t seed)
{
    struct tangle *tangle = calloc(1, sizeof(*tangle));

    tangle->world = world_create();
    tangle->seed = seed * 7919 + 1;
    for (uint32_t i = 0; i < TANGLE_PERSONS; i++)
        tangle->entities[i] = XF_NONE;
    for (uint32_t i = 0; i < TANGLE_RECORDS; i++)
        tangle_record(tangle, i);
    tangle->view = (struct xf_view){.graph = &tangle->world->graph,
                                    .flags = tangle->world->flags,
                                    .agency = xf_partners_agency(tangle->world->partners, "care")};
    return tangle;
}

static inline void tangle_destroy(struct tangle *tangle)
{
    world_destroy(tangle->world);
    free(tangle);
}

/* The person of an entity. */
static inline uint32_t tangle_person(const struct tangle *tangle, uint32_t entity)
{
    for (uint32_t i = 0; i < TANGLE_PERSONS; i++)
        if (tangle->entities[i] == entity)
            return i;
    fail_msg("entity %u is nobody's", entity);
    return 0;
}

static inline bool tangle_hub(const struct tangle *tangle, uint32_t person, uint32_t hub_links)
{
    uint32_t degree = 0;

    for (uint32_t i = 0; i < TANGLE_PERSONS; i++)
        degree += tangle->shown[person][i];
    return degree > hub_links;
}

/* Hops from some persons, walking through no hub but them; TANGLE_FAR: not within hops. ways, when not NULL: how many shortest ways
 * there are. */
static inline void tangle_depths(const struct tangle *tangle, const bool roots[static TANGLE_PERSONS], uint32_t hops,
                                 uint32_t hub_links, uint32_t depths[static TANGLE_PERSONS], uint32_t *ways)
{
    for (uint32_t i = 0; i < TANGLE_PERSONS; i++) {
        depths[i] = roots[i] ? 0 : TANGLE_FAR;
        if (ways)
            ways[i] = roots[i];
    }
    for (uint32_t depth = 0; depth < hops; depth++) {
        for (uint32_t i = 0; i < TANGLE_PERSONS; i++) {
            if (depths[i] != depth || (!roots[i] && tangle_hub(tangle, i, hub_links)))
                continue;
            for (uint32_t j = 0; j < TANGLE_PERSONS; j++) {
                if (!tangle->shown[i][j] || depths[j] <= depth)
                    continue;
                depths[j] = depth + 1;
                if (ways)
                    ways[j] += ways[i];
            }
        }
    }
}

static const struct xf_tie_filter tangle_all = {.since = XF_TIME_NONE, .until = XF_TIME_NONE};

#endif
