/* SPDX-License-Identifier: Apache-2.0 */
/* Where, in a run of an address's words, the names of streets and of buildings begin and end. Called by address.c, which tries one
 * reading after another. Invariant: looks only, gives no part. */
#include <string.h>

#include "address_tokens.h"
#include "words.h"

int xf_address_run_end(const struct xf_address_tokens *tokens, int start)
{
    int i = start;

    while (i < tokens->count && tokens->items[i].part == XF_PART_REST && tokens->items[i].kind != XF_ADDRESS_NUMBER &&
           tokens->items[i].segment == tokens->items[start].segment)
        i++;
    return i;
}

bool xf_address_is_street_in_one(const char *word)
{
    static const char *const endings[] = {
        "gate", "hay", "side", "way", "ways",
    };
    size_t length = strlen(word);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);

        if (length > ending + 2 && strcmp(word + length - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

/* Whether a building's name goes on behind what could have ended a street's, and a street follows it: Cranfield Park Service
 * Station, Cranfield Park Road; Lady Lane Garage, Lady Lane. */
static bool is_before_building(const struct xf_address_tokens *tokens, int end, int to)
{
    int reach = tokens->items[end].kind == XF_ADDRESS_STREET ? end + 2 : to;

    for (int i = end + 1; i + 2 < to && i < reach; i++) {
        if (tokens->items[i].kind != XF_ADDRESS_BUILDING || xf_address_ends_street(tokens->items[i + 1].kind))
            continue;
        for (int j = i + 2; j < to; j++)
            if (tokens->items[j].kind == XF_ADDRESS_STREET)
                return true;
    }
    return false;
}

int xf_address_street_end(const struct xf_address_tokens *tokens, int from, int to)
{
    for (int i = from; i < to; i++) {
        enum xf_address_kind kind = tokens->items[i].kind;
        enum xf_address_kind next = i + 1 < to ? tokens->items[i + 1].kind : XF_ADDRESS_WORD;

        if (!xf_address_ends_street(kind))
            continue;
        /* Park Lane, but not a lone Park before other words. */
        if (i == from && !xf_address_ends_street(next) && to - from > 1)
            continue;
        if ((kind != XF_ADDRESS_STREET || from == 0) && is_before_building(tokens, i, to))
            continue;
        while (i + 1 < to && xf_address_ends_street(tokens->items[i + 1].kind) &&
               (tokens->items[i].kind != XF_ADDRESS_STREET || i == from))
            i++;
        if (i + 2 == to && tokens->items[i + 1].kind == XF_ADDRESS_DIRECTION)
            i++;
        return i;
    }
    return XF_ADDRESS_NOWHERE;
}

/* Buildings that streets are called after, so that Inn, Church Street is no street of Inn Church. */
static bool begins_street(const char *word)
{
    static const char *const table[] = {
        "abbey", "castle", "chapel", "church", "college", "hall", "hospital", "manor", "mill", "priory", "school", "station",
    };

    return xf_words_in(table, sizeof(table) / sizeof(table[0]), word);
}

int xf_address_building_end(const struct xf_address_tokens *tokens, int from, int street_end)
{
    for (int i = street_end - 2; i >= from; i--) {
        enum xf_address_kind kind = tokens->items[i].kind;
        enum xf_address_kind next = tokens->items[i + 1].kind;

        if (kind != XF_ADDRESS_BUILDING || xf_address_ends_street(next))
            continue;
        if (next != XF_ADDRESS_BUILDING || (i > from && i + 2 == street_end && begins_street(tokens->items[i + 1].text)))
            return i + 1;
    }
    return from;
}

int xf_address_last_building(const struct xf_address_tokens *tokens, int from, int to)
{
    while (to > from && tokens->items[to - 1].kind != XF_ADDRESS_BUILDING)
        to--;
    return to;
}
