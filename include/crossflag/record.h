/* SPDX-License-Identifier: Apache-2.0 */
/* An agency's record as contract.md defines it: parsed, checked and ready for the fold. Strings are NUL-terminated UTF-8 in the
 * arena that was passed; NULL means absent. Records are plain data: nothing to destroy but the arena. */
#ifndef CROSSFLAG_RECORD_H
#define CROSSFLAG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/arena.h"
#include "crossflag/date.h"
#include "crossflag/error.h"
#include "crossflag/vocabulary.h"

/* Limits on one record (also in the JSON Schema). */
#define XF_RECORD_BYTES_MAX (256 * 1024) /* one record's text */
#define XF_RECORD_DEPTH_MAX 16
#define XF_RECORD_ID_MAX 128     /* bytes of id and ref */
#define XF_RECORD_TEXT_MAX 4096  /* bytes of summary */
#define XF_RECORD_STRING_MAX 512 /* bytes of any other string */
#define XF_RECORD_PARTS_MAX 64   /* items of any array but links */
#define XF_RECORD_LINKS_MAX 256
#define XF_RECORD_VERSION_MAX INT64_C(9007199254740991) /* 2^53 - 1: what JavaScript can hold */

struct xf_name {
    const char *given, *family, *full, *type;
};
struct xf_identifier {
    const char *scheme, *value;
};
struct xf_account {
    const char *service, *handle;
};
struct xf_marker {
    const char *type, *level;
    xf_date since, until;
};

struct xf_person {
    const char *ref, *role, *sex;
    xf_date birth_date;
    struct xf_name *names;
    size_t name_count;
    struct xf_identifier *ids;
    size_t id_count;
    const char **phones;
    size_t phone_count;
    const char **emails;
    size_t email_count;
    struct xf_account *accounts;
    size_t account_count;
    struct xf_marker *markers;
    size_t marker_count;
};

struct xf_location {
    const char *ref, *role, *type, *name, *town, *postcode, *uprn;
    const char **lines;
    size_t line_count;
    bool has_point;
    int32_t lat_e7, lon_e7; /* degrees × 10^7, WGS 84 */
};

struct xf_vehicle {
    const char *ref, *role, *vrm, *vin, *make, *model, *colour, *licence_plate_no;
};

/* What an end of a link points at: an index into persons, locations or vehicles. */
struct xf_end {
    uint8_t kind; /* enum xf_mention_kind of mention.h */
    uint16_t index;
};
struct xf_link {
    struct xf_end from, to;
    const char *type;
};

/* What a kind adds; absent members are NULL, XF_TIME_NONE or 0. */
struct xf_details {
    const char *reason;               /* absence */
    int64_t return_interview_at;      /* missing_episode */
    const char *tool, *score, *level; /* risk_assessment */
    const char *type, *status, *number;
    xf_date expires, until; /* order, licence */
    const char **protects;
    size_t protect_count; /* order: refs */
    const char **prohibited;
    size_t prohibited_count;
    const char *offence, *outcome; /* custody, crime */
};

struct xf_record {
    const char *id, *kind, *grade, *summary;
    int64_t version;            /* -1 when absent */
    int64_t occurred_at, until; /* until: XF_TIME_NONE when absent */
    const char **conditions;
    size_t condition_count;
    struct xf_details details;
    struct xf_person *persons;
    size_t person_count;
    struct xf_location *locations;
    size_t location_count;
    struct xf_vehicle *vehicles;
    size_t vehicle_count;
    struct xf_link *links;
    size_t link_count;
    uint8_t digest[16]; /* of everything but version, over the parsed form: member order and white space do not matter */
};

/* Parses one record from JSON text. Collects every fault with its pointer in errors (emptied first) and returns XF_EINVAL, or
 * XF_ELIMIT when limits are all that is broken, *ret then untouched; or XF_ENOMEM. Refuses unknown and doubled members, control
 * characters (a summary may hold line feeds and tabs), invalid UTF-8, words outside the vocabulary, links to refs that do not
 * exist, doubled refs, `until` before `occurred_at`. Empty strings mean absent, and so do names, ids and accounts that say nothing.
 * A missing ref is p1, p2, … (l1, v1) by position, or the next that is free; a missing role or link type is `other`. Schemes and
 * services are lower-cased, sex upper-cased, conditions sorted. Where the text is no JSON at all the fault has its line and column
 * in the text. vocabulary NULL takes any word: for journal entries, whose words were good when they were written. */
int xf_record_parse(const char *text, size_t length, const struct xf_vocabulary *vocabulary, struct xf_arena *arena,
                    const struct xf_record **ret, struct xf_errors *errors) XF_MUST_CHECK;

/* A feed's CSV mapping: config/feeds/<feed>.json says which column fills which JSON pointer of a record (its form: lib/mapping.c).
 * A feed may have several layouts, told apart by the header. Shared between threads: reading by it changes nothing. */
struct xf_mapping;
int xf_mapping_parse(const char *text, size_t length, struct xf_mapping **ret, struct xf_error *error) XF_MUST_CHECK;
void xf_mapping_destroy(struct xf_mapping *mapping);

/* Turns a whole CSV text (RFC 4180, header first, UTF-8 with or without BOM) into records' JSON texts, one call of row per line
 * that holds one: line is the line on which it starts, counted from 1; rows of empty cells are skipped. json is NULL when the row
 * could not be mapped, error (with the pointer that the cell should have filled) then says why. row returns 0 to go on. Returns
 * XF_OK, XF_ENOMEM, XF_EINVAL or XF_ELIMIT (*error: the header does not fit, or quoting is broken on error->line, up to which rows
 * have been handed over), or row's value. */
typedef int xf_csv_row(void *context, unsigned line, const char *json, size_t length, const struct xf_error *error);
int xf_csv_read(const char *text, size_t length, const struct xf_mapping *mapping, xf_csv_row *row, void *context,
                struct xf_error *error) XF_MUST_CHECK;

/* The JSON Schema 2020-12 of a record with the vocabulary's words as enums: owned text, NULL when out of memory. */
char *xf_record_schema(const struct xf_vocabulary *vocabulary);

/* Splits a POST body into record texts: application/x-ndjson lines (blank lines skipped) or one JSON object or array. Calls item
 * for each with its line (NDJSON: line of the body; JSON array: ordinal from 1). Items are slices of the body as they were sent,
 * white space around them cut off; those of an array may hold line feeds. A line or element that is not a record's text still is an
 * item: xf_record_parse will say why. Returns XF_OK, XF_EINVAL with *error and no item handed over (the body is no JSON object or
 * array), or item's value. */
enum xf_body_form { XF_BODY_NDJSON, XF_BODY_JSON };
typedef int xf_body_item(void *context, unsigned line, const char *json, size_t length);
int xf_body_split(enum xf_body_form form, const char *text, size_t length, xf_body_item *item, void *context,
                  struct xf_error *error) XF_MUST_CHECK;

#endif
