/* SPDX-License-Identifier: Apache-2.0 */
/* The client's commands and what they are told. */
#ifndef XF_BENCH_CLIENT_H
#define XF_BENCH_CLIENT_H

#include <stddef.h>

#define XF_BENCH_FEEDS_MAX 16

/* A feed's principal and what it sends. */
struct xf_bench_feed {
    char name[64], token[128], file[1024];
};

struct xf_bench_plan {
    const char *address;           /* of the daemon, ADDRESS:PORT */
    const char *ca;                /* PEM file */
    const char *database;          /* libpq connection string */
    const char *certificate, *key; /* of the webhook endpoint */
    size_t connections, batch_bytes, rows, events;
    unsigned gap_us;
    struct xf_bench_feed feeds[XF_BENCH_FEEDS_MAX];
    size_t feed_count;
    char subscriber[128]; /* token */
};

/* Sends all feeds' files and waits until the fold has them. */
void xf_bench_ingest(const struct xf_bench_plan *plan);
/* Waits until what the daemon writes behind the fold is written, so that it does not compete with what is measured next. */
void xf_bench_settle(const struct xf_bench_plan *plan);
/* Copies the journal's records into a table like the journal. */
void xf_bench_copy(const struct xf_bench_plan *plan);
/* From POST to webhook, beside a commit and a round trip. */
void xf_bench_latency(const struct xf_bench_plan *plan);

#endif
