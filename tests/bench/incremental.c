/* SPDX-License-Identifier: Apache-2.0 */
/* How long a new mention takes against many, and what one costs in memory: loads mentions of an invented population into a linker
 * as the fold does, one add and one settlement each, then measures 20,000 more one by one. Prints figures as tests/run collects
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
    static uint64_t times[MEASURED];
    struct bench bench = {0};
    struct xf_linker_counts counts;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1, before;
    double symbols;
    char name[24];

    if (!count || count > UINT32_MAX - MEASURED - 1) {
        fprintf(stderr, "usage: %s MODEL COUNT [SEED]\n", argv[0]);
        return 2;
    }
    bench.model = read_model(argv[1]);
    bench.population = population_create(count + MEASURED, seed);
    bench.symbols = xf_intern_create();
    bench.linker = bench.symbols ? xf_linker_create(bench.model, bench.symbols) : NULL;
    if (!bench.population || !bench.linker)
        stop("out of memory");
    before = resident();
    load(&bench, count);
    xf_linker_count(bench.linker, &counts);
    symbols = (double)xf_intern_size(bench.symbols);
    fprintf(stderr, "%llu profiles, %llu edges, %llu entities, %u symbols, %.1f comparisons a mention\n",
            (unsigned long long)counts.profiles, (unsigned long long)counts.edges, (unsigned long long)counts.entities,
            xf_intern_count(bench.symbols), (double)counts.comparisons / (double)count);
    fprintf(stderr, "bytes a mention: linker %.1f, symbols %.1f; resident %.1f\n", (double)counts.bytes / (double)count,
            symbols / (double)count, (double)(resident() - before) / (double)count);
    for (int i = 0; i < MEASURED; i++)
        times[i] = take_next(&bench);
    qsort(times, MEASURED, sizeof(*times), compare_times);
    fprintf(stderr, "one more: p50 %.4f ms, p99 %.4f ms, max %.4f ms\n", (double)times[MEASURED / 2] / 1e6,
            (double)times[MEASURED / 100 * 99] / 1e6, (double)times[MEASURED - 1] / 1e6);
    short_number(count, name);
    printf("figure incremental_%s_p99_ms %.4f\n", name, (double)times[MEASURED / 100 * 99] / 1e6);
    printf("figure bytes_per_mention_%s %.1f\n", name, ((double)counts.bytes + symbols) / (double)count);
    xf_linker_destroy(bench.linker);
    xf_intern_destroy(bench.symbols);
    xf_model_destroy(bench.model);
    population_destroy(bench.population);
    return 0;
}
