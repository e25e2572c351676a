/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a mention for comparing; done anew for each candidate of a pair, so it only sorts values into their places. Invariant: no
 * name, date or address stands twice, for what is the best of several weighs less than what is the only one. */
#include "aspect.h"

static struct xf_aspect_name *name_of(struct xf_aspect *aspect, uint8_t group)
{
    struct xf_aspect_name *name;

    for (uint32_t i = 0; i < aspect->name_count; i++)
        if (aspect->names[i].group == group)
            return &aspect->names[i];
    if (aspect->name_count == XF_ASPECT_NAMES)
        return NULL;
    name = &aspect->names[aspect->name_count++];
    *name = (struct xf_aspect_name){.group = group};
    return name;
}

static struct xf_aspect_address *address_of(struct xf_aspect *aspect, uint8_t group)
{
    struct xf_aspect_address *address;

    for (uint32_t i = 0; i < aspect->address_count; i++)
        if (aspect->addresses[i].group == group)
            return &aspect->addresses[i];
    if (aspect->address_count == XF_ASPECT_ADDRESSES)
        return NULL;
    address = &aspect->addresses[aspect->address_count++];
    *address = (struct xf_aspect_address){.group = group};
    return address;
}

static void put_address(struct xf_aspect *aspect, const struct xf_value *value)
{
    struct xf_aspect_address *address = address_of(aspect, value->group);

    if (!address)
        return;
    switch (value->field) {
    case XF_FIELD_FLAT:
        address->flat = value->symbol;
        break;
    case XF_FIELD_HOUSE:
        address->house = value->symbol;
        break;
    case XF_FIELD_BUILDING:
        address->building = value->symbol;
        break;
    case XF_FIELD_STREET:
        address->street = value->symbol;
        break;
    case XF_FIELD_TOWN:
        address->town = value->symbol;
        break;
    case XF_FIELD_POSTCODE:
        address->postcode = value->symbol;
        address->misshapen = value->flags & XF_VALUE_WEAK;
        break;
    default:
        if (!(value->flags & XF_VALUE_WEAK))
            address->uprn = value->symbol;
    }
    address->value = value;
}

static void put_date(struct xf_aspect *aspect, const struct xf_value *value)
{
    xf_date date = value->symbol;

    if (date % 10000 == 101)
        date = date / 10000 == 1900 ? 0 : date - 101;
    if (!date || aspect->date_count == XF_ASPECT_DATES || (value->flags & XF_VALUE_WEAK))
        return;
    for (uint32_t i = 0; i < aspect->date_count; i++)
        if (aspect->dates[i].date == date) /* a placeholder, and its year */
            return;
    aspect->dates[aspect->date_count++] = (struct xf_aspect_date){.date = date, .value = value};
}

/* An alias often gives one part only ({"given":"Mina"}): the other is that of the mention's first name which has it. */
static void complete_names(struct xf_aspect *aspect)
{
    const struct xf_aspect_name *given = NULL, *family = NULL;

    for (uint32_t i = 0; i < aspect->name_count; i++) {
        given = given || !aspect->names[i].given ? given : &aspect->names[i];
        family = family || !aspect->names[i].family ? family : &aspect->names[i];
    }
    for (uint32_t i = 0; i < aspect->name_count; i++) {
        struct xf_aspect_name *name = &aspect->names[i];

        if (!name->given && given) {
            name->given = given->given;
            name->given_value = given->given_value;
        }
        if (!name->family && family) {
            name->family = family->family;
            name->family_value = family->family_value;
        }
    }
}

static void drop_double_names(struct xf_aspect *aspect)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < aspect->name_count; i++) {
        uint32_t j = 0;

        while (j < kept && (aspect->names[j].given != aspect->names[i].given || aspect->names[j].family != aspect->names[i].family))
            j++;
        if (j == kept)
            aspect->names[kept++] = aspect->names[i];
    }
    aspect->name_count = (uint8_t)kept;
}

bool xf_aspect_same_address(const struct xf_aspect_address *a, const struct xf_aspect_address *b)
{
    return a->flat == b->flat && a->house == b->house && a->building == b->building && a->street == b->street &&
           a->town == b->town && a->postcode == b->postcode && a->uprn == b->uprn;
}

static void drop_double_addresses(struct xf_aspect *aspect)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < aspect->address_count; i++) {
        uint32_t j = 0;

        while (j < kept && !xf_aspect_same_address(&aspect->addresses[j], &aspect->addresses[i]))
            j++;
        if (j == kept)
            aspect->addresses[kept++] = aspect->addresses[i];
    }
    aspect->address_count = (uint8_t)kept;
}

void xf_aspect_open(struct xf_aspect *aspect, const struct xf_lexicon *lexicon, uint8_t kind, const struct xf_value *values,
                    uint32_t count)
{
    uint32_t field = 0;

    aspect->values = values;
    aspect->lexicon = lexicon;
    aspect->count = count;
    aspect->kind = kind;
    aspect->name_count = aspect->date_count = aspect->address_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_value *value = &values[i];
        struct xf_aspect_name *name;

        while (field <= value->field)
            aspect->first[field++] = (uint8_t)i;
        switch (value->field) {
        case XF_FIELD_GIVEN:
        case XF_FIELD_FAMILY:
            name = name_of(aspect, value->group);
            if (!name)
                break;
            if (value->field == XF_FIELD_GIVEN && !name->given) {
                name->given = xf_lexicon_at(lexicon, value->symbol);
                name->given_value = value;
            } else if (value->field == XF_FIELD_FAMILY && !name->family) {
                name->family = xf_lexicon_at(lexicon, value->symbol);
                name->family_value = value;
            }
            if (!name->value)
                name->value = value;
            break;
        case XF_FIELD_BIRTH_DATE:
            put_date(aspect, value);
            break;
        case XF_FIELD_FLAT:
        case XF_FIELD_HOUSE:
        case XF_FIELD_BUILDING:
        case XF_FIELD_STREET:
        case XF_FIELD_TOWN:
        case XF_FIELD_POSTCODE:
        case XF_FIELD_UPRN:
            put_address(aspect, value);
            break;
        default:
            break;
        }
    }
    while (field <= XF_FIELDS)
        aspect->first[field++] = (uint8_t)count;
    if (aspect->name_count > 1) {
        complete_names(aspect);
        drop_double_names(aspect);
    }
    if (aspect->address_count > 1)
        drop_double_addresses(aspect);
}
