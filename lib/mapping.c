/* SPDX-License-Identifier: Apache-2.0 */
/* A feed's CSV mapping, config/feeds/<feed>.json, read and checked against the record's form. Called by the daemon when it loads
 * its configuration; csv.c then writes rows by it. The file: "set"      {POINTER: value}: what every row of the feed says; inside a
 * person, location or vehicle only when a column fills it too "columns"  {POINTER: COLUMN or {"from": COLUMN or [COLUMN…], "join",
 * "words": {FROM: TO}, "date" or "time": FORMAT or [FORMAT…], "zone": "UTC" or "Europe/London", "split": SEPARATOR}}; a FORMAT is
 * YYYY, MM, DD, hh, mm, ss and what stands between them; one without hh may end in "=09:00" "links"    [{"from","to","type"}]:
 * between refs that "set" gives; written when both ends are "optional" [COLUMN…] may be missing in a file's header; "ignore"
 * [COLUMN…] fill nothing ("*": all that are not named) "delimiter" one character, a comma when missing; "about" a text for the
 * reader of the file. A feed that sends several kinds of files has an array of such objects: the first that a file's header fits
 * counts. The invariant: every pointer of a mapping that loads is one that a record can have. */
#include "mapping.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "leaf.h"

/* The number of the column of that name, added when it is new; UINT32_MAX when out of memory. */
static uint32_t column_of(struct xf_builder *builder, const char *name)
{
    struct xf_mapping *mapping = builder->mapping;

    for (size_t i = 0; i < mapping->column_count; i++)
        if (strcasecmp(mapping->columns[i].name, name) == 0)
            return (uint32_t)i;
    if (mapping->column_count == builder->column_room) {
        size_t room = builder->column_room * 2 + 16;
        struct xf_mapping_column *columns = xf_builder_take(builder, room * sizeof(*columns));

        if (!columns)
            return UINT32_MAX;
        if (mapping->column_count)
            memcpy(columns, mapping->columns, mapping->column_count * sizeof(*columns));
        mapping->columns = columns;
        builder->column_room = room;
    }
    mapping->columns[mapping->column_count] = (struct xf_mapping_column){.name = xf_builder_copy(builder, name)};
    return mapping->columns[mapping->column_count].name ? (uint32_t)mapping->column_count++ : UINT32_MAX;
}

static const char *dump(struct xf_builder *builder, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *kept = text ? xf_builder_copy(builder, text) : NULL;

    free(text);
    return kept;
}

static int add_constant(struct xf_builder *builder, const char *pointer, const json_t *value)
{
    struct xf_leaf leaf;
    int rc = xf_leaf_find(builder, "set", pointer, &leaf);

    if (rc != XF_OK)
        return rc;
    if (!xf_leaf_accepts(&leaf, value))
        return xf_builder_refuse(builder, "set", pointer, "the value is not of this member's type");
    leaf.node->type = XF_NODE_CONSTANT;
    leaf.node->json = dump(builder, value);
    return leaf.node->json ? XF_OK : XF_ENOMEM;
}

/* ---- the rules of columns ---- */

static int read_words(struct xf_builder *builder, const char *pointer, json_t *words, struct xf_cell_rule *rule)
{
    struct xf_cell_word *list, any = {0};
    const char *from;
    json_t *to;

    if (!json_is_object(words) || !json_object_size(words))
        return xf_builder_refuse(builder, "columns", pointer, "words must be an object of words");
    list = xf_builder_take(builder, json_object_size(words) * sizeof(*list));
    if (!list)
        return XF_ENOMEM;
    json_object_foreach(words, from, to)
    {
        struct xf_cell_word word = {.from = xf_builder_copy(builder, from)};

        if (!json_is_string(to) || json_string_length(to) > XF_RECORD_STRING_MAX)
            return xf_builder_refuse(builder, "columns", pointer, "words must be an object of words");
        word.to = xf_builder_copy(builder, json_string_value(to));
        if (!word.from || !word.to)
            return XF_ENOMEM;
        if (strcmp(from, "*") == 0)
            any = word;
        else
            list[rule->word_count++] = word;
    }
    if (any.from) /* last, since the first that fits counts */
        list[rule->word_count++] = any;
    rule->words = list;
    return XF_OK;
}

static int read_formats(struct xf_builder *builder, const char *pointer, const struct xf_leaf *leaf, const json_t *date,
                        const json_t *time, struct xf_cell_rule *rule)
{
    const json_t *formats = date ? date : time;
    const char **list;

    if ((date && time) || leaf->member->type != (date ? XF_MEMBER_DATE : XF_MEMBER_TIME))
        return xf_builder_refuse(builder, "columns", pointer, "date belongs to a date, time to a date-time");
    rule->is_time = time != NULL;
    rule->format_count = xf_text_count(formats);
    list = xf_builder_take(builder, rule->format_count * sizeof(*list));
    if (!list)
        return XF_ENOMEM;
    for (size_t i = 0; i < rule->format_count; i++) {
        list[i] = xf_builder_copy(builder, xf_text_at(formats, i));
        if (!list[i])
            return XF_ENOMEM;
        if (!xf_cell_format_is_valid(list[i], rule->is_time))
            return xf_builder_refuse(builder, "columns", pointer,
                                     "a format is made of YYYY, MM, DD, hh, mm, ss, each once, what stands between them, and "
                                     "=hh:mm in digits at its end");
    }
    rule->formats = list;
    return rule->format_count ? XF_OK
                              : xf_builder_refuse(builder, "columns", pointer, "a format must be a string or an array of strings");
}

static int read_from(struct xf_builder *builder, const char *pointer, const json_t *from, struct xf_cell_rule *rule)
{
    rule->column_count = xf_text_count(from);
    if (!rule->column_count)
        return xf_builder_refuse(builder, "columns", pointer, "from must be a column's name or an array of them");
    rule->columns = xf_builder_take(builder, rule->column_count * sizeof(*rule->columns));
    if (!rule->columns)
        return XF_ENOMEM;
    for (size_t i = 0; i < rule->column_count; i++) {
        rule->columns[i] = column_of(builder, xf_text_at(from, i));
        if (rule->columns[i] == UINT32_MAX)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int add_column(struct xf_builder *builder, const char *pointer, json_t *value)
{
    json_t *from = NULL, *words = NULL, *date = NULL, *time = NULL;
    const char *join = " ", *split = NULL, *zone = "UTC";
    struct xf_cell_rule *rule = xf_builder_take(builder, sizeof(*rule));
    struct xf_leaf leaf;
    json_error_t error;
    int rc = xf_leaf_find(builder, "columns", pointer, &leaf);

    if (rc != XF_OK)
        return rc;
    if (!rule)
        return XF_ENOMEM;
    if (!json_is_object(value))
        from = value;
    else if (json_unpack_ex(value, &error, 0, "{s:o, s?s, s?o, s?o, s?o, s?s, s?s !}", "from", &from, "join", &join, "words",
                            &words, "date", &date, "time", &time, "zone", &zone, "split", &split))
        return xf_builder_refuse(builder, "columns", pointer, "%s", error.text);
    rc = read_from(builder, pointer, from, rule);
    if (rc == XF_OK && words)
        rc = read_words(builder, pointer, words, rule);
    if (rc == XF_OK && (date || time))
        rc = read_formats(builder, pointer, &leaf, date, time, rule);
    if (rc != XF_OK)
        return rc;
    if (strcmp(zone, "UTC") != 0 && (strcmp(zone, "Europe/London") != 0 || !time))
        return xf_builder_refuse(builder, "columns", pointer, "zone must be UTC or Europe/London, and belongs to a time");
    if (!split != (leaf.is_item || !leaf.member->count_offset) || (split && !*split))
        return xf_builder_refuse(builder, "columns", pointer,
                                 "split belongs to an array of texts as a whole, and such an array needs it");
    rule->pointer = xf_builder_copy(builder, pointer);
    rule->join = xf_builder_copy(builder, join);
    rule->split = split ? xf_builder_copy(builder, split) : NULL;
    rule->is_local = strcmp(zone, "UTC") != 0;
    rule->is_number = leaf.member->type == XF_MEMBER_VERSION || leaf.member->type == XF_MEMBER_LATITUDE ||
                      leaf.member->type == XF_MEMBER_LONGITUDE;
    rule->is_whole = strcmp(pointer, "/id") == 0;
    leaf.node->type = XF_NODE_COLUMN;
    leaf.node->rule = rule;
    return rule->pointer && rule->join && (!split || rule->split) ? XF_OK : XF_ENOMEM;
}

/* ---- the file ---- */

static size_t part_of(const struct xf_builder *builder, const char *ref)
{
    char json[XF_RECORD_ID_MAX + 8];

    snprintf(json, sizeof(json), "\"%s\"", ref);
    for (const struct xf_node *list = builder->mapping->root.first; list; list = list->next)
        for (const struct xf_node *part = list->first; part; part = part->next)
            for (const struct xf_node *leaf = part->part ? part->first : NULL; leaf; leaf = leaf->next)
                if (strcmp(leaf->key, "\"ref\":") == 0 && leaf->type == XF_NODE_CONSTANT && strcmp(leaf->json, json) == 0)
                    return part->part;
    return 0;
}

static int read_links(struct xf_builder *builder, const json_t *links)
{
    struct xf_mapping *mapping = builder->mapping;
    size_t count = json_array_size(links);

    if (links && !json_is_array(links))
        return xf_builder_refuse(builder, "links", NULL, "must be an array");
    if (!count)
        return XF_OK;
    if (count > XF_RECORD_LINKS_MAX)
        return xf_builder_refuse(builder, "links", NULL, "must not have more than %d items", XF_RECORD_LINKS_MAX);
    mapping->links = xf_builder_take(builder, count * sizeof(*mapping->links));
    if (!mapping->links)
        return XF_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(links, i);
        const char *from, *to, *type;
        struct xf_mapping_link *link = &mapping->links[i];

        if (json_unpack(item, "{s:s, s:s, s:s !}", "from", &from, "to", &to, "type", &type))
            return xf_builder_refuse(builder, "links", NULL, "each must be {\"from\",\"to\",\"type\"}");
        *link = (struct xf_mapping_link){part_of(builder, from), part_of(builder, to), dump(builder, item)};
        if (!link->from || !link->to)
            return xf_builder_refuse(builder, "links", NULL, "from and to must be refs that set gives");
        if (!link->json)
            return XF_ENOMEM;
    }
    mapping->link_count = count;
    return XF_OK;
}

static int mark_columns(struct xf_builder *builder, const char *section, const json_t *names, bool optional)
{
    size_t count = names ? xf_text_count(names) : 0;

    if (names && (!json_is_array(names) || (!count && json_array_size(names))))
        return xf_builder_refuse(builder, section, NULL, "must be an array of columns' names");
    for (size_t i = 0; i < count; i++) {
        size_t known = builder->mapping->column_count;
        uint32_t column;

        if (!optional && strcmp(xf_text_at(names, i), "*") == 0) {
            builder->mapping->ignores_others = true;
            continue;
        }
        column = column_of(builder, xf_text_at(names, i));
        if (column == UINT32_MAX)
            return XF_ENOMEM;
        if (optional != (column < known))
            return xf_builder_refuse(builder, section, NULL,
                                     optional ? "names a column that fills nothing" : "names a column that fills something");
        builder->mapping->columns[column].optional = true;
        builder->mapping->columns[column].ignored = !optional;
    }
    return XF_OK;
}

static int build(struct xf_builder *builder, json_t *file)
{
    json_t *set = NULL, *columns = NULL, *links = NULL, *optional = NULL, *ignore = NULL, *value;
    const char *delimiter = ",", *about, *pointer;
    json_error_t error;
    int rc = XF_OK;

    if (json_unpack_ex(file, &error, 0, "{s?s, s?o, s:o, s?o, s?o, s?o, s?s !}", "about", &about, "set", &set, "columns", &columns,
                       "links", &links, "optional", &optional, "ignore", &ignore, "delimiter", &delimiter))
        return xf_builder_refuse(builder, "mapping", NULL, "%s", error.text);
    if ((set && !json_is_object(set)) || !json_is_object(columns))
        return xf_builder_refuse(builder, "mapping", NULL, "set and columns must be objects");
    if (strlen(delimiter) != 1 || strchr("\"\r\n", *delimiter))
        return xf_builder_refuse(builder, "mapping", NULL, "delimiter must be one ASCII character");
    builder->mapping->delimiter = *delimiter;
    builder->kind = json_string_value(json_object_get(set, "/kind"));
    json_object_foreach(set, pointer, value) if (rc == XF_OK) rc = add_constant(builder, pointer, value);
    json_object_foreach(columns, pointer, value) if (rc == XF_OK) rc = add_column(builder, pointer, value);
    if (rc == XF_OK)
        rc = read_links(builder, links);
    if (rc == XF_OK)
        rc = mark_columns(builder, "optional", optional, true);
    if (rc == XF_OK)
        rc = mark_columns(builder, "ignore", ignore, false);
    for (size_t i = 0; rc == XF_OK && i < 3; i++) {
        static const char *const needed[] = {"/id", "/kind", "/occurred_at"};

        if (!json_object_get(set, needed[i]) && !json_object_get(columns, needed[i]))
            rc = xf_builder_refuse(builder, "mapping", NULL, "every record needs %s", needed[i]);
    }
    return rc;
}

static int build_layout(json_t *file, struct xf_mapping **ret, struct xf_error *error)
{
    struct xf_mapping *mapping = calloc(1, sizeof(*mapping));
    struct xf_builder builder = {.mapping = mapping, .error = error};
    int rc = XF_ENOMEM;

    if (mapping)
        mapping->arena = xf_arena_create();
    if (mapping && mapping->arena)
        rc = build(&builder, file);
    if (rc != XF_OK) {
        xf_mapping_destroy(mapping);
        return rc == XF_ENOMEM ? xf_error_set(error, rc, "out of memory") : rc;
    }
    *ret = mapping;
    return XF_OK;
}

static int build_layouts(json_t *file, struct xf_mapping **ret, struct xf_error *error)
{
    struct xf_mapping *first = NULL, **end = &first;
    int rc = XF_OK;

    if (!json_is_array(file))
        return build_layout(file, ret, error);
    for (size_t i = 0; rc == XF_OK && i < json_array_size(file); i++) {
        rc = build_layout(json_array_get(file, i), end, error);
        if (rc == XF_OK && (*end)->delimiter != first->delimiter)
            rc = xf_error_set(error, XF_EINVAL, "all layouts of a feed must have the same delimiter");
        if (rc == XF_OK)
            end = &(*end)->next;
    }
    if (rc == XF_OK && !first)
        rc = xf_error_set(error, XF_EINVAL, "a mapping needs at least one layout");
    if (rc != XF_OK) {
        xf_mapping_destroy(first);
        return rc;
    }
    *ret = first;
    return XF_OK;
}

int xf_mapping_parse(const char *text, size_t length, struct xf_mapping **ret, struct xf_error *error)
{
    json_error_t refused;
    json_t *file = json_loadb(text, length, JSON_REJECT_DUPLICATES, &refused);
    int rc;

    if (!file) {
        rc = json_error_code(&refused) == json_error_out_of_memory ? XF_ENOMEM : XF_EINVAL;
        xf_error_set(error, rc, "%s", refused.text);
        if (error && refused.line > 0) {
            error->line = (unsigned)refused.line;
            error->column = refused.column > 0 ? (unsigned)refused.column : 0;
        }
        return rc;
    }
    rc = build_layouts(file, ret, error);
    json_decref(file);
    return rc;
}

void xf_mapping_destroy(struct xf_mapping *mapping)
{
    while (mapping) {
        struct xf_mapping *next = mapping->next;

        xf_arena_destroy(mapping->arena);
        free(mapping);
        mapping = next;
    }
}
