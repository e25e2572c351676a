/* SPDX-License-Identifier: Apache-2.0 */
/* One row's cells into one value of a record, by the rule of a CSV mapping: joined, translated, dates and local times brought into
 * the form that records have. Called by csv.c for each leaf of the mapping's tree. The invariants: a blank cell stays blank
 * (nothing is invented); what cannot be read is refused with its column's name, not its content. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mapping.h"

#define VALUE_MAX XF_RECORD_TEXT_MAX /* of one leaf: no text of a record may be longer */

struct value {
    char text[VALUE_MAX + 1];
    size_t length;
};

int xf_text_buffer_put(struct xf_text_buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->capacity - buffer->length < length) {
        size_t capacity = buffer->capacity + buffer->capacity / 2 + length + 256;
        char *moved = realloc(buffer->bytes, capacity);

        if (!moved)
            return XF_ENOMEM;
        buffer->bytes = moved;
        buffer->capacity = capacity;
    }
    if (length)
        memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return XF_OK;
}

static struct xf_cell trim(struct xf_cell cell)
{
    while (cell.length && (unsigned char)cell.text[0] <= ' ') {
        cell.text++;
        cell.length--;
    }
    while (cell.length && (unsigned char)cell.text[cell.length - 1] <= ' ')
        cell.length--;
    return cell;
}

/* A line break inside a quoted cell, as spreadsheets keep addresses, is a comma in one line. */
static void join_lines(char *text)
{
    for (; *text; text++) {
        if (*text == '\r' && text[1] == '\n') {
            *text++ = ',';
            *text = ' ';
        } else if (*text == '\r' || *text == '\n') {
            *text = ',';
        }
    }
}

static const char *column_name(const struct xf_cell_rule *rule, const struct xf_mapping_column *columns)
{
    return columns[rule->columns[0]].name;
}

static int XF_PRINTF(4, 5) refuse(const struct xf_cell_rule *rule, int code, struct xf_error *error, const char *format, ...)
{
    char text[sizeof(error->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    xf_error_set(error, code, "%s", text);
    if (error)
        snprintf(error->pointer, sizeof(error->pointer), "%s", rule->pointer);
    return code;
}

/* The joined text of the rule's cells that are not blank; length 0 when there is none. */
static int join(const struct xf_cell_rule *rule, const struct xf_mapping_column *columns, const struct xf_cell *cells,
                struct value *value, struct xf_error *error)
{
    const size_t gap = strlen(rule->join);

    value->length = 0;
    for (size_t i = 0; i < rule->column_count; i++) {
        struct xf_cell cell = trim(cells[rule->columns[i]]);

        if (!cell.length && rule->is_whole) {
            value->length = 0;
            break;
        }
        if (!cell.length)
            continue;
        if (cell.length + gap > VALUE_MAX - value->length)
            return refuse(rule, XF_ELIMIT, error, "column \"%s\" holds more than %d bytes", columns[rule->columns[i]].name,
                          VALUE_MAX);
        if (value->length) {
            memcpy(value->text + value->length, rule->join, gap);
            value->length += gap;
        }
        memcpy(value->text + value->length, cell.text, cell.length);
        value->length += cell.length;
    }
    value->text[value->length] = '\0';
    join_lines(value->text);
    return XF_OK;
}

static int translate(const struct xf_cell_rule *rule, const struct xf_mapping_column *columns, struct value *value,
                     struct xf_error *error)
{
    for (size_t i = 0; i < rule->word_count; i++) {
        const struct xf_cell_word *word = &rule->words[i];

        if (strcmp(word->from, "*") == 0 || strcasecmp(word->from, value->text) == 0) {
            value->length = strlen(word->to);
            memcpy(value->text, word->to, value->length + 1);
            return XF_OK;
        }
    }
    return refuse(rule, XF_EINVAL, error, "column \"%s\" holds a word that the feed's mapping does not have",
                  column_name(rule, columns));
}

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

/* One token of a format, or PARTS for a literal character. A part's digits may be fewer than its letters, except the year's. */
static enum part next_part(const char **format, int *ret_digits)
{
    static const struct {
        const char *letters;
        enum part part;
    } parts[] = {{"YYYY", YEAR}, {"MM", MONTH}, {"DD", DAY}, {"hh", HOUR}, {"mm", MINUTE}, {"ss", SECOND}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t length = strlen(parts[i].letters);

        if (strncmp(*format, parts[i].letters, length) == 0) {
            *format += length;
            *ret_digits = (int)length;
            return parts[i].part;
        }
    }
    ++*format;
    return PARTS;
}

/* The clock with which a format may end, "=09:00": what a morning session or a bare date counts as. */
static bool read_clock(const char *text, int numbers[static PARTS])
{
    int length = 0;

    return sscanf(text, "=%2d:%2d%n", &numbers[HOUR], &numbers[MINUTE], &length) == 2 && length == 6 && !text[6] &&
           numbers[HOUR] < 24 && numbers[MINUTE] < 60;
}

/* A day needs its month, a clock its day; a date has no clock. */
bool xf_cell_format_is_valid(const char *format, bool time)
{
    bool has[PARTS] = {false};
    int digits, clock[PARTS];

    while (*format) {
        enum part part;

        if (*format == '=')
            return time && read_clock(format, clock) && has[DAY] && has[MONTH] && has[YEAR] && !has[HOUR];
        part = next_part(&format, &digits);
        if (part == PARTS)
            continue;
        if (has[part])
            return false;
        has[part] = true;
    }
    if (!has[YEAR] || (has[DAY] && !has[MONTH]) || (has[MINUTE] && !has[HOUR]) || (has[SECOND] && !has[MINUTE]))
        return false;
    return time ? has[DAY] : !has[HOUR];
}

static bool scan(const char *format, const char *text, int numbers[static PARTS])
{
    for (int i = 0; i < PARTS; i++)
        numbers[i] = -1;
    while (*format) {
        const char *token = format;
        int digits, count = 0, number = 0;
        enum part part;

        if (*format == '=')
            return !*text && read_clock(format, numbers);
        part = next_part(&format, &digits);
        if (part == PARTS) {
            if (strncasecmp(text, token, 1) != 0)
                return false;
            text++;
            continue;
        }
        while (count < digits && *text >= '0' && *text <= '9') {
            number = number * 10 + *text++ - '0';
            count++;
        }
        if (!count || (part == YEAR && count != digits))
            return false;
        numbers[part] = number;
    }
    return !*text;
}

/* The day of the month on which the last Sunday of a month of 31 days falls. */
static int last_sunday(int year, int month)
{
    int32_t days = xf_date_days((xf_date)(year * 10000 + month * 100 + 31));

    return 31 - (int)((days + 4) % 7 + 7) % 7; /* day 0 was a Thursday */
}

/* Whether British Summer Time is in force at a local time: from 01:00 UTC on the last Sunday of March to that of October (Summer
 * Time Act 1972 as amended 2002). The hour that October repeats counts as summer's, its first. */
static bool is_summer_time(const int numbers[static PARTS])
{
    int month = numbers[MONTH], day = numbers[DAY];

    if (month < 3 || month > 10)
        return false;
    if (month > 3 && month < 10)
        return true;
    if (day != last_sunday(numbers[YEAR], month))
        return (day > last_sunday(numbers[YEAR], month)) == (month == 3);
    return (numbers[HOUR] >= (month == 3 ? 1 : 2)) == (month == 3);
}

static int convert(const struct xf_cell_rule *rule, const struct xf_mapping_column *columns, struct value *value,
                   struct xf_error *error)
{
    int numbers[PARTS], length;
    const char *reason = NULL;
    xf_date date;
    size_t i = 0;

    while (i < rule->format_count && !scan(rule->formats[i], value->text, numbers))
        i++;
    if (i == rule->format_count)
        return refuse(rule, XF_EINVAL, error, "column \"%s\" does not hold %s as %s", column_name(rule, columns),
                      rule->is_time ? "a time" : "a date", rule->formats[0]);
    length = snprintf(value->text, sizeof(value->text), "%04d", numbers[YEAR]);
    for (enum part part = MONTH; part <= DAY && numbers[part] >= 0; part++)
        length += snprintf(value->text + length, sizeof(value->text) - (size_t)length, "-%02d", numbers[part]);
    if (xf_date_parse(value->text, &date, &reason) != XF_OK)
        return refuse(rule, XF_EINVAL, error, "column \"%s\": %s", column_name(rule, columns), reason);
    if (rule->is_time) {
        for (enum part part = HOUR; part < PARTS; part++)
            numbers[part] = numbers[part] < 0 ? 0 : numbers[part];
        length += snprintf(value->text + length, sizeof(value->text) - (size_t)length, "T%02d:%02d:%02d%s", numbers[HOUR],
                           numbers[MINUTE], numbers[SECOND], rule->is_local && is_summer_time(numbers) ? "+01:00" : "Z");
    }
    value->length = (size_t)length;
    return XF_OK;
}

static int put_string(struct xf_text_buffer *buffer, const char *text, size_t length)
{
    size_t from = 0;
    int rc = xf_text_buffer_put(buffer, "\"", 1);

    for (size_t i = 0; rc == XF_OK && i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escape[8];

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        rc = xf_text_buffer_put(buffer, text + from, i - from);
        if (rc == XF_OK)
            rc = xf_text_buffer_put(buffer, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", byte));
        from = i + 1;
    }
    if (rc == XF_OK)
        rc = xf_text_buffer_put(buffer, text + from, length - from);
    return rc == XF_OK ? xf_text_buffer_put(buffer, "\"", 1) : rc;
}

/* Texts between separators; blank ones are left out. */
static int put_list(struct xf_text_buffer *buffer, const struct value *value, const char *separator, bool *ret_blank)
{
    const char *at = value->text;
    bool blank = true;
    int rc = XF_OK;

    while (rc == XF_OK) {
        const char *end = strstr(at, separator);
        struct xf_cell item = trim((struct xf_cell){at, end ? (size_t)(end - at) : strlen(at)});

        if (item.length) {
            rc = xf_text_buffer_put(buffer, blank ? "[" : ",", 1);
            if (rc == XF_OK)
                rc = put_string(buffer, item.text, item.length);
            blank = false;
        }
        if (!end)
            break;
        at = end + strlen(separator);
    }
    *ret_blank = blank;
    return rc == XF_OK && !blank ? xf_text_buffer_put(buffer, "]", 1) : rc;
}

/* RFC 8259's number. */
static bool is_number(const char *text)
{
    const char *digits;

    text += *text == '-';
    digits = text;
    text += strspn(text, "0123456789");
    if (text == digits || (*digits == '0' && text - digits > 1))
        return false;
    if (*text == '.') {
        size_t count = strspn(++text, "0123456789");

        if (!count)
            return false;
        text += count;
    }
    return !*text;
}

int xf_cell_write(const struct xf_cell_rule *rule, const struct xf_mapping_column *columns, const struct xf_cell *cells,
                  struct xf_text_buffer *buffer, bool *ret_blank, struct xf_error *error)
{
    struct value value;
    int rc = join(rule, columns, cells, &value, error);

    if (rc == XF_OK && value.length && rule->word_count)
        rc = translate(rule, columns, &value, error);
    *ret_blank = !value.length;
    if (rc != XF_OK || !value.length)
        return rc;
    if (memchr(value.text, '\0', value.length))
        return refuse(rule, XF_EINVAL, error, "column \"%s\" holds a NUL character", column_name(rule, columns));
    if (rule->format_count)
        rc = convert(rule, columns, &value, error);
    if (rc != XF_OK)
        return rc;
    if (rule->split)
        return put_list(buffer, &value, rule->split, ret_blank);
    if (rule->is_number && !is_number(value.text))
        return refuse(rule, XF_EINVAL, error, "column \"%s\" does not hold a number", column_name(rule, columns));
    return rule->is_number ? xf_text_buffer_put(buffer, value.text, value.length) : put_string(buffer, value.text, value.length);
}
