/* SPDX-License-Identifier: Apache-2.0 */
/* CSV mappings: which load and why others do not, what rows become, and the shipped mappings, whose rows must be records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/record.h"
#include "files.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct xf_mapping *mapping_of(const char *text)
{
    struct xf_mapping *mapping = NULL;
    struct xf_error error = {0};

    if (xf_mapping_parse(text, strlen(text), &mapping, &error) != XF_OK)
        fail_msg("%s", error.text);
    return mapping;
}

struct rows {
    char text[4096];
    unsigned stop_at;
};

/* Each row as LINE<JSON> or LINE!POINTER:TEXT!. */
static int take_row(void *context, unsigned line, const char *json, size_t length, const struct xf_error *error)
{
    struct rows *rows = context;
    size_t used = strlen(rows->text);

    if (json)
        snprintf(rows->text + used, sizeof(rows->text) - used, "%u<%.*s>", line, (int)length, json);
    else
        snprintf(rows->text + used, sizeof(rows->text) - used, "%u!%s:%s!", line, error->pointer, error->text);
    return rows->stop_at == line ? 42 : 0;
}

static int read_csv(const struct xf_mapping *mapping, const char *csv, struct rows *rows, struct xf_error *error)
{
    size_t length = strlen(csv);
    char *copy = malloc(length ? length : 1);
    int rc;

    memcpy(copy, csv, length);
    rc = xf_csv_read(copy, length, mapping, take_row, rows, error);
    free(copy);
    return rc;
}

#define START "{\"set\":{\"/kind\":\"other\"},\"columns\":{\"/id\":\"Id\",\"/occurred_at\":\"When\""
#define BARE START "}}"
#define ABSENCE "{\"set\":{\"/kind\":\"absence\""
#define KEY "\"/id\":\"Id\",\"/occurred_at\":\"When\""

static void test_mappings_that_load(void **state)
{
    static const char *const texts[] = {
        BARE,
        "[" BARE "," BARE "]",
        START ",\"/persons/3/names/1/given\":\"G\",\"/persons/3/names/0/given\":\"H\",\"/persons/0/"
              "phones\":{\"from\":\"P\",\"split\":\",\"}},"
              "\"about\":\"x\",\"delimiter\":\";\",\"optional\":[\"G\"],\"ignore\":[\"*\",\"Q\"]}",
        ABSENCE ",\"/conditions\":[\"A1\"],\"/version\":3},\"columns\":{" KEY ",\"/details/reason\":\"R\"}}",
        ABSENCE ",\"/locations/0/lat\":1.5,\"/persons/0/phones/0\":\"1\"},\"columns\":{" KEY "}}",
        "{\"columns\":{\"/kind\":\"K\"," KEY ",\"/details/offence\":\"O\",\"/details/reason\":\"R\"}}",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++)
        xf_mapping_destroy(mapping_of(texts[i]));
    xf_mapping_destroy(NULL);
}

static void test_mappings_that_do_not_load(void **state)
{
    static const struct {
        const char *text, *fragment;
    } cases[] = {
        {"", "expected"},
        {"[]", "at least one layout"},
        {"{}", "columns"},
        {"[" BARE ",{}]", "columns"},
        {"[" BARE "," START "},\"delimiter\":\";\"}]", "same delimiter"},
        {START "},\"colums\":{}}", "colums"},
        {"{\"columns\":[]}", "objects"},
        {"{\"set\":{\"/kind\":\"x\"},\"columns\":{\"/id\":\"Id\"}}", "needs /occurred_at"},
        {START ",\"/persons/0/nmaes/0/given\":\"G\"}}", "no such member"},
        {START ",\"persons\":\"G\"}}", "no such member"},
        {START ",\"\":\"G\"}}", "no such member"},
        {START ",\"/persons\":\"G\"}}", "no single value"},
        {START ",\"/persons/x/ref\":\"G\"}}", "index"},
        {START ",\"/persons/64/ref\":\"G\"}}", "index"},
        {START ",\"/persons/00/ref\":\"G\"}}", "index"},
        {START ",\"/summary/0\":\"G\"}}", "index"},
        {START ",\"/persons/0\":\"G\"}}", "no such member"},
        {START ",\"/persons/0/phones/0/x\":\"G\"}}", "no single value"},
        {START ",\"/links/0/from\":\"G\"}}", "no such member"},
        {START ",\"/details/offence\":\"G\"}}", "no such member"},
        {START ",\"/kind\":\"K\"}}", "given already"},
        {START ",\"/persons/0/phones\":{\"from\":\"P\",\"split\":\";\"},\"/persons/0/phones/0\":\"Q\"}}", "given already"},
        {START ",\"/persons/0/phones/0\":\"Q\",\"/persons/0/phones\":{\"from\":\"P\",\"split\":\";\"}}}", "given already"},
        {START ",\"/persons/0/phones\":\"P\"}}", "split"},
        {START ",\"/summary\":{\"from\":\"P\",\"split\":\";\"}}}", "split"},
        {START ",\"/summary\":{\"from\":\"P\",\"splt\":\";\"}}}", "splt"},
        {START ",\"/summary\":{\"from\":[]}}}", "from must be"},
        {START ",\"/summary\":{\"from\":[\"a\",3]}}}", "from must be"},
        {START ",\"/summary\":5}}", "from must be"},
        {START ",\"/summary\":{\"from\":\"P\",\"date\":\"DD/MM/YYYY\"}}}", "date belongs to a date"},
        {START ",\"/until\":{\"from\":\"P\",\"date\":\"DD/MM/YYYY\"}}}", "date belongs to a date"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":\"DD/MM/YY\"}}}", "a format is made of"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":\"MM/YYYY\"}}}", "a format is made of"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":\"DD/MM/YYYY=25:00\"}}}", "a format is made of"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":\"DD/MM/YYYY hh=09:00\"}}}", "a format is made of"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":\"DD/DD/YYYY\"}}}", "a format is made of"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":[]}}}", "a format must be"},
        {START ",\"/until\":{\"from\":\"P\",\"time\":\"DD/MM/YYYY\",\"zone\":\"Europe/Paris\"}}}", "zone must be"},
        {START ",\"/summary\":{\"from\":\"P\",\"words\":{\"a\":1}}}}", "words must be"},
        {START "},\"delimiter\":\"::\"}", "delimiter"},
        {START "},\"optional\":[\"Nope\"]}", "fills nothing"},
        {START "},\"ignore\":[\"Id\"]}", "fills something"},
        {START "},\"links\":[{\"from\":\"p1\",\"to\":\"p2\",\"type\":\"knows\"}]}", "refs that set gives"},
        {START "},\"links\":[{\"from\":\"p1\",\"to\":\"p2\"}]}", "each must be"},
        {"{\"set\":{\"/version\":\"1\"},\"columns\":{}}", "not of this member's type"},
        {"{\"set\":{\"/kind\":{}},\"columns\":{}}", "not of this member's type"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct xf_mapping *mapping = NULL;
        struct xf_error error = {0};

        if (xf_mapping_parse(cases[i].text, strlen(cases[i].text), &mapping, &error) != XF_EINVAL)
            fail_msg("%s loads", cases[i].text);
        assert_null(mapping);
        if (!strstr(error.text, cases[i].fragment))
            fail_msg("%s: %s", cases[i].text, error.text);
    }
}

#define FULL                                                                                                                       \
    "{\"set\":{\"/kind\":\"other\",\"/persons/0/ref\":\"p1\",\"/persons/0/role\":\"tenant\",\"/persons/1/ref\":\"p2\",\"/"         \
    "locations/0/ref\":\"l1\"},"                                                                                                   \
    "\"columns\":{\"/id\":\"Id\",\"/occurred_at\":{\"from\":[\"Date\",\"Time\"],\"time\":[\"DD/MM/YYYY "                           \
    "hh:mm\",\"DD/MM/YYYY=12:00\"],"                                                                                               \
    "\"zone\":\"Europe/London\"},\"/persons/0/names/0/full\":\"Name\",\"/persons/1/names/0/full\":\"Other\","                      \
    "\"/persons/0/birth_date\":{\"from\":\"Born\",\"date\":[\"DD/MM/YYYY\",\"MM/YYYY\",\"YYYY\"]},"                                \
    "\"/persons/0/phones\":{\"from\":\"Phones\",\"split\":\"/\"},\"/locations/0/lat\":\"Lat\","                                    \
    "\"/locations/0/type\":{\"from\":\"Type\",\"words\":{\"House\":\"dwelling\",\"N/A\":\"\"}}},"                                  \
    "\"links\":[{\"from\":\"p1\",\"to\":\"p2\",\"type\":\"knows\"}],\"optional\":[\"Phones\",\"Lat\",\"Type\",\"Time\",\"Born\"]," \
    "\"ignore\":[\"Junk\"]}"
#define PERSON "{\"ref\":\"p1\",\"role\":\"tenant\","
#define WHEN "\"occurred_at\":\"2026-01-02T12:00:00Z\","

static void test_rows(void **state)
{
    static const struct {
        const char *csv, *rows;
    } cases[] = {
        {"Id,Date,Name,Other\r\n7,02/01/2026,A B,C D\r\n",
         "2<{\"kind\":\"other\",\"persons\":[" PERSON
         "\"names\":[{\"full\":\"A B\"}]},{\"ref\":\"p2\",\"names\":[{\"full\":\"C D\"}]}],\"id\":\"7\"," WHEN "X>"},
        /* nobody else: no second person, no link; unmapped parts vanish */
        {"\xEF\xBB\xBFname, id ,Junk,OTHER,date\nA B,7,x,,02/01/2026",
         "2<{\"kind\":\"other\",\"persons\":[" PERSON "\"names\":[{\"full\":\"A B\"}]}],\"id\":\"7\"," WHEN "Y>"},
        {"Id,Date,Name,Other\n,,,\n\n \n7,02/01/2026,,\n", "5<{\"kind\":\"other\",\"id\":\"7\"," WHEN "Y>"},
        /* a row's line is where it starts */
        {"Id,Date,Name,Other\n7,02/01/2026,\"A\n\nB\",\n8,02/01/2026,\"say \"\"x\\\"\"\",\n",
         "2<{\"kind\":\"other\",\"persons\":[" PERSON "\"names\":[{\"full\":\"A,,B\"}]}],\"id\":\"7\"," WHEN "Y>"
         "5<{\"kind\":\"other\",\"persons\":[" PERSON "\"names\":[{\"full\":\"say \\u0022x\\u005c\\u0022\"}]}],\"id\":\"8\"," WHEN
         "Y>"},
        {"Id,Date,Name,Other,Phones\n7,02/01/2026,,, 1 // 2\n",
         "2<{\"kind\":\"other\",\"persons\":[" PERSON "\"phones\":[\"1\",\"2\"]}],\"id\":\"7\"," WHEN "Y>"},
        {"Id,Date,Name,Other,Lat,Type\n7,02/01/2026,,,-53.5,house\n7,02/01/2026,,,,n/a\n7,02/01/2026,,,,Tent\n7,02/01/2026,,,x,\n",
         "2<{\"kind\":\"other\",\"locations\":[{\"ref\":\"l1\",\"lat\":-53.5,\"type\":\"dwelling\"}],\"id\":\"7\"," WHEN "Y>"
         "3<{\"kind\":\"other\",\"id\":\"7\"," WHEN "Y>"
         "4!/locations/0/type:column \"Type\" holds a word that the feed's mapping does not have!"
         "5!/locations/0/lat:column \"Lat\" does not hold a number!"},
        {"Id,Date,Name,Other,Born\n7,02/01/2026,,,2/4/2011\n7,02/01/2026,,,4/2011\n7,02/01/2026,,,2011\n7,02/01/2026,,,31/02/"
         "2011\n7,02/01/2026,,,soon\n",
         "2<{\"kind\":\"other\",\"persons\":[" PERSON "\"birth_date\":\"2011-04-02\"}],\"id\":\"7\"," WHEN "Y>"
         "3<{\"kind\":\"other\",\"persons\":[" PERSON "\"birth_date\":\"2011-04\"}],\"id\":\"7\"," WHEN "Y>"
         "4<{\"kind\":\"other\",\"persons\":[" PERSON "\"birth_date\":\"2011\"}],\"id\":\"7\"," WHEN "Y>"
         "5!/persons/0/birth_date:column \"Born\": the month has no such day!"
         "6!/persons/0/birth_date:column \"Born\" does not hold a date as DD/MM/YYYY!"},
        {"Id,Date,Name,Other\n7,02/01/2026,A\n8,02/01/2026,A,B,C\n",
         "2!:the row has 3 cells, the header 4!3!:the row has 5 cells, the header 4!"},
        {"Id,Date,Name,Other\r7,02/01/2026,,\r8,02/01/2026,,",
         "2<{\"kind\":\"other\",\"id\":\"7\"," WHEN "Y>3<{\"kind\":\"other\",\"id\":\"8\"," WHEN "Y>"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct xf_mapping *mapping = mapping_of(FULL);
        struct rows rows = {0};
        struct xf_error error = {0};
        char expected[4096] = "";

        /* In the expectations X stands for the link, Y for none: the comma before them goes too. */
        for (const char *at = cases[i].rows; *at; at++) {
            size_t used = strlen(expected);

            if (strncmp(at, ",X>", 3) == 0) {
                strcat(expected, ",\"links\":[{\"from\":\"p1\",\"to\":\"p2\",\"type\":\"knows\"}]}>");
                at += 2;
            } else if (strncmp(at, ",Y>", 3) == 0) {
                strcat(expected, "}>");
                at += 2;
            } else {
                expected[used] = *at;
                expected[used + 1] = '\0';
            }
        }
        if (read_csv(mapping, cases[i].csv, &rows, &error) != XF_OK)
            fail_msg("%s: %s", cases[i].csv, error.text);
        assert_string_equal(rows.text, expected);
        xf_mapping_destroy(mapping);
    }
}

/* British local times; the hour that does not exist and the one that comes twice too. */
static void test_local_times(void **state)
{
    static const struct {
        const char *local, *expected;
    } cases[] = {
        {"02/01/2026,12:00", "2026-01-02T12:00:00Z"},      {"02/07/2026,12:00", "2026-07-02T12:00:00+01:00"},
        {"29/03/2026,00:59", "2026-03-29T00:59:00Z"},      {"29/03/2026,02:00", "2026-03-29T02:00:00+01:00"},
        {"28/03/2026,23:59", "2026-03-28T23:59:00Z"},      {"30/03/2026,00:00", "2026-03-30T00:00:00+01:00"},
        {"25/10/2026,01:59", "2026-10-25T01:59:00+01:00"}, {"25/10/2026,02:00", "2026-10-25T02:00:00Z"},
        {"24/10/2026,23:00", "2026-10-24T23:00:00+01:00"}, {"26/10/2026,00:00", "2026-10-26T00:00:00Z"},
        {"31/10/2027,01:00", "2027-10-31T01:00:00+01:00"}, {"31/03/2024,02:30", "2024-03-31T02:30:00+01:00"},
        {"1/7/1985,9:05", "1985-07-01T09:05:00+01:00"},    {"30/03/1969,03:00", "1969-03-30T03:00:00+01:00"},
        {"02/07/2026,", "2026-07-02T12:00:00+01:00"},
    };
    struct xf_mapping *mapping = mapping_of(FULL);

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct rows rows = {0};
        struct xf_error error = {0};
        char csv[128], expected[128];

        snprintf(csv, sizeof(csv), "Id,Date,Time,Name,Other\n7,%s,,\n", cases[i].local);
        snprintf(expected, sizeof(expected), "2<{\"kind\":\"other\",\"id\":\"7\",\"occurred_at\":\"%s\"}>", cases[i].expected);
        assert_int_equal(read_csv(mapping, csv, &rows, &error), XF_OK);
        assert_string_equal(rows.text, expected);
    }
    xf_mapping_destroy(mapping);
}

static void test_refused_files(void **state)
{
    static const struct {
        const char *csv, *fragment;
        unsigned line;
    } cases[] = {
        {"", "empty", 0},
        {"\n\n", "empty", 0},
        {"Id,Date,Name\n", "lacks \"Other\"", 0},
        {"Date\n", "lacks \"Id\", \"Name\", \"Other\"", 0},
        {"Id,Date,Name,Other,Extra\n", "column 5 of the header", 0},
        {"Id,Date,Name,Other,id\n", "\"Id\" twice", 0},
        {"Amina,Hussain,2011,HD1 1RL\n", "lacks", 0},
        {"Id,Date,Name,Other\n7,02/01/2026,\"A,B\n", "not closed", 2},
        {"Id,Date,Name,Other\n7,02/01/2026,\"A\"x,B\n", "quotation mark", 2},
        {"Id,Date,Name,Other\n7,02/01/2026,a\"A,B\n", "quotation mark", 2},
    };
    struct xf_mapping *mapping = mapping_of(FULL);

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct rows rows = {0};
        struct xf_error error = {0};

        assert_int_equal(read_csv(mapping, cases[i].csv, &rows, &error), XF_EINVAL);
        if (!strstr(error.text, cases[i].fragment) || strstr(error.text, "Amina"))
            fail_msg("%s: %s", cases[i].csv, error.text);
        assert_int_equal(error.line, cases[i].line);
        assert_string_equal(rows.text, "");
    }
    xf_mapping_destroy(mapping);
}

static void test_layouts_by_header(void **state)
{
    struct xf_mapping *mapping = mapping_of(
        "[" BARE ",{\"set\":{\"/kind\":\"crime\"},\"columns\":{\"/id\":\"No\",\"/occurred_at\":\"When\",\"/summary\":\"Text\"}}]");
    struct rows rows = {0};
    struct xf_error error = {0};

    (void)state;
    assert_int_equal(read_csv(mapping, "Id,When\n1,x\n", &rows, &error), XF_OK);
    assert_int_equal(read_csv(mapping, "When,Text,No\nx,y,2\n", &rows, &error), XF_OK);
    assert_string_equal(rows.text, "2<{\"kind\":\"other\",\"id\":\"1\",\"occurred_at\":\"x\"}>"
                                   "2<{\"kind\":\"crime\",\"id\":\"2\",\"occurred_at\":\"x\",\"summary\":\"y\"}>");
    assert_int_equal(read_csv(mapping, "No,Text\n", &rows, &error), XF_EINVAL);
    assert_string_equal(error.text, "the header lacks \"When\"");
    xf_mapping_destroy(mapping);
}

static void test_stops_when_asked(void **state)
{
    struct xf_mapping *mapping = mapping_of(BARE);
    struct rows rows = {.stop_at = 2};

    (void)state;
    assert_int_equal(read_csv(mapping, "Id,When\n1,x\n2,x\n", &rows, NULL), 42);
    assert_string_equal(rows.text, "2<{\"kind\":\"other\",\"id\":\"1\",\"occurred_at\":\"x\"}>");
    xf_mapping_destroy(mapping);
}

/* ---- the shipped mappings ---- */

struct checked {
    struct xf_vocabulary *vocabulary;
    struct xf_arena *arena;
    const struct xf_record *record;
    unsigned count;
};

static int check_row(void *context, unsigned line, const char *json, size_t length, const struct xf_error *error)
{
    struct checked *checked = context;
    struct xf_errors errors;

    if (!json)
        fail_msg("line %u: %s %s", line, error->pointer, error->text);
    if (xf_record_parse(json, length, checked->vocabulary, checked->arena, &checked->record, &errors) != XF_OK)
        fail_msg("line %u: %s %s in %.*s", line, errors.items[0].pointer, errors.items[0].text, (int)length, json);
    checked->count++;
    return 0;
}

static void read_shipped(struct checked *checked, const char *path, const char *csv)
{
    struct xf_error error = {0};
    size_t length;
    char *text = read_file(path, &length);
    struct xf_mapping *mapping = mapping_of(text);

    if (xf_csv_read(csv, strlen(csv), mapping, check_row, checked, &error) != XF_OK)
        fail_msg("%s: %s", path, error.text);
    xf_mapping_destroy(mapping);
    free(text);
}

static void test_shipped_mappings(void **state)
{
    struct checked checked = {.vocabulary = read_vocabulary(), .arena = xf_arena_create()};
    const struct xf_record *record;

    (void)state;
    read_shipped(&checked, "config/feeds/education.json",
                 "UPN,Surname,Forename,Sex,Date of Birth,Year,Date,Session,Code,School,Address,Postcode\n"
                 "B801200005001,Hussain,Amina,Female,02/04/2011,10,20/11/2026,PM,O,Northgate High,14 Canal Row,WK2 4TD\n");
    record = checked.record;
    assert_string_equal(record->id, "B801200005001-20/11/2026-PM");
    assert_string_equal(record->details.reason, "unexplained");
    assert_int_equal(record->occurred_at % XF_DAY, 13 * XF_HOUR);
    assert_int_equal(record->persons[0].birth_date, 20110402);
    assert_string_equal(record->persons[0].ids[0].value, "B801200005001");
    assert_int_equal(record->location_count, 2);
    assert_int_equal(record->link_count, 2);
    read_shipped(&checked, "config/feeds/education.json",
                 "id,upn,forename,surname,dob,sex,year,address,town,postcode,as_of\n"
                 "ROLL-1,B801200005001,Amina,Hussain,02/04/2011,F,10,\"Flat 2, 14 Canal Row\",Harrowmere,WK2 4TD,2026-09-07\n");
    record = checked.record;
    assert_string_equal(record->kind, "education_roll");
    assert_string_equal(record->locations[0].lines[0], "Flat 2, 14 Canal Row");
    assert_string_equal(record->links[0].type, "resides_at");
    read_shipped(
        &checked, "config/feeds/housing.json",
        "Tenancy Ref,Start Date,First Name,Last Name,DOB,Telephone,Landlord,Address Line 1,Town,Postcode,UPRN,Rent Account\n"
        "T-1,01/02/2024,S,Hussain,23/05/1980,07700 900124;07700 900125,Mill Lane Lettings,14 Canal Row,Harrowmere,WK2 "
        "4TD,83151234,99\n");
    record = checked.record;
    assert_int_equal(record->person_count, 2);
    assert_string_equal(record->persons[1].ref, "p3");
    assert_int_equal(record->persons[0].phone_count, 2);
    assert_int_equal(record->link_count, 2);
    assert_string_equal(record->links[1].type, "landlord_of");
    read_shipped(&checked, "config/feeds/licensing.json",
                 "Licence Ref,Licence Type,Status,Licence No,Issue Date,Expiry Date,Licence Holder,Date of Birth,Home Address,Home "
                 "Postcode,Vehicle Reg,Plate No\n"
                 "L-1,Private hire driver,Current,HC 0412,01/02/2024,31/01/2027,Darren Pike,11/03/1984,\"Flat 3, 40 Mill "
                 "Lane\",WK1 3HU,YD12 KLM,HC 0412\n"
                 "L-2,Premises,Current,P 17,01/02/2024,,Star Grill Ltd,,,,,\n");
    assert_int_equal(checked.record->location_count, 0);
    assert_int_equal(checked.record->vehicle_count, 0);
    assert_int_equal(checked.record->link_count, 0);
    assert_int_equal(checked.count, 5);
    xf_arena_destroy(checked.arena);
    xf_vocabulary_destroy(checked.vocabulary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mappings_that_load),
        cmocka_unit_test(test_mappings_that_do_not_load),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_local_times),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_layouts_by_header),
        cmocka_unit_test(test_stops_when_asked),
        cmocka_unit_test(test_shipped_mappings),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
