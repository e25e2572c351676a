/* SPDX-License-Identifier: Apache-2.0 */
/* What deliveries leave to be written: where each subscription stands, and the attempts, on their way to the tables `delivery` and
 * `attempt`. Used by ledger.c alone, under its lock. */
#ifndef XF_DAEMON_NOTES_H
#define XF_DAEMON_NOTES_H

#include <jansson.h>

#include "ledger.h"

#define XF_NOTES_MAX                                                                                                               \
    65536 /* attempts kept while the database is away; beyond they are dropped and counted. Standings are one a subscription and   \
             never dropped. */

struct xf_standing;
struct xf_notes {
    struct xf_standing *standings; /* by subscription */
    json_t *attempts;              /* an array, or NULL */
    uint64_t dropped;
};

bool xf_notes_any(const struct xf_notes *notes);
void xf_notes_add(struct xf_notes *notes, const struct xf_attempt *attempt);
/* Writes them in one transaction: XF_OK, or XF_EIO with *error and nothing written. */
int xf_notes_write(const struct xf_notes *notes, struct xf_db *db, struct xf_error *error) XF_MUST_CHECK;
/* Puts notes that could not be written under what came meanwhile, and empties them. */
void xf_notes_put_back(struct xf_notes *notes, struct xf_notes *unwritten);
void xf_notes_clear(struct xf_notes *notes);

#endif
