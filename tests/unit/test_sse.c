/* SPDX-License-Identifier: Apache-2.0 */
/* The command line's reading of event streams (daemon/cli/sse.c): the same events however the bytes are cut. */
#include <stdio.h>

#include "../../daemon/cli/sse.h"
#include "check.h"

static char seen[1024];

static int on_event(void *context, const char *id, const char *data)
{
    size_t length = strlen(seen);

    (void)context;
    snprintf(seen + length, sizeof(seen) - length, "[%s|%s]", id, data);
    return strcmp(data, "stop") == 0 ? 7 : 0;
}

static const struct {
    const char *stream, *events, *last_id;
    long retry_ms;
    int rc;
} cases[] = {
    {"id: 1\ndata: a\n\n", "[1|a]", "1", -1, 0},
    {"id:1\r\ndata:a\r\n\r\nid: 2\rdata: b\r\r", "[1|a][2|b]", "2", -1, 0},
    {": heartbeat\n\nretry: 250\n\ndata: x\ndata: y\n\n", "[|x\ny]", "", 250, 0},
    {"id: 5\ndata: whole\n\nid: 6\ndata: half", "[5|whole]", "5", -1, 0}, /* half an event does not move last_id */
    {"event: flag\nunknown: z\ndata\n\n", "[|]", "", -1, 0},
    {"data:  two spaces\n\n", "[| two spaces]", "", -1, 0},
    {"retry: soon\nid: 9\n\n", "", "9", -1, 0},
    {"data: stop\n\ndata: never\n\n", "[|stop]", "", -1, 7},
};

static void test_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].stream);

        for (size_t piece = 1; piece <= length; piece++) {
            struct xf_sse sse = {.retry_ms = -1, .event = on_event};
            int rc = 0;

            seen[0] = '\0';
            for (size_t at = 0; at < length && rc == 0; at += piece)
                rc = xf_sse_take(&sse, cases[i].stream + at, at + piece <= length ? piece : length - at);
            assert_int_equal(rc, cases[i].rc);
            assert_string_equal(seen, cases[i].events);
            assert_string_equal(sse.last_id, cases[i].last_id);
            assert_int_equal(sse.retry_ms, cases[i].retry_ms);
            xf_sse_clear(&sse);
        }
    }
}

static void test_restart_forgets_half_an_event(void **state)
{
    struct xf_sse sse = {.retry_ms = -1, .event = on_event};
    static const char half[] = "id: 1\ndata: a\n\nid: 2\ndata: b", again[] = "data: c\n\n";

    (void)state;
    seen[0] = '\0';
    assert_int_equal(xf_sse_take(&sse, half, strlen(half)), 0);
    xf_sse_restart(&sse);
    assert_int_equal(xf_sse_take(&sse, again, strlen(again)), 0);
    assert_string_equal(seen, "[1|a][1|c]");
    assert_string_equal(sse.last_id, "1");
    xf_sse_clear(&sse);
}

static void test_limit(void **state)
{
    struct xf_sse sse = {.retry_ms = -1, .event = on_event};
    char piece[4096];
    int rc = 0;

    (void)state;
    memset(piece, 'x', sizeof(piece));
    for (size_t sent = 0; rc == 0 && sent < 2 * XF_SSE_EVENT_MAX; sent += sizeof(piece))
        rc = xf_sse_take(&sse, piece, sizeof(piece));
    assert_int_equal(rc, XF_ELIMIT);
    xf_sse_clear(&sse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_streams), cmocka_unit_test(test_restart_forgets_half_an_event),
                                       cmocka_unit_test(test_limit)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
