/* SPDX-License-Identifier: Apache-2.0 */
/* String similarities in integers, so that every build decides alike. Byte strings, already normalised (ASCII in practice). */
#ifndef CROSSFLAG_SIMILARITY_H
#define CROSSFLAG_SIMILARITY_H

#include <stddef.h>

/* Jaro–Winkler (Winkler 1990; prefix scale 0.1, up to 4, no boost threshold) in thousandths, rounded down: 0..1000.
 * Strings beyond 64 bytes are compared by their first 64. */
int xf_jaro_winkler(const char *a, size_t a_length, const char *b, size_t b_length);
/* Optimal string alignment distance (edits and adjacent swaps), or limit+1 as soon as it must exceed limit. At most 64 bytes are
 * compared. */
int xf_edit_distance(const char *a, size_t a_length, const char *b, size_t b_length, int limit);

#endif
