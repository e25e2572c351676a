/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's thread: connects, follows, takes the lease (writing itself is commit.c), and the doors through which other threads
 * reach it. main.c starts it; intake and the API submit; the engine gets every entry through `committed`, in order of positions,
 * each once, whichever daemon wrote it. Phases are steps of one loop: each does a bounded piece of work and returns. */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "journal_state.h"
#include "log.h"
#include "statement.h"

#define CONNECT_S 2
#define POLL_MS 50  /* a follower's look at the head */
#define LOCK_MS 250 /* and its tries for the lease */
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 1000
#define TELL_MS 30000 /* between two log lines about one trouble */
#define TAIL_ENTRIES 2048

/* One round trip a commit leaves no time to plan, and the statements are the same for ever. Plans are made while the tables are
 * still empty: without sequential scans, or the head would be looked for by one when they have grown. */
static const char session_sql[] = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

int64_t xf_journal_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool xf_journal_stopping(const struct xf_journal *journal)
{
    return atomic_load(&journal->stop_at) != INT64_MAX;
}

void xf_journal_set_role(struct xf_journal *journal, enum xf_journal_role role)
{
    static const char *const names[] = {"waiting", "follower", "writer"};

    if (atomic_load(&journal->role) == (int)role)
        return;
    pthread_mutex_lock(&journal->lock);
    atomic_store(&journal->role, (int)role);
    journal->accepting = role == XF_JOURNAL_WRITER && !xf_journal_stopping(journal);
    if (role == XF_JOURNAL_WRITER)
        snprintf(journal->writer, sizeof(journal->writer), "%s", journal->advertise);
    pthread_mutex_unlock(&journal->lock);
    xf_log(XF_LOG_INFO, "journal.role", "{s:s,s:I,s:I}", "role", names[role], "position", (json_int_t)journal->after, "epoch",
           (json_int_t)journal->held);
    if (journal->options.role)
        journal->options.role(journal->options.context, role);
}

void xf_journal_unwell(struct xf_journal *journal, const struct xf_error *error)
{
    int64_t now = xf_journal_now();

    if (!journal->unwell_since || now - journal->told_at >= TELL_MS) {
        xf_log(XF_LOG_WARNING, "journal.database", "{s:s,s:I}", "reason", error->text, "since_ms",
               (json_int_t)(journal->unwell_since ? now - journal->unwell_since : 0));
        journal->told_at = now;
    }
    if (!journal->unwell_since)
        journal->unwell_since = now;
}

void xf_journal_well(struct xf_journal *journal)
{
    if (journal->unwell_since)
        xf_log(XF_LOG_INFO, "journal.database_back", "{s:I}", "after_ms", (json_int_t)(xf_journal_now() - journal->unwell_since));
    journal->unwell_since = 0;
    journal->backoff_ms = BACKOFF_FIRST_MS;
}

void xf_journal_lost(struct xf_journal *journal, const struct xf_error *error)
{
    xf_db_close(journal->db);
    journal->db = NULL;
    journal->phase = XF_PHASE_AWAY;
    journal->next_try = xf_journal_now() + journal->backoff_ms;
    journal->backoff_ms = journal->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : journal->backoff_ms * 2;
    xf_journal_unwell(journal, error);
    if (!journal->held)
        xf_journal_set_role(journal, XF_JOURNAL_WAITING);
}

void xf_journal_watch(struct xf_journal *journal)
{
    int64_t now = xf_journal_now();
    struct xf_submission *chain = NULL, **end = &chain;

    xf_submissions_overdue(&journal->group.list, now, &end);
    pthread_mutex_lock(&journal->lock);
    xf_submissions_overdue(&journal->queue, now, &end);
    pthread_mutex_unlock(&journal->lock);
    xf_submissions_tell(chain);
    if (!journal->unwell_since && journal->group.batches && now - journal->taken_at >= journal->options.commit_timeout_ms) {
        struct xf_error error;

        xf_error_set(&error, XF_EIO, "the database has not answered a commit for %lld ms", (long long)(now - journal->taken_at));
        xf_journal_unwell(journal, &error);
        journal->unwell_since = journal->taken_at;
    }
    if (journal->unwell_since && now - journal->unwell_since >= journal->options.commit_timeout_ms)
        xf_journal_set_role(journal, XF_JOURNAL_WAITING);
}

static void drain(int fd)
{
    uint64_t count;

    while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
}

void xf_journal_nap(struct xf_journal *journal, int64_t ms)
{
    struct pollfd fd = {.fd = journal->wake_fd, .events = POLLIN};

    if (ms > 0 && poll(&fd, 1, ms > 100 ? 100 : (int)ms) > 0)
        drain(journal->wake_fd);
}

void xf_journal_diverged(const struct xf_journal *journal, uint64_t head)
{
    /* Acknowledged entries are gone from the database (a failover onto a standby that had not received them, a restored backup),
     * but not from the fold. Only a new start, from what the database holds, brings the two together again. */
    xf_log(XF_LOG_ERROR, "journal.diverged", "{s:I,s:I}", "folded", (json_int_t)journal->after, "head", (json_int_t)head);
    abort();
}

/* While the server takes its time over anything but a commit. */
static bool patience(void *context)
{
    struct xf_journal *journal = context;

    xf_journal_watch(journal);
    return xf_journal_now() < atomic_load(&journal->stop_at);
}

static void connect_again(struct xf_journal *journal)
{
    int64_t wait = journal->next_try - xf_journal_now();
    struct xf_error error = {0};

    if (wait > 0) {
        xf_journal_nap(journal, wait);
        return;
    }
    journal->db = xf_db_connect(journal->conninfo, "crossflagd journal", CONNECT_S, &error);
    if (journal->db)
        xf_db_set_patience(journal->db, patience, journal);
    if (!journal->db ||
        (journal->options.prepare &&
         journal->options.prepare(journal->options.context, journal->db, &journal->after, &error) != XF_OK) ||
        xf_db_script(journal->db, session_sql, &error) != XF_OK) {
        xf_journal_lost(journal, &error);
        return;
    }
    journal->phase = journal->held ? XF_PHASE_RESUMING : XF_PHASE_FOLLOWING;
    journal->next_lock = 0;
}

/* Copies a row into the batch under construction. */
static int keep(void *context, const struct xf_entry *entry)
{
    struct xf_batch *batch = context;
    const char *stream = xf_arena_copy(batch->arena, entry->stream, strlen(entry->stream));
    const char *actor = xf_arena_copy(batch->arena, entry->actor, strlen(entry->actor));
    const char *body = xf_arena_copy(batch->arena, entry->body, entry->length);

    if (!stream || !actor || !body ||
        xf_batch_add(batch, entry->kind, entry->revision, stream, actor, body, entry->length, NULL) != XF_OK)
        return XF_ENOMEM;
    batch->entries[batch->count - 1].position = entry->position;
    batch->entries[batch->count - 1].at = entry->at;
    return XF_OK;
}

/* Reads on towards head and hands it to committed, one batch. */
static int tail(struct xf_journal *journal, uint64_t head, struct xf_error *error)
{
    uint64_t count = head - journal->after < TAIL_ENTRIES ? head - journal->after : TAIL_ENTRIES;
    struct xf_batch *batch = xf_batch_create();
    int rc = batch ? xf_journal_read(journal->db, journal->after, (uint32_t)count, keep, batch, error) : XF_ENOMEM;

    if (rc == XF_ENOMEM)
        xf_error_set(error, rc, "out of memory");
    if (rc == XF_OK && batch->count < count)
        rc = xf_error_set(error, XF_EIO, "the journal ends at position %llu, before its head",
                          (unsigned long long)(journal->after + batch->count));
    if (rc == XF_OK) {
        journal->after += count;
        journal->last_at = batch->entries[count - 1].at;
        journal->options.committed(journal->options.context, batch);
    }
    xf_batch_unref(batch);
    return rc;
}

/* The time of the last entry, below which no later one may lie. */
static int learn_last_at(struct xf_journal *journal, struct xf_error *error)
{
    const struct xf_param params[] = {XF_INT8(journal->after)};
    struct xf_rows *rows = xf_db_query(journal->db, XF_SQL_AT, params, 1, true, error);

    if (!rows)
        return XF_EIO;
    journal->last_at = xf_rows_count(rows) ? xf_rows_integer(rows, 0, 0) : 0;
    xf_rows_free(rows);
    return XF_OK;
}

/* Holding the lock: begins an epoch and reads what is left to read. */
static int become_writer(struct xf_journal *journal, struct xf_error *error)
{
    struct timespec now;
    struct xf_lease lease;
    int rc;

    clock_gettime(CLOCK_REALTIME, &now);
    rc = xf_lease_take(journal->db, journal->advertise, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, &lease, error);
    if (rc == XF_OK && lease.head < journal->after)
        xf_journal_diverged(journal, lease.head);
    while (rc == XF_OK && journal->after < lease.head)
        rc = tail(journal, lease.head, error);
    if (rc == XF_OK)
        rc = learn_last_at(journal, error);
    if (rc != XF_OK)
        return rc;
    journal->held = lease.epoch;
    atomic_store(&journal->epoch, lease.epoch);
    atomic_store(&journal->head, lease.head);
    journal->phase = XF_PHASE_WRITING;
    xf_journal_set_role(journal, XF_JOURNAL_WRITER);
    return XF_OK;
}

static void follow(struct xf_journal *journal)
{
    struct xf_error error = {0};
    struct xf_lease lease;
    int64_t now = xf_journal_now();
    bool locked = false;
    int rc = xf_lease_look(journal->db, &lease, &error);

    if (rc == XF_OK && lease.head < journal->after)
        rc = xf_error_set(&error, XF_EIO, "the journal ends at %llu, but %llu is folded already: is this the right database?",
                          (unsigned long long)lease.head, (unsigned long long)journal->after);
    if (rc != XF_OK) {
        xf_journal_lost(journal, &error);
        return;
    }
    xf_journal_well(journal);
    pthread_mutex_lock(&journal->lock);
    snprintf(journal->writer, sizeof(journal->writer), "%s", lease.url);
    pthread_mutex_unlock(&journal->lock);
    atomic_store(&journal->head, lease.head);
    xf_journal_set_role(journal, XF_JOURNAL_FOLLOWER);
    if (journal->after < lease.head) {
        rc = tail(journal, lease.head, &error);
    } else if (now >= journal->next_lock) {
        journal->next_lock = now + LOCK_MS;
        rc = xf_lease_try(journal->db, &locked, &error);
        if (rc == XF_OK && locked)
            rc = become_writer(journal, &error);
    } else {
        switch (xf_db_wait(journal->db, journal->wake_fd, POLL_MS)) {
        case XF_DB_READY:
            rc = xf_error_set(&error, XF_EIO, "the database closed the connection");
            break;
        case XF_DB_WOKEN:
            drain(journal->wake_fd);
            break;
        case XF_DB_TIMEOUT:
            break;
        }
    }
    if (rc != XF_OK)
        xf_journal_lost(journal, &error);
}

/* Whether the thread is done: asked to stop, and nothing left to commit or no hope of committing it in time. */
static bool ended(struct xf_journal *journal)
{
    int64_t stop_at = atomic_load(&journal->stop_at);
    bool empty;

    if (stop_at == INT64_MAX)
        return false;
    pthread_mutex_lock(&journal->lock);
    empty = !journal->queue.first;
    pthread_mutex_unlock(&journal->lock);
    return (empty && !journal->group.batches) || !journal->held || xf_journal_now() >= stop_at;
}

static void *run(void *context)
{
    struct xf_journal *journal = context;

    pthread_setname_np(pthread_self(), "journal");
    while (!ended(journal)) {
        switch (journal->phase) {
        case XF_PHASE_AWAY:
            connect_again(journal);
            break;
        case XF_PHASE_FOLLOWING:
            follow(journal);
            break;
        case XF_PHASE_RESUMING:
            xf_journal_resume(journal);
            break;
        case XF_PHASE_WRITING:
            xf_journal_write(journal);
            break;
        }
        xf_journal_watch(journal);
    }
    xf_group_refuse(&journal->group, XF_EIO);
    pthread_mutex_lock(&journal->lock);
    journal->accepting = false;
    pthread_mutex_unlock(&journal->lock);
    xf_submissions_refuse(&journal->queue, XF_EIO);
    if (journal->phase == XF_PHASE_WRITING)
        xf_lease_release(journal->db);
    xf_db_close(journal->db);
    return NULL;
}

static void destroy(struct xf_journal *journal)
{
    if (!journal)
        return;
    xf_group_free(&journal->group);
    if (journal->wake_fd >= 0)
        close(journal->wake_fd);
    pthread_mutex_destroy(&journal->lock);
    free(journal->conninfo);
    free(journal->advertise);
    free(journal);
}

struct xf_journal *xf_journal_start(const struct xf_journal_options *options)
{
    struct xf_journal *journal = calloc(1, sizeof(*journal));

    if (!journal)
        return NULL;
    pthread_mutex_init(&journal->lock, NULL);
    journal->options = *options;
    journal->conninfo = strdup(options->conninfo);
    journal->advertise = strndup(options->advertise, XF_URL_MAX - 1);
    journal->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    journal->after = options->after;
    journal->backoff_ms = BACKOFF_FIRST_MS;
    atomic_init(&journal->role, XF_JOURNAL_WAITING);
    atomic_init(&journal->head, options->after);
    atomic_init(&journal->stop_at, INT64_MAX);
    if (!journal->conninfo || !journal->advertise || journal->wake_fd < 0 ||
        pthread_create(&journal->thread, NULL, run, journal) != 0) {
        destroy(journal);
        return NULL;
    }
    return journal;
}

int xf_journal_submit(struct xf_journal *journal, struct xf_batch *batch)
{
    struct xf_submission *submission = malloc(sizeof(*submission));
    const uint64_t one = 1;
    bool wake = false;
    int rc = XF_OK;

    assert(batch->count > 0);
    if (!submission)
        return XF_ELIMIT;
    *submission = (struct xf_submission){
        .batch = batch, .deadline = xf_journal_now() + journal->options.commit_timeout_ms, .answered = false};
    pthread_mutex_lock(&journal->lock);
    if (!journal->accepting) {
        rc = XF_ECONFLICT;
    } else if (atomic_load(&journal->pending) + batch->bytes > journal->options.queue_bytes_max && atomic_load(&journal->pending)) {
        rc = XF_ELIMIT;
    } else {
        xf_batch_ref(batch);
        xf_submissions_append(&journal->queue, submission);
        atomic_fetch_add(&journal->pending, batch->bytes);
        wake = journal->sleeping;
        journal->sleeping = false;
    }
    pthread_mutex_unlock(&journal->lock);
    /* The counter cannot overflow, so the write cannot fail in a way that matters. */
    if (wake && write(journal->wake_fd, &one, sizeof(one)) < 0)
        xf_log(XF_LOG_ERROR, "journal.wake", "{s:s}", "reason", strerror(errno));
    if (rc != XF_OK)
        free(submission);
    return rc;
}

enum xf_journal_role xf_journal_role(const struct xf_journal *journal)
{
    return (enum xf_journal_role)atomic_load(&journal->role);
}

void xf_journal_writer(struct xf_journal *journal, char *buffer, size_t size)
{
    pthread_mutex_lock(&journal->lock);
    snprintf(buffer, size, "%s", journal->writer);
    pthread_mutex_unlock(&journal->lock);
}

uint64_t xf_journal_head(const struct xf_journal *journal)
{
    return atomic_load(&journal->head);
}

uint64_t xf_journal_epoch(const struct xf_journal *journal)
{
    return atomic_load(&journal->epoch);
}

size_t xf_journal_pending(const struct xf_journal *journal)
{
    return atomic_load(&journal->pending);
}

void xf_journal_stop(struct xf_journal *journal, int timeout_ms)
{
    const uint64_t one = 1;

    if (!journal)
        return;
    pthread_mutex_lock(&journal->lock);
    journal->accepting = false;
    atomic_store(&journal->stop_at, xf_journal_now() + timeout_ms);
    pthread_mutex_unlock(&journal->lock);
    if (write(journal->wake_fd, &one, sizeof(one)) < 0)
        xf_log(XF_LOG_ERROR, "journal.wake", "{s:s}", "reason", strerror(errno));
    pthread_join(journal->thread, NULL);
    destroy(journal);
}
