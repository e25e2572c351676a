/* SPDX-License-Identifier: Apache-2.0 */
/* A small partnership folded in memory from the shipped configuration: what tests of flags' disclosure and alerts stand on. Include
 * after cmocka.h, run from the source's top folder. */
#ifndef XF_TESTS_WORLD_H
#define XF_TESTS_WORLD_H

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/fold.h"
#include "files.h"

#define WORLD_START INT64_C(1793000000000000) /* 2026-10-26 */

struct world {
    struct xf_fold *fold;
    uint64_t position;
    /* The events of the last entry, copied. */
    json_t *events; /* [{"subscription","sequence","id","event"}] */
};

static inline void world_enter(struct world *world, enum xf_entry_kind kind, const char *stream, const char *body)
{
    struct xf_entry entry = {.position = ++world->position,
                             .at = WORLD_START + (int64_t)world->position * XF_SECOND,
                             .kind = kind,
                             .revision = 1,
                             .stream = stream,
                             .actor = "tester",
                             .body = body,
                             .length = strlen(body)};
    struct xf_arena *arena = xf_arena_create();
    struct xf_outcome outcome = {0};
    struct xf_error error = {0};
    struct xf_errors errors = {0};

    /* As intake does: the record comes parsed and checked. */
    if (kind == XF_ENTRY_PUT &&
        xf_record_parse(body, strlen(body), xf_fold_vocabulary(world->fold), arena, &entry.record, &errors) != XF_OK)
        fail_msg("%s: %s %s", stream, errors.items[0].pointer, errors.items[0].text);
    if (xf_fold_apply(world->fold, &entry, &outcome, &error) != XF_OK)
        fail_msg("%s: %s", stream, error.text);
    json_decref(world->events);
    world->events = json_array();
    for (size_t i = 0; i < outcome.event_count; i++) {
        const struct xf_event *event = &outcome.events[i];
        json_t *parsed = json_loadb(event->body, event->length, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(parsed);
        assert_int_equal(event->position, world->position);
        assert_int_equal(strlen(event->body), event->length);
        json_array_append_new(world->events, json_pack("{s:s,s:I,s:s,s:o}", "subscription", event->subscription, "sequence",
                                                       (json_int_t)event->sequence, "id", event->id, "event", parsed));
    }
    xf_arena_destroy(arena);
}

static inline void world_file(struct world *world, const char *setting, const char *path)
{
    char stream[64];
    size_t length;
    char *text = read_file(path, &length);

    snprintf(stream, sizeof(stream), "setting/%s", setting);
    world_enter(world, XF_ENTRY_SETTING, stream, text);
    free(text);
}

static inline void world_rules(struct world *world)
{
    struct dirent **entries;
    int count = scandir("config/rules", &entries, NULL, alphasort);
    json_t *rules = json_array();
    char *text;

    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        char path[300];

        snprintf(path, sizeof(path), "config/rules/%s", entries[i]->d_name);
        if (strstr(path, ".json"))
            assert_int_equal(json_array_append_new(rules, json_load_file(path, 0, NULL)), 0);
        free(entries[i]);
    }
    free(entries);
    text = json_dumps(rules, JSON_COMPACT);
    world_enter(world, XF_ENTRY_SETTING, "setting/rules", text);
    free(text);
    json_decref(rules);
}

static inline struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof(*world));

    world->fold = xf_fold_create();
    world_enter(world, XF_ENTRY_SETTING, "setting/source", "https://hub.example/crossflag?a=\"b\"");
    world_file(world, "partners", "tests/cases/alert/partners.json");
    world_file(world, "vocabulary", "config/vocabulary.json");
    world_file(world, "model", "config/models/uk.json");
    world_rules(world);
    world_file(world, "disclosure", "config/disclosure.json");
    return world;
}

static inline void world_destroy(struct world *world)
{
    json_decref(world->events);
    xf_fold_destroy(world->fold);
    free(world);
}

/* A record under feed/id, JSON with single quotes for double ones. */
static inline void world_put(struct world *world, const char *feed, const char *text)
{
    char *body = strdup(text), stream[128];
    json_t *parsed;

    for (char *at = body; *at; at++)
        if (*at == '\'')
            *at = '"';
    parsed = json_loads(body, 0, NULL);
    assert_non_null(parsed);
    snprintf(stream, sizeof(stream), "%s/%s", feed, json_string_value(json_object_get(parsed, "id")));
    json_decref(parsed);
    world_enter(world, XF_ENTRY_PUT, stream, body);
    free(body);
}

static inline void world_subscribe(struct world *world, const char *id, const char *agency, const char *filter)
{
    char body[512], stream[128];

    snprintf(body, sizeof(body), "{\"id\":\"%s\",\"agency\":\"%s\",\"principal\":\"p\",\"filter\":%s}", id, agency, filter);
    snprintf(stream, sizeof(stream), "subscription/%s", id);
    world_enter(world, XF_ENTRY_SUBSCRIPTION, stream, body);
}

/* The last entry's event for a subscription (the first, when there are several), or NULL. */
static inline json_t *world_event(const struct world *world, const char *subscription)
{
    json_t *item;
    size_t i;

    json_array_foreach(world->events, i, item) if (strcmp(json_string_value(json_object_get(item, "subscription")), subscription) ==
                                                   0) return json_object_get(item, "event");
    return NULL;
}

#endif
