/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of entry does to the state: records go through register, linker and rules; settings, principals and subscriptions
 * replace their parts; people's steps and decisions act on flags and links; a tick lets time pass. Called by fold.c with the
 * entry's scratch reset. Invariant: whatever an entry touches is judged again before it ends, and every step that is news becomes
 * its subscribers' events. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "contest.h"
#include "fold.h"

/* Notes that an entity must be judged again; doubles are dropped by the judge. */
static int touch(struct xf_fold *fold, uint32_t entity)
{
    if (entity == XF_NONE)
        return XF_OK;
    for (uint32_t i = fold->touched.count; i > 0 && fold->touched.count - i < 16; i--)
        if (fold->touched.items[i - 1] == entity)
            return XF_OK;
    return xf_vec_push(&fold->touched, entity);
}

static int touch_record(struct xf_fold *fold, uint32_t record)
{
    uint32_t mention = xf_register_record_at(fold->reg, record)->first_mention;

    while (mention != XF_NONE) {
        if (touch(fold, xf_linker_entity_of(fold->linker, mention)) != XF_OK)
            return XF_ENOMEM;
        mention = xf_register_mention_at(fold->reg, mention)->next;
    }
    return XF_OK;
}

static struct xf_mention_key key_of(const struct xf_fold *fold, uint32_t mention)
{
    const struct xf_register_mention *row = xf_register_mention_at(fold->reg, mention);
    const struct xf_register_record *record = xf_register_record_at(fold->reg, row->record);

    return (struct xf_mention_key){.feed = record->feed, .id = record->id, .ref = row->ref};
}

/* What the entry did to entities becomes history. */
static int remember(struct xf_fold *fold, const struct xf_outcome *outcome, const struct xf_linker_change *change)
{
    struct xf_entity_event event = {.position = fold->position,
                                    .at = fold->at,
                                    .entity = change->entity,
                                    .other = change->other,
                                    .weight = change->weight,
                                    .change = (uint8_t)change->change,
                                    .cause = (uint8_t)fold->entry->kind,
                                    .word = change->word};

    if (xf_intern_puts(fold->symbols, fold->entry->actor, &event.actor) != XF_OK)
        return XF_ENOMEM;
    if (outcome->record != XF_NONE) {
        event.feed = xf_register_record_at(fold->reg, outcome->record)->feed;
        event.id = xf_register_record_at(fold->reg, outcome->record)->id;
    }
    if (fold->entry->kind == XF_ENTRY_DECISION) {
        const struct xf_decision *decision = xf_decisions_at(fold->decisions, xf_decisions_of(fold->decisions, fold->position));

        event.decision = decision->word;
        event.a = decision->a;
        event.b = decision->b;
    }
    if (change->a != XF_NONE) {
        event.a = key_of(fold, change->a);
        event.b = key_of(fold, change->b);
    }
    return xf_history_add(fold->history, &event);
}

/* Settles the linker, takes its changes to the outcome and to history, and touches what changed. */
static int settle(struct xf_fold *fold, struct xf_outcome *outcome)
{
    int rc = xf_linker_settle(fold->linker, fold->position, &fold->ordinal, &outcome->entities, &outcome->entity_count);

    for (size_t i = 0; rc == XF_OK && i < outcome->entity_count; i++) {
        const struct xf_linker_change *change = &outcome->entities[i];

        if (change->change == XF_ENTITY_MERGED || change->change == XF_ENTITY_SPLIT)
            rc = remember(fold, outcome, change);
        if (rc == XF_OK)
            rc = touch(fold, change->entity);
    }
    return rc;
}

/* The event of this entry that explains a step on a flag: of the entity that the flag came from, else of its own. NULL: none. */
static const struct xf_entity_event *cause_of(const struct xf_fold *fold, const struct xf_flag_change *change)
{
    uint32_t living =
        fold->linker ? xf_linker_entity_living(fold->linker, xf_flags_at(fold->flags, change->flag)->entity) : XF_NONE;
    uint32_t entity = change->from != XF_NONE ? change->from : living;
    uint32_t event = entity == XF_NONE ? XF_NONE : xf_history_first(fold->history, entity);

    if (event == XF_NONE || xf_history_at(fold->history, event)->position != fold->position)
        return NULL;
    return xf_history_at(fold->history, event);
}

static int emit(struct xf_fold *fold, const struct xf_flag_change *change)
{
    const struct xf_view view = {.graph = &fold->graph, .flags = fold->flags, .policy = fold->policy, .agency = UINT32_MAX};
    const char *source = fold->settings[SETTING_SOURCE].bytes;

    if (change->step == XF_STEP_CHANGED || !fold->policy || !fold->partners)
        return XF_OK;
    /* A flag that was handed over and has ended in the same entry is told of by its end. */
    if (change->step == XF_STEP_HANDED_OVER && !xf_flag_active(xf_flags_at(fold->flags, change->flag)))
        return XF_OK;
    return xf_alert_emit(fold->subscriptions, &view, change->flag, change->step, cause_of(fold, change), fold->position, fold->at,
                         source ? source : "urn:crossflag", fold->arena, &fold->events);
}

static int emit_changes(struct xf_fold *fold)
{
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < fold->judgement.change_count; i++)
        rc = emit(fold, &fold->judgement.changes[i]);
    return rc;
}

static int judge(struct xf_fold *fold)
{
    int rc = XF_OK;

    if (fold->rules && fold->linker && fold->touched.count)
        rc = xf_rules_judge(&fold->judgement, fold->touched.items, fold->touched.count);
    return rc == XF_OK ? emit_changes(fold) : rc;
}

static int judge_all(struct xf_fold *fold)
{
    uint32_t count = fold->linker ? xf_linker_entity_count(fold->linker) : 0;

    fold->touched.count = 0;
    for (uint32_t entity = 0; entity < count; entity++)
        if (xf_linker_entity_size(fold->linker, entity) && xf_vec_push(&fold->touched, entity) != XF_OK)
            return XF_ENOMEM;
    return judge(fold);
}

/* Records */

static struct xf_contest contest_of(struct xf_fold *fold)
{
    return (struct xf_contest){.decisions = fold->decisions, .linker = fold->linker, .reg = fold->reg, .symbols = fold->symbols};
}

/* Which decisions hold, now that a record's mentions have come or gone. */
static int reconsider(struct xf_fold *fold, uint32_t record)
{
    const struct xf_register_record *row = xf_register_record_at(fold->reg, record);
    const struct xf_contest contest = contest_of(fold);

    return xf_contest_record(&contest, row->feed, row->id);
}

static int link_mentions(struct xf_fold *fold, uint32_t row, const struct xf_record *record)
{
    const size_t counts[XF_MENTION_KINDS] = {record->person_count, record->location_count, record->vehicle_count};
    const struct xf_register_record *of = xf_register_record_at(fold->reg, row);
    uint32_t mention = of->first_mention;

    for (int kind = 0; kind < XF_MENTION_KINDS; kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            struct xf_mention values;
            int rc = xf_mention_of(record, (enum xf_mention_kind)kind, i, fold->at, fold->symbols, &values);

            if (rc == XF_OK)
                rc = xf_linker_add(fold->linker, mention, &values);
            if (rc == XF_OK)
                rc = xf_fold_locate(fold, mention);
            if (rc != XF_OK)
                return rc;
            mention = xf_register_mention_at(fold->reg, mention)->next;
        }
    }
    return reconsider(fold, row);
}

static int unlink_mentions(struct xf_fold *fold, uint32_t record)
{
    const struct xf_register_record *row = xf_register_record_at(fold->reg, record);
    uint32_t mention = row->first_mention;
    int rc = touch_record(fold, record);

    while (rc == XF_OK && mention != XF_NONE) {
        rc = xf_fold_mislay(fold, mention);
        if (rc == XF_OK)
            rc = xf_linker_remove(fold->linker, mention);
        mention = xf_register_mention_at(fold->reg, mention)->next;
    }
    /* The words on them went with them; whether they hold again is seen once the record is as it will be. */
    for (uint32_t i = xf_decisions_first(fold->decisions, row->feed, row->id); i != XF_NONE;
         i = xf_decisions_next(fold->decisions, i, row->feed, row->id))
        xf_decisions_force(fold->decisions, i, false);
    return rc;
}

/* The stream of a record is "<feed>/<id>": splits it into the arena. */
static int split_stream(struct xf_fold *fold, const struct xf_entry *entry, const char **ret_feed, const char **ret_id,
                        struct xf_error *error)
{
    const char *slash = strchr(entry->stream, '/');

    if (!slash)
        return xf_error_set(error, XF_EINVAL, "journal entry %llu: the stream of a record has no feed",
                            (unsigned long long)entry->position);
    *ret_feed = xf_arena_copy(fold->arena, entry->stream, (size_t)(slash - entry->stream));
    *ret_id = slash + 1;
    return *ret_feed ? XF_OK : XF_ENOMEM;
}

static int change_put(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *outcome, struct xf_error *error)
{
    const struct xf_record *record = entry->record;
    const char *feed = NULL, *id = NULL, *grade = "2DP";
    uint32_t known, feed_index;
    struct xf_errors errors;
    int rc = split_stream(fold, entry, &feed, &id, error);

    if (rc != XF_OK)
        return rc;
    if (!fold->linker)
        return xf_error_set(error, XF_EINVAL, "journal entry %llu: a record before the linkage model",
                            (unsigned long long)entry->position);
    if (!record) {
        rc = xf_record_parse(entry->body, entry->length, NULL, fold->arena, &record, &errors);
        if (rc != XF_OK)
            return xf_error_set(error, rc, "journal entry %llu: %s %s", (unsigned long long)entry->position,
                                errors.items[0].pointer, errors.items[0].text);
    }
    feed_index = fold->partners ? xf_partners_feed(fold->partners, feed) : UINT32_MAX;
    if (feed_index != UINT32_MAX)
        grade = xf_partners_feed_at(fold->partners, feed_index)->grade;
    known = xf_register_find(fold->reg, feed, id);
    if (known != XF_NONE) {
        rc = unlink_mentions(fold, known);
        if (rc != XF_OK)
            return rc;
        xf_register_clear(fold->reg, known);
    }
    rc = xf_register_put(fold->reg, feed, record, grade, entry->position, &outcome->record);
    if (rc == XF_OK)
        xf_register_revise(fold->reg, outcome->record, entry->revision);
    if (rc == XF_OK)
        rc = link_mentions(fold, outcome->record, record);
    if (rc == XF_OK)
        rc = settle(fold, outcome);
    if (rc == XF_OK)
        rc = touch_record(fold, outcome->record);
    return rc == XF_OK ? judge(fold) : rc;
}

static int change_withdraw(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *outcome, struct xf_error *error)
{
    const char *feed = NULL, *id = NULL;
    int rc = split_stream(fold, entry, &feed, &id, error);

    if (rc != XF_OK)
        return rc;
    outcome->record = xf_register_find(fold->reg, feed, id);
    if (outcome->record == XF_NONE)
        return XF_OK;
    rc = unlink_mentions(fold, outcome->record);
    if (rc != XF_OK)
        return rc;
    xf_register_withdraw(fold->reg, outcome->record, entry->position);
    xf_register_revise(fold->reg, outcome->record, entry->revision);
    rc = reconsider(fold, outcome->record);
    if (rc == XF_OK)
        rc = settle(fold, outcome);
    return rc == XF_OK ? judge(fold) : rc;
}

/* Settings */

int xf_fold_parse_setting(struct xf_fold *fold, enum setting setting, const char *bytes, size_t length, struct xf_error *error)
{
    struct xf_partners *partners;
    struct xf_vocabulary *vocabulary;
    struct xf_rules *rules;
    struct xf_policy *policy;
    int rc;

    switch (setting) {
    case SETTING_PARTNERS:
        rc = xf_partners_parse(bytes, length, &partners, error);
        if (rc == XF_OK) {
            xf_partners_destroy(fold->partners);
            fold->partners = partners;
        }
        return rc;
    case SETTING_VOCABULARY:
        rc = xf_vocabulary_parse(bytes, length, &vocabulary, error);
        if (rc == XF_OK) {
            xf_vocabulary_destroy(fold->vocabulary);
            fold->vocabulary = vocabulary;
        }
        return rc;
    case SETTING_MODEL:
        return xf_model_parse(bytes, length, &fold->model, error);
    case SETTING_RULES:
        rc = xf_rules_parse(bytes, length, &rules, error);
        if (rc == XF_OK) {
            xf_rules_destroy(fold->rules);
            fold->rules = rules;
            fold->judgement.rules = rules;
        }
        return rc;
    case SETTING_DISCLOSURE:
        rc = xf_policy_parse(bytes, length, &policy, error);
        if (rc == XF_OK) {
            xf_policy_destroy(fold->policy);
            fold->policy = policy;
        }
        return rc;
    case SETTING_SOURCE:
    case SETTING_PRINCIPALS:
    case SETTINGS:
        break;
    }
    return XF_OK;
}

/* Links everything again under a new model. Mentions keep their numbers, so that entities which the new model leaves together keep
 * their ids. */
static int change_model(struct xf_fold *fold, const char *bytes, size_t length, struct xf_outcome *outcome, struct xf_error *error)
{
    struct xf_model *before = fold->model;
    int rc = xf_fold_parse_setting(fold, SETTING_MODEL, bytes, length, error);

    if (rc != XF_OK)
        return rc;
    if (!fold->linker) {
        fold->linker = xf_linker_create(fold->model, fold->symbols);
        xf_fold_view_parts(fold);
        rc = fold->linker ? XF_OK : XF_ENOMEM;
    } else {
        rc = xf_linker_remodel(fold->linker, fold->model);
    }
    xf_model_destroy(before);
    return rc == XF_OK ? settle(fold, outcome) : rc;
}

static int keep_text(struct setting_text *to, const char *bytes, size_t length)
{
    char *copy = malloc(length + 1);

    if (!copy)
        return XF_ENOMEM;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    free(to->bytes);
    *to = (struct setting_text){.bytes = copy, .length = length};
    return XF_OK;
}

static int change_setting(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *outcome, struct xf_error *error)
{
    const char *name = strchr(entry->stream, '/');
    int setting = 0, rc;

    while (name && setting < SETTINGS && strcmp(xf_setting_names[setting], name + 1) != 0)
        setting++;
    if (!name || setting == SETTINGS)
        return xf_error_set(error, XF_EINVAL, "journal entry %llu: an unknown setting", (unsigned long long)entry->position);
    if (setting == SETTING_MODEL)
        rc = change_model(fold, entry->body, entry->length, outcome, error);
    else
        rc = xf_fold_parse_setting(fold, (enum setting)setting, entry->body, entry->length, error);
    if (rc == XF_OK)
        rc = keep_text(&fold->settings[setting], entry->body, entry->length);
    if (rc != XF_OK)
        return rc;
    xf_fold_view_parts(fold);
    if (setting == SETTING_RULES || setting == SETTING_MODEL || setting == SETTING_PARTNERS)
        return judge_all(fold);
    return XF_OK;
}

/* People */

static int change_step(struct xf_fold *fold, const struct xf_entry *entry)
{
    static const struct {
        const char *word;
        enum xf_flag_step step;
    } steps[] = {{"confirm", XF_STEP_CONFIRMED},
                 {"dismiss", XF_STEP_DISMISSED},
                 {"renew", XF_STEP_RENEWED},
                 {"withdraw", XF_STEP_WITHDRAWN}};
    json_t *body = json_loadb(entry->body, entry->length, 0, NULL);
    const char *word = json_string_value(json_object_get(body, "step")),
               *rationale = json_string_value(json_object_get(body, "rationale"));
    const char *id = strchr(entry->stream, '/');
    uint32_t flag = id ? xf_flags_find(fold->flags, id + 1) : XF_NONE;
    int rc = XF_OK;

    for (size_t i = 0; flag != XF_NONE && word && rationale && i < sizeof(steps) / sizeof(steps[0]); i++) {
        int months;

        if (strcmp(word, steps[i].word) != 0)
            continue;
        months = fold->rules
                     ? xf_rules_review_months(fold->rules, xf_intern_text(fold->symbols, xf_flags_at(fold->flags, flag)->rule))
                     : 3;
        rc = xf_flags_decide(fold->flags, flag, steps[i].step, entry->actor, rationale, entry->at, months, NULL);
        /* Two people may have decided at once: the journal's order settles it, and the second's step has no ground any more. */
        if (rc == XF_ECONFLICT || rc == XF_EINVAL) {
            rc = XF_OK;
            break;
        }
        if (rc == XF_OK)
            rc = xf_judgement_note(&fold->judgement, flag, steps[i].step);
        if (rc == XF_OK)
            rc = touch(fold, xf_linker_entity_living(fold->linker, xf_flags_at(fold->flags, flag)->entity));
        if (rc == XF_OK)
            rc = judge(fold);
        break;
    }
    json_decref(body);
    return rc;
}

static int read_key(struct xf_fold *fold, json_t *from, struct xf_mention_key *ret)
{
    if (xf_intern_puts(fold->symbols, json_string_value(json_object_get(from, "feed")), &ret->feed) ||
        xf_intern_puts(fold->symbols, json_string_value(json_object_get(from, "id")), &ret->id) ||
        xf_intern_puts(fold->symbols, json_string_value(json_object_get(from, "ref")), &ret->ref))
        return XF_ENOMEM;
    return XF_OK;
}

static int read_decision(struct xf_fold *fold, const struct xf_entry *entry, json_t *body, struct xf_decision *ret)
{
    const char *word = json_string_value(json_object_get(body, "decision"));

    *ret = (struct xf_decision){.position = entry->position, .at = entry->at};
    ret->word = !word                           ? XF_WORD_NONE
                : strcmp(word, "same") == 0     ? XF_WORD_SAME
                : strcmp(word, "not_same") == 0 ? XF_WORD_NOT_SAME
                                                : XF_WORD_NONE;
    if (read_key(fold, json_object_get(body, "a"), &ret->a) || read_key(fold, json_object_get(body, "b"), &ret->b) ||
        xf_intern_puts(fold->symbols, entry->actor, &ret->by) ||
        xf_intern_puts(fold->symbols, json_string_value(json_object_get(body, "rationale")), &ret->rationale))
        return XF_ENOMEM;
    return XF_OK;
}

static int change_decision(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *outcome)
{
    json_t *body = json_loadb(entry->body, entry->length, 0, NULL);
    struct xf_decision decision;
    uint32_t row;
    int rc = read_decision(fold, entry, body, &decision);

    json_decref(body);
    if (rc == XF_OK)
        rc = xf_decisions_put(fold->decisions, &decision, &row);
    if (rc == XF_OK && fold->linker) {
        const struct xf_contest contest = contest_of(fold);

        rc = xf_contest_decision(&contest, row);
    }
    if (rc == XF_OK && fold->linker)
        rc = settle(fold, outcome);
    return rc == XF_OK ? judge(fold) : rc;
}

static int change_subscription(struct xf_fold *fold, const struct xf_entry *entry, struct xf_error *error)
{
    json_t *body = json_loadb(entry->body, entry->length, 0, NULL);
    const char *source = fold->settings[SETTING_SOURCE].bytes;
    int rc;

    if (json_is_true(json_object_get(body, "test")))
        rc = xf_alert_test(fold->subscriptions, json_string_value(json_object_get(body, "id")), entry->position, entry->at,
                           source ? source : "urn:crossflag", fold->arena, &fold->events);
    else
        rc = xf_subscriptions_apply(fold->subscriptions, entry->body, entry->length, entry->at, error);
    json_decref(body);
    return rc == XF_ENOTFOUND ? XF_OK : rc;
}

static int change_tick(struct xf_fold *fold, const struct xf_entry *entry)
{
    int rc = XF_OK;

    fold->ticked_at = entry->at;
    if (fold->rules && fold->linker)
        rc = xf_rules_tick(&fold->judgement);
    return rc == XF_OK ? emit_changes(fold) : rc;
}

int xf_fold_change(struct xf_fold *fold, const struct xf_entry *entry, struct xf_outcome *outcome, struct xf_error *error)
{
    int rc;

    switch (entry->kind) {
    case XF_ENTRY_PUT:
        return change_put(fold, entry, outcome, error);
    case XF_ENTRY_WITHDRAW:
        return change_withdraw(fold, entry, outcome, error);
    case XF_ENTRY_SETTING:
        return change_setting(fold, entry, outcome, error);
    case XF_ENTRY_PRINCIPAL:
        rc = xf_principals_apply(fold->principals, entry->body, entry->length, error);
        return rc == XF_ENOTFOUND ? XF_OK : rc;
    case XF_ENTRY_SUBSCRIPTION:
        return change_subscription(fold, entry, error);
    case XF_ENTRY_STEP:
        return change_step(fold, entry);
    case XF_ENTRY_DECISION:
        return change_decision(fold, entry, outcome);
    case XF_ENTRY_TICK:
        return change_tick(fold, entry);
    }
    return xf_error_set(error, XF_EINVAL, "journal entry %llu: unknown kind %d", (unsigned long long)entry->position,
                        (int)entry->kind);
}
