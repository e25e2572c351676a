/* SPDX-License-Identifier: Apache-2.0 */
/* Many mentions at once come to what one by one would: partition, edges with their weights, and whatever is done afterwards; in any
 * order, in parts of any number, with values that more mentions share than any budget allows. Parts are compared by threads, so
 * that a thread sanitizer sees them. */
#include "check.h"

#include <jansson.h>
#include <stdio.h>

#include "../../daemon/cli/parallel.h"
#include "../../lib/linker.h"
#include "dice.h"
#include "mentions.h"

#define KEPT 260
#define LATER 40 /* that come after the load */
#define PLACES (KEPT + LATER)
#define PARTS_MAX 64
#define PAIRS_MAX 16384

/* The shipped model with budgets that these few mentions exceed. */
static struct xf_model *narrow_model(void)
{
    static const struct {
        const char *name;
        int value;
    } budgets[] = {{"budget", 8}, {"hard_budget", 12}, {"narrow_budget", 4}, {"window", 3}};
    struct xf_error error = {0};
    struct xf_model *model = NULL;
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *changed;
    json_t *root = json_loads(text, 0, NULL);

    for (int kind = 0; kind < XF_MENTION_KINDS; kind++) {
        static const char *const names[] = {"person", "location", "vehicle"};
        json_t *blocking = json_object_get(json_object_get(root, names[kind]), "blocking");

        for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++)
            assert_int_equal(json_object_set_new(blocking, budgets[i].name, json_integer(budgets[i].value)), 0);
    }
    changed = json_dumps(root, JSON_COMPACT);
    if (xf_model_parse(changed, strlen(changed), &model, &error) != XF_OK)
        fail_msg("%s %s", error.pointer, error.text);
    free(changed);
    json_decref(root);
    free(text);
    return model;
}

struct invention {
    enum xf_mention_kind kind;
    char text[256];
};

/* A few persons told often and with slips, among hubs of every sort of key: one name, date, telephone, postcode, identifier,
 * attribute and rare word that dozens have; places and vehicles that many name. */
static void invent(struct dice *dice, struct invention *ret)
{
    static const char *const given[] = {"zofia", "amina", "tomasz", "olivia", "mohammed", "agnieszka"};
    static const char *const family[] = {"wisniewska", "hussain", "mazurek", "barrow"};
    uint32_t who = roll(dice, 24), n = roll(dice, 30);
    char *text = ret->text;
    size_t room = sizeof(ret->text);

    ret->kind = XF_PERSON;
    switch (roll(dice, 13)) {
    case 0:
    case 1:
    case 2:
        snprintf(text, room, "given=%s|family=%s|born=%u|house=%u|postcode=HD%u 1RL", given[who % 6], family[who % 4],
                 19800203 + who * 10101 + (roll(dice, 8) ? 0 : 1), who, 1 + who % 4);
        break;
    case 3:
        snprintf(text, room, "given=%.*s|family=%s|born=%u|phone=+44770090%04u", roll(dice, 4) ? 9 : 1, given[who % 6],
                 family[who % 4], 19800203 + who * 10101, 1000 + who);
        break;
    case 4: /* one name and date */
        snprintf(text, room, "given=john|family=smith|born=19900506|house=%u|postcode=LS%u 1AA", n, n);
        break;
    case 5: /* one switchboard */
        snprintf(text, room, "given=%s|family=smith%c|born=%u|phone=+441484000000", given[who % 6], 'a' + (char)n % 26,
                 19700203 + n * 10000);
        break;
    case 6: /* one identifier, that of a hostel */
        snprintf(text, room, "given=%s|family=barrow%c|id.case=H1|born=%u", given[who % 6], 'a' + (char)n % 26,
                 19600203 + n * 10000);
        break;
    case 7: /* one postcode and one date */
        snprintf(text, room, "given=%s%c|born=20000203|postcode=HX1 1AA|email=all@x.uk", given[who % 6], 'a' + (char)n % 26);
        break;
    case 8: /* one rare word, one attribute */
        snprintf(text, room, "given=%s|family=quixote|attr.trade=knight|born=%u", given[who % 6], 19500203 + n * 10000);
        break;
    case 9: /* the very same words */
        snprintf(text, room, "given=amina|family=hussain|born=20110402");
        break;
    case 10:
        ret->kind = XF_LOCATION;
        snprintf(text, room, "house=%u|street=northgate|postcode=HD1 1RL%s", n % 5, roll(dice, 2) ? "|name=star grill" : "");
        break;
    case 11:
        ret->kind = XF_LOCATION;
        snprintf(text, room, "name=star grill|flat=%u|postcode=HD1 1RL|uprn=83151%u", n % 7, n % 3);
        break;
    default:
        ret->kind = XF_VEHICLE;
        snprintf(text, room, "vrm=YD12KL%c|make=skoda|colour=%s", 'A' + (char)n % 4, roll(dice, 2) ? "silver" : "black");
    }
}

/* A linker that was told mentions */
struct telling {
    struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_linker *linker;
    uint64_t position;
    bool there[PLACES];
};

static struct invention set[PLACES];

static void begin(struct telling *telling)
{
    memset(telling, 0, sizeof(*telling));
    telling->model = narrow_model();
    telling->symbols = xf_intern_create();
    telling->linker = xf_linker_create(telling->model, telling->symbols);
}

static void end(struct telling *telling)
{
    xf_linker_destroy(telling->linker);
    xf_intern_destroy(telling->symbols);
    xf_model_destroy(telling->model);
}

static void add(struct telling *telling, uint32_t place)
{
    struct xf_mention mention = mention_of(telling->symbols, set[place].kind, set[place].text);

    assert_int_equal(xf_linker_add(telling->linker, place, &mention), XF_OK);
    telling->there[place] = true;
}

static void settle(struct telling *telling)
{
    const struct xf_linker_change *changes;
    uint32_t ordinal = 0;
    size_t count;

    assert_int_equal(xf_linker_settle(telling->linker, ++telling->position, &ordinal, &changes, &count), XF_OK);
}

struct comparing {
    const struct xf_linker *linker;
    uint32_t parts;
    struct xf_linker_edges *edges[PARTS_MAX];
};

static int compare_part(void *data, unsigned part)
{
    struct comparing *comparing = data;

    return xf_linker_bulk_compare(comparing->linker, part, comparing->parts, &comparing->edges[part]);
}

static void load(struct telling *telling, const uint32_t *order, uint32_t count, uint32_t parts)
{
    struct comparing comparing = {.linker = telling->linker, .parts = parts};

    xf_linker_bulk_begin(telling->linker);
    for (uint32_t i = 0; i < count; i++)
        add(telling, order[i]);
    assert_int_equal(xf_parallel(compare_part, &comparing, parts), XF_OK);
    assert_int_equal(xf_linker_bulk_end(telling->linker, comparing.edges, parts), XF_OK);
    for (uint32_t i = 0; i < parts; i++)
        xf_linker_edges_destroy(comparing.edges[i]);
    xf_linker_edges_destroy(NULL);
}

/* What is compared. */
struct outcome {
    uint32_t partition[PLACES]; /* by place: the least place of the same entity */
    uint64_t edges, profiles;
    uint32_t count;
    struct xf_pair pairs[PAIRS_MAX]; /* sorted */
};

static int take_pair(void *context, const struct xf_pair *pair)
{
    struct outcome *outcome = context;
    bool swap = pair->a > pair->b;

    assert_true(outcome->count < PAIRS_MAX);
    outcome->pairs[outcome->count++] = (struct xf_pair){swap ? pair->b : pair->a, swap ? pair->a : pair->b, pair->weight};
    return 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct xf_pair *x = a, *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static void read_outcome(struct telling *telling, struct outcome *ret)
{
    struct xf_linker_counts counts;

    memset(ret, 0, sizeof(*ret));
    settle(telling);
    for (uint32_t place = 0; place < PLACES; place++) {
        uint32_t first = 0;

        ret->partition[place] = UINT32_MAX;
        if (!telling->there[place])
            continue;
        while (!telling->there[first] || set[first].kind != set[place].kind ||
               xf_linker_entity_of(telling->linker, first) != xf_linker_entity_of(telling->linker, place))
            first++;
        ret->partition[place] = first;
    }
    xf_linker_count(telling->linker, &counts);
    ret->edges = counts.edges;
    ret->profiles = counts.profiles;
    assert_int_equal(xf_linker_pairs(telling->linker, XF_PAIRS_EDGES, take_pair, ret), XF_OK);
    if (ret->count)
        qsort(ret->pairs, ret->count, sizeof(*ret->pairs), compare_pairs);
}

static void assert_same_outcome(const struct outcome *told, const struct outcome *expected, const char *what, uint32_t number)
{
    for (uint32_t i = 0; i < PLACES; i++)
        if (told->partition[i] != expected->partition[i])
            fail_msg("%s %u: %u (%s) is with %u, not %u", what, number, i, set[i].text, told->partition[i], expected->partition[i]);
    if (told->edges != expected->edges || told->profiles != expected->profiles || told->count != expected->count)
        fail_msg("%s %u: %llu edges and %u pairs, not %llu and %u", what, number, (unsigned long long)told->edges, told->count,
                 (unsigned long long)expected->edges, expected->count);
    for (uint32_t i = 0; i < told->count; i++)
        if (memcmp(&told->pairs[i], &expected->pairs[i], sizeof(told->pairs[i])) != 0)
            fail_msg("%s %u: the pair %u %u weighs %d, not %u %u %d", what, number, told->pairs[i].a, told->pairs[i].b,
                     told->pairs[i].weight, expected->pairs[i].a, expected->pairs[i].b, expected->pairs[i].weight);
}

/* What goes on afterwards: mentions come and go, people speak. A function of the seed alone. */
static void go_on(struct telling *telling, uint64_t seed)
{
    struct dice dice = {seed};

    for (int i = 0; i < 60; i++) {
        uint32_t place = roll(&dice, PLACES), other = roll(&dice, KEPT);

        if (roll(&dice, 4) && place != other && telling->there[place] && telling->there[other] &&
            set[place].kind == set[other].kind) {
            int rc = xf_linker_decide(telling->linker, place, other, (enum xf_word)roll(&dice, 3));

            assert_true(rc == XF_OK || rc == XF_ECONFLICT);
        } else if (telling->there[place]) {
            assert_int_equal(xf_linker_remove(telling->linker, place), XF_OK);
            telling->there[place] = false;
        } else {
            add(telling, place);
        }
        if (!roll(&dice, 12))
            settle(telling);
    }
    for (uint32_t place = KEPT; place < PLACES; place++)
        if (!telling->there[place])
            add(telling, place);
}

static void save(const struct telling *telling, struct bytes *ret)
{
    struct xf_pack pack = {bytes_write, ret};

    ret->length = 0;
    assert_int_equal(xf_intern_save(telling->symbols, &pack), XF_OK);
    assert_int_equal(xf_linker_save(telling->linker, &pack), XF_OK);
}

static void reload(struct telling *telling)
{
    struct bytes bytes = {0};
    struct xf_unpack unpack = {bytes_read, &bytes};

    save(telling, &bytes);
    xf_linker_destroy(telling->linker);
    xf_intern_destroy(telling->symbols);
    assert_int_equal(xf_intern_load(&unpack, &telling->symbols), XF_OK);
    assert_int_equal(xf_linker_load(&unpack, telling->model, telling->symbols, &telling->linker), XF_OK);
    free(bytes.data);
}

static int make_set(void **state)
{
    struct dice dice = {20261125};

    (void)state;
    for (uint32_t i = 0; i < PLACES; i++)
        invent(&dice, &set[i]);
    return 0;
}

/* More profiles than its budget have it; the test would prove little otherwise. */
static void hubs_exceed_every_budget(void **state)
{
    struct telling telling;
    uint32_t order[KEPT], beyond[3] = {0}; /* narrow, plain, hard */

    (void)state;
    for (uint32_t i = 0; i < KEPT; i++)
        order[i] = i;
    begin(&telling);
    load(&telling, order, KEPT, 1);
    for (uint32_t i = 0; i < telling.linker->profiles.rows.count; i++) {
        struct xf_keys keys;

        xf_pairs_keys(telling.linker, i, &keys);
        for (uint32_t j = 0; j < keys.count; j++) {
            struct xf_postings postings;

            xf_index_find(&telling.linker->index, keys.items[j], &postings);
            if (postings.count <= xf_key_budget(telling.model, keys.items[j]))
                continue;
            beyond[xf_key_is_narrow(keys.items[j]) ? 0 : xf_key_budget(telling.model, keys.items[j]) == 12 ? 2 : 1]++;
        }
    }
    assert_true(beyond[0] > 20 && beyond[1] > 20 && beyond[2] > 12);
    end(&telling);
}

static void at_once_is_as_one_by_one(void **state)
{
    static const uint32_t parts[] = {1, 3, PARTS_MAX};
    static struct outcome expected, told, after;
    struct telling one;
    uint32_t order[PLACES];
    struct dice dice = {5};

    (void)state;
    for (uint32_t i = 0; i < PLACES; i++)
        order[i] = i;
    begin(&one);
    for (uint32_t i = 0; i < KEPT; i++) {
        add(&one, i);
        if (i % 50 == 7)
            settle(&one);
    }
    read_outcome(&one, &expected);
    assert_true(expected.count > KEPT && expected.edges > KEPT / 2);
    go_on(&one, 77);
    read_outcome(&one, &after);
    end(&one);
    for (uint32_t round = 0; round < 4; round++) {
        for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
            struct telling bulk;

            begin(&bulk);
            load(&bulk, order, KEPT, parts[i]);
            read_outcome(&bulk, &told);
            assert_same_outcome(&told, &expected, "at once, in parts", parts[i]);
            go_on(&bulk, 77);
            read_outcome(&bulk, &told);
            assert_same_outcome(&told, &after, "afterwards, parts", parts[i]);
            end(&bulk);
        }
        begin(&one);
        shuffle(&dice, order, KEPT);
        for (uint32_t i = 0; i < KEPT; i++)
            add(&one, order[i]);
        read_outcome(&one, &told);
        assert_same_outcome(&told, &expected, "one by one, order", round);
        end(&one);
    }
}

/* How many parts there are shows in no byte; nor does a restart after the load, whatever comes then. */
static void a_load_is_saved_to_the_same_bytes(void **state)
{
    struct bytes a = {0}, b = {0};
    struct telling lived, restarted, threads;
    uint32_t order[KEPT];
    struct dice dice = {9};

    (void)state;
    for (uint32_t i = 0; i < KEPT; i++)
        order[i] = i;
    shuffle(&dice, order, KEPT);
    begin(&lived);
    begin(&restarted);
    begin(&threads);
    load(&lived, order, KEPT, 1);
    load(&restarted, order, KEPT, 1);
    load(&threads, order, KEPT, PARTS_MAX);
    reload(&restarted);
    for (int step = 0; step < 3; step++) {
        settle(&lived);
        settle(&restarted);
        settle(&threads);
        save(&lived, &a);
        save(&restarted, &b);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        save(&threads, &b);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        go_on(&lived, (uint64_t)step + 3);
        go_on(&restarted, (uint64_t)step + 3);
        go_on(&threads, (uint64_t)step + 3);
    }
    end(&lived);
    end(&restarted);
    end(&threads);
    free(a.data);
    free(b.data);
}

/* None, one, and more parts than mentions. */
static void few_are_no_exception(void **state)
{
    static const uint32_t order[] = {0, 1};
    static struct outcome expected, told;

    (void)state;
    for (uint32_t count = 0; count <= 2; count++) {
        struct telling one, bulk;

        begin(&one);
        begin(&bulk);
        for (uint32_t i = 0; i < count; i++)
            add(&one, i);
        load(&bulk, order, count, 3);
        read_outcome(&one, &expected);
        read_outcome(&bulk, &told);
        assert_same_outcome(&told, &expected, "few", count);
        end(&one);
        end(&bulk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_no_exception),
        cmocka_unit_test(hubs_exceed_every_budget),
        cmocka_unit_test(at_once_is_as_one_by_one),
        cmocka_unit_test(a_load_is_saved_to_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, make_set, NULL);
}
