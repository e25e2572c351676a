/* SPDX-License-Identifier: Apache-2.0 */
/* What several mentions, taken for one, say together: all their values, each once. Groups are compared by their portraits, so that
 * one mention's birth date and another's telephone both speak for a third that has the two. */
#ifndef XF_LIB_PORTRAIT_H
#define XF_LIB_PORTRAIT_H

#include "aspect.h"

#define XF_PORTRAIT_VALUES 128 /* further ones are left out */

/* aspect.values points into itself: not to be copied. */
struct xf_portrait {
    struct xf_aspect aspect;
    struct xf_value values[XF_PORTRAIT_VALUES];
};

/* Begins with one mention's. The names, dates and addresses of a portrait have no values to show. */
void xf_portrait_begin(struct xf_portrait *portrait, const struct xf_aspect *first);
/* Takes in another's, of the same kind and lexicon. What a portrait has no more room for is left out. */
void xf_portrait_add(struct xf_portrait *portrait, const struct xf_aspect *other);

#endif
