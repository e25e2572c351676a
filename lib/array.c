/* SPDX-License-Identifier: Apache-2.0 */
/* The arrays of a record's form, and the refs that tie its parts together. Called by member.c.
 * The invariants: an array that is left with nothing is absent (NULL, 0); a ref that is kept names a part of the record. */
#include <stdio.h>
#include <string.h>

#include "reader.h"

/* The part that a ref names; NULL after the fault when there is none. */
static const struct xf_part *read_named_part(struct xf_reader *reader, const struct xf_path *path, const json_t *value, size_t max,
                                             enum xf_content *ret)
{
    const char *ref;
    size_t length;
    const struct xf_part *part = NULL;

    *ret = xf_reader_string(reader, path, value, max, false, &ref, &length);
    if (ref)
        part = xf_reader_part(reader, ref);
    if (ref && !part && !reader->parts_broken)
        xf_reader_fault(reader, path, XF_EINVAL, "must be the ref of a person, location or vehicle of this record");
    return part;
}

enum xf_content xf_array_read_end(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                  const json_t *value, void *base)
{
    enum xf_content content;
    const struct xf_part *part = read_named_part(reader, path, value, member->max, &content);

    struct xf_end none = {.kind = XF_READER_NO_KIND};

    memcpy((char *)base + member->offset, part ? &part->end : &none, sizeof(none));
    return content;
}

static bool is_array(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member, const json_t *value)
{
    if (!json_is_array(value)) {
        xf_reader_fault(reader, path, XF_EINVAL, "must be an array");
        return false;
    }
    if (json_array_size(value) > member->max) {
        xf_reader_fault(reader, path, XF_ELIMIT, "must not have more than %u items", member->max);
        return false;
    }
    return true;
}

enum xf_content xf_array_read_texts(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                    const json_t *value, void *base)
{
    size_t size = json_array_size(value), count = 0;
    const char **texts;

    if (!is_array(reader, path, member, value) || !size)
        return XF_CONTENT_PRESENT;
    texts = xf_reader_take(reader, size * sizeof(*texts));
    for (size_t i = 0; texts && i < size; i++) {
        const struct xf_path at = {.up = path, .index = i};
        const json_t *item = json_array_get(value, i);
        const char *text = NULL;
        size_t length = 0;

        if (member->type == XF_MEMBER_REFS) {
            enum xf_content content;
            const struct xf_part *part = read_named_part(reader, &at, item, XF_RECORD_ID_MAX, &content);

            if (part)
                texts[count++] = part->ref;
            else if (content == XF_CONTENT_BLANK)
                xf_reader_fault(reader, &at, XF_EINVAL, "must not be empty");
        } else {
            xf_reader_string(reader, &at, item, XF_RECORD_STRING_MAX, false, &text, &length);
            if (text)
                texts[count++] = xf_reader_keep(reader, text, length);
        }
    }
    if (count) {
        xf_form_set_pointer(base, member->offset, texts);
        xf_form_set_count(base, member->count_offset, count);
    }
    return XF_CONTENT_PRESENT;
}

enum xf_content xf_array_read_conditions(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                         const json_t *value, struct xf_record *record)
{
    size_t size = json_array_size(value), count = 0;
    unsigned found = 0;

    if (!is_array(reader, path, member, value) || !size)
        return XF_CONTENT_PRESENT;
    for (size_t i = 0; i < size; i++) {
        const struct xf_path at = {.up = path, .index = i};
        const json_t *item = json_array_get(value, i);
        const char *text = json_string_value(item);
        const char *choice = text ? xf_form_choice(member->choices, text, false) : NULL;
        char words[80];

        xf_form_print_choices(member->choices, words, sizeof(words));
        if (!choice)
            xf_reader_fault(reader, &at, XF_EINVAL, "not one of: %s", words);
        for (unsigned bit = 0; choice && member->choices[bit]; bit++)
            if (member->choices[bit] == choice)
                found |= 1u << bit;
    }
    if (!record->grade || record->grade[2] != 'C')
        return xf_reader_fault(reader, path, XF_EINVAL, "need a grade whose handling is C");
    record->conditions = xf_reader_take(reader, size * sizeof(*record->conditions));
    for (unsigned bit = 0; record->conditions && member->choices[bit]; bit++)
        if (found & 1u << bit)
            record->conditions[count++] = xf_reader_keep(reader, member->choices[bit], strlen(member->choices[bit]));
    record->condition_count = count;
    return XF_CONTENT_PRESENT;
}

enum xf_content xf_array_read_forms(struct xf_reader *reader, const struct xf_path *path, const struct xf_member *member,
                                    const json_t *value, void *base)
{
    size_t size = json_array_size(value), count = 0;
    char *items;

    if (!is_array(reader, path, member, value)) {
        reader->parts_broken |= base == reader->record;
        return XF_CONTENT_PRESENT;
    }
    if (!size)
        return XF_CONTENT_PRESENT;
    items = xf_reader_take(reader, size * member->form->size);
    for (size_t i = 0; items && i < size; i++) {
        const struct xf_path at = {.up = path, .index = i};
        char *item = items + count * member->form->size;

        if (base == reader->record && !json_is_object(json_array_get(value, i)))
            reader->parts_broken = true;
        if (xf_form_read(reader, &at, member->form, json_array_get(value, i), item))
            count++;
        else
            memset(item, 0, member->form->size);
    }
    if (count) {
        xf_form_set_pointer(base, member->offset, items);
        xf_form_set_count(base, member->count_offset, count);
    }
    return XF_CONTENT_PRESENT;
}
