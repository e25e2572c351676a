/* SPDX-License-Identifier: Apache-2.0 */
/* Reduces the persons, locations and vehicles of a record to mentions: normalised values, interned, in canonical order. Called by
 * the fold for every record and by check and search for a question, so that both are made alike; on the hot path, hence no
 * allocation but the intern table's. What is evidence of nothing (placeholders, 1 January 1900, location type other) is left out
 * here, once, so that no comparison needs to know of it. Invariant: a mention depends on the record and the year of the entry
 * alone; its values are sorted and without doubles. */
#include "crossflag/mention.h"

#include <assert.h>
#include <string.h>

#include "filling.h"

static bool is_number_field(unsigned field)
{
    return field == XF_FIELD_BIRTH_DATE || field == XF_FIELD_LAT || field == XF_FIELD_LON;
}

int xf_mention_add_number(struct xf_mention *mention, enum xf_field field, uint8_t group, uint16_t flags, uint32_t number)
{
    assert(is_number_field(field));
    if (mention->count == XF_MENTION_VALUES_MAX)
        return XF_ELIMIT;
    mention->values[mention->count++] =
        (struct xf_value){.field = (uint8_t)field, .group = group, .flags = flags, .symbol = number};
    return XF_OK;
}

int xf_mention_add(struct xf_mention *mention, struct xf_intern *symbols, enum xf_field field, uint8_t group, uint16_t flags,
                   const char *qualifier, const char *text)
{
    struct xf_value value = {.field = (uint8_t)field, .group = group, .flags = flags};

    assert(!is_number_field(field));
    if (!text || !*text)
        return XF_OK;
    if (mention->count == XF_MENTION_VALUES_MAX)
        return XF_ELIMIT;
    if (xf_intern_puts(symbols, qualifier, &value.qualifier) != XF_OK || xf_intern_puts(symbols, text, &value.symbol) != XF_OK)
        return XF_ENOMEM;
    mention->values[mention->count++] = value;
    return XF_OK;
}

/* By field, group, qualifier, text or number; weak behind strong. Symbols' own numbers are history and must not show. */
static int order_of(const struct xf_intern *symbols, const struct xf_value *a, const struct xf_value *b)
{
    int order = a->field - b->field;

    if (!order)
        order = a->group - b->group;
    if (!order && a->qualifier != b->qualifier)
        order = strcmp(xf_intern_text(symbols, a->qualifier), xf_intern_text(symbols, b->qualifier));
    if (!order && a->symbol != b->symbol)
        order = is_number_field(a->field) ? (a->symbol < b->symbol ? -1 : 1)
                                          : strcmp(xf_intern_text(symbols, a->symbol), xf_intern_text(symbols, b->symbol));
    return order ? order : a->flags - b->flags;
}

static bool is_double(const struct xf_value *a, const struct xf_value *b)
{
    return a->field == b->field && a->group == b->group && a->qualifier == b->qualifier && a->symbol == b->symbol;
}

/* Values come nearly in order: insertion beats any cleverer sort. */
void xf_mention_seal(struct xf_mention *mention, const struct xf_intern *symbols)
{
    struct xf_value *values = mention->values;
    uint16_t kept = 0;

    for (int i = 1; i < mention->count; i++) {
        struct xf_value value = values[i];
        int at = i;

        for (; at > 0 && order_of(symbols, &values[at - 1], &value) > 0; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
    for (uint16_t i = 0; i < mention->count; i++)
        if (!kept || !is_double(&values[kept - 1], &values[i]))
            values[kept++] = values[i];
    mention->count = kept;
}

static void note(struct xf_filling *filling, int rc)
{
    if (rc != XF_OK && rc != XF_ELIMIT)
        filling->rc = rc;
}

void xf_filling_put(struct xf_filling *filling, enum xf_field field, uint8_t group, uint16_t flags, const char *qualifier,
                    const char *text)
{
    if (filling->rc == XF_OK)
        note(filling, xf_mention_add(filling->mention, filling->symbols, field, group, flags, qualifier, text));
}

void xf_filling_put_number(struct xf_filling *filling, enum xf_field field, uint32_t number)
{
    if (filling->rc == XF_OK)
        note(filling, xf_mention_add_number(filling->mention, field, 0, 0, number));
}

int xf_mention_of(const struct xf_record *record, enum xf_mention_kind kind, size_t index, int64_t at, struct xf_intern *symbols,
                  struct xf_mention *ret)
{
    struct xf_mention mention;
    struct xf_filling filling = {.record = record, .symbols = symbols, .mention = &mention, .year = (int)(xf_date_of(at) / 10000)};

    assert(kind < XF_MENTION_KINDS);
    mention.kind = (uint8_t)kind;
    mention.count = 0;
    if (kind == XF_PERSON)
        xf_filling_person(&filling, index);
    else if (kind == XF_LOCATION)
        xf_filling_location(&filling, index);
    else
        xf_filling_vehicle(&filling, index);
    if (filling.rc != XF_OK)
        return filling.rc;
    xf_mention_seal(&mention, symbols);
    ret->kind = mention.kind;
    ret->count = mention.count;
    memcpy(ret->values, mention.values, mention.count * sizeof(*mention.values));
    return XF_OK;
}
