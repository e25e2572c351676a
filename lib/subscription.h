/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the subscriptions, shared by subscription.c (their life, saved and loaded), subscription_body.c (what an entry's
 * body says) and alert.c (what they are told). */
#ifndef XF_LIB_SUBSCRIPTION_H
#define XF_LIB_SUBSCRIPTION_H

#include <jansson.h>

#include "crossflag/alert.h"
#include "vec.h"

/* What a subscription wants to hear of; an empty list or no bit means everything. Texts lie in the row's arena. */
struct filter {
    const char **types, **areas; /* NULL-terminated; NULL: all */
    unsigned levels, kinds;      /* bits by enum xf_level and enum xf_mention_kind; 0: all */
    bool my_records;
};

struct subscription {
    struct xf_subscription shown;
    struct filter filter;
    struct xf_arena *arena; /* of all texts */
    const char *canonical;  /* the whole body, members in their order: what is saved, and what a change is applied to */
    size_t length;
};

/* A subscription that was told of a flag: whom its end must reach. Never removed, as flags are not. */
struct told {
    uint32_t subscription, flag;
};

struct xf_subscriptions {
    XF_VEC(struct subscription *) rows;
    uint32_t *ids; /* open addressing over the ids: row + 1, 0 empty; a power of two */
    uint32_t ids_mask;
    XF_VEC(struct told) told; /* in the order of telling */
    uint32_t *told_index;     /* open addressing: row of told + 1 */
    uint32_t told_mask;
};

/* Fills *error (may be NULL) with code, pointer and text. Returns code. */
int xf_subscription_fault(struct xf_error *error, int code, const char *pointer, const char *text);
bool xf_subscription_is_id(const char *text);
/* Fills a row, zeroed but for what the entry does not say (created_at, next_sequence), from a whole body; members that are null
 * count as absent and are taken out of body. On failure the row's arena is the caller's to free. XF_OK, XF_EINVAL, XF_ENOMEM. */
int xf_subscription_read(struct subscription *row, json_t *body, struct xf_error *error) XF_MUST_CHECK;

bool xf_subscriptions_was_told(const struct xf_subscriptions *subscriptions, uint32_t subscription, uint32_t flag);
/* Notes it once. XF_OK, XF_ENOMEM. */
int xf_subscriptions_tell(struct xf_subscriptions *subscriptions, uint32_t subscription, uint32_t flag) XF_MUST_CHECK;

#endif
