/* SPDX-License-Identifier: Apache-2.0 */
/* Questions along the graph: what lies around entities, by hops, and the shortest ways between two. All walk the ties of graph.h,
 * as the rules do, and see only what the asker may see: a record that disclosure.h does not show makes no tie, and so no neighbour,
 * no way and no hub.
 *
 * A question is asked in slices, so that no reader holds the state for long: step looks at some ties under the read lock, rest
 * works on what was found without it. What changes in between may be told as it was or as it is. An entity with more neighbours
 * than hub_links (a school, a station) is shown but not walked through: it ties strangers together and tells nothing. */
#ifndef CROSSFLAG_WALK_H
#define CROSSFLAG_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "crossflag/date.h"
#include "crossflag/disclosure.h"

#define XF_FILTER_WORDS_MAX 32
#define XF_RELATION_RECORDS_MAX 50 /* listed of one relation, the newest; all are counted */

/* Which ties count. Words are symbols; one that the state does not know (0) fits nothing. */
struct xf_tie_filter {
    uint32_t types[XF_FILTER_WORDS_MAX], roles[XF_FILTER_WORDS_MAX], not_roles[XF_FILTER_WORDS_MAX];
    uint32_t type_count, role_count, not_role_count;
    bool typed, of_roles;     /* only the types, and the roles of the far end, that are named */
    bool co_mentions;         /* of a typed filter: mere co-mentions too */
    int64_t since, until;     /* records whose time overlaps; XF_TIME_NONE: open */
    char source, information; /* the worst grade that counts; 0: any */
};

/* An entity that was met. mention is one of it that the asker may see (XF_NONE: of a root), as it was when it was met. */
struct xf_node {
    uint32_t entity, mention;
    uint16_t depth; /* hops from the nearest root */
    bool hub;       /* not walked through */
    bool walked;    /* its ties were looked at: all relations with it are known */
};

/* What ties two entities under one type; type 0: they only stand in the same records, and from is the one that was met first. */
struct xf_relation {
    uint32_t from, to, type;
    uint32_t first_record, listed; /* in the answer's records, newest first */
    uint32_t record_count;
    int64_t first, last; /* the span of the records' times */
    /* A record says it that is graded A or B from a source that is not unreliable, and its mentions of both stand in their entities
     * beyond doubt (xf_linker_sure). Else it is tentative. */
    bool confirmed;
};

/* Borrowed from the question until it is destroyed. */
struct xf_found {
    const struct xf_node *nodes; /* roots first, then in the order in which they were met */
    uint32_t node_count;
    const struct xf_relation *relations;
    uint32_t relation_count;
    const uint32_t *records; /* the register's rows */
    /* Links that are there, but of which the asker may see no record, whatever was asked for; and those records, of which at most
     * withheld_listed are listed (for whom to ask). */
    uint32_t withheld_links;
    const uint32_t *withheld;
    uint32_t withheld_listed, withheld_records;
    bool truncated;
};

struct xf_walk_question {
    const struct xf_tie_filter *filter; /* copied */
    uint32_t hops;
    uint32_t hub_links; /* roots have no such limit */
    uint32_t relations; /* at most so many */
};
struct xf_walk;
/* A walk from some entities breadth first. Around one entity the relations with most records come first, then the latest. NULL when
 * out of memory. */
struct xf_walk *xf_walk_create(const struct xf_walk_question *question, const uint32_t *roots, uint32_t count);
void xf_walk_destroy(struct xf_walk *walk);
/* Looks at about so many ties: 1 when there is more to do, XF_OK at the end, XF_ENOMEM. */
int xf_walk_step(struct xf_walk *walk, const struct xf_view *view, uint32_t looks) XF_MUST_CHECK;
int xf_walk_rest(struct xf_walk *walk) XF_MUST_CHECK; /* between two steps, without the lock. XF_OK, XF_ENOMEM */
struct xf_found xf_walk_found(const struct xf_walk *walk);

/* What several roots have in common, of a walk of one hop that has ended: how many of them a node has relations with. */
struct xf_common {
    uint32_t node, shared;
    uint32_t first_relation, relation_count; /* in ret_relations */
};
/* Nodes tied to at least two roots, most shared first, then those with more records, then by entity. Owned arrays (free);
 * ret_relations are indices. XF_OK, XF_ENOMEM. */
int xf_walk_common(const struct xf_walk *walk, struct xf_common **ret, uint32_t *ret_count, uint32_t **ret_relations) XF_MUST_CHECK;

struct xf_trail_question {
    const struct xf_tie_filter *filter; /* copied; its roles are not asked */
    uint32_t from, to, max_hops;
    uint32_t hub_links; /* the ends have no such limit */
    uint32_t paths;     /* at most so many of the shortest */
    bool any;           /* one is enough: that there are more is no truncation */
    uint32_t visited;   /* entities looked at; beyond, the search ends as truncated */
};
struct xf_trail;
/* The shortest ways between two entities, searched from both ends. NULL when out of memory. */
struct xf_trail *xf_trail_create(const struct xf_trail_question *question);
void xf_trail_destroy(struct xf_trail *trail);
/* As xf_walk_step; there is nothing to do between two. */
int xf_trail_step(struct xf_trail *trail, const struct xf_view *view, uint32_t looks) XF_MUST_CHECK;
/* nodes are those on the paths, and hubs that were met and not walked through; relations those along the paths. */
struct xf_found xf_trail_found(const struct xf_trail *trail);
/* How many paths there are, *ret_length hops each; path i is length + 1 entities. */
uint32_t xf_trail_paths(const struct xf_trail *trail, uint32_t *ret_length);
const uint32_t *xf_trail_path(const struct xf_trail *trail, uint32_t i);

#endif
