/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a model's JSON, shared by model.c (kinds), model_level.c (levels, frequencies, numbers), model_attribute.c and
 * model_person.c. All return XF_OK, XF_EINVAL with the place's error filled, or XF_ENOMEM. */
#ifndef XF_LIB_MODEL_READ_H
#define XF_LIB_MODEL_READ_H

#include "figure.h"
#include "model.h"

/* A comparison's name and the names of its levels, NULL-ended. */
struct xf_shape {
    const char *name;
    const char *levels[XF_LEVELS_MAX + 1];
};

int xf_model_read_comparison(const struct xf_place *place, json_t *object, const struct xf_shape *shape,
                             struct xf_comparison *ret) XF_MUST_CHECK;
/* A weight by itself. */
int xf_model_read_number(const struct xf_place *place, json_t *object, const char *name, int32_t *ret) XF_MUST_CHECK;
int xf_model_read_share(const struct xf_place *place, json_t *object, int64_t most, int32_t *ret) XF_MUST_CHECK;
int xf_model_read_blocking(const struct xf_place *place, json_t *object, struct xf_model_kind *ret) XF_MUST_CHECK;
int xf_model_read_frequencies(const struct xf_place *place, json_t *object, struct xf_frequencies *ret) XF_MUST_CHECK;
/* object may be NULL: none. address is the shape of the persons' addresses. */
int xf_model_read_attributes(const struct xf_place *place, json_t *object, const struct xf_shape *address,
                             struct xf_model_kind *ret) XF_MUST_CHECK;
/* What only persons have: guards against household members, the names' frequencies, personal schemes. */
int xf_model_read_person(const struct xf_place *place, json_t *object, struct xf_model *model) XF_MUST_CHECK;

#endif
