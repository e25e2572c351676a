/* SPDX-License-Identifier: Apache-2.0 */
/* The fold's inside, shared by fold.c (the frame), change.c (what entries do) and image.c (the state as bytes). */
#ifndef XF_LIB_FOLD_H
#define XF_LIB_FOLD_H

#include "crossflag/fold.h"
#include "vec.h"

enum setting {
    SETTING_PARTNERS,
    SETTING_VOCABULARY,
    SETTING_MODEL,
    SETTING_RULES,
    SETTING_DISCLOSURE,
    SETTING_SOURCE,
    SETTING_PRINCIPALS,
    SETTINGS
};
extern const char *const xf_setting_names[SETTINGS];

struct setting_text {
    char *bytes; /* malloc'ed, NUL-terminated; NULL: never entered */
    size_t length;
};

struct xf_fold {
    uint64_t position;
    int64_t at;
    int64_t ticked_at;
    struct setting_text settings[SETTINGS];
    struct xf_intern *symbols;
    struct xf_register *reg;
    struct xf_decisions *decisions;
    struct xf_history *history;
    struct xf_linker *linker; /* NULL until there is a model */
    struct xf_flags *flags;
    struct xf_principals *principals;
    struct xf_subscriptions *subscriptions;
    /* Parsed settings */
    struct xf_partners *partners;
    struct xf_vocabulary *vocabulary;
    struct xf_model *model;
    struct xf_rules *rules;
    struct xf_policy *policy;
    struct xf_graph graph;
    struct xf_near *near; /* derived: never saved */
    /* Of the entry being applied */
    const struct xf_entry *entry;
    struct xf_arena *arena;
    XF_VEC(uint32_t) touched; /* entities to judge again */
    struct xf_judgement judgement;
    struct xf_event_list events;
    uint32_t ordinal;
};

/* Parses a setting's text and puts the parsed part in force without touching anything else: what a load needs. */
int xf_fold_parse_setting(struct xf_fold *fold, enum setting setting, const char *bytes, size_t length,
                          struct xf_error *error) XF_MUST_CHECK;
/* One entry's effect, by kind. */
int xf_fold_change(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *outcome,
                   struct xf_error *error) XF_MUST_CHECK;
/* Notes the point of a mention that the linker has, when it is a location's; and forgets it before the linker does. */
int xf_fold_locate(struct xf_fold *fold, uint32_t mention) XF_MUST_CHECK;
int xf_fold_mislay(struct xf_fold *fold, uint32_t mention) XF_MUST_CHECK;
void xf_fold_view_parts(struct xf_fold *fold);

#endif
