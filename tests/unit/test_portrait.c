/* SPDX-License-Identifier: Apache-2.0 */
/* Portraits of groups: what several mentions say together, each thing once; and that of one mention weighs as the mention does. */
#include "check.h"

#include <stdio.h>

#include "../../lib/portrait.h"
#include "../../lib/score.h"
#include "mentions.h"

/* The shipped model, and two attributes that it does not have. */
static const char attributes[] =
    "\"attributes\": {"
    "\"trade\": {\"exact\": {\"m\": 0.8, \"u\": 0.05, \"source\": \"t\"}, \"similar\": {\"weight\": 2000, \"source\": \"t\"}, "
    "\"different\": {\"weight\": -1500, \"source\": \"t\"}},"
    "\"birth_place\": {\"exact\": {\"weight\": 4000, \"source\": \"t\"}, \"similar\": {\"weight\": 3000, \"source\": \"t\"}, "
    "\"different\": {\"weight\": -2000, \"source\": \"t\"}, \"beside\": {\"source\": \"t\", \"address\": {\"house\": 700}, "
    "\"attributes\": {\"trade\": 300}}}}, ";

struct lab {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_lexicon lexicon;
};

static int setup(void **state)
{
    struct lab *lab = calloc(1, sizeof(*lab));
    struct xf_error error = {0};
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *at = strstr(text, "\"guards\"");
    char *changed = calloc(1, length + sizeof(attributes));

    memcpy(changed, text, (size_t)(at - text));
    strcat(changed, attributes);
    strcat(changed, at);
    if (xf_model_parse(changed, strlen(changed), &lab->model, &error) != XF_OK)
        fail_msg("%s %s", error.pointer, error.text);
    lab->symbols = xf_intern_create();
    lab->lexicon = (struct xf_lexicon){.model = lab->model, .symbols = lab->symbols};
    *state = lab;
    free(changed);
    free(text);
    return 0;
}

static int teardown(void **state)
{
    struct lab *lab = *state;

    xf_lexicon_finish(&lab->lexicon);
    xf_intern_destroy(lab->symbols);
    xf_model_destroy(lab->model);
    free(lab);
    return 0;
}

/* mention stays for as long as the aspect does. */
static void open_mention(struct lab *lab, enum xf_mention_kind kind, const char *text, struct xf_mention *mention,
                         struct xf_aspect *ret)
{
    *mention = mention_of(lab->symbols, kind, text);
    assert_int_equal(xf_lexicon_add(&lab->lexicon, mention->values, mention->count), XF_OK);
    xf_aspect_open(ret, &lab->lexicon, (uint8_t)kind, mention->values, mention->count);
}

static void add(struct lab *lab, struct xf_portrait *portrait, enum xf_mention_kind kind, const char *text, bool first)
{
    struct xf_mention mention;
    struct xf_aspect aspect;

    open_mention(lab, kind, text, &mention, &aspect);
    if (first)
        xf_portrait_begin(portrait, &aspect);
    else
        xf_portrait_add(portrait, &aspect);
}

/* Values are sorted by field, `first` says where each field's are, and those of one qualifier stand together. */
static void assert_sound(const struct xf_aspect *aspect)
{
    uint32_t count = 0;

    assert_true(aspect->count <= XF_PORTRAIT_VALUES && aspect->name_count <= XF_ASPECT_NAMES &&
                aspect->date_count <= XF_ASPECT_DATES && aspect->address_count <= XF_ASPECT_ADDRESSES);
    for (uint32_t field = 0; field < XF_FIELDS; field++) {
        for (uint32_t i = aspect->first[field]; i < aspect->first[field + 1]; i++, count++) {
            assert_int_equal(aspect->values[i].field, field);
            for (uint32_t j = aspect->first[field]; j < i; j++) {
                assert_false(aspect->values[j].qualifier == aspect->values[i].qualifier &&
                             aspect->values[j].symbol == aspect->values[i].symbol);
                if (aspect->values[j].qualifier == aspect->values[i].qualifier)
                    assert_int_equal(aspect->values[i - 1].qualifier, aspect->values[i].qualifier);
            }
        }
    }
    assert_int_equal(count, aspect->count);
    assert_int_equal(aspect->first[XF_FIELDS], aspect->count);
}

static uint32_t count_of(const struct xf_aspect *aspect, enum xf_field field)
{
    return aspect->first[field + 1] - aspect->first[field];
}

static const struct {
    enum xf_mention_kind kind;
    const char *text;
} mentions[] = {
    {XF_PERSON, "given=amina|family=hussain|born=20110402"},
    {XF_PERSON, "given=amina|family=hussain|given@1=mina|born=20110402|born=20110204|sex=f"},
    {XF_PERSON, "given=a|family=khan|given@1=amina|family@1=khan|sex=m|sex=f"},
    {XF_PERSON, "given=hussain|family=amina|born=20110000|house=4|postcode=HD1 1RL"},
    {XF_PERSON, "given=amina|house=4|postcode=HD1 1RL|house@1=9|street@1=high street|postcode@1=LS6 2AB|uprn@1=10"},
    {XF_PERSON, "family=hussain|flat=2|house=4|street=northgate|town=leeds|phone=+447700900123|phone=+447700900124"},
    {XF_PERSON, "given=amina jane|family=hussain khan|building=mill house|postcode=HD1 1RT|phone=+447700900124"},
    {XF_PERSON, "given=zofia|family=wisniewska|born=19990214|id.nhs=9434765919|id.case=A12|attr.trade=baker"},
    {XF_PERSON, "given=zofia|family=wisniewska|born=19990216|id.case=A13|attr.trade=baker|attr.trade=miner|attr.birth_place=leeds"},
    {XF_PERSON, "given=zofia|family=brown|born=19000101|house=4|postcode=HD1 1RL|attr.trade=miner|attr.birth_place=leeds"},
    {XF_PERSON, "given=zofi|family=wisniewsk|born=19990101|email=z@x.uk|account.snapchat=z|account.tiktok=zz|uprn=10"},
    {XF_PERSON, "given=z|born=19290214|email=z@x.uk|account.snapchat=y|weak.id.nhs=1|weak.postcode=MKA 7NP|weak.uprn=10"},
    {XF_PERSON, "born=19990214|id.nhs=9434765870|town=leeds|source=a"},
    {XF_PERSON, "family=wisniewska|id.nhs=9434765919|id.nhs=9434765870|town=york|source=a"},
    {XF_LOCATION, "house=12|street=northgate|postcode=HD1 1RL"},
    {XF_LOCATION, "flat=2|house=12|street=north gate|postcode=HD1 1RL|name=star grill|type=takeaway"},
    {XF_LOCATION, "house=12|street=northgate|town=huddersfield|name=star grill bar|name=kebab king|type=shop"},
    {XF_LOCATION, "uprn=83151234|name=star grill|lat=536466000|lon=-17829000"},
    {XF_LOCATION, "uprn=83151234|lat=536467000|lon=-17829500|type=shop"},
    {XF_LOCATION, "building=star grill|postcode=HD1 1RL|lat=536866000|lon=-17829500"},
    {XF_LOCATION, "flat=c3|building=avoca house|street=mill lane|postcode=HD1 1RL|attr.trade=baker"},
    {XF_LOCATION, "house=12|street=northgate|weak.postcode=HDX 1RL|weak.uprn=9"},
    {XF_VEHICLE, "vrm=YD12KLM|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, "vrm=YD12KLN|vrm=YD12KLO|make=skoda|colour=black"},
    {XF_VEHICLE, "weak.vrm=YD12*|vin=TMBJG7NE5H0123456|make=skoda"},
    {XF_VEHICLE, "vrm=YD12KL0|weak.vin=H0123456|licence=77|attr.trade=baker"},
    {XF_VEHICLE, "weak.vrm=YD12K?M|licence=77|colour=silver|colour=grey"},
};
#define MENTIONS (sizeof(mentions) / sizeof(*mentions))

/* In every comparison, against every other, on either side, and against another's portrait. */
static void a_portrait_of_one_weighs_as_its_mention(void **state)
{
    static struct xf_mention filled[MENTIONS];
    static struct xf_aspect aspects[MENTIONS];
    static struct xf_portrait portraits[MENTIONS];
    struct lab *lab = *state;

    for (size_t i = 0; i < MENTIONS; i++) {
        open_mention(lab, mentions[i].kind, mentions[i].text, &filled[i], &aspects[i]);
        xf_portrait_begin(&portraits[i], &aspects[i]);
        assert_sound(&portraits[i].aspect);
    }
    for (size_t i = 0; i < MENTIONS; i++) {
        for (size_t j = 0; j < MENTIONS; j++) {
            const struct xf_aspect *sides[][2] = {{&portraits[i].aspect, &aspects[j]},
                                                  {&aspects[i], &portraits[j].aspect},
                                                  {&portraits[i].aspect, &portraits[j].aspect}};
            struct xf_trace plain, trace;
            int32_t weight;

            if (mentions[i].kind != mentions[j].kind)
                continue;
            weight = xf_score_groups(lab->model, &aspects[i], &aspects[j], INT32_MIN, &plain);
            for (size_t side = 0; side < sizeof(sides) / sizeof(*sides); side++) {
                bool same = xf_score_groups(lab->model, sides[side][0], sides[side][1], INT32_MIN, &trace) == weight &&
                            trace.count == plain.count && trace.conflict == plain.conflict;

                for (uint32_t k = 0; same && k < trace.count; k++)
                    same = trace.items[k].weight == plain.items[k].weight && trace.items[k].level == plain.items[k].level &&
                           trace.items[k].comparison == plain.items[k].comparison;
                if (!same)
                    fail_msg("%s | %s: another weight as a portrait", mentions[i].text, mentions[j].text);
            }
        }
    }
}

/* What a mention says twice counts once, in itself and in its group. */
static void what_is_said_twice_counts_once(void **state)
{
    static const struct {
        const char *twice, *once;
    } cases[] = {
        {"given=amina|family=hussain|given@1=amina|family@1=hussain|born=20110402", "given=amina|family=hussain|born=20110402"},
        {"given=amina|family=hussain|given@1=amina|born=20110402", "given=amina|family=hussain|born=20110402"},
        {"given=amina|family=hussain|born=20110101|born=20110000", "given=amina|family=hussain|born=20110000"},
        {"given=amina|house=4|postcode=HD1 1RL|house@1=4|postcode@1=HD1 1RL", "given=amina|house=4|postcode=HD1 1RL"},
    };
    struct lab *lab = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_mention x, y;
        struct xf_aspect twice, once;
        struct xf_portrait portrait;

        open_mention(lab, XF_PERSON, cases[i].twice, &x, &twice);
        open_mention(lab, XF_PERSON, cases[i].once, &y, &once);
        xf_portrait_begin(&portrait, &twice);
        if (xf_score(lab->model, &twice, &once, INT32_MIN, NULL) != xf_score(lab->model, &once, &once, INT32_MIN, NULL) ||
            xf_score(lab->model, &portrait.aspect, &once, INT32_MIN, NULL) != xf_score(lab->model, &once, &once, INT32_MIN, NULL))
            fail_msg("%s: %d as a mention, %d as a portrait, %d once", cases[i].twice,
                     xf_score(lab->model, &twice, &once, INT32_MIN, NULL),
                     xf_score(lab->model, &portrait.aspect, &once, INT32_MIN, NULL),
                     xf_score(lab->model, &once, &once, INT32_MIN, NULL));
    }
}

/* What a group's portrait has, by what its mentions say. */
static void each_thing_stands_once(void **state)
{
    static const struct {
        const char *texts[4];
        uint32_t names, dates, addresses, phones, ids, attributes, values;
    } cases[] = {
        {{"given=amina|family=hussain|born=20110402|phone=+447700900123"}, 1, 1, 0, 1, 0, 0, 1},
        {{"given=amina|family=hussain|born=20110402|phone=+447700900123",
          "given=amina|family=hussain|born=20110402|phone=+447700900123"},
         1,
         1,
         0,
         1,
         0,
         0,
         1},
        {{"given=amina|family=hussain", "given=mina|family=hussain|born=20110402", "born=20110402|born=20110204"},
         2,
         2,
         0,
         0,
         0,
         0,
         0},
        {{"house=4|postcode=HD1 1RL", "house=4|postcode=HD1 1RL|uprn=10", "house=4|postcode=HD1 1RL",
          "flat=2|house=4|postcode=HD1 1RL"},
         0,
         0,
         3,
         0,
         0,
         0,
         0},
        {{"house=4|postcode=HD1 1RL|house@1=9|postcode@1=LS6 2AB", "house=9|postcode=LS6 2AB"}, 0, 0, 2, 0, 0, 0, 0},
        {{"id.case=1|id.nhs=1", "id.case=2|id.nhs=1", "id.case=1|id.file=1"}, 0, 0, 0, 0, 4, 0, 4},
        {{"attr.trade=baker|attr.birth_place=leeds", "attr.trade=miner|attr.birth_place=york", "attr.trade=baker|attr.colour=red"},
         0,
         0,
         0,
         0,
         0,
         5,
         5},
        {{"sex=f|attr.trade=baker|email=a@x.uk", "sex=m|phone=+447700900123|attr.birth_place=leeds", "sex=f|attr.trade=miner"},
         0,
         0,
         0,
         1,
         0,
         3,
         7},
    };
    struct lab *lab = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_portrait portrait;
        const struct xf_aspect *aspect = &portrait.aspect;

        for (int round = 0; round < 2; round++) { /* what is told again changes nothing */
            for (size_t j = 0; j < 4 && cases[i].texts[j]; j++)
                add(lab, &portrait, XF_PERSON, cases[i].texts[j], !round && !j);
            assert_sound(aspect);
            if (aspect->name_count != cases[i].names || aspect->date_count != cases[i].dates ||
                aspect->address_count != cases[i].addresses || count_of(aspect, XF_FIELD_PHONE) != cases[i].phones ||
                count_of(aspect, XF_FIELD_ID) != cases[i].ids || count_of(aspect, XF_FIELD_ATTRIBUTE) != cases[i].attributes ||
                aspect->count != cases[i].values)
                fail_msg("%zu: %u names, %u dates, %u addresses, %u values", i, aspect->name_count, aspect->date_count,
                         aspect->address_count, aspect->count);
        }
    }
}

/* Attributes of one name stand together, however they came: else one would be compared twice. */
static void attributes_of_one_name_count_together(void **state)
{
    struct lab *lab = *state;
    struct xf_portrait portrait;
    struct xf_mention mention;
    struct xf_aspect other;
    struct xf_trace trace;
    int seen = 0;

    add(lab, &portrait, XF_PERSON, "attr.trade=baker", true);
    add(lab, &portrait, XF_PERSON, "attr.birth_place=leeds", false);
    add(lab, &portrait, XF_PERSON, "attr.trade=miner|attr.birth_place=york", false);
    assert_sound(&portrait.aspect);
    open_mention(lab, XF_PERSON, "attr.trade=miner|attr.birth_place=hull", &mention, &other);
    /* trade 4000 less a bit, as the best of two; birth_place -2000 */
    assert_int_equal(xf_score_groups(lab->model, &portrait.aspect, &other, INT32_MIN, &trace) - lab->model->kinds[XF_PERSON].prior,
                     4000 - 1000 - 2000);
    for (uint32_t i = 0; i < trace.count; i++)
        seen += strcmp(trace.items[i].comparison, "trade") == 0 && strcmp(trace.items[i].level, "exact") == 0;
    assert_int_equal(seen, 1);
}

/* A group that one member tells by an initial is compared by the whole name that another has, in either order. */
static void initials_never_outdo_whole_names(void **state)
{
    static const struct {
        const char *texts[2], *other, *level;
    } cases[] = {
        {{"given=a|family=khan", "given=amina|family=khan"}, "given=aisha|family=khan", "family_differing_given"},
        {{"given=amina|family=khan", "given=a|family=khan"}, "given=aisha|family=khan", "family_differing_given"},
        {{"given=a|family=khan", "given=amina|family=khan"}, "given=amina|family=khan", "exact"},
        {{"given=a|family=khan", "given=amina|family=khan"}, "given=a|family=khan", "exact"},
        {{"given=a|family=khan", "family=khan"}, "given=aisha|family=khan", "initial"},
        {{"given=wisniewska|family=zofia", "given=z|family=wisniewska"}, "given=zofia|family=wisniewska", "swapped"},
    };
    struct lab *lab = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_portrait portrait;
        struct xf_mention mention;
        struct xf_aspect other;
        struct xf_trace trace;
        const char *level = "none";

        add(lab, &portrait, XF_PERSON, cases[i].texts[0], true);
        add(lab, &portrait, XF_PERSON, cases[i].texts[1], false);
        open_mention(lab, XF_PERSON, cases[i].other, &mention, &other);
        xf_score_groups(lab->model, &portrait.aspect, &other, INT32_MIN, &trace);
        for (uint32_t j = 0; j < trace.count; j++)
            if (trace.items[j].comparison_at == XF_PERSON_NAME)
                level = trace.items[j].level;
        if (strcmp(level, cases[i].level) != 0)
            fail_msg("%s + %s, %s: %s", cases[i].texts[0], cases[i].texts[1], cases[i].other, level);
    }
}

/* The first point stands for the place: a latitude never meets another point's longitude. */
static void points_stay_pairs(void **state)
{
    struct lab *lab = *state;
    struct xf_portrait portrait;
    const struct xf_aspect *aspect = &portrait.aspect;
    struct xf_mention mention;
    struct xf_aspect other;
    struct xf_trace trace;

    add(lab, &portrait, XF_LOCATION, "name=star grill", true);
    add(lab, &portrait, XF_LOCATION, "name=star grill|lat=536466000|lon=-17829000", false);
    add(lab, &portrait, XF_LOCATION, "name=star grill|lat=546466000|lon=-7829000", false);
    assert_sound(aspect);
    assert_int_equal(count_of(aspect, XF_FIELD_LAT), 1);
    assert_int_equal(count_of(aspect, XF_FIELD_LON), 1);
    assert_int_equal((int32_t)aspect->values[aspect->first[XF_FIELD_LAT]].symbol, 536466000);
    assert_int_equal((int32_t)aspect->values[aspect->first[XF_FIELD_LON]].symbol, -17829000);
    open_mention(lab, XF_LOCATION, "lat=536466000|lon=-7829000", &mention, &other);
    xf_score_groups(lab->model, aspect, &other, INT32_MIN, &trace);
    assert_int_equal(trace.count, 1);
    assert_string_equal(trace.items[0].level, "far");
}

/* What comes last is left out. */
static void limits_leave_out_what_comes_last(void **state)
{
    struct lab *lab = *state;
    struct xf_portrait portrait;
    const struct xf_aspect *aspect = &portrait.aspect;
    char text[160];

    for (uint32_t i = 0; i < 40; i++) {
        snprintf(text, sizeof(text),
                 "given=g%u|family=f%u|born=%u|house=%u|postcode=HD1 "
                 "1RL|phone=+4477009%05u|phone=+4477008%05u|email=%u@x.uk|attr.trade=t%u",
                 i, i, 19500203 + i * 10000, i + 1, i, i, i, i);
        add(lab, &portrait, XF_PERSON, text, i == 0);
        assert_sound(aspect);
    }
    assert_int_equal(aspect->name_count, XF_ASPECT_NAMES);
    assert_int_equal(aspect->date_count, XF_ASPECT_DATES);
    assert_int_equal(aspect->address_count, XF_ASPECT_ADDRESSES);
    assert_int_equal(aspect->count, XF_PORTRAIT_VALUES);
    for (uint32_t i = 0; i < aspect->name_count; i++) {
        snprintf(text, sizeof(text), "g%u", i);
        assert_string_equal(aspect->names[i].given->text, text);
    }
    for (uint32_t i = 0; i < aspect->date_count; i++)
        assert_int_equal(aspect->dates[i].date, 19500203 + i * 10000);
    for (uint32_t i = 0; i < aspect->address_count; i++) {
        snprintf(text, sizeof(text), "%u", i + 1);
        assert_string_equal(xf_intern_text(lab->symbols, aspect->addresses[i].house), text);
    }
    /* Four values each: those of the first 32 mentions. */
    assert_int_equal(count_of(aspect, XF_FIELD_PHONE), 64);
    assert_int_equal(count_of(aspect, XF_FIELD_EMAIL), 32);
    assert_int_equal(count_of(aspect, XF_FIELD_ATTRIBUTE), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_portrait_of_one_weighs_as_its_mention, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_said_twice_counts_once, setup, teardown),
        cmocka_unit_test_setup_teardown(each_thing_stands_once, setup, teardown),
        cmocka_unit_test_setup_teardown(attributes_of_one_name_count_together, setup, teardown),
        cmocka_unit_test_setup_teardown(initials_never_outdo_whole_names, setup, teardown),
        cmocka_unit_test_setup_teardown(points_stay_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_leave_out_what_comes_last, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
