/* SPDX-License-Identifier: Apache-2.0 */
/* People's word on pairs of mentions, by the linker's mention numbers: what is in force. (decision.h keeps what was ever said, by
 * the mentions' public keys.) */
#ifndef XF_LIB_VERDICT_H
#define XF_LIB_VERDICT_H

#include "crossflag/linker.h"
#include "vec.h"

/* Each word stands twice, once under either mention. Sorted by (mention, other): there are few, and they are saved as they lie. */
struct xf_verdict {
    uint32_t mention, other;
    uint32_t word; /* enum xf_word, never XF_WORD_NONE */
};

struct xf_verdicts {
    XF_VEC(struct xf_verdict) rows;
};

/* The words that name a mention, borrowed until the next change. */
const struct xf_verdict *xf_verdicts_of(const struct xf_verdicts *verdicts, uint32_t mention, uint32_t *ret_count);
enum xf_word xf_verdicts_get(const struct xf_verdicts *verdicts, uint32_t a, uint32_t b);
/* Sets the word on a pair, whatever it was. XF_OK, XF_ENOMEM. */
int xf_verdicts_set(struct xf_verdicts *verdicts, uint32_t a, uint32_t b, enum xf_word word) XF_MUST_CHECK;
/* Whether the word can stand beside the others: "same" chains are followed. XF_OK, XF_ECONFLICT, XF_ENOMEM. */
int xf_verdicts_check(const struct xf_verdicts *verdicts, uint32_t a, uint32_t b, enum xf_word word) XF_MUST_CHECK;

#endif
