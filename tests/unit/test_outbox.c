/* SPDX-License-Identifier: Apache-2.0 */
/* One gapless sequence a subscription: what is in memory, what is not, what may be dropped, and that every event passes the
 * projector once. */
#include "../../daemon/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/log.h"

/* The daemon's log is not part of this test; nothing here may log. */
void xf_log(enum xf_log_level level, const char *event, const char *members, ...)
{
    (void)level;
    (void)members;
    fail_msg("logged %s", event);
}

static void publish(struct xf_outbox *outbox, const char *subscription, uint64_t sequence, uint64_t position)
{
    char id[64], body[128];
    struct xf_event event = {
        .subscription = subscription, .sequence = sequence, .position = position, .at = (int64_t)position * 10};

    snprintf(id, sizeof(id), "flag-%d-0.%d.raised", (int)position, (int)position);
    event.length = (size_t)snprintf(body, sizeof(body),
                                    "{\"specversion\":\"1.0\",\"id\":\"%s\",\"type\":\"uk.crossflag.flag.raised.v1\"}", id);
    event.id = id;
    event.body = body;
    xf_outbox_publish(outbox, &event, 1);
}

/* The numbers of what comes after `after`, as text such as "3 4 5", or "older". */
static const char *after(struct xf_outbox *outbox, const char *subscription, uint64_t sequence, size_t max)
{
    static char text[256];
    const struct xf_message *messages[16];
    bool older;
    size_t count = xf_outbox_after(outbox, subscription, sequence, messages, max, &older), used = 0;

    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%d", i ? " " : "", (int)messages[i]->sequence);
        assert_string_equal(messages[i]->subscription, subscription);
        assert_int_equal(strlen(messages[i]->body), messages[i]->length);
        xf_message_unref(messages[i]);
    }
    if (older) {
        assert_int_equal(count, 0);
        return "older";
    }
    return text;
}

static size_t save(struct xf_outbox *outbox, size_t max)
{
    const struct xf_message *messages[64];
    size_t count = xf_outbox_unsaved(outbox, messages, max);

    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || messages[i - 1]->position <= messages[i]->position);
        xf_message_unref(messages[i]);
    }
    xf_outbox_saved(outbox, count);
    return count;
}

static void reads_in_order(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(100);

    (void)state;
    assert_string_equal(after(outbox, "a", 0, 16), "older");
    for (uint64_t i = 1; i <= 10; i++) {
        publish(outbox, "a", i, i * 2);
        publish(outbox, "b", i, i * 2 + 1);
    }
    assert_string_equal(after(outbox, "a", 0, 16), "1 2 3 4 5 6 7 8 9 10");
    assert_string_equal(after(outbox, "a", 0, 3), "1 2 3");
    assert_string_equal(after(outbox, "b", 8, 16), "9 10");
    assert_string_equal(after(outbox, "b", 10, 16), "");
    assert_string_equal(after(outbox, "b", 99, 16), "");
    assert_int_equal(xf_outbox_last(outbox, "a"), 10);
    assert_int_equal(xf_outbox_last(outbox, "c"), 0);
    xf_outbox_destroy(outbox);
}

static void keeps_what_is_unsaved(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(3);

    (void)state;
    for (uint64_t i = 1; i <= 20; i++)
        publish(outbox, "a", i, i);
    assert_string_equal(after(outbox, "a", 17, 16), "18 19 20");
    assert_string_equal(after(outbox, "a", 4, 2), "5 6");
    assert_int_equal(save(outbox, 10), 10);
    assert_string_equal(after(outbox, "a", 9, 16), "older");
    assert_string_equal(after(outbox, "a", 10, 2), "11 12");
    assert_int_equal(save(outbox, 64), 10);
    assert_string_equal(after(outbox, "a", 16, 16), "older");
    assert_string_equal(after(outbox, "a", 17, 16), "18 19 20");
    assert_int_equal(save(outbox, 64), 0);
    publish(outbox, "a", 21, 21);
    assert_string_equal(after(outbox, "a", 17, 16), "older");
    assert_string_equal(after(outbox, "a", 18, 16), "19 20 21");
    xf_outbox_destroy(outbox);
}

static void folds_again_without_doubling(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(100);

    (void)state;
    for (uint64_t i = 5; i <= 7; i++) {
        const struct xf_message fields = {i, i, 0, "a", "id", "{}", 2};

        assert_int_equal(xf_outbox_restore(outbox, &fields), XF_OK);
        assert_int_equal(xf_outbox_restore(outbox, &fields), XF_OK);
    }
    assert_string_equal(after(outbox, "a", 3, 16), "older");
    assert_string_equal(after(outbox, "a", 4, 16), "5 6 7");
    for (uint64_t i = 6; i <= 9; i++)
        publish(outbox, "a", i, i);
    assert_string_equal(after(outbox, "a", 4, 16), "5 6 7 8 9");
    assert_int_equal(save(outbox, 64), 2);
    xf_outbox_destroy(outbox);
}

static void a_gap_leaves_the_rest_to_the_table(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(100);

    (void)state;
    publish(outbox, "a", 1, 1);
    publish(outbox, "a", 2, 2);
    publish(outbox, "a", 5, 5);
    assert_string_equal(after(outbox, "a", 1, 16), "older");
    assert_string_equal(after(outbox, "a", 4, 16), "5");
    assert_int_equal(save(outbox, 64), 3);
    assert_string_equal(after(outbox, "a", 4, 16), "5");
    xf_outbox_destroy(outbox);
}

static void a_follower_saves_by_position(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(1);

    (void)state;
    for (uint64_t i = 1; i <= 6; i++)
        publish(outbox, i % 2 ? "a" : "b", (i + 1) / 2, i);
    xf_outbox_saved_to(outbox, 4);
    assert_int_equal(save(outbox, 64), 2);
    assert_string_equal(after(outbox, "a", 1, 16), "older");
    assert_string_equal(after(outbox, "a", 2, 16), "3");
    xf_outbox_destroy(outbox);
}

static void all_together_are_bounded(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(1000);
    size_t length = 4 << 20;
    char *body = malloc(length + 1);

    (void)state;
    memset(body, 'x', length);
    body[length] = '\0';
    for (uint64_t i = 1; i <= 20; i++) {
        struct xf_event event = {
            .subscription = i % 2 ? "a" : "b", .sequence = (i + 1) / 2, .position = i, .id = "id", .body = body, .length = length};

        xf_outbox_publish(outbox, &event, 1);
    }
    assert_string_equal(after(outbox, "a", 0, 1), "1");
    assert_int_equal(save(outbox, 64), 20);
    assert_string_equal(after(outbox, "a", 0, 1), "older");
    assert_string_equal(after(outbox, "a", 2, 1), "3");
    assert_string_equal(after(outbox, "b", 2, 1), "3");
    free(body);
    xf_outbox_destroy(outbox);
}

struct heard {
    char text[256];
};

static void hear(void *context, const char *subscription, uint64_t sequence)
{
    struct heard *heard = context;
    size_t used = strlen(heard->text);

    snprintf(heard->text + used, sizeof(heard->text) - used, "%s%d ", subscription, (int)sequence);
}

static void listeners_hear_once_a_run(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(10);
    struct heard first = {""}, second = {""};
    struct xf_event events[] = {
        {.subscription = "a", .index = 0, .sequence = 1, .position = 1, .id = "i", .body = "{}", .length = 2},
        {.subscription = "a", .index = 0, .sequence = 2, .position = 1, .id = "j", .body = "{}", .length = 2},
        {.subscription = "b", .index = 1, .sequence = 1, .position = 1, .id = "k", .body = "{}", .length = 2},
    };

    (void)state;
    xf_outbox_listen(outbox, hear, &first);
    xf_outbox_listen(outbox, hear, &second);
    xf_outbox_publish(outbox, events, 3);
    xf_outbox_publish(outbox, events, 3);
    assert_string_equal(first.text, "a2 b1 ");
    assert_string_equal(second.text, "a2 b1 ");
    xf_outbox_destroy(outbox);
}

static void messages_outlive_their_box(void **state)
{
    struct xf_outbox *outbox = xf_outbox_create(1);
    const struct xf_message *message, *own;
    const struct xf_message fields = {9, 9, 9, "table", "id-9", "{\"type\":\"uk.crossflag.test.v1\"}", 31};
    const char *type;
    size_t length;
    bool older;

    (void)state;
    publish(outbox, "a", 1, 1);
    assert_int_equal(xf_outbox_after(outbox, "a", 0, &message, 1, &older), 1);
    save(outbox, 1);
    publish(outbox, "a", 2, 2);
    publish(outbox, "a", 3, 3);
    save(outbox, 2);
    type = xf_message_type(message, &length);
    assert_int_equal(length, strlen("uk.crossflag.flag.raised.v1"));
    assert_memory_equal(type, "uk.crossflag.flag.raised.v1", length);
    assert_string_equal(message->id, "flag-1-0.1.raised");
    xf_message_unref(message);
    own = xf_message_create(&fields);
    assert_string_equal(own->subscription, "table");
    assert_string_equal(own->id, "id-9");
    assert_string_equal(own->body, fields.body);
    xf_message_unref(xf_message_ref(own));
    xf_message_unref(own);
    xf_message_unref(NULL);
    xf_outbox_destroy(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_order),
        cmocka_unit_test(keeps_what_is_unsaved),
        cmocka_unit_test(folds_again_without_doubling),
        cmocka_unit_test(a_gap_leaves_the_rest_to_the_table),
        cmocka_unit_test(a_follower_saves_by_position),
        cmocka_unit_test(all_together_are_bounded),
        cmocka_unit_test(listeners_hear_once_a_run),
        cmocka_unit_test(messages_outlive_their_box),
    };

    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
