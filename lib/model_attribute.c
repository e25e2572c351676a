/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of a model's JSON: whatever else a file's columns tell of a person, a place or a vehicle. Called by model.c.
 * Invariant: what an attribute repeats of another one names an attribute that is there. */
#include <string.h>

#include "model_read.h"

static const struct xf_shape attribute_shape = {"attribute", {"exact", "similar", "different"}};

/* What an attribute's agreement repeats of what an address at each level says. */
static int read_beside_address(const struct xf_place *place, json_t *object, const struct xf_shape *address,
                               struct xf_attribute *ret)
{
    if (!object)
        return XF_OK;
    for (int i = 0; i < XF_HOME_LEVELS; i++) {
        int64_t repeated = 0;
        int rc = json_object_get(object, address->levels[i])
                     ? xf_figure_integer(place, object, address->levels[i], 0, XF_FIGURE_WEIGHT_MAX, &repeated)
                     : XF_OK;

        if (rc != XF_OK)
            return rc;
        ret->beside_address[i] = (int32_t)repeated;
    }
    return xf_figure_members(place, object, address->levels);
}

/* Its levels, the frequencies of its values where the model has them, and what it repeats of the address. */
static int read_attribute(const struct xf_place *place, json_t *object, const struct xf_shape *homes, struct xf_attribute *ret)
{
    static const char *const members[] = {"address", "attributes", "source", NULL};
    struct xf_place table = xf_figure_child(place, "frequencies"), beside = xf_figure_child(place, "beside"),
                    address = xf_figure_child(&beside, "address");
    json_t *frequencies = json_object_get(object, "frequencies"), *besides = json_object_get(object, "beside");
    json_t *levels = json_copy(object);
    int rc = levels ? XF_OK : XF_ENOMEM;

    json_object_del(levels, "frequencies");
    json_object_del(levels, "beside");
    if (rc == XF_OK)
        rc = xf_model_read_comparison(place, levels, &attribute_shape, &ret->comparison);
    json_decref(levels);
    if (rc == XF_OK && frequencies)
        rc = xf_model_read_frequencies(&table, frequencies, &ret->frequencies);
    if (rc == XF_OK && besides)
        rc = xf_figure_members(&beside, besides, members);
    if (rc == XF_OK && besides)
        rc = xf_figure_source(&beside, besides);
    return rc == XF_OK ? read_beside_address(&address, json_object_get(besides, "address"), homes, ret) : rc;
}

/* What attributes repeat of each other, once all are known. */
static int read_beside_attributes(const struct xf_place *place, json_t *object, struct xf_model_kind *ret)
{
    const char *names[XF_ATTRIBUTES_MAX + 1] = {NULL};

    for (uint32_t i = 0; i < ret->attribute_count; i++)
        names[i] = ret->attributes[i].name;
    for (uint32_t i = 0; i < ret->attribute_count; i++) {
        struct xf_place attribute = xf_figure_child(place, ret->attributes[i].name), beside = xf_figure_child(&attribute, "beside"),
                        below = xf_figure_child(&beside, "attributes");
        json_t *repeated =
            json_object_get(json_object_get(json_object_get(object, ret->attributes[i].name), "beside"), "attributes");

        if (repeated && xf_figure_members(&below, repeated, names) != XF_OK)
            return XF_EINVAL;
        for (uint32_t j = 0; j < ret->attribute_count; j++) {
            int64_t weight = 0;
            int rc = json_object_get(repeated, ret->attributes[j].name)
                         ? xf_figure_integer(&below, repeated, ret->attributes[j].name, 0, XF_FIGURE_WEIGHT_MAX, &weight)
                         : XF_OK;

            if (rc != XF_OK)
                return rc;
            ret->attributes[i].beside[j] = (int32_t)weight;
        }
    }
    return XF_OK;
}

int xf_model_read_attributes(const struct xf_place *place, json_t *object, const struct xf_shape *address,
                             struct xf_model_kind *ret)
{
    const char *key;
    json_t *value;

    if (!object)
        return XF_OK;
    if (!json_is_object(object) || json_object_size(object) > XF_ATTRIBUTES_MAX)
        return xf_figure_fault(place, "must be an object of at most %d attributes", XF_ATTRIBUTES_MAX);
    json_object_foreach(object, key, value)
    {
        struct xf_attribute *attribute = &ret->attributes[ret->attribute_count++];
        struct xf_place below = xf_figure_child(place, key);
        int rc;

        if (strlen(key) >= sizeof(attribute->name))
            return xf_figure_fault(&below, "is too long a name");
        rc = read_attribute(&below, value, address, attribute);
        if (rc != XF_OK)
            return rc;
        strcpy(attribute->name, key);
        attribute->comparison.name = attribute->name;
        attribute->hash = xf_text_hash(key, strlen(key));
    }
    return read_beside_attributes(place, object, ret);
}
