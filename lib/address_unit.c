/* SPDX-License-Identifier: Apache-2.0 */
/* The unit inside a building, as the words of an address name it. Called by address_tokens.c once the words have their kinds.
 * Invariant: the unit's tokens, and no others, are set apart; a storey's word that no floor or flat goes with is left alone: Garden
 * Street, First Avenue. */
#include <stdio.h>
#include <string.h>

#include "address_tokens.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* What can name a unit: a number, a letter, or a letter and digits. */
static bool is_unit_name(const struct xf_address_token *token)
{
    const char *text = token->text;

    if (token->kind == XF_ADDRESS_NUMBER)
        return true;
    if (!is_letter(*text))
        return false;
    text++;
    if (*text == '/')
        text++;
    for (int digits = 0; *text && digits < 4; digits++, text++)
        if (!is_digit(*text))
            return false;
    return !*text;
}

/* Adds the storeys of from..to to those named so far. */
static void add_storeys(const struct xf_address_tokens *tokens, int from, int to, struct xf_address_unit *unit)
{
    size_t length = strlen(unit->storeys);

    for (int i = from; i < to; i++) {
        const char *word = strcmp(tokens->items[i].text, "floors") == 0 ? "floor" : tokens->items[i].text;
        size_t word_length = strlen(word);

        if (tokens->items[i].kind == XF_ADDRESS_FLAT || length + word_length + 2 > sizeof(unit->storeys))
            continue;
        if (length)
            unit->storeys[length++] = ' ';
        memcpy(unit->storeys + length, word, word_length + 1);
        length += word_length;
    }
}

/* "ground floor", "lower ground floor", "first and second floors", "basement": how many tokens from i say so, 0 for none. The first
 * storey named is kept, and all of them. */
static int read_storey(const struct xf_address_tokens *tokens, int i, struct xf_address_unit *unit)
{
    int start = i;
    bool lower = xf_address_token_is(tokens, i, "lower") && xf_address_token_at(tokens, i + 1)->kind == XF_ADDRESS_STOREY;
    const struct xf_address_token *storey;
    bool floor, whole;

    i += lower;
    storey = xf_address_token_at(tokens, i++);
    if (storey->kind != XF_ADDRESS_STOREY || storey->part != XF_PART_REST)
        return 0;
    while (
        (xf_address_token_is(tokens, i, "and") && xf_address_token_at(tokens, i + 1)->kind == XF_ADDRESS_STOREY) ||
        (xf_address_token_at(tokens, i)->kind == XF_ADDRESS_STOREY && xf_address_token_at(tokens, i + 1)->kind == XF_ADDRESS_FLOOR))
        i += xf_address_token_is(tokens, i, "and") ? 2 : 1;
    whole = strchr(storey->text, ' ') != NULL; /* gff is spelt out as ground floor */
    floor = whole || xf_address_token_at(tokens, i)->kind == XF_ADDRESS_FLOOR;
    i += floor && !whole;
    /* Without "floor" only a flat or, for a basement, a number or the end shows that a storey is meant: Garden Street, First
     * Avenue. */
    if (!floor && xf_address_token_at(tokens, i)->kind != XF_ADDRESS_FLAT &&
        (strcmp(storey->text, "basement") != 0 || xf_address_token_at(tokens, i)->kind == XF_ADDRESS_WORD) &&
        xf_address_token_at(tokens, start - 1)->kind != XF_ADDRESS_FLAT)
        return 0;
    if (!unit->storey[0]) {
        bool plain = whole || strcmp(storey->text, "basement") == 0 || strcmp(storey->text, "garden") == 0 ||
                     strcmp(storey->text, "rear") == 0 || strcmp(storey->text, "front") == 0 ||
                     strcmp(storey->text, "penthouse") == 0;

        snprintf(unit->storey, sizeof(unit->storey), "%s%.16s%s", lower ? "lower " : "", storey->text, plain ? "" : " floor");
    }
    add_storeys(tokens, start, i, unit);
    return i - start;
}

/* Units: a keyword and its name, a storey, or both in either order. The name wins over the storey, which some sources leave out. */
void xf_address_unit_find(struct xf_address_tokens *tokens, struct xf_address_unit *unit)
{
    *unit = (struct xf_address_unit){.end = -1};
    for (int i = 0; i < tokens->count; i++) {
        const struct xf_address_token *token = &tokens->items[i];
        const struct xf_address_token *next = xf_address_token_at(tokens, i + 1);
        int used = 0;

        if (token->part != XF_PART_REST)
            continue;
        if (token->kind != XF_ADDRESS_FLAT && token->kind != XF_ADDRESS_UNIT) {
            used = read_storey(tokens, i, unit);
        } else if (is_unit_name(next) && next->part == XF_PART_REST && !unit->name[0]) {
            snprintf(unit->name, sizeof(unit->name), "%s", next->text);
            unit->number_may_be_house = token->kind == XF_ADDRESS_FLAT && next->kind == XF_ADDRESS_NUMBER;
            used = 2;
        } else if (token->kind == XF_ADDRESS_FLAT) {
            used = 1;
        }
        if (!used)
            continue;
        xf_address_tokens_take(tokens, i, i + used, XF_PART_FLAT);
        i += used - 1;
        unit->end = i + 1;
    }
}
