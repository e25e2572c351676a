/* SPDX-License-Identifier: Apache-2.0 */
/* Tests one clause, or the gates, against one tie as seen from the subject. Called for every tie that the judge looks at, so the
 * cheap questions come first. Nothing is written but judge->next_change: the instant at which a marker that was asked for begins or
 * ends. */
#include "judge.h"

bool xf_match_word(const struct xf_judge *judge, struct xf_words words, uint32_t symbol)
{
    const uint32_t *refs = judge->memory->refs.items + words.first;

    for (uint32_t i = 0; i < words.count; i++)
        if (refs[i] == symbol)
            return true;
    return false;
}

static bool asked(const struct xf_judge *judge, struct xf_words words, uint32_t symbol)
{
    return !words.count || xf_match_word(judge, words, symbol);
}

static int level_of(const struct xf_judge *judge, uint32_t symbol)
{
    for (int level = XF_LEVEL_LOW; level <= XF_LEVEL_HIGH; level++)
        if (symbol == xf_memory_symbol(judge, (uint32_t)(XF_WORD_LOW + level - XF_LEVEL_LOW)))
            return level;
    return XF_LEVEL_NONE;
}

/* Whether a marker is one that a side asks for, whenever it holds. */
static bool asked_marker(const struct xf_judge *judge, const struct xf_side *side, const struct xf_register_marker *marker)
{
    return xf_match_word(judge, side->markers, marker->type) && level_of(judge, marker->level) >= side->marker_level;
}

static bool carries(const struct xf_judge *judge, const struct xf_side *side, const struct xf_register_mention *mention)
{
    uint32_t i = mention->first_marker;

    if (!side->markers.count)
        return true;
    while (i != XF_NONE && !asked_marker(judge, side, xf_register_marker_at(judge->graph->reg, i)))
        i = xf_register_marker_at(judge->graph->reg, i)->next;
    return i != XF_NONE;
}

bool xf_match_own(const struct xf_judge *judge, const struct xf_clause *clause, uint32_t record, uint32_t mention)
{
    const struct xf_register_record *of = xf_register_record_at(judge->graph->reg, record);
    const struct xf_register_mention *mine = xf_register_mention_at(judge->graph->reg, mention);

    if (!asked(judge, clause->records, of->kind) || !asked(judge, clause->own.roles, mine->role) ||
        !asked(judge, clause->own.types, mine->type) || !asked(judge, clause->reasons, of->reason) ||
        !asked(judge, clause->levels, of->level) || !asked(judge, clause->types, of->type) ||
        !asked(judge, clause->statuses, of->status) || !carries(judge, &clause->own, mine))
        return false;
    if (clause->agencies) {
        const struct xf_agency *agency = xf_graph_agency(judge->graph, of->feed);

        return agency && clause->agencies >> agency->kind & 1;
    }
    return true;
}

static bool other_form(const struct xf_judge *judge, const struct xf_clause *clause, const struct xf_look *look)
{
    const struct xf_register_mention *other;

    if (clause->other_kind == XF_MENTION_KINDS)
        return true;
    if (look->other == XF_NONE)
        return false;
    other = xf_register_mention_at(judge->graph->reg, look->other);
    if (other->kind != clause->other_kind || !asked(judge, clause->other.roles, other->role) ||
        !asked(judge, clause->other.types, other->type) || !carries(judge, &clause->other, other))
        return false;
    if (!clause->links.count)
        return true;
    if (!look->type || !xf_match_word(judge, clause->links, look->type))
        return false;
    return clause->link_way == XF_LINK_EITHER || look->outward == (clause->link_way == XF_LINK_FROM_OWN);
}

bool xf_match_form(const struct xf_judge *judge, const struct xf_clause *clause, const struct xf_look *look)
{
    return other_form(judge, clause, look) && xf_match_own(judge, clause, look->record, look->mine);
}

/* The first instant after a date that may be partial: the day's, month's or year's end. */
static int64_t end_of(xf_date date)
{
    if (date % 100)
        return xf_date_start(date) + XF_DAY;
    if (date / 100 % 100)
        return xf_date_start(xf_date_add_months(date + 1, 1));
    return xf_date_start((date / 10000 + 1) * 10000 + 101);
}

static void note_change(struct xf_judge *judge, int64_t at)
{
    if (at > judge->at && at < judge->next_change)
        judge->next_change = at;
}

/* Whether a mention carries a marker that the side asks for. One without since holds from its record on, one without until has no
 * end. */
static bool marked(struct xf_judge *judge, const struct xf_side *side, uint32_t mention, int64_t event_at)
{
    int64_t at = side->marker_now ? judge->at : event_at;
    bool found = false;

    for (uint32_t i = xf_register_mention_at(judge->graph->reg, mention)->first_marker; i != XF_NONE;
         i = xf_register_marker_at(judge->graph->reg, i)->next) {
        const struct xf_register_marker *marker = xf_register_marker_at(judge->graph->reg, i);
        int64_t since = marker->since ? xf_date_start(marker->since) : INT64_MIN;
        int64_t until = marker->until ? end_of(marker->until) : INT64_MAX;

        if (!asked_marker(judge, side, marker))
            continue;
        if (since <= at && at < until)
            found = true;
        if (side->marker_now) {
            note_change(judge, since);
            note_change(judge, until);
        }
    }
    return found;
}

/* The instant at which somebody comes of age. */
static int64_t majority(xf_date birth)
{
    int64_t at = xf_date_start(xf_date_add_months(birth + (birth / 100 % 100 ? 0 : 1200) + (birth % 100 ? 0 : 1), 18 * 12));

    /* What is unknown of a birth date counts as late as can be, and a 29 February may have no anniversary. */
    while (xf_date_age(birth, at) < 18)
        at += XF_DAY;
    return at;
}

/* Ages are those at the event; with markers that are asked for now, they too are. */
static int aged(struct xf_judge *judge, const struct xf_side *side, uint32_t entity, int64_t at, bool *ret)
{
    bool now = side->markers.count && side->marker_now;
    struct xf_known profile;
    bool child;

    *ret = true;
    if (side->age == XF_AGE_ANY)
        return XF_OK;
    if (xf_memory_profile(judge, entity, XF_NONE, &profile) != XF_OK)
        return XF_ENOMEM;
    child = profile.birth_date ? xf_date_age(profile.birth_date, now ? judge->at : at) < 18 : profile.child_role;
    if (now && child && profile.birth_date)
        note_change(judge, majority(profile.birth_date));
    *ret = child == (side->age == XF_AGE_CHILD);
    return XF_OK;
}

int xf_match_age(struct xf_judge *judge, uint8_t age, uint32_t entity, int64_t at, bool *ret)
{
    const struct xf_side side = {.age = age};

    return aged(judge, &side, entity, at, ret);
}

/* A proposed flag on an adult feeds other rules only where they say so. */
static int counts_while_proposed(struct xf_judge *judge, const struct xf_side *side, uint32_t entity, bool *ret)
{
    bool is_adult = false;
    int rc = XF_OK;

    if (!side->proposed_adults && xf_linker_entity_kind(judge->graph->linker, entity) == XF_PERSON)
        rc = xf_match_age(judge, XF_AGE_ADULT, entity, judge->at, &is_adult);
    *ret = !is_adult;
    return rc;
}

static int flagged(struct xf_judge *judge, const struct xf_side *side, uint32_t entity, enum xf_met *ret)
{
    enum xf_met met = XF_MET_NOT;

    if (!side->flags.count) {
        *ret = XF_MET;
        return XF_OK;
    }
    for (uint32_t i = xf_flags_first(judge->flags, entity); i != XF_NONE && met != XF_MET;
         i = xf_flags_at(judge->flags, i)->next_of_entity) {
        const struct xf_flag *flag = xf_flags_at(judge->flags, i);
        bool counts = flag->status == XF_FLAG_CONFIRMED;

        if (!xf_match_word(judge, side->flags, flag->type))
            continue;
        if (flag->status == XF_FLAG_PROPOSED && counts_while_proposed(judge, side, entity, &counts) != XF_OK)
            return XF_ENOMEM;
        if (counts)
            met = XF_MET;
        else if (flag->status == XF_FLAG_EXPIRED)
            met = XF_MET_ONCE;
    }
    *ret = met;
    return XF_OK;
}

static int side_met(struct xf_judge *judge, const struct xf_side *side, uint32_t entity, uint32_t mention, int64_t at,
                    enum xf_met *met)
{
    enum xf_met flags;
    bool age;

    if (side->markers.count && !marked(judge, side, mention, at))
        *met = XF_MET_NOT;
    if (*met == XF_MET_NOT || (side->age == XF_AGE_ANY && !side->flags.count))
        return XF_OK;
    if (aged(judge, side, entity, at, &age) != XF_OK || flagged(judge, side, entity, &flags) != XF_OK)
        return XF_ENOMEM;
    *met = !age ? XF_MET_NOT : flags < *met ? flags : *met;
    return XF_OK;
}

int xf_match_clause(struct xf_judge *judge, const struct xf_clause *clause, const struct xf_look *look, enum xf_met *ret)
{
    int64_t at = xf_register_record_at(judge->graph->reg, look->record)->occurred_at;
    enum xf_met met = xf_match_form(judge, clause, look) ? XF_MET : XF_MET_NOT;

    if (met && side_met(judge, &clause->own, look->own_entity, look->mine, at, &met) != XF_OK)
        return XF_ENOMEM;
    if (met && clause->other_kind != XF_MENTION_KINDS &&
        side_met(judge, &clause->other, look->other_entity, look->other, at, &met) != XF_OK)
        return XF_ENOMEM;
    *ret = met;
    return XF_OK;
}

static bool mention_passes(const struct xf_judge *judge, const struct xf_gates *gates, const struct xf_register_mention *mention)
{
    if (mention->kind == XF_PERSON)
        return !xf_match_word(judge, gates->person_roles, mention->role);
    if (mention->kind == XF_LOCATION)
        return !xf_match_word(judge, gates->location_roles, mention->role) &&
               !xf_match_word(judge, gates->location_types, mention->type);
    return true;
}

bool xf_match_gate(const struct xf_judge *judge, const struct xf_gates *gates, uint32_t record, uint32_t mention)
{
    const struct xf_register_record *of = xf_register_record_at(judge->graph->reg, record);

    return of->live && !(gates->ignore_sources >> (of->source - '1') & 1) &&
           !(gates->ignore_information >> (of->information - 'A') & 1) &&
           mention_passes(judge, gates, xf_register_mention_at(judge->graph->reg, mention));
}

bool xf_match_gate_other(const struct xf_judge *judge, const struct xf_gates *gates, uint32_t mention)
{
    return mention_passes(judge, gates, xf_register_mention_at(judge->graph->reg, mention));
}
