/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics tells: counters, gauges and histograms by name and labels, in Prometheus' text format. Who measures keeps a handle
 * and owns the name:
 *
 *     struct xf_metric *accepted = xf_metrics_counter(metrics, "crossflag_ingest_records_total", "Records taken.", "feed", feed,
 * "result", "accepted", NULL); xf_metric_add(accepted, 1);
 *
 * Asking twice for the same name and labels gives the same handle, so rare events need not keep one. Thread-safe; adding, setting
 * and observing take no lock. No label ever names a person: feeds, routes, results, codes, subscriptions only. A NULL handle or
 * store is a no-op, so that parts can be tested without one. */
#ifndef XF_DAEMON_METRICS_H
#define XF_DAEMON_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct xf_metrics;
struct xf_metric; /* one series; lives as long as the store */

struct xf_metrics *xf_metrics_create(void); /* NULL when out of memory */
void xf_metrics_destroy(struct xf_metrics *metrics);

/* Finds or makes a series: name and help are constants; then label names and values in pairs, ended by NULL (values are copied).
 * NULL when out of memory or when the name already has XF_METRICS_SERIES_MAX series (then crossflag_metrics_refused_total counts).
 */
#define XF_METRICS_SERIES_MAX 2000
struct xf_metric *xf_metrics_counter(struct xf_metrics *metrics, const char *name, const char *help, ...) __attribute__((sentinel));
struct xf_metric *xf_metrics_gauge(struct xf_metrics *metrics, const char *name, const char *help, ...) __attribute__((sentinel));
/* Of durations in seconds: buckets from 0.25 ms to 30 s. */
struct xf_metric *xf_metrics_histogram(struct xf_metrics *metrics, const char *name, const char *help, ...)
    __attribute__((sentinel));

void xf_metric_add(struct xf_metric *counter, uint64_t count);
void xf_metric_set(struct xf_metric *gauge, double value);
void xf_metric_observe(struct xf_metric *histogram, double seconds);

/* collect is called on the loop's thread before the text is made, to set gauges whose value is a question (queue lengths,
 * positions, the oldest unacknowledged event). */
void xf_metrics_collect(struct xf_metrics *metrics, void (*collect)(void *context, struct xf_metrics *metrics), void *context);
/* Takes a gauge's series of one name away (those of label sets that have gone), before they are set again. */
void xf_metrics_forget(struct xf_metrics *metrics, const char *name);

/* Text of the exposition format 0.0.4; owned, NULL when out of memory. */
char *xf_metrics_text(struct xf_metrics *metrics, size_t *ret_length);

#endif
