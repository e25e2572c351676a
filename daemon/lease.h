/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's lease: an advisory lock of the database session says who may write now, the epoch in table writer fences who wrote
 * before. */
#ifndef XF_DAEMON_LEASE_H
#define XF_DAEMON_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

struct xf_db;

#define XF_URL_MAX 256

/* What the database says now: epoch, last position and the writer's URL. XF_OK, XF_EIO. */
struct xf_lease {
    uint64_t epoch, head;
    char url[XF_URL_MAX];
};
int xf_lease_look(struct xf_db *db, struct xf_lease *ret, struct xf_error *error) XF_MUST_CHECK;
/* Tries for the lock without waiting. */
int xf_lease_try(struct xf_db *db, bool *ret_held, struct xf_error *error) XF_MUST_CHECK;
/* Holding the lock: begins the next epoch. *ret is the lease as it is then: nobody else can move the head any more. */
int xf_lease_take(struct xf_db *db, const char *url, int64_t at, struct xf_lease *ret, struct xf_error *error) XF_MUST_CHECK;
/* The head when an epoch began. XF_OK, XF_ENOTFOUND, XF_EIO. */
int xf_lease_began(struct xf_db *db, uint64_t epoch, uint64_t *ret_head, struct xf_error *error) XF_MUST_CHECK;
/* Gives the lock back, if it is held. */
void xf_lease_release(struct xf_db *db);

#endif
