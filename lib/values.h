/* SPDX-License-Identifier: Apache-2.0 */
/* A mention's values as they lie in memory: some four bytes each instead of twelve. */
#ifndef XF_LIB_VALUES_H
#define XF_LIB_VALUES_H

#include <stdint.h>

#include "crossflag/mention.h"

/* Words of four bytes that the most values take: of each a head, a group, a byte for it, a qualifier and a symbol. */
#define XF_VALUES_WORDS (XF_MENTION_VALUES_MAX * 11 / 4)

/* Equal values give equal words. Returns how many of the words were filled, the last one with zeroes. */
uint32_t xf_values_pack(const struct xf_value *values, uint32_t count, uint32_t words[static XF_VALUES_WORDS]);
/* Returns how many values there are. Four bytes behind the words may be read. */
uint32_t xf_values_unpack(const uint32_t *words, uint32_t word_count, struct xf_value values[static XF_MENTION_VALUES_MAX]);

#endif
