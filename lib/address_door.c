/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of two addresses: house numbers with their letters and ranges, and units: flats by name, by storey, or both. Called by
 * score_location.c for addresses whose numbers or units are written differently. People write one door in many ways (FLAT A 3, 3A;
 * 12/3, FLAT 3 12; FIRST FLOOR FLAT, FLAT A FIRST AND SECOND FLOORS; 2/1, SECOND FLOOR 1), and registers letter what others number.
 * Invariant: a unit is different only when both sides say enough to know that it is. */
#include <string.h>

#include "address_compare.h"

enum storey {
    STOREY_BASEMENT = 1, /* and lower ground */
    STOREY_GROUND = 2,
    STOREY_FIRST = 4, /* the next bits: second to sixth */
    STOREY_ABOVE = 0xfc,
    STOREY_TOP = 256,
    STOREY_UPPER = 512,
    STOREY_GARDEN = 1024,
};
enum side { SIDE_FRONT = 1, SIDE_REAR = 2 };

struct unit {
    char name[16];
    unsigned storeys, sides;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static const char *read_number(const char *text, uint32_t *number, char *letter)
{
    *number = 0;
    for (int digits = 0; is_digit(*text) && digits < 6; digits++, text++)
        *number = *number * 10 + (uint32_t)(*text - '0');
    *letter = is_letter(*text) ? *text++ : '\0';
    return text;
}

struct xf_house xf_house_read(const char *text)
{
    struct xf_house house = {0};

    text = read_number(text, &house.low, &house.low_letter);
    house.high = house.low;
    house.high_letter = house.low_letter;
    if (strcmp(text, " and a half") == 0)
        house.low_letter = house.high_letter = XF_HOUSE_HALF;
    else if (*text == '-')
        read_number(text + 1, &house.high, &house.high_letter);
    else if (*text == '/' && strlen(text) < sizeof(house.unit))
        strcpy(house.unit, text + 1);
    if (house.high < house.low) /* 112-4 is 112-114; else someone's slip, of which the first number holds */
        house.high = house.low;
    return house;
}

static bool is_single(const struct xf_house *house)
{
    return house->low == house->high && house->low_letter == house->high_letter;
}

/* 23 in 21-29, 92 in 92-92a, but not 74 in 74b-76; a long range has the numbers of its side of the street only. */
static bool holds(const struct xf_house *range, uint32_t number, char letter)
{
    if (number < range->low || number > range->high || (number == range->low && letter < range->low_letter) ||
        (number == range->high && letter > range->high_letter))
        return false;
    return range->high - range->low < 2 || (range->high - range->low) % 2 || (number - range->low) % 2 == 0;
}

static bool overlap(const struct xf_house *a, const struct xf_house *b)
{
    return holds(a, b->low, b->low_letter) || holds(a, b->high, b->high_letter) || holds(b, a->low, a->low_letter) ||
           holds(b, a->high, a->high_letter);
}

/* Words that say where in a house a unit is. "floor" and "and" join them and say nothing. */
static bool read_storey(const char *word, size_t length, struct unit *unit, bool *lower)
{
    static const struct {
        const char *word;
        unsigned storey, side;
    } table[] = {{"ground", STOREY_GROUND, 0},
                 {"basement", STOREY_BASEMENT, 0},
                 {"first", STOREY_FIRST, 0},
                 {"second", 8, 0},
                 {"third", 16, 0},
                 {"fourth", 32, 0},
                 {"fifth", 64, 0},
                 {"sixth", 128, 0},
                 {"top", STOREY_TOP, 0},
                 {"attic", STOREY_TOP, 0},
                 {"penthouse", STOREY_TOP, 0},
                 {"loft", STOREY_TOP, 0},
                 {"upper", STOREY_UPPER, 0},
                 {"garden", STOREY_GARDEN, 0},
                 {"front", 0, SIDE_FRONT},
                 {"rear", 0, SIDE_REAR},
                 {"back", 0, SIDE_REAR},
                 {"floor", 0, 0},
                 {"and", 0, 0}};

    if (length == 5 && memcmp(word, "lower", 5) == 0) {
        *lower = true;
        return true;
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strlen(table[i].word) != length || memcmp(word, table[i].word, length) != 0)
            continue;
        unit->storeys |= *lower && table[i].storey == STOREY_GROUND ? STOREY_BASEMENT : table[i].storey;
        unit->sides |= table[i].side;
        *lower = *lower && !table[i].storey;
        return true;
    }
    return false;
}

/* Scotland's 2/1 is the first door of the second floor, Edinburgh's 2f1 too: the storey is taken out of the name. */
static void split_name(struct unit *unit)
{
    char *name = unit->name;

    if (unit->storeys || strlen(name) != 3 || (name[1] != '/' && name[1] != 'f') || !is_digit(name[2]))
        return;
    if (name[0] == 'g' || name[0] == '0')
        unit->storeys = STOREY_GROUND;
    else if (name[0] >= '1' && name[0] <= '6')
        unit->storeys = STOREY_FIRST << (name[0] - '1');
    else
        return;
    name[0] = name[2];
    name[1] = '\0';
}

static struct unit read_unit(const char *text)
{
    struct unit unit = {.name = ""};
    bool lower = false;

    while (*text) {
        size_t length = strcspn(text, " "), had = strlen(unit.name);

        if (!read_storey(text, length, &unit, &lower) && had + length < sizeof(unit.name)) {
            memcpy(unit.name + had, text, length);
            unit.name[had + length] = '\0';
        }
        text += length + (text[length] == ' ');
    }
    if (lower && !unit.storeys)
        unit.storeys = STOREY_BASEMENT;
    split_name(&unit);
    return unit;
}

/* Against one side that says no more than "top", "upper" or "garden". Most houses in flats have two storeys over the ground, so
 * that the top is the first floor rather than another (English Housing Survey: four dwellings in five stand in houses of two). */
static enum xf_unit_level guess_storey(unsigned vague, unsigned exact)
{
    bool single = exact && !(exact & (exact - 1));

    switch (vague) {
    case STOREY_TOP:
        if (!(exact & (STOREY_ABOVE | STOREY_UPPER)))
            return XF_UNIT_DIFFERENT;
        return exact == STOREY_FIRST || exact == STOREY_UPPER ? XF_UNIT_INFERRED : XF_UNIT_UNCERTAIN;
    case STOREY_UPPER:
        if (!(exact & STOREY_ABOVE))
            return XF_UNIT_DIFFERENT;
        return single ? XF_UNIT_INFERRED : XF_UNIT_OVERLAP;
    case STOREY_GARDEN:
        if (!(exact & (STOREY_BASEMENT | STOREY_GROUND)))
            return XF_UNIT_DIFFERENT;
        return XF_UNIT_INFERRED;
    default:
        return XF_UNIT_DIFFERENT;
    }
}

static enum xf_unit_level compare_storeys(unsigned a, unsigned b)
{
    enum xf_unit_level x, y;

    if (a == b)
        return XF_UNIT_WRITTEN;
    if (a & b)
        return XF_UNIT_OVERLAP;
    x = guess_storey(a, b);
    y = guess_storey(b, a);
    return x < y ? x : y;
}

/* Equal up to leading zeros, a letter for its place in the alphabet, a number in the other's range. */
static enum xf_unit_level compare_names(const char *a, const char *b)
{
    struct xf_house x = xf_house_read(a), y = xf_house_read(b);
    uint32_t a_place = is_letter(*a) && !a[1] ? (uint32_t)(*a - 'a') + 1 : 0;
    uint32_t b_place = is_letter(*b) && !b[1] ? (uint32_t)(*b - 'a') + 1 : 0;

    if (strcmp(a, b) == 0)
        return XF_UNIT_EQUAL;
    if (x.unit[0] || y.unit[0])
        return XF_UNIT_DIFFERENT;
    if (x.low && y.low && is_single(&x) && is_single(&y))
        return x.low == y.low && x.low_letter == y.low_letter ? XF_UNIT_WRITTEN : XF_UNIT_DIFFERENT;
    if (x.low && y.low)
        return overlap(&x, &y) ? XF_UNIT_OVERLAP : XF_UNIT_DIFFERENT;
    if ((a_place && a_place == y.low && is_single(&y) && !y.low_letter) ||
        (b_place && b_place == x.low && is_single(&x) && !x.low_letter))
        return XF_UNIT_INFERRED;
    return XF_UNIT_DIFFERENT;
}

/* Storeys that disagree make one name doubtful and two names for one unit impossible. */
static enum xf_unit_level compare_named(const struct unit *a, const struct unit *b)
{
    enum xf_unit_level level = compare_names(a->name, b->name);
    enum xf_unit_level storeys = a->storeys && b->storeys ? compare_storeys(a->storeys, b->storeys) : XF_UNIT_WRITTEN;

    if (level == XF_UNIT_DIFFERENT)
        return level;
    if (storeys == XF_UNIT_DIFFERENT)
        return level <= XF_UNIT_WRITTEN ? XF_UNIT_UNCERTAIN : XF_UNIT_DIFFERENT;
    return level == XF_UNIT_EQUAL ? XF_UNIT_WRITTEN : level;
}

enum xf_unit_level xf_unit_compare(const char *a, const char *b)
{
    struct unit x, y;
    enum xf_unit_level level;

    if (strcmp(a, b) == 0)
        return XF_UNIT_EQUAL;
    if (!*a || !*b)
        return XF_UNIT_MISSING;
    x = read_unit(a);
    y = read_unit(b);
    if (x.sides && y.sides && !(x.sides & y.sides))
        return XF_UNIT_DIFFERENT;
    if (x.name[0] && y.name[0])
        level = compare_named(&x, &y);
    else if (x.storeys && y.storeys)
        level = compare_storeys(x.storeys, y.storeys);
    else
        level = XF_UNIT_UNCERTAIN; /* one is known by its name, the other by its storey or side */
    if (level <= XF_UNIT_WRITTEN && ((x.sides != y.sides) || !x.name[0] != !y.name[0]))
        return XF_UNIT_OVERLAP;
    return level;
}

/* What stands behind the number, when it can be a unit's name and the address has no other: 3a, 12/3. */
static const char *take_unit(const struct xf_house *house, const char *unit, char out[static 16])
{
    if (*unit)
        return unit;
    if (house->unit[0])
        return house->unit;
    out[0] = is_single(house) && is_letter(house->low_letter) ? house->low_letter : '\0';
    out[1] = '\0';
    return out;
}

struct xf_doors xf_doors_compare(const char *a_house, const char *a_unit, const char *b_house, const char *b_unit)
{
    struct xf_doors doors = {XF_HOUSE_DIFFERENT, XF_UNIT_MISSING};
    struct xf_house a = xf_house_read(a_house), b = xf_house_read(b_house);
    char a_letter[16], b_letter[16];
    bool moved;

    if (strcmp(a_house, b_house) == 0)
        return (struct xf_doors){XF_HOUSE_EQUAL, xf_unit_compare(a_unit, b_unit)};
    if (!a.low || !b.low)
        return doors;
    if (a.low != b.low || !is_single(&a) || !is_single(&b)) {
        if ((is_single(&a) && is_single(&b)) || !overlap(&a, &b))
            return doors;
        return (struct xf_doors){XF_HOUSE_RANGE, xf_unit_compare(a_unit, b_unit)};
    }
    if (a.low_letter == XF_HOUSE_HALF || b.low_letter == XF_HOUSE_HALF)
        return doors;
    /* One number, letters differ: the letter is a unit's, or there are two houses. */
    moved = !((*a_unit && a.low_letter) || (*b_unit && b.low_letter));
    doors.house = moved ? XF_HOUSE_EQUAL : XF_HOUSE_LETTER;
    doors.unit = xf_unit_compare(take_unit(&a, a_unit, a_letter), take_unit(&b, b_unit, b_letter));
    if (moved && doors.unit == XF_UNIT_EQUAL)
        doors.unit = XF_UNIT_WRITTEN;
    return doors;
}
