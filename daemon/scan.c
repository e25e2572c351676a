/* SPDX-License-Identifier: Apache-2.0 */
/* One mention against what is asked. Called by search.c for every mention of the kind, a slice at a time under the engine's read
 * lock, so it looks nothing up: words are symbols by then. */
#include "scan.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "crossflag/similarity.h"

/* Jaro–Winkler (thousandths) from which a name counts as found. */
#define NAME_SIMILAR 900

/* A name in one piece: its last word is the family name, as in mentions; a single word may be either. */
static void name_pattern(const char *name, struct xf_scan *scan)
{
    char normal[XF_NORMAL_TEXT];
    char *space;

    xf_normalise_name(name, normal);
    space = strrchr(normal, ' ');
    if (!space) {
        memcpy(scan->either, normal, sizeof(normal));
        return;
    }
    *space = '\0';
    memcpy(scan->given, normal, sizeof(normal));
    snprintf(scan->family, sizeof(scan->family), "%s", space + 1);
}

static bool similar(const char *asked, const char *found)
{
    return xf_jaro_winkler(asked, strlen(asked), found, strlen(found)) >= NAME_SIMILAR;
}

/* The fields that must be equal, of those that a question can fill. */
static bool is_exact(enum xf_field field)
{
    switch (field) {
    case XF_FIELD_ID:
    case XF_FIELD_FLAT:
    case XF_FIELD_HOUSE:
    case XF_FIELD_STREET:
    case XF_FIELD_POSTCODE:
    case XF_FIELD_UPRN:
    case XF_FIELD_PHONE:
    case XF_FIELD_EMAIL:
    case XF_FIELD_ACCOUNT:
    case XF_FIELD_VIN:
    case XF_FIELD_LICENCE_PLATE:
        return true;
    default:
        return false;
    }
}

static void add_exact(struct xf_scan *scan, const struct xf_value *value, const struct xf_intern *symbols,
                      const struct xf_intern *state)
{
    const char *text = xf_intern_text(symbols, value->symbol), *qualifier = xf_intern_text(symbols, value->qualifier);
    struct xf_value *to = &scan->exact[scan->exact_count];

    if (scan->exact_count == sizeof(scan->exact) / sizeof(scan->exact[0]))
        return;
    *to = *value;
    to->symbol = xf_intern_find(state, text, strlen(text));
    to->qualifier = xf_intern_find(state, qualifier, strlen(qualifier));
    scan->exact_count++;
}

bool xf_scan_make(struct xf_scan *scan, const struct xf_question *question, const struct xf_mention *mention,
                  const struct xf_intern *symbols, const struct xf_intern *state)
{
    *scan = (struct xf_scan){.kind = question->kind, .born_from = question->born_from, .born_to = question->born_to};
    for (size_t i = 0; i < mention->count; i++)
        if (is_exact((enum xf_field)mention->values[i].field))
            add_exact(scan, &mention->values[i], symbols, state);
    if (question->kind == XF_VEHICLE && question->vrm)
        xf_plate_pattern(question->vrm, scan->plate);
    if (question->kind == XF_LOCATION && question->name)
        xf_normalise_text(question->name, scan->premises);
    if (question->kind == XF_PERSON) {
        if (question->given)
            xf_normalise_name(question->given, scan->given);
        if (question->family)
            xf_normalise_name(question->family, scan->family);
        if (question->name)
            name_pattern(question->name, scan);
    }
    return scan->exact_count || scan->born_from || scan->born_to || *scan->given || *scan->family || *scan->either ||
           *scan->premises || *scan->plate;
}

/* Whether a date of which parts may be unknown can lie between two such. */
static bool is_born(const struct xf_scan *scan, xf_date date)
{
    xf_date from = scan->born_from, to = scan->born_to;
    xf_date first = date, last = date; /* the days that it can be */

    if (!(last % 100))
        last += 31;
    if (!(last / 100 % 100))
        last += 1200;
    if (to && !(to % 100))
        to += 31;
    if (to && !(to / 100 % 100))
        to += 1200;
    return last >= from && (!to || first <= to);
}

static bool has(const struct xf_value *values, uint32_t count, const struct xf_value *wanted)
{
    for (uint32_t i = 0; wanted->symbol && i < count; i++)
        if (values[i].field == wanted->field && values[i].symbol == wanted->symbol && values[i].qualifier == wanted->qualifier)
            return true;
    return false;
}

bool xf_scan_fits(const struct xf_scan *scan, const struct xf_intern *state, const struct xf_value *values, uint32_t count)
{
    bool given = !*scan->given, family = !*scan->family, either = !*scan->either, premises = !*scan->premises,
         plate = !*scan->plate;
    bool born = !scan->born_from && !scan->born_to;

    for (size_t i = 0; i < scan->exact_count; i++)
        if (!has(values, count, &scan->exact[i]))
            return false;
    for (uint32_t i = 0; i < count; i++) {
        const char *text =
            values[i].field == XF_FIELD_BIRTH_DATE || values[i].field == XF_FIELD_LAT || values[i].field == XF_FIELD_LON
                ? ""
                : xf_intern_text(state, values[i].symbol);

        switch ((enum xf_field)values[i].field) {
        case XF_FIELD_GIVEN:
            given = given || similar(scan->given, text);
            either = either || similar(scan->either, text);
            break;
        case XF_FIELD_FAMILY:
            family = family || similar(scan->family, text);
            either = either || similar(scan->either, text);
            break;
        case XF_FIELD_NAME:
            premises = premises || similar(scan->premises, text) || strstr(text, scan->premises);
            break;
        case XF_FIELD_VRM:
            plate = plate || fnmatch(scan->plate, text, 0) == 0;
            break;
        case XF_FIELD_BIRTH_DATE:
            born = born || is_born(scan, values[i].symbol);
            break;
        default:
            break;
        }
    }
    return given && family && either && premises && plate && born;
}
