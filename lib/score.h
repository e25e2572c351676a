/* SPDX-License-Identifier: Apache-2.0 */
/* The match weight of a pair: thousandths of a bit, prior included. A function of the two mentions and the model alone, and
 * symmetric. */
#ifndef XF_LIB_SCORE_H
#define XF_LIB_SCORE_H

#include <stdbool.h>

#include "aspect.h"

#define XF_WEIGHT_NEVER INT32_MIN /* a hard conflict: the two can never be one */
#define XF_TRACE_MAX 48           /* more than all comparisons, attributes and their corrections */

/* What was compared: for those who ask why. */
struct xf_trace {
    bool conflict;
    uint32_t count;
    struct xf_trace_item {
        const char *comparison, *level;
        int32_t weight;
        uint8_t comparison_at, level_at; /* in the model; XF_TRACE_NOTE: no comparison's level, but a correction of others */
        const struct xf_value *a, *b;    /* NULL: the comparison is of several values */
    } items[XF_TRACE_MAX];
};
#define XF_TRACE_NOTE 255
#define XF_TRACE_ATTRIBUTE XF_COMPARISONS_MAX /* comparison_at of the model's first attribute */

/* The weight, or XF_WEIGHT_NEVER. Below floor any weight below floor may come instead (floor INT32_MIN: always exact). trace may be
 * NULL; with it the sum of its items and the prior is the weight, conflict or not. */
int32_t xf_score(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t floor,
                 struct xf_trace *trace);
/* The same, but mentions of one source may be one: for groups that others hold together. */
int32_t xf_score_groups(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t floor,
                        struct xf_trace *trace);
/* Whether the two say clearly different things: what weighs against them reaches the model's contradiction, or they are two given
 * names of one family. */
bool xf_score_contradicts(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b);
/* Whether two persons have different valid values of a scheme that gives one to each person. */
bool xf_score_conflict(const struct xf_aspect *a, const struct xf_aspect *b);

/* What agreed, for those that repeat each other. */
struct xf_agreed {
    int home;            /* level of the persons' addresses; -1 none */
    uint32_t attributes; /* that agree exactly, a bit each */
    int32_t weights[XF_ATTRIBUTES_MAX];
};

/* Shared by score.c and the kinds' files. trace may be NULL in all of them. */
int xf_score_similarity(const char *a, size_t a_length, const char *b, size_t b_length);
/* Notes a comparison's level; a correction. */
void xf_trace_level(struct xf_trace *trace, const struct xf_comparison *comparisons, int comparison, int level, int32_t weight,
                    const struct xf_value *a, const struct xf_value *b);
void xf_trace_note(struct xf_trace *trace, const char *comparison, const char *level, int32_t weight);
/* Notes a level of one of a kind's comparisons and returns its weight. */
int32_t xf_score_level(struct xf_trace *trace, const struct xf_comparison *comparison, int level, const struct xf_value *a,
                       const struct xf_value *b);
/* How much of an agreement's weight is to be taken for chance when it was the best of so many pairs of values. */
int32_t xf_score_chance(const struct xf_model_kind *model, int32_t weight, uint32_t pairs);
int32_t xf_score_set(const struct xf_model_kind *model, int comparison, enum xf_field field, const struct xf_aspect *a,
                     const struct xf_aspect *b, struct xf_trace *trace);

/* How two names compare: levels of the three comparisons, -1 where there is nothing to compare. */
struct xf_name_result {
    int given, family, level;
    int rank; /* parts that both tell in full */
    int32_t given_weight, family_weight, weight;
    const struct xf_aspect_name *a, *b;
};
/* The best pair of names. *ret_level: of the two together, -1 none. */
int32_t xf_score_names(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int *ret_level,
                       struct xf_trace *trace);
/* What of the agreements is said twice and is to be taken off. */
int32_t xf_score_repeated(const struct xf_model_kind *model, const struct xf_agreed *agreed, struct xf_trace *trace);
int32_t xf_score_person(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                        int32_t floor, struct xf_agreed *agreed, struct xf_trace *trace);
int32_t xf_score_location(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                          int32_t floor, struct xf_trace *trace);
int32_t xf_score_vehicle(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                         struct xf_trace *trace);

#endif
