/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "../../lib/flag.h"
#include "crossflag/date.h"

#define AT (1764028800 * XF_SECOND)

struct state {
    struct xf_intern *symbols;
    struct xf_flags *flags;
    uint32_t words[8]; /* symbols */
};

static struct state create(void)
{
    static const char *const words[] = {"rule", "type", "police", "care", "M1", "M2", "n", "o"};
    struct state state = {.symbols = xf_intern_create()};

    for (int i = 0; i < 8; i++)
        assert_int_equal(xf_intern_puts(state.symbols, words[i], &state.words[i]), XF_OK);
    state.flags = xf_flags_create(state.symbols);
    assert_non_null(state.flags);
    return state;
}

static void destroy(struct state *state)
{
    xf_flags_destroy(state->flags);
    xf_intern_destroy(state->symbols);
}

static uint32_t add(struct state *state, uint64_t position, uint32_t ordinal, uint32_t entity, enum xf_flag_status status,
                    int64_t review_due)
{
    const struct xf_flag_record records[] = {{.feed = state->words[3], .id = state->words[4]},
                                             {.feed = state->words[2], .id = state->words[5]}};
    const struct xf_flag_ground_reason reasons[] = {
        {.pattern = state->words[6], .count = 2, .weight = 2000, .records = records, .record_count = 2},
        {.pattern = state->words[7], .count = 1, .weight = 500, .records = records + 1, .record_count = 1}};
    const struct xf_flag flag = {.position = position,
                                 .ordinal = ordinal,
                                 .entity = entity,
                                 .rule = state->words[0],
                                 .type = state->words[1],
                                 .rule_version = 1,
                                 .score = 2500,
                                 .raised_at = AT,
                                 .review_due = review_due,
                                 .event_at = AT - XF_DAY,
                                 .changed_at = AT,
                                 .status = (uint8_t)status,
                                 .level = XF_LEVEL_MEDIUM,
                                 .peak_level = XF_LEVEL_MEDIUM};
    uint32_t row;

    assert_int_equal(xf_flags_add(state->flags, &flag, reasons, 2, &row), XF_OK);
    return row;
}

static void names_are_those_of_the_contract(void **unused)
{
    (void)unused;
    assert_string_equal(xf_flag_status_name(XF_FLAG_PROPOSED), "proposed");
    assert_string_equal(xf_flag_status_name(XF_FLAG_WITHDRAWN), "withdrawn");
    assert_string_equal(xf_level_name(XF_LEVEL_NONE), "none");
    assert_string_equal(xf_level_name(XF_LEVEL_HIGH), "high");
    assert_string_equal(xf_flag_step_name(XF_STEP_CHANGED), "changed");
    assert_string_equal(xf_flag_step_name(XF_STEP_RAISED_LEVEL), "raised_level");
    assert_string_equal(xf_flag_step_name(XF_STEP_WITHDRAWN), "withdrawn");
}

static void a_flag_is_found_by_its_id(void **unused)
{
    static const struct {
        const char *id;
        uint32_t found;
    } cases[] = {{"flag-5-0", 0},        {"flag-5-1", 1},
                 {"flag-7-0", 2},        {"flag-18446744073709551615-4294967295", 3},
                 {"flag-5-2", XF_NONE},  {"flag-6-0", XF_NONE},
                 {"flag-05-0", XF_NONE}, {"flag-5-0x", XF_NONE},
                 {"flag-5", XF_NONE},    {"flag- 5-0", XF_NONE},
                 {"flag-+5-0", XF_NONE}, {"flag-5--0", XF_NONE},
                 {"", XF_NONE},          {"flag-18446744073709551616-0", XF_NONE},
                 {"per-5-0", XF_NONE},   {"flag-000000000000000000000000000000000000000000005-0", XF_NONE}};
    struct state state = create();
    char id[XF_FLAG_ID];

    (void)unused;
    add(&state, 5, 0, 1, XF_FLAG_PROPOSED, AT);
    add(&state, 5, 1, 2, XF_FLAG_PROPOSED, AT);
    add(&state, 7, 0, 1, XF_FLAG_PROPOSED, AT);
    add(&state, UINT64_MAX, UINT32_MAX, 1, XF_FLAG_PROPOSED, AT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (xf_flags_find(state.flags, cases[i].id) != cases[i].found)
            fail_msg("%s", cases[i].id);
    for (uint32_t i = 0; i < xf_flags_count(state.flags); i++)
        assert_int_equal(xf_flags_find(state.flags, xf_flag_id(xf_flags_at(state.flags, i), id)), i);
    destroy(&state);
}

static void chains_run_from_the_newest(void **unused)
{
    struct state state = create();

    (void)unused;
    for (uint32_t i = 0; i < 6; i++)
        add(&state, i + 1, 0, i % 2 ? 3 : 900, XF_FLAG_PROPOSED, AT);
    assert_int_equal(xf_flags_first(state.flags, 3), 5);
    assert_int_equal(xf_flags_at(state.flags, 5)->next_of_entity, 3);
    assert_int_equal(xf_flags_first(state.flags, 4), XF_NONE);
    assert_int_equal(xf_flags_first(state.flags, 100000), XF_NONE);
    assert_int_equal(xf_flags_move(state.flags, 3, 900), XF_OK);
    assert_int_equal(xf_flags_move(state.flags, 77, 900), XF_OK);
    assert_int_equal(xf_flags_first(state.flags, 3), XF_NONE);
    for (uint32_t i = xf_flags_first(state.flags, 900), expected = 5;;
         i = xf_flags_at(state.flags, i)->next_of_entity, expected--) {
        assert_int_equal(i, expected);
        assert_int_equal(xf_flags_at(state.flags, i)->entity, 900);
        if (!expected) {
            assert_int_equal(xf_flags_at(state.flags, i)->next_of_entity, XF_NONE);
            break;
        }
    }
    destroy(&state);
}

static void people_take_the_steps_that_the_status_allows(void **unused)
{
    enum { NO = 0 };
    static const struct {
        enum xf_flag_step step;
        int to[6]; /* by status; NO: a conflict */
    } cases[] = {
        {XF_STEP_CONFIRMED, {NO, XF_FLAG_CONFIRMED, NO, NO, NO, NO}},
        {XF_STEP_DISMISSED, {NO, XF_FLAG_DISMISSED, NO, NO, NO, NO}},
        {XF_STEP_RENEWED, {NO, XF_FLAG_PROPOSED, XF_FLAG_CONFIRMED, NO, NO, NO}},
        {XF_STEP_WITHDRAWN, {NO, XF_FLAG_WITHDRAWN, XF_FLAG_WITHDRAWN, NO, NO, NO}},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int from = XF_FLAG_PROPOSED; from <= XF_FLAG_WITHDRAWN; from++) {
            struct state state = create();
            struct xf_error error = {0};
            uint32_t flag = add(&state, 1, 0, 1, (enum xf_flag_status)from, AT + XF_DAY);
            struct xf_flag before = *xf_flags_at(state.flags, flag), after;
            int rc = xf_flags_decide(state.flags, flag, cases[i].step, "a.person", "because", AT + XF_HOUR, 2, &error);

            after = *xf_flags_at(state.flags, flag);
            if (!cases[i].to[from]) {
                assert_int_equal(rc, XF_ECONFLICT);
                assert_int_equal(error.code, XF_ECONFLICT);
                assert_memory_equal(&before, &after, sizeof(before));
            } else {
                assert_int_equal(rc, XF_OK);
                assert_int_equal(after.status, cases[i].to[from]);
                assert_string_equal(xf_intern_text(state.symbols, after.by), "a.person");
                assert_string_equal(xf_intern_text(state.symbols, after.rationale), "because");
                assert_int_equal(after.changed_at, AT + XF_HOUR);
                assert_int_equal(after.review_due,
                                 cases[i].step == XF_STEP_RENEWED ? xf_time_add_months(AT + XF_HOUR, 2) : before.review_due);
                assert_int_equal(after.closed_by_person, !xf_flag_active(&after));
                assert_int_equal(xf_flags_next_due(state.flags), xf_flag_active(&after) ? after.review_due : INT64_MAX);
            }
            destroy(&state);
        }
    }
}

static void a_decision_has_a_person_and_a_rationale(void **unused)
{
    static const struct {
        enum xf_flag_step step;
        const char *by, *rationale;
    } cases[] = {{XF_STEP_CONFIRMED, "", "because"}, {XF_STEP_CONFIRMED, NULL, "because"}, {XF_STEP_CONFIRMED, "me", ""},
                 {XF_STEP_CONFIRMED, "me", NULL},    {XF_STEP_RAISED, "me", "because"},    {XF_STEP_EXPIRED, "me", "because"},
                 {XF_STEP_CHANGED, "me", "because"}};
    struct state state = create();
    uint32_t flag = add(&state, 1, 0, 1, XF_FLAG_PROPOSED, AT);

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_error error = {0};

        assert_int_equal(xf_flags_decide(state.flags, flag, cases[i].step, cases[i].by, cases[i].rationale, AT, 3, &error),
                         XF_EINVAL);
        assert_true(*error.text);
        assert_int_equal(xf_flags_decide(state.flags, flag, cases[i].step, cases[i].by, cases[i].rationale, AT, 3, NULL),
                         XF_EINVAL);
    }
    destroy(&state);
}

static void what_is_due_comes_in_order(void **unused)
{
    struct state state = create();

    (void)unused;
    assert_int_equal(xf_flags_next_due(state.flags), INT64_MAX);
    for (uint32_t i = 0; i < 50; i++)
        add(&state, i + 1, 0, i, i % 5 ? XF_FLAG_PROPOSED : XF_FLAG_DISMISSED, AT + (i * 37) % 50 * XF_DAY);
    assert_int_equal(xf_flags_decide(state.flags, 1, XF_STEP_RENEWED, "a", "b", AT, 12, NULL), XF_OK);
    xf_flags_end(state.flags, 2, XF_FLAG_WITHDRAWN, AT);
    assert_int_equal(xf_flags_wake(state.flags, 9, AT + 20 * XF_DAY), XF_OK);
    assert_int_equal(xf_flags_wake(state.flags, 9, AT + 30 * XF_DAY), XF_OK); /* the earlier counts */
    assert_int_equal(xf_flags_wake(state.flags, 8, AT + 20 * XF_DAY), XF_OK);
    assert_int_equal(xf_flags_wake(state.flags, 8, AT + 1), XF_OK);
    assert_int_equal(xf_flags_take_wake(state.flags, AT), XF_NONE);
    assert_int_equal(xf_flags_take_wake(state.flags, AT + 1), 8);
    assert_int_equal(xf_flags_take_wake(state.flags, AT + 40 * XF_DAY), 9);
    assert_int_equal(xf_flags_take_wake(state.flags, INT64_MAX), XF_NONE);
    for (int64_t last = INT64_MIN, taken = 0;; taken++) {
        int64_t due = xf_flags_next_due(state.flags);
        uint32_t flag = due == INT64_MAX ? XF_NONE : xf_flags_take_review(state.flags, due);

        if (flag == XF_NONE) {
            assert_int_equal(taken, 39);
            break;
        }
        assert_int_equal(xf_flags_at(state.flags, flag)->review_due, due);
        assert_true(xf_flag_active(xf_flags_at(state.flags, flag)) && due >= last);
        xf_flags_end(state.flags, flag, XF_FLAG_EXPIRED, due);
        last = due;
    }
    destroy(&state);
}

/* Something of everything, by number. */
static void step(struct state *state, uint32_t i)
{
    const struct xf_flag_record records[] = {{.feed = state->words[2 + i % 2], .id = state->words[4 + i % 2]}};
    const struct xf_flag_ground_reason reason = {
        .pattern = state->words[6], .count = i, .weight = 1, .records = records, .record_count = i % 3 ? 1 : 0};
    uint32_t flag = i / 3;

    if (i % 3 == 0)
        add(state, i + 1, i % 2, i % 7, i % 4 ? XF_FLAG_PROPOSED : XF_FLAG_CONFIRMED, AT + i * XF_HOUR);
    else if (i % 3 == 1)
        assert_int_equal(xf_flags_set_reasons(state->flags, flag / 2, &reason, 1), XF_OK);
    else if (i % 4 == 1)
        assert_int_equal(xf_flags_decide(state->flags, flag, XF_STEP_RENEWED, "a", "b", AT + i, 1, NULL), XF_OK);
    else if (i % 4 == 2)
        assert_int_equal(xf_flags_move(state->flags, i % 7, i % 5), XF_OK);
    else
        assert_int_equal(xf_flags_wake(state->flags, i % 11, AT + (i * 13) % 17 * XF_HOUR), XF_OK);
}

static void save(const struct state *state, struct bytes *bytes)
{
    struct xf_pack pack = {.write = bytes_write, .context = bytes};

    assert_int_equal(xf_flags_save(state->flags, &pack), XF_OK);
}

static void a_load_goes_on_as_if_nothing_had_been(void **unused)
{
    (void)unused;
    for (uint32_t cut = 0; cut < 60; cut += 7) {
        struct state one = create(), other = create();
        struct bytes middle = {0}, first = {0}, second = {0};
        struct xf_unpack unpack = {.read = bytes_read, .context = &middle};
        struct xf_flags *loaded;

        for (uint32_t i = 0; i < cut; i++) {
            step(&one, i);
            step(&other, i);
        }
        save(&other, &middle);
        assert_int_equal(xf_flags_load(&unpack, other.symbols, &loaded), XF_OK);
        xf_flags_destroy(other.flags);
        other.flags = loaded;
        assert_int_equal(xf_flags_next_due(one.flags), xf_flags_next_due(other.flags));
        for (uint32_t i = cut; i < 60; i++) {
            step(&one, i);
            step(&other, i);
        }
        save(&one, &first);
        save(&other, &second);
        assert_int_equal(first.length, second.length);
        assert_memory_equal(first.data, second.data, first.length);
        for (uint32_t entity = 0; entity < 8; entity++)
            assert_int_equal(xf_flags_first(one.flags, entity), xf_flags_first(other.flags, entity));
        free(middle.data);
        free(first.data);
        free(second.data);
        destroy(&one);
        destroy(&other);
    }
}

static void what_is_cut_short_is_not_loaded(void **unused)
{
    struct state state = create();
    struct bytes bytes = {0};
    struct xf_flags *loaded = NULL;

    (void)unused;
    for (uint32_t i = 0; i < 20; i++)
        step(&state, i);
    save(&state, &bytes);
    for (size_t length = 0; length < bytes.length; length += 5) {
        struct bytes part = {.data = bytes.data, .length = length};
        struct xf_unpack unpack = {.read = bytes_read, .context = &part};

        assert_int_equal(xf_flags_load(&unpack, state.symbols, &loaded), XF_EIO);
        assert_null(loaded);
    }
    free(bytes.data);
    destroy(&state);
}

static void reasons_are_compared_and_replaced(void **unused)
{
    struct state state = create();
    uint32_t flag = add(&state, 1, 0, 1, XF_FLAG_PROPOSED, AT);
    const struct xf_flag_record records[] = {{.feed = state.words[3], .id = state.words[4]},
                                             {.feed = state.words[2], .id = state.words[5]}};
    struct xf_flag_ground_reason reasons[] = {
        {.pattern = state.words[6], .count = 2, .weight = 2000, .records = records, .record_count = 2},
        {.pattern = state.words[7], .count = 1, .weight = 500, .records = records + 1, .record_count = 1}};
    const struct xf_flag_reason *row;

    (void)unused;
    assert_true(xf_flags_same_reasons(state.flags, flag, reasons, 2));
    assert_false(xf_flags_same_reasons(state.flags, flag, reasons, 1));
    reasons[1].record_count = 0;
    assert_false(xf_flags_same_reasons(state.flags, flag, reasons, 2));
    reasons[1].record_count = 1;
    reasons[1].records = records;
    assert_false(xf_flags_same_reasons(state.flags, flag, reasons, 2));
    assert_int_equal(xf_flags_set_reasons(state.flags, flag, reasons, 2), XF_OK);
    assert_true(xf_flags_same_reasons(state.flags, flag, reasons, 2));
    row = xf_flags_reason_at(state.flags, xf_flags_at(state.flags, flag)->first_reason);
    assert_int_equal(row->count, 2);
    assert_int_equal(xf_flags_record_at(state.flags, row->first_record)->id, state.words[4]);
    assert_int_equal(xf_flags_record_at(state.flags, xf_flags_record_at(state.flags, row->first_record)->next)->id, state.words[5]);
    assert_int_equal(xf_flags_set_reasons(state.flags, flag, NULL, 0), XF_OK);
    assert_int_equal(xf_flags_at(state.flags, flag)->first_reason, XF_NONE);
    destroy(&state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_contract),
        cmocka_unit_test(a_flag_is_found_by_its_id),
        cmocka_unit_test(chains_run_from_the_newest),
        cmocka_unit_test(people_take_the_steps_that_the_status_allows),
        cmocka_unit_test(a_decision_has_a_person_and_a_rationale),
        cmocka_unit_test(what_is_due_comes_in_order),
        cmocka_unit_test(a_load_goes_on_as_if_nothing_had_been),
        cmocka_unit_test(what_is_cut_short_is_not_loaded),
        cmocka_unit_test(reasons_are_compared_and_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
