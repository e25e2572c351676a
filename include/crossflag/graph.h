/* SPDX-License-Identifier: Apache-2.0 */
/* The graph as a view: entities are nodes, records tie them together. An edge between two entities exists where one record mentions
 * both, by a stated link or by standing in the same record. Nothing here is stored: register and linker are walked. */
#ifndef CROSSFLAG_GRAPH_H
#define CROSSFLAG_GRAPH_H

#include "crossflag/flag.h"
#include "crossflag/linker.h"
#include "crossflag/partner.h"
#include "crossflag/register.h"

struct xf_graph {
    const struct xf_intern *symbols;
    const struct xf_register *reg;
    const struct xf_linker *linker;
    const struct xf_partners *partners;
};

/* One tie of an entity: its mention `mine` and the mention `other` of another entity in the same live record. type is the stated
 * link's symbol, 0 for a mere co-mention; outward says that the stated link goes from mine to other. */
struct xf_tie {
    uint32_t mine, other, record, entity;
    uint32_t type;
    bool outward;
};
/* Calls visit for every tie of an entity (several for one pair of mentions when several links are stated; one with type 0 when none
 * is). Stops when visit returns non-zero and returns that value. Order: members in the linker's order, mentions in the record's. */
typedef int xf_tie_visit(void *context, const struct xf_tie *tie);
int xf_graph_ties(const struct xf_graph *graph, uint32_t entity, xf_tie_visit *visit, void *context);
/* The same for one mention of an entity (entity must be the mention's): the ties that its record makes. */
int xf_graph_mention_ties(const struct xf_graph *graph, uint32_t entity, uint32_t mention, xf_tie_visit *visit, void *context);
/* The agency behind a feed's symbol, NULL when the partnership does not (or not yet) name it. Borrowed. */
const struct xf_agency *xf_graph_agency(const struct xf_graph *graph, uint32_t feed);

#endif
