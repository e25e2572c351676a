/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as one: distinct children, distinct events. Between ground.c and thing.c only. */
#ifndef XF_LIB_THING_H
#define XF_LIB_THING_H

#include "judge.h"

/* Gives every hit the thing that it is counted as and makes memory->things; drops the hits of those that a pattern excepts. */
int xf_things_assign(struct xf_judge *judge, const struct xf_rule *rule, uint32_t subject) XF_MUST_CHECK;

#endif
