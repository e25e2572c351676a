/* SPDX-License-Identifier: Apache-2.0 */
/* The newest events in memory. The engine's thread publishes, the delivery thread, the loop and the workers read, the projector
 * saves; one mutex covers all and is held for pointer work only. Invariants: each subscription's box holds consecutive numbers; the
 * global list holds the messages of all boxes in order of publishing, a saved part before an unsaved one, so the oldest of all is
 * always the first of its own box; what is unsaved is never dropped. */
#include "outbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "hash.h"
#include "log.h"

struct box;

struct entry {
    struct xf_message message; /* first: a message is its entry */
    atomic_uint references;
    struct box *box; /* NULL: a message of its own */
    bool saved;
    TAILQ_ENTRY(entry) all;
    char bytes[]; /* id, body */
};

struct box {
    char *subscription;
    uint64_t last;       /* the greatest number that came */
    struct entry **ring; /* a power of two; ring[sequence & mask] */
    size_t mask, count;  /* the last `count` numbers are held */
    UT_hash_handle hh;
};

struct listener {
    void (*call)(void *context, const char *subscription, uint64_t sequence);
    void *context;
};

struct xf_outbox {
    pthread_mutex_t lock;
    struct box *boxes; /* by subscription */
    size_t keep, bytes, unsaved_count;
    TAILQ_HEAD(entries, entry) all;
    struct entry *first_unsaved;
    struct listener listeners[XF_OUTBOX_LISTENERS_MAX];
    size_t listener_count;
};

static _Noreturn void out_of_memory(void)
{
    xf_log(XF_LOG_ERROR, "outbox.failed", "{s:s}", "reason", "out of memory");
    abort();
}

/* Messages */

static struct entry *entry_of(const struct xf_message *message)
{
    return (struct entry *)(uintptr_t)message;
}

static struct entry *entry_create(const struct xf_message *fields, const char *subscription)
{
    size_t id_size = strlen(fields->id) + 1, own = subscription ? 0 : strlen(fields->subscription) + 1;
    struct entry *entry = malloc(sizeof(*entry) + id_size + own + fields->length + 1);

    if (!entry)
        return NULL;
    *entry = (struct entry){.message = *fields, .references = 1};
    memcpy(entry->bytes, fields->id, id_size);
    memcpy(entry->bytes + id_size, fields->body, fields->length);
    entry->bytes[id_size + fields->length] = '\0';
    entry->message.id = entry->bytes;
    entry->message.body = entry->bytes + id_size;
    entry->message.subscription = subscription;
    if (!subscription)
        entry->message.subscription = memcpy(entry->bytes + id_size + fields->length + 1, fields->subscription, own);
    return entry;
}

const struct xf_message *xf_message_create(const struct xf_message *fields)
{
    struct entry *entry = entry_create(fields, NULL);

    return entry ? &entry->message : NULL;
}

const struct xf_message *xf_message_ref(const struct xf_message *message)
{
    atomic_fetch_add_explicit(&entry_of(message)->references, 1, memory_order_relaxed);
    return message;
}

void xf_message_unref(const struct xf_message *message)
{
    if (message && atomic_fetch_sub_explicit(&entry_of(message)->references, 1, memory_order_acq_rel) == 1)
        free(entry_of(message));
}

const char *xf_message_type(const struct xf_message *message, size_t *ret_length)
{
    /* lib/alert.c writes it before all texts that a sender can choose; inside a JSON string these quotes would be escaped. */
    static const char mark[] = "\"type\":\"";
    const char *type = strstr(message->body, mark), *end;

    type = type ? type + strlen(mark) : "";
    end = strchr(type, '"');
    *ret_length = end ? (size_t)(end - type) : 0;
    return type;
}

/* Boxes; the lock is held */

static struct box *box_find(struct xf_outbox *outbox, const char *subscription)
{
    struct box *box;

    HASH_FIND_STR(outbox->boxes, subscription, box);
    return box;
}

static struct box *box_make(struct xf_outbox *outbox, const char *subscription)
{
    struct box *box = box_find(outbox, subscription);

    if (box)
        return box;
    box = calloc(1, sizeof(*box));
    if (!box)
        return NULL;
    box->subscription = strdup(subscription);
    box->mask = 7;
    box->ring = calloc(box->mask + 1, sizeof(struct entry *));
    if (!box->subscription || !box->ring) {
        free(box->subscription);
        free(box->ring);
        free(box);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, outbox->boxes, box->subscription, strlen(box->subscription), box);
    return box;
}

static void drop_first(struct xf_outbox *outbox, struct box *box)
{
    struct entry *entry = box->ring[(box->last - box->count + 1) & box->mask];

    box->count--;
    if (!entry->saved) {
        /* Only a gap drops what is unsaved: it stays in the list for the projector, but is not read from here any more. */
        entry->box = NULL;
        return;
    }
    TAILQ_REMOVE(&outbox->all, entry, all);
    outbox->bytes -= entry->message.length;
    xf_message_unref(&entry->message);
}

static void trim_box(struct xf_outbox *outbox, struct box *box)
{
    while (box->count > outbox->keep && box->ring[(box->last - box->count + 1) & box->mask]->saved)
        drop_first(outbox, box);
}

static void trim_all(struct xf_outbox *outbox)
{
    while (outbox->bytes > XF_OUTBOX_BYTES_MAX && !TAILQ_EMPTY(&outbox->all) && TAILQ_FIRST(&outbox->all)->saved)
        drop_first(outbox, TAILQ_FIRST(&outbox->all)->box);
}

static int box_reserve(struct box *box)
{
    size_t mask = box->mask * 2 + 1;
    struct entry **ring;

    if (box->count <= box->mask)
        return XF_OK;
    ring = calloc(mask + 1, sizeof(*ring));
    if (!ring)
        return XF_ENOMEM;
    for (uint64_t sequence = box->last - box->count + 1; sequence <= box->last; sequence++)
        ring[sequence & mask] = box->ring[sequence & box->mask];
    free(box->ring);
    box->ring = ring;
    box->mask = mask;
    return XF_OK;
}

/* Adds a message to its box and the list. *ret_box is NULL when it was there already. */
static int add(struct xf_outbox *outbox, const struct xf_message *fields, bool saved, struct box **ret_box)
{
    struct box *box = box_make(outbox, fields->subscription);
    struct entry *entry;

    *ret_box = NULL;
    if (!box)
        return XF_ENOMEM;
    if (fields->sequence <= box->last)
        return XF_OK;
    entry = box_reserve(box) == XF_OK ? entry_create(fields, box->subscription) : NULL;
    if (!entry)
        return XF_ENOMEM;
    /* A gap: what came before is in the table only. */
    while (fields->sequence != box->last + 1 && box->count)
        drop_first(outbox, box);
    entry->box = box;
    entry->saved = saved;
    box->last = fields->sequence;
    box->ring[box->last & box->mask] = entry;
    box->count++;
    TAILQ_INSERT_TAIL(&outbox->all, entry, all);
    outbox->bytes += fields->length;
    if (!saved) {
        outbox->unsaved_count++;
        if (!outbox->first_unsaved)
            outbox->first_unsaved = entry;
    }
    trim_box(outbox, box);
    *ret_box = box;
    return XF_OK;
}

/* The outbox */

struct xf_outbox *xf_outbox_create(size_t keep_per_subscription)
{
    struct xf_outbox *outbox = calloc(1, sizeof(*outbox));

    if (!outbox)
        return NULL;
    pthread_mutex_init(&outbox->lock, NULL);
    TAILQ_INIT(&outbox->all);
    outbox->keep = keep_per_subscription ? keep_per_subscription : 1;
    return outbox;
}

void xf_outbox_destroy(struct xf_outbox *outbox)
{
    struct box *box, *next_box;
    struct entry *entry;

    if (!outbox)
        return;
    while ((entry = TAILQ_FIRST(&outbox->all))) {
        TAILQ_REMOVE(&outbox->all, entry, all);
        xf_message_unref(&entry->message);
    }
    HASH_ITER(hh, outbox->boxes, box, next_box)
    {
        HASH_DEL(outbox->boxes, box);
        free(box->subscription);
        free(box->ring);
        free(box);
    }
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}

void xf_outbox_listen(struct xf_outbox *outbox, void (*call)(void *context, const char *subscription, uint64_t sequence),
                      void *context)
{
    assert(outbox->listener_count < XF_OUTBOX_LISTENERS_MAX);
    outbox->listeners[outbox->listener_count++] = (struct listener){call, context};
}

void xf_outbox_publish(struct xf_outbox *outbox, const struct xf_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct xf_event *event = &events[i];
        const struct xf_message fields = {event->sequence, event->position, event->at,    event->subscription,
                                          event->id,       event->body,     event->length};
        struct box *box;
        int rc;

        pthread_mutex_lock(&outbox->lock);
        rc = add(outbox, &fields, false, &box);
        trim_all(outbox);
        pthread_mutex_unlock(&outbox->lock);
        if (rc != XF_OK)
            out_of_memory();
        /* One wake for a run of events of one subscription. */
        if (!box || (i + 1 < count && events[i + 1].index == event->index))
            continue;
        for (size_t j = 0; j < outbox->listener_count; j++)
            outbox->listeners[j].call(outbox->listeners[j].context, box->subscription, event->sequence);
    }
}

size_t xf_outbox_after(struct xf_outbox *outbox, const char *subscription, uint64_t after, const struct xf_message **messages,
                       size_t max, bool *ret_older)
{
    size_t count = 0;
    struct box *box;

    pthread_mutex_lock(&outbox->lock);
    box = box_find(outbox, subscription);
    *ret_older = !box || after < box->last - box->count;
    if (!*ret_older)
        for (; count < max && after + 1 + count <= box->last; count++)
            messages[count] = xf_message_ref(&box->ring[(after + 1 + count) & box->mask]->message);
    pthread_mutex_unlock(&outbox->lock);
    return count;
}

uint64_t xf_outbox_last(struct xf_outbox *outbox, const char *subscription)
{
    struct box *box;
    uint64_t last;

    pthread_mutex_lock(&outbox->lock);
    box = box_find(outbox, subscription);
    last = box ? box->last : 0;
    pthread_mutex_unlock(&outbox->lock);
    return last;
}

uint64_t xf_outbox_first(struct xf_outbox *outbox, const char *subscription)
{
    struct box *box;
    uint64_t first;

    pthread_mutex_lock(&outbox->lock);
    box = box_find(outbox, subscription);
    first = box && box->count ? box->last - box->count + 1 : 0;
    pthread_mutex_unlock(&outbox->lock);
    return first;
}

size_t xf_outbox_unsaved(struct xf_outbox *outbox, const struct xf_message **messages, size_t max)
{
    size_t count = 0;

    pthread_mutex_lock(&outbox->lock);
    for (struct entry *entry = outbox->first_unsaved; entry && count < max; entry = TAILQ_NEXT(entry, all))
        messages[count++] = xf_message_ref(&entry->message);
    pthread_mutex_unlock(&outbox->lock);
    return count;
}

static void save_first(struct xf_outbox *outbox)
{
    struct entry *entry = outbox->first_unsaved;

    outbox->first_unsaved = TAILQ_NEXT(entry, all);
    outbox->unsaved_count--;
    entry->saved = true;
    if (entry->box) {
        trim_box(outbox, entry->box);
        return;
    }
    TAILQ_REMOVE(&outbox->all, entry, all);
    outbox->bytes -= entry->message.length;
    xf_message_unref(&entry->message);
}

void xf_outbox_saved(struct xf_outbox *outbox, size_t count)
{
    pthread_mutex_lock(&outbox->lock);
    assert(count <= outbox->unsaved_count);
    while (count--)
        save_first(outbox);
    trim_all(outbox);
    pthread_mutex_unlock(&outbox->lock);
}

void xf_outbox_saved_to(struct xf_outbox *outbox, uint64_t position)
{
    pthread_mutex_lock(&outbox->lock);
    while (outbox->first_unsaved && outbox->first_unsaved->message.position <= position)
        save_first(outbox);
    trim_all(outbox);
    pthread_mutex_unlock(&outbox->lock);
}

int xf_outbox_restore(struct xf_outbox *outbox, const struct xf_message *fields)
{
    struct box *box;
    int rc;

    pthread_mutex_lock(&outbox->lock);
    assert(!outbox->first_unsaved);
    rc = add(outbox, fields, true, &box);
    trim_all(outbox);
    pthread_mutex_unlock(&outbox->lock);
    return rc;
}
