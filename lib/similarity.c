/* SPDX-License-Identifier: Apache-2.0 */
/* Jaro–Winkler similarity and edit distance of short byte strings, the inner loop of scoring: called for every candidate pair. Both
 * find where a byte occurs in a string as a bit mask, eight bytes at a time inside one register, so that a pair of names costs some
 * tens of nanoseconds. Invariant: integers only; no rounding but the one at the end, downwards. */
#include "crossflag/similarity.h"

#include <stdint.h>
#include <string.h>

#define BYTES_MAX 64
#define EACH UINT64_C(0x0101010101010101)
#define LOW7 UINT64_C(0x7F7F7F7F7F7F7F7F)

/* A string in registers: byte k of words[w] is its byte 8w + k (little-endian, which pack.h demands anyway), zero behind the end.
 */
struct packed {
    uint64_t words[BYTES_MAX / 8];
    size_t word_count;
};

static void pack_bytes(struct packed *packed, const char *text, size_t length)
{
    packed->word_count = (length + 7) / 8;
    for (size_t i = 0; i < packed->word_count; i++) {
        size_t left = length - i * 8;

        packed->words[i] = 0;
        memcpy(&packed->words[i], text + i * 8, left < 8 ? left : 8);
    }
}

/* Bit i is set where byte i equals c. */
static uint64_t places_of(const struct packed *packed, char c)
{
    uint64_t places = 0;

    for (size_t i = 0; i < packed->word_count; i++) {
        uint64_t different = packed->words[i] ^ (EACH * (unsigned char)c);
        uint64_t zero_bytes = ~(((different & LOW7) + LOW7) | different | LOW7); /* exact: bit 7 of each byte that is zero */

        /* The multiplication gathers the eight bits at the top of the word, in order and without carries. */
        places |= ((zero_bytes >> 7) * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return places;
}

/* The lowest n bits; n at most 64. */
static uint64_t low_bits(size_t n)
{
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

/* Winkler (1990), with matches searched within half the longer string and half the transpositions rounded down, as his strcmp95. */
int xf_jaro_winkler(const char *a, size_t a_length, const char *b, size_t b_length)
{
    struct packed packed;
    uint64_t a_matched = 0;
    uint64_t b_matched = 0;
    size_t window, matches, moved = 0, prefix = 0;
    uint64_t numerator, denominator;

    a_length = a_length < BYTES_MAX ? a_length : BYTES_MAX;
    b_length = b_length < BYTES_MAX ? b_length : BYTES_MAX;
    if (!a_length || !b_length)
        return 0;
    window = (a_length > b_length ? a_length : b_length) / 2;
    window = window ? window - 1 : 0;
    pack_bytes(&packed, b, b_length);
    for (size_t i = 0; i < a_length; i++) {
        uint64_t near = low_bits(i + window + 1) & ~low_bits(i > window ? i - window : 0) & low_bits(b_length);
        uint64_t found = places_of(&packed, a[i]) & near & ~b_matched;

        b_matched |= found & (0 - found); /* the first of them */
        a_matched |= (uint64_t)(found != 0) << i;
    }
    matches = (size_t)__builtin_popcountll(a_matched);
    if (!matches)
        return 0;
    for (uint64_t left_a = a_matched, left_b = b_matched; left_a; left_a &= left_a - 1, left_b &= left_b - 1)
        moved += a[__builtin_ctzll(left_a)] != b[__builtin_ctzll(left_b)];
    while (prefix < 4 && prefix < a_length && prefix < b_length && a[prefix] == b[prefix])
        prefix++;
    /* Jaro is (m/|a| + m/|b| + (m - t)/m) / 3 = numerator / denominator; Winkler adds prefix tenths of what is missing to 1. */
    numerator = matches * matches * (a_length + b_length) + (matches - moved / 2) * a_length * b_length;
    denominator = 3 * a_length * b_length * matches;
    return (int)(100 * (10 * numerator + prefix * (denominator - numerator)) / denominator);
}

/* Hyyrö (2003), "A bit-vector algorithm for computing Levenshtein and Damerau edit distances": one column of the table in a word.
 */
int xf_edit_distance(const char *a, size_t a_length, const char *b, size_t b_length, int limit)
{
    struct packed packed;
    uint64_t positive = UINT64_MAX; /* where the column rises by one */
    uint64_t negative = 0;          /* where it falls by one */
    uint64_t diagonal = 0;
    uint64_t places_before = 0;
    uint64_t last;
    int distance;

    a_length = a_length < BYTES_MAX ? a_length : BYTES_MAX;
    b_length = b_length < BYTES_MAX ? b_length : BYTES_MAX;
    distance = (int)a_length;
    if (limit < 0 || (int)a_length - (int)b_length > limit || (int)b_length - (int)a_length > limit)
        return limit + 1;
    if (!a_length)
        return (int)b_length;
    last = UINT64_C(1) << (a_length - 1);
    pack_bytes(&packed, a, a_length);
    for (size_t i = 0; i < b_length; i++) {
        uint64_t places = places_of(&packed, b[i]) & low_bits(a_length);
        uint64_t swapped = ((~diagonal & places) << 1) & places_before;
        uint64_t rises, falls;

        diagonal = (((places & positive) + positive) ^ positive) | places | negative | swapped;
        rises = negative | ~(diagonal | positive);
        falls = diagonal & positive;
        distance += (rises & last) != 0;
        distance -= (falls & last) != 0;
        /* From here each byte can lower the distance by one at most. */
        if (distance - (int)(b_length - 1 - i) > limit)
            return limit + 1;
        rises = rises << 1 | 1;
        falls <<= 1;
        positive = falls | ~(diagonal | rises);
        negative = rises & diagonal;
        places_before = places;
    }
    return distance;
}
