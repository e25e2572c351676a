/* SPDX-License-Identifier: Apache-2.0 */
/* A rule set as the judge reads it: flat arrays, words by number. Made by rule.c and clause.c, immutable afterwards.
 *
 * Words are texts in one table; a list of words is a range of word_refs. Before judging, every word is bound to its symbol once
 * (memory.c), so that a test is a comparison of numbers. */
#ifndef XF_LIB_RULE_H
#define XF_LIB_RULE_H

#include <jansson.h>

#include "crossflag/arena.h"
#include "crossflag/rule.h"
#include "vec.h"

#define XF_RULES_MAX 256      /* rules in a set */
#define XF_PATTERNS_MAX 16    /* patterns in a rule */
#define XF_CLAUSES_MAX 16     /* alternatives in a list */
#define XF_WORDS_MAX 64       /* words in a list */
#define XF_RULE_NAME_MAX 64   /* bytes of a word or name */
#define XF_RULE_TEXT_MAX 4096 /* bytes of a text for people */
#define XF_WINDOW_DAYS_MAX 36600

struct xf_words {
    uint32_t first, count; /* a range of rules->refs; count 0: not asked */
};

enum xf_age { XF_AGE_ANY, XF_AGE_CHILD, XF_AGE_ADULT };

/* What is asked of one end of a tie, or of the subject alone. */
struct xf_side {
    struct xf_words roles, types, markers, flags;
    uint8_t age;             /* enum xf_age, at the event */
    uint8_t marker_level;    /* enum xf_level: this or a higher one */
    uint8_t marker_now;      /* current at the entry's time, not at the event's */
    uint8_t proposed_adults; /* a flag on an adult counts before a person confirmed it */
};

enum xf_link_way { XF_LINK_EITHER, XF_LINK_FROM_OWN, XF_LINK_FROM_OTHER };

/* One alternative: everything that it asks must hold. other_kind XF_MENTION_KINDS: it is about the subject alone. */
struct xf_clause {
    struct xf_words records, reasons, levels, types, statuses, links;
    struct xf_side own, other;
    uint32_t agencies; /* bits by enum xf_agency_kind; 0: any */
    uint8_t other_kind, link_way;
};

struct xf_clauses {
    uint32_t first, count;
};

enum xf_count { XF_COUNT_CHILDREN, XF_COUNT_ADULTS, XF_COUNT_PERSONS, XF_COUNT_LOCATIONS, XF_COUNT_VEHICLES, XF_COUNT_EVENTS };

struct xf_pattern {
    uint32_t name; /* word */
    uint32_t at_least, at_most;
    uint32_t window_days; /* 0: no window */
    int32_t weight;       /* thousandths */
    uint32_t like;        /* an earlier pattern of the rule that counts the same things, if in another window; XF_NONE: none */
    struct xf_clauses where, except, count_once;
    uint8_t count;    /* enum xf_count */
    uint8_t age;      /* enum xf_age of those counted, at the event */
    uint8_t once;     /* the weight counts once, not for each thing counted */
    uint8_t standing; /* tests what holds now: its events do not age */
};

struct xf_gates {
    struct xf_words person_roles, location_roles, location_types; /* left out */
    uint32_t ignore_sources, ignore_information;                  /* bits by grade: '1'-'1', 'A'-'A' up */
    uint32_t good_sources, good_information;                      /* one contributor at least has both */
    uint32_t same_event_hours;
    uint32_t first_class, class_count; /* a range of rules->classes: kinds of record that may be one report */
};

struct xf_rule {
    const char *id, *source;
    uint32_t id_word, type; /* words */
    uint32_t version;
    uint32_t review_months, live_days; /* live_days 0: not live */
    uint32_t first_pattern, pattern_count;
    uint32_t first_need, need_count; /* a range of rules->refs: flag types, ascending by text */
    uint32_t max_window;             /* days: of its patterns */
    uint32_t other_kinds;            /* bits of the kinds that its patterns look at */
    int32_t thresholds[4];           /* by level; 0: none */
    uint8_t subject;                 /* enum xf_mention_kind */
    uint8_t confirmed;               /* raised as confirmed: it only repeats a professional's assessment */
    uint8_t ages_own;                /* asks the subject's age */
    uint8_t relates;                 /* counts some others as one */
    struct xf_gates gates;
};

/* Words that every judgement knows, at fixed numbers of the table. */
enum xf_fixed_word {
    XF_WORD_LOW,
    XF_WORD_MEDIUM,
    XF_WORD_HIGH,
    XF_WORD_CHILD,
    XF_WORD_PUPIL,
    XF_WORD_MISSING,
    XF_WORD_ASSESSMENT,
    XF_WORD_AS_ASSESSED,
    XF_FIXED_WORDS
};

struct xf_rules {
    struct xf_arena *arena;
    uint8_t digest[16]; /* of the text that it was parsed from */
    XF_VEC(const char *) words;
    XF_VEC(uint32_t) refs; /* numbers of words */
    XF_VEC(struct xf_words) classes;
    XF_VEC(struct xf_clause) clauses;
    XF_VEC(struct xf_pattern) patterns;
    XF_VEC(struct xf_rule) rules; /* in the order of judging */
};

/* Where parsing stands: for messages that name the rule, its file and the place. */
struct xf_rule_reader {
    struct xf_rules *rules;
    const char *id, *source; /* of the rule being read, NULL before they are known */
    char pointer[160];       /* of the value being read */
    struct xf_error *error;
};

/* Says what is wrong at reader->pointer, or at the member of it. Returns code. */
int xf_rule_fault(struct xf_rule_reader *reader, int code, const char *member, const char *format, ...) XF_PRINTF(4, 5);
/* Descends the pointer; returns the length to cut it back to. */
size_t xf_rule_enter(struct xf_rule_reader *reader, const char *member);
size_t xf_rule_enter_at(struct xf_rule_reader *reader, size_t index);
void xf_rule_leave(struct xf_rule_reader *reader, size_t length);
/* Refuses what is no object and members that are not in the NULL-ended list. */
int xf_rule_members(struct xf_rule_reader *reader, json_t *object, const char *const *known) XF_MUST_CHECK;
/* Finds or adds a word. */
int xf_rule_word(struct xf_rules *rules, const char *text, uint32_t *ret) XF_MUST_CHECK;
/* Reads a list of distinct words ([a-z0-9_]+) out of a member; an absent one leaves *ret as it is. */
int xf_rule_words(struct xf_rule_reader *reader, json_t *object, const char *member, struct xf_words *ret) XF_MUST_CHECK;
/* A whole number member within bounds; absent: *ret stays. */
int xf_rule_number(struct xf_rule_reader *reader, json_t *object, const char *member, uint32_t min, uint32_t max,
                   uint32_t *ret) XF_MUST_CHECK;
/* The place of a string member's text in a NULL-ended list; absent: *ret stays. */
int xf_rule_choice(struct xf_rule_reader *reader, json_t *object, const char *member, const char *const *choices,
                   uint8_t *ret) XF_MUST_CHECK;
int xf_rule_boolean(struct xf_rule_reader *reader, json_t *object, const char *member, uint8_t *ret) XF_MUST_CHECK;

/* Reads a list of alternatives out of a member (clause.c); absent: *ret is empty. */
int xf_clauses_read(struct xf_rule_reader *reader, json_t *object, const char *member, struct xf_clauses *ret) XF_MUST_CHECK;
/* Reads a rule's patterns (pattern.c) and its gates (gate.c). */
int xf_patterns_read(struct xf_rule_reader *reader, json_t *rule, struct xf_rule *ret) XF_MUST_CHECK;
int xf_gates_read(struct xf_rule_reader *reader, json_t *rule, struct xf_gates *ret) XF_MUST_CHECK;
/* Puts the rules in order by what they need (order.c): by id where nothing else decides. */
int xf_rules_order(struct xf_rules *rules, struct xf_error *error) XF_MUST_CHECK;

#endif
