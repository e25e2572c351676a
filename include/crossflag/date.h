/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and partial dates. Instants are microseconds since 1970-01-01T00:00:00Z; nothing here reads a clock. */
#ifndef CROSSFLAG_DATE_H
#define CROSSFLAG_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_TIME_NONE INT64_MIN
#define XF_SECOND INT64_C(1000000)
#define XF_HOUR (3600 * XF_SECOND)
#define XF_DAY (24 * XF_HOUR)
#define XF_TIME_TEXT 28 /* "2026-11-20T21:40:00.000000Z" and a NUL */

/* A date of which the month and the day may be unknown: 2011, 2011-04, 2011-04-02. Packed as year*10000+month*100+day
 * with zeroes for what is unknown; 0 is no date. */
typedef uint32_t xf_date;

/* Parses an RFC 3339 date-time (any offset; years 1000..2200; a fraction of up to nine digits, cut to microseconds; a leap second
 * counts as the second before it). Returns XF_OK, or XF_EINVAL with a reason in *reason (a constant string) and *ret untouched. */
int xf_time_parse(const char *text, int64_t *ret, const char **reason) XF_MUST_CHECK;
/* Writes RFC 3339 in UTC; without a fraction when it is zero; the empty string for XF_TIME_NONE. The year must lie in 0..9999.
 * Returns buffer. */
char *xf_time_format(int64_t time, char buffer[static XF_TIME_TEXT]);

/* Parses YYYY, YYYY-MM or YYYY-MM-DD and checks the calendar (years 1000..2200). Same errors as xf_time_parse. */
int xf_date_parse(const char *text, xf_date *ret, const char **reason) XF_MUST_CHECK;
/* Writes what is known of the date, in the same form; the empty string for 0. Returns buffer. */
char *xf_date_format(xf_date date, char buffer[static 11]);

/* Whole days since 1970-01-01 of a date; unknown month or day count as the first. */
int32_t xf_date_days(xf_date date);
/* The UTC date of an instant. */
xf_date xf_date_of(int64_t time);
/* The start of a date in UTC, as an instant. */
int64_t xf_date_start(xf_date date);
/* Completed years at an instant for somebody born on birth; an unknown month or day counts as the last possible (so that a
 * child stays a child). -1 when birth is 0 or cannot have been yet. */
int xf_date_age(xf_date birth, int64_t at);
/* date moved by months (may be negative), the day clipped to the month's length. What is unknown stays unknown: 2009 moved by 18
 * months is 2010. 0 stays 0. */
xf_date xf_date_add_months(xf_date date, int months);
/* An instant moved by whole months of the UTC calendar, time of day kept. */
int64_t xf_time_add_months(int64_t time, int months);

#endif
