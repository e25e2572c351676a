/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of path segments, made once from the route tables: matching costs a few comparisons a segment, however many routes there
 * are. route.c and the tests call it. A literal segment goes before a {parameter}; paths are split while still encoded, so that an
 * id may hold an encoded slash. */
#include "router.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "head.h"

struct node {
    const char *segment; /* of the pattern, not terminated; a parameter's is "{…}" */
    size_t length;
    struct node *child, *sibling; /* literals; a parameter is the last of its siblings */
    struct leaf *leaves;
};

/* A method that a path knows. */
struct leaf {
    const struct xf_route *route;
    struct leaf *next;
};

struct xf_router {
    struct node root;
};

static bool is_parameter(const struct node *node)
{
    return node->segment[0] == '{';
}

static struct node *find_or_add(struct node *parent, const char *segment, size_t length)
{
    struct node **at = &parent->child, *node;

    for (; *at; at = &(*at)->sibling) {
        bool same = (*at)->length == length && !memcmp((*at)->segment, segment, length);

        if (same || (segment[0] == '{' && is_parameter(*at)))
            return *at;
        if (is_parameter(*at))
            break;
    }
    node = calloc(1, sizeof(*node));
    if (!node)
        return NULL;
    node->segment = segment;
    node->length = length;
    node->sibling = *at;
    *at = node;
    return node;
}

static bool add(struct xf_router *router, const struct xf_route *route)
{
    struct node *node = &router->root;
    struct leaf *leaf;
    unsigned parameters = 0;

    assert(route->pattern[0] == '/');
    for (const char *at = route->pattern; *at;) {
        size_t length = strcspn(at + 1, "/");

        parameters += at[1] == '{';
        node = find_or_add(node, at + 1, length);
        if (!node)
            return false;
        at += 1 + length;
    }
    assert(parameters <= XF_ROUTER_PARAMETERS_MAX);
    for (leaf = node->leaves; leaf; leaf = leaf->next)
        assert(strcmp(leaf->route->method, route->method));
    leaf = malloc(sizeof(*leaf));
    if (!leaf)
        return false;
    *leaf = (struct leaf){route, node->leaves};
    node->leaves = leaf;
    return true;
}

struct xf_router *xf_router_create(const struct xf_route *const *tables)
{
    struct xf_router *router = calloc(1, sizeof(*router));

    for (; router && *tables; tables++) {
        for (const struct xf_route *route = *tables; route->method; route++) {
            if (!add(router, route)) {
                xf_router_destroy(router);
                return NULL;
            }
        }
    }
    return router;
}

static void clear(struct node *node)
{
    while (node->leaves) {
        struct leaf *next = node->leaves->next;

        free(node->leaves);
        node->leaves = next;
    }
    while (node->child) {
        struct node *child = node->child;

        node->child = child->sibling;
        clear(child);
        free(child);
    }
}

void xf_router_destroy(struct xf_router *router)
{
    if (!router)
        return;
    clear(&router->root);
    free(router);
}

/* The node for the rest of a path, with its parameters' slices noted from `depth` on. As deep as the longest pattern, not as the
 * path. */
struct slice {
    const char *at;
    size_t length;
};
static const struct node *walk(const struct node *node, const char *rest, struct slice *parameters, unsigned depth)
{
    size_t length;

    if (!*rest)
        return node->leaves ? node : NULL;
    rest++;
    length = strcspn(rest, "/");
    for (const struct node *child = node->child; child; child = child->sibling) {
        const struct node *found;

        if (is_parameter(child)) {
            if (!length)
                continue;
            parameters[depth] = (struct slice){rest, length};
            found = walk(child, rest + length, parameters, depth + 1);
        } else if (child->length == length && !memcmp(child->segment, rest, length)) {
            found = walk(child, rest + length, parameters, depth);
        } else {
            continue;
        }
        if (found)
            return found;
    }
    return NULL;
}

static void list_methods(const struct node *node, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (const struct leaf *leaf = node->leaves; leaf; leaf = leaf->next) {
        int written = snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", leaf->route->method,
                               strcmp(leaf->route->method, "GET") ? "" : ", HEAD");

        assert(written > 0 && (size_t)written < size - used);
        used += (size_t)written;
    }
}

enum xf_router_result xf_router_match(const struct xf_router *router, const char *method, const char *target,
                                      struct xf_arena *arena, struct xf_matched *ret)
{
    struct slice slices[XF_ROUTER_PARAMETERS_MAX + 1] = {{0}};
    const struct node *node = *target == '/' ? walk(&router->root, target, slices, 0) : NULL;
    const struct leaf *leaf;

    if (!node)
        return XF_ROUTER_NO_PATH;
    if (!strcmp(method, "HEAD"))
        method = "GET";
    for (leaf = node->leaves; leaf && strcmp(leaf->route->method, method);)
        leaf = leaf->next;
    if (!leaf) {
        ret->route = node->leaves->route;
        list_methods(node, ret->allow, sizeof(ret->allow));
        return XF_ROUTER_NO_METHOD;
    }
    ret->route = leaf->route;
    for (unsigned i = 0; i < XF_ROUTER_PARAMETERS_MAX; i++) {
        ret->parameters[i] = NULL;
        if (slices[i].at && !(ret->parameters[i] = xf_head_decode(slices[i].at, slices[i].length, false, arena)))
            return XF_ROUTER_NO_PATH;
    }
    return XF_ROUTER_FOUND;
}
