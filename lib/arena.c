/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks in a list, the newest first; a block is never moved, so pointers stay good until reset. */
#include "crossflag/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)

struct block {
    struct block *older;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct xf_arena {
    struct block *newest;
    size_t size;
};

struct xf_arena *xf_arena_create(void)
{
    return calloc(1, sizeof(struct xf_arena));
}

static void free_older(struct block *block)
{
    while (block) {
        struct block *older = block->older;
        free(block);
        block = older;
    }
}

void xf_arena_destroy(struct xf_arena *arena)
{
    if (!arena)
        return;
    free_older(arena->newest);
    free(arena);
}

void xf_arena_reset(struct xf_arena *arena)
{
    struct block *first = arena->newest;

    if (!first)
        return;
    while (first->older) {
        struct block *older = first->older;
        arena->size -= sizeof(*first) + first->capacity;
        free(first);
        first = older;
    }
    first->used = 0;
    arena->newest = first;
}

void *xf_arena_alloc(struct xf_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct block *block = arena->newest;
    void *bytes;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + align - 1) & ~(align - 1);
    if (!block || block->capacity - block->used < size) {
        size_t capacity = size > BLOCK_SIZE ? size : BLOCK_SIZE;

        block = malloc(sizeof(*block) + capacity);
        if (!block)
            return NULL;
        *block = (struct block){.older = arena->newest, .capacity = capacity};
        arena->newest = block;
        arena->size += sizeof(*block) + capacity;
    }
    bytes = block->bytes + block->used;
    block->used += size;
    return memset(bytes, 0, size);
}

char *xf_arena_copy(struct xf_arena *arena, const char *bytes, size_t length)
{
    char *copy = length < SIZE_MAX ? xf_arena_alloc(arena, length + 1) : NULL;

    if (copy && length)
        memcpy(copy, bytes, length);
    return copy;
}

size_t xf_arena_size(const struct xf_arena *arena)
{
    return arena->size;
}
