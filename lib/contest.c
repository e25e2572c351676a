/* SPDX-License-Identifier: Apache-2.0 */
/* Contests between decisions, and the way from one mention to another over them. Called by the fold (which decisions hold, after an
 * entry that touched some) and by the API (what stands against a new one). A decision that is out because an earlier one
 * contradicts it waits; when that is undone, or its mention goes, it comes in. Invariant: after every entry the decisions in force
 * are those that, taken in the order in which they were made, each of two mentions that are there, do not contradict the ones
 * before. */
#include "contest.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "vec.h"

static bool same_key(struct xf_mention_key a, struct xf_mention_key b)
{
    return a.feed == b.feed && a.id == b.id && a.ref == b.ref;
}

/* The decisions that name one mention, out of those of its record. */
static bool names(const struct xf_decision *row, struct xf_mention_key key)
{
    return same_key(row->a, key) || same_key(row->b, key);
}

/* A decision that takes part: mentions are XF_NONE when one is not there. */
struct entrant {
    uint64_t position;
    uint32_t row, a, b; /* mentions; then the places of their groups */
    bool able;          /* both are there, of one kind, and something is said */
    bool holds;
};

struct run {
    const struct xf_contest *contest;
    XF_VEC(struct entrant) entrants;
    XF_VEC(uint32_t) mentions; /* ascending */
    XF_VEC(uint32_t) parents;  /* by place in mentions */
    XF_VEC(uint32_t) apart;    /* entrants that hold and say "not same" */
};

static uint32_t mention_of(const struct xf_contest *contest, struct xf_mention_key key)
{
    uint32_t record =
        xf_register_find(contest->reg, xf_intern_text(contest->symbols, key.feed), xf_intern_text(contest->symbols, key.id));

    return record == XF_NONE ? XF_NONE : xf_register_mention_of(contest->reg, record, xf_intern_text(contest->symbols, key.ref));
}

static int enter(struct run *run, uint32_t row)
{
    const struct xf_decision *decision = xf_decisions_at(run->contest->decisions, row);
    struct entrant entrant = {.position = decision->position, .row = row};

    if (decision->visited)
        return XF_OK;
    entrant.a = mention_of(run->contest, decision->a);
    entrant.b = mention_of(run->contest, decision->b);
    entrant.able =
        decision->word != XF_WORD_NONE && entrant.a != XF_NONE && entrant.b != XF_NONE &&
        xf_register_mention_at(run->contest->reg, entrant.a)->kind == xf_register_mention_at(run->contest->reg, entrant.b)->kind;
    if (xf_vec_push(&run->entrants, entrant) != XF_OK)
        return XF_ENOMEM;
    xf_decisions_visit(run->contest->decisions, row, true);
    return XF_OK;
}

static int enter_around(struct run *run, struct xf_mention_key key)
{
    const struct xf_decisions *decisions = run->contest->decisions;

    for (uint32_t row = xf_decisions_first(decisions, key.feed, key.id); row != XF_NONE;
         row = xf_decisions_next(decisions, row, key.feed, key.id))
        if (names(xf_decisions_at(decisions, row), key) && enter(run, row) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

/* From the seeds, of which what is no longer said counts too, to all that hangs together with them. */
static int gather(struct run *run)
{
    uint32_t seeds = run->entrants.count;

    for (uint32_t i = 0; i < run->entrants.count; i++) {
        struct xf_decision row = *xf_decisions_at(run->contest->decisions, run->entrants.items[i].row);

        if (i >= seeds && !run->entrants.items[i].able)
            continue;
        if (enter_around(run, row.a) != XF_OK || enter_around(run, row.b) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int compare_entrants(const void *a, const void *b)
{
    const struct entrant *x = a, *y = b;

    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static uint32_t place_of(const struct run *run, uint32_t mention)
{
    const uint32_t *found =
        bsearch(&mention, run->mentions.items, run->mentions.count, sizeof(*run->mentions.items), xf_compare_numbers);

    return (uint32_t)(found - run->mentions.items);
}

static uint32_t root_of(struct run *run, uint32_t place)
{
    uint32_t *parents = run->parents.items;

    while (parents[place] != place) {
        parents[place] = parents[parents[place]];
        place = parents[place];
    }
    return place;
}

static int make_groups(struct run *run)
{
    for (uint32_t i = 0; i < run->entrants.count; i++) {
        const struct entrant *entrant = &run->entrants.items[i];

        if (entrant->able && (xf_vec_push(&run->mentions, entrant->a) != XF_OK || xf_vec_push(&run->mentions, entrant->b) != XF_OK))
            return XF_ENOMEM;
    }
    if (run->mentions.count > 1)
        qsort(run->mentions.items, run->mentions.count, sizeof(*run->mentions.items), xf_compare_numbers);
    for (uint32_t i = 0; i < run->mentions.count; i++)
        if (xf_vec_push(&run->parents, i) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

/* Doubles in `mentions` do no harm: bsearch finds the same one every time, for the array no longer changes. */
static int judge(struct run *run)
{
    for (uint32_t i = 0; i < run->entrants.count; i++) {
        struct entrant *entrant = &run->entrants.items[i];
        uint32_t a, b;

        if (!entrant->able)
            continue;
        entrant->a = place_of(run, entrant->a);
        entrant->b = place_of(run, entrant->b);
        a = root_of(run, entrant->a);
        b = root_of(run, entrant->b);
        if (xf_decisions_at(run->contest->decisions, entrant->row)->word == XF_WORD_NOT_SAME) {
            entrant->holds = a != b;
            if (entrant->holds && xf_vec_push(&run->apart, i) != XF_OK)
                return XF_ENOMEM;
            continue;
        }
        entrant->holds = true;
        for (uint32_t j = 0; entrant->holds && a != b && j < run->apart.count; j++) {
            const struct entrant *other = &run->entrants.items[run->apart.items[j]];
            uint32_t x = root_of(run, other->a), y = root_of(run, other->b);

            entrant->holds = !((x == a && y == b) || (x == b && y == a));
        }
        if (entrant->holds)
            run->parents.items[a] = b;
    }
    return XF_OK;
}

/* What no longer holds goes first: then nothing that comes can contradict what the linker has. */
static int tell_linker(struct run *run)
{
    const struct xf_contest *contest = run->contest;
    int rc = XF_OK;

    for (int coming = 0; coming < 2; coming++) {
        for (uint32_t i = 0; rc == XF_OK && i < run->entrants.count; i++) {
            const struct entrant *entrant = &run->entrants.items[i];
            const struct xf_decision *row = xf_decisions_at(contest->decisions, entrant->row);
            uint32_t a = mention_of(contest, row->a), b = mention_of(contest, row->b);

            if (entrant->holds && row->in_force)
                continue;
            if (coming && entrant->holds)
                rc = xf_linker_decide(contest->linker, a, b, (enum xf_word)row->word);
            else if (!coming && a != XF_NONE && b != XF_NONE && a != b)
                rc = xf_linker_decide(contest->linker, a, b, XF_WORD_NONE);
            if (rc == XF_EINVAL) /* of two kinds: nothing was ever said on them */
                rc = XF_OK;
            if (rc == XF_OK && (!coming || entrant->holds))
                xf_decisions_force(contest->decisions, entrant->row, coming != 0);
        }
    }
    return rc;
}

static int settle(struct run *run, int rc)
{
    if (rc == XF_OK)
        rc = gather(run);
    for (uint32_t i = 0; i < run->entrants.count; i++)
        xf_decisions_visit(run->contest->decisions, run->entrants.items[i].row, false);
    if (rc == XF_OK && run->entrants.count > 1)
        qsort(run->entrants.items, run->entrants.count, sizeof(*run->entrants.items), compare_entrants);
    if (rc == XF_OK)
        rc = make_groups(run);
    if (rc == XF_OK)
        rc = judge(run);
    if (rc == XF_OK)
        rc = tell_linker(run);
    xf_vec_free(&run->entrants);
    xf_vec_free(&run->mentions);
    xf_vec_free(&run->parents);
    xf_vec_free(&run->apart);
    return rc;
}

int xf_contest_record(const struct xf_contest *contest, uint32_t feed, uint32_t id)
{
    struct run run = {.contest = contest};
    int rc = XF_OK;

    for (uint32_t row = xf_decisions_first(contest->decisions, feed, id); rc == XF_OK && row != XF_NONE;
         row = xf_decisions_next(contest->decisions, row, feed, id))
        rc = enter(&run, row);
    return run.entrants.count ? settle(&run, rc) : rc;
}

int xf_contest_decision(const struct xf_contest *contest, uint32_t row)
{
    struct run run = {.contest = contest};

    return settle(&run, enter(&run, row));
}

/* The way */

/* A mention reached, over "same" alone or over one "not same" too. */
struct step {
    struct xf_mention_key key;
    uint32_t from, row; /* the step before, and the decision that led here; XF_NONE at the start */
    bool crossed;
};

struct search {
    const struct xf_decisions *decisions;
    uint32_t own;  /* the pair's row, which does not count */
    bool crossing; /* whether the way leads over a "not same" */
    XF_VEC(struct step) steps;
    uint32_t *slots; /* step + 1 by key and crossed; at most half full */
    uint32_t mask;
};

static uint32_t *slot_of(const struct search *search, const struct step *step)
{
    const uint32_t words[4] = {step->key.feed, step->key.id, step->key.ref, step->crossed};
    uint32_t at = (uint32_t)XXH3_64bits(words, sizeof(words)) & search->mask;

    while (search->slots[at]) {
        const struct step *known = &search->steps.items[search->slots[at] - 1];

        if (same_key(known->key, step->key) && known->crossed == step->crossed)
            break;
        at = (at + 1) & search->mask;
    }
    return &search->slots[at];
}

static int grow(struct search *search)
{
    uint32_t slots = search->mask ? (search->mask + 1) * 2 : 64;
    uint32_t *grown = calloc(slots, sizeof(*grown));

    if (!grown)
        return XF_ENOMEM;
    free(search->slots);
    search->slots = grown;
    search->mask = slots - 1;
    for (uint32_t i = 0; i < search->steps.count; i++)
        *slot_of(search, &search->steps.items[i]) = i + 1;
    return XF_OK;
}

static int reach(struct search *search, const struct step *step)
{
    uint32_t *slot;

    if ((!search->mask || search->steps.count * 2 >= search->mask) && grow(search) != XF_OK)
        return XF_ENOMEM;
    slot = slot_of(search, step);
    if (*slot)
        return XF_OK;
    if (xf_vec_push(&search->steps, *step) != XF_OK)
        return XF_ENOMEM;
    *slot = search->steps.count;
    return XF_OK;
}

/* All that one decision leads to from a step. */
static int follow(struct search *search, uint32_t at)
{
    struct step here = search->steps.items[at];

    for (uint32_t row = xf_decisions_first(search->decisions, here.key.feed, here.key.id); row != XF_NONE;
         row = xf_decisions_next(search->decisions, row, here.key.feed, here.key.id)) {
        const struct xf_decision *decision = xf_decisions_at(search->decisions, row);
        bool crosses = decision->word == XF_WORD_NOT_SAME;
        struct step next = {.from = at, .row = row, .crossed = here.crossed || crosses};

        if (row == search->own || !decision->in_force || !names(decision, here.key) ||
            (crosses && (!search->crossing || here.crossed)))
            continue;
        next.key = same_key(decision->a, here.key) ? decision->b : decision->a;
        if (reach(search, &next) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

int xf_decisions_against(const struct xf_decisions *decisions, struct xf_mention_key a, struct xf_mention_key b, enum xf_word word,
                         uint32_t *rows, int max)
{
    struct search search = {.decisions = decisions, .own = xf_decisions_find(decisions, a, b), .crossing = word == XF_WORD_SAME};
    int rc = word == XF_WORD_NONE ? XF_OK : reach(&search, &(struct step){.key = a, .from = XF_NONE, .row = XF_NONE});
    int count = 0;

    for (uint32_t i = 0; rc == XF_OK && i < search.steps.count; i++) {
        const struct step *step = &search.steps.items[i];

        if (i && same_key(step->key, b) && step->crossed == search.crossing) {
            for (uint32_t at = i; search.steps.items[at].row != XF_NONE; at = search.steps.items[at].from)
                count++;
            for (uint32_t at = i, n = (uint32_t)count; n > 0; at = search.steps.items[at].from)
                if ((int)--n < max)
                    rows[n] = search.steps.items[at].row;
            break;
        }
        rc = follow(&search, i);
    }
    xf_vec_free(&search.steps);
    free(search.slots);
    return rc == XF_OK ? count : rc;
}
