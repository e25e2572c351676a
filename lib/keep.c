/* SPDX-License-Identifier: Apache-2.0 */
/* The linker as bytes. Called by the fold's save and load. What is saved is what history decided and cannot be worked out again
 * (numbers, chains, entities, what waits for a settlement) and the edges, which are dear to work out; words, hashes and the index
 * are made anew. Lists without a meaning of their order are sorted first. Invariant: a linker that was loaded goes on, and is saved
 * again, exactly as the one that was saved would. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "linker.h"

struct header {
    uint64_t model; /* digest */
    uint64_t comparisons;
    uint64_t living;
};

struct saved_profile {
    uint32_t entity, next;
    uint16_t count;
    uint8_t kind;
    uint8_t flags; /* 0: a free row */
};

#define SAVED_AT_ONCE 1024 /* rows */
#define SAVED_FLAGS (XF_PROFILE_LIVE | XF_PROFILE_APART | XF_PROFILE_OWN)

struct saved_edge {
    uint32_t a, b;
    int32_t weight;
};

static_assert(sizeof(struct header) == 24 && sizeof(struct saved_profile) == 12 && sizeof(struct saved_edge) == 12,
              "no padding that the snapshot would compare");

static int compare_edges(const void *a, const void *b)
{
    const struct saved_edge *x = a, *y = b;

    return (x->b > y->b) - (x->b < y->b);
}

/* Writes through a small buffer, so that a snapshot takes no memory of the state's size. */
static int save_edges(const struct xf_profiles *profiles, struct xf_pack *pack)
{
    XF_VEC(struct saved_edge) edges = {0};
    int rc = xf_pack_begin(pack, "LEDG", sizeof(struct saved_edge), profiles->edge_pairs);

    for (uint32_t i = 0; rc == XF_OK && i < profiles->rows.count; i++) {
        const struct xf_profile *row = xf_profile_at(profiles, i);
        const struct xf_edge *from = xf_profile_edges(profiles, row);
        uint32_t first = edges.count;

        for (uint32_t j = 0; rc == XF_OK && j < row->edge_count; j++)
            if (from[j].profile > i)
                rc = xf_vec_push(&edges, (struct saved_edge){i, from[j].profile, from[j].weight});
        if (edges.count - first > 1)
            qsort(edges.items + first, edges.count - first, sizeof(*edges.items), compare_edges);
        if (rc == XF_OK && edges.count && (edges.count >= SAVED_AT_ONCE || i + 1 == profiles->rows.count)) {
            rc = pack->write(pack->context, edges.items, edges.count * sizeof(*edges.items));
            edges.count = 0;
        }
    }
    xf_vec_free(&edges);
    return rc;
}

static int save_rows(const struct xf_profiles *profiles, struct xf_pack *pack, uint64_t *ret_value_count)
{
    struct saved_profile rows[SAVED_AT_ONCE];
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint32_t used = 0;
    int rc = xf_pack_begin(pack, "LPRO", sizeof(*rows), profiles->rows.count);

    *ret_value_count = 0;
    for (uint32_t i = 0; rc == XF_OK && i < profiles->rows.count; i++) {
        const struct xf_profile *row = xf_profile_at(profiles, i);
        uint32_t count = xf_profile_values(profiles, row, values);

        rows[used++] = (struct saved_profile){.entity = row->entity,
                                              .next = row->next,
                                              .count = (uint16_t)count,
                                              .kind = (uint8_t)row->kind,
                                              .flags = row->flags & SAVED_FLAGS};
        *ret_value_count += count;
        if (used == SAVED_AT_ONCE || i + 1 == profiles->rows.count) {
            rc = pack->write(pack->context, rows, used * sizeof(*rows));
            used = 0;
        }
    }
    return rc;
}

/* The profiles that are dirty, ascending. */
static int save_dirty(const struct xf_profiles *profiles, struct xf_pack *pack)
{
    XF_VEC(uint32_t) dirty = {0};
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < profiles->rows.count; i++)
        if (xf_profile_at(profiles, i)->flags & XF_PROFILE_DIRTY)
            rc = xf_vec_push(&dirty, i);
    if (rc == XF_OK)
        rc = xf_vec_save(&dirty, pack, "LDIR");
    xf_vec_free(&dirty);
    return rc;
}

/* Profiles, the dirty ones, and their values in one run. */
static int save_profiles(const struct xf_profiles *profiles, struct xf_pack *pack)
{
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint64_t value_count;
    int rc = save_rows(profiles, pack, &value_count);

    if (rc == XF_OK)
        rc = xf_vec_save(&profiles->free_rows, pack, "LFRE");
    if (rc == XF_OK)
        rc = save_dirty(profiles, pack);
    if (rc == XF_OK)
        rc = xf_pack_array(pack, "LVAL", &value_count, sizeof(value_count), 1);
    for (uint32_t i = 0; rc == XF_OK && i < profiles->rows.count; i++) {
        uint32_t count = xf_profile_values(profiles, xf_profile_at(profiles, i), values);

        if (count)
            rc = pack->write(pack->context, values, count * sizeof(*values));
    }
    return rc;
}

int xf_linker_save(const struct xf_linker *linker, struct xf_pack *pack)
{
    struct header header = {.model = linker->model->digest, .comparisons = linker->comparisons, .living = linker->entities.living};
    int rc = xf_pack_array(pack, "LINK", &header, sizeof(header), 1);

    if (rc == XF_OK)
        rc = xf_pool_save(&linker->mentions, pack, "LMEN");
    if (rc == XF_OK)
        rc = save_edges(&linker->profiles, pack);
    if (rc == XF_OK)
        rc = xf_vec_save(&linker->verdicts.rows, pack, "LVER");
    if (rc == XF_OK)
        rc = xf_pool_save(&linker->entities.rows, pack, "LENT");
    if (rc == XF_OK)
        rc = xf_vec_save(&linker->entities.touched, pack, "LTOU");
    if (rc == XF_OK)
        rc = xf_vec_save(&linker->entities.kept_values, pack, "LKEP");
    if (rc == XF_OK)
        rc = save_profiles(&linker->profiles, pack);
    return rc;
}

/* What a load reads before it puts the parts together. */
struct parts {
    XF_VEC(struct saved_profile) rows;
    XF_VEC(uint32_t) dirty;
    XF_VEC(struct saved_edge) edges;
};

/* Whether an index is XF_NONE or below count. */
static bool within(uint32_t index, uint32_t count)
{
    return index == XF_NONE || index < count;
}

static bool sound_values(const struct xf_linker *linker, const struct xf_value *values, uint32_t count)
{
    uint32_t symbols = xf_intern_count(linker->symbols);

    for (uint32_t i = 0; i < count; i++) {
        bool number = values[i].field == XF_FIELD_BIRTH_DATE || values[i].field == XF_FIELD_LAT || values[i].field == XF_FIELD_LON;

        if (values[i].field >= XF_FIELDS || (i && values[i - 1].field > values[i].field) || values[i].qualifier >= symbols ||
            (!number && values[i].symbol >= symbols))
            return false;
    }
    return true;
}

static bool sound_mentions(const struct xf_linker *linker, const struct parts *parts)
{
    uint32_t count = linker->mentions.count, touched = linker->entities.touched.count;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t profile = xf_pool_at(&linker->mentions, i)->profile;

        if (profile != XF_NONE && (profile >= parts->rows.count || !(parts->rows.items[profile].flags & XF_PROFILE_LIVE)))
            return false;
    }
    for (uint32_t i = 0; i < touched; i++) {
        const struct xf_touched *row = &linker->entities.touched.items[i];
        const struct xf_value *kept = linker->entities.kept_values.items;

        if (row->mention >= count || !within(row->entity, linker->entities.rows.count) || row->origin != XF_NONE ||
            row->kind >= XF_MENTION_KINDS || row->count > XF_MENTION_VALUES_MAX ||
            (uint64_t)row->first_value + row->count > linker->entities.kept_values.count ||
            (row->count && !sound_values(linker, kept + row->first_value, row->count)))
            return false;
    }
    for (uint32_t i = 0; i < linker->verdicts.rows.count; i++)
        if (linker->verdicts.rows.items[i].mention >= count || linker->verdicts.rows.items[i].other >= count ||
            xf_pool_at(&linker->mentions, linker->verdicts.rows.items[i].mention)->profile == XF_NONE)
            return false;
    return true;
}

/* Refuses indices that lead nowhere; that the state is one which a linker could have come to is the snapshot's digest's business.
 */
static bool sound(const struct xf_linker *linker, const struct parts *parts)
{
    uint32_t rows = parts->rows.count, entities = linker->entities.rows.count;

    if (linker->profiles.free_rows.count > rows || !sound_mentions(linker, parts))
        return false;
    for (uint32_t i = 0; i < rows; i++) {
        const struct saved_profile *row = &parts->rows.items[i];

        if (!within(row->entity, entities) || !within(row->next, rows) || row->kind >= XF_MENTION_KINDS ||
            row->count > XF_MENTION_VALUES_MAX)
            return false;
    }
    for (uint32_t i = 0; i < linker->profiles.free_rows.count; i++)
        if (linker->profiles.free_rows.items[i] >= rows || parts->rows.items[linker->profiles.free_rows.items[i]].flags)
            return false;
    for (uint32_t i = 0; i < parts->dirty.count; i++)
        if (parts->dirty.items[i] >= rows)
            return false;
    for (uint32_t i = 0; i < parts->edges.count; i++)
        if (parts->edges.items[i].a >= parts->edges.items[i].b || parts->edges.items[i].b >= rows)
            return false;
    for (uint32_t i = 0; i < entities; i++) {
        const struct xf_entity *row = xf_entity_at(&linker->entities, i);

        if ((row->dead ? row->first >= entities : !within(row->first, rows)) || row->kind >= XF_MENTION_KINDS)
            return false;
    }
    return true;
}

/* Reads one profile's values. */
static int restore_profile(struct xf_linker *linker, const struct parts *parts, uint32_t at, struct xf_unpack *unpack)
{
    const struct saved_profile *saved = &parts->rows.items[at];
    struct xf_profile *row = xf_profile_at(&linker->profiles, at);
    struct xf_value values[XF_MENTION_VALUES_MAX];
    struct xf_content content;
    int rc = saved->count ? unpack->read(unpack->context, values, saved->count * sizeof(*values)) : XF_OK;

    *row = (struct xf_profile){.mentions = XF_NONE, .entity = XF_NONE, .next = XF_NONE};
    if (rc != XF_OK || !(saved->flags & XF_PROFILE_LIVE))
        return rc;
    if (!sound_values(linker, values, saved->count))
        return XF_EINVAL;
    xf_content_open(&content, linker->symbols, saved->kind, values, saved->count);
    if (xf_lexicon_add(&linker->lexicon, values, saved->count) != XF_OK ||
        xf_profiles_restore(&linker->profiles, at, &content, saved->flags & SAVED_FLAGS) != XF_OK)
        return XF_ENOMEM;
    row->entity = saved->entity;
    row->next = saved->next;
    return XF_OK;
}

/* Puts a profile under its keys, once all are there: their order is of contents and words. */
static int index_profile(struct xf_linker *linker, uint32_t profile)
{
    struct xf_postings postings;
    struct xf_keys keys;
    int rc = XF_OK;

    xf_pairs_keys(linker, profile, &keys);
    for (uint32_t i = 0; i < keys.count; i++)
        xf_index_prefetch(&linker->index, keys.items[i]);
    for (uint32_t i = 0; rc == XF_OK && i < keys.count; i++)
        rc = xf_index_add(&linker->index, keys.items[i], profile, &postings);
    return rc;
}

static int assemble(struct xf_linker *linker, const struct parts *parts)
{
    struct xf_entities *entities = &linker->entities;
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < linker->mentions.count; i++) {
        if (!xf_linker_has(linker, i))
            continue;
        rc = xf_profiles_attach(&linker->profiles, xf_pool_at(&linker->mentions, i)->profile, i);
        linker->mention_count++;
    }
    for (uint32_t i = 0; rc == XF_OK && i < entities->touched.count; i++)
        rc = xf_map_put(&entities->touched_rows, entities->touched.items[i].mention, i);
    for (uint32_t i = 0; rc == XF_OK && i < entities->rows.count; i++)
        if (xf_entity_at(entities, i)->dead && xf_entity_at(entities, i)->first != i)
            rc = xf_entities_redirect(entities, i, xf_entity_at(entities, i)->first);
    for (uint32_t i = 0; rc == XF_OK && i < linker->profiles.rows.count; i++)
        if (xf_profile_at(&linker->profiles, i)->flags & XF_PROFILE_LIVE)
            rc = xf_profile_at(&linker->profiles, i)->mentions == XF_NONE ? XF_EINVAL : index_profile(linker, i);
    for (uint32_t i = 0; rc == XF_OK && i < parts->edges.count; i++)
        rc = xf_profiles_join(&linker->profiles, parts->edges.items[i].a, parts->edges.items[i].b, parts->edges.items[i].weight);
    for (uint32_t i = 0; rc == XF_OK && i < parts->dirty.count; i++)
        rc = xf_profiles_mark(&linker->profiles, parts->dirty.items[i]);
    return rc == XF_OK ? xf_clerical_restore(linker) : rc;
}

static int load(struct xf_linker *linker, struct parts *parts, struct xf_unpack *unpack)
{
    struct header *header = NULL;
    uint64_t *value_count = NULL, one = 0, values = 0;
    int rc = xf_unpack_array(unpack, "LINK", sizeof(*header), (void **)&header, &one);

    if (rc == XF_OK && (one != 1 || header->model != linker->model->digest))
        rc = XF_EINVAL;
    if (rc == XF_OK) {
        linker->comparisons = header->comparisons;
        linker->entities.living = header->living;
        rc = xf_pool_load(&linker->mentions, unpack, "LMEN");
    }
    if (rc == XF_OK)
        rc = xf_vec_load(&parts->edges, unpack, "LEDG");
    if (rc == XF_OK)
        rc = xf_vec_load(&linker->verdicts.rows, unpack, "LVER");
    if (rc == XF_OK)
        rc = xf_pool_load(&linker->entities.rows, unpack, "LENT");
    if (rc == XF_OK)
        rc = xf_vec_load(&linker->entities.touched, unpack, "LTOU");
    if (rc == XF_OK)
        rc = xf_vec_load(&linker->entities.kept_values, unpack, "LKEP");
    if (rc == XF_OK)
        rc = xf_vec_load(&parts->rows, unpack, "LPRO");
    if (rc == XF_OK)
        rc = xf_vec_load(&linker->profiles.free_rows, unpack, "LFRE");
    if (rc == XF_OK)
        rc = xf_vec_load(&parts->dirty, unpack, "LDIR");
    if (rc == XF_OK)
        rc = xf_unpack_array(unpack, "LVAL", sizeof(*value_count), (void **)&value_count, &one);
    for (uint32_t i = 0; i < parts->rows.count; i++)
        values += parts->rows.items[i].count;
    if (rc == XF_OK && (one != 1 || *value_count != values || !sound(linker, parts)))
        rc = XF_EINVAL;
    if (rc == XF_OK)
        rc = xf_pool_reserve(&linker->profiles.rows, parts->rows.count);
    if (rc == XF_OK)
        linker->profiles.rows.count = parts->rows.count;
    if (rc == XF_OK)
        rc = xf_lexicon_add(&linker->lexicon, linker->entities.kept_values.items, linker->entities.kept_values.count);
    for (uint32_t i = 0; rc == XF_OK && i < parts->rows.count; i++)
        rc = restore_profile(linker, parts, i, unpack);
    free(header);
    free(value_count);
    return rc == XF_OK ? assemble(linker, parts) : rc;
}

int xf_linker_load(struct xf_unpack *unpack, const struct xf_model *model, struct xf_intern *symbols, struct xf_linker **ret)
{
    struct xf_linker *linker = xf_linker_create(model, symbols);
    struct parts parts = {0};
    int rc = linker ? load(linker, &parts, unpack) : XF_ENOMEM;

    xf_vec_free(&parts.rows);
    xf_vec_free(&parts.dirty);
    xf_vec_free(&parts.edges);
    if (rc != XF_OK) {
        xf_linker_destroy(linker);
        return rc;
    }
    *ret = linker;
    return XF_OK;
}
