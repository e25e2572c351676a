/* SPDX-License-Identifier: Apache-2.0 */
/* Figures from JSON. Called by model.c. Invariant: probabilities become bits by integer arithmetic on the digits' exact binary
 * value, so that every build reads alike. */
#include "figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

/* Clay Turner's algorithm: the mantissa is squared, and each time that it passes 2 the next bit of the logarithm is 1. */
int32_t xf_model_log2(double number)
{
    uint64_t bits, mantissa;
    int64_t result;

    memcpy(&bits, &number, sizeof(bits));
    if (!(bits >> 52 & 0x7ff)) { /* subnormal: bring the leading bit where a normal number has it */
        int shift = __builtin_clzll(bits & ((UINT64_C(1) << 52) - 1)) - 11;

        result = -1022 - shift;
        mantissa = (bits << shift & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    } else {
        result = (int64_t)(bits >> 52 & 0x7ff) - 1023;
        mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    }
    mantissa >>= 21; /* 31 bits after the point */
    for (int i = 0; i < 24; i++) {
        mantissa = mantissa * mantissa >> 31;
        result = result * 2;
        if (mantissa >> 32) {
            mantissa >>= 1;
            result++;
        }
    }
    result *= 1000;
    return (int32_t)((result + (INT64_C(1) << 23)) >> 24);
}

struct xf_place xf_figure_child(const struct xf_place *place, const char *name)
{
    struct xf_place below = {.error = place->error};
    size_t used = strlen(place->pointer);

    memcpy(below.pointer, place->pointer, used);
    if (used + 1 < sizeof(below.pointer))
        below.pointer[used++] = '/';
    for (; *name && used + 2 < sizeof(below.pointer); name++) {
        if (*name == '~' || *name == '/') {
            below.pointer[used++] = '~';
            below.pointer[used++] = *name == '~' ? '0' : '1';
        } else {
            below.pointer[used++] = *name;
        }
    }
    return below;
}

int xf_figure_fault(const struct xf_place *place, const char *format, ...)
{
    va_list args;

    if (!place->error)
        return XF_EINVAL;
    *place->error = (struct xf_error){.code = XF_EINVAL};
    memcpy(place->error->pointer, place->pointer, sizeof(place->error->pointer));
    va_start(args, format);
    vsnprintf(place->error->text, sizeof(place->error->text), format, args);
    va_end(args);
    return XF_EINVAL;
}

int xf_figure_members(const struct xf_place *place, json_t *value, const char *const *names)
{
    const char *key;
    json_t *member;

    if (!json_is_object(value))
        return value ? xf_figure_fault(place, "must be an object") : xf_figure_fault(place, "is missing");
    json_object_foreach(value, key, member)
    {
        const char *const *name = names;

        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name) {
            struct xf_place below = xf_figure_child(place, key);
            return xf_figure_fault(&below, "is not a member that a model has here");
        }
    }
    return XF_OK;
}

int xf_figure_source(const struct xf_place *place, json_t *object)
{
    const char *source = json_string_value(json_object_get(object, "source"));
    struct xf_place below = xf_figure_child(place, "source");

    return source && *source ? XF_OK : xf_figure_fault(&below, "must say where the number comes from");
}

int xf_figure_integer(const struct xf_place *place, json_t *object, const char *name, int64_t min, int64_t max, int64_t *ret)
{
    json_t *value = json_object_get(object, name);
    struct xf_place below = xf_figure_child(place, name);

    if (!value)
        return xf_figure_fault(&below, "is missing");
    if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
        return xf_figure_fault(&below, "must be an integer from %lld to %lld", (long long)min, (long long)max);
    *ret = json_integer_value(value);
    return XF_OK;
}

int xf_figure_probability(const struct xf_place *place, json_t *object, const char *name, int32_t *ret)
{
    json_t *value = json_object_get(object, name);
    struct xf_place below = xf_figure_child(place, name);
    double number = json_number_value(value);

    if (!json_is_number(value) || !(number > 0.0 && number <= 1.0))
        return xf_figure_fault(&below, "must be a probability: more than 0, at most 1");
    *ret = xf_model_log2(number);
    return XF_OK;
}

int xf_figure_weight(const struct xf_place *place, json_t *object, int32_t *ret, int32_t *ret_u)
{
    int64_t weight;
    int32_t m = 0, u = 0;
    int rc = xf_figure_source(place, object);

    *ret_u = 0;
    if (rc == XF_OK && json_object_get(object, "weight")) {
        if (json_object_get(object, "m") || json_object_get(object, "u"))
            return xf_figure_fault(place, "has a weight: it must have neither m nor u");
        rc = xf_figure_integer(place, object, "weight", -XF_FIGURE_WEIGHT_MAX, XF_FIGURE_WEIGHT_MAX, &weight);
        if (rc == XF_OK)
            *ret = (int32_t)weight;
        return rc;
    }
    if (rc == XF_OK)
        rc = xf_figure_probability(place, object, "m", &m);
    if (rc == XF_OK)
        rc = xf_figure_probability(place, object, "u", &u);
    if (rc == XF_OK) {
        *ret = m - u;
        *ret_u = u;
    }
    return rc;
}
