/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of routes, matched against paths. */
#ifndef XF_DAEMON_ROUTER_H
#define XF_DAEMON_ROUTER_H

#include "route.h"

#define XF_ROUTER_PARAMETERS_MAX 4

struct xf_router;
/* tables is ended by NULL, each table by a route without a method; all are borrowed. NULL when out of memory. Two routes of one
 * method and pattern are a programmer's error. */
struct xf_router *xf_router_create(const struct xf_route *const *tables);
void xf_router_destroy(struct xf_router *router);

enum xf_router_result {
    XF_ROUTER_FOUND,
    XF_ROUTER_NO_PATH,
    XF_ROUTER_NO_METHOD, /* the path is known, but not with this method */
};
struct xf_matched {
    const struct xf_route *route;                     /* NO_METHOD: one of the path's routes */
    const char *parameters[XF_ROUTER_PARAMETERS_MAX]; /* decoded, in the arena */
    char allow[64];                                   /* NO_METHOD: the methods, for Allow */
};
/* target is the path still encoded; HEAD is served by GET's route. */
enum xf_router_result xf_router_match(const struct xf_router *router, const char *method, const char *target,
                                      struct xf_arena *arena, struct xf_matched *ret);

#endif
