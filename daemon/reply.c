/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in JSON and problems (RFC 9457), for every handler. Errors are told in the words of the caller's own format: a JSON
 * pointer and a reason; never is a part of the caller's text repeated, since answers are kept in others' logs. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "route.h"

#define PROBLEMS "https://crossflag.uk/problems/"

/* Sends a body of its own, stolen. */
static void send_json(struct xf_call *call, int status, const char *content_type, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

    json_decref(body);
    if (text)
        xf_exchange_reply(call->exchange, status, content_type, text, strlen(text));
    else
        xf_exchange_problem(call->exchange, 503, "out-of-memory", "Out of memory", "The answer could not be made.");
    free(text);
}

void xf_reply_json(struct xf_call *call, int status, json_t *body)
{
    send_json(call, status, "application/json", body);
}

void xf_reply_empty(struct xf_call *call, int status)
{
    xf_exchange_reply(call->exchange, status, NULL, NULL, 0);
}

/* The problem itself; errors is stolen. */
static json_t *make_problem(struct xf_call *call, int status, const char *type, const char *title, json_t *errors, const char *text)
{
    char instance[128], uri[128];
    json_t *body;

    snprintf(uri, sizeof(uri), PROBLEMS "%s", type);
    snprintf(instance, sizeof(instance), "urn:crossflag:request:%s", call->request->id);
    body = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", uri, "title", title, "status", status, "detail", text, "instance", instance);
    /* A text cut in the middle of a character is no UTF-8: the problem must be told all the same. */
    if (!body)
        body = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", uri, "title", title, "status", status, "detail", title, "instance",
                         instance);
    if (body)
        json_object_set_new(body, "errors", errors ? errors : json_array());
    else
        json_decref(errors);
    return body;
}

void xf_reply_problem(struct xf_call *call, int status, const char *type, const char *title, json_t *errors, const char *detail,
                      ...)
{
    char text[1024];
    va_list args;

    va_start(args, detail);
    vsnprintf(text, sizeof(text), detail, args);
    va_end(args);
    send_json(call, status, "application/problem+json", make_problem(call, status, type, title, errors, text));
}

void xf_reply_problem_with(struct xf_call *call, int status, const char *type, const char *title, const char *member, json_t *value,
                           const char *detail)
{
    json_t *body = make_problem(call, status, type, title, NULL, detail);

    if (body)
        json_object_set_new(body, member, value);
    else
        json_decref(value);
    send_json(call, status, "application/problem+json", body);
}

json_t *xf_call_json(struct xf_call *call)
{
    const struct xf_request *request = call->request;
    json_error_t error;
    json_t *body;

    if (!request->body_length) {
        xf_reply_problem(call, 400, "bad-json", "The body is not JSON", NULL, "The body is empty.");
        return NULL;
    }
    body = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, &error);
    if (body)
        return body;
    switch (json_error_code(&error)) {
    case json_error_out_of_memory:
        xf_exchange_header(call->exchange, "Retry-After", "5");
        xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "The body could not be read.");
        break;
    case json_error_duplicate_key:
        xf_reply_problem(call, 400, "bad-json", "The body is not JSON", NULL, "Line %d, column %d: a member stands twice.",
                         error.line, error.column);
        break;
    case json_error_invalid_utf8:
        xf_reply_problem(call, 400, "bad-json", "The body is not JSON", NULL, "Line %d, column %d: not UTF-8.", error.line,
                         error.column);
        break;
    case json_error_stack_overflow:
        xf_reply_problem(call, 400, "bad-json", "The body is not JSON", NULL, "Line %d, column %d: nested too deeply.", error.line,
                         error.column);
        break;
    default:
        xf_reply_problem(call, 400, "bad-json", "The body is not JSON", NULL, "Line %d, column %d: not JSON from here on.",
                         error.line, error.column);
        break;
    }
    return NULL;
}
