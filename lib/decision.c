/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions in one array, chained by record through a small hash, so that a record's put costs nothing when nobody ever spoke on
 * it; a pair has one row, behind which stands what was said on it before. Written by the fold alone; contest.c says which are in
 * force. Invariant: statements stand in the order of their positions. */
#include "crossflag/decision.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "contest.h"
#include "vec.h"

static_assert(sizeof(struct xf_decision) == 64 && sizeof(struct xf_past_decision) == 32,
              "no padding that the snapshot would compare");

struct head {
    uint32_t feed, id, first; /* feed 0: an empty slot */
};

struct statement {
    uint64_t position;
    uint32_t row;
};

struct xf_decisions {
    XF_VEC(struct xf_decision) rows;
    XF_VEC(struct xf_past_decision) past;
    XF_VEC(struct statement) statements; /* derived: by position */
    struct head *heads;                  /* derived */
    uint32_t head_mask, head_count;
};

static struct head *head_of(const struct xf_decisions *decisions, uint32_t feed, uint32_t id)
{
    uint64_t key = (uint64_t)feed << 32 | id;
    uint32_t at = (uint32_t)XXH3_64bits(&key, sizeof(key)) & decisions->head_mask;

    while (decisions->heads[at].feed && (decisions->heads[at].feed != feed || decisions->heads[at].id != id))
        at = (at + 1) & decisions->head_mask;
    return &decisions->heads[at];
}

static bool same_record(struct xf_mention_key key, uint32_t feed, uint32_t id)
{
    return key.feed == feed && key.id == id;
}

static void chain(struct xf_decisions *decisions, uint32_t row, int side)
{
    struct xf_decision *decision = &decisions->rows.items[row];
    struct xf_mention_key key = side ? decision->b : decision->a;
    struct head *head = head_of(decisions, key.feed, key.id);

    decision->next[side] = XF_NONE;
    if (!head->feed) {
        *head = (struct head){.feed = key.feed, .id = key.id, .first = XF_NONE};
        decisions->head_count++;
    }
    decision->next[side] = head->first;
    head->first = row;
}

static void chain_both(struct xf_decisions *decisions, uint32_t row)
{
    const struct xf_decision *decision = &decisions->rows.items[row];

    chain(decisions, row, 0);
    /* Both mentions in one record: one chain holds it once. */
    if (!same_record(decision->b, decision->a.feed, decision->a.id))
        chain(decisions, row, 1);
}

static int make_heads(struct xf_decisions *decisions, uint32_t slots)
{
    struct head *heads = calloc(slots, sizeof(*heads));

    if (!heads)
        return XF_ENOMEM;
    free(decisions->heads);
    decisions->heads = heads;
    decisions->head_mask = slots - 1;
    decisions->head_count = 0;
    for (uint32_t row = 0; row < decisions->rows.count; row++)
        chain_both(decisions, row);
    return XF_OK;
}

struct xf_decisions *xf_decisions_create(void)
{
    struct xf_decisions *decisions = calloc(1, sizeof(*decisions));

    if (decisions && make_heads(decisions, 64) != XF_OK) {
        free(decisions);
        return NULL;
    }
    return decisions;
}

void xf_decisions_destroy(struct xf_decisions *decisions)
{
    if (!decisions)
        return;
    xf_vec_free(&decisions->rows);
    xf_vec_free(&decisions->past);
    xf_vec_free(&decisions->statements);
    free(decisions->heads);
    free(decisions);
}

static bool same_key(struct xf_mention_key a, struct xf_mention_key b)
{
    return a.feed == b.feed && a.id == b.id && a.ref == b.ref;
}

uint32_t xf_decisions_first(const struct xf_decisions *decisions, uint32_t feed, uint32_t id)
{
    const struct head *head = head_of(decisions, feed, id);

    return head->feed ? head->first : XF_NONE;
}

uint32_t xf_decisions_next(const struct xf_decisions *decisions, uint32_t decision, uint32_t feed, uint32_t id)
{
    const struct xf_decision *row = &decisions->rows.items[decision];

    return row->next[same_record(row->a, feed, id) ? 0 : 1];
}

uint32_t xf_decisions_find(const struct xf_decisions *decisions, struct xf_mention_key a, struct xf_mention_key b)
{
    for (uint32_t i = xf_decisions_first(decisions, a.feed, a.id); i != XF_NONE;
         i = xf_decisions_next(decisions, i, a.feed, a.id)) {
        const struct xf_decision *row = &decisions->rows.items[i];

        if ((same_key(row->a, a) && same_key(row->b, b)) || (same_key(row->a, b) && same_key(row->b, a)))
            return i;
    }
    return XF_NONE;
}

char *xf_decision_id(uint64_t position, char buffer[static XF_DECISION_ID])
{
    snprintf(buffer, XF_DECISION_ID, "dec-%" PRIu64, position);
    return buffer;
}

uint64_t xf_decision_position(const char *id)
{
    char again[XF_DECISION_ID];
    uint64_t position = 0;

    if (strlen(id) >= XF_DECISION_ID || sscanf(id, "dec-%" SCNu64, &position) != 1)
        return 0;
    return strcmp(xf_decision_id(position, again), id) == 0 ? position : 0;
}

/* Puts the new word on a pair's row, and the old one behind it. */
static int replace(struct xf_decisions *decisions, uint32_t row, const struct xf_decision *decision)
{
    struct xf_decision *known = &decisions->rows.items[row];
    struct xf_past_decision past = {.position = known->position,
                                    .at = known->at,
                                    .by = known->by,
                                    .rationale = known->rationale,
                                    .older = known->older,
                                    .word = known->word};

    if (xf_vec_push(&decisions->past, past) != XF_OK)
        return XF_ENOMEM;
    known->position = decision->position;
    known->at = decision->at;
    known->by = decision->by;
    known->rationale = decision->rationale;
    known->older = decisions->past.count - 1;
    known->word = decision->word;
    known->in_force = 0;
    return XF_OK;
}

int xf_decisions_put(struct xf_decisions *decisions, const struct xf_decision *decision, uint32_t *ret)
{
    uint32_t row = xf_decisions_find(decisions, decision->a, decision->b);

    if (xf_vec_reserve(&decisions->statements, 1) != XF_OK)
        return XF_ENOMEM;
    if (row != XF_NONE) {
        if (replace(decisions, row, decision) != XF_OK)
            return XF_ENOMEM;
    } else {
        if ((decisions->head_count + 2) * 2 > decisions->head_mask &&
            make_heads(decisions, (decisions->head_mask + 1) * 2) != XF_OK)
            return XF_ENOMEM;
        if (xf_vec_push(&decisions->rows, *decision) != XF_OK)
            return XF_ENOMEM;
        row = decisions->rows.count - 1;
        decisions->rows.items[row].next[0] = decisions->rows.items[row].next[1] = decisions->rows.items[row].older = XF_NONE;
        decisions->rows.items[row].in_force = 0;
        chain_both(decisions, row);
    }
    decisions->statements.items[decisions->statements.count++] = (struct statement){.position = decision->position, .row = row};
    *ret = row;
    return XF_OK;
}

uint32_t xf_decisions_count(const struct xf_decisions *decisions)
{
    return decisions->rows.count;
}

const struct xf_decision *xf_decisions_at(const struct xf_decisions *decisions, uint32_t decision)
{
    return &decisions->rows.items[decision];
}

void xf_decisions_force(struct xf_decisions *decisions, uint32_t decision, bool in_force)
{
    decisions->rows.items[decision].in_force = in_force;
}

void xf_decisions_visit(struct xf_decisions *decisions, uint32_t decision, bool visited)
{
    decisions->rows.items[decision].visited = visited;
}

const struct xf_past_decision *xf_decisions_past_at(const struct xf_decisions *decisions, uint32_t past)
{
    return &decisions->past.items[past];
}

uint32_t xf_decisions_statements(const struct xf_decisions *decisions)
{
    return decisions->statements.count;
}

uint32_t xf_decisions_statement(const struct xf_decisions *decisions, uint32_t n, uint64_t *ret_position)
{
    *ret_position = decisions->statements.items[n].position;
    return decisions->statements.items[n].row;
}

uint32_t xf_decisions_of(const struct xf_decisions *decisions, uint64_t position)
{
    uint32_t low = 0, high = decisions->statements.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (decisions->statements.items[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < decisions->statements.count && decisions->statements.items[low].position == position
               ? decisions->statements.items[low].row
               : XF_NONE;
}

int xf_decisions_save(const struct xf_decisions *decisions, struct xf_pack *pack)
{
    int rc = xf_vec_save(&decisions->rows, pack, "DECI");

    return rc == XF_OK ? xf_vec_save(&decisions->past, pack, "DECP") : rc;
}

static int compare_statements(const void *a, const void *b)
{
    const struct statement *x = a, *y = b;

    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The statements from the rows and what stands behind them. XF_EINVAL: a chain that leads nowhere. */
static int make_statements(struct xf_decisions *decisions)
{
    for (uint32_t row = 0; row < decisions->rows.count; row++) {
        const struct xf_decision *decision = &decisions->rows.items[row];
        uint32_t bound = decisions->past.count;

        if (xf_vec_push(&decisions->statements, (struct statement){decision->position, row}) != XF_OK)
            return XF_ENOMEM;
        /* What is older was put behind earlier: numbers fall along the chain, so that it ends. */
        for (uint32_t past = decision->older; past != XF_NONE; past = decisions->past.items[past].older) {
            if (past >= bound)
                return XF_EINVAL;
            bound = past;
            if (xf_vec_push(&decisions->statements, (struct statement){decisions->past.items[past].position, row}) != XF_OK)
                return XF_ENOMEM;
        }
    }
    if (decisions->statements.count > 1)
        qsort(decisions->statements.items, decisions->statements.count, sizeof(*decisions->statements.items), compare_statements);
    return XF_OK;
}

int xf_decisions_load(struct xf_unpack *unpack, struct xf_decisions **ret)
{
    struct xf_decisions *decisions = xf_decisions_create();
    uint32_t slots = 64;
    int rc = decisions ? xf_vec_load(&decisions->rows, unpack, "DECI") : XF_ENOMEM;

    if (rc == XF_OK)
        rc = xf_vec_load(&decisions->past, unpack, "DECP");
    if (rc == XF_OK)
        rc = make_statements(decisions);
    while (rc == XF_OK && slots < decisions->rows.count * 4)
        slots *= 2;
    if (rc == XF_OK)
        rc = make_heads(decisions, slots);
    if (rc != XF_OK) {
        xf_decisions_destroy(decisions);
        return rc;
    }
    *ret = decisions;
    return XF_OK;
}
