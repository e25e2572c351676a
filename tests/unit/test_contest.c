/* SPDX-License-Identifier: Apache-2.0 */
/* Which decisions hold, when they come in any order, contradict each other, are undone, and lose and regain their mentions: entered
 * as the journal has them, past what the API refuses. */
#include "check.h"
#include "world.h"

static const char *const people[] = {
    "'names':[{'given':'Amina','family':'Hussain'}],'birth_date':'2001-04-02'",
    "'names':[{'given':'Bryony','family':'Tattersall'}],'birth_date':'1975-09-13'",
    "'names':[{'given':'Gregory','family':'Ashworth'}],'birth_date':'1988-12-25'",
    "'names':[{'given':'Tomasz','family':'Mazurek'}],'birth_date':'1962-06-07'",
};
#define PEOPLE 4

static void put(struct world *world, unsigned person)
{
    char text[400];

    snprintf(text, sizeof(text),
             "{'id':'%c','kind':'incident','occurred_at':'2026-10-01T08:00:00Z','persons':[{'ref':'p','role':'subject',%s}]}",
             'A' + person, people[person]);
    world_put(world, "police", text);
}

static struct world *start(void)
{
    struct world *world = world_create();

    for (unsigned i = 0; i < PEOPLE; i++)
        put(world, i);
    return world;
}

/* A word like "A=B", "A!B" or "A?B" (undo); returns its position. */
static uint64_t say(struct world *world, const char *what)
{
    char body[300];

    snprintf(
        body, sizeof(body),
        "{\"decision\":\"%s\",\"a\":{\"feed\":\"police\",\"id\":\"%c\",\"ref\":\"p\"},\"b\":{\"feed\":\"police\",\"id\":\"%c\","
        "\"ref\":\"p\"},\"rationale\":\"%s\"}",
        what[1] == '='   ? "same"
        : what[1] == '!' ? "not_same"
                         : "none",
        what[0], what[2], what);
    world_enter(world, XF_ENTRY_DECISION, "decision/police/x/p", body);
    return world->position;
}

static struct xf_mention_key key(const struct world *world, char id)
{
    const struct xf_intern *symbols = xf_fold_symbols(world->fold);

    return (struct xf_mention_key){.feed = xf_intern_find(symbols, "police", 6),
                                   .id = xf_intern_find(symbols, &id, 1),
                                   .ref = xf_intern_find(symbols, "p", 1)};
}

static uint32_t entity_of(const struct world *world, char id)
{
    const struct xf_register *reg = xf_fold_register(world->fold);
    char text[2] = {id};

    return xf_linker_entity_of(xf_fold_linker(world->fold),
                               xf_register_mention_of(reg, xf_register_find(reg, "police", text), "p"));
}

/* "AB CD": who is one with whom. */
static char *joined(const struct world *world, char out[static 16])
{
    char *at = out;

    for (char id = 'A'; id < 'A' + PEOPLE; id++) {
        bool first = true;

        for (char other = 'A'; other < id; other++)
            first = first && entity_of(world, other) != entity_of(world, id);
        if (!first)
            continue;
        if (at != out)
            *at++ = ' ';
        for (char other = id; other < 'A' + PEOPLE; other++)
            if (entity_of(world, other) == entity_of(world, id))
                *at++ = other;
    }
    *at = '\0';
    return out;
}

/* The decisions in force, by their rationale, in the order in which they were first made. */
static char *in_force(const struct world *world, char out[static 64])
{
    const struct xf_decisions *decisions = xf_fold_decisions(world->fold);

    out[0] = '\0';
    for (uint32_t i = 0; i < xf_decisions_count(decisions); i++) {
        const struct xf_decision *row = xf_decisions_at(decisions, i);

        if (!row->in_force)
            continue;
        snprintf(out + strlen(out), 64 - strlen(out), "%s%s", *out ? " " : "",
                 xf_intern_text(xf_fold_symbols(world->fold), row->rationale));
    }
    return out;
}

static void the_earlier_word_wins_until_it_is_undone(void **state)
{
    static const struct {
        const char *words, *in_force, *joined;
    } cases[] = {
        {"", "", "A B C D"},
        {"A=B", "A=B", "AB C D"},
        {"A=B B=C A!C", "A=B B=C", "ABC D"},
        {"A!C A=B B=C", "A!C A=B", "AB C D"},
        {"A!C A=B B=C A?B", "A!C B=C", "A BC D"},
        {"A!C A=B B=C A?C", "A=B B=C", "ABC D"},
        {"A=B B=C C=D A!D B?C", "A=B C=D A!D", "AB CD"},
        {"A=B B=C C=D A!D B?C B=C", "A=B C=D A!D", "AB CD"},
        {"A=B A!B", "A!B", "A B C D"},
        {"A=B A!B A=B", "A=B", "AB C D"},
        {"A=B A?B", "", "A B C D"},
        {"A!B A!C B!C A=D B=D C=D", "A!B A!C B!C A=D", "AD B C"},
        {"A!B A!C B!C A=D B=D C=D A?D", "A!B A!C B!C B=D", "A BD C"},
    };
    char held[64], groups[16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world *world = start();

        for (const char *at = cases[i].words; *at; at += strcspn(at, " "), at += *at == ' ')
            say(world, (char[4]){at[0], at[1], at[2]});
        if (strcmp(in_force(world, held), cases[i].in_force) != 0 || strcmp(joined(world, groups), cases[i].joined) != 0)
            fail_msg("%s: in force %s, joined %s", cases[i].words, held, groups);
        world_destroy(world);
    }
}

static void words_wait_for_their_mentions(void **state)
{
    struct world *world = start();
    char held[64], groups[16];

    (void)state;
    say(world, "A=B");
    say(world, "B=C");
    say(world, "A!C");
    assert_string_equal(in_force(world, held), "A=B B=C");
    /* Without B nothing stands against the last one; with B again, the earlier ones do. */
    world_enter(world, XF_ENTRY_WITHDRAW, "police/B", "");
    assert_string_equal(in_force(world, held), "A!C");
    put(world, 1);
    assert_string_equal(in_force(world, held), "A=B B=C");
    assert_string_equal(joined(world, groups), "ABC D");
    /* A correction is no parting. */
    put(world, 0);
    assert_string_equal(joined(world, groups), "ABC D");
    world_enter(world, XF_ENTRY_WITHDRAW, "police/A", "");
    world_enter(world, XF_ENTRY_WITHDRAW, "police/C", "");
    assert_string_equal(in_force(world, held), "");
    put(world, 2);
    put(world, 0);
    assert_string_equal(in_force(world, held), "A=B B=C");
    assert_string_equal(joined(world, groups), "ABC D");
    world_destroy(world);
}

static char *way(const struct world *world, char from, char to, enum xf_word word, char out[static 64])
{
    const struct xf_decisions *decisions = xf_fold_decisions(world->fold);
    uint32_t rows[8];
    int count = xf_decisions_against(decisions, key(world, from), key(world, to), word, rows, 8);

    out[0] = '\0';
    for (int i = 0; i < count; i++)
        snprintf(out + strlen(out), 64 - strlen(out), "%s%s", *out ? " " : "",
                 xf_intern_text(xf_fold_symbols(world->fold), xf_decisions_at(decisions, rows[i])->rationale));
    return out;
}

static void the_way_of_a_contradiction(void **state)
{
    struct world *world = start();
    char out[64];
    uint32_t rows[1];

    (void)state;
    say(world, "A=B");
    say(world, "C=B");
    say(world, "D!C");
    assert_string_equal(way(world, 'A', 'C', XF_WORD_NOT_SAME, out), "A=B C=B");
    assert_string_equal(way(world, 'C', 'A', XF_WORD_NOT_SAME, out), "C=B A=B");
    assert_string_equal(way(world, 'A', 'C', XF_WORD_SAME, out), "");
    assert_string_equal(way(world, 'A', 'D', XF_WORD_SAME, out), "A=B C=B D!C");
    assert_string_equal(way(world, 'D', 'A', XF_WORD_SAME, out), "D!C C=B A=B");
    assert_string_equal(way(world, 'A', 'D', XF_WORD_NOT_SAME, out), "");
    assert_string_equal(way(world, 'C', 'D', XF_WORD_SAME, out), ""); /* replaces the word on the pair itself */
    assert_string_equal(way(world, 'A', 'B', XF_WORD_NOT_SAME, out), "");
    assert_int_equal(xf_decisions_against(xf_fold_decisions(world->fold), key(world, 'A'), key(world, 'D'), XF_WORD_SAME, rows, 1),
                     3);
    say(world, "A?B");
    assert_string_equal(way(world, 'A', 'D', XF_WORD_SAME, out), "");
    world_destroy(world);
}

static void what_was_said_before_is_kept(void **state)
{
    struct world *world = start();
    const struct xf_decisions *decisions = xf_fold_decisions(world->fold);
    uint64_t first = say(world, "A=B"), second = say(world, "A?B"), third = say(world, "B!A");
    uint32_t row = xf_decisions_of(decisions, second);
    const struct xf_decision *decision = xf_decisions_at(decisions, row);
    const struct xf_past_decision *past = xf_decisions_past_at(decisions, decision->older);
    char id[XF_DECISION_ID];

    (void)state;
    assert_int_equal(xf_decisions_of(decisions, first), row);
    assert_int_equal(xf_decisions_of(decisions, third), row);
    assert_int_equal(xf_decisions_of(decisions, first - 1), XF_NONE);
    assert_int_equal(decision->position, third);
    assert_int_equal(past->position, second);
    assert_int_equal(past->word, XF_WORD_NONE);
    past = xf_decisions_past_at(decisions, past->older);
    assert_int_equal(past->position, first);
    assert_int_equal(past->word, XF_WORD_SAME);
    assert_int_equal(past->older, XF_NONE);
    assert_int_equal(xf_decisions_statements(decisions), 3);
    assert_int_equal(xf_decision_position(xf_decision_id(first, id)), first);
    assert_int_equal(xf_decision_position("dec-07"), 0);
    assert_int_equal(xf_decision_position("dec--7"), 0);
    assert_int_equal(xf_decision_position("flag-7-0"), 0);
    world_destroy(world);
}

/* Merges and splits become history, with their causes; a load keeps it. */
static void entities_have_a_history(void **state)
{
    struct world *world = start();
    const struct xf_history *history = xf_fold_history(world->fold);
    uint32_t a = entity_of(world, 'A'), b = entity_of(world, 'B'), event, split;
    struct bytes bytes = {0};
    struct xf_fold *loaded = NULL;
    struct xf_error error;
    uint64_t merged_at = say(world, "A=B"), parted_at;

    (void)state;
    event = xf_history_first(history, a);
    assert_int_not_equal(event, XF_NONE);
    assert_int_equal(xf_history_first(history, b), event);
    assert_int_equal(xf_history_at(history, event)->change, XF_ENTITY_MERGED);
    assert_int_equal(xf_history_at(history, event)->entity, b);
    assert_int_equal(xf_history_at(history, event)->other, a);
    assert_int_equal(xf_history_at(history, event)->position, merged_at);
    assert_int_equal(xf_history_at(history, event)->cause, XF_ENTRY_DECISION);
    assert_int_equal(xf_history_at(history, event)->decision, XF_WORD_SAME);
    assert_true(xf_history_at(history, event)->word);
    assert_int_equal(xf_history_at(history, event)->a.id, key(world, 'B').id);
    assert_int_equal(xf_history_at(history, event)->b.id, key(world, 'A').id);
    assert_int_equal(xf_history_next(history, event, a), XF_NONE);
    parted_at = say(world, "A?B");
    split = xf_history_first(history, a);
    assert_int_equal(xf_history_at(history, split)->change, XF_ENTITY_SPLIT);
    assert_int_equal(xf_history_at(history, split)->entity, entity_of(world, 'B'));
    assert_int_equal(xf_history_at(history, split)->other, a);
    assert_int_equal(xf_history_at(history, split)->position, parted_at);
    assert_int_equal(xf_history_at(history, split)->a.id, key(world, 'A').id); /* the two that were spoken of */
    assert_int_equal(xf_history_at(history, split)->b.id, key(world, 'B').id);
    assert_int_equal(xf_history_next(history, split, a), event);
    assert_int_equal(xf_fold_save(world->fold, &(struct xf_pack){bytes_write, &bytes}), XF_OK);
    assert_int_equal(xf_fold_load(&(struct xf_unpack){bytes_read, &bytes}, &loaded, &error), XF_OK);
    assert_int_equal(xf_history_count(xf_fold_history(loaded)), 2);
    assert_int_equal(xf_history_first(xf_fold_history(loaded), a), split);
    assert_int_equal(xf_history_next(xf_fold_history(loaded), split, a), event);
    xf_fold_destroy(loaded);
    free(bytes.data);
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_earlier_word_wins_until_it_is_undone),
        cmocka_unit_test(words_wait_for_their_mentions),
        cmocka_unit_test(the_way_of_a_contradiction),
        cmocka_unit_test(what_was_said_before_is_kept),
        cmocka_unit_test(entities_have_a_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
