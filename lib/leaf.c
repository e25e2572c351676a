/* SPDX-License-Identifier: Apache-2.0 */
/* Where a JSON pointer of a CSV mapping leads: down the record's form, building the mapping's tree on the way. Called by mapping.c
 * for each pointer that a mapping sets or fills. The invariant: every place in the tree is one that a record can have, and is given
 * once. */
#include "leaf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int xf_builder_refuse(struct xf_builder *builder, const char *section, const char *pointer, const char *format, ...)
{
    struct xf_error *error = builder->error;
    char text[sizeof(error->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    xf_error_set(error, XF_EINVAL, "%s%s%s: %s", section, pointer ? " " : "", pointer ? pointer : "", text);
    return XF_EINVAL;
}

void *xf_builder_take(struct xf_builder *builder, size_t size)
{
    return xf_arena_alloc(builder->mapping->arena, size);
}

char *xf_builder_copy(struct xf_builder *builder, const char *text)
{
    return xf_arena_copy(builder->mapping->arena, text, strlen(text));
}

const char *xf_text_at(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_string_value(json_array_get(value, i)) : i == 0 ? json_string_value(value) : NULL;
}

size_t xf_text_count(const json_t *value)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;

    for (size_t i = 0; i < count; i++)
        if (!xf_text_at(value, i) || !*xf_text_at(value, i))
            return 0;
    return count;
}

static struct xf_node *child_of(struct xf_builder *builder, struct xf_node *parent, const char *name, size_t index)
{
    struct xf_node **at = &parent->first;
    struct xf_node *node;
    char key[80];

    snprintf(key, sizeof(key), "\"%s\":", name ? name : "");
    while (*at && (name ? strcmp((*at)->key, key) != 0 : (*at)->index < index))
        at = &(*at)->next;
    if (*at && (name || (*at)->index == index))
        return *at;
    node = xf_builder_take(builder, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct xf_node){.index = index, .next = *at, .type = XF_NODE_OBJECT};
    if (name) {
        node->key = xf_builder_copy(builder, key);
        if (!node->key)
            return NULL;
    }
    *at = node;
    return node;
}

/* Takes the next token of a pointer; false at its end or when the token is empty or too long. */
static bool next_token(const char **pointer, char token[static 64])
{
    size_t length;

    if (**pointer != '/')
        return false;
    length = strcspn(++*pointer, "/");
    if (!length || length >= 64)
        return false;
    memcpy(token, *pointer, length);
    token[length] = '\0';
    *pointer += length;
    return true;
}

static bool read_index(const char *token, size_t *ret)
{
    size_t length = strspn(token, "0123456789");

    if (token[length] || length > 3 || !length || (length > 1 && *token == '0') || atoi(token) >= XF_RECORD_PARTS_MAX)
        return false;
    *ret = (size_t)atoi(token);
    return true;
}

static const struct xf_member *details_member(const struct xf_builder *builder, const char *name)
{
    const struct xf_member *member = NULL;

    if (builder->kind)
        return xf_form_member(xf_form_details(builder->kind), name);
    for (size_t i = 0; !member && xf_forms_details[i]; i++)
        member = xf_form_member(xf_forms_details[i], name);
    return member;
}

int xf_leaf_find(struct xf_builder *builder, const char *section, const char *pointer, struct xf_leaf *ret)
{
    const struct xf_form *form = &xf_form_record; /* of the object in which the next token names a member; NULL: details */
    struct xf_node *node = &builder->mapping->root;
    const char *at = pointer;
    char token[64];

    for (;;) {
        const struct xf_member *member = NULL;
        size_t index;

        if (next_token(&at, token))
            member = form ? xf_form_member(form, token) : details_member(builder, token);
        if (!member || (form == &xf_form_record && strcmp(token, "links") == 0))
            return xf_builder_refuse(builder, section, pointer, "a record has no such member to fill");
        node = child_of(builder, node, token, 0);
        if (!node)
            return XF_ENOMEM;
        if (node->type == XF_NODE_CONSTANT || node->type == XF_NODE_COLUMN)
            return xf_builder_refuse(builder, section, pointer, "this value or what holds it is given already");
        if (member->type == XF_MEMBER_DETAILS) {
            form = NULL;
            continue;
        }
        if (!*at) {
            *ret = (struct xf_leaf){.node = node, .member = member};
            break;
        }
        if (!member->count_offset || !next_token(&at, token) || !read_index(token, &index))
            return xf_builder_refuse(builder, section, pointer, "an array's item is named by its index, and only an array has any");
        node->type = XF_NODE_ARRAY;
        node = child_of(builder, node, NULL, index);
        if (!node)
            return XF_ENOMEM;
        if (member->type != XF_MEMBER_FORMS) {
            *ret = (struct xf_leaf){.node = node, .member = member, .is_item = true};
            break;
        }
        if (form == &xf_form_record && !node->part)
            node->part = ++builder->mapping->part_count;
        form = member->form;
    }
    if (*at || ret->node->first || ret->node->type != XF_NODE_OBJECT || (ret->member->type == XF_MEMBER_FORMS))
        return xf_builder_refuse(builder, section, pointer, "this is no single value, or it is given already");
    return XF_OK;
}

bool xf_leaf_accepts(const struct xf_leaf *leaf, const json_t *value)
{
    switch ((enum xf_member_type)leaf->member->type) {
    case XF_MEMBER_VERSION:
        return json_is_integer(value);
    case XF_MEMBER_LATITUDE:
    case XF_MEMBER_LONGITUDE:
        return json_is_number(value);
    case XF_MEMBER_TEXTS:
    case XF_MEMBER_REFS:
    case XF_MEMBER_CONDITIONS:
        return leaf->is_item ? json_is_string(value) : json_is_array(value) && xf_text_count(value) > 0;
    case XF_MEMBER_TEXT:
    case XF_MEMBER_PROSE:
    case XF_MEMBER_SCHEME:
    case XF_MEMBER_REF:
    case XF_MEMBER_WORD:
    case XF_MEMBER_CHOICE:
    case XF_MEMBER_SEX:
    case XF_MEMBER_GRADE:
    case XF_MEMBER_SCORE:
    case XF_MEMBER_TIME:
    case XF_MEMBER_DATE:
        return json_is_string(value);
    case XF_MEMBER_END:
    case XF_MEMBER_FORMS:
    case XF_MEMBER_DETAILS:
        return false;
    }
    return false;
}
