/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag links`: whom and what one entity is tied to, by hops; of several, whom and what they have in common. Called by main.c.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "client.h"
#include "linkstext.h"

enum {
    OPTION_HOPS = XF_OPTION_LONG,
    OPTION_TYPES,
    OPTION_ROLES,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_GRADE,
    OPTION_LIMIT,
    OPTIONS_END
};

static const struct xf_option options[] = {
    {OPTION_HOPS, "hops", "N", "so many steps from the entity (1)"},
    {OPTION_TYPES, "types", "TYPE,…", "only links of these types; mentioned_with: they stand in one record"},
    {OPTION_ROLES, "roles", "ROLE,…", "only where the far end has one of these roles; -ROLE: has not"},
    {OPTION_SINCE, "since", "TIME", "only records that reach this time or day"},
    {OPTION_UNTIL, "until", "TIME", "only records from before its end"},
    {OPTION_GRADE, "min-grade", "GRADE", "only records graded no worse, as 2B"},
    {OPTION_LIMIT, "limit", "N", "at most so many"},
    {0},
};
static const char *const parameters[] = {"hops", "types", "roles", "since", "until", "min_grade", "limit"};

static void print_common(const json_t *answer)
{
    const json_t *item, *items = json_object_get(answer, "items"), *direct = json_object_get(answer, "direct"), *root;
    json_t *entities = json_copy(json_object_get(answer, "entities"));
    size_t index, of = json_array_size(json_object_get(answer, "set")), at;

    printf("What these have in common:\n");
    json_array_foreach(json_object_get(answer, "entities"), at, root)
    {
        printf("  ");
        xf_links_name(root, xf_member(root, "id"));
        putchar('\n');
    }
    if (!json_array_size(items))
        printf("\nNothing that you may see\n");
    json_array_foreach(items, index, item)
    {
        json_t *entity = json_object_get(item, "entity");

        json_array_append(entities, entity);
        printf("\n%s ", xf_member(entity, "kind"));
        xf_links_name(entity, xf_member(entity, "id"));
        printf(", tied to %lld of %zu\n", (long long)json_integer_value(json_object_get(item, "shared")), of);
        xf_links_print(json_object_get(item, "links"), entities, 2);
    }
    if (json_array_size(direct)) {
        printf("\nAnd directly:\n");
        xf_links_print(direct, entities, 2);
    }
    json_decref(entities);
    xf_links_rest(answer);
}

static void print_links(const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");

    if (!json_array_size(items))
        printf("No links that you may see\n");
    xf_links_print(items, json_object_get(answer, "entities"), 0);
    xf_links_rest(answer);
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const char *values[OPTIONS_END - XF_OPTION_LONG] = {NULL};
    struct xf_path path;
    json_t *body = NULL, *answer = NULL;
    int value, code;
    bool common;

    while ((value = xf_options_next(cli, &xf_command_links, argc, argv)) != -1) {
        if (value < XF_OPTION_LONG || value >= OPTIONS_END)
            return xf_options_end(cli);
        values[value - XF_OPTION_LONG] = optarg;
    }
    if (optind >= argc)
        return xf_usage(cli, "links of what? One entity's id, or several for what they have in common");
    common = argc - optind > 1;
    if (common && values[0])
        return xf_usage(cli, "--hops goes with one entity");
    path = xf_path_start(common ? "/v1/common" : "/v1/entities");
    if (!common) {
        xf_path_segment(&path, argv[optind]);
        xf_path_constant(&path, "/links");
    }
    for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++)
        xf_path_query(&path, parameters[i], values[i]);
    if (common) {
        body = json_object();
        for (int i = optind; i < argc; i++) {
            if (xf_append(body, "entities", argv[i]) != XF_OK) {
                json_decref(body);
                xf_path_drop(&path);
                return xf_fail(cli, XF_EXIT_FAILED, "out of memory");
            }
        }
    }
    code = xf_client_json(cli, common ? "POST" : "GET", xf_path_finish(&path), body, &answer);
    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK && common)
        print_common(answer);
    else if (code == XF_EXIT_OK)
        print_links(answer);
    json_decref(answer);
    return code;
}

const struct xf_command xf_command_links = {
    .name = "links",
    .arguments = "[OPTION…] ENTITY…",
    .summary = "show whom and what an entity is tied to, or several have in common",
    .options = options,
    .notes =
        "For officers, with a --purpose. Of several entities it shows who and what is tied to at least two of them, most shared\n"
        "first: who else was with these two children, and which car. --roles=-professional leaves out who only wrote about them.",
    .run = run,
};
