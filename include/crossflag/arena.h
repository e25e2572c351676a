/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator for what lives and dies together: one request, one batch, one answer. */
#ifndef CROSSFLAG_ARENA_H
#define CROSSFLAG_ARENA_H

#include <stddef.h>

struct xf_arena;

/* Returns an owned, empty arena, or NULL when out of memory. */
struct xf_arena *xf_arena_create(void);
/* Frees the arena and all that was allocated from it. Takes NULL. */
void xf_arena_destroy(struct xf_arena *arena);
/* Forgets all allocations, keeping the first block for reuse. */
void xf_arena_reset(struct xf_arena *arena);
/* Returns size zeroed bytes aligned for any type, valid until reset or destroy; NULL when out of memory. */
void *xf_arena_alloc(struct xf_arena *arena, size_t size);
/* Copies length bytes and adds a NUL. NULL when out of memory. */
char *xf_arena_copy(struct xf_arena *arena, const char *bytes, size_t length);
/* Bytes taken from the system so far. */
size_t xf_arena_size(const struct xf_arena *arena);

#endif
