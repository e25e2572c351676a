/* SPDX-License-Identifier: Apache-2.0 */
/* Why two mentions are, or are not, one: the linker's own comparisons with their weights, and what people said. GET /v1/why for any
 * two; GET /v1/entities/{id}/why for what holds an entity together, or one mention in it. Every answer is made from the living
 * state, in slices under the read lock. Invariant: of a record that the caller may not see nothing enters a comparison, and an
 * entity is explained without it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision.h"
#include "mention.h"

#define BONDS_DEFAULT 50
#define BONDS_MAX 200
/* Pairs compared under one hold of the read lock: some 0.5 ms. */
#define PAIR_SLICE 16

static json_t *bits(int32_t weight)
{
    return json_real(weight / 1000.0);
}

static json_t *comparisons(const struct xf_fold *fold, const struct xf_why *why)
{
    json_t *list = json_array();
    int64_t running = why->prior;

    for (size_t i = 0; i < why->count; i++) {
        const struct xf_comparison_result *result = &why->results[i];

        running += result->weight;
        json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "comparison", result->comparison, "level", result->level,
                                              "weight", bits(result->weight), "a", xf_mention_value_json(fold, &result->a), "b",
                                              xf_mention_value_json(fold, &result->b), "running", bits((int32_t)running)));
    }
    return list;
}

/* Both must be visible to the caller, and of one kind. */
static json_t *pair_json(const struct xf_fold *fold, const struct xf_view *view, uint32_t a, uint32_t b)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t entities[2] = {xf_linker_entity_of(linker, a), xf_linker_entity_of(linker, b)};
    enum xf_mention_kind kind = xf_linker_entity_kind(linker, entities[0]);
    int32_t link = xf_model_link_threshold(xf_fold_model(fold), kind),
            review = xf_model_review_threshold(xf_fold_model(fold), kind);
    uint32_t decision = xf_decisions_find(xf_fold_decisions(fold), xf_mention_key_of(fold, a), xf_mention_key_of(fold, b));
    char ids[2][XF_ENTITY_ID];
    struct xf_why why;
    json_t *pair;

    xf_linker_why(linker, a, b, &why);
    pair = json_pack("{s:o,s:o,s:s,s:[s,s],s:b,s:o,s:o,s:o,s:{s:o,s:o},s:b,s:s}", "a", xf_mention_json(fold, a), "b",
                     xf_mention_json(fold, b), "kind", xf_kind_names[kind], "entities",
                     xf_linker_entity_id(linker, entities[0], ids[0]), xf_linker_entity_id(linker, entities[1], ids[1]), "joined",
                     (int)(entities[0] == entities[1]), "prior", bits(why.prior), "comparisons", comparisons(fold, &why), "weight",
                     bits(why.total), "threshold", "review", bits(review), "link", bits(link), "conflict", (int)why.conflict,
                     "outcome",
                     why.conflict          ? "conflict"
                     : why.total >= link   ? "link"
                     : why.total >= review ? "review"
                                           : "apart");
    if (pair)
        json_object_set_new(pair, "decision", decision == XF_NONE ? json_null() : xf_decision_json(fold, view, decision));
    return pair;
}

static void no_such_mention(struct xf_call *call)
{
    xf_reply_problem(call, 404, "no-such-mention", "No such mention", NULL,
                     "There is none on record that you may see. A mention is named <feed>/<record id>/<ref>.");
}

static bool ready(const struct xf_fold *fold)
{
    return xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold);
}

/* Answers why on two mentions as named; entity XF_NONE: of any entities, else both must be its. */
static void answer_pair(struct xf_call *call, const char *one, const char *other, const char *within)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    bool is_ready = ready(fold), of_entity = true, alike = false;
    uint32_t a = is_ready ? xf_mention_named(fold, &view, one) : XF_NONE,
             b = is_ready ? xf_mention_named(fold, &view, other) : XF_NONE;
    json_t *pair = NULL;

    if (a != XF_NONE && b != XF_NONE) {
        const struct xf_linker *linker = xf_fold_linker(fold);
        uint32_t entity = within ? xf_linker_entity_find(linker, within) : XF_NONE;

        if (within)
            of_entity = entity != XF_NONE && xf_linker_entity_living(linker, entity) == xf_linker_entity_of(linker, a);
        alike = a != b &&
                xf_register_mention_at(xf_fold_register(fold), a)->kind == xf_register_mention_at(xf_fold_register(fold), b)->kind;
        if (of_entity && alike)
            pair = pair_json(fold, &view, a, b);
    }
    xf_engine_read_end(call->daemon->engine);
    if (!is_ready)
        xf_query_not_ready(call);
    else if (a == XF_NONE || b == XF_NONE || !of_entity)
        no_such_mention(call);
    else if (!alike)
        xf_reply_problem(call, 422, "not-comparable", "The two cannot be compared",
                         json_pack("[{s:s,s:s}]", "pointer", "b", "reason", "must be another mention of the same kind as a"),
                         "See errors.");
    else
        xf_reply_json(call, 200, pair);
}

void xf_query_why(struct xf_call *call)
{
    const char *a = xf_request_parameter(call->exchange, "a"), *b = xf_request_parameter(call->exchange, "b");

    if (xf_query_of_today(call) != XF_OK)
        return;
    if (a && b)
        answer_pair(call, a, b, NULL);
    else
        xf_reply_problem(
            call, 400, "bad-parameter", "A parameter is missing",
            json_pack("[{s:s,s:s}]", "pointer", a ? "b" : "a", "reason", "must name a mention: <feed>/<record id>/<ref>"),
            "a and b name two mentions.");
}

/* An entity */

struct chooser {
    const struct xf_view *view;
    struct xf_withheld withheld;
};

static int choose(void *context, uint32_t number)
{
    struct chooser *chooser = context;
    enum xf_sight sight = xf_mention_sight(chooser->view, number);

    if (sight == XF_SIGHT_WITHHELD)
        xf_withheld_add(&chooser->withheld, chooser->view, xf_register_mention_at(chooser->view->graph->reg, number)->record);
    return sight == XF_SIGHT_SHOWN;
}

struct answer {
    struct xf_bond bonds[BONDS_MAX];
    struct xf_mention_key keys[BONDS_MAX][2];
    size_t count;
    json_t *body;
};

/* What is to be told, under one hold of the lock. XF_ENOTFOUND: no such entity, or mention in it. */
static int gather(struct xf_call *call, const struct xf_fold *fold, const char *name, size_t limit, struct answer *answer)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    const struct xf_view view = xf_query_view(call, fold);
    struct chooser chooser = {.view = &view};
    uint32_t entity = xf_linker_entity_find(linker, call->parameters[0]), mention = XF_NONE;
    struct xf_bonds bonds;
    char id[XF_ENTITY_ID];
    json_t *said;

    entity = entity == XF_NONE ? XF_NONE : xf_linker_entity_living(linker, entity);
    if (entity == XF_NONE || !xf_query_knows(&view, entity))
        return XF_ENOTFOUND;
    if (name) {
        mention = xf_mention_named(fold, &view, name);
        if (mention == XF_NONE || xf_linker_entity_of(linker, mention) != entity)
            return XF_EINVAL;
    }
    answer->count = xf_linker_bonds(linker, entity, mention, choose, &chooser, answer->bonds, limit, &bonds, call->request->arena);
    for (size_t i = 0; i < answer->count; i++) {
        answer->keys[i][0] = xf_mention_key_of(fold, answer->bonds[i].a);
        answer->keys[i][1] = xf_mention_key_of(fold, answer->bonds[i].b);
    }
    answer->body = json_pack("{s:s,s:s,s:I,s:I,s:b}", "entity", xf_linker_entity_id(linker, entity, id), "kind",
                             xf_kind_names[xf_linker_entity_kind(linker, entity)], "contents", (json_int_t)bonds.contents, "edges",
                             (json_int_t)bonds.edges, "truncated", (int)bonds.truncated);
    if (mention != XF_NONE)
        json_object_set_new(answer->body, "mention", xf_mention_json(fold, mention));
    said = xf_withheld_json(&chooser.withheld, &view);
    if (said)
        json_object_set_new(answer->body, "withheld", said);
    return answer->body ? XF_OK : XF_ENOMEM;
}

/* Each bond's comparisons, a slice at a time; what has gone meanwhile is left out. */
static void add_bonds(struct xf_call *call, struct answer *answer)
{
    json_t *items = json_array();

    for (size_t i = 0; i < answer->count;) {
        const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
        const struct xf_view view = xf_query_view(call, fold);

        for (size_t end = i + PAIR_SLICE; i < answer->count && i < end; i++) {
            const struct xf_bond *bond = &answer->bonds[i];
            json_t *pair;

            if (!xf_mention_is(fold, bond->a, answer->keys[i][0]) || !xf_mention_is(fold, bond->b, answer->keys[i][1]))
                continue;
            pair = pair_json(fold, &view, bond->a, bond->b);
            json_object_set_new(pair, "bond", json_string(bond->word ? "decision" : "weight"));
            json_array_append_new(items, pair);
        }
        xf_engine_read_end(call->daemon->engine);
    }
    json_object_set_new(answer->body, "items", items);
}

static int read_limit(struct xf_call *call, size_t *ret)
{
    const char *text = xf_request_parameter(call->exchange, "limit");
    long value = text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 6 ? atol(text) : text ? 0 : BONDS_DEFAULT;

    if (value >= 1 && value <= BONDS_MAX) {
        *ret = (size_t)value;
        return XF_OK;
    }
    xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", "limit", "reason", "is not a number in its range"),
                     "limit is a number from 1 to %d.", BONDS_MAX);
    return XF_EINVAL;
}

void xf_query_why_entity(struct xf_call *call)
{
    const char *mention = xf_request_parameter(call->exchange, "mention"), *other = xf_request_parameter(call->exchange, "other");
    struct answer *answer = xf_arena_alloc(call->request->arena, sizeof(*answer));
    const struct xf_fold *fold;
    size_t limit;
    int rc = XF_ENOTFOUND;

    if (xf_query_of_today(call) != XF_OK || read_limit(call, &limit) != XF_OK)
        return;
    if (!answer) {
        xf_query_no_memory(call);
        return;
    }
    if (mention && other) {
        answer_pair(call, mention, other, call->parameters[0]);
        return;
    }
    if (other) {
        xf_reply_problem(call, 400, "bad-parameter", "A parameter is missing",
                         json_pack("[{s:s,s:s}]", "pointer", "mention", "reason", "must name a mention of the entity"),
                         "other is compared with mention.");
        return;
    }
    fold = xf_engine_read(call->daemon->engine);
    if (ready(fold))
        rc = gather(call, fold, mention, limit, answer);
    xf_engine_read_end(call->daemon->engine);
    if (rc == XF_ENOTFOUND) {
        xf_reply_problem(call, 404, "no-such-entity", "No such entity", NULL, "There is none of this id, or none any more.");
    } else if (rc == XF_EINVAL) {
        no_such_mention(call);
    } else if (rc != XF_OK) {
        xf_query_no_memory(call);
    } else {
        add_bonds(call, answer);
        xf_reply_json(call, 200, answer->body);
    }
}
