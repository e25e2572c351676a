/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the alternatives of a pattern: `where`, `except` and `count_once` are lists of clauses, and a clause is met when everything
 * it asks holds. Called by pattern.c; match.c tests them. A tie is looked at from the subject: `own` is the subject's end, `other`
 * the far one. */
#include <string.h>

#include "rule.h"

static int read_flags(struct xf_rule_reader *reader, json_t *side, struct xf_side *to)
{
    static const char *const known[] = {"types", "proposed_adults", NULL};
    json_t *flags = json_object_get(side, "flags");
    size_t at = xf_rule_enter(reader, "flags");
    int rc = flags ? xf_rule_members(reader, flags, known) : XF_OK;

    if (rc == XF_OK)
        rc = xf_rule_words(reader, flags, "types", &to->flags);
    if (rc == XF_OK)
        rc = xf_rule_boolean(reader, flags, "proposed_adults", &to->proposed_adults);
    if (rc == XF_OK && flags && !to->flags.count)
        rc = xf_rule_fault(reader, XF_EINVAL, "types", "must name a flag type");
    xf_rule_leave(reader, at);
    return rc;
}

static int read_markers(struct xf_rule_reader *reader, json_t *side, struct xf_side *to)
{
    static const char *const known[] = {"types", "level", "current", NULL};
    static const char *const levels[] = {"any", "low", "medium", "high", NULL};
    static const char *const times[] = {"event", "now", NULL};
    json_t *markers = json_object_get(side, "markers");
    size_t at = xf_rule_enter(reader, "markers");
    int rc = markers ? xf_rule_members(reader, markers, known) : XF_OK;

    if (rc == XF_OK)
        rc = xf_rule_words(reader, markers, "types", &to->markers);
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, markers, "level", levels, &to->marker_level);
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, markers, "current", times, &to->marker_now);
    if (rc == XF_OK && markers && !to->markers.count)
        rc = xf_rule_fault(reader, XF_EINVAL, "types", "must name a marker type");
    xf_rule_leave(reader, at);
    return rc;
}

static int read_side(struct xf_rule_reader *reader, json_t *clause, const char *member, const char *const *known,
                     struct xf_side *to)
{
    static const char *const ages[] = {"any", "child", "adult", NULL};
    json_t *side = json_object_get(clause, member);
    size_t at = xf_rule_enter(reader, member);
    int rc = side ? xf_rule_members(reader, side, known) : XF_OK;

    if (rc == XF_OK)
        rc = xf_rule_words(reader, side, "roles", &to->roles);
    if (rc == XF_OK)
        rc = xf_rule_words(reader, side, "types", &to->types);
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, side, "age", ages, &to->age);
    if (rc == XF_OK)
        rc = read_markers(reader, side, to);
    if (rc == XF_OK)
        rc = read_flags(reader, side, to);
    xf_rule_leave(reader, at);
    return rc;
}

static int read_links(struct xf_rule_reader *reader, json_t *clause, struct xf_clause *to)
{
    static const char *const known[] = {"types", "from", NULL};
    static const char *const ways[] = {"either", "own", "other", NULL};
    json_t *links = json_object_get(clause, "links");
    size_t at = xf_rule_enter(reader, "links");
    int rc = links ? xf_rule_members(reader, links, known) : XF_OK;

    if (rc == XF_OK)
        rc = xf_rule_words(reader, links, "types", &to->links);
    if (rc == XF_OK)
        rc = xf_rule_choice(reader, links, "from", ways, &to->link_way);
    if (rc == XF_OK && links && !to->links.count)
        rc = xf_rule_fault(reader, XF_EINVAL, "types", "must name a link type");
    xf_rule_leave(reader, at);
    return rc;
}

static int read_details(struct xf_rule_reader *reader, json_t *clause, struct xf_clause *to)
{
    static const char *const known[] = {"reason", "level", "type", "status", NULL};
    json_t *details = json_object_get(clause, "details");
    size_t at = xf_rule_enter(reader, "details");
    int rc = details ? xf_rule_members(reader, details, known) : XF_OK;

    if (rc == XF_OK)
        rc = xf_rule_words(reader, details, "reason", &to->reasons);
    if (rc == XF_OK)
        rc = xf_rule_words(reader, details, "level", &to->levels);
    if (rc == XF_OK)
        rc = xf_rule_words(reader, details, "type", &to->types);
    if (rc == XF_OK)
        rc = xf_rule_words(reader, details, "status", &to->statuses);
    xf_rule_leave(reader, at);
    return rc;
}

static int read_agencies(struct xf_rule_reader *reader, json_t *clause, struct xf_clause *to)
{
    struct xf_words words = {0};
    int rc = xf_rule_words(reader, clause, "agencies", &words);

    for (uint32_t i = 0; rc == XF_OK && i < words.count; i++) {
        const char *word = reader->rules->words.items[reader->rules->refs.items[words.first + i]];
        unsigned kind = 0;

        while (kind < XF_AGENCY_KINDS && strcmp(word, xf_agency_kind_name((enum xf_agency_kind)kind)) != 0)
            kind++;
        if (kind == XF_AGENCY_KINDS)
            rc = xf_rule_fault(reader, XF_EINVAL, "agencies", "\"%s\" is no kind of agency", word);
        else
            to->agencies |= 1u << kind;
    }
    return rc;
}

static int read_clause(struct xf_rule_reader *reader, json_t *from)
{
    static const char *const known[] = {"records", "details", "agencies", "own", "other", "links", NULL};
    static const char *const own_members[] = {"roles", "types", "age", "markers", "flags", NULL};
    static const char *const other_members[] = {"kind", "roles", "types", "age", "markers", "flags", NULL};
    static const char *const kinds[] = {"person", "location", "vehicle", NULL};
    struct xf_clause clause = {.other_kind = XF_MENTION_KINDS};
    int rc = xf_rule_members(reader, from, known);

    if (rc == XF_OK)
        rc = xf_rule_words(reader, from, "records", &clause.records);
    if (rc == XF_OK)
        rc = read_details(reader, from, &clause);
    if (rc == XF_OK)
        rc = read_agencies(reader, from, &clause);
    if (rc == XF_OK)
        rc = read_side(reader, from, "own", own_members, &clause.own);
    if (rc == XF_OK)
        rc = read_side(reader, from, "other", other_members, &clause.other);
    if (rc == XF_OK)
        rc = read_links(reader, from, &clause);
    if (rc == XF_OK && json_object_get(from, "other")) {
        size_t at = xf_rule_enter(reader, "other");

        rc = xf_rule_choice(reader, json_object_get(from, "other"), "kind", kinds, &clause.other_kind);
        if (rc == XF_OK && clause.other_kind == XF_MENTION_KINDS)
            rc = xf_rule_fault(reader, XF_EINVAL, "kind", "must be one of person, location, vehicle");
        xf_rule_leave(reader, at);
    }
    if (rc == XF_OK && clause.links.count && clause.other_kind == XF_MENTION_KINDS)
        rc = xf_rule_fault(reader, XF_EINVAL, "links", "need an \"other\" with its kind");
    return rc == XF_OK ? xf_vec_push(&reader->rules->clauses, clause) : rc;
}

int xf_clauses_read(struct xf_rule_reader *reader, json_t *object, const char *member, struct xf_clauses *ret)
{
    json_t *list = json_object_get(object, member), *item;
    struct xf_clauses clauses = {.first = reader->rules->clauses.count};
    size_t at, index;

    *ret = (struct xf_clauses){0};
    if (!list)
        return XF_OK;
    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > XF_CLAUSES_MAX)
        return xf_rule_fault(reader, XF_EINVAL, member, "must be a list of 1 to %d alternatives", XF_CLAUSES_MAX);
    at = xf_rule_enter(reader, member);
    json_array_foreach(list, index, item)
    {
        size_t below = xf_rule_enter_at(reader, index);
        int rc = read_clause(reader, item);

        if (rc != XF_OK)
            return rc;
        xf_rule_leave(reader, below);
        clauses.count++;
    }
    xf_rule_leave(reader, at);
    *ret = clauses;
    return XF_OK;
}
