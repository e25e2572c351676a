/* SPDX-License-Identifier: Apache-2.0 */
/* What was sent to the journal and is not folded yet: together with the register this tells what stands for a key at this moment,
 * so that a record can be judged unchanged, stale or conflicting before its commit. Loop's thread only. */
#ifndef XF_DAEMON_INFLIGHT_H
#define XF_DAEMON_INFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "crossflag/linker.h"
#include "crossflag/register.h"
#include "journal.h"

struct xf_inflight;
struct xf_sending; /* a batch on its way */

/* What stands for one key. */
struct xf_standing {
    uint32_t revision; /* 0: never seen */
    bool live;
    int64_t version; /* -1: none */
    uint8_t digest[16];
    struct xf_sending *sending; /* known from this batch, for which the journal has not answered yet: an answer that rests on it
                                   must wait for it; NULL: it is on record */
};

struct xf_inflight *xf_inflight_create(void);
void xf_inflight_destroy(struct xf_inflight *inflight);

/* What stands for "<feed>/<id>": of the register, unless something newer is under way. reg is read under the engine's lock. */
struct xf_standing xf_inflight_standing(const struct xf_inflight *inflight, const struct xf_register *reg, const char *feed,
                                        const char *id, const char *stream);
/* Whether anything is noted for the key: what the register shows may be older than what was acknowledged. */
bool xf_inflight_knows(const struct xf_inflight *inflight, const char *stream);
/* Another epoch of this daemon's begins, and all before it is folded: whatever is noted is on record or never will be. */
void xf_inflight_clear(struct xf_inflight *inflight);
/* Forgets batches of unknown outcome that the register shows to have been committed. */
void xf_inflight_prune(struct xf_inflight *inflight, const struct xf_register *reg);

/* A batch about to be submitted: takes a reference of its own, since its notes lie in the batch's arena. NULL when out of memory.
 */
struct xf_sending *xf_sending_create(struct xf_inflight *inflight, struct xf_batch *batch);
/* Notes what stands for a key once the batch is folded. stream lies in the batch's arena. XF_ENOMEM. */
int xf_sending_note(struct xf_sending *sending, const char *stream, const struct xf_standing *standing) XF_MUST_CHECK;
/* The journal's answer. XF_OK: the notes stay until xf_sending_end. XF_EIO: nobody knows; they stay until the register outdates
 * them. Otherwise nothing of it was committed: the sending is freed. Whoever waits is told. */
void xf_sending_answer(struct xf_sending *sending, int result);
/* It is folded: the sending is freed. */
void xf_sending_end(struct xf_sending *sending);

/* Somebody who waits for the journal's answer; the storage is the caller's, until then is called. */
struct xf_wait {
    void (*then)(void *argument, int result);
    void *argument;
    struct xf_wait *next;
};
/* XF_EIO, and then is not called: the journal gave no answer in time and never will. */
int xf_sending_wait(struct xf_sending *sending, struct xf_wait *wait) XF_MUST_CHECK;

/* What to do with new content for a key. */
enum xf_verdict { XF_VERDICT_ACCEPT, XF_VERDICT_UNCHANGED, XF_VERDICT_STALE, XF_VERDICT_CONFLICT };
enum xf_verdict xf_standing_judge(const struct xf_standing *standing, const struct xf_record *record);
bool xf_sending_in_doubt(const struct xf_sending *sending);

#endif
