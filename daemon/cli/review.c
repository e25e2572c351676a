/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag review`: the clerical queue, a person's word on a pair of it, the list of what was said, and its undoing. One decision
 * at a time, with a rationale, as everywhere. Called by main.c. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "entitytext.h"
#include "print.h"

enum { OPTION_RATIONALE = XF_OPTION_LONG, OPTION_ENTITY, OPTION_LIMIT, OPTION_CURSOR };

static const struct xf_option options[] = {
    {OPTION_RATIONALE, "rationale", "TEXT", "why, for same, not-same and undo: required, and kept"},
    {OPTION_ENTITY, "entity", "ID", "links, decisions: only those of an entity"},
    {OPTION_LIMIT, "limit", "N", "links, decisions: at most so many"},
    {OPTION_CURSOR, "cursor", "TEXT", "links, decisions: go on where a former list ended"},
    {0},
};

/* "feed/id/ref" of a mention's JSON. */
static void key_cell(struct xf_table *table, const json_t *mention)
{
    xf_table_cellf(table, "%s/%s/%s", xf_member(mention, "feed"), xf_member(mention, "id"), xf_member(mention, "ref"));
}

struct rows {
    const json_t *items;
};

/* What the two say, and why it is asked, under a row. */
static void print_under(void *context, size_t row)
{
    const struct rows *rows = context;
    const json_t *item = json_array_get(rows->items, row), *reason;
    size_t index;

    for (int side = 0; side < 2; side++) {
        const json_t *mention = json_object_get(item, side ? "b" : "a");

        printf("    %s  ", side ? "b" : "a");
        xf_values_print(json_object_get(mention, "values"));
        printf("  (%s)\n", xf_member(mention, "entity"));
    }
    printf("    ");
    json_array_foreach(json_object_get(item, "because"), index, reason)
        printf("%s%s", index ? "; " : "", json_string_value(reason));
    printf("\n");
}

static void print_links(const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items"), *item;
    struct xf_table table = {.headers = {"KIND", "OF", "A", "B", ">BITS", ">DOUBT", ">VALUE"}, .columns = 7};
    struct rows rows = {items};
    size_t index;

    json_array_foreach(items, index, item)
    {
        xf_table_cell(&table, xf_member(item, "kind"));
        xf_table_cell(&table, xf_member(item, "of"));
        key_cell(&table, json_object_get(item, "a"));
        key_cell(&table, json_object_get(item, "b"));
        xf_table_cellf(&table, "%.1f", json_number_value(json_object_get(item, "weight")));
        xf_table_cellf(&table, "%.2f", json_number_value(json_object_get(item, "doubt")));
        xf_table_cellf(&table, "%.2f", json_number_value(json_object_get(item, "value")));
    }
    xf_table_print_with(&table, stdout, 0, print_under, &rows);
    if (!json_array_size(items))
        printf("Nothing to review.\n");
    if (*xf_member(answer, "next"))
        printf("There are more: --cursor %s\n", xf_member(answer, "next"));
}

static void print_decisions(const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items"), *item;
    struct xf_table table = {.headers = {"DECISION", "WORD", "STATUS", "A", "B", "BY", "AT", "RATIONALE"}, .columns = 8};
    size_t index;

    json_array_foreach(items, index, item)
    {
        xf_table_cell(&table, xf_member(item, "id"));
        xf_table_cell(&table, xf_member(item, "decision"));
        xf_table_cell(&table, xf_member(item, "status"));
        key_cell(&table, json_object_get(item, "a"));
        key_cell(&table, json_object_get(item, "b"));
        xf_table_cell(&table, xf_member(item, "by"));
        xf_table_cell(&table, xf_member(item, "at"));
        xf_table_cell(&table, xf_member(item, "rationale"));
    }
    xf_table_print(&table, stdout, 0);
    if (!json_array_size(items))
        printf("No decisions.\n");
    if (*xf_member(answer, "next"))
        printf("There are more: --cursor %s\n", xf_member(answer, "next"));
}

static int list(struct xf_cli *cli, struct xf_path *path, void (*print)(const json_t *answer))
{
    json_t *answer = NULL;
    int code = xf_client_json(cli, "GET", xf_path_finish(path), NULL, &answer);

    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK)
        print(answer);
    json_decref(answer);
    return code;
}

/* FEED/ID/REF: a feed has no slash, a ref none that a person would type. NULL: it is not of that form. */
static json_t *key_of(const char *text)
{
    const char *first = strchr(text, '/'), *last = strrchr(text, '/');

    if (!first || first == text || last <= first + 1 || !last[1])
        return NULL;
    return json_pack("{s:s#,s:s#,s:s}", "feed", text, (int)(first - text), "id", first + 1, (int)(last - first - 1), "ref",
                     last + 1);
}

/* Takes path and body over. */
static int post(struct xf_cli *cli, struct xf_path *path, json_t *body, const char *done)
{
    json_t *answer = NULL;
    int code = xf_client_json(cli, "POST", xf_path_finish(path), body, &answer);

    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK)
        printf("%s: %s\n", xf_member(answer, "id"), done);
    json_decref(answer);
    return code;
}

static int decide(struct xf_cli *cli, const char *word, const char *one, const char *other, const char *rationale)
{
    struct xf_path path = xf_path_start("/v1/decisions");
    json_t *a = key_of(one), *b = key_of(other);

    if (!a || !b) {
        json_decref(a);
        json_decref(b);
        xf_path_drop(&path);
        return xf_usage(cli, "a mention is named FEED/ID/REF; \"%s\" is not", a ? other : one);
    }
    return post(cli, &path, json_pack("{s:s,s:o,s:o,s:s}", "decision", word, "a", a, "b", b, "rationale", rationale), "in force");
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const char *rationale = NULL, *entity = NULL, *limit = NULL, *cursor = NULL, *word;
    struct xf_path path;
    bool lists;
    int value;

    while ((value = xf_options_next(cli, &xf_command_review, argc, argv)) != -1) {
        switch (value) {
        case OPTION_RATIONALE:
            rationale = optarg;
            break;
        case OPTION_ENTITY:
            entity = optarg;
            break;
        case OPTION_LIMIT:
            limit = optarg;
            break;
        case OPTION_CURSOR:
            cursor = optarg;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    word = optind < argc ? argv[optind] : "links";
    argc -= optind + 1;
    argv += optind + 1;
    lists = strcmp(word, "links") == 0 || strcmp(word, "decisions") == 0;
    if (!lists && strcmp(word, "same") != 0 && strcmp(word, "not-same") != 0 && strcmp(word, "undo") != 0)
        return xf_usage(cli, "review links, decisions, same, not-same or undo; not \"%s\"", word);
    if (!lists && (!rationale || !*rationale))
        return xf_usage(cli, "%s needs --rationale: why you decide so", word);
    if (!lists && (entity || limit || cursor))
        return xf_usage(cli, "--entity, --limit and --cursor are for links and decisions");
    if (lists) {
        if (argc > 0)
            return xf_usage(cli, "%s takes no argument", word);
        path = xf_path_start(strcmp(word, "links") == 0 ? "/v1/review/links" : "/v1/decisions");
        xf_path_query(&path, "entity", entity);
        xf_path_query(&path, "limit", limit);
        xf_path_query(&path, "cursor", cursor);
        return list(cli, &path, strcmp(word, "links") == 0 ? print_links : print_decisions);
    }
    if (strcmp(word, "undo") == 0) {
        if (argc != 1)
            return xf_usage(cli, "undo takes the id of one decision");
        path = xf_path_start("/v1/decisions");
        xf_path_segment(&path, argv[0]);
        xf_path_constant(&path, "/undo");
        return post(cli, &path, json_pack("{s:s}", "rationale", rationale), "undone");
    }
    if (argc != 2)
        return xf_usage(cli, "%s takes two mentions: FEED/ID/REF FEED/ID/REF", word);
    return decide(cli, strcmp(word, "same") == 0 ? "same" : "not_same", argv[0], argv[1], rationale);
}

const struct xf_command xf_command_review = {
    .name = "review",
    .arguments = "[links | decisions | same MENTION MENTION | not-same MENTION MENTION | undo DECISION] [OPTION…]",
    .summary = "show the links that want a person's look, and decide on them",
    .options = options,
    .notes = "links is the clerical queue, most valuable first: pairs between the thresholds, pairs that the weight joins and the "
             "rest keeps\n"
             "apart, and weak links that alone hold an entity together. A decision is a named person's: it wins over any weight, "
             "and is kept\n"
             "with its rationale when it is undone. `crossflag why --between A B` shows what speaks for and against. A mention is "
             "named\n"
             "FEED/ID/REF, as in police/MIS-2026-0412/p1.",
    .run = run,
};
