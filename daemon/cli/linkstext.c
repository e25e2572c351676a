/* SPDX-License-Identifier: Apache-2.0 */
/* Prints links and the entities that they tie. Called by links and path. An entity is named by what one of its records calls it,
 * with its id, which is what the next question needs. */
#include "linkstext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

#define RECORDS_SHOWN 4

/* What an entity is known as, in this order: a person by name, birth date and nothing of where it lives. */
static const char *const person_known_as[] = {"given", "family", "birth_date", NULL};
static const char *const thing_known_as[] = {"vrm", "make", "colour", "name", "house", "street", "town", NULL};

/* Owned; NULL when out of memory. */
static char *label(const json_t *entity, const char *id)
{
    const json_t *values = json_object_get(entity, "values");
    const char *const *known_as = strcmp(xf_member(entity, "kind"), "person") == 0 ? person_known_as : thing_known_as;
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    bool any = false;

    if (!stream)
        return NULL;
    for (; *known_as; known_as++) {
        const char *value = xf_member(values, *known_as);

        if (!*value)
            continue;
        fprintf(stream, "%s%s", any ? " " : "", value);
        any = true;
    }
    fprintf(stream, any ? " (%s)" : "%s", id);
    fclose(stream);
    return text;
}

const json_t *xf_links_entity(const json_t *entities, const char *id)
{
    const json_t *entity;
    size_t index;

    json_array_foreach(entities, index, entity)
    {
        if (strcmp(xf_member(entity, "id"), id) == 0)
            return entity;
    }
    return NULL;
}

void xf_links_name(const json_t *entity, const char *id)
{
    char *text = label(entity, id);

    xf_print_text(stdout, text ? text : id);
    free(text);
}

static void name_cell(struct xf_table *table, const json_t *entities, const char *id)
{
    char *text = label(xf_links_entity(entities, id), id);

    xf_table_cell(table, text ? text : id);
    free(text);
}

static void records_cell(struct xf_table *table, const json_t *link)
{
    json_int_t count = json_integer_value(json_object_get(link, "record_count"));
    char *text = NULL;
    size_t length, index;
    FILE *stream = open_memstream(&text, &length);
    const json_t *record;

    if (!stream)
        return;
    json_array_foreach(json_object_get(link, "records"), index, record)
    {
        if (index == RECORDS_SHOWN)
            break;
        fprintf(stream, "%s%s/%s", index ? ", " : "", xf_member(record, "feed"), xf_member(record, "id"));
    }
    if (count > (json_int_t)index)
        fprintf(stream, " and %lld more", (long long)(count - (json_int_t)index));
    fclose(stream);
    xf_table_cell(table, text);
    free(text);
}

void xf_links_print(const json_t *links, const json_t *entities, unsigned indent)
{
    struct xf_table table = {.headers = {"FROM", "TYPE", "TO", "STRENGTH", "FIRST", "LAST", "RECORDS"}, .columns = 7};
    const json_t *link;
    size_t index;

    json_array_foreach(links, index, link)
    {
        name_cell(&table, entities, xf_member(link, "from"));
        xf_table_cell(&table, xf_member(link, "type"));
        name_cell(&table, entities, xf_member(link, "to"));
        xf_table_cell(&table, xf_member(link, "strength"));
        xf_table_cellf(&table, "%.10s", xf_member(link, "first"));
        xf_table_cellf(&table, "%.10s", xf_member(link, "last"));
        records_cell(&table, link);
    }
    xf_table_print(&table, stdout, indent);
}

void xf_links_rest(const json_t *answer)
{
    const json_t *withheld = json_object_get(answer, "withheld"), *item;
    json_int_t links = json_integer_value(json_object_get(withheld, "links")),
               records = json_integer_value(json_object_get(withheld, "records"));
    size_t index;

    json_array_foreach(json_object_get(answer, "entities"), index, item)
    {
        if (!json_is_true(json_object_get(item, "hub")))
            continue;
        printf("\nNot walked through, since it is tied to too many: ");
        xf_links_name(item, xf_member(item, "id"));
        putchar('\n');
    }
    if (json_is_true(json_object_get(answer, "truncated")))
        printf("\nThere is more than is shown: --limit, or filters\n");
    if (!records)
        return;
    if (links)
        printf("\n%lld links are withheld from you. Ask:\n", (long long)links);
    else
        printf("\n%lld records are withheld from you. Ask:\n", (long long)records);
    json_array_foreach(json_object_get(withheld, "ask"), index, item)
    {
        printf("  ");
        xf_print_text(stdout, xf_member(item, "agency"));
        printf(", ");
        xf_print_text(stdout, xf_member(item, "contact"));
        putchar('\n');
    }
}
