/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a search. Called by search.c. Every member is checked with its pointer, as records are; the kind follows from what is asked
 * when it is not said. */
#include "question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "query.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX 200

static const struct {
    const char *name;
    size_t offset;
} text_members[] = {
    {"given", offsetof(struct xf_question, given)},     {"family", offsetof(struct xf_question, family)},
    {"name", offsetof(struct xf_question, name)},       {"postcode", offsetof(struct xf_question, postcode)},
    {"address", offsetof(struct xf_question, address)}, {"phone", offsetof(struct xf_question, phone)},
    {"email", offsetof(struct xf_question, email)},     {"vrm", offsetof(struct xf_question, vrm)},
    {"vin", offsetof(struct xf_question, vin)},         {"licence_plate_no", offsetof(struct xf_question, licence_plate_no)},
};

/* NULL: no text, or longer than any that a record may hold. */
static const char *copy_string(struct xf_call *call, json_t *value)
{
    return json_is_string(value) && json_string_length(value) <= XF_RECORD_STRING_MAX
               ? xf_arena_copy(call->request->arena, json_string_value(value), json_string_length(value))
               : NULL;
}

/* One date, of which the month and the day may be unknown, or {"from","to"}, of which one may be missing. */
static const char *read_born(struct xf_question *question, json_t *value)
{
    const char *from = json_string_value(json_is_object(value) ? json_object_get(value, "from") : value), *reason = NULL;
    const char *to = json_is_object(value) ? json_string_value(json_object_get(value, "to")) : from;

    if ((!from && !to) || (json_is_object(value) && json_object_size(value) != (from ? 1u : 0u) + (to ? 1u : 0u)))
        return "must be YYYY, YYYY-MM or YYYY-MM-DD, or {\"from\",\"to\"} of such";
    if (from && xf_date_parse(from, &question->born_from, &reason) != XF_OK)
        return reason;
    if (to && xf_date_parse(to, &question->born_to, &reason) != XF_OK)
        return reason;
    return NULL;
}

static const char *read_cursor(struct xf_question *question, json_t *value)
{
    const char *text = json_string_value(value);
    char *end;

    if (!text || !*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 9)
        return "must be the `next` of an answer to the same question";
    question->offset = strtoul(text, &end, 10);
    return NULL;
}

static const char *read_member(struct xf_call *call, struct xf_question *question, const char *key, json_t *value)
{
    for (size_t i = 0; i < sizeof(text_members) / sizeof(text_members[0]); i++) {
        if (strcmp(key, text_members[i].name) == 0) {
            const char *text = copy_string(call, value);

            memcpy((char *)question + text_members[i].offset, &text, sizeof(text));
            return text ? NULL : "must be a string of at most 512 bytes";
        }
    }
    if (strcmp(key, "kind") == 0) {
        for (int kind = 0; json_is_string(value) && kind < XF_MENTION_KINDS; kind++) {
            if (strcmp(json_string_value(value), xf_kind_names[kind]) == 0) {
                question->kind = (enum xf_mention_kind)kind;
                return NULL;
            }
        }
        return "must be person, location or vehicle";
    }
    if (strcmp(key, "id") == 0) {
        question->scheme = copy_string(call, json_object_get(value, "scheme"));
        question->value = copy_string(call, json_object_get(value, "value"));
        return question->scheme && question->value && json_object_size(value) == 2 ? NULL : "must be {\"scheme\",\"value\"}";
    }
    if (strcmp(key, "account") == 0) {
        question->service = copy_string(call, json_object_get(value, "service"));
        question->handle = copy_string(call, json_object_get(value, "handle"));
        return question->service && question->handle && json_object_size(value) == 2 ? NULL : "must be {\"service\",\"handle\"}";
    }
    if (strcmp(key, "birth_date") == 0)
        return read_born(question, value);
    if (strcmp(key, "cursor") == 0)
        return read_cursor(question, value);
    if (strcmp(key, "limit") == 0) {
        json_int_t limit = json_integer_value(value);

        question->limit = (size_t)limit;
        return json_is_integer(value) && limit >= 1 && limit <= LIMIT_MAX ? NULL : "must be a number from 1 to 200";
    }
    return "is not known here";
}

int xf_question_read(struct xf_call *call, struct xf_question *question)
{
    json_t *body = xf_call_json(call), *value;
    const char *key, *reason = NULL;
    char pointer[96];

    if (!body)
        return XF_EINVAL;
    *question = (struct xf_question){.kind = XF_PERSON, .limit = LIMIT_DEFAULT};
    if (json_object_get(body, "vrm") || json_object_get(body, "vin") || json_object_get(body, "licence_plate_no"))
        question->kind = XF_VEHICLE;
    json_object_foreach(body, key, value)
    {
        reason = read_member(call, question, key, value);
        if (reason) {
            snprintf(pointer, sizeof(pointer), "/%.80s", key);
            break;
        }
    }
    if (!reason && (!json_is_object(body) || json_object_size(body) == 0)) {
        reason = "asks for nothing";
        pointer[0] = '\0';
    }
    json_decref(body);
    if (!reason)
        return XF_OK;
    xf_reply_problem(call, 422, "invalid-question", "The question is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", pointer, "reason", reason), "See errors.");
    return XF_EINVAL;
}

/* A record of one part carries the question through the very normalisation that records go through. */
int xf_question_mention(const struct xf_question *question, struct xf_intern *symbols, struct xf_mention *ret)
{
    struct xf_name name = {.given = question->given, .family = question->family, .full = question->name};
    struct xf_identifier id = {.scheme = question->scheme, .value = question->value};
    struct xf_account account = {.service = question->service, .handle = question->handle};
    const char *phone = question->phone, *email = question->email, *line = question->address;
    struct xf_person person = {.ref = "q",
                               .role = "tenant",
                               .names = &name,
                               .name_count = question->given || question->family || question->name,
                               .ids = &id,
                               .id_count = id.value ? 1 : 0,
                               .phones = &phone,
                               .phone_count = phone ? 1 : 0,
                               .emails = &email,
                               .email_count = email ? 1 : 0,
                               .accounts = &account,
                               .account_count = account.handle ? 1 : 0};
    struct xf_location location = {.ref = "l",
                                   .role = "home",
                                   .name = question->kind == XF_LOCATION ? question->name : NULL,
                                   .lines = &line,
                                   .line_count = line ? 1 : 0,
                                   .postcode = question->postcode,
                                   .uprn = question->scheme && strcmp(question->scheme, "uprn") == 0 ? question->value : NULL};
    struct xf_vehicle vehicle = {
        .ref = "v", .role = "other", .vrm = question->vrm, .vin = question->vin, .licence_plate_no = question->licence_plate_no};
    struct xf_record record = {
        .id = "q",
        .kind = "other",
        .version = -1,
        .occurred_at = 0,
        .until = XF_TIME_NONE,
        .persons = &person,
        .person_count = question->kind == XF_PERSON,
        .locations = &location,
        .location_count = question->kind != XF_VEHICLE && (line || question->postcode || location.name || location.uprn) ? 1 : 0,
        .vehicles = &vehicle,
        .vehicle_count = question->kind == XF_VEHICLE};

    if (question->born_from == question->born_to)
        person.birth_date = question->born_from;
    if (question->kind == XF_LOCATION && !record.location_count)
        return XF_EINVAL;
    return xf_mention_of(&record, question->kind, 0, (int64_t)time(NULL) * XF_SECOND, symbols, ret);
}
