/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets that sign webhooks: made here, kept in the table `secret`, named in the journal by reference only. */
#ifndef XF_DAEMON_SECRET_H
#define XF_DAEMON_SECRET_H

#include <stdint.h>

#include "crossflag/signature.h"
#include "db.h"

#define XF_SECRET_REFERENCE 32
/* How long a rotated secret still signs beside the new one. */
#define XF_SECRET_OVERLAP_US (INT64_C(24) * 3600 * 1000000)

struct xf_secret {
    char reference[XF_SECRET_REFERENCE];
    char value[XF_SIGNATURE_SECRET_TEXT];       /* whsec_… */
    char private_key[XF_SIGNATURE_SECRET_TEXT]; /* whsk_… */
    char public_key[XF_SIGNATURE_SECRET_TEXT];  /* whpk_…: only xf_secret_make fills it */
};

/* Fresh random ones. XF_EIO when the system has no randomness. */
int xf_secret_make(struct xf_secret *ret) XF_MUST_CHECK;
void xf_secret_wipe(struct xf_secret *secret);
int xf_secret_store(struct xf_db *db, const struct xf_secret *secret, int64_t at, struct xf_error *error) XF_MUST_CHECK;
/* Sets when a secret is taken away (by the sweep), if nothing is set yet. */
int xf_secret_expire(struct xf_db *db, const char *reference, int64_t expires_at, struct xf_error *error) XF_MUST_CHECK;
/* The secrets of count references that exist, into secrets (room for count); *ret_count how many. */
int xf_secret_load(struct xf_db *db, const char *const *references, size_t count, struct xf_secret *secrets, size_t *ret_count,
                   struct xf_error *error) XF_MUST_CHECK;
/* Takes expired ones away. */
int xf_secret_sweep(struct xf_db *db, int64_t now, struct xf_error *error) XF_MUST_CHECK;

#endif
