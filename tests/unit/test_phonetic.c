/* SPDX-License-Identifier: Apache-2.0 */
/* Spellings of one name that must meet under one key, names that must not, and the nickname table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/normalise.h"

static void spellings_of_one_name_meet(void **state)
{
    static const char *const cases[][8] = {
        {"mohammed", "muhammad", "mohamad", "mohamed", "muhammed", "mahomed"},
        {"hussain", "hussein", "husain", "hossain", "husayn"},
        {"shaikh", "sheikh", "shaik", "sheik"},
        {"ahmed", "ahmad", "achmed"},
        {"mahmood", "mahmud", "mehmood", "mahmoud"},
        {"chaudhry", "choudhury", "chowdhury", "chaudhary"},
        {"siddiqui", "siddiqi", "siddique"},
        {"qureshi", "kureshi", "quraishi"},
        {"khadija", "khadeeja", "kadijah"},
        {"yusuf", "yousuf", "youssef", "yusef"},
        {"ayesha", "aisha", "aysha"},
        {"rehman", "rahman"},
        {"umar", "omar", "omer"},
        {"zainab", "zaynab", "zeinab"},
        {"abdul rahman", "abdulrahman", "abdul rehman"},
        {"singh", "sing"},
        {"sandhu", "sandu"},
        {"bhatti", "batti"},
        {"ghulam", "gulam"},
        {"kowalski", "kowalsky", "kovalski", "kowalska"},
        {"szymon", "shimon"},
        {"agnieszka", "agneshka"},
        {"muhammad ali", "mohammed ali"},
        {"petrovic", "petrovich"},
        {"lukasz", "lukash"},
        {"stephen", "steven", "stefan"},
        {"sean", "shaun", "shawn"},
        {"catherine", "katherine", "kathryn"},
        {"michael", "mikael", "micheal"},
        {"nicholas", "nicolas", "nikolas"},
        {"geoffrey", "jeffrey"},
        {"gillian", "jillian"},
        {"thompson", "thomson", "tomson"},
        {"smith", "smyth"},
        {"clark", "clarke"},
        {"macdonald", "mcdonald"},
        {"macintyre", "mcintyre"},
        {"mackenzie", "mckenzie"},
        {"siobhan", "shivaun"},
        {"niamh", "neve"},
        {"leigh", "lee"},
        {"ashleigh", "ashley"},
        {"wright", "right"},
        {"knight", "night"},
        {"rachel", "rachael"},
        {"roger", "rodger"},
        {"sonja", "sonya"},
        {"dwayne", "duane"},
        {"philip", "phillip", "filip"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char first[12], other[12];

        assert_true(xf_phonetic_key(cases[i][0], first) > 0);
        for (size_t k = 1; k < 8 && cases[i][k]; k++) {
            xf_phonetic_key(cases[i][k], other);
            if (strcmp(first, other) != 0)
                fail_msg("%s is %s, %s is %s", cases[i][0], first, cases[i][k], other);
        }
    }
}

static void other_names_do_not_meet(void **state)
{
    static const char *const cases[][2] = {
        {"hussain", "hassan"}, {"mohammed", "mahmood"}, {"ahmed", "amit"},    {"patel", "bedell"},
        {"khan", "ghani"},     {"ali", "alan"},         {"smith", "smart"},   {"jones", "janson"},
        {"brown", "braden"},   {"singh", "sinha"},      {"begum", "bagshaw"}, {"kowalski", "koslowski"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char a[12], b[12];

        xf_phonetic_key(cases[i][0], a);
        xf_phonetic_key(cases[i][1], b);
        if (strcmp(a, b) == 0)
            fail_msg("%s and %s are both %s", cases[i][0], cases[i][1], a);
    }
}

static void keys_are_short_letters_whatever_comes(void **state)
{
    static const char *const cases[] = {"",
                                        " ",
                                        "a",
                                        "h",
                                        "mh",
                                        "w",
                                        "x",
                                        "sch",
                                        "gh",
                                        "c",
                                        "mac",
                                        "mc",
                                        "sea",
                                        "sean",
                                        "\xD0\xB8\xD0\xB2\xD0\xB0\xD0\xBD",
                                        "wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe",
                                        "bcdfghjklmnpqrstvwxz"};
    char letters[] = "abcdefghijklmnopqrstuvwxyz ";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char key[12];
        size_t length = xf_phonetic_key(cases[i], key);

        assert_true(length <= 8);
        assert_int_equal(strlen(key), length);
        assert_int_equal(strspn(key, "ABDFGHJKLMNPRSTWXY"), length);
    }
    for (uint32_t i = 0, seed = 7; i < 200000; i++) {
        char name[16], key[12];
        size_t length = i % 15;

        for (size_t k = 0; k < length; k++) {
            seed = seed * 1664525u + 1013904223u;
            name[k] = letters[(seed >> 8) % 27];
        }
        name[length] = '\0';
        length = xf_phonetic_key(name, key);
        assert_true(length <= 8 && strlen(key) == length && strspn(key, "ABDFGHJKLMNPRSTWXY") == length);
    }
}

static void nicknames_lead_to_their_name(void **state)
{
    static const char *const cases[][2] = {
        {"bill", "william"},
        {"billy", "william"},
        {"bob", "robert"},
        {"dick", "richard"},
        {"peggy", "margaret"},
        {"liz", "elizabeth"},
        {"mo", "mohammed"},
        {"mohd", "mohammed"},
        {"muhammad", "mohammed"},
        {"kasia", "catherine"},
        {"tony", "anthony"},
        {"jim", "james"},
        {"zulfi", "zulfiqar"},
        {"ayesha", "aisha"},
        {"zosia", "zofia"},
        {"aamina", "amina"},
        {"zoey", "zoe"},
        {"kate", "catherine"},
        {"nick", "nicholas"},
        {"harry", "henry"},
        {"william", "william"},
        {"nobody", "nobody"},
        {"", ""},
        {"zzz", "zzz"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(xf_nickname_canonical(cases[i][0]), cases[i][1]);
        assert_string_equal(xf_nickname_canonical(cases[i][1]), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_name_meet),
        cmocka_unit_test(other_names_do_not_meet),
        cmocka_unit_test(keys_are_short_letters_whatever_comes),
        cmocka_unit_test(nicknames_lead_to_their_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
