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
    xf_profiles_init(&linker->profiles);
    if (xf_index_init(&linker->index, xf_pair_before, linker) != XF_OK) {
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
    xf_pool_free(&linker->mentions);
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

    if (xf_vec_reserve(&entities->kept_values, XF_MENTION_VALUES_MAX) != XF_OK)
        return XF_ENOMEM;
    touched->first_value = entities->kept_values.count;
    touched->count =
        (uint16_t)xf_profile_values(&linker->profiles, profile, entities->kept_values.items + entities->kept_values.count);
    touched->kind = profile->kind;
    touched->flags |= XF_TOUCHED_KEPT;
    entities->kept_values.count += touched->count;
    return XF_OK;
}

int xf_linker_touch(struct xf_linker *linker, uint32_t number, bool replaced)
{
    struct xf_entities *entities = &linker->entities;
    const struct xf_profile *profile = xf_linker_has(linker, number) ? xf_linker_profile(linker, number) : NULL;
    const uint32_t *row = xf_map_get(&entities->touched_rows, number);
    struct xf_touched *touched;

    if (!row) {
        struct xf_touched fresh = {.mention = number, .entity = profile ? profile->entity : XF_NONE, .origin = XF_NONE};

        if (xf_vec_push(&entities->touched, fresh) != XF_OK ||
            xf_map_put(&entities->touched_rows, number, entities->touched.count - 1) != XF_OK)
            return XF_ENOMEM;
    }
    touched = &entities->touched.items[row ? *row : entities->touched.count - 1];
    if (replaced && profile && touched->entity != XF_NONE && !(touched->flags & XF_TOUCHED_REPLACED) &&
        keep_values(linker, touched, profile) != XF_OK)
        return XF_ENOMEM;
    if (replaced)
        touched->flags |= XF_TOUCHED_REPLACED;
    return XF_OK;
}

static int attach(struct xf_linker *linker, uint32_t number, uint32_t profile)
{
    xf_pool_at(&linker->mentions, number)->profile = profile;
    return xf_profiles_attach(&linker->profiles, profile, number);
}

/* Takes a mention from its profile. */
static int unhang(struct xf_linker *linker, uint32_t number)
{
    struct xf_mention_row *row = xf_pool_at(&linker->mentions, number);
    uint32_t profile = row->profile;

    row->profile = XF_NONE;
    return xf_profiles_detach(&linker->profiles, profile, number);
}

static uint32_t mention_count(const struct xf_linker *linker, uint32_t profile)
{
    uint32_t count;

    xf_profile_mentions(&linker->profiles, xf_profile_at(&linker->profiles, profile), &count);
    return count;
}

/* The same, and ends the profile with its last mention. */
static int detach(struct xf_linker *linker, uint32_t number)
{
    uint32_t profile = xf_pool_at(&linker->mentions, number)->profile;

    if (mention_count(linker, profile) == 1 && xf_pairs_leave(linker, profile) != XF_OK)
        return XF_ENOMEM;
    if (unhang(linker, number) != XF_OK)
        return XF_ENOMEM;
    if (mention_count(linker, profile))
        return XF_OK;
    xf_entities_unchain(&linker->entities, &linker->profiles, profile);
    return xf_profiles_remove(&linker->profiles, profile);
}

/* Of linking across files only: the last value says where it comes from. */
static bool has_source(const struct xf_value *values, uint32_t count)
{
    return count && values[count - 1].field == XF_FIELD_SOURCE;
}

/* A new profile without mentions, out of the index as yet; aspect is its content, open. */
static int new_profile(struct xf_linker *linker, const struct xf_content *content, const struct xf_aspect *aspect, bool own,
                       uint32_t *ret)
{
    uint32_t flags = XF_PROFILE_OUT | (own ? XF_PROFILE_OWN : 0);
    struct xf_aspect bare;

    if (has_source(content->values, content->count)) { /* it does not count: nothing would match itself */
        xf_aspect_open(&bare, &linker->lexicon, content->kind, content->values, content->count - 1);
        aspect = &bare;
    }
    if (xf_score(linker->model, aspect, aspect, INT32_MIN, NULL) < linker->model->kinds[content->kind].link)
        flags = XF_PROFILE_OUT | XF_PROFILE_APART;
    return xf_profiles_add(&linker->profiles, content, flags, ret);
}

int xf_linker_make_room(struct xf_linker *linker, uint32_t number)
{
    uint32_t before = linker->mentions.count;

    if (number < before)
        return XF_OK;
    if (xf_pool_reserve(&linker->mentions, number + 1 - before) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = before; i <= number; i++)
        xf_pool_at(&linker->mentions, i)->profile = XF_NONE;
    linker->mentions.count = number + 1;
    return XF_OK;
}

/* The profile that the mention's content shares, or a new one. */
static int find_profile(struct xf_linker *linker, const struct xf_mention *mention, uint32_t *ret)
{
    bool own = has_source(mention->values, mention->count);
    struct xf_content content;
    struct xf_aspect aspect;
    struct xf_keys keys;

    xf_aspect_open(&aspect, &linker->lexicon, mention->kind, mention->values, mention->count);
    xf_keys_of(&aspect, &keys);
    /* Memory is what takes the time: the index's slots come while the content is hashed, its lists while the content is sought. */
    for (uint32_t i = 0; i < keys.count; i++)
        xf_index_prefetch(&linker->index, keys.items[i]);
    xf_content_open(&content, linker->symbols, mention->kind, mention->values, mention->count);
    for (uint32_t i = 0; i < keys.count; i++)
        xf_index_prefetch_list(&linker->index, keys.items[i]);
    *ret = own ? XF_NONE : xf_pairs_shared(linker, &content, &keys);
    if (*ret != XF_NONE)
        return XF_OK;
    if (new_profile(linker, &content, &aspect, own, ret) != XF_OK)
        return XF_ENOMEM;
    return xf_pairs_enter_open(linker, *ret, &aspect, &keys);
}

int xf_linker_add(struct xf_linker *linker, uint32_t number, const struct xf_mention *mention)
{
    uint32_t profile;

    assert(number != XF_NONE && !xf_linker_has(linker, number) && mention->kind < XF_MENTION_KINDS &&
           mention->count <= XF_MENTION_VALUES_MAX);
    for (uint32_t i = 1; i < mention->count; i++)
        assert(mention->values[i - 1].field <= mention->values[i].field);
    if (xf_linker_make_room(linker, number) != XF_OK ||
        xf_lexicon_add(&linker->lexicon, mention->values, mention->count) != XF_OK ||
        find_profile(linker, mention, &profile) != XF_OK || xf_linker_touch(linker, number, true) != XF_OK ||
        attach(linker, number, profile) != XF_OK)
        return XF_ENOMEM;
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
        const struct xf_profile *other = xf_linker_profile(linker, rows[i].other);

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
    struct xf_content content;
    struct xf_aspect aspect;
    uint32_t profile = xf_pool_at(&linker->mentions, number)->profile;

    if (mention_count(linker, profile) == 1) {
        int rc = row->flags & XF_PROFILE_OUT ? XF_OK : xf_pairs_leave(linker, profile);

        row->flags |= XF_PROFILE_OWN;
        return rc;
    }
    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &aspect);
    xf_content_open(&content, linker->symbols, aspect.kind, aspect.values, aspect.count);
    if (new_profile(linker, &content, &aspect, true, &profile) != XF_OK || xf_linker_touch(linker, number, false) != XF_OK ||
        detach(linker, number) != XF_OK)
        return XF_ENOMEM;
    return attach(linker, number, profile);
}

/* The reverse, for a mention that no word names any more and whose profile has left the index. */
static int share(struct xf_linker *linker, uint32_t number)
{
    struct xf_profile *row = xf_linker_profile(linker, number);
    uint32_t own = xf_pool_at(&linker->mentions, number)->profile, profile;
    struct xf_content content;
    struct xf_aspect aspect;
    struct xf_keys keys;

    xf_profile_open(&linker->profiles, &linker->lexicon, own, &aspect);
    xf_content_open(&content, linker->symbols, aspect.kind, aspect.values, aspect.count);
    xf_keys_of(&aspect, &keys);
    profile = xf_pairs_shared(linker, &content, &keys);
    if (profile == XF_NONE) {
        row->flags &= ~(uint32_t)XF_PROFILE_OWN;
        return XF_OK;
    }
    if (xf_linker_touch(linker, number, false) != XF_OK || unhang(linker, number) != XF_OK ||
        attach(linker, number, profile) != XF_OK)
        return XF_ENOMEM;
    xf_entities_unchain(&linker->entities, &linker->profiles, own);
    return xf_profiles_remove(&linker->profiles, own);
}

/* Takes a profile of one mention out of the index before people's words on it change, for they count in the index's order. */
static int step_out(struct xf_linker *linker, uint32_t number)
{
    uint32_t profile = xf_pool_at(&linker->mentions, number)->profile;

    if (xf_profile_at(&linker->profiles, profile)->flags & (XF_PROFILE_SHARED | XF_PROFILE_APART))
        return XF_OK;
    return xf_pairs_leave(linker, profile);
}

/* Gives the mention the profile that is due to it now, and puts that in when it is out. */
static int step_in(struct xf_linker *linker, uint32_t number)
{
    uint32_t flags = xf_linker_profile(linker, number)->flags, words;

    xf_verdicts_of(&linker->verdicts, number, &words);
    if (words && !(flags & (XF_PROFILE_OWN | XF_PROFILE_APART)) && make_own(linker, number) != XF_OK)
        return XF_ENOMEM;
    if (!words && (flags & XF_PROFILE_OWN) && share(linker, number) != XF_OK)
        return XF_ENOMEM;
    if ((xf_linker_profile(linker, number)->flags & XF_PROFILE_OUT) &&
        xf_pairs_enter(linker, xf_pool_at(&linker->mentions, number)->profile) != XF_OK)
        return XF_ENOMEM;
    return xf_profiles_mark(&linker->profiles, xf_pool_at(&linker->mentions, number)->profile);
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
