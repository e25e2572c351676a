/* SPDX-License-Identifier: Apache-2.0 */
/* A mention: one person, location or vehicle as one record tells it, reduced to normalised values. What the linker compares. */
#ifndef CROSSFLAG_MENTION_H
#define CROSSFLAG_MENTION_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/intern.h"
#include "crossflag/record.h"

enum xf_mention_kind { XF_PERSON = 0, XF_LOCATION = 1, XF_VEHICLE = 2, XF_MENTION_KINDS };

enum xf_field {
    XF_FIELD_GIVEN = 1, /* normalised; one value a name, group ties it to its family name; may be several words */
    XF_FIELD_FAMILY,
    XF_FIELD_FULL_NAME,  /* when a source has no parts: the words are split into GIVEN and FAMILY too (last word is the family name)
                          */
    XF_FIELD_BIRTH_DATE, /* symbol is an xf_date, not an interned string */
    XF_FIELD_SEX,        /* f, m, … */
    XF_FIELD_ID,         /* qualifier: symbol of the scheme; value canonical; flag says valid or not */
    XF_FIELD_FLAT,
    XF_FIELD_HOUSE,
    XF_FIELD_BUILDING,
    XF_FIELD_STREET,
    XF_FIELD_TOWN,
    XF_FIELD_POSTCODE, /* group ties one address */
    XF_FIELD_UPRN,
    XF_FIELD_PHONE,
    XF_FIELD_EMAIL,
    XF_FIELD_ACCOUNT, /* qualifier: symbol of the service */
    XF_FIELD_NAME,    /* of a location: premises */
    XF_FIELD_TYPE,    /* of a location */
    XF_FIELD_LAT,
    XF_FIELD_LON, /* symbol is degrees × 10^7 as int32 */
    XF_FIELD_VRM,
    XF_FIELD_VIN,
    XF_FIELD_MAKE,
    XF_FIELD_MODEL,
    XF_FIELD_COLOUR,
    XF_FIELD_LICENCE_PLATE,
    XF_FIELD_ATTRIBUTE, /* qualifier: symbol of the attribute's name */
    XF_FIELD_SOURCE,    /* of linking across files only: where the mention comes from; two of one source are no pair */
    XF_FIELDS,
};

#define XF_VALUE_WEAK 1 /* an identifier that failed its check, or a value that is no hard evidence */

/* One value. Plain data without padding; equal mentions have equal arrays (values are sorted by field, group, qualifier, text). */
struct xf_value {
    uint8_t field;
    uint8_t group;
    uint16_t flags;
    uint32_t qualifier;
    uint32_t symbol;
};

#define XF_MENTION_VALUES_MAX 96

struct xf_mention {
    uint8_t kind; /* enum xf_mention_kind */
    uint16_t count;
    struct xf_value values[XF_MENTION_VALUES_MAX];
};

/* Fills *ret from the index-th person, location or vehicle of a record. A person's mention also carries the addresses of the
 * locations that the record ties to it: by a resides_at or tenant_of link, or, without one, a location of role `home` for the roles
 * child, pupil, patient, missing, subject, tenant, holder, applicant, parent, carer, sibling. at is the entry's time (centuries of
 * identifiers). XF_OK, XF_ENOMEM; values beyond the maximum are left out.
 *
 * Groups: the first name that the record gives is group 0, each further one the next; likewise a person's addresses, whose UPRN has
 * their group; all else is group 0. A name or address that lacks a part has no value for it. Placeholders, 1 January 1900 and the
 * location type `other` are left out; XF_VALUE_WEAK stands on identifiers (also UPRN and VIN) that failed their check and on
 * partial plates, which keep their wildcards (YD12*), and on a location's postcode in no postcode's form. A location's FLAT holds
 * name and storeys ("a first and second floor"), a person's the name or else the first storey. */
int xf_mention_of(const struct xf_record *record, enum xf_mention_kind kind, size_t index, int64_t at, struct xf_intern *symbols,
                  struct xf_mention *ret) XF_MUST_CHECK;
/* Adds one normalised value (text may be NULL or empty: nothing happens). XF_OK, XF_ENOMEM, XF_ELIMIT when full. */
int xf_mention_add(struct xf_mention *mention, struct xf_intern *symbols, enum xf_field field, uint8_t group, uint16_t flags,
                   const char *qualifier, const char *text) XF_MUST_CHECK;
/* The same for the fields whose symbol is a number: BIRTH_DATE, LAT, LON. XF_OK, XF_ELIMIT. */
int xf_mention_add_number(struct xf_mention *mention, enum xf_field field, uint8_t group, uint16_t flags,
                          uint32_t number) XF_MUST_CHECK;
/* Brings the values into their canonical order and drops doubles; call once after the last xf_mention_add. */
void xf_mention_seal(struct xf_mention *mention, const struct xf_intern *symbols);

#endif
