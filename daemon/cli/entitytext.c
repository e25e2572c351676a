/* SPDX-License-Identifier: Apache-2.0 */
/* Prints entities, and any other object as names and values. Called by search and show. The values of a mention are shown as its
 * source gave them, side by side, so that conflicts are seen. */
#include "entitytext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flagtext.h"
#include "print.h"

/* Everything in a value as one line: scalars side by side, members of objects with their names where those say more than their
 * place. */
static void flatten(FILE *stream, const json_t *value, bool *any)
{
    const char *name;
    const json_t *part;
    json_t *member;
    size_t index;

    if (json_is_array(value)) {
        json_array_foreach(value, index, part)
        {
            flatten(stream, part, any);
        }
    } else if (json_is_object(value)) {
        if (json_object_get(value, "scheme") && json_object_get(value, "value")) {
            fprintf(stream, "%s%s:%s", *any ? ", " : "", xf_member(value, "scheme"), xf_scalar(json_object_get(value, "value")));
            *any = true;
            return;
        }
        json_object_foreach((json_t *)value, name, member)
        {
            flatten(stream, member, any);
        }
    } else if (*xf_scalar(value)) {
        fprintf(stream, "%s%s", *any ? ", " : "", xf_scalar(value));
        *any = true;
    }
}

/* The values of one mention or summary; owned, NULL when out of memory. */
static char *flat(const json_t *values)
{
    char *text = NULL;
    size_t length;
    bool any = false;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        return NULL;
    flatten(stream, values, &any);
    fclose(stream);
    return text;
}

static void flat_cell(struct xf_table *table, const json_t *values)
{
    char *text = flat(values);

    xf_table_cell(table, text);
    free(text);
}

/* How many mentions, whether the answer counts or lists them. */
static json_int_t mention_count(const json_t *entity)
{
    const json_t *mentions = json_object_get(entity, "mentions");

    return mentions ? (json_int_t)json_array_size(mentions) : json_integer_value(json_object_get(entity, "mention_count"));
}

/* What a person would call it: the summary's values, or the first mention's. */
static const json_t *label_of(const json_t *entity)
{
    static const char *const names[] = {"label", "summary", "values", "name", "names"};
    const json_t *mentions = json_object_get(entity, "mentions");

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (json_object_get(entity, names[i]))
            return json_object_get(entity, names[i]);
    return json_object_get(json_array_get(mentions, 0), "values");
}

void xf_entities_print(const json_t *items)
{
    struct xf_table table = {.headers = {"ENTITY", "KIND", ">WEIGHT", ">MENTIONS", ">FLAGS", "KNOWN AS"}, .columns = 6};
    const json_t *item;
    size_t index;

    json_array_foreach(items, index, item)
    {
        const json_t *entity = json_is_object(json_object_get(item, "entity")) ? json_object_get(item, "entity") : item;
        const char *id = xf_member(entity, "id");
        const json_t *weight = json_object_get(item, "weight"), *flags = json_object_get(entity, "flags");

        xf_table_cell(&table, *id ? id : xf_member(item, "entity"));
        xf_table_cell(&table, xf_member(entity, "kind"));
        if (json_is_number(weight)) /* bits */
            xf_table_cellf(&table, "%.1f", json_number_value(weight));
        else
            xf_table_cell(&table, "");
        xf_table_cellf(&table, "%lld", (long long)mention_count(entity));
        xf_table_cellf(&table, "%lld",
                       json_is_array(flags) ? (long long)json_array_size(flags) : (long long)json_integer_value(flags));
        flat_cell(&table, label_of(entity));
    }
    xf_table_print(&table, stdout, 0);
}

static int by_time(const void *a, const void *b)
{
    return strcmp(xf_member(*(json_t *const *)a, "occurred_at"), xf_member(*(json_t *const *)b, "occurred_at"));
}

/* The mentions from the first event to the last: owned array of borrowed objects, NULL when there are none. */
static const json_t **in_order(const json_t *mentions)
{
    size_t count = json_array_size(mentions);
    const json_t **ordered = count ? calloc(count, sizeof(json_t *)) : NULL;

    for (size_t i = 0; ordered && i < count; i++)
        ordered[i] = json_array_get(mentions, i);
    if (ordered)
        qsort(ordered, count, sizeof(json_t *), by_time);
    return ordered;
}

void xf_values_print(const json_t *values)
{
    char *text = flat(values);

    xf_print_text(stdout, text ? text : "");
    free(text);
}

static void print_decisions(const json_t *decisions)
{
    const json_t *item;
    size_t index;

    json_array_foreach(decisions, index, item)
    {
        const json_t *a = json_object_get(item, "a"), *b = json_object_get(item, "b");
        char text[2400];

        snprintf(text, sizeof(text), "%s/%s/%s %s %s/%s/%s", xf_member(a, "feed"), xf_member(a, "id"), xf_member(a, "ref"),
                 xf_member(item, "decision"), xf_member(b, "feed"), xf_member(b, "id"), xf_member(b, "ref"));
        printf("  %s  %s  ", xf_member(item, "id"), xf_member(item, "status"));
        xf_print_text(stdout, text);
        printf("  by ");
        xf_print_text(stdout, xf_member(item, "by"));
        printf(": ");
        xf_print_text(stdout, xf_member(item, "rationale"));
        putchar('\n');
    }
}

static void print_history(const json_t *history)
{
    const json_t *item;
    size_t index;

    json_array_foreach(history, index, item)
    {
        const json_t *because = json_object_get(item, "because"), *record = json_object_get(because, "record");
        const char *into = xf_member(item, "into"), *from = xf_member(item, "from");

        printf("  %.19s  %s %s%s%s", xf_member(item, "at"), xf_member(item, "entity"), xf_member(item, "event"),
               *into   ? " into "
               : *from ? " from "
                       : "",
               *into ? into : from);
        if (because)
            printf(": %s ", xf_member(because, "change"));
        if (record) {
            xf_print_text(stdout, xf_member(record, "feed"));
            putchar('/');
            xf_print_text(stdout, xf_member(record, "id"));
        }
        printf("%s\n", xf_member(json_object_get(because, "decision"), "id"));
    }
}

void xf_entity_print(const json_t *entity)
{
    struct xf_table table = {.headers = {"MENTION", "KIND", "WHEN", "ROLE", "GRADE", "VALUES"}, .columns = 6};
    const json_t *mentions = json_object_get(entity, "mentions"), *flags = json_object_get(entity, "flags"), *redirect;
    const json_t **ordered = in_order(mentions);
    size_t index;

    printf("%s, a %s, %zu mention%s\n", xf_member(entity, "id"), xf_member(entity, "kind"), json_array_size(mentions),
           json_array_size(mentions) == 1 ? "" : "s");
    json_array_foreach(json_object_get(entity, "redirects"), index, redirect)
    {
        printf("  formerly also %s\n", xf_scalar(redirect));
    }
    for (index = 0; ordered && index < json_array_size(mentions); index++) {
        const json_t *mention = ordered[index];

        xf_table_cellf(&table, "%s/%s/%s", xf_member(mention, "feed"), xf_member(mention, "id"), xf_member(mention, "ref"));
        xf_table_cell(&table, xf_member(mention, "record_kind"));
        xf_table_cellf(&table, "%.10s", xf_member(mention, "occurred_at"));
        xf_table_cell(&table, xf_member(mention, "role"));
        xf_table_cell(&table, xf_member(mention, "grade"));
        flat_cell(&table, json_object_get(mention, "values"));
    }
    free((void *)ordered);
    xf_table_print(&table, stdout, 2);
    if (json_integer_value(json_object_get(json_object_get(entity, "withheld"), "records")))
        printf("  %lld further records are withheld\n",
               (long long)json_integer_value(json_object_get(json_object_get(entity, "withheld"), "records")));
    if (json_array_size(json_object_get(entity, "decisions"))) {
        printf("\n");
        print_decisions(json_object_get(entity, "decisions"));
    }
    if (json_array_size(json_object_get(entity, "history"))) {
        printf("\n");
        print_history(json_object_get(entity, "history"));
    }
    if (json_array_size(flags)) {
        printf("\n");
        xf_flags_print(flags, true, 2);
    }
}

/* The widest name of a member that is printed on one line. */
static int name_width(const json_t *object)
{
    const char *name;
    json_t *member;
    size_t width = 0;

    json_object_foreach((json_t *)object, name, member)
    {
        if (!json_is_object(member) && !json_is_object(json_array_get(member, 0)) && strlen(name) > width)
            width = strlen(name);
    }
    return (int)width;
}

void xf_object_print(const json_t *value, unsigned indent)
{
    const char *name;
    json_t *member;
    int width = name_width(value);
    size_t index;

    json_object_foreach((json_t *)value, name, member)
    {
        if (json_is_object(member) && json_object_size(member)) {
            printf("%*s%s\n", (int)indent, "", name);
            xf_object_print(member, indent + 2);
        } else if (json_is_array(member) && json_is_object(json_array_get(member, 0))) {
            const json_t *part;

            json_array_foreach(member, index, part)
            {
                printf("%*s%s %zu\n", (int)indent, "", name, index + 1);
                xf_object_print(part, indent + 2);
            }
        } else {
            char *text = flat(member);

            if (text && *text) {
                printf("%*s%-*s  ", (int)indent, "", width, name);
                xf_print_text(stdout, text);
                putchar('\n');
            }
            free(text);
        }
    }
}
