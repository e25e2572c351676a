/* SPDX-License-Identifier: Apache-2.0 */
/* Standard Webhooks 1.0.0 signatures. */
#ifndef CROSSFLAG_SIGNATURE_H
#define CROSSFLAG_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_SIGNATURE_TEXT 128
/* Room for a secret or key as text: "whsec_" and 64 bytes in base64, "whsk_" and 64 bytes, and a NUL. */
#define XF_SIGNATURE_SECRET_TEXT 96

/* Writes "v1,<base64 HMAC-SHA256 of id.timestamp.body>" for a secret "whsec_<base64>" of 24..64 bytes. XF_EINVAL when the secret is
 * none. */
int xf_signature_hmac(const char *secret, const char *id, int64_t timestamp, const char *body, size_t length,
                      char out[static XF_SIGNATURE_TEXT]) XF_MUST_CHECK;
/* Writes "v1a,<base64 ed25519>" for a secret "whsk_<base64 seed or seed||public>". */
int xf_signature_ed25519(const char *secret, const char *id, int64_t timestamp, const char *body, size_t length,
                         char out[static XF_SIGNATURE_TEXT]) XF_MUST_CHECK;

/* Secrets as text from random bytes that the caller brings: "whsec_…" of 24..64 bytes, "whsk_…" of a 32-byte seed, and the "whpk_…"
 * that belongs to a "whsk_…". */
int xf_signature_secret(const uint8_t *bytes, size_t length, char out[static XF_SIGNATURE_SECRET_TEXT]) XF_MUST_CHECK;
int xf_signature_private(const uint8_t seed[static 32], char out[static XF_SIGNATURE_SECRET_TEXT]) XF_MUST_CHECK;
int xf_signature_public(const char *private_key, char out[static XF_SIGNATURE_SECRET_TEXT]) XF_MUST_CHECK;

#endif
