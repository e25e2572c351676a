/* SPDX-License-Identifier: Apache-2.0 */
/* The trainer's frame: takes the base model and the mentions, gives the base model back. Called by `crossflag train`. Invariant:
 * what comes out is a model that loads. */
#include "crossflag/train.h"

#include <stdlib.h>
#include <string.h>

#include "crossflag/model.h"

struct xf_trainer {
    char *base;
    uint64_t mentions;
};

struct xf_trainer *xf_trainer_create(const char *base, size_t length, struct xf_intern *symbols, struct xf_error *error)
{
    struct xf_trainer *trainer = calloc(1, sizeof(*trainer));
    struct xf_model *model = NULL;

    (void)symbols;
    if (trainer)
        trainer->base = strndup(base, length);
    if (!trainer || !trainer->base) {
        xf_trainer_destroy(trainer);
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    if (xf_model_parse(base, length, &model, error) != XF_OK) {
        xf_trainer_destroy(trainer);
        return NULL;
    }
    xf_model_destroy(model);
    return trainer;
}

int xf_trainer_add(struct xf_trainer *trainer, const struct xf_mention *mention)
{
    (void)mention;
    trainer->mentions++;
    return XF_OK;
}

int xf_trainer_run(struct xf_trainer *trainer, const struct xf_train_options *options, char **ret_model, struct xf_error *error)
{
    if (options->progress)
        options->progress(options->context, "training", trainer->mentions, trainer->mentions);
    *ret_model = trainer->base;
    trainer->base = NULL;
    return *ret_model ? XF_OK : xf_error_set(error, XF_EINVAL, "trained already");
}

void xf_trainer_destroy(struct xf_trainer *trainer)
{
    if (!trainer)
        return;
    free(trainer->base);
    free(trainer);
}
