/* SPDX-License-Identifier: Apache-2.0 */
/* The questions along the graph: their routes, the parameters that they share, and how entities and links are shown. Invariant: a
 * link is shown with those of its records that the caller may see at the time of showing, and not at all without one. */
#include "along.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/vocabulary.h"
#include "forms.h"
#include "mention.h"

/* Shown under one hold of the read lock: some 0.3 ms. */
#define NODE_SLICE 32
#define RECORD_SLICE 300
/* Members of an entity looked at for one that the caller may see. */
#define SHOWN_WALK_MAX 500

int xf_along_bad(struct xf_call *call, const char *name, const char *reason)
{
    xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", name, "reason", reason), "%s %s", name, reason);
    return XF_EINVAL;
}

int xf_along_number(struct xf_call *call, const char *name, uint32_t otherwise, uint32_t min, uint32_t max, uint32_t *ret)
{
    const char *text = xf_request_parameter(call->exchange, name);
    unsigned long value = otherwise;

    if (text) {
        value = *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10 ? strtoul(text, NULL, 10) : max + 1UL;
        if (value < min || value > max) {
            char reason[64];

            snprintf(reason, sizeof(reason), "is not a number from %u to %u", min, max);
            return xf_along_bad(call, name, reason);
        }
    }
    *ret = (uint32_t)value;
    return XF_OK;
}

static int read_time(struct xf_call *call, const char *name, bool end, int64_t *ret)
{
    const char *text = xf_request_parameter(call->exchange, name), *reason;
    char time[32];

    *ret = XF_TIME_NONE;
    if (!text)
        return XF_OK;
    if (strlen(text) == 10) {
        snprintf(time, sizeof(time), "%sT%s", text, end ? "23:59:59Z" : "00:00:00Z");
        text = time;
    }
    return xf_time_parse(text, ret, &reason) == XF_OK ? XF_OK : xf_along_bad(call, name, "is neither a time (RFC 3339) nor a day");
}

int xf_along_span(struct xf_call *call, int64_t *ret_since, int64_t *ret_until)
{
    if (read_time(call, "since", false, ret_since) != XF_OK || read_time(call, "until", true, ret_until) != XF_OK)
        return XF_EINVAL;
    if (*ret_since != XF_TIME_NONE && *ret_until != XF_TIME_NONE && *ret_until < *ret_since)
        return xf_along_bad(call, "until", "is before since");
    return XF_OK;
}

static bool is_role(const struct xf_vocabulary *vocabulary, const char *word)
{
    return xf_vocabulary_find(vocabulary, XF_WORDS_PERSON_ROLE, word) ||
           xf_vocabulary_find(vocabulary, XF_WORDS_LOCATION_ROLE, word) ||
           xf_vocabulary_find(vocabulary, XF_WORDS_VEHICLE_ROLE, word);
}

/* One word of types or roles into the filter. False: it is none. */
static bool add_word(const struct xf_vocabulary *vocabulary, const struct xf_intern *symbols, bool role, const char *word,
                     struct xf_tie_filter *filter)
{
    bool not = role && *word == '-';
    const char *plain = word + not ;
    uint32_t symbol = xf_intern_find(symbols, plain, strlen(plain));

    if (!role && strcmp(plain, XF_ALONG_CO_MENTION) == 0) {
        filter->typed = filter->co_mentions = true;
        return true;
    }
    if (role ? !is_role(vocabulary, plain) : !xf_vocabulary_find(vocabulary, XF_WORDS_LINK_TYPE, plain))
        return false;
    if (!role) {
        filter->typed = true;
        filter->types[filter->type_count++] = symbol;
    } else if (not ) {
        filter->not_roles[filter->not_role_count++] = symbol;
    } else {
        filter->of_roles = true;
        filter->roles[filter->role_count++] = symbol;
    }
    return true;
}

static int read_words(struct xf_call *call, const char *name, bool role, struct xf_tie_filter *filter)
{
    const struct xf_vocabulary *vocabulary = xf_forms_vocabulary(call->daemon->forms);
    const char *text = xf_request_parameter(call->exchange, name);
    const struct xf_fold *fold;
    bool good = true;
    uint32_t count = 0;

    if (!text)
        return XF_OK;
    fold = xf_engine_read(call->daemon->engine);
    for (; good && *text; count++) {
        size_t length = strcspn(text, ",");
        char word[64];

        snprintf(word, sizeof(word), "%.*s", (int)length, text);
        good =
            count < XF_FILTER_WORDS_MAX && length < sizeof(word) && add_word(vocabulary, xf_fold_symbols(fold), role, word, filter);
        text += length + (text[length] == ',');
    }
    xf_engine_read_end(call->daemon->engine);
    if (good && count)
        return XF_OK;
    return xf_along_bad(call, name,
                        role ? "is not a list of roles, at most 32, each of which may have - before it"
                             : "is not a list of link types, at most 32, or " XF_ALONG_CO_MENTION);
}

int xf_along_filter(struct xf_call *call, struct xf_tie_filter *ret)
{
    const char *grade = xf_request_parameter(call->exchange, "min_grade"), *at = grade;

    *ret = (struct xf_tie_filter){0};
    if (xf_along_span(call, &ret->since, &ret->until) != XF_OK || read_words(call, "types", false, ret) != XF_OK ||
        read_words(call, "roles", true, ret) != XF_OK)
        return XF_EINVAL;
    if (!grade)
        return XF_OK;
    if (*at >= '1' && *at <= '3')
        ret->source = *at++;
    if (*at >= 'A' && *at <= 'E')
        ret->information = *at++;
    return at > grade && !*at ? XF_OK : xf_along_bad(call, "min_grade", "is not a grade such as 2B, 2 or B");
}

bool xf_along_ready(const struct xf_fold *fold)
{
    return xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold);
}

uint32_t xf_along_entity(const struct xf_fold *fold, const struct xf_view *view, const char *id)
{
    uint32_t entity = xf_linker_entity_find(xf_fold_linker(fold), id);

    entity = entity == XF_NONE ? XF_NONE : xf_linker_entity_living(xf_fold_linker(fold), entity);
    return entity != XF_NONE && xf_query_knows(view, entity) ? entity : XF_NONE;
}

void xf_along_unknown(struct xf_call *call, const char *detail)
{
    xf_reply_problem(call, 404, "no-such-entity", "No such entity", NULL, "%s", detail);
}

/* Entities */

uint32_t xf_along_shown(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, uint32_t mention)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t looks = 0;

    if (mention != XF_NONE && xf_register_mention_at(xf_fold_register(fold), mention)->live &&
        xf_linker_entity_of(linker, mention) == entity && xf_mention_sight(view, mention) == XF_SIGHT_SHOWN)
        return mention;
    for (mention = xf_linker_first(linker, entity); mention != XF_NONE && looks < SHOWN_WALK_MAX;
         mention = xf_linker_next(linker, mention), looks++)
        if (xf_mention_sight(view, mention) == XF_SIGHT_SHOWN)
            return mention;
    return XF_NONE;
}

json_t *xf_along_entity_json(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, uint32_t mention)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t shown = xf_along_shown(fold, view, entity, mention), flags = 0;
    char id[XF_ENTITY_ID];

    for (uint32_t flag = xf_flags_first(view->flags, entity); flag != XF_NONE;
         flag = xf_flags_at(view->flags, flag)->next_of_entity)
        flags += xf_flag_active(xf_flags_at(view->flags, flag)) && xf_disclosure_level(view, flag) != XF_DISCLOSE_NONE;
    return json_pack("{s:s,s:s,s:o,s:i}", "id", xf_linker_entity_id(linker, entity, id), "kind",
                     xf_kind_names[xf_linker_entity_kind(linker, entity)], "values",
                     shown == XF_NONE ? json_object() : xf_mention_values_json(fold, shown), "flag_count", (int)flags);
}

json_t *xf_along_nodes_json(struct xf_call *call, const struct xf_found *found)
{
    struct xf_engine *engine = call->daemon->engine;
    json_t *list = json_array();

    for (uint32_t i = 0; i < found->node_count;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(call, fold);

        for (uint32_t end = i + NODE_SLICE; i < found->node_count && i < end; i++) {
            json_t *node = xf_along_entity_json(fold, &view, found->nodes[i].entity, found->nodes[i].mention);

            json_object_set_new(node, "depth", json_integer(found->nodes[i].depth));
            json_object_set_new(node, "hub", json_boolean(found->nodes[i].hub));
            json_array_append_new(list, node);
        }
        xf_engine_read_end(engine);
    }
    return list;
}

/* Links */

static json_t *relation_json(const struct xf_fold *fold, const struct xf_view *view, const struct xf_found *found,
                             const struct xf_relation *relation)
{
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    json_t *records = json_array();
    char from[XF_ENTITY_ID], to[XF_ENTITY_ID], first[XF_TIME_TEXT], last[XF_TIME_TEXT];

    for (uint32_t i = 0; i < relation->listed; i++) {
        uint32_t record = found->records[relation->first_record + i];
        const struct xf_register_record *row = xf_register_record_at(xf_fold_register(fold), record);

        if (row->live && xf_disclosure_record(view, record))
            json_array_append_new(records, json_pack("{s:s,s:s}", "feed", xf_intern_text(symbols, row->feed), "id",
                                                     xf_intern_text(symbols, row->id)));
    }
    if (!json_array_size(records)) {
        json_decref(records);
        return NULL;
    }
    return json_pack("{s:s,s:s,s:s,s:o,s:i,s:s,s:s,s:s}", "from", xf_linker_entity_id(xf_fold_linker(fold), relation->from, from),
                     "to", xf_linker_entity_id(xf_fold_linker(fold), relation->to, to), "type",
                     relation->type ? xf_intern_text(symbols, relation->type) : XF_ALONG_CO_MENTION, "records", records,
                     "record_count", (int)relation->record_count, "first", xf_time_format(relation->first, first), "last",
                     xf_time_format(relation->last, last), "strength", relation->confirmed ? "confirmed" : "tentative");
}

json_t *xf_along_relations_json(struct xf_call *call, const struct xf_found *found, const uint32_t *rows, uint32_t count)
{
    struct xf_engine *engine = call->daemon->engine;
    json_t *list = json_array();

    for (uint32_t i = 0; i < count;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(call, fold);

        for (uint32_t shown = 0; i < count && shown < RECORD_SLICE; i++) {
            const struct xf_relation *relation = &found->relations[rows ? rows[i] : i];
            json_t *link = relation_json(fold, &view, found, relation);

            if (link)
                json_array_append_new(list, link);
            shown += 4 + relation->listed;
        }
        xf_engine_read_end(engine);
    }
    return list;
}

json_t *xf_along_withheld_json(struct xf_call *call, const struct xf_found *found)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    const struct xf_view view = xf_query_view(call, fold);
    struct xf_withheld withheld = {0};
    json_t *said;

    for (uint32_t i = 0; i < found->withheld_listed; i++)
        xf_withheld_add(&withheld, &view, found->withheld[i]);
    withheld.records = found->withheld_records;
    said = xf_withheld_json(&withheld, &view);
    xf_engine_read_end(call->daemon->engine);
    if (said)
        json_object_set_new(said, "links", json_integer(found->withheld_links));
    return said;
}

const struct xf_route xf_routes_along[] = {
    {"GET", "/v1/entities/{id}/links", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_along_links,
     "Whom and what an entity is tied to, by hops, with the records that say so"},
    {"GET", "/v1/entities/{id}/timeline", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_along_timeline,
     "What an entity's records tell in order, and who and what was there"},
    {"GET", "/v1/path", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_along_path,
     "The shortest way between two entities, or all the shortest, with the records along it"},
    {"POST", "/v1/common", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_along_common,
     "Whom and what several entities have in common, most shared first"},
    {"GET", "/v1/near", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, xf_along_near, "Locations within a distance of a point"},
    {0},
};
