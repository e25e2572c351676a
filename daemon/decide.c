/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/decisions: a person's word on two mentions. What is plainly wrong is refused before it enters the journal, and so is
 * what contradicts decisions in force: the answer shows them, as the way from one mention to the other. Whether the word came into
 * force is told from the state behind it, since others may have spoken meanwhile. */
#include <stdio.h>
#include <string.h>

#include "decision.h"
#include "mention.h"

static bool is_key(json_t *key)
{
    return json_object_size(key) == 3 && json_is_string(json_object_get(key, "feed")) &&
           json_is_string(json_object_get(key, "id")) && json_is_string(json_object_get(key, "ref"));
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
    if (!rationale || strspn(rationale, " \t\r\n") == strlen(rationale) || strlen(rationale) > 4096)
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

/* How long a way of contradiction is shown. */
#define AGAINST_MAX 32

/* The decisions in force that a word contradicts, as a new array; NULL when there are none. */
static json_t *conflicts(const struct xf_fold *fold, const struct xf_view *view, json_t *body, enum xf_word word)
{
    uint32_t rows[AGAINST_MAX];
    int count = xf_decisions_against(xf_fold_decisions(fold), key_of(fold, json_object_get(body, "a")),
                                     key_of(fold, json_object_get(body, "b")), word, rows, AGAINST_MAX);
    json_t *list = count > 0 ? json_array() : NULL;

    for (int i = 0; i < count && i < AGAINST_MAX; i++)
        json_array_append_new(list, xf_decision_json(fold, view, rows[i]));
    return list;
}

static enum xf_word word_of(json_t *body)
{
    const char *word = json_string_value(json_object_get(body, "decision"));

    return strcmp(word, "same") == 0 ? XF_WORD_SAME : strcmp(word, "not_same") == 0 ? XF_WORD_NOT_SAME : XF_WORD_NONE;
}

static const char contradicts[] =
    "What it joins or parts, earlier decisions part or join: conflicts shows them, as they lead from a "
    "to b. Undo one of them first.";

/* The journal has the decision; whether it came into force shows in the state. */
static void decided(struct xf_call *call, uint64_t position)
{
    json_t *body = call->context, *against = NULL;
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    const struct xf_decisions *decisions = xf_fold_decisions(fold);
    uint32_t row = xf_decisions_find(decisions, key_of(fold, json_object_get(body, "a")), key_of(fold, json_object_get(body, "b")));
    struct xf_decision decision = {0};
    char id[XF_DECISION_ID];

    if (row != XF_NONE)
        decision = *xf_decisions_at(decisions, row);
    if (!decision.in_force)
        against = conflicts(fold, &view, body, word_of(body));
    xf_engine_read_end(call->daemon->engine);
    if (decision.position > position)
        xf_reply_problem(call, 409, "decision-superseded", "Somebody decided after you", NULL,
                         "Your decision is on record, and a later one on this pair is in its place.");
    else if (decision.in_force || decision.word == XF_WORD_NONE)
        xf_reply_json(
            call, 200,
            json_pack("{s:s,s:b,s:I}", "id", xf_decision_id(position, id), "in_force", 1, "position", (json_int_t)position));
    else
        xf_reply_problem_with(call, 409, "decision-conflict", "The decision contradicts others", "conflicts",
                              against ? json_incref(against) : json_array(),
                              against
                                  ? "It is on record but not in force: meanwhile others, which conflicts shows, have said what it "
                                    "contradicts. It will hold when one of them is undone."
                                  : "It is on record but not in force: one of the two mentions has gone meanwhile. It will hold "
                                    "when that comes again.");
    json_decref(against);
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
    uint32_t a = xf_mention_keyed(fold, &view, json_object_get(body, "a")),
             b = xf_mention_keyed(fold, &view, json_object_get(body, "b"));
    bool known = a != XF_NONE && b != XF_NONE;
    bool alike = known && a != b &&
                 xf_register_mention_at(xf_fold_register(fold), a)->kind == xf_register_mention_at(xf_fold_register(fold), b)->kind;
    json_t *against = alike ? conflicts(fold, &view, body, word_of(body)) : NULL;
    uint32_t said = alike ? xf_decisions_find(xf_fold_decisions(fold), key_of(fold, json_object_get(body, "a")),
                                              key_of(fold, json_object_get(body, "b")))
                          : XF_NONE;
    bool nothing = alike && word_of(body) == XF_WORD_NONE &&
                   (said == XF_NONE || xf_decisions_at(xf_fold_decisions(fold), said)->word == XF_WORD_NONE);

    xf_engine_read_end(call->daemon->engine);
    if (!known)
        xf_reply_problem(call, 404, "no-such-mention", "No such mention", NULL, "One of the two mentions is not on record.");
    else if (!alike)
        xf_reply_problem(call, 422, "invalid-decision", "The decision is not valid",
                         json_pack("[{s:s,s:s}]", "pointer", "/b", "reason", "must be another mention of the same kind as a"),
                         "See errors.");
    else if (nothing)
        xf_reply_problem(call, 409, "nothing-to-undo", "There is nothing to undo", NULL,
                         "Nobody has decided on these two, or it has been undone.");
    else if (against)
        xf_reply_problem_with(call, 409, "decision-conflict", "The decision contradicts others", "conflicts", against, contradicts);
    return alike && !nothing && !against;
}

void xf_query_decide(struct xf_call *call)
{
    json_t *body = xf_call_json(call), *a;
    const char *pointer, *fault;
    char stream[2048];

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
