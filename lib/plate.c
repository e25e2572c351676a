/* SPDX-License-Identifier: Apache-2.0 */
/* Registration marks and chassis numbers: what class a mark is of, what plate readers confuse, what a witness's part of a mark
 * fits. Called by mention_vehicle.c, score_vehicle.c, block_thing.c and the search. Confusions are those that operators' and appeal
 * guides name again and again: O/0, I/1, B/8, S/5, Z/2 first, then D and Q for 0, G and C for 6, V and Y. Invariant: comparing is
 * symmetric, and a mark with * or ? in it is a pattern, never a mark. */
#include "plate.h"

#include <stdint.h>
#include <string.h>

#include "crossflag/normalise.h"
#include "crossflag/similarity.h"

#define FULL_PLATE 5 /* characters: a shorter mark may be part of another */
#define KNOWN_FEW 3  /* known characters that a pattern needs to say anything */
#define KNOWN_MOST 6
#define VIN 17
#define VIN_TAIL 8     /* the vehicle indicator section (ISO 3779) */
#define VIN_TAIL_FEW 6 /* as people note it from a windscreen */

/* YD12KLM is two letters, two digits, three letters. */
struct run {
    bool letters;
    size_t length;
};

/* 0 for more than four runs: no British plate. */
static size_t runs_of(const char *plate, struct run runs[static 4])
{
    size_t count = 0;

    for (const char *at = plate; *at; at++) {
        bool letter = (*at >= 'A' && *at <= 'Z');

        if (!count || runs[count - 1].letters != letter) {
            if (count == 4)
                return 0;
            runs[count++] = (struct run){.letters = letter};
        }
        runs[count - 1].length++;
    }
    return count;
}

/* Shapes from DVLA INF104 and, for Northern Ireland, its area codes: all of them, and no other dateless mark's usual ones, hold I
 * or Z. */
enum xf_plate_class xf_plate_classify(const char *plate)
{
    struct run runs[4] = {0};
    size_t count = runs_of(plate, runs);
    size_t first = runs[0].length;
    size_t second = runs[1].length;
    size_t third = runs[2].length;

    if (count == 3 && runs[0].letters) {
        if (first == 2 && second == 2 && third == 3)
            return XF_PLATE_CURRENT;
        if (first == 1 && second <= 3 && third == 3)
            return *plate == 'Q' ? XF_PLATE_Q : strchr("IOUZ", *plate) ? XF_PLATE_OTHER : XF_PLATE_PREFIX;
        if (first == 3 && second <= 3 && third == 1)
            return XF_PLATE_SUFFIX;
    }
    if (count == 3 && !runs[0].letters && first == 3 && second == 1 && third == 3 && (plate[3] == 'D' || plate[3] == 'X'))
        return XF_PLATE_DIPLOMATIC;
    if (count == 2) {
        size_t letters = runs[0].letters ? first : second;
        size_t digits = runs[0].letters ? second : first;

        if (letters > 3 || digits > 4)
            return XF_PLATE_OTHER;
        return letters >= 2 && strpbrk(plate, "IZ") ? XF_PLATE_NORTHERN_IRELAND : XF_PLATE_DATELESS;
    }
    return XF_PLATE_OTHER;
}

static char fold_char(char c)
{
    return (char)(c == 'O' ? '0' : c == 'I' ? '1' : c == 'B' ? '8' : c == 'S' ? '5' : c == 'Z' ? '2' : c);
}

static char fold_far(char c)
{
    c = fold_char(c);
    return (char)(c == 'D' || c == 'Q' ? '0' : c == 'G' || c == 'C' ? '6' : c == 'Y' ? 'V' : c);
}

static size_t fold(const char *plate, char (*each)(char), char out[static XF_NORMAL_TEXT])
{
    size_t length = 0;

    for (; plate[length] && length < XF_NORMAL_TEXT - 1; length++)
        out[length] = each(plate[length]);
    out[length] = '\0';
    return length;
}

size_t xf_plate_fold(const char *plate, char out[static XF_NORMAL_TEXT])
{
    return fold(plate, fold_char, out);
}

size_t xf_plate_fold_far(const char *plate, char out[static XF_NORMAL_TEXT])
{
    return fold(plate, fold_far, out);
}

size_t xf_plate_pattern(const char *text, char out[static XF_NORMAL_TEXT])
{
    size_t length = 0, known = 0;

    for (const char *at = text; at && *at && length < 32; at++) {
        char c = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
        bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (plain || c == '?' || (c == '*' && !(length && out[length - 1] == '*')))
            out[length++] = c;
        known += plain;
    }
    out[known ? length : 0] = '\0';
    return known ? length : 0;
}

bool xf_plate_is_pattern(const char *plate)
{
    return strpbrk(plate, "*?");
}

/* Whether the plate fits; * stands for any run, ? for one character. Goes back to the last * only, which is enough. */
static bool fits(const char *pattern, const char *plate)
{
    const char *star = NULL, *resume = plate;

    while (*plate) {
        if (*pattern == '*') {
            star = pattern++;
            resume = plate;
        } else if (*pattern == '?' || *pattern == *plate) {
            pattern++;
            plate++;
        } else if (star) {
            pattern = star + 1;
            plate = ++resume;
        } else {
            return false;
        }
    }
    pattern += strspn(pattern, "*");
    return !*pattern;
}

static int compare_pattern(const char *pattern, const char *plate)
{
    char folded_pattern[XF_NORMAL_TEXT], folded[XF_NORMAL_TEXT];
    size_t known = 0;

    for (const char *at = pattern; *at; at++)
        known += *at != '*' && *at != '?';
    if (known < KNOWN_FEW)
        return -1;
    if (fits(pattern, plate))
        return known >= KNOWN_MOST ? XF_PLATE_PART_LONG : XF_PLATE_PART;
    xf_plate_fold(pattern, folded_pattern);
    xf_plate_fold(plate, folded);
    return fits(folded_pattern, folded) ? XF_PLATE_PART : XF_PLATE_DIFFERENT;
}

/* YD12, noted without its *. */
static bool is_end_of(const char *part, const char *plate)
{
    size_t length = strlen(part), whole = strlen(plate);

    return length >= KNOWN_FEW && length < FULL_PLATE && length < whole &&
           (memcmp(part, plate, length) == 0 || memcmp(part, plate + whole - length, length) == 0);
}

int xf_plate_compare(const char *a, const char *b)
{
    char x[XF_NORMAL_TEXT], y[XF_NORMAL_TEXT];
    bool a_pattern = xf_plate_is_pattern(a), b_pattern = xf_plate_is_pattern(b), one_off;
    size_t length;

    if (strcmp(a, b) == 0)
        return strlen(a) >= FULL_PLATE && !a_pattern ? XF_PLATE_EXACT : XF_PLATE_SHORT;
    if (a_pattern && b_pattern)
        return -1;
    if (a_pattern || b_pattern)
        return a_pattern ? compare_pattern(a, b) : compare_pattern(b, a);
    if (is_end_of(a, b) || is_end_of(b, a))
        return -1;
    length = xf_plate_fold(a, x);
    if (length < FULL_PLATE || xf_plate_fold(b, y) < FULL_PLATE)
        return XF_PLATE_DIFFERENT;
    if (strcmp(x, y) == 0)
        return XF_PLATE_MISREAD;
    one_off = xf_edit_distance(x, length, y, strlen(y), 1) <= 1;
    xf_plate_fold_far(a, x);
    xf_plate_fold_far(b, y);
    return strcmp(x, y) == 0 ? XF_PLATE_DOUBTFUL : one_off ? XF_PLATE_ONE_OFF : XF_PLATE_DIFFERENT;
}

/* I, O and Q are never in a chassis number: who writes them means 1 and 0 (ISO 3779). */
static char vin_char(char c)
{
    return (char)(c == 'I' ? '1' : c == 'O' || c == 'Q' ? '0' : c);
}

size_t xf_vin_fold(const char *vin, char out[static XF_NORMAL_TEXT])
{
    return fold(vin, vin_char, out);
}

/* What one knows of the other's end. */
static int compare_tail(const char *tail, size_t length, const char *vin, size_t whole)
{
    return length >= VIN_TAIL_FEW && memcmp(vin + whole - length, tail, length) == 0 ? XF_VIN_TAIL : -1;
}

int xf_vin_compare(const char *a, const char *b)
{
    char x[XF_NORMAL_TEXT], y[XF_NORMAL_TEXT];
    size_t a_length = xf_vin_fold(a, x), b_length = xf_vin_fold(b, y);

    if (a_length != VIN || b_length != VIN)
        return a_length <= b_length ? compare_tail(x, a_length, y, b_length) : compare_tail(y, b_length, x, a_length);
    if (memcmp(x, y, VIN) == 0)
        return XF_VIN_EQUAL;
    if (memcmp(x + VIN - VIN_TAIL, y + VIN - VIN_TAIL, VIN_TAIL) == 0)
        return XF_VIN_TAIL;
    return xf_edit_distance(x, VIN, y, VIN, 1) <= 1 ? XF_VIN_ONE_OFF : XF_VIN_DIFFERENT;
}
