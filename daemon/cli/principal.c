/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag principal`: who may call. A token is shown once, when it is made: the daemon keeps only its digest. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "entitytext.h"
#include "print.h"

enum { OPTION_AGENCY = XF_OPTION_LONG, OPTION_SAN, OPTION_REPLACE };

static const struct xf_option options[] = {
    {OPTION_AGENCY, "agency", "AGENCY", "add: the agency that it calls for"},
    {'r', "role", "ROLE", "add: feed:FEED, check, subscriber, officer, reviewer, auditor or admin; may be repeated"},
    {OPTION_SAN, "san", "NAME", "add: a client certificate's name, URI:… or DNS:…, exactly; may be repeated"},
    {OPTION_REPLACE, "replace", NULL, "add: put it in the place of one of the same id; the old token ends"},
    {0},
};

static void join_cell(struct xf_table *table, const json_t *words)
{
    char text[512] = "";
    const json_t *word;
    size_t index, length = 0;

    json_array_foreach(words, index, word)
    {
        int more = snprintf(text + length, sizeof(text) - length, "%s%s", index ? ", " : "",
                            json_string_value(word) ? json_string_value(word) : "");

        if (more < 0 || length + (size_t)more >= sizeof(text))
            break;
        length += (size_t)more;
    }
    xf_table_cell(table, text);
}

static int list(struct xf_cli *cli)
{
    struct xf_table table = {.headers = {"PRINCIPAL", "AGENCY", "STATE", "ROLES", "CERTIFICATE NAMES"}, .columns = 5};
    json_t *answer = NULL, *item;
    size_t index;
    int code = xf_client_all(cli, "/v1/principals", &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        json_array_foreach(json_object_get(answer, "items"), index, item)
        {
            xf_table_cell(&table, xf_member(item, "id"));
            xf_table_cell(&table, xf_member(item, "agency"));
            xf_table_cell(&table, json_is_true(json_object_get(item, "revoked")) ? "revoked" : "active");
            join_cell(&table, json_object_get(item, "roles"));
            join_cell(&table, json_object_get(item, "sans"));
        }
        xf_table_print(&table, stdout, 0);
    }
    json_decref(answer);
    return code;
}

static int add(struct xf_cli *cli, json_t *body /* stolen */)
{
    json_t *answer = NULL;
    int code = xf_client_json(cli, "POST", strdup("/v1/principals"), body, &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        xf_object_print(answer, 0);
        if (*xf_member(answer, "token"))
            printf("Keep the token: it is not stored and not shown again.\n");
    }
    json_decref(answer);
    return code;
}

static int revoke(struct xf_cli *cli, const char *id)
{
    struct xf_path path = xf_path_start("/v1/principals");
    json_t *answer = NULL;
    int code;

    xf_path_segment(&path, id);
    code = xf_client_json(cli, "DELETE", xf_path_finish(&path), NULL, &answer);
    if (code == XF_EXIT_OK && cli->json && answer)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK && !cli->json)
        printf("%s: revoked\n", id);
    json_decref(answer);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    json_t *body = json_object();
    const char *verb, *id;
    int value, rc = body ? XF_OK : XF_ENOMEM, code;

    while (rc == XF_OK && (value = xf_options_next(cli, &xf_command_principal, argc, argv)) != -1) {
        switch (value) {
        case OPTION_AGENCY:
            rc = xf_set(body, "agency", optarg);
            break;
        case 'r':
            rc = xf_append(body, "roles", optarg);
            break;
        case OPTION_SAN:
            rc = xf_append(body, "sans", optarg);
            break;
        case OPTION_REPLACE:
            rc = json_object_set_new(body, "replace", json_true()) == 0 ? XF_OK : XF_ENOMEM;
            break;
        default:
            json_decref(body);
            return xf_options_end(cli);
        }
    }
    verb = optind < argc ? argv[optind] : "";
    id = optind + 1 < argc ? argv[optind + 1] : NULL;
    if (rc == XF_OK)
        rc = xf_set(body, "id", id);
    if (rc != XF_OK)
        code = xf_fail(cli, XF_EXIT_FAILED, "out of memory");
    else if (strcmp(verb, "list") == 0 && !id)
        code = list(cli);
    else if (strcmp(verb, "add") == 0 && id && json_object_get(body, "agency") && json_object_get(body, "roles"))
        return add(cli, body);
    else if (strcmp(verb, "add") == 0)
        code = xf_usage(cli, "add takes an id, --agency and at least one --role");
    else if (strcmp(verb, "revoke") == 0 && id)
        code = revoke(cli, id);
    else
        code = xf_usage(cli, "a principal can be added, listed or revoked");
    json_decref(body);
    return code;
}

const struct xf_command xf_command_principal = {
    .name = "principal",
    .arguments = "list | add ID --agency AGENCY --role ROLE… | revoke ID",
    .summary = "list, add and revoke those who may call",
    .options = options,
    .notes = "Needs the role admin.",
    .run = run,
};
