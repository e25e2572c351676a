/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>

#include "crossflag/intern.h"

static void equal_texts_share_a_symbol(void **state)
{
    struct xf_intern *table = xf_intern_create();
    uint32_t a, b, c;

    (void)state;
    assert_int_equal(xf_intern_puts(table, "hussain", &a), XF_OK);
    assert_int_equal(xf_intern_puts(table, "khan", &b), XF_OK);
    assert_int_equal(xf_intern_put(table, "hussain-x", 7, &c), XF_OK);
    assert_int_equal(a, c);
    assert_int_not_equal(a, b);
    assert_string_equal(xf_intern_text(table, a), "hussain");
    assert_int_equal(xf_intern_length(table, a), 7);
    assert_int_equal(xf_intern_find(table, "khan", 4), b);
    assert_int_equal(xf_intern_find(table, "unknown", 7), 0);
    xf_intern_destroy(table);
}

static void nothing_is_symbol_zero(void **state)
{
    struct xf_intern *table = xf_intern_create();
    uint32_t symbol = 7;

    (void)state;
    assert_int_equal(xf_intern_puts(table, NULL, &symbol), XF_OK);
    assert_int_equal(symbol, 0);
    assert_int_equal(xf_intern_puts(table, "", &symbol), XF_OK);
    assert_int_equal(symbol, 0);
    assert_string_equal(xf_intern_text(table, 0), "");
    xf_intern_destroy(table);
}

static void texts_never_move(void **state)
{
    struct xf_intern *table = xf_intern_create();
    const char *first;
    char text[32];
    uint32_t symbol;

    (void)state;
    assert_int_equal(xf_intern_puts(table, "first", &symbol), XF_OK);
    first = xf_intern_text(table, symbol);
    for (int i = 0; i < 200000; i++) {
        snprintf(text, sizeof(text), "text-%d", i);
        assert_int_equal(xf_intern_puts(table, text, &symbol), XF_OK);
    }
    assert_string_equal(first, "first");
    assert_int_equal(xf_intern_count(table), 200002);
    xf_intern_destroy(table);
}

static void an_overlay_leaves_no_trace(void **state)
{
    struct xf_intern *base = xf_intern_create(), *over;
    uint32_t known, found, fresh;

    (void)state;
    assert_int_equal(xf_intern_puts(base, "amina", &known), XF_OK);
    over = xf_intern_create_over(base);
    assert_int_equal(xf_intern_puts(over, "amina", &found), XF_OK);
    assert_int_equal(found, known);
    assert_int_equal(xf_intern_puts(over, "nobody", &fresh), XF_OK);
    assert_true(fresh >= xf_intern_count(base));
    assert_string_equal(xf_intern_text(over, fresh), "nobody");
    assert_string_equal(xf_intern_text(over, known), "amina");
    assert_int_equal(xf_intern_find(over, "nobody", 6), fresh);
    assert_int_equal(xf_intern_find(base, "nobody", 6), 0);
    xf_intern_destroy(over);
    xf_intern_destroy(base);
}

static void saved_and_loaded_tables_agree(void **state)
{
    struct xf_intern *table = xf_intern_create(), *loaded;
    struct bytes bytes = {0}, again = {0};
    char text[32];
    uint32_t symbol;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "%x", i * 7919);
        assert_int_equal(xf_intern_puts(table, text, &symbol), XF_OK);
    }
    assert_int_equal(xf_intern_save(table, &(struct xf_pack){bytes_write, &bytes}), XF_OK);
    assert_int_equal(xf_intern_load(&(struct xf_unpack){bytes_read, &bytes}, &loaded), XF_OK);
    assert_int_equal(bytes.read, bytes.length);
    assert_int_equal(xf_intern_find(loaded, text, strlen(text)), symbol);
    assert_int_equal(xf_intern_save(loaded, &(struct xf_pack){bytes_write, &again}), XF_OK);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);
    free(bytes.data);
    free(again.data);
    xf_intern_destroy(loaded);
    xf_intern_destroy(table);
}

static void a_cut_image_is_refused(void **state)
{
    struct xf_intern *table = xf_intern_create(), *loaded = NULL;
    struct bytes bytes = {0};
    uint32_t symbol;

    (void)state;
    assert_int_equal(xf_intern_puts(table, "amina", &symbol), XF_OK);
    assert_int_equal(xf_intern_save(table, &(struct xf_pack){bytes_write, &bytes}), XF_OK);
    for (size_t length = 0; length < bytes.length; length++) {
        struct bytes cut = {.data = bytes.data, .length = length};

        assert_int_not_equal(xf_intern_load(&(struct xf_unpack){bytes_read, &cut}, &loaded), XF_OK);
        assert_null(loaded);
    }
    free(bytes.data);
    xf_intern_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_share_a_symbol),
        cmocka_unit_test(nothing_is_symbol_zero),
        cmocka_unit_test(texts_never_move),
        cmocka_unit_test(an_overlay_leaves_no_trace),
        cmocka_unit_test(saved_and_loaded_tables_agree),
        cmocka_unit_test(a_cut_image_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
