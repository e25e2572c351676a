/* SPDX-License-Identifier: Apache-2.0 */
/* The fold: the whole state as a function of the journal. One writer applies entries in order; the same entries give the same
 * state, to the byte. It reads no clock, no randomness, no file: an entry's own time is "now". */
#ifndef CROSSFLAG_FOLD_H
#define CROSSFLAG_FOLD_H

#include "crossflag/alert.h"
#include "crossflag/arena.h"
#include "crossflag/decision.h"
#include "crossflag/disclosure.h"
#include "crossflag/graph.h"
#include "crossflag/history.h"
#include "crossflag/linker.h"
#include "crossflag/model.h"
#include "crossflag/near.h"
#include "crossflag/partner.h"
#include "crossflag/principal.h"
#include "crossflag/record.h"
#include "crossflag/register.h"
#include "crossflag/rule.h"

/* What an entry is; numbers are stored in the journal and never change. The stream names what it is about:
 *   PUT, WITHDRAW   "<feed>/<record id>"; body: the record's JSON, or empty
 *   SETTING         "setting/<partners|vocabulary|model|rules|disclosure|source|principals>"; body: the file's text
 *   PRINCIPAL       "principal/<id>"; body as xf_principals_apply
 *   SUBSCRIPTION    "subscription/<id>"; body as xf_subscriptions_apply, or {"id","test":true}
 *   STEP            "flag/<flag id>"; body {"step":"confirm|dismiss|renew|withdraw","rationale"}
 *   DECISION        "decision/<feed>/<id>/<ref>"; body {"decision":"same|not_same|none","a":{feed,id,ref},"b":{…},"rationale"}
 *   TICK            "tick"; no body */
enum xf_entry_kind {
    XF_ENTRY_PUT = 1,
    XF_ENTRY_WITHDRAW,
    XF_ENTRY_SETTING,
    XF_ENTRY_PRINCIPAL,
    XF_ENTRY_SUBSCRIPTION,
    XF_ENTRY_STEP,
    XF_ENTRY_DECISION,
    XF_ENTRY_TICK
};

struct xf_entry {
    uint64_t position;
    int64_t at;
    enum xf_entry_kind kind;
    uint32_t revision; /* of the stream, from 1 */
    const char *stream;
    const char *actor; /* the principal who caused it; "crossflagd" for the daemon itself */
    const char *body;
    size_t length;
    const struct xf_record *record; /* PUT: the body parsed already, or NULL */
};

struct xf_fold;
struct xf_fold *xf_fold_create(void);
void xf_fold_destroy(struct xf_fold *fold);

/* What an entry did, for projections and alerts; borrowed until the next apply. */
struct xf_outcome {
    uint32_t record; /* PUT, WITHDRAW: the register's row; else XF_NONE */
    const struct xf_linker_change *entities;
    size_t entity_count;
    const struct xf_flag_change *flags;
    size_t flag_count;
    const struct xf_event *events;
    size_t event_count;
};
/* Applies the next entry (position must be the last one's plus 1, else XF_EINVAL). An entry that was valid when written but names
 * what has gone meanwhile is a no-op. XF_ENOMEM leaves the fold unusable: the caller stops. *error says what a corrupt entry was.
 */
int xf_fold_apply(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *ret, struct xf_error *error) XF_MUST_CHECK;

uint64_t xf_fold_position(const struct xf_fold *fold); /* of the last entry; 0 at first */
int64_t xf_fold_next_due(const struct xf_fold *fold);  /* when a TICK has work; INT64_MAX: never */

/* Parts of the state, borrowed; parts that a setting makes are NULL until it came. */
const struct xf_intern *xf_fold_symbols(const struct xf_fold *fold);
const struct xf_register *xf_fold_register(const struct xf_fold *fold);
const struct xf_decisions *xf_fold_decisions(const struct xf_fold *fold);
const struct xf_history *xf_fold_history(const struct xf_fold *fold);
const struct xf_linker *xf_fold_linker(const struct xf_fold *fold);
const struct xf_flags *xf_fold_flags(const struct xf_fold *fold);
const struct xf_graph *xf_fold_graph(const struct xf_fold *fold);
/* The points of live mentions of locations. */
const struct xf_near *xf_fold_near(const struct xf_fold *fold);
const struct xf_partners *xf_fold_partners(const struct xf_fold *fold);
const struct xf_principals *xf_fold_principals(const struct xf_fold *fold);
const struct xf_subscriptions *xf_fold_subscriptions(const struct xf_fold *fold);
const struct xf_vocabulary *xf_fold_vocabulary(const struct xf_fold *fold);
const struct xf_rules *xf_fold_rules(const struct xf_fold *fold);
const struct xf_policy *xf_fold_policy(const struct xf_fold *fold);
const struct xf_model *xf_fold_model(const struct xf_fold *fold);
/* The text of a setting as last entered, NULL when it never was. */
const char *xf_fold_setting(const struct xf_fold *fold, const char *name, size_t *ret_length);

/* The whole state as bytes, and back. Equal journals give equal bytes, whether folded in one go or through a load. */
int xf_fold_save(const struct xf_fold *fold, struct xf_pack *pack) XF_MUST_CHECK;
int xf_fold_load(struct xf_unpack *unpack, struct xf_fold **ret, struct xf_error *error) XF_MUST_CHECK;

#endif
