/* SPDX-License-Identifier: Apache-2.0 */
/* Mentions from a line of text, and the shipped model: for the linker's tests. Include after check.h. */
#ifndef XF_TESTS_MENTIONS_H
#define XF_TESTS_MENTIONS_H

#include <stdlib.h>
#include <string.h>

#include "crossflag/linker.h"
#include "files.h"

static inline struct xf_model *shipped_model(void)
{
    struct xf_error error = {0};
    struct xf_model *model = NULL;
    size_t length;
    char *text = read_file("config/models/uk.json", &length);

    if (xf_model_parse(text, length, &model, &error) != XF_OK)
        fail_msg("config/models/uk.json: %s %s", error.pointer, error.text);
    free(text);
    return model;
}

/* "given=amina|family=hussain|given@1=mina|born=20110402|id.nhs=9434765919|weak.id.nhs=1|lat=536466000": field, then .qualifier or
 * @group. */
static inline struct xf_mention mention_of(struct xf_intern *symbols, enum xf_mention_kind kind, const char *text)
{
    static const struct {
        const char *name;
        enum xf_field field;
    } fields[] = {{"given", XF_FIELD_GIVEN},
                  {"family", XF_FIELD_FAMILY},
                  {"born", XF_FIELD_BIRTH_DATE},
                  {"sex", XF_FIELD_SEX},
                  {"id", XF_FIELD_ID},
                  {"flat", XF_FIELD_FLAT},
                  {"house", XF_FIELD_HOUSE},
                  {"building", XF_FIELD_BUILDING},
                  {"street", XF_FIELD_STREET},
                  {"town", XF_FIELD_TOWN},
                  {"postcode", XF_FIELD_POSTCODE},
                  {"uprn", XF_FIELD_UPRN},
                  {"phone", XF_FIELD_PHONE},
                  {"email", XF_FIELD_EMAIL},
                  {"account", XF_FIELD_ACCOUNT},
                  {"name", XF_FIELD_NAME},
                  {"type", XF_FIELD_TYPE},
                  {"lat", XF_FIELD_LAT},
                  {"lon", XF_FIELD_LON},
                  {"vrm", XF_FIELD_VRM},
                  {"vin", XF_FIELD_VIN},
                  {"make", XF_FIELD_MAKE},
                  {"model", XF_FIELD_MODEL},
                  {"colour", XF_FIELD_COLOUR},
                  {"licence", XF_FIELD_LICENCE_PLATE},
                  {"attr", XF_FIELD_ATTRIBUTE},
                  {"source", XF_FIELD_SOURCE}};
    struct xf_mention mention = {.kind = (uint8_t)kind};
    char copy[1024], *rest = copy, *part;

    assert_true(strlen(text) < sizeof(copy));
    strcpy(copy, text);
    while (*text && (part = strsep(&rest, "|"))) {
        char *value = strchr(part, '='), *group = strchr(part, '@'), *qualifier;
        uint16_t flags = 0;
        size_t i = 0;
        int rc;

        assert_non_null(value);
        *value++ = '\0';
        if (group)
            *group++ = '\0';
        if (strncmp(part, "weak.", 5) == 0) {
            flags = XF_VALUE_WEAK;
            part += 5;
        }
        qualifier = strchr(part, '.');
        if (qualifier)
            *qualifier++ = '\0';
        while (i < sizeof(fields) / sizeof(*fields) && strcmp(fields[i].name, part) != 0)
            i++;
        if (i == sizeof(fields) / sizeof(*fields))
            fail_msg("no field %s", part);
        if (fields[i].field == XF_FIELD_BIRTH_DATE || fields[i].field == XF_FIELD_LAT || fields[i].field == XF_FIELD_LON)
            rc = xf_mention_add_number(&mention, fields[i].field, 0, flags, (uint32_t)atol(value));
        else
            rc = xf_mention_add(&mention, symbols, fields[i].field, (uint8_t)(group ? atoi(group) : 0), flags, qualifier, value);
        assert_int_equal(rc, XF_OK);
    }
    xf_mention_seal(&mention, symbols);
    return mention;
}

#endif
