/* SPDX-License-Identifier: Apache-2.0 */
/* The record's form as one set of tables: which members an object has, what each may hold, where it lies in its struct. The parser
 * (record.c) reads by them, the digest (digest.c) walks by them, the JSON Schema (schema.c) prints them and a CSV mapping (csv.c)
 * is checked against them, so that the four cannot disagree. */
#ifndef XF_LIB_FORM_H
#define XF_LIB_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/mention.h"
#include "crossflag/record.h"
#include "crossflag/vocabulary.h"

enum xf_member_type {
    XF_MEMBER_TEXT,       /* const char *: free text; only white space means absent */
    XF_MEMBER_PROSE,      /* const char *: as text, but line feeds and tabs are allowed */
    XF_MEMBER_SCHEME,     /* const char *: as text, lower-cased (ASCII) */
    XF_MEMBER_REF,        /* const char *: the name of a part inside its record */
    XF_MEMBER_WORD,       /* const char *: of a list of the vocabulary */
    XF_MEMBER_CHOICE,     /* const char *: of choices */
    XF_MEMBER_SEX,        /* const char *: of choices, either case */
    XF_MEMBER_GRADE,      /* const char *: ^[1-3][A-E][PC]$ */
    XF_MEMBER_SCORE,      /* const char *: text or number */
    XF_MEMBER_TIME,       /* int64_t: RFC 3339 */
    XF_MEMBER_DATE,       /* xf_date: may be partial */
    XF_MEMBER_VERSION,    /* int64_t: a whole number */
    XF_MEMBER_LATITUDE,   /* int32_t: degrees × 10^7; the form's struct is xf_location */
    XF_MEMBER_LONGITUDE,  /* the same */
    XF_MEMBER_TEXTS,      /* const char **: blank ones are left out */
    XF_MEMBER_REFS,       /* const char **: each names a part of the record */
    XF_MEMBER_CONDITIONS, /* const char **: of choices, kept in their order, each once */
    XF_MEMBER_END,        /* struct xf_end: a ref that names a part of the record */
    XF_MEMBER_FORMS,      /* an array of form's structs */
    XF_MEMBER_DETAILS,    /* struct xf_details: the form that the kind has */
};

enum xf_member_rule {
    XF_MEMBER_REQUIRED = 1, /* must be there and not blank */
    XF_MEMBER_NEEDED = 2,   /* the same, unless its object is blank: one whose evidence members all are */
    XF_MEMBER_EVIDENCE = 4, /* an array's object without any of these says nothing and is left out */
    XF_MEMBER_LATE = 8,     /* read after all members without it, since it depends on them */
};

struct xf_form;

struct xf_member {
    const char *name;
    uint8_t type;  /* enum xf_member_type */
    uint8_t rules; /* enum xf_member_rule bits */
    uint8_t list;  /* of a WORD: enum xf_vocabulary_list */
    uint16_t offset, count_offset;
    uint16_t max;               /* bytes of a text, items of an array */
    const char *fallback;       /* of a WORD: what a missing one counts as when the vocabulary has it; NULL: nothing */
    const char *const *choices; /* ended by NULL */
    const struct xf_form *form;
    const char *doc; /* for the integrator: the schema's description; may be NULL */
};

struct xf_form {
    const char *name; /* of its definition in the schema, or the kind that a details form belongs to */
    size_t size;
    const struct xf_member *members; /* their order is the digest's: insert new ones anywhere, never move old ones */
    size_t count;                    /* at most 32: the reader keeps a bit each */
};

extern const struct xf_form xf_form_record;
/* The details forms, ended by NULL; one without members for the kinds that add nothing. */
extern const struct xf_form *const xf_forms_details[];

/* The form that kind's details have; never NULL. kind may be NULL. */
const struct xf_form *xf_form_details(const char *kind);
/* The member of that name, or NULL. */
const struct xf_member *xf_form_member(const struct xf_form *form, const char *name);

/* The choice that text is, or NULL; choices as in a member. */
const char *xf_form_choice(const char *const *choices, const char *text, bool any_case);
/* Prints "A, B, C", cut where out ends. */
void xf_form_print_choices(const char *const *choices, char *out, size_t size);

/* Fills digest over everything but version. */
void xf_record_digest(const struct xf_record *record, uint8_t digest[static 16]);

/* Fields of plain structs by their offset: memcpy, since the types differ. */
static inline const void *xf_form_pointer(const void *base, uint16_t offset)
{
    const void *pointer;

    __builtin_memcpy(&pointer, (const char *)base + offset, sizeof(pointer));
    return pointer;
}

static inline size_t xf_form_count(const void *base, uint16_t offset)
{
    size_t count;

    __builtin_memcpy(&count, (const char *)base + offset, sizeof(count));
    return count;
}

static inline void xf_form_set_pointer(void *base, uint16_t offset, const void *pointer)
{
    __builtin_memcpy((char *)base + offset, &pointer, sizeof(pointer));
}

static inline void xf_form_set_count(void *base, uint16_t offset, size_t count)
{
    __builtin_memcpy((char *)base + offset, &count, sizeof(count));
}

#endif
