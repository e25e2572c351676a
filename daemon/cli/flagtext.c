/* SPDX-License-Identifier: Apache-2.0 */
/* Prints flags. Called by flags, check, show and alerts. A flag comes cut to what its reader may know: every member but id, type,
 * level and status may be missing. */
#include "flagtext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "print.h"

const char *xf_scalar(const json_t *value)
{
    static char text[64];

    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value))
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof(text), "%g", json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(text, sizeof(text), "%s", json_is_true(value) ? "yes" : "no");
    else
        text[0] = 0;
    return text;
}

const char *xf_short_time(const char *text)
{
    static char copy[40];
    const char *fraction = strchr(text, '.');
    size_t length = fraction ? (size_t)(fraction - text) : strlen(text);

    snprintf(copy, sizeof(copy), "%.*s%s", (int)(length < 32 ? length : 32), text, fraction && strchr(fraction, 'Z') ? "Z" : "");
    return copy;
}

static void indent_by(unsigned indent)
{
    printf("%*s", (int)indent, "");
}

static void print_records(const json_t *records)
{
    const json_t *record;
    size_t index;

    json_array_foreach(records, index, record)
    {
        fputs(index ? ", " : ": ", stdout);
        xf_print_text(stdout, xf_member(record, "feed"));
        putchar('/');
        xf_print_text(stdout, xf_member(record, "id"));
    }
}

void xf_withheld_print(const json_t *object, unsigned indent)
{
    const json_t *withheld = json_object_get(object, "withheld"), *ask;
    json_int_t records = json_integer_value(json_object_get(withheld, "records"));
    size_t index;

    if (records) {
        indent_by(indent);
        printf("%lld record%s withheld\n", (long long)records, records == 1 ? " is" : "s are");
    }
    json_array_foreach(json_object_get(withheld, "ask"), index, ask)
    {
        indent_by(indent);
        fputs("ask ", stdout);
        xf_print_text(stdout, xf_member(ask, "agency"));
        fputs(*xf_member(ask, "contact") ? ": " : "", stdout);
        xf_print_text(stdout, xf_member(ask, "contact"));
        putchar('\n');
    }
}

static void print_reasons(const json_t *flag, unsigned indent)
{
    const json_t *reasons = json_object_get(flag, "reasons"), *reason;
    size_t index;

    json_array_foreach(reasons, index, reason)
    {
        json_int_t count = json_integer_value(json_object_get(reason, "count"));

        indent_by(indent);
        fputs("because ", stdout);
        xf_print_text(stdout, xf_member(reason, "pattern"));
        if (count)
            printf(" × %lld", (long long)count);
        print_records(json_object_get(reason, "records"));
        putchar('\n');
    }
    xf_withheld_print(flag, indent);
}

struct under {
    const json_t *flags;
    unsigned indent;
};

static void print_under(void *context, size_t row)
{
    const struct under *under = context;

    print_reasons(json_array_get(under->flags, row), under->indent);
}

void xf_flags_print(const json_t *flags, bool reasons, unsigned indent)
{
    struct xf_table table = {.headers = {"FLAG", "TYPE", "LEVEL", "STATUS", "SUBJECT", "RAISED", "REVIEW DUE"}, .columns = 7};
    struct under under = {.flags = flags, .indent = indent + 4};
    const json_t *flag;
    size_t index;

    json_array_foreach(flags, index, flag)
    {
        const json_t *subject = json_object_get(flag, "subject");
        const char *entity = xf_member(subject, "entity");

        xf_table_cell(&table, xf_member(flag, "id"));
        xf_table_cell(&table, xf_member(flag, "type"));
        xf_table_cell(&table, xf_member(flag, "level"));
        xf_table_cell(&table, xf_member(flag, "status"));
        xf_table_cell(&table, *entity ? entity : xf_member(subject, "kind"));
        xf_table_cell(&table, xf_short_time(xf_member(flag, "raised_at")));
        xf_table_cellf(&table, "%.10s", xf_member(flag, "review_due"));
    }
    xf_table_print_with(&table, stdout, indent, reasons ? print_under : NULL, &under);
}

static void print_member(const char *name, const char *value, unsigned indent)
{
    if (!*value)
        return;
    indent_by(indent);
    printf("%-11s ", name);
    xf_print_text(stdout, value);
    putchar('\n');
}

void xf_flag_print(const json_t *flag, unsigned indent)
{
    const json_t *subject = json_object_get(flag, "subject"), *rule = json_object_get(flag, "rule");
    char text[160];

    print_member("flag", xf_member(flag, "id"), indent);
    print_member("type", xf_member(flag, "type"), indent);
    print_member("level", xf_member(flag, "level"), indent);
    print_member("status", xf_member(flag, "status"), indent);
    snprintf(text, sizeof(text), "%s%s%s", xf_member(subject, "entity"), *xf_member(subject, "entity") ? ", a " : "",
             xf_member(subject, "kind"));
    print_member("subject", text, indent);
    if (*xf_member(rule, "id")) {
        snprintf(text, sizeof(text), "%s version %s", xf_member(rule, "id"), xf_scalar(json_object_get(rule, "version")));
        print_member("rule", text, indent);
    }
    print_member("score", xf_scalar(json_object_get(flag, "score")), indent);
    print_member("raised", xf_short_time(xf_member(flag, "raised_at")), indent);
    print_member("review due", xf_short_time(xf_member(flag, "review_due")), indent);
    print_member("decided by", xf_member(flag, "by"), indent);
    print_member("rationale", xf_member(flag, "rationale"), indent);
    print_reasons(flag, indent);
}
