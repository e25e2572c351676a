/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text to a checked struct xf_record. Called by the daemon's intake for every record that comes in, and by the fold for every
 * one it reads back: the hot path, so each object is walked once, by the tables of form.c, and all strings lie in one block. The
 * invariants: a record that is returned keeps every promise of record.h; every fault is found, not the first only; no reason
 * repeats what the sender wrote, except the names of its members. */
#include "crossflag/record.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "form.h"
#include "reader.h"
#include "text.h"

/* Senders mostly keep to one order, so the search goes on from the member that was found last. */
static const struct xf_member *next_member(const struct xf_form *form, const char *name, size_t *cursor)
{
    for (size_t i = 0; i < form->count; i++) {
        size_t at = *cursor + i < form->count ? *cursor + i : *cursor + i - form->count;
        const struct xf_member *member = &form->members[at];

        if (member->name[0] == name[0] && strcmp(member->name, name) == 0) {
            *cursor = at + 1;
            return member;
        }
    }
    return NULL;
}

static void fault_unknown(struct xf_reader *reader, const struct xf_path *path, const struct xf_form *form)
{
    char names[sizeof(((struct xf_error *)0)->text) - 32];
    size_t used = 0;

    if (!form->count) {
        xf_reader_fault(reader, path, XF_EINVAL, "unknown member: this kind has no details");
        return;
    }
    for (size_t i = 0; i < form->count && used < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", form->members[i].name);
    xf_reader_fault(reader, path, XF_EINVAL, "unknown member, not one of: %s", names);
}

/* Registers the part, with its own ref or, in the second pass, the first free one of p1, p2, … from its position on. */
static void name_part(struct xf_reader *reader, uint8_t kind, size_t index, const char **ref, bool second_pass)
{
    static const char *const lists[XF_MENTION_KINDS] = {"persons", "locations", "vehicles"};
    static const char letters[XF_MENTION_KINDS] = {'p', 'l', 'v'};

    if (!*ref == !second_pass)
        return;
    if (!*ref) {
        char made[24];
        size_t number = index + 1;

        do
            snprintf(made, sizeof(made), "%c%zu", letters[kind], number++);
        while (xf_reader_part(reader, made));
        *ref = xf_arena_copy(reader->arena, made, strlen(made));
        if (!*ref) {
            reader->out_of_memory = true;
            return;
        }
    } else if (xf_reader_part(reader, *ref)) {
        const struct xf_path root = {0}, list = {.up = &root, .name = lists[kind]}, item = {.up = &list, .index = index},
                             at = {.up = &item, .name = "ref"};

        xf_reader_fault(reader, &at, XF_EINVAL, "must be unique in the record");
        return;
    }
    reader->parts[reader->part_count++] = (struct xf_part){.ref = *ref, .end = {.kind = kind, .index = (uint16_t)index}};
}

static void name_parts(struct xf_reader *reader)
{
    struct xf_record *record = reader->record;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < record->person_count; i++)
            name_part(reader, XF_PERSON, i, &record->persons[i].ref, pass);
        for (size_t i = 0; i < record->location_count; i++)
            name_part(reader, XF_LOCATION, i, &record->locations[i].ref, pass);
        for (size_t i = 0; i < record->vehicle_count; i++)
            name_part(reader, XF_VEHICLE, i, &record->vehicles[i].ref, pass);
    }
}

/* What the members of one object must be to one another. Bits are the members' places in the form. False when the object is blank.
 */
static bool check_form(struct xf_reader *reader, const struct xf_path *path, const struct xf_form *form, uint32_t seen,
                       uint32_t present, void *base)
{
    const struct xf_member *axis = NULL; /* of lat and lon, the one that is missing */
    bool has_evidence = false, blank = true;
    unsigned axes = 0, ends = 0;

    for (size_t i = 0; i < form->count; i++)
        if (form->members[i].rules & XF_MEMBER_EVIDENCE) {
            has_evidence = true;
            blank = blank && !(present & 1u << i);
        }
    blank = blank && has_evidence;
    for (size_t i = 0; i < form->count; i++) {
        const struct xf_member *member = &form->members[i];
        const struct xf_path at = {.up = path, .name = member->name};
        const bool is_axis = member->type == XF_MEMBER_LATITUDE || member->type == XF_MEMBER_LONGITUDE;

        if (present & 1u << i) {
            axes += is_axis;
            ends += member->type == XF_MEMBER_END;
            continue;
        }
        if (is_axis)
            axis = member;
        if ((member->rules & XF_MEMBER_REQUIRED) || ((member->rules & XF_MEMBER_NEEDED) && !blank))
            xf_reader_fault(reader, &at, XF_EINVAL, seen & 1u << i ? "must not be empty" : "is missing");
        else if (member->fallback &&
                 (!reader->vocabulary || xf_vocabulary_find(reader->vocabulary, member->list, member->fallback)))
            memcpy((char *)base + member->offset, &member->fallback, sizeof(member->fallback));
        else if (member->fallback)
            xf_reader_fault(reader, &at, XF_EINVAL, "is missing");
    }
    if (axes == 1) {
        const struct xf_path at = {.up = path, .name = axis->name};

        xf_reader_fault(reader, &at, XF_EINVAL, "is missing: lat and lon go together");
    } else if (axes == 2) {
        ((struct xf_location *)base)->has_point = true;
    }
    if (ends == 2) {
        const struct xf_link *link = base;
        const struct xf_path at = {.up = path, .name = "to"};

        if (link->from.kind != XF_READER_NO_KIND && link->from.kind == link->to.kind && link->from.index == link->to.index)
            xf_reader_fault(reader, &at, XF_EINVAL, "a link needs two different ends");
    }
    return !blank;
}

static void read_late(struct xf_reader *reader, const struct xf_path *path, const struct xf_form *form, const json_t *object,
                      void *base, uint32_t *present)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct xf_member *member = &form->members[i];
        const struct xf_path at = {.up = path, .name = member->name};
        const json_t *value = member->rules & XF_MEMBER_LATE ? json_object_get(object, member->name) : NULL;

        if (value && xf_member_read(reader, &at, member, value, base) == XF_CONTENT_PRESENT)
            *present |= 1u << i;
    }
}

bool xf_form_read(struct xf_reader *reader, const struct xf_path *path, const struct xf_form *form, const json_t *object,
                  void *base)
{
    uint32_t seen = 0, present = 0;
    size_t cursor = 0;
    bool late = false;

    if (!json_is_object(object)) {
        xf_reader_fault(reader, path, XF_EINVAL, "must be an object");
        return true;
    }
    for (void *at = json_object_iter((json_t *)object); at; at = json_object_iter_next((json_t *)object, at)) {
        const char *name = json_object_iter_key(at);
        const struct xf_member *member = next_member(form, name, &cursor);
        const struct xf_path here = {.up = path, .name = name};
        uint32_t bit;

        if (!member) {
            fault_unknown(reader, &here, form);
            continue;
        }
        bit = 1u << (member - form->members);
        seen |= bit;
        if (member->rules & XF_MEMBER_LATE)
            late = true;
        else if (xf_member_read(reader, &here, member, json_object_iter_value(at), base) == XF_CONTENT_PRESENT)
            present |= bit;
    }
    if (form == &xf_form_record)
        name_parts(reader);
    if (late)
        read_late(reader, path, form, object, base, &present);
    return check_form(reader, path, form, seen, present, base);
}

/* Why jansson refused the text, in words that repeat none of it (its own text quotes what stands near). */
static int refuse_text(const char *text, size_t length, const json_error_t *error, struct xf_errors *errors)
{
    struct xf_text_pointer pointer = {0};
    size_t offset = error->position > 0 && (size_t)error->position < length ? (size_t)error->position : length;
    const char *reason;

    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return XF_ENOMEM;
    case json_error_duplicate_key:
        xf_text_pointer_at(text, offset, &pointer);
        reason = "this member stands twice in its object";
        break;
    case json_error_numeric_overflow:
        xf_text_pointer_at(text, offset, &pointer);
        reason = "this number is too large";
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        reason = "not JSON as records need it: it holds a NUL character";
        break;
    case json_error_invalid_utf8:
        reason = "not JSON: it is not UTF-8";
        break;
    case json_error_premature_end_of_input:
        reason = "not JSON: it ends too early";
        break;
    case json_error_end_of_input_expected:
        reason = "not JSON: more text stands behind its end";
        break;
    default:
        reason = "not JSON";
        break;
    }
    xf_errors_add(errors, XF_EINVAL, pointer.text, "%s", reason);
    errors->items[0].line = error->line > 0 ? (unsigned)error->line : 0;
    errors->items[0].column = error->column > 0 ? (unsigned)error->column : 0;
    return XF_EINVAL;
}

static int read_record(const json_t *json, size_t length, const struct xf_vocabulary *vocabulary, struct xf_arena *arena,
                       const struct xf_record **ret, struct xf_errors *errors)
{
    const struct xf_path root = {0};
    struct xf_part parts[XF_READER_PARTS_MAX];
    struct xf_record *record = xf_arena_alloc(arena, sizeof(*record));
    char *texts = xf_arena_alloc(arena, length + 1);
    struct xf_reader reader = {
        .vocabulary = vocabulary, .arena = arena, .errors = errors, .record = record, .texts = texts, .parts = parts};

    if (!record || !texts)
        return XF_ENOMEM;
    record->version = -1;
    record->occurred_at = record->until = record->details.return_interview_at = XF_TIME_NONE;
    xf_form_read(&reader, &root, &xf_form_record, json, record);
    if (record->until != XF_TIME_NONE && record->until < record->occurred_at) {
        const struct xf_path until = {.up = &root, .name = "until"};

        xf_reader_fault(&reader, &until, XF_EINVAL, "must not be before occurred_at");
    }
    if (reader.out_of_memory)
        return XF_ENOMEM;
    if (errors->count)
        return reader.invalid ? XF_EINVAL : XF_ELIMIT;
    xf_record_digest(record, record->digest);
    *ret = record;
    return XF_OK;
}

int xf_record_parse(const char *text, size_t length, const struct xf_vocabulary *vocabulary, struct xf_arena *arena,
                    const struct xf_record **ret, struct xf_errors *errors)
{
    json_error_t error;
    json_t *json;
    int rc;

    errors->count = 0;
    if (length > XF_RECORD_BYTES_MAX)
        return xf_errors_add(errors, XF_ELIMIT, "", "must not be longer than %d bytes", XF_RECORD_BYTES_MAX);
    if (xf_text_depth(text, length) > XF_RECORD_DEPTH_MAX)
        return xf_errors_add(errors, XF_ELIMIT, "", "must not nest deeper than %d", XF_RECORD_DEPTH_MAX);
    json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json)
        return refuse_text(text, length, &error, errors);
    rc = read_record(json, length, vocabulary, arena, ret, errors);
    json_decref(json);
    return rc;
}
