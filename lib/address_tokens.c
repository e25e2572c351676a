/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an address with what each can be, ready for address.c to find its parts: folded, abbreviations spelt out, numbers
 * joined that people write apart, the postcode, the country and the unit set aside. Knows that "st" is saint or street, that 21 -
 * 29 is one number, and that 144 and a half is too. Invariant: only what is certain without knowing the street is decided here. */
#include "address_tokens.h"

#include <stdio.h>
#include <string.h>

#include "crossflag/similarity.h"
#include "words.h"

#define TEXT_MAX 1024

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Up to five digits, at most one letter, and the same again behind - or /: 12, 12a, 13-14, 92-92a, 2/1. */
static bool is_number(const char *text)
{
    for (int half = 0; half < 2; half++) {
        int digits = 0;

        while (is_digit(*text)) {
            text++;
            digits++;
        }
        if (!digits || digits > 5)
            return false;
        text += is_letter(*text);
        if (!*text)
            return true;
        if (half || (*text != '-' && *text != '/'))
            return false;
        text++;
    }
    return false;
}

static void push_token(struct xf_address_tokens *tokens, const char *text, size_t length, int segment)
{
    struct xf_address_token *token;

    if (!length || tokens->count == XF_ADDRESS_TOKENS_MAX)
        return;
    token = &tokens->items[tokens->count++];
    length = length < XF_ADDRESS_TOKEN_TEXT ? length : XF_ADDRESS_TOKEN_TEXT - 1;
    memcpy(token->text, text, length);
    token->text[length] = '\0';
    token->part = XF_PART_REST;
    token->segment = segment;
}

/* A - or / stays inside a token between what numbers are made of, as does the / of c/o and r/o; elsewhere it parts words, and with
 * spaces around it it is a comma. */
static void split(struct xf_address_tokens *tokens, const char *text)
{
    const char *start = text;
    int segment = 0;

    for (;; text++) {
        char c = *text;
        bool inside = text > start;

        if (c == '-' && inside && is_digit(text[1]) && (is_digit(text[-1]) || (text - start > 1 && is_digit(text[-2]))))
            continue;
        if (c == '/' && inside && text - start <= 5 && (is_digit(text[1]) || text - start == 1))
            continue;
        if (c && c != ' ' && c != ',' && c != '-' && c != '/')
            continue;
        push_token(tokens, start, (size_t)(text - start), segment);
        if (c == ',' || ((c == '-' || c == '/') && !inside && text[1] == ' '))
            segment++;
        if (!c)
            return;
        start = text + 1;
    }
}

static void remove_tokens(struct xf_address_tokens *tokens, int at, int count)
{
    memmove(&tokens->items[at], &tokens->items[at + count], (size_t)(tokens->count - at - count) * sizeof(struct xf_address_token));
    tokens->count -= count;
}

const struct xf_address_token *xf_address_token_at(const struct xf_address_tokens *tokens, int i)
{
    static const struct xf_address_token nothing = {.text = "", .part = XF_PART_NONE, .segment = -1};

    return i >= 0 && i < tokens->count ? &tokens->items[i] : &nothing;
}

bool xf_address_token_is(const struct xf_address_tokens *tokens, int i, const char *word)
{
    return strcmp(xf_address_token_at(tokens, i)->text, word) == 0;
}

bool xf_address_ends_street(enum xf_address_kind kind)
{
    return kind == XF_ADDRESS_STREET || kind == XF_ADDRESS_FEATURE || kind == XF_ADDRESS_COURT;
}

/* Saints after whom towns, churches and streets are called: before them "st" is no street. */
static bool is_saint(const char *word)
{
    /* clang-format off */
    static const char *const table[] = {
        "agnes", "albans", "aldates", "andrew", "andrews", "ann", "anne", "annes", "anns", "anthonys", "asaph", "augustine",
        "augustines", "austell", "barnabas", "bartholomews", "bees", "benedicts", "botolphs", "catherines", "cecilias", "chads",
        "clement", "clements", "columb", "cuthberts", "davids", "dunstans", "edmunds", "faiths", "francis", "george", "georges",
        "giles", "helen", "helens", "hilda", "hildas", "ive", "ives", "james", "john", "johns", "joseph", "josephs", "jude",
        "judes", "just", "katherines", "laurence", "lawrence", "leonard", "leonards", "luke", "lukes", "margaret", "margarets",
        "mark", "marks", "martin", "martins", "mary", "marys", "matthew", "matthews", "mawes", "mellion", "michael", "michaels",
        "neots", "nicholas", "olaves", "oswalds", "osyth", "pancras", "patricks", "paul", "pauls", "peter", "peters", "philips",
        "saviours", "stephen", "stephens", "swithins", "thomas", "vincent", "vincents", "wilfrids", "winifreds",
    };
    /* clang-format on */

    return xf_words_in(table, sizeof(table) / sizeof(table[0]), word);
}

/* "st": saint at the front of a segment, behind a number or a street, before a saint, or before one word and a street's ending
 * (prison, st loyes street); else street. */
static void classify_st(struct xf_address_tokens *tokens, int i)
{
    struct xf_address_token *token = &tokens->items[i];
    const struct xf_address_token *before = xf_address_token_at(tokens, i - 1);
    const struct xf_address_token *after = xf_address_token_at(tokens, i + 1), *ending = xf_address_token_at(tokens, i + 2);
    const struct xf_address_word *end = ending->segment == token->segment ? xf_address_word_find(ending->text) : NULL;

    if (before->segment != token->segment || (before->kind == XF_ADDRESS_BUILDING && end && end->kind == XF_ADDRESS_STREET) ||
        before->kind == XF_ADDRESS_NUMBER || before->kind == XF_ADDRESS_STREET ||
        (after->segment == token->segment && is_saint(after->text))) {
        token->kind = XF_ADDRESS_PREFIX;
    } else {
        strcpy(token->text, "street");
        token->kind = XF_ADDRESS_STREET;
    }
}

/* A retail park, a shopping precinct: no street, though the word could end one. */
static bool is_estate(const struct xf_address_tokens *tokens, int i)
{
    static const char *const table[] = {
        "business", "caravan", "country", "enterprise", "holiday",  "industrial",
        "leisure",  "office",  "retail",  "science",    "shopping", "trading",
    };
    const struct xf_address_token *token = &tokens->items[i], *before = xf_address_token_at(tokens, i - 1);

    if (strcmp(token->text, "park") != 0 && strcmp(token->text, "precinct") != 0 && strcmp(token->text, "village") != 0)
        return false;
    return before->segment == token->segment && xf_words_in(table, sizeof(table) / sizeof(table[0]), before->text);
}

/* The long words that end most streets, one letter wrong: manor streut. Short ones have too many neighbours. */
static const struct xf_address_word *find_misspelt(const struct xf_address_token *token)
{
    static const char *const table[] = {"avenue", "crescent", "gardens", "square", "street", "terrace"};
    size_t length = strlen(token->text);

    for (size_t i = 0; length > 4 && i < sizeof(table) / sizeof(table[0]); i++) {
        size_t right = strlen(table[i]);

        if (token->text[0] == table[i][0] && length + 1 >= right && length <= right + 1 &&
            xf_edit_distance(token->text, length, table[i], right, 1) <= 1)
            return xf_address_word_find(table[i]);
    }
    return NULL;
}

/* Gives every token its kind and spells abbreviations out. At the front of a segment those of streets and buildings mean something
 * else: Dr Smith's. */
static void classify(struct xf_address_tokens *tokens)
{
    for (int i = 0; i < tokens->count; i++) {
        struct xf_address_token *token = &tokens->items[i];
        const struct xf_address_word *word = is_number(token->text) ? NULL : xf_address_word_find(token->text);
        bool front = xf_address_token_at(tokens, i - 1)->segment != token->segment;

        if (!word && !front && !is_digit(token->text[0]) && (word = find_misspelt(token))) {
            strcpy(token->text, word->word);
            token->kind = word->kind;
            continue;
        }
        token->kind = is_number(token->text) ? XF_ADDRESS_NUMBER : word ? word->kind : XF_ADDRESS_WORD;
        if (is_estate(tokens, i))
            token->kind = XF_ADDRESS_BUILDING;
        else if (xf_address_token_is(tokens, i, "st"))
            classify_st(tokens, i);
        else if (word && word->full &&
                 (front ||
                  (xf_address_token_at(tokens, i - 1)->kind == XF_ADDRESS_NUMBER && xf_address_token_is(tokens, i, "dr"))) &&
                 (xf_address_ends_street(word->kind) || word->kind == XF_ADDRESS_BUILDING))
            token->kind = XF_ADDRESS_WORD;
        else if (word && word->full)
            strcpy(token->text, word->full);
    }
}

/* Joins to one token what people write as several: 21 - 29, 12 and 14, 12 a, 144 and a half; drops "no" before a number. */
static void join_numbers(struct xf_address_tokens *tokens)
{
    for (int i = 0; i < tokens->count; i++) {
        struct xf_address_token *token = &tokens->items[i];
        const struct xf_address_token *next = xf_address_token_at(tokens, i + 1);
        const struct xf_address_token *third = xf_address_token_at(tokens, i + 2);
        char joined[XF_ADDRESS_TOKEN_TEXT];

        if ((xf_address_token_is(tokens, i, "no") || xf_address_token_is(tokens, i, "number")) && next->kind == XF_ADDRESS_NUMBER) {
            remove_tokens(tokens, i--, 1);
            continue;
        }
        if (token->kind != XF_ADDRESS_NUMBER || strlen(token->text) > 12)
            continue;
        if (xf_address_token_is(tokens, i + 1, "and") && xf_address_token_is(tokens, i + 2, "a") &&
            xf_address_token_is(tokens, i + 3, "half")) {
            strcat(token->text, " and a half");
            remove_tokens(tokens, i + 1, 3);
            continue;
        }
        if ((xf_address_token_is(tokens, i + 1, "and") || xf_address_token_is(tokens, i + 1, "to")) &&
            third->kind == XF_ADDRESS_NUMBER && third->segment == token->segment) {
            snprintf(joined, sizeof(joined), "%.13s-%.13s", token->text, third->text);
            remove_tokens(tokens, i + 1, 2);
        } else if (next->segment == token->segment && is_letter(next->text[0]) && !next->text[1] && third->text[0] &&
                   is_digit(token->text[strlen(token->text) - 1])) {
            snprintf(joined, sizeof(joined), "%.13s%.1s", token->text, next->text);
            remove_tokens(tokens, i + 1, 1);
        } else {
            continue;
        }
        strcpy(token->text, joined);
    }
}

/* Whether a number stands here, rather than 1st. */
static bool is_plain_number(const char *text)
{
    while (is_digit(*text))
        text++;
    return !is_letter(text[0]) || !is_letter(text[1]);
}

/* "21 - 29" comes as two numbers with a comma's gap between; split has counted the - as one. */
static void join_ranges(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (from > text && from[0] == ' ' && from[1] == '-' && is_digit(from[-1]) &&
            (from[2] == ' ' ? is_digit(from[3]) && is_plain_number(from + 3) : is_digit(from[2]) && is_plain_number(from + 2))) {
            *to++ = '-';
            from += from[2] == ' ' ? 2 : 1;
            continue;
        }
        if (from > text && from[0] == ' ' && from[-1] == '-' && to - text > 1 && is_digit(to[-2]) && is_digit(from[1]))
            continue;
        *to++ = *from;
    }
    *to = '\0';
}

/* The last tokens that make a postcode, in one piece or two. */
static void find_postcode(struct xf_address_tokens *tokens, char postcode[static 12])
{
    char out[XF_NORMAL_TEXT];

    for (int i = tokens->count - 1; i >= 0; i--) {
        struct xf_address_token *token = &tokens->items[i];
        size_t length = strlen(token->text);
        char joined[2 * XF_ADDRESS_TOKEN_TEXT];

        if (i && length == 3 && is_digit(token->text[0]) && strlen(token[-1].text) <= 4 && is_letter(token[-1].text[0]))
            snprintf(joined, sizeof(joined), "%s%s", token[-1].text, token->text);
        else if (length >= 5 && length <= 7 && is_letter(token->text[0]) && is_digit(token->text[length - 3]))
            snprintf(joined, sizeof(joined), "%s", token->text);
        else
            continue;
        if (!xf_normalise_postcode(joined, out))
            continue;
        strcpy(postcode, out);
        token->part = XF_PART_POSTCODE;
        if (length == 3)
            token[-1].part = XF_PART_POSTCODE;
        return;
    }
}

static void drop_country(struct xf_address_tokens *tokens)
{
    for (int i = tokens->count; i-- > 1;) {
        struct xf_address_token *token = &tokens->items[i];

        if (token->part == XF_PART_POSTCODE)
            continue;
        if (token->kind == XF_ADDRESS_COUNTRY)
            token->part = XF_PART_NONE;
        else if (xf_address_token_is(tokens, i, "kingdom") && xf_address_token_is(tokens, i - 1, "united"))
            token->part = token[-1].part = XF_PART_NONE;
        return;
    }
}

void xf_address_tokens_take(struct xf_address_tokens *tokens, int from, int to, enum xf_address_part part)
{
    for (int i = from; i < to; i++)
        if (tokens->items[i].part == XF_PART_REST)
            tokens->items[i].part = part;
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
static void find_unit(struct xf_address_tokens *tokens, struct xf_address_unit *unit)
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

bool xf_address_tokens_read(struct xf_address_tokens *tokens, const char *text, char postcode[static 12],
                            struct xf_address_unit *unit)
{
    char folded[TEXT_MAX];
    size_t length = xf_words_fold(text, XF_WORDS_ADDRESS, folded, sizeof(folded));

    tokens->count = 0;
    *postcode = '\0';
    if (xf_words_placeholder(folded, length) || strcmp(folded, "n/a") == 0)
        return false;
    join_ranges(folded);
    split(tokens, folded);
    find_postcode(tokens, postcode); /* before abbreviations are spelt out: CO9 1ST */
    classify(tokens);
    drop_country(tokens);
    join_numbers(tokens);
    find_unit(tokens, unit);
    return true;
}
