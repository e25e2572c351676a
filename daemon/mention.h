/* SPDX-License-Identifier: Apache-2.0 */
/* Mentions as questions name them and answers show them. */
#ifndef XF_DAEMON_MENTION_H
#define XF_DAEMON_MENTION_H

#include "query.h"

/* The mention that a text names, "<feed>/<record id>/<ref>": feeds have no slash, and of the ways to part an id and a ref that both
 * have some, the first (from the right) that is on record counts. XF_NONE when there is none, or none that the caller may see. */
uint32_t xf_mention_named(const struct xf_fold *fold, const struct xf_view *view, const char *text);
/* The mention of {"feed","id","ref"}, likewise. */
uint32_t xf_mention_keyed(const struct xf_fold *fold, const struct xf_view *view, json_t *key);
struct xf_mention_key xf_mention_key_of(const struct xf_fold *fold, uint32_t number);
/* Whether a number, seen under an earlier hold of the read lock, still is the mention that it was. */
bool xf_mention_is(const struct xf_fold *fold, uint32_t number, struct xf_mention_key key);
enum xf_sight xf_mention_sight(const struct xf_view *view, uint32_t number);

/* {"feed","id","ref"} of a key; with its role, of a mention. New references, as below. */
json_t *xf_mention_key_json(const struct xf_intern *symbols, struct xf_mention_key key);
json_t *xf_mention_json(const struct xf_fold *fold, uint32_t number);
/* What it says, normalised: the first of each, by name. */
json_t *xf_mention_values_json(const struct xf_fold *fold, uint32_t number);
/* One value as text: a date, degrees, "scheme:value", a word; null when there is none. */
json_t *xf_mention_value_json(const struct xf_fold *fold, const struct xf_value *value);

#endif
