/* SPDX-License-Identifier: Apache-2.0 */
/* British addresses as agencies write them, with and without commas; texts that are no address; and nonsense, which must not break
 * anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/normalise.h"

struct address_case {
    const char *text;
    const char *flat, *house, *building, *street, *rest, *postcode;
};

static const struct address_case cases[] = {
    {"12 Northgate", "", "12", "", "northgate", "", ""},
    {"Flat 2, 14 Manningham Lane, Bradford, BD1 3EN", "2", "14", "", "manningham lane", "bradford", "BD1 3EN"},
    {"FLAT B 153 WEXFORD ROAD LONDON", "b", "153", "", "wexford road", "london", ""},
    {"First Floor Flat 21 Pepperpot Rd London W11 1AA", "first floor", "21", "", "pepperpot road", "london", "W11 1AA"},
    {"FLAT A FIRST AND SECOND FLOORS 21 PEPPERPOT ROAD LONDON", "a", "21", "", "pepperpot road", "london", ""},
    {"Flat A, Ground Floor, 12 The Avenue", "a", "12", "", "the avenue", "", ""},
    {"Ground Floor Flat, 12 High St", "ground floor", "12", "", "high street", "", ""},
    {"GFF 12 High St, Otley", "ground floor", "12", "", "high street", "otley", ""},
    {"BASEMENT FLAT 45 BAKER STREET", "basement", "45", "", "baker street", "", ""},
    {"45 Baker Street, Basement Flat", "basement", "45", "", "baker street", "", ""},
    {"Lower Ground Floor, 7 Mill Ave.", "lower ground floor", "7", "", "mill avenue", "", ""},
    {"2b St John's Rd, Huddersfield HD1 5DX", "", "2b", "", "st johns road", "huddersfield", "HD1 5DX"},
    {"14a-16 St. Marys St Huddersfield", "", "14a-16", "", "st marys street", "huddersfield", ""},
    {"21 - 29 Dooley Road", "", "21-29", "", "dooley road", "", ""},
    {"3 & 5 High Street", "", "3-5", "", "high street", "", ""},
    {"12 A High Street", "", "12a", "", "high street", "", ""},
    {"No. 12 Westgate", "", "12", "", "westgate", "", ""},
    {"12\xC2\xBD High Street", "", "12 and a half", "", "high street", "", ""},
    {"144 & A HALF PIPER ROAD LONDON", "", "144 and a half", "", "piper road", "london", ""},
    {"1/2 15 Gardner Street, Glasgow G11 5DF", "1/2", "15", "", "gardner street", "glasgow", "G11 5DF"},
    {"Flat 4 Ashton Court, Mill Road, Leeds", "4", "", "ashton court", "mill road", "leeds", ""},
    {"4 Ashton House, Mill Rd, Leeds, LS1 4AP, UK", "4", "", "ashton house", "mill road", "leeds", "LS1 4AP"},
    {"Flat 2 - Ashton House - 14 Mill Lane", "2", "14", "ashton house", "mill lane", "", ""},
    {"ZEBRA HOUSE 25 FLAT 45 GOVERNMENT ROAD ST ALBANS ST ALBANS", "45", "25", "zebra house", "government road", "st albans", ""},
    {"FLAT 74 HIGH STREET NEWPORT", "", "74", "", "high street", "newport", ""},
    {"UNIT 7B CLOCKHOUSE FARM CAVENDISH LANE GLEMSFORD", "7b", "", "clockhouse farm", "cavendish lane", "glemsford", ""},
    {"7A EASTGATE CENTRE SOUTHERNHAY BASILDON ESSEX", "7a", "", "eastgate centre", "southernhay", "basildon essex", ""},
    {"FLAT 2 92-92A KINGSWAY BIRMINGHAM", "2", "92-92a", "", "kingsway", "birmingham", ""},
    {"Star Grill, 12 Northgate", "", "12", "star grill", "northgate", "", ""},
    {"ALDI FOODSTORE LTD, ALDI FOODSTORE LTD GIRLING STREET SUDBURY", "", "", "aldi foodstore limited", "girling street", "sudbury",
     ""},
    {"HEPWORTH HOUSE RESIDENTIAL HOME 1 ST GEORGES ROAD BEDFORD", "", "1", "hepworth house residential home", "st georges road",
     "bedford", ""},
    {"THE STREET GOSFIELD ESSEX, CO9 1ST", "", "", "", "the street", "gosfield essex", "CO9 1ST"},
    {"TIMBERS HOWE STREET FINCHINGFIELD", "", "", "timbers", "howe street", "finchingfield", ""},
    {"King Edward Road, Leeds", "", "", "", "king edward road", "leeds", ""},
    {"LOWER DUNTON ROAD DUNTON BASILDON", "", "", "", "lower dunton road", "dunton basildon", ""},
    {"Greenhead Park, Trinity Street", "", "", "greenhead park", "trinity street", "", ""},
    {"Park Lane, Huddersfield", "", "", "", "park lane", "huddersfield", ""},
    {"33 St Georges Sq", "", "33", "", "st georges square", "", ""},
    {"5 Dr Martin Luther King Way", "", "5", "", "dr martin luther king way", "", ""},
    {"Dr Smith\xE2\x80\x99s Surgery, 5 Mill Hill", "", "5", "dr smiths surgery", "mill hill", "", ""},
    {"8, CHURCH GARDENS, CAPFIELD, LYNN", "", "8", "", "church gardens", "capfield lynn", ""},
    {"FESTIVAL LEISURE PARK CRANES FARM ROAD BASILDON", "", "", "festival leisure park", "cranes farm road", "basildon", ""},
    {"12 BOREHAMGATE SHOPPING PRECINCT KING STREET SUDBURY", "12", "", "borehamgate shopping precinct", "king street", "sudbury",
     ""},
    {"CRANFIELD PARK SERVICE STATION CRANFIELD PARK ROAD WICKFORD", "", "", "cranfield park service station", "cranfield park road",
     "wickford", ""},
    {"HILLSIDE AVENUE SCHOOL HILLSIDE AVENUE THORPE", "", "", "hillside avenue school", "hillside avenue", "thorpe", ""},
    {"CROWN INN. CROWN INN HALL STREET LONG MELFORD", "", "", "crown inn", "hall street", "long melford", ""},
    {"1 DAME ALICE COURT 19 NEWNHAM STREET BEDFORD", "1", "19", "dame alice court", "newnham street", "bedford", ""},
    {"ST NICHOLAS BOWLING CLUB ST WITHBURGA LANE DEREHAM", "", "", "st nicholas bowling club", "st withburga lane", "dereham", ""},
    {"UNIT 8 - 1ST FLOOR WARNER INDUSTRIAL PARK WARNER WAY", "8", "", "warner industrial park", "warner way", "", ""},
    {"UNITS 2 TO 4 APPLEGATE CENTRE APPLEGATE MEWS", "2-4", "", "applegate centre", "applegate mews", "", ""},
    {"3 MANOR STREUT BRAINTREE", "", "3", "", "manor street", "braintree", ""},
    {"12 High Street North", "", "12", "", "high street north", "", ""},
    {"11 WEST STREET WAVHAM-BY-SEA WAVHAM-BY-SEA", "", "11", "", "west street", "wavham by sea", ""},
    {"\xC5\x81\xC3\xB3\x64\xC5\xBA House, 7 Gr\xC3\xB6\xC3\x9F\x65 Str", "", "7", "lodz house", "grosse street", "", ""},
    {"12\nNorthgate\nHuddersfield\nHD1 1RL", "", "12", "", "northgate", "huddersfield", "HD1 1RL"},
    {"hd11rl", "", "", "", "", "", "HD1 1RL"},
    {"No Fixed Abode", "", "", "", "", "", ""},
    {"N/A", "", "", "", "", "", ""},
    {"unknown", "", "", "", "", "", ""},
    {" , ,", "", "", "", "", "", ""},
    {"", "", "", "", "", "", ""},
};

static void part_is(const char *text, const char *part, const char *got, const char *expected)
{
    if (strcmp(got, expected) != 0)
        fail_msg("%s: %s is \"%s\", not \"%s\"", text, part, got, expected);
}

static void addresses_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct address_case *want = &cases[i];
        struct xf_address got;

        xf_normalise_address(want->text, &got);
        part_is(want->text, "flat", got.flat, want->flat);
        part_is(want->text, "house", got.house, want->house);
        part_is(want->text, "building", got.building, want->building);
        part_is(want->text, "street", got.street, want->street);
        part_is(want->text, "rest", got.rest, want->rest);
        part_is(want->text, "postcode", got.postcode, want->postcode);
    }
}

static void storeys_are_all_kept(void **state)
{
    static const struct {
        const char *text, *flat, *storeys;
    } storeys[] = {
        {"FLAT A FIRST AND SECOND FLOORS 21 PEPPERPOT ROAD", "a", "first and second floor"},
        {"Lower Ground Floor Flat, 7 Mill Ave", "lower ground floor", "lower ground floor"},
        {"BASEMENT FLAT 45 BAKER STREET", "basement", "basement"},
        {"1st Floor, Flat 3, 45 Baker Street", "3", "first floor"},
        {"Flat 3, 45 Baker Street", "3", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(storeys) / sizeof(storeys[0]); i++) {
        struct xf_address got;

        xf_normalise_address(storeys[i].text, &got);
        part_is(storeys[i].text, "flat", got.flat, storeys[i].flat);
        part_is(storeys[i].text, "storeys", got.storeys, storeys[i].storeys);
    }
}

static void one_house_is_one_however_it_is_written(void **state)
{
    static const char *const same[] = {"14 Manningham Lane Bradford BD1 3EN", "14, MANNINGHAM LN., BRADFORD, bd13en",
                                       "No 14 Manningham La\xC3\xB1\x65 Bradford BD1 3EN",
                                       "14 Manningham\xC2\xA0Lane, Bradford, England BD1 3EN"};
    struct xf_address first, other;

    (void)state;
    xf_normalise_address(same[0], &first);
    for (size_t i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
        xf_normalise_address(same[i], &other);
        assert_memory_equal(&first, &other, sizeof(first));
    }
}

static bool ends_within(const char *part, size_t size)
{
    return memchr(part, '\0', size) != NULL;
}

static void nonsense_breaks_nothing(void **state)
{
    static const char *const words[] = {"12",
                                        "12a",
                                        "flat",
                                        "unit",
                                        "floor",
                                        "first",
                                        "ground",
                                        "st",
                                        "street",
                                        "park",
                                        "court",
                                        "house",
                                        "the",
                                        "and",
                                        "a",
                                        "half",
                                        "-",
                                        "/",
                                        ",",
                                        "no",
                                        "hd1",
                                        "1rl",
                                        "uk",
                                        "united",
                                        "kingdom",
                                        "north",
                                        "lower",
                                        "basement",
                                        "x",
                                        "99999999999999999999999999999999999999999999",
                                        "pneumonoultramicroscopicsilicovolcanoconiosis-on-sea",
                                        "1/2",
                                        "13-14",
                                        "gff",
                                        "\xC3\xA9",
                                        "\xFF",
                                        "&"};
    uint32_t seed = 42;

    (void)state;
    for (int i = 0; i < 30000; i++) {
        char text[4096];
        size_t length = 0;
        int count = i % 400 == 0 ? 300 : i % 14;
        struct xf_address got;

        text[0] = '\0';
        for (int k = 0; k < count && length < sizeof(text) - 80; k++) {
            seed = seed * 1664525u + 1013904223u;
            length += (size_t)sprintf(text + length, "%s%s", words[(seed >> 8) % (sizeof(words) / sizeof(words[0]))],
                                      seed >> 30 ? " " : "");
        }
        xf_normalise_address(text, &got);
        assert_true(ends_within(got.flat, sizeof(got.flat)) && ends_within(got.house, sizeof(got.house)) &&
                    ends_within(got.building, sizeof(got.building)) && ends_within(got.street, sizeof(got.street)) &&
                    ends_within(got.rest, sizeof(got.rest)) && ends_within(got.postcode, sizeof(got.postcode)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(storeys_are_all_kept),
        cmocka_unit_test(one_house_is_one_however_it_is_written),
        cmocka_unit_test(nonsense_breaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
