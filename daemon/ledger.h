/* SPDX-License-Identifier: Apache-2.0 */
/* What the delivery thread wants of the database, on a thread of its own, so that a slow or absent database delays no alert:
 * cursors and attempts are written behind, in batches; cursors, secrets and older events are read on request. All calls from the
 * delivery thread. */
#ifndef XF_DAEMON_LEDGER_H
#define XF_DAEMON_LEDGER_H

#include "events.h"
#include "secret.h"

struct xf_ledger;
/* Starts the thread; never waits for the database. ready is called on the ledger's thread when answers are to be collected. NULL on
 * failure. */
struct xf_ledger *xf_ledger_start(const char *conninfo, unsigned keep_days, void (*ready)(void *context), void *context);
/* Writes what is noted, if the database lets it, drops what was asked, ends the thread, frees. Takes NULL. */
void xf_ledger_stop(struct xf_ledger *ledger);

/* One attempt and where it leaves its subscription. Texts are copied. */
struct xf_attempt {
    const char *subscription;
    uint64_t sequence;
    unsigned attempt; /* from 1; 0: no attempt, only the subscription's state (it was enabled again) */
    int64_t at, took_us;
    int status;
    const char *error;
    uint64_t delivered;    /* the cursor now */
    unsigned attempts;     /* of the event after it, so far */
    int64_t failing_since; /* 0: not failing */
};
void xf_ledger_note(struct xf_ledger *ledger, const struct xf_attempt *attempt);

/* Requests. An answer comes in the order of asking; while the database is away they wait. Out of memory: XF_ENOMEM, nothing was
 * asked. */
enum xf_ledger_kind { XF_LEDGER_CURSORS, XF_LEDGER_SECRETS, XF_LEDGER_EVENTS };
struct xf_cursor {
    char subscription[72];
    uint64_t delivered;
    unsigned attempts;
    int64_t failing_since;
};
struct xf_ledger_answer {
    enum xf_ledger_kind kind;
    unsigned round; /* as asked: answers to an earlier round are stale */
    struct xf_cursor *cursors;
    size_t cursor_count; /* CURSORS: of all subscriptions that have one */
    struct xf_secret *secrets;
    size_t secret_count; /* SECRETS: those that exist */
    struct xf_events *events;
    char *subscription; /* EVENTS */
};
int xf_ledger_ask_cursors(struct xf_ledger *ledger, unsigned round) XF_MUST_CHECK;
int xf_ledger_ask_secrets(struct xf_ledger *ledger, unsigned round, const char *const *references, size_t count) XF_MUST_CHECK;
int xf_ledger_ask_events(struct xf_ledger *ledger, unsigned round, const char *subscription, uint64_t after,
                         size_t max) XF_MUST_CHECK;
/* The next answer, owned by the caller, or NULL. */
struct xf_ledger_answer *xf_ledger_collect(struct xf_ledger *ledger);
void xf_ledger_answer_free(struct xf_ledger_answer *answer);

#endif
