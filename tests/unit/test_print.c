/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line shows (daemon/cli/print.c): columns by the width that a terminal gives, and nothing from outside that could
 * drive it. */
#include <stdio.h>

#include "../../daemon/cli/print.h"
#include "check.h"

static void test_harmless(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"Zoë Lindqvist", "Zoë Lindqvist"},
        {"李小龍", "李小龍"},
        {"red\x1b[31m", "red\\x1b[31m"},
        {"two\nlines\t", "two\\x0alines\\x09"},
        {"abc\xe2\x80\xae"
         "cba",
         "abc\\u202ecba"}, /* right-to-left override */
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"}, /* the one-character form of ESC [ */
        {"\xff\xc3", "\\xff\\xc3"},
        {"", ""},
        {NULL, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *shown = xf_harmless(cases[i].text);

        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(xf_text_width("abc"), 3);
    assert_int_equal(xf_text_width("Zoë"), 3);
    assert_int_equal(xf_text_width("Zoe\xcc\x88"), 3); /* a combining diaeresis takes no column */
    assert_int_equal(xf_text_width("李小龍"), 6);
    assert_int_equal(xf_text_width(""), 0);
}

static void count_rows(void *context, size_t row)
{
    assert_int_equal(row, (*(size_t *)context)++);
}

static void test_table(void **state)
{
    struct xf_table table = {.headers = {"NAME", ">COUNT", "LAST"}, .columns = 3};
    char *text = NULL;
    size_t length, rows = 0;
    FILE *stream = open_memstream(&text, &length);

    (void)state;
    xf_table_cell(&table, "Zoë");
    xf_table_cellf(&table, "%d", 7);
    xf_table_cell(&table, "x");
    xf_table_cell(&table, "李小龍");
    xf_table_cellf(&table, "%d", 1234567);
    xf_table_cell(&table, NULL);
    xf_table_print_with(&table, stream, 2, count_rows, &rows);
    fclose(stream);
    assert_int_equal(rows, 2);
    assert_string_equal(text, "  NAME      COUNT  LAST\n"
                              "  Zoë           7  x\n"
                              "  李小龍  1234567  \n");
    free(text);
}

static void test_empty_table(void **state)
{
    struct xf_table table = {.headers = {"NAME"}, .columns = 1};
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    (void)state;
    xf_table_print(&table, stream, 0);
    fclose(stream);
    assert_int_equal(length, 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_harmless), cmocka_unit_test(test_width), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_empty_table)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
