/* SPDX-License-Identifier: Apache-2.0 */
/* The match weight of a pair: thousandths of a bit, prior included. A function of the two mentions and the model alone, and
 * symmetric. */
#ifndef XF_LIB_SCORE_H
#define XF_LIB_SCORE_H

#include <stdbool.h>

#include "aspect.h"

#define XF_WEIGHT_NEVER INT32_MIN /* a hard conflict: the two can never be one */
#define XF_TRACE_MAX 24

/* What was compared: for those who ask why. */
struct xf_trace {
    bool conflict;
    uint32_t count;
    struct xf_trace_item {
        const char *comparison, *level;
        int32_t weight;
        const struct xf_value *a, *b; /* NULL: the comparison is of several values */
    } items[XF_TRACE_MAX];
};

/* The weight, or XF_WEIGHT_NEVER. Below floor any weight below floor may come instead (floor INT32_MIN: always exact). trace may be
 * NULL; with it the sum of its items and the prior is the weight, conflict or not. */
int32_t xf_score(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t floor,
                 struct xf_trace *trace);
/* What a pair says for or against its two groups being one: its weight when that is `keep` or more; else the sum of the comparisons
 * that contradict (two given names of one family among them) when that is worth counting. False: it has too little to say. */
bool xf_score_between(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t *ret);
/* Whether two persons have different valid values of a scheme that gives one to each person. */
bool xf_score_conflict(const struct xf_aspect *a, const struct xf_aspect *b);

/* Shared by score.c and the kinds' files. */
int xf_score_similarity(const char *a, size_t a_length, const char *b, size_t b_length);
int32_t xf_score_level(struct xf_trace *trace, const struct xf_comparison *comparison, int level, const struct xf_value *a,
                       const struct xf_value *b);
int32_t xf_score_set(const struct xf_comparison *comparison, enum xf_field field, const struct xf_aspect *a,
                     const struct xf_aspect *b, struct xf_trace *trace);
int32_t xf_score_person(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                        int32_t floor, struct xf_trace *trace);
int32_t xf_score_location(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                          int32_t floor, struct xf_trace *trace);
int32_t xf_score_vehicle(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                         struct xf_trace *trace);

#endif
