/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the fold: owns every part of the state, checks that entries come in order, keeps the settings' texts. What an entry
 * does is in change.c. Called by the engine's thread, by refold and by tests; readers hold the engine's lock. Invariant: between
 * two applies the state is that of the journal up to `position`, and nothing of the last entry remains but what xf_outcome borrows.
 */
#include "fold.h"

#include <stdlib.h>
#include <string.h>

const char *const xf_setting_names[SETTINGS] = {"partners", "vocabulary", "model", "rules", "disclosure", "source", "principals"};

struct xf_fold *xf_fold_create(void)
{
    struct xf_fold *fold = calloc(1, sizeof(*fold));

    if (!fold)
        return NULL;
    fold->symbols = xf_intern_create();
    fold->arena = xf_arena_create();
    fold->decisions = xf_decisions_create();
    fold->history = xf_history_create();
    fold->near = xf_near_create();
    fold->principals = xf_principals_create();
    fold->subscriptions = xf_subscriptions_create();
    if (fold->symbols) {
        fold->reg = xf_register_create(fold->symbols);
        fold->flags = xf_flags_create(fold->symbols);
    }
    if (!fold->arena || !fold->decisions || !fold->history || !fold->near || !fold->principals || !fold->subscriptions ||
        !fold->reg || !fold->flags) {
        xf_fold_destroy(fold);
        return NULL;
    }
    xf_fold_view_parts(fold);
    return fold;
}

void xf_fold_destroy(struct xf_fold *fold)
{
    if (!fold)
        return;
    xf_vec_free(&fold->touched);
    free(fold->judgement.changes);
    xf_subscriptions_destroy(fold->subscriptions);
    xf_principals_destroy(fold->principals);
    xf_flags_destroy(fold->flags);
    xf_linker_destroy(fold->linker);
    xf_near_destroy(fold->near);
    xf_decisions_destroy(fold->decisions);
    xf_history_destroy(fold->history);
    xf_register_destroy(fold->reg);
    xf_rules_destroy(fold->rules);
    xf_policy_destroy(fold->policy);
    xf_model_destroy(fold->model);
    xf_vocabulary_destroy(fold->vocabulary);
    xf_partners_destroy(fold->partners);
    xf_intern_destroy(fold->symbols);
    xf_arena_destroy(fold->arena);
    for (int i = 0; i < SETTINGS; i++)
        free(fold->settings[i].bytes);
    free(fold);
}

void xf_fold_view_parts(struct xf_fold *fold)
{
    fold->graph = (struct xf_graph){.symbols = fold->symbols, .reg = fold->reg, .linker = fold->linker, .partners = fold->partners};
}

int xf_fold_apply(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *ret, struct xf_error *error)
{
    struct xf_outcome outcome = {.record = XF_NONE};
    int rc;

    if (entry->position != fold->position + 1)
        return xf_error_set(error, XF_EINVAL, "the journal has a gap: entry %llu follows %llu", (unsigned long long)entry->position,
                            (unsigned long long)fold->position);
    xf_arena_reset(fold->arena);
    fold->touched.count = 0;
    fold->ordinal = 0;
    fold->events = (struct xf_event_list){0};
    fold->judgement = (struct xf_judgement){.rules = fold->rules,
                                            .graph = &fold->graph,
                                            .flags = fold->flags,
                                            .symbols = fold->symbols,
                                            .position = entry->position,
                                            .at = entry->at,
                                            .changes = fold->judgement.changes,
                                            .change_capacity = fold->judgement.change_capacity};
    if (!fold->position)
        fold->ticked_at = entry->at;
    fold->position = entry->position;
    fold->at = entry->at;
    fold->entry = entry;
    rc = xf_fold_change(fold, entry, &outcome, error);
    fold->entry = NULL;
    if (rc != XF_OK)
        return rc;
    outcome.flags = fold->judgement.changes;
    outcome.flag_count = fold->judgement.change_count;
    outcome.events = fold->events.items;
    outcome.event_count = fold->events.count;
    *ret = outcome;
    return XF_OK;
}

/* The point that a mention of a location has. */
static bool point_of(const struct xf_linker *linker, uint32_t mention, int32_t *ret_lat, int32_t *ret_lon)
{
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint32_t count = xf_linker_values(linker, mention, values);
    bool lat = false, lon = false;

    for (uint32_t i = 0; i < count; i++) {
        if (values[i].field == XF_FIELD_LAT && !lat) {
            *ret_lat = (int32_t)values[i].symbol;
            lat = true;
        } else if (values[i].field == XF_FIELD_LON && !lon) {
            *ret_lon = (int32_t)values[i].symbol;
            lon = true;
        }
    }
    return lat && lon;
}

int xf_fold_locate(struct xf_fold *fold, uint32_t mention)
{
    int32_t lat, lon;

    if (xf_register_mention_at(fold->reg, mention)->kind != XF_LOCATION || !point_of(fold->linker, mention, &lat, &lon))
        return XF_OK;
    return xf_near_add(fold->near, mention, lat, lon);
}

int xf_fold_mislay(struct xf_fold *fold, uint32_t mention)
{
    int32_t lat, lon;

    if (xf_register_mention_at(fold->reg, mention)->kind != XF_LOCATION || !point_of(fold->linker, mention, &lat, &lon))
        return XF_OK;
    return xf_near_remove(fold->near, mention, lat, lon);
}

uint64_t xf_fold_position(const struct xf_fold *fold)
{
    return fold->position;
}

int64_t xf_fold_next_due(const struct xf_fold *fold)
{
    int64_t daily = fold->position ? fold->ticked_at + XF_DAY : INT64_MAX;
    int64_t review = xf_flags_next_due(fold->flags);

    return review < daily ? review : daily;
}

const struct xf_intern *xf_fold_symbols(const struct xf_fold *fold)
{
    return fold->symbols;
}

const struct xf_register *xf_fold_register(const struct xf_fold *fold)
{
    return fold->reg;
}

const struct xf_decisions *xf_fold_decisions(const struct xf_fold *fold)
{
    return fold->decisions;
}

const struct xf_history *xf_fold_history(const struct xf_fold *fold)
{
    return fold->history;
}

const struct xf_linker *xf_fold_linker(const struct xf_fold *fold)
{
    return fold->linker;
}

const struct xf_flags *xf_fold_flags(const struct xf_fold *fold)
{
    return fold->flags;
}

const struct xf_graph *xf_fold_graph(const struct xf_fold *fold)
{
    return &fold->graph;
}

const struct xf_near *xf_fold_near(const struct xf_fold *fold)
{
    return fold->near;
}

const struct xf_partners *xf_fold_partners(const struct xf_fold *fold)
{
    return fold->partners;
}

const struct xf_principals *xf_fold_principals(const struct xf_fold *fold)
{
    return fold->principals;
}

const struct xf_subscriptions *xf_fold_subscriptions(const struct xf_fold *fold)
{
    return fold->subscriptions;
}

const struct xf_vocabulary *xf_fold_vocabulary(const struct xf_fold *fold)
{
    return fold->vocabulary;
}

const struct xf_rules *xf_fold_rules(const struct xf_fold *fold)
{
    return fold->rules;
}

const struct xf_policy *xf_fold_policy(const struct xf_fold *fold)
{
    return fold->policy;
}

const struct xf_model *xf_fold_model(const struct xf_fold *fold)
{
    return fold->model;
}

const char *xf_fold_setting(const struct xf_fold *fold, const char *name, size_t *ret_length)
{
    for (int i = 0; i < SETTINGS; i++) {
        if (strcmp(xf_setting_names[i], name) == 0) {
            if (ret_length)
                *ret_length = fold->settings[i].length;
            return fold->settings[i].bytes;
        }
    }
    return NULL;
}
