/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the contract's example record and of its awkward relatives. Expected values are written one a line as they stand
 * in the mention: field group[!] [qualifier:]text, ! for weak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/mention.h"

#define AT INT64_C(1795210800000000) /* 2026-11-20T21:40:00Z */

static const char *field_name(unsigned field)
{
    static const char *const names[XF_FIELDS] = {
        [XF_FIELD_GIVEN] = "given",
        [XF_FIELD_FAMILY] = "family",
        [XF_FIELD_FULL_NAME] = "full",
        [XF_FIELD_BIRTH_DATE] = "born",
        [XF_FIELD_SEX] = "sex",
        [XF_FIELD_ID] = "id",
        [XF_FIELD_FLAT] = "flat",
        [XF_FIELD_HOUSE] = "house",
        [XF_FIELD_BUILDING] = "building",
        [XF_FIELD_STREET] = "street",
        [XF_FIELD_TOWN] = "town",
        [XF_FIELD_POSTCODE] = "postcode",
        [XF_FIELD_UPRN] = "uprn",
        [XF_FIELD_PHONE] = "phone",
        [XF_FIELD_EMAIL] = "email",
        [XF_FIELD_ACCOUNT] = "account",
        [XF_FIELD_NAME] = "name",
        [XF_FIELD_TYPE] = "type",
        [XF_FIELD_LAT] = "lat",
        [XF_FIELD_LON] = "lon",
        [XF_FIELD_VRM] = "vrm",
        [XF_FIELD_VIN] = "vin",
        [XF_FIELD_MAKE] = "make",
        [XF_FIELD_MODEL] = "model",
        [XF_FIELD_COLOUR] = "colour",
        [XF_FIELD_LICENCE_PLATE] = "plate",
        [XF_FIELD_ATTRIBUTE] = "attribute",
    };

    return names[field];
}

static const char *written(const struct xf_mention *mention, const struct xf_intern *symbols, char *out, size_t size)
{
    size_t length = 0;

    *out = '\0';
    for (int i = 0; i < mention->count; i++) {
        const struct xf_value *value = &mention->values[i];
        char number[16];
        bool is_number = value->field == XF_FIELD_BIRTH_DATE || value->field == XF_FIELD_LAT || value->field == XF_FIELD_LON;

        snprintf(number, sizeof(number), "%d", (int32_t)value->symbol);
        length += (size_t)snprintf(out + length, size - length, "%s %d%s %s%s%s\n", field_name(value->field), value->group,
                                   value->flags & XF_VALUE_WEAK ? "!" : "", xf_intern_text(symbols, value->qualifier),
                                   value->qualifier ? ":" : "", is_number ? number : xf_intern_text(symbols, value->symbol));
    }
    return out;
}

static void expect(const struct xf_record *record, enum xf_mention_kind kind, size_t index, const char *expected)
{
    struct xf_intern *symbols = xf_intern_create();
    struct xf_intern *other = xf_intern_create();
    static struct xf_mention mention, again;
    char text[8192], history[8192];
    uint32_t symbol;

    memset(&mention, 0xAA, sizeof(mention));
    assert_int_equal(xf_mention_of(record, kind, index, AT, symbols, &mention), XF_OK);
    assert_int_equal(mention.kind, kind);
    assert_string_equal(written(&mention, symbols, text, sizeof(text)), expected);
    /* Another history of the intern table changes no order. */
    for (int i = mention.count; i-- > 0;) {
        const struct xf_value *value = &mention.values[i];

        if (value->field != XF_FIELD_BIRTH_DATE && value->field != XF_FIELD_LAT && value->field != XF_FIELD_LON)
            assert_int_equal(xf_intern_puts(other, xf_intern_text(symbols, value->symbol), &symbol), XF_OK);
    }
    assert_int_equal(xf_mention_of(record, kind, index, AT, other, &again), XF_OK);
    assert_string_equal(written(&again, other, history, sizeof(history)), expected);
    xf_intern_destroy(symbols);
    xf_intern_destroy(other);
}

static void the_contract_s_example(void **state)
{
    struct xf_name amina[] = {
        {.given = "Amina", .family = "Hussain"}, {.given = "Mina", .type = "alias"}, {.given = "AMINA", .family = "Hussain"}};
    struct xf_name john[] = {{.given = "John", .family = "Smith"}};
    struct xf_identifier upn[] = {{"upn", "B801200005001"}};
    const char *phones[] = {"+447700900123", "07700 900123"};
    struct xf_account accounts[] = {{"Snapchat", "@Mina.H"}};
    const char *lines[] = {"12 Northgate"};
    struct xf_person persons[] = {
        {.ref = "p1",
         .role = "missing",
         .names = amina,
         .name_count = 3,
         .birth_date = 20110402,
         .sex = "F",
         .ids = upn,
         .id_count = 1,
         .phones = phones,
         .phone_count = 2,
         .accounts = accounts,
         .account_count = 1},
        {.ref = "p2", .role = "found_with", .names = john, .name_count = 1, .birth_date = 19840000},
    };
    struct xf_location locations[] = {{.ref = "l1",
                                       .role = "found_at",
                                       .type = "takeaway",
                                       .name = "Star Grill",
                                       .town = "Huddersfield",
                                       .postcode = "hd11rl",
                                       .uprn = "083151234",
                                       .lines = lines,
                                       .line_count = 1,
                                       .has_point = true,
                                       .lat_e7 = 536466000,
                                       .lon_e7 = -17829000}};
    struct xf_vehicle vehicles[] = {{.ref = "v1",
                                     .role = "found_in",
                                     .vrm = "YD12 KLM",
                                     .vin = "",
                                     .make = "Skoda",
                                     .model = "Octavia",
                                     .colour = "silver",
                                     .licence_plate_no = "HC 0412"}};
    struct xf_record record = {.persons = persons,
                               .person_count = 2,
                               .locations = locations,
                               .location_count = 1,
                               .vehicles = vehicles,
                               .vehicle_count = 1};

    (void)state;
    expect(
        &record, XF_PERSON, 0,
        "given 0 amina\ngiven 1 mina\nfamily 0 hussain\nborn 0 20110402\nsex 0 f\nid 0 upn:B801200005001\nphone 0 +447700900123\n"
        "account 0 snapchat:mina.h\n");
    expect(&record, XF_PERSON, 1, "given 0 john\nfamily 0 smith\nborn 0 19840000\n");
    expect(&record, XF_LOCATION, 0,
           "house 0 12\nstreet 0 northgate\ntown 0 huddersfield\npostcode 0 HD1 1RL\nuprn 0 83151234\nname 0 star grill\ntype 0 "
           "takeaway\n"
           "lat 0 536466000\nlon 0 -17829000\n");
    expect(&record, XF_VEHICLE, 0, "vrm 0 YD12KLM\nmake 0 skoda\nmodel 0 octavia\ncolour 0 silver\nplate 0 HC0412\n");
}

static void homes_come_with_the_person(void **state)
{
    const char *home_lines[] = {"Flat 2", "14 Mill Ln"};
    const char *other_lines[] = {"3 High Street"};
    struct xf_person persons[] = {{.role = "child"}, {.role = "reporter"}, {.role = "parent"}};
    struct xf_location locations[] = {
        {.role = "home", .lines = home_lines, .line_count = 2, .town = "Batley", .postcode = "WF17 5AA", .uprn = "1234"},
        {.role = "school", .name = "Mill School"},
        {.role = "other", .name = "Rose House", .lines = other_lines, .line_count = 1, .town = "Batley"},
    };
    struct xf_link links[] = {{{XF_LOCATION, 2}, {XF_PERSON, 2}, "tenant_of"},
                              {{XF_PERSON, 2}, {XF_LOCATION, 0}, "resides_at"},
                              {{XF_PERSON, 1}, {XF_LOCATION, 0}, "found_at"}};
    struct xf_record record = {
        .persons = persons, .person_count = 3, .locations = locations, .location_count = 3, .links = links, .link_count = 3};

    (void)state;
    expect(&record, XF_PERSON, 0, "flat 0 2\nhouse 0 14\nstreet 0 mill lane\ntown 0 batley\npostcode 0 WF17 5AA\nuprn 0 1234\n");
    expect(&record, XF_PERSON, 1, "");
    expect(&record, XF_PERSON, 2,
           "flat 0 2\nhouse 0 14\nhouse 1 3\nbuilding 1 rose house\nstreet 0 mill lane\nstreet 1 high street\ntown 0 batley\ntown "
           "1 batley\n"
           "postcode 0 WF17 5AA\nuprn 0 1234\n");
    record.link_count = 0;
    expect(&record, XF_PERSON, 2, "flat 0 2\nhouse 0 14\nstreet 0 mill lane\ntown 0 batley\npostcode 0 WF17 5AA\nuprn 0 1234\n");
    locations[0].role = NULL;
    expect(&record, XF_PERSON, 0, "");
}

static void names_in_one_piece_are_split(void **state)
{
    static const struct {
        const char *full, *expected;
    } cases[] = {
        {"Mr John Smith", "given 0 john\nfamily 0 smith\nfull 0 john smith\n"},
        {"SMITH, John Paul", "given 0 john paul\nfamily 0 smith\nfull 0 john paul smith\n"},
        {"Jan van der Berg", "given 0 jan\nfamily 0 van der berg\nfull 0 jan van der berg\n"},
        {"Al Hassan", "given 0 al\nfamily 0 hassan\nfull 0 al hassan\n"},
        {"Mina", "family 0 mina\nfull 0 mina\n"},
        {"Sean O Brien", "given 0 sean\nfamily 0 obrien\nfull 0 sean o brien\n"},
        {"unknown", ""},
        {", John", "given 0 john\nfull 0 john\n"},
        {",", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_name name = {.full = cases[i].full};
        struct xf_person person = {.names = &name, .name_count = 1};
        struct xf_record record = {.persons = &person, .person_count = 1};

        expect(&record, XF_PERSON, 0, cases[i].expected);
    }
    {
        struct xf_name name = {.given = "Niamh", .family = "Mc Donald", .full = "Somebody Else"};
        struct xf_person person = {.names = &name, .name_count = 1};
        struct xf_record record = {.persons = &person, .person_count = 1};

        expect(&record, XF_PERSON, 0, "given 0 niamh\nfamily 0 mcdonald\n");
    }
}

static void what_is_no_evidence_is_left_out_or_weak(void **state)
{
    struct xf_name names[] = {{.given = "Unknown", .family = "N/A"}, {.given = "Ali"}};
    struct xf_identifier ids[] = {{"nhs", "9434765871"},   {"nhs", "0000000000"}, {"NHS", "943 476 5870"}, {"nhs", "9434765870"},
                                  {"passport", "unknown"}, {"pnc", "26/1"},       {"pnc", "02/73319Z"},    {"", "x1"}};
    const char *phones[] = {"07000000000", "n/a"};
    const char *emails[] = {"none@none.com", "A@B.uk"};
    struct xf_account accounts[] = {{"insta", "n/a"}, {"IG", "https://instagram.com/Mina_H"}, {"instagram", "@"}};
    struct xf_person person = {.names = names,
                               .name_count = 2,
                               .birth_date = 19000101,
                               .sex = "U",
                               .ids = ids,
                               .id_count = 8,
                               .phones = phones,
                               .phone_count = 2,
                               .emails = emails,
                               .email_count = 2,
                               .accounts = accounts,
                               .account_count = 3};
    struct xf_location locations[] = {
        {.type = "other", .name = "TBC", .town = "Unknown", .postcode = "ZZ99 3VZ", .uprn = "0", .has_point = true},
        {.postcode = "HD1", .uprn = "U12"},
        {.postcode = "4011"},
    };
    struct xf_vehicle vehicles[] = {{.vrm = "YD12*", .vin = "short", .make = "VW", .colour = "Gray"},
                                    {.vrm = "unknown", .vin = "WVWZZZ1JZXW000001"}};
    struct xf_record record = {.persons = &person,
                               .person_count = 1,
                               .locations = locations,
                               .location_count = 3,
                               .vehicles = vehicles,
                               .vehicle_count = 2};

    (void)state;
    expect(&record, XF_PERSON, 0,
           "given 0 ali\nid 0 nhs:9434765870\nid 0! nhs:9434765871\nid 0 pnc:2002/0073319Z\nid 0! pnc:26/1\nemail 0 a@b.uk\n"
           "account 0 instagram:mina_h\n");
    expect(&record, XF_LOCATION, 0, "");
    expect(&record, XF_LOCATION, 1, "uprn 0! U12\n");
    expect(&record, XF_LOCATION, 2, "postcode 0 4011\n");
    expect(&record, XF_VEHICLE, 0, "vrm 0! YD12*\nvin 0! SHORT\nmake 0 volkswagen\ncolour 0 grey\n");
    expect(&record, XF_VEHICLE, 1, "vin 0 WVWZZZ1JZXW000001\n");
}

static void addresses_come_from_lines_name_and_town(void **state)
{
    static const struct {
        const char *name, *lines[4], *town, *postcode, *expected;
    } cases[] = {
        {NULL,
         {"Star Grill, 12 Northgate, Huddersfield, HD1 1RL"},
         NULL,
         NULL,
         "house 0 12\nbuilding 0 star grill\nstreet 0 northgate\ntown 0 huddersfield\npostcode 0 HD1 1RL\n"},
        {"Star Grill",
         {"Star Grill", "12 Northgate"},
         "Huddersfield",
         "HD1 1RL",
         "house 0 12\nstreet 0 northgate\ntown 0 huddersfield\npostcode 0 HD1 1RL\nname 0 star grill\n"},
        {NULL,
         {"FLAT A FIRST AND SECOND FLOORS 21 PEPPERPOT ROAD LONDON"},
         NULL,
         "MKA 7NP",
         "flat 0 a first and second floor\nhouse 0 21\nstreet 0 pepperpot road\ntown 0 london\npostcode 0! MKA 7NP\n"},
        {NULL, {"BASEMENT FLAT 45 BAKER STREET"}, NULL, "BASE", "flat 0 basement\nhouse 0 45\nstreet 0 baker street\n"},
        {"Greenhead Park", {NULL}, "Huddersfield", NULL, "town 0 huddersfield\nname 0 greenhead park\n"},
        {NULL, {"Leeds Dock"}, "Leeds", NULL, "building 0 leeds dock\ntown 0 leeds\n"},
        {NULL, {"No fixed abode"}, NULL, NULL, ""},
        {NULL, {"", "", ""}, "", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *lines[4];
        struct xf_location location = {.name = cases[i].name, .lines = lines, .town = cases[i].town, .postcode = cases[i].postcode};
        struct xf_record record = {.locations = &location, .location_count = 1};

        while (location.line_count < 4 && cases[i].lines[location.line_count]) {
            lines[location.line_count] = cases[i].lines[location.line_count];
            location.line_count++;
        }
        expect(&record, XF_LOCATION, 0, cases[i].expected);
    }
}

static void a_full_mention_leaves_the_rest_out(void **state)
{
    const char *phones[200];
    char texts[200][16];
    struct xf_person person = {.phones = phones, .phone_count = 200};
    struct xf_record record = {.persons = &person, .person_count = 1};
    struct xf_intern *symbols = xf_intern_create();
    static struct xf_mention mention;

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(texts[i], sizeof(texts[i]), "+4477009%05d", 199 - i);
        phones[i] = texts[i];
    }
    assert_int_equal(xf_mention_of(&record, XF_PERSON, 0, AT, symbols, &mention), XF_OK);
    assert_int_equal(mention.count, XF_MENTION_VALUES_MAX);
    for (int i = 1; i < mention.count; i++)
        assert_true(
            strcmp(xf_intern_text(symbols, mention.values[i - 1].symbol), xf_intern_text(symbols, mention.values[i].symbol)) < 0);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_EMAIL, 0, 0, NULL, "a@b.uk"), XF_ELIMIT);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_EMAIL, 0, 0, NULL, NULL), XF_OK);
    assert_int_equal(xf_mention_add_number(&mention, XF_FIELD_BIRTH_DATE, 0, 0, 20110402), XF_ELIMIT);
    xf_intern_destroy(symbols);
}

static void sealing_sorts_and_drops_doubles(void **state)
{
    struct xf_intern *symbols = xf_intern_create();
    struct xf_mention mention = {.kind = XF_PERSON};
    char text[512];

    (void)state;
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_ATTRIBUTE, 0, 0, "hair", "red"), XF_OK);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_ATTRIBUTE, 0, 0, "eyes", "zinc"), XF_OK);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_ATTRIBUTE, 0, XF_VALUE_WEAK, "eyes", "zinc"), XF_OK);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_GIVEN, 1, 0, NULL, "b"), XF_OK);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_GIVEN, 0, 0, NULL, "c"), XF_OK);
    assert_int_equal(xf_mention_add(&mention, symbols, XF_FIELD_GIVEN, 1, 0, NULL, "a"), XF_OK);
    assert_int_equal(xf_mention_add_number(&mention, XF_FIELD_BIRTH_DATE, 0, 0, 20110402), XF_OK);
    assert_int_equal(xf_mention_add_number(&mention, XF_FIELD_BIRTH_DATE, 0, 0, 19840000), XF_OK);
    xf_mention_seal(&mention, symbols);
    assert_string_equal(
        written(&mention, symbols, text, sizeof(text)),
        "given 0 c\ngiven 1 a\ngiven 1 b\nborn 0 19840000\nborn 0 20110402\nattribute 0 eyes:zinc\nattribute 0 hair:red\n");
    xf_intern_destroy(symbols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_contract_s_example),
        cmocka_unit_test(homes_come_with_the_person),
        cmocka_unit_test(names_in_one_piece_are_split),
        cmocka_unit_test(what_is_no_evidence_is_left_out_or_weak),
        cmocka_unit_test(addresses_come_from_lines_name_and_town),
        cmocka_unit_test(a_full_mention_leaves_the_rest_out),
        cmocka_unit_test(sealing_sorts_and_drops_doubles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
