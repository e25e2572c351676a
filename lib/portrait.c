/* SPDX-License-Identifier: Apache-2.0 */
/* Portraits of groups. Called by the clustering, which joins groups in an order of contents: which values are kept when there are
 * too many is then a question of contents too. Invariant: no name, date, address or value stands twice; values are sorted by field,
 * and those of one qualifier stand together. */
#include "portrait.h"

#include <string.h>

/* Those that an aspect keeps by themselves are not among a portrait's values. */
static bool is_plain(uint8_t field)
{
    switch (field) {
    case XF_FIELD_GIVEN:
    case XF_FIELD_FAMILY:
    case XF_FIELD_FULL_NAME:
    case XF_FIELD_BIRTH_DATE:
    case XF_FIELD_FLAT:
    case XF_FIELD_HOUSE:
    case XF_FIELD_STREET:
    case XF_FIELD_TOWN:
    case XF_FIELD_POSTCODE:
    case XF_FIELD_UPRN:
        return false;
    default:
        return true;
    }
}

static void add_value(struct xf_portrait *portrait, const struct xf_value *value)
{
    struct xf_aspect *aspect = &portrait->aspect;
    uint32_t at = aspect->first[value->field], end = aspect->first[value->field + 1];
    bool point = value->field == XF_FIELD_LAT || value->field == XF_FIELD_LON;

    if (point && at < end) /* a latitude belongs to its longitude: the first point stands for the place */
        return;
    for (uint32_t i = at; i < end; i++) {
        if (portrait->values[i].qualifier != value->qualifier)
            continue;
        if (portrait->values[i].symbol == value->symbol)
            return;
        at = i + 1;
    }
    if (at == aspect->first[value->field])
        at = end;
    if (aspect->count == XF_PORTRAIT_VALUES)
        return;
    memmove(&portrait->values[at + 1], &portrait->values[at], (aspect->count - at) * sizeof(*value));
    portrait->values[at] = *value;
    portrait->values[at].group = 0;
    aspect->count++;
    for (uint32_t field = value->field + 1u; field <= XF_FIELDS; field++)
        aspect->first[field]++;
}

static void add_name(struct xf_aspect *aspect, const struct xf_aspect_name *name)
{
    for (uint32_t i = 0; i < aspect->name_count; i++)
        if (aspect->names[i].given == name->given && aspect->names[i].family == name->family)
            return;
    if (aspect->name_count < XF_ASPECT_NAMES)
        aspect->names[aspect->name_count++] = (struct xf_aspect_name){.given = name->given, .family = name->family};
}

static void add_date(struct xf_aspect *aspect, xf_date date)
{
    for (uint32_t i = 0; i < aspect->date_count; i++)
        if (aspect->dates[i].date == date)
            return;
    if (aspect->date_count < XF_ASPECT_DATES)
        aspect->dates[aspect->date_count++] = (struct xf_aspect_date){.date = date};
}

static void add_address(struct xf_aspect *aspect, const struct xf_aspect_address *address)
{
    for (uint32_t i = 0; i < aspect->address_count; i++)
        if (xf_aspect_same_address(&aspect->addresses[i], address))
            return;
    if (aspect->address_count == XF_ASPECT_ADDRESSES)
        return;
    aspect->addresses[aspect->address_count] = *address;
    aspect->addresses[aspect->address_count++].value = NULL;
}

void xf_portrait_begin(struct xf_portrait *portrait, const struct xf_aspect *first)
{
    struct xf_aspect *aspect = &portrait->aspect;

    aspect->values = portrait->values;
    aspect->lexicon = first->lexicon;
    aspect->kind = first->kind;
    aspect->count = 0;
    aspect->name_count = aspect->date_count = aspect->address_count = 0;
    memset(aspect->first, 0, sizeof(aspect->first));
    xf_portrait_add(portrait, first);
}

void xf_portrait_add(struct xf_portrait *portrait, const struct xf_aspect *other)
{
    for (uint32_t i = 0; i < other->name_count; i++)
        add_name(&portrait->aspect, &other->names[i]);
    for (uint32_t i = 0; i < other->date_count; i++)
        add_date(&portrait->aspect, other->dates[i].date);
    for (uint32_t i = 0; i < other->address_count; i++)
        add_address(&portrait->aspect, &other->addresses[i]);
    for (uint32_t i = 0; i < other->count; i++)
        if (is_plain(other->values[i].field))
            add_value(portrait, &other->values[i]);
}
