/* SPDX-License-Identifier: Apache-2.0 */
/* The ties of one entity as one asker may see them: what walk.c and trail.c go from entity to entity by. */
#ifndef XF_LIB_EXPAND_H
#define XF_LIB_EXPAND_H

#include "crossflag/walk.h"
#include "map.h"
#include "vec.h"

/* One record's word on a neighbour. */
struct xf_hit {
    int64_t first, last;
    uint32_t other, record, type;
    bool outward, confirmed;
};

#define XF_NEIGHBOUR_SHOWN 1  /* some record that ties it is shown */
#define XF_NEIGHBOUR_PASSED 2 /* and one passes the filter: it is a neighbour */
struct xf_neighbour {
    uint32_t entity, mention;
    uint8_t flags;
};

struct xf_withheld_tie {
    uint32_t other, record;
};

/* Zeroed: none. Its memory is used again from entity to entity. */
struct xf_expansion {
    const struct xf_tie_filter *filter;
    uint32_t entity, only, hub_links;
    uint32_t at, looks, passed;
    bool begun, wants_hits;
    bool hub;           /* it has more neighbours than hub_links, or more ties than are looked at: what was gathered is not all */
    bool cut;           /* its ties were not all looked at */
    struct xf_map rows; /* by entity: its neighbour */
    XF_VEC(struct xf_neighbour) neighbours;
    XF_VEC(struct xf_hit) hits;
    XF_VEC(struct xf_withheld_tie) withheld;
};

/* Begins with an entity. only: the one neighbour that is asked about, XF_NONE: all. hub_links 0: no limit. */
void xf_expansion_start(struct xf_expansion *expansion, const struct xf_tie_filter *filter, uint32_t entity, uint32_t only,
                        uint32_t hub_links, bool wants_hits);
/* Takes what it used from *looks: 1 when there is more, XF_OK at the end, XF_ENOMEM. */
int xf_expansion_look(struct xf_expansion *expansion, const struct xf_view *view, uint32_t *looks) XF_MUST_CHECK;
void xf_expansion_finish(struct xf_expansion *expansion);

/* Relations as they are gathered for an answer. */
struct xf_relations {
    XF_VEC(struct xf_relation) rows;
    XF_VEC(uint32_t) records;
};
/* Makes relations of an expansion's hits (which it sorts), those with most records first, at most max in all: *ret_cut when there
 * were more. XF_OK, XF_ENOMEM. */
int xf_relations_group(struct xf_relations *relations, struct xf_expansion *expansion, uint32_t max, bool *ret_cut) XF_MUST_CHECK;
void xf_relations_finish(struct xf_relations *relations);

#endif
