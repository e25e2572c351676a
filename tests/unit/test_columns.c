/* SPDX-License-Identifier: Apache-2.0 */
/* Columns: which specifications and headers go together and why others do not; what rows become; dates as people write them; and
 * that CSV reads the same however it is cut into pieces. Mentions are written field[!][.qualifier][@group]=text, ! for weak. */
#include "check.h"

#include <stdio.h>

#include "crossflag/columns.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define AT INT64_C(1795210800000000) /* 2026-11-20T21:40:00Z */

static const char *const field_names[XF_FIELDS] = {
    [XF_FIELD_GIVEN] = "given",       [XF_FIELD_FAMILY] = "family",
    [XF_FIELD_FULL_NAME] = "full",    [XF_FIELD_BIRTH_DATE] = "born",
    [XF_FIELD_SEX] = "sex",           [XF_FIELD_ID] = "id",
    [XF_FIELD_FLAT] = "flat",         [XF_FIELD_HOUSE] = "house",
    [XF_FIELD_BUILDING] = "building", [XF_FIELD_STREET] = "street",
    [XF_FIELD_TOWN] = "town",         [XF_FIELD_POSTCODE] = "postcode",
    [XF_FIELD_UPRN] = "uprn",         [XF_FIELD_PHONE] = "phone",
    [XF_FIELD_EMAIL] = "email",       [XF_FIELD_ACCOUNT] = "account",
    [XF_FIELD_NAME] = "name",         [XF_FIELD_LAT] = "lat",
    [XF_FIELD_LON] = "lon",           [XF_FIELD_VRM] = "vrm",
    [XF_FIELD_VIN] = "vin",           [XF_FIELD_MAKE] = "make",
    [XF_FIELD_MODEL] = "model",       [XF_FIELD_COLOUR] = "colour",
    [XF_FIELD_TYPE] = "type",         [XF_FIELD_LICENCE_PLATE] = "plate",
    [XF_FIELD_ATTRIBUTE] = "attr",    [XF_FIELD_SOURCE] = "source",
};

/* A file's rows as they are read. */
struct file {
    const struct xf_columns *columns;
    struct xf_layout *layout;
    struct xf_intern *symbols;
    struct xf_error *error;
    char text[4096];
    size_t length;
};

static void write_mention(struct file *file, const struct xf_mention *mention)
{
    for (int i = 0; i < mention->count; i++) {
        const struct xf_value *value = &mention->values[i];
        char number[16], group[8] = "";
        bool is_number = value->field == XF_FIELD_BIRTH_DATE || value->field == XF_FIELD_LAT || value->field == XF_FIELD_LON;

        snprintf(number, sizeof(number), "%d", (int32_t)value->symbol);
        if (value->group)
            snprintf(group, sizeof(group), "@%u", value->group);
        file->length += (size_t)snprintf(file->text + file->length, sizeof(file->text) - file->length, "|%s%s%s%s%s=%s",
                                         field_names[value->field], value->flags & XF_VALUE_WEAK ? "!" : "",
                                         value->qualifier ? "." : "", xf_intern_text(file->symbols, value->qualifier), group,
                                         is_number ? number : xf_intern_text(file->symbols, value->symbol));
    }
}

static int take_row(void *context, unsigned line, const struct xf_cell *cells, size_t count)
{
    static const char kinds[] = "plv";
    struct file *file = context;
    struct xf_mention mention;
    struct xf_cell id;
    int rc;

    if (!file->layout)
        return xf_layout_create(file->columns, cells, count, &file->layout, file->error);
    assert_int_equal(count, xf_layout_width(file->layout));
    memset(&mention, 0xAA, sizeof(mention));
    rc = xf_layout_read(file->layout, cells, AT, file->symbols, &id, &mention, file->error);
    if (rc != XF_OK)
        return rc;
    assert_int_equal(mention.kind, xf_layout_kind(file->layout));
    file->length += (size_t)snprintf(file->text + file->length, sizeof(file->text) - file->length, "%u%c%s%s", line,
                                     kinds[mention.kind], xf_layout_has_id(file->layout) ? ":" : "", id.text);
    write_mention(file, &mention);
    file->length += (size_t)snprintf(file->text + file->length, sizeof(file->text) - file->length, "\n");
    return XF_OK;
}

/* Reads a CSV text in pieces of a size; the rows are in file->text. */
static int read_pieces(struct file *file, const char *spec, const char *csv, size_t length, size_t piece, struct xf_error *error)
{
    struct xf_columns *columns = NULL;
    struct xf_rows *rows = xf_rows_create(',', take_row, file);
    int rc = spec ? xf_columns_parse(spec, &columns, error) : XF_OK;

    *file = (struct file){.columns = columns, .symbols = xf_intern_create(), .error = error};
    for (size_t at = 0; rc == XF_OK && at < length; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        char *copy = malloc(size); /* of its size, so that a sanitizer sees a read past the end */

        memcpy(copy, csv + at, size);
        rc = xf_rows_feed(rows, copy, size, error);
        free(copy);
    }
    if (rc == XF_OK)
        rc = xf_rows_end(rows, error);
    xf_rows_destroy(rows);
    xf_columns_destroy(columns);
    return rc;
}

static void close_file(struct file *file)
{
    xf_layout_destroy(file->layout);
    xf_intern_destroy(file->symbols);
}

static void test_specifications_that_are_refused(void **state)
{
    static const struct {
        const char *spec;
        unsigned column;
        const char *reason;
    } cases[] = {
        {"", 1, "each part is field=column"},
        {"given", 1, "each part is field=column"},
        {"given=", 1, "each part is field=column"},
        {"=a", 1, "each part is field=column"},
        {"given=a,", 9, "each part is field=column"},
        {"given=a,,family=b", 9, "each part is field=column"},
        {"given=a,surname=b", 9, "there is no field \"surname\""},
        {"GIVEN=a", 1, "there is no field \"GIVEN\""},
        {"id:=a", 1, "\"id:\" needs a name"},
        {"id:--=a", 1, "\"id:--\" needs a name"},
        {"attr:=a", 1, "\"attr:\" needs a name"},
        {"account:=a", 1, "\"account:\" needs a name"},
        {"attr:0123456789012345678901234567890123456789012345678901234567890123=a", 1, "at most 63 bytes"},
        {"birth_date=a,given=b,birth_date=c", 22, "the field birth_date is given twice"},
        {"id=a,id=b", 6, "the field id is given twice"},
        {"phone=a,phone=A", 9, "the field phone is given the column \"A\" twice"},
        {"id:nhs=a,id:NHS=a", 10, "the field id:NHS is given the column \"a\" twice"},
    };
    char many[2048] = "";

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct xf_columns *columns = (struct xf_columns *)many;
        struct xf_error error = {0};

        assert_int_equal(xf_columns_parse(cases[i].spec, &columns, &error), XF_EINVAL);
        assert_ptr_equal(columns, many);
        if (!strstr(error.text, cases[i].reason) || error.column != cases[i].column)
            fail_msg("%s: column %u: %s", cases[i].spec, error.column, error.text);
    }
    for (int i = 0; i <= XF_COLUMNS_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "%sattr:%d=a", i ? "," : "", i);
    assert_int_equal(xf_columns_parse(many, &(struct xf_columns *){NULL}, NULL), XF_ELIMIT);
    xf_columns_destroy(NULL);
    xf_layout_destroy(NULL);
    xf_rows_destroy(NULL);
}

static void test_files_that_are_refused(void **state)
{
    static const struct {
        const char *spec, *csv;
        const char *reason;
    } cases[] = {
        {"given=a", "b,c\n", "the header has no column \"a\""},
        {"given=a", "a,b,A\n", "the header has the column \"a\" twice"},
        {"id=a", "a\n", "no column tells anything"},
        {"given=a,name=b", "a,b\n", "name is a location's, and these columns tell of persons: a whole name is full_name"},
        {"given=a,lat=b,lon=c", "a,b,c\n", "lat is a location's"},
        {"postcode=a,lat=b", "a,b\n", "lat and lon belong together"},
        {"lon=b", "a,b\n", "lat and lon belong together"},
        {NULL, "x,y,z\n1,2,3\n", "none of the header's names is a field's"},
        {NULL, "id,entity\n", "no column tells anything"},
        {"given=a", "a\nJos\xe9\n", "column \"a\" is not UTF-8"},
        {"given=a", "a,b\n\"A\",\"x\"\"y\nB,C\n", "not closed"},
        {"given=a", "a\n\"A\" B\n", "a quotation mark"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct xf_error error = {0};
        struct file file;

        assert_int_equal(read_pieces(&file, cases[i].spec, cases[i].csv, strlen(cases[i].csv), 4096, &error), XF_EINVAL);
        if (!strstr(error.text, cases[i].reason))
            fail_msg("%s: %s", cases[i].csv, error.text);
        close_file(&file);
    }
}

static void test_a_nul_is_refused(void **state)
{
    static const char csv[] = "a,b\nAnn,x\0y\nA\0B,x\n";
    struct xf_error error = {0};
    struct file file;

    (void)state;
    assert_int_equal(read_pieces(&file, "given=a", csv, sizeof(csv) - 1, 4096, &error), XF_EINVAL);
    assert_string_equal(error.text, "column \"a\" holds a NUL character");
    assert_string_equal(file.text, "2p|given=ann\n"); /* a column that is not in use may hold anything */
    close_file(&file);
}

static void test_rows(void **state)
{
    static const struct {
        const char *spec, *csv, *rows;
    } cases[] = {
        /* A person's parts, in any order of columns. */
        {"id=n,family=last,given=first,birth_date=b,sex=s", "b,n,s,first,last,x\n1984-05-03,7,F,Ann,O'Brien,?\n",
         "2p:7|given=ann|family=obrien|born=19840503|sex=f\n"},
        {"given=a,given=b,family=c", "a,b,c\nAnn,May,Lee\n,May,\n,,Lee\n,,\n",
         "2p|given=ann may|family=lee\n3p|given=may\n4p|family=lee\n5p\n"},
        /* A whole name: alone, and as a further one. */
        {"full_name=a", "a\nJohn Smith\n\"SMITH, John\"\nSmith\n",
         "2p|given=john|family=smith|full=john smith\n3p|given=john|family=smith|full=john smith\n4p|family=smith|full=smith\n"},
        {"given=a,family=b,full_name=c", "a,b,c\nJohn,Smith,Jack Smythe\n,,Jack Smythe\nJohn,Smith,John Smith\n",
         "2p|given=john|given@1=jack|family=smith|family@1=smythe|full@1=jack smythe\n"
         "3p|given=jack|family=smythe|full=jack smythe\n4p|given=john|family=smith\n"},
        /* Several values in a cell. */
        {"phone=a,email=b", "a,b\n07700 900123; 01484 496123|07700900123,ann@y.org;Bea@Y.org\n;,;ann@y.org|\n",
         "2p|phone=+441484496123|phone=+447700900123|email=ann@y.org|email=bea@y.org\n3p|email=ann@y.org\n"},
        {"phone=a,phone=b", "a,b\n07700900123,07700900124\n", "2p|phone=+447700900123|phone=+447700900124\n"},
        /* Identifiers, good, bad and of other worlds; accounts. */
        {"id:nhs=a,id:SSN=b,account:Snap=c", "a,b,c\n943 476 5919,5304218,@Mina.H\n9434765918,,\n",
         "2p|id.nhs=9434765919|id.ssn=5304218|account.snapchat=mina.h\n3p|id!.nhs=9434765918\n"},
        /* Addresses in pieces, in one, and a postcode of elsewhere. */
        {"given=a,house_number=b,street=c,town=d,postcode=e",
         "a,b,c,d,e\nAnn,12a,High Street,Leeds,ls1 4ap\nAnn,8,rosetta village,bowral,4223\nAnn,8,,,\nAnn,,High St,,\n",
         "2p|given=ann|house=12a|street=high street|town=leeds|postcode=LS1 4AP\n"
         "3p|given=ann|house=8|street=rosetta village|town=bowral|postcode=4223\n"
         "4p|given=ann|house=8\n5p|given=ann|street=high street\n"},
        {"postcode=a", "a\n27601-1234\n27601\nK1A 0B1\n1012 ab\nD02 X285\n27601-12345\nHD1\nAL7 REF\n",
         "2l|postcode=27601\n3l|postcode=27601\n4l|postcode=K1A0B1\n5l|postcode=1012AB\n6l|postcode=D02X285\n7l\n8l\n"
         "9l|postcode!=AL7 REF\n"},
        {"address=a,postcode=b,id=c", "a,b,c\n\"Flat 2, 12 Northgate, Huddersfield\",HD1 1RL,x\n",
         "2l:x|flat=2|house=12|street=northgate|town=huddersfield|postcode=HD1 1RL\n"},
        {"house_number=n,address=a,address=b", "n,a,b\n12,Northgate Road,Huddersfield\n",
         "2l|house=12|street=northgate road|town=huddersfield\n"},
        {"name=a,uprn=b,lat=c,lon=d", "a,b,c,d\nStar Grill,83151234,53.6466,-1.7829\n,,53.64661234567,2\n",
         "2l|uprn=83151234|name=star grill|lat=536466000|lon=-17829000\n3l|lat=536466123|lon=20000000\n"},
        /* Vehicles. */
        {"vrm=a,make=b,colour=c,vin=d,model=e,licence_plate=f",
         "a,b,c,d,e,f\nYD12 KLM,VW,Gray,WVWZZZ1JZXW000001,Golf,HC 0412\nYD12*,,,,,\n",
         "2v|vrm=YD12KLM|vin=WVWZZZ1JZXW000001|make=volkswagen|model=golf|colour=grey|plate=HC0412\n3v|vrm!=YD12*\n"},
        /* Attributes, and what a person's row says of a vehicle. */
        {"given=a,attr:Occupation=b,attr:Occupation=c,vrm=d", "a,b,c,d\nAnn,Politician,Law & Order,YD12 KLM\nAnn,N/A,,\n",
         "2p|given=ann|attr.Occupation=law and order|attr.Occupation=politician|attr.vrm=yd12 klm\n3p|given=ann\n"},
        /* Names of columns with commas; case and spaces do not count. */
        {" given = Name\\, first , family=a\\\\b", "\"name, FIRST\", A\\b \nAnn,Lee\n", "2p|given=ann|family=lee\n"},
        /* By the header alone. */
        {NULL, "rec_id,Given Name,SURNAME,dob,cluster,name\n1,Ann,Lee,1984,9,Anne Leigh\n",
         "2p:1|given=ann|given@1=anne|family=lee|family@1=leigh|full@1=anne leigh|born=19840000\n"},
        {NULL, "name,postcode,attr:kind\nStar Grill,HD1 1RL,takeaway\n",
         "2l|postcode=HD1 1RL|name=star grill|attr.kind=takeaway\n"},
        {NULL, "id,address_line_1,address_line_2,post_town,zip\n5,12 Northgate,Flat 2,Leeds,HD11RL\n",
         "2l:5|flat=2|house=12|street=northgate|town=leeds|postcode=HD1 1RL\n"},
        {NULL, "nhs_number,mobile,email,first_name,first_name\n9434765919,,,Ann,Ann\n", NULL},
        /* Blank rows and line ends. */
        {"given=a",
         "\xEF\xBB\xBF"
         "a,b\r\nAnn,\r\n\r\n  \n\"Bea\nMay\",x\rCat,\n",
         "2p|given=ann\n5p|given=bea may\n7p|given=cat\n"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        static const size_t pieces[] = {4096, 1, 2, 3, 7};

        for (size_t j = 0; j < LENGTH(pieces); j++) {
            struct xf_error error = {0};
            struct file file;
            int rc = read_pieces(&file, cases[i].spec, cases[i].csv, strlen(cases[i].csv), pieces[j], &error);

            if (!cases[i].rows) {
                assert_int_equal(rc, XF_EINVAL);
                assert_string_equal(error.text, "the header has the column \"first_name\" twice");
            } else if (rc != XF_OK || strcmp(file.text, cases[i].rows) != 0) {
                fail_msg("case %zu in pieces of %zu: %s\n%s\nexpected\n%s", i, pieces[j], error.text, file.text, cases[i].rows);
            }
            close_file(&file);
        }
    }
}

static void test_what_is_left_out_is_counted(void **state)
{
    static const char csv[] = "given,dob,sex,postcode,phone,email,nhs,id:x\n"
                              "Ann,31/02/1984,F,HD1 1RL,07700900123,a@b.org,9434765919,1\n"
                              "UNKNOWN,03/05/84,x,HD1,123,none,0000000000,\n"
                              ",01/01/1900,,,,,,\n"
                              "Bea,,Male,ZZ99 3VZ, ,b@c.org,9434765918,2\n";
    static const struct {
        const char *field;
        uint64_t left_out;
    } expected[] = {{"given", 0}, {"birth_date", 3}, {"sex", 1},   {"id:nhs", 1},
                    {"id:x", 0},  {"phone", 1},      {"email", 1}, {"postcode", 2}};
    struct xf_layout_column column;
    struct xf_error error = {0};
    struct file file;

    (void)state;
    assert_int_equal(read_pieces(&file, NULL, csv, sizeof(csv) - 1, 4096, &error), XF_OK);
    for (size_t i = 0; i < LENGTH(expected); i++) {
        assert_true(xf_layout_column(file.layout, i, &column));
        assert_string_equal(column.field, expected[i].field);
        if (column.left_out != expected[i].left_out)
            fail_msg("%s: %d", column.field, (int)column.left_out);
    }
    assert_false(xf_layout_column(file.layout, LENGTH(expected), &column));
    close_file(&file);
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        xf_date date;
        bool faulty;
    } cases[] = {
        {"1984-05-03", 19840503, false},
        {"1984/5/3", 19840503, false},
        {"1984.05.03", 19840503, false},
        {"19840503", 19840503, false},
        {"03/05/1984", 19840503, false},
        {"3-5-1984", 19840503, false},
        {"3.5.1984", 19840503, false},
        {" 3 May 1984 ", 19840503, false},
        {"03-MAY-1984", 19840503, false},
        {"3/September/1984", 19840903, false},
        {"1984-May-03", 19840503, false},
        {"1984-05-03T00:00:00Z", 19840503, false},
        {"1984-05-03 00:00:00.000", 19840503, false},
        {"03/05/1984 12:00:00 AM", 19840503, false},
        {"19840503 00:00", 19840503, false},
        {"1984-05-03T23:30:00+01:00", 19840503, false},
        {"29/02/2000", 20000229, false},
        /* As far as it is known. */
        {"1984", 19840000, false},
        {"1984-05", 19840500, false},
        {"05/1984", 19840500, false},
        {"19840500", 19840500, false},
        {"19840000", 19840000, false},
        {"1984-05-00", 19840500, false},
        {"00/00/1984", 19840000, false},
        {"00/1984", 19840000, false},
        /* As far as it can be. */
        {"1850-81-01", 18500000, true},
        {"1850-01-81", 18500100, true},
        {"29/02/1900", 19000200, true},
        {"31/04/1984", 19840400, true},
        {"12/31/1984", 19840000, true}, /* American: the file's other dates would be misread */
        {"1984-00-03", 19840000, true},
        {"19845103", 19840000, true},
        {"19840532", 19840500, true},
        /* None. */
        {"03051984", 0, true},
        {"20111984", 0, true}, /* not some day of 2011 */
        {"May 1984", 0, true},
        {"03/05/84", 0, true},
        {"3 5 1984", 0, true},
        {"0984-05-03", 0, true},
        {"2201-01-01", 0, true},
        {"1984-05-03x", 0, true},
        {"1984-05-03 x", 0, true},
        {"1984-05/03", 0, true},
        {"1984-5-3-1", 0, true},
        {"198405", 0, true},
        {"1984050", 0, true},
        {"198405031", 0, true},
        {"12:30", 0, true},
        {"unknown", 0, true},
        {"", 0, true},
        {"-", 0, true},
        {"1984-", 0, true},
        {"1984-05-", 0, true},
        {"3 ", 0, true},
        {"3 May", 0, true},
        {"3 May ", 0, true},
        {"3 Mayor 1984", 0, true},
        {"99999999999999999999", 0, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        bool faulty = !cases[i].faulty;
        xf_date date = xf_date_read(cases[i].text, &faulty);

        if (date != cases[i].date || faulty != cases[i].faulty)
            fail_msg("%s: %u, %d", cases[i].text, date, faulty);
    }
}

static void test_broken_quoting_has_its_place(void **state)
{
    static const char csv[] = "a,b\r\nx,\"1\n2\"\ny,\"z\" !\n";

    (void)state;
    for (size_t piece = 1; piece < sizeof(csv); piece++) {
        struct xf_error error = {0};
        struct file file;

        assert_int_equal(read_pieces(&file, "given=a", csv, sizeof(csv) - 1, piece, &error), XF_EINVAL);
        assert_int_equal(error.line, 4);
        assert_int_equal(error.column, 7);
        close_file(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specifications_that_are_refused),
        cmocka_unit_test(test_files_that_are_refused),
        cmocka_unit_test(test_a_nul_is_refused),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_what_is_left_out_is_counted),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_broken_quoting_has_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
