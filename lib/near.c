/* SPDX-License-Identifier: Apache-2.0 */
/* The grid of locations' points. A cell is 2^16 units of 10^-7 degrees wide, some 730 m from south to north and 430 m from west to
 * east in Britain; it chains its distinct points, and a point lists its mentions, so that a thousand visits to one takeaway are one
 * point. Kept by the fold as mentions come and go. Invariant: a point is in its cell's chain as long as it has a mention. */
#include "crossflag/near.h"

#include <math.h>
#include <stdlib.h>

#include "pool.h"
#include "slab.h"
#include "table.h"

#define CELL_BITS 16
#define TURN INT64_C(3600000000) /* all longitudes, in degrees × 10^7 */
#define COLUMNS ((uint32_t)(TURN >> CELL_BITS) + 1)
#define EARTH_M 6371008.8 /* mean radius, IUGG */
#define RADIANS (3.14159265358979323846 / 180 / 1e7)
#define UNIT_M (EARTH_M * RADIANS) /* of latitude, 10^-7 degrees in metres */
#define NONE UINT32_MAX

struct point {
    int32_t lat, lon;
    uint32_t before, after;   /* in the cell */
    uint32_t mentions, count; /* handle */
};

struct xf_near {
    XF_POOL(struct point) points;
    XF_VEC(uint32_t) free_points;
    struct xf_slab mentions;
    struct xf_table by_point, by_cell; /* values: row + 1, the cell's first */
};

struct xf_near *xf_near_create(void)
{
    struct xf_near *near = calloc(1, sizeof(*near));

    if (!near)
        return NULL;
    xf_slab_init(&near->mentions, sizeof(uint32_t));
    if (xf_table_init(&near->by_point) != XF_OK || xf_table_init(&near->by_cell) != XF_OK) {
        xf_near_destroy(near);
        return NULL;
    }
    return near;
}

void xf_near_destroy(struct xf_near *near)
{
    if (!near)
        return;
    xf_pool_free(&near->points);
    xf_vec_free(&near->free_points);
    xf_slab_finish(&near->mentions);
    xf_table_finish(&near->by_point);
    xf_table_finish(&near->by_cell);
    free(near);
}

size_t xf_near_size(const struct xf_near *near)
{
    return xf_pool_size(&near->points) + near->free_points.capacity * sizeof(*near->free_points.items) +
           xf_slab_size(&near->mentions) + xf_table_size(&near->by_point) + xf_table_size(&near->by_cell);
}

/* Spreads a number over a table's keys (the finaliser of splitmix64). */
static uint64_t spread(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return (number ^ number >> 31) >> (64 - XF_TABLE_KEY_BITS);
}

static uint64_t point_key(int32_t lat, int32_t lon)
{
    return spread((uint64_t)(uint32_t)lat << 32 | (uint32_t)lon);
}

static uint32_t row_of(int64_t lat)
{
    return (uint32_t)((lat + 900000000) >> CELL_BITS);
}

/* Of any longitude, also beyond ±180°. */
static uint32_t column_of(int64_t lon)
{
    int64_t east = (lon + TURN / 2) % TURN;

    return (uint32_t)((east < 0 ? east + TURN : east) >> CELL_BITS);
}

static uint64_t cell_key(uint32_t row, uint32_t column)
{
    return spread((uint64_t)row << 32 | column);
}

static struct point *point_at(const struct xf_near *near, uint32_t row)
{
    return xf_pool_at(&near->points, row);
}

static uint32_t find_point(const struct xf_near *near, int32_t lat, int32_t lon, struct xf_table_at *ret)
{
    uint32_t value = xf_table_find(&near->by_point, point_key(lat, lon), ret);

    while (value && (point_at(near, value - 1)->lat != lat || point_at(near, value - 1)->lon != lon))
        value = xf_table_next(ret);
    return value ? value - 1 : NONE;
}

/* The first point of a cell. Keys of two cells may be equal: each chain is one cell's. */
static uint32_t find_cell(const struct xf_near *near, uint32_t row, uint32_t column, struct xf_table_at *ret)
{
    uint32_t value = xf_table_find(&near->by_cell, cell_key(row, column), ret);

    while (value && (row_of(point_at(near, value - 1)->lat) != row || column_of(point_at(near, value - 1)->lon) != column))
        value = xf_table_next(ret);
    return value ? value - 1 : NONE;
}

static int make_point(struct xf_near *near, int32_t lat, int32_t lon, uint32_t *ret)
{
    uint32_t row = near->free_points.count ? near->free_points.items[near->free_points.count - 1] : near->points.count, first;
    struct xf_table_at at;

    /* A point that goes must find room to be free. */
    if (row == near->points.count && (xf_pool_reserve(&near->points, 1) != XF_OK ||
                                      xf_vec_reserve(&near->free_points, row + 1 - near->free_points.count) != XF_OK))
        return XF_ENOMEM;
    if (xf_table_add(&near->by_point, point_key(lat, lon), row + 1) != XF_OK)
        return XF_ENOMEM;
    first = find_cell(near, row_of(lat), column_of(lon), &at);
    if (first == NONE && xf_table_add(&near->by_cell, cell_key(row_of(lat), column_of(lon)), row + 1) != XF_OK) {
        /* The row is not a point yet, and no other has this key and value. */
        for (uint32_t value = xf_table_find(&near->by_point, point_key(lat, lon), &at); value != row + 1;)
            value = xf_table_next(&at);
        xf_table_remove(at);
        return XF_ENOMEM;
    }
    if (row == near->points.count)
        near->points.count++;
    else
        near->free_points.count--;
    *point_at(near, row) = (struct point){.lat = lat, .lon = lon, .before = NONE, .after = first};
    if (first != NONE) {
        point_at(near, first)->before = row;
        xf_table_set(at, row + 1);
    }
    *ret = row;
    return XF_OK;
}

static void drop_point(struct xf_near *near, uint32_t row, struct xf_table_at by_point)
{
    struct point *point = point_at(near, row);
    struct xf_table_at at;

    xf_table_remove(by_point);
    if (point->before != NONE) {
        point_at(near, point->before)->after = point->after;
    } else {
        (void)find_cell(near, row_of(point->lat), column_of(point->lon), &at);
        if (point->after != NONE)
            xf_table_set(at, point->after + 1);
        else
            xf_table_remove(at);
    }
    if (point->after != NONE)
        point_at(near, point->after)->before = point->before;
    near->free_points.items[near->free_points.count++] = row;
}

int xf_near_add(struct xf_near *near, uint32_t mention, int32_t lat, int32_t lon)
{
    struct xf_table_at at;
    uint32_t row = find_point(near, lat, lon, &at);
    struct point *point;

    if (row == NONE && make_point(near, lat, lon, &row) != XF_OK)
        return XF_ENOMEM;
    point = point_at(near, row);
    if (xf_slab_grow(&near->mentions, &point->mentions, point->count) != XF_OK) {
        if (!point->count && find_point(near, lat, lon, &at) == row)
            drop_point(near, row, at);
        return XF_ENOMEM;
    }
    ((uint32_t *)xf_slab_at(&near->mentions, point->mentions))[point->count++] = mention;
    return XF_OK;
}

int xf_near_remove(struct xf_near *near, uint32_t mention, int32_t lat, int32_t lon)
{
    struct xf_table_at at;
    uint32_t row = find_point(near, lat, lon, &at), i, *mentions;
    struct point *point;

    if (row == NONE)
        return XF_OK;
    point = point_at(near, row);
    mentions = xf_slab_at(&near->mentions, point->mentions);
    for (i = 0; i < point->count && mentions[i] != mention; i++)
        ;
    if (i == point->count)
        return XF_OK;
    mentions[i] = mentions[point->count - 1];
    if (xf_slab_shrink(&near->mentions, &point->mentions, point->count) != XF_OK)
        return XF_ENOMEM;
    if (--point->count == 0)
        drop_point(near, row, at);
    return XF_OK;
}

double xf_near_distance(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b)
{
    /* Haversine: exact enough for near points too. */
    double lat = sin((lat_b - (double)lat_a) * RADIANS / 2), lon = sin((lon_b - (double)lon_a) * RADIANS / 2);
    double h = lat * lat + cos(lat_a * RADIANS) * cos(lat_b * RADIANS) * lon * lon;

    return 2 * EARTH_M * asin(sqrt(h < 1 ? h : 1));
}

struct xf_near_walk xf_near_within(int32_t lat, int32_t lon, uint32_t radius_m)
{
    /* A little more than the radius, so that rounding loses nothing. */
    int64_t reach = (int64_t)(radius_m / UNIT_M * 1.001) + 2, widest = lat < 0 ? -(int64_t)lat + reach : (int64_t)lat + reach;
    double narrow = cos((double)(widest < 899999999 ? widest : 899999999) * RADIANS);
    int64_t across = (int64_t)((double)reach / narrow) + 2;
    int64_t south = lat - reach < -900000000 ? -900000000 : lat - reach, north = lat + reach > 900000000 ? 900000000 : lat + reach;
    struct xf_near_walk walk = {.lat = lat, .lon = lon, .radius = radius_m, .row = row_of(south), .last_row = row_of(north)};

    if (across * 2 >= TURN - (INT64_C(1) << CELL_BITS)) {
        walk.last_column = COLUMNS - 1;
    } else {
        walk.first_column = column_of(lon - across);
        walk.last_column = column_of(lon + across);
        if (walk.last_column < walk.first_column) /* across the date line */
            walk.last_column += COLUMNS;
    }
    walk.column = walk.first_column;
    return walk;
}

int xf_near_step(const struct xf_near *near, struct xf_near_walk *walk, uint32_t looks, xf_near_visit *visit, void *context)
{
    for (uint32_t spent = 0; !walk->done && spent < looks; spent++) {
        struct xf_table_at at;

        for (uint32_t row = find_cell(near, walk->row, walk->column % COLUMNS, &at); row != NONE;
             row = point_at(near, row)->after) {
            const struct point *point = point_at(near, row);
            const uint32_t *mentions = xf_slab_at(&near->mentions, point->mentions);
            double metres = xf_near_distance(walk->lat, walk->lon, point->lat, point->lon);

            spent++;
            for (uint32_t i = 0; metres <= walk->radius && i < point->count; i++, spent++) {
                int rc = visit(context, mentions[i], point->lat, point->lon, metres);

                if (rc != 0)
                    return rc;
            }
        }
        if (walk->column++ == walk->last_column) {
            walk->column = walk->first_column;
            walk->done = walk->row++ == walk->last_row;
        }
    }
    return 0;
}
