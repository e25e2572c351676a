/* SPDX-License-Identifier: Apache-2.0 */
/* A record's content as 16 bytes, by which `unchanged` and `corrected` are told apart. Called by record.c at the end of a parse.
 * The invariant: equal parsed content has an equal digest on every machine and in every later version, since digests are compared
 * with those in the journal's snapshots. So only what is there is hashed, each value under its member's name and each text with its
 * NUL, in the tables' order: a member that a later version adds changes nothing for the records without it. XXH3-128 is not meant
 * to withstand an attacker, and need not: a sender can only make its own correction look unchanged. */
#include <string.h>
#define XXH_INLINE_ALL /* the state lies on the stack, and its layout is only promised inside one build */
#include <xxhash.h>

#include "form.h"

static void put(XXH3_state_t *state, const void *bytes, size_t length)
{
    XXH3_128bits_update(state, bytes, length);
}

static void put_text(XXH3_state_t *state, const char *text)
{
    put(state, text, strlen(text) + 1);
}

static void put_number(XXH3_state_t *state, uint64_t number)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    put(state, bytes, sizeof(bytes));
}

static void put_named_number(XXH3_state_t *state, const struct xf_member *member, uint64_t number)
{
    put_text(state, member->name);
    put_number(state, number);
}

static void put_texts(XXH3_state_t *state, const struct xf_member *member, const void *base)
{
    const char *const *texts = xf_form_pointer(base, member->offset);
    size_t count = xf_form_count(base, member->count_offset);

    if (!count)
        return;
    put_named_number(state, member, count);
    for (size_t i = 0; i < count; i++)
        put_text(state, texts[i]);
}

/* A form ends with an empty name, so that no member can move from one item of an array to the next unnoticed. */
static void put_form(XXH3_state_t *state, const struct xf_form *form, const void *base, const char *kind)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct xf_member *member = &form->members[i];
        const char *field = (const char *)base + member->offset;

        switch ((enum xf_member_type)member->type) {
        case XF_MEMBER_TEXT:
        case XF_MEMBER_PROSE:
        case XF_MEMBER_SCHEME:
        case XF_MEMBER_REF:
        case XF_MEMBER_WORD:
        case XF_MEMBER_CHOICE:
        case XF_MEMBER_SEX:
        case XF_MEMBER_GRADE:
        case XF_MEMBER_SCORE: {
            const char *text = xf_form_pointer(base, member->offset);

            if (text) {
                put_text(state, member->name);
                put_text(state, text);
            }
            break;
        }
        case XF_MEMBER_TIME: {
            int64_t time;

            memcpy(&time, field, sizeof(time));
            if (time != XF_TIME_NONE)
                put_named_number(state, member, (uint64_t)time);
            break;
        }
        case XF_MEMBER_DATE: {
            xf_date date;

            memcpy(&date, field, sizeof(date));
            if (date)
                put_named_number(state, member, date);
            break;
        }
        case XF_MEMBER_LATITUDE:
        case XF_MEMBER_LONGITUDE: {
            int32_t degrees;

            memcpy(&degrees, field, sizeof(degrees));
            if (((const struct xf_location *)base)->has_point)
                put_named_number(state, member, (uint32_t)degrees);
            break;
        }
        case XF_MEMBER_VERSION:
            break;
        case XF_MEMBER_TEXTS:
        case XF_MEMBER_REFS:
        case XF_MEMBER_CONDITIONS:
            put_texts(state, member, base);
            break;
        case XF_MEMBER_END: {
            const struct xf_end *end = (const struct xf_end *)field;

            put_named_number(state, member, (uint64_t)end->kind << 16 | end->index);
            break;
        }
        case XF_MEMBER_FORMS: {
            const char *items = xf_form_pointer(base, member->offset);
            size_t count = xf_form_count(base, member->count_offset);

            if (count)
                put_named_number(state, member, count);
            for (size_t item = 0; item < count; item++)
                put_form(state, member->form, items + item * member->form->size, kind);
            break;
        }
        case XF_MEMBER_DETAILS:
            put_text(state, member->name);
            put_form(state, xf_form_details(kind), field, kind);
            break;
        }
    }
    put(state, "", 1);
}

void xf_record_digest(const struct xf_record *record, uint8_t digest[static 16])
{
    XXH3_state_t state;
    XXH128_canonical_t canonical;

    XXH3_128bits_reset(&state);
    put_form(&state, &xf_form_record, record, record->kind);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
    memcpy(digest, canonical.digest, sizeof(canonical.digest));
}
