/* SPDX-License-Identifier: Apache-2.0 */
/* Where mentions of locations lie: an index of their points by grid cells, for what is within a distance. Derived from the
 * mentions, kept by the fold, never saved. Distances are on a sphere of the Earth's mean radius, off by 0.6 % at most. */
#ifndef CROSSFLAG_NEAR_H
#define CROSSFLAG_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_NEAR_RADIUS_MAX 50000  /* metres of a question */
#define XF_NEAR_LAT_MAX 850000000 /* nearer to a pole nobody asks: degrees × 10^7 */

struct xf_near;
struct xf_near *xf_near_create(void); /* NULL when out of memory */
void xf_near_destroy(struct xf_near *near);

/* Notes a mention's point, degrees × 10^7; and forgets it again. XF_OK; after XF_ENOMEM the
 * index can only be destroyed. */
int xf_near_add(struct xf_near *near, uint32_t mention, int32_t lat, int32_t lon) XF_MUST_CHECK;
int xf_near_remove(struct xf_near *near, uint32_t mention, int32_t lat, int32_t lon) XF_MUST_CHECK;
size_t xf_near_size(const struct xf_near *near);

/* Metres between two points. */
double xf_near_distance(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b);

/* A place in the walk over a circle. */
struct xf_near_walk {
    int32_t lat, lon;
    uint32_t radius; /* metres */
    uint32_t row, last_row, first_column, column, last_column;
    bool done;
};
struct xf_near_walk xf_near_within(int32_t lat, int32_t lon, uint32_t radius_m);
/* Calls visit for each mention within the radius, cell after cell, until about so many points and cells were looked at; returns
 * visit's value when that is not 0. A change of the index between two calls may have it tell of a mention twice or not at all. */
typedef int xf_near_visit(void *context, uint32_t mention, int32_t lat, int32_t lon, double metres);
int xf_near_step(const struct xf_near *near, struct xf_near_walk *walk, uint32_t looks, xf_near_visit *visit, void *context);

#endif
