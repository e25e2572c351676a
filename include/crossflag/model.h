/* SPDX-License-Identifier: Apache-2.0 */
/* A linkage model: for persons, locations and vehicles the comparisons, their levels with m and u, term frequencies, the prior and
 * the thresholds, from one JSON file (config/models/uk.json is the shipped one and says where each number comes from). Frozen once
 * loaded. */
#ifndef CROSSFLAG_MODEL_H
#define CROSSFLAG_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

struct xf_model;

/* Parses and checks a model; a fault names line and column, or the JSON pointer. *ret is owned. XF_EINVAL, XF_ENOMEM. */
int xf_model_parse(const char *text, size_t length, struct xf_model **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_model_destroy(struct xf_model *model);
/* Thresholds in thousandths of a bit. kind is an enum xf_mention_kind. */
int32_t xf_model_link_threshold(const struct xf_model *model, int kind);
int32_t xf_model_review_threshold(const struct xf_model *model, int kind);

#endif
