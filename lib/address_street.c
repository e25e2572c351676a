/* SPDX-License-Identifier: Apache-2.0 */
/* Streets that are nearly the same. Called by score_location.c for those that are not equal, and by the blocking keys,
 * which leave out what sort of street it is: people remember Rainbow and mistake its Lane for a Road. Invariant: symmetric; what is
 * equal is never asked here. */
#include <string.h>

#include "address_compare.h"
#include "address_words.h"
#include "crossflag/normalise.h"
#include "score.h"

size_t xf_street_base(const char *street)
{
    const char *last = strrchr(street, ' ');
    const struct xf_address_word *word = last ? xf_address_word_find(last + 1) : NULL;

    return word && (word->kind == XF_ADDRESS_STREET || word->kind == XF_ADDRESS_COURT) ? (size_t)(last - street) : strlen(street);
}

static bool compact_equal(const char *a, const char *b)
{
    for (;;) {
        while (*a == ' ')
            a++;
        while (*b == ' ')
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

enum xf_street_level xf_street_compare(const char *a, const char *b)
{
    size_t a_base = xf_street_base(a), b_base = xf_street_base(b);
    bool a_kind = a[a_base], b_kind = b[b_base];

    if (compact_equal(a, b))
        return XF_STREET_SPELLING;
    if (a_base == b_base && memcmp(a, b, a_base) == 0)
        return XF_STREET_KIND;
    if (a_kind == b_kind && strcmp(a + a_base, b + b_base) == 0 && xf_score_similarity(a, a_base, b, b_base) >= XF_NAME_CLOSE)
        return XF_STREET_SPELLING;
    return xf_words_within(a, b) ? XF_STREET_WITHIN : XF_STREET_DIFFERENT;
}

bool xf_words_within(const char *a, const char *b)
{
    const char *words = strlen(a) < strlen(b) ? a : b, *text = words == a ? b : a;

    if (strlen(words) < 5)
        return false;
    while (*words) {
        size_t length = strcspn(words, " ");
        const char *at = text;
        bool found = false;

        while (!found && *at) {
            size_t step = strcspn(at, " ");

            found = step == length && memcmp(at, words, length) == 0;
            at += step + (at[step] == ' ');
        }
        if (!found)
            return false;
        words += length + (words[length] == ' ');
    }
    return true;
}
