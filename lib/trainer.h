/* SPDX-License-Identifier: Apache-2.0 */
/* A training's inside: shared by train.c (the frame), sampling.c (the pairs) and census.c (the counts). */
#ifndef XF_LIB_TRAINER_H
#define XF_LIB_TRAINER_H

#include "corpus.h"
#include "crossflag/train.h"
#include "em.h"
#include "trained.h"

struct xf_trainer {
    char *base;
    json_t *root; /* the base, and in the end what was learnt */
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_lexicon lexicon;
    struct xf_corpus corpus;
    struct xf_corpus_pairs pairs;
    XF_VEC(struct xf_pattern) compared;              /* by pair */
    struct xf_patterns blocked, unique, random, kin; /* unique: each blocked pair once */
    struct xf_em em;
    double *shares; /* of an entity, by mention */
    struct xf_census given, family, attributes[XF_ATTRIBUTES_MAX];
    const struct xf_train_options *options;
};

/* Says how far the training is. */
void xf_trainer_tell(const struct xf_trainer *trainer, const char *stage);
/* sampling.c: fills pairs and compared, and the four tables of patterns. XF_OK, XF_ENOMEM. */
int xf_trainer_compare(struct xf_trainer *trainer) XF_MUST_CHECK;
/* census.c: fills the censuses. XF_OK, XF_ENOMEM. */
int xf_trainer_count(struct xf_trainer *trainer) XF_MUST_CHECK;
/* The schemes of which those who share a value are one person by all else that is known of them: NULL-ended, in alphabetical order,
 * borrowed from the symbols. */
void xf_trainer_find_personal(const struct xf_trainer *trainer, const char *names[XF_SCHEMES_MAX + 1]);

#endif
