/* SPDX-License-Identifier: Apache-2.0 */
/* Folds text to lower-case words: Unicode NFKD, case folding and stripping of marks by utf8proc, then what utf8proc leaves of the
 * Latin script (ł, ø, æ, …) written in ASCII, as passports and other agencies' systems do. Called by normalise.c and address.c for
 * every value that enters the linker, so that ASCII, nearly all of what comes, goes through one table and no library call.
 * Invariant: folding what was folded changes nothing. */
#include "words.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

/* What a byte becomes; - and / are MARK. */
enum kind { SPACE = ' ', LETTER = 'a', DIGIT = '0', DROP = 'x', AND = '&', COMMA = ',', MARK = '-', MORE = 'u' /* not ASCII */ };

static enum kind kind_of(unsigned char byte)
{
    static const char kinds[] = "          ,  ,  " /* line ends separate as commas do */
                                "                "
                                "      &x    ,- -" /*  !"#$%&'()*+,-./ */
                                "0000000000 ,    " /* 0123456789:;<=>? */
                                " aaaaaaaaaaaaaaa" /* @ABC… */
                                "aaaaaaaaaaa     "
                                "xaaaaaaaaaaaaaaa" /* `abc… */
                                "aaaaaaaaaaa     ";

    static_assert(sizeof(kinds) == 129, "a kind for each byte of ASCII");
    return byte < 128 ? (enum kind)kinds[byte] : MORE;
}

struct folding {
    enum xf_words_form form;
    char *out;
    size_t length;
    size_t room; /* bytes that out takes besides the NUL */
    bool gap;    /* a space is due before the next word */
    bool full;
};

/* Appends bytes of one character, or of several that belong together, and the space that is due. */
static void put(struct folding *fold, const char *bytes, size_t count)
{
    size_t space = fold->gap && fold->length;

    if (fold->full || fold->length + space + count > fold->room) {
        fold->full = true;
        return;
    }
    if (space)
        fold->out[fold->length++] = ' ';
    fold->gap = false;
    for (size_t i = 0; i < count; i++)
        fold->out[fold->length++] = bytes[i];
}

static void put_ascii(struct folding *fold, unsigned char byte)
{
    char lower = (char)(byte | 0x20);

    switch (kind_of(byte)) {
    case LETTER:
        put(fold, &lower, 1);
        break;
    case DIGIT:
        if (fold->form != XF_WORDS_NAME)
            put(fold, (const char[]){(char)byte}, 1);
        break;
    case DROP:
        break;
    case AND:
        fold->gap = true;
        if (fold->form != XF_WORDS_NAME) {
            put(fold, "and", 3);
            fold->gap = true;
        }
        break;
    case COMMA:
        if (fold->form == XF_WORDS_ADDRESS)
            put(fold, ",", 1);
        fold->gap = true;
        break;
    case MARK:
        if (fold->form == XF_WORDS_ADDRESS)
            put(fold, (const char[]){(char)byte}, 1);
        else
            fold->gap = true;
        break;
    case SPACE:
    case MORE:
        fold->gap = true;
        break;
    }
}

/* Latin letters without a decomposition, in code point order, after case folding. Sources: ICAO 9303-3 section 6 (passports) and,
 * for the African and phonetic letters, the base letter. */
static const char *latin_ascii(utf8proc_int32_t point)
{
    static const struct {
        uint16_t point;
        char ascii[3];
    } table[] = {{0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"},  {0x00FE, "th"}, {0x0111, "d"}, {0x0127, "h"}, {0x0131, "i"},
                 {0x0138, "k"},  {0x0142, "l"}, {0x014B, "ng"}, {0x0153, "oe"}, {0x0167, "t"}, {0x0180, "b"}, {0x0183, "b"},
                 {0x0188, "c"},  {0x018C, "d"}, {0x0192, "f"},  {0x0199, "k"},  {0x019A, "l"}, {0x019E, "n"}, {0x01A5, "p"},
                 {0x01AD, "t"},  {0x01B4, "y"}, {0x01B6, "z"},  {0x01E5, "g"},  {0x0225, "z"}, {0x0247, "e"}, {0x0249, "j"},
                 {0x024D, "r"},  {0x024F, "y"}, {0x0253, "b"},  {0x0254, "o"},  {0x0256, "d"}, {0x0257, "d"}, {0x0259, "a"},
                 {0x025B, "e"},  {0x0260, "g"}, {0x0268, "i"},  {0x026B, "l"},  {0x0272, "n"}, {0x0275, "o"}, {0x0289, "u"},
                 {0x0292, "z"},  {0x2C65, "a"}, {0x2C66, "t"}};
    size_t low = 0;
    size_t high = sizeof(table) / sizeof(table[0]);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (table[middle].point == point)
            return table[middle].ascii;
        if (table[middle].point < point)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Apostrophes in their many shapes, and what is drawn in their place. */
static bool is_apostrophe(utf8proc_int32_t point)
{
    return point == 0x00B4 || (point >= 0x02B9 && point <= 0x02BF) || (point >= 0x2018 && point <= 0x201B) || point == 0x2032 ||
           point == 0xFF07;
}

static void put_point(struct folding *fold, utf8proc_int32_t point)
{
    const char *ascii;
    utf8proc_uint8_t bytes[4];
    utf8proc_category_t category;

    if (point < 128) {
        put_ascii(fold, (unsigned char)point);
        return;
    }
    if (is_apostrophe(point)) /* what some decompose to */
        return;
    ascii = latin_ascii(point);
    if (ascii) {
        put(fold, ascii, strlen(ascii));
        return;
    }
    category = utf8proc_category(point);
    switch ((int)category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        put(fold, (const char *)bytes, (size_t)utf8proc_encode_char(point, bytes));
        break;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        if (fold->form != XF_WORDS_NAME)
            put(fold, (const char *)bytes, (size_t)utf8proc_encode_char(point, bytes));
        break;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
        break;
    case UTF8PROC_CATEGORY_PD:
        put_ascii(fold, '-');
        break;
    default:
        fold->gap = true;
        break;
    }
}

/* One character that is not ASCII; returns how many bytes it took. */
static size_t put_unicode(struct folding *fold, const char *text)
{
    utf8proc_int32_t points[32]; /* the longest decomposition, U+FDFA, has 18 */
    utf8proc_int32_t point;
    utf8proc_ssize_t count;
    utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)strnlen(text, 4), &point);
    int boundary = 0;

    if (bytes <= 0) {
        fold->gap = true;
        return 1;
    }
    if (is_apostrophe(point))
        return (size_t)bytes;
    if (point == 0x00BD && fold->form == XF_WORDS_ADDRESS) { /* 144½ Piper Road: its decomposition 1⁄2 would join the number */
        fold->gap = true;
        put(fold, "and a half", 10);
        return (size_t)bytes;
    }
    count = utf8proc_decompose_char(point, points, sizeof(points) / sizeof(points[0]),
                                    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_STABLE,
                                    &boundary);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        put_point(fold, points[i]);
    return (size_t)bytes;
}

size_t xf_words_fold(const char *text, enum xf_words_form form, char *out, size_t size)
{
    struct folding fold = {.form = form, .out = out, .room = size - 1};

    while (text && *text && !fold.full) {
        unsigned char byte = (unsigned char)*text;

        if (byte >= 128) {
            text += put_unicode(&fold, text);
            continue;
        }
        if (kind_of(byte) == LETTER && !fold.gap && fold.length < fold.room)
            out[fold.length++] = (char)(byte | 0x20);
        else
            put_ascii(&fold, byte);
        text++;
    }
    out[fold.length] = '\0';
    return fold.length;
}

bool xf_words_filler(const char *digits, size_t count)
{
    bool same = true;
    bool up = true;
    bool down = true;

    for (size_t i = 1; i < count; i++) {
        int step = (digits[i] - digits[i - 1] + 10) % 10;

        same = same && step == 0;
        up = up && step == 1;
        down = down && step == 9;
    }
    return same || up || down;
}

bool xf_words_in(const char *const *table, size_t count, const char *word)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = table[middle][0] - word[0];

        if (!order)
            order = strcmp(table[middle], word);
        if (!order)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool xf_words_placeholder(const char *words, size_t length)
{
    /* clang-format off */
    static const char *const table[] = {
        "anon", "anonymous", "as above", "blank", "declined", "homeless", "information not provided", "n a", "n k",
        "name unknown", "nfa", "nfd", "nk", "no address", "no data", "no details", "no fixed abode", "no fixed address",
        "no fixed address abode", "no known address", "no name", "no surname", "none", "none given", "none known",
        "none provided", "none recorded", "not applicable", "not available", "not disclosed", "not given", "not known",
        "not provided", "not recorded", "not specified", "not stated", "null", "of no fixed abode", "of no fixed address",
        "person unknown", "refused", "same as above", "tba", "tbc", "to be advised", "to be confirmed", "undisclosed", "unk",
        "unknown", "unknown address", "unknown female", "unknown male", "unknown name", "unknown person", "unkown", "unnamed",
        "unspecified", "withheld",
    };
    /* clang-format on */
    bool same = true;

    if (!length)
        return true;
    for (size_t i = 1; same && i < length; i++)
        same = words[i] == words[0];
    if (same && (words[0] == 'x' || (length >= 3 && words[0] >= 'a' && words[0] <= 'z')))
        return true;
    /* Most names end here: nothing in the table begins otherwise. */
    if (!memchr("abdhinoprstuw", words[0], 13) || length > 24)
        return false;
    return xf_words_in(table, sizeof(table) / sizeof(table[0]), words);
}
