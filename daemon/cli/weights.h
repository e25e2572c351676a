/* SPDX-License-Identifier: Apache-2.0 */
/* A model's match weights as a table. */
#ifndef XF_CLI_WEIGHTS_H
#define XF_CLI_WEIGHTS_H

#include <jansson.h>

/* The levels of a model's file, as an array of {"kind","comparison","level","m","u","weight"} in the file's order; m and u only
 * where the file gives them, weight in bits. kinds has a bit for each enum xf_mention_kind that is wanted. NULL when out of memory.
 */
json_t *xf_weights_of(const json_t *model, unsigned kinds);
/* The same for people, with a bar of + or - for each bit. */
void xf_weights_print(const json_t *weights);

#endif
