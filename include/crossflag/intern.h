/* SPDX-License-Identifier: Apache-2.0 */
/* Interned strings: each distinct byte string has one 32-bit symbol. Symbol 0 is the empty string and means "absent".
 * Numbers are given in order of first use, so equal histories give equal numbers; no decision may depend on their order. */
#ifndef CROSSFLAG_INTERN_H
#define CROSSFLAG_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "crossflag/pack.h"

struct xf_intern;

struct xf_intern *xf_intern_create(void); /* owned; NULL when out of memory */
/* A private table on top of base, which must not change meanwhile: base's symbols are found, new ones are numbered above them and
 * stay private. For a question's values, which must leave no trace in the state. base is borrowed; NULL when out of memory. Cannot
 * be saved. */
struct xf_intern *xf_intern_create_over(const struct xf_intern *base);
void xf_intern_destroy(struct xf_intern *table);

/* Finds or adds bytes; *ret is untouched on failure. NULL or length 0 gives symbol 0. Returns XF_OK, XF_ENOMEM. */
int xf_intern_put(struct xf_intern *table, const char *bytes, size_t length, uint32_t *ret) XF_MUST_CHECK;
/* The same for a NUL-terminated string (NULL gives 0). */
int xf_intern_puts(struct xf_intern *table, const char *text, uint32_t *ret) XF_MUST_CHECK;
/* Finds without adding: the symbol, or 0 when unknown. */
uint32_t xf_intern_find(const struct xf_intern *table, const char *bytes, size_t length);
/* The NUL-terminated text of a symbol, borrowed until the table is destroyed (never moved by later puts). */
const char *xf_intern_text(const struct xf_intern *table, uint32_t symbol);
uint32_t xf_intern_length(const struct xf_intern *table, uint32_t symbol);
/* One more than the greatest symbol. */
uint32_t xf_intern_count(const struct xf_intern *table);
size_t xf_intern_size(const struct xf_intern *table); /* bytes of memory held */

int xf_intern_save(const struct xf_intern *table, struct xf_pack *pack) XF_MUST_CHECK;
int xf_intern_load(struct xf_unpack *unpack, struct xf_intern **ret) XF_MUST_CHECK;

#endif
