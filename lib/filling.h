/* SPDX-License-Identifier: Apache-2.0 */
/* A mention being filled from a record: mention.c begins and seals it, mention_person.c, mention_location.c and mention_vehicle.c
 * put the values in. */
#ifndef XF_LIB_FILLING_H
#define XF_LIB_FILLING_H

#include "crossflag/mention.h"

/* The first failure is kept and stops the rest; a full mention is none. */
struct xf_filling {
    const struct xf_record *record;
    struct xf_intern *symbols;
    struct xf_mention *mention;
    int year; /* of the entry */
    int rc;
};

/* text may be NULL or empty: nothing happens. */
void xf_filling_put(struct xf_filling *filling, enum xf_field field, uint8_t group, uint16_t flags, const char *qualifier,
                    const char *text);
void xf_filling_put_number(struct xf_filling *filling, enum xf_field field, uint32_t number);
/* The address of a location as one group. premises is its normalised name or empty. */
void xf_filling_put_address(struct xf_filling *filling, const struct xf_location *location, uint8_t group, const char *premises);

/* Everything of the index-th person, location or vehicle. */
void xf_filling_person(struct xf_filling *filling, size_t index);
void xf_filling_location(struct xf_filling *filling, size_t index);
void xf_filling_vehicle(struct xf_filling *filling, size_t index);

#endif
