/* SPDX-License-Identifier: Apache-2.0 */
/* The judge's inside, shared by judge.c (who is judged, and a flag's life), ground.c (what speaks for a flag), match.c (a clause
 * against a tie) and memory.c (what is remembered between entries). */
#ifndef XF_LIB_JUDGE_H
#define XF_LIB_JUDGE_H

#include "flag.h"
#include "rule.h"

/* A record that ties a subject to something, in one pattern. */
struct xf_hit {
    int64_t at;             /* when it occurred */
    uint32_t record, other; /* other entity, XF_NONE when the subject stands alone */
    uint32_t teller;        /* who told it: equal for records of one agency */
    uint32_t thing;         /* what it is counted as */
    uint16_t pattern;       /* of the rule, from 0 */
    uint8_t good;           /* of the grades of which one contributor must be */
    uint8_t known;          /* its record has served for a flag that ended otherwise than by losing its ground */
    uint8_t padding[4];
};

/* What speaks for a flag: borrowed from the memory until the next ground is made. */
struct xf_ground {
    int64_t event_at; /* the latest contributing event */
    int32_t score;
    uint8_t level, handling, standing;
    const struct xf_flag_ground_reason *reasons;
    uint32_t reason_count;
};

/* A record and a mention of it, by event time. */
struct xf_moment {
    int64_t at;
    uint32_t record, mention;
};

/* What the judge knows of an entity. Sizes are those after the last entry that touched it; a profile is a function of the entity's
 * mentions now. */
struct xf_known {
    uint32_t size;
    xf_date birth_date; /* the most exact, then the latest that any mention says; 0: none */
    uint8_t child_role; /* some mention's role says that it is a child */
    uint8_t has_size, has_profile;
    uint8_t padding;
};

/* A counted thing while the window slides. */
struct xf_thing {
    uint32_t hits, known_hits;
    uint32_t entity, parent; /* of others: the entity, and the thing with which it counts as one; of events: the first hit */
};

struct xf_queue {
    XF_VEC(uint32_t) subjects;
};

/* Kept from entry to entry: what the words of the rules mean as symbols, what is known of entities, and working memory. Derived,
 * never saved. */
struct xf_memory {
    uint8_t digest[16]; /* of the rules that it is bound to */
    bool bound;
    XF_VEC(uint32_t) symbols; /* by word */
    XF_VEC(uint32_t) refs;    /* by rules->refs */
    XF_VEC(struct xf_known) known;
    struct xf_queue queues[XF_RULES_MAX]; /* subjects to judge, by rule */
    XF_VEC(struct xf_moment) moments;
    XF_VEC(struct xf_hit) hits;
    XF_VEC(struct xf_thing) things;
    XF_VEC(uint64_t) closed; /* (feed, id) of the records that ended flags rest on, ascending */
    XF_VEC(uint64_t) held;   /* the same of active flags */
    XF_VEC(struct xf_flag_ground_reason) reasons;
    XF_VEC(struct xf_flag_record) records;
    XF_VEC(uint32_t) given, flags;
};

/* One judgement. */
struct xf_judge {
    struct xf_judgement *judgement;
    const struct xf_rules *rules;
    const struct xf_graph *graph;
    struct xf_flags *flags;
    struct xf_memory *memory;
    int64_t at;
    int64_t next_change; /* when time alone changes what match.c saw; INT64_MAX: never */
};

/* memory.c */
int xf_memory_open(struct xf_judgement *judgement, struct xf_judge *ret) XF_MUST_CHECK;
static inline uint32_t xf_memory_symbol(const struct xf_judge *judge, uint32_t word)
{
    return judge->memory->symbols.items[word];
}
/* What is known of an entity, making room for it: NULL when out of memory. Moved by the next call. */
struct xf_known *xf_memory_known(struct xf_judge *judge, uint32_t entity);
/* The same with its profile; except: mentions of that record do not count and nothing is kept (XF_NONE: all count). */
int xf_memory_profile(struct xf_judge *judge, uint32_t entity, uint32_t except, struct xf_known *ret) XF_MUST_CHECK;
/* What a profile becomes by a record's mentions of the entity; kept. */
int xf_memory_learn(struct xf_judge *judge, uint32_t entity, uint32_t record, const struct xf_known *before,
                    struct xf_known *ret) XF_MUST_CHECK;
/* An entity's mentions into memory->moments; when there are more than XF_HUB_RECORDS only those of the latest events, in canonical
 * order. */
int xf_memory_moments(struct xf_judge *judge, uint32_t entity) XF_MUST_CHECK;
void xf_memory_cut_moments(struct xf_judge *judge);
/* Compares records by event time, then by the texts of feed and id. */
int xf_memory_compare(const struct xf_judge *judge, uint32_t a, uint32_t b);
int xf_memory_compare_keys(const void *a, const void *b); /* of uint64_t */

/* match.c */
enum xf_met { XF_MET_NOT, XF_MET_ONCE /* but for a flag that has expired since */, XF_MET };
/* A tie, or a mention alone (other XF_NONE), looked at from `mine`. */
struct xf_look {
    uint32_t mine, other, record, own_entity, other_entity, type;
    bool outward;
};
static inline struct xf_look xf_look_back(struct xf_look look)
{
    return (struct xf_look){.mine = look.other,
                            .other = look.mine,
                            .record = look.record,
                            .own_entity = look.other_entity,
                            .other_entity = look.own_entity,
                            .type = look.type,
                            .outward = !look.outward};
}
bool xf_match_word(const struct xf_judge *judge, struct xf_words words, uint32_t symbol);
/* What can be said of the record and the subject's mention alone. */
bool xf_match_own(const struct xf_judge *judge, const struct xf_clause *clause, uint32_t record, uint32_t mention);
/* Whether the form of a tie meets a clause: everything but ages, markers and flags, which time and other records can change. */
bool xf_match_form(const struct xf_judge *judge, const struct xf_clause *clause, const struct xf_look *look);
/* The whole clause. *ret: how it is met. */
int xf_match_clause(struct xf_judge *judge, const struct xf_clause *clause, const struct xf_look *look,
                    enum xf_met *ret) XF_MUST_CHECK;
/* Whether a person was of an age (enum xf_age) at an instant. */
int xf_match_age(struct xf_judge *judge, uint8_t age, uint32_t entity, int64_t at, bool *ret) XF_MUST_CHECK;
/* The gates: of a record and the subject's mention; of the other mention. */
bool xf_match_gate(const struct xf_judge *judge, const struct xf_gates *gates, uint32_t record, uint32_t mention);
bool xf_match_gate_other(const struct xf_judge *judge, const struct xf_gates *gates, uint32_t mention);

/* reach.c: who must be judged. Subjects go into memory->queues. */
/* Queues what the given entities (ascending, distinct) can decide. */
int xf_reach_entities(struct xf_judge *judge, const uint32_t *entities, uint32_t count) XF_MUST_CHECK;
/* Queues an entity itself for all rules of its kind. */
int xf_reach_subject(struct xf_judge *judge, uint32_t entity) XF_MUST_CHECK;
/* Queues, for the rules from first_rule on, those whose patterns test a flag type (a symbol) on the entity: itself and those around
 * it. */
int xf_reach_flag(struct xf_judge *judge, uint32_t entity, uint32_t type, uint32_t first_rule) XF_MUST_CHECK;

/* ground.c */
/* Collects what speaks for a rule's flag on a subject since the horizon into memory->hits, in canonical order. */
int xf_ground_gather(struct xf_judge *judge, const struct xf_rule *rule, uint32_t subject, int64_t horizon) XF_MUST_CHECK;
/* The best window of what was gathered: its latest event not before `from` (unless the pattern stands), one contributor well
 * graded, and something counted of which no record is known. *found false: there is none. */
int xf_ground_best(struct xf_judge *judge, const struct xf_rule *rule, int64_t from, struct xf_ground *ret,
                   bool *found) XF_MUST_CHECK;
/* The ground of one thing alone (live rules): XF_OK with *found false when no contributor is well graded. */
int xf_ground_of_thing(struct xf_judge *judge, const struct xf_rule *rule, uint32_t thing, struct xf_ground *ret,
                       bool *found) XF_MUST_CHECK;

#endif
