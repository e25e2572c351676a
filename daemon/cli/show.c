/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag show`: one thing in full, told by the form of its name: an entity (per-…, loc-…, veh-…), a flag (flag-…) or a record
 * (feed/id). */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "entitytext.h"
#include "flagtext.h"

enum thing { THING_ENTITY, THING_FLAG, THING_RECORD };

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* A feed's name has no slash, a record's id may have. */
static enum thing thing_of(const char *name)
{
    if (strchr(name, '/'))
        return THING_RECORD;
    return starts_with(name, "flag-") ? THING_FLAG : THING_ENTITY;
}

static int show(struct xf_cli *cli, const char *name)
{
    enum thing thing = thing_of(name);
    struct xf_path path = xf_path_start(thing == THING_ENTITY ? "/v1/entities" : thing == THING_FLAG ? "/v1/flags" : "/v1/feeds");
    const char *slash = strchr(name, '/');
    json_t *answer = NULL;
    int code;

    if (thing == THING_RECORD) {
        char feed[129];

        snprintf(feed, sizeof(feed), "%.*s", (int)(slash - name), name);
        xf_path_segment(&path, feed);
        xf_path_constant(&path, "/records");
        xf_path_segment(&path, slash + 1);
    } else {
        xf_path_segment(&path, name);
    }
    code = xf_client_json(cli, "GET", xf_path_finish(&path), NULL, &answer);
    if (cli->status == 403 && thing == THING_RECORD)
        fprintf(stderr, "  A record is shown whole to its own feed only. What it says stands, for officers, on the page of each "
                        "entity that it\n"
                        "  mentions: crossflag search finds the entity, crossflag show ENTITY shows the page.\n");
    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        switch (thing) {
        case THING_ENTITY:
            xf_entity_print(answer);
            break;
        case THING_FLAG:
            xf_flag_print(answer, 0);
            break;
        case THING_RECORD:
            printf("%s\n", name);
            xf_object_print(answer, 2);
            break;
        }
    }
    json_decref(answer);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    int code = XF_EXIT_OK;

    while (xf_options_next(cli, &xf_command_show, argc, argv) != -1)
        return xf_options_end(cli);
    if (optind >= argc)
        return xf_usage(cli, "show what? An entity's or a flag's id, or FEED/RECORD");
    for (int i = optind; code == XF_EXIT_OK && i < argc; i++) {
        if (i > optind && !cli->json)
            putchar('\n');
        code = show(cli, argv[i]);
    }
    return code;
}

const struct xf_command xf_command_show = {
    .name = "show",
    .arguments = "ENTITY | FLAG | FEED/RECORD …",
    .summary = "show an entity or a flag in full, or a feed its own record",
    .notes = "per-…, loc-… and veh-… are entities, for officers with a --purpose: the page holds what every record says of one.\n"
             "flag-… is a flag, for officers and reviewers with a --purpose, and for subscribers: each sees what it may.\n"
             "police/MIS-2026-0412 is a record as it was sent, for the principal of that feed, to see what is on file.",
    .run = run,
};
