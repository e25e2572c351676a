/* SPDX-License-Identifier: Apache-2.0 */
/* A small world for tests of rules and flags: records in a line of shorthand, put, corrected and withdrawn as the fold does it,
 * with the linker and the rules that ship. Include after check.h and files.h.
 *
 * A record is a kind and parts, separated by semicolons:
 *   "p NAME ROLE [BIRTH] [MARKER[:LEVEL[:SINCE[:UNTIL]]]]…"   a person; BIRTH "-" is unknown; a name that begins with "un" carries
 * no identifier "l NAME ROLE [TYPE]", "v NAME ROLE", "k FROM TO TYPE"       a location, a vehicle, a link "grade 2BP", "conditions
 * A2", "reason unexplained", "hours 3" (until: so many hours later) */
#ifndef XF_TESTS_SHORTHAND_H
#define XF_TESTS_SHORTHAND_H

#include <inttypes.h>
#include <stdio.h>

#include "crossflag/rule.h"

#define WORLD_NOW INT64_C(1764028800000000) /* 2025-11-25 */

struct world {
    struct xf_intern *symbols;
    struct xf_register *reg;
    struct xf_model *model;
    struct xf_linker *linker;
    struct xf_partners *partners;
    struct xf_rules *rules;
    struct xf_flags *flags;
    struct xf_graph graph;
    struct xf_judgement judgement;
    struct xf_arena *arena;
    uint64_t position;
    int64_t at;
    uint32_t touched[512];
    size_t touched_count;
};

static const char world_partners[] =
    "{\"agencies\":[{\"name\":\"police\",\"title\":\"Police\",\"kind\":\"police\",\"area\":\"a\",\"contact\":\"c\"},"
    "{\"name\":\"care\",\"title\":\"Care\",\"kind\":\"social_care\",\"area\":\"a\",\"contact\":\"c\"},"
    "{\"name\":\"school\",\"title\":\"School\",\"kind\":\"school\",\"area\":\"a\",\"contact\":\"c\"}],"
    "\"feeds\":[{\"name\":\"police\",\"agency\":\"police\",\"grade\":\"2BP\",\"basis\":\"x\"},"
    "{\"name\":\"care\",\"agency\":\"care\",\"grade\":\"2BP\",\"basis\":\"x\"},{\"name\":\"school\",\"agency\":\"school\","
    "\"grade\":\"2BP\",\"basis\":\"x\"}]}";

static inline struct xf_rules *world_rules(void)
{
    static const char *const names[] = {"assessed_at_risk",       "absent_at_risk_child", "child_missing_flagged", "repeat_missing",
                                        "location_multi_missing", "adult_multi_children", "vehicle_multi_children"};
    struct xf_error error = {0};
    struct xf_rules *rules = NULL;
    char *text = calloc(1, 65536);

    strcat(text, "[");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[96];
        size_t length;
        char *file;

        snprintf(path, sizeof(path), "config/rules/%s.json", names[i]);
        file = read_file(path, &length);
        strcat(text, i ? "," : "");
        strcat(text, file);
        free(file);
    }
    strcat(text, "]");
    if (xf_rules_parse(text, strlen(text), &rules, &error) != XF_OK)
        fail_msg("%s: %s", error.pointer, error.text);
    free(text);
    return rules;
}

static inline struct xf_model *world_model(void)
{
    struct xf_error error = {0};
    struct xf_model *model = NULL;
    size_t length;
    char *text = read_file("config/models/uk.json", &length);

    if (xf_model_parse(text, length, &model, &error) != XF_OK)
        fail_msg("config/models/uk.json: %s", error.text);
    free(text);
    return model;
}

static inline void world_view(struct world *world)
{
    world->graph =
        (struct xf_graph){.symbols = world->symbols, .reg = world->reg, .linker = world->linker, .partners = world->partners};
    world->judgement.rules = world->rules;
    world->judgement.graph = &world->graph;
    world->judgement.flags = world->flags;
    world->judgement.symbols = world->symbols;
}

static inline struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof(*world));
    struct xf_error error;

    world->symbols = xf_intern_create();
    world->reg = xf_register_create(world->symbols);
    world->model = world_model();
    world->linker = xf_linker_create(world->model, world->symbols);
    assert_int_equal(xf_partners_parse(world_partners, strlen(world_partners), &world->partners, &error), XF_OK);
    world->rules = world_rules();
    world->flags = xf_flags_create(world->symbols);
    world->arena = xf_arena_create();
    world->at = WORLD_NOW;
    world_view(world);
    return world;
}

static inline void world_destroy(struct world *world)
{
    free(world->judgement.changes);
    xf_arena_destroy(world->arena);
    xf_flags_destroy(world->flags);
    xf_rules_destroy(world->rules);
    xf_partners_destroy(world->partners);
    xf_linker_destroy(world->linker);
    xf_model_destroy(world->model);
    xf_register_destroy(world->reg);
    xf_intern_destroy(world->symbols);
    free(world);
}

/* Shorthand */

/* A number of its own for each name, for identifiers that differ. */
static inline unsigned world_number(const char *name)
{
    unsigned number = 5381;

    while (*name)
        number = number * 33 + (unsigned char)*name++;
    return number % 100000;
}

static inline const char *world_nhs(struct xf_arena *arena, const char *name)
{
    for (unsigned number = world_number(name);; number++) {
        char text[11];
        unsigned sum = 0, check;

        snprintf(text, sizeof(text), "9434%05u", number % 100000);
        for (int i = 0; i < 9; i++)
            sum += (unsigned)(text[i] - '0') * (unsigned)(10 - i);
        check = 11 - sum % 11;
        if (check == 10)
            continue;
        text[9] = (char)('0' + check % 11);
        text[10] = '\0';
        return xf_arena_copy(arena, text, 10);
    }
}

XF_PRINTF(2, 3) static inline const char *world_text(struct xf_arena *arena, const char *format, ...)
{
    char text[96];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return xf_arena_copy(arena, text, strlen(text));
}

static inline void world_person(struct xf_arena *arena, struct xf_record *record, char **words, int count)
{
    struct xf_person *person = &record->persons[record->person_count++];
    const char *reason;

    *person = (struct xf_person){.ref = words[1], .role = words[2]};
    person->names = xf_arena_alloc(arena, sizeof(*person->names));
    person->names[person->name_count++] = (struct xf_name){.given = words[1], .family = world_text(arena, "%sworth", words[1])};
    if (strncmp(words[1], "un", 2) != 0) {
        person->ids = xf_arena_alloc(arena, sizeof(*person->ids));
        person->ids[person->id_count++] = (struct xf_identifier){.scheme = "nhs", .value = world_nhs(arena, words[1])};
    }
    if (count > 3 && strcmp(words[3], "-") != 0)
        assert_int_equal(xf_date_parse(words[3], &person->birth_date, &reason), XF_OK);
    person->markers = xf_arena_alloc(arena, 8 * sizeof(*person->markers));
    for (int i = 4; i < count; i++) {
        struct xf_marker *marker = &person->markers[person->marker_count++];
        char *rest = words[i], *since, *until;

        marker->type = strsep(&rest, ":");
        marker->level = rest ? strsep(&rest, ":") : NULL;
        since = rest ? strsep(&rest, ":") : NULL;
        until = rest;
        if (since && *since)
            assert_int_equal(xf_date_parse(since, &marker->since, &reason), XF_OK);
        if (until && *until)
            assert_int_equal(xf_date_parse(until, &marker->until, &reason), XF_OK);
        if (marker->level && !*marker->level)
            marker->level = NULL;
    }
}

static inline struct xf_end world_end(const struct xf_record *record, const char *ref)
{
    for (size_t i = 0; i < record->person_count; i++)
        if (strcmp(record->persons[i].ref, ref) == 0)
            return (struct xf_end){XF_PERSON, (uint16_t)i};
    for (size_t i = 0; i < record->location_count; i++)
        if (strcmp(record->locations[i].ref, ref) == 0)
            return (struct xf_end){XF_LOCATION, (uint16_t)i};
    for (size_t i = 0; i < record->vehicle_count; i++)
        if (strcmp(record->vehicles[i].ref, ref) == 0)
            return (struct xf_end){XF_VEHICLE, (uint16_t)i};
    fail_msg("no %s in the record", ref);
    return (struct xf_end){0, 0};
}

static inline void world_part(struct xf_arena *arena, struct xf_record *record, char *part)
{
    char *words[16] = {NULL}, *word;
    int count = 0;

    while ((word = strsep(&part, " ")))
        if (*word)
            words[count++] = word;
    if (!count)
        return;
    if (strcmp(words[0], "p") == 0) {
        world_person(arena, record, words, count);
    } else if (strcmp(words[0], "l") == 0) {
        const char **lines = xf_arena_alloc(arena, sizeof(*lines));
        unsigned number = world_number(words[1]);

        lines[0] = world_text(arena, "%u %s Road", number % 190 + 1, words[1]);
        record->locations[record->location_count++] =
            (struct xf_location){.ref = words[1],
                                 .role = words[2],
                                 .type = words[3],
                                 .name = world_text(arena, "The %s Rooms", words[1]),
                                 .uprn = world_text(arena, "10%05u", number),
                                 .postcode = world_text(arena, "HD%u %uQX", number % 9 + 1, number % 10),
                                 .lines = lines,
                                 .line_count = 1};
    } else if (strcmp(words[0], "v") == 0) {
        record->vehicles[record->vehicle_count++] =
            (struct xf_vehicle){.ref = words[1], .role = words[2], .vrm = world_text(arena, "Y%05u", world_number(words[1]))};
    } else if (strcmp(words[0], "k") == 0) {
        record->links[record->link_count++] =
            (struct xf_link){.from = world_end(record, words[1]), .to = world_end(record, words[2]), .type = words[3]};
    } else if (strcmp(words[0], "grade") == 0) {
        record->grade = words[1];
    } else if (strcmp(words[0], "conditions") == 0) {
        record->conditions = xf_arena_alloc(arena, sizeof(*record->conditions));
        record->conditions[record->condition_count++] = words[1];
    } else if (strcmp(words[0], "reason") == 0) {
        record->details.reason = words[1];
    } else if (strcmp(words[0], "hours") == 0) {
        record->until = record->occurred_at + atoi(words[1]) * XF_HOUR;
    } else {
        fail_msg("what is \"%s\"?", words[0]);
    }
}

static inline const struct xf_record *world_record(struct xf_arena *arena, const char *id, int64_t at, const char *kind,
                                                   const char *parts)
{
    struct xf_record *record = xf_arena_alloc(arena, sizeof(*record));
    char *rest = xf_arena_copy(arena, parts, strlen(parts)), *part;

    *record = (struct xf_record){.id = xf_arena_copy(arena, id, strlen(id)),
                                 .kind = kind,
                                 .version = -1,
                                 .occurred_at = at,
                                 .until = XF_TIME_NONE,
                                 .details = {.return_interview_at = XF_TIME_NONE},
                                 .persons = xf_arena_alloc(arena, 8 * sizeof(struct xf_person)),
                                 .locations = xf_arena_alloc(arena, 8 * sizeof(struct xf_location)),
                                 .vehicles = xf_arena_alloc(arena, 8 * sizeof(struct xf_vehicle)),
                                 .links = xf_arena_alloc(arena, 8 * sizeof(struct xf_link))};
    while ((part = strsep(&rest, ";")))
        world_part(arena, record, part);
    return record;
}

/* Entries, as the fold applies them */

static inline void world_touch(struct world *world, uint32_t entity)
{
    if (entity == XF_NONE)
        return;
    assert_true(world->touched_count < sizeof(world->touched) / sizeof(world->touched[0]));
    world->touched[world->touched_count++] = entity;
}

static inline void world_touch_record(struct world *world, uint32_t record)
{
    for (uint32_t i = xf_register_record_at(world->reg, record)->first_mention; i != XF_NONE;
         i = xf_register_mention_at(world->reg, i)->next)
        world_touch(world, xf_linker_entity_of(world->linker, i));
}

static inline void world_begin(struct world *world)
{
    world->position++;
    world->touched_count = 0;
    world->judgement.position = world->position;
    world->judgement.at = world->at;
    world->judgement.ordinal = 0;
    world->judgement.change_count = 0;
}

static inline void world_settle(struct world *world)
{
    const struct xf_linker_change *changes;
    uint32_t ordinal = 0;
    size_t count;

    assert_int_equal(xf_linker_settle(world->linker, world->position, &ordinal, &changes, &count), XF_OK);
    for (size_t i = 0; i < count; i++)
        world_touch(world, changes[i].entity);
}

static inline void world_judge(struct world *world)
{
    assert_int_equal(xf_rules_judge(&world->judgement, world->touched, world->touched_count), XF_OK);
}

static inline void world_unlink(struct world *world, uint32_t record)
{
    world_touch_record(world, record);
    for (uint32_t i = xf_register_record_at(world->reg, record)->first_mention; i != XF_NONE;
         i = xf_register_mention_at(world->reg, i)->next)
        assert_int_equal(xf_linker_remove(world->linker, i), XF_OK);
}

static inline void world_put_at(struct world *world, const char *feed, const char *id, int64_t at, const char *kind,
                                const char *parts)
{
    const struct xf_record *record = world_record(world->arena, id, at, kind, parts);
    size_t counts[XF_MENTION_KINDS] = {record->person_count, record->location_count, record->vehicle_count};
    uint32_t known = xf_register_find(world->reg, feed, id), row, mention;

    world_begin(world);
    if (known != XF_NONE) {
        world_unlink(world, known);
        xf_register_clear(world->reg, known);
    }
    assert_int_equal(xf_register_put(world->reg, feed, record, "2BP", world->position, &row), XF_OK);
    mention = xf_register_record_at(world->reg, row)->first_mention;
    for (int of = 0; of < XF_MENTION_KINDS; of++) {
        for (size_t i = 0; i < counts[of]; i++) {
            struct xf_mention values;

            assert_int_equal(xf_mention_of(record, (enum xf_mention_kind)of, i, world->at, world->symbols, &values), XF_OK);
            assert_int_equal(xf_linker_add(world->linker, mention, &values), XF_OK);
            mention = xf_register_mention_at(world->reg, mention)->next;
        }
    }
    world_settle(world);
    world_touch_record(world, row);
    world_judge(world);
}

/* Puts a record that occurred so many days ago. */
static inline void world_put(struct world *world, const char *feed, const char *id, double days_ago, const char *kind,
                             const char *parts)
{
    world_put_at(world, feed, id, world->at - (int64_t)(days_ago * (double)XF_DAY), kind, parts);
}

static inline void world_withdraw(struct world *world, const char *feed, const char *id)
{
    uint32_t known = xf_register_find(world->reg, feed, id);

    assert_int_not_equal(known, XF_NONE);
    world_begin(world);
    world_unlink(world, known);
    xf_register_withdraw(world->reg, known, world->position);
    world_settle(world);
    world_judge(world);
}

static inline uint32_t world_mention(const struct world *world, const char *feed, const char *id, const char *ref)
{
    uint32_t record = xf_register_find(world->reg, feed, id);
    uint32_t mention = record == XF_NONE ? XF_NONE : xf_register_mention_of(world->reg, record, ref);

    if (mention == XF_NONE)
        fail_msg("no %s in %s/%s", ref, feed, id);
    return mention;
}

static inline void world_decide(struct world *world, uint32_t a, uint32_t b, enum xf_word word)
{
    world_begin(world);
    assert_int_equal(xf_linker_decide(world->linker, a, b, word), XF_OK);
    world_settle(world);
    world_judge(world);
}

/* A person's step on a flag. */
static inline void world_step(struct world *world, uint32_t flag, enum xf_flag_step step)
{
    world_begin(world);
    assert_int_equal(xf_flags_decide(world->flags, flag, step, "a.reviewer", "read the records", world->at, 3, NULL), XF_OK);
    assert_int_equal(xf_judgement_note(&world->judgement, flag, step), XF_OK);
    world_touch(world, xf_linker_entity_living(world->linker, xf_flags_at(world->flags, flag)->entity));
    world_judge(world);
}

static inline void world_tick(struct world *world)
{
    world_begin(world);
    assert_int_equal(xf_rules_tick(&world->judgement), XF_OK);
}

/* Questions */

/* The newest flag of a rule on the entity that a mention belongs to, XF_NONE: none. */
static inline uint32_t world_flag(const struct world *world, const char *feed, const char *id, const char *ref, const char *rule)
{
    uint32_t i = xf_flags_first(world->flags, xf_linker_entity_of(world->linker, world_mention(world, feed, id, ref)));

    while (i != XF_NONE && strcmp(xf_intern_text(world->symbols, xf_flags_at(world->flags, i)->rule), rule) != 0)
        i = xf_flags_at(world->flags, i)->next_of_entity;
    return i;
}

static inline const char *world_rule_of(const struct world *world, uint32_t flag)
{
    return xf_intern_text(world->symbols, xf_flags_at(world->flags, flag)->rule);
}

/* The steps of the last entry as "rule step level; …". Not for keeping: one buffer. */
static inline const char *world_steps(const struct world *world)
{
    static char text[4096];
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < world->judgement.change_count && used < sizeof(text); i++) {
        const struct xf_flag_change *change = &world->judgement.changes[i];
        const struct xf_flag *flag = xf_flags_at(world->flags, change->flag);

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s %s", i ? "; " : "", world_rule_of(world, change->flag),
                                 xf_flag_step_name(change->step), xf_level_name((enum xf_level)flag->level));
    }
    return text;
}

/* A flag's reasons as "pattern COUNT: feed/id feed/id; …". */
static inline const char *world_reasons(const struct world *world, uint32_t flag)
{
    static char text[4096];
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = xf_flags_at(world->flags, flag)->first_reason; i != XF_NONE; i = xf_flags_reason_at(world->flags, i)->next) {
        const struct xf_flag_reason *reason = xf_flags_reason_at(world->flags, i);

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %" PRIu32 ":", used ? "; " : "",
                                 xf_intern_text(world->symbols, reason->pattern), reason->count);
        for (uint32_t k = reason->first_record; k != XF_NONE; k = xf_flags_record_at(world->flags, k)->next) {
            const struct xf_flag_record *record = xf_flags_record_at(world->flags, k);

            used += (size_t)snprintf(text + used, sizeof(text) - used, " %s/%s", xf_intern_text(world->symbols, record->feed),
                                     xf_intern_text(world->symbols, record->id));
            assert_true(used < sizeof(text));
        }
    }
    return text;
}

static inline int world_compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All active flags as "RULE SUBJECT LEVEL STATUS", sorted, joined by "; "; with reasons also " [REASONS]". The subject is the least
 * ref of its mentions. */
static inline const char *world_active(const struct world *world, bool reasons)
{
    static char text[65536];
    char *lines[512];
    size_t count = 0, used = 0;

    for (uint32_t i = 0; i < xf_flags_count(world->flags); i++) {
        const struct xf_flag *flag = xf_flags_at(world->flags, i);
        const char *name = NULL;
        char line[4600];

        if (!xf_flag_active(flag))
            continue;
        for (uint32_t m = xf_linker_first(world->linker, flag->entity); m != XF_NONE; m = xf_linker_next(world->linker, m)) {
            const char *ref = xf_intern_text(world->symbols, xf_register_mention_at(world->reg, m)->ref);

            if (!name || strcmp(ref, name) < 0)
                name = ref;
        }
        snprintf(line, sizeof(line), "%s %s %s %s%s%s%s", world_rule_of(world, i), name ? name : "?",
                 xf_level_name((enum xf_level)flag->level), xf_flag_status_name((enum xf_flag_status)flag->status),
                 reasons ? " [" : "", reasons ? world_reasons(world, i) : "", reasons ? "]" : "");
        assert_true(count < sizeof(lines) / sizeof(lines[0]));
        lines[count++] = strdup(line);
    }
    if (count)
        qsort(lines, count, sizeof(*lines), world_compare_lines);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "; " : "", lines[i]);
        assert_true(used < sizeof(text));
        free(lines[i]);
    }
    return text;
}

/* Judges everything again with nothing remembered, as after a restart: nothing may change. */
static inline void world_check_settled(struct world *world)
{
    struct bytes before = {0}, after = {0};
    struct xf_pack pack = {.write = bytes_write, .context = &before};
    struct xf_unpack unpack = {.read = bytes_read, .context = &before};
    struct xf_judgement judgement = world->judgement;
    uint32_t entities[512], count = 0;

    assert_int_equal(xf_flags_save(world->flags, &pack), XF_OK);
    assert_int_equal(xf_flags_load(&unpack, world->symbols, &judgement.flags), XF_OK);
    for (uint32_t i = 0; i < xf_linker_entity_count(world->linker) && count < 512; i++)
        if (xf_linker_entity_size(world->linker, i))
            entities[count++] = i;
    judgement.changes = NULL;
    judgement.change_count = judgement.change_capacity = 0;
    judgement.ordinal = 1000;
    assert_int_equal(xf_rules_judge(&judgement, entities, count), XF_OK);
    for (uint32_t i = 0; i < judgement.change_count; i++)
        fail_msg("judged again, %s %s on entity %" PRIu32,
                 xf_intern_text(world->symbols, xf_flags_at(judgement.flags, judgement.changes[i].flag)->rule),
                 xf_flag_step_name(judgement.changes[i].step), xf_flags_at(judgement.flags, judgement.changes[i].flag)->entity);
    pack.context = &after;
    assert_int_equal(xf_flags_save(judgement.flags, &pack), XF_OK);
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.data, after.data, before.length);
    xf_flags_destroy(judgement.flags);
    free(judgement.changes);
    free(before.data);
    free(after.data);
}

#endif
