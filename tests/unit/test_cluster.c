/* SPDX-License-Identifier: Apache-2.0 */
/* The linker's promises: the partition is a function of the set of mentions, the words in force and the model; what was taken away
 * was never there; a loaded linker goes on as the saved one would; and what a settlement tells is what happened. Mentions come from
 * a fixed generator over few values, and budgets are small, so that keys close and open all the time. */
#include "check.h"

#include <stdio.h>

#include "mentions.h"

#define MENTIONS 150
#define NOISE 60
#define WORDS 20
#define ORDERS 50

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state ^= dice->state << 13; /* Marsaglia's xorshift64 */
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (uint32_t)((dice->state >> 20) % sides);
}

static void shuffle(struct dice *dice, uint32_t *items, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = roll(dice, i), item = items[i - 1];

        items[i - 1] = items[j];
        items[j] = item;
    }
}

/* A mention's text: one of few persons, places and vehicles, told more or less fully and rightly. */
static void invent(struct dice *dice, char *out, size_t size, enum xf_mention_kind *ret_kind)
{
    static const char *const given[] = {"zofia", "zosia",    "amina",  "mina",    "amira", "william",
                                        "bill",  "mohammed", "hassan", "hussain", "z",     "a"};
    static const char *const family[] = {"wisniewska", "wisniewski", "wisnewska", "khan", "mahfouz", "ravenscroft", "smith"};
    static const uint32_t born[] = {19990214, 19990216, 19991402, 19990311, 19991103, 19990000, 20110402, 20110101, 19700506};
    static const char *const postcodes[] = {"HD1 1RL", "HD1 2AB", "BD5 0AA"};
    static const char *const plates[] = {"YD12KLM", "YD12KL0", "YD12KLO", "AB1", "BD51SMR"};
    uint32_t what = roll(dice, 10);
    int used = 0;

    *out = '\0';
#define PUT(...) used += snprintf(out + used, size - (size_t)used, __VA_ARGS__)
    if (what == 0) {
        *ret_kind = XF_VEHICLE;
        PUT("vrm=%s", plates[roll(dice, 5)]);
        if (roll(dice, 2))
            PUT("|make=%s", roll(dice, 2) ? "skoda" : "ford");
        if (roll(dice, 2))
            PUT("|colour=%s", roll(dice, 2) ? "silver" : "blue");
        return;
    }
    if (what == 1) {
        *ret_kind = XF_LOCATION;
        PUT("postcode=%s", postcodes[roll(dice, 3)]);
        if (roll(dice, 2))
            PUT("|house=%u|street=northgate", 10 + roll(dice, 3));
        if (roll(dice, 2))
            PUT("|name=%s", roll(dice, 2) ? "star grill" : "star grill takeaway");
        if (roll(dice, 4) == 0)
            PUT("|uprn=%u", 100 + roll(dice, 3));
        return;
    }
    *ret_kind = XF_PERSON;
    PUT("given=%s|family=%s", given[roll(dice, 12)], family[roll(dice, 7)]);
    if (roll(dice, 4) == 0)
        PUT("|given@1=%s", given[roll(dice, 12)]);
    if (roll(dice, 6))
        PUT("|born=%u", born[roll(dice, 9)]);
    if (roll(dice, 2))
        PUT("|postcode=%s", postcodes[roll(dice, 3)]);
    if (roll(dice, 3) == 0)
        PUT("|house=%u", 1 + roll(dice, 2));
    if (roll(dice, 4) == 0)
        PUT("|phone=+44770090012%u", roll(dice, 3));
    if (roll(dice, 6) == 0)
        PUT("|id.nhs=%u", roll(dice, 4));
    if (roll(dice, 6) == 0)
        PUT("|id.upn=%u", roll(dice, 4));
#undef PUT
}

struct invention {
    enum xf_mention_kind kind;
    char text[256];
};

/* What all orders tell: mentions, and words on them that do not contradict each other. */
struct story {
    struct invention mentions[MENTIONS];
    struct {
        uint32_t a, b;
        enum xf_word word;
    } words[WORDS];
    uint32_t partition[MENTIONS]; /* the least member of each mention's entity */
    uint64_t profiles, edges;
};

struct teller {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_linker *linker;
    uint64_t position;
    uint32_t numbers[MENTIONS + NOISE]; /* the linker's number of each mention of the story */
    uint32_t before[MENTIONS + NOISE];  /* each number's entity at the last settlement */
    enum xf_mention_kind kinds[MENTIONS + NOISE];
    bool present[MENTIONS + NOISE], replaced[MENTIONS + NOISE];
    bool wrong[MENTIONS]; /* by place: its text is not the story's */
    uint32_t said_count;
    struct {
        uint32_t a, b;
    } said[2048];
};

/* The shipped model with budgets that a few mentions exceed, and a window of two. */
static struct xf_model *tight_model(void)
{
    struct xf_error error = {0};
    struct xf_model *model = NULL;
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *at = text;

    for (int i = 0; i < 2; i++) {
        const char *name = i ? "window\": " : "budget\": ";

        for (at = text; (at = strstr(at, name));) {
            at += strlen(name);
            for (char *digit = at; *digit >= '0' && *digit <= '9'; digit++)
                *digit = digit == at ? (i ? '2' : '7') : ' ';
        }
    }
    if (xf_model_parse(text, length, &model, &error) != XF_OK)
        fail_msg("%s %s", error.pointer, error.text);
    free(text);
    return model;
}

static void begin(struct teller *teller)
{
    *teller = (struct teller){.model = tight_model(), .symbols = xf_intern_create()};
    teller->linker = xf_linker_create(teller->model, teller->symbols);
    for (uint32_t i = 0; i < MENTIONS + NOISE; i++) {
        teller->before[i] = XF_NONE;
        teller->numbers[i] = i;
    }
}

static void end(struct teller *teller)
{
    xf_linker_destroy(teller->linker);
    xf_intern_destroy(teller->symbols);
    xf_model_destroy(teller->model);
}

/* All below speak of mentions by their places in the story; the linker knows them by number. */
static void add(struct teller *teller, uint32_t place, const struct invention *invention)
{
    struct xf_mention mention = mention_of(teller->symbols, invention->kind, invention->text);
    uint32_t number = teller->numbers[place];

    assert_int_equal(xf_linker_add(teller->linker, number, &mention), XF_OK);
    teller->present[number] = teller->replaced[number] = true;
    teller->kinds[number] = invention->kind;
}

static bool has(const struct teller *teller, uint32_t place)
{
    return teller->present[teller->numbers[place]];
}

static void take(struct teller *teller, uint32_t place)
{
    uint32_t number = teller->numbers[place];

    assert_int_equal(xf_linker_remove(teller->linker, number), XF_OK);
    teller->present[number] = false;
    teller->replaced[number] = true;
}

static int decide(struct teller *teller, uint32_t a, uint32_t b, enum xf_word word)
{
    return xf_linker_decide(teller->linker, teller->numbers[a], teller->numbers[b], word);
}

static uint32_t entity_of(const struct teller *teller, uint32_t place)
{
    return xf_linker_entity_of(teller->linker, teller->numbers[place]);
}

/* Settles, and holds what is told against what can be seen. */
static void settle(struct teller *teller)
{
    const struct xf_linker_change *changes;
    size_t count;
    uint32_t ordinal = 0, entities = xf_linker_entity_count(teller->linker), now, told = 0;
    int *kinds;

    assert_int_equal(xf_linker_settle(teller->linker, ++teller->position, &ordinal, &changes, &count), XF_OK);
    now = xf_linker_entity_count(teller->linker);
    assert_int_equal(ordinal, now - entities);
    kinds = calloc(now + 1, sizeof(*kinds));
    for (size_t i = 0; i < count; i++) {
        assert_true(changes[i].entity < now);
        assert_true(i == 0 || changes[i - 1].entity < changes[i].entity);
        kinds[changes[i].entity] = (int)changes[i].change + 1;
        told += changes[i].change == XF_ENTITY_CREATED || changes[i].change == XF_ENTITY_SPLIT;
        assert_int_equal(changes[i].entity >= entities,
                         changes[i].change == XF_ENTITY_CREATED || changes[i].change == XF_ENTITY_SPLIT);
        if (changes[i].change == XF_ENTITY_MERGED)
            assert_int_equal(xf_linker_entity_living(teller->linker, changes[i].entity), changes[i].other);
        if (changes[i].change == XF_ENTITY_GONE)
            assert_int_equal(xf_linker_entity_living(teller->linker, changes[i].entity), XF_NONE);
        if (changes[i].change == XF_ENTITY_MERGED || changes[i].change == XF_ENTITY_GONE)
            assert_int_equal(xf_linker_entity_size(teller->linker, changes[i].entity), 0);
    }
    assert_int_equal(told, now - entities);
    for (uint32_t entity = 0; entity < now; entity++) {
        uint32_t size = 0, walked = 0;
        bool changed = false;
        char id[XF_ENTITY_ID];

        for (uint32_t i = 0; i < MENTIONS + NOISE; i++) {
            bool was = teller->before[i] == entity, is = teller->present[i] && xf_linker_entity_of(teller->linker, i) == entity;

            size += is;
            assert_true(!is || xf_linker_entity_kind(teller->linker, entity) == teller->kinds[i]);
            changed = changed || was != is || (is && teller->replaced[i]);
        }
        assert_int_equal(kinds[entity] != 0, changed);
        assert_int_equal(xf_linker_entity_size(teller->linker, entity), size);
        for (uint32_t i = xf_linker_first(teller->linker, entity); i != XF_NONE; i = xf_linker_next(teller->linker, i)) {
            assert_int_equal(xf_linker_entity_of(teller->linker, i), entity);
            walked++;
        }
        assert_int_equal(walked, size);
        assert_int_equal(xf_linker_entity_find(teller->linker, xf_linker_entity_id(teller->linker, entity, id)), entity);
    }
    free(kinds);
    for (uint32_t i = 0; i < MENTIONS + NOISE; i++) {
        teller->before[i] = teller->present[i] ? xf_linker_entity_of(teller->linker, i) : XF_NONE;
        teller->replaced[i] = false;
    }
}

static void save(const struct teller *teller, struct bytes *bytes)
{
    struct xf_pack pack = {bytes_write, bytes};

    assert_int_equal(xf_intern_save(teller->symbols, &pack), XF_OK);
    assert_int_equal(xf_linker_save(teller->linker, &pack), XF_OK);
}

/* A second teller in the state of the first. */
static void copy(const struct teller *from, struct teller *to)
{
    struct bytes bytes = {0};
    struct xf_unpack unpack = {bytes_read, &bytes};

    save(from, &bytes);
    *to = *from;
    to->model = tight_model();
    assert_int_equal(xf_intern_load(&unpack, &to->symbols), XF_OK);
    assert_int_equal(xf_linker_load(&unpack, to->model, to->symbols, &to->linker), XF_OK);
    assert_int_equal(bytes.read, bytes.length);
    free(bytes.data);
}

static void read_partition(const struct teller *teller, uint32_t partition[MENTIONS])
{
    for (uint32_t i = 0; i < MENTIONS; i++) {
        partition[i] = i;
        for (uint32_t j = i; j > 0; j--)
            if (entity_of(teller, j - 1) == entity_of(teller, i))
                partition[i] = j - 1;
    }
}

static void read_counts(const struct teller *teller, uint64_t *ret_profiles, uint64_t *ret_edges)
{
    struct xf_linker_counts counts;

    xf_linker_count(teller->linker, &counts);
    *ret_profiles = counts.profiles;
    *ret_edges = counts.edges;
}

static void say_all(struct teller *teller, const struct story *story)
{
    for (uint32_t i = 0; i < WORDS; i++)
        if (story->words[i].word != XF_WORD_NONE)
            assert_int_equal(decide(teller, story->words[i].a, story->words[i].b, story->words[i].word), XF_OK);
}

/* Whether an earlier word names the mention, or another that says the same: of two mentions which nothing but their numbers tells
 * apart, no order-free choice could be made. */
static bool spoken_alike(const struct story *story, uint32_t count, uint32_t place)
{
    for (uint32_t i = 0; i < count; i++)
        if (story->words[i].word != XF_WORD_NONE &&
            (strcmp(story->mentions[story->words[i].a].text, story->mentions[place].text) == 0 ||
             strcmp(story->mentions[story->words[i].b].text, story->mentions[place].text) == 0))
            return true;
    return false;
}

static void tell_plainly(struct story *story, uint64_t seed)
{
    struct dice dice = {seed};
    struct teller teller;

    memset(story, 0, sizeof(*story));
    begin(&teller);
    for (uint32_t i = 0; i < MENTIONS; i++) {
        invent(&dice, story->mentions[i].text, sizeof(story->mentions[i].text), &story->mentions[i].kind);
        if (i && roll(&dice, 4) == 0)
            story->mentions[i] = story->mentions[roll(&dice, i)];
        add(&teller, i, &story->mentions[i]);
    }
    settle(&teller);
    for (uint32_t i = 0; i < WORDS; i++) {
        uint32_t a = roll(&dice, MENTIONS), b = roll(&dice, MENTIONS);

        story->words[i].word = roll(&dice, 2) ? XF_WORD_SAME : XF_WORD_NOT_SAME;
        for (int j = 0;
             j < 200 && story->words[i].word == XF_WORD_NOT_SAME && (a == b || entity_of(&teller, a) != entity_of(&teller, b));
             j++) {
            a = roll(&dice, MENTIONS);
            b = roll(&dice, MENTIONS);
        }
        story->words[i].a = a;
        story->words[i].b = b;
        if (a == b || spoken_alike(story, i, a) || spoken_alike(story, i, b) ||
            strcmp(story->mentions[a].text, story->mentions[b].text) == 0 || decide(&teller, a, b, story->words[i].word) != XF_OK)
            story->words[i].word = XF_WORD_NONE;
    }
    settle(&teller);
    read_partition(&teller, story->partition);
    read_counts(&teller, &story->profiles, &story->edges);
    end(&teller);
}

/* A word that is to be taken back. */
static void say(struct teller *teller, uint32_t a, uint32_t b, enum xf_word word)
{
    if (decide(teller, a, b, word) != XF_OK || teller->said_count == sizeof(teller->said) / sizeof(*teller->said))
        return;
    teller->said[teller->said_count].a = a;
    teller->said[teller->said_count++].b = b;
}

/* Anything that leaves no trace in the end: strangers who come and go, wrong versions that are corrected, words that are taken
 * back. */
static void disturb(struct teller *teller, const struct story *story, struct dice *dice)
{
    uint32_t number = roll(dice, MENTIONS + NOISE), other = roll(dice, MENTIONS + NOISE);
    struct invention invention;

    switch (roll(dice, 6)) {
    case 0:
    case 1:
        number = MENTIONS + roll(dice, NOISE);
        if (has(teller, number))
            take(teller, number);
        invent(dice, invention.text, sizeof(invention.text), &invention.kind);
        if (roll(dice, 3)) /* often the very words of a mention that stays */
            invention = story->mentions[roll(dice, MENTIONS)];
        add(teller, number, &invention);
        break;
    case 2:
        if (has(teller, number) && has(teller, other))
            say(teller, number, other, roll(dice, 2) ? XF_WORD_SAME : XF_WORD_NOT_SAME);
        break;
    case 3:
        if (number >= MENTIONS || !has(teller, number))
            break;
        take(teller, number);
        if (roll(dice, 2))
            settle(teller);
        invent(dice, invention.text, sizeof(invention.text), &invention.kind);
        add(teller, number, &invention);
        teller->wrong[number] = true;
        break;
    case 4:
        if (has(teller, number))
            take(teller, number);
        break;
    default:
        settle(teller);
    }
}

/* Tells the story in another order, under other numbers, with disturbances; in the end everything is as the story has it. */
static void tell_anyhow(const struct story *story, struct dice *dice, struct story *ret)
{
    struct teller teller;
    uint32_t order[MENTIONS + NOISE];

    begin(&teller);
    for (uint32_t i = 0; i < MENTIONS + NOISE; i++)
        order[i] = i;
    shuffle(dice, teller.numbers, MENTIONS + NOISE);
    shuffle(dice, order, MENTIONS);
    for (uint32_t i = 0; i < MENTIONS; i++) {
        if (!has(&teller, order[i]))
            add(&teller, order[i], &story->mentions[order[i]]);
        for (uint32_t j = roll(dice, 4); j > 0; j--)
            disturb(&teller, story, dice);
        if (roll(dice, 40) == 0) {
            struct teller loaded;

            copy(&teller, &loaded);
            end(&teller);
            teller = loaded;
        }
    }
    shuffle(dice, order, MENTIONS + NOISE);
    for (uint32_t i = 0; i < MENTIONS + NOISE; i++) {
        uint32_t place = order[i];

        if (has(&teller, place) && (place >= MENTIONS || teller.wrong[place]))
            take(&teller, place);
        if (place < MENTIONS && !has(&teller, place))
            add(&teller, place, &story->mentions[place]);
        if (roll(dice, 30) == 0)
            settle(&teller);
    }
    for (uint32_t i = 0; i < teller.said_count; i++)
        if (has(&teller, teller.said[i].a) &&
            has(&teller, teller.said[i].b)) /* a kind that was corrected meanwhile took the word along */
            assert_in_set((unsigned)decide(&teller, teller.said[i].a, teller.said[i].b, XF_WORD_NONE),
                          ((unsigned long[]){XF_OK, (unsigned)XF_EINVAL}), 2);
    say_all(&teller, story);
    settle(&teller);
    read_partition(&teller, ret->partition);
    read_counts(&teller, &ret->profiles, &ret->edges);
    end(&teller);
}

static void any_order_gives_the_same_partition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct story story;
        struct dice dice = {seed * 7919};

        tell_plainly(&story, seed * 104729);
        for (int i = 0; i < ORDERS / 5; i++) {
            static struct story told;

            tell_anyhow(&story, &dice, &told);
            for (int j = 0; j < WORDS; j++)
                if (story.words[j].word != XF_WORD_NONE)
                    assert_int_equal(told.partition[story.words[j].a] == told.partition[story.words[j].b],
                                     story.words[j].word == XF_WORD_SAME);
            assert_int_equal(told.profiles, story.profiles);
            assert_int_equal(told.edges, story.edges);
            if (memcmp(told.partition, story.partition, sizeof(told.partition)) != 0) {
                for (uint32_t j = 0; j < MENTIONS; j++)
                    if (told.partition[j] != story.partition[j])
                        print_error("%u (%s): with %u, not %u\n", j, story.mentions[j].text, told.partition[j], story.partition[j]);
                fail_msg("story %d told in order %d", (int)seed, i);
            }
        }
    }
}

/* The steps of a history are the same for both tellers: dice decide them, nothing else. */
static void go_on(struct teller *teller, const struct story *story, struct dice dice, int steps)
{
    for (int i = 0; i < steps; i++) {
        uint32_t number = roll(&dice, MENTIONS);

        if (!has(teller, number))
            add(teller, number, &story->mentions[number]);
        disturb(teller, story, &dice);
    }
}

static void a_loaded_linker_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct story story;
        struct teller teller, loaded;
        struct bytes a = {0}, b = {0};
        struct dice dice = {seed * 1299709};

        tell_plainly(&story, seed * 15485863);
        begin(&teller);
        go_on(&teller, &story, dice, 300 + (int)seed);
        if (seed % 2)
            settle(&teller);
        copy(&teller, &loaded);
        save(&teller, &a);
        save(&loaded, &b);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        for (int part = 0; part < 3; part++) {
            roll(&dice, 2);
            go_on(&teller, &story, dice, 150);
            go_on(&loaded, &story, dice, 150);
            a.length = b.length = 0;
            save(&teller, &a);
            save(&loaded, &b);
            assert_int_equal(a.length, b.length);
            assert_memory_equal(a.data, b.data, a.length);
        }
        free(a.data);
        free(b.data);
        end(&teller);
        end(&loaded);
    }
}

static void what_is_taken_away_was_never_there(void **state)
{
    struct story story;
    struct teller teller;
    struct dice dice = {42};
    struct xf_linker_counts counts;
    uint32_t partition[MENTIONS];

    (void)state;
    tell_plainly(&story, 99991);
    begin(&teller);
    for (uint32_t i = 0; i < MENTIONS + NOISE; i++) {
        struct invention invention;

        invent(&dice, invention.text, sizeof(invention.text), &invention.kind);
        add(&teller, i, i < MENTIONS ? &story.mentions[i] : &invention);
    }
    settle(&teller);
    for (uint32_t i = MENTIONS; i < MENTIONS + NOISE; i++)
        take(&teller, i);
    say_all(&teller, &story);
    settle(&teller);
    read_partition(&teller, partition);
    assert_memory_equal(partition, story.partition, sizeof(partition));
    for (uint32_t i = 0; i < MENTIONS; i++)
        take(&teller, i);
    settle(&teller);
    xf_linker_count(teller.linker, &counts);
    assert_int_equal(counts.mentions, 0);
    assert_int_equal(counts.profiles, 0);
    assert_int_equal(counts.edges, 0);
    assert_int_equal(counts.entities, 0);
    end(&teller);
}

/* Chains: each neighbouring pair links, the ends must not. */
static void chains_do_not_make_one_of_two(void **state)
{
    static const char *const chains[][3] = {
        /* Father and son of one name, and somebody's note of the name and the house. */
        {"given=ryszard|family=wisniewski|born=19700214|house=4|postcode=HD1 1RL|phone=+447700900123",
         "given=ryszard|family=wisniewski|house=4|postcode=HD1 1RL|phone=+447700900123",
         "given=ryszard|family=wisniewski|born=20010930|house=4|postcode=HD1 1RL|phone=+447700900123"},
        /* Twins, and a note with an initial. */
        {"given=amina|family=mahfouz|born=20110402|sex=f|house=4|postcode=HD1 1RL",
         "given=a|family=mahfouz|born=20110402|sex=f|house=4|postcode=HD1 1RL",
         "given=aisha|family=mahfouz|born=20110402|sex=f|house=4|postcode=HD1 1RL"},
        /* Two persons of different NHS numbers. */
        {"given=zofia|family=wisniewska|born=19990214|id.nhs=1", "given=zofia|family=wisniewska|born=19990214",
         "given=zofia|family=wisniewska|born=19990214|id.nhs=2|sex=f"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
        struct teller teller;
        struct xf_why first, second;

        begin(&teller);
        for (uint32_t j = 0; j < 3; j++) {
            struct invention invention = {.kind = XF_PERSON};

            strcpy(invention.text, chains[i][j]);
            add(&teller, j, &invention);
        }
        settle(&teller);
        xf_linker_why(teller.linker, 0, 1, &first);
        xf_linker_why(teller.linker, 1, 2, &second);
        assert_true(first.total >= xf_model_link_threshold(teller.model, XF_PERSON));
        assert_true(second.total >= xf_model_link_threshold(teller.model, XF_PERSON));
        assert_int_not_equal(xf_linker_entity_of(teller.linker, 0), xf_linker_entity_of(teller.linker, 2));
        end(&teller);
    }
}

/* A person whom so many describe in so many ways that every key is closed stays one; and a word on one mention does not part it
 * from what says the very same. */
static void many_descriptions_of_one_stay_together(void **state)
{
    struct teller teller;
    struct invention invention = {.kind = XF_PERSON};

    (void)state;
    begin(&teller);
    for (uint32_t i = 0; i < 40; i++) {
        snprintf(invention.text, sizeof(invention.text), "given=zofia|family=wisniewska|born=19990214|town=t%u", i < 2 ? 0 : i);
        add(&teller, i, &invention);
    }
    settle(&teller);
    for (uint32_t i = 1; i < 40; i++)
        assert_int_equal(entity_of(&teller, 0), entity_of(&teller, i));
    assert_int_equal(decide(&teller, 0, 2, XF_WORD_NOT_SAME), XF_OK);
    settle(&teller);
    assert_int_equal(entity_of(&teller, 0), entity_of(&teller, 1));
    assert_int_not_equal(entity_of(&teller, 0), entity_of(&teller, 2));
    end(&teller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_do_not_make_one_of_two),
        cmocka_unit_test(many_descriptions_of_one_stay_together),
        cmocka_unit_test(what_is_taken_away_was_never_there),
        cmocka_unit_test(any_order_gives_the_same_partition),
        cmocka_unit_test(a_loaded_linker_goes_on_as_the_saved_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
