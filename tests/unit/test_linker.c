/* SPDX-License-Identifier: Apache-2.0 */
/* The linker as the fold uses it: sharing, entities through merges and splits, people's words, questions, the state as bytes.
 * (test_order.c holds the properties.) */
#include "check.h"

#include <jansson.h>
#include <stdio.h>

#include "crossflag/arena.h"
#include "linking.h"

static void equal_mentions_share_a_profile(void **state)
{
    struct world *world = *state;
    struct xf_linker_counts counts;
    uint32_t members = 0;

    for (uint32_t i = 0; i < 5000; i++)
        add(world, i, XF_LOCATION, "name=star grill|house=12|street=northgate|postcode=HD1 1RL");
    settle(world);
    assert_int_equal(world->change_count, 1);
    assert_int_equal(told(world, 0, NULL), XF_ENTITY_CREATED);
    xf_linker_count(world->linker, &counts);
    assert_int_equal(counts.mentions, 5000);
    assert_int_equal(counts.profiles, 1);
    assert_int_equal(counts.entities, 1);
    assert_int_equal(counts.comparisons, 0);
    assert_int_equal(xf_linker_entity_size(world->linker, 0), 5000);
    for (uint32_t i = xf_linker_first(world->linker, 0); i != XF_NONE; i = xf_linker_next(world->linker, i))
        members++;
    assert_int_equal(members, 5000);
    take(world, 17);
    settle(world);
    assert_int_equal(world->change_count, 1);
    assert_int_equal(told(world, 0, NULL), XF_ENTITY_CHANGED);
    assert_int_equal(xf_linker_entity_size(world->linker, 0), 4999);
    add(world, 17, XF_LOCATION, "name=star grill|house=12|street=northgate|postcode=HD1 1RL");
    settle(world);
    assert_int_equal(told(world, 0, NULL), XF_ENTITY_CHANGED);
    assert_int_equal(of(world, 17), 0);
    settle(world);
    assert_int_equal(world->change_count, 0);
}

static void mentions_that_say_too_little_stay_apart(void **state)
{
    static const struct {
        enum xf_mention_kind kind;
        const char *text;
    } cases[] = {{XF_PERSON, "given=amina"},
                 {XF_PERSON, ""},
                 {XF_PERSON, "given=mohammed|family=khan"},
                 {XF_PERSON, "given=zofia|family=wisniewska|sex=f|house=4|postcode=HD1 1RL"},
                 {XF_LOCATION, "name=star grill"},
                 {XF_LOCATION, "postcode=HD1 1RL"},
                 {XF_VEHICLE, "vrm=YD12"}};
    struct world *world = *state;
    uint32_t number = 0;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        add(world, number, cases[i].kind, cases[i].text);
        add(world, number + 1, cases[i].kind, cases[i].text);
        settle(world);
        assert_int_not_equal(of(world, number), of(world, number + 1));
        number += 2;
    }
}

static void the_oldest_lives_on_when_entities_merge(void **state)
{
    struct world *world = *state;
    uint32_t older, younger, other, redirects[2];
    char id[XF_ENTITY_ID];

    add(world, 0, XF_PERSON, "given=zofia|family=wisniewska|id.nhs=9434765919");
    add(world, 1, XF_PERSON, "given=zosia|family=nowak|born=19990214|phone=+447700900123");
    settle(world);
    older = of(world, 0);
    younger = of(world, 1);
    assert_int_not_equal(older, younger);
    assert_string_equal(xf_linker_entity_id(world->linker, older, id), "per-1-0");
    assert_int_equal(xf_linker_entity_find(world->linker, "per-1-0"), older);
    assert_int_equal(xf_linker_entity_find(world->linker, "per-1-1"), younger);
    assert_int_equal(xf_linker_entity_find(world->linker, "loc-1-0"), XF_NONE);
    assert_int_equal(xf_linker_entity_find(world->linker, "per-1-01"), XF_NONE);
    assert_int_equal(xf_linker_entity_find(world->linker, "per-1-0x"), XF_NONE);
    assert_int_equal(xf_linker_entity_find(world->linker, "per-9-9"), XF_NONE);
    assert_int_equal(xf_linker_entity_find(world->linker, ""), XF_NONE);
    /* The bridge: both names, the number, the date, the phone. */
    add(world, 2, XF_PERSON,
        "given=zofia|family=wisniewska|given@1=zosia|family@1=nowak|born=19990214|phone=+447700900123|id.nhs=9434765919");
    settle(world);
    assert_int_equal(of(world, 0), older);
    assert_int_equal(of(world, 1), older);
    assert_int_equal(of(world, 2), older);
    assert_int_equal(told(world, older, NULL), XF_ENTITY_CHANGED);
    assert_int_equal(told(world, younger, &other), XF_ENTITY_MERGED);
    assert_int_equal(other, older);
    assert_int_equal(xf_linker_entity_living(world->linker, younger), older);
    assert_int_equal(xf_linker_entity_size(world->linker, younger), 0);
    assert_int_equal(xf_linker_first(world->linker, younger), XF_NONE);
    assert_int_equal(xf_linker_redirects(world->linker, older, redirects, 2), 1);
    assert_int_equal(redirects[0], younger);
    assert_int_equal(xf_linker_redirects(world->linker, younger, redirects, 2), 0);
    /* Without the bridge it splits; the oldest part of equal ones keeps the name, the other is new. */
    take(world, 2);
    settle(world);
    assert_int_equal(of(world, 0), older);
    assert_int_not_equal(of(world, 1), older);
    assert_int_not_equal(of(world, 1), younger);
    assert_int_equal(told(world, of(world, 1), &other), XF_ENTITY_SPLIT);
    assert_int_equal(other, older);
    take(world, 0);
    take(world, 1);
    settle(world);
    assert_int_equal(told(world, older, NULL), XF_ENTITY_GONE);
    assert_int_equal(xf_linker_entity_living(world->linker, younger), XF_NONE);
}

static void the_larger_part_keeps_the_name(void **state)
{
    struct world *world = *state;
    uint32_t entity;

    add(world, 0, XF_PERSON, "given=zofia|family=wisniewska|id.nhs=9434765919");
    settle(world);
    entity = of(world, 0);
    add(world, 1, XF_PERSON, "given=zosia|family=nowak|born=19990214|phone=+447700900123");
    add(world, 2, XF_PERSON, "given=zosia|family=nowak|born=19990214|phone=+447700900123");
    add(world, 3, XF_PERSON,
        "given=zofia|family=wisniewska|given@1=zosia|family@1=nowak|born=19990214|phone=+447700900123|id.nhs=9434765919");
    settle(world);
    assert_int_equal(of(world, 1), entity);
    take(world, 3);
    settle(world);
    assert_int_equal(of(world, 1), entity);
    assert_int_equal(of(world, 2), entity);
    assert_int_not_equal(of(world, 0), entity);
}

static void a_correction_keeps_the_entity(void **state)
{
    struct world *world = *state;
    uint32_t entity, alone;

    add(world, 0, XF_PERSON, ZOFIA);
    add(world, 1, XF_PERSON, ZOFIA "|postcode=HD1 1RL");
    add(world, 2, XF_PERSON, "given=tomasz|family=mazurek|born=20000101");
    settle(world);
    entity = of(world, 0);
    alone = of(world, 2);
    assert_int_equal(of(world, 1), entity);
    take(world, 0);
    add(world, 0, XF_PERSON, ZOFIA "|postcode=HD1 1RL|sex=f");
    take(world, 2);
    add(world, 2, XF_PERSON, "given=tomasz|family=mazurek|born=20000203");
    settle(world);
    assert_int_equal(of(world, 0), entity);
    assert_int_equal(of(world, 1), entity);
    assert_int_equal(of(world, 2), alone);
    assert_int_equal(world->change_count, 2);
    assert_int_equal(told(world, entity, NULL), XF_ENTITY_CHANGED);
    assert_int_equal(told(world, alone, NULL), XF_ENTITY_CHANGED);
    /* Corrected into somebody else's words it is somebody else's mention. */
    take(world, 0);
    take(world, 1);
    add(world, 1, XF_PERSON, "given=tomasz|family=mazurek|born=20000203");
    settle(world);
    assert_int_equal(of(world, 1), alone);
    assert_int_equal(told(world, alone, NULL), XF_ENTITY_CHANGED);
    assert_int_equal(told(world, entity, NULL), XF_ENTITY_GONE);
}

/* A record's mentions come back under each other's numbers, one corrected, one dropped, one new: entities stay with what is said.
 */
static void entities_stay_with_the_words_not_the_numbers(void **state)
{
    struct world *world = *state;
    uint32_t zofia, tomasz, car, mina;

    add(world, 0, XF_PERSON, ZOFIA);
    add(world, 1, XF_PERSON, "given=tomasz|family=mazurek|born=20000203|phone=+447700900123");
    add(world, 2, XF_VEHICLE, "vrm=YD12KLM");
    add(world, 3, XF_PERSON, "given=mina");
    settle(world);
    zofia = of(world, 0);
    tomasz = of(world, 1);
    car = of(world, 2);
    mina = of(world, 3);
    for (uint32_t i = 0; i < 4; i++)
        take(world, i);
    add(world, 0, XF_VEHICLE, "vrm=YD12KLM|make=skoda");
    add(world, 1, XF_PERSON, ZOFIA);
    add(world, 2, XF_PERSON, "given=tomas|family=mazurek|born=20000203");
    add(world, 3, XF_PERSON, "given=minna");
    settle(world);
    assert_int_equal(of(world, 0), car);
    assert_int_equal(of(world, 1), zofia);
    assert_int_equal(of(world, 2), tomasz);
    assert_int_equal(of(world, 3), mina);
    take(world, 3);
    take(world, 0);
    add(world, 3, XF_VEHICLE, "vrm=YD12KLM");
    add(world, 0, XF_PERSON, "given=oliver");
    settle(world);
    assert_int_equal(of(world, 3), car);
    assert_int_not_equal(of(world, 0), mina);
    assert_int_equal(told(world, mina, NULL), XF_ENTITY_GONE);
    take(world, 0);
    add(world, 0, XF_PERSON, "given=tomasz");
    settle(world);
    assert_int_equal(world->change_count, 2);
    assert_int_equal(told(world, of(world, 0), NULL), XF_ENTITY_CREATED);
}

static void peoples_words_win(void **state)
{
    struct world *world = *state;
    struct xf_linker *linker = world->linker;

    add(world, 0, XF_PERSON, ZOFIA);
    add(world, 1, XF_PERSON, ZOFIA "|sex=f");
    add(world, 2, XF_PERSON, "given=amina|family=hussain|born=20110402|id.nhs=9434765870");
    add(world, 3, XF_PERSON, "given=poppy|family=smith|born=20110402|id.nhs=9434765919");
    add(world, 4, XF_LOCATION, "name=star grill|postcode=HD1 1RL");
    add(world, 5, XF_PERSON, ZOFIA);
    settle(world);
    assert_int_equal(of(world, 0), of(world, 1));
    assert_int_not_equal(of(world, 2), of(world, 3));
    assert_int_equal(xf_linker_decide(linker, 0, 1, XF_WORD_NOT_SAME), XF_OK);
    assert_int_equal(xf_linker_decide(linker, 2, 3, XF_WORD_SAME), XF_OK);
    settle(world);
    assert_int_not_equal(of(world, 0), of(world, 1));
    assert_int_equal(of(world, 2), of(world, 3));
    /* 5 says what 0 says, and goes with one of the two. */
    assert_true(of(world, 5) == of(world, 0) || of(world, 5) == of(world, 1));
    assert_int_equal(xf_linker_decide(linker, 1, 0, XF_WORD_SAME), XF_OK);
    assert_int_equal(xf_linker_decide(linker, 0, 2, XF_WORD_NOT_SAME), XF_OK);
    assert_int_equal(xf_linker_decide(linker, 1, 3, XF_WORD_SAME), XF_ECONFLICT);
    assert_int_equal(xf_linker_decide(linker, 0, 1, XF_WORD_NONE), XF_OK);
    assert_int_equal(xf_linker_decide(linker, 1, 3, XF_WORD_SAME), XF_OK);
    assert_int_equal(xf_linker_decide(linker, 1, 2, XF_WORD_NOT_SAME), XF_ECONFLICT);
    assert_int_equal(xf_linker_decide(linker, 0, 4, XF_WORD_SAME), XF_EINVAL);
    assert_int_equal(xf_linker_decide(linker, 0, 99, XF_WORD_SAME), XF_ENOTFOUND);
    assert_int_equal(xf_linker_decide(linker, 0, 0, XF_WORD_SAME), XF_OK);
    assert_int_equal(xf_linker_decide(linker, 0, 0, XF_WORD_NOT_SAME), XF_ECONFLICT);
    settle(world);
    assert_int_equal(of(world, 1), of(world, 2));
    /* Withdrawn words leave what the weights say; a removal takes the words that name the mention along. */
    assert_int_equal(xf_linker_decide(linker, 1, 3, XF_WORD_NONE), XF_OK);
    take(world, 2);
    settle(world);
    assert_int_equal(of(world, 0), of(world, 1));
    assert_int_equal(of(world, 0), of(world, 5));
    assert_int_not_equal(of(world, 0), of(world, 3));
    add(world, 2, XF_PERSON, "given=amina|family=hussain|born=20110402|id.nhs=9434765870");
    settle(world);
    assert_int_not_equal(of(world, 2), of(world, 3));
}

static void a_hard_conflict_splits_a_chain(void **state)
{
    struct world *world = *state;

    add(world, 0, XF_PERSON, ZOFIA "|id.nhs=9434765919");
    add(world, 1, XF_PERSON, ZOFIA);
    add(world, 2, XF_PERSON, ZOFIA "|id.nhs=9434765870|sex=f");
    settle(world);
    assert_int_not_equal(of(world, 0), of(world, 2));
    assert_true(of(world, 1) == of(world, 0) || of(world, 1) == of(world, 2));
}

static void a_question_leaves_no_trace(void **state)
{
    struct world *world = *state;
    struct xf_arena *scratch = xf_arena_create();
    struct xf_intern *over;
    struct xf_mention question;
    struct xf_match matches[8];
    uint32_t symbols;

    add(world, 0, XF_PERSON, ZOFIA "|postcode=HD1 1RL");
    add(world, 1, XF_PERSON, "given=zofia|family=wisniewska");
    add(world, 2, XF_PERSON, "given=amina|family=hussain|born=20110402");
    settle(world);
    symbols = xf_intern_count(world->symbols);
    over = xf_intern_create_over(world->symbols);
    question = mention_of(over, XF_PERSON, "given=zofia|family=wisznewska|born=19990214|postcode=HD1 1RL|phone=+447700900999");
    assert_int_equal(xf_linker_find(world->linker, &question, over, 2000, matches, 8, scratch), 1);
    assert_int_equal(matches[0].entity, of(world, 0));
    assert_int_equal(matches[0].number, 0);
    question = mention_of(over, XF_PERSON, "given=zofia|family=wisniewska");
    assert_int_equal(xf_linker_find(world->linker, &question, over, 0, matches, 8, scratch), 2);
    assert_int_equal(xf_linker_find(world->linker, &question, over, 0, matches, 1, scratch), 1);
    question = mention_of(over, XF_PERSON, "given=nobody|family=atall|born=19000102");
    assert_int_equal(xf_linker_find(world->linker, &question, over, 0, matches, 8, scratch), 0);
    question = mention_of(over, XF_PERSON, "");
    assert_int_equal(xf_linker_find(world->linker, &question, over, INT32_MIN, matches, 8, scratch), 0);
    assert_int_equal(xf_intern_count(world->symbols), symbols);
    xf_intern_destroy(over);
    xf_arena_destroy(scratch);
}

/* What `check` tells of: certain with a national number alone, possible with an uncommon name alone. */
static void a_question_weighs_what_it_says(void **state)
{
    static const struct {
        const char *text;
        int32_t least, most; /* beyond the link threshold; most INT32_MIN: nobody is found at review or above */
    } cases[] = {{"id.nhs=9434765919", 10000, 60000},
                 {"family=barrow|id.nhs=9434765919", 10000, 60000},
                 {"given=kayleigh|family=barrow", -6000, -1},
                 {"given=kayley|family=barrow|born=20080911", 0, 9999},
                 {"given=kayleigh|family=barrow|born=20080101", -6000, -1},
                 {"given=kayleigh", 0, INT32_MIN},
                 {"born=20080911", 0, INT32_MIN}};
    struct world *world = *state;
    struct xf_arena *scratch = xf_arena_create();
    int32_t link = xf_model_link_threshold(world->model, XF_PERSON), review = xf_model_review_threshold(world->model, XF_PERSON);

    add(world, 0, XF_PERSON, "given=kayleigh|family=barrow|born=20080911|id.nhs=9434765919|postcode=HD1 1RL");
    settle(world);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_intern *over = xf_intern_create_over(world->symbols);
        struct xf_mention question = mention_of(over, XF_PERSON, cases[i].text);
        struct xf_match matches[2];
        size_t found = xf_linker_find(world->linker, &question, over, review, matches, 2, scratch);

        assert_int_equal(found, cases[i].most == INT32_MIN ? 0 : 1);
        if (found) {
            assert_true(matches[0].weight - link >= cases[i].least);
            assert_true(matches[0].weight - link <= cases[i].most);
        }
        xf_intern_destroy(over);
    }
    xf_arena_destroy(scratch);
}

/* A word on a mention, its record corrected, the correction taken back: among others of its content and keys, whose lists it must
 * leave from the place where it stood. The caller says the word anew each time, as the fold does. */
static void a_decided_mention_is_corrected_and_comes_back(void **state)
{
    static const char *const texts[] = {ZOFIA "|postcode=HD1 1RL", ZOFIA "|postcode=HD1 1RL|sex=f", "given=zofia|family=wisniewska",
                                        "given=mohammed|family=khan|born=19990214"};
    struct world *world = *state;

    for (uint32_t i = 0; i < 40; i++)
        add(world, i, XF_PERSON, texts[i % 4]);
    settle(world);
    for (uint32_t round = 0; round < 8; round++) {
        uint32_t one = round % 4, other = 20 + round; /* of each content, against each */

        assert_int_equal(xf_linker_decide(world->linker, one, other, XF_WORD_NOT_SAME), XF_OK);
        assert_int_equal(xf_linker_decide(world->linker, one, 36 + round % 4, XF_WORD_NOT_SAME), XF_OK);
        settle(world);
        assert_int_not_equal(of(world, one), of(world, other));
        take(world, one);
        add(world, one, XF_PERSON, ZOFIA "|postcode=HD1 1RL|phone=+447700900123");
        if (round & 1)
            settle(world);
        assert_int_equal(xf_linker_decide(world->linker, one, other, XF_WORD_NOT_SAME), XF_OK);
        settle(world);
        assert_int_not_equal(of(world, one), of(world, other));
        take(world, one);
        add(world, one, XF_PERSON, texts[one]);
        assert_int_equal(xf_linker_decide(world->linker, one, other, XF_WORD_NOT_SAME), XF_OK);
        settle(world);
        assert_int_equal(xf_linker_decide(world->linker, other, one, XF_WORD_NONE), XF_OK);
        settle(world);
    }
    assert_int_equal(of(world, 0), of(world, 4));
    assert_int_equal(of(world, 0), of(world, 21));
    for (uint32_t i = 0; i < 40; i++)
        take(world, i);
    settle(world);
}

/* With a smaller threshold the same mentions make other entities; their names stay where they can. */
static void another_model_keeps_the_names(void **state)
{
    struct world *world = *state;
    struct xf_model *loose = NULL;
    struct xf_error error = {0};
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *at = strstr(text, "\"weight\": 8000");
    uint32_t khan, entity;

    memcpy(at, "\"weight\": 6000", 14);
    assert_int_equal(xf_model_parse(text, length, &loose, &error), XF_OK);
    add(world, 0, XF_PERSON, "given=mohammed|family=khan|phone=+447700900123");
    add(world, 1, XF_PERSON, "given=mohammed|family=khan|phone=+447700900123");
    add(world, 2, XF_PERSON, ZOFIA);
    add(world, 3, XF_PERSON, ZOFIA "|sex=f");
    assert_int_equal(xf_linker_decide(world->linker, 2, 3, XF_WORD_NOT_SAME), XF_OK);
    settle(world);
    khan = of(world, 0);
    entity = of(world, 2);
    assert_int_not_equal(khan, of(world, 1));
    assert_int_equal(xf_linker_remodel(world->linker, loose), XF_OK);
    xf_model_destroy(world->model);
    world->model = loose;
    settle(world);
    assert_int_equal(world->change_count, 2);
    assert_int_equal(of(world, 0), khan);
    assert_int_equal(of(world, 1), khan);
    assert_int_equal(of(world, 2), entity);
    assert_int_not_equal(of(world, 3), entity);
    free(text);
}

/* Saved between the removal and the return of a corrected mention, it still knows what the mention said, word for word. */
static void a_correction_outlives_a_snapshot(void **state)
{
    static const char *const corrections[] = {"given=zofia|family=wisnewska|born=19990214",
                                              "given=oliver|family=smith|born=19990214"};
    struct world *world = *state;

    for (uint32_t i = 0; i < 2; i++) {
        struct bytes bytes = {0};
        struct xf_pack pack = {bytes_write, &bytes};
        struct xf_unpack unpack = {bytes_read, &bytes};
        struct xf_linker *loaded = NULL;
        uint32_t entity;

        add(world, 0, XF_PERSON, ZOFIA);
        settle(world);
        entity = of(world, 0);
        take(world, 0);
        assert_int_equal(xf_linker_save(world->linker, &pack), XF_OK);
        assert_int_equal(xf_linker_load(&unpack, world->model, world->symbols, &loaded), XF_OK);
        xf_linker_destroy(world->linker);
        world->linker = loaded;
        add(world, 1, XF_PERSON, corrections[i]);
        settle(world);
        assert_int_equal(told(world, entity, NULL), i ? XF_ENTITY_GONE : XF_ENTITY_CHANGED);
        assert_int_equal(of(world, 1) == entity, i == 0);
        take(world, 1);
        settle(world);
        free(bytes.data);
    }
}

static void set_weight(json_t *kind, const char *name, int weight)
{
    assert_int_equal(json_object_set_new(json_object_get(kind, name), "weight", json_integer(weight)), 0);
}

/* What a model links though no key has it, a make and a colour here, is shared, told apart by a person's word, and shared again. */
static void what_has_no_key_is_found_by_its_content(void **state)
{
    size_t length;
    char *text = read_file("config/models/uk.json", &length);
    json_t *root = json_loads(text, 0, NULL), *vehicle = json_object_get(root, "vehicle");
    struct xf_error error = {0};
    struct world world = {.symbols = xf_intern_create()};
    struct xf_linker_counts counts;

    (void)state;
    set_weight(vehicle, "review", -60000);
    set_weight(vehicle, "keep", -59000);
    set_weight(vehicle, "link", -58000);
    free(text);
    text = json_dumps(root, 0);
    json_decref(root);
    if (xf_model_parse(text, strlen(text), &world.model, &error) != XF_OK)
        fail_msg("%s %s", error.pointer, error.text);
    free(text);
    world.linker = xf_linker_create(world.model, world.symbols);
    for (uint32_t i = 0; i < 3; i++)
        add(&world, i, XF_VEHICLE, i < 2 ? "make=skoda|colour=silver" : "make=volkswagen|colour=grey");
    settle(&world);
    xf_linker_count(world.linker, &counts);
    assert_int_equal(counts.profiles, 2);
    assert_int_equal(of(&world, 0), of(&world, 1));
    assert_int_not_equal(of(&world, 0), of(&world, 2));
    assert_int_equal(xf_linker_decide(world.linker, 0, 1, XF_WORD_NOT_SAME), XF_OK);
    settle(&world);
    assert_int_not_equal(of(&world, 0), of(&world, 1));
    assert_int_equal(xf_linker_decide(world.linker, 0, 1, XF_WORD_NONE), XF_OK);
    settle(&world);
    xf_linker_count(world.linker, &counts);
    assert_int_equal(counts.profiles, 2);
    assert_int_equal(of(&world, 0), of(&world, 1));
    take(&world, 0);
    take(&world, 1);
    settle(&world);
    add(&world, 0, XF_VEHICLE, "make=skoda|colour=silver");
    settle(&world);
    xf_linker_count(world.linker, &counts);
    assert_int_equal(counts.profiles, 2);
    xf_linker_destroy(world.linker);
    xf_intern_destroy(world.symbols);
    xf_model_destroy(world.model);
}

/* An entity's redirects, through others too and in the order of their age, before a snapshot and behind it. */
static void redirects_are_found_from_their_end(void **state)
{
    /* 2 takes up 3 first, then 1 takes up 2, then 0 all. */
    static const char *const persons[] = {"given=zofia|family=wisniewska|id.nhs=9434765919",
                                          "given=zosia|family=nowak|born=19990214|phone=+447700900123",
                                          "given=zosia|family=mazur|born=19990214|email=z@mazur.pl|phone=+447700900199",
                                          "given=zoska|family=lis|born=19990214|email=zoska@lis.pl|phone=+447700900155"};
    static const char *const bridges[] = {
        "given=zosia|family=mazur|given@1=zoska|family@1=lis|born=19990214|email=z@mazur.pl|email=zoska@lis.pl|phone=+447700900199|"
        "phone=+447700900155",
        "given=zosia|family=nowak|given@1=zosia|family@1=mazur|born=19990214|email=z@mazur.pl|phone=+447700900123|"
        "phone=+447700900199",
        "given=zofia|family=wisniewska|given@1=zosia|family@1=nowak|born=19990214|phone=+447700900123|id.nhs=9434765919"};
    struct world *world = *state;
    struct bytes bytes = {0};
    struct xf_pack pack = {bytes_write, &bytes};
    struct xf_unpack unpack = {bytes_read, &bytes};
    struct xf_linker *loaded = NULL;
    uint32_t entities[4], redirects[8];

    for (uint32_t i = 0; i < 4; i++) {
        add(world, i, XF_PERSON, persons[i]);
        settle(world);
        entities[i] = of(world, i);
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(xf_linker_decide(world->linker, 2 - i, 3 - i, XF_WORD_SAME), XF_OK);
        add(world, 4 + i, XF_PERSON, bridges[i]);
        settle(world);
        assert_int_equal(of(world, 3), entities[2 - i]);
        assert_int_equal(xf_linker_redirects(world->linker, entities[2 - i], redirects, 8), i + 1);
        for (uint32_t j = 0; j <= i; j++)
            assert_int_equal(redirects[j], entities[3 - i + j]);
    }
    assert_int_equal(xf_linker_redirects(world->linker, entities[0], redirects, 2), 2);
    assert_int_equal(xf_linker_save(world->linker, &pack), XF_OK);
    assert_int_equal(xf_linker_load(&unpack, world->model, world->symbols, &loaded), XF_OK);
    assert_int_equal(xf_linker_redirects(loaded, entities[0], redirects, 8), 3);
    for (uint32_t j = 0; j < 3; j++)
        assert_int_equal(redirects[j], entities[j + 1]);
    xf_linker_destroy(loaded);
    free(bytes.data);
}

static void a_snapshot_of_another_model_is_refused(void **state)
{
    struct world *world = *state;
    struct bytes bytes = {0};
    struct xf_pack pack = {bytes_write, &bytes};
    struct xf_unpack unpack = {bytes_read, &bytes};
    struct xf_model *other = NULL;
    struct xf_linker *loaded = NULL;
    struct xf_error error = {0};
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *at = strstr(text, "\"weight\": 8000");

    memcpy(at, "\"weight\": 6000", 14);
    assert_int_equal(xf_model_parse(text, length, &other, &error), XF_OK);
    add(world, 0, XF_PERSON, ZOFIA);
    settle(world);
    assert_int_equal(xf_linker_save(world->linker, &pack), XF_OK);
    assert_int_equal(xf_linker_load(&unpack, other, world->symbols, &loaded), XF_EINVAL);
    /* Cut short anywhere, it is refused and leaks nothing. */
    for (size_t cut = 0; cut < bytes.length; cut += 7) {
        struct bytes part = {.data = bytes.data, .length = cut};
        struct xf_unpack short_unpack = {bytes_read, &part};

        assert_int_not_equal(xf_linker_load(&short_unpack, world->model, world->symbols, &loaded), XF_OK);
    }
    xf_model_destroy(other);
    free(text);
    free(bytes.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_mentions_share_a_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(mentions_that_say_too_little_stay_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_lives_on_when_entities_merge, setup, teardown),
        cmocka_unit_test_setup_teardown(the_larger_part_keeps_the_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_correction_keeps_the_entity, setup, teardown),
        cmocka_unit_test_setup_teardown(entities_stay_with_the_words_not_the_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(peoples_words_win, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hard_conflict_splits_a_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_leaves_no_trace, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_weighs_what_it_says, setup, teardown),
        cmocka_unit_test_setup_teardown(a_decided_mention_is_corrected_and_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(another_model_keeps_the_names, setup, teardown),
        cmocka_unit_test_setup_teardown(a_correction_outlives_a_snapshot, setup, teardown),
        cmocka_unit_test(what_has_no_key_is_found_by_its_content),
        cmocka_unit_test_setup_teardown(redirects_are_found_from_their_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_snapshot_of_another_model_is_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
