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
/* Many mentions at once, into a linker that has none yet, with the same outcome as one by one and sooner. Between begin and end
 * only xf_linker_add and compare may be called. compare finds the edges of one part of the mentions, numbered from 0; it only
 * reads, so that several threads may compare parts at once; *ret is owned. end puts them in, in the order of the parts, which it
 * borrows; all parts must be there. XF_OK, XF_ENOMEM. */
struct xf_linker_edges;
void xf_linker_bulk_begin(struct xf_linker *linker);
int xf_linker_bulk_compare(const struct xf_linker *linker, uint32_t part, uint32_t parts,
                           struct xf_linker_edges **ret) XF_MUST_CHECK;
int xf_linker_bulk_end(struct xf_linker *linker, struct xf_linker_edges *const *parts, uint32_t count) XF_MUST_CHECK;
void xf_linker_edges_destroy(struct xf_linker_edges *edges); /* takes NULL */
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
    /* MERGED: the strongest edge between what was the entity and the rest of what it is now; people's "same" before any weight.
     * XF_NONE: the same words alone. */
    uint32_t a, b;
    int32_t weight;
    bool word;
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
/* The position of its founding. */
uint64_t xf_linker_entity_founded(const struct xf_linker *linker, uint32_t entity);
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

/* Why: the comparisons between two mentions. labels and names are borrowed from the model. The prior and all results add up to the
 * total. */
#define XF_WHY_MAX 48 /* a person's ten comparisons, eight attributes, and what corrects them: at most 43 */
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
    struct xf_comparison_result results[XF_WHY_MAX];
};
void xf_linker_why(const struct xf_linker *linker, uint32_t a, uint32_t b, struct xf_why *ret);

/* What holds an entity together, or one mention in it. A bond is an edge between two contents, or people's "same" on two mentions.
 * choose says which mention shall stand for others with the very same words: called for some of each content (at most 64), the
 * greatest answer wins, and a content of which every answer is 0 is left out, as if it were not there. */
struct xf_bond {
    uint32_t a, b;
    int32_t weight;
    bool word; /* people said so; weight is what it would be without */
};
struct xf_bonds {
    uint32_t contents; /* how many different ones there are, of those that choose let through */
    uint32_t edges;    /* links between them */
    bool truncated;    /* the entity is larger than what is looked at, or the bonds than max */
};
typedef int xf_bond_choose(void *context, uint32_t number);
/* A maximum spanning tree, people's words first, then the strongest first, ties by number: what would have to go for the entity to
 * fall apart. With a mention: all bonds of its content with the rest instead. Returns how many were filled; scratch is used for
 * working memory. Some 1 ms at most. */
size_t xf_linker_bonds(const struct xf_linker *linker, uint32_t entity, uint32_t mention, xf_bond_choose *choose, void *context,
                       struct xf_bond *bonds, size_t max, struct xf_bonds *ret, struct xf_arena *scratch);

/* Whether a mention stands in its entity beyond doubt: it is all of it, people said so, or its words weigh XF_LINKER_SURE more than
 * the link threshold with those of another mention there: odds of a further 64 to one. With the shipped model that is 14 bits,
 * below which hmpps-person-match takes apart again what it joined: the same name and birth date are more, a misspelt one is less.
 */
#define XF_LINKER_SURE 6000
bool xf_linker_sure(const struct xf_linker *linker, uint32_t number);

/* The clerical queue: what is worth a person's look, and on which nobody has spoken. lib/clerical.h says what a look is worth.
 * Mentions with the same values stand for each other: one pair tells of them all (xf_linker_alike). */
enum xf_review_kind {
    XF_REVIEW_PAIR /* between the thresholds, in two entities */,
    XF_REVIEW_REFUSED /* above the link threshold, and in two entities all the same: a conflict, or groups that contradict */,
    XF_REVIEW_BRIDGE /* the one weak link that holds an entity together: without it, it falls in two */
};
struct xf_review {
    uint32_t a, b;
    int32_t weight;
    int32_t doubt; /* millionths of a bit */
    enum xf_review_kind kind;
};
/* A place in a walk from the most doubtful down, by half bits and within one in no order that means anything; starts zeroed. A
 * change of the linker between two calls may make it tell of a pair twice or not at all. */
struct xf_review_walk {
    uint32_t band, slot;
    bool done;
};
/* Returns how many items were filled, at most max; fewer than max, or none, does not mean that it is done. Some 0.1 ms. */
size_t xf_linker_review(const struct xf_linker *linker, struct xf_review_walk *walk, struct xf_review *items, size_t max);
/* The same around one entity (of a large one, only some). */
size_t xf_linker_review_of(const struct xf_linker *linker, uint32_t entity, struct xf_review *items, size_t max);
/* The next mention whose words are the very same, XF_NONE at the end; xf_linker_alike_first begins. */
uint32_t xf_linker_alike_first(const struct xf_linker *linker, uint32_t number);
uint32_t xf_linker_alike(const struct xf_linker *linker, uint32_t number);

/* Two mentions, and what they weigh. */
struct xf_pair {
    uint32_t a, b;
    int32_t weight;
};
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
