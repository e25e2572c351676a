/* SPDX-License-Identifier: Apache-2.0 */
/* Values as bytes. Called by profile.c, which keeps them packed and opens them for each comparison: what fits into one line of the
 * cache is read faster than what needs two and no unpacking. A value is a byte of field, length of the symbol and whether more
 * follows; what few values have (a qualifier, a group, weakness) in a second byte; then the qualifier and the symbol without their
 * leading zeroes. Invariant: unpack(pack(values)) is values. */
#include "values.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* The first byte */
#define FIELD 31
#define LENGTH_SHIFT 5 /* the symbol's, less one */
#define MORE 128

/* The second */
#define WEAK 1
#define QUALIFIER_SHIFT 1 /* its length, 0 to 4 */
#define GROUP_SHIFT 4
#define GROUP_FOLLOWS 15

static_assert(XF_FIELDS <= FIELD + 1 && XF_VALUE_WEAK == WEAK, "a field fits its bits");

static uint32_t length_of(uint32_t number)
{
    return number ? (uint32_t)(39 - __builtin_clz(number)) / 8 : 0;
}

uint32_t xf_values_pack(const struct xf_value *values, uint32_t count, uint32_t words[static XF_VALUES_WORDS])
{
    unsigned char *bytes = (unsigned char *)words;
    uint32_t at = 0;

    assert(count <= XF_MENTION_VALUES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_value *value = &values[i];
        uint32_t length = value->symbol ? length_of(value->symbol) : 1, qualifier = length_of(value->qualifier);
        bool more = value->flags || qualifier || value->group;

        assert(value->field && value->field < XF_FIELDS && !(value->flags & ~WEAK));
        bytes[at++] = (unsigned char)(value->field | (length - 1) << LENGTH_SHIFT | (more ? MORE : 0));
        if (more) {
            bool follows = value->group >= GROUP_FOLLOWS;

            bytes[at++] = (unsigned char)(value->flags | qualifier << QUALIFIER_SHIFT |
                                          (follows ? GROUP_FOLLOWS : (uint32_t)value->group) << GROUP_SHIFT);
            if (follows)
                bytes[at++] = value->group;
            memcpy(bytes + at, &value->qualifier, qualifier);
            at += qualifier;
        }
        memcpy(bytes + at, &value->symbol, length);
        at += length;
    }
    while (at % 4)
        bytes[at++] = 0; /* no field */
    return at / 4;
}

/* A number of up to four bytes, which others may follow. */
static uint32_t read_number(const unsigned char *bytes, uint32_t length)
{
    uint32_t number;

    memcpy(&number, bytes, sizeof(number));
    return (uint32_t)(number & ((UINT64_C(1) << length * 8) - 1));
}

uint32_t xf_values_unpack(const uint32_t *words, uint32_t word_count, struct xf_value values[static XF_MENTION_VALUES_MAX])
{
    const unsigned char *bytes = (const unsigned char *)words, *end = bytes + word_count * sizeof(*words);
    uint32_t count = 0;

    while (bytes < end && *bytes) {
        struct xf_value *value = &values[count++];
        uint32_t first = *bytes++, length = (first >> LENGTH_SHIFT & 3) + 1, second, qualifier;

        if (!(first & MORE)) { /* most */
            *value = (struct xf_value){.field = (uint8_t)(first & FIELD), .symbol = read_number(bytes, length)};
            bytes += length;
            continue;
        }
        second = *bytes++;
        qualifier = second >> QUALIFIER_SHIFT & 7;
        value->field = (uint8_t)(first & FIELD);
        value->flags = second & WEAK;
        value->group = (uint8_t)(second >> GROUP_SHIFT);
        if (value->group == GROUP_FOLLOWS)
            value->group = *bytes++;
        value->qualifier = read_number(bytes, qualifier);
        bytes += qualifier;
        value->symbol = read_number(bytes, length);
        bytes += length;
    }
    return count;
}
