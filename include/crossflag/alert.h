/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions and the alerts that a flag's step makes for them. Part of the folded state, so that an alert's id and its sequence
 * number are functions of the journal. */
#ifndef CROSSFLAG_ALERT_H
#define CROSSFLAG_ALERT_H

#include "crossflag/arena.h"
#include "crossflag/disclosure.h"
#include "crossflag/history.h"
#include "crossflag/pack.h"

enum xf_way { XF_WAY_PULL /* pull and stream */, XF_WAY_WEBHOOK };

/* Valid until the next apply on the same subscription. */
struct xf_subscription {
    const char *id, *agency, *principal;
    const char *url;    /* NULL: none */
    const char *secret; /* a reference into the daemon's secret store, never the secret; NULL: none */
    const char
        *secret_before; /* the reference that a rotation replaced, still signing beside it until secret_before_until; NULL: none */
    int64_t secret_before_until;
    enum xf_way way;
    bool enabled; /* whether a webhook is sent; the events are numbered and kept either way, so that pausing loses nothing */
    bool deleted;
    uint64_t next_sequence; /* the next event's number; the first is 1 */
    int64_t created_at;
    const char *body; /* the subscription as JSON, as the API shows it */
};

struct xf_subscriptions;
struct xf_subscriptions *xf_subscriptions_create(void);
void xf_subscriptions_destroy(struct xf_subscriptions *subscriptions);
/* Checks a body without changing anything. Three forms:
 *   whole
 * {"id","agency","principal","way":"pull|stream|webhook","url","secret","secret_before","secret_before_until","public_key","name","basis",
 *            "enabled","reason","filter":{"types":[],"levels":[],"areas":[],"kinds":[],"my_records":bool}}: makes or replaces, but
 * never another agency's (its events would change hands with the id); change  {"id", some of these, not "agency"}: a JSON merge
 * patch (RFC 7396) of what is there, filter replaced whole, so that two changes at once do not undo each other; delete
 * {"id","deleted":true}. way is "webhook" when there is a url and nothing else is said, else "pull". XF_EINVAL with *error and its
 * pointer; XF_ENOTFOUND: a change or deletion of what is not there; XF_ECONFLICT: the id is another agency's. */
int xf_subscriptions_check(const struct xf_subscriptions *subscriptions, const char *body, size_t length,
                           struct xf_error *error) XF_MUST_CHECK;
/* Makes, changes (sequence kept) or deletes. XF_ENOTFOUND, also for what fitted when it was written but no longer does: nothing
 * happens. */
int xf_subscriptions_apply(struct xf_subscriptions *subscriptions, const char *body, size_t length, int64_t at,
                           struct xf_error *error) XF_MUST_CHECK;
size_t xf_subscriptions_count(const struct xf_subscriptions *subscriptions); /* deleted ones too */
const struct xf_subscription *xf_subscriptions_at(const struct xf_subscriptions *subscriptions, size_t index);
/* NULL when there never was one; deleted ones are returned too. */
const struct xf_subscription *xf_subscriptions_find(const struct xf_subscriptions *subscriptions, const char *id);

/* One alert for one subscription. All texts lie in the arena given to xf_alert_emit. */
struct xf_event {
    const char *subscription; /* id */
    uint32_t index;           /* of the subscription */
    uint64_t sequence, position;
    int64_t at;
    const char *id;   /* CloudEvents id: "<flag id>.<position>.<step>", the same for ever */
    const char *body; /* the CloudEvent, compact JSON */
    size_t length;
};
/* Events of one flag step for every subscription (but deleted ones) that is entitled and whose filter matches, in the
 * subscriptions' order; each takes its next sequence number. Who was told of a flag is also told of what became of it, whatever its
 * filter says now: that it was dismissed, expired or withdrawn even when it would not be told of the flag today. because (NULL:
 * nothing of the kind) is the merge or split of this entry that the step follows from: told as data.cause, {"merge":{…}} or
 * {"split":{…}} with xf_history_json's members, to those who may know the subject. source is the CloudEvents source URI. Appends to
 * *events (arena memory). XF_OK, XF_ENOMEM. */
struct xf_event_list {
    struct xf_event *items;
    size_t count, capacity;
};
int xf_alert_emit(struct xf_subscriptions *subscriptions, const struct xf_view *view /* agency is ignored */, uint32_t flag,
                  enum xf_flag_step step, const struct xf_entity_event *because, uint64_t position, int64_t at, const char *source,
                  struct xf_arena *arena, struct xf_event_list *events) XF_MUST_CHECK;
/* A test event for one subscription (type uk.crossflag.test.v1). XF_ENOTFOUND when it is not there. */
int xf_alert_test(struct xf_subscriptions *subscriptions, const char *id, uint64_t position, int64_t at, const char *source,
                  struct xf_arena *arena, struct xf_event_list *events) XF_MUST_CHECK;
/* The level at which a subscription should hold a flag now, for reconciliation: a proposed or confirmed flag that it is entitled to
 * and that matches its filter or that it was told of; XF_DISCLOSE_NONE otherwise. view->agency must be the subscription's. */
enum xf_disclosure xf_alert_held(const struct xf_subscriptions *subscriptions, size_t index, const struct xf_view *view,
                                 uint32_t flag);

int xf_subscriptions_save(const struct xf_subscriptions *subscriptions, struct xf_pack *pack) XF_MUST_CHECK;
int xf_subscriptions_load(struct xf_unpack *unpack, struct xf_subscriptions **ret) XF_MUST_CHECK;

#endif
