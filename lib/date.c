/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and partial dates on the proleptic Gregorian calendar, always in UTC. Used by the record parser for what partners send,
 * by the rules for windows and ages, and by every answer that prints a time. The day arithmetic is Howard Hinnant's
 * days_from_civil (http://howardhinnant.github.io/date_algorithms.html): exact, without tables or the C library's time zone.
 * Invariant: what a parser accepts, the formatter prints back as the same instant or date. */
#include "crossflag/date.h"

#include <assert.h>

#define YEAR_MIN 1000
#define YEAR_MAX 2200
#define SECONDS_PER_DAY 86400

static int year_of(xf_date date)
{
    return (int)(date / 10000);
}

static int month_of(xf_date date)
{
    return (int)(date / 100 % 100);
}

static int day_of(xf_date date)
{
    return (int)(date % 100);
}

static xf_date pack_date(int year, int month, int day)
{
    return (xf_date)(year * 10000 + month * 100 + day);
}

static int month_length(int year, int month)
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return lengths[month - 1] + (month == 2 && leap);
}

static int32_t days_of_civil(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static void civil_of_days(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = (int)(year_of_era + era * 400) + (*month <= 2);
}

/* Quotient rounded down, so that instants before 1970 fall on their own day. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Reads exactly count digits and moves *at behind them; -1 when there are fewer. */
static int digits(const char **at, int count)
{
    const char *text = *at;
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + text[i] - '0';
    }
    *at = text + count;
    return value;
}

static int refuse(const char **reason, const char *text)
{
    *reason = text;
    return XF_EINVAL;
}

/* Reads up to three parts of a date and checks the calendar; stops behind the last part that it could read. */
static int read_date(const char **at, xf_date *ret, const char **reason)
{
    int year = digits(at, 4);
    int month = 0;
    int day = 0;

    if (year < 0)
        return refuse(reason, "a date is YYYY, YYYY-MM or YYYY-MM-DD");
    if (year < YEAR_MIN || year > YEAR_MAX)
        return refuse(reason, "the year must lie between 1000 and 2200");
    if (**at == '-') {
        ++*at;
        month = digits(at, 2);
        if (month < 0)
            return refuse(reason, "a date is YYYY, YYYY-MM or YYYY-MM-DD");
        if (month < 1 || month > 12)
            return refuse(reason, "there is no such month");
        if (**at == '-') {
            ++*at;
            day = digits(at, 2);
            if (day < 0)
                return refuse(reason, "a date is YYYY, YYYY-MM or YYYY-MM-DD");
            if (day < 1 || day > month_length(year, month))
                return refuse(reason, "the month has no such day");
        }
    }
    *ret = pack_date(year, month, day);
    return XF_OK;
}

int xf_date_parse(const char *text, xf_date *ret, const char **reason)
{
    xf_date date;
    int rc = read_date(&text, &date, reason);

    if (rc != XF_OK)
        return rc;
    if (*text)
        return refuse(reason, "a date is YYYY, YYYY-MM or YYYY-MM-DD");
    *ret = date;
    return XF_OK;
}

/* Digits beyond the sixth are cut off: .NET writes seven, Java nine. */
static int read_fraction(const char **at, int *ret_micros)
{
    const char *text = *at;
    int micros = 0;
    int count = 0;

    for (; text[count] >= '0' && text[count] <= '9'; count++)
        if (count < 6)
            micros = micros * 10 + text[count] - '0';
    if (count == 0 || count > 9)
        return XF_EINVAL;
    for (int i = count; i < 6; i++)
        micros *= 10;
    *at = text + count;
    *ret_micros = micros;
    return XF_OK;
}

/* Z, or +hh:mm or -hh:mm, in seconds east of Greenwich. */
static int read_offset(const char **at, int *ret_seconds)
{
    const char *text = *at;
    int sign = *text == '-' ? -1 : 1;
    int hours;
    int minutes;

    if (*text == 'Z' || *text == 'z') {
        *at = text + 1;
        *ret_seconds = 0;
        return XF_OK;
    }
    if (*text != '+' && *text != '-')
        return XF_EINVAL;
    text++;
    hours = digits(&text, 2);
    if (hours < 0 || hours > 23 || *text++ != ':')
        return XF_EINVAL;
    minutes = digits(&text, 2);
    if (minutes < 0 || minutes > 59)
        return XF_EINVAL;
    *at = text;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return XF_OK;
}

int xf_time_parse(const char *text, int64_t *ret, const char **reason)
{
    static const char form[] = "an instant is YYYY-MM-DDThh:mm:ss, an optional fraction, and Z or an offset (RFC 3339)";
    xf_date date;
    int64_t seconds;
    int hour, minute, second, offset;
    int micros = 0;
    int rc = read_date(&text, &date, reason);

    if (rc != XF_OK)
        return rc;
    if (!day_of(date) || (*text != 'T' && *text != 't' && *text != ' '))
        return refuse(reason, form);
    text++;
    hour = digits(&text, 2);
    if (hour < 0 || *text++ != ':')
        return refuse(reason, form);
    minute = digits(&text, 2);
    if (minute < 0 || *text++ != ':')
        return refuse(reason, form);
    second = digits(&text, 2);
    if (second < 0)
        return refuse(reason, form);
    if (*text == '.') {
        text++;
        if (read_fraction(&text, &micros) != XF_OK)
            return refuse(reason, form);
    }
    if (!*text)
        return refuse(reason, "an instant needs Z or an offset");
    if (read_offset(&text, &offset) != XF_OK || *text)
        return refuse(reason, form);
    if (hour > 23 || minute > 59 || second > 60)
        return refuse(reason, "there is no such time of day");
    seconds = (int64_t)xf_date_days(date) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + (second == 60 ? 59 : second) - offset;
    /* RFC 3339 section 5.7: second 60 exists only where UTC inserts it, at the end of a day. */
    if (second == 60 && (seconds + 1) % SECONDS_PER_DAY != 0)
        return refuse(reason, "there is no leap second at that time");
    *ret = seconds * XF_SECOND + micros;
    return XF_OK;
}

static char *put_digits(char *at, int value, int count)
{
    for (int i = count; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + count;
}

static char *put_date(char *at, int year, int month, int day)
{
    at = put_digits(at, year, 4);
    if (month) {
        *at++ = '-';
        at = put_digits(at, month, 2);
    }
    if (day) {
        *at++ = '-';
        at = put_digits(at, day, 2);
    }
    return at;
}

char *xf_time_format(int64_t time, char buffer[static XF_TIME_TEXT])
{
    int64_t days = floor_div(time, XF_DAY);
    int seconds, micros, year, month, day;
    char *at = buffer;

    if (time == XF_TIME_NONE) {
        *buffer = '\0';
        return buffer;
    }
    seconds = (int)((time - days * XF_DAY) / XF_SECOND);
    micros = (int)((time - days * XF_DAY) % XF_SECOND);
    civil_of_days(days, &year, &month, &day);
    assert(year >= 0 && year <= 9999);
    at = put_date(at, year, month, day);
    *at++ = 'T';
    at = put_digits(at, seconds / 3600, 2);
    *at++ = ':';
    at = put_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, seconds % 60, 2);
    if (micros) {
        *at++ = '.';
        at = put_digits(at, micros, 6);
    }
    *at++ = 'Z';
    *at = '\0';
    return buffer;
}

char *xf_date_format(xf_date date, char buffer[static 11])
{
    *buffer = '\0';
    if (date)
        *put_date(buffer, year_of(date), month_of(date), day_of(date)) = '\0';
    return buffer;
}

int32_t xf_date_days(xf_date date)
{
    int month = month_of(date);
    int day = day_of(date);

    return days_of_civil(year_of(date), month ? month : 1, day ? day : 1);
}

xf_date xf_date_of(int64_t time)
{
    int year, month, day;

    civil_of_days(floor_div(time, XF_DAY), &year, &month, &day);
    assert(year >= 0 && year <= 9999);
    return pack_date(year, month, day);
}

int64_t xf_date_start(xf_date date)
{
    return (int64_t)xf_date_days(date) * XF_DAY;
}

int xf_date_age(xf_date birth, int64_t at)
{
    xf_date today = xf_date_of(at);
    int month = month_of(birth) ? month_of(birth) : 12;
    int day = day_of(birth);
    int age = year_of(today) - year_of(birth);

    if (!birth || xf_date_start(birth) > at)
        return -1;
    if (!day)
        day = month_length(year_of(birth), month);
    /* Somebody born on 29 February comes of age on 1 March of a common year, in England and Wales. */
    if (today % 10000 < (xf_date)(month * 100 + day))
        age--;
    return age < 0 ? 0 : age;
}

xf_date xf_date_add_months(xf_date date, int months)
{
    int month = month_of(date);
    int64_t count = (int64_t)year_of(date) * 12 + (month ? month - 1 : 0) + months;
    int year = (int)floor_div(count, 12);
    int new_month = (int)(count - (int64_t)year * 12) + 1;
    int day = day_of(date);

    if (!date)
        return 0;
    assert(year >= 1 && year <= 9999);
    if (!month)
        return pack_date(year, 0, 0);
    if (day > month_length(year, new_month))
        day = month_length(year, new_month);
    return pack_date(year, new_month, day);
}

int64_t xf_time_add_months(int64_t time, int months)
{
    int64_t of_day = time - floor_div(time, XF_DAY) * XF_DAY;

    return xf_date_start(xf_date_add_months(xf_date_of(time), months)) + of_day;
}
