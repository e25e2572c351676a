/* SPDX-License-Identifier: Apache-2.0 */
/* Names, texts, postcodes, telephones, e-mail addresses and number plates in the one shape in which they are compared. Called by
 * mention.c for every value of a record and by the queries for what an officer types, so that both meet. Words are folded by
 * words.c; addresses are taken apart in address.c, what marks look like is plate.c's. Invariant: a function gives 0 and the empty
 * string for whatever is evidence of nothing, and otherwise a form that it would give again. */
#include "crossflag/normalise.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "words.h"

static size_t none(char *out)
{
    *out = '\0';
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* The titles that stand before or behind a name; the NPCC dictionary keeps them out of names. */
static bool is_title(const char *word)
{
    /* clang-format off */
    static const char *const table[] = {
        "baronet", "bart", "bt", "cbe", "cllr", "councillor", "dame", "doctor", "dr", "esq", "lady", "lord", "master", "mbe", "messrs", "miss",
        "mister", "mme", "mr", "mrs", "ms", "mstr", "mx", "obe", "pc", "pcso", "prof", "professor", "rev", "revd", "reverend",
        "sgt", "sir",
    };
    /* clang-format on */

    return xf_words_in(table, sizeof(table) / sizeof(table[0]), word);
}

/* Takes the first word off as long as it is a title and something else remains. */
static size_t drop_titles(char *out, size_t length)
{
    static const char *const after[] = {"baronet", "bart", "bt", "cbe", "esq", "mbe", "obe"};
    char *space;

    while ((space = memchr(out, ' ', length < 11 ? length : 11))) {
        *space = '\0';
        if (!is_title(out)) {
            *space = ' ';
            break;
        }
        length -= (size_t)(space + 1 - out);
        memmove(out, space + 1, length + 1);
    }
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        size_t title = strlen(after[i]);

        if (length > title + 1 && out[length - title - 1] == ' ' && memcmp(out + length - title, after[i], title) == 0) {
            length -= title + 1;
            out[length] = '\0';
        }
    }
    return length;
}

size_t xf_normalise_name(const char *text, char out[static XF_NORMAL_TEXT])
{
    size_t length = xf_words_fold(text, XF_WORDS_NAME, out, XF_NORMAL_TEXT);

    if (xf_words_placeholder(out, length))
        return none(out);
    length = drop_titles(out, length);
    return xf_words_placeholder(out, length) ? none(out) : length; /* Mr Unknown */
}

size_t xf_normalise_text(const char *text, char out[static XF_NORMAL_TEXT])
{
    size_t length = xf_words_fold(text, XF_WORDS_TEXT, out, XF_NORMAL_TEXT);

    return xf_words_placeholder(out, length) ? none(out) : length;
}

/* Upper-case ASCII letters and digits of text, all else left out; 0 when there are more than max. */
static size_t squeeze(const char *text, char *out, size_t max)
{
    size_t length = 0;

    for (; text && *text; text++) {
        char c = *text >= 'a' && *text <= 'z' ? (char)(*text - 32) : *text;

        if (!is_digit(c) && !is_upper(c))
            continue;
        if (length == max)
            return none(out);
        out[length++] = c;
    }
    out[length] = '\0';
    return length;
}

/* The digit that a letter was written for, where only a digit can stand. */
static char as_digit(char c)
{
    return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
}

/* The outward code: A9, A99, AA9, AA99, A9A, AA9A (Royal Mail, PAF Programmers' Guide). */
static bool is_outward(const char *code, size_t length)
{
    size_t area = length > 1 && is_upper(code[1]) ? 2 : 1;

    if (!is_upper(code[0]) || length <= area || length > area + 2 || !is_digit(code[area]))
        return false;
    return length == area + 1 || is_digit(code[area + 1]) || is_upper(code[area + 1]);
}

size_t xf_normalise_postcode(const char *text, char out[static XF_NORMAL_TEXT])
{
    char code[8];
    size_t length = squeeze(text, code, 7);
    size_t outward;

    if (length < 5)
        return none(out);
    outward = length - 3;
    code[outward] = as_digit(code[outward]);
    if (code[0] == '0')
        code[0] = 'O'; /* 0X1 for Oxford's OX1 */
    /* ZZ99 is the NHS's own for no fixed abode, abroad and unknown. */
    if (!is_digit(code[outward]) || !is_upper(code[outward + 1]) || !is_upper(code[outward + 2]) || strncmp(code, "ZZ99", 4) == 0)
        return none(out);
    if (!is_outward(code, outward) && strncmp(code, "GIR", 3) != 0)
        return none(out);
    memcpy(out, code, outward);
    out[outward] = ' ';
    memcpy(out + outward + 1, code + outward, 4);
    return length + 1;
}

/* The digits of a telephone number, a leading + and an extension told apart; "(0)" behind a country code vanishes. */
static size_t phone_digits(const char *text, char *digits, size_t max, bool *plus)
{
    size_t length = 0;

    *plus = false;
    for (; text && *text; text++) {
        if (length && (*text == 'x' || *text == 'X' || *text == 'e' || *text == 'E' || *text == '#'))
            break; /* x 12, ext. 12, #12 */
        if (*text == '+' && !length)
            *plus = true;
        if (*plus && length && strncmp(text, "(0)", 3) == 0)
            text += 2;
        if (!is_digit(*text))
            continue;
        if (length == max)
            return 0;
        digits[length++] = *text;
    }
    digits[length] = '\0';
    return length;
}

/* Writes +44 and a national significant number: nine or ten digits, none of them a reserved range (Ofcom, National Telephone
 * Numbering Plan). */
static size_t british(const char *national, char *out)
{
    size_t length = strlen(national);

    while (*national == '0') {
        national++;
        length--;
    }
    if (length < 9 || length > 10 || *national == '4' || *national == '6' || xf_words_filler(national, length) ||
        xf_words_filler(national + length - 9, 9) || xf_words_filler(national + 1, length - 1))
        return none(out);
    memcpy(out, "+44", 3);
    memcpy(out + 3, national, length + 1);
    return length + 3;
}

size_t xf_normalise_phone(const char *text, char out[static XF_NORMAL_TEXT])
{
    char digits[24];
    bool plus;
    size_t length = phone_digits(text, digits, sizeof(digits) - 1, &plus);
    const char *number = digits;

    if (!plus && length > 2 && strncmp(digits, "00", 2) == 0) {
        plus = true;
        number += 2;
        length -= 2;
    }
    if (length < 8 || length > 15 || xf_words_filler(number, length))
        return none(out);
    if (strncmp(number, "44", 2) == 0 && (plus || length >= 12))
        return british(number + 2, out);
    if (!plus && *number == '0')
        return british(number, out);
    /* A spreadsheet took the leading 0. */
    if (!plus && length == 10 && strchr("1237", *number))
        return british(number, out);
    if ((!plus && length < 11) || *number == '0')
        return none(out);
    *out = '+';
    memcpy(out + 1, number, length + 1);
    return length + 1;
}

/* Mailboxes that forms are filled with when somebody has none. */
static bool is_no_mailbox(const char *local)
{
    /* clang-format off */
    static const char *const table[] = {
        "declined", "donotreply", "n/a", "na", "nil", "no", "no-email", "no-reply", "no.email", "no_email", "noaddress",
        "noemail", "noemailaddress", "none", "noreply", "not.known", "notknown", "null", "refused", "tbc", "unknown", "x", "xx",
        "xxx",
    };
    /* clang-format on */

    return xf_words_in(table, sizeof(table) / sizeof(table[0]), local);
}

size_t xf_normalise_email(const char *text, char out[static XF_NORMAL_TEXT])
{
    size_t length = 0;
    char *at = NULL;

    if (text && strncasecmp(text, "mailto:", 7) == 0)
        text += 7;
    while (text && (*text == ' ' || *text == '\t'))
        text++;
    for (; text && *text; text++) {
        if (length == XF_NORMAL_TEXT - 1)
            return none(out);
        if (*text == '@') {
            if (at)
                return none(out);
            at = out + length;
        }
        out[length++] = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
    }
    while (length && (out[length - 1] == ' ' || out[length - 1] == '\t' || out[length - 1] == '.'))
        length--;
    out[length] = '\0';
    if (!at || at == out || at + 1 >= out + length || strpbrk(out, " \t\r\n"))
        return none(out);
    *at = '\0';
    if (is_no_mailbox(out))
        return none(out);
    *at = '@';
    if (strcmp(at, "@googlemail.com") == 0) {
        strcpy(at, "@gmail.com");
        length = (size_t)(at - out) + 10;
    }
    return length;
}

size_t xf_normalise_plate(const char *text, char out[static XF_NORMAL_TEXT])
{
    /* clang-format off */
    static const char *const table[] = {
        "NK", "NONE", "NOPLATE", "NOPLATES", "NOREG", "NOTAPPLICABLE", "NOTGIVEN", "NOTKNOWN", "NOTRECORDED", "NOTSEEN",
        "NOTSTATED", "NOVEHICLE", "NOVRM", "NULL", "TBA", "TBC", "UNK", "UNKNOWN",
    };
    /* clang-format on */
    size_t length = squeeze(text, out, 32);
    bool same = length > 2;

    for (size_t i = 1; same && i < length; i++)
        same = out[i] == out[0];
    if (!length || same || xf_words_in(table, sizeof(table) / sizeof(table[0]), out) ||
        (strcmp(out, "NA") == 0 && strchr(text, '/')))
        return none(out);
    return length;
}
