/* SPDX-License-Identifier: Apache-2.0 */
/* From a call to the journal and back: submits entries, and resumes the call on the loop when they are committed, or folded. */
#ifndef XF_DAEMON_APPEND_H
#define XF_DAEMON_APPEND_H

#include "route.h"

/* Submits a batch for a call (takes the caller's reference). resume runs on the loop once the batch is committed (fold false) or
 * folded (fold true) with XF_OK, or with the journal's refusal: XF_ECONFLICT, XF_EIO, XF_ELIMIT. batch is valid during resume. */
typedef void xf_append_resume(struct xf_call *call, struct xf_batch *batch, int result, void *context);
void xf_append(struct xf_call *call, struct xf_batch *batch, bool fold, xf_append_resume *resume, void *context);
/* Answers 503 (or 429 for XF_ELIMIT) with Retry-After for a refusal. */
void xf_append_refuse(struct xf_call *call, int result);

#endif
