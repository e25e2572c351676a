/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge keeps between entries so that a record costs what it touches: the rules' words as symbols, profiles of persons,
 * and the buffers that are filled anew for every subject. Hangs on the flags and dies with them. Invariant: nothing here decides; a
 * judge that begins with an empty memory (after a load) comes to the same flags. */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static void destroy(void *argument)
{
    struct xf_memory *memory = argument;

    xf_vec_free(&memory->symbols);
    xf_vec_free(&memory->refs);
    xf_vec_free(&memory->known);
    for (int i = 0; i < XF_RULES_MAX; i++)
        xf_vec_free(&memory->queues[i].subjects);
    xf_vec_free(&memory->moments);
    xf_vec_free(&memory->hits);
    xf_vec_free(&memory->things);
    xf_vec_free(&memory->closed);
    xf_vec_free(&memory->held);
    xf_vec_free(&memory->reasons);
    xf_vec_free(&memory->records);
    xf_vec_free(&memory->given);
    xf_vec_free(&memory->flags);
    free(memory);
}

/* Words become symbols in the order in which the rules say them: equal journals give equal numbers. */
static int bind(struct xf_memory *memory, const struct xf_rules *rules, struct xf_intern *symbols)
{
    memory->bound = false;
    memory->symbols.count = memory->refs.count = 0;
    for (uint32_t i = 0; i < rules->words.count; i++) {
        uint32_t symbol;

        if (xf_intern_puts(symbols, rules->words.items[i], &symbol) != XF_OK || xf_vec_push(&memory->symbols, symbol) != XF_OK)
            return XF_ENOMEM;
    }
    for (uint32_t i = 0; i < rules->refs.count; i++)
        if (xf_vec_push(&memory->refs, memory->symbols.items[rules->refs.items[i]]) != XF_OK)
            return XF_ENOMEM;
    memcpy(memory->digest, rules->digest, sizeof(memory->digest));
    memory->bound = true;
    return XF_OK;
}

int xf_memory_open(struct xf_judgement *judgement, struct xf_judge *ret)
{
    struct xf_memory *memory = xf_flags_memory(judgement->flags);

    if (!memory) {
        memory = calloc(1, sizeof(*memory));
        if (!memory)
            return XF_ENOMEM;
        xf_flags_remember(judgement->flags, memory, destroy);
    }
    if ((!memory->bound || memcmp(memory->digest, judgement->rules->digest, sizeof(memory->digest)) != 0) &&
        bind(memory, judgement->rules, judgement->symbols) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < judgement->rules->rules.count; i++)
        memory->queues[i].subjects.count = 0;
    *ret = (struct xf_judge){.judgement = judgement,
                             .rules = judgement->rules,
                             .graph = judgement->graph,
                             .flags = judgement->flags,
                             .memory = memory,
                             .at = judgement->at,
                             .next_change = INT64_MAX};
    return XF_OK;
}

struct xf_known *xf_memory_known(struct xf_judge *judge, uint32_t entity)
{
    struct xf_memory *memory = judge->memory;

    if (entity >= memory->known.count) {
        uint32_t more = entity + 1 - memory->known.count;

        if (xf_vec_reserve(&memory->known, more) != XF_OK)
            return NULL;
        memset(memory->known.items + memory->known.count, 0, more * sizeof(*memory->known.items));
        memory->known.count += more;
    }
    return &memory->known.items[entity];
}

static int exactness(xf_date date)
{
    return date == 0 ? 0 : date % 100 ? 3 : date / 100 % 100 ? 2 : 1;
}

/* The most exact birth date counts; among equals the latest, so that a child stays a child. */
static void add_to_profile(const struct xf_judge *judge, const struct xf_register_mention *mention, struct xf_known *profile)
{
    int now = exactness(profile->birth_date), then = exactness(mention->birth_date);

    if (then > now || (then == now && mention->birth_date > profile->birth_date))
        profile->birth_date = mention->birth_date;
    if (mention->role == xf_memory_symbol(judge, XF_WORD_CHILD) || mention->role == xf_memory_symbol(judge, XF_WORD_PUPIL) ||
        mention->role == xf_memory_symbol(judge, XF_WORD_MISSING))
        profile->child_role = 1;
}

int xf_memory_profile(struct xf_judge *judge, uint32_t entity, uint32_t except, struct xf_known *ret)
{
    struct xf_known *known = xf_memory_known(judge, entity);
    struct xf_known profile = {.has_profile = 1};

    if (!known)
        return XF_ENOMEM;
    if (except == XF_NONE && known->has_profile) {
        *ret = *known;
        return XF_OK;
    }
    for (uint32_t i = xf_linker_first(judge->graph->linker, entity); i != XF_NONE; i = xf_linker_next(judge->graph->linker, i)) {
        const struct xf_register_mention *mention = xf_register_mention_at(judge->graph->reg, i);

        if (mention->record != except)
            add_to_profile(judge, mention, &profile);
    }
    if (except == XF_NONE) {
        known->birth_date = profile.birth_date;
        known->child_role = profile.child_role;
        known->has_profile = 1;
        profile = *known;
    }
    *ret = profile;
    return XF_OK;
}

int xf_memory_learn(struct xf_judge *judge, uint32_t entity, uint32_t record, const struct xf_known *before, struct xf_known *ret)
{
    struct xf_known *known = xf_memory_known(judge, entity);
    struct xf_known profile = *before;

    if (!known)
        return XF_ENOMEM;
    for (uint32_t i = xf_register_record_at(judge->graph->reg, record)->first_mention; i != XF_NONE;
         i = xf_register_mention_at(judge->graph->reg, i)->next)
        if (xf_linker_entity_of(judge->graph->linker, i) == entity)
            add_to_profile(judge, xf_register_mention_at(judge->graph->reg, i), &profile);
    known->birth_date = profile.birth_date;
    known->child_role = profile.child_role;
    known->has_profile = 1;
    *ret = *known;
    return XF_OK;
}

int xf_memory_compare(const struct xf_judge *judge, uint32_t a, uint32_t b)
{
    const struct xf_register_record *left = xf_register_record_at(judge->graph->reg, a),
                                    *right = xf_register_record_at(judge->graph->reg, b);
    int by_feed;

    if (a == b)
        return 0;
    if (left->occurred_at != right->occurred_at)
        return left->occurred_at < right->occurred_at ? -1 : 1;
    by_feed = left->feed == right->feed
                  ? 0
                  : strcmp(xf_intern_text(judge->graph->symbols, left->feed), xf_intern_text(judge->graph->symbols, right->feed));
    return by_feed ? by_feed
                   : strcmp(xf_intern_text(judge->graph->symbols, left->id), xf_intern_text(judge->graph->symbols, right->id));
}

/* The latest first; mentions of one record by ref. */
static int compare_moments(const void *a, const void *b, void *context)
{
    const struct xf_moment *left = a, *right = b;
    const struct xf_judge *judge = context;
    int by_record = xf_memory_compare(judge, right->record, left->record);

    if (by_record || left->mention == right->mention)
        return by_record;
    return strcmp(xf_intern_text(judge->graph->symbols, xf_register_mention_at(judge->graph->reg, left->mention)->ref),
                  xf_intern_text(judge->graph->symbols, xf_register_mention_at(judge->graph->reg, right->mention)->ref));
}

void xf_memory_cut_moments(struct xf_judge *judge)
{
    struct xf_memory *memory = judge->memory;

    if (memory->moments.count <= XF_HUB_RECORDS)
        return;
    qsort_r(memory->moments.items, memory->moments.count, sizeof(*memory->moments.items), compare_moments, judge);
    memory->moments.count = XF_HUB_RECORDS;
}

int xf_memory_moments(struct xf_judge *judge, uint32_t entity)
{
    struct xf_memory *memory = judge->memory;

    memory->moments.count = 0;
    for (uint32_t i = xf_linker_first(judge->graph->linker, entity); i != XF_NONE; i = xf_linker_next(judge->graph->linker, i)) {
        uint32_t record = xf_register_mention_at(judge->graph->reg, i)->record;
        struct xf_moment moment = {
            .at = xf_register_record_at(judge->graph->reg, record)->occurred_at, .record = record, .mention = i};

        if (xf_vec_push(&memory->moments, moment) != XF_OK)
            return XF_ENOMEM;
    }
    xf_memory_cut_moments(judge);
    return XF_OK;
}

int xf_memory_compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}
