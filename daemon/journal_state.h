/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's thread from within: what journal.c (connecting, following) and commit.c (writing) share. */
#ifndef XF_DAEMON_JOURNAL_STATE_H
#define XF_DAEMON_JOURNAL_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "group.h"
#include "journal.h"
#include "lease.h"

enum xf_phase {
    XF_PHASE_AWAY,      /* no connection; the next attempt is at next_try */
    XF_PHASE_FOLLOWING, /* connected without the lease: tails, and tries for it once caught up */
    XF_PHASE_RESUMING,  /* connected again after the writer lost its connection: is the epoch still ours? */
    XF_PHASE_WRITING,   /* holds the lease */
};

struct xf_journal {
    struct xf_journal_options options;
    char *conninfo, *advertise;
    pthread_t thread;
    int wake_fd; /* eventfd: written when the thread sleeps and there is something to do */

    /* Under the lock. */
    pthread_mutex_t lock;
    struct xf_submissions queue;
    bool sleeping, accepting;
    char writer[XF_URL_MAX];

    atomic_int role;
    atomic_uint_fast64_t head, epoch;
    atomic_size_t pending;
    atomic_int_fast64_t stop_at; /* monotonic ms; INT64_MAX while nobody wants it to stop */

    /* The thread's own. */
    enum xf_phase phase;
    struct xf_db *db;
    uint64_t held;  /* the epoch that is ours until we learn that another began; 0: none */
    uint64_t after; /* everything up to it has gone through committed */
    int64_t last_at;
    struct xf_group group; /* sent, or to be sent again */
    int64_t taken_at;      /* when it was taken from the queue */
    bool in_doubt;         /* the connection broke between sending the group and its answer */
    size_t alone;          /* so many groups to come hold one batch each, to find the one that the database refuses */
    int64_t next_try, backoff_ms, next_lock;
    int64_t unwell_since; /* when commits stopped working; 0: they work */
    int64_t told_at;      /* of the last log line about it */
};

int64_t xf_journal_now(void); /* monotonic milliseconds */
void xf_journal_set_role(struct xf_journal *journal, enum xf_journal_role role);
/* The database failed: drops the connection and tries again later. */
void xf_journal_lost(struct xf_journal *journal, const struct xf_error *error);
void xf_journal_unwell(struct xf_journal *journal, const struct xf_error *error);
void xf_journal_well(struct xf_journal *journal);
/* Answers what is overdue and gives up the role when commits have failed for too long. */
void xf_journal_watch(struct xf_journal *journal);
/* Sleeps up to ms or until woken, without looking at the connection. */
void xf_journal_nap(struct xf_journal *journal, int64_t ms);
bool xf_journal_stopping(const struct xf_journal *journal);
/* The journal in the database is not the one that this daemon has folded. Does not return. */
void xf_journal_diverged(const struct xf_journal *journal, uint64_t head) __attribute__((noreturn));

/* commit.c: one step of each phase. */
void xf_journal_write(struct xf_journal *journal);
void xf_journal_resume(struct xf_journal *journal);

#endif
