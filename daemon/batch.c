/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of entries: made by whoever submits (intake, settings, the API) and by the journal's tail; held by the journal until they
 * are committed and by the engine until they are folded. Whoever drops the last reference frees entries and arena together. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"

struct xf_batch *xf_batch_create(void)
{
    struct xf_batch *batch = calloc(1, sizeof(*batch));

    if (!batch)
        return NULL;
    atomic_init(&batch->references, 1);
    batch->arena = xf_arena_create();
    if (!batch->arena) {
        free(batch);
        return NULL;
    }
    return batch;
}

struct xf_batch *xf_batch_ref(struct xf_batch *batch)
{
    atomic_fetch_add_explicit(&batch->references, 1, memory_order_relaxed);
    return batch;
}

void xf_batch_unref(struct xf_batch *batch)
{
    if (!batch)
        return;
    /* Release what this thread wrote to the batch, acquire what the others did, before it is freed. */
    if (atomic_fetch_sub_explicit(&batch->references, 1, memory_order_acq_rel) != 1)
        return;
    xf_arena_destroy(batch->arena);
    free(batch->entries);
    free(batch);
}

int xf_batch_add(struct xf_batch *batch, enum xf_entry_kind kind, uint32_t revision, const char *stream, const char *actor,
                 const char *body, size_t length, const struct xf_record *record)
{
    assert(stream && actor && (body || !length));
    if (batch->count == batch->capacity) {
        size_t capacity = batch->capacity ? batch->capacity * 2 : 16;
        struct xf_entry *entries = realloc(batch->entries, capacity * sizeof(*entries));

        if (!entries)
            return XF_ENOMEM;
        batch->entries = entries;
        batch->capacity = capacity;
    }
    batch->entries[batch->count++] = (struct xf_entry){.kind = kind,
                                                       .revision = revision,
                                                       .stream = stream,
                                                       .actor = actor,
                                                       .body = body ? body : "",
                                                       .length = length,
                                                       .record = record};
    batch->bytes += sizeof(struct xf_entry) + strlen(stream) + strlen(actor) + length;
    return XF_OK;
}
