/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark's clock and its percentiles. Called by every part of the client. Invariant: a percentile is a value that was
 * measured (the nearest rank), never one in between. */
#include "samples.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void xf_bench_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("bench_client: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

int64_t xf_bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void xf_samples_add(struct xf_samples *samples, int64_t nanoseconds)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 512;
        samples->values = realloc(samples->values, samples->capacity * sizeof(*samples->values));
        if (!samples->values)
            xf_bench_die("out of memory");
    }
    samples->values[samples->count++] = nanoseconds;
}

static int ascending(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static double rank_us(const struct xf_samples *samples, size_t per_cent)
{
    size_t rank = (samples->count * per_cent + 99) / 100;

    return (double)samples->values[rank ? rank - 1 : 0] / 1000;
}

void xf_samples_print(struct xf_samples *samples, const char *name)
{
    if (!samples->count)
        xf_bench_die("nothing was measured for %s", name);
    qsort(samples->values, samples->count, sizeof(*samples->values), ascending);
    printf("%s_p50_us %.1f\n%s_p99_us %.1f\n", name, rank_us(samples, 50), name, rank_us(samples, 99));
}

void xf_samples_free(struct xf_samples *samples)
{
    free(samples->values);
    *samples = (struct xf_samples){0};
}
