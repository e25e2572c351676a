/* SPDX-License-Identifier: Apache-2.0 */
/* From the state to rows: what an analyst sees of it. Called by the projector alone. Rows are functions of the state and overwrite
 * what was there, so that rendering anything twice, or late, does no harm. Out of memory in a column sticks to it; every
 * function reports it. */
#include "render.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "statement.h"

static const enum xf_column_type mention_types[XF_MENTION_COLUMNS] = {
    XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT,
    XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_INT8, XF_COLUMN_INT8,
};
static const enum xf_column_type link_types[XF_LINK_COLUMNS] = {
    XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_INT4, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT,
};
static const enum xf_column_type entity_types[XF_ENTITY_COLUMNS] = {
    XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_INT4, XF_COLUMN_TEXT, XF_COLUMN_INT8,
};
static const enum xf_column_type event_types[XF_EVENT_COLUMNS] = {
    XF_COLUMN_TEXT, XF_COLUMN_INT8, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_INT8,
    XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT,
};
static const enum xf_column_type flag_types[XF_FLAG_COLUMNS] = {
    XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_INT4, XF_COLUMN_TEXT, XF_COLUMN_INT4,
    XF_COLUMN_INT8, XF_COLUMN_INT8, XF_COLUMN_INT8, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_TEXT, XF_COLUMN_INT8,
};

static const char *kind_name(enum xf_mention_kind kind)
{
    switch (kind) {
    case XF_PERSON:
        return "person";
    case XF_LOCATION:
        return "location";
    case XF_VEHICLE:
        return "vehicle";
    case XF_MENTION_KINDS:
        break;
    }
    return "";
}

static void start(struct xf_column *columns, const enum xf_column_type *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        xf_column_start(&columns[i], types[i]);
}

static int check(const struct xf_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (columns[i].failed)
            return XF_ENOMEM;
    }
    return XF_OK;
}

void xf_render_start(struct xf_render *render)
{
    start(render->cleared, mention_types, 2);
    start(render->mentions, mention_types, XF_MENTION_COLUMNS);
    start(render->links, link_types, XF_LINK_COLUMNS);
    start(render->entities, entity_types, XF_ENTITY_COLUMNS);
    start(render->events, event_types, XF_EVENT_COLUMNS);
    start(render->flags, flag_types, XF_FLAG_COLUMNS);
    render->rows = 0;
    if (render->key_count)
        memset(render->keys, 0, render->key_slots * sizeof(*render->keys));
    render->key_count = 0;
}

static uint32_t *key_slot(uint32_t *keys, size_t slots, uint32_t mention)
{
    size_t at = mention * UINT32_C(2654435761) & (slots - 1);

    while (keys[at] && keys[at] != mention + 1)
        at = (at + 1) & (slots - 1);
    return &keys[at];
}

static int grow_keys(struct xf_render *render)
{
    size_t slots = render->key_slots ? render->key_slots * 2 : 4096;
    uint32_t *keys = calloc(slots, sizeof(*keys));

    if (!keys)
        return XF_ENOMEM;
    for (size_t i = 0; i < render->key_slots; i++) {
        if (render->keys[i])
            *key_slot(keys, slots, render->keys[i] - 1) = render->keys[i];
    }
    free(render->keys);
    render->keys = keys;
    render->key_slots = slots;
    return XF_OK;
}

/* Notes that a mention has a row in this chunk. *ret_new is false when it had one already: then it has changed since, and what
 * changed is in the next take of the engine. */
static int claim(struct xf_render *render, uint32_t mention, bool *ret_new)
{
    uint32_t *slot;

    if (render->key_count * 2 >= render->key_slots && grow_keys(render) != XF_OK)
        return XF_ENOMEM;
    slot = key_slot(render->keys, render->key_slots, mention);
    *ret_new = *slot == 0;
    if (*ret_new)
        render->key_count++;
    *slot = mention + 1;
    return XF_OK;
}

/* Room in `written` for a mention's number. */
static int reserve(struct xf_render *render, uint32_t mention)
{
    size_t count = render->written_count ? render->written_count : 1024;
    uint32_t *written;

    if (mention < render->written_count)
        return XF_OK;
    while (count <= mention)
        count += count / 2;
    written = realloc(render->written, count * sizeof(*written));
    if (!written)
        return XF_ENOMEM;
    memset(written + render->written_count, 0xff, (count - render->written_count) * sizeof(*written));
    render->written = written;
    render->written_count = count;
    return XF_OK;
}

static int put_mention(struct xf_render *render, const struct xf_fold *fold, uint32_t number)
{
    const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), number);
    const struct xf_register_record *record = xf_register_record_at(xf_fold_register(fold), mention->record);
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    uint32_t entity = xf_linker_entity_of(xf_fold_linker(fold), number);
    struct xf_column *columns = render->mentions;
    char id[XF_ENTITY_ID];
    bool new;

    if (entity == XF_NONE)
        return XF_OK;
    if (claim(render, number, &new) != XF_OK || reserve(render, number) != XF_OK)
        return XF_ENOMEM;
    if (!new)
        return XF_OK;
    xf_column_text(&columns[0], xf_intern_text(symbols, record->feed));
    xf_column_text(&columns[1], xf_intern_text(symbols, record->id));
    xf_column_text(&columns[2], xf_intern_text(symbols, mention->ref));
    xf_column_text(&columns[3], kind_name((enum xf_mention_kind)mention->kind));
    xf_column_text(&columns[4], xf_intern_text(symbols, mention->role));
    xf_column_text(&columns[5], xf_linker_entity_id(xf_fold_linker(fold), entity, id));
    xf_column_text(&columns[6], xf_intern_text(symbols, record->kind));
    xf_column_int8(&columns[7], record->occurred_at);
    xf_column_int8(&columns[8], (int64_t)xf_fold_position(fold));
    render->written[number] = entity;
    render->rows++;
    return check(columns, XF_MENTION_COLUMNS);
}

int xf_render_record(struct xf_render *render, const struct xf_fold *fold, uint32_t record)
{
    const struct xf_register *reg = xf_fold_register(fold);
    const struct xf_register_record *row = xf_register_record_at(reg, record);
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    const char *feed = xf_intern_text(symbols, row->feed), *id = xf_intern_text(symbols, row->id);
    struct xf_column *columns = render->links;
    int32_t n = 0;

    /* A first revision has nothing to delete, unless it was written before a crash, and then as the same rows. */
    if (row->revision > 1 || !row->live) {
        xf_column_text(&render->cleared[0], feed);
        xf_column_text(&render->cleared[1], id);
        render->rows++;
    }
    if (!row->live)
        return check(render->cleared, 2);
    for (uint32_t number = row->first_mention; number != XF_NONE && xf_fold_linker(fold);
         number = xf_register_mention_at(reg, number)->next) {
        if (put_mention(render, fold, number) != XF_OK)
            return XF_ENOMEM;
    }
    for (uint32_t at = row->first_link; at != XF_NONE; n++) {
        const struct xf_register_link *link = xf_register_link_at(reg, at);

        xf_column_text(&columns[0], feed);
        xf_column_text(&columns[1], id);
        xf_column_int4(&columns[2], n);
        xf_column_text(&columns[3], xf_intern_text(symbols, xf_register_mention_at(reg, link->from)->ref));
        xf_column_text(&columns[4], xf_intern_text(symbols, xf_register_mention_at(reg, link->to)->ref));
        xf_column_text(&columns[5], xf_intern_text(symbols, link->type));
        render->rows++;
        at = link->next;
    }
    return check(render->cleared, 2) == XF_OK ? check(columns, XF_LINK_COLUMNS) : XF_ENOMEM;
}

static const char *cause_name(uint8_t cause)
{
    switch ((enum xf_entry_kind)cause) {
    case XF_ENTRY_PUT:
        return "put";
    case XF_ENTRY_WITHDRAW:
        return "withdraw";
    case XF_ENTRY_SETTING:
        return "setting";
    case XF_ENTRY_DECISION:
        return "decision";
    case XF_ENTRY_PRINCIPAL:
    case XF_ENTRY_SUBSCRIPTION:
    case XF_ENTRY_STEP:
    case XF_ENTRY_TICK:
        break;
    }
    return "other";
}

/* The edge as JSON text, malloc'ed; NULL when out of memory. */
static char *edge_of(const struct xf_intern *symbols, const struct xf_entity_event *event)
{
    json_t *edge = json_pack("{s:{s:s,s:s,s:s},s:{s:s,s:s,s:s},s:I,s:b}", "a", "feed", xf_intern_text(symbols, event->a.feed), "id",
                             xf_intern_text(symbols, event->a.id), "ref", xf_intern_text(symbols, event->a.ref), "b", "feed",
                             xf_intern_text(symbols, event->b.feed), "id", xf_intern_text(symbols, event->b.id), "ref",
                             xf_intern_text(symbols, event->b.ref), "weight", (json_int_t)event->weight, "word", (int)event->word);
    char *text = json_dumps(edge, JSON_COMPACT);

    json_decref(edge);
    return text;
}

/* A merge or split, from the side of the entity that became a redirect or is new. */
static int put_event(struct xf_render *render, const struct xf_fold *fold, const struct xf_entity_event *event)
{
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    struct xf_column *columns = render->events;
    char *edge = event->a.feed ? edge_of(symbols, event) : NULL, id[XF_ENTITY_ID];

    if (event->a.feed && !edge)
        return XF_ENOMEM;
    xf_column_text(&columns[0], xf_linker_entity_id(xf_fold_linker(fold), event->entity, id));
    xf_column_int8(&columns[1], (int64_t)event->position);
    xf_column_text(&columns[2], event->change == XF_ENTITY_MERGED ? "merged" : "split");
    xf_column_text(&columns[3], xf_linker_entity_id(xf_fold_linker(fold), event->other, id));
    xf_column_int8(&columns[4], event->at);
    xf_column_text(&columns[5], cause_name(event->cause));
    xf_column_text(&columns[6], event->feed ? xf_intern_text(symbols, event->feed) : NULL);
    xf_column_text(&columns[7], event->feed ? xf_intern_text(symbols, event->id) : NULL);
    xf_column_text(&columns[8], xf_intern_text(symbols, event->actor));
    xf_column_text(&columns[9], edge);
    render->rows++;
    free(edge);
    return check(columns, XF_EVENT_COLUMNS);
}

/* An entity is split off at most once and merged at most once: its own events are the ends of its chain. */
static int put_events(struct xf_render *render, const struct xf_fold *fold, uint32_t entity)
{
    const struct xf_history *history = xf_fold_history(fold);
    int rc = XF_OK;

    for (uint32_t event = xf_history_first(history, entity); rc == XF_OK && event != XF_NONE;
         event = xf_history_next(history, event, entity))
        if (xf_history_at(history, event)->entity == entity)
            rc = put_event(render, fold, xf_history_at(history, event));
    return rc;
}

int xf_render_entity(struct xf_render *render, const struct xf_fold *fold, uint32_t entity)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t living = xf_linker_entity_living(linker, entity);
    struct xf_column *columns = render->entities;
    char id[XF_ENTITY_ID];

    xf_column_text(&columns[0], xf_linker_entity_id(linker, entity, id));
    xf_column_text(&columns[1], kind_name(xf_linker_entity_kind(linker, entity)));
    xf_column_int4(&columns[2], (int32_t)xf_linker_entity_size(linker, entity));
    xf_column_text(&columns[3], living == XF_NONE ? NULL : xf_linker_entity_id(linker, living, id));
    xf_column_int8(&columns[4], (int64_t)xf_fold_position(fold));
    render->rows++;
    if (put_events(render, fold, entity) != XF_OK)
        return XF_ENOMEM;
    if (xf_linker_entity_size(linker, entity) == 0)
        return check(columns, XF_ENTITY_COLUMNS);
    for (uint32_t number = xf_linker_first(linker, entity); number != XF_NONE; number = xf_linker_next(linker, number)) {
        bool known = number < render->written_count && render->written[number] == entity;

        if (!known && put_mention(render, fold, number) != XF_OK)
            return XF_ENOMEM;
    }
    return check(columns, XF_ENTITY_COLUMNS);
}

/* The reasons as JSON text, malloc'ed; NULL when out of memory. */
static char *reasons_of(const struct xf_fold *fold, const struct xf_flag *flag)
{
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    const struct xf_flags *flags = xf_fold_flags(fold);
    json_t *list = json_array();
    char *text;

    for (uint32_t at = flag->first_reason; at != XF_NONE; at = xf_flags_reason_at(flags, at)->next) {
        const struct xf_flag_reason *reason = xf_flags_reason_at(flags, at);
        json_t *records = json_array();

        for (uint32_t from = reason->first_record; from != XF_NONE; from = xf_flags_record_at(flags, from)->next) {
            const struct xf_flag_record *record = xf_flags_record_at(flags, from);

            json_array_append_new(records, json_pack("{s:s,s:s}", "feed", xf_intern_text(symbols, record->feed), "id",
                                                     xf_intern_text(symbols, record->id)));
        }
        json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:o}", "pattern", xf_intern_text(symbols, reason->pattern), "count",
                                              (json_int_t)reason->count, "weight", (json_int_t)reason->weight, "records", records));
    }
    text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

int xf_render_flag(struct xf_render *render, const struct xf_fold *fold, uint32_t number)
{
    const struct xf_flag *flag = xf_flags_at(xf_fold_flags(fold), number);
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t living = linker ? xf_linker_entity_living(linker, flag->entity) : XF_NONE;
    struct xf_column *columns = render->flags;
    char *reasons = reasons_of(fold, flag), id[XF_FLAG_ID], entity[XF_ENTITY_ID];

    if (!reasons)
        return XF_ENOMEM;
    xf_column_text(&columns[0], xf_flag_id(flag, id));
    xf_column_text(&columns[1], xf_intern_text(symbols, flag->type));
    xf_column_text(&columns[2], living == XF_NONE ? NULL : xf_linker_entity_id(linker, living, entity));
    xf_column_text(&columns[3], xf_flag_status_name((enum xf_flag_status)flag->status));
    xf_column_text(&columns[4], xf_level_name((enum xf_level)flag->level));
    xf_column_int4(&columns[5], flag->score);
    xf_column_text(&columns[6], xf_intern_text(symbols, flag->rule));
    xf_column_int4(&columns[7], (int32_t)flag->rule_version);
    xf_column_int8(&columns[8], flag->raised_at);
    xf_column_int8(&columns[9], flag->changed_at);
    xf_column_int8(&columns[10], flag->review_due);
    xf_column_text(&columns[11], flag->by ? xf_intern_text(symbols, flag->by) : NULL);
    xf_column_text(&columns[12], flag->rationale ? xf_intern_text(symbols, flag->rationale) : NULL);
    xf_column_text(&columns[13], reasons);
    xf_column_int8(&columns[14], (int64_t)xf_fold_position(fold));
    render->rows++;
    free(reasons);
    return check(columns, XF_FLAG_COLUMNS);
}

/* One statement, when there is anything for it. */
static int put(struct xf_db *db, const char *sql, struct xf_column *columns, int count, struct xf_error *error)
{
    struct xf_param params[XF_FLAG_COLUMNS];

    if (!columns[0].count)
        return XF_OK;
    for (int i = 0; i < count; i++)
        params[i] = xf_column_param(&columns[i]);
    return xf_db_run(db, sql, params, count, NULL, error);
}

int xf_render_write(struct xf_render *render, struct xf_db *db, struct xf_error *error)
{
    int rc = put(db, XF_SQL_CLEAR_MENTIONS, render->cleared, 2, error);

    if (rc == XF_OK)
        rc = put(db, XF_SQL_CLEAR_LINKS, render->cleared, 2, error);
    if (rc == XF_OK)
        rc = put(db, XF_SQL_PUT_MENTIONS, render->mentions, XF_MENTION_COLUMNS, error);
    if (rc == XF_OK)
        rc = put(db, XF_SQL_PUT_LINKS, render->links, XF_LINK_COLUMNS, error);
    if (rc == XF_OK)
        rc = put(db, XF_SQL_PUT_ENTITIES, render->entities, XF_ENTITY_COLUMNS, error);
    if (rc == XF_OK)
        rc = put(db, XF_SQL_PUT_ENTITY_EVENTS, render->events, XF_EVENT_COLUMNS, error);
    if (rc == XF_OK)
        rc = put(db, XF_SQL_PUT_FLAGS, render->flags, XF_FLAG_COLUMNS, error);
    return rc;
}

void xf_render_forget(struct xf_render *render)
{
    if (render->written_count)
        memset(render->written, 0xff, render->written_count * sizeof(*render->written));
}

static void release(struct xf_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        xf_column_free(&columns[i]);
}

void xf_render_free(struct xf_render *render)
{
    release(render->cleared, 2);
    release(render->mentions, XF_MENTION_COLUMNS);
    release(render->links, XF_LINK_COLUMNS);
    release(render->entities, XF_ENTITY_COLUMNS);
    release(render->events, XF_EVENT_COLUMNS);
    release(render->flags, XF_FLAG_COLUMNS);
    free(render->keys);
    free(render->written);
}
