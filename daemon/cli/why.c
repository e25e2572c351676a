/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag why`: what holds an entity together, or why two mentions are (not) one, as a waterfall: the prior, each comparison
 * with its weight as a bar from where the sum stood to where it stands, and the threshold as a line through them. Called by main.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "print.h"

#define BAR 40 /* columns of the waterfall */

enum { OPTION_MENTION = XF_OPTION_LONG, OPTION_OTHER, OPTION_BETWEEN, OPTION_LIMIT };

static const struct xf_option options[] = {
    {OPTION_MENTION, "mention", "FEED/ID/REF", "only what ties this mention to the rest of the entity"},
    {OPTION_OTHER, "other", "FEED/ID/REF", "with --mention: these two alone"},
    {OPTION_BETWEEN, "between", "FEED/ID/REF", "this mention and the one that follows, of whatever entities: --between A B"},
    {OPTION_LIMIT, "limit", "N", "at most so many pairs (50)"},
    {0},
};

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* What the waterfall spans: the least and greatest sum on the way, zero and the threshold. */
struct scale {
    double least, greatest, link;
};

static unsigned column(const struct scale *scale, double bits)
{
    double share = (bits - scale->least) / (scale->greatest - scale->least);

    return (unsigned)(share * (BAR - 1) + 0.5);
}

/* A bar from one sum to another. */
static void bar_cell(struct xf_table *table, const struct scale *scale, double from, double to)
{
    unsigned a = column(scale, from), b = column(scale, to), link = column(scale, scale->link);
    char bar[BAR + 1];

    for (unsigned i = 0; i < BAR; i++) {
        bool in = to >= from ? i >= a && i <= b : i >= b && i <= a;

        bar[i] = in ? (to >= from ? '+' : '-') : i == link ? '|' : ' ';
    }
    bar[BAR] = '\0';
    xf_table_cell(table, bar);
}

static struct scale scale_of(const json_t *pair)
{
    double prior = number(pair, "prior"), link = number(json_object_get(pair, "threshold"), "link");
    struct scale scale = {.least = prior < 0 ? prior : 0, .greatest = prior > 0 ? prior : 0, .link = link};
    const json_t *item;
    size_t index;

    if (link > scale.greatest)
        scale.greatest = link;
    if (link < scale.least)
        scale.least = link;
    json_array_foreach(json_object_get(pair, "comparisons"), index, item)
    {
        double running = number(item, "running");

        scale.least = running < scale.least ? running : scale.least;
        scale.greatest = running > scale.greatest ? running : scale.greatest;
    }
    if (scale.greatest - scale.least < 1)
        scale.greatest = scale.least + 1;
    return scale;
}

static void print_key(const json_t *mention)
{
    char text[1200];

    snprintf(text, sizeof(text), "%s/%s/%s", xf_member(mention, "feed"), xf_member(mention, "id"), xf_member(mention, "ref"));
    xf_print_text(stdout, text);
}

/* What people said on the pair, under its table. */
static void print_decision(const json_t *decision)
{
    if (json_is_true(json_object_get(decision, "withheld"))) {
        printf("  people: %s, which you may not see\n", xf_member(decision, "id"));
        return;
    }
    if (!json_object_size(decision))
        return;
    printf("  people: %s (%s, %s) by ", xf_member(decision, "decision"), xf_member(decision, "id"), xf_member(decision, "status"));
    xf_print_text(stdout, xf_member(decision, "by"));
    printf(" at %s: ", xf_member(decision, "at"));
    xf_print_text(stdout, xf_member(decision, "rationale"));
    putchar('\n');
}

static void print_pair(const json_t *pair)
{
    struct xf_table table = {.headers = {"COMPARISON", "LEVEL", "A", "B", ">BITS", ">SUM", ""}, .columns = 7};
    struct scale scale = scale_of(pair);
    double sum = number(pair, "prior"), weight = number(pair, "weight");
    const json_t *item;
    size_t index;

    print_key(json_object_get(pair, "a"));
    printf(" and ");
    print_key(json_object_get(pair, "b"));
    printf("\n");
    xf_table_cell(&table, "prior");
    for (int i = 0; i < 3; i++)
        xf_table_cell(&table, "");
    xf_table_cellf(&table, "%+.1f", sum);
    xf_table_cellf(&table, "%.1f", sum);
    bar_cell(&table, &scale, 0, sum);
    json_array_foreach(json_object_get(pair, "comparisons"), index, item)
    {
        xf_table_cell(&table, xf_member(item, "comparison"));
        xf_table_cell(&table, xf_member(item, "level"));
        xf_table_cell(&table, xf_member(item, "a"));
        xf_table_cell(&table, xf_member(item, "b"));
        xf_table_cellf(&table, "%+.1f", number(item, "weight"));
        xf_table_cellf(&table, "%.1f", number(item, "running"));
        bar_cell(&table, &scale, sum, number(item, "running"));
        sum = number(item, "running");
    }
    xf_table_print(&table, stdout, 2);
    printf("  %.1f bits; %.1f link by themselves (|), %.1f are shown to people: %s\n", weight, scale.link,
           number(json_object_get(pair, "threshold"), "review"), xf_member(pair, "outcome"));
    if (json_is_true(json_object_get(pair, "conflict")))
        printf("  conflict: two different valid identifiers of a scheme that gives one to each\n");
    print_decision(json_object_get(pair, "decision"));
    if (json_is_true(json_object_get(pair, "joined")))
        printf("  both are %s\n", json_string_value(json_array_get(json_object_get(pair, "entities"), 0)));
    else
        printf("  they are %s and %s\n", json_string_value(json_array_get(json_object_get(pair, "entities"), 0)),
               json_string_value(json_array_get(json_object_get(pair, "entities"), 1)));
}

static void print_entity(const json_t *answer)
{
    const json_t *item, *items = json_object_get(answer, "items");
    json_int_t withheld = json_integer_value(json_object_get(json_object_get(answer, "withheld"), "records"));
    size_t index;

    printf("%s: %lld different contents, %lld links between them; %zu hold %s together\n", xf_member(answer, "entity"),
           (long long)json_integer_value(json_object_get(answer, "contents")),
           (long long)json_integer_value(json_object_get(answer, "edges")), json_array_size(items),
           json_object_get(answer, "mention") ? "the mention and the rest" : "it");
    json_array_foreach(items, index, item)
    {
        putchar('\n');
        print_pair(item);
    }
    if (json_is_true(json_object_get(answer, "truncated")))
        printf("\nThere is more: --limit, or --mention for one mention's\n");
    if (withheld)
        printf("\n%lld records are withheld from you\n", (long long)withheld);
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const char *mention = NULL, *other = NULL, *between = NULL, *limit = NULL;
    struct xf_path path;
    json_t *answer = NULL;
    int value, code;

    while ((value = xf_options_next(cli, &xf_command_why, argc, argv)) != -1) {
        switch (value) {
        case OPTION_MENTION:
            mention = optarg;
            break;
        case OPTION_OTHER:
            other = optarg;
            break;
        case OPTION_BETWEEN:
            between = optarg;
            break;
        case OPTION_LIMIT:
            limit = optarg;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    if (optind + 1 != argc)
        return xf_usage(cli,
                        between ? "--between takes two mentions: --between FEED/ID/REF FEED/ID/REF" : "why what? An entity's id");
    if (between && (mention || other || limit))
        return xf_usage(cli, "--between stands alone");
    if (other && !mention)
        return xf_usage(cli, "--other goes with --mention");
    path = xf_path_start(between ? "/v1/why" : "/v1/entities");
    if (between) {
        xf_path_query(&path, "a", between);
        xf_path_query(&path, "b", argv[optind]);
    } else {
        xf_path_segment(&path, argv[optind]);
        xf_path_constant(&path, "/why");
        xf_path_query(&path, "mention", mention);
        xf_path_query(&path, "other", other);
        xf_path_query(&path, "limit", limit);
    }
    code = xf_client_json(cli, "GET", xf_path_finish(&path), NULL, &answer);
    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK && json_object_get(answer, "items"))
        print_entity(answer);
    else if (code == XF_EXIT_OK)
        print_pair(answer);
    json_decref(answer);
    return code;
}

const struct xf_command xf_command_why = {
    .name = "why",
    .arguments = "[OPTION…] ENTITY | --between MENTION MENTION",
    .summary = "explain what joins or parts mentions, comparison by comparison",
    .options = options,
    .notes = "A mention is named FEED/ID/REF, as in police/MIS-2026-0412/p1. For officers and reviewers, with a --purpose. Of an "
             "entity the\n"
             "fewest pairs that hold it together are shown, strongest first.",
    .run = run,
};
