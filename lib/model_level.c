/* SPDX-License-Identifier: Apache-2.0 */
/* Levels, numbers, blocking and frequencies of a model's JSON. Called by the model's other readers. Invariant: every number has its
 * source, every level its weight. */
#include <stdlib.h>
#include <string.h>

#include "model_read.h"

static int read_level(const struct xf_place *place, json_t *object, struct xf_level *ret)
{
    static const char *const members[] = {"weight", "m", "u", "frequency", "max", "source", NULL};
    int64_t frequency = 0, max = XF_FIGURE_WEIGHT_MAX;
    int32_t u = 0;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_weight(place, object, &ret->weight, &u);
    if (rc == XF_OK && json_object_get(object, "frequency"))
        rc = xf_figure_integer(place, object, "frequency", 0, 1000, &frequency);
    if (rc == XF_OK && json_object_get(object, "max"))
        rc = xf_figure_integer(place, object, "max", -XF_FIGURE_WEIGHT_MAX, XF_FIGURE_WEIGHT_MAX, &max);
    ret->frequency = (int32_t)frequency;
    ret->max = (int32_t)max;
    ret->usual = -u;
    return rc;
}

int xf_model_read_comparison(const struct xf_place *place, json_t *object, const struct xf_shape *shape, struct xf_comparison *ret)
{
    int rc = xf_figure_members(place, object, shape->levels);

    ret->name = shape->name;
    for (ret->count = 0; rc == XF_OK && shape->levels[ret->count]; ret->count++) {
        struct xf_place below = xf_figure_child(place, shape->levels[ret->count]);

        ret->levels[ret->count].name = shape->levels[ret->count];
        rc = read_level(&below, json_object_get(object, shape->levels[ret->count]), &ret->levels[ret->count]);
    }
    return rc;
}

int xf_model_read_number(const struct xf_place *place, json_t *object, const char *name, int32_t *ret)
{
    static const char *const members[] = {"weight", "m", "u", "source", NULL};
    struct xf_place below = xf_figure_child(place, name);
    json_t *value = json_object_get(object, name);
    int32_t u;
    int rc = xf_figure_members(&below, value, members);

    return rc == XF_OK ? xf_figure_weight(&below, value, ret, &u) : rc;
}

int xf_model_read_blocking(const struct xf_place *place, json_t *object, struct xf_model_kind *ret)
{
    static const char *const members[] = {"budget", "hard_budget", "narrow_budget", "window", "search_budget", "source", NULL};
    int64_t budget, hard, narrow, window, search;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "budget", 2, 10000, &budget);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "hard_budget", 2, 100000, &hard);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "narrow_budget", 2, 10000, &narrow);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "window", 1, 1000, &window);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "search_budget", 2, 1000000, &search);
    if (rc == XF_OK) {
        ret->budget = (uint32_t)budget;
        ret->hard_budget = (uint32_t)hard;
        ret->narrow_budget = (uint32_t)narrow;
        ret->window = (uint32_t)window;
        ret->search_budget = (uint32_t)search;
    }
    return rc;
}

static int compare_rarity(const void *a, const void *b)
{
    uint64_t x = ((const struct xf_rarity *)a)->hash, y = ((const struct xf_rarity *)b)->hash;

    return (x > y) - (x < y);
}

int xf_model_read_frequencies(const struct xf_place *place, json_t *object, struct xf_frequencies *ret)
{
    static const char *const members[] = {"unlisted", "distinct", "table", "source", NULL};
    struct xf_place below = xf_figure_child(place, "table");
    json_t *table, *value;
    const char *key;
    int32_t bits = 0, distinct = INT32_MIN;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK)
        rc = xf_figure_probability(place, object, "unlisted", &bits);
    if (rc == XF_OK && json_object_get(object, "distinct"))
        rc = xf_figure_probability(place, object, "distinct", &distinct);
    if (rc != XF_OK)
        return rc;
    ret->unlisted = -bits;
    ret->distinct = distinct == INT32_MIN ? INT32_MAX : -distinct;
    table = json_object_get(object, "table");
    if (!json_is_object(table))
        return xf_figure_fault(&below, "must be an object of names and their frequencies");
    json_object_foreach(table, key, value)
    {
        rc = xf_figure_probability(&below, table, key, &bits);
        if (rc != XF_OK)
            return rc;
        if (xf_vec_push(&ret->rows, (struct xf_rarity){.hash = xf_text_hash(key, strlen(key)), .rarity = -bits}) != XF_OK)
            return XF_ENOMEM;
    }
    if (ret->rows.count)
        qsort(ret->rows.items, ret->rows.count, sizeof(*ret->rows.items), compare_rarity);
    return XF_OK;
}

int xf_model_read_share(const struct xf_place *place, json_t *object, int64_t most, int32_t *ret)
{
    static const char *const members[] = {"share", "source", NULL};
    int64_t share;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "share", 0, most, &share);
    if (rc == XF_OK)
        *ret = (int32_t)share;
    return rc;
}
