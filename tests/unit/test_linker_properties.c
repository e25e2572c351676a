/* SPDX-License-Identifier: Apache-2.0 */
/* The linker's promises, for a few hundred invented mentions: persons with slips of the pen, twins, households and homes, places
 * that many name, vehicles, and values that hundreds share. Whatever order they come in, whatever came and went between, whether
 * one settles once or always, saved and loaded or not: the partition, the edges and the clerical queue are those of the set. The
 * generator is this file's own and seeded, so that a failure comes again. (test_cluster.c looks at smaller, stranger sets.) */
#include "check.h"

#include <stdio.h>

#include "dice.h"
#include "mentions.h"

#define KEPT 220 /* mentions that the set has in the end */
#define NOISE 40 /* places of those that come and go */
#define PLACES (KEPT + NOISE)
#define WORDS 8
#define ORDERS 100
#define QUEUE_MAX 8192

/* Inventing */

struct invention {
    enum xf_mention_kind kind;
    char text[320];
};

static const char *pick(struct dice *dice, const char *const *words, uint32_t count)
{
    return words[roll(dice, count)];
}
#define PICK(dice, words) pick((dice), (words), (uint32_t)(sizeof(words) / sizeof(*(words))))

/* A word with a letter doubled, dropped or swapped, now and then. */
static void slip(struct dice *dice, const char *word, char out[static 32])
{
    size_t length = strlen(word), at = 1 + roll(dice, (uint32_t)length - 2);

    snprintf(out, 32, "%s", word);
    switch (roll(dice, 9)) {
    case 0:
        memmove(out + at, out + at + 1, length - at);
        break;
    case 1: {
        char letter = out[at];

        out[at] = out[at + 1];
        out[at + 1] = letter;
        break;
    }
    case 2:
        memmove(out + at + 1, out + at, length - at + 1);
        break;
    default:
        break;
    }
}

static void add_text(struct invention *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(struct invention *to, const char *format, ...)
{
    size_t had = strlen(to->text);
    va_list args;

    if (had)
        to->text[had++] = '|';
    va_start(args, format);
    vsnprintf(to->text + had, sizeof(to->text) - had, format, args);
    va_end(args);
}

/* One of some forty persons, as somebody wrote them down: two of a household share name and address, two are twins. */
static void invent_person(struct dice *dice, struct invention *ret)
{
    static const char *const given[] = {"zofia", "amina", "tomasz", "olivia", "mohammed", "agnieszka", "kayleigh", "yusuf"};
    static const char *const family[] = {"wisniewska", "hussain", "mazurek", "barrow", "rahman"};
    uint32_t who = roll(dice, 40), household = who / 2;
    char name[32];

    *ret = (struct invention){.kind = XF_PERSON};
    if (roll(dice, 8)) {
        slip(dice, given[who % 8], name);
        add_text(ret, "given=%s", name);
    }
    if (roll(dice, 12)) {
        slip(dice, family[household % 5], name);
        add_text(ret, "family=%s", name);
    }
    if (roll(dice, 5)) {
        uint32_t twin = who % 6 == 1 ? who - 1 : who;
        uint32_t day = 1 + twin * 7 % 28, month = 1 + twin % 12;

        if (!roll(dice, 10))
            add_text(ret, "born=%u%02u%02u", 1980 + twin % 30, day <= 12 ? day : month, day <= 12 ? month : day);
        else
            add_text(ret, "born=%u%02u%02u", 1980 + twin % 30, roll(dice, 12) ? month : 0, roll(dice, 9) ? day : 0);
    }
    if (!roll(dice, 3))
        add_text(ret, "house=%u|postcode=HD%u 1RL", household, 1 + household % 4);
    if (!roll(dice, 4))
        add_text(ret, "phone=+44770090%04u", roll(dice, 6) ? 1000 + who : 1000 + household);
    if (!roll(dice, 5))
        add_text(ret, "id.nhs=94347%05u", who);
    if (!roll(dice, 3))
        add_text(ret, "sex=%s", who % 2 ? "f" : "m");
}

/* The value that everybody has: a name, a date, a switchboard. */
static void invent_hub(struct dice *dice, struct invention *ret)
{
    *ret = (struct invention){.kind = XF_PERSON};
    switch (roll(dice, 3)) {
    case 0:
        add_text(ret, "given=john|family=smith|town=t%u", roll(dice, 60));
        break;
    case 1:
        add_text(ret, "given=john|family=smith|born=20000101|house=%u", roll(dice, 60));
        break;
    default:
        add_text(ret, "given=g%u|family=smith|born=20000101|phone=+441484000000", roll(dice, 60));
    }
}

static void invent(struct dice *dice, struct invention *ret)
{
    static const char *const names[] = {"star grill", "northgate cafe", "bargain hotel"};
    static const char *const streets[] = {"northgate", "king street", "station road"};
    uint32_t which = roll(dice, 100), place = roll(dice, 9);

    if (which < 55) {
        invent_person(dice, ret);
    } else if (which < 70) {
        invent_hub(dice, ret);
    } else if (which < 88) {
        *ret = (struct invention){.kind = XF_LOCATION};
        if (roll(dice, 3))
            add_text(ret, "name=%s", names[place % 3]);
        if (roll(dice, 4))
            add_text(ret, "house=%u|street=%s", place, PICK(dice, streets));
        add_text(ret, "postcode=HD1 %uRL", place % 3);
        if (!roll(dice, 4))
            add_text(ret, "uprn=8315%04u", place);
    } else {
        *ret = (struct invention){.kind = XF_VEHICLE};
        add_text(ret, "vrm=%s12KL%c", roll(dice, 5) ? "YD" : "Y0", 'A' + (char)place);
        if (roll(dice, 2))
            add_text(ret, "make=skoda|colour=%s", roll(dice, 2) ? "silver" : "black");
    }
}

/* A set, and the words on it */

struct set {
    struct invention mentions[KEPT];
    struct {
        uint32_t a, b;
        enum xf_word word;
    } words[WORDS];
};

/* What is compared. */
struct item {
    uint32_t a, b; /* the least places of the two contents */
    int32_t weight, doubt;
    int32_t kind;
};

struct outcome {
    uint32_t partition[KEPT]; /* by place: the least place of the same entity */
    uint64_t edges, profiles;
    size_t count;
    struct item queue[QUEUE_MAX];
};

struct telling {
    const struct set *set;
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_linker *linker;
    uint32_t numbers[PLACES], places[PLACES]; /* the linker's number of a place, and back */
    bool there[PLACES];
    bool wrong[PLACES]; /* says what it does not say in the end */
    uint64_t position;
};

static void begin(struct telling *telling, const struct set *set)
{
    memset(telling, 0, sizeof(*telling));
    telling->set = set;
    telling->model = shipped_model();
    telling->symbols = xf_intern_create();
    telling->linker = xf_linker_create(telling->model, telling->symbols);
    for (uint32_t i = 0; i < PLACES; i++)
        telling->numbers[i] = telling->places[i] = i;
}

static void end(struct telling *telling)
{
    xf_linker_destroy(telling->linker);
    xf_intern_destroy(telling->symbols);
    xf_model_destroy(telling->model);
}

static void renumber(struct telling *telling, struct dice *dice)
{
    shuffle(dice, telling->numbers, PLACES);
    for (uint32_t i = 0; i < PLACES; i++)
        telling->places[telling->numbers[i]] = i;
}

static void add(struct telling *telling, uint32_t place, const struct invention *invention)
{
    struct xf_mention mention = mention_of(telling->symbols, invention->kind, invention->text);

    assert_int_equal(xf_linker_add(telling->linker, telling->numbers[place], &mention), XF_OK);
    telling->there[place] = true;
    telling->wrong[place] = place >= KEPT || strcmp(invention->text, telling->set->mentions[place].text) != 0;
}

static void take(struct telling *telling, uint32_t place)
{
    assert_int_equal(xf_linker_remove(telling->linker, telling->numbers[place]), XF_OK);
    telling->there[place] = false;
}

static void settle(struct telling *telling)
{
    const struct xf_linker_change *changes;
    uint32_t ordinal = 0;
    size_t count;

    assert_int_equal(xf_linker_settle(telling->linker, ++telling->position, &ordinal, &changes, &count), XF_OK);
}

static void save(const struct telling *telling, struct bytes *ret)
{
    struct xf_pack pack = {bytes_write, ret};

    ret->length = 0;
    assert_int_equal(xf_intern_save(telling->symbols, &pack), XF_OK);
    assert_int_equal(xf_linker_save(telling->linker, &pack), XF_OK);
}

/* As a restart would: what comes back is saved again to the same bytes. */
static void reload(struct telling *telling)
{
    struct bytes bytes = {0}, again = {0};
    struct xf_unpack unpack = {bytes_read, &bytes};

    save(telling, &bytes);
    xf_linker_destroy(telling->linker);
    xf_intern_destroy(telling->symbols);
    assert_int_equal(xf_intern_load(&unpack, &telling->symbols), XF_OK);
    assert_int_equal(xf_linker_load(&unpack, telling->model, telling->symbols, &telling->linker), XF_OK);
    save(telling, &again);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);
    free(bytes.data);
    free(again.data);
}

static int say(struct telling *telling, uint32_t a, uint32_t b, enum xf_word word)
{
    return xf_linker_decide(telling->linker, telling->numbers[a], telling->numbers[b], word);
}

static void say_all(struct telling *telling)
{
    for (int i = 0; i < WORDS; i++)
        if (telling->set->words[i].word != XF_WORD_NONE)
            assert_int_equal(say(telling, telling->set->words[i].a, telling->set->words[i].b, telling->set->words[i].word), XF_OK);
}

static int compare_items(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct item));
}

static uint32_t least_alike(const struct telling *telling, uint32_t number)
{
    uint32_t least = UINT32_MAX;

    for (uint32_t at = xf_linker_alike_first(telling->linker, number); at != XF_NONE; at = xf_linker_alike(telling->linker, at))
        least = telling->places[at] < least ? telling->places[at] : least;
    return least;
}

static void read_queue(const struct telling *telling, struct outcome *ret)
{
    struct xf_review_walk walk = {0};
    struct xf_review items[64];

    while (!walk.done) {
        size_t count = xf_linker_review(telling->linker, &walk, items, 64);

        for (size_t i = 0; i < count; i++) {
            uint32_t a = least_alike(telling, items[i].a), b = least_alike(telling, items[i].b);

            assert_true(ret->count < QUEUE_MAX);
            ret->queue[ret->count++] = (struct item){.a = a < b ? a : b,
                                                     .b = a < b ? b : a,
                                                     .weight = items[i].weight,
                                                     .doubt = items[i].doubt,
                                                     .kind = (int32_t)items[i].kind};
        }
    }
    if (ret->count)
        qsort(ret->queue, ret->count, sizeof(*ret->queue), compare_items);
}

static void read_outcome(struct telling *telling, struct outcome *ret)
{
    struct xf_linker_counts counts;

    memset(ret, 0, sizeof(*ret));
    settle(telling);
    for (uint32_t place = 0; place < KEPT; place++) {
        uint32_t first = 0;

        ret->partition[place] = UINT32_MAX;
        if (!telling->there[place])
            continue;
        while (!telling->there[first] || xf_linker_entity_of(telling->linker, telling->numbers[first]) !=
                                             xf_linker_entity_of(telling->linker, telling->numbers[place]))
            first++;
        ret->partition[place] = first;
    }
    xf_linker_count(telling->linker, &counts);
    ret->edges = counts.edges;
    ret->profiles = counts.profiles;
    read_queue(telling, ret);
}

static void assert_same_outcome(const struct set *set, const struct outcome *told, const struct outcome *expected, const char *what,
                                int number)
{
    for (uint32_t i = 0; i < KEPT; i++)
        if (told->partition[i] != expected->partition[i])
            print_error("%u (%s): with %u, not %u\n", i, set->mentions[i].text, told->partition[i], expected->partition[i]);
    if (memcmp(told->partition, expected->partition, sizeof(told->partition)) != 0)
        fail_msg("%s %d: another partition", what, number);
    if (told->edges != expected->edges || told->profiles != expected->profiles)
        fail_msg("%s %d: %llu edges and %llu contents, not %llu and %llu", what, number, (unsigned long long)told->edges,
                 (unsigned long long)told->profiles, (unsigned long long)expected->edges, (unsigned long long)expected->profiles);
    if (told->count != expected->count || memcmp(told->queue, expected->queue, told->count * sizeof(*told->queue)) != 0)
        fail_msg("%s %d: another queue: %zu and %zu", what, number, told->count, expected->count);
}

/* Of two mentions that nothing but their numbers tells apart no order-free choice could be made: words are on others. */
static bool is_alone(const struct set *set, uint32_t place)
{
    for (uint32_t i = 0; i < KEPT; i++)
        if (i != place && set->mentions[i].kind == set->mentions[place].kind &&
            strcmp(set->mentions[i].text, set->mentions[place].text) == 0)
            return false;
    return true;
}

static void make_set(struct set *set, uint64_t seed)
{
    struct dice dice = {seed};
    struct telling telling;
    int said = 0;

    memset(set, 0, sizeof(*set));
    for (uint32_t i = 0; i < KEPT; i++)
        invent(&dice, &set->mentions[i]);
    begin(&telling, set);
    for (uint32_t i = 0; i < KEPT; i++)
        add(&telling, i, &set->mentions[i]);
    settle(&telling);
    for (int tries = 0; said < WORDS && tries < 20000; tries++) {
        uint32_t a = roll(&dice, KEPT), b = roll(&dice, KEPT);
        bool joined = xf_linker_entity_of(telling.linker, a) == xf_linker_entity_of(telling.linker, b);
        enum xf_word word = said % 2 ? XF_WORD_SAME : XF_WORD_NOT_SAME;

        if (a == b || joined == (word == XF_WORD_SAME) || !is_alone(set, a) || !is_alone(set, b) ||
            say(&telling, a, b, word) != XF_OK)
            continue;
        set->words[said].a = a;
        set->words[said].b = b;
        set->words[said++].word = word;
    }
    assert_int_equal(said, WORDS);
    end(&telling);
}

static void tell_plainly(const struct set *set, struct outcome *ret)
{
    struct telling telling;

    begin(&telling, set);
    for (uint32_t i = 0; i < KEPT; i++)
        add(&telling, i, &set->mentions[i]);
    say_all(&telling);
    read_outcome(&telling, ret);
    end(&telling);
}

/* Something that leaves no trace in the end. */
static void disturb(struct telling *telling, struct dice *dice)
{
    uint32_t place = roll(dice, PLACES), other = roll(dice, PLACES);
    struct invention invention;

    switch (roll(dice, 6)) {
    case 0: /* a stranger, often with the very words of one that stays */
        place = KEPT + roll(dice, NOISE);
        if (telling->there[place])
            take(telling, place);
        invent(dice, &invention);
        add(telling, place, roll(dice, 2) ? &invention : &telling->set->mentions[roll(dice, KEPT)]);
        break;
    case 1: /* a wrong version, to be corrected */
        if (place >= KEPT || !telling->there[place])
            break;
        take(telling, place);
        invent(dice, &invention);
        add(telling, place, &invention);
        break;
    case 2: /* withdrawn, to come again */
        if (telling->there[place])
            take(telling, place);
        break;
    case 3: /* a word, taken back at once or after a settlement */
        if (!telling->there[place] || !telling->there[other] ||
            say(telling, place, other, roll(dice, 2) ? XF_WORD_SAME : XF_WORD_NOT_SAME) != XF_OK)
            break;
        if (roll(dice, 2))
            settle(telling);
        assert_int_equal(say(telling, place, other, XF_WORD_NONE), XF_OK);
        break;
    default:
        settle(telling);
    }
}

static void tell_anyhow(const struct set *set, struct dice *dice, struct outcome *ret)
{
    uint32_t order[PLACES], restart = roll(dice, KEPT);
    struct telling telling;

    begin(&telling, set);
    renumber(&telling, dice);
    for (uint32_t i = 0; i < PLACES; i++)
        order[i] = i;
    shuffle(dice, order, KEPT);
    for (uint32_t i = 0; i < KEPT; i++) {
        if (!telling.there[order[i]])
            add(&telling, order[i], &set->mentions[order[i]]);
        if (roll(dice, 2))
            disturb(&telling, dice);
        if (i == restart)
            reload(&telling);
    }
    /* Words may come before the last corrections: who keeps them says them again with the mention, as the fold does. */
    shuffle(dice, order, PLACES);
    for (uint32_t i = 0; i < PLACES; i++) {
        uint32_t place = order[i];

        if (telling.there[place] && telling.wrong[place])
            take(&telling, place);
        if (place < KEPT && !telling.there[place])
            add(&telling, place, &set->mentions[place]);
    }
    say_all(&telling);
    read_outcome(&telling, ret);
    end(&telling);
}

static void any_order_gives_the_same(void **state)
{
    static struct set set;
    static struct outcome expected, told;

    (void)state;
    for (int world = 0; world < 4; world++) {
        struct dice dice = {(uint64_t)world * 7919 + 11};

        make_set(&set, (uint64_t)world * 104729 + 1);
        tell_plainly(&set, &expected);
        assert_true(expected.count > 0 && expected.edges > KEPT / 2);
        for (int order = 0; order < ORDERS / 4; order++) {
            tell_anyhow(&set, &dice, &told);
            assert_same_outcome(&set, &told, &expected, "order", world * ORDERS / 4 + order);
        }
    }
}

static void one_settlement_or_many(void **state)
{
    static struct set set;
    static struct outcome batch, incremental;
    struct telling telling;

    (void)state;
    make_set(&set, 4711);
    tell_plainly(&set, &batch);
    begin(&telling, &set);
    for (uint32_t i = 0; i < KEPT; i++) {
        add(&telling, i, &set.mentions[i]);
        settle(&telling);
    }
    say_all(&telling);
    read_outcome(&telling, &incremental);
    assert_same_outcome(&set, &incremental, &batch, "incremental", 0);
    end(&telling);
}

/* Each of some mentions is taken away: what is left is what would be if it had never come, and when it comes again, all is as it
 * was. */
static void taken_away_it_was_never_there(void **state)
{
    static struct set set;
    static struct outcome whole, without, never;
    struct telling telling, other;

    (void)state;
    make_set(&set, 99991);
    memset(set.words, 0, sizeof(set.words));
    begin(&telling, &set);
    for (uint32_t i = 0; i < KEPT; i++)
        add(&telling, i, &set.mentions[i]);
    read_outcome(&telling, &whole);
    for (uint32_t gone = 0; gone < KEPT; gone += 9) {
        take(&telling, gone);
        read_outcome(&telling, &without);
        begin(&other, &set);
        for (uint32_t i = 0; i < KEPT; i++)
            if (i != gone)
                add(&other, i, &set.mentions[i]);
        read_outcome(&other, &never);
        end(&other);
        assert_same_outcome(&set, &without, &never, "without", (int)gone);
        add(&telling, gone, &set.mentions[gone]);
        read_outcome(&telling, &without);
        assert_same_outcome(&set, &without, &whole, "again", (int)gone);
    }
    end(&telling);
}

/* Two go on alike from the same place, one of them through a save and a load: the same bytes at every step. */
static void a_restart_in_the_middle_changes_nothing(void **state)
{
    static struct set set;
    static struct outcome lived, restarted;
    struct bytes a = {0}, b = {0};

    (void)state;
    make_set(&set, 31337);
    for (int at = 0; at < 3; at++) {
        struct telling one, two;
        struct dice dice = {(uint64_t)at + 5}, same;

        begin(&one, &set);
        begin(&two, &set);
        for (uint32_t i = 0; i < KEPT; i++) {
            same = dice;
            if (!one.there[i])
                add(&one, i, &set.mentions[i]);
            disturb(&one, &dice);
            if (!two.there[i])
                add(&two, i, &set.mentions[i]);
            disturb(&two, &same);
            if (i % 60 == 17U * (unsigned)at)
                reload(&two);
        }
        save(&one, &a);
        save(&two, &b);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        read_outcome(&one, &lived);
        read_outcome(&two, &restarted);
        assert_same_outcome(&set, &restarted, &lived, "restart", at);
        end(&one);
        end(&two);
    }
    free(a.data);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_settlement_or_many),
        cmocka_unit_test(taken_away_it_was_never_there),
        cmocka_unit_test(a_restart_in_the_middle_changes_nothing),
        cmocka_unit_test(any_order_gives_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
