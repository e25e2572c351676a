/* SPDX-License-Identifier: Apache-2.0 */
/* What the questions along the graph share: links, paths, what is common, what is near, what came when. */
#ifndef XF_DAEMON_ALONG_H
#define XF_DAEMON_ALONG_H

#include "crossflag/walk.h"
#include "query.h"

/* Ties looked at under one hold of the read lock: some 0.2 ms. */
#define XF_ALONG_LOOKS 500
/* The type that is told of two that only stand in one record, and the word that asks for it. */
#define XF_ALONG_CO_MENTION "mentioned_with"

void xf_along_links(struct xf_call *call);    /* GET /v1/entities/{id}/links */
void xf_along_common(struct xf_call *call);   /* POST /v1/common */
void xf_along_path(struct xf_call *call);     /* GET /v1/path */
void xf_along_near(struct xf_call *call);     /* GET /v1/near */
void xf_along_timeline(struct xf_call *call); /* GET /v1/entities/{id}/timeline */

/* Parameters; each answers 400 itself (XF_EINVAL). */
int xf_along_bad(struct xf_call *call, const char *name, const char *reason);
int xf_along_number(struct xf_call *call, const char *name, uint32_t otherwise, uint32_t min, uint32_t max,
                    uint32_t *ret) XF_MUST_CHECK;
/* since, until: a time, or a day, of which until is the end. */
int xf_along_span(struct xf_call *call, int64_t *ret_since, int64_t *ret_until) XF_MUST_CHECK;
/* types, roles, since, until, min_grade. */
int xf_along_filter(struct xf_call *call, struct xf_tie_filter *ret) XF_MUST_CHECK;
/* The living entity of an id that the caller may know of; XF_NONE: none. Under the read lock. */
uint32_t xf_along_entity(const struct xf_fold *fold, const struct xf_view *view, const char *id);
bool xf_along_ready(const struct xf_fold *fold);
/* 404. */
void xf_along_unknown(struct xf_call *call, const char *detail);

/* A mention of an entity that the caller may see: this one, if it still is the entity's, else another (some are looked at);
 * XF_NONE: none. */
uint32_t xf_along_shown(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, uint32_t mention);
/* {"id","kind","values","flag_count"}, new. */
json_t *xf_along_entity_json(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, uint32_t mention);
/* What was found, a slice at a time under the read lock, on a worker: "entities" and "links" of it; only those whose mark is set
 * when there are marks. New arrays. */
json_t *xf_along_nodes_json(struct xf_call *call, const struct xf_found *found);
json_t *xf_along_relations_json(struct xf_call *call, const struct xf_found *found, const uint32_t *rows, uint32_t count);
/* {"links","records","ask"}, NULL when nothing was withheld. */
json_t *xf_along_withheld_json(struct xf_call *call, const struct xf_found *found);

#endif
