/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/near: the locations within a distance of a point, nearest first. Walks the fold's grid on a worker, a slice at a time
 * under the read lock. Invariant: a location is found by a point of a record that the caller may see, or not at all; who lives or
 * was seen there is not told here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "along.h"
#include "mention.h"

#define RADIUS_DEFAULT 500
#define LIMIT_DEFAULT 50
#define LIMIT_MAX 500
/* Mentions gathered: what lies in the circle beyond is told by `truncated` only. */
#define SPOTS_MAX 50000
#define SHOW_SLICE 32

struct spot {
    double metres;
    uint32_t entity, mention;
    int32_t lat, lon;
};

struct near {
    struct xf_call *call;
    int32_t lat, lon;
    uint32_t radius, limit, offset;
    struct spot *spots; /* malloc'ed */
    size_t count, room;
    const struct xf_fold *fold; /* while a slice is walked */
    const struct xf_view *view;
    struct xf_withheld withheld;
    bool truncated;
    int result;
    json_t *answer;
};

static int visit(void *context, uint32_t mention, int32_t lat, int32_t lon, double metres)
{
    struct near *near = context;
    enum xf_sight sight = xf_mention_sight(near->view, mention);

    if (sight == XF_SIGHT_WITHHELD)
        xf_withheld_add(&near->withheld, near->view, xf_register_mention_at(xf_fold_register(near->fold), mention)->record);
    if (sight != XF_SIGHT_SHOWN)
        return 0;
    if (near->count == SPOTS_MAX) {
        near->truncated = true;
        return 1;
    }
    if (near->count == near->room) {
        size_t room = near->room ? near->room * 2 : 64;
        struct spot *grown = realloc(near->spots, room * sizeof(*grown));

        if (!grown)
            return XF_ENOMEM;
        near->spots = grown;
        near->room = room;
    }
    near->spots[near->count++] = (struct spot){.metres = metres,
                                               .entity = xf_linker_entity_of(xf_fold_linker(near->fold), mention),
                                               .mention = mention,
                                               .lat = lat,
                                               .lon = lon};
    return 0;
}

static int by_entity(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;

    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->metres < y->metres || x->metres > y->metres)
        return x->metres < y->metres ? -1 : 1;
    return (x->mention > y->mention) - (x->mention < y->mention);
}

static int by_distance(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;

    if (x->metres < y->metres || x->metres > y->metres)
        return x->metres < y->metres ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

/* Each entity by its nearest point, nearest first. */
static void order(struct near *near)
{
    size_t kept = 0;

    if (near->count < 2)
        return;
    qsort(near->spots, near->count, sizeof(*near->spots), by_entity);
    for (size_t i = 0; i < near->count; i++)
        if (!kept || near->spots[kept - 1].entity != near->spots[i].entity)
            near->spots[kept++] = near->spots[i];
    near->count = kept;
    qsort(near->spots, near->count, sizeof(*near->spots), by_distance);
}

static json_t *items_json(struct near *near)
{
    struct xf_engine *engine = near->call->daemon->engine;
    size_t end = near->offset + (size_t)near->limit < near->count ? near->offset + (size_t)near->limit : near->count;
    json_t *items = json_array();

    for (size_t i = near->offset; i < end;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(near->call, fold);

        for (size_t slice = 0; i < end && slice < SHOW_SLICE; i++, slice++) {
            const struct spot *spot = &near->spots[i];

            json_array_append_new(items, json_pack("{s:o,s:f,s:f,s:f}", "entity",
                                                   xf_along_entity_json(fold, &view, spot->entity, spot->mention), "distance_m",
                                                   (double)(int64_t)(spot->metres * 10 + 0.5) / 10, "lat", spot->lat / 1e7, "lon",
                                                   spot->lon / 1e7));
        }
        xf_engine_read_end(engine);
    }
    return items;
}

static void run(void *argument, struct xf_db *db)
{
    struct near *near = argument;
    struct xf_engine *engine = near->call->daemon->engine;
    struct xf_near_walk walk = xf_near_within(near->lat, near->lon, near->radius);
    json_t *withheld = NULL, *items;
    int rc = 0;

    (void)db;
    while (rc == 0 && !walk.done) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(near->call, fold);

        near->fold = fold;
        near->view = &view;
        rc = xf_along_ready(fold) ? xf_near_step(xf_fold_near(fold), &walk, XF_ALONG_LOOKS, visit, near) : XF_EIO;
        if (rc >= 0 && (rc || walk.done))
            withheld = xf_withheld_json(&near->withheld, &view);
        near->view = NULL;
        xf_engine_read_end(engine);
    }
    near->result = rc < 0 ? rc : XF_OK;
    if (near->result == XF_OK) {
        size_t next = near->offset + (size_t)near->limit;

        order(near);
        items = items_json(near);
        near->answer =
            json_pack("{s:o,s:o,s:b,s:o*}", "items", items, "next", next < near->count ? json_sprintf("%zu", next) : json_null(),
                      "truncated", (int)near->truncated, "withheld", withheld);
        if (!near->answer)
            near->result = XF_ENOMEM;
    }
    free(near->spots);
}

static void done(void *argument)
{
    struct near *near = argument;
    struct xf_exchange *exchange = near->call->exchange;

    if (near->result == XF_OK)
        xf_reply_json(near->call, 200, near->answer);
    else if (near->result == XF_EIO)
        xf_query_not_ready(near->call);
    else
        xf_query_no_memory(near->call);
    xf_exchange_unref(exchange);
}

/* Degrees as a decimal number. */
static int read_degrees(struct xf_call *call, const char *name, double most, int32_t *ret)
{
    const char *text = xf_request_parameter(call->exchange, name);
    char *end = NULL, reason[64];
    double degrees = text && strspn(text, "+-.0123456789") == strlen(text) ? strtod(text, &end) : 0;

    if (end && end != text && !*end && degrees >= -most && degrees <= most) {
        *ret = (int32_t)(degrees * 1e7 + (degrees < 0 ? -0.5 : 0.5));
        return XF_OK;
    }
    snprintf(reason, sizeof(reason), "is not a number of degrees from -%g to %g", most, most);
    return xf_along_bad(call, name, reason);
}

void xf_along_near(struct xf_call *call)
{
    struct near *near = xf_arena_alloc(call->request->arena, sizeof(*near));

    if (!near) {
        xf_query_no_memory(call);
        return;
    }
    *near = (struct near){.call = call};
    if (xf_query_of_today(call) == XF_OK && read_degrees(call, "lat", XF_NEAR_LAT_MAX / 1e7, &near->lat) == XF_OK &&
        read_degrees(call, "lon", 180, &near->lon) == XF_OK &&
        xf_along_number(call, "radius_m", RADIUS_DEFAULT, 1, XF_NEAR_RADIUS_MAX, &near->radius) == XF_OK &&
        xf_along_number(call, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &near->limit) == XF_OK &&
        xf_along_number(call, "cursor", 0, 0, SPOTS_MAX, &near->offset) == XF_OK)
        xf_query_submit(call, run, done, near);
}
