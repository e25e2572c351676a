/* SPDX-License-Identifier: Apache-2.0 */
/* The delivery thread's hand in the database. One thread, one connection: answers requests in order and writes what was noted some
 * 100 ms later, in one transaction that does not wait for the disk, since losing it only sends an alert again. Invariants: a cursor
 * is written after its delivery, never before; notes are bounded (beyond, attempts are dropped and counted in the log, cursors are
 * kept: one a subscription). */
#include "ledger.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "log.h"
#include "notes.h"

#define FLUSH_MS 100
#define RETRY_MS 1000
#define SWEEP_EVERY_MS (3600 * INT64_C(1000))
#define SWEEP_AGAIN_MS (10 * INT64_C(1000))
#define SWEEP_MAX 20000

struct request {
    struct xf_ledger_answer *answer; /* to be filled */
    uint64_t after;
    size_t max;
    char **references;
    size_t reference_count;
    STAILQ_ENTRY(request) next;
};

struct answered {
    struct xf_ledger_answer *answer;
    STAILQ_ENTRY(answered) next;
};

struct xf_ledger {
    char *conninfo;
    int64_t keep_us;
    void (*ready)(void *context);
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    STAILQ_HEAD(, request) requests;
    STAILQ_HEAD(, answered) answers;
    struct xf_notes notes;
    int64_t flush_at; /* of the notes, on the monotonic clock */
    /* The thread's own */
    struct xf_db *db;
    bool away; /* logged already */
};

static int64_t wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void xf_ledger_note(struct xf_ledger *ledger, const struct xf_attempt *attempt)
{
    pthread_mutex_lock(&ledger->lock);
    /* Only the first note wakes: the others of the next 100 ms go into the same transaction. */
    if (!xf_notes_any(&ledger->notes)) {
        ledger->flush_at = monotonic_ms() + FLUSH_MS;
        pthread_cond_signal(&ledger->wake);
    }
    xf_notes_add(&ledger->notes, attempt);
    pthread_mutex_unlock(&ledger->lock);
}

/* Requests */

static void request_free(struct request *request)
{
    if (!request)
        return;
    for (size_t i = 0; i < request->reference_count; i++)
        free(request->references[i]);
    free(request->references);
    xf_ledger_answer_free(request->answer);
    free(request);
}

static struct request *request_create(enum xf_ledger_kind kind, unsigned round)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request)
        return NULL;
    request->answer = calloc(1, sizeof(*request->answer));
    if (!request->answer) {
        free(request);
        return NULL;
    }
    request->answer->kind = kind;
    request->answer->round = round;
    return request;
}

static void ask(struct xf_ledger *ledger, struct request *request)
{
    pthread_mutex_lock(&ledger->lock);
    STAILQ_INSERT_TAIL(&ledger->requests, request, next);
    pthread_cond_signal(&ledger->wake);
    pthread_mutex_unlock(&ledger->lock);
}

int xf_ledger_ask_cursors(struct xf_ledger *ledger, unsigned round)
{
    struct request *request = request_create(XF_LEDGER_CURSORS, round);

    if (!request)
        return XF_ENOMEM;
    ask(ledger, request);
    return XF_OK;
}

int xf_ledger_ask_secrets(struct xf_ledger *ledger, unsigned round, const char *const *references, size_t count)
{
    struct request *request = request_create(XF_LEDGER_SECRETS, round);

    if (!request)
        return XF_ENOMEM;
    request->references = calloc(count ? count : 1, sizeof(*request->references));
    request->answer->secrets = calloc(count ? count : 1, sizeof(*request->answer->secrets));
    for (size_t i = 0; request->references && i < count; i++) {
        request->references[i] = strdup(references[i]);
        if (!request->references[i])
            break;
        request->reference_count++;
    }
    if (request->reference_count != count || !request->answer->secrets) {
        request_free(request);
        return XF_ENOMEM;
    }
    ask(ledger, request);
    return XF_OK;
}

int xf_ledger_ask_events(struct xf_ledger *ledger, unsigned round, const char *subscription, uint64_t after, size_t max)
{
    struct request *request = request_create(XF_LEDGER_EVENTS, round);

    if (!request)
        return XF_ENOMEM;
    request->answer->subscription = strdup(subscription);
    request->answer->events = calloc(1, sizeof(*request->answer->events));
    if (!request->answer->subscription || !request->answer->events) {
        request_free(request);
        return XF_ENOMEM;
    }
    request->after = after;
    request->max = max;
    ask(ledger, request);
    return XF_OK;
}

struct xf_ledger_answer *xf_ledger_collect(struct xf_ledger *ledger)
{
    struct xf_ledger_answer *answer = NULL;
    struct answered *answered;

    pthread_mutex_lock(&ledger->lock);
    answered = STAILQ_FIRST(&ledger->answers);
    if (answered)
        STAILQ_REMOVE_HEAD(&ledger->answers, next);
    pthread_mutex_unlock(&ledger->lock);
    if (answered)
        answer = answered->answer;
    free(answered);
    return answer;
}

void xf_ledger_answer_free(struct xf_ledger_answer *answer)
{
    if (!answer)
        return;
    for (size_t i = 0; i < answer->secret_count; i++)
        xf_secret_wipe(&answer->secrets[i]);
    free(answer->secrets);
    free(answer->cursors);
    if (answer->events)
        xf_events_clear(answer->events);
    free(answer->events);
    free(answer->subscription);
    free(answer);
}

/* The thread */

static void database_failed(struct xf_ledger *ledger, const struct xf_error *error)
{
    if (!ledger->away)
        xf_log(XF_LOG_WARNING, "ledger.database_away", "{s:s}", "reason", error->text);
    ledger->away = true;
    if (ledger->db && !xf_db_alive(ledger->db)) {
        xf_db_close(ledger->db);
        ledger->db = NULL;
    }
}

static bool connected(struct xf_ledger *ledger)
{
    struct xf_error error = {0};

    if (ledger->db)
        return true;
    ledger->db = xf_db_connect(ledger->conninfo, "crossflag delivery", 5, &error);
    /* Nothing here is worth a wait for the disk: a cursor that is lost sends an alert again. */
    if (ledger->db && xf_db_script(ledger->db, "set synchronous_commit = off", &error) == XF_OK) {
        ledger->away = false;
        return true;
    }
    database_failed(ledger, &error);
    xf_db_close(ledger->db);
    ledger->db = NULL;
    return false;
}

static int load_cursors(struct xf_db *db, struct xf_ledger_answer *answer, struct xf_error *error)
{
    struct xf_rows *rows =
        xf_db_query(db, "select subscription, delivered, attempts, failing_since from delivery", NULL, 0, false, error);
    int count;

    if (!rows)
        return XF_EIO;
    count = xf_rows_count(rows);
    answer->cursors = calloc(count ? (size_t)count : 1, sizeof(*answer->cursors));
    if (!answer->cursors) {
        xf_rows_free(rows);
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    for (int row = 0; row < count; row++) {
        struct xf_cursor *cursor = &answer->cursors[answer->cursor_count++];

        snprintf(cursor->subscription, sizeof(cursor->subscription), "%s", xf_rows_value(rows, row, 0));
        cursor->delivered = (uint64_t)xf_rows_integer(rows, row, 1);
        cursor->attempts = (unsigned)xf_rows_integer(rows, row, 2);
        cursor->failing_since = xf_rows_integer(rows, row, 3);
    }
    xf_rows_free(rows);
    return XF_OK;
}

static int serve(struct xf_ledger *ledger, struct request *request, struct xf_error *error)
{
    struct xf_ledger_answer *answer = request->answer;

    switch (answer->kind) {
    case XF_LEDGER_CURSORS:
        return load_cursors(ledger->db, answer, error);
    case XF_LEDGER_SECRETS:
        return xf_secret_load(ledger->db, (const char *const *)request->references, request->reference_count, answer->secrets,
                              &answer->secret_count, error);
    case XF_LEDGER_EVENTS:
        answer->events->subscription = answer->subscription;
        answer->events->after = request->after;
        answer->events->max = request->max;
        return xf_events_read(ledger->db, answer->events, error);
    }
    return XF_EINVAL;
}

/* Serves the oldest request. It stays in the queue when the database fails. */
static bool serve_first(struct xf_ledger *ledger, struct request *request)
{
    struct answered *answered = calloc(1, sizeof(*answered));
    struct xf_error error = {0};

    if (!answered || !connected(ledger) || serve(ledger, request, &error) != XF_OK) {
        if (answered && ledger->db)
            database_failed(ledger, &error);
        free(answered);
        return false;
    }
    answered->answer = request->answer;
    request->answer = NULL;
    pthread_mutex_lock(&ledger->lock);
    STAILQ_REMOVE_HEAD(&ledger->requests, next);
    STAILQ_INSERT_TAIL(&ledger->answers, answered, next);
    pthread_mutex_unlock(&ledger->lock);
    request_free(request);
    ledger->ready(ledger->context);
    return true;
}

/* Writes all that was noted. False: the database failed and the notes are kept. */
static bool flush(struct xf_ledger *ledger)
{
    struct xf_error error = {0};
    struct xf_notes taken;
    bool written = false;

    pthread_mutex_lock(&ledger->lock);
    taken = ledger->notes;
    ledger->notes = (struct xf_notes){0};
    pthread_mutex_unlock(&ledger->lock);
    if (connected(ledger)) {
        written = xf_notes_write(&taken, ledger->db, &error) == XF_OK;
        if (!written)
            database_failed(ledger, &error);
    }
    if (written && taken.dropped)
        xf_log(XF_LOG_WARNING, "ledger.attempts_dropped", "{s:I}", "count", (json_int_t)taken.dropped);
    if (!written) {
        pthread_mutex_lock(&ledger->lock);
        xf_notes_put_back(&ledger->notes, &taken);
        pthread_mutex_unlock(&ledger->lock);
    }
    xf_notes_clear(&taken);
    return written;
}

/* Takes old events, attempts and secrets away, in bites. False: there is more, or the database failed. */
static bool sweep(struct xf_ledger *ledger)
{
    struct xf_error error = {0};
    uint64_t taken = 0;

    if (!connected(ledger))
        return false;
    if (xf_events_expire(ledger->db, wall_us() - ledger->keep_us, SWEEP_MAX, &taken, &error) == XF_OK &&
        xf_secret_sweep(ledger->db, wall_us(), &error) == XF_OK)
        return taken < SWEEP_MAX;
    database_failed(ledger, &error);
    return false;
}

/* With the lock: waits for a signal, at most until an instant of the monotonic clock. */
static void wait_until(struct xf_ledger *ledger, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

    pthread_cond_timedwait(&ledger->wake, &ledger->lock, &until);
}

static void *run(void *argument)
{
    struct xf_ledger *ledger = argument;
    int64_t next_sweep = 0, retry_at = 0;

    pthread_setname_np(pthread_self(), "ledger");
    pthread_mutex_lock(&ledger->lock);
    for (;;) {
        struct request *request = ledger->stopping ? NULL : STAILQ_FIRST(&ledger->requests);
        int64_t now = monotonic_ms();
        bool any = xf_notes_any(&ledger->notes), due = any && (now >= ledger->flush_at || ledger->stopping), ok = true;

        /* The last flush is tried once: a database that is away must not hold the daemon's end up. */
        if (ledger->stopping && (!any || retry_at))
            break;
        if (retry_at > now) {
            wait_until(ledger, retry_at);
            continue;
        }
        if (!request && !due && now < next_sweep) {
            wait_until(ledger, any ? ledger->flush_at : next_sweep);
            continue;
        }
        pthread_mutex_unlock(&ledger->lock);
        if (request)
            ok = serve_first(ledger, request);
        else if (due)
            ok = flush(ledger);
        else
            next_sweep = now + (sweep(ledger) ? SWEEP_EVERY_MS : SWEEP_AGAIN_MS);
        retry_at = ok ? 0 : now + RETRY_MS;
        pthread_mutex_lock(&ledger->lock);
    }
    pthread_mutex_unlock(&ledger->lock);
    xf_db_close(ledger->db);
    ledger->db = NULL;
    return NULL;
}

struct xf_ledger *xf_ledger_start(const char *conninfo, unsigned keep_days, void (*ready)(void *context), void *context)
{
    struct xf_ledger *ledger = calloc(1, sizeof(*ledger));
    pthread_condattr_t monotonic;

    if (!ledger)
        return NULL;
    ledger->conninfo = strdup(conninfo);
    ledger->keep_us = (int64_t)keep_days * 24 * 3600 * 1000000;
    ledger->ready = ready;
    ledger->context = context;
    STAILQ_INIT(&ledger->requests);
    STAILQ_INIT(&ledger->answers);
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&ledger->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (ledger->conninfo && pthread_create(&ledger->thread, NULL, run, ledger) == 0)
        return ledger;
    free(ledger->conninfo);
    pthread_cond_destroy(&ledger->wake);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger);
    return NULL;
}

void xf_ledger_stop(struct xf_ledger *ledger)
{
    struct xf_ledger_answer *answer;
    struct request *request;

    if (!ledger)
        return;
    pthread_mutex_lock(&ledger->lock);
    ledger->stopping = true;
    pthread_cond_signal(&ledger->wake);
    pthread_mutex_unlock(&ledger->lock);
    pthread_join(ledger->thread, NULL);
    while ((request = STAILQ_FIRST(&ledger->requests))) {
        STAILQ_REMOVE_HEAD(&ledger->requests, next);
        request_free(request);
    }
    while ((answer = xf_ledger_collect(ledger)))
        xf_ledger_answer_free(answer);
    xf_notes_clear(&ledger->notes);
    free(ledger->conninfo);
    pthread_cond_destroy(&ledger->wake);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger);
}
