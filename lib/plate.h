/* SPDX-License-Identifier: Apache-2.0 */
/* Registration marks and chassis numbers compared. Texts are normalised: upper-case letters and digits, patterns with * and ?. */
#ifndef XF_LIB_PLATE_H
#define XF_LIB_PLATE_H

#include "crossflag/normalise.h"
#include "model.h"

/* As xf_plate_fold, with the rarer confusions folded too. */
size_t xf_plate_fold_far(const char *plate, char out[static XF_NORMAL_TEXT]);
bool xf_plate_is_pattern(const char *plate);
/* The level of two marks, either of which may be a pattern; -1 when one is known to be part of a mark only, so that their
 * difference says nothing. */
int xf_plate_compare(const char *a, const char *b);
/* I, O and Q as 1 and 0. */
size_t xf_vin_fold(const char *vin, char out[static XF_NORMAL_TEXT]);
/* The level of two chassis numbers, either of which may be an end only; -1 when that leaves nothing to say. */
int xf_vin_compare(const char *a, const char *b);

#endif
