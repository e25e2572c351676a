/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of bundles between two threads. Filled by reading.c, emptied by batch.c. Invariant: a bundle belongs to the reader until
 * it is sent and to the taker until it is given back; the lock is held for the counters only. */
#include "bundle.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

void xf_bundles_init(struct xf_bundles *bundles)
{
    memset(bundles, 0, sizeof(*bundles));
    pthread_mutex_init(&bundles->lock, NULL);
    pthread_cond_init(&bundles->changed, NULL);
}

void xf_bundles_finish(struct xf_bundles *bundles)
{
    for (size_t i = 0; i < XF_BUNDLES; i++) {
        free(bundles->items[i].values);
        free(bundles->items[i].texts);
        free(bundles->items[i].symbols);
    }
    pthread_mutex_destroy(&bundles->lock);
    pthread_cond_destroy(&bundles->changed);
}

int xf_bundle_put(struct xf_bundle *bundle, uint32_t file, const char *id, size_t id_length, const char *ref,
                  const struct xf_mention *mention)
{
    size_t ref_length = strlen(ref), size = id_length + ref_length + 2;
    char *text;

    if (xf_grow((void **)&bundle->values, &bundle->value_room, bundle->value_count, mention->count, sizeof(*bundle->values)) !=
            XF_OK ||
        xf_grow((void **)&bundle->texts, &bundle->text_room, bundle->text_count, size, 1) != XF_OK)
        return XF_ENOMEM;
    bundle->rows[bundle->row_count++] = (struct xf_bundle_row){
        .text = bundle->text_count, .first = bundle->value_count, .file = file, .count = mention->count, .kind = mention->kind};
    if (mention->count)
        memcpy(bundle->values + bundle->value_count, mention->values, mention->count * sizeof(*bundle->values));
    bundle->value_count += mention->count;
    text = bundle->texts + bundle->text_count;
    memcpy(text, id, id_length);
    text[id_length] = '\0';
    memcpy(text + id_length + 1, ref, ref_length + 1);
    bundle->text_count += size;
    return XF_OK;
}

int xf_bundle_symbols(struct xf_bundle *bundle, const struct xf_intern *symbols, uint32_t first)
{
    uint32_t count = xf_intern_count(symbols);

    if (xf_grow((void **)&bundle->symbols, &bundle->symbol_room, 0, count - first, sizeof(*bundle->symbols)) != XF_OK)
        return XF_ENOMEM;
    bundle->first_symbol = first;
    bundle->symbol_count = count - first;
    for (uint32_t i = first; i < count; i++)
        bundle->symbols[i - first] = xf_intern_text(symbols, i);
    return XF_OK;
}

struct xf_bundle *xf_bundles_empty(struct xf_bundles *bundles)
{
    struct xf_bundle *bundle = &bundles->items[bundles->sent % XF_BUNDLES];
    bool stopped;

    pthread_mutex_lock(&bundles->lock);
    while (bundles->sent - bundles->taken == XF_BUNDLES && !bundles->stopped)
        pthread_cond_wait(&bundles->changed, &bundles->lock);
    stopped = bundles->stopped;
    pthread_mutex_unlock(&bundles->lock);
    if (stopped)
        return NULL;
    bundle->row_count = 0;
    bundle->value_count = bundle->text_count = bundle->symbol_count = 0;
    return bundle;
}

static void change(struct xf_bundles *bundles, uint64_t *counter, bool *flag)
{
    pthread_mutex_lock(&bundles->lock);
    if (counter)
        ++*counter;
    if (flag)
        *flag = true;
    pthread_cond_broadcast(&bundles->changed);
    pthread_mutex_unlock(&bundles->lock);
}

void xf_bundles_send(struct xf_bundles *bundles)
{
    change(bundles, &bundles->sent, NULL);
}

void xf_bundles_end(struct xf_bundles *bundles)
{
    change(bundles, NULL, &bundles->ended);
}

struct xf_bundle *xf_bundles_next(struct xf_bundles *bundles)
{
    struct xf_bundle *bundle;

    pthread_mutex_lock(&bundles->lock);
    while (bundles->sent == bundles->taken && !bundles->ended)
        pthread_cond_wait(&bundles->changed, &bundles->lock);
    bundle = bundles->sent == bundles->taken ? NULL : &bundles->items[bundles->taken % XF_BUNDLES];
    pthread_mutex_unlock(&bundles->lock);
    return bundle;
}

void xf_bundles_give_back(struct xf_bundles *bundles)
{
    change(bundles, &bundles->taken, NULL);
}

void xf_bundles_stop(struct xf_bundles *bundles)
{
    change(bundles, NULL, &bundles->stopped);
}
