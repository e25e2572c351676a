/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS by libcurl's easy interface. Called by every command that talks to a daemon. The peer's certificate and name are always
 * verified, against --ca or the system's authorities; there is no switch to leave that out. Redirects are not followed: the daemon
 * sends none. */
#include "client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "print.h"
#include "target.h"

#define ANSWER_MAX ((size_t)256 * 1024 * 1024)

struct xf_client {
    struct xf_cli *cli;
    CURL *curl;
    char error[CURL_ERROR_SIZE];
};

/* What a call in progress writes to. */
struct sink {
    struct xf_client *client;
    const struct xf_client_request *request;
    struct xf_answer *answer;
    size_t capacity;
    bool too_large, stopped;
};

struct xf_client *xf_client_open(struct xf_cli *cli, int *ret_code)
{
    struct xf_client *client;

    *ret_code = xf_target_resolve(cli);
    if (*ret_code != XF_EXIT_OK)
        return NULL;
    client = calloc(1, sizeof(*client));
    if (client)
        client->curl = curl_easy_init();
    if (!client || !client->curl) {
        free(client);
        *ret_code = xf_fail(cli, XF_EXIT_FAILED, "out of memory");
        return NULL;
    }
    client->cli = cli;
    return client;
}

void xf_client_close(struct xf_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    free(client);
}

static int keep(struct sink *sink, const char *bytes, size_t length)
{
    struct xf_answer *answer = sink->answer;

    if (answer->length + length > ANSWER_MAX) {
        sink->too_large = true;
        return XF_ELIMIT;
    }
    if (answer->length + length + 1 > sink->capacity) {
        size_t capacity = 2 * (answer->length + length + 1);
        char *grown = realloc(answer->body, capacity);

        if (!grown)
            return XF_ENOMEM;
        answer->body = grown;
        sink->capacity = capacity;
    }
    memcpy(answer->body + answer->length, bytes, length);
    answer->length += length;
    answer->body[answer->length] = 0;
    return XF_OK;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct sink *sink = context;
    long status = 0;
    int rc;

    curl_easy_getinfo(sink->client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (sink->request->receive && status >= 200 && status < 300) {
        rc = sink->request->receive(sink->request->context, bytes, size * count);
        if (rc != 0)
            sink->stopped = true;
    } else {
        rc = keep(sink, bytes, size * count);
    }
    return rc == 0 ? size * count : 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    static const char retry_after[] = "retry-after:", content_type[] = "content-type:";
    struct sink *sink = context;
    char line[256];
    size_t length = size * count < sizeof(line) - 1 ? size * count : sizeof(line) - 1;

    memcpy(line, bytes, length);
    line[length] = 0;
    if (strncasecmp(line, retry_after, sizeof(retry_after) - 1) == 0) {
        char *text = line + sizeof(retry_after) - 1, *end;
        long seconds = strtol(text, &end, 10);

        if (end != text && seconds >= 0)
            sink->answer->retry_after_s = seconds;
    } else if (strncasecmp(line, content_type, sizeof(content_type) - 1) == 0) {
        sink->answer->is_problem = strstr(line, "application/problem+json") != NULL;
    }
    return size * count;
}

static int add_header(struct curl_slist **headers, const char *name, const char *value)
{
    struct curl_slist *longer;
    char *line;

    if (!value)
        return XF_OK;
    if (asprintf(&line, "%s: %s", name, value) < 0)
        return XF_ENOMEM;
    longer = curl_slist_append(*headers, line);
    explicit_bzero(line, strlen(line));
    free(line);
    if (!longer)
        return XF_ENOMEM;
    *headers = longer;
    return XF_OK;
}

static int make_headers(const struct xf_client *client, const struct xf_client_request *request, struct curl_slist **ret)
{
    const struct xf_cli *cli = client->cli;
    char *bearer = NULL;
    int rc = XF_OK;

    if (cli->token && asprintf(&bearer, "Bearer %s", cli->token) < 0)
        return XF_ENOMEM;
    rc = add_header(ret, "Authorization", bearer);
    if (bearer)
        explicit_bzero(bearer, strlen(bearer));
    free(bearer);
    if (rc == XF_OK)
        rc = add_header(ret, "Crossflag-Purpose", cli->purpose);
    if (rc == XF_OK)
        rc = add_header(ret, "Content-Type", request->content_type);
    if (rc == XF_OK)
        rc = add_header(ret, "Content-Encoding", request->content_encoding);
    if (rc == XF_OK)
        rc = add_header(ret, "Last-Event-ID", request->last_event_id);
    if (rc == XF_OK)
        rc = add_header(ret, "Expect", ""); /* no 100-continue round trip for large bodies */
    return rc;
}

static void set_up(struct xf_client *client, const struct xf_client_request *request, const char *url, struct curl_slist *headers,
                   struct sink *sink)
{
    const struct xf_cli *cli = client->cli;
    CURL *curl = client->curl;

    curl_easy_reset(curl); /* keeps the connection */
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->error);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "crossflag");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, request->endless ? 0L : cli->timeout_s);
    if (request->endless) { /* a heartbeat comes every 15 s: three missed ones are a dead stream */
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 45L);
    }
    if (cli->ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, cli->ca);
    if (cli->certificate) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, cli->certificate);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, cli->key);
    }
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    } else if (strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, sink);
}

static bool may_pass(CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
           code == CURLE_PARTIAL_FILE || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_COULDNT_RESOLVE_HOST;
}

int xf_client_call(struct xf_client *client, const struct xf_client_request *request, struct xf_answer *ret)
{
    struct xf_answer answer = {.retry_after_s = -1};
    struct sink sink = {.client = client, .request = request, .answer = &answer};
    struct curl_slist *headers = NULL;
    char *url = NULL;
    CURLcode code;
    int rc = make_headers(client, request, &headers);

    if (rc == XF_OK && asprintf(&url, "%s%s", client->cli->url, request->path) < 0) {
        url = NULL;
        rc = XF_ENOMEM;
    }
    if (rc == XF_OK) {
        client->error[0] = 0;
        set_up(client, request, url, headers, &sink);
        code = curl_easy_perform(client->curl);
        curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer.status);
        if (code != CURLE_OK && !sink.stopped) {
            answer.status = 0;
            answer.unreachable = may_pass(code);
            snprintf(answer.error, sizeof(answer.error), "%s: %s", client->cli->url,
                     sink.too_large     ? "the answer is too large"
                     : client->error[0] ? client->error
                                        : curl_easy_strerror(code));
            rc = XF_EIO;
        }
    }
    curl_slist_free_all(headers);
    free(url);
    *ret = answer;
    return rc;
}

void xf_answer_clear(struct xf_answer *answer)
{
    free(answer->body);
    *answer = (struct xf_answer){0};
}

int xf_answer_explain(const struct xf_cli *cli, const struct xf_answer *answer)
{
    json_t *problem, *errors, *error;
    size_t index;

    if (!answer->status)
        return xf_fail(cli, XF_EXIT_FAILED, "%s", answer->error[0] ? answer->error : "out of memory");
    problem = answer->body ? json_loads(answer->body, 0, NULL) : NULL;
    if (json_is_object(problem) && *xf_member(problem, "title")) {
        const char *detail = xf_member(problem, "detail");

        xf_fail(cli, 0, "%s (%ld)%s%s", xf_member(problem, "title"), answer->status, *detail ? ": " : "", detail);
        errors = json_object_get(problem, "errors");
        json_array_foreach(errors, index, error)
        {
            const char *pointer = xf_member(error, "pointer");

            fprintf(stderr, "  %s%s%s\n", pointer, *pointer ? ": " : "", xf_member(error, "reason"));
        }
    } else {
        xf_fail(cli, 0, "the daemon answered %ld", answer->status);
    }
    if (answer->retry_after_s >= 0)
        fprintf(stderr, "  Try again in %ld s.\n", answer->retry_after_s);
    if (answer->status == 428)
        fprintf(stderr, "  Give --purpose \"code case-reference\".\n");
    json_decref(problem);
    return answer->status >= 500 ? XF_EXIT_FAILED : XF_EXIT_REFUSED;
}

/* The answer's JSON, when the call went well. */
static int take(struct xf_cli *cli, const struct xf_answer *answer, json_t **ret)
{
    json_error_t error;
    json_t *json = NULL;

    if (answer->status < 200 || answer->status > 299)
        return xf_answer_explain(cli, answer);
    if (answer->length) {
        json = json_loadb(answer->body, answer->length, JSON_ALLOW_NUL, &error);
        if (!json)
            return xf_fail(cli, XF_EXIT_FAILED, "the answer is no JSON: line %d: %s", error.line, error.text);
    }
    if (ret)
        *ret = json;
    else
        json_decref(json);
    return XF_EXIT_OK;
}

int xf_client_json(struct xf_cli *cli, const char *method, char *path, json_t *body, json_t **ret)
{
    int code;
    struct xf_client *client = xf_client_open(cli, &code);
    struct xf_answer answer = {0};
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct xf_client_request request = {.method = method,
                                        .path = path,
                                        .body = text,
                                        .length = text ? strlen(text) : 0,
                                        .content_type = text ? "application/json" : NULL};

    if (client && (!path || (body && !text)))
        code = xf_fail(cli, XF_EXIT_FAILED, "out of memory");
    else if (client && xf_client_call(client, &request, &answer) != XF_OK)
        code = xf_answer_explain(cli, &answer);
    else if (client)
        code = take(cli, &answer, ret);
    cli->status = answer.status;
    xf_answer_clear(&answer);
    xf_client_close(client);
    free(text);
    free(path);
    json_decref(body);
    return code;
}

int xf_client_all(struct xf_cli *cli, const char *path, json_t **ret)
{
    json_t *items = json_array(), *page = NULL;
    char *cursor = NULL;
    int code;

    do {
        struct xf_path next = xf_path_start(path);

        xf_path_query(&next, "cursor", cursor);
        free(cursor);
        cursor = NULL;
        code = xf_client_json(cli, "GET", xf_path_finish(&next), NULL, &page);
        if (code == XF_EXIT_OK) {
            const char *more = json_string_value(json_object_get(page, "next"));

            json_array_extend(items, json_object_get(page, "items"));
            cursor = more ? strdup(more) : NULL;
        }
        json_decref(page);
        page = NULL;
    } while (cursor);
    if (code == XF_EXIT_OK)
        *ret = json_pack("{s:O}", "items", items);
    json_decref(items);
    return code;
}
