/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed and is not in the tables yet, as distinct numbers: the projector's worklist, and a follower's memory of what it
 * would have to write. */
#ifndef XF_DAEMON_BACKLOG_H
#define XF_DAEMON_BACKLOG_H

#include <stddef.h>
#include <stdint.h>

#include "engine.h"

struct xf_numbers {
    uint32_t *items;
    size_t count, capacity, distinct; /* the first `distinct` are sorted, without doubles */
};

struct xf_changes {
    uint64_t position; /* everything up to it is in here or in the tables */
    struct xf_numbers records, entities, flags;
};
/* Adds a take, whose arrays are copied. XF_OK, XF_ENOMEM (unchanged position; may hold a part). */
int xf_changes_add(struct xf_changes *changes, const struct xf_dirty *dirty) XF_MUST_CHECK;
/* Adds one to another, which is left empty at its position. */
int xf_changes_merge(struct xf_changes *changes, struct xf_changes *from) XF_MUST_CHECK;
/* Sorts and drops doubles. */
void xf_changes_settle(struct xf_changes *changes);
size_t xf_changes_count(const struct xf_changes *changes);
void xf_changes_clear(struct xf_changes *changes); /* keeps the position */
void xf_changes_free(struct xf_changes *changes);

#endif
