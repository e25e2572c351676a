/* SPDX-License-Identifier: Apache-2.0 */
/* The match-weight table: what agreement and disagreement are worth, comparison by comparison, out of a model's own file, so that
 * what is shown is what is stored. Called by train. Only for people's eyes: here weights may be floating point. */
#include "weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "crossflag/mention.h"
#include "print.h"

#define BAR 30

static const char *const kind_names[XF_MENTION_KINDS] = {"person", "location", "vehicle"};

/* Bits: given, or log2 of m over u. */
static double weight_of(const json_t *level)
{
    const json_t *weight = json_object_get(level, "weight");
    double m = json_number_value(json_object_get(level, "m")), u = json_number_value(json_object_get(level, "u"));

    if (json_is_number(weight))
        return json_number_value(weight) / 1000;
    return m > 0 && u > 0 ? log2(m / u) : 0;
}

static int add_levels(json_t *rows, const char *kind, const char *comparison, json_t *levels)
{
    const char *name;
    json_t *level;

    json_object_foreach(levels, name, level)
    {
        json_t *row;

        if (strcmp(name, "frequencies") == 0 || strcmp(name, "beside") == 0) /* an attribute's, no levels */
            continue;
        row = json_pack("{s:s, s:s, s:s, s:O*, s:O*, s:f}", "kind", kind, "comparison", comparison, "level", name, "m",
                        json_object_get(level, "m"), "u", json_object_get(level, "u"), "weight", weight_of(level));

        if (json_array_append_new(rows, row) != 0)
            return -1;
    }
    return 0;
}

json_t *xf_weights_of(const json_t *model, unsigned kinds)
{
    static const char *const groups[] = {"comparisons", "attributes"};
    json_t *rows = json_array();
    const char *comparison;
    json_t *levels;
    int rc = rows ? 0 : -1;

    for (int kind = 0; kind < XF_MENTION_KINDS; kind++) {
        for (int group = 0; kinds >> kind & 1 && group < 2; group++) {
            json_t *comparisons = json_object_get(json_object_get(model, kind_names[kind]), groups[group]);

            json_object_foreach(comparisons, comparison, levels)
            {
                if (rc == 0)
                    rc = add_levels(rows, kind_names[kind], comparison, levels);
            }
        }
    }
    if (rc == 0)
        return rows;
    json_decref(rows);
    return NULL;
}

static void add_figure(struct xf_table *table, const json_t *value)
{
    if (json_is_number(value))
        xf_table_cellf(table, "%.4g", json_number_value(value));
    else
        xf_table_cell(table, "");
}

void xf_weights_print(const json_t *weights)
{
    struct xf_table table = {.headers = {"kind", "comparison", "level", ">m", ">u", ">bits", ""}, .columns = 7};
    const char *before = "";
    size_t i;
    json_t *row;

    json_array_foreach(weights, i, row)
    {
        const char *comparison = json_string_value(json_object_get(row, "comparison"));
        double weight = json_number_value(json_object_get(row, "weight"));
        char bar[BAR + 1] = "";
        size_t length = (size_t)fmin(floor(fabs(weight) + 0.5), BAR);
        bool same = strcmp(before, comparison) == 0;

        memset(bar, weight < 0 ? '-' : '+', length);
        xf_table_cell(&table, same ? "" : json_string_value(json_object_get(row, "kind")));
        xf_table_cell(&table, same ? "" : comparison);
        xf_table_cell(&table, json_string_value(json_object_get(row, "level")));
        add_figure(&table, json_object_get(row, "m"));
        add_figure(&table, json_object_get(row, "u"));
        xf_table_cellf(&table, "%.2f", weight);
        xf_table_cell(&table, bar);
        before = comparison;
    }
    xf_table_print(&table, stdout, 0);
}
