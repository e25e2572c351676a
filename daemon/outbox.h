/* SPDX-License-Identifier: Apache-2.0 */
/* Every subscription's events in one gapless sequence: the newest in memory, all of the last 30 days in the table `event` (written by the projector behind the fold). Webhook, pull and
 * stream read from here. */
#ifndef XF_DAEMON_OUTBOX_H
#define XF_DAEMON_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/alert.h"

struct xf_outbox;
/* An event at rest: reference-counted, immutable. */
struct xf_message { uint64_t sequence, position; int64_t at; const char *subscription, *id, *body; size_t length; };

struct xf_outbox *xf_outbox_create(size_t keep_per_subscription);
void xf_outbox_destroy(struct xf_outbox *outbox);

/* From the engine's thread, in order. Copies. Wakes listeners (on the publishing thread: they must only post). */
void xf_outbox_publish(struct xf_outbox *outbox, const struct xf_event *events, size_t count);
void xf_outbox_listen(struct xf_outbox *outbox, void (*call)(void *context, const char *subscription, uint64_t sequence), void *context);

const struct xf_message *xf_message_ref(const struct xf_message *message);
void xf_message_unref(const struct xf_message *message);

/* Messages of a subscription after a sequence number that are in memory, up to max, referenced for the caller. *ret_older: true when there are earlier ones, not in memory, that belong before the first (read the table then). From any thread. */
size_t xf_outbox_after(struct xf_outbox *outbox, const char *subscription, uint64_t after, const struct xf_message **messages, size_t max, bool *ret_older);
uint64_t xf_outbox_last(struct xf_outbox *outbox, const char *subscription);
/* For the projector: messages not yet in the table, in order of publishing, up to max; done after its commit. */
size_t xf_outbox_unsaved(struct xf_outbox *outbox, const struct xf_message **messages, size_t max);
void xf_outbox_saved(struct xf_outbox *outbox, size_t count);
/* Loads a message from the table after a restart. */
int xf_outbox_restore(struct xf_outbox *outbox, const struct xf_message *fields) XF_MUST_CHECK;

#endif
