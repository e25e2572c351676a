/* SPDX-License-Identifier: Apache-2.0 */
/* Training. Called by `crossflag train`. The mentions are compared in pairs: at random, for how often each level comes about by
 * chance, and where blocking brings them together, for how often among matches (em.c). Every mention then counts for as much of an
 * entity as the matches that it seems to have leave it, and the names' frequencies are those of entities. Persons are trained;
 * places and vehicles keep the base's numbers. Invariant: a function of the set of mentions, the base and the seed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "trainer.h"

#define NARROW_MOST 24 /* mentions that meet under a key that tells little, at the most: what is learnt may be fewer */

struct xf_trainer *xf_trainer_create(const char *base, size_t length, struct xf_intern *symbols, struct xf_error *error)
{
    struct xf_trainer *trainer = calloc(1, sizeof(*trainer));

    if (!trainer || !(trainer->base = strndup(base, length))) {
        xf_trainer_destroy(trainer);
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    trainer->symbols = symbols;
    if (xf_model_parse(base, length, &trainer->model, error) != XF_OK) {
        xf_trainer_destroy(trainer);
        return NULL;
    }
    return trainer;
}

void xf_trainer_destroy(struct xf_trainer *trainer)
{
    if (!trainer)
        return;
    free(trainer->base);
    json_decref(trainer->root);
    xf_model_destroy(trainer->model);
    xf_lexicon_finish(&trainer->lexicon);
    xf_corpus_finish(&trainer->corpus);
    xf_vec_free(&trainer->pairs.rows);
    xf_vec_free(&trainer->compared);
    xf_patterns_finish(&trainer->blocked);
    xf_patterns_finish(&trainer->unique);
    xf_patterns_finish(&trainer->random);
    xf_patterns_finish(&trainer->kin);
    free(trainer->shares);
    free(trainer->given.counts);
    free(trainer->family.counts);
    for (int i = 0; i < XF_ATTRIBUTES_MAX; i++)
        free(trainer->attributes[i].counts);
    free(trainer);
}

int xf_trainer_add(struct xf_trainer *trainer, const struct xf_mention *mention)
{
    return mention->kind == XF_PERSON ? xf_corpus_add(&trainer->corpus, mention, trainer->symbols) : XF_OK;
}

void xf_trainer_tell(const struct xf_trainer *trainer, const char *stage)
{
    if (trainer->options->progress)
        trainer->options->progress(trainer->options->context, stage, 0, 0);
}

/* An attribute that the base does not know yet begins with the weights that a fairly good one has. */
static int begin_attribute(json_t *attributes, const char *name)
{
    json_t *levels;

    if (json_object_get(attributes, name) || json_object_size(attributes) == XF_ATTRIBUTES_MAX)
        return XF_OK;
    levels = json_pack("{s:{s:f, s:f, s:i, s:s}, s:{s:f, s:f, s:i, s:s}, s:{s:f, s:f, s:s}}", "exact", "m", 0.8, "u", 0.01,
                       "frequency", 1000, "source", "to begin with", "similar", "m", 0.05, "u", 0.002, "frequency", 700, "source",
                       "to begin with", "different", "m", 0.15, "u", 0.988, "source", "to begin with");
    return levels && json_object_set_new(attributes, name, levels) == 0 ? XF_OK : XF_ENOMEM;
}

/* Puts a name into its place among at most XF_ATTRIBUTES_MAX in alphabetical order; the last one gives way. */
static void insert_name(const char *names[XF_ATTRIBUTES_MAX], size_t *count, const char *name)
{
    size_t at = *count;
    int order = 1;

    while (at && (order = strcmp(name, names[at - 1])) < 0)
        at--;
    if (at == XF_ATTRIBUTES_MAX || (at && !order))
        return;
    *count += *count < XF_ATTRIBUTES_MAX;
    memmove(&names[at + 1], &names[at], (*count - at - 1) * sizeof(*names));
    names[at] = name;
}

/* Names of the attributes in the mentions: the first in alphabetical order, whichever came first. */
static size_t find_attributes(const struct xf_trainer *trainer, const char *names[XF_ATTRIBUTES_MAX])
{
    size_t count = 0;
    uint32_t last = 0;

    for (uint32_t i = 0; i < trainer->corpus.values.count; i++) {
        const struct xf_value *value = &trainer->corpus.values.items[i];

        if (value->field != XF_FIELD_ATTRIBUTE || value->qualifier == last)
            continue;
        last = value->qualifier;
        insert_name(names, &count, xf_intern_text(trainer->symbols, value->qualifier));
    }
    return count;
}

/* The base with the attributes that the mentions have. */
static int begin_model(struct xf_trainer *trainer, struct xf_error *error)
{
    const char *names[XF_ATTRIBUTES_MAX];
    json_t *person, *attributes;
    size_t count;
    char *text;
    int rc = XF_OK;

    trainer->root = json_loads(trainer->base, JSON_REJECT_DUPLICATES, NULL);
    person = json_object_get(trainer->root, "person");
    attributes = json_object_get(person, "attributes");
    if (!attributes && json_object_set_new(person, "attributes", json_object()) != 0)
        return XF_ENOMEM;
    attributes = json_object_get(person, "attributes");
    if (json_object_set_new(json_object_get(person, "blocking"), "narrow_budget", json_integer(NARROW_MOST)) != 0)
        return XF_ENOMEM;
    count = find_attributes(trainer, names);
    for (size_t i = 0; rc == XF_OK && i < count; i++)
        rc = begin_attribute(attributes, names[i]);
    text = rc == XF_OK ? json_dumps(trainer->root, JSON_COMPACT) : NULL;
    if (!text)
        return XF_ENOMEM;
    xf_model_destroy(trainer->model);
    trainer->model = NULL;
    rc = xf_model_parse(text, strlen(text), &trainer->model, error);
    free(text);
    return rc;
}

/* Where the estimation begins: m as the base has it, by its weights over what chance gives. */
static void prepare(struct xf_trainer *trainer)
{
    const struct xf_model_kind *kind = &trainer->model->kinds[XF_PERSON];
    struct xf_em *em = &trainer->em;

    memset(em, 0, sizeof(*em));
    em->pairs = xf_corpus_pair_count(&trainer->corpus, trainer->options->between);
    for (uint32_t i = 0; i < kind->comparison_count + kind->attribute_count; i++) {
        bool attribute = i >= kind->comparison_count;
        const struct xf_comparison *comparison =
            attribute ? &kind->attributes[i - kind->comparison_count].comparison : &kind->comparisons[i];
        unsigned at = attribute ? XF_COMPARISONS_MAX + i - kind->comparison_count : i;
        double sum = 0;

        em->counts[at] = comparison->count;
        for (uint32_t j = 0; j < comparison->count; j++)
            sum += em->before.of[at][j] = exp2(fmin(fmax(comparison->levels[j].weight, -12000), 12000) / 4000.0);
        for (uint32_t j = 0; j < comparison->count; j++)
            em->before.of[at][j] /= sum;
    }
    em->counts[XF_PERSON_NAME] = XF_NAME_SWAPPED + 1;
    for (uint32_t i = 0; i < XF_EM_STRATA; i++) {
        uint32_t decided = xf_key_comparisons(i), attributes = ((UINT32_C(1) << XF_ATTRIBUTES_MAX) - 1) << XF_COMPARISONS_MAX;

        em->decided[i] = decided & XF_KEY_ATTRIBUTES ? (decided & ~XF_KEY_ATTRIBUTES) | attributes : decided;
    }
}

static int write_model(struct xf_trainer *trainer, char **ret)
{
    const char *personal[XF_SCHEMES_MAX + 1];
    struct xf_trained trained = {.base = trainer->model,
                                 .em = &trainer->em,
                                 .blocked = &trainer->unique,
                                 .random = &trainer->random,
                                 .kin = &trainer->kin,
                                 .symbols = trainer->symbols,
                                 .given = &trainer->given,
                                 .family = &trainer->family,
                                 .attributes = trainer->attributes,
                                 .personal = personal,
                                 .mentions = trainer->corpus.rows.count};
    char *text;

    xf_trainer_find_personal(trainer, personal);
    if (xf_trained_write(&trained, trainer->root) != XF_OK)
        return XF_ENOMEM;
    text = json_dumps(trainer->root, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    if (!text)
        return XF_ENOMEM;
    *ret = text;
    return XF_OK;
}

static int run(struct xf_trainer *trainer, char **ret, struct xf_error *error)
{
    int rc = begin_model(trainer, error);

    trainer->lexicon.model = trainer->model;
    trainer->lexicon.symbols = trainer->symbols;
    if (rc == XF_OK)
        rc = xf_lexicon_add(&trainer->lexicon, trainer->corpus.values.items, trainer->corpus.values.count);
    xf_corpus_settle(&trainer->corpus);
    if (rc == XF_OK && (xf_patterns_init(&trainer->blocked) != XF_OK || xf_patterns_init(&trainer->unique) != XF_OK ||
                        xf_patterns_init(&trainer->random) != XF_OK || xf_patterns_init(&trainer->kin) != XF_OK))
        rc = XF_ENOMEM;
    if (rc == XF_OK)
        rc = xf_trainer_compare(trainer);
    if (rc != XF_OK)
        return rc;
    if (!trainer->pairs.rows.count)
        return xf_error_set(error, XF_EINVAL, "no two persons have enough in common to learn anything from");
    xf_trainer_tell(trainer, "estimating");
    prepare(trainer);
    xf_em_run(&trainer->em, &trainer->blocked, &trainer->unique, &trainer->random);
    xf_em_expect(&trainer->em, &trainer->kin);
    rc = xf_trainer_count(trainer);
    return rc == XF_OK ? write_model(trainer, ret) : rc;
}

int xf_trainer_run(struct xf_trainer *trainer, const struct xf_train_options *options, char **ret_model, struct xf_error *error)
{
    int rc;

    if (trainer->root)
        return xf_error_set(error, XF_EINVAL, "was trained already");
    trainer->options = options;
    if (trainer->corpus.rows.count < 2)
        return xf_error_set(error, XF_EINVAL, "training needs at least two persons");
    rc = run(trainer, ret_model, error);
    return rc == XF_ENOMEM ? xf_error_set(error, XF_ENOMEM, "out of memory") : rc;
}
