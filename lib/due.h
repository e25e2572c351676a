/* SPDX-License-Identifier: Apache-2.0 */
/* What falls due when: a binary heap in a total order, so that what comes out never depends on how it went in. */
#ifndef XF_LIB_DUE_H
#define XF_LIB_DUE_H

#include <stdbool.h>

#include "vec.h"

struct xf_due {
    int64_t at;
    uint32_t index;
};
struct xf_dues {
    XF_VEC(struct xf_due) heap;
};

int xf_dues_push(struct xf_dues *dues, struct xf_due due) XF_MUST_CHECK;
/* The earliest, NULL when there is none. */
const struct xf_due *xf_dues_top(const struct xf_dues *dues);
void xf_dues_pop(struct xf_dues *dues);
void xf_dues_free(struct xf_dues *dues);

#endif
