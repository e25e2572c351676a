/* SPDX-License-Identifier: Apache-2.0 */
/* What may be worth a person's look, weighed for one caller. The value of an item is what a word on it would tell (lib/clerical.h:
 * the doubt, in bits) times what hangs on it: 2, and 8 for each active flag on either side that the caller may know of (up to
 * four), 6 when either side is a child or bears a marker of risk, and the binary logarithms of the two entities' sizes and of the
 * records behind the pair. So a flagged child's possible double comes before a coin toss between two strangers. */
#ifndef XF_DAEMON_CANDIDATE_H
#define XF_DAEMON_CANDIDATE_H

#include "query.h"

struct xf_candidate {
    int64_t value;
    uint32_t a, b; /* what the caller may see of the two contents, a < b */
    struct xf_review item;
    uint32_t flags[2], sizes[2], records[2];
    bool child, marker;
};

struct xf_candidates {
    struct xf_call *call;
    char entity[XF_ENTITY_ID];  /* only its pairs; "": of all */
    struct xf_candidate *items; /* malloc'ed */
    size_t count, capacity;
    struct xf_withheld withheld; /* records for whose sake pairs were left out */
    bool truncated;
};

/* Fills items, the most valuable first, each pair once; a slice at a time under the read lock, on a worker. XF_OK, XF_EINVAL: no
 * such entity, XF_ENOMEM. Looked at are the most doubtful pairs, some 16,000 of them, and those around every flagged entity,
 * whatever their doubt: what is missed has neither. */
int xf_candidates_find(struct xf_candidates *list) XF_MUST_CHECK;
/* The order: value, then mention numbers. */
int xf_candidates_compare(const void *a, const void *b);

#endif
