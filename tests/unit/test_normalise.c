/* SPDX-License-Identifier: Apache-2.0 */
/* Names, texts, postcodes, telephones, e-mail and plates: spellings that must become one form, placeholders that must become
 * nothing, and that normalising what was normalised changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/normalise.h"

struct pair {
    const char *text, *expected;
};

typedef size_t normaliser(const char *text, char out[static XF_NORMAL_TEXT]);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check(normaliser *normalise, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char out[XF_NORMAL_TEXT], again[XF_NORMAL_TEXT];
        size_t length = normalise(pairs[i].text, out);

        if (strcmp(out, pairs[i].expected) != 0)
            fail_msg("\"%s\" became \"%s\", not \"%s\"", pairs[i].text, out, pairs[i].expected);
        assert_int_equal(length, strlen(out));
        assert_int_equal(normalise(out, again), length);
        assert_string_equal(again, out);
    }
}

static void names_are_folded(void **state)
{
    static const struct pair pairs[] = {
        {"Amina", "amina"},
        {"  Mary-Jane \t O'Brien ", "mary jane obrien"},
        {"O\xE2\x80\x99Neill", "oneill"},
        {"O\xC2\xB4Neill", "oneill"},
        {"D`Souza", "dsouza"},
        {"Zo\xC3\xAB", "zoe"},
        {"Jos\x65\xCC\x81", "jose"}, /* a combining accent */
        {"\xC5\x81ukasz \xC5\x9Awi\xC4\x85tek", "lukasz swiatek"},
        {"S\xC3\xB8ren \xC3\x86gir", "soren aegir"},
        {"Wei\xC3\x9F", "weiss"},
        {"\xC4\x90or\xC4\x91\x65", "dorde"},
        {"I\xC5\x9F\xC4\xB1k", "isik"},
        {"\xC4\xB0lker", "ilker"},
        {"\xC3\x9E\xC3\xB3r\xC3\xB0ur", "thordur"},
        {"\xEF\xBC\xA1\xEF\xBC\xAD\xEF\xBC\xA9\xEF\xBC\xAE\xEF\xBC\xA1", "amina"}, /* full width */
        {"\xEF\xAC\x81nn", "finn"},                                                /* a ligature */
        {"J\xC2\xADohn", "john"},                                                  /* a soft hyphen */
        {"Anne\xE2\x80\x93Marie", "anne marie"},                                   /* an en dash */
        {"\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "\xD0\xB8\xD0\xB2\xD0\xB0\xD0\xBD"},  /* other scripts stay */
        {"Smith2", "smith"},
        {"J. R. Hartley", "j r hartley"},
        {"bad\xFF\xFEutf", "bad utf"},
        {"Mr John Smith", "john smith"},
        {"MRS. Smith", "smith"},
        {"Rev Dr Ann Lee", "ann lee"},
        {"Prof. Lee", "lee"},
        {"Lord", "lord"}, /* nothing else would remain */
        {"Mr Lord", "lord"},
        {"John Lord", "john lord"},
        {"Ann Lee MBE", "ann lee"},
        {"Drew", "drew"},
        {"Missy", "missy"},
        {"Xi", "xi"},
        {"Nonette", "nonette"},
        {"Ng", "ng"},
        {"Anna", "anna"},
    };

    (void)state;
    check(xf_normalise_name, pairs, COUNT(pairs));
}

static void placeholders_become_nothing(void **state)
{
    static const char *const words[] = {"",        " ",          "-",          "?",          "...",
                                        "UNKNOWN", "Unknown",    "not known",  "N/A",        "n.a.",
                                        "TBC",     "tba",        "None",       "xxx",        "XX",
                                        "x",       "null",       "Not Stated", "nfa",        "No Fixed Abode",
                                        "refused", "Mr Unknown", "zzzz",       "\xC2\xA0",   "\xE2\x80\x94",
                                        "Anon.",   "unk",        "n/k",        "(not given)"};

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        char out[XF_NORMAL_TEXT] = "left";

        if (xf_normalise_name(words[i], out) || *out)
            fail_msg("\"%s\" became the name \"%s\"", words[i], out);
        if (strcmp(words[i], "Mr Unknown") != 0 && (xf_normalise_text(words[i], out) || *out))
            fail_msg("\"%s\" became the text \"%s\"", words[i], out);
    }
    assert_int_equal(xf_normalise_name(NULL, (char[XF_NORMAL_TEXT]){"x"}), 0);
}

static void texts_keep_digits_and_ampersands(void **state)
{
    static const struct pair pairs[] = {
        {"Fish & Chips", "fish and chips"},       {"7-Eleven", "7 eleven"},        {"M&S", "m and s"}, {"Mr Chips", "mr chips"},
        {"Caf\xC3\xA9 N\xC2\xBA 5", "cafe no 5"}, {"B&Q, Leeds", "b and q leeds"}, {"100%", "100"},    {"A1(M)", "a1 m"},
    };

    (void)state;
    check(xf_normalise_text, pairs, COUNT(pairs));
}

static void long_texts_are_cut_between_characters(void **state)
{
    char text[900], out[XF_NORMAL_TEXT];

    (void)state;
    for (size_t start = 0; start < 3; start++) {
        memset(text, 'a', start);
        text[0] = 'b';
        for (size_t i = start; i + 2 < sizeof(text); i += 2)
            memcpy(text + i, "\xD0\xB8", 2);
        text[sizeof(text) - 2 + (start & 1)] = '\0';
        text[sizeof(text) - 1] = '\0';
        assert_true(xf_normalise_name(text, out) >= XF_NORMAL_TEXT - 3);
        assert_true(strlen(out) < XF_NORMAL_TEXT);
        assert_int_equal((unsigned char)out[strlen(out) - 1], 0xB8);
    }
    memset(text, 'a', 600);
    for (size_t i = 0; i < 600; i += 7)
        text[i] = ' ';
    text[600] = '\0';
    assert_true(xf_normalise_text(text, out) <= XF_NORMAL_TEXT - 1);
    assert_int_not_equal(out[strlen(out) - 1], ' ');
}

static void postcodes_have_one_form(void **state)
{
    static const struct pair pairs[] = {
        {"HD1 1RL", "HD1 1RL"},
        {"hd11rl", "HD1 1RL"},
        {" hd1  1rl. ", "HD1 1RL"},
        {"W1A 1AA", "W1A 1AA"},
        {"SW1A1AA", "SW1A 1AA"},
        {"M1 1AE", "M1 1AE"},
        {"B33 8TH", "B33 8TH"},
        {"DN55 1PT", "DN55 1PT"},
        {"GIR 0AA", "GIR 0AA"},
        {"OX1 OAA", "OX1 0AA"},
        {"0X1 0AA", "OX1 0AA"},
        {"HD1 IRL", "HD1 1RL"},
        {"", ""},
        {"HD1", ""},
        {"12345", ""},
        {"HD1 1R", ""},
        {"ZZ99 3VZ", ""},
        {"ZZ993WZ", ""},
        {"unknown", ""},
        {"HD1 1RL HD1", ""},
        {"MKA 7NP", ""},
        {"A1B2C3D", ""},
        {"ABCDE", ""},
        {"D02 X285", ""},
    };

    (void)state;
    check(xf_normalise_postcode, pairs, COUNT(pairs));
}

static void telephones_have_one_form(void **state)
{
    static const struct pair pairs[] = {
        {"+447700900123", "+447700900123"},
        {"07700 900123", "+447700900123"},
        {"07700-900-123", "+447700900123"},
        {"+44 (0)7700 900123", "+447700900123"},
        {"+44 07700 900123", "+447700900123"},
        {"0044 7700 900123", "+447700900123"},
        {"447700900123", "+447700900123"},
        {"7700900123", "+447700900123"},
        {"tel: 07700 900123", "+447700900123"},
        {"01484 221000 ext 12", "+441484221000"},
        {"01484 221000 x12", "+441484221000"},
        {"(020) 7946 0958", "+442079460958"},
        {"016977 2345", "+44169772345"},
        {"+48 601 234 567", "+48601234567"},
        {"00923001234568", "+923001234568"},
        {"+1 202-555-0143", "+12025550143"},
        {"", ""},
        {"none", ""},
        {"0", ""},
        {"101", ""},
        {"999", ""},
        {"221000", ""},
        {"00000000000", ""},
        {"07000000000", ""},
        {"07777777777", ""},
        {"01234567890", ""},
        {"07123456789", ""},
        {"+4477009001234567", ""},
        {"0770090012", "+44770090012"},
        {"077009001234", ""},
        {"07700900123 / 07700900124", ""},
        {"+", ""},
        {"+44", ""},
        {"+44 (0)", ""},
        {"11111111", ""},
    };

    (void)state;
    check(xf_normalise_phone, pairs, COUNT(pairs));
}

static void mail_addresses_have_one_form(void **state)
{
    static const struct pair pairs[] = {
        {" Mina.H@Example.ORG ", "mina.h@example.org"},
        {"mailto:a@b.uk", "a@b.uk"},
        {"a@googlemail.com", "a@gmail.com"},
        {"a@gmail.com.", "a@gmail.com"},
        {"@b.uk", ""},
        {"a@", ""},
        {"a", ""},
        {"", ""},
        {"a@b@c", ""},
        {"a b@c.uk", ""},
        {"none@none.com", ""},
        {"noemail@nhs.net", ""},
        {"unknown@x.uk", ""},
        {"@", ""},
    };
    char text[700], out[XF_NORMAL_TEXT];

    (void)state;
    check(xf_normalise_email, pairs, COUNT(pairs));
    memset(text, 'a', sizeof(text));
    memcpy(text + 600, "@b.uk", 6);
    assert_int_equal(xf_normalise_email(text, out), 0);
}

static void plates_have_one_form_and_a_class(void **state)
{
    static const struct {
        const char *text, *plate;
        enum xf_plate_class class;
    } cases[] = {
        {"YD12 KLM", "YD12KLM", XF_PLATE_CURRENT},
        {"yd12-klm", "YD12KLM", XF_PLATE_CURRENT},
        {"P123 ABC", "P123ABC", XF_PLATE_PREFIX},
        {"A1 BCD", "A1BCD", XF_PLATE_PREFIX},
        {"Q123 ABC", "Q123ABC", XF_PLATE_Q},
        {"ABC 123D", "ABC123D", XF_PLATE_SUFFIX},
        {"AIG 1234", "AIG1234", XF_PLATE_NORTHERN_IRELAND},
        {"ABZ 12", "ABZ12", XF_PLATE_NORTHERN_IRELAND},
        {"1234 AZ", "1234AZ", XF_PLATE_NORTHERN_IRELAND},
        {"AB 1234", "AB1234", XF_PLATE_DATELESS},
        {"1 A", "1A", XF_PLATE_DATELESS},
        {"123 D 456", "123D456", XF_PLATE_DIPLOMATIC},
        {"YD12", "YD12", XF_PLATE_DATELESS},
        {"KR 6L7M2", "KR6L7M2", XF_PLATE_OTHER},
        {"I123 ABC", "I123ABC", XF_PLATE_OTHER},
        {"12345", "12345", XF_PLATE_OTHER},
        {"A1B2C3D4E", "A1B2C3D4E", XF_PLATE_OTHER},
    };
    static const struct pair none[] = {{"", ""},     {"unknown", ""}, {"N/A", ""},      {"TBC", ""},
                                       {"XXXX", ""}, {"0000", ""},    {"no plate", ""}, {"\xC3\xA9", ""}};
    char out[XF_NORMAL_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        xf_normalise_plate(cases[i].text, out);
        assert_string_equal(out, cases[i].plate);
        if (xf_plate_classify(out) != cases[i].class)
            fail_msg("%s is of class %d, not %d", out, xf_plate_classify(out), cases[i].class);
    }
    check(xf_normalise_plate, none, COUNT(none));
    assert_int_equal(xf_plate_classify(""), XF_PLATE_OTHER);
    assert_int_equal(xf_plate_fold("YO12 BISZ", out), 9);
    assert_string_equal(out, "Y012 8152");
    assert_int_equal(xf_plate_fold("", out), 0);
}

/* Whatever comes, the output is a C string within its bounds. */
static void random_bytes_break_nothing(void **state)
{
    static normaliser *const all[] = {xf_normalise_name,  xf_normalise_text,  xf_normalise_postcode,
                                      xf_normalise_phone, xf_normalise_email, xf_normalise_plate};
    uint32_t seed = 11;

    (void)state;
    for (int i = 0; i < 40000; i++) {
        char text[600], out[XF_NORMAL_TEXT], again[XF_NORMAL_TEXT];
        size_t length = i % 50 == 0 ? 599 : (size_t)(i % 40);

        for (size_t k = 0; k < length; k++) {
            seed = seed * 1664525u + 1013904223u;
            text[k] = (char)(i & 1 ? " +0129aZ@-.'/&,#x"[(seed >> 9) % 17] : (char)(1 + (seed >> 9) % 255));
        }
        text[length] = '\0';
        for (size_t k = 0; k < COUNT(all); k++) {
            size_t got = all[k](text, out);

            assert_true(got < XF_NORMAL_TEXT);
            assert_int_equal(strlen(out), got);
            if (k >= 2 || !got)
                continue;
            all[k](out, again);
            if (k == 1)
                assert_string_equal(again, out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_folded),
        cmocka_unit_test(placeholders_become_nothing),
        cmocka_unit_test(texts_keep_digits_and_ampersands),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(postcodes_have_one_form),
        cmocka_unit_test(telephones_have_one_form),
        cmocka_unit_test(mail_addresses_have_one_form),
        cmocka_unit_test(plates_have_one_form_and_a_class),
        cmocka_unit_test(random_bytes_break_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
