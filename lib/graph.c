/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the graph: from an entity's mentions to the records they stand in, and to whom those records tie them. Called by the judge,
 * by alerts and by questions. Keeps nothing: what the register and the linker say now is the graph now. */
#include "crossflag/graph.h"

/* The stated links between two mentions, each as a tie; a co-mention when there is none. */
static int visit_pair(const struct xf_graph *graph, const struct xf_register_record *record, struct xf_tie tie, xf_tie_visit *visit,
                      void *context)
{
    bool stated = false;
    int rc;

    for (uint32_t i = record->first_link; i != XF_NONE; i = xf_register_link_at(graph->reg, i)->next) {
        const struct xf_register_link *link = xf_register_link_at(graph->reg, i);

        if (!(link->from == tie.mine && link->to == tie.other) && !(link->from == tie.other && link->to == tie.mine))
            continue;
        stated = true;
        tie.type = link->type;
        tie.outward = link->from == tie.mine;
        rc = visit(context, &tie);
        if (rc != 0)
            return rc;
    }
    return stated ? 0 : visit(context, &tie);
}

int xf_graph_mention_ties(const struct xf_graph *graph, uint32_t entity, uint32_t mention, xf_tie_visit *visit, void *context)
{
    struct xf_tie tie = {.mine = mention, .record = xf_register_mention_at(graph->reg, mention)->record};
    const struct xf_register_record *record = xf_register_record_at(graph->reg, tie.record);

    for (tie.other = record->first_mention; tie.other != XF_NONE; tie.other = xf_register_mention_at(graph->reg, tie.other)->next) {
        int rc;

        if (tie.other == mention)
            continue;
        tie.entity = xf_linker_entity_of(graph->linker, tie.other);
        if (tie.entity == entity || tie.entity == XF_NONE)
            continue;
        rc = visit_pair(graph, record, tie, visit, context);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int xf_graph_ties(const struct xf_graph *graph, uint32_t entity, xf_tie_visit *visit, void *context)
{
    for (uint32_t mention = xf_linker_first(graph->linker, entity); mention != XF_NONE;
         mention = xf_linker_next(graph->linker, mention)) {
        int rc = xf_graph_mention_ties(graph, entity, mention, visit, context);

        if (rc != 0)
            return rc;
    }
    return 0;
}

const struct xf_agency *xf_graph_agency(const struct xf_graph *graph, uint32_t feed)
{
    uint32_t index = graph->partners ? xf_partners_feed(graph->partners, xf_intern_text(graph->symbols, feed)) : UINT32_MAX;

    return index == UINT32_MAX ? NULL : xf_partners_agency_at(graph->partners, xf_partners_feed_at(graph->partners, index)->agency);
}
