/* SPDX-License-Identifier: Apache-2.0 */
/* Flags: what rules found about one entity, and the life that people give them: proposed → confirmed | dismissed, → expired |
 * withdrawn. Kept for ever as history; plain rows, texts as symbols. */
#ifndef CROSSFLAG_FLAG_H
#define CROSSFLAG_FLAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/intern.h"
#include "crossflag/pack.h"

enum xf_flag_status { XF_FLAG_PROPOSED = 1, XF_FLAG_CONFIRMED, XF_FLAG_DISMISSED, XF_FLAG_EXPIRED, XF_FLAG_WITHDRAWN };
enum xf_level { XF_LEVEL_NONE, XF_LEVEL_LOW, XF_LEVEL_MEDIUM, XF_LEVEL_HIGH };
const char *xf_flag_status_name(enum xf_flag_status status);
const char *xf_level_name(enum xf_level level);

/* A step in a flag's life: the alert's type is uk.crossflag.flag.<name>.v1. CHANGED is a change of reasons that is no news (no
 * alert). */
enum xf_flag_step {
    XF_STEP_CHANGED,
    XF_STEP_RAISED,
    XF_STEP_RAISED_LEVEL,
    XF_STEP_CONFIRMED,
    XF_STEP_DISMISSED,
    XF_STEP_RENEWED,
    XF_STEP_EXPIRED,
    XF_STEP_WITHDRAWN,
    XF_STEP_HANDED_OVER /* its subject became part of an older entity, which bears it from now on */
};
const char *xf_flag_step_name(enum xf_flag_step step);

/* One contributing record and one reason (a pattern with its count and weight); lists are chained by next, in canonical order
 * (pattern as in the rule; records by feed and id text), so that equal grounds give equal flags. */
struct xf_flag_record {
    uint32_t feed, id, next;
};
struct xf_flag_reason {
    uint32_t pattern;
    uint32_t count;
    int32_t weight;
    uint32_t first_record;
    uint32_t next;
};

struct xf_flag {
    uint64_t position; /* of the entry that raised it; with ordinal it makes the id flag-<position>-<ordinal> */
    int64_t raised_at, review_due;
    int64_t event_at;   /* the latest contributing event */
    int64_t changed_at; /* of the last step */
    uint32_t ordinal;
    uint32_t entity;     /* as when last judged; follow xf_linker_entity_living */
    uint32_t rule, type; /* symbols */
    uint32_t rule_version;
    int32_t score; /* thousandths */
    uint32_t first_reason;
    uint32_t by, rationale;            /* symbols: of the last decision by a person */
    uint8_t status, level, peak_level; /* peak: the highest level alerted so far */
    uint8_t handling;                  /* strictest contributor: enum xf_condition bits, 128 when any is handling code C */
    uint32_t next_of_entity;           /* chain of the entity's flags */
    uint8_t closed_by_person;          /* 1: a person's step ended it, so that the same evidence does not raise it again */
    uint8_t padding[3];
};

static inline bool xf_flag_active(const struct xf_flag *flag)
{
    return flag->status == XF_FLAG_PROPOSED || flag->status == XF_FLAG_CONFIRMED;
}

#define XF_FLAG_ID 40
char *xf_flag_id(const struct xf_flag *flag, char buffer[static XF_FLAG_ID]);

struct xf_flags;
struct xf_flags *xf_flags_create(struct xf_intern *symbols);
void xf_flags_destroy(struct xf_flags *flags);
uint32_t xf_flags_count(const struct xf_flags *flags);
const struct xf_flag *xf_flags_at(const struct xf_flags *flags, uint32_t flag);
const struct xf_flag_reason *xf_flags_reason_at(const struct xf_flags *flags, uint32_t reason);
const struct xf_flag_record *xf_flags_record_at(const struct xf_flags *flags, uint32_t record);
uint32_t xf_flags_find(const struct xf_flags *flags, const char *id); /* XF_NONE (UINT32_MAX) when there is none */
/* The chain of an entity's flags, newest first. */
uint32_t xf_flags_first(const struct xf_flags *flags, uint32_t entity);

/* A person's step on a flag at an instant: confirm and dismiss what is proposed, renew and withdraw what is proposed or confirmed.
 * by and rationale must not be empty (XF_EINVAL, also for a step that is no person's). XF_ECONFLICT with *error when the status
 * does not allow it. renew moves review_due to review_months after at. */
int xf_flags_decide(struct xf_flags *flags, uint32_t flag, enum xf_flag_step step, const char *by, const char *rationale,
                    int64_t at, int review_months, struct xf_error *error) XF_MUST_CHECK;
/* When the next tick is due: the earliest review_due among proposed and confirmed flags, or the instant at which time alone changes
 * what a rule found (a marker begins or ends), if that is earlier. INT64_MAX when there is none. */
int64_t xf_flags_next_due(const struct xf_flags *flags);

int xf_flags_save(const struct xf_flags *flags, struct xf_pack *pack) XF_MUST_CHECK;
int xf_flags_load(struct xf_unpack *unpack, struct xf_intern *symbols, struct xf_flags **ret) XF_MUST_CHECK;

#endif
