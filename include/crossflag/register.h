/* SPDX-License-Identifier: Apache-2.0 */
/* The register: what is on record now. Records by (feed, id) with their mentions, markers and links, in flat pools of plain structs
 * with 32-bit indices. Texts are symbols. A withdrawn record keeps its row (revision and version count on) but has no mentions.
 * Mention indices are the linker's mention numbers. Together with the linker's entities this is the graph: graph.h walks it. */
#ifndef CROSSFLAG_REGISTER_H
#define CROSSFLAG_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "crossflag/intern.h"
#include "crossflag/mention.h"
#include "crossflag/pack.h"
#include "crossflag/record.h"

enum xf_condition { XF_CONDITION_A1 = 1, XF_CONDITION_A2 = 2, XF_CONDITION_A3 = 4, XF_CONDITION_S1 = 8, XF_CONDITION_S2 = 16 };

struct xf_register_record {
    uint64_t position;           /* of the entry that last put or withdrew it */
    int64_t occurred_at, until;  /* XF_TIME_NONE when absent */
    int64_t version;             /* -1 when the sender gave none */
    int64_t return_interview_at; /* details; XF_TIME_NONE when absent */
    uint8_t digest[16];
    uint32_t feed, id, kind;              /* symbols */
    uint32_t reason, level, type, status; /* details, as symbols */
    uint32_t revision;                    /* of the last entry; rises from 1 */
    uint32_t first_mention, first_link;   /* XF_NONE: none */
    xf_date expires;
    char source, information, handling; /* the grade's three parts: '1'..'3', 'A'..'E', 'P' or 'C'; the feed's default filled in */
    uint8_t conditions;                 /* enum xf_condition bits */
    uint8_t live;                       /* 0: withdrawn */
    uint8_t padding[7];
};

struct xf_register_mention {
    uint32_t record, ref, role; /* index; symbols */
    uint32_t next;              /* the next mention of the same record, XF_NONE at the end, in the record's order */
    uint32_t first_marker;
    uint32_t type; /* of a location: symbol */
    xf_date birth_date;
    uint8_t kind; /* enum xf_mention_kind */
    uint8_t live;
    uint8_t padding[2];
};

struct xf_register_marker {
    uint32_t type, level;
    xf_date since, until;
    uint32_t next, padding;
};
/* A link that a record states between two of its mentions. */
struct xf_register_link {
    uint32_t from, to, type, next;
};

struct xf_register;
struct xf_register *xf_register_create(struct xf_intern *symbols /* borrowed */);
void xf_register_destroy(struct xf_register *reg);

/* XF_NONE when there never was such a record. */
uint32_t xf_register_find(const struct xf_register *reg, const char *feed, const char *id);
/* Puts a record's content on a new or existing row (whose old mentions must have been cleared). default_grade: the feed's. */
int xf_register_put(struct xf_register *reg, const char *feed, const struct xf_record *record, const char default_grade[4],
                    uint64_t position, uint32_t *ret_record) XF_MUST_CHECK;
/* Takes over the revision that a record's last entry bears in the journal: of entries that were refused, numbers may be missing. */
void xf_register_revise(struct xf_register *reg, uint32_t record, uint32_t revision);
/* Frees a record's mentions, markers and links; withdraw also marks it not live and takes the new position and the next revision.
 */
void xf_register_clear(struct xf_register *reg, uint32_t record);
void xf_register_withdraw(struct xf_register *reg, uint32_t record, uint64_t position);

uint32_t xf_register_record_count(const struct xf_register *reg);  /* rows, withdrawn ones too */
uint32_t xf_register_mention_count(const struct xf_register *reg); /* one more than the greatest number; check .live */
const struct xf_register_record *xf_register_record_at(const struct xf_register *reg, uint32_t record);
const struct xf_register_mention *xf_register_mention_at(const struct xf_register *reg, uint32_t mention);
const struct xf_register_marker *xf_register_marker_at(const struct xf_register *reg, uint32_t marker);
const struct xf_register_link *xf_register_link_at(const struct xf_register *reg, uint32_t link);
/* A record's mention of a ref, XF_NONE when it has none. */
uint32_t xf_register_mention_of(const struct xf_register *reg, uint32_t record, const char *ref);
size_t xf_register_size(const struct xf_register *reg);

int xf_register_save(const struct xf_register *reg, struct xf_pack *pack) XF_MUST_CHECK;
int xf_register_load(struct xf_unpack *unpack, struct xf_intern *symbols, struct xf_register **ret) XF_MUST_CHECK;

#endif
