/* SPDX-License-Identifier: Apache-2.0 */
/* Takes British addresses apart: unit, house, building, street, and the rest. Called by mention_location.c for every location,
 * whose lines come joined by commas, and by queries for what an officer types in one line. address_tokens.c has set the postcode
 * and the unit apart; here the other tokens get their part: the house number that a street follows, the street by the word that
 * ends its name, and the building before it. Commas help and are not needed. Invariant: every word but the country and the keywords
 * of units ends in exactly one part, or is cut when that part is full. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "address_tokens.h"

struct parse {
    struct xf_address_tokens tokens;
    struct xf_address_unit unit;
    struct xf_address *ret;
};

/* Ashton Court, Mill Road; Greenhead Park, Trinity Street: the street that follows a court in the same run, or a park and the like
 * in the next segment, makes it a building. Returns the real street's end and moves *from to its start. */
static int behind_court(const struct parse *parse, int street_end, int *from)
{
    const struct xf_address_token *last = &parse->tokens.items[street_end];
    int start = street_end + 1;
    int end;

    if (start >= parse->tokens.count || (last->kind != XF_ADDRESS_COURT && last->kind != XF_ADDRESS_FEATURE))
        return street_end;
    end = xf_address_street_end(&parse->tokens, start, xf_address_run_end(&parse->tokens, start));
    if (end == XF_ADDRESS_NOWHERE || end - start > 3)
        return street_end;
    if (last->kind == XF_ADDRESS_FEATURE && (*from > 0 || parse->tokens.items[start].segment == last->segment))
        return street_end;
    *from = start;
    return end;
}

/* Gives the street from..end its part, and what stands between start and from to the building. */
static void take_street(struct parse *parse, int start, int from, int end)
{
    xf_address_tokens_take(&parse->tokens, start, from, XF_PART_BUILDING);
    xf_address_tokens_take(&parse->tokens, from, end + 1, XF_PART_STREET);
}

/* The unit of a building when it has none yet, else part of the building's name. */
static void take_unit_number(struct parse *parse, int number)
{
    struct xf_address_token *token = &parse->tokens.items[number];

    if (parse->ret->flat[0]) {
        token->part = XF_PART_BUILDING;
        return;
    }
    snprintf(parse->ret->flat, sizeof(parse->ret->flat), "%s", token->text);
    token->part = XF_PART_FLAT;
}

/* All that stands before the house, or before a street without one, is the building, but a number is its unit: 4 12 High Street; 4
 * Ashton House, Mill Road. */
static void take_before(struct parse *parse, int end)
{
    for (int i = 0; i < end && !parse->ret->flat[0]; i++) {
        const struct xf_address_token *token = &parse->tokens.items[i];
        int to = xf_address_run_end(&parse->tokens, i + 1);

        if (token->kind != XF_ADDRESS_NUMBER || token->part != XF_PART_REST)
            continue;
        if (i + 1 == end || (to > i + 1 && to <= end &&
                             (token[to - 1 - i].kind == XF_ADDRESS_BUILDING || token[to - 1 - i].kind == XF_ADDRESS_COURT)))
            take_unit_number(parse, i);
    }
    xf_address_tokens_take(&parse->tokens, 0, end, XF_PART_BUILDING);
}

/* 1 Dame Alice Court, 19 Newnham Street: a second number and street behind the first make that a unit and its building. */
static bool is_before_house(const struct parse *parse, int end)
{
    const struct xf_address_token *next = xf_address_token_at(&parse->tokens, end + 1);
    enum xf_address_kind kind = parse->tokens.items[end].kind;

    if (next->kind != XF_ADDRESS_NUMBER || next->part != XF_PART_REST || end + 2 >= parse->tokens.count)
        return false;
    return kind == XF_ADDRESS_COURT || xf_address_token_is(&parse->tokens, end, "arcade") ||
           xf_address_street_end(&parse->tokens, end + 2, xf_address_run_end(&parse->tokens, end + 2)) != XF_ADDRESS_NOWHERE;
}

/* A number and a street behind it, directly or behind a building's name. */
static bool place_numbered_street(struct parse *parse)
{
    for (int number = 0; number < parse->tokens.count; number++) {
        int from = number + 1;
        int end, street;

        if (parse->tokens.items[number].kind != XF_ADDRESS_NUMBER || parse->tokens.items[number].part != XF_PART_REST)
            continue;
        /* Zebra House 25, Flat 45, Government Road */
        while (from < parse->tokens.count && parse->tokens.items[from].part == XF_PART_FLAT)
            from++;
        end = xf_address_street_end(&parse->tokens, from, xf_address_run_end(&parse->tokens, from));
        if (end == XF_ADDRESS_NOWHERE || end - from > 6)
            continue;
        if (from == number + 1 && !parse->ret->flat[0] && is_before_house(parse, end)) {
            xf_address_tokens_take(&parse->tokens, 0, number, XF_PART_BUILDING);
            take_unit_number(parse, number);
            xf_address_tokens_take(&parse->tokens, from, end + 1, XF_PART_BUILDING);
            continue;
        }
        street = xf_address_building_end(&parse->tokens, from, end);
        if (street == from)
            end = behind_court(parse, end, &street);
        if (street > from && from == number + 1) {
            xf_address_tokens_take(&parse->tokens, 0, number, XF_PART_BUILDING);
            take_unit_number(parse, number);
        } else {
            take_before(parse, number);
            parse->tokens.items[number].part = XF_PART_HOUSE;
        }
        take_street(parse, from, street, end);
        return true;
    }
    return false;
}

/* Where a street's name begins that ends at end and has no number to show it. When nothing follows it before the comma, three words
 * are all its name: King Edward Road. In the one long line that address files hold, most streets have two: Timbers, Howe Street,
 * Finchingfield. */
static int guess_street_start(const struct parse *parse, int from, int end)
{
    const struct xf_address_token *tokens = parse->tokens.items;
    int street = xf_address_building_end(&parse->tokens, from, end);

    if (street > from || end - from <= (end + 1 == xf_address_run_end(&parse->tokens, from) ? 2 : 1))
        return street;
    street = end - 1;
    if (street > from && (strcmp(tokens[street - 1].text, "lower") == 0 || strcmp(tokens[street - 1].text, "upper") == 0))
        return street - 1;
    while (street > from && tokens[street].kind != XF_ADDRESS_PREFIX &&
           (xf_address_ends_street(tokens[street].kind) || tokens[street - 1].kind == XF_ADDRESS_PREFIX ||
            tokens[street - 1].kind == XF_ADDRESS_DIRECTION))
        street--;
    return street;
}

/* A street without a number: the first run that ends as one does. */
static bool place_plain_street(struct parse *parse)
{
    for (int from = 0; from < parse->tokens.count; from++) {
        int to = xf_address_run_end(&parse->tokens, from);
        int end = xf_address_street_end(&parse->tokens, from, to);
        int street;

        if (end == XF_ADDRESS_NOWHERE) {
            from = to > from ? to - 1 : from;
            continue;
        }
        street = guess_street_start(parse, from, end);
        if (street == from)
            end = behind_court(parse, end, &street);
        take_before(parse, from);
        take_street(parse, from, street, end);
        return true;
    }
    return false;
}

/* The first number without a part; of several, one that a street in one word follows. */
static int find_number(const struct parse *parse)
{
    int found = XF_ADDRESS_NOWHERE;

    for (int i = 0; i < parse->tokens.count; i++) {
        const struct xf_address_token *token = &parse->tokens.items[i];
        const struct xf_address_token *next = xf_address_token_at(&parse->tokens, i + 1);

        if (token->kind != XF_ADDRESS_NUMBER || token->part != XF_PART_REST)
            continue;
        if (next->part == XF_PART_REST && xf_address_is_street_in_one(next->text))
            return i;
        if (found == XF_ADDRESS_NOWHERE)
            found = i;
    }
    return found;
}

/* A number, but no word that ends a street: 92 Kingsway; 7a Eastgate Centre, Southernhay; 12 Strand, London. */
static bool place_number(struct parse *parse)
{
    int number = find_number(parse);
    int from = number + 1;
    int to, building;

    if (number == XF_ADDRESS_NOWHERE)
        return false;
    while (from < parse->tokens.count && parse->tokens.items[from].part == XF_PART_FLAT)
        from++;
    to = xf_address_run_end(&parse->tokens, from);
    building = xf_address_last_building(&parse->tokens, from, to);
    if (building > from) {
        xf_address_tokens_take(&parse->tokens, 0, number, XF_PART_BUILDING);
        take_unit_number(parse, number);
        xf_address_tokens_take(&parse->tokens, from, building, XF_PART_BUILDING);
        from = building;
    } else {
        take_before(parse, number);
        parse->tokens.items[number].part = XF_PART_HOUSE;
    }
    if (from < to && xf_address_is_street_in_one(parse->tokens.items[from].text))
        xf_address_tokens_take(&parse->tokens, from, from + 1, XF_PART_STREET);
    else if (parse->tokens.items[number].part == XF_PART_HOUSE && to - from <= 3)
        xf_address_tokens_take(&parse->tokens, from, to, XF_PART_STREET);
    return true;
}

/* Neither number nor street's ending: a street in one word, then a building's name, else the first of several segments. */
static void place_names(struct parse *parse)
{
    int first_end = xf_address_run_end(&parse->tokens, 0);
    int building = xf_address_last_building(&parse->tokens, 0, first_end);

    for (int i = 0; i < parse->tokens.count; i++) {
        bool the = xf_address_token_is(&parse->tokens, i, "the");
        bool front = i == 0 || parse->tokens.items[i - 1].segment != parse->tokens.items[i].segment ||
                     parse->tokens.items[i - 1].part != XF_PART_REST;

        if (front && parse->tokens.items[i].part == XF_PART_REST &&
            xf_address_is_street_in_one(xf_address_token_at(&parse->tokens, i + the)->text)) {
            xf_address_tokens_take(&parse->tokens, 0, i, XF_PART_BUILDING);
            xf_address_tokens_take(&parse->tokens, i, i + the + 1, XF_PART_STREET);
            return;
        }
    }
    if (building > 0)
        xf_address_tokens_take(&parse->tokens, 0, building, XF_PART_BUILDING);
    else if (first_end < parse->tokens.count && first_end <= 6)
        xf_address_tokens_take(&parse->tokens, 0, first_end, XF_PART_BUILDING);
}

/* Joins a part's tokens; a name written twice running, as address files do, counts once. */
static void join(const struct parse *parse, enum xf_address_part part, char *out, size_t size)
{
    const struct xf_address_token *tokens[XF_ADDRESS_TOKENS_MAX];
    int count = 0;
    size_t length = 0;

    for (int i = 0; i < parse->tokens.count; i++)
        if (parse->tokens.items[i].part == part)
            tokens[count++] = &parse->tokens.items[i];
    for (int half = count / 2; half > 0; half--) {
        int same = 0;

        while (same < half && strcmp(tokens[count - 2 * half + same]->text, tokens[count - half + same]->text) == 0)
            same++;
        if (same == half) {
            count -= half;
            break;
        }
    }
    for (int i = 0; i < count; i++) {
        size_t word = strlen(tokens[i]->text);

        if (length + word + 2 > size)
            break;
        if (length)
            out[length++] = ' ';
        memcpy(out + length, tokens[i]->text, word);
        length += word;
    }
    out[length] = '\0';
}

/* "Flat 74, High Street" has a flat and no house, or a house and no flat number; with the word flat and a number right before the
 * street it is taken as the house, since more sources leave a unit's number out than a house's. "First floor flat 21 Pepperpot
 * Road" is the same with a storey. */
static void settle_flat_number(struct parse *parse)
{
    struct xf_address *ret = parse->ret;

    if (!parse->unit.number_may_be_house || ret->house[0] || ret->building[0] || !ret->street[0])
        return;
    if (parse->unit.end == XF_ADDRESS_NOWHERE || xf_address_token_at(&parse->tokens, parse->unit.end)->part != XF_PART_STREET)
        return;
    snprintf(ret->house, sizeof(ret->house), "%s", ret->flat);
    snprintf(ret->flat, sizeof(ret->flat), "%s", parse->unit.storey);
}

void xf_normalise_address(const char *text, struct xf_address *ret)
{
    struct parse parse;

    *ret = (struct xf_address){0};
    if (!xf_address_tokens_read(&parse.tokens, text, ret->postcode, &parse.unit))
        return;
    parse.ret = ret;
    /* The name of a unit wins over its storey, which some sources leave out. */
    snprintf(ret->flat, sizeof(ret->flat), "%s", parse.unit.name[0] ? parse.unit.name : parse.unit.storey);
    if (!place_numbered_street(&parse) && !place_plain_street(&parse) && !place_number(&parse))
        place_names(&parse);
    memcpy(ret->storeys, parse.unit.storeys, sizeof(ret->storeys));
    join(&parse, XF_PART_HOUSE, ret->house, sizeof(ret->house));
    join(&parse, XF_PART_BUILDING, ret->building, sizeof(ret->building));
    join(&parse, XF_PART_STREET, ret->street, sizeof(ret->street));
    join(&parse, XF_PART_REST, ret->rest, sizeof(ret->rest));
    settle_flat_number(&parse);
}
