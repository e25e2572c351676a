/* SPDX-License-Identifier: Apache-2.0 */
/* Which decisions are in force. Called by the fold whenever decisions or the mentions that they name come or go. */
#ifndef XF_LIB_CONTEST_H
#define XF_LIB_CONTEST_H

#include "crossflag/decision.h"
#include "crossflag/register.h"

/* What the contest is about: decisions, and who they are on. */
struct xf_contest {
    struct xf_decisions *decisions;
    struct xf_linker *linker;
    const struct xf_register *reg;
    const struct xf_intern *symbols;
};

/* Settles anew, in the order in which they were made, the decisions that hang together with those that name a mention of a record:
 * each holds unless it contradicts earlier ones. Tells the linker. XF_OK, XF_ENOMEM. */
int xf_contest_record(const struct xf_contest *contest, uint32_t feed, uint32_t id) XF_MUST_CHECK;
/* The same around one decision. */
int xf_contest_decision(const struct xf_contest *contest, uint32_t row) XF_MUST_CHECK;

/* decision.c: marks a row while a contest is settled. */
void xf_decisions_visit(struct xf_decisions *decisions, uint32_t decision, bool visited);

#endif
