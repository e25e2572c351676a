/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/check: the flag on every partner's own system. Reads the persons, locations and vehicles of the question in the record's
 * form, links them as if they were mentions, and tells the flags of what they meet, at the caller's level. Leaves no trace in the
 * graph: its words live in a symbol table of the request. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "forms.h"
#include "query.h"

/* Above the link threshold by this much (thousandths of a bit), a match is called certain: odds a further thousand to one. */
#define CERTAIN_ABOVE 10000
/* Entities looked at for one question. */
#define MATCHES_MAX 8
/* Questions in one body that are answered on the loop: a worker takes what is longer. */
#define ON_LOOP_MAX 4

struct check {
    struct xf_call *call;
    const struct xf_record *record;
    json_t *results;
    bool ready;
};

/* The question as a record: its members stand behind the three that a record must have, so that pointers of faults are the sender's
 * own. */
static const char prefix[] = "{\"id\":\"check\",\"kind\":\"other\",\"occurred_at\":\"2000-01-01T00:00:00Z\"";

static const struct xf_record *read_question(struct xf_call *call)
{
    const struct xf_request *request = call->request;
    const char *from = request->body + strspn(request->body, " \t\r\n");
    const struct xf_record *record;
    struct xf_errors errors;
    json_t *list;
    char *text;
    size_t length;
    int rc;

    if (*from != '{') {
        xf_reply_problem(call, 400, "malformed-body", "The body is not a JSON object", NULL,
                         "Send {\"persons\":[…]}, {\"locations\":[…]} or {\"vehicles\":[…]}.");
        return NULL;
    }
    from++;
    from += strspn(from, " \t\r\n");
    length = request->body_length - (size_t)(from - request->body);
    text = xf_arena_alloc(request->arena, sizeof(prefix) + 1 + length);
    if (!text) {
        xf_query_no_memory(call);
        return NULL;
    }
    memcpy(text, prefix, sizeof(prefix) - 1);
    text[sizeof(prefix) - 1] = *from == '}' ? ' ' : ',';
    memcpy(text + sizeof(prefix), from, length);
    rc = xf_record_parse(text, sizeof(prefix) + length, xf_forms_vocabulary(call->daemon->forms), request->arena, &record, &errors);
    if (rc == XF_OK && record->person_count + record->location_count + record->vehicle_count == 0) {
        rc = XF_EINVAL;
        errors.count = 0;
        xf_errors_add(&errors, rc, "", "names no person, location or vehicle");
    }
    if (rc == XF_OK)
        return record;
    list = json_array();
    for (size_t i = 0; i < errors.count && i < XF_ERRORS_MAX; i++)
        json_array_append_new(list, json_pack("{s:s,s:s}", "pointer", errors.items[i].pointer, "reason", errors.items[i].text));
    xf_reply_problem(call, 422, "invalid-question", "The question is not valid", list, "See errors.");
    return NULL;
}

static const char *certainty(const struct xf_fold *fold, int kind, int32_t weight)
{
    int32_t link = xf_model_link_threshold(xf_fold_model(fold), kind);

    return weight >= link + CERTAIN_ABOVE ? "certain" : weight >= link ? "likely" : "possible";
}

/* One question's answer: the flags of every entity that is met as well as the best one is. What the caller may not know of is not
 * met. */
static json_t *answer_one(const struct xf_fold *fold, const struct xf_view *view, const struct xf_intern *symbols,
                          const struct xf_mention *mention, const char *ref, struct xf_arena *scratch)
{
    struct xf_match matches[MATCHES_MAX];
    size_t count = xf_linker_find(xf_fold_linker(fold), mention, symbols,
                                  xf_model_review_threshold(xf_fold_model(fold), mention->kind), matches, MATCHES_MAX, scratch);
    const char *best = NULL;
    json_t *flags = json_array();

    for (size_t i = 0; i < count; i++) {
        const char *word = certainty(fold, mention->kind, matches[i].weight);
        json_t *found;

        if (best && strcmp(word, best) != 0)
            break;
        if (!xf_query_knows(view, matches[i].entity))
            continue;
        best = word;
        found = xf_query_flags(view, matches[i].entity);
        json_array_extend(flags, found);
        json_decref(found);
    }
    return json_pack("{s:s,s:s,s:o}", "ref", ref, "certainty", best ? best : "none", "flags", flags);
}

static const char *ref_of(const struct xf_record *record, int kind, size_t index)
{
    return kind == XF_PERSON     ? record->persons[index].ref
           : kind == XF_LOCATION ? record->locations[index].ref
                                 : record->vehicles[index].ref;
}

/* Answers one part of the question under one hold of the read lock: the table over the state's symbols must not outlive it. False:
 * not ready, or out of memory. */
static bool ask(struct check *check, enum xf_mention_kind kind, size_t index)
{
    struct xf_call *call = check->call;
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    struct xf_intern *symbols = NULL;
    struct xf_mention mention;
    json_t *answer = NULL;

    check->ready = xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold);
    if (check->ready)
        symbols = xf_intern_create_over(xf_fold_symbols(fold));
    if (symbols && xf_mention_of(check->record, kind, index, (int64_t)time(NULL) * XF_SECOND, symbols, &mention) == XF_OK) {
        const struct xf_view view = xf_query_view(call, fold);

        answer = answer_one(fold, &view, symbols, &mention, ref_of(check->record, kind, index), call->request->arena);
    }
    xf_engine_read_end(call->daemon->engine);
    xf_intern_destroy(symbols);
    return answer && json_array_append_new(check->results, answer) == 0;
}

static void run(void *argument, struct xf_db *db)
{
    struct check *check = argument;
    const size_t counts[XF_MENTION_KINDS] = {check->record->person_count, check->record->location_count,
                                             check->record->vehicle_count};
    bool good = true;

    (void)db;
    check->results = json_array();
    for (int kind = 0; kind < XF_MENTION_KINDS; kind++)
        for (size_t i = 0; good && i < counts[kind]; i++)
            good = ask(check, (enum xf_mention_kind)kind, i);
    if (good)
        return;
    json_decref(check->results);
    check->results = NULL;
}

static void answer(struct check *check)
{
    if (check->results)
        xf_reply_json(check->call, 200, json_pack("{s:o}", "results", check->results));
    else if (check->ready)
        xf_query_no_memory(check->call);
    else
        xf_query_not_ready(check->call);
}

static void done(void *argument)
{
    struct check *check = argument;
    struct xf_exchange *exchange = check->call->exchange;

    answer(check);
    xf_exchange_unref(exchange);
}

void xf_query_check(struct xf_call *call)
{
    const struct xf_record *record = read_question(call);
    struct check *check = record ? xf_arena_alloc(call->request->arena, sizeof(*check)) : NULL;

    if (!record)
        return;
    if (!check) {
        xf_query_no_memory(call);
        return;
    }
    *check = (struct check){.call = call, .record = record};
    if (record->person_count + record->location_count + record->vehicle_count > ON_LOOP_MAX) {
        xf_query_submit(call, run, done, check);
        return;
    }
    run(check, NULL);
    answer(check);
}
