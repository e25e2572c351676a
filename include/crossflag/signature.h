/* SPDX-License-Identifier: Apache-2.0 */
/* Standard Webhooks 1.0.0 signatures. */
#ifndef CROSSFLAG_SIGNATURE_H
#define CROSSFLAG_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_SIGNATURE_TEXT 128

/* Writes "v1,<base64 HMAC-SHA256 of id.timestamp.body>" for a secret "whsec_<base64>" of 24..64 bytes. XF_EINVAL when the secret is none. */
int xf_signature_hmac(const char *secret, const char *id, int64_t timestamp, const char *body, size_t length, char out[static XF_SIGNATURE_TEXT]) XF_MUST_CHECK;
/* Writes "v1a,<base64 ed25519>" for a secret "whsk_<base64 seed or seed||public>". */
int xf_signature_ed25519(const char *secret, const char *id, int64_t timestamp, const char *body, size_t length, char out[static XF_SIGNATURE_TEXT]) XF_MUST_CHECK;

#endif
