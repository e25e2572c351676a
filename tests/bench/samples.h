/* SPDX-License-Identifier: Apache-2.0 */
/* What all parts of the benchmark's client share: the clock, times gathered and told, and giving up. */
#ifndef XF_BENCH_SAMPLES_H
#define XF_BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/* Says why, and ends the process: a benchmark has nothing to fall back to. */
void xf_bench_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

int64_t xf_bench_now(void); /* nanoseconds on the monotonic clock */

/* Durations of one kind. */
struct xf_samples {
    int64_t *values; /* nanoseconds */
    size_t count, capacity;
};

void xf_samples_add(struct xf_samples *samples, int64_t nanoseconds);
/* Prints NAME_p50_us and NAME_p99_us; sorts the values. */
void xf_samples_print(struct xf_samples *samples, const char *name);
void xf_samples_free(struct xf_samples *samples);

#endif
