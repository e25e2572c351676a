/* SPDX-License-Identifier: Apache-2.0 */
/* The journal in PostgreSQL: one thread that holds the writer's lease and group-commits, or follows. A connection's loss never
 * loses an answer: the head row tells whether the last group was committed. */
#ifndef XF_DAEMON_JOURNAL_H
#define XF_DAEMON_JOURNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/arena.h"
#include "crossflag/fold.h"

/* Entries that go in together, in order: a request's records, or rows read by a follower. Reference-counted: the submitter holds
 * one reference, the journal and the engine theirs. All entries' texts and records lie in arena. */
struct xf_batch {
    atomic_int references;
    struct xf_arena *arena;
    struct xf_entry *entries; /* position and at are filled in by the journal */
    size_t count, capacity, bytes;
    /* Called once, on the journal's thread: result XF_OK (committed, positions filled), XF_ECONFLICT (this daemon is not the
     * writer), XF_EIO (not known within the limit: the database is away; it may still be committed later), XF_EINVAL (the database
     * cannot store these texts: a NUL or bytes that are not UTF-8; not committed). May be NULL. */
    void (*done)(struct xf_batch *batch, int result);
    void *context;
};
struct xf_batch *xf_batch_create(void); /* one reference; NULL when out of memory */
struct xf_batch *xf_batch_ref(struct xf_batch *batch);
void xf_batch_unref(struct xf_batch *batch);
/* Appends an entry whose texts are borrowed from the batch's arena or constants. revision 0: the journal gives one that is higher
 * than all before in the stream (its position), for streams of which nobody counts the entries. */
int xf_batch_add(struct xf_batch *batch, enum xf_entry_kind kind, uint32_t revision, const char *stream, const char *actor,
                 const char *body, size_t length, const struct xf_record *record) XF_MUST_CHECK;

enum xf_journal_role {
    XF_JOURNAL_WAITING,  /* no database yet, or it went away */
    XF_JOURNAL_FOLLOWER, /* reads what another daemon writes */
    XF_JOURNAL_WRITER, /* holds the lease; also through a loss of the connection that is shorter than commit_timeout_ms: submissions
                          wait */
};

struct xf_db;
struct xf_journal;
struct xf_journal_options {
    const char *conninfo;
    const char *advertise;  /* this daemon's URL, stored with the lease so that followers can name the writer */
    uint64_t after;         /* the position already folded (from a snapshot) */
    size_t queue_bytes_max; /* submissions waiting to be committed beyond this are refused: XF_ELIMIT */
    int commit_timeout_ms;  /* after this long without a commit a submission is answered XF_EIO */
    /* Called on the journal's thread with every committed batch, in order of positions; takes a reference of its own when it keeps
     * it. It may block: that is the back-pressure. */
    void (*committed)(void *context, struct xf_batch *batch);
    /* Called on the journal's thread at every change of role. On WRITER all entries before the head have gone through committed. */
    void (*role)(void *context, enum xf_journal_role role);
    /* Called on the journal's thread on every new connection before it is used; may be NULL. Where the schema is brought up to
     * date, and, before the first entry has been handed out, a snapshot may be loaded: *after is set to its position then. XF_OK,
     * or an error (logged; tried again). */
    int (*prepare)(void *context, struct xf_db *db, uint64_t *after, struct xf_error *error);
    void *context;
};
/* Starts the thread; never waits for the database. NULL on failure. */
struct xf_journal *xf_journal_start(const struct xf_journal_options *options);
/* From any thread. Takes no reference of the caller's. XF_OK: done will be called; XF_ELIMIT: queue full; XF_ECONFLICT: not the
 * writer; done is not called then. */
int xf_journal_submit(struct xf_journal *journal, struct xf_batch *batch) XF_MUST_CHECK;
enum xf_journal_role xf_journal_role(const struct xf_journal *journal);
/* The writer's advertised URL, copied to buffer; empty when unknown. */
void xf_journal_writer(struct xf_journal *journal, char *buffer, size_t size);
uint64_t xf_journal_head(const struct xf_journal *journal);  /* last committed position known */
uint64_t xf_journal_epoch(const struct xf_journal *journal); /* of this daemon's lease; 0 when not the writer */
/* Bytes submitted and not yet committed. */
size_t xf_journal_pending(const struct xf_journal *journal);
/* Commits what is queued (up to timeout_ms), gives the lease back, ends the thread, frees. */
void xf_journal_stop(struct xf_journal *journal, int timeout_ms);

/* Reads entries after a position, up to count, for refold and tails: calls entry for each; its texts are valid during the call.
 * XF_OK, XF_EIO with *error, or entry's value. */
typedef int xf_journal_entry(void *context, const struct xf_entry *entry);
int xf_journal_read(struct xf_db *db, uint64_t after, uint32_t count, xf_journal_entry *entry, void *context,
                    struct xf_error *error) XF_MUST_CHECK;

#endif
