/* SPDX-License-Identifier: Apache-2.0 */
/* The store of what is measured, and its text for Prometheus. Everybody in daemon/ makes series; operation.c serves the text. A
 * series, once made, never moves and lives until the store's end, so its handle can be kept and written by any thread without a
 * lock; the lock guards only the lists. Series of one name form a family, which has one type and one help text; families are shown
 * in the order of their names. */
#include "metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash) /* the default one has fall-throughs that clang refuses */
#include <uthash.h>

enum type { COUNTER, GAUGE, HISTOGRAM };

static const double bounds[] = {.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};
#define BOUND_COUNT (sizeof(bounds) / sizeof(bounds[0]))

#define NANOSECONDS 1e9
#define LABELS_MAX 512

struct xf_metric {
    char *labels; /* "a=\"b\",c=\"d\"", also the key; empty without any */
    UT_hash_handle hh;
    _Atomic bool forgotten;     /* a gauge that is not shown until it is set again */
    _Atomic uint64_t count;     /* of a counter; of a histogram: all observations */
    _Atomic double value;       /* of a gauge */
    _Atomic uint64_t sum;       /* of a histogram, in nanoseconds */
    _Atomic uint64_t buckets[]; /* of a histogram, BOUND_COUNT of them, not cumulative */
};

struct family {
    char *name;
    const char *help;
    enum type type;
    struct xf_metric *series; /* hash by labels */
    UT_hash_handle hh;
};

struct collector {
    void (*collect)(void *context, struct xf_metrics *metrics);
    void *context;
    struct collector *next;
};

struct xf_metrics {
    pthread_mutex_t lock;
    struct family *families; /* hash by name */
    struct collector *collectors;
    _Atomic uint64_t refused;
};

struct xf_metrics *xf_metrics_create(void)
{
    struct xf_metrics *metrics = calloc(1, sizeof(*metrics));

    if (metrics)
        pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

void xf_metrics_destroy(struct xf_metrics *metrics)
{
    struct family *family, *next_family;
    struct xf_metric *metric, *next_metric;

    if (!metrics)
        return;
    HASH_ITER(hh, metrics->families, family, next_family)
    {
        HASH_ITER(hh, family->series, metric, next_metric)
        {
            HASH_DEL(family->series, metric);
            free(metric->labels);
            free(metric);
        }
        HASH_DEL(metrics->families, family);
        free(family->name);
        free(family);
    }
    while (metrics->collectors) {
        struct collector *next = metrics->collectors->next;

        free(metrics->collectors);
        metrics->collectors = next;
    }
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* ---- making series ---- */

/* The label pairs as the exposition format writes them, in a buffer of the caller's: series are looked up often. False when they do
 * not fit. */
static bool format_labels(char *text, size_t size, va_list args)
{
    const char *name;
    size_t used = 0;

    text[0] = '\0';
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);
        int written = snprintf(text + used, size - used, "%s%s=\"", used ? "," : "", name);

        if (written < 0 || (size_t)written >= size - used)
            return false;
        used += (size_t)written;
        for (; *value; value++) {
            if (used + 4 > size)
                return false;
            if (*value == '\n' || *value == '\\' || *value == '"')
                text[used++] = '\\';
            text[used++] = *value == '\n' ? 'n' : *value;
        }
        text[used++] = '"';
        text[used] = '\0';
    }
    return true;
}

static struct family *find_family(struct xf_metrics *metrics, const char *name, const char *help, enum type type)
{
    struct family *family;

    HASH_FIND_STR(metrics->families, name, family);
    if (family) {
        assert(family->type == type);
        return family;
    }
    family = calloc(1, sizeof(*family));
    if (!family)
        return NULL;
    family->name = strdup(name);
    if (!family->name) {
        free(family);
        return NULL;
    }
    family->help = help;
    family->type = type;
    HASH_ADD_KEYPTR(hh, metrics->families, family->name, strlen(family->name), family);
    return family;
}

static struct xf_metric *find_series(struct xf_metrics *metrics, const char *name, const char *help, enum type type, va_list args)
{
    struct xf_metric *metric = NULL;
    struct family *family;
    char labels[LABELS_MAX];

    if (!format_labels(labels, sizeof(labels), args))
        return NULL;
    pthread_mutex_lock(&metrics->lock);
    family = find_family(metrics, name, help, type);
    if (!family)
        goto out;
    HASH_FIND_STR(family->series, labels, metric);
    if (metric)
        goto out;
    if (HASH_COUNT(family->series) >= XF_METRICS_SERIES_MAX) {
        atomic_fetch_add_explicit(&metrics->refused, 1, memory_order_relaxed);
        goto out;
    }
    metric = calloc(1, sizeof(*metric) + (type == HISTOGRAM ? BOUND_COUNT * sizeof(metric->buckets[0]) : 0));
    if (!metric)
        goto out;
    metric->labels = strdup(labels);
    if (!metric->labels) {
        free(metric);
        metric = NULL;
        goto out;
    }
    HASH_ADD_KEYPTR(hh, family->series, metric->labels, strlen(metric->labels), metric);

out:
    pthread_mutex_unlock(&metrics->lock);
    return metric;
}

#define MAKE(function, type)                                                                                                       \
    struct xf_metric *function(struct xf_metrics *metrics, const char *name, const char *help, ...)                                \
    {                                                                                                                              \
        struct xf_metric *metric;                                                                                                  \
        va_list args;                                                                                                              \
                                                                                                                                   \
        if (!metrics)                                                                                                              \
            return NULL;                                                                                                           \
        va_start(args, help);                                                                                                      \
        metric = find_series(metrics, name, help, type, args);                                                                     \
        va_end(args);                                                                                                              \
        return metric;                                                                                                             \
    }
MAKE(xf_metrics_counter, COUNTER)
MAKE(xf_metrics_gauge, GAUGE)
MAKE(xf_metrics_histogram, HISTOGRAM)

/* ---- measuring ---- */

void xf_metric_add(struct xf_metric *counter, uint64_t count)
{
    if (counter)
        atomic_fetch_add_explicit(&counter->count, count, memory_order_relaxed);
}

void xf_metric_set(struct xf_metric *gauge, double value)
{
    if (!gauge)
        return;
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
    gauge->forgotten = false;
}

void xf_metric_observe(struct xf_metric *histogram, double seconds)
{
    size_t bucket = 0;

    if (!histogram)
        return;
    if (!(seconds > 0)) /* a clock that stepped back */
        seconds = 0;
    while (bucket < BOUND_COUNT && seconds > bounds[bucket])
        bucket++;
    if (bucket < BOUND_COUNT)
        atomic_fetch_add_explicit(&histogram->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum, (uint64_t)(seconds * NANOSECONDS), memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->count, 1, memory_order_relaxed);
}

void xf_metrics_collect(struct xf_metrics *metrics, void (*collect)(void *context, struct xf_metrics *metrics), void *context)
{
    struct collector *collector;

    if (!metrics)
        return;
    collector = malloc(sizeof(*collector));
    if (!collector)
        return;
    pthread_mutex_lock(&metrics->lock);
    *collector = (struct collector){collect, context, metrics->collectors};
    metrics->collectors = collector;
    pthread_mutex_unlock(&metrics->lock);
}

void xf_metrics_forget(struct xf_metrics *metrics, const char *name)
{
    struct family *family;
    struct xf_metric *metric, *next;

    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->lock);
    HASH_FIND_STR(metrics->families, name, family);
    if (family && family->type == GAUGE) {
        HASH_ITER(hh, family->series, metric, next)
        metric->forgotten = true;
    }
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- the text ---- */

static const char *type_name(enum type type)
{
    switch (type) {
    case COUNTER:
        return "counter";
    case GAUGE:
        return "gauge";
    case HISTOGRAM:
        return "histogram";
    }
    return "untyped";
}

static void write_histogram(FILE *stream, const char *name, struct xf_metric *metric)
{
    const char *comma = *metric->labels ? "," : "";
    uint64_t total = 0, count;

    for (size_t i = 0; i < BOUND_COUNT; i++) {
        total += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        fprintf(stream, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, metric->labels, comma, bounds[i], (unsigned long long)total);
    }
    /* Read after the buckets, it could only lag behind them by what is observed meanwhile. */
    count = atomic_load_explicit(&metric->count, memory_order_relaxed);
    if (count < total)
        count = total;
    fprintf(stream, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, metric->labels, comma, (unsigned long long)count);
    if (*metric->labels) {
        fprintf(stream, "%s_sum{%s} %.9g\n", name, metric->labels, (double)atomic_load(&metric->sum) / NANOSECONDS);
        fprintf(stream, "%s_count{%s} %llu\n", name, metric->labels, (unsigned long long)count);
    } else {
        fprintf(stream, "%s_sum %.9g\n%s_count %llu\n", name, (double)atomic_load(&metric->sum) / NANOSECONDS, name,
                (unsigned long long)count);
    }
}

static void write_family(FILE *stream, struct family *family)
{
    struct xf_metric *metric, *next;

    fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name, type_name(family->type));
    HASH_ITER(hh, family->series, metric, next)
    {
        if (family->type == HISTOGRAM) {
            write_histogram(stream, family->name, metric);
            continue;
        }
        if (metric->forgotten)
            continue;
        fputs(family->name, stream);
        if (*metric->labels)
            fprintf(stream, "{%s}", metric->labels);
        if (family->type == COUNTER)
            fprintf(stream, " %llu\n", (unsigned long long)atomic_load_explicit(&metric->count, memory_order_relaxed));
        else
            fprintf(stream, " %.17g\n", atomic_load_explicit(&metric->value, memory_order_relaxed));
    }
}

static int by_name(struct family *a, struct family *b)
{
    return strcmp(a->name, b->name);
}

char *xf_metrics_text(struct xf_metrics *metrics, size_t *ret_length)
{
    struct family *family, *next;
    char *text = NULL;
    size_t length;
    FILE *stream;
    bool broken;

    /* Without the lock: collectors make series. The list only grows at its head, while parts start. */
    for (struct collector *collector = metrics->collectors; collector; collector = collector->next)
        collector->collect(collector->context, metrics);
    stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    pthread_mutex_lock(&metrics->lock);
    HASH_SORT(metrics->families, by_name);
    HASH_ITER(hh, metrics->families, family, next)
    write_family(stream, family);
    pthread_mutex_unlock(&metrics->lock);
    fprintf(stream,
            "# HELP crossflag_metrics_refused_total Series that were not made because their name had too many.\n"
            "# TYPE crossflag_metrics_refused_total counter\ncrossflag_metrics_refused_total %llu\n",
            (unsigned long long)atomic_load(&metrics->refused));
    broken = ferror(stream) != 0;
    if (fclose(stream) != 0 || broken) {
        free(text);
        return NULL;
    }
    *ret_length = length;
    return text;
}
