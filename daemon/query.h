/* SPDX-License-Identifier: Apache-2.0 */
/* What the questions' handlers share: the caller's view of the state, and what is said of what was withheld. */
#ifndef XF_DAEMON_QUERY_H
#define XF_DAEMON_QUERY_H

#include "crossflag/disclosure.h"
#include "route.h"

void xf_query_check(struct xf_call *call);      /* POST /v1/check */
void xf_query_search(struct xf_call *call);     /* POST /v1/search */
void xf_query_entity(struct xf_call *call);     /* GET /v1/entities/{id} */
void xf_query_decide(struct xf_call *call);     /* POST /v1/decisions */
void xf_query_decisions(struct xf_call *call);  /* GET /v1/decisions */
void xf_query_undo(struct xf_call *call);       /* POST /v1/decisions/{id}/undo, DELETE /v1/decisions/{id} */
void xf_query_why(struct xf_call *call);        /* GET /v1/why */
void xf_query_why_entity(struct xf_call *call); /* GET /v1/entities/{id}/why */
void xf_query_review(struct xf_call *call);     /* GET /v1/review/links */

/* Answers 400 to ?as_at=, which would otherwise get today's state under another day's name. */
int xf_query_of_today(struct xf_call *call) XF_MUST_CHECK;

/* The caller's view of a state under the read lock. */
struct xf_view xf_query_view(const struct xf_call *call, const struct xf_fold *fold);
/* The flags on an entity that stand (proposed or confirmed), each at the caller's level: a new array. */
json_t *xf_query_flags(const struct xf_view *view, uint32_t entity);
/* Whether the caller may know that there is such an entity: of one of its records, or of a flag on it. */
bool xf_query_knows(const struct xf_view *view, uint32_t entity);

enum xf_sight xf_query_sight(const struct xf_view *view, uint32_t record);

/* Records that the caller may not see, counted by the agency to ask. */
struct xf_withheld {
    uint32_t records;
    uint32_t agencies[16];
    size_t agency_count;
};
void xf_withheld_add(struct xf_withheld *withheld, const struct xf_view *view, uint32_t record);
/* {"records":n,"ask":[{"agency","contact"}]}, or NULL when nothing was withheld. */
json_t *xf_withheld_json(const struct xf_withheld *withheld, const struct xf_view *view);

/* Runs a job of the call's on a worker, then done on the loop, which answers and gives back the reference to the exchange that is
 * taken here. False: answered 503. */
bool xf_query_submit(struct xf_call *call, void (*run)(void *argument, struct xf_db *db), void (*done)(void *argument),
                     void *argument);
/* A record's body out of the journal (a worker's connection): a new object, NULL with *error. */
json_t *xf_query_body(struct xf_db *db, uint64_t position, const char *stream, struct xf_error *error);

/* 503: the journal cannot be read; no memory; the state is not made yet. */
void xf_query_away(struct xf_call *call);
void xf_query_no_memory(struct xf_call *call);
void xf_query_not_ready(struct xf_call *call);

extern const char *const xf_kind_names[XF_MENTION_KINDS];

#endif
