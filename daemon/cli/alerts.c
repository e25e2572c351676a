/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag alerts`: the events of a subscription, by pull or, with --follow, as they come over the stream. A broken stream is
 * opened again from the last event that was printed, so that none is missed; an event may come twice. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "client.h"
#include "flagtext.h"
#include "print.h"
#include "sse.h"

enum { OPTION_AFTER = XF_OPTION_LONG, OPTION_LIMIT, OPTION_WAIT, OPTION_FOLLOW, OPTION_ACK };

#define RECONNECT_MS 2000

static const struct xf_option options[] = {
    {OPTION_AFTER, "after", "SEQUENCE", "only events after this sequence number"},
    {OPTION_LIMIT, "limit", "N", "at most so many"},
    {OPTION_WAIT, "wait", "SECONDS", "wait so long for an event when there is none yet"},
    {OPTION_FOLLOW, "follow", NULL, "print events as they come, until interrupted"},
    {OPTION_ACK, "ack", NULL, "acknowledge what was printed"},
    {0},
};

struct listening {
    struct xf_cli *cli;
    struct xf_client *client;
    const char *subscription;
};

/* The event itself, whether it stands alone or inside an envelope. */
static const json_t *event_of(const json_t *item)
{
    const json_t *event = json_object_get(item, "event");

    return json_is_object(event) ? event : item;
}

/* "uk.crossflag.flag.raised.v1" as "flag raised". */
static void print_type(const char *type)
{
    static const char prefix[] = "uk.crossflag.";

    if (strncmp(type, prefix, sizeof(prefix) - 1) == 0)
        type += sizeof(prefix) - 1;
    for (const char *c = type; *c && !(c[0] == '.' && c[1] == 'v'); c++)
        putchar(*c == '.' || *c == '_' ? ' ' : *c);
}

static const json_t *flag_of(const json_t *event)
{
    const json_t *data = json_object_get(event, "data"), *flag = json_object_get(data, "flag");

    return json_is_object(flag) ? flag : data;
}

static void print_event(const struct xf_cli *cli, const json_t *item)
{
    const json_t *event = event_of(item), *flag = flag_of(event), *record, *records;
    size_t index;

    if (cli->json) {
        xf_print_json(item, true);
        fflush(stdout);
        return;
    }
    printf("%" PRIu64 "  %s  ", (uint64_t)strtoull(xf_member(event, "sequence"), NULL, 10),
           xf_short_time(xf_member(event, "time")));
    print_type(xf_member(event, "type"));
    if (*xf_member(flag, "id")) {
        printf(": %s %s, %s, %s", xf_member(flag, "level"), xf_member(flag, "type"), xf_member(flag, "status"),
               xf_member(flag, "id"));
        if (*xf_member(json_object_get(flag, "subject"), "entity"))
            printf(" on %s", xf_member(json_object_get(flag, "subject"), "entity"));
    }
    putchar('\n');
    records = json_object_get(json_object_get(event, "data"), "recipient_records");
    json_array_foreach(records, index, record)
    {
        fputs(index ? ", " : "    your records: ", stdout);
        if (json_is_object(record)) {
            xf_print_text(stdout, xf_member(record, "feed"));
            putchar('/');
        }
        xf_print_text(stdout, json_is_object(record) ? xf_member(record, "id") : xf_scalar(record));
    }
    if (json_array_size(records))
        putchar('\n');
    fflush(stdout);
}

static int acknowledge(struct xf_cli *cli, const char *subscription, uint64_t sequence)
{
    struct xf_path path = xf_path_start("/v1/subscriptions");

    xf_path_segment(&path, subscription);
    xf_path_constant(&path, "/ack");
    return xf_client_json(cli, "POST", xf_path_finish(&path), json_pack("{s:I}", "seq", (json_int_t)sequence), NULL);
}

static int pull(struct xf_cli *cli, const char *subscription, const char *after, const char *limit, const char *wait, bool ack)
{
    struct xf_path path = xf_path_start("/v1/subscriptions");
    json_t *answer = NULL, *items, *item;
    uint64_t last = 0;
    size_t index;
    int code;

    xf_path_segment(&path, subscription);
    xf_path_constant(&path, "/events");
    xf_path_query(&path, "after", after);
    xf_path_query(&path, "limit", limit);
    xf_path_query(&path, "wait", wait);
    code = xf_client_json(cli, "GET", xf_path_finish(&path), NULL, &answer);
    if (code != XF_EXIT_OK)
        return code;
    items = json_is_array(answer) ? answer : json_object_get(answer, "items");
    json_array_foreach(items, index, item)
    {
        print_event(cli, item);
        last = strtoull(xf_member(event_of(item), "sequence"), NULL, 10);
    }
    if (!cli->json && !json_array_size(items))
        printf("No events.\n");
    if (ack && last)
        code = acknowledge(cli, subscription, last);
    json_decref(answer);
    return code;
}

static int on_event(void *context, const char *id, const char *data)
{
    struct listening *listening = context;
    json_t *event = json_loads(data, 0, NULL);

    if (event)
        print_event(listening->cli, event);
    else
        xf_fail(listening->cli, 0, "event %s is no JSON", id);
    json_decref(event);
    return ferror(stdout) ? XF_EIO : 0; /* whoever read the output has gone */
}

static int follow(struct listening *listening, const char *after)
{
    struct xf_sse sse = {.retry_ms = -1, .event = on_event, .context = listening};
    struct xf_path path = xf_path_start("/v1/subscriptions");
    struct xf_client_request request = {.method = "GET", .receive = xf_sse_take, .context = &sse, .endless = true};
    bool answered = false;
    int code;

    xf_path_segment(&path, listening->subscription);
    xf_path_constant(&path, "/stream");
    request.path = xf_path_finish(&path);
    if (!request.path)
        return xf_fail(listening->cli, XF_EXIT_FAILED, "out of memory");
    if (after)
        snprintf(sse.last_id, sizeof(sse.last_id), "%s", after);
    for (;;) {
        struct xf_answer answer;
        long pause_ms = sse.retry_ms >= 0 ? sse.retry_ms : RECONNECT_MS;
        int rc;

        xf_sse_restart(&sse);
        request.last_event_id = sse.last_id[0] ? sse.last_id : NULL;
        rc = xf_client_call(listening->client, &request, &answer);
        code = XF_EXIT_OK;
        answered = answered || (answer.status >= 200 && answer.status < 300);
        if (ferror(stdout)) {
            xf_answer_clear(&answer);
            break;
        }
        /* A stream that ended, broke, or that the daemon has no room for just now is opened again; a refusal is final. */
        if (rc == XF_OK && answer.status >= 300 && answer.status != 503 && answer.status != 429)
            code = xf_answer_explain(listening->cli, &answer);
        else if (rc != XF_OK && !(answer.unreachable && answered))
            code = xf_answer_explain(listening->cli, &answer);
        if (answer.retry_after_s > 0)
            pause_ms = answer.retry_after_s * 1000;
        xf_answer_clear(&answer);
        if (code != XF_EXIT_OK)
            break;
        nanosleep(&(struct timespec){.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000}, NULL);
    }
    xf_sse_clear(&sse);
    free((char *)request.path);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const char *after = NULL, *limit = NULL, *wait = NULL;
    bool following = false, ack = false;
    long long wait_s = 0;
    int value, code;

    while ((value = xf_options_next(cli, &xf_command_alerts, argc, argv)) != -1) {
        switch (value) {
        case OPTION_AFTER:
            after = optarg;
            break;
        case OPTION_LIMIT:
            limit = optarg;
            break;
        case OPTION_WAIT:
            wait = optarg;
            if (xf_options_number(cli, "wait", optarg, 0, 3600, &wait_s) != XF_EXIT_OK)
                return XF_EXIT_USAGE;
            break;
        case OPTION_FOLLOW:
            following = true;
            break;
        case OPTION_ACK:
            ack = true;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    if (optind + 1 != argc)
        return xf_usage(cli, "whose alerts? Give one subscription's id");
    if (following && (ack || limit || wait))
        return xf_usage(cli, "--follow goes with --after only");
    if (cli->timeout_s < wait_s + 15)
        cli->timeout_s = (long)wait_s + 15;
    if (!following)
        return pull(cli, argv[optind], after, limit, wait, ack);
    {
        struct listening listening = {.cli = cli, .subscription = argv[optind]};

        listening.client = xf_client_open(cli, &code);
        if (listening.client)
            code = follow(&listening, after);
        xf_client_close(listening.client);
        return code;
    }
}

const struct xf_command xf_command_alerts = {
    .name = "alerts",
    .arguments = "[OPTION…] SUBSCRIPTION",
    .summary = "print the alerts of a subscription",
    .options = options,
    .notes = "Events come in the subscription's own sequence, which has no gaps; with --json each is one line, a CloudEvent.",
    .run = run,
};
