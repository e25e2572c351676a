/* SPDX-License-Identifier: Apache-2.0 */
/* How the linker reads and tells apart British addresses, on files that it was not made for. Called by hand and by the benchmark:
 *     bench_addresses rank  MODEL FILE  messy against canonical addresses: is the right one first, strictly?
 *     bench_addresses parse FILE        every address, taken apart; the time that takes on stderr
 *     bench_addresses pairs MODEL FILE  a file linked with itself: pairs from the review threshold up, strongest first
 * FILE is CSV with a header: rank reads case, messy_address, messy_postcode, canonical_address, canonical_postcode, is_match; the
 * others unique_id, source_dataset, address, postcode. Invariant: the engine sees addresses and postcodes only. */
#include <csv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../../lib/score.h"
#include "crossflag/linker.h"
#include "crossflag/normalise.h"

#define COLUMNS 8

struct row {
    char *fields[COLUMNS];
};

struct table {
    struct row *rows;
    size_t count, column;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_addresses: %s\n", what);
    exit(1);
}

static void *must(void *memory)
{
    if (!memory)
        die("out of memory");
    return memory;
}

static void end_field(void *text, size_t length, void *context)
{
    struct table *table = context;

    if (!(table->count & (table->count - 1)) && !table->column)
        table->rows = must(realloc(table->rows, (table->count ? table->count * 2 : 1) * sizeof(*table->rows)));
    if (!table->column)
        table->rows[table->count] = (struct row){{NULL}};
    if (table->column < COLUMNS)
        table->rows[table->count].fields[table->column++] = must(strndup(text ? text : "", length));
}

static void end_row(int c, void *context)
{
    struct table *table = context;

    (void)c;
    table->count += table->column > 0;
    table->column = 0;
}

static char *read_whole(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0, got;

    if (!file)
        die(path);
    do {
        text = must(realloc(text, length + 65536));
        got = fread(text + length, 1, 65535, file);
        length += got;
    } while (got);
    fclose(file);
    text[length] = '\0';
    *ret_length = length;
    return text;
}

static struct table read_table(const char *path, size_t columns)
{
    struct table table = {0};
    struct csv_parser parser;
    size_t length;
    char *text = read_whole(path, &length);

    if (csv_init(&parser, 0) || csv_parse(&parser, text, length, end_field, end_row, &table) != length ||
        csv_fini(&parser, end_field, end_row, &table))
        die("is no CSV");
    csv_free(&parser);
    free(text);
    for (size_t i = 0; i < table.count; i++)
        if (!table.rows[i].fields[columns - 1])
            die("a row has too few columns");
    return table;
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            free(table->rows[i].fields[j]);
    free(table->rows);
}

static struct xf_model *read_model(const char *path)
{
    struct xf_error error = {0};
    struct xf_model *model;
    size_t length;
    char *text = read_whole(path, &length);

    if (xf_model_parse(text, length, &model, &error) != XF_OK)
        die(error.text);
    free(text);
    return model;
}

static struct xf_mention mention_of(struct xf_intern *symbols, const char *address, const char *postcode)
{
    struct xf_location location = {.lines = &address, .line_count = 1, .postcode = postcode};
    struct xf_record record = {.locations = &location, .location_count = 1};
    struct xf_mention mention;

    if (xf_mention_of(&record, XF_LOCATION, 0, 0, symbols, &mention) != XF_OK)
        die("out of memory");
    return mention;
}

struct bench {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_lexicon lexicon;
};

static int32_t weigh(struct bench *bench, const struct xf_mention *a, const struct xf_mention *b, struct xf_trace *trace)
{
    struct xf_aspect x, y;

    if (xf_lexicon_add(&bench->lexicon, a->values, a->count) != XF_OK ||
        xf_lexicon_add(&bench->lexicon, b->values, b->count) != XF_OK)
        die("out of memory");
    xf_aspect_open(&x, &bench->lexicon, a->kind, a->values, a->count);
    xf_aspect_open(&y, &bench->lexicon, b->kind, b->values, b->count);
    return xf_score(bench->model, &x, &y, INT32_MIN, trace);
}

static void print_trace(const struct xf_trace *trace)
{
    for (uint32_t i = 0; i < trace->count; i++)
        printf(" %s:%s %+d", trace->items[i].comparison, trace->items[i].level, trace->items[i].weight);
    putchar('\n');
}

static void rank(struct bench *bench, const struct table *table, bool verbose)
{
    int cases = 0, first = 0;

    for (size_t i = 1; i < table->count;) {
        int32_t match = INT32_MIN, other = INT32_MIN;
        size_t start = i;

        for (; i < table->count && strcmp(table->rows[i].fields[0], table->rows[start].fields[0]) == 0; i++) {
            char **fields = table->rows[i].fields;
            struct xf_mention messy = mention_of(bench->symbols, fields[1], fields[2]);
            struct xf_mention canonical = mention_of(bench->symbols, fields[3], fields[4]);
            struct xf_trace trace;
            int32_t weight = weigh(bench, &messy, &canonical, &trace);
            bool is_match = strcmp(fields[5], "1") == 0 || strcasecmp(fields[5], "true") == 0;
            int32_t *best = is_match ? &match : &other;

            *best = weight > *best ? weight : *best;
            if (verbose) {
                printf("%s %s %+7d %s | %s |", fields[0], is_match ? "*" : " ", weight, fields[1], fields[3]);
                print_trace(&trace);
            }
        }
        cases++;
        first += match > other;
        if (match <= other)
            printf("case %s: the right one has %d, another %d\n", table->rows[start].fields[0], match, other);
    }
    printf("figure address_first_of_%d %d\n", cases, first);
}

static void parse(const struct table *table)
{
    struct timespec start, end;
    struct xf_address address;
    size_t rounds = 20;

    for (size_t i = 1; i < table->count; i++) {
        const char *text = table->rows[i].fields[2];

        xf_normalise_address(text, &address);
        printf("%s\n    flat [%s] storeys [%s] building [%s] house [%s] street [%s] rest [%s]\n", text, address.flat,
               address.storeys, address.building, address.house, address.street, address.rest);
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 1; i < table->count; i++)
            xf_normalise_address(table->rows[i].fields[2], &address);
    clock_gettime(CLOCK_MONOTONIC, &end);
    fprintf(stderr, "figure address_parse_ns %.0f\n",
            ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
                (double)(rounds * (table->count - 1)));
}

struct found {
    uint32_t a, b;
    int32_t weight;
};

static int by_weight(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* Every mention asks the linker for its like among all. */
static void pairs(struct bench *bench, const struct table *table)
{
    struct xf_linker *linker = must(xf_linker_create(bench->model, bench->symbols));
    struct xf_mention *mentions = must(calloc(table->count, sizeof(*mentions)));
    struct xf_linker_counts counts;
    const struct xf_linker_change *changes;
    struct found *found = NULL;
    size_t count = 0, change_count;
    uint32_t ordinal = 0;
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 1; i < table->count; i++) {
        mentions[i] = mention_of(bench->symbols, table->rows[i].fields[2], table->rows[i].fields[3]);
        if (xf_linker_add(linker, (uint32_t)(i - 1), &mentions[i]) != XF_OK)
            die("out of memory");
    }
    if (xf_linker_settle(linker, 1, &ordinal, &changes, &change_count) != XF_OK)
        die("out of memory");
    clock_gettime(CLOCK_MONOTONIC, &end);
    xf_linker_count(linker, &counts);
    fprintf(stderr, "%zu mentions, %" PRIu64 " entities, %" PRIu64 " comparisons, %.3f s\n", table->count - 1, counts.entities,
            counts.comparisons, (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    for (uint32_t i = 1; i < table->count; i++) {
        for (uint32_t j = i + 1; j < table->count; j++) {
            struct xf_trace trace;
            int32_t weight;

            if (strcmp(table->rows[i].fields[3], table->rows[j].fields[3]) != 0)
                continue;
            weight = weigh(bench, &mentions[i], &mentions[j], &trace);
            if (weight < xf_model_review_threshold(bench->model, XF_LOCATION))
                continue;
            found = must(realloc(found, (count + 1) * sizeof(*found)));
            found[count++] = (struct found){i, j, weight};
        }
    }
    if (count > 1)
        qsort(found, count, sizeof(*found), by_weight);
    for (size_t i = 0; i < count; i++) {
        char **a = table->rows[found[i].a].fields, **b = table->rows[found[i].b].fields;
        struct xf_trace trace;

        weigh(bench, &mentions[found[i].a], &mentions[found[i].b], &trace);
        printf("%d%s\n    %s %s\n    %s %s\n   ", found[i].weight,
               xf_linker_entity_of(linker, found[i].a - 1) == xf_linker_entity_of(linker, found[i].b - 1) ? " one" : "", a[2], a[3],
               b[2], b[3]);
        print_trace(&trace);
    }
    free(found);
    free(mentions);
    xf_linker_destroy(linker);
}

int main(int argc, char **argv)
{
    bool is_rank = argc >= 4 && strcmp(argv[1], "rank") == 0, is_pairs = argc == 4 && strcmp(argv[1], "pairs") == 0;
    struct bench bench = {0};
    struct table table;

    if (!is_rank && !is_pairs && !(argc == 3 && strcmp(argv[1], "parse") == 0))
        die("rank MODEL FILE [all] | parse FILE | pairs MODEL FILE");
    table = read_table(argv[is_rank || is_pairs ? 3 : 2], is_rank ? 6 : 4);
    if (is_rank || is_pairs) {
        bench.model = read_model(argv[2]);
        bench.symbols = must(xf_intern_create());
        bench.lexicon = (struct xf_lexicon){.model = bench.model, .symbols = bench.symbols};
    }
    if (is_rank)
        rank(&bench, &table, argc > 4);
    else if (is_pairs)
        pairs(&bench, &table);
    else
        parse(&table);
    free_table(&table);
    xf_lexicon_finish(&bench.lexicon);
    xf_intern_destroy(bench.symbols);
    xf_model_destroy(bench.model);
    return 0;
}
