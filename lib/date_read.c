/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as people's files write them. Called for the cells of a batch, where no mapping says which format a column has; a record's
 * own dates are date.c's. The United Kingdom writes the day first; of a date that could only be an American one the day and month
 * are none, since its neighbours in the file would be misread without a word: it gives its year and counts as faulty. Invariant:
 * what is returned is a day of the calendar, as far as known. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "crossflag/columns.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_spaces(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* A run of digits; *ret_count says how many. */
static const char *read_number(const char *at, unsigned *ret, unsigned *ret_count)
{
    *ret = *ret_count = 0;
    for (; is_digit(*at) && *ret_count < 9; ++*ret_count)
        *ret = *ret * 10 + (unsigned)(*at++ - '0');
    return at;
}

/* May, or the whole of it; 0: no month's name. */
static const char *read_month(const char *at, unsigned *ret)
{
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};

    for (unsigned i = 0; i < 12; i++) {
        size_t whole = strlen(months[i]), length = strncasecmp(at, months[i], whole) == 0 ? whole : 3;

        if (strncasecmp(at, months[i], length) == 0) {
            *ret = i + 1;
            return at + length;
        }
    }
    *ret = 0;
    return at;
}

/* Nothing more, or a clock: T00:00:00Z, 12:30, 00:00:00.000, 12:00:00 AM. */
static bool is_end(const char *at)
{
    bool separated = *at == 'T' || *at == 't' || *at == ' ' || *at == '\t';

    at = skip_spaces(at + (*at == 'T' || *at == 't'));
    if (!*at)
        return true;
    return separated && is_digit(*at) && strchr(at, ':') && !at[strspn(at, "0123456789:.,+-Zz AaPpMm\t")];
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0) ? 29 : days[month - 1];
}

/* Month and day may be 0, unknown. What cannot be is unknown too: 1850-81-01 tells a year. */
static xf_date date_of(unsigned year, unsigned month, unsigned day, bool *ret_faulty)
{
    if (year < 1000 || year > 2200)
        return 0;
    *ret_faulty = month > 12 || (!month && day) || (month && month <= 12 && day > days_in(year, month));
    if (!month || month > 12)
        return year * 10000;
    return year * 10000 + month * 100 + (*ret_faulty ? 0 : day);
}

/* YYYYMMDD; but a month of 18 to 20 is the century of DDMMYYYY, which may be meant. */
static xf_date date_of_digits(unsigned number, bool *ret_faulty)
{
    unsigned month = number / 100 % 100;

    return month >= 18 && month <= 20 ? 0 : date_of(number / 10000, month, number % 100, ret_faulty);
}

/* A month by number or name behind a separator, and what is behind that. */
static const char *read_next(const char *at, char separator, unsigned *ret, unsigned *ret_count, bool *ret_named)
{
    const char *next = separator == ' ' ? skip_spaces(at) : at + 1;

    *ret_named = false;
    if (is_digit(*next))
        return read_number(next, ret, ret_count);
    next = read_month(next, ret);
    *ret_named = *ret != 0;
    *ret_count = *ret ? 2 : 0;
    return *ret ? next : NULL;
}

static xf_date read(const char *text, bool *ret_faulty)
{
    const char *at = skip_spaces(text);
    unsigned numbers[3], counts[3];
    bool named = false, third;
    char separator;

    at = read_number(at, &numbers[0], &counts[0]);
    if (counts[0] == 8 && is_end(at))
        return date_of_digits(numbers[0], ret_faulty);
    if (counts[0] == 4 && is_end(at))
        return date_of(numbers[0], 0, 0, ret_faulty);
    if (!counts[0] || counts[0] > 4 || counts[0] == 3)
        return 0;
    separator = *at;
    if (separator != '-' && separator != '/' && separator != '.' && separator != ' ')
        return 0;
    at = read_next(at, separator, &numbers[1], &counts[1], &named);
    if (!at || !counts[1])
        return 0;
    if (counts[0] <= 2 && counts[1] == 4 && is_end(at)) /* 05/1984 */
        return date_of(numbers[1], numbers[0], 0, ret_faulty);
    if (counts[1] > 2 || (separator == ' ' && !named))
        return 0;
    if (counts[0] == 4 && is_end(at))
        return date_of(numbers[0], numbers[1], 0, ret_faulty);
    if (*at != separator || !is_digit(*(separator == ' ' ? skip_spaces(at) : at + 1)))
        return 0;
    at = read_next(at, separator, &numbers[2], &counts[2], &third);
    if (!at || !is_end(at))
        return 0;
    if (counts[0] == 4 && counts[2] <= 2)
        return date_of(numbers[0], numbers[1], numbers[2], ret_faulty);
    return counts[0] <= 2 && counts[2] == 4 ? date_of(numbers[2], numbers[1], numbers[0], ret_faulty) : 0;
}

xf_date xf_date_read(const char *text, bool *ret_faulty)
{
    bool faulty = false;
    xf_date date = read(text, &faulty);

    *ret_faulty = faulty || !date;
    return date;
}
