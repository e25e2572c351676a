/* SPDX-License-Identifier: Apache-2.0 */
/* Searches the shortest ways between two entities from both ends at once, a whole level at a time from the side that has fewer to
 * walk. Called by the question for a path. Invariant: after each level the two sides know all entities within so many hops of their
 * ends and have not met, so that where they meet first the ways are shortest, and each of them leads through a place of meeting. A
 * hub is met but never stood on, so that no way leads through one. */
#include <stdlib.h>

#include "crossflag/walk.h"
#include "expand.h"

#define HUBS_TOLD 20

/* An entity that a side has reached; parents are those of the level before from which it was. */
struct place {
    uint32_t entity, mention, depth, first_parent;
};
struct parent {
    uint32_t place, next;
};
struct side {
    XF_VEC(struct place) places; /* by depth: the last level is what is to be walked */
    XF_VEC(struct parent) parents;
    struct xf_map rows; /* by entity: its place */
    uint32_t level;     /* where the last level begins */
    uint32_t depth;     /* of the last level */
};
/* Two entities that follow each other on a path. */
struct step {
    uint32_t a, b;
};

enum phase { PHASE_LEVEL, PHASE_MEETINGS, PHASE_STEPS, PHASE_END };

struct xf_trail {
    struct xf_tie_filter filter;
    bool any, amid; /* amid: a meeting is looked at before its level has ended, since one way is enough */
    uint32_t ends[2], max_hops, hub_links, max_paths, max_visited;
    enum phase phase;
    struct side sides[2];
    int turn;           /* the side whose level is being walked */
    uint32_t next, end; /* the places of it that are still to be walked */
    bool walking;
    XF_VEC(uint32_t) meetings; /* entities that both sides have reached, as yet to be asked whether they are hubs */
    uint32_t asked, kept;
    XF_VEC(uint32_t) hubs;
    struct xf_map is_hub;
    struct xf_expansion expansion;
    XF_VEC(uint32_t) paths; /* one behind the other */
    uint32_t path_count, length;
    XF_VEC(struct step) steps;
    XF_VEC(struct xf_node) nodes;
    struct xf_map node_rows;
    struct xf_relations relations;
    XF_VEC(uint32_t) withheld; /* distinct records */
    struct xf_map withheld_rows;
    bool truncated;
};

static int list_steps(struct xf_trail *trail);

static int reach(struct side *side, uint32_t entity, uint32_t mention, uint32_t depth, uint32_t parent)
{
    const uint32_t *known = xf_map_get(&side->rows, entity);
    uint32_t row = known ? *known : side->places.count;

    if (!known && (xf_vec_push(&side->places, (struct place){entity, mention, depth, XF_NONE}) != XF_OK ||
                   xf_map_put(&side->rows, entity, row) != XF_OK))
        return XF_ENOMEM;
    if (parent == XF_NONE || side->places.items[row].depth != depth)
        return XF_OK;
    if (xf_vec_push(&side->parents, (struct parent){parent, side->places.items[row].first_parent}) != XF_OK)
        return XF_ENOMEM;
    side->places.items[row].first_parent = side->parents.count - 1;
    return XF_OK;
}

struct xf_trail *xf_trail_create(const struct xf_trail_question *question)
{
    struct xf_trail *trail = calloc(1, sizeof(*trail));

    if (!trail)
        return NULL;
    trail->filter = *question->filter;
    trail->filter.of_roles = false;
    trail->filter.not_role_count = 0;
    trail->ends[0] = question->from;
    trail->ends[1] = question->to;
    trail->max_hops = question->max_hops;
    trail->hub_links = question->hub_links;
    trail->max_paths = question->paths;
    trail->any = question->any;
    trail->max_visited = question->visited;
    for (int i = 0; i < 2; i++) {
        if (reach(&trail->sides[i], trail->ends[i], XF_NONE, 0, XF_NONE) != XF_OK) {
            xf_trail_destroy(trail);
            return NULL;
        }
    }
    trail->end = 1;
    if (question->from == question->to) {
        /* No hop at all. */
        trail->phase = PHASE_STEPS;
        trail->path_count = 1;
        if (xf_vec_push(&trail->paths, question->from) != XF_OK || list_steps(trail) != XF_OK) {
            xf_trail_destroy(trail);
            return NULL;
        }
    }
    return trail;
}

void xf_trail_destroy(struct xf_trail *trail)
{
    if (!trail)
        return;
    for (int i = 0; i < 2; i++) {
        xf_vec_free(&trail->sides[i].places);
        xf_vec_free(&trail->sides[i].parents);
        xf_map_finish(&trail->sides[i].rows);
    }
    xf_vec_free(&trail->meetings);
    xf_vec_free(&trail->hubs);
    xf_map_finish(&trail->is_hub);
    xf_expansion_finish(&trail->expansion);
    xf_vec_free(&trail->paths);
    xf_vec_free(&trail->steps);
    xf_vec_free(&trail->nodes);
    xf_map_finish(&trail->node_rows);
    xf_relations_finish(&trail->relations);
    xf_vec_free(&trail->withheld);
    xf_map_finish(&trail->withheld_rows);
    free(trail);
}

static bool is_end(const struct xf_trail *trail, uint32_t entity)
{
    return entity == trail->ends[0] || entity == trail->ends[1];
}

static int note_hub(struct xf_trail *trail, uint32_t entity)
{
    if (xf_map_get(&trail->is_hub, entity))
        return XF_OK;
    return xf_map_put(&trail->is_hub, entity, 1) == XF_OK ? xf_vec_push(&trail->hubs, entity) : XF_ENOMEM;
}

static void begin(struct xf_trail *trail, uint32_t entity)
{
    xf_expansion_start(&trail->expansion, &trail->filter, entity, XF_NONE, is_end(trail, entity) ? 0 : trail->hub_links, false);
    trail->walking = true;
}

static int add_node(struct xf_trail *trail, uint32_t entity, uint32_t depth, bool hub)
{
    uint32_t mention = XF_NONE;

    if (xf_map_get(&trail->node_rows, entity))
        return XF_OK;
    for (int i = 0; i < 2 && mention == XF_NONE; i++) {
        const uint32_t *row = xf_map_get(&trail->sides[i].rows, entity);

        mention = row ? trail->sides[i].places.items[*row].mention : XF_NONE;
    }
    if (xf_vec_push(&trail->nodes, (struct xf_node){.entity = entity, .mention = mention, .depth = (uint16_t)depth, .hub = hub}) !=
        XF_OK)
        return XF_ENOMEM;
    return xf_map_put(&trail->node_rows, entity, trail->nodes.count - 1);
}

/* Records that alone tie the entity to somebody, and that the asker may not see. */
static int note_withheld(struct xf_trail *trail)
{
    const struct xf_expansion *expansion = &trail->expansion;

    for (uint32_t i = 0; i < expansion->withheld.count; i++) {
        const struct xf_withheld_tie *tie = &expansion->withheld.items[i];

        if (xf_map_get(&trail->withheld_rows, tie->record) ||
            expansion->neighbours.items[*xf_map_get(&expansion->rows, tie->other)].flags & XF_NEIGHBOUR_SHOWN)
            continue;
        if (xf_vec_push(&trail->withheld, tie->record) != XF_OK || xf_map_put(&trail->withheld_rows, tie->record, 1) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* Levels */

/* What a place that was walked leads to. */
static int extend(struct xf_trail *trail)
{
    struct side *own = &trail->sides[trail->turn], *other = &trail->sides[!trail->turn];
    const struct xf_expansion *expansion = &trail->expansion;
    uint32_t place = trail->next++;

    if (expansion->hub)
        return note_hub(trail, expansion->entity);
    trail->truncated = trail->truncated || expansion->cut;
    if (note_withheld(trail) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < expansion->neighbours.count; i++) {
        const struct xf_neighbour *neighbour = &expansion->neighbours.items[i];
        const uint32_t *there = xf_map_get(&other->rows, neighbour->entity);
        bool known = xf_map_get(&own->rows, neighbour->entity) != NULL;

        if (!(neighbour->flags & XF_NEIGHBOUR_PASSED))
            continue;
        if (reach(own, neighbour->entity, neighbour->mention, own->depth + 1, place) != XF_OK)
            return XF_ENOMEM;
        /* What the other side has of lesser depth are hubs; or the state has changed since. */
        if (!known && there && other->places.items[*there].depth == other->depth &&
            !xf_map_get(&trail->is_hub, neighbour->entity) && xf_vec_push(&trail->meetings, neighbour->entity) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* The search has ended: hubs that it met are told too. */
static int conclude(struct xf_trail *trail)
{
    trail->phase = PHASE_END;
    for (uint32_t i = 0; i < trail->hubs.count && i < HUBS_TOLD; i++)
        if (add_node(trail, trail->hubs.items[i], 0, true) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

/* The next level, of the side that has fewer to walk. */
static int begin_level(struct xf_trail *trail)
{
    uint32_t counts[2];

    trail->meetings.count = trail->asked = trail->kept = 0;
    for (int i = 0; i < 2; i++)
        counts[i] = trail->sides[i].places.count - trail->sides[i].level;
    if (!counts[0] || !counts[1] || trail->sides[0].depth + trail->sides[1].depth >= trail->max_hops)
        return conclude(trail);
    if (trail->sides[0].places.count + trail->sides[1].places.count > trail->max_visited) {
        trail->truncated = true;
        return conclude(trail);
    }
    trail->turn = counts[1] < counts[0];
    trail->next = trail->sides[trail->turn].level;
    trail->end = trail->sides[trail->turn].places.count;
    trail->phase = PHASE_LEVEL;
    return XF_OK;
}

/* After a level: the places of meeting are looked at, or else the next level begins. */
static int end_level(struct xf_trail *trail)
{
    struct side *own = &trail->sides[trail->turn];

    own->level = trail->end;
    own->depth++;
    if (!trail->meetings.count)
        return begin_level(trail);
    trail->phase = PHASE_MEETINGS;
    return XF_OK;
}

static int walk_level(struct xf_trail *trail, const struct xf_view *view, uint32_t *looks)
{
    const struct side *own = &trail->sides[trail->turn];
    int rc;

    if (trail->next == trail->end)
        return end_level(trail);
    if (!trail->walking) {
        if (xf_map_get(&trail->is_hub, own->places.items[trail->next].entity)) {
            trail->next++;
            return XF_OK;
        }
        begin(trail, own->places.items[trail->next].entity);
    }
    rc = xf_expansion_look(&trail->expansion, view, looks);
    if (rc != XF_OK)
        return rc < 0 ? rc : XF_OK;
    trail->walking = false;
    rc = extend(trail);
    if (rc == XF_OK && trail->any && trail->meetings.count) {
        trail->amid = true;
        trail->phase = PHASE_MEETINGS;
    }
    return rc;
}

/* Paths */

static int finish_way(struct xf_trail *trail, const uint32_t *way)
{
    if (trail->path_count == trail->max_paths) {
        trail->truncated = trail->truncated || !trail->any;
        return 1;
    }
    for (uint32_t i = 0; i <= trail->length; i++)
        if (xf_vec_push(&trail->paths, way[i]) != XF_OK)
            return XF_ENOMEM;
    trail->path_count++;
    return XF_OK;
}

/* Every way from a place of meeting to the first end, and from each of them on to the second: way is filled from the middle. */
static int trace(struct xf_trail *trail, int at_side, uint32_t place, uint32_t *way)
{
    const struct side *side = &trail->sides[at_side];
    const struct place *row = &side->places.items[place];
    int rc = XF_OK;

    way[at_side ? trail->length - row->depth : row->depth] = row->entity;
    if (!row->depth) {
        if (at_side)
            return finish_way(trail, way);
        /* The first half stands; the second begins where the two met. */
        return trace(trail, 1, *xf_map_get(&trail->sides[1].rows, way[trail->sides[0].depth]), way);
    }
    for (uint32_t i = row->first_parent; rc == XF_OK && i != XF_NONE; i = side->parents.items[i].next)
        rc = trace(trail, at_side, side->parents.items[i].place, way);
    return rc;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int by_step(const void *a, const void *b)
{
    const struct step *x = a, *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* The nodes and the steps of all paths, each once. */
static int list_steps(struct xf_trail *trail)
{
    uint32_t stride = trail->length + 1, kept = 0;

    for (uint32_t p = 0; p < trail->path_count; p++) {
        const uint32_t *path = &trail->paths.items[p * stride];

        for (uint32_t i = 0; i < stride; i++)
            if (add_node(trail, path[i], i, false) != XF_OK ||
                (i + 1 < stride && xf_vec_push(&trail->steps, (struct step){path[i], path[i + 1]}) != XF_OK))
                return XF_ENOMEM;
    }
    if (trail->steps.count > 1)
        qsort(trail->steps.items, trail->steps.count, sizeof(*trail->steps.items), by_step);
    for (uint32_t i = 0; i < trail->steps.count; i++)
        if (!kept || by_step(&trail->steps.items[kept - 1], &trail->steps.items[i]) != 0)
            trail->steps.items[kept++] = trail->steps.items[i];
    trail->steps.count = kept;
    trail->next = 0;
    return XF_OK;
}

/* The places of meeting that are no hubs make the paths; when there are none, the search goes on. */
static int end_meetings(struct xf_trail *trail)
{
    uint32_t *way;
    int rc = XF_OK;

    if (!trail->kept && trail->amid) {
        trail->amid = false;
        trail->meetings.count = trail->asked = 0;
        trail->phase = PHASE_LEVEL;
        return XF_OK;
    }
    if (!trail->kept)
        return begin_level(trail);
    trail->sides[trail->turn].depth += trail->amid;
    trail->length = trail->sides[0].depth + trail->sides[1].depth;
    qsort(trail->meetings.items, trail->kept, sizeof(*trail->meetings.items), compare_numbers);
    way = calloc((size_t)trail->length + 1, sizeof(*way));
    if (!way)
        return XF_ENOMEM;
    for (uint32_t i = 0; rc == XF_OK && i < trail->kept; i++)
        rc = trace(trail, 0, *xf_map_get(&trail->sides[0].rows, trail->meetings.items[i]), way);
    free(way);
    trail->phase = PHASE_STEPS;
    return rc < 0 ? rc : list_steps(trail);
}

static int look_at_meetings(struct xf_trail *trail, const struct xf_view *view, uint32_t *looks)
{
    uint32_t entity;
    int rc;

    if (trail->asked == trail->meetings.count)
        return end_meetings(trail);
    entity = trail->meetings.items[trail->asked];
    if (is_end(trail, entity)) {
        trail->meetings.items[trail->kept++] = entity;
        trail->asked++;
        return XF_OK;
    }
    if (!trail->walking)
        begin(trail, entity);
    rc = xf_expansion_look(&trail->expansion, view, looks);
    if (rc != XF_OK)
        return rc < 0 ? rc : XF_OK;
    trail->walking = false;
    trail->asked++;
    if (trail->expansion.hub)
        return note_hub(trail, entity);
    trail->meetings.items[trail->kept++] = entity;
    return XF_OK;
}

/* What ties the two of a step. */
static int look_at_step(struct xf_trail *trail, const struct xf_view *view, uint32_t *looks)
{
    const struct step *step;
    bool cut, turn;
    int rc;

    if (trail->next == trail->steps.count)
        return conclude(trail);
    step = &trail->steps.items[trail->next];
    if (!trail->walking) {
        /* From the one with fewer mentions; a mere co-mention is told as the path goes. */
        turn = xf_linker_entity_size(view->graph->linker, step->b) < xf_linker_entity_size(view->graph->linker, step->a);
        xf_expansion_start(&trail->expansion, &trail->filter, turn ? step->b : step->a, turn ? step->a : step->b, 0, true);
        trail->walking = true;
    }
    rc = xf_expansion_look(&trail->expansion, view, looks);
    if (rc != XF_OK)
        return rc < 0 ? rc : XF_OK;
    trail->walking = false;
    trail->next++;
    if (trail->expansion.entity == step->b)
        for (uint32_t i = 0; i < trail->expansion.hits.count; i++)
            if (!trail->expansion.hits.items[i].type)
                trail->expansion.hits.items[i].outward = false;
    trail->truncated = trail->truncated || trail->expansion.cut;
    return xf_relations_group(&trail->relations, &trail->expansion, UINT32_MAX, &cut);
}

int xf_trail_step(struct xf_trail *trail, const struct xf_view *view, uint32_t looks)
{
    while (looks) {
        int rc = XF_OK;

        switch (trail->phase) {
        case PHASE_LEVEL:
            rc = walk_level(trail, view, &looks);
            break;
        case PHASE_MEETINGS:
            rc = look_at_meetings(trail, view, &looks);
            break;
        case PHASE_STEPS:
            rc = look_at_step(trail, view, &looks);
            break;
        case PHASE_END:
            return XF_OK;
        }
        if (rc != XF_OK)
            return rc;
    }
    return 1;
}

struct xf_found xf_trail_found(const struct xf_trail *trail)
{
    return (struct xf_found){.nodes = trail->nodes.items,
                             .node_count = trail->nodes.count,
                             .relations = trail->relations.rows.items,
                             .relation_count = trail->relations.rows.count,
                             .records = trail->relations.records.items,
                             .withheld = trail->withheld.items,
                             .withheld_listed = trail->withheld.count,
                             .withheld_records = trail->withheld.count,
                             .truncated = trail->truncated};
}

uint32_t xf_trail_paths(const struct xf_trail *trail, uint32_t *ret_length)
{
    *ret_length = trail->length;
    return trail->path_count;
}

const uint32_t *xf_trail_path(const struct xf_trail *trail, uint32_t i)
{
    return &trail->paths.items[(size_t)i * (trail->length + 1)];
}
