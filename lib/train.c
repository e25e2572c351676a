/* SPDX-License-Identifier: Apache-2.0 */
/* Training. Called by `crossflag train`. The mentions are compared in pairs: at random, for how often each level comes about by
 * chance, and where blocking brings them together, for how often among matches (em.c). Every mention then counts for as much of an
 * entity as the matches that it seems to have leave it, and the names' frequencies are those of entities. Persons are trained;
 * places and vehicles keep the base's numbers. Invariant: a function of the set of mentions, the base and the seed. */
#include "crossflag/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "corpus.h"
#include "em.h"
#include "score.h"
#include "trained.h"

#define RANDOM_PAIRS 1000000
#define BLOCKED_PAIRS 200000 /* of each sort of blocking key */
#define KIN_PAIRS 200000
#define PERSONAL_SHARE 0.8 /* of the pairs that share a personal scheme's value are matches by all else */
#define PERSONAL_LEAST 20  /* such pairs that must be there */

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

static void tell(const struct xf_trainer *trainer, const char *stage, uint64_t done, uint64_t total)
{
    if (trainer->options->progress)
        trainer->options->progress(trainer->options->context, stage, done, total);
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

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the attributes in the mentions, in alphabetical order. */
static int find_attributes(const struct xf_trainer *trainer, const char *names[XF_ATTRIBUTES_MAX], size_t *ret_count)
{
    size_t count = 0;

    for (uint32_t i = 0; i < trainer->corpus.values.count && count < XF_ATTRIBUTES_MAX; i++) {
        const struct xf_value *value = &trainer->corpus.values.items[i];
        const char *name;
        bool known = false;

        if (value->field != XF_FIELD_ATTRIBUTE)
            continue;
        name = xf_intern_text(trainer->symbols, value->qualifier);
        for (size_t j = 0; j < count; j++)
            known = known || strcmp(names[j], name) == 0;
        if (!known)
            names[count++] = name;
    }
    qsort(names, count, sizeof(*names), compare_texts);
    *ret_count = count;
    return XF_OK;
}

/* The base with the attributes that the mentions have. */
static int begin_model(struct xf_trainer *trainer, struct xf_error *error)
{
    const char *names[XF_ATTRIBUTES_MAX];
    json_t *person, *attributes;
    size_t count;
    char *text;
    int rc;

    trainer->root = json_loads(trainer->base, JSON_REJECT_DUPLICATES, NULL);
    person = json_object_get(trainer->root, "person");
    attributes = json_object_get(person, "attributes");
    if (!attributes && json_object_set_new(person, "attributes", json_object()) != 0)
        return XF_ENOMEM;
    attributes = json_object_get(person, "attributes");
    rc = find_attributes(trainer, names, &count);
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

static struct xf_pattern compare_pair(const struct xf_trainer *trainer, uint32_t a, uint32_t b)
{
    struct xf_pattern pattern = {{UINT64_MAX, UINT64_MAX >> 8}};
    struct xf_aspect x, y;
    struct xf_trace trace;

    xf_corpus_open(&trainer->corpus, &trainer->lexicon, a, &x);
    xf_corpus_open(&trainer->corpus, &trainer->lexicon, b, &y);
    xf_score(trainer->model, &x, &y, INT32_MIN, &trace);
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct xf_trace_item *item = &trace.items[i];

        if (item->comparison_at == XF_TRACE_NOTE)
            continue;
        if (item->comparison_at == XF_PERSON_NAME) /* of the names together only whether they are exchanged */
            xf_pattern_set(&pattern, XF_PERSON_NAME, item->level_at == XF_NAME_SWAPPED ? XF_NAME_SWAPPED : XF_NAME_EXACT);
        else
            xf_pattern_set(&pattern, item->comparison_at, item->level_at);
    }
    return pattern;
}

static int compare_random(struct xf_trainer *trainer)
{
    double all = xf_corpus_pair_count(&trainer->corpus, trainer->options->between);
    uint64_t most = all * 2 < RANDOM_PAIRS ? (uint64_t)(all * 2) : RANDOM_PAIRS;

    for (uint64_t i = 0; i < most; i++) {
        uint32_t a, b;

        if (i % 65536 == 0)
            tell(trainer, "random pairs", i, most);
        if (xf_corpus_random(&trainer->corpus, trainer->options->seed, i, trainer->options->between, &a, &b) &&
            xf_patterns_add(&trainer->random, compare_pair(trainer, a, b), 1) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* Pairs of one family name. */
static int compare_kin(struct xf_trainer *trainer)
{
    if (xf_corpus_find_kin(&trainer->corpus) != XF_OK)
        return XF_ENOMEM;
    for (uint64_t i = 0; i < KIN_PAIRS; i++) {
        uint32_t a, b;

        if (i % 65536 == 0)
            tell(trainer, "pairs of one family name", i, KIN_PAIRS);
        if (xf_corpus_kin(&trainer->corpus, trainer->options->seed, i, trainer->options->between, &a, &b) &&
            xf_patterns_add(&trainer->kin, compare_pair(trainer, a, b), 1) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int compare_blocked(struct xf_trainer *trainer)
{
    uint32_t count;

    tell(trainer, "blocking", 0, 0);
    if (xf_corpus_blocked(&trainer->corpus, &trainer->lexicon, BLOCKED_PAIRS, trainer->options->seed, trainer->options->between,
                          &trainer->pairs) != XF_OK)
        return XF_ENOMEM;
    count = trainer->pairs.rows.count;
    if (xf_vec_reserve(&trainer->compared, count) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_corpus_pair *pair = &trainer->pairs.rows.items[i];
        struct xf_pattern pattern;

        if (i % 65536 == 0)
            tell(trainer, "blocked pairs", i, count);
        trainer->compared.items[i] = compare_pair(trainer, pair->a, pair->b);
        if (pair->first && xf_patterns_add(&trainer->unique, trainer->compared.items[i], (double)pair->count) != XF_OK)
            return XF_ENOMEM;
        pattern = trainer->compared.items[i];
        xf_pattern_put(&pattern, pair->sort);
        if (xf_patterns_add(&trainer->blocked, pattern, (double)pair->count) != XF_OK)
            return XF_ENOMEM;
    }
    trainer->compared.count = count;
    return XF_OK;
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

/* Every mention's share of its entity: one of those that the matches it seems to have make it one of. */
static int find_shares(struct xf_trainer *trainer)
{
    uint32_t count = trainer->corpus.rows.count;

    trainer->shares = calloc(count, sizeof(*trainer->shares));
    if (!trainer->shares)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < trainer->pairs.rows.count; i++) {
        const struct xf_corpus_pair *pair = &trainer->pairs.rows.items[i];
        double match;

        if (!pair->first)
            continue;
        match = xf_em_chance(&trainer->em, trainer->compared.items[i]) * (double)pair->count;
        trainer->shares[pair->a] += match;
        trainer->shares[pair->b] += match;
    }
    for (uint32_t i = 0; i < count; i++)
        trainer->shares[i] = 1 / (1 + trainer->shares[i]);
    return XF_OK;
}

static int begin_census(const struct xf_trainer *trainer, struct xf_census *census)
{
    census->counts = calloc(xf_intern_count(trainer->symbols), sizeof(*census->counts));
    return census->counts ? XF_OK : XF_ENOMEM;
}

static struct xf_census *census_of(struct xf_trainer *trainer, const struct xf_value *value)
{
    const struct xf_model_kind *kind = &trainer->model->kinds[XF_PERSON];
    const char *name;

    if (value->field == XF_FIELD_GIVEN)
        return &trainer->given;
    if (value->field == XF_FIELD_FAMILY)
        return &trainer->family;
    if (value->field != XF_FIELD_ATTRIBUTE)
        return NULL;
    name = xf_intern_text(trainer->symbols, value->qualifier);
    for (uint32_t i = 0; i < kind->attribute_count; i++)
        if (strcmp(kind->attributes[i].name, name) == 0)
            return &trainer->attributes[i];
    return NULL;
}

static int take_census(struct xf_trainer *trainer)
{
    int rc = find_shares(trainer);

    if (rc == XF_OK)
        rc = begin_census(trainer, &trainer->given);
    if (rc == XF_OK)
        rc = begin_census(trainer, &trainer->family);
    for (uint32_t i = 0; rc == XF_OK && i < trainer->model->kinds[XF_PERSON].attribute_count; i++)
        rc = begin_census(trainer, &trainer->attributes[i]);
    for (uint32_t i = 0; rc == XF_OK && i < trainer->corpus.rows.count; i++) {
        const struct xf_corpus_row *row = &trainer->corpus.rows.items[i];

        for (uint32_t j = row->first; j < row->first + row->count; j++) {
            struct xf_census *census = census_of(trainer, &trainer->corpus.values.items[j]);

            if (!census)
                continue;
            census->counts[trainer->corpus.values.items[j].symbol] += trainer->shares[i];
            census->total += trainer->shares[i];
        }
    }
    return rc;
}

/* The scheme whose value two mentions have in common; 0: none. */
static uint32_t common_scheme(const struct xf_trainer *trainer, const struct xf_corpus_pair *pair)
{
    struct xf_aspect a, b;

    xf_corpus_open(&trainer->corpus, &trainer->lexicon, pair->a, &a);
    xf_corpus_open(&trainer->corpus, &trainer->lexicon, pair->b, &b);
    for (uint32_t i = a.first[XF_FIELD_ID]; i < a.first[XF_FIELD_ID + 1]; i++)
        for (uint32_t j = b.first[XF_FIELD_ID]; j < b.first[XF_FIELD_ID + 1]; j++)
            if (a.values[i].qualifier == b.values[j].qualifier && a.values[i].symbol == b.values[j].symbol)
                return a.values[i].qualifier;
    return 0;
}

/* The schemes of which those who share a value are one person by all else that is known of them. */
static void find_personal(const struct xf_trainer *trainer, const char *names[XF_SCHEMES_MAX + 1])
{
    struct {
        uint32_t scheme;
        double pairs, matches;
    } schemes[XF_SCHEMES_MAX];
    uint32_t count = 0, personal = 0;

    for (uint32_t i = 0; i < trainer->pairs.rows.count; i++) {
        const struct xf_corpus_pair *pair = &trainer->pairs.rows.items[i];
        struct xf_pattern pattern = trainer->compared.items[i];
        uint32_t scheme, at = 0;

        if (!pair->first || xf_pattern_level(pattern, XF_PERSON_ID) != XF_ID_EQUAL || !(scheme = common_scheme(trainer, pair)))
            continue;
        while (at < count && schemes[at].scheme != scheme)
            at++;
        if (at == XF_SCHEMES_MAX)
            continue;
        if (at == count) {
            count++;
            schemes[at].scheme = scheme;
            schemes[at].pairs = schemes[at].matches = 0;
        }
        xf_pattern_set(&pattern, XF_PERSON_ID, XF_EM_NONE);
        schemes[at].pairs += (double)pair->count;
        schemes[at].matches += (double)pair->count * xf_em_chance(&trainer->em, pattern);
    }
    for (uint32_t i = 0; i < count; i++)
        if (schemes[i].pairs >= PERSONAL_LEAST && schemes[i].matches >= schemes[i].pairs * PERSONAL_SHARE)
            names[personal++] = xf_intern_text(trainer->symbols, schemes[i].scheme);
    names[personal] = NULL;
    qsort(names, personal, sizeof(*names), compare_texts);
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

    find_personal(trainer, personal);
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
        rc = compare_random(trainer);
    if (rc == XF_OK)
        rc = compare_kin(trainer);
    if (rc == XF_OK)
        rc = compare_blocked(trainer);
    if (rc != XF_OK)
        return rc;
    if (!trainer->pairs.rows.count)
        return xf_error_set(error, XF_EINVAL, "no two persons have enough in common to learn anything from");
    tell(trainer, "estimating", 0, 0);
    prepare(trainer);
    xf_em_run(&trainer->em, &trainer->blocked, &trainer->unique, &trainer->random);
    xf_em_expect(&trainer->em, &trainer->kin);
    rc = take_census(trainer);
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
