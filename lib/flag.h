/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the flags, shared by flag.c (the rows) and due.c (what falls due when), and what the judge alone may do to them.
 * Readers use crossflag/flag.h. */
#ifndef XF_LIB_FLAG_H
#define XF_LIB_FLAG_H

#include "crossflag/flag.h"
#include "due.h"

#ifndef XF_NONE
#define XF_NONE UINT32_MAX
#endif

struct xf_flags {
    struct xf_intern *symbols;
    XF_VEC(struct xf_flag) flags;
    XF_VEC(struct xf_flag_reason) reasons;
    XF_VEC(struct xf_flag_record) records;
    uint32_t free_reason, free_record; /* XF_NONE: none */
    XF_VEC(uint32_t) first;            /* by entity: its newest flag + 1; derived */
    XF_VEC(int64_t) wakes;             /* by entity: 0 is none */
    struct xf_dues reviews, waking;    /* derived */
    void *memory;
    void (*forget)(void *memory);
};

/* due.c: puts an active flag among those that await their review; drops what has become stale from the top of both heaps. */
int xf_flags_await(struct xf_flags *flags, uint32_t flag) XF_MUST_CHECK;
void xf_flags_drop_stale(struct xf_flags *flags);

/* A reason as the judge found it; records is sorted by the texts of feed and id, next is ignored. Borrowed for the call. */
struct xf_flag_ground_reason {
    uint32_t pattern, count;
    int32_t weight;
    const struct xf_flag_record *records;
    uint32_t record_count;
};

/* Appends a flag (its chain and reasons are set here); position and ordinal must lie behind the last one's. */
int xf_flags_add(struct xf_flags *flags, const struct xf_flag *flag, const struct xf_flag_ground_reason *reasons,
                 uint32_t reason_count, uint32_t *ret) XF_MUST_CHECK;
/* A flag's row for changing scalar members; entity, next_of_entity, status, review_due and first_reason have functions of their
 * own. */
struct xf_flag *xf_flags_edit(struct xf_flags *flags, uint32_t flag);
/* Whether the flag's reasons are these. */
bool xf_flags_same_reasons(const struct xf_flags *flags, uint32_t flag, const struct xf_flag_ground_reason *reasons,
                           uint32_t reason_count);
int xf_flags_set_reasons(struct xf_flags *flags, uint32_t flag, const struct xf_flag_ground_reason *reasons,
                         uint32_t reason_count) XF_MUST_CHECK;
/* Ends an active flag as expired or withdrawn. */
void xf_flags_end(struct xf_flags *flags, uint32_t flag, enum xf_flag_status status, int64_t at);
/* Hands all flags of one entity to another. */
int xf_flags_move(struct xf_flags *flags, uint32_t from, uint32_t to) XF_MUST_CHECK;

/* Asks that an entity be judged again at an instant (the earliest asked for counts). */
int xf_flags_wake(struct xf_flags *flags, uint32_t entity, int64_t at) XF_MUST_CHECK;
/* Takes the next active flag that is past its review_due at an instant (the caller ends it), or the next entity to wake; XF_NONE
 * when there is none. */
uint32_t xf_flags_take_review(struct xf_flags *flags, int64_t at);
uint32_t xf_flags_take_wake(struct xf_flags *flags, int64_t at);

/* What the judge remembers between entries: derived, never saved; destroyed with the flags. */
void *xf_flags_memory(const struct xf_flags *flags);
void xf_flags_remember(struct xf_flags *flags, void *memory, void (*destroy)(void *memory));

#endif
