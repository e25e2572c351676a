/* SPDX-License-Identifier: Apache-2.0 */
/* What each word of an address can be, and abbreviations spelt out. Called by address_tokens.c. "st" is saint or street, a retail
 * park is no street, and the long words that end streets are known with one letter wrong. Invariant: a token's kind depends on its
 * own word and its neighbours'. */
#include <string.h>

#include "address_tokens.h"
#include "crossflag/similarity.h"
#include "words.h"

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

    if ((token->text[0] != 'p' && token->text[0] != 'v') || before->segment != token->segment)
        return false;
    if (strcmp(token->text, "park") != 0 && strcmp(token->text, "precinct") != 0 && strcmp(token->text, "village") != 0)
        return false;
    return xf_words_in(table, sizeof(table) / sizeof(table[0]), before->text);
}

/* The long words that end most streets, one letter wrong: manor streut. Short ones have too many neighbours. */
static const struct xf_address_word *find_misspelt(const struct xf_address_token *token)
{
    static const char *const table[] = {"avenue", "crescent", "gardens", "square", "street", "terrace"};
    size_t length;

    if (!strchr("acgst", token->text[0]))
        return NULL;
    length = strlen(token->text);
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
void xf_address_kinds_find(struct xf_address_tokens *tokens)
{
    for (int i = 0; i < tokens->count; i++) {
        struct xf_address_token *token = &tokens->items[i];
        const struct xf_address_word *word = xf_address_is_number(token->text) ? NULL : xf_address_word_find(token->text);
        bool front = xf_address_token_at(tokens, i - 1)->segment != token->segment;

        if (!word && !front && !(token->text[0] >= '0' && token->text[0] <= '9') && (word = find_misspelt(token))) {
            strcpy(token->text, word->word);
            token->kind = word->kind;
            continue;
        }
        token->kind = xf_address_is_number(token->text) ? XF_ADDRESS_NUMBER : word ? word->kind : XF_ADDRESS_WORD;
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
