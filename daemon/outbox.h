/* SPDX-License-Identifier: Apache-2.0 */
/* Every subscription's events in one gapless sequence: the newest in memory, all of the last 30 days in the table `event` (written
 * by the projector behind the fold). Webhook, pull and stream read from here. */
#ifndef XF_DAEMON_OUTBOX_H
#define XF_DAEMON_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/alert.h"

struct xf_outbox;
/* An event at rest: reference-counted, immutable. subscription is borrowed from the outbox and stays valid until it is destroyed.
 */
struct xf_message {
    uint64_t sequence, position;
    int64_t at;
    const char *subscription, *id, *body;
    size_t length;
};

/* keep_per_subscription bounds what each subscription keeps in memory, XF_OUTBOX_BYTES_MAX what all keep together; what is not yet
 * in the table is kept beyond both. */
#define XF_OUTBOX_BYTES_MAX ((size_t)64 << 20)
struct xf_outbox *xf_outbox_create(size_t keep_per_subscription);
void xf_outbox_destroy(struct xf_outbox *outbox);

/* From the engine's thread, in order. Copies; an event that is already here (folded again after a restart) is left out. Wakes
 * listeners once a subscription with its last number (on the publishing thread: they must only post; subscription stays valid until
 * the outbox is destroyed). Out of memory is fatal (logged, abort): an alert must not be lost in silence, and the fold after a
 * restart makes it again. */
void xf_outbox_publish(struct xf_outbox *outbox, const struct xf_event *events, size_t count);
/* Before the first publish. At most XF_OUTBOX_LISTENERS_MAX. */
#define XF_OUTBOX_LISTENERS_MAX 4
void xf_outbox_listen(struct xf_outbox *outbox, void (*call)(void *context, const char *subscription, uint64_t sequence),
                      void *context);

const struct xf_message *xf_message_ref(const struct xf_message *message);
void xf_message_unref(const struct xf_message *message);
/* A message of its own, not in any outbox: one read from the table. NULL when out of memory. */
const struct xf_message *xf_message_create(const struct xf_message *fields);
/* The CloudEvents type in a message's body; borrowed, not NUL-terminated. */
const char *xf_message_type(const struct xf_message *message, size_t *ret_length);

/* Messages of a subscription after a sequence number that are in memory, up to max, referenced for the caller. *ret_older: true
 * when the one after `after` is not in memory though it may exist: earlier than what is kept, or nothing is known here of the
 * subscription (read the table then); no messages are returned with it. From any thread. */
size_t xf_outbox_after(struct xf_outbox *outbox, const char *subscription, uint64_t after, const struct xf_message **messages,
                       size_t max, bool *ret_older);
/* The greatest number that passed through here, and the smallest still in memory; 0 when there is none. */
uint64_t xf_outbox_last(struct xf_outbox *outbox, const char *subscription);
uint64_t xf_outbox_first(struct xf_outbox *outbox, const char *subscription);
/* For the projector: messages not yet in the table, in order of publishing, up to max, referenced for the caller; saved after its
 * commit takes the first `count` of them away. */
size_t xf_outbox_unsaved(struct xf_outbox *outbox, const struct xf_message **messages, size_t max);
void xf_outbox_saved(struct xf_outbox *outbox, size_t count);
/* The same for a follower, whose events the writer saves: all up to a journal position are in the table. */
void xf_outbox_saved_to(struct xf_outbox *outbox, uint64_t position);
/* Loads a message from the table after a restart, a subscription's in order and before anything is published. XF_OK (also when it
 * is here already), XF_ENOMEM. */
int xf_outbox_restore(struct xf_outbox *outbox, const struct xf_message *fields) XF_MUST_CHECK;

#endif
