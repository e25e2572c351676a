/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag flags`: the list with its filters, and a person's step on one flag. There is no step on several at once, here as in
 * the API: a decision about a person is made about that person. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "flagtext.h"

enum {
    OPTION_STATUS = XF_OPTION_LONG,
    OPTION_TYPE,
    OPTION_LEVEL,
    OPTION_SINCE,
    OPTION_LIMIT,
    OPTION_CURSOR,
    OPTION_REASONS,
    OPTION_RATIONALE
};

static const struct xf_option options[] = {
    {OPTION_STATUS, "status", "STATUS", "only proposed, confirmed, dismissed, expired or withdrawn ones"},
    {OPTION_TYPE, "type", "TYPE", "only those of a type, such as child_at_risk"},
    {OPTION_LEVEL, "level", "LEVEL", "only low, medium or high ones"},
    {OPTION_SINCE, "since", "TIME", "only those that changed since an instant (RFC 3339)"},
    {OPTION_LIMIT, "limit", "N", "at most so many"},
    {OPTION_CURSOR, "cursor", "TEXT", "go on where a former list ended"},
    {OPTION_REASONS, "reasons", NULL, "with the reasons under each"},
    {OPTION_RATIONALE, "rationale", "TEXT", "why, for confirm, dismiss, renew and withdraw: required, and kept"},
    {0},
};

static bool is_step(const char *word)
{
    static const char *const steps[] = {"confirm", "dismiss", "renew", "withdraw"};

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (strcmp(steps[i], word) == 0)
            return true;
    return false;
}

static int step(struct xf_cli *cli, const char *name, const char *id, const char *rationale)
{
    struct xf_path path = xf_path_start("/v1/flags");
    json_t *answer = NULL;
    int code;

    xf_path_segment(&path, id);
    xf_path_segment(&path, name);
    code = xf_client_json(cli, "POST", xf_path_finish(&path), json_pack("{s:s}", "rationale", rationale), &answer);
    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK && json_object_get(answer, "id"))
        xf_flag_print(answer, 0);
    else if (code == XF_EXIT_OK)
        printf("%s: done\n", id);
    json_decref(answer);
    return code;
}

static int list(struct xf_cli *cli, struct xf_path *path, bool reasons)
{
    json_t *answer = NULL;
    int code = xf_client_json(cli, "GET", xf_path_finish(path), NULL, &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        const json_t *items = json_object_get(answer, "items");

        xf_flags_print(items, reasons, 0);
        if (!json_array_size(items))
            printf("No flags.\n");
        if (*xf_member(answer, "next"))
            printf("There are more: --cursor %s\n", xf_member(answer, "next"));
    }
    json_decref(answer);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    struct xf_path path = xf_path_start("/v1/flags");
    const char *rationale = NULL;
    bool reasons = false;
    int value;

    while ((value = xf_options_next(cli, &xf_command_flags, argc, argv)) != -1) {
        switch (value) {
        case OPTION_STATUS:
            xf_path_query(&path, "status", optarg);
            break;
        case OPTION_TYPE:
            xf_path_query(&path, "type", optarg);
            break;
        case OPTION_LEVEL:
            xf_path_query(&path, "level", optarg);
            break;
        case OPTION_SINCE:
            xf_path_query(&path, "since", optarg);
            break;
        case OPTION_LIMIT:
            xf_path_query(&path, "limit", optarg);
            break;
        case OPTION_CURSOR:
            xf_path_query(&path, "cursor", optarg);
            break;
        case OPTION_REASONS:
            reasons = true;
            break;
        case OPTION_RATIONALE:
            rationale = optarg;
            break;
        default:
            xf_path_drop(&path);
            return xf_options_end(cli);
        }
    }
    if (optind == argc)
        return list(cli, &path, reasons);
    xf_path_drop(&path);
    if (!is_step(argv[optind]))
        return xf_usage(cli, "a flag can be taken to confirm, dismiss, renew or withdraw; not \"%s\"", argv[optind]);
    if (optind + 2 != argc)
        return xf_usage(cli, "%s takes the id of one flag", argv[optind]);
    if (!rationale || !*rationale)
        return xf_usage(cli, "%s needs --rationale: why you decide so", argv[optind]);
    return step(cli, argv[optind], argv[optind + 1], rationale);
}

const struct xf_command xf_command_flags = {
    .name = "flags",
    .arguments = "[OPTION…] [confirm|dismiss|renew|withdraw FLAG]",
    .summary = "list the flags, or take a decision on one",
    .options = options,
    .notes = "Without an argument it lists. A decision is a named person's: it needs a role that may (reviewer), a purpose, and a "
             "rationale. `crossflag show FLAG`\n"
             "shows one in full.",
    .run = run,
};
