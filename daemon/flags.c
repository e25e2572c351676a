/* SPDX-License-Identifier: Apache-2.0 */
/* Flags over HTTP: lists, one flag, and people's steps on them. A step is a journal entry by a named person with a written
 * rationale; there is no bulk form. What the caller may not know exists is not found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 500
/* Flags looked at, and shown, under one hold of the read lock: some 0.5 ms. */
#define LOOK_SLICE 512
#define SHOW_SLICE 16
/* Looked at for one page: a filter that finds few of many gives short pages with a cursor. Some 10 ms of the loop. */
#define LOOK_MAX 20000

/* The flag of the path if the caller may know of it; answers 404 by itself otherwise. Called under the read lock, which the caller
 * ends. */
static uint32_t find_flag(const struct xf_call *call, const struct xf_view *view)
{
    uint32_t flag = view->policy ? xf_flags_find(view->flags, call->parameters[0]) : UINT32_MAX;

    return flag != UINT32_MAX && xf_disclosure_level(view, flag) != XF_DISCLOSE_NONE ? flag : UINT32_MAX;
}

static void not_found(struct xf_call *call)
{
    xf_reply_problem(call, 404, "no-such-flag", "No such flag", NULL, "There is no flag of this id that you may know of.");
}

static void refuse_state(struct xf_call *call)
{
    xf_reply_problem(call, 409, "flag-state", "The flag's state does not allow this", NULL, "Look at the flag again.");
}

static json_t *read_flag(struct xf_call *call)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    uint32_t flag = find_flag(call, &view);
    json_t *shown = flag == UINT32_MAX ? NULL : xf_flag_json(&view, flag, xf_disclosure_level(&view, flag));

    xf_engine_read_end(call->daemon->engine);
    return shown;
}

static void get_flag(struct xf_call *call)
{
    json_t *shown;

    if (xf_query_of_today(call) != XF_OK)
        return;
    shown = read_flag(call);
    if (shown)
        xf_reply_json(call, 200, shown);
    else
        not_found(call);
}

struct filter {
    const char *status, *type, *level;
    int64_t since;   /* XF_TIME_NONE: any */
    uint32_t before; /* the cursor: flags of a lower index */
    size_t limit;
};

static int bad_parameter(struct xf_call *call, const char *name, const char *reason)
{
    xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", name, "reason", reason), "%s %s", name, reason);
    return XF_EINVAL;
}

static int read_number(struct xf_call *call, const char *name, unsigned long least, unsigned long most, unsigned long *ret)
{
    const char *text = xf_request_parameter(call->exchange, name);
    char *end;
    unsigned long value;

    if (!text)
        return XF_OK;
    value = strtoul(text, &end, 10);
    if (!*text || strspn(text, "0123456789") != strlen(text) || *end || value < least || value > most)
        return bad_parameter(call, name, "is not a number in its range");
    *ret = value;
    return XF_OK;
}

/* A word that no flag can have is a typing error, not an empty list. */
static bool is_status(const char *word)
{
    for (int status = XF_FLAG_PROPOSED; status <= XF_FLAG_WITHDRAWN; status++)
        if (strcmp(word, xf_flag_status_name((enum xf_flag_status)status)) == 0)
            return true;
    return false;
}

static bool is_level(const char *word)
{
    for (int level = XF_LEVEL_LOW; level <= XF_LEVEL_HIGH; level++)
        if (strcmp(word, xf_level_name((enum xf_level)level)) == 0)
            return true;
    return false;
}

static int read_filter(struct xf_call *call, struct filter *filter)
{
    const char *since = xf_request_parameter(call->exchange, "since"), *reason;
    unsigned long limit = LIMIT_DEFAULT, before = UINT32_MAX;

    *filter = (struct filter){.status = xf_request_parameter(call->exchange, "status"),
                              .type = xf_request_parameter(call->exchange, "type"),
                              .level = xf_request_parameter(call->exchange, "level"),
                              .since = XF_TIME_NONE};
    if (filter->status && !is_status(filter->status))
        return bad_parameter(call, "status", "is not one of: proposed, confirmed, dismissed, expired, withdrawn");
    if (filter->level && !is_level(filter->level))
        return bad_parameter(call, "level", "is not one of: low, medium, high");
    if (since && xf_time_parse(since, &filter->since, &reason) != XF_OK)
        return bad_parameter(call, "since", reason);
    if (read_number(call, "limit", 1, LIMIT_MAX, &limit) != XF_OK || read_number(call, "cursor", 0, UINT32_MAX, &before) != XF_OK)
        return XF_EINVAL;
    filter->limit = limit;
    filter->before = (uint32_t)before;
    return XF_OK;
}

static bool passes(const struct xf_view *view, const struct xf_flag *flag, const struct filter *filter)
{
    return (!filter->status || strcmp(filter->status, xf_flag_status_name((enum xf_flag_status)flag->status)) == 0) &&
           (!filter->type || strcmp(filter->type, xf_intern_text(view->graph->symbols, flag->type)) == 0) &&
           (!filter->level || strcmp(filter->level, xf_level_name((enum xf_level)flag->level)) == 0) &&
           (filter->since == XF_TIME_NONE || flag->changed_at >= filter->since);
}

/* Looks at flags below *index until a slice is used up or the page is full. */
static void look(const struct xf_view *view, const struct filter *filter, uint32_t *index, json_t *items)
{
    size_t had = json_array_size(items);
    unsigned looks = 0;

    while (*index > 0 && looks++ < LOOK_SLICE && json_array_size(items) < had + SHOW_SLICE &&
           json_array_size(items) < filter->limit) {
        json_t *shown = passes(view, xf_flags_at(view->flags, --*index), filter)
                            ? xf_flag_json(view, *index, xf_disclosure_level(view, *index))
                            : NULL;

        if (shown)
            json_array_append_new(items, shown);
    }
}

/* Newest first; the cursor is the index of the last one looked at. */
static void list_flags(struct xf_call *call)
{
    struct xf_engine *engine = call->daemon->engine;
    struct filter filter;
    json_t *items;
    uint32_t index = 0, start = UINT32_MAX;
    bool more = true;

    if (xf_query_of_today(call) != XF_OK || read_filter(call, &filter) != XF_OK)
        return;
    items = json_array();
    while (more) {
        const struct xf_view view = xf_query_view(call, xf_engine_read(engine));

        if (start == UINT32_MAX) {
            start = view.policy ? xf_flags_count(view.flags) : 0;
            start = index = filter.before < start ? filter.before : start;
        }
        look(&view, &filter, &index, items);
        xf_engine_read_end(engine);
        more = items && index > 0 && json_array_size(items) < filter.limit && start - index < LOOK_MAX;
    }
    xf_reply_json(call, 200, json_pack("{s:o,s:o}", "items", items, "next", index ? json_sprintf("%u", index) : json_null()));
}

/* Steps */

/* Two people may have decided at once: the journal's order settled it, and the flag bears the name of whose step came first. */
static bool is_mine(struct xf_call *call)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    uint32_t flag = xf_flags_find(xf_fold_flags(fold), call->parameters[0]);
    bool mine = flag != UINT32_MAX &&
                strcmp(xf_intern_text(xf_fold_symbols(fold), xf_flags_at(xf_fold_flags(fold), flag)->by), call->caller->id) == 0;

    xf_engine_read_end(call->daemon->engine);
    return mine;
}

static void step_done(struct xf_call *call, uint64_t position)
{
    json_t *shown = is_mine(call) ? read_flag(call) : NULL;

    (void)position;
    if (shown)
        xf_reply_json(call, 200, shown);
    else
        refuse_state(call);
}

/* Whether the flag is in a state that the step fits: the journal's order has the last word, but a plain mistake is answered at
 * once. */
static bool step_fits(enum xf_flag_status status, const char *step)
{
    if (strcmp(step, "confirm") == 0 || strcmp(step, "dismiss") == 0)
        return status == XF_FLAG_PROPOSED;
    if (strcmp(step, "withdraw") == 0 || strcmp(step, "renew") == 0)
        return status == XF_FLAG_PROPOSED || status == XF_FLAG_CONFIRMED;
    return false;
}

static void step(struct xf_call *call, const char *word)
{
    json_t *body = xf_call_json(call);
    const char *rationale = json_string_value(json_object_get(body, "rationale"));
    const struct xf_fold *fold;
    struct xf_view view;
    uint32_t flag;
    bool fits;
    char stream[sizeof("flag/") + XF_FLAG_ID];

    if (!body)
        return;
    if (!rationale || strspn(rationale, " \t\r\n") == strlen(rationale) || strlen(rationale) > 4096 ||
        json_object_size(body) != 1) {
        json_decref(body);
        xf_reply_problem(call, 422, "no-rationale", "A written rationale is needed",
                         json_pack("[{s:s,s:s}]", "pointer", "/rationale", "reason",
                                   "must be a text of at most 4096 bytes, and the only member"),
                         "See errors.");
        return;
    }
    fold = xf_engine_read(call->daemon->engine);
    view = xf_query_view(call, fold);
    flag = find_flag(call, &view);
    fits = flag != UINT32_MAX && step_fits((enum xf_flag_status)xf_flags_at(view.flags, flag)->status, word);
    xf_engine_read_end(call->daemon->engine);
    if (flag == UINT32_MAX) {
        json_decref(body);
        not_found(call);
        return;
    }
    if (!fits) {
        json_decref(body);
        refuse_state(call);
        return;
    }
    json_object_set_new(body, "step", json_string(word));
    snprintf(stream, sizeof(stream), "flag/%.*s", XF_FLAG_ID, call->parameters[0]);
    xf_call_append(call, XF_ENTRY_STEP, stream, body, step_done);
}

static void confirm(struct xf_call *call)
{
    step(call, "confirm");
}

static void dismiss(struct xf_call *call)
{
    step(call, "dismiss");
}

static void renew(struct xf_call *call)
{
    step(call, "renew");
}

static void withdraw(struct xf_call *call)
{
    step(call, "withdraw");
}

#define READERS (XF_ROLE_OFFICER | XF_ROLE_REVIEWER | XF_ROLE_SUBSCRIBER | XF_ROLE_CHECK)

const struct xf_route xf_routes_flag[] = {
    {"GET", "/v1/flags", READERS, XF_ROUTE_PURPOSE, list_flags, "Flags that the caller may know of, newest first"},
    {"GET", "/v1/flags/{id}", READERS, XF_ROUTE_PURPOSE, get_flag, "One flag"},
    {"POST", "/v1/flags/{id}/confirm", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, confirm,
     "Confirm a proposed flag, with a rationale"},
    {"POST", "/v1/flags/{id}/dismiss", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, dismiss,
     "Dismiss a flag, with a rationale"},
    {"POST", "/v1/flags/{id}/renew", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, renew,
     "Renew a flag until its next review, with a rationale"},
    {"POST", "/v1/flags/{id}/withdraw", XF_ROLE_REVIEWER, XF_ROUTE_WRITER | XF_ROUTE_PURPOSE, withdraw,
     "Withdraw a flag, with a rationale"},
    {0},
};
