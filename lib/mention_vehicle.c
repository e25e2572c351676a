/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a vehicle's mention. Called by mention.c. Invariant: a plate that is only part of one is marked weak. */
#include <string.h>

#include "crossflag/normalise.h"
#include "filling.h"

/* What makes and colours are also called. */
static const char *vehicle_word(const char *words)
{
    static const char *const names[][2] = {
        {"vw", "volkswagen"},
        {"volks wagen", "volkswagen"},
        {"merc", "mercedes"},
        {"mercedes benz", "mercedes"},
        {"landrover", "land rover"},
        {"alfa", "alfa romeo"},
        {"rolls", "rolls royce"},
        {"gray", "grey"},
        {"slv", "silver"},
        {"blk", "black"},
        {"wht", "white"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(words, names[i][0]) == 0)
            return names[i][1];
    return words;
}

void xf_filling_vehicle(struct xf_filling *filling, size_t index)
{
    const struct xf_vehicle *vehicle = &filling->record->vehicles[index];
    char text[XF_NORMAL_TEXT];

    /* A witness's YD12* is a part of a plate, not another plate. */
    if (!xf_normalise_plate(vehicle->vrm, text))
        text[0] = '\0';
    else if (strpbrk(vehicle->vrm, "*?"))
        xf_filling_put(filling, XF_FIELD_VRM, 0, xf_plate_pattern(vehicle->vrm, text) ? XF_VALUE_WEAK : 0, NULL, text);
    else
        xf_filling_put(filling, XF_FIELD_VRM, 0, 0, NULL, text);
    /* ISO 3779: seventeen characters, never I, O or Q; before 1981 anything. */
    if (xf_normalise_plate(vehicle->vin, text))
        xf_filling_put(filling, XF_FIELD_VIN, 0, strlen(text) == 17 && !strpbrk(text, "IOQ") ? 0 : XF_VALUE_WEAK, NULL, text);
    if (xf_normalise_text(vehicle->make, text))
        xf_filling_put(filling, XF_FIELD_MAKE, 0, 0, NULL, vehicle_word(text));
    if (xf_normalise_text(vehicle->model, text))
        xf_filling_put(filling, XF_FIELD_MODEL, 0, 0, NULL, text);
    if (xf_normalise_text(vehicle->colour, text))
        xf_filling_put(filling, XF_FIELD_COLOUR, 0, 0, NULL, vehicle_word(text));
    if (xf_normalise_plate(vehicle->licence_plate_no, text))
        xf_filling_put(filling, XF_FIELD_LICENCE_PLATE, 0, 0, NULL, text);
}
