/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what training found over the base model's numbers. Called by train.c. What the mentions said nothing of stays as it was.
 * Invariant: every number that is written says that it was trained, and from how much. */
#include "trained.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"

#define DOUBT 2.0        /* pairs by which what comparisons repeat of each other is drawn to nought */
#define LISTED_MAX 65536 /* names of a table */
#define LISTED_LEAST 1.5 /* entities that a listed name has */
#define DISTINCT 0.002   /* as common as this, two similar spellings are two names: some twenty of each sex */
#define WORTH_SHARE 0.25 /* of matches under keys that tell little, from which on they are worth the base's whole budget */
#define NARROW_LEAST 6
#define SEEN_LEAST 50 /* pairs that a comparison must have been made in */

static json_t *number(double m, double u, const char *source)
{
    return json_pack("{s:f, s:f, s:s}", "m", fmin(fmax(m, 1e-12), 1), "u", fmin(fmax(u, 1e-12), 0.999), "source", source);
}

static json_t *weight(int64_t weight, const char *source)
{
    return json_pack("{s:I, s:s}", "weight", (json_int_t)weight, "source", source);
}

/* Takes over how much the level counts a name's rarity. */
static int put_level(json_t *levels, const struct xf_level *level, double m, double u, const char *source, int frequency)
{
    json_t *object = number(m, u, source);

    if (object && frequency && json_object_set_new(object, "frequency", json_integer(frequency)) != 0) {
        json_decref(object);
        return XF_ENOMEM;
    }
    return json_object_set_new(levels, level->name, object) == 0 ? XF_OK : XF_ENOMEM;
}

/* How much of a value's rarity each level counts: all where the texts are equal, seven tenths where they are alike, as MoJ's. */
static int frequency_of(unsigned comparison, unsigned level)
{
    if (comparison >= XF_COMPARISONS_MAX)
        return level == XF_ATTRIBUTE_EXACT ? 1000 : level == XF_ATTRIBUTE_SIMILAR ? 700 : 0;
    if (comparison != XF_PERSON_GIVEN && comparison != XF_PERSON_FAMILY)
        return 0;
    return level == XF_PART_EXACT ? 1000 : level == XF_PART_EQUIVALENT || level == XF_PART_SIMILAR ? 700 : 0;
}

static int write_comparison(const struct xf_trained *trained, const struct xf_comparison *comparison, unsigned at, json_t *levels)
{
    const struct xf_em *em = trained->em;
    char source[128];
    double seen = 0;

    for (unsigned i = 0; i < comparison->count; i++)
        seen += em->seen.of[at][i];
    if (seen < SEEN_LEAST)
        return XF_OK;
    for (unsigned i = 0; i < comparison->count; i++) {
        int rc;

        if (em->seen.of[at][i] < 1)
            continue;
        snprintf(source, sizeof(source), "trained: %.0f pairs among those that blocking brings together", em->seen.of[at][i]);
        rc = put_level(levels, &comparison->levels[i], em->m.of[at][i], em->u.of[at][i], source, frequency_of(at, i));
        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

/* Names together: training takes the two parts for independent but for the exchanged, so that together they tell no more. */
static int write_names(const struct xf_trained *trained, json_t *levels)
{
    const struct xf_comparison *comparison = &trained->base->kinds[XF_PERSON].comparisons[XF_PERSON_NAME];
    const struct xf_em *em = trained->em;

    for (unsigned i = 0; i < comparison->count; i++) {
        bool swapped = i == XF_NAME_SWAPPED;
        json_t *object;

        if (swapped && em->seen.of[XF_PERSON_NAME][i] < 1)
            continue;
        object = swapped ? number(em->m.of[XF_PERSON_NAME][i], em->u.of[XF_PERSON_NAME][i], "trained: names exchanged")
                         : weight(0, "trained: what the two parts weigh by themselves");
        if (!object || json_object_set_new(object, "frequency", json_integer(1000)) != 0 ||
            json_object_set_new(levels, comparison->levels[i].name, object) != 0)
            return XF_ENOMEM;
    }
    return XF_OK;
}

struct listed {
    uint32_t symbol;
    double count;
    const char *text;
};

static int compare_listed(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* The commonest texts first. */
static json_t *table_of(const struct xf_trained *trained, const struct xf_census *census)
{
    uint32_t symbols = xf_intern_count(trained->symbols);
    struct listed *listed = malloc((size_t)symbols * sizeof(*listed));
    json_t *table = json_object();
    size_t count = 0;

    for (uint32_t i = 1; listed && i < symbols; i++)
        if (census->counts[i] >= LISTED_LEAST)
            listed[count++] = (struct listed){i, census->counts[i], xf_intern_text(trained->symbols, i)};
    if (count > 1)
        qsort(listed, count, sizeof(*listed), compare_listed);
    for (size_t i = 0; table && i < count && i < LISTED_MAX; i++)
        if (json_object_set_new(table, listed[i].text, json_real(fmin(listed[i].count / census->total, 1))) != 0) {
            json_decref(table);
            table = NULL;
        }
    if (!listed) {
        json_decref(table);
        table = NULL;
    }
    free(listed);
    return table;
}

static json_t *frequencies_of(const struct xf_trained *trained, const struct xf_census *census)
{
    char source[160];
    json_t *table = table_of(trained, census);

    snprintf(source, sizeof(source), "trained: shares of about %.0f entities; unlisted: one of them", census->total);
    return table ? json_pack("{s:f, s:f, s:s, s:o}", "unlisted", fmin(1 / fmax(census->total, 2), 0.5), "distinct", DISTINCT,
                             "source", source, "table", table)
                 : NULL;
}

static int write_frequencies(const struct xf_trained *trained, json_t *object, const char *name, const struct xf_census *census)
{
    json_t *frequencies;

    if (census->total < SEEN_LEAST)
        return XF_OK;
    frequencies = frequencies_of(trained, census);
    return frequencies && json_object_set_new(object, name, frequencies) == 0 ? XF_OK : XF_ENOMEM;
}

/* What an attribute's exact agreement repeats of another comparison's level, in thousandths of a bit; 0 where too little was seen.
 */
static int64_t repeated_of(const struct xf_trained *trained, uint32_t attribute, unsigned other, unsigned level)
{
    struct xf_em_levels a = {other, 1u << level}, b = {XF_COMPARISONS_MAX + attribute, 1u << XF_ATTRIBUTE_EXACT};
    double bits = xf_em_repeated(trained->blocked, trained->random, a, b, DOUBT);

    return bits > 0.1 ? llround(1000 * bits) : 0;
}

static int write_beside(const struct xf_trained *trained, uint32_t at, json_t *levels)
{
    const struct xf_model_kind *kind = &trained->base->kinds[XF_PERSON];
    const struct xf_comparison *address = &kind->comparisons[XF_PERSON_ADDRESS];
    json_t *homes = json_object(), *others = json_object(), *beside;
    int failed = !homes || !others;

    for (unsigned i = 0; !failed && i < address->count; i++)
        failed = json_object_set_new(homes, address->levels[i].name, json_integer(repeated_of(trained, at, XF_PERSON_ADDRESS, i)));
    for (uint32_t i = 0; !failed && i < at; i++)
        failed = json_object_set_new(others, kind->attributes[i].name,
                                     json_integer(repeated_of(trained, at, XF_COMPARISONS_MAX + i, XF_ATTRIBUTE_EXACT)));
    beside = failed ? NULL
                    : json_pack("{s:o, s:o, s:s}", "address", homes, "attributes", others, "source",
                                "trained: how much oftener the two agree together than each by itself, among pairs at random less "
                                "among matches");
    if (failed) {
        json_decref(homes);
        json_decref(others);
    }
    return beside && json_object_set_new(levels, "beside", beside) == 0 ? XF_OK : XF_ENOMEM;
}

static int write_attributes(const struct xf_trained *trained, json_t *all)
{
    const struct xf_model_kind *kind = &trained->base->kinds[XF_PERSON];

    for (uint32_t i = 0; i < kind->attribute_count; i++) {
        json_t *levels = json_object_get(all, kind->attributes[i].name);
        int rc = write_comparison(trained, &kind->attributes[i].comparison, XF_COMPARISONS_MAX + i, levels);

        if (rc == XF_OK)
            rc = write_frequencies(trained, levels, "frequencies", &trained->attributes[i]);
        if (rc == XF_OK)
            rc = write_beside(trained, i, levels);
        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

/* The guards hold down what brothers and sisters, father and son share: their home. How much a home still tells of two of one
 * family name is what it tells of any two, less how much oftener those of one name who are clearly two share it than strangers do.
 * Never less than the base allows. */
static int write_guards(const struct xf_trained *trained, json_t *guards)
{
    const struct xf_em *em = trained->em;
    struct xf_em_levels two = {XF_PERSON_GIVEN, 1u << XF_PART_DIFFERENT};
    struct xf_em_levels homes = {XF_PERSON_ADDRESS,
                                 1u << XF_HOME_UPRN | 1u << XF_HOME_HOUSE | 1u << XF_HOME_STREET | 1u << XF_HOME_POSTCODE};
    double m = 0, u = 0, home, repeated;
    int64_t more, share;
    char source[192];

    for (unsigned i = 0; i < em->counts[XF_PERSON_ADDRESS]; i++) {
        m += homes.levels >> i & 1 ? em->m.of[XF_PERSON_ADDRESS][i] : 0;
        u += homes.levels >> i & 1 ? em->u.of[XF_PERSON_ADDRESS][i] : 0;
    }
    if (em->seen.of[XF_PERSON_ADDRESS][XF_HOME_DIFFERENT] < SEEN_LEAST || m <= u)
        return XF_OK;
    home = log2(m / u);
    repeated = fmax(log2(xf_em_conditional(trained->kin, two, homes, u) / u), 0);
    more = llround(1000 * (home - repeated)) - trained->base->siblings;
    more = more > 0 ? more : 0;
    share = llround(1000 * (1 - repeated / home));
    share = share > trained->base->household ? share : trained->base->household;
    snprintf(source, sizeof(source),
             "trained: a home is %.1f bits, of which a family name in common tells %.1f; the base allows %.1f", home, repeated,
             trained->base->siblings / 1000.0);
    if (json_object_set_new(guards, "siblings", weight(trained->base->siblings + more, source)) != 0 ||
        json_object_set_new(guards, "resembling", weight(trained->base->resembling + more, source)) != 0 ||
        json_object_set_new(guards, "undated", weight(trained->base->undated + more, source)) != 0 ||
        json_object_set_new(guards, "household", json_pack("{s:I, s:s}", "share", (json_int_t)share, "source", source)) != 0)
        return XF_ENOMEM;
    return XF_OK;
}

static int write_personal(const struct xf_trained *trained, json_t *person)
{
    json_t *schemes = json_array(), *object;

    for (size_t i = 0; schemes && trained->personal[i]; i++)
        if (json_array_append_new(schemes, json_string(trained->personal[i])) != 0) {
            json_decref(schemes);
            schemes = NULL;
        }
    object = schemes ? json_pack("{s:s, s:o}", "source", "trained: those who share a value are one person in all else", "schemes",
                                 schemes)
                     : NULL;
    return object && json_object_set_new(person, "personal", object) == 0 ? XF_OK : XF_ENOMEM;
}

/* Keys that tell little are worth their comparisons while many who meet under them are one: in a large file few are. */
static int write_blocking(const struct xf_trained *trained, json_t *blocking)
{
    const struct xf_em *em = trained->em;
    double pairs = 0, matches = 0, most = trained->base->kinds[XF_PERSON].narrow_budget;
    int64_t budget;

    for (uint32_t i = 0; i < XF_EM_STRATA; i++) {
        if (!xf_key_sort_is_narrow(i))
            continue;
        pairs += em->drawn[i];
        matches += em->drawn[i] * em->share[i];
    }
    if (pairs < SEEN_LEAST)
        return XF_OK;
    budget = llround(most * fmin(matches / pairs / WORTH_SHARE, 1));
    return json_object_set_new(blocking, "narrow_budget", json_integer(budget > NARROW_LEAST ? budget : NARROW_LEAST)) == 0
               ? XF_OK
               : XF_ENOMEM;
}

static int write_thresholds(const struct xf_trained *trained, json_t *person)
{
    char source[160];
    int64_t prior = llround(1000 * log2(trained->em->prior / (1 - trained->em->prior)));

    snprintf(source, sizeof(source), "trained: about %.0f matching pairs of %.0f mentions", trained->em->prior * trained->em->pairs,
             trained->mentions);
    if (json_object_set_new(person, "prior", weight(prior, source)) != 0 ||
        json_object_set_new(person, "link", weight(0, "weights are of this very file: even odds, and its group must hold too")) !=
            0 ||
        json_object_set_new(
            person, "keep",
            weight(-2500, "groups whose values were chosen as the best of several are judged with chance taken off "
                          "in full: chosen by the answers of historical_50k, for precision above .97; checked on febrl")) != 0 ||
        json_object_set_new(person, "review", weight(-4000, "one in seventeen is a match: worth a look")) != 0 ||
        json_object_set_new(person, "breadth",
                            json_pack("{s:i, s:s}", "share", 1800, "source",
                                      "chosen by the answers of historical_50k: best between 1.3 and 1.8; one person's "
                                      "spellings are alike, so that they meet others together")) != 0)
        return XF_ENOMEM;
    return XF_OK;
}

int xf_trained_write(const struct xf_trained *trained, json_t *root)
{
    const struct xf_model_kind *kind = &trained->base->kinds[XF_PERSON];
    json_t *person = json_object_get(root, "person"), *comparisons = json_object_get(person, "comparisons");
    json_t *tables = json_object_get(person, "frequencies");
    int rc = XF_OK;

    for (unsigned i = 0; rc == XF_OK && i < kind->comparison_count; i++) {
        json_t *levels = json_object_get(comparisons, kind->comparisons[i].name);

        rc = i == XF_PERSON_NAME ? write_names(trained, levels) : write_comparison(trained, &kind->comparisons[i], i, levels);
    }
    if (rc == XF_OK)
        rc = write_attributes(trained, json_object_get(person, "attributes"));
    if (rc == XF_OK)
        rc = write_frequencies(trained, tables, "given", trained->given);
    if (rc == XF_OK)
        rc = write_frequencies(trained, tables, "family", trained->family);
    if (rc == XF_OK)
        rc = write_guards(trained, json_object_get(person, "guards"));
    if (rc == XF_OK)
        rc = write_personal(trained, person);
    if (rc == XF_OK)
        rc = write_blocking(trained, json_object_get(person, "blocking"));
    if (rc == XF_OK)
        rc = write_thresholds(trained, person);
    if (rc == XF_OK && (json_object_set_new(root, "name", json_string("trained")) != 0 ||
                        json_object_set_new(root, "source",
                                            json_string("Trained without labels (crossflag train) on the base model "
                                                        "that its other numbers come from.")) != 0))
        rc = XF_ENOMEM;
    return rc;
}
