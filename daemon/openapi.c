/* SPDX-License-Identifier: Apache-2.0 */
/* /openapi.json, made from the very tables that route requests, so that it cannot name a path that is not there nor forget one that
 * is. What a table does not say (bodies, query parameters, answers) stands in `operations` here, by method and pattern; components
 * are in openapi_components.h. operation.c serves it. */
#include "openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "openapi_components.h"

/* One operation's further facts. parameters: comma-separated names of components/parameters. request, answer: names of
 * components/schemas. */
struct operation {
    const char *method, *pattern;
    const char *parameters;
    const char *request, *request_types; /* types: comma-separated; NULL: application/json */
    int status;                          /* of success */
    const char *answer, *answer_type;    /* answer NULL: no body; type NULL: application/json */
};

static const struct operation operations[] = {
    {"GET", "/", .status = 200, .answer = "Text", .answer_type = "text/html"},
    {"GET", "/livez", .status = 200, .answer = "Livez"},
    {"GET", "/readyz", .parameters = "role", .status = 200, .answer = "Readyz"},
    {"GET", "/metrics", .status = 200, .answer = "Text", .answer_type = "text/plain"},
    {"GET", "/openapi.json", .status = 200, .answer = "Any"},
    {"GET", "/schemas/record.json", .status = 200, .answer = "Any", .answer_type = "application/schema+json"},
    {"GET", "/v1/feeds", .status = 200, .answer = "FeedList"},
    {"GET", "/v1/feeds/{feed}/status", .status = 200, .answer = "FeedStatus"},
    {"POST", "/v1/feeds/{feed}/records", .parameters = "info", .request = "Records",
     .request_types = "application/x-ndjson,application/json,text/csv", .status = 200, .answer = "Receipt"},
    {"POST", "/v1/feeds/{feed}/validate", .request = "Records", .request_types = "application/x-ndjson,application/json,text/csv",
     .status = 200, .answer = "Receipt"},
    {"PUT", "/v1/feeds/{feed}/records/{id}", .parameters = "info", .request = "Record", .status = 200, .answer = "RecordReceipt"},
    {"GET", "/v1/feeds/{feed}/records/{id}", .status = 200, .answer = "Any"},
    {"DELETE", "/v1/feeds/{feed}/records/{id}", .status = 200, .answer = "RecordReceipt"},
    {"POST", "/v1/check", .request = "Check", .status = 200, .answer = "CheckResults"},
    {"POST", "/v1/search", .request = "Search", .status = 200, .answer = "EntityList"},
    {"GET", "/v1/entities/{id}", .status = 200, .answer = "Entity"},
    {"GET", "/v1/entities/{id}/why", .parameters = "mention,other,limit", .status = 200, .answer = "EntityWhy"},
    {"GET", "/v1/entities/{id}/links", .parameters = "hops,types,roles,since,until,min_grade,limit", .status = 200,
     .answer = "Links"},
    {"GET", "/v1/entities/{id}/timeline", .parameters = "since,until,cursor,limit", .status = 200, .answer = "Timeline"},
    {"GET", "/v1/path", .parameters = "from,to,max_hops,all,types,since,until,min_grade,limit", .status = 200, .answer = "Paths"},
    {"POST", "/v1/common", .parameters = "types,roles,since,until,min_grade,limit", .request = "EntitySet", .status = 200,
     .answer = "Common"},
    {"GET", "/v1/near", .parameters = "lat,lon,radius_m,cursor,limit", .status = 200, .answer = "NearList"},
    {"GET", "/v1/why", .parameters = "a,b", .status = 200, .answer = "Why"},
    {"GET", "/v1/review/links", .parameters = "entity,cursor,limit", .status = 200, .answer = "ReviewList"},
    {"POST", "/v1/decisions", .request = "Decision", .status = 200, .answer = "Decided"},
    {"GET", "/v1/decisions", .parameters = "entity,cursor,limit", .status = 200, .answer = "DecisionList"},
    {"POST", "/v1/decisions/{id}/undo", .request = "Rationale", .status = 200, .answer = "Said"},
    {"DELETE", "/v1/decisions/{id}", .parameters = "rationale", .status = 200, .answer = "Said"},
    {"GET", "/v1/flags", .parameters = "status,type,level,since,cursor,limit", .status = 200, .answer = "FlagList"},
    {"GET", "/v1/flags/{id}", .status = 200, .answer = "Flag"},
    {"POST", "/v1/flags/{id}/confirm", .request = "Rationale", .status = 200, .answer = "Flag"},
    {"POST", "/v1/flags/{id}/dismiss", .request = "Rationale", .status = 200, .answer = "Flag"},
    {"POST", "/v1/flags/{id}/renew", .request = "Rationale", .status = 200, .answer = "Flag"},
    {"POST", "/v1/flags/{id}/withdraw", .request = "Rationale", .status = 200, .answer = "Flag"},
    {"POST", "/v1/subscriptions", .request = "NewSubscription", .status = 201, .answer = "Subscription"},
    {"GET", "/v1/subscriptions", .status = 200, .answer = "SubscriptionList"},
    {"GET", "/v1/subscriptions/{id}", .status = 200, .answer = "Subscription"},
    {"PATCH", "/v1/subscriptions/{id}", .request = "NewSubscription", .status = 200, .answer = "Subscription"},
    {"DELETE", "/v1/subscriptions/{id}", .status = 204},
    {"GET", "/v1/subscriptions/{id}/events", .parameters = "after,limit,wait", .status = 200, .answer = "EventList"},
    {"POST", "/v1/subscriptions/{id}/ack", .request = "Ack", .status = 200, .answer = "Any"},
    {"GET", "/v1/subscriptions/{id}/stream", .status = 200, .answer = "Text", .answer_type = "text/event-stream"},
    {"POST", "/v1/subscriptions/{id}/test", .status = 202, .answer = "Any"},
    {"POST", "/v1/principals", .request = "NewPrincipal", .status = 201, .answer = "PrincipalToken"},
    {"GET", "/v1/principals", .parameters = "cursor,limit", .status = 200, .answer = "PrincipalList"},
    {"DELETE", "/v1/principals/{id}", .status = 204},
};

static const struct operation *find_operation(const struct xf_route *route)
{
    /* A route that nobody described still takes and gives JSON. */
    static const struct operation unknown = {.status = 200, .answer = "Any"};

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (!strcmp(operations[i].method, route->method) && !strcmp(operations[i].pattern, route->pattern))
            return &operations[i];
    }
    return &unknown;
}

static json_t *reference(const char *kind, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

/* Calls add for each comma-separated word of a list (NULL: none). */
static void each_word(const char *list, void (*add)(json_t *to, const char *word, const void *context), json_t *to,
                      const void *context)
{
    char word[64];

    while (list && *list) {
        size_t length = strcspn(list, ",");

        snprintf(word, sizeof(word), "%.*s", (int)length, list);
        add(to, word, context);
        list += length + (list[length] == ',');
    }
}

static void add_parameter(json_t *to, const char *word, const void *context)
{
    (void)context;
    json_array_append_new(to, reference("parameters", word));
}

static void add_content(json_t *to, const char *word, const void *context)
{
    json_object_set_new(to, word, json_pack("{s:o}", "schema", reference("schemas", context)));
}

static json_t *make_parameters(const struct xf_route *route, const struct operation *operation)
{
    json_t *parameters = json_array();

    for (const char *at = strchr(route->pattern, '{'); at; at = strchr(at + 1, '{'))
        json_array_append_new(parameters, json_pack("{s:s#,s:s,s:b,s:{s:s}}", "name", at + 1, (int)strcspn(at + 1, "}"), "in",
                                                    "path", "required", 1, "schema", "type", "string"));
    each_word(operation->parameters, add_parameter, parameters, NULL);
    if (route->flags & XF_ROUTE_PURPOSE)
        add_parameter(parameters, "purpose", NULL);
    return parameters;
}

static json_t *make_responses(const struct xf_route *route, const struct operation *operation)
{
    static const struct {
        int status;
        const char *name;
    } problems[] = {{400, "Malformed"}, {401, "Unauthorized"}, {403, "Forbidden"},
                    {404, "NotFound"},  {429, "TooMany"},      {503, "Unavailable"}};
    json_t *responses = json_object(), *success = json_pack("{s:s}", "description", route->summary), *content = json_object();
    char status[12];

    if (operation->answer) {
        add_content(content, operation->answer_type ? operation->answer_type : "application/json", operation->answer);
        json_object_set(success, "content", content);
    }
    json_decref(content);
    snprintf(status, sizeof(status), "%d", operation->status);
    json_object_set_new(responses, status, success);
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        if ((route->flags & XF_ROUTE_OPEN) && problems[i].status != 503)
            continue;
        snprintf(status, sizeof(status), "%d", problems[i].status);
        json_object_set_new(responses, status, reference("responses", problems[i].name));
    }
    if (route->flags & XF_ROUTE_PURPOSE)
        json_object_set_new(responses, "428", reference("responses", "PurposeRequired"));
    /* Whatever changes something can meet a state that does not allow it; whatever takes a body, one that it cannot use. */
    if (strcmp(route->method, "GET") != 0) {
        json_object_set_new(responses, "409", reference("responses", "Conflict"));
        json_object_set_new(responses, "422", reference("responses", "Invalid"));
    }
    if (operation->request) {
        json_object_set_new(responses, "413", reference("responses", "TooLarge"));
        json_object_set_new(responses, "415", reference("responses", "MediaType"));
    }
    if (strstr(route->pattern, "/events") || strstr(route->pattern, "/stream"))
        json_object_set_new(responses, "410", reference("responses", "Gone"));
    if (!strcmp(route->pattern, "/readyz"))
        json_object_set_new(responses, "503",
                            json_pack("{s:s,s:{s:{s:o}}}", "description", "Not ready; missing says why", "content",
                                      "application/json", "schema", reference("schemas", "Readyz")));
    return responses;
}

/* "get_v1_flags_id": unique, since method and pattern are. */
static json_t *make_id(const struct xf_route *route)
{
    char id[128];
    size_t used = 0;

    for (const char *at = route->method; *at && used + 1 < sizeof(id); at++)
        id[used++] = (char)tolower((unsigned char)*at);
    for (const char *at = route->pattern; *at && used + 2 < sizeof(id); at++) {
        if (isalnum((unsigned char)*at))
            id[used++] = *at;
        else if (id[used - 1] != '_' && *at != '}')
            id[used++] = '_';
    }
    return json_stringn(id, used);
}

static json_t *make_roles(unsigned roles)
{
    static const char *const names[] = {"feed", "check", "subscriber", "officer", "reviewer", "auditor", "admin"};
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (roles & (1u << i))
            json_array_append_new(list, json_string(names[i]));
    }
    return list;
}

static json_t *make_operation(const struct xf_route *route)
{
    const struct operation *facts = find_operation(route);
    json_t *operation = json_pack("{s:o,s:s,s:o,s:o}", "operationId", make_id(route), "summary", route->summary, "parameters",
                                  make_parameters(route, facts), "responses", make_responses(route, facts));

    if (!operation)
        return NULL;
    if (facts->request) {
        json_t *content = json_object();

        each_word(facts->request_types ? facts->request_types : "application/json", add_content, content, facts->request);
        json_object_set_new(operation, "requestBody", json_pack("{s:b,s:o}", "required", 1, "content", content));
    }
    if (route->flags & XF_ROUTE_OPEN)
        json_object_set_new(operation, "security", json_array());
    else
        json_object_set_new(operation, "x-roles", make_roles(route->roles));
    return operation;
}

/* "GET" as OpenAPI's member "get". */
static void add_route(json_t *paths, const struct xf_route *route)
{
    json_t *path = json_object_get(paths, route->pattern);
    char method[16];
    size_t i = 0;

    if (!path) {
        path = json_object();
        json_object_set_new(paths, route->pattern, path);
    }
    for (; route->method[i] && i + 1 < sizeof(method); i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    method[i] = '\0';
    json_object_set_new(path, method, make_operation(route));
}

json_t *xf_openapi_document(const struct xf_route *const *tables, const char *server_url, const char *version)
{
    json_t *paths = json_object(), *components = json_loads(openapi_components, JSON_REJECT_DUPLICATES, NULL);

    for (; *tables; tables++) {
        for (const struct xf_route *route = *tables; route->method; route++)
            add_route(paths, route);
    }
    return json_pack("{s:s,s:{s:s,s:s,s:s,s:{s:s,s:s}},s:[{s:s}],s:[{s:[]},{s:[]}],s:o,s:o}", "openapi", "3.1.0", "info", "title",
                     "crossflag", "version", version, "description",
                     "Records in, flags out, between agencies. Errors are RFC 9457 problem details; alerts are CloudEvents 1.0, "
                     "webhooks are signed as "
                     "Standard Webhooks 1.0.0 says.",
                     "license", "name", "Apache-2.0", "identifier", "Apache-2.0", "servers", "url", server_url, "security",
                     "bearer", "certificate", "paths", paths, "components", components);
}
