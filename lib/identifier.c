/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers of persons and places: their canonical form and whether their check digits hold. Called by mention.c for every
 * identifier of a record, and by queries for what an officer types. Forms and checks as the NHS Data Dictionary, DfE's UPN guide,
 * the NPCC POLE dictionary and hmpps-person-match have them. Invariant: VALID means that the check of the scheme was made and held;
 * two spellings of one identifier have one canonical form. */
#include "crossflag/identifier.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "words.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool all_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_digit(text[i]))
            return false;
    return true;
}

static int number_of(const char *digits, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++)
        number = number * 10 + digits[i] - '0';
    return number;
}

/* text without white space at its ends and with single spaces inside, upper-case. False when it does not fit. */
static bool tidy(const char *text, char out[static XF_IDENTIFIER_TEXT])
{
    size_t length = 0;
    bool gap = false;

    for (; *text; text++) {
        bool no_break = (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] == 0xA0;

        if (no_break || *text == ' ' || (*text >= '\t' && *text <= '\r')) {
            gap = true;
            text += no_break;
            continue;
        }
        if (length + 2 >= XF_IDENTIFIER_TEXT) {
            while (length && ((unsigned char)out[length - 1] & 0xC0) == 0x80)
                length--; /* not in the middle of a character */
            if (length && (unsigned char)out[length - 1] >= 0xC0)
                length--;
            out[length] = '\0';
            return false;
        }
        if (gap && length)
            out[length++] = ' ';
        gap = false;
        out[length++] = *text >= 'a' && *text <= 'z' ? (char)(*text - 32) : *text;
    }
    out[length] = '\0';
    return true;
}

/* The characters of tidy text without those in drop. */
static size_t without(const char *text, const char *drop, char out[static XF_IDENTIFIER_TEXT])
{
    size_t length = 0;

    for (; *text; text++)
        if (!strchr(drop, *text))
            out[length++] = *text;
    out[length] = '\0';
    return length;
}

/* Each check below takes the identifier in capitals; when it holds it leaves the canonical form in place and returns VALID,
 * PLACEHOLDER or, without a check to make, UNCHECKED; else INVALID. */

/* Modulus 11 (NHS Data Dictionary). */
static enum xf_identifier_quality check_nhs(char *id, size_t length)
{
    int sum = 0;

    if (length != 10 || !all_digits(id, 10))
        return XF_IDENTIFIER_INVALID;
    if (xf_words_filler(id, 10))
        return XF_IDENTIFIER_PLACEHOLDER;
    for (int i = 0; i < 9; i++)
        sum += (10 - i) * (id[i] - '0');
    return (11 - sum % 11) % 11 == id[9] - '0' ? XF_IDENTIFIER_VALID : XF_IDENTIFIER_INVALID;
}

/* Modulus 23 (DfE, Unique pupil numbers); the last character of a temporary number is a letter, which counts as its place in the
 * alphabet. */
static enum xf_identifier_quality check_upn(char *id, size_t length)
{
    static const char alphabet[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
    const char *letter;
    int sum = 0;

    if (length != 13 || !is_upper(id[0]) || !all_digits(id + 1, 11))
        return XF_IDENTIFIER_INVALID;
    letter = is_digit(id[12]) ? NULL : strchr(alphabet, id[12]);
    if (!letter && !is_digit(id[12]))
        return XF_IDENTIFIER_INVALID;
    if (xf_words_filler(id + 1, 11))
        return XF_IDENTIFIER_PLACEHOLDER;
    for (int i = 1; i < 12; i++)
        sum += (i + 1) * (id[i] - '0');
    sum += 13 * (letter ? (int)(letter - alphabet) : id[12] - '0');
    return id[0] == alphabet[sum % 23] ? XF_IDENTIFIER_VALID : XF_IDENTIFIER_INVALID;
}

/* The check letter that PNC and CRO share. */
static char police_letter(int year, int serial_digits, int serial)
{
    static const char letters[] = "ZABCDEFGHJKLMNPQRTUVWXY";
    int64_t scale = 1;

    for (int i = 0; i < serial_digits; i++)
        scale *= 10;
    return letters[(year % 100 * scale + serial) % 23];
}

static void put_digits(char *at, int value, int count)
{
    for (int i = count; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
}

/* Tries the first year_digits of the digits as the year and the others as the serial. */
static enum xf_identifier_quality try_pnc(const char *digits, size_t year_digits, const char *serial_text, size_t serial_digits,
                                          char letter, int this_year, char *ret)
{
    int year = number_of(digits, year_digits);
    int serial;

    if (serial_digits < 1 || serial_digits > 7)
        return XF_IDENTIFIER_INVALID;
    serial = number_of(serial_text, serial_digits);
    if (year_digits == 2)
        year += this_year - this_year % 100 - (year > this_year % 100 ? 100 : 0);
    if (year < 1900 || year > this_year || police_letter(year, 7, serial) != letter)
        return XF_IDENTIFIER_INVALID;
    put_digits(ret, year, 4);
    ret[4] = '/';
    put_digits(ret + 5, serial, 7);
    ret[12] = letter;
    ret[13] = '\0';
    return serial ? XF_IDENTIFIER_VALID : XF_IDENTIFIER_PLACEHOLDER;
}

/* With a slash the year is what stands before it. Without, up to eight digits are a short year and a serial, ten and more a full
 * year; nine are read as the short form first, since the check letter then tells. */
static enum xf_identifier_quality check_pnc(char *id, size_t length, int this_year)
{
    const char *slash = memchr(id, '/', length);
    size_t digits = length ? length - 1 : 0;
    char ret[16];
    enum xf_identifier_quality quality = XF_IDENTIFIER_INVALID;

    if (length < 4 || !is_upper(id[length - 1]))
        return XF_IDENTIFIER_INVALID;
    if (slash) {
        size_t year_digits = (size_t)(slash - id);

        if ((year_digits == 2 || year_digits == 4) && all_digits(id, year_digits) &&
            all_digits(slash + 1, digits - year_digits - 1))
            quality = try_pnc(id, year_digits, slash + 1, digits - year_digits - 1, id[length - 1], this_year, ret);
    } else if (all_digits(id, digits)) {
        if (digits <= 9)
            quality = try_pnc(id, 2, id + 2, digits - 2, id[length - 1], this_year, ret);
        if (digits >= 9 && quality == XF_IDENTIFIER_INVALID)
            quality = try_pnc(id, 4, id + 4, digits - 4, id[length - 1], this_year, ret);
    }
    if (quality != XF_IDENTIFIER_INVALID)
        memcpy(id, ret, 14);
    return quality;
}

/* NNNNNN/YYD, or SFYY/NNNNNND whose serial has no leading zeroes, in the text and in the check. Sources differ on which years SF
 * files have: any is taken. */
static enum xf_identifier_quality check_cro(char *id, size_t length)
{
    bool small_file = length > 2 && id[0] == 'S' && id[1] == 'F';
    char *slash = memchr(id, '/', length);
    size_t before = slash ? (size_t)(slash - id) : 0;
    size_t after = slash ? length - before - 2 : 0; /* digits between the slash and the letter */
    char letter = length ? id[length - 1] : '\0';
    int serial, year;

    if (small_file) {
        const char *digits = slash ? slash + 1 : NULL;

        if (!slash || before != 4 || after < 1 || after > 6 || !all_digits(id + 2, 2) || !all_digits(digits, after))
            return XF_IDENTIFIER_INVALID;
        while (after > 1 && *digits == '0') {
            digits++;
            after--;
        }
        serial = number_of(digits, after);
        if (police_letter(number_of(id + 2, 2), (int)after, serial) != letter)
            return XF_IDENTIFIER_INVALID;
        memmove(slash + 1, digits, after + 2);
        return serial ? XF_IDENTIFIER_VALID : XF_IDENTIFIER_PLACEHOLDER;
    }
    if (!slash || before < 1 || before > 6 || after != 2 || !all_digits(id, before) || !all_digits(slash + 1, 2))
        return XF_IDENTIFIER_INVALID;
    serial = number_of(id, before);
    year = number_of(slash + 1, 2);
    if (police_letter(year, 6, serial) != letter)
        return XF_IDENTIFIER_INVALID;
    put_digits(id, serial, 6);
    id[6] = '/';
    put_digits(id + 7, year, 2);
    id[9] = letter;
    id[10] = '\0';
    return serial ? XF_IDENTIFIER_VALID : XF_IDENTIFIER_PLACEHOLDER;
}

/* Two letters, six digits and a suffix A to D, a space, or none (HMRC, NIM39110). The suffix names nobody, and is often left out:
 * the canonical form has none, so that with and without never look like two persons. */
static enum xf_identifier_quality check_nino(char *id, size_t length)
{
    static const char *const unused[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
    char prefix[3] = {0};

    if (length != 8 && length != 9)
        return XF_IDENTIFIER_INVALID;
    if (!is_upper(id[0]) || !is_upper(id[1]) || strchr("DFIQUV", id[0]) || strchr("DFIOQUV", id[1]) || !all_digits(id + 2, 6) ||
        (length == 9 && (id[8] < 'A' || id[8] > 'D')))
        return XF_IDENTIFIER_INVALID;
    memcpy(prefix, id, 2);
    if (xf_words_in(unused, sizeof(unused) / sizeof(unused[0]), prefix))
        return XF_IDENTIFIER_INVALID;
    id[8] = '\0';
    return xf_words_filler(id + 2, 6) ? XF_IDENTIFIER_PLACEHOLDER : XF_IDENTIFIER_VALID;
}

/* DVLA: surname, decade, month (of women plus 50), day, year, initials, and three more; a two-digit issue number may follow, which
 * goes. */
static enum xf_identifier_quality check_driver(char *id, size_t length)
{
    int day;

    if (length == 18 && all_digits(id + 16, 2))
        length = 16;
    if (length != 16 || !all_digits(id + 5, 6) || !strchr("0156", id[6]) || !is_upper(id[14]) || !is_upper(id[15]))
        return XF_IDENTIFIER_INVALID;
    day = number_of(id + 8, 2);
    for (int i = 0; i < 14; i++)
        if (!is_digit(id[i]) && !is_upper(id[i]))
            return XF_IDENTIFIER_INVALID;
    id[16] = '\0';
    return day >= 1 && day <= 31 ? XF_IDENTIFIER_VALID : XF_IDENTIFIER_INVALID;
}

/* Up to twelve digits, often padded with zeroes; there is no check digit. Low numbers such as 1111 are real. */
static enum xf_identifier_quality check_uprn(char *id, size_t length)
{
    size_t zeroes = 0;

    if (!length || length > 12 || !all_digits(id, length))
        return XF_IDENTIFIER_INVALID;
    while (zeroes < length && id[zeroes] == '0')
        zeroes++;
    if (zeroes == length || (length - zeroes >= 6 && strspn(id + zeroes, "9") == length - zeroes))
        return XF_IDENTIFIER_PLACEHOLDER;
    memmove(id, id + zeroes, length - zeroes + 1);
    return XF_IDENTIFIER_UNCHECKED;
}

/* Words such as UNKNOWN and N/A, nothing but punctuation, or one character over and over. */
static bool is_placeholder(const char *tidied)
{
    char words[XF_IDENTIFIER_TEXT];
    char glued[XF_IDENTIFIER_TEXT];
    size_t length = xf_words_fold(tidied, XF_WORDS_TEXT, words, sizeof(words));

    if (xf_words_placeholder(words, length))
        return true;
    length = without(words, " ", glued);
    return (length >= 3 && strspn(glued, (const char[]){glued[0], '\0'}) == length) || strcmp(glued, "0") == 0;
}

enum xf_identifier_quality xf_identifier_check(const char *scheme, const char *value, int this_year,
                                               char canonical[static XF_IDENTIFIER_TEXT])
{
    bool fits = tidy(value, canonical);
    bool uprn = strcasecmp(scheme, "uprn") == 0;
    char id[XF_IDENTIFIER_TEXT];
    enum xf_identifier_quality quality;
    size_t length;

    if (!fits)
        return XF_IDENTIFIER_INVALID;
    if (is_placeholder(canonical) && !(uprn && strpbrk(canonical, "123456789"))) /* 1111 is a place */
        return XF_IDENTIFIER_PLACEHOLDER;
    if (strcasecmp(scheme, "pnc") == 0 || strcasecmp(scheme, "cro") == 0) {
        length = without(canonical, " ", id);
        quality = strcasecmp(scheme, "pnc") == 0 ? check_pnc(id, length, this_year) : check_cro(id, length);
    } else {
        length = without(canonical, " -./", id);
        if (strcasecmp(scheme, "nhs") == 0)
            quality = check_nhs(id, length);
        else if (strcasecmp(scheme, "upn") == 0)
            quality = check_upn(id, length);
        else if (strcasecmp(scheme, "nino") == 0)
            quality = check_nino(id, length);
        else if (strcasecmp(scheme, "driver") == 0)
            quality = check_driver(id, length);
        else if (uprn)
            quality = check_uprn(id, length);
        else
            return XF_IDENTIFIER_UNCHECKED;
    }
    if (quality != XF_IDENTIFIER_INVALID)
        strcpy(canonical, id);
    return quality;
}

bool xf_identifier_is_unique(const char *scheme)
{
    return strcasecmp(scheme, "nhs") == 0 || strcasecmp(scheme, "pnc") == 0 || strcasecmp(scheme, "nino") == 0;
}
