/* SPDX-License-Identifier: Apache-2.0 */
/* The writing phase of the journal's thread: group commit, and what follows when the connection breaks in the middle of it. A group
 * is one statement. It is answered once the database has said that it is in; when the database cannot say, the group is kept until
 * a new connection shows by the head (same epoch) or by the lease table (another's) whether it went in: then it is
 * delivered, sent again, or refused; never two of them. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "journal_state.h"
#include "log.h"

#define GROUP_ENTRIES 4096
#define GROUP_BYTES ((size_t)8 << 20)
#define WATCH_MS 100
#define RESUME_MS 50
#define RETRY_MS 200

static int64_t time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The group is in the database. */
static void committed(struct xf_journal *journal)
{
    size_t bytes = journal->group.bytes;

    journal->in_doubt = false;
    journal->after = journal->group.head + journal->group.entries;
    journal->last_at = journal->group.at;
    atomic_store(&journal->head, journal->after);
    atomic_fetch_sub(&journal->pending, bytes);
    xf_group_commit(&journal->group, journal->options.committed, journal->options.context);
}

/* The group is not in the database and will not be. */
static void refused(struct xf_journal *journal, int result)
{
    journal->in_doubt = false;
    atomic_fetch_sub(&journal->pending, journal->group.bytes);
    xf_group_refuse(&journal->group, result);
}

/* Another epoch began: this daemon writes no more. */
static void usurped(struct xf_journal *journal)
{
    struct xf_submissions queue;
    struct xf_error error = {0};
    uint64_t end;
    size_t bytes = 0;

    if (xf_lease_began(journal->db, journal->held + 1, &end, &error) != XF_OK) {
        xf_journal_lost(journal, &error); /* learnt when the connection works */
        return;
    }
    if (end < journal->after)
        xf_journal_diverged(journal, end);
    xf_log(XF_LOG_WARNING, "journal.usurped", "{s:I,s:I}", "epoch", (json_int_t)journal->held, "ended_at", (json_int_t)end);
    journal->held = 0;
    atomic_store(&journal->epoch, 0);
    xf_lease_release(journal->db);
    journal->phase = XF_PHASE_FOLLOWING;
    journal->next_lock = 0;
    if (journal->group.batches) {
        if (journal->in_doubt && end >= journal->group.head + journal->group.entries)
            committed(journal);
        else
            refused(journal, XF_ECONFLICT);
    }
    xf_journal_set_role(journal, XF_JOURNAL_FOLLOWER);
    pthread_mutex_lock(&journal->lock);
    queue = journal->queue;
    journal->queue = (struct xf_submissions){0};
    pthread_mutex_unlock(&journal->lock);
    for (const struct xf_submission *at = queue.first; at; at = at->next)
        bytes += at->batch->bytes;
    atomic_fetch_sub(&journal->pending, bytes);
    xf_submissions_refuse(&queue, XF_ECONFLICT);
}

void xf_journal_resume(struct xf_journal *journal)
{
    struct xf_error error = {0};
    struct xf_lease lease;
    uint64_t in = journal->group.head + journal->group.entries;
    bool locked = false;
    int rc = xf_lease_look(journal->db, &lease, &error);

    if (rc == XF_OK && lease.epoch == journal->held)
        rc = xf_lease_try(journal->db, &locked, &error);
    if (rc == XF_OK && locked) /* now nobody else can begin an epoch or move the head */
        rc = xf_lease_look(journal->db, &lease, &error);
    if (rc != XF_OK) {
        xf_journal_lost(journal, &error);
        return;
    }
    if (lease.epoch != journal->held) {
        usurped(journal);
        return;
    }
    if (!locked) {
        /* The session that we lost has not ended yet, or another daemon is about to begin its epoch. */
        xf_journal_nap(journal, RESUME_MS);
        return;
    }
    if (lease.head != journal->after && !(journal->in_doubt && lease.head == in))
        xf_journal_diverged(journal, lease.head);
    if (journal->in_doubt && lease.head == in)
        committed(journal);
    journal->in_doubt = false;
    journal->taken_at = xf_journal_now(); /* its time with the database begins anew */
    journal->phase = XF_PHASE_WRITING;
    xf_journal_well(journal);
    xf_journal_set_role(journal, XF_JOURNAL_WRITER);
}

/* Takes the next group from the queue, sleeping when it is empty. False: there is none (yet). */
static bool take(struct xf_journal *journal)
{
    struct xf_error error = {0};
    enum xf_db_wait woken;
    uint64_t count;
    int64_t at;

    pthread_mutex_lock(&journal->lock);
    if (!journal->queue.first && !xf_journal_stopping(journal)) {
        journal->sleeping = true;
        pthread_mutex_unlock(&journal->lock);
        woken = xf_db_wait(journal->db, journal->wake_fd, -1);
        pthread_mutex_lock(&journal->lock);
        journal->sleeping = false;
        pthread_mutex_unlock(&journal->lock);
        if (woken == XF_DB_WOKEN && read(journal->wake_fd, &count, sizeof(count)) < 0)
            return false;
        if (woken == XF_DB_READY) {
            xf_error_set(&error, XF_EIO, "the database closed the connection");
            xf_journal_lost(journal, &error);
            return false;
        }
        pthread_mutex_lock(&journal->lock);
    }
    xf_group_take(&journal->group, &journal->queue, journal->alone ? 1 : SIZE_MAX, GROUP_ENTRIES, GROUP_BYTES);
    pthread_mutex_unlock(&journal->lock);
    if (!journal->group.batches)
        return false;
    if (journal->alone)
        journal->alone--;
    journal->taken_at = xf_journal_now();
    at = time_now();
    if (xf_group_encode(&journal->group, journal->after, at > journal->last_at ? at : journal->last_at) != XF_OK) {
        xf_log(XF_LOG_ERROR, "journal.out_of_memory", "{s:I}", "bytes", (json_int_t)journal->group.bytes);
        refused(journal, XF_EIO);
        return false;
    }
    return true;
}

static bool state_is(const char *state, const char *prefix)
{
    return strncmp(state, prefix, strlen(prefix)) == 0;
}

/* The statement failed on a connection that works. */
static void failed(struct xf_journal *journal, const struct xf_error *error)
{
    const char *state = xf_db_state(journal->db);
    bool doubled = strcmp(state, "23505") == 0;

    if (doubled || state_is(state, "22") || state_is(state, "54")) {
        /* Something in it: find out which batch, so that only its sender pays. */
        if (journal->group.batches > 1) {
            journal->alone = journal->group.batches;
            pthread_mutex_lock(&journal->lock);
            xf_group_return(&journal->group, &journal->queue);
            pthread_mutex_unlock(&journal->lock);
            return;
        }
        xf_log(XF_LOG_ERROR, "journal.refused", "{s:s,s:s,s:I}", "reason", error->text, "first_stream",
               doubled ? journal->group.list.first->batch->entries[0].stream : "", "entries", (json_int_t)journal->group.entries);
        refused(journal, doubled ? XF_ECONFLICT : XF_EINVAL);
        return;
    }
    if (state_is(state, "57") || state_is(state, "08") || strcmp(state, "25006") == 0) {
        /* The session is being ended, or its server takes no writes any more. */
        journal->in_doubt = true;
        xf_journal_lost(journal, error);
        return;
    }
    /* The database's own trouble (disk full, out of memory, a lock, a missing right): rolled back, tried again. */
    xf_journal_unwell(journal, error);
    xf_journal_watch(journal);
    xf_journal_nap(journal, RETRY_MS);
}

void xf_journal_write(struct xf_journal *journal)
{
    struct xf_error error = {0};
    struct xf_rows *rows;
    uint64_t written;

    if (!journal->group.batches && !take(journal))
        return;
    if (xf_group_send(&journal->group, journal->db, journal->held, &error) != XF_OK) {
        if (!xf_db_alive(journal->db) || !xf_db_state(journal->db)[0]) {
            journal->in_doubt = true;
            xf_journal_lost(journal, &error);
        } else {
            failed(journal, &error);
        }
        return;
    }
    while (xf_db_wait(journal->db, -1, WATCH_MS) != XF_DB_READY) {
        xf_journal_watch(journal);
        if (xf_journal_now() >= atomic_load(&journal->stop_at))
            return; /* stopped: the outcome stays unknown */
    }
    rows = xf_db_receive(journal->db, &error);
    if (!rows && (!xf_db_alive(journal->db) || !xf_db_state(journal->db)[0])) {
        journal->in_doubt = true;
        xf_journal_lost(journal, &error);
        return;
    }
    if (!rows) {
        failed(journal, &error);
        return;
    }
    written = xf_rows_affected(rows);
    xf_rows_free(rows);
    if (written == 0) {
        usurped(journal);
        return;
    }
    if (written != journal->group.entries)
        xf_journal_diverged(journal, journal->after + written);
    committed(journal);
    if (journal->unwell_since) {
        xf_journal_well(journal);
        xf_journal_set_role(journal, XF_JOURNAL_WRITER);
    }
}
