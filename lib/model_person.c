/* SPDX-License-Identifier: Apache-2.0 */
/* What only persons have in a model's JSON, and what follows from it for comparing names. Called by model.c. Invariant: no pair of
 * names weighs more than name_max. */
#include <string.h>

#include "model_read.h"

/* Schemes that the model says are personal; may be left out. */
static int read_personal(const struct xf_place *place, json_t *object, struct xf_model *model)
{
    static const char *const members[] = {"schemes", "source", NULL};
    struct xf_place below = xf_figure_child(place, "schemes");
    json_t *schemes = json_object_get(object, "schemes"), *scheme;
    size_t at;
    int rc;

    if (!object)
        return XF_OK;
    rc = xf_figure_members(place, object, members);
    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK && (!json_is_array(schemes) || json_array_size(schemes) > XF_SCHEMES_MAX))
        rc = xf_figure_fault(&below, "must be a list of at most %d schemes", XF_SCHEMES_MAX);
    if (rc != XF_OK)
        return rc;
    json_array_foreach(schemes, at, scheme)
    {
        if (!json_is_string(scheme))
            return xf_figure_fault(&below, "must be a list of words");
        model->personal[model->personal_count++] = xf_text_hash(json_string_value(scheme), json_string_length(scheme));
    }
    return XF_OK;
}

/* The most that a name's part can add: its rarest name's at the best level, or, of exchanged names, the rarity by itself; nothing
 * where one side has no such part. */
static int32_t most_of_part(const struct xf_comparison *comparison, const struct xf_frequencies *table)
{
    int32_t most = 0;

    for (uint32_t i = 0; i < comparison->count; i++) {
        const struct xf_level *level = &comparison->levels[i];
        int32_t rarest = table->unlisted, rarity = 0;

        for (uint32_t j = 0; j < table->rows.count; j++)
            rarest = table->rows.items[j].rarity > rarest ? table->rows.items[j].rarity : rarest;
        if (level->frequency && rarest > level->usual)
            rarity = (int32_t)((int64_t)level->frequency * (rarest - level->usual) / 1000);
        most = rarity > most ? rarity : most;
        most = level->weight + rarity > most ? level->weight + rarity : most;
    }
    return most;
}

/* Checks that a part's levels which count the names' frequency say what is usual: a level for two names that differ in spelling has
 * a u of its own, which is no name's frequency, so that the exact level's stands for it (as in Splink). */
static int settle_part(const struct xf_place *place, struct xf_comparison *comparison)
{
    struct xf_place comparisons = xf_figure_child(place, "comparisons"), part = xf_figure_child(&comparisons, comparison->name);

    for (uint32_t i = 0; i < comparison->count; i++) {
        struct xf_level *level = &comparison->levels[i];
        struct xf_place below = xf_figure_child(&part, level->name);

        level->usual = comparison->levels[XF_PART_EXACT].usual;
        if (level->frequency && !level->usual)
            return xf_figure_fault(&below, "counts the names' frequency: the level exact must say with m and u what is usual");
    }
    return XF_OK;
}

/* The most that a pair of names can weigh. */
static void settle_names(struct xf_model *model)
{
    struct xf_comparison *comparisons = model->kinds[XF_PERSON].comparisons;
    int32_t parts =
        most_of_part(&comparisons[XF_PERSON_GIVEN], &model->given) + most_of_part(&comparisons[XF_PERSON_FAMILY], &model->family);

    model->name_max = INT32_MIN;
    for (int i = 0; i < XF_NAME_LEVELS; i++) {
        const struct xf_level *level = &comparisons[XF_PERSON_NAME].levels[i];
        int32_t most = level->weight + parts;

        most = most < level->max ? most : level->max;
        model->name_max = most > model->name_max ? most : model->name_max;
    }
}

/* What only persons have: guards against household members, and the names' frequencies. */
int xf_model_read_person(const struct xf_place *place, json_t *object, struct xf_model *model)
{
    static const char *const guards[] = {"siblings", "resembling", "undated", "household", NULL};
    static const char *const tables[] = {"given", "family", NULL};
    struct xf_place guard = xf_figure_child(place, "guards"), table = xf_figure_child(place, "frequencies");
    struct xf_place household = xf_figure_child(&guard, "household"), given = xf_figure_child(&table, "given"),
                    family = xf_figure_child(&table, "family"), personal = xf_figure_child(place, "personal");
    json_t *guard_object = json_object_get(object, "guards"), *table_object = json_object_get(object, "frequencies");
    int rc = xf_figure_members(&guard, guard_object, guards);

    if (rc == XF_OK)
        rc = xf_model_read_number(&guard, guard_object, "siblings", &model->siblings);
    if (rc == XF_OK)
        rc = xf_model_read_number(&guard, guard_object, "resembling", &model->resembling);
    if (rc == XF_OK)
        rc = xf_model_read_number(&guard, guard_object, "undated", &model->undated);
    if (rc == XF_OK)
        rc = xf_model_read_share(&household, json_object_get(guard_object, "household"), 1000, &model->household);
    if (rc == XF_OK)
        rc = xf_figure_members(&table, table_object, tables);
    if (rc == XF_OK)
        rc = xf_model_read_frequencies(&given, json_object_get(table_object, "given"), &model->given);
    if (rc == XF_OK)
        rc = xf_model_read_frequencies(&family, json_object_get(table_object, "family"), &model->family);
    if (rc == XF_OK)
        rc = read_personal(&personal, json_object_get(object, "personal"), model);
    if (rc == XF_OK)
        rc = settle_part(place, &model->kinds[XF_PERSON].comparisons[XF_PERSON_GIVEN]);
    if (rc == XF_OK)
        rc = settle_part(place, &model->kinds[XF_PERSON].comparisons[XF_PERSON_FAMILY]);
    if (rc == XF_OK)
        settle_names(model);
    return rc;
}
