/* SPDX-License-Identifier: Apache-2.0 */
/* Training on an invented town: what it must find, what it must leave alone, and that nothing but mentions, base and seed matters.
 * The town is this file's own and seeded: households of one family name, records with slips of the pen, a case number that one
 * person has alone and a file number that a family shares. */
#include "check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "../../daemon/cli/parallel.h"
#include "../../lib/model.h"
#include "crossflag/train.h"
#include "mentions.h"

#define MENTIONS 2400
#define FEW 250

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state = dice->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice->state >> 33) % sides;
}

/* Inventing */

static const char *const givens[] = {"amina",  "zofia",    "tomasz",  "olivia",   "mohammed", "agnieszka", "kayleigh",  "yusuf",
                                     "george", "harriet",  "imran",   "jolanta",  "kenneth",  "lavinia",   "marcus",    "nadia",
                                     "oscar",  "priya",    "quentin", "rosalind", "stefan",   "tabitha",   "ursula",    "victor",
                                     "wanda",  "xavier",   "yvette",  "zachary",  "albert",   "beatrice",  "cedric",    "dorothy",
                                     "edmund", "felicity", "gideon",  "hilary",   "isadora",  "jasper",    "katarzyna", "leopold",
                                     "miriam", "norbert",  "octavia", "percival", "rupert",   "sybil",     "thaddeus",  "violet"};
static const char *const heads[] = {"hart",  "wis", "maz",  "bar",  "rah",  "thor", "lind", "pem", "ox",  "gran",
                                    "stock", "dun", "kirk", "whit", "cram", "elm",  "fos",  "gil", "hux", "jep"};
static const char *const tails[] = {"ley",  "niewska", "urek", "row",   "man",  "ton", "qvist", "berton", "field",  "ger",
                                    "dale", "more",    "by",   "stead", "well", "sop", "combe", "hurst",  "wright", "nall"};
static const char *const towns[] = {"leeds",   "york",  "hull",  "bradford", "wakefield",
                                    "halifax", "ripon", "goole", "selby",    "whitby"};
static const char *const trades[] = {"baker", "miner", "clerk", "tailor", "nurse", "mason", "joiner", "weaver", "draper", "farmer"};
#define PICK(dice, words) (words)[roll((dice), (uint32_t)(sizeof(words) / sizeof(*(words))))]

struct person {
    const char *given, *town, *trade, *sex;
    char family[32];
    uint32_t born, house, household, number;
};

struct town {
    uint32_t count;
    struct telling {
        uint32_t person;
        char text[320];
    } mentions[MENTIONS];
};

static void add_text(char text[static 320], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(char text[static 320], const char *format, ...)
{
    size_t had = strlen(text);
    va_list args;

    if (had)
        text[had++] = '|';
    va_start(args, format);
    vsnprintf(text + had, 320 - had, format, args);
    va_end(args);
}

/* A word with two letters exchanged, or one left out or doubled, once in ten. */
static const char *slip(struct dice *dice, const char *word, char out[static 32])
{
    size_t length = strlen(word), at = 1 + roll(dice, (uint32_t)length - 2);

    snprintf(out, 32, "%s", word);
    if (roll(dice, 10))
        return out;
    if (roll(dice, 2)) {
        out[at] = word[at + 1];
        out[at + 1] = word[at];
    } else {
        memmove(out + at, out + at + 1, length - at);
    }
    return out;
}

static void invent_mention(struct dice *dice, const struct person *person, char text[static 320])
{
    static const char *const areas[] = {"LS", "HD", "BD", "YO", "S"};
    char given[32], family[32];
    uint32_t born = person->born, place;

    text[0] = '\0';
    add_text(text, "given=%s|family=%s", slip(dice, person->given, given), slip(dice, person->family, family));
    if (!roll(dice, 15)) /* a digit */
        born++;
    if (roll(dice, 12))
        add_text(text, "born=%u", born);
    if (roll(dice, 6)) {
        bool moved = !roll(dice, 12);

        place = moved ? 5000 + roll(dice, 4000) : person->household;
        add_text(text, "house=%u|postcode=%s%u %u%c%c", moved ? roll(dice, 99) : person->house, areas[place % 5], 1 + place / 5 % 9,
                 1 + place / 45 % 9, 'A' + (char)(place * 3 % 19), 'A' + (char)(place * 7 % 23));
    }
    if (roll(dice, 3))
        add_text(text, "sex=%s", person->sex);
    if (!roll(dice, 3))
        add_text(text, "id.case=C%u", 100000 + person->number * 37);
    if (!roll(dice, 5))
        add_text(text, "id.folder=F%u", 500000 + person->household * 53);
    if (roll(dice, 3))
        add_text(text, "attr.birth_place=%s", roll(dice, 20) ? person->town : PICK(dice, towns));
    if (roll(dice, 3))
        add_text(text, "attr.trade=%s", roll(dice, 10) ? person->trade : PICK(dice, trades));
}

/* siblings: households of one to three who share name and home; else everybody lives alone and shares with nobody. */
static void invent_town(struct town *town, uint32_t count, uint64_t seed, bool siblings)
{
    struct dice dice = {seed};
    uint32_t persons = 0;

    memset(town, 0, sizeof(*town));
    for (uint32_t household = 0; town->count < count; household++) {
        uint32_t members = siblings ? 1 + roll(&dice, 3) : 1, first = roll(&dice, sizeof(givens) / sizeof(*givens));
        char family[32];

        snprintf(family, sizeof(family), "%s%s", PICK(&dice, heads), PICK(&dice, tails));
        for (uint32_t i = 0; i < members && town->count < count; i++) {
            struct person person = {.given = givens[(first + i * 7) % (sizeof(givens) / sizeof(*givens))],
                                    .town = PICK(&dice, towns),
                                    .trade = PICK(&dice, trades),
                                    .sex = roll(&dice, 2) ? "f" : "m",
                                    .house = 1 + roll(&dice, 60),
                                    .household = household,
                                    .number = persons};
            uint32_t records = 1 + roll(&dice, 4);

            person.house = siblings ? 1 + household * 7 % 60 : person.house;
            person.born = (1940 + roll(&dice, 70)) * 10000 + (1 + roll(&dice, 12)) * 100 + 2 + roll(&dice, 26);
            snprintf(person.family, sizeof(person.family), "%s", family);
            for (uint32_t j = 0; j < records && town->count < count; j++, town->count++) {
                town->mentions[town->count].person = persons;
                invent_mention(&dice, &person, town->mentions[town->count].text);
            }
            persons++;
        }
    }
}

/* Training */

struct run {
    uint64_t seed, shuffle; /* shuffle 0: in the order that they were invented in */
    int (*parallel)(int (*work)(void *data, unsigned part), void *data, unsigned parts);
};

static int train(const char *const *texts, size_t count, const struct run *run, char **ret, struct xf_error *error)
{
    struct xf_train_options options = {.seed = run->seed, .parallel = run->parallel};
    struct xf_intern *symbols = xf_intern_create();
    struct xf_trainer *trainer;
    struct dice dice = {run->shuffle};
    uint32_t *order = calloc(count + 1, sizeof(*order));
    size_t length;
    char *base = read_file("config/models/uk.json", &length);
    int rc;

    trainer = xf_trainer_create(base, length, symbols, error);
    assert_non_null(trainer);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = (uint32_t)count; run->shuffle && i > 1; i--) {
        uint32_t j = roll(&dice, i), swap = order[i - 1];

        order[i - 1] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i < count; i++) {
        struct xf_mention mention = mention_of(symbols, XF_PERSON, texts[order[i]]);

        assert_int_equal(xf_trainer_add(trainer, &mention), XF_OK);
    }
    *ret = NULL;
    rc = xf_trainer_run(trainer, &options, ret, error);
    xf_trainer_destroy(trainer);
    xf_intern_destroy(symbols);
    free(order);
    free(base);
    return rc;
}

static char *train_town(const struct town *town, const struct run *run)
{
    const char **texts = calloc(town->count, sizeof(*texts));
    struct xf_error error = {0};
    char *text;

    for (uint32_t i = 0; i < town->count; i++)
        texts[i] = town->mentions[i].text;
    if (train(texts, town->count, run, &text, &error) != XF_OK)
        fail_msg("%s", error.text);
    free(texts);
    return text;
}

static struct xf_model *parse(const char *text)
{
    struct xf_model *model = NULL;
    struct xf_error error = {0};

    if (xf_model_parse(text, strlen(text), &model, &error) != XF_OK)
        fail_msg("%s %s", error.pointer, error.text);
    return model;
}

/* A member of a JSON text by its path, "person/guards"; borrowed from *ret_root. NULL: there is none. */
static json_t *member(const char *text, const char *path, json_t **ret_root)
{
    char copy[128], *rest = copy, *name;
    json_t *at = *ret_root = json_loads(text, 0, NULL);

    snprintf(copy, sizeof(copy), "%s", path);
    while ((name = strsep(&rest, "/")))
        at = json_object_get(at, name);
    return at;
}

static double number(const char *text, const char *path)
{
    json_t *root;
    double value = json_number_value(member(text, path, &root));

    json_decref(root);
    return value;
}

/* The town that most tests look at, and its model: made once. */
static struct town town;
static char *trained;

static int make_town(void **state)
{
    static const struct run run = {.seed = 1, .parallel = xf_parallel};

    (void)state;
    invent_town(&town, MENTIONS, 2718, true);
    trained = train_town(&town, &run);
    return 0;
}

static int free_town(void **state)
{
    (void)state;
    free(trained);
    return 0;
}

static void what_comes_out_is_a_model(void **state)
{
    struct xf_model *model = parse(trained);
    const struct xf_model_kind *kind = &model->kinds[XF_PERSON];
    const struct xf_level *dates = kind->comparisons[XF_PERSON_BIRTH_DATE].levels;

    (void)state;
    assert_int_equal(kind->attribute_count, 2);
    assert_string_equal(kind->attributes[0].name, "birth_place");
    assert_string_equal(kind->attributes[1].name, "trade");
    /* 70 years of 312 days, written with one slip in fifteen: .87; brothers and sisters of one folder are mistaken for one. */
    assert_true(fabs(number(trained, "person/comparisons/birth_date/exact/m") - 0.87) < 0.12);
    assert_true(number(trained, "person/comparisons/birth_date/exact/u") < 0.002);
    assert_true(dates[XF_BIRTH_EXACT].weight > 8000 && dates[XF_BIRTH_DIFFERENT].weight < -2000);
    assert_true(fabs(number(trained, "person/comparisons/sex/equal/u") - 0.5) < 0.02);
    assert_true(number(trained, "person/comparisons/sex/equal/m") > 0.95);
    /* One in ten of each record is another trade, of ten. */
    assert_true(fabs(number(trained, "person/attributes/trade/exact/m") - 0.82) < 0.08);
    assert_true(fabs(number(trained, "person/attributes/trade/exact/u") - 0.1) < 0.02);
    xf_model_destroy(model);
}

/* The prior is that of the pairs that are there: within a fifth. */
static void the_prior_counts_the_matching_pairs(void **state)
{
    double pairs = MENTIONS * (MENTIONS - 1) / 2.0, matching = 0, found;

    (void)state;
    for (uint32_t i = 0; i < town.count; i++)
        for (uint32_t j = 0; j < i; j++)
            matching += town.mentions[i].person == town.mentions[j].person;
    found = exp2(number(trained, "person/prior/weight") / 1000);
    found = found / (1 + found) * pairs;
    if (fabs(found - matching) > matching / 5)
        fail_msg("%.0f matching pairs, not %.0f", found, matching);
}

/* Whatever the order that they come in, however many threads; but another seed is another sample. */
static void only_mentions_base_and_seed_matter(void **state)
{
    static const struct run shuffled = {.seed = 1, .shuffle = 5, .parallel = xf_parallel};
    static const struct run runs[] = {{.seed = 7},
                                      {.seed = 7, .parallel = xf_parallel},
                                      {.seed = 7, .shuffle = 3, .parallel = xf_parallel},
                                      {.seed = 8, .parallel = xf_parallel}};
    static struct town few;
    char *first = NULL;

    (void)state;
    invent_town(&few, FEW, 99, true);
    for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
        char *text = train_town(&few, &runs[i]);

        if (!first)
            first = text;
        else if (runs[i].seed == runs[0].seed)
            assert_string_equal(text, first);
        else
            assert_string_not_equal(text, first);
        if (text != first)
            free(text);
    }
    free(first);
    first = train_town(&town, &shuffled);
    assert_string_equal(first, trained);
    free(first);
}

/* More attributes than a model has room for: which ones are kept does not depend on the order either. */
static void attributes_beyond_the_limit_are_left_out_by_name(void **state)
{
    static const char *const texts[] = {
        "given=amina|family=hussain|born=20110402|attr.k=1|attr.j=1|attr.i=1|attr.h=1",
        "given=amina|family=hussain|born=20110402|attr.g=1|attr.f=1|attr.e=1|attr.d=1",
        "given=zofia|family=mazurek|born=20100402|attr.c=1|attr.b=1|attr.a=1|attr.k=2",
        "given=zofia|family=mazurek|born=20100402|attr.l=1|attr.m=1|attr.n=1|attr.a=2",
    };
    struct xf_error error = {0};
    char *first = NULL;

    (void)state;
    for (uint64_t shuffle = 0; shuffle < 5; shuffle++) {
        struct run run = {.seed = 1, .shuffle = shuffle};
        struct xf_model *model;
        char *text;

        assert_int_equal(train(texts, sizeof(texts) / sizeof(*texts), &run, &text, &error), XF_OK);
        model = parse(text);
        assert_int_equal(model->kinds[XF_PERSON].attribute_count, XF_ATTRIBUTES_MAX);
        for (uint32_t i = 0; i < XF_ATTRIBUTES_MAX; i++)
            assert_true(model->kinds[XF_PERSON].attributes[i].name[0] == (char)('a' + i));
        xf_model_destroy(model);
        if (first)
            assert_string_equal(text, first);
        else
            first = text;
        if (text != first)
            free(text);
    }
    free(first);
}

/* One person with twenty records is one entity; ten with two each are ten. */
static void names_are_counted_by_entities(void **state)
{
    static const struct run run = {.seed = 5, .parallel = xf_parallel};
    static struct town few;
    double often, once;
    char *text;

    (void)state;
    invent_town(&few, FEW, 1234, true);
    for (uint32_t i = 0; i < 20; i++) {
        few.mentions[i].person = 100000;
        snprintf(few.mentions[i].text, sizeof(few.mentions[i].text),
                 "given=zebedee|family=quixote|born=19620314|sex=m|house=%u|postcode=HX1 4AB", 1 + i / 15);
    }
    for (uint32_t i = 20; i < 40; i++) {
        uint32_t who = i % 10;

        few.mentions[i].person = 100001 + who;
        snprintf(few.mentions[i].text, sizeof(few.mentions[i].text),
                 "given=%s|family=featherstone|born=%u|sex=m|house=%u|postcode=HX%u 4AB", givens[who], 19500311 + who * 50103,
                 10 + who, 2 + who);
    }
    text = train_town(&few, &run);
    once = number(text, "person/frequencies/family/table/quixote");
    often = number(text, "person/frequencies/family/table/featherstone");
    assert_true(once == 0); /* not listed: as any name that one person has */
    if (fabs(often / number(text, "person/frequencies/family/unlisted") - 10) > 1.5)
        fail_msg("featherstone: %g, unlisted %g", often, number(text, "person/frequencies/family/unlisted"));
    free(text);
}

static void a_scheme_of_ones_own_is_found(void **state)
{
    json_t *root, *schemes = member(trained, "person/personal/schemes", &root);

    (void)state;
    assert_int_equal(json_array_size(schemes), 1);
    assert_string_equal(json_string_value(json_array_get(schemes, 0)), "case");
    json_decref(root);
}

/* Where brothers and sisters share homes, a home tells little of two of one family name; where nobody does, it tells nearly as
 * much as of any two. */
static void the_guards_follow_the_households(void **state)
{
    static const struct run run = {.seed = 5, .parallel = xf_parallel};
    static struct town alone;
    struct xf_model *base = shipped_model(), *with = parse(trained), *without;
    char *text;

    (void)state;
    invent_town(&alone, MENTIONS / 4, 31, false);
    text = train_town(&alone, &run);
    without = parse(text);
    if (!(with->siblings < base->siblings + 2500 && without->siblings > with->siblings + 2500 &&
          without->household > with->household))
        fail_msg("siblings %d and %d, household %d and %d", with->siblings, without->siblings, with->household, without->household);
    assert_true(with->siblings > base->siblings && with->undated >= base->undated && with->household >= base->household);
    xf_model_destroy(base);
    xf_model_destroy(with);
    xf_model_destroy(without);
    free(text);
}

static void what_was_not_seen_stays(void **state)
{
    static const char *const paths[] = {"format",
                                        "version",
                                        "location",
                                        "vehicle",
                                        "person/contradiction",
                                        "person/comparisons/phone",
                                        "person/comparisons/email",
                                        "person/comparisons/account",
                                        "person/comparisons/id/national",
                                        "person/comparisons/address/uprn",
                                        "person/comparisons/birth_date/partial_year"};
    size_t length;
    char *base = read_file("config/models/uk.json", &length);

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        json_t *a, *b, *x = member(base, paths[i], &a), *y = member(trained, paths[i], &b);

        assert_non_null(x);
        if (!json_equal(x, y))
            fail_msg("%s has changed", paths[i]);
        json_decref(a);
        json_decref(b);
    }
    free(base);
}

static void too_little_is_an_error(void **state)
{
    static const struct {
        size_t count;
        const char *texts[3], *says;
    } cases[] = {
        {0, {NULL}, "at least two persons"},
        {1, {"given=amina|family=hussain|born=20110402"}, "at least two persons"},
        {2, {"given=amina|family=hussain|born=20110402", "given=zofia|family=mazurek|born=19800917"}, "enough in common"},
        {3, {"given=amina", "sex=f", "town=leeds"}, "enough in common"},
    };
    static const struct run run = {.seed = 1};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_error error = {0};
        char *text;

        assert_int_equal(train(cases[i].texts, cases[i].count, &run, &text, &error), XF_EINVAL);
        assert_null(text);
        if (!strstr(error.text, cases[i].says))
            fail_msg("%zu: %s", i, error.text);
    }
}

static void a_base_that_is_no_model_is_an_error(void **state)
{
    struct xf_intern *symbols = xf_intern_create();
    struct xf_error error = {0};

    (void)state;
    assert_null(xf_trainer_create("{}", 2, symbols, &error));
    assert_true(*error.text);
    xf_trainer_destroy(NULL);
    xf_intern_destroy(symbols);
}

/* F1 over pairs: of those that the linker put in one entity, and of those that are one person. */
static void the_trained_model_links_its_town(void **state)
{
    struct xf_model *model = parse(trained);
    struct xf_intern *symbols = xf_intern_create();
    struct xf_linker *linker = xf_linker_create(model, symbols);
    const struct xf_linker_change *changes;
    uint32_t ordinal = 0;
    size_t count;
    double both = 0, linked = 0, one = 0, precision, recall;

    (void)state;
    for (uint32_t i = 0; i < town.count; i++) {
        struct xf_mention mention = mention_of(symbols, XF_PERSON, town.mentions[i].text);

        assert_int_equal(xf_linker_add(linker, i, &mention), XF_OK);
    }
    assert_int_equal(xf_linker_settle(linker, 1, &ordinal, &changes, &count), XF_OK);
    for (uint32_t i = 0; i < town.count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            bool same = town.mentions[i].person == town.mentions[j].person;
            bool joined = xf_linker_entity_of(linker, i) == xf_linker_entity_of(linker, j);

            both += same && joined;
            one += same;
            linked += joined;
        }
    }
    precision = both / linked;
    recall = both / one;
    if (2 * precision * recall / (precision + recall) < 0.97 || precision < 0.97)
        fail_msg("precision %.4f, recall %.4f", precision, recall);
    xf_linker_destroy(linker);
    xf_intern_destroy(symbols);
    xf_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_is_an_error),
        cmocka_unit_test(a_base_that_is_no_model_is_an_error),
        cmocka_unit_test(what_comes_out_is_a_model),
        cmocka_unit_test(the_prior_counts_the_matching_pairs),
        cmocka_unit_test(a_scheme_of_ones_own_is_found),
        cmocka_unit_test(what_was_not_seen_stays),
        cmocka_unit_test(the_trained_model_links_its_town),
        cmocka_unit_test(names_are_counted_by_entities),
        cmocka_unit_test(attributes_beyond_the_limit_are_left_out_by_name),
        cmocka_unit_test(the_guards_follow_the_households),
        cmocka_unit_test(only_mentions_base_and_seed_matter),
    };

    return cmocka_run_group_tests(tests, make_town, free_town);
}
