/* SPDX-License-Identifier: Apache-2.0 */
/* The value of one member of a record's form, checked and put into its struct. Called by record.c, which walks the objects; arrays
 * go on to array.c. The invariant: what is faulty or blank leaves the field as it was. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reader.h"
#include "text.h"

static enum xf_content read_text(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                 const json_t *value, void *base)
{
    const char *text;
    size_t length;
    enum xf_content content = xf_reader_string(reader, path, value, member->max, member->type == XF_MEMBER_PROSE, &text, &length);
    char *kept;

    if (!text) {
        if (member->type == XF_MEMBER_REF && content == XF_CONTENT_PRESENT)
            reader->parts_broken = true;
        return content;
    }
    kept = xf_reader_keep(reader, text, length);
    if (member->type == XF_MEMBER_SCHEME)
        for (char *at = kept; *at; at++)
            if (*at >= 'A' && *at <= 'Z')
                *at += 'a' - 'A';
    xf_form_set_pointer(base, member->offset, kept);
    return XF_CONTENT_PRESENT;
}

/* Words, dates and the like: "" means absent, and white space is no word. */
static const char *read_plain(struct xf_reader *reader, const struct xf_path *path, const json_t *value, enum xf_content *ret)
{
    const char *text = json_string_value(value);

    *ret = XF_CONTENT_PRESENT;
    if (!text)
        xf_reader_fault(reader, path, XF_EINVAL, "must be a string");
    else if (!*text)
        *ret = XF_CONTENT_BLANK;
    return text && *text ? text : NULL;
}

static void fault_words(struct xf_reader *reader, const struct xf_path *path, enum xf_vocabulary_list list)
{
    char words[sizeof(((struct xf_error *)0)->text) - sizeof("not one of: ")];

    xf_text_shorten(xf_vocabulary_words(reader->vocabulary, list), words, sizeof(words));
    xf_reader_fault(reader, path, XF_EINVAL, "not one of: %s", words);
}

static enum xf_content read_word(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                 const json_t *value, void *base)
{
    enum xf_content content;
    const char *text = read_plain(reader, path, value, &content), *word;

    if (!text)
        return content;
    word = reader->vocabulary ? xf_vocabulary_find(reader->vocabulary, member->list, text) : text;
    if (word)
        xf_form_set_pointer(base, member->offset, xf_reader_keep(reader, word, strlen(word)));
    else
        fault_words(reader, path, member->list);
    return XF_CONTENT_PRESENT;
}

static enum xf_content read_choice(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                   const json_t *value, void *base)
{
    enum xf_content content;
    const char *text = read_plain(reader, path, value, &content), *choice;
    char words[160];

    if (!text)
        return content;
    choice = xf_form_choice(member->choices, text, member->type == XF_MEMBER_SEX);
    if (choice) {
        xf_form_set_pointer(base, member->offset, xf_reader_keep(reader, choice, strlen(choice)));
        return XF_CONTENT_PRESENT;
    }
    xf_form_print_choices(member->choices, words, sizeof(words));
    return xf_reader_fault(reader, path, XF_EINVAL, "not one of: %s", words);
}

static enum xf_content read_grade(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                  const json_t *value, void *base)
{
    enum xf_content content;
    const char *text = read_plain(reader, path, value, &content);

    if (!text)
        return content;
    if (strlen(text) != 3 || text[0] < '1' || text[0] > '3' || text[1] < 'A' || text[1] > 'E' || (text[2] != 'P' && text[2] != 'C'))
        return xf_reader_fault(reader, path, XF_EINVAL,
                               "must be a 3x5x2 grade: source 1 to 3, information A to E, handling P or C");
    xf_form_set_pointer(base, member->offset, xf_reader_keep(reader, text, 3));
    return XF_CONTENT_PRESENT;
}

static enum xf_content read_time(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                 const json_t *value, void *base)
{
    enum xf_content content;
    const char *text = read_plain(reader, path, value, &content), *reason;
    int64_t time;

    if (!text)
        return content;
    if (xf_time_parse(text, &time, &reason) != XF_OK)
        return xf_reader_fault(reader, path, XF_EINVAL, "is no date-time: %s", reason);
    memcpy((char *)base + member->offset, &time, sizeof(time));
    return XF_CONTENT_PRESENT;
}

static enum xf_content read_date(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                 const json_t *value, void *base)
{
    enum xf_content content;
    const char *text = read_plain(reader, path, value, &content), *reason;
    xf_date date;

    if (!text)
        return content;
    if (xf_date_parse(text, &date, &reason) != XF_OK)
        return xf_reader_fault(reader, path, XF_EINVAL, "is no date: %s", reason);
    memcpy((char *)base + member->offset, &date, sizeof(date));
    return XF_CONTENT_PRESENT;
}

/* 3.0 is a whole number too, as in JSON Schema. */
static enum xf_content read_version(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                    const json_t *value, void *base)
{
    double real = json_real_value(value);
    int64_t version =
        json_is_real(value) && real >= 0 && real <= (double)XF_RECORD_VERSION_MAX ? (int64_t)real : json_integer_value(value);

    if (!json_is_number(value) || (json_is_real(value) && (double)version != real) || version < 0 ||
        version > XF_RECORD_VERSION_MAX)
        return xf_reader_fault(reader, path, XF_EINVAL, "must be a whole number from 0 to %lld", (long long)XF_RECORD_VERSION_MAX);
    memcpy((char *)base + member->offset, &version, sizeof(version));
    return XF_CONTENT_PRESENT;
}

static enum xf_content read_degrees(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                    const json_t *value, void *base)
{
    const int limit = member->type == XF_MEMBER_LATITUDE ? 90 : 180;
    double degrees = json_number_value(value);
    int32_t scaled;

    if (!json_is_number(value) || degrees < -limit || degrees > limit)
        return xf_reader_fault(reader, path, XF_EINVAL, "must be a number from -%d to %d", limit, limit);
    scaled = (int32_t)llround(degrees * 1e7);
    memcpy((char *)base + member->offset, &scaled, sizeof(scaled));
    return XF_CONTENT_PRESENT;
}

/* A number is kept as its shortest text. */
static enum xf_content read_score(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                  const json_t *value, void *base)
{
    char number[40];
    char *kept;

    if (json_is_string(value))
        return read_text(reader, path, member, value, base);
    if (!json_is_number(value))
        return xf_reader_fault(reader, path, XF_EINVAL, "must be a string or a number");
    if (json_is_integer(value))
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    else
        xf_text_real(json_real_value(value), number, sizeof(number));
    kept = xf_arena_copy(reader->arena, number, strlen(number));
    if (!kept)
        reader->out_of_memory = true;
    xf_form_set_pointer(base, member->offset, kept);
    return XF_CONTENT_PRESENT;
}

/* Without a known kind there is no telling what its details may be, and the kind's own fault says enough. */
static void read_details(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member, const json_t *value,
                         struct xf_record *record)
{
    if (record->kind || !json_is_object(value))
        xf_form_read(reader, path, xf_form_details(record->kind), value, (char *)record + member->offset);
}

enum xf_content xf_member_read(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                               const json_t *value, void *base)
{
    switch ((enum xf_member_type)member->type) {
    case XF_MEMBER_TEXT:
    case XF_MEMBER_PROSE:
    case XF_MEMBER_SCHEME:
    case XF_MEMBER_REF:
        return read_text(reader, path, member, value, base);
    case XF_MEMBER_WORD:
        return read_word(reader, path, member, value, base);
    case XF_MEMBER_CHOICE:
    case XF_MEMBER_SEX:
        return read_choice(reader, path, member, value, base);
    case XF_MEMBER_GRADE:
        return read_grade(reader, path, member, value, base);
    case XF_MEMBER_SCORE:
        return read_score(reader, path, member, value, base);
    case XF_MEMBER_TIME:
        return read_time(reader, path, member, value, base);
    case XF_MEMBER_DATE:
        return read_date(reader, path, member, value, base);
    case XF_MEMBER_VERSION:
        return read_version(reader, path, member, value, base);
    case XF_MEMBER_LATITUDE:
    case XF_MEMBER_LONGITUDE:
        return read_degrees(reader, path, member, value, base);
    case XF_MEMBER_TEXTS:
    case XF_MEMBER_REFS:
        return xf_array_read_texts(reader, path, member, value, base);
    case XF_MEMBER_CONDITIONS:
        return xf_array_read_conditions(reader, path, member, value, base);
    case XF_MEMBER_END:
        return xf_array_read_end(reader, path, member, value, base);
    case XF_MEMBER_FORMS:
        return xf_array_read_forms(reader, path, member, value, base);
    case XF_MEMBER_DETAILS:
        read_details(reader, path, member, value, base);
        return XF_CONTENT_PRESENT;
    }
    return XF_CONTENT_PRESENT;
}
