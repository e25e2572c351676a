/* SPDX-License-Identifier: Apache-2.0 */
/* The linker: which mentions speak of the same person, location or vehicle. Fellegi–Sunter match weights from a frozen model,
 * blocking keys in memory, and a deterministic constrained clustering of each connected component, so that the partition depends on
 * the set of mentions, the decisions and the model alone, never on the order of arrival. Mention numbers are the caller's; entities
 * are the linker's.
 *
 * Weights are thousandths of a bit (base-2 logarithm of the odds), the prior included. */
#ifndef CROSSFLAG_LINKER_H
#define CROSSFLAG_LINKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/arena.h"
#include "crossflag/error.h"
#include "crossflag/intern.h"
#include "crossflag/mention.h"
#include "crossflag/model.h"
#include "crossflag/pack.h"

#define XF_NONE UINT32_MAX
#define XF_ENTITY_ID 40 /* "per-18446744073709551615-4294967295" and a NUL */

struct xf_linker;

/* model and symbols are borrowed for the linker's life. NULL when out of memory. */
struct xf_linker *xf_linker_create(const struct xf_model *model, struct xf_intern *symbols);
void xf_linker_destroy(struct xf_linker *linker);

/* Puts another model in force for a settled linker; it must outlive the linker: everything is compared again. Mentions keep their
 * numbers and decisions; the next settle says what became of the entities, which keep their ids where the new model leaves them
 * together. XF_OK, XF_ENOMEM (the linker is as it was). */
int xf_linker_remodel(struct xf_linker *linker, const struct xf_model *model) XF_MUST_CHECK;

/* After XF_ENOMEM from one of the following the linker can only be destroyed. */

/* Adds the sealed mention under the caller's number (dense from 0; a removed number may be used again). mention is copied. XF_OK,
 * XF_ENOMEM. */
int xf_linker_add(struct xf_linker *linker, uint32_t number, const struct xf_mention *mention) XF_MUST_CHECK;
/* Takes a mention away with its edges and the decisions that name it. XF_OK, XF_ENOMEM. */
int xf_linker_remove(struct xf_linker *linker, uint32_t number) XF_MUST_CHECK;
/* A person's word on two mentions of one kind; XF_WORD_NONE undoes it. It wins over weights and over hard conflicts. XF_ECONFLICT
 * (nothing changed) when "same" would join what "not same" keeps apart through other decisions or the reverse; XF_ENOTFOUND when a
 * mention is not there; XF_EINVAL when their kinds differ. */
enum xf_word { XF_WORD_NONE, XF_WORD_SAME, XF_WORD_NOT_SAME };
int xf_linker_decide(struct xf_linker *linker, uint32_t a, uint32_t b, enum xf_word word) XF_MUST_CHECK;

/* What a settlement did to one entity. */
enum xf_entity_change {
    XF_ENTITY_CREATED,
    XF_ENTITY_CHANGED /* gained or lost mentions, or one was replaced under its number */,
    XF_ENTITY_MERGED /* now a redirect to `other` */,
    XF_ENTITY_SPLIT /* created from part of `other` */,
    XF_ENTITY_GONE /* no mention left */
};
struct xf_linker_change {
    enum xf_entity_change change;
    uint32_t entity;
    uint32_t other;
};
/* Clusters again the components that changed since the last call and gives entities: when clusters merge the oldest entity lives on
 * and the others become redirects; when one splits the larger, then older, part keeps it; a new entity's age is (position,
 * ordinal), ordinals counting from *ordinal within one position. Positions never go down. A mention that was removed and comes
 * again with the same or much the same values, under its number or another, has never left: a correction keeps its entities. A
 * number that comes again with another's words is another mention. Each entity is named once, by ascending index. *ret is borrowed
 * until the next call. XF_OK, XF_ENOMEM. */
int xf_linker_settle(struct xf_linker *linker, uint64_t position, uint32_t *ordinal, const struct xf_linker_change **ret,
                     size_t *ret_count) XF_MUST_CHECK;

/* Entities: indices below xf_linker_entity_count, never reused. */
uint32_t xf_linker_entity_count(const struct xf_linker *linker);
/* Of a mention: its entity, valid after settle. */
uint32_t xf_linker_entity_of(const struct xf_linker *linker, uint32_t number);
enum xf_mention_kind xf_linker_entity_kind(const struct xf_linker *linker, uint32_t entity);
/* Follows redirects to the living entity; XF_NONE when it ended without mentions. */
uint32_t xf_linker_entity_living(const struct xf_linker *linker, uint32_t entity);
/* How many mentions it has; 0 for redirects and the gone. */
uint32_t xf_linker_entity_size(const struct xf_linker *linker, uint32_t entity);
/* Iteration over members: first, then next until XF_NONE; in no order that means anything. */
uint32_t xf_linker_first(const struct xf_linker *linker, uint32_t entity);
uint32_t xf_linker_next(const struct xf_linker *linker, uint32_t number);
/* Its public id: per-|loc-|veh- then position and ordinal of its founding. Returns buffer. */
char *xf_linker_entity_id(const struct xf_linker *linker, uint32_t entity, char buffer[static XF_ENTITY_ID]);
/* The entity of an id (may be a redirect or gone), XF_NONE when there never was one. */
uint32_t xf_linker_entity_find(const struct xf_linker *linker, const char *id);

/* The entities that redirect to one, through others too, ascending: at most max of them, and how many. */
size_t xf_linker_redirects(const struct xf_linker *linker, uint32_t entity, uint32_t *entities, size_t max);

/* Fills in a mention's normalised values; how many there are. */
uint32_t xf_linker_values(const struct xf_linker *linker, uint32_t number, struct xf_value values[static XF_MENTION_VALUES_MAX]);

/* The entities that a mention, not itself added, would meet, best first: what check and search ask. Changes nothing. Several
 * mentions of one entity count once, with the best weight. symbols is the table that the mention's values were made with: the
 * linker's own, or one made over it (xf_intern_create_over). Returns how many matches were filled (at most max). scratch is used
 * for working memory. */
struct xf_match {
    uint32_t entity;
    uint32_t number;
    int32_t weight;
};
size_t xf_linker_find(const struct xf_linker *linker, const struct xf_mention *mention, const struct xf_intern *symbols,
                      int32_t min_weight, struct xf_match *matches, size_t max, struct xf_arena *scratch);

/* Why: the comparisons between two mentions. labels and names are borrowed from the model. */
struct xf_comparison_result {
    const char *comparison;
    const char *level;
    int32_t weight;
    struct xf_value a, b; /* field 0: nothing to compare */
};
struct xf_why {
    int32_t prior;
    int32_t total;
    bool conflict;
    size_t count;
    struct xf_comparison_result results[24];
};
void xf_linker_why(const struct xf_linker *linker, uint32_t a, uint32_t b, struct xf_why *ret);

/* Pairs at or above the review threshold that are in different entities and on which nobody has spoken, strongest first: the
 * clerical queue. Returns how many were filled. Mentions with the same values stand for each other: one pair tells of them all. */
struct xf_pair {
    uint32_t a, b;
    int32_t weight;
};
size_t xf_linker_review(const struct xf_linker *linker, struct xf_pair *pairs, size_t max);

/* Every pair of mentions that met under a blocking key and weighs min_weight or more, hard conflicts left out, each once, in no
 * order that means anything; mentions of the same values are pairs too, with what such a mention weighs against its own like. Below
 * the review threshold candidates are scored again; XF_PAIRS_EDGES: from each kind's review threshold on. visit returns 0 to go on.
 * XF_OK, XF_ENOMEM, or visit's value. */
#define XF_PAIRS_EDGES INT32_MIN
typedef int xf_pair_visit(void *context, const struct xf_pair *pair);
int xf_linker_pairs(const struct xf_linker *linker, int32_t min_weight, xf_pair_visit *visit, void *context) XF_MUST_CHECK;

struct xf_linker_counts {
    uint64_t mentions, profiles, edges, entities, comparisons, bytes;
};
void xf_linker_count(const struct xf_linker *linker, struct xf_linker_counts *ret);

int xf_linker_save(const struct xf_linker *linker, struct xf_pack *pack) XF_MUST_CHECK;
int xf_linker_load(struct xf_unpack *unpack, const struct xf_model *model, struct xf_intern *symbols,
                   struct xf_linker **ret) XF_MUST_CHECK;

#endif
