/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag feed`: the partnership's feeds, how one of them is doing, and the withdrawal of one of its records. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "entitytext.h"
#include "print.h"

static int list(struct xf_cli *cli)
{
    struct xf_table table = {.headers = {"FEED", "AGENCY", "GRADE", "BASIS"}, .columns = 4};
    json_t *answer = NULL, *item;
    size_t index;
    int code = xf_client_all(cli, "/v1/feeds", &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        json_array_foreach(json_object_get(answer, "items"), index, item)
        {
            const char *name = xf_member(item, "name");

            xf_table_cell(&table, *name ? name : xf_member(item, "feed"));
            xf_table_cell(&table, xf_member(item, "agency"));
            xf_table_cell(&table, xf_member(item, "grade"));
            xf_table_cell(&table, xf_member(item, "basis"));
        }
        xf_table_print(&table, stdout, 0);
    }
    json_decref(answer);
    return code;
}

static int status(struct xf_cli *cli, const char *feed)
{
    struct xf_path path = xf_path_start("/v1/feeds");
    json_t *answer = NULL;
    int code;

    xf_path_segment(&path, feed);
    xf_path_constant(&path, "/status");
    code = xf_client_json(cli, "GET", xf_path_finish(&path), NULL, &answer);
    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK)
        xf_object_print(answer, 0);
    json_decref(answer);
    return code;
}

static int withdraw(struct xf_cli *cli, const char *feed, const char *id)
{
    struct xf_path path = xf_path_start("/v1/feeds");
    json_t *answer = NULL;
    int code;

    xf_path_segment(&path, feed);
    xf_path_constant(&path, "/records");
    xf_path_segment(&path, id);
    code = xf_client_json(cli, "DELETE", xf_path_finish(&path), NULL, &answer);
    if (code == XF_EXIT_OK && cli->json && answer)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK && !cli->json)
        printf("%s/%s: withdrawn\n", feed, id);
    json_decref(answer);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const char *verb;

    while (xf_options_next(cli, &xf_command_feed, argc, argv) != -1)
        return xf_options_end(cli);
    verb = optind < argc ? argv[optind] : "";
    if (strcmp(verb, "list") == 0 && optind + 1 == argc)
        return list(cli);
    if (strcmp(verb, "status") == 0 && optind + 2 == argc)
        return status(cli, argv[optind + 1]);
    if (strcmp(verb, "withdraw") == 0 && optind + 3 == argc)
        return withdraw(cli, argv[optind + 1], argv[optind + 2]);
    return xf_usage(cli, "feeds can be listed, one's status shown, and one of its records withdrawn");
}

const struct xf_command xf_command_feed = {
    .name = "feed",
    .arguments = "list | status FEED | withdraw FEED RECORD",
    .summary = "list the feeds, show how one is doing, withdraw a record",
    .run = run,
};
