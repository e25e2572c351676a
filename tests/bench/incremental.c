/* SPDX-License-Identifier: Apache-2.0 */
/* How long a new mention takes against many, and what one costs in memory: loads mentions of an invented population, or of a CSV
 * file, into a linker as the fold does, one add and one settlement each, then measures more one by one: of the population further
 * ones; of the file each tenth is taken out again and comes anew. Prints figures as tests/bench/linkage collects them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crossflag/columns.h"
#include "crossflag/linker.h"
#include "population.h"

#define MEASURED 20000

struct bench {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_linker *linker;
    struct population *population;
    uint32_t number;
};

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long long total = 0, pages = 0;

    if (!file || fscanf(file, "%llu %llu", &total, &pages) != 2)
        stop("/proc/self/statm");
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static struct xf_model *read_model(const char *path)
{
    struct xf_error error = {0};
    struct xf_model *model;
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 26);
    size_t length;

    if (!file || !text)
        stop(path);
    length = fread(text, 1, 1 << 26, file);
    fclose(file);
    if (xf_model_parse(text, length, &model, &error) != XF_OK) {
        fprintf(stderr, "%s: %s %s\n", path, error.pointer, error.text);
        exit(1);
    }
    free(text);
    return model;
}

static void put(struct bench *bench, struct xf_mention *mention, enum xf_field field, const char *qualifier, const char *text)
{
    if (xf_mention_add(mention, bench->symbols, field, 0, 0, qualifier, text) != XF_OK)
        stop("xf_mention_add");
}

static void make_mention(struct bench *bench, const struct population_row *row, struct xf_mention *ret)
{
    ret->kind = XF_PERSON;
    ret->count = 0;
    put(bench, ret, XF_FIELD_GIVEN, NULL, row->given);
    put(bench, ret, XF_FIELD_FAMILY, NULL, row->family);
    if (row->birth_date && xf_mention_add_number(ret, XF_FIELD_BIRTH_DATE, 0, 0, row->birth_date) != XF_OK)
        stop("xf_mention_add_number");
    put(bench, ret, XF_FIELD_SEX, NULL, row->sex);
    put(bench, ret, XF_FIELD_ID, "nhs", row->nhs);
    put(bench, ret, XF_FIELD_HOUSE, NULL, row->house);
    put(bench, ret, XF_FIELD_STREET, NULL, row->street);
    put(bench, ret, XF_FIELD_TOWN, NULL, row->town);
    put(bench, ret, XF_FIELD_POSTCODE, NULL, row->postcode);
    put(bench, ret, XF_FIELD_PHONE, NULL, row->phone);
    xf_mention_seal(ret, bench->symbols);
}

/* Takes in the next mention; the time that its interning, its adding and its settlement took. */
static uint64_t take_next(struct bench *bench)
{
    struct population_row row;
    struct xf_mention mention;
    const struct xf_linker_change *changes;
    size_t change_count;
    uint32_t ordinal = 0;
    uint64_t start;

    if (!population_next(bench->population, &row))
        stop("the population has ended");
    start = now_ns();
    make_mention(bench, &row, &mention);
    if (xf_linker_add(bench->linker, bench->number, &mention) != XF_OK ||
        xf_linker_settle(bench->linker, bench->number + 1, &ordinal, &changes, &change_count) != XF_OK)
        stop("out of memory");
    bench->number++;
    return now_ns() - start;
}

/* The mentions of a file. */
struct table {
    struct bench *bench;
    struct xf_columns *columns;
    struct xf_layout *layout;
    struct xf_mention *mentions;
    size_t count, room;
};

static int take_row(void *context, unsigned line, const struct xf_cell *cells, size_t count)
{
    struct table *table = context;
    struct xf_error error = {0};
    struct xf_cell id;

    (void)line;
    if (!table->layout)
        return xf_layout_create(table->columns, cells, count, &table->layout, &error);
    if (table->count == table->room) {
        table->room = table->room ? table->room * 2 : 1024;
        table->mentions = realloc(table->mentions, table->room * sizeof(*table->mentions));
        if (!table->mentions)
            stop("out of memory");
    }
    return xf_layout_read(table->layout, cells, 0, table->bench->symbols, &id, &table->mentions[table->count++], &error);
}

static void read_table(struct table *table, const char *path, const char *spec)
{
    struct xf_error error = {0};
    struct xf_rows *rows = xf_rows_create(',', take_row, table);
    FILE *file = fopen(path, "rb");
    char piece[65536];
    size_t length;

    if (!file || !rows)
        stop(path);
    if (xf_columns_parse(spec, &table->columns, &error) != XF_OK)
        stop(error.text);
    while ((length = fread(piece, 1, sizeof(piece), file)) > 0)
        if (xf_rows_feed(rows, piece, length, &error) != XF_OK)
            stop(path);
    if (xf_rows_end(rows, &error) != XF_OK)
        stop(path);
    fclose(file);
    xf_rows_destroy(rows);
}

static uint64_t settle(struct bench *bench, const struct xf_mention *mention, uint32_t number)
{
    const struct xf_linker_change *changes;
    size_t change_count;
    uint32_t ordinal = 0;
    uint64_t start = now_ns();

    if ((mention && xf_linker_add(bench->linker, number, mention) != XF_OK) ||
        (!mention && xf_linker_remove(bench->linker, number) != XF_OK) ||
        xf_linker_settle(bench->linker, ++bench->number, &ordinal, &changes, &change_count) != XF_OK)
        stop("out of memory");
    return now_ns() - start;
}

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* 50578 → 50k, 10000000 → 10m */
static const char *short_number(uint64_t number, char text[static 24])
{
    if (number >= 1000000)
        snprintf(text, 24, "%llum", (unsigned long long)(number / 1000000));
    else if (number >= 1000)
        snprintf(text, 24, "%lluk", (unsigned long long)(number / 1000));
    else
        snprintf(text, 24, "%llu", (unsigned long long)number);
    return text;
}

static void load(struct bench *bench, uint64_t count)
{
    uint64_t total = 0, slowest = 0, slow = 0, step = count / 10 ? count / 10 : 1;

    for (uint64_t i = 1; i <= count; i++) {
        uint64_t took = take_next(bench);

        total += took;
        slow += took > 1000000;
        slowest = took > slowest ? took : slowest;
        if (i % step == 0)
            fprintf(stderr, "%11llu mentions  %.2f us each  slowest %.2f ms  %llu above 1 ms\n", (unsigned long long)i,
                    (double)total / 1000 / (double)i, (double)slowest / 1e6, (unsigned long long)slow);
    }
}

static void report_times(uint64_t *times, size_t measured, uint64_t count)
{
    char name[24];

    qsort(times, measured, sizeof(*times), compare_times);
    fprintf(stderr, "one more: p50 %.4f ms, p99 %.4f ms, max %.4f ms\n", (double)times[measured / 2] / 1e6,
            (double)times[measured / 100 * 99] / 1e6, (double)times[measured - 1] / 1e6);
    printf("figure incremental_%s_p99_ms %.4f\n", short_number(count, name), (double)times[measured / 100 * 99] / 1e6);
}

static void measure_file(struct bench *bench, const char *path, const char *spec)
{
    struct table table = {.bench = bench};
    size_t measured = 0;
    uint64_t *times;

    read_table(&table, path, spec);
    times = malloc((table.count / 10 + 1) * sizeof(*times));
    if (!times)
        stop("out of memory");
    for (size_t i = 0; i < table.count; i++)
        settle(bench, &table.mentions[i], (uint32_t)i);
    for (size_t i = 0; i + 10 <= table.count; i += 10) {
        settle(bench, NULL, (uint32_t)i);
        times[measured++] = settle(bench, &table.mentions[i], (uint32_t)i);
    }
    report_times(times, measured, table.count);
    free(times);
    free(table.mentions);
    xf_layout_destroy(table.layout);
    xf_columns_destroy(table.columns);
}

static void measure_population(struct bench *bench, uint64_t count, uint64_t seed)
{
    static uint64_t times[MEASURED];
    struct xf_linker_counts counts;
    uint64_t before = resident();
    double symbols;
    char name[24];

    bench->population = population_create(count + MEASURED, seed);
    if (!bench->population)
        stop("out of memory");
    load(bench, count);
    xf_linker_count(bench->linker, &counts);
    symbols = (double)xf_intern_size(bench->symbols);
    fprintf(stderr, "%llu profiles, %llu edges, %llu entities, %u symbols, %.1f comparisons a mention\n",
            (unsigned long long)counts.profiles, (unsigned long long)counts.edges, (unsigned long long)counts.entities,
            xf_intern_count(bench->symbols), (double)counts.comparisons / (double)count);
    fprintf(stderr, "bytes a mention: linker %.1f, symbols %.1f; resident %.1f\n", (double)counts.bytes / (double)count,
            symbols / (double)count, (double)(resident() - before) / (double)count);
    for (int i = 0; i < MEASURED; i++)
        times[i] = take_next(bench);
    report_times(times, MEASURED, count);
    printf("figure bytes_per_mention_%s %.1f\n", short_number(count, name), ((double)counts.bytes + symbols) / (double)count);
    population_destroy(bench->population);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    char *end = NULL;
    uint64_t count = argc > 2 ? strtoull(argv[2], &end, 10) : 0;
    bool numbered = count && end && !*end && count < UINT32_MAX - MEASURED - 1;

    if (argc < 3 || (!numbered && argc != 4)) {
        fprintf(stderr, "usage: %s MODEL COUNT [SEED]\n       %s MODEL FILE.csv COLUMNS\n", argv[0], argv[0]);
        return 2;
    }
    bench.model = read_model(argv[1]);
    bench.symbols = xf_intern_create();
    bench.linker = bench.symbols ? xf_linker_create(bench.model, bench.symbols) : NULL;
    if (!bench.linker)
        stop("out of memory");
    if (numbered)
        measure_population(&bench, count, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    else
        measure_file(&bench, argv[2], argv[3]);
    xf_linker_destroy(bench.linker);
    xf_intern_destroy(bench.symbols);
    xf_model_destroy(bench.model);
    return 0;
}
