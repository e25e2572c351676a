/* SPDX-License-Identifier: Apache-2.0 */
/* Records in, as fast as the daemon takes them: the feeds' files are cut into batches, mixed in proportion, and sent by a thread a
 * connection. The time runs from the first byte sent until the daemon's position (/readyz) has reached the last answer's: then all
 * is committed, linked and flagged. Invariant: every record is accepted, or the run fails. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "samples.h"
#include "wire.h"

#define FOLD_POLL_US 1000
#define FOLD_WAIT_NS (INT64_C(600) * 1000000000)

struct batch {
    const struct xf_bench_feed *feed;
    const char *bytes;
    size_t length;
    double place; /* where among its feed's bytes: 0 to 1 */
};

struct sending {
    const struct xf_bench_plan *plan;
    struct batch *batches;
    size_t count, capacity;
    pthread_barrier_t start;
    pthread_mutex_t lock; /* over what follows */
    size_t next;
    uint64_t accepted, bytes, retries, position;
    int64_t began, acknowledged;
};

/* Work */

static void add_batch(struct sending *sending, const struct batch *batch)
{
    if (sending->count == sending->capacity) {
        sending->capacity = sending->capacity ? sending->capacity * 2 : 128;
        sending->batches = realloc(sending->batches, sending->capacity * sizeof(*sending->batches));
        if (!sending->batches)
            xf_bench_die("out of memory");
    }
    sending->batches[sending->count++] = *batch;
}

/* Cuts a file at ends of lines. It stays mapped until the process ends. */
static void cut_file(struct sending *sending, const struct xf_bench_feed *feed)
{
    int fd = open(feed->file, O_RDONLY | O_CLOEXEC);
    struct stat status;
    const char *bytes;
    size_t size;

    if (fd < 0 || fstat(fd, &status) != 0)
        xf_bench_die("cannot read %s", feed->file);
    size = (size_t)status.st_size;
    bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0) : NULL;
    close(fd);
    if (bytes == MAP_FAILED)
        xf_bench_die("cannot map %s", feed->file);
    for (size_t at = 0; at < size;) {
        size_t length = size - at < sending->plan->batch_bytes ? size - at : sending->plan->batch_bytes;

        while (at + length < size && length && bytes[at + length - 1] != '\n')
            length--;
        if (!length)
            xf_bench_die("%s has a line over %zu bytes", feed->file, sending->plan->batch_bytes);
        add_batch(sending,
                  &(struct batch){.feed = feed, .bytes = bytes + at, .length = length, .place = (double)at / (double)size});
        at += length;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct batch *left = a, *right = b;

    return left->place != right->place ? (left->place > right->place) - (left->place < right->place)
                                       : (left->feed > right->feed) - (left->feed < right->feed);
}

/* Sending */

static const struct batch *take(struct sending *sending)
{
    const struct batch *batch = NULL;

    pthread_mutex_lock(&sending->lock);
    if (!sending->began)
        sending->began = xf_bench_now();
    if (sending->next < sending->count)
        batch = &sending->batches[sending->next++];
    pthread_mutex_unlock(&sending->lock);
    return batch;
}

static void note(struct sending *sending, const struct batch *batch, const struct xf_answer *answer)
{
    uint64_t accepted, position;

    if (answer->status != 200)
        xf_bench_die("a batch of feed %s was answered %d: %.600s", batch->feed->name, answer->status, answer->body);
    accepted = xf_answer_number(answer, "accepted");
    if (accepted != xf_answer_number(answer, "received"))
        xf_bench_die("records of feed %s were not accepted: %.600s", batch->feed->name, answer->body);
    position = xf_answer_number(answer, "position");
    pthread_mutex_lock(&sending->lock);
    sending->accepted += accepted;
    sending->bytes += batch->length;
    if (position > sending->position)
        sending->position = position;
    sending->acknowledged = xf_bench_now();
    pthread_mutex_unlock(&sending->lock);
}

static void *send_batches(void *argument)
{
    struct sending *sending = argument;
    const struct batch *batch;
    struct xf_wire *wire = xf_wire_open(xf_wire_context(sending->plan->ca), sending->plan->address);

    pthread_barrier_wait(&sending->start);
    while ((batch = take(sending))) {
        struct xf_answer answer;
        char path[128];

        snprintf(path, sizeof(path), "/v1/feeds/%s/records", batch->feed->name);
        for (;;) {
            xf_wire_ask(wire, "POST", path, batch->feed->token, "application/x-ndjson", batch->bytes, batch->length, &answer);
            if ((answer.status != 429 && answer.status != 503) || !answer.retry_after)
                break;
            pthread_mutex_lock(&sending->lock);
            sending->retries++;
            pthread_mutex_unlock(&sending->lock);
            sleep((unsigned)answer.retry_after);
        }
        note(sending, batch, &answer);
    }
    xf_wire_close(wire);
    return NULL;
}

/* The instant at which the fold has reached the position. */
static int64_t await_fold(const struct sending *sending, struct xf_wire *wire)
{
    for (;;) {
        struct xf_answer answer;
        int64_t now;

        xf_wire_ask(wire, "GET", "/readyz", NULL, NULL, NULL, 0, &answer);
        now = xf_bench_now();
        if (xf_answer_number(&answer, "position") >= sending->position)
            return now;
        if (now - sending->began > FOLD_WAIT_NS)
            xf_bench_die("the fold did not reach position %llu", (unsigned long long)sending->position);
        usleep(FOLD_POLL_US);
    }
}

void xf_bench_ingest(const struct xf_bench_plan *plan)
{
    struct sending sending = {.plan = plan, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[64];
    struct xf_wire *watch;
    int64_t folded;

    if (!plan->connections || plan->connections > sizeof(threads) / sizeof(threads[0]))
        xf_bench_die("--connections must be 1 to %zu", sizeof(threads) / sizeof(threads[0]));
    for (size_t i = 0; i < plan->feed_count; i++)
        cut_file(&sending, &plan->feeds[i]);
    if (!sending.count)
        xf_bench_die("there is nothing to send");
    qsort(sending.batches, sending.count, sizeof(*sending.batches), by_place);
    pthread_barrier_init(&sending.start, NULL, (unsigned)plan->connections);
    for (size_t i = 0; i < plan->connections; i++)
        if (pthread_create(&threads[i], NULL, send_batches, &sending) != 0)
            xf_bench_die("a thread cannot be started");
    for (size_t i = 0; i < plan->connections; i++)
        pthread_join(threads[i], NULL);
    /* Opened now, since a long run would outlive the daemon's patience with an idle connection. */
    watch = xf_wire_open(xf_wire_context(plan->ca), plan->address);
    folded = await_fold(&sending, watch);
    xf_wire_close(watch);
    printf("records %llu\nbytes %llu\nbatches %zu\nretries %llu\nposition %llu\nacknowledged_s %.6f\nfolded_s %.6f\n",
           (unsigned long long)sending.accepted, (unsigned long long)sending.bytes, sending.count,
           (unsigned long long)sending.retries, (unsigned long long)sending.position,
           (double)(sending.acknowledged - sending.began) / 1e9, (double)(folded - sending.began) / 1e9);
    pthread_barrier_destroy(&sending.start);
    free(sending.batches);
}
