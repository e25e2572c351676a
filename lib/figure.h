/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a model's JSON: reading them with their sources and telling where one is wrong. Used by model.c alone. */
#ifndef XF_LIB_FIGURE_H
#define XF_LIB_FIGURE_H

#include <jansson.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_FIGURE_WEIGHT_MAX 200000 /* thousandths of a bit, either way */

/* Where the reader stands, and the error to fill (may be NULL). */
struct xf_place {
    struct xf_error *error;
    char pointer[sizeof(((struct xf_error *)0)->pointer)];
};

/* The place of a member. */
struct xf_place xf_figure_child(const struct xf_place *place, const char *name);
/* Fills the error. Returns XF_EINVAL. */
int xf_figure_fault(const struct xf_place *place, const char *format, ...) XF_PRINTF(2, 3);

/* All return XF_OK or XF_EINVAL with the error filled, outputs then untouched. */
/* Checks that value is an object with no member but those of the NULL-ended list. */
int xf_figure_members(const struct xf_place *place, json_t *value, const char *const *names) XF_MUST_CHECK;
/* Checks that the object says where its number comes from. */
int xf_figure_source(const struct xf_place *place, json_t *object) XF_MUST_CHECK;
int xf_figure_integer(const struct xf_place *place, json_t *object, const char *name, int64_t min, int64_t max,
                      int64_t *ret) XF_MUST_CHECK;
/* A probability as its log2 in thousandths. */
int xf_figure_probability(const struct xf_place *place, json_t *object, const char *name, int32_t *ret) XF_MUST_CHECK;
/* A weight with its source: {"weight"} or {"m","u"}. *ret_u becomes log2 u, 0 when there is none. */
int xf_figure_weight(const struct xf_place *place, json_t *object, int32_t *ret, int32_t *ret_u) XF_MUST_CHECK;

#endif
