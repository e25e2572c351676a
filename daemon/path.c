/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/path: how two entities are connected. The search of lib/trail.c on a worker, a slice at a time under the read lock. No
 * way leads through what the caller may not know of: records that it may not see are not walked. */
#include <stdlib.h>
#include <string.h>

#include "along.h"

#define HOPS_DEFAULT 6
#define HOPS_MAX 12
#define PATHS_MAX 100
#define PATHS_DEFAULT 20
/* Entities that a search visits: beyond, it answers that it is truncated. */
#define VISITED_MAX 200000

struct asked {
    struct xf_call *call;
    struct xf_tie_filter filter;
    struct xf_trail_question question;
    const char *ids[2];
    int result;
    json_t *answer;
};

/* Each path as its entities' ids, in order, and its links, step by step. */
static json_t *paths_json(struct asked *asked, const struct xf_trail *trail, const struct xf_found *found)
{
    uint32_t length, count = xf_trail_paths(trail, &length), *rows = calloc(found->relation_count + 1, sizeof(*rows));
    json_t *list = json_array();

    for (uint32_t p = 0; rows && p < count; p++) {
        const uint32_t *path = xf_trail_path(trail, p);
        json_t *ids = json_array(), *links = json_array();
        char id[XF_ENTITY_ID];
        bool whole = true;

        for (uint32_t i = 0; i <= length; i++) {
            const struct xf_fold *fold = xf_engine_read(asked->call->daemon->engine);

            json_array_append_new(ids, json_string(xf_linker_entity_id(xf_fold_linker(fold), path[i], id)));
            xf_engine_read_end(asked->call->daemon->engine);
        }
        for (uint32_t i = 0; i < length; i++) {
            uint32_t used = 0;
            json_t *step;

            for (uint32_t r = 0; r < found->relation_count; r++)
                if ((found->relations[r].from == path[i] && found->relations[r].to == path[i + 1]) ||
                    (found->relations[r].from == path[i + 1] && found->relations[r].to == path[i]))
                    rows[used++] = r;
            step = xf_along_relations_json(asked->call, found, rows, used);
            whole = whole && json_array_size(step);
            json_array_extend(links, step);
            json_decref(step);
        }
        /* A step may have lost its records while it was searched. */
        if (whole)
            json_array_append_new(list, json_pack("{s:O,s:O}", "entities", ids, "links", links));
        json_decref(ids);
        json_decref(links);
    }
    free(rows);
    return list;
}

static void show(struct asked *asked, const struct xf_trail *trail)
{
    const struct xf_found found = xf_trail_found(trail);
    json_t *items = paths_json(asked, trail, &found);
    uint32_t length;

    (void)xf_trail_paths(trail, &length);
    asked->answer = json_pack("{s:s,s:s,s:o,s:o,s:o,s:n,s:b,s:o*}", "from", asked->ids[0], "to", asked->ids[1], "length",
                              json_array_size(items) ? json_integer(length) : json_null(), "items", items, "entities",
                              xf_along_nodes_json(asked->call, &found), "next", "truncated", (int)found.truncated, "withheld",
                              xf_along_withheld_json(asked->call, &found));
    asked->result = asked->answer ? XF_OK : XF_ENOMEM;
}

static void run(void *argument, struct xf_db *db)
{
    struct asked *asked = argument;
    struct xf_engine *engine = asked->call->daemon->engine;
    const struct xf_fold *fold = xf_engine_read(engine);
    struct xf_trail *trail;

    (void)db;
    asked->result = XF_EIO;
    if (xf_along_ready(fold)) {
        const struct xf_view view = xf_query_view(asked->call, fold);

        asked->question.from = xf_along_entity(fold, &view, asked->ids[0]);
        asked->question.to = xf_along_entity(fold, &view, asked->ids[1]);
        asked->result = asked->question.from == XF_NONE || asked->question.to == XF_NONE ? XF_ENOTFOUND : XF_OK;
    }
    xf_engine_read_end(engine);
    if (asked->result != XF_OK)
        return;
    trail = xf_trail_create(&asked->question);
    asked->result = trail ? 1 : XF_ENOMEM;
    while (asked->result == 1) {
        fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(asked->call, fold);

        asked->result = xf_trail_step(trail, &view, XF_ALONG_LOOKS);
        xf_engine_read_end(engine);
    }
    if (asked->result == XF_OK)
        show(asked, trail);
    xf_trail_destroy(trail);
}

static void done(void *argument)
{
    struct asked *asked = argument;
    struct xf_call *call = asked->call;
    struct xf_exchange *exchange = call->exchange;

    if (asked->result == XF_OK)
        xf_reply_json(call, 200, asked->answer);
    else if (asked->result == XF_ENOTFOUND)
        xf_along_unknown(call, "from or to is of no entity, or of none any more.");
    else if (asked->result == XF_EIO)
        xf_query_not_ready(call);
    else
        xf_query_no_memory(call);
    xf_exchange_unref(exchange);
}

void xf_along_path(struct xf_call *call)
{
    struct asked *asked = xf_arena_alloc(call->request->arena, sizeof(*asked));
    uint32_t all, limit;

    if (!asked) {
        xf_query_no_memory(call);
        return;
    }
    *asked = (struct asked){.call = call,
                            .ids = {xf_request_parameter(call->exchange, "from"), xf_request_parameter(call->exchange, "to")}};
    asked->question = (struct xf_trail_question){
        .filter = &asked->filter, .hub_links = (uint32_t)call->daemon->conf->hub_links, .visited = VISITED_MAX};
    if (xf_query_of_today(call) != XF_OK || xf_along_filter(call, &asked->filter) != XF_OK ||
        xf_along_number(call, "max_hops", HOPS_DEFAULT, 1, HOPS_MAX, &asked->question.max_hops) != XF_OK ||
        xf_along_number(call, "all", 0, 0, 1, &all) != XF_OK ||
        xf_along_number(call, "limit", PATHS_DEFAULT, 1, PATHS_MAX, &limit) != XF_OK)
        return;
    for (int i = 0; i < 2; i++) {
        if (!asked->ids[i]) {
            xf_along_bad(call, i ? "to" : "from", "must be an entity's id");
            return;
        }
    }
    if (asked->filter.of_roles || asked->filter.not_role_count) {
        xf_along_bad(call, "roles", "is not known here");
        return;
    }
    asked->question.paths = all ? limit : 1;
    /* Of one path, that there are others is no truncation. */
    asked->question.any = !all;
    xf_query_submit(call, run, done, asked);
}
