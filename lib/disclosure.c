/* SPDX-License-Identifier: Apache-2.0 */
/* Decides who may be told what of a flag, and renders it so. Called wherever a flag leaves the house: check, flags, alerts, the
 * console. Invariant: nothing is told that the policy does not name (the default is none), handling only ever lowers a level, and
 * what is left out at a level never enters the JSON at all. */
#include "crossflag/disclosure.h"

#include <stdlib.h>
#include <string.h>

#include "crossflag/date.h"
#include "disclosure.h"
#include "vec.h"

#define HANDLING_C 128 /* of struct xf_flag.handling: some contributor is code C */
#define ADULT_AGE 18
uint32_t xf_disclosure_agency(const struct xf_graph *graph, uint32_t feed)
{
    uint32_t index = xf_partners_feed(graph->partners, xf_intern_text(graph->symbols, feed));

    return index == UINT32_MAX ? UINT32_MAX : xf_partners_feed_at(graph->partners, index)->agency;
}

static enum xf_agency_kind viewer_kind(const struct xf_view *view)
{
    return xf_partners_agency_at(view->graph->partners, view->agency)->kind;
}

static bool known_viewer(const struct xf_view *view)
{
    return view->graph->partners && view->agency < xf_partners_agency_count(view->graph->partners);
}

bool xf_disclosure_involved(const struct xf_view *view, uint32_t flag)
{
    const struct xf_graph *graph = view->graph;
    const struct xf_flag *row = xf_flags_at(view->flags, flag);
    uint32_t entity = graph->linker ? xf_linker_entity_living(graph->linker, row->entity) : XF_NONE;

    if (!known_viewer(view))
        return false;
    for (uint32_t mention = entity == XF_NONE ? XF_NONE : xf_linker_first(graph->linker, entity); mention != XF_NONE;
         mention = xf_linker_next(graph->linker, mention)) {
        uint32_t record = xf_register_mention_at(graph->reg, mention)->record;

        if (xf_disclosure_agency(graph, xf_register_record_at(graph->reg, record)->feed) == view->agency)
            return true;
    }
    for (uint32_t reason = row->first_reason; reason != XF_NONE; reason = xf_flags_reason_at(view->flags, reason)->next)
        for (uint32_t item = xf_flags_reason_at(view->flags, reason)->first_record; item != XF_NONE;
             item = xf_flags_record_at(view->flags, item)->next)
            if (xf_disclosure_agency(graph, xf_flags_record_at(view->flags, item)->feed) == view->agency)
                return true;
    return false;
}

/* Whether a flag is about a grown-up, for the rule that some partners learn no adult's name before a person confirmed. */
static bool adult_subject(const struct xf_view *view, const struct xf_flag *flag)
{
    const struct xf_graph *graph = view->graph;
    uint32_t entity = graph->linker ? xf_linker_entity_living(graph->linker, flag->entity) : XF_NONE;
    bool called_child = false, dated = false;

    if (entity == XF_NONE || xf_linker_entity_kind(graph->linker, entity) != XF_PERSON)
        return graph->linker && xf_linker_entity_kind(graph->linker, flag->entity) == XF_PERSON;
    for (uint32_t mention = xf_linker_first(graph->linker, entity); mention != XF_NONE;
         mention = xf_linker_next(graph->linker, mention)) {
        const struct xf_register_mention *row = xf_register_mention_at(graph->reg, mention);
        const char *role = xf_intern_text(graph->symbols, row->role);
        int age = xf_date_age(row->birth_date, flag->changed_at);

        if (age >= ADULT_AGE)
            return true;
        dated = dated || age >= 0;
        called_child = called_child || strcmp(role, "child") == 0 || strcmp(role, "pupil") == 0;
    }
    return !dated && !called_child;
}

/* How many of a flag's contributing records nobody but their originator may use without asking (A1, S2): the viewer's own, and
 * others'. */
static void count_restricted(const struct xf_view *view, const struct xf_flag *flag, unsigned *ret_own, unsigned *ret_others,
                             bool *ret_contributed)
{
    const struct xf_graph *graph = view->graph;
    unsigned own = 0, others = 0;
    bool contributed = false;

    for (uint32_t reason = flag->first_reason; reason != XF_NONE; reason = xf_flags_reason_at(view->flags, reason)->next) {
        for (uint32_t item = xf_flags_reason_at(view->flags, reason)->first_record; item != XF_NONE;
             item = xf_flags_record_at(view->flags, item)->next) {
            const struct xf_flag_record *row = xf_flags_record_at(view->flags, item);
            bool mine = xf_disclosure_agency(graph, row->feed) == view->agency;
            uint32_t record =
                xf_register_find(graph->reg, xf_intern_text(graph->symbols, row->feed), xf_intern_text(graph->symbols, row->id));

            contributed = contributed || mine;
            if (record != XF_NONE && xf_register_record_at(graph->reg, record)->conditions & (XF_CONDITION_A1 | XF_CONDITION_S2))
                *(mine ? &own : &others) += 1;
        }
    }
    *ret_own = own;
    *ret_others = others;
    *ret_contributed = contributed;
}

static enum xf_disclosure lower(enum xf_disclosure level, enum xf_disclosure cap)
{
    return level < cap ? level : cap;
}

enum xf_disclosure xf_disclosure_level(const struct xf_view *view, uint32_t flag)
{
    const struct xf_flag *row = xf_flags_at(view->flags, flag);
    enum xf_agency_kind kind;
    enum xf_disclosure level;
    uint8_t levels[2];

    if (!view->policy || !known_viewer(view))
        return XF_DISCLOSE_NONE;
    kind = viewer_kind(view);
    xf_policy_levels(view->policy, xf_intern_text(view->graph->symbols, row->type), kind, levels);
    level = (enum xf_disclosure)(levels[0] == levels[1] ? levels[0] : levels[xf_disclosure_involved(view, flag)]);
    if (level == XF_DISCLOSE_NONE)
        return level;
    if (row->handling & XF_CONDITION_A2 && kind != XF_AGENCY_POLICE)
        return XF_DISCLOSE_NONE;
    if (row->handling & (XF_CONDITION_A1 | XF_CONDITION_S2)) {
        unsigned own, others;
        bool contributed;

        count_restricted(view, row, &own, &others, &contributed);
        /* The restricted record may have been corrected since the flag was judged: then whoever contributed stands in for its
         * originator. */
        if (own + others == 0 ? !contributed : own == 0)
            return XF_DISCLOSE_NONE;
        if (others)
            level = lower(level, XF_DISCLOSE_EXISTS);
    }
    if (row->handling && kind != XF_AGENCY_POLICE)
        level = lower(level, XF_DISCLOSE_SUMMARY);
    if (row->status != XF_FLAG_CONFIRMED &&
        (kind == XF_AGENCY_SCHOOL || kind == XF_AGENCY_HOUSING || kind == XF_AGENCY_LICENSING) && adult_subject(view, row))
        level = lower(level, XF_DISCLOSE_EXISTS);
    return level;
}

bool xf_disclosure_alerted(const struct xf_view *view, uint32_t flag)
{
    uint8_t levels[2];

    if (!view->policy || !known_viewer(view))
        return false;
    xf_policy_levels(view->policy, xf_intern_text(view->graph->symbols, xf_flags_at(view->flags, flag)->type), viewer_kind(view),
                     levels);
    return levels[0] == levels[1] || xf_disclosure_involved(view, flag);
}

bool xf_disclosure_record(const struct xf_view *view, uint32_t record)
{
    const struct xf_register_record *row = xf_register_record_at(view->graph->reg, record);

    if (!known_viewer(view))
        return false;
    /* What everybody may see comes first: walks ask this of every record that they pass. */
    if (row->handling == 'P' && !row->conditions)
        return true;
    if (xf_disclosure_agency(view->graph, row->feed) == view->agency)
        return true;
    return !(row->conditions & (XF_CONDITION_A1 | XF_CONDITION_S2)) && viewer_kind(view) == XF_AGENCY_POLICE;
}

enum xf_sight xf_disclosure_sight(const struct xf_view *view, uint32_t record)
{
    if (xf_disclosure_record(view, record))
        return XF_SIGHT_SHOWN;
    return xf_register_record_at(view->graph->reg, record)->conditions & XF_CONDITION_A2 ? XF_SIGHT_HIDDEN : XF_SIGHT_WITHHELD;
}

/* Thousandths as a JSON number: whole where it is whole. */
static json_t *thousandths(int32_t value)
{
    return value % 1000 == 0 ? json_integer(value / 1000) : json_real(value / 1000.0);
}

static json_t *time_json(int64_t time)
{
    char text[XF_TIME_TEXT];

    return json_string(xf_time_format(time, text));
}

/* What is left out, gathered while the flag is rendered: distinct records, and the agencies to ask. */
struct withheld {
    XF_VEC(struct xf_flag_record) records; /* next unused */
    XF_VEC(uint32_t) agencies;
};

static int withhold(struct withheld *withheld, const struct xf_graph *graph, const struct xf_flag_record *record)
{
    uint32_t agency = xf_disclosure_agency(graph, record->feed), i;

    for (i = 0; i < withheld->records.count; i++)
        if (withheld->records.items[i].feed == record->feed && withheld->records.items[i].id == record->id)
            return XF_OK;
    if (xf_vec_push(&withheld->records, *record) != XF_OK)
        return XF_ENOMEM;
    for (i = 0; i < withheld->agencies.count && withheld->agencies.items[i] != agency; i++)
        continue;
    return i < withheld->agencies.count || agency == UINT32_MAX ? XF_OK : xf_vec_push(&withheld->agencies, agency);
}

static bool record_shown(const struct xf_view *view, const struct xf_flag_record *record, enum xf_disclosure level)
{
    const struct xf_graph *graph = view->graph;
    uint32_t row;

    if (level != XF_DISCLOSE_FULL)
        return false;
    row = xf_register_find(graph->reg, xf_intern_text(graph->symbols, record->feed), xf_intern_text(graph->symbols, record->id));
    return row != XF_NONE && xf_disclosure_record(view, row);
}

/* A reason at the level, its hidden records noted in withheld. NULL when out of memory. */
static json_t *reason_json(const struct xf_view *view, const struct xf_flag_reason *reason, enum xf_disclosure level,
                           struct withheld *withheld)
{
    const struct xf_graph *graph = view->graph;
    json_t *records = json_array();

    for (uint32_t item = reason->first_record; item != XF_NONE; item = xf_flags_record_at(view->flags, item)->next) {
        const struct xf_flag_record *record = xf_flags_record_at(view->flags, item);
        int rc;

        /* Every tier above the pointer tells the viewer which of its own records the flag rests on. */
        if (xf_disclosure_agency(graph, record->feed) == view->agency || record_shown(view, record, level))
            rc = json_array_append_new(records, json_pack("{s:s,s:s}", "feed", xf_intern_text(graph->symbols, record->feed), "id",
                                                          xf_intern_text(graph->symbols, record->id)));
        else
            rc = withhold(withheld, graph, record);
        if (rc != 0) {
            json_decref(records);
            return NULL;
        }
    }
    return json_pack("{s:s,s:I,s:o,s:o}", "pattern", xf_intern_text(graph->symbols, reason->pattern), "count",
                     (json_int_t)reason->count, "weight", thousandths(reason->weight), "records", records);
}

/* {"records":n,"ask":[{"agency","contact"}]}; a pointer without any contributor left to name sends the caller to the hub. */
static json_t *withheld_json(const struct xf_view *view, struct withheld *withheld)
{
    const struct xf_partners *partners = view->graph->partners;
    json_t *ask = json_array();

    for (uint32_t agency = 0; withheld->agencies.count == 0 && agency < xf_partners_agency_count(partners); agency++)
        if (xf_partners_agency_at(partners, agency)->kind == XF_AGENCY_HUB && xf_vec_push(&withheld->agencies, agency) != XF_OK)
            goto fail;
    for (uint32_t i = 0; i < withheld->agencies.count; i++) {
        const struct xf_agency *agency = xf_partners_agency_at(partners, withheld->agencies.items[i]);

        if (json_array_append_new(ask, json_pack("{s:s,s:s*}", "agency", agency->name, "contact", agency->contact)) != 0)
            goto fail;
    }
    return json_pack("{s:I,s:o}", "records", (json_int_t)withheld->records.count, "ask", ask);
fail:
    json_decref(ask);
    return NULL;
}

static json_t *subject_json(const struct xf_graph *graph, const struct xf_flag *flag, enum xf_disclosure level)
{
    static const char *const kinds[XF_MENTION_KINDS] = {"person", "location", "vehicle"};
    uint32_t living = xf_linker_entity_living(graph->linker, flag->entity);
    uint32_t entity = living == XF_NONE ? flag->entity : living;
    const char *kind = kinds[xf_linker_entity_kind(graph->linker, entity)];
    char id[XF_ENTITY_ID];

    if (level < XF_DISCLOSE_SUMMARY)
        return json_pack("{s:s}", "kind", kind);
    return json_pack("{s:s,s:s}", "entity", xf_linker_entity_id(graph->linker, entity, id), "kind", kind);
}

json_t *xf_flag_json(const struct xf_view *view, uint32_t flag, enum xf_disclosure level)
{
    const struct xf_graph *graph = view->graph;
    const struct xf_flag *row = xf_flags_at(view->flags, flag);
    struct withheld withheld = {0};
    json_t *root = NULL, *reasons = NULL, *hidden;
    char id[XF_FLAG_ID];
    int rc;

    if (level == XF_DISCLOSE_NONE)
        return NULL;
    reasons = json_array();
    for (uint32_t reason = row->first_reason; reason != XF_NONE; reason = xf_flags_reason_at(view->flags, reason)->next)
        if (json_array_append_new(reasons, reason_json(view, xf_flags_reason_at(view->flags, reason), level, &withheld)) != 0)
            goto fail;
    root = json_pack("{s:s,s:s,s:o,s:s,s:s}", "id", xf_flag_id(row, id), "type", xf_intern_text(graph->symbols, row->type),
                     "subject", subject_json(graph, row, level), "level", xf_level_name((enum xf_level)row->level), "status",
                     xf_flag_status_name((enum xf_flag_status)row->status));
    if (!root)
        goto fail;
    if (level >= XF_DISCLOSE_SUMMARY) {
        rc = json_object_set_new(
            root, "rule",
            json_pack("{s:s,s:I}", "id", xf_intern_text(graph->symbols, row->rule), "version", (json_int_t)row->rule_version));
        rc |= json_object_set_new(root, "score", thousandths(row->score));
        rc |= json_object_set_new(root, "raised_at", time_json(row->raised_at));
        rc |= json_object_set_new(root, "review_due", time_json(row->review_due));
        rc |= json_object_set(root, "reasons", reasons);
        if (rc != 0)
            goto fail;
    }
    hidden = level == XF_DISCLOSE_EXISTS || withheld.records.count ? withheld_json(view, &withheld)
                                                                   : json_pack("{s:i,s:[]}", "records", 0, "ask");
    if (json_object_set_new(root, "withheld", hidden) != 0)
        goto fail;
    goto end;
fail:
    json_decref(root);
    root = NULL;
end:
    json_decref(reasons);
    xf_vec_free(&withheld.records);
    xf_vec_free(&withheld.agencies);
    return root;
}
