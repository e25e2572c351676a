/* SPDX-License-Identifier: Apache-2.0 */
/* Agencies and feeds out of config/partners.json. Immutable once parsed; the fold replaces the whole when the setting changes.
 * Invariant: every feed belongs to an agency of the same file, and every name is said once. */
#include "crossflag/partner.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/arena.h"

static const char *const kind_names[XF_AGENCY_KINDS] = {"police", "social_care", "hub",       "school",
                                                        "health", "housing",     "licensing", "other"};

struct xf_partners {
    struct xf_arena *arena;
    struct xf_agency *agencies;
    uint32_t agency_count;
    struct xf_feed *feeds;
    uint32_t feed_count;
};

const char *xf_agency_kind_name(enum xf_agency_kind kind)
{
    return kind_names[kind];
}

static int fault(struct xf_error *error, const char *list, size_t index, const char *member, const char *reason)
{
    xf_error_set(error, XF_EINVAL, "partners: /%s/%zu/%s %s", list, index, member, reason);
    if (error)
        snprintf(error->pointer, sizeof(error->pointer), "/%s/%zu/%s", list, index, member);
    return XF_EINVAL;
}

/* Names go into streams, URLs and file names: letters, digits, - and _ only. */
static bool is_name(const char *text)
{
    return text && *text && strlen(text) <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(text);
}

static const char *copy_text(struct xf_arena *arena, json_t *object, const char *member, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, member));

    if (!text)
        text = otherwise;
    return xf_arena_copy(arena, text, strlen(text));
}

static int read_agency(struct xf_partners *partners, json_t *from, size_t index, struct xf_error *error)
{
    struct xf_agency *to = &partners->agencies[index];
    const char *name = json_string_value(json_object_get(from, "name"));
    const char *kind = json_string_value(json_object_get(from, "kind"));
    int found = -1;

    if (!is_name(name))
        return fault(error, "agencies", index, "name", "must be a word of a-z, 0-9, - and _");
    if (xf_partners_agency(partners, name) != UINT32_MAX)
        return fault(error, "agencies", index, "name", "is said twice");
    for (int i = 0; kind && i < XF_AGENCY_KINDS; i++)
        if (strcmp(kind, kind_names[i]) == 0)
            found = i;
    if (found < 0)
        return fault(error, "agencies", index, "kind",
                     "must be one of police, social_care, hub, school, health, housing, licensing, other");
    to->kind = (enum xf_agency_kind)found;
    to->name = copy_text(partners->arena, from, "name", "");
    to->title = copy_text(partners->arena, from, "title", name);
    to->area = copy_text(partners->arena, from, "area", "");
    to->contact = copy_text(partners->arena, from, "contact", "");
    partners->agency_count++;
    return to->name && to->title && to->area && to->contact ? XF_OK : XF_ENOMEM;
}

static int read_feed(struct xf_partners *partners, json_t *from, size_t index, struct xf_error *error)
{
    struct xf_feed *to = &partners->feeds[index];
    const char *name = json_string_value(json_object_get(from, "name"));
    const char *agency = json_string_value(json_object_get(from, "agency"));
    const char *grade = json_string_value(json_object_get(from, "grade"));

    if (!is_name(name))
        return fault(error, "feeds", index, "name", "must be a word of a-z, 0-9, - and _");
    if (xf_partners_feed(partners, name) != UINT32_MAX)
        return fault(error, "feeds", index, "name", "is said twice");
    to->agency = agency ? xf_partners_agency(partners, agency) : UINT32_MAX;
    if (to->agency == UINT32_MAX)
        return fault(error, "feeds", index, "agency", "is none of the agencies");
    if (!grade || strlen(grade) != 3 || !strchr("123", grade[0]) || !strchr("ABCDE", grade[1]) || !strchr("PC", grade[2]))
        return fault(error, "feeds", index, "grade", "must be a 3x5x2 grade such as 2BP");
    memcpy(to->grade, grade, sizeof(to->grade));
    to->name = copy_text(partners->arena, from, "name", "");
    to->basis = copy_text(partners->arena, from, "basis", "");
    partners->feed_count++;
    if (to->basis && !*to->basis)
        return fault(error, "feeds", index, "basis", "must name the lawful basis or sharing agreement");
    return to->name && to->basis ? XF_OK : XF_ENOMEM;
}

static int read_members(json_t *object, const char *list, size_t index, const char *const *known, struct xf_error *error)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        bool found = false;

        for (const char *const *name = known; *name; name++)
            found = found || strcmp(*name, key) == 0;
        if (!found)
            return fault(error, list, index, key, "is not known here");
        if (!json_is_string(value))
            return fault(error, list, index, key, "must be a string");
    }
    return json_is_object(object) ? XF_OK : fault(error, list, index, "", "must be an object");
}

static int read_lists(struct xf_partners *partners, json_t *root, struct xf_error *error)
{
    static const char *const agency_members[] = {"name", "title", "kind", "area", "contact", NULL};
    static const char *const feed_members[] = {"name", "agency", "grade", "basis", NULL};
    json_t *agencies = json_object_get(root, "agencies"), *feeds = json_object_get(root, "feeds"), *row;
    size_t index;
    int rc = XF_OK;

    if (!json_is_array(agencies) || !json_is_array(feeds))
        return xf_error_set(error, XF_EINVAL, "partners: must be an object with the arrays agencies and feeds");
    partners->agencies = xf_arena_alloc(partners->arena, json_array_size(agencies) * sizeof(*partners->agencies));
    partners->feeds = xf_arena_alloc(partners->arena, json_array_size(feeds) * sizeof(*partners->feeds));
    if (!partners->agencies || !partners->feeds)
        return XF_ENOMEM;
    json_array_foreach(agencies, index, row)
    {
        rc = read_members(row, "agencies", index, agency_members, error);
        if (rc == XF_OK)
            rc = read_agency(partners, row, index, error);
        if (rc != XF_OK)
            return rc;
    }
    json_array_foreach(feeds, index, row)
    {
        rc = read_members(row, "feeds", index, feed_members, error);
        if (rc == XF_OK)
            rc = read_feed(partners, row, index, error);
        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

int xf_partners_parse(const char *text, size_t length, struct xf_partners **ret, struct xf_error *error)
{
    struct xf_partners *partners = calloc(1, sizeof(*partners));
    json_error_t json_error;
    json_t *root;
    int rc;

    if (partners)
        partners->arena = xf_arena_create();
    if (!partners || !partners->arena) {
        free(partners);
        return XF_ENOMEM;
    }
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &json_error);
    if (!root) {
        rc = xf_error_set(error, XF_EINVAL, "partners: %s", json_error.text);
        if (error) {
            error->line = (unsigned)json_error.line;
            error->column = (unsigned)json_error.column;
        }
    } else {
        rc = read_lists(partners, root, error);
    }
    json_decref(root);
    if (rc != XF_OK) {
        xf_partners_destroy(partners);
        return rc;
    }
    *ret = partners;
    return XF_OK;
}

void xf_partners_destroy(struct xf_partners *partners)
{
    if (!partners)
        return;
    xf_arena_destroy(partners->arena);
    free(partners);
}

uint32_t xf_partners_agency(const struct xf_partners *partners, const char *name)
{
    for (uint32_t i = 0; i < partners->agency_count; i++)
        if (strcmp(partners->agencies[i].name, name) == 0)
            return i;
    return UINT32_MAX;
}

uint32_t xf_partners_feed(const struct xf_partners *partners, const char *name)
{
    for (uint32_t i = 0; i < partners->feed_count; i++)
        if (strcmp(partners->feeds[i].name, name) == 0)
            return i;
    return UINT32_MAX;
}

uint32_t xf_partners_agency_count(const struct xf_partners *partners)
{
    return partners->agency_count;
}

uint32_t xf_partners_feed_count(const struct xf_partners *partners)
{
    return partners->feed_count;
}

const struct xf_agency *xf_partners_agency_at(const struct xf_partners *partners, uint32_t agency)
{
    return &partners->agencies[agency];
}

const struct xf_feed *xf_partners_feed_at(const struct xf_partners *partners, uint32_t feed)
{
    return &partners->feeds[feed];
}
