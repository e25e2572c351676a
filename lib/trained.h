/* SPDX-License-Identifier: Apache-2.0 */
/* What training found, put into a model's JSON. */
#ifndef XF_LIB_TRAINED_H
#define XF_LIB_TRAINED_H

#include <jansson.h>

#include "corpus.h"
#include "em.h"

/* How many entities call themselves by each text of a field, by shares of one an entity. */
struct xf_census {
    double *counts; /* by symbol; owned */
    double total;
};

struct xf_trained {
    const struct xf_model *base;
    const struct xf_em *em;
    const struct xf_patterns *blocked, *random, *kin; /* kin: pairs of one family name */
    const struct xf_intern *symbols;
    const struct xf_census *given, *family;
    const struct xf_census *attributes; /* of each of the base's attributes */
    const char *const *personal;        /* NULL-ended */
    double mentions;
};

/* Changes the model `root`, the base's JSON, in place. XF_OK, XF_ENOMEM. */
int xf_trained_write(const struct xf_trained *trained, json_t *root) XF_MUST_CHECK;

#endif
