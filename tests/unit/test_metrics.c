/* SPDX-License-Identifier: Apache-2.0 */
/* The store of measurements: series by name and labels, Prometheus' text, threads. */
#include "check.h"

#include <pthread.h>
#include <stdio.h>

#include "../../daemon/metrics.h"

static void assert_has(struct xf_metrics *metrics, const char *line)
{
    size_t length;
    char *text = xf_metrics_text(metrics, &length);

    assert_non_null(text);
    assert_int_equal(strlen(text), length);
    if (!strstr(text, line))
        fail_msg("no\n%s\nin\n%s", line, text);
    free(text);
}

static void assert_lacks(struct xf_metrics *metrics, const char *line)
{
    size_t length;
    char *text = xf_metrics_text(metrics, &length);

    if (strstr(text, line))
        fail_msg("%s\nin\n%s", line, text);
    free(text);
}

static void test_counters(void **state)
{
    struct xf_metrics *metrics = xf_metrics_create();
    struct xf_metric *police = xf_metrics_counter(metrics, "a_total", "Of a.", "feed", "police", "result", "accepted", NULL);

    (void)state;
    assert_non_null(police);
    assert_ptr_equal(xf_metrics_counter(metrics, "a_total", "Of a.", "feed", "police", "result", "accepted", NULL), police);
    assert_ptr_not_equal(xf_metrics_counter(metrics, "a_total", "Of a.", "feed", "police", "result", "rejected", NULL), police);
    xf_metric_add(police, 3);
    xf_metric_add(police, 4);
    assert_has(metrics, "# HELP a_total Of a.\n# TYPE a_total counter\na_total{feed=\"police\",result=\"accepted\"} 7\n"
                        "a_total{feed=\"police\",result=\"rejected\"} 0\n");
    xf_metric_add(xf_metrics_counter(metrics, "b_total", "Of b.", "x", "a\"b\\c\nd", NULL), 1);
    assert_has(metrics, "b_total{x=\"a\\\"b\\\\c\\nd\"} 1\n");
    xf_metrics_destroy(metrics);
}

static void collect(void *context, struct xf_metrics *metrics)
{
    double *value = context;

    xf_metric_set(xf_metrics_gauge(metrics, "asked", "Asked.", NULL), *value);
}

static void test_gauges(void **state)
{
    struct xf_metrics *metrics = xf_metrics_create();
    double value = 12345678901.0;

    (void)state;
    xf_metrics_collect(metrics, collect, &value);
    assert_has(metrics, "asked 12345678901\n");
    value = 0.25;
    assert_has(metrics, "asked 0.25\n");
    xf_metric_set(xf_metrics_gauge(metrics, "old", "Old.", "subscription", "one", NULL), 1);
    xf_metric_set(xf_metrics_gauge(metrics, "old", "Old.", "subscription", "two", NULL), 2);
    xf_metrics_forget(metrics, "old");
    xf_metric_set(xf_metrics_gauge(metrics, "old", "Old.", "subscription", "two", NULL), 3);
    assert_lacks(metrics, "old{subscription=\"one\"}");
    assert_has(metrics, "old{subscription=\"two\"} 3\n");
    xf_metrics_destroy(metrics);
}

static void test_histograms(void **state)
{
    struct xf_metrics *metrics = xf_metrics_create();
    struct xf_metric *plain = xf_metrics_histogram(metrics, "h_seconds", "H.", NULL);
    struct xf_metric *labelled = xf_metrics_histogram(metrics, "l_seconds", "L.", "route", "/x", NULL);

    (void)state;
    xf_metric_observe(plain, .00025); /* on a bound: inside */
    xf_metric_observe(plain, .3);
    xf_metric_observe(plain, 100);
    xf_metric_observe(plain, -1);
    xf_metric_observe(labelled, 2);
    assert_has(metrics, "h_seconds_bucket{le=\"0.00025\"} 2\n");
    assert_has(metrics, "h_seconds_bucket{le=\"0.25\"} 2\nh_seconds_bucket{le=\"0.5\"} 3\n");
    assert_has(metrics,
               "h_seconds_bucket{le=\"30\"} 3\nh_seconds_bucket{le=\"+Inf\"} 4\nh_seconds_sum 100.30025\nh_seconds_count 4\n");
    assert_has(metrics, "l_seconds_bucket{route=\"/x\",le=\"2.5\"} 1\n");
    assert_has(metrics, "l_seconds_sum{route=\"/x\"} 2\nl_seconds_count{route=\"/x\"} 1\n");
    xf_metrics_destroy(metrics);
}

static void test_limits(void **state)
{
    struct xf_metrics *metrics = xf_metrics_create();
    char number[16], huge[1024];

    (void)state;
    for (int i = 0; i < XF_METRICS_SERIES_MAX + 2; i++) {
        struct xf_metric *metric;

        snprintf(number, sizeof(number), "%d", i);
        metric = xf_metrics_counter(metrics, "many_total", "Many.", "n", number, NULL);
        assert_int_equal(metric != NULL, i < XF_METRICS_SERIES_MAX);
        xf_metric_add(metric, 1); /* NULL does nothing */
    }
    assert_has(metrics, "crossflag_metrics_refused_total 2\n");
    memset(huge, '"', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    assert_null(xf_metrics_counter(metrics, "huge_total", "Huge.", "n", huge, NULL));
    assert_null(xf_metrics_gauge(NULL, "none", "None.", NULL));
    xf_metric_set(NULL, 1);
    xf_metric_observe(NULL, 1);
    xf_metrics_forget(NULL, "none");
    xf_metrics_destroy(metrics);
    xf_metrics_destroy(NULL);
}

static void *count_much(void *context)
{
    for (int i = 0; i < 20000; i++) {
        xf_metric_add(xf_metrics_counter(context, "t_total", "T.", "n", i % 2 ? "odd" : "even", NULL), 1);
        xf_metric_observe(xf_metrics_histogram(context, "t_seconds", "T.", NULL), .001);
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct xf_metrics *metrics = xf_metrics_create();
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, metrics), 0);
    for (int i = 0; i < 20; i++)
        assert_has(metrics, "crossflag_metrics_refused_total 0");
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_has(metrics, "t_total{n=\"odd\"} 40000\n");
    assert_has(metrics, "t_seconds_count 80000\n");
    xf_metrics_destroy(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters), cmocka_unit_test(test_gauges),  cmocka_unit_test(test_histograms),
        cmocka_unit_test(test_limits),   cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
