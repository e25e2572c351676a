/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/decisions: a person's word on two mentions. What is plainly wrong is refused before it enters the journal; whether the
 * word came into force is told from the state behind it, since other decisions may contradict it. */
#include <stdio.h>
#include <string.h>

#include "query.h"

static bool is_key(json_t *key)
{
    return json_object_size(key) == 3 && json_is_string(json_object_get(key, "feed")) &&
           json_is_string(json_object_get(key, "id")) && json_is_string(json_object_get(key, "ref"));
}

/* The mention of a key, if the caller may know of it. */
static uint32_t mention_of(const struct xf_fold *fold, const struct xf_view *view, json_t *key)
{
    const struct xf_register *reg = xf_fold_register(fold);
    uint32_t record =
        xf_register_find(reg, json_string_value(json_object_get(key, "feed")), json_string_value(json_object_get(key, "id")));

    if (record == XF_NONE || !view->graph->partners || !xf_disclosure_record(view, record))
        return XF_NONE;
    return xf_register_mention_of(reg, record, json_string_value(json_object_get(key, "ref")));
}

static const char *decision_fault(json_t *body, const char **ret_pointer)
{
    const char *word = json_string_value(json_object_get(body, "decision"));
    const char *rationale = json_string_value(json_object_get(body, "rationale"));

    *ret_pointer = "/decision";
    if (!word || (strcmp(word, "same") != 0 && strcmp(word, "not_same") != 0 && strcmp(word, "none") != 0))
        return "must be same, not_same, or none to undo";
    *ret_pointer = "/a";
    if (!is_key(json_object_get(body, "a")))
        return "must be {\"feed\",\"id\",\"ref\"}";
    *ret_pointer = "/b";
    if (!is_key(json_object_get(body, "b")))
        return "must be {\"feed\",\"id\",\"ref\"}";
    *ret_pointer = "/rationale";
    if (!rationale || !*rationale || strlen(rationale) > 4096)
        return "must be a text of at most 4096 bytes";
    *ret_pointer = "";
    return json_object_size(body) == 4 ? NULL : "has members that are not known";
}

static uint32_t symbol(const struct xf_fold *fold, json_t *key, const char *member)
{
    json_t *text = json_object_get(key, member);

    return xf_intern_find(xf_fold_symbols(fold), json_string_value(text), json_string_length(text));
}

static struct xf_mention_key key_of(const struct xf_fold *fold, json_t *key)
{
    return (struct xf_mention_key){
        .feed = symbol(fold, key, "feed"), .id = symbol(fold, key, "id"), .ref = symbol(fold, key, "ref")};
}

/* The journal has the decision; whether it came into force shows in the state. */
static void decided(struct xf_call *call, uint64_t position)
{
    json_t *body = call->context;
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_decisions *decisions = xf_fold_decisions(fold);
    uint32_t row = xf_decisions_find(decisions, key_of(fold, json_object_get(body, "a")), key_of(fold, json_object_get(body, "b")));
    struct xf_decision decision = {0};

    if (row != XF_NONE)
        decision = *xf_decisions_at(decisions, row);
    xf_engine_read_end(call->daemon->engine);
    if (decision.position > position)
        xf_reply_problem(call, 409, "decision-superseded", "Somebody decided after you", NULL,
                         "Your decision is on record, and a later one on this pair is in its place.");
    else if (decision.in_force)
        xf_reply_json(call, 200, json_pack("{s:b,s:I}", "in_force", 1, "position", (json_int_t)position));
    else
        xf_reply_problem(
            call, 409, "decision-conflict", "The decision contradicts others", NULL,
            "It is on record but not in force: what it joins or parts, earlier decisions part or join. Undo one of them first.");
}

static void release(void *body)
{
    json_decref(body);
}

/* What the state says against it; answers by itself. */
static bool fits(struct xf_call *call, json_t *body)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    uint32_t a = mention_of(fold, &view, json_object_get(body, "a")), b = mention_of(fold, &view, json_object_get(body, "b"));
    bool known = a != XF_NONE && b != XF_NONE;
    bool alike = known && a != b &&
                 xf_register_mention_at(xf_fold_register(fold), a)->kind == xf_register_mention_at(xf_fold_register(fold), b)->kind;

    xf_engine_read_end(call->daemon->engine);
    if (!known)
        xf_reply_problem(call, 404, "no-such-mention", "No such mention", NULL, "One of the two mentions is not on record.");
    else if (!alike)
        xf_reply_problem(call, 422, "invalid-decision", "The decision is not valid",
                         json_pack("[{s:s,s:s}]", "pointer", "/b", "reason", "must be another mention of the same kind as a"),
                         "See errors.");
    return alike;
}

void xf_query_decide(struct xf_call *call)
{
    json_t *body = xf_call_json(call), *a;
    const char *pointer, *fault;
    char stream[512];

    if (!body)
        return;
    xf_exchange_attach(call->exchange, body, release);
    fault = decision_fault(body, &pointer);
    if (fault) {
        xf_reply_problem(call, 422, "invalid-decision", "The decision is not valid",
                         json_pack("[{s:s,s:s}]", "pointer", pointer, "reason", fault), "See errors.");
        return;
    }
    if (!fits(call, body))
        return;
    call->context = body;
    a = json_object_get(body, "a");
    snprintf(stream, sizeof(stream), "decision/%s/%s/%s", json_string_value(json_object_get(a, "feed")),
             json_string_value(json_object_get(a, "id")), json_string_value(json_object_get(a, "ref")));
    xf_call_append(call, XF_ENTRY_DECISION, stream, json_incref(body), decided);
}
