/* SPDX-License-Identifier: Apache-2.0 */
/* Training: a linkage model's numbers from the mentions that are to be linked, without labels. u from random pairs, m by
 * expectation maximisation over several blocking passes, term frequencies from entities. Seeded: the same mentions, base and seed
 * give the same model, in whatever order they came. */
#ifndef CROSSFLAG_TRAIN_H
#define CROSSFLAG_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/intern.h"
#include "crossflag/mention.h"

struct xf_trainer;

struct xf_train_options {
    uint64_t seed;
    bool between; /* only pairs of mentions with different XF_FIELD_SOURCE can be one */
    /* Called now and then from xf_trainer_run: stage is a constant word or two, done of total in its own unit (total 0: not known).
     * May be NULL. */
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context; /* borrowed, passed to progress */
    /* Calls work(data, part) for every part below parts, at once if it likes, and returns 0, or what failed. May be NULL: the
     * trainer does one after the other. The model is the same. */
    int (*parallel)(int (*work)(void *data, unsigned part), void *data, unsigned parts);
};

/* base is the text of the model to begin from (copied): its shape, thresholds and whatever the mentions tell nothing of stay as
 * they are there. symbols is the table that all mentions are made with; borrowed for the trainer's life. NULL with *error: the base
 * is no model, or out of memory. */
struct xf_trainer *xf_trainer_create(const char *base, size_t length, struct xf_intern *symbols, struct xf_error *error);
/* Adds a sealed mention; copied. XF_OK, XF_ENOMEM (the trainer can only be destroyed then). */
int xf_trainer_add(struct xf_trainer *trainer, const struct xf_mention *mention) XF_MUST_CHECK;
/* Trains on what was added, once. *ret_model is the model's JSON, NUL-terminated, the caller's to free(). XF_OK; XF_EINVAL: too
 * little to learn anything from (*error says what is missing); XF_ENOMEM. */
int xf_trainer_run(struct xf_trainer *trainer, const struct xf_train_options *options, char **ret_model,
                   struct xf_error *error) XF_MUST_CHECK;
void xf_trainer_destroy(struct xf_trainer *trainer); /* takes NULL */

#endif
