/* SPDX-License-Identifier: Apache-2.0 */
/* Flags as rows with their reasons, chained by entity. The judge adds and changes them through flag.h, people's steps come in
 * through xf_flags_decide. Freed reasons and records are chained and taken again last in, first out: equal histories give equal
 * pools. Invariants: rows stand in the order of (position, ordinal); an entity's chain runs from the newest to the oldest; the top
 * of the heap of what is due is never stale. */
#include "flag.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/date.h"

static_assert(sizeof(struct xf_flag) == 88, "no padding that the snapshot would compare");
static_assert(sizeof(struct xf_flag_reason) == 20, "no padding that the snapshot would compare");

/* When an entity is to be judged again; saved by entity, ascending. */
struct wake {
    int64_t at;
    uint32_t entity, padding;
};

const char *xf_flag_status_name(enum xf_flag_status status)
{
    static const char *const names[] = {"", "proposed", "confirmed", "dismissed", "expired", "withdrawn"};

    return names[status];
}

const char *xf_level_name(enum xf_level level)
{
    static const char *const names[] = {"none", "low", "medium", "high"};

    return names[level];
}

const char *xf_flag_step_name(enum xf_flag_step step)
{
    static const char *const names[] = {"changed", "raised",  "raised_level", "confirmed",  "dismissed",
                                        "renewed", "expired", "withdrawn",    "handed_over"};

    return names[step];
}

char *xf_flag_id(const struct xf_flag *flag, char buffer[static XF_FLAG_ID])
{
    snprintf(buffer, XF_FLAG_ID, "flag-%" PRIu64 "-%" PRIu32, flag->position, flag->ordinal);
    return buffer;
}

struct xf_flags *xf_flags_create(struct xf_intern *symbols)
{
    struct xf_flags *flags = calloc(1, sizeof(*flags));

    if (!flags)
        return NULL;
    flags->symbols = symbols;
    flags->free_reason = flags->free_record = XF_NONE;
    return flags;
}

void xf_flags_destroy(struct xf_flags *flags)
{
    if (!flags)
        return;
    if (flags->memory)
        flags->forget(flags->memory);
    xf_vec_free(&flags->flags);
    xf_vec_free(&flags->reasons);
    xf_vec_free(&flags->records);
    xf_vec_free(&flags->first);
    xf_vec_free(&flags->wakes);
    xf_dues_free(&flags->reviews);
    xf_dues_free(&flags->waking);
    free(flags);
}

uint32_t xf_flags_count(const struct xf_flags *flags)
{
    return flags->flags.count;
}

const struct xf_flag *xf_flags_at(const struct xf_flags *flags, uint32_t flag)
{
    return &flags->flags.items[flag];
}

const struct xf_flag_reason *xf_flags_reason_at(const struct xf_flags *flags, uint32_t reason)
{
    return &flags->reasons.items[reason];
}

const struct xf_flag_record *xf_flags_record_at(const struct xf_flags *flags, uint32_t record)
{
    return &flags->records.items[record];
}

/* Reads "flag-<position>-<ordinal>" as xf_flag_id writes it: no sign, no leading zero, nothing after it. */
static bool parse_id(const char *id, uint64_t *ret_position, uint32_t *ret_ordinal)
{
    struct xf_flag flag = {0};
    char again[XF_FLAG_ID];

    if (strlen(id) >= XF_FLAG_ID || sscanf(id, "flag-%" SCNu64 "-%" SCNu32, &flag.position, &flag.ordinal) != 2)
        return false;
    *ret_position = flag.position;
    *ret_ordinal = flag.ordinal;
    return strcmp(xf_flag_id(&flag, again), id) == 0;
}

uint32_t xf_flags_find(const struct xf_flags *flags, const char *id)
{
    uint32_t low = 0, high = flags->flags.count, ordinal;
    uint64_t position;

    if (!parse_id(id, &position, &ordinal))
        return XF_NONE;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct xf_flag *flag = &flags->flags.items[middle];

        if (flag->position < position || (flag->position == position && flag->ordinal < ordinal))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == flags->flags.count || flags->flags.items[low].position != position || flags->flags.items[low].ordinal != ordinal)
        return XF_NONE;
    return low;
}

uint32_t xf_flags_first(const struct xf_flags *flags, uint32_t entity)
{
    return entity < flags->first.count ? flags->first.items[entity] - 1 : XF_NONE;
}

/* Chains */

static int make_room(struct xf_flags *flags, uint32_t entity)
{
    uint32_t more;

    if (entity < flags->first.count)
        return XF_OK;
    more = entity + 1 - flags->first.count;
    if (xf_vec_reserve(&flags->first, more) != XF_OK)
        return XF_ENOMEM;
    memset(flags->first.items + flags->first.count, 0, more * sizeof(*flags->first.items));
    flags->first.count += more;
    return XF_OK;
}

/* Puts a flag into its place in its entity's chain: newest first. */
static void chain(struct xf_flags *flags, uint32_t flag)
{
    struct xf_flag *row = &flags->flags.items[flag];
    uint32_t *head = &flags->first.items[row->entity];
    uint32_t before = XF_NONE, after = *head - 1;

    while (after != XF_NONE && after > flag) {
        before = after;
        after = flags->flags.items[after].next_of_entity;
    }
    row->next_of_entity = after;
    if (before == XF_NONE)
        *head = flag + 1;
    else
        flags->flags.items[before].next_of_entity = flag;
}

int xf_flags_move(struct xf_flags *flags, uint32_t from, uint32_t to)
{
    uint32_t flag = xf_flags_first(flags, from);

    if (flag == XF_NONE || from == to)
        return XF_OK;
    if (make_room(flags, to) != XF_OK)
        return XF_ENOMEM;
    flags->first.items[from] = 0;
    while (flag != XF_NONE) {
        uint32_t next = flags->flags.items[flag].next_of_entity;

        flags->flags.items[flag].entity = to;
        chain(flags, flag);
        flag = next;
    }
    return XF_OK;
}

/* Reasons */

#define TAKE(flags, pool, free_head)                                                                                               \
    ((flags)->free_head != XF_NONE                ? take_free(&(flags)->free_head, (flags)->pool.items[(flags)->free_head].next)   \
     : xf_vec_reserve(&(flags)->pool, 1) == XF_OK ? (flags)->pool.count++                                                          \
                                                  : XF_NONE)

static uint32_t take_free(uint32_t *head, uint32_t next)
{
    uint32_t row = *head;

    *head = next;
    return row;
}

static int put_records(struct xf_flags *flags, const struct xf_flag_ground_reason *reason, uint32_t *ret_first)
{
    uint32_t first = XF_NONE;

    /* From the last to the first, so that each knows its next. */
    for (uint32_t i = reason->record_count; i-- > 0;) {
        uint32_t row = TAKE(flags, records, free_record);

        if (row == XF_NONE)
            return XF_ENOMEM;
        flags->records.items[row] =
            (struct xf_flag_record){.feed = reason->records[i].feed, .id = reason->records[i].id, .next = first};
        first = row;
    }
    *ret_first = first;
    return XF_OK;
}

static int put_reasons(struct xf_flags *flags, const struct xf_flag_ground_reason *reasons, uint32_t count, uint32_t *ret_first)
{
    uint32_t first = XF_NONE;

    for (uint32_t i = count; i-- > 0;) {
        uint32_t row = TAKE(flags, reasons, free_reason), records;

        if (row == XF_NONE || put_records(flags, &reasons[i], &records) != XF_OK)
            return XF_ENOMEM;
        flags->reasons.items[row] = (struct xf_flag_reason){.pattern = reasons[i].pattern,
                                                            .count = reasons[i].count,
                                                            .weight = reasons[i].weight,
                                                            .first_record = records,
                                                            .next = first};
        first = row;
    }
    *ret_first = first;
    return XF_OK;
}

bool xf_flags_same_reasons(const struct xf_flags *flags, uint32_t flag, const struct xf_flag_ground_reason *reasons,
                           uint32_t reason_count)
{
    uint32_t at = flags->flags.items[flag].first_reason;

    for (uint32_t i = 0; i < reason_count; i++) {
        const struct xf_flag_reason *row;
        uint32_t record;

        if (at == XF_NONE)
            return false;
        row = &flags->reasons.items[at];
        if (row->pattern != reasons[i].pattern || row->count != reasons[i].count || row->weight != reasons[i].weight)
            return false;
        record = row->first_record;
        for (uint32_t k = 0; k < reasons[i].record_count; k++) {
            if (record == XF_NONE || flags->records.items[record].feed != reasons[i].records[k].feed ||
                flags->records.items[record].id != reasons[i].records[k].id)
                return false;
            record = flags->records.items[record].next;
        }
        if (record != XF_NONE)
            return false;
        at = row->next;
    }
    return at == XF_NONE;
}

static void free_reasons(struct xf_flags *flags, uint32_t reason)
{
    while (reason != XF_NONE) {
        uint32_t next = flags->reasons.items[reason].next;
        uint32_t record = flags->reasons.items[reason].first_record;

        while (record != XF_NONE) {
            uint32_t after = flags->records.items[record].next;

            flags->records.items[record] = (struct xf_flag_record){.next = flags->free_record};
            flags->free_record = record;
            record = after;
        }
        flags->reasons.items[reason] = (struct xf_flag_reason){.first_record = XF_NONE, .next = flags->free_reason};
        flags->free_reason = reason;
        reason = next;
    }
}

int xf_flags_set_reasons(struct xf_flags *flags, uint32_t flag, const struct xf_flag_ground_reason *reasons, uint32_t reason_count)
{
    free_reasons(flags, flags->flags.items[flag].first_reason);
    return put_reasons(flags, reasons, reason_count, &flags->flags.items[flag].first_reason);
}

/* Life */

int xf_flags_add(struct xf_flags *flags, const struct xf_flag *flag, const struct xf_flag_ground_reason *reasons,
                 uint32_t reason_count, uint32_t *ret)
{
    struct xf_flag row = *flag;

    assert(!flags->flags.count || flags->flags.items[flags->flags.count - 1].position < row.position ||
           (flags->flags.items[flags->flags.count - 1].position == row.position &&
            flags->flags.items[flags->flags.count - 1].ordinal < row.ordinal));
    if (make_room(flags, row.entity) != XF_OK || put_reasons(flags, reasons, reason_count, &row.first_reason) != XF_OK ||
        xf_vec_push(&flags->flags, row) != XF_OK)
        return XF_ENOMEM;
    *ret = flags->flags.count - 1;
    chain(flags, *ret);
    return xf_flag_active(&row) ? xf_flags_await(flags, *ret) : XF_OK;
}

struct xf_flag *xf_flags_edit(struct xf_flags *flags, uint32_t flag)
{
    return &flags->flags.items[flag];
}

void xf_flags_end(struct xf_flags *flags, uint32_t flag, enum xf_flag_status status, int64_t at)
{
    struct xf_flag *row = &flags->flags.items[flag];

    assert(xf_flag_active(row) && (status == XF_FLAG_EXPIRED || status == XF_FLAG_WITHDRAWN));
    row->status = (uint8_t)status;
    row->changed_at = at;
    xf_flags_drop_stale(flags);
}

/* The status that a person's step leads to, from the status that allows it; 0 when it does not. */
static enum xf_flag_status status_after(enum xf_flag_step step, const struct xf_flag *flag)
{
    switch (step) {
    case XF_STEP_CONFIRMED:
        return flag->status == XF_FLAG_PROPOSED ? XF_FLAG_CONFIRMED : (enum xf_flag_status)0;
    case XF_STEP_DISMISSED:
        return flag->status == XF_FLAG_PROPOSED ? XF_FLAG_DISMISSED : (enum xf_flag_status)0;
    case XF_STEP_WITHDRAWN:
        return xf_flag_active(flag) ? XF_FLAG_WITHDRAWN : (enum xf_flag_status)0;
    case XF_STEP_RENEWED:
        return xf_flag_active(flag) ? (enum xf_flag_status)flag->status : (enum xf_flag_status)0;
    case XF_STEP_CHANGED:
    case XF_STEP_RAISED:
    case XF_STEP_RAISED_LEVEL:
    case XF_STEP_EXPIRED:
    case XF_STEP_HANDED_OVER:
        break;
    }
    return (enum xf_flag_status)0;
}

int xf_flags_decide(struct xf_flags *flags, uint32_t flag, enum xf_flag_step step, const char *by, const char *rationale,
                    int64_t at, int review_months, struct xf_error *error)
{
    struct xf_flag *row = &flags->flags.items[flag];
    uint32_t by_symbol, rationale_symbol;
    enum xf_flag_status status;

    if (step != XF_STEP_CONFIRMED && step != XF_STEP_DISMISSED && step != XF_STEP_RENEWED && step != XF_STEP_WITHDRAWN)
        return xf_error_set(error, XF_EINVAL, "%s is not a person's step", xf_flag_step_name(step));
    if (!by || !*by)
        return xf_error_set(error, XF_EINVAL, "a decision needs a named person");
    if (!rationale || !*rationale)
        return xf_error_set(error, XF_EINVAL, "a decision needs a rationale");
    status = status_after(step, row);
    if (!status)
        return xf_error_set(error, XF_ECONFLICT, "a flag that is %s cannot be %s",
                            xf_flag_status_name((enum xf_flag_status)row->status), xf_flag_step_name(step));
    if (xf_intern_puts(flags->symbols, by, &by_symbol) || xf_intern_puts(flags->symbols, rationale, &rationale_symbol))
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    if (step == XF_STEP_RENEWED) {
        row->review_due = xf_time_add_months(at, review_months);
        if (xf_flags_await(flags, flag) != XF_OK)
            return xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    row->status = (uint8_t)status;
    row->by = by_symbol;
    row->rationale = rationale_symbol;
    row->changed_at = at;
    if (!xf_flag_active(row))
        row->closed_by_person = 1;
    xf_flags_drop_stale(flags);
    return XF_OK;
}

/* Memory and bytes */

void *xf_flags_memory(const struct xf_flags *flags)
{
    return flags->memory;
}

void xf_flags_remember(struct xf_flags *flags, void *memory, void (*destroy)(void *memory))
{
    assert(!flags->memory);
    flags->memory = memory;
    flags->forget = destroy;
}

int xf_flags_save(const struct xf_flags *flags, struct xf_pack *pack)
{
    const uint32_t heads[2] = {flags->free_reason, flags->free_record};
    XF_VEC(struct wake) wakes = {0};
    int rc = XF_OK;

    for (uint32_t entity = 0; rc == XF_OK && entity < flags->wakes.count; entity++)
        if (flags->wakes.items[entity])
            rc = xf_vec_push(&wakes, (struct wake){.at = flags->wakes.items[entity], .entity = entity});
    if (rc == XF_OK)
        rc = xf_vec_save(&flags->flags, pack, "FLAG");
    if (rc == XF_OK)
        rc = xf_vec_save(&flags->reasons, pack, "FREA");
    if (rc == XF_OK)
        rc = xf_vec_save(&flags->records, pack, "FREC");
    if (rc == XF_OK)
        rc = xf_vec_save(&wakes, pack, "FWAK");
    if (rc == XF_OK)
        rc = xf_pack_array(pack, "FFRE", heads, sizeof(heads), 1);
    xf_vec_free(&wakes);
    return rc;
}

/* Chains, heap and wakes out of the rows just read. */
static int rebuild(struct xf_flags *flags, const struct wake *wakes, uint32_t wake_count)
{
    int rc = XF_OK;

    for (uint32_t flag = 0; rc == XF_OK && flag < flags->flags.count; flag++) {
        const struct xf_flag *row = &flags->flags.items[flag];

        rc = make_room(flags, row->entity);
        if (rc == XF_OK)
            chain(flags, flag);
        if (rc == XF_OK && xf_flag_active(row))
            rc = xf_flags_await(flags, flag);
    }
    for (uint32_t i = 0; rc == XF_OK && i < wake_count; i++)
        rc = xf_flags_wake(flags, wakes[i].entity, wakes[i].at);
    return rc;
}

int xf_flags_load(struct xf_unpack *unpack, struct xf_intern *symbols, struct xf_flags **ret)
{
    struct xf_flags *flags = xf_flags_create(symbols);
    XF_VEC(struct wake) wakes = {0};
    uint32_t(*heads)[2] = NULL;
    uint64_t one = 0;
    int rc = flags ? xf_vec_load(&flags->flags, unpack, "FLAG") : XF_ENOMEM;

    if (rc == XF_OK)
        rc = xf_vec_load(&flags->reasons, unpack, "FREA");
    if (rc == XF_OK)
        rc = xf_vec_load(&flags->records, unpack, "FREC");
    if (rc == XF_OK)
        rc = xf_vec_load(&wakes, unpack, "FWAK");
    if (rc == XF_OK)
        rc = xf_unpack_array(unpack, "FFRE", sizeof(*heads), (void **)&heads, &one);
    if (rc == XF_OK && one != 1)
        rc = XF_EINVAL;
    if (rc == XF_OK) {
        flags->free_reason = (*heads)[0];
        flags->free_record = (*heads)[1];
        rc = rebuild(flags, wakes.items, wakes.count);
    }
    free(heads);
    xf_vec_free(&wakes);
    if (rc != XF_OK) {
        xf_flags_destroy(flags);
        return rc;
    }
    *ret = flags;
    return XF_OK;
}
