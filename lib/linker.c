/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller does to the linker: mentions come and go, people speak. Called by the fold, one writer.
 * Mentions hang in chains on profiles; pair.c, settle.c, cluster.c and entity.c do the rest. Invariant: between calls every live
 * mention has a profile, every profile a mention, and the edges are those of the set; entities are as of the last settlement. */
#include "linker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct xf_linker *xf_linker_create(const struct xf_model *model, struct xf_intern *symbols)
{
    struct xf_linker *linker = calloc(1, sizeof(*linker));

    if (!linker)
        return NULL;
    linker->model = model;
    linker->symbols = symbols;
    linker->lexicon.model = model;
    linker->lexicon.symbols = symbols;
    if (xf_profiles_init(&linker->profiles) != XF_OK || xf_index_init(&linker->index, xf_pair_before, linker) != XF_OK) {
        xf_linker_destroy(linker);
        return NULL;
    }
    return linker;
}

void xf_linker_finish(struct xf_linker *linker)
{
    xf_lexicon_finish(&linker->lexicon);
    xf_profiles_finish(&linker->profiles);
    xf_index_finish(&linker->index);
    xf_vec_free(&linker->verdicts.rows);
    xf_entities_finish(&linker->entities);
    xf_clerical_finish(&linker->clerical);
    xf_vec_free(&linker->mentions);
    xf_vec_free(&linker->candidates);
    xf_vec_free(&linker->doomed);
    xf_vec_free(&linker->straddling);
    xf_vec_free(&linker->component);
    xf_vec_free(&linker->groups);
    xf_vec_free(&linker->places);
    xf_clusterer_finish(&linker->clusterer);
}

void xf_linker_destroy(struct xf_linker *linker)
{
    if (!linker)
        return;
    xf_linker_finish(linker);
    free(linker);
}

/* Keeps what a mention said at the last settlement. */
static int keep_values(struct xf_linker *linker, struct xf_touched *touched, const struct xf_profile *profile)
{
    struct xf_entities *entities = &linker->entities;

    if (xf_vec_reserve(&entities->kept_values, profile->count) != XF_OK)
        return XF_ENOMEM;
    touched->first_value = entities->kept_values.count;
    touched->count = profile->count;
    touched->kind = profile->kind;
    touched->flags |= XF_TOUCHED_KEPT;
    if (profile->count)
        memcpy(entities->kept_values.items + entities->kept_values.count, xf_profile_values(&linker->profiles, profile),
               profile->count * sizeof(struct xf_value));
    entities->kept_values.count += profile->count;
    return XF_OK;
}

int xf_linker_touch(struct xf_linker *linker, uint32_t number, bool replaced)
{
    struct xf_mention_row *row = &linker->mentions.items[number];
    struct xf_profile *profile = row->profile == XF_NONE ? NULL : xf_linker_profile(linker, number);
    struct xf_touched *touched;

    if (!row->touched) {
        struct xf_touched fresh = {.mention = number, .entity = profile ? profile->entity : XF_NONE, .origin = XF_NONE};

        if (xf_vec_push(&linker->entities.touched, fresh) != XF_OK)
            return XF_ENOMEM;
        row->touched = linker->entities.touched.count;
        if (profile)
            profile->arrived++;
    }
    touched = &linker->entities.touched.items[row->touched - 1];
    if (replaced && profile && touched->entity != XF_NONE && !(touched->flags & XF_TOUCHED_REPLACED) &&
        keep_values(linker, touched, profile) != XF_OK)
        return XF_ENOMEM;
    if (replaced)
        touched->flags |= XF_TOUCHED_REPLACED;
    return XF_OK;
}

static void attach(struct xf_linker *linker, uint32_t number, uint32_t profile)
{
    struct xf_mention_row *row = &linker->mentions.items[number];
    struct xf_profile *to = &linker->profiles.rows.items[profile];

    row->profile = profile;
    row->previous = XF_NONE;
    row->next = to->first_mention;
    if (row->next != XF_NONE)
        linker->mentions.items[row->next].previous = number;
    to->first_mention = number;
    to->mention_count++;
    to->arrived += row->touched != 0;
}

/* Takes a mention out of its profile's chain. */
static void unhang(struct xf_linker *linker, uint32_t number)
{
    struct xf_mention_row *row = &linker->mentions.items[number];
    struct xf_profile *from = xf_linker_profile(linker, number);

    if (row->previous == XF_NONE)
        from->first_mention = row->next;
    else
        linker->mentions.items[row->previous].next = row->next;
    if (row->next != XF_NONE)
        linker->mentions.items[row->next].previous = row->previous;
    row->profile = row->next = row->previous = XF_NONE;
    from->arrived -= row->touched != 0;
    from->mention_count--;
}

/* The same, and ends the profile with its last mention. */
static int detach(struct xf_linker *linker, uint32_t number)
{
    uint32_t profile = linker->mentions.items[number].profile;

    if (linker->profiles.rows.items[profile].mention_count == 1 && xf_pairs_leave(linker, profile) != XF_OK)
        return XF_ENOMEM;
    unhang(linker, number);
    if (linker->profiles.rows.items[profile].mention_count)
        return XF_OK;
    xf_entities_unchain(&linker->entities, &linker->profiles, profile);
    return xf_profiles_remove(&linker->profiles, profile);
}

/* Of linking across files only: the last value says where it comes from. */
static bool has_source(const struct xf_value *values, uint32_t count)
{
    return count && values[count - 1].field == XF_FIELD_SOURCE;
}

/* A new profile without mentions, out of the index as yet. */
static int new_profile(struct xf_linker *linker, const uint64_t hash[2], uint8_t kind, bool own, const struct xf_value *values,
                       uint32_t count, uint32_t *ret)
{
    struct xf_aspect aspect;
    uint8_t flags = XF_PROFILE_OUT | (own ? XF_PROFILE_OWN : 0);

    /* Its source does not count: nothing would match itself. */
    xf_aspect_open(&aspect, &linker->lexicon, kind, values, count - has_source(values, count));
    if (xf_score(linker->model, &aspect, &aspect, INT32_MIN, NULL) < linker->model->kinds[kind].link)
        flags = XF_PROFILE_OUT | XF_PROFILE_APART;
    return xf_profiles_add(&linker->profiles, hash, kind, flags, values, count, ret);
}

int xf_linker_make_room(struct xf_linker *linker, uint32_t number)
{
    uint32_t before = linker->mentions.count;

    if (number < before)
        return XF_OK;
    if (xf_vec_reserve(&linker->mentions, number + 1 - before) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = before; i <= number; i++)
        linker->mentions.items[i] = (struct xf_mention_row){.profile = XF_NONE, .next = XF_NONE, .previous = XF_NONE};
    linker->mentions.count = number + 1;
    return XF_OK;
}

int xf_linker_add(struct xf_linker *linker, uint32_t number, const struct xf_mention *mention)
{
    bool apart = has_source(mention->values, mention->count);
    uint64_t hash[2];
    uint32_t profile = XF_NONE;

    assert(number != XF_NONE && !xf_linker_has(linker, number) && mention->kind < XF_MENTION_KINDS &&
           mention->count <= XF_MENTION_VALUES_MAX);
    for (uint32_t i = 1; i < mention->count; i++)
        assert(mention->values[i - 1].field <= mention->values[i].field);
    if (xf_linker_make_room(linker, number) != XF_OK || xf_lexicon_add(&linker->lexicon, mention->values, mention->count) != XF_OK)
        return XF_ENOMEM;
    xf_profile_hash(linker->symbols, mention->kind, mention->values, mention->count, hash);
    if (!apart)
        profile = xf_profiles_find(&linker->profiles, hash, mention->values, mention->count);
    if (profile == XF_NONE &&
        (new_profile(linker, hash, mention->kind, apart, mention->values, mention->count, &profile) != XF_OK ||
         xf_pairs_enter(linker, profile) != XF_OK))
        return XF_ENOMEM;
    if (xf_linker_touch(linker, number, true) != XF_OK)
        return XF_ENOMEM;
    attach(linker, number, profile);
    linker->mention_count++;
    return XF_OK;
}

static int compare_words(const void *a, const void *b)
{
    return memcmp(a, b, 3 * sizeof(uint64_t));
}

uint64_t xf_linker_words_hash(const struct xf_linker *linker, uint32_t mention)
{
    uint64_t words[64][3];
    uint32_t count;
    const struct xf_verdict *rows = xf_verdicts_of(&linker->verdicts, mention, &count);

    count = count < 64 ? count : 64;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_profile *other = &linker->profiles.rows.items[linker->mentions.items[rows[i].other].profile];

        words[i][0] = rows[i].word;
        words[i][1] = other->hash[0];
        words[i][2] = other->hash[1];
    }
    if (count > 1)
        qsort(words, count, sizeof(*words), compare_words);
    return count ? XXH3_64bits(words, count * sizeof(*words)) : 0;
}

/* A mention that a person spoke on gets a profile of its own. */
static int make_own(struct xf_linker *linker, uint32_t number)
{
    struct xf_profile *row = xf_linker_profile(linker, number);
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint64_t hash[2] = {row->hash[0], row->hash[1]};
    uint32_t profile, count = row->count;
    uint8_t kind = row->kind;

    if (row->mention_count == 1) {
        int rc = row->flags & XF_PROFILE_OUT ? XF_OK : xf_pairs_leave(linker, linker->mentions.items[number].profile);

        row->flags |= XF_PROFILE_OWN;
        return rc;
    }
    if (count)
        memcpy(values, xf_profile_values(&linker->profiles, row), count * sizeof(*values));
    if (new_profile(linker, hash, kind, true, values, count, &profile) != XF_OK ||
        xf_linker_touch(linker, number, false) != XF_OK || detach(linker, number) != XF_OK)
        return XF_ENOMEM;
    attach(linker, number, profile);
    return XF_OK;
}

/* The reverse, for a mention that no word names any more and whose profile has left the index. */
static int share(struct xf_linker *linker, uint32_t number)
{
    struct xf_profile *row = xf_linker_profile(linker, number);
    uint32_t own = linker->mentions.items[number].profile;
    uint32_t profile = xf_profiles_find(&linker->profiles, row->hash, xf_profile_values(&linker->profiles, row), row->count);

    if (profile == XF_NONE) {
        row->flags &= (uint8_t)~XF_PROFILE_OWN;
        return XF_OK;
    }
    if (xf_linker_touch(linker, number, false) != XF_OK)
        return XF_ENOMEM;
    unhang(linker, number);
    attach(linker, number, profile);
    xf_entities_unchain(&linker->entities, &linker->profiles, own);
    return xf_profiles_remove(&linker->profiles, own);
}

/* Takes a profile of one mention out of the index before people's words on it change, for they count in the index's order. */
static int step_out(struct xf_linker *linker, uint32_t number)
{
    const struct xf_profile *row = xf_linker_profile(linker, number);

    if (row->mention_count > 1 || (row->flags & XF_PROFILE_APART))
        return XF_OK;
    return xf_pairs_leave(linker, linker->mentions.items[number].profile);
}

/* Gives the mention the profile that is due to it now, and puts that in when it is out. */
static int step_in(struct xf_linker *linker, uint32_t number)
{
    uint8_t flags = xf_linker_profile(linker, number)->flags;
    uint32_t words;

    xf_verdicts_of(&linker->verdicts, number, &words);
    if (words && !(flags & (XF_PROFILE_OWN | XF_PROFILE_APART)) && make_own(linker, number) != XF_OK)
        return XF_ENOMEM;
    if (!words && (flags & XF_PROFILE_OWN) && share(linker, number) != XF_OK)
        return XF_ENOMEM;
    if ((xf_linker_profile(linker, number)->flags & XF_PROFILE_OUT) &&
        xf_pairs_enter(linker, linker->mentions.items[number].profile) != XF_OK)
        return XF_ENOMEM;
    return xf_profiles_mark(&linker->profiles, linker->mentions.items[number].profile);
}

int xf_linker_decide(struct xf_linker *linker, uint32_t a, uint32_t b, enum xf_word word)
{
    int rc;

    if (!xf_linker_has(linker, a) || !xf_linker_has(linker, b))
        return XF_ENOTFOUND;
    if (xf_linker_profile(linker, a)->kind != xf_linker_profile(linker, b)->kind)
        return XF_EINVAL;
    if (a == b)
        return word == XF_WORD_NOT_SAME ? XF_ECONFLICT : XF_OK;
    if (xf_verdicts_get(&linker->verdicts, a, b) == word)
        return XF_OK;
    rc = xf_verdicts_check(&linker->verdicts, a, b, word);
    if (rc != XF_OK)
        return rc;
    if (step_out(linker, a) != XF_OK || step_out(linker, b) != XF_OK || xf_verdicts_set(&linker->verdicts, a, b, word) != XF_OK ||
        step_in(linker, a) != XF_OK || step_in(linker, b) != XF_OK)
        return XF_ENOMEM;
    return XF_OK;
}

int xf_linker_remove(struct xf_linker *linker, uint32_t number)
{
    const struct xf_verdict *words;
    uint32_t count;

    assert(xf_linker_has(linker, number));
    while ((words = xf_verdicts_of(&linker->verdicts, number, &count)))
        if (xf_linker_decide(linker, number, words[0].other, XF_WORD_NONE) != XF_OK)
            return XF_ENOMEM;
    if (xf_linker_touch(linker, number, true) != XF_OK || detach(linker, number) != XF_OK)
        return XF_ENOMEM;
    linker->mention_count--;
    return XF_OK;
}
