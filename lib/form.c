/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the record's form, as contract.md gives it. Read by record.c, digest.c, schema.c and csv.c.
 * The invariant: whatever a record may say stands here once; a new member needs a field in record.h and a line here. */
#include "form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const sexes[] = {"F", "M", "X", "U", NULL};
static const char *const conditions[] = {"A1", "A2", "A3", "S1", "S2", NULL};
static const char *const absence_reasons[] = {"unexplained", "illness", "authorised", "other", NULL};

#define AT(type, field) .offset = offsetof(struct type, field)
#define ARRAY(type, field, counter) .offset = offsetof(struct type, field), .count_offset = offsetof(struct type, counter)
#define STRING .type = XF_MEMBER_TEXT, .max = XF_RECORD_STRING_MAX
#define WORD(of) .type = XF_MEMBER_WORD, .list = XF_WORDS_##of
#define LIST(of) .type = XF_MEMBER_FORMS, .form = &of, .max = XF_RECORD_PARTS_MAX
#define STRINGS .type = XF_MEMBER_TEXTS, .max = XF_RECORD_PARTS_MAX
#define DATE .type = XF_MEMBER_DATE
#define TIME .type = XF_MEMBER_TIME
#define REF .type = XF_MEMBER_REF, .max = XF_RECORD_ID_MAX

static const struct xf_member name_members[] = {
    {"given", STRING, .rules = XF_MEMBER_EVIDENCE, AT(xf_name, given)},
    {"family", STRING, .rules = XF_MEMBER_EVIDENCE, AT(xf_name, family)},
    {"full", STRING, .rules = XF_MEMBER_EVIDENCE, AT(xf_name, full), .doc = "The whole name, where the source has no parts"},
    {"type", STRING, AT(xf_name, type), .doc = "alias, maiden, …; absent for the name in use"},
};
static const struct xf_form name_form = {"name", sizeof(struct xf_name), name_members, LENGTH(name_members)};

static const struct xf_member identifier_members[] = {
    {"scheme", .type = XF_MEMBER_SCHEME, .max = 64, .rules = XF_MEMBER_NEEDED, AT(xf_identifier, scheme),
     .doc = "nhs, upn, pnc, cro, nino, driver, … in any case"},
    {"value", STRING, .rules = XF_MEMBER_EVIDENCE, AT(xf_identifier, value),
     .doc = "Kept even when its check digit fails, but then it is no evidence"},
};
static const struct xf_form identifier_form = {"identifier", sizeof(struct xf_identifier), identifier_members,
                                               LENGTH(identifier_members)};

static const struct xf_member account_members[] = {
    {"service", .type = XF_MEMBER_SCHEME, .max = 64, .rules = XF_MEMBER_NEEDED, AT(xf_account, service), .doc = "snapchat, …"},
    {"handle", STRING, .rules = XF_MEMBER_EVIDENCE, AT(xf_account, handle)},
};
static const struct xf_form account_form = {"account", sizeof(struct xf_account), account_members, LENGTH(account_members)};

static const struct xf_member marker_members[] = {
    {"type", WORD(MARKER_TYPE), .rules = XF_MEMBER_REQUIRED, AT(xf_marker, type)},
    {"level", WORD(LEVEL), AT(xf_marker, level)},
    {"since", DATE, AT(xf_marker, since)},
    {"until", DATE, AT(xf_marker, until)},
};
static const struct xf_form marker_form = {"marker", sizeof(struct xf_marker), marker_members, LENGTH(marker_members)};

static const struct xf_member person_members[] = {
    {"ref", REF, AT(xf_person, ref), .doc = "Unique in the record; p1, p2, … by position when missing"},
    {"role", WORD(PERSON_ROLE), .fallback = "other", AT(xf_person, role)},
    {"names", LIST(name_form), ARRAY(xf_person, names, name_count)},
    {"birth_date", DATE, AT(xf_person, birth_date)},
    {"sex", .type = XF_MEMBER_SEX, .choices = sexes, AT(xf_person, sex)},
    {"ids", LIST(identifier_form), ARRAY(xf_person, ids, id_count)},
    {"phones", STRINGS, ARRAY(xf_person, phones, phone_count)},
    {"emails", STRINGS, ARRAY(xf_person, emails, email_count)},
    {"accounts", LIST(account_form), ARRAY(xf_person, accounts, account_count)},
    {"markers", LIST(marker_form), ARRAY(xf_person, markers, marker_count)},
};
static const struct xf_form person_form = {"person", sizeof(struct xf_person), person_members, LENGTH(person_members)};

static const struct xf_member location_members[] = {
    {"ref", REF, AT(xf_location, ref), .doc = "Unique in the record; l1, l2, … by position when missing"},
    {"role", WORD(LOCATION_ROLE), .fallback = "other", AT(xf_location, role)},
    {"type", WORD(LOCATION_TYPE), AT(xf_location, type)},
    {"name", STRING, AT(xf_location, name), .doc = "Of the premises"},
    {"lines", STRINGS, ARRAY(xf_location, lines, line_count), .doc = "The address, without town and postcode"},
    {"town", STRING, AT(xf_location, town)},
    {"postcode", STRING, AT(xf_location, postcode)},
    {"uprn", STRING, AT(xf_location, uprn)},
    {"lat", .type = XF_MEMBER_LATITUDE, AT(xf_location, lat_e7), .doc = "WGS 84, degrees; only together with lon"},
    {"lon", .type = XF_MEMBER_LONGITUDE, AT(xf_location, lon_e7), .doc = "WGS 84, degrees; only together with lat"},
};
static const struct xf_form location_form = {"location", sizeof(struct xf_location), location_members, LENGTH(location_members)};

static const struct xf_member vehicle_members[] = {
    {"ref", REF, AT(xf_vehicle, ref), .doc = "Unique in the record; v1, v2, … by position when missing"},
    {"role", WORD(VEHICLE_ROLE), .fallback = "other", AT(xf_vehicle, role)},
    {"vrm", STRING, AT(xf_vehicle, vrm), .doc = "The registration mark as it was seen"},
    {"vin", STRING, AT(xf_vehicle, vin)},
    {"make", STRING, AT(xf_vehicle, make)},
    {"model", STRING, AT(xf_vehicle, model)},
    {"colour", STRING, AT(xf_vehicle, colour)},
    {"licence_plate_no", STRING, AT(xf_vehicle, licence_plate_no), .doc = "Of the licensing plate, not the registration mark"},
};
static const struct xf_form vehicle_form = {"vehicle", sizeof(struct xf_vehicle), vehicle_members, LENGTH(vehicle_members)};

#define END .type = XF_MEMBER_END, .rules = XF_MEMBER_REQUIRED, .max = XF_RECORD_ID_MAX

static const struct xf_member link_members[] = {
    {"from", END, AT(xf_link, from), .doc = "The ref of a person, location or vehicle of this record"},
    {"to", END, AT(xf_link, to), .doc = "Another one"},
    {"type", WORD(LINK_TYPE), .fallback = "other", AT(xf_link, type)},
};
static const struct xf_form link_form = {"link", sizeof(struct xf_link), link_members, LENGTH(link_members)};

static const struct xf_member record_members[] = {
    {"id", .type = XF_MEMBER_TEXT, .max = XF_RECORD_ID_MAX, .rules = XF_MEMBER_REQUIRED, AT(xf_record, id),
     .doc = "The sender's own key: the same id again corrects the record"},
    {"version", .type = XF_MEMBER_VERSION, AT(xf_record, version), .doc = "A lower one than before is stale"},
    {"kind", WORD(KIND), .rules = XF_MEMBER_REQUIRED, AT(xf_record, kind)},
    {"occurred_at", TIME, .rules = XF_MEMBER_REQUIRED, AT(xf_record, occurred_at)},
    {"until", TIME, AT(xf_record, until), .doc = "Not before occurred_at"},
    {"grade", .type = XF_MEMBER_GRADE, AT(xf_record, grade),
     .doc = "3x5x2: source, information, handling; the feed's own when missing"},
    {"conditions", .type = XF_MEMBER_CONDITIONS, .max = XF_RECORD_PARTS_MAX, .rules = XF_MEMBER_LATE, .choices = conditions,
     ARRAY(xf_record, conditions, condition_count), .doc = "Only with a grade whose handling is C"},
    {"details", .type = XF_MEMBER_DETAILS, .rules = XF_MEMBER_LATE, AT(xf_record, details), .doc = "What the kind adds"},
    {"summary", .type = XF_MEMBER_PROSE, .max = XF_RECORD_TEXT_MAX, AT(xf_record, summary)},
    {"persons", LIST(person_form), ARRAY(xf_record, persons, person_count)},
    {"locations", LIST(location_form), ARRAY(xf_record, locations, location_count)},
    {"vehicles", LIST(vehicle_form), ARRAY(xf_record, vehicles, vehicle_count)},
    {"links", .type = XF_MEMBER_FORMS, .form = &link_form, .max = XF_RECORD_LINKS_MAX, .rules = XF_MEMBER_LATE,
     ARRAY(xf_record, links, link_count)},
};
const struct xf_form xf_form_record = {"record", sizeof(struct xf_record), record_members, LENGTH(record_members)};
static_assert(LENGTH(record_members) <= 32, "the reader keeps a bit a member");

#define DETAILS(kind)                                                                                                              \
    {                                                                                                                              \
#kind, sizeof(struct xf_details), kind##_members, LENGTH(kind##_members)                                                   \
    }
#define REFS .type = XF_MEMBER_REFS, .max = XF_RECORD_PARTS_MAX

static const struct xf_member absence_members[] = {
    {"reason", .type = XF_MEMBER_CHOICE, .choices = absence_reasons, AT(xf_details, reason)},
};
static const struct xf_member missing_episode_members[] = {
    {"return_interview_at", TIME, AT(xf_details, return_interview_at)},
};
static const struct xf_member risk_assessment_members[] = {
    {"tool", STRING, AT(xf_details, tool)},
    {"score", .type = XF_MEMBER_SCORE, .max = 64, AT(xf_details, score), .doc = "As the tool gives it; never recomputed"},
    {"level", WORD(LEVEL), AT(xf_details, level)},
};
static const struct xf_member order_members[] = {
    {"type", STRING, AT(xf_details, type), .doc = "shpo, sro, cawn, bail_condition, …"},
    {"expires", DATE, AT(xf_details, expires)},
    {"protects", REFS, ARRAY(xf_details, protects, protect_count), .doc = "Refs of this record"},
    {"prohibited", REFS, ARRAY(xf_details, prohibited, prohibited_count), .doc = "Refs of this record"},
};
static const struct xf_member licence_members[] = {
    {"type", STRING, AT(xf_details, type)},
    {"status", STRING, AT(xf_details, status)},
    {"number", STRING, AT(xf_details, number)},
    {"until", DATE, AT(xf_details, until)},
};
static const struct xf_member custody_members[] = {
    {"offence", STRING, AT(xf_details, offence)},
    {"outcome", STRING, AT(xf_details, outcome)},
};
#define crime_members custody_members

static const struct xf_form absence = DETAILS(absence), missing_episode = DETAILS(missing_episode),
                            risk_assessment = DETAILS(risk_assessment), order = DETAILS(order), licence = DETAILS(licence),
                            custody = DETAILS(custody), crime = DETAILS(crime), none = {"", sizeof(struct xf_details), NULL, 0};
const struct xf_form *const xf_forms_details[] = {&absence, &missing_episode, &risk_assessment, &order,
                                                  &licence, &custody,         &crime,           NULL};

const struct xf_form *xf_form_details(const char *kind)
{
    for (size_t i = 0; kind && xf_forms_details[i]; i++)
        if (strcmp(kind, xf_forms_details[i]->name) == 0)
            return xf_forms_details[i];
    return &none;
}

const struct xf_member *xf_form_member(const struct xf_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->members[i].name[0] == name[0] && strcmp(form->members[i].name, name) == 0)
            return &form->members[i];
    return NULL;
}

void xf_form_print_choices(const char *const *choices, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; choices[i] && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", choices[i]);
}

const char *xf_form_choice(const char *const *choices, const char *text, bool any_case)
{
    for (size_t i = 0; choices[i]; i++)
        if (any_case ? strcasecmp(choices[i], text) == 0 : strcmp(choices[i], text) == 0)
            return choices[i];
    return NULL;
}
