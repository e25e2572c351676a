/* SPDX-License-Identifier: Apache-2.0 */
/* What became of entities: every merge and every split, with the entry that caused it and, of a merge, the edge that joined. Part
 * of the folded state; kept for ever. That an entity was created is told by its id, which holds the position. */
#ifndef CROSSFLAG_HISTORY_H
#define CROSSFLAG_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "crossflag/decision.h"
#include "crossflag/disclosure.h"
#include "crossflag/linker.h"
#include "crossflag/pack.h"

struct xf_entity_event {
    uint64_t position;       /* of the entry that caused it; a decision's id, when it was one */
    int64_t at;              /* the entry's time */
    uint32_t entity, other;  /* merged: the redirect, and what it became part of; split: the new one, and what it was part of */
    uint32_t feed, id;       /* the record that was put or withdrawn; 0: it was no record */
    uint32_t actor;          /* who made the entry */
    struct xf_mention_key a; /* the edge that joined: a was the redirect's; the two that a decision parted. feed 0: there is none */
    struct xf_mention_key b;
    int32_t weight;
    uint32_t next[2]; /* chains of entity's and of other's events, from the newest */
    uint8_t change;   /* XF_ENTITY_MERGED or XF_ENTITY_SPLIT */
    uint8_t cause;    /* enum xf_entry_kind */
    uint8_t decision; /* enum xf_word, of a cause that is one */
    uint8_t word;     /* the edge is people's "same"; weight is what the two weigh without */
    uint32_t padding;
};

struct xf_history;
struct xf_history *xf_history_create(void);
void xf_history_destroy(struct xf_history *history);
/* Appends an event; positions never go down. XF_OK, XF_ENOMEM. */
int xf_history_add(struct xf_history *history, const struct xf_entity_event *event) XF_MUST_CHECK;
uint32_t xf_history_count(const struct xf_history *history);
const struct xf_entity_event *xf_history_at(const struct xf_history *history, uint32_t event);
/* The events that name an entity on either side, newest first; XF_NONE at the end. */
uint32_t xf_history_first(const struct xf_history *history, uint32_t entity);
uint32_t xf_history_next(const struct xf_history *history, uint32_t event, uint32_t entity);
int xf_history_save(const struct xf_history *history, struct xf_pack *pack) XF_MUST_CHECK;
int xf_history_load(struct xf_unpack *unpack, struct xf_history **ret) XF_MUST_CHECK;

/* An event for a viewer: {"event":"merged","entity","into","position","at","because"} or {"event":"split","entity","from",…}.
 * because: {"change":"put|withdrawn","record":{feed,id}}, {"change":"decision","decision":{"id","decision","by"}} or
 * {"change":"model|…"}, with "edge":{"a":{feed,id,ref},"b","weight","word"} of a merge. A record that the viewer may not see is
 * left out, with the edge that names it, and "withheld":true says so. New reference, NULL when out of memory. */
json_t *xf_history_json(const struct xf_view *view, const struct xf_entity_event *event);

#endif
