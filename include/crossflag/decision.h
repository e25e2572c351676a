/* SPDX-License-Identifier: Apache-2.0 */
/* People's word on pairs of mentions: same or not the same. Kept by the mentions' public keys (feed, record id, ref), so that a
 * decision outlives corrections of the records, and comes back into force when a withdrawn record returns. Part of the folded
 * state; every decision ever made stays as history.
 *
 * Which decisions are in force is a function of the decisions and of the mentions that are there: in the order in which they were
 * made, each holds unless it contradicts those before it. So an earlier word wins until it is undone, and what it kept out comes
 * into force then. A decision's id is "dec-<position>", of the entry that made it. */
#ifndef CROSSFLAG_DECISION_H
#define CROSSFLAG_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "crossflag/intern.h"
#include "crossflag/linker.h"
#include "crossflag/pack.h"

/* A mention's public key, as symbols. */
struct xf_mention_key {
    uint32_t feed, id, ref;
};

struct xf_decision {
    uint64_t position; /* of the entry that last spoke on this pair */
    int64_t at;
    struct xf_mention_key a, b;
    uint32_t by, rationale;
    uint32_t next[2]; /* chains of the decisions of a's and of b's record */
    uint32_t older;   /* what was said on the pair before: xf_decisions_past_at; XF_NONE: nothing */
    uint8_t word;     /* enum xf_word: the latest */
    uint8_t in_force; /* the linker took it: both mentions exist and nothing contradicts it */
    uint8_t visited;  /* while a contest is settled; 0 otherwise */
    uint8_t padding;
};

/* An earlier word on a pair, which a later one replaced or undid. */
struct xf_past_decision {
    uint64_t position;
    int64_t at;
    uint32_t by, rationale;
    uint32_t older;
    uint8_t word;
    uint8_t padding[3];
};

#define XF_DECISION_ID 32
char *xf_decision_id(uint64_t position, char buffer[static XF_DECISION_ID]);
/* The position in an id, 0 when it is none. */
uint64_t xf_decision_position(const char *id);

struct xf_decisions;
struct xf_decisions *xf_decisions_create(void);
void xf_decisions_destroy(struct xf_decisions *decisions);
/* Makes or replaces the decision on a pair (a, b and b, a are one pair); *ret is its index. XF_OK, XF_ENOMEM. */
int xf_decisions_put(struct xf_decisions *decisions, const struct xf_decision *decision, uint32_t *ret) XF_MUST_CHECK;
/* XF_NONE when nobody spoke on the pair. */
uint32_t xf_decisions_find(const struct xf_decisions *decisions, struct xf_mention_key a, struct xf_mention_key b);
uint32_t xf_decisions_count(const struct xf_decisions *decisions);
const struct xf_decision *xf_decisions_at(const struct xf_decisions *decisions, uint32_t decision);
const struct xf_past_decision *xf_decisions_past_at(const struct xf_decisions *decisions, uint32_t past);
/* The decision of which an entry was the making, the change or the undoing; XF_NONE when the entry was nothing of the kind. */
uint32_t xf_decisions_of(const struct xf_decisions *decisions, uint64_t position);
/* The statements in the order of the journal, undone and replaced ones too: how many, and which row the n-th spoke on. */
uint32_t xf_decisions_statements(const struct xf_decisions *decisions);
uint32_t xf_decisions_statement(const struct xf_decisions *decisions, uint32_t n, uint64_t *ret_position);
/* The decisions in force that a word on (a, b) would contradict, as the way from a to b: "same" all along for a "not same", with
 * one "not same" among them for a "same". The shortest; what was said on the pair itself, which the word replaces, is no part of
 * it. Returns how many there are, 0 when nothing contradicts; at most max are filled. Negative: XF_ENOMEM. */
int xf_decisions_against(const struct xf_decisions *decisions, struct xf_mention_key a, struct xf_mention_key b, enum xf_word word,
                         uint32_t *rows, int max) XF_MUST_CHECK;
/* Whether the linker took it. */
void xf_decisions_force(struct xf_decisions *decisions, uint32_t decision, bool in_force);
/* The decisions that name a mention of a record: the first, and the one after `decision`; XF_NONE at the end. */
uint32_t xf_decisions_first(const struct xf_decisions *decisions, uint32_t feed, uint32_t id);
uint32_t xf_decisions_next(const struct xf_decisions *decisions, uint32_t decision, uint32_t feed, uint32_t id);
int xf_decisions_save(const struct xf_decisions *decisions, struct xf_pack *pack) XF_MUST_CHECK;
int xf_decisions_load(struct xf_unpack *unpack, struct xf_decisions **ret) XF_MUST_CHECK;

#endif
