/* SPDX-License-Identifier: Apache-2.0 */
/* What training counts once it knows what a match looks like: of how many entities each name is, and which schemes of identifiers
 * are a person's own. Called by train.c. Invariant: an entity counts once, however many mentions it has, as far as can be told from
 * pairs. */
#include <stdlib.h>
#include <string.h>

#include "trainer.h"

#define PERSONAL_SHARE 0.8 /* of the pairs that share a personal scheme's value are matches by all else */
#define PERSONAL_LEAST 20  /* such pairs that must be there */

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

int xf_trainer_count(struct xf_trainer *trainer)
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

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The schemes of which those who share a value are one person by all else that is known of them. */
void xf_trainer_find_personal(const struct xf_trainer *trainer, const char *names[XF_SCHEMES_MAX + 1])
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
