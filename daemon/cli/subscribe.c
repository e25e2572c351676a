/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag subscribe`: makes, lists and ends subscriptions, and sends a test event. A webhook's secret is printed once, when it
 * is made. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "entitytext.h"
#include "flagtext.h"
#include "print.h"

enum {
    OPTION_ID = XF_OPTION_LONG,
    OPTION_WEBHOOK,
    OPTION_TYPES,
    OPTION_LEVELS,
    OPTION_AREAS,
    OPTION_KINDS,
    OPTION_MY_RECORDS,
    OPTION_LIST,
    OPTION_DELETE,
    OPTION_TEST,
};

static const struct xf_option options[] = {
    {OPTION_ID, "id", "ID", "a name of your own for it, a-z 0-9 and -; else the daemon makes one"},
    {OPTION_WEBHOOK, "webhook", "URL", "deliver to this https URL; without it the subscription is read by pull or stream"},
    {OPTION_TYPES, "types", "TYPE,…", "only flags of these types"},
    {OPTION_LEVELS, "levels", "LEVEL,…", "only of these levels: low, medium, high"},
    {OPTION_AREAS, "areas", "AREA,…", "only of these areas"},
    {OPTION_KINDS, "kinds", "KIND,…", "only on persons, locations or vehicles: person, location, vehicle"},
    {OPTION_MY_RECORDS, "my-records", NULL, "only on subjects that my own records mention"},
    {OPTION_LIST, "list", NULL, "list my agency's subscriptions"},
    {OPTION_DELETE, "delete", "ID", "end a subscription"},
    {OPTION_TEST, "test", "ID", "send a test event to a subscription"},
    {0},
};

static int set_words(json_t *filter, const char *name, const char *text)
{
    char *copy = strdup(text), *rest = copy, *word;
    int rc = copy ? XF_OK : XF_ENOMEM;

    while (rc == XF_OK && (word = strsep(&rest, ",")))
        if (*word)
            rc = xf_append(filter, name, word);
    free(copy);
    return rc;
}

static int on_one(struct xf_cli *cli, const char *method, const char *id, const char *tail, const char *done)
{
    struct xf_path path = xf_path_start("/v1/subscriptions");
    json_t *answer = NULL;
    int code;

    xf_path_segment(&path, id);
    xf_path_constant(&path, tail);
    code = xf_client_json(cli, method, xf_path_finish(&path), NULL, &answer);
    if (code == XF_EXIT_OK && cli->json && answer)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK && !cli->json)
        printf("%s: %s\n", id, done);
    json_decref(answer);
    return code;
}

static int list(struct xf_cli *cli)
{
    struct xf_table table = {.headers = {"SUBSCRIPTION", "AGENCY", "WAY", "STATE", "URL"}, .columns = 5};
    json_t *answer = NULL, *item;
    size_t index;
    int code = xf_client_all(cli, "/v1/subscriptions", &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        json_array_foreach(json_object_get(answer, "items"), index, item)
        {
            const json_t *enabled = json_object_get(item, "enabled");

            xf_table_cell(&table, xf_member(item, "id"));
            xf_table_cell(&table, xf_member(item, "agency"));
            xf_table_cell(&table, xf_member(item, "way"));
            xf_table_cell(&table, json_is_false(enabled) ? "disabled" : "enabled");
            xf_table_cell(&table, xf_member(item, "url"));
        }
        if (!table.count)
            printf("No subscriptions.\n");
        xf_table_print(&table, stdout, 0);
    }
    json_decref(answer);
    return code;
}

static int make(struct xf_cli *cli, json_t *body)
{
    json_t *answer = NULL;
    int code = xf_client_json(cli, "POST", strdup("/v1/subscriptions"), body, &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        xf_object_print(answer, 0);
        if (*xf_member(answer, "secret"))
            printf("Keep the secret: it checks the signatures, and is not shown again.\n");
    }
    json_decref(answer);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    json_t *body = json_pack("{s:s}", "way", "pull"), *filter = json_object();
    int value, code = XF_EXIT_OK, rc = body && filter ? XF_OK : XF_ENOMEM;
    const char *deleted = NULL, *tested = NULL;
    bool listing = false;

    while (rc == XF_OK && code == XF_EXIT_OK && (value = xf_options_next(cli, &xf_command_subscribe, argc, argv)) != -1) {
        switch (value) {
        case OPTION_ID:
            rc = xf_set(body, "id", optarg);
            break;
        case OPTION_WEBHOOK:
            rc = xf_set(body, "way", "webhook");
            if (rc == XF_OK)
                rc = xf_set(body, "url", optarg);
            break;
        case OPTION_TYPES:
            rc = set_words(filter, "types", optarg);
            break;
        case OPTION_LEVELS:
            rc = set_words(filter, "levels", optarg);
            break;
        case OPTION_AREAS:
            rc = set_words(filter, "areas", optarg);
            break;
        case OPTION_KINDS:
            rc = set_words(filter, "kinds", optarg);
            break;
        case OPTION_MY_RECORDS:
            rc = json_object_set_new(filter, "my_records", json_true()) == 0 ? XF_OK : XF_ENOMEM;
            break;
        case OPTION_LIST:
            listing = true;
            break;
        case OPTION_DELETE:
            deleted = optarg;
            break;
        case OPTION_TEST:
            tested = optarg;
            break;
        default:
            json_decref(body);
            json_decref(filter);
            return xf_options_end(cli);
        }
    }
    if (rc == XF_OK && json_object_size(filter))
        rc = json_object_set(body, "filter", filter) == 0 ? XF_OK : XF_ENOMEM;
    json_decref(filter);
    if (rc != XF_OK)
        code = xf_fail(cli, XF_EXIT_FAILED, "out of memory");
    else if (optind < argc)
        code = xf_usage(cli, "what is \"%s\"?", argv[optind]);
    else if (listing)
        code = list(cli);
    else if (deleted)
        code = on_one(cli, "DELETE", deleted, "", "ended");
    else if (tested)
        code = on_one(cli, "POST", tested, "/test", "a test event is on its way");
    else
        return make(cli, body);
    json_decref(body);
    return code;
}

const struct xf_command xf_command_subscribe = {
    .name = "subscribe",
    .arguments = "[OPTION…]",
    .summary = "subscribe to alerts, list, end or test subscriptions",
    .options = options,
    .notes = "Without --list, --delete or --test it makes a subscription. All its events can also be read with `crossflag alerts`.",
    .run = run,
};
