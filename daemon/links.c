/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/entities/{id}/links: what lies around an entity, by hops. POST /v1/common: whom and what several entities have in common.
 * Both are the walk of lib/walk.c, on a worker, a slice at a time under the read lock. */
#include <stdlib.h>
#include <string.h>

#include "along.h"

#define HOPS_MAX 6
#define LINKS_DEFAULT 200
#define LINKS_MAX 5000
#define SET_MAX 20
/* Links of a set that are gathered to find what is common. */
#define COMMON_LINKS 20000
#define COMMON_DEFAULT 50
#define COMMON_MAX 500

struct links {
    struct xf_call *call;
    struct xf_tie_filter filter;
    const char *ids[SET_MAX];
    uint32_t roots[SET_MAX];
    uint32_t root_count, hops, hub_links, limit;
    bool common;
    int result;
    json_t *answer;
};

/* The entities that are asked about: XF_OK, XF_ENOTFOUND one is unknown, XF_EIO not ready. */
static int find_roots(struct links *links)
{
    const struct xf_fold *fold = xf_engine_read(links->call->daemon->engine);
    int rc = xf_along_ready(fold) ? XF_OK : XF_EIO;

    for (uint32_t i = 0; rc == XF_OK && i < links->root_count; i++) {
        const struct xf_view view = xf_query_view(links->call, fold);

        links->roots[i] = xf_along_entity(fold, &view, links->ids[i]);
        if (links->roots[i] == XF_NONE)
            rc = XF_ENOTFOUND;
    }
    xf_engine_read_end(links->call->daemon->engine);
    return rc;
}

static int walk_all(struct links *links, struct xf_walk *walk)
{
    int rc = walk ? 1 : XF_ENOMEM;

    while (rc == 1) {
        const struct xf_fold *fold = xf_engine_read(links->call->daemon->engine);
        const struct xf_view view = xf_query_view(links->call, fold);

        rc = xf_walk_step(walk, &view, XF_ALONG_LOOKS);
        xf_engine_read_end(links->call->daemon->engine);
        if (rc == 1 && xf_walk_rest(walk) != XF_OK)
            rc = XF_ENOMEM;
    }
    return rc;
}

static json_t *id_of(const json_t *nodes, uint32_t node)
{
    return json_object_get(json_array_get(nodes, node), "id");
}

static int show_links(struct links *links, const struct xf_found *found)
{
    json_t *nodes = xf_along_nodes_json(links->call, found);

    links->answer = json_pack("{s:O,s:o,s:o,s:n,s:b,s:o*}", "entity", id_of(nodes, 0), "items",
                              xf_along_relations_json(links->call, found, NULL, found->relation_count), "entities", nodes, "next",
                              "truncated", (int)found->truncated, "withheld", xf_along_withheld_json(links->call, found));
    return links->answer ? XF_OK : XF_ENOMEM;
}

/* The links within the set itself. */
static json_t *direct_json(struct links *links, const struct xf_found *found)
{
    uint32_t *rows = calloc(found->relation_count + 1, sizeof(*rows)), count = 0;
    json_t *list;

    for (uint32_t i = 0; rows && i < found->relation_count; i++) {
        unsigned ends = 0;

        for (uint32_t k = 0; k < links->root_count; k++)
            ends += (found->relations[i].from == links->roots[k]) + (found->relations[i].to == links->roots[k]);
        if (ends > 1)
            rows[count++] = i;
    }
    list = rows ? xf_along_relations_json(links->call, found, rows, count) : NULL;
    free(rows);
    return list;
}

static int show_common(struct links *links, const struct xf_walk *walk, const struct xf_found *found)
{
    struct xf_call *call = links->call;
    struct xf_common *common = NULL;
    uint32_t count, *relations = NULL;
    json_t *items = json_array(), *asked = json_array(), *roots;

    if (xf_walk_common(walk, &common, &count, &relations) != XF_OK) {
        json_decref(items);
        json_decref(asked);
        return XF_ENOMEM;
    }
    for (uint32_t i = 0; i < count && i < links->limit; i++) {
        const struct xf_found one = {.nodes = &found->nodes[common[i].node], .node_count = 1};
        json_t *node = xf_along_nodes_json(call, &one), *entity = json_incref(json_array_get(node, 0));

        json_object_del(entity, "depth");
        json_object_del(entity, "hub");
        json_array_append_new(
            items, json_pack("{s:o,s:i,s:o}", "entity", entity, "shared", (int)common[i].shared, "links",
                             xf_along_relations_json(call, found, relations + common[i].first_relation, common[i].relation_count)));
        json_decref(node);
    }
    {
        struct xf_found own = *found;

        /* Roots come first; one may have been named twice. */
        for (own.node_count = 0; own.node_count < found->node_count && !found->nodes[own.node_count].depth; own.node_count++)
            ;
        roots = xf_along_nodes_json(call, &own);
    }
    for (uint32_t i = 0; i < json_array_size(roots); i++)
        json_array_append(asked, id_of(roots, i));
    links->answer = json_pack("{s:o,s:o,s:o,s:o,s:n,s:b,s:o*}", "set", asked, "entities", roots, "items", items, "direct",
                              direct_json(links, found), "next", "truncated", (int)(found->truncated || count > links->limit),
                              "withheld", xf_along_withheld_json(call, found));
    free(common);
    free(relations);
    return links->answer ? XF_OK : XF_ENOMEM;
}

static void run(void *argument, struct xf_db *db)
{
    struct links *links = argument;
    struct xf_walk_question question = {.filter = &links->filter,
                                        .hops = links->hops,
                                        .hub_links = links->hub_links,
                                        .relations = links->common ? COMMON_LINKS : links->limit};
    struct xf_walk *walk;

    (void)db;
    links->result = find_roots(links);
    if (links->result != XF_OK)
        return;
    walk = xf_walk_create(&question, links->roots, links->root_count);
    links->result = walk_all(links, walk);
    if (links->result == XF_OK) {
        const struct xf_found found = xf_walk_found(walk);

        links->result = links->common ? show_common(links, walk, &found) : show_links(links, &found);
    }
    xf_walk_destroy(walk);
}

static void done(void *argument)
{
    struct links *links = argument;
    struct xf_call *call = links->call;
    struct xf_exchange *exchange = call->exchange;

    if (links->result == XF_OK)
        xf_reply_json(call, 200, links->answer);
    else if (links->result == XF_ENOTFOUND)
        xf_along_unknown(call, links->common ? "One of them is of no entity, or of none any more."
                                             : "There is none of this id, or none any more.");
    else if (links->result == XF_EIO)
        xf_query_not_ready(call);
    else
        xf_query_no_memory(call);
    xf_exchange_unref(exchange);
}

static struct links *start(struct xf_call *call)
{
    struct links *links = xf_arena_alloc(call->request->arena, sizeof(*links));

    if (!links) {
        xf_query_no_memory(call);
        return NULL;
    }
    *links = (struct links){.call = call, .hops = 1, .hub_links = (uint32_t)call->daemon->conf->hub_links};
    return links;
}

void xf_along_links(struct xf_call *call)
{
    struct links *links = start(call);

    if (!links)
        return;
    links->ids[links->root_count++] = call->parameters[0];
    if (xf_query_of_today(call) == XF_OK && xf_along_filter(call, &links->filter) == XF_OK &&
        xf_along_number(call, "hops", 1, 1, HOPS_MAX, &links->hops) == XF_OK &&
        xf_along_number(call, "limit", LINKS_DEFAULT, 1, LINKS_MAX, &links->limit) == XF_OK)
        xf_query_submit(call, run, done, links);
}

static void invalid(struct xf_call *call, const char *pointer, const char *reason)
{
    xf_reply_problem(call, 422, "invalid-question", "The question is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", pointer, "reason", reason), "See errors.");
}

void xf_along_common(struct xf_call *call)
{
    struct links *links = start(call);
    json_t *body = links ? xf_call_json(call) : NULL, *list, *value;
    const char *key;
    size_t i;

    if (!body)
        return;
    links->common = true;
    list = json_object_get(body, "entities");
    json_object_foreach(body, key, value)
    {
        if (strcmp(key, "entities") != 0) {
            invalid(call, "", "has a member that is not known here: entities alone stands in the body, filters in the query");
            json_decref(body);
            return;
        }
    }
    if (!json_is_array(list) || json_array_size(list) < 2 || json_array_size(list) > SET_MAX) {
        invalid(call, "/entities", "is not a list of 2 to 20 entities' ids");
        json_decref(body);
        return;
    }
    json_array_foreach(list, i, value)
    {
        const char *id = json_is_string(value) && json_string_length(value) < XF_ENTITY_ID ? json_string_value(value) : "";

        links->ids[links->root_count] = xf_arena_copy(call->request->arena, id, strlen(id));
        if (!links->ids[links->root_count++]) {
            xf_query_no_memory(call);
            json_decref(body);
            return;
        }
    }
    json_decref(body);
    if (xf_query_of_today(call) == XF_OK && xf_along_filter(call, &links->filter) == XF_OK &&
        xf_along_number(call, "limit", COMMON_DEFAULT, 1, COMMON_MAX, &links->limit) == XF_OK)
        xf_query_submit(call, run, done, links);
}
