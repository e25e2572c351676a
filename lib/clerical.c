/* SPDX-License-Identifier: Apache-2.0 */
/* The clerical queue's index, and the walk over it. Written by pair.c and settle.c as edges come, go and are clustered; walked by
 * the API through xf_linker_review. Which links are bridges is not kept, since any edge of an entity can change it: it is seen when
 * asked, by a search that is bounded. Invariant: a band holds exactly the edges of its weights that are worth a look; `refused`
 * holds all edges that link but lie between entities, and may hold some that no longer do. */
#include "clerical.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "linker.h"

#define BAND 500 /* thousandths of a bit */
#define DOUBT_REFUSED 500000
#define SLOTS_MAX                                                                                                                  \
    512 /* looked at by one call of the walk, eight steps of a search for a way round counting as one: some 0.1 ms                 \
         */
#define BRIDGE_PROFILES 64 /* an entity of more that hangs together round the link is not looked at further: it does not split */
#define BRIDGE_EDGES 1024

/* The entropy in millionths of a bit of odds 2^w, by half bits of |w|. */
static const int32_t doubts[XF_CLERICAL_BANDS] = {
    1000000, 978660, 918296, 828558, 721928, 610393, 503258, 406429, 322757, 252847, 195909, 150439, 114676, 86883, 65491, 49152,
    36753,   27393,  20359,  15093,  11164,  8241,   6073,   4467,   3281,   2407,   1763,   1290,   942,    688,   502,   366,
    266,     194,    141,    102,    74,     54,     39,     28,     20,     15,     11,     8,      6,      4,     3,     2,
    2,       1,      1,      1,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,     0,     0,
};

/* Sets */

static uint64_t couple(uint32_t a, uint32_t b)
{
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

static uint32_t slot_of(const struct xf_clerical_set *set, uint64_t pair)
{
    uint32_t at = (uint32_t)XXH3_64bits(&pair, sizeof(pair)) & set->mask;

    while (set->slots[at] && set->slots[at] != pair)
        at = (at + 1) & set->mask;
    return at;
}

static int set_grow(struct xf_clerical_set *set)
{
    struct xf_clerical_set grown = {.mask = set->slots ? set->mask * 2 + 1 : 7, .count = set->count};

    grown.slots = calloc((size_t)grown.mask + 1, sizeof(*grown.slots));
    if (!grown.slots)
        return XF_ENOMEM;
    for (uint32_t i = 0; set->slots && i <= set->mask; i++)
        if (set->slots[i])
            grown.slots[slot_of(&grown, set->slots[i])] = set->slots[i];
    free(set->slots);
    *set = grown;
    return XF_OK;
}

static int set_add(struct xf_clerical_set *set, uint64_t pair)
{
    uint32_t at;

    if ((!set->slots || (set->count + 1) * 4 > (set->mask + 1) * 3) && set_grow(set) != XF_OK)
        return XF_ENOMEM;
    at = slot_of(set, pair);
    set->count += !set->slots[at];
    set->slots[at] = pair;
    return XF_OK;
}

/* What stood behind closes up, so that no search ends too early. */
static void set_drop(struct xf_clerical_set *set, uint64_t pair)
{
    uint32_t hole, at;

    if (!set->slots)
        return;
    hole = at = slot_of(set, pair);
    if (!set->slots[hole])
        return;
    for (;;) {
        uint32_t home;

        at = (at + 1) & set->mask;
        if (!set->slots[at])
            break;
        home = (uint32_t)XXH3_64bits(&set->slots[at], sizeof(set->slots[at])) & set->mask;
        if (((at - home) & set->mask) < ((at - hole) & set->mask))
            continue;
        set->slots[hole] = set->slots[at];
        hole = at;
    }
    set->slots[hole] = 0;
    set->count--;
}

void xf_clerical_finish(struct xf_clerical *clerical)
{
    for (int i = 0; i < XF_CLERICAL_BANDS; i++)
        free(clerical->bands[i].slots);
    free(clerical->refused.slots);
    memset(clerical, 0, sizeof(*clerical));
}

static size_t set_size(const struct xf_clerical_set *set)
{
    return set->slots ? ((size_t)set->mask + 1) * sizeof(*set->slots) : 0;
}

size_t xf_clerical_size(const struct xf_clerical *clerical)
{
    size_t size = set_size(&clerical->refused);

    for (int i = 0; i < XF_CLERICAL_BANDS; i++)
        size += set_size(&clerical->bands[i]);
    return size;
}

/* Keeping it */

static uint32_t band_of(int32_t weight)
{
    uint32_t band = (uint32_t)(weight < 0 ? -(int64_t)weight : weight) / BAND;

    return band < XF_CLERICAL_BANDS ? band : XF_CLERICAL_BANDS - 1;
}

/* The set that an edge belongs to whatever the clustering makes of it, NULL: none. */
static struct xf_clerical_set *set_of(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
{
    uint32_t kind = xf_profile_at(&linker->profiles, a)->kind;

    if (xf_pair_links(linker, a, b, weight) && weight >= linker->model->kinds[kind].link + XF_CLERICAL_MARGIN)
        return NULL;
    return &linker->clerical.bands[band_of(weight)];
}

int xf_clerical_add(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
{
    struct xf_clerical_set *set = set_of(linker, a, b, weight);

    return set ? set_add(set, couple(a, b)) : XF_OK;
}

void xf_clerical_drop(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
{
    struct xf_clerical_set *set = set_of(linker, a, b, weight);

    if (set)
        set_drop(set, couple(a, b));
    if (xf_pair_links(linker, a, b, weight))
        set_drop(&linker->clerical.refused, couple(a, b));
}

/* The group of a profile, XF_NONE: not of this component. */
static uint32_t group_of(const uint32_t *members, uint32_t count, const uint32_t *groups, uint32_t profile)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (members[middle] < profile)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && members[low] == profile ? groups[low] : XF_NONE;
}

int xf_clerical_clustered(struct xf_linker *linker, const uint32_t *members, uint32_t count, const uint32_t *groups)
{
    bool one = true;

    for (uint32_t i = 1; one && i < count; i++)
        one = groups[i] == groups[0];
    for (uint32_t i = 0; !one && i < count; i++) {
        const struct xf_profile *row = xf_profile_at(&linker->profiles, members[i]);
        const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);

        for (uint32_t j = 0; j < row->edge_count; j++)
            if (edges[j].profile > members[i] && xf_pair_links(linker, members[i], edges[j].profile, edges[j].weight) &&
                group_of(members, count, groups, edges[j].profile) != groups[i] &&
                set_add(&linker->clerical.refused, couple(members[i], edges[j].profile)) != XF_OK)
                return XF_ENOMEM;
    }
    return XF_OK;
}

int xf_clerical_restore(struct xf_linker *linker)
{
    for (uint32_t i = 0; i < linker->profiles.rows.count; i++) {
        const struct xf_profile *row = xf_profile_at(&linker->profiles, i);
        const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);

        for (uint32_t j = 0; j < row->edge_count; j++) {
            uint32_t other = edges[j].profile;

            if (other < i)
                continue;
            if (xf_clerical_add(linker, i, other, edges[j].weight) != XF_OK)
                return XF_ENOMEM;
            if (row->entity != xf_profile_at(&linker->profiles, other)->entity &&
                xf_pair_links(linker, i, other, edges[j].weight) && set_add(&linker->clerical.refused, couple(i, other)) != XF_OK)
                return XF_ENOMEM;
        }
    }
    return XF_OK;
}

/* Asking it */

/* Whether an entity falls into two without one link between its profiles, as far as weights and people's words hold it together. */
static bool is_bridge(const struct xf_linker *linker, uint32_t a, uint32_t b, uint32_t *work)
{
    uint32_t seen[BRIDGE_PROFILES] = {a}, count = 1, looks = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct xf_profile *row = xf_profile_at(&linker->profiles, seen[i]);
        const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);
        const struct xf_verdict *words = NULL;
        uint32_t word_count = 0;

        if (linker->verdicts.rows.count && (row->flags & (XF_PROFILE_OWN | XF_PROFILE_APART)))
            words = xf_verdicts_of(&linker->verdicts, row->mentions, &word_count);
        for (uint32_t j = 0; j < row->edge_count + word_count; j++) {
            uint32_t next, k = 0;

            ++*work;
            if (++looks > BRIDGE_EDGES)
                return false;
            if (j < row->edge_count) {
                next = edges[j].profile;
                if (!xf_pair_links(linker, seen[i], next, edges[j].weight) || (seen[i] == a && next == b))
                    continue;
            } else {
                next = xf_pool_at(&linker->mentions, words[j - row->edge_count].other)->profile;
                if (words[j - row->edge_count].word != XF_WORD_SAME)
                    continue;
            }
            if (xf_profile_at(&linker->profiles, next)->entity != row->entity)
                continue;
            if (next == b)
                return false;
            while (k < count && seen[k] != next)
                k++;
            if (k < count)
                continue;
            if (count == BRIDGE_PROFILES)
                return false;
            seen[count++] = next;
        }
    }
    return true;
}

/* Whether an edge is worth a look now, and what sort of one. Adds to *work what it took to see. */
static bool look(const struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight, uint32_t *work, struct xf_review *ret)
{
    const struct xf_profile *x = xf_profile_at(&linker->profiles, a), *y = xf_profile_at(&linker->profiles, b);
    uint32_t x_first = xf_profile_first(&linker->profiles, x), y_first = xf_profile_first(&linker->profiles, y);
    bool links = xf_pair_links(linker, a, b, weight), one = x->entity == y->entity;

    if (x->entity == XF_NONE || y->entity == XF_NONE || (!links && one) ||
        (one && weight >= linker->model->kinds[x->kind].link + XF_CLERICAL_MARGIN))
        return false;
    if (xf_verdicts_get(&linker->verdicts, x_first, y_first) != XF_WORD_NONE)
        return false;
    if (one && !is_bridge(linker, a, b, work))
        return false;
    *ret = (struct xf_review){.a = x_first,
                              .b = y_first,
                              .weight = weight,
                              .doubt = links && !one ? DOUBT_REFUSED : doubts[band_of(weight)],
                              .kind = one     ? XF_REVIEW_BRIDGE
                                      : links ? XF_REVIEW_REFUSED
                                              : XF_REVIEW_PAIR};
    return true;
}

/* Half a bit is the entropy at some two bits: there the refused stand in the order of doubt. */
#define REFUSED_AT 6

size_t xf_linker_review(const struct xf_linker *linker, struct xf_review_walk *walk, struct xf_review *items, size_t max)
{
    uint32_t work = 0;
    size_t count = 0;

    for (uint32_t looks = 0; !walk->done && looks + work / 8 < SLOTS_MAX && count < max; looks++) {
        const struct xf_clerical *clerical = &linker->clerical;
        bool refused = walk->band == REFUSED_AT;
        uint32_t band = walk->band > REFUSED_AT ? walk->band - 1 : walk->band;
        const struct xf_clerical_set *set = refused ? &clerical->refused : &clerical->bands[band];
        const int32_t *weight;
        uint64_t pair;

        if (!set->slots || walk->slot > set->mask) {
            walk->slot = 0;
            walk->done = ++walk->band > XF_CLERICAL_BANDS;
            continue;
        }
        pair = set->slots[walk->slot++];
        if (!pair)
            continue;
        weight = xf_profiles_edge(&linker->profiles, (uint32_t)(pair >> 32), (uint32_t)pair);
        /* A refused pair that is in a band as well is told of once, from its entry among the refused. */
        if (weight && look(linker, (uint32_t)(pair >> 32), (uint32_t)pair, *weight, &work, &items[count]) &&
            refused == (items[count].kind == XF_REVIEW_REFUSED))
            count++;
    }
    return count;
}

size_t xf_linker_review_of(const struct xf_linker *linker, uint32_t entity, struct xf_review *items, size_t max)
{
    uint32_t looks = 0, work = 0;
    size_t count = 0;

    for (uint32_t profile = xf_entity_first(&linker->entities, entity); profile != XF_NONE;
         profile = xf_profile_at(&linker->profiles, profile)->next) {
        const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
        const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);

        for (uint32_t i = 0; i < row->edge_count; i++) {
            uint32_t other = edges[i].profile;

            if (count == max || ++looks + work / 8 > SLOTS_MAX)
                return count;
            /* Within the entity each edge is met from both its ends. */
            if (xf_profile_at(&linker->profiles, other)->entity == row->entity && other < profile)
                continue;
            count += look(linker, profile, other, edges[i].weight, &work, &items[count]);
        }
    }
    return count;
}
