/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag path`: how two entities are connected. Called by main.c. (path.c builds the paths of requests.) */
#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "client.h"
#include "linkstext.h"

enum {
    OPTION_HOPS = XF_OPTION_LONG,
    OPTION_TYPES,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_GRADE,
    OPTION_LIMIT,
    OPTION_ALL,
};

static const struct xf_option options[] = {
    {OPTION_ALL, "all", NULL, "all of the shortest ways, not one"},
    {OPTION_HOPS, "max-hops", "N", "at most so many steps (6)"},
    {OPTION_TYPES, "types", "TYPE,…", "only links of these types; mentioned_with: they stand in one record"},
    {OPTION_SINCE, "since", "TIME", "only records that reach this time or day"},
    {OPTION_UNTIL, "until", "TIME", "only records from before its end"},
    {OPTION_GRADE, "min-grade", "GRADE", "only records graded no worse, as 2B"},
    {OPTION_LIMIT, "limit", "N", "with --all: at most so many (20)"},
    {0},
};
static const char *const parameters[] = {"max_hops", "types", "since", "until", "min_grade", "limit"};

static void print_path(const json_t *answer, const json_t *path)
{
    const json_t *entities = json_object_get(answer, "entities"), *id;
    size_t index;

    json_array_foreach(json_object_get(path, "entities"), index, id)
    {
        printf(index ? "  – " : "");
        xf_links_name(xf_links_entity(entities, json_string_value(id)), json_string_value(id));
        putchar('\n');
    }
    xf_links_print(json_object_get(path, "links"), entities, 4);
}

static void print_answer(const json_t *answer)
{
    const json_t *path, *items = json_object_get(answer, "items");
    size_t index;

    if (!json_array_size(items))
        printf("There is no way between them that you may see\n");
    json_array_foreach(items, index, path)
    {
        if (index)
            putchar('\n');
        print_path(answer, path);
    }
    xf_links_rest(answer);
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const char *values[sizeof(parameters) / sizeof(*parameters)] = {NULL};
    struct xf_path path;
    json_t *answer = NULL;
    bool all = false;
    int value, code;

    while ((value = xf_options_next(cli, &xf_command_path, argc, argv)) != -1) {
        if (value == OPTION_ALL)
            all = true;
        else if (value >= XF_OPTION_LONG && value < OPTION_ALL)
            values[value - XF_OPTION_LONG] = optarg;
        else
            return xf_options_end(cli);
    }
    if (argc - optind != 2)
        return xf_usage(cli, "path between what? Two entities' ids");
    path = xf_path_start("/v1/path");
    xf_path_query(&path, "from", argv[optind]);
    xf_path_query(&path, "to", argv[optind + 1]);
    xf_path_query(&path, "all", all ? "1" : NULL);
    for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++)
        xf_path_query(&path, parameters[i], values[i]);
    code = xf_client_json(cli, "GET", xf_path_finish(&path), NULL, &answer);
    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK)
        print_answer(answer);
    if (code == XF_EXIT_OK && !json_array_size(json_object_get(answer, "items")))
        code = XF_EXIT_NO;
    json_decref(answer);
    return code;
}

const struct xf_command xf_command_path = {
    .name = "path",
    .arguments = "[OPTION…] FROM TO",
    .summary = "show how two entities are connected, with the records that say so",
    .options = options,
    .notes =
        "For officers, with a --purpose. Exit code 1: there is no way, or none that you may see. No way leads through an entity\n"
        "that is tied to too many (a school, a station), nor through a record that you may not see.",
    .run = run,
};
