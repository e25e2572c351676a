/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer of the state. Batches come in order from the journal's thread and are folded on this one, in slices that hold the
 * write lock for at most a millisecond, so that no reader waits longer. Events leave for the outbox as soon as their entry is
 * folded. Invariant: `position` is only ever moved here, after the entry's effects are visible, its events published and its
 * changes noted for the projector. */
#include "engine.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "outbox.h"

#define SLICE_NS INT64_C(1000000)
/* Numbers marked dirty under one hold of the read lock: some 0.3 ms. */
#define DIRTY_SLICE 65536

/* Distinct numbers in order of first mark. */
struct marks {
    uint32_t *list;
    size_t count, room;
    uint8_t *seen; /* one byte a number: a bitmap's shifts cost more than its memory saves here */
    size_t capacity;
};

struct waiter {
    uint64_t position;
    struct xf_loop *loop;
    void (*call)(void *argument);
    void *argument;
    struct waiter *next, *previous;
};

struct xf_engine {
    struct xf_fold *fold;
    struct xf_outbox *outbox;
    pthread_t thread;
    bool joined;

    pthread_rwlock_t state; /* over *fold */

    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled, queue_drained, progressed;
    struct xf_batch **queue; /* a ring */
    size_t queue_max, queue_first, queue_count;
    bool stopping;
    struct waiter *waiters, *last_waiter; /* by position, then by arrival */

    atomic_uint_fast64_t position;

    pthread_mutex_t dirty_lock;
    struct marks records, entities, flags;
    struct xf_metric *decided[XF_ENTITY_GONE + 1]; /* by enum xf_entity_change */
    uint64_t dirty_position;
};

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fatal(const struct xf_error *error, uint64_t position)
{
    /* The state can no longer follow the journal: stopping is the only safe answer, a standby or a restart folds again. */
    xf_log(XF_LOG_ERROR, "engine.failed", "{s:I,s:s}", "position", (json_int_t)position, "reason", error->text);
    abort();
}

static void mark(struct marks *marks, uint32_t number)
{
    if (number >= marks->capacity) {
        size_t capacity = marks->capacity ? marks->capacity : 1024;
        uint8_t *seen;

        while (capacity <= number)
            capacity *= 2;
        seen = realloc(marks->seen, capacity);
        if (!seen)
            abort();
        memset(seen + marks->capacity, 0, capacity - marks->capacity);
        marks->seen = seen;
        marks->capacity = capacity;
    }
    if (marks->seen[number])
        return;
    marks->seen[number] = 1;
    if (marks->count == marks->room) {
        size_t room = marks->room ? marks->room * 2 : 256;
        uint32_t *list = realloc(marks->list, room * sizeof(*list));

        if (!list)
            abort();
        marks->list = list;
        marks->room = room;
    }
    marks->list[marks->count++] = number;
}

static void mark_outcome(struct xf_engine *engine, const struct xf_outcome *outcome)
{
    if (outcome->record != XF_NONE)
        mark(&engine->records, outcome->record);
    for (size_t i = 0; i < outcome->entity_count; i++) {
        xf_metric_add(engine->decided[outcome->entities[i].change], 1);
        mark(&engine->entities, outcome->entities[i].entity);
        if (outcome->entities[i].other != XF_NONE)
            mark(&engine->entities, outcome->entities[i].other);
    }
    for (size_t i = 0; i < outcome->flag_count; i++)
        mark(&engine->flags, outcome->flags[i].flag);
}

/* Moves the position on and releases whoever waits for it. */
static void advance(struct xf_engine *engine, uint64_t position)
{
    struct waiter *due, *end = NULL;

    pthread_mutex_lock(&engine->queue_lock);
    atomic_store_explicit(&engine->position, position, memory_order_release);
    pthread_cond_broadcast(&engine->progressed);
    due = engine->waiters;
    while (engine->waiters && engine->waiters->position <= position) {
        end = engine->waiters;
        engine->waiters = end->next;
    }
    if (!engine->waiters)
        engine->last_waiter = NULL;
    else
        engine->waiters->previous = NULL;
    pthread_mutex_unlock(&engine->queue_lock);
    if (end)
        end->next = NULL;
    while (end && due) {
        struct waiter *next = due->next;

        xf_loop_post(due->loop, due->call, due->argument);
        free(due);
        due = next;
    }
}

/* Folds a batch from entry `from` until the slice is used up or an entry has events; returns the index of the next entry. */
static size_t fold_slice(struct xf_engine *engine, const struct xf_batch *batch, size_t from, struct xf_outcome *last)
{
    int64_t end = monotonic_ns() + SLICE_NS;
    struct xf_error error = {0};

    pthread_rwlock_wrlock(&engine->state);
    pthread_mutex_lock(&engine->dirty_lock);
    do {
        const struct xf_entry *entry = &batch->entries[from];

        if (xf_fold_apply(engine->fold, entry, last, &error) != XF_OK)
            fatal(&error, entry->position);
        mark_outcome(engine, last);
        engine->dirty_position = entry->position;
        from++;
    } while (from < batch->count && !last->event_count && monotonic_ns() < end);
    pthread_mutex_unlock(&engine->dirty_lock);
    pthread_rwlock_unlock(&engine->state);
    return from;
}

static void fold_batch(struct xf_engine *engine, struct xf_batch *batch)
{
    for (size_t next = 0; next < batch->count;) {
        struct xf_outcome last = {0};

        next = fold_slice(engine, batch, next, &last);
        /* The events lie in the fold's arena until the next apply, which only this thread does. */
        if (last.event_count)
            xf_outbox_publish(engine->outbox, last.events, last.event_count);
        advance(engine, batch->entries[next - 1].position);
    }
}

static struct xf_batch *pop(struct xf_engine *engine)
{
    struct xf_batch *batch = NULL;

    pthread_mutex_lock(&engine->queue_lock);
    while (!engine->queue_count && !engine->stopping)
        pthread_cond_wait(&engine->queue_filled, &engine->queue_lock);
    if (engine->queue_count) {
        batch = engine->queue[engine->queue_first];
        engine->queue_first = (engine->queue_first + 1) % engine->queue_max;
        engine->queue_count--;
        pthread_cond_signal(&engine->queue_drained);
    }
    pthread_mutex_unlock(&engine->queue_lock);
    return batch;
}

static void *run(void *argument)
{
    struct xf_engine *engine = argument;
    struct xf_batch *batch;

    pthread_setname_np(pthread_self(), "fold");
    while ((batch = pop(engine))) {
        fold_batch(engine, batch);
        xf_batch_unref(batch);
    }
    return NULL;
}

struct xf_engine *xf_engine_start(struct xf_fold *fold, struct xf_outbox *outbox, size_t queue_max)
{
    struct xf_engine *engine = calloc(1, sizeof(*engine));
    pthread_rwlockattr_t attributes;

    if (!engine)
        return NULL;
    engine->fold = fold;
    engine->outbox = outbox;
    engine->queue_max = queue_max;
    engine->queue = calloc(queue_max, sizeof(*engine->queue));
    atomic_init(&engine->position, xf_fold_position(fold));
    engine->dirty_position = xf_fold_position(fold);
    pthread_rwlockattr_init(&attributes);
    /* Readers come all the time; the default would let them keep the writer out. */
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&engine->state, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    pthread_mutex_init(&engine->queue_lock, NULL);
    pthread_mutex_init(&engine->dirty_lock, NULL);
    pthread_cond_init(&engine->queue_filled, NULL);
    pthread_cond_init(&engine->queue_drained, NULL);
    pthread_cond_init(&engine->progressed, NULL);
    if (!engine->queue || pthread_create(&engine->thread, NULL, run, engine) != 0) {
        engine->joined = true;
        xf_engine_destroy(engine);
        return NULL;
    }
    return engine;
}

void xf_engine_stop(struct xf_engine *engine)
{
    if (!engine || engine->joined)
        return;
    pthread_mutex_lock(&engine->queue_lock);
    engine->stopping = true;
    pthread_cond_broadcast(&engine->queue_filled);
    pthread_cond_broadcast(&engine->queue_drained);
    pthread_cond_broadcast(&engine->progressed);
    pthread_mutex_unlock(&engine->queue_lock);
    pthread_join(engine->thread, NULL);
    engine->joined = true;
}

static void free_marks(struct marks *marks)
{
    free(marks->list);
    free(marks->seen);
}

void xf_engine_destroy(struct xf_engine *engine)
{
    if (!engine)
        return;
    xf_engine_stop(engine);
    while (engine->waiters) {
        struct waiter *next = engine->waiters->next;

        free(engine->waiters);
        engine->waiters = next;
    }
    free_marks(&engine->records);
    free_marks(&engine->entities);
    free_marks(&engine->flags);
    pthread_rwlock_destroy(&engine->state);
    pthread_mutex_destroy(&engine->queue_lock);
    pthread_mutex_destroy(&engine->dirty_lock);
    pthread_cond_destroy(&engine->queue_filled);
    pthread_cond_destroy(&engine->queue_drained);
    pthread_cond_destroy(&engine->progressed);
    xf_fold_destroy(engine->fold);
    free(engine->queue);
    free(engine);
}

void xf_engine_measure(struct xf_engine *engine, struct xf_metrics *metrics)
{
    static const char *const outcomes[] = {"new", "changed", "merged", "split", "gone"};

    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        engine->decided[i] =
            xf_metrics_counter(metrics, "crossflag_link_decisions_total",
                               "Entities that linking made, changed, merged, split or ended.", "outcome", outcomes[i], NULL);
}

void xf_engine_adopt(struct xf_engine *engine, struct xf_fold *fold)
{
    pthread_rwlock_wrlock(&engine->state);
    xf_fold_destroy(engine->fold);
    engine->fold = fold;
    pthread_mutex_lock(&engine->dirty_lock);
    engine->dirty_position = xf_fold_position(fold);
    pthread_mutex_unlock(&engine->dirty_lock);
    pthread_rwlock_unlock(&engine->state);
    advance(engine, xf_fold_position(fold));
}

void xf_engine_push(struct xf_engine *engine, struct xf_batch *batch)
{
    pthread_mutex_lock(&engine->queue_lock);
    while (engine->queue_count == engine->queue_max && !engine->stopping)
        pthread_cond_wait(&engine->queue_drained, &engine->queue_lock);
    if (!engine->stopping) {
        engine->queue[(engine->queue_first + engine->queue_count++) % engine->queue_max] = xf_batch_ref(batch);
        pthread_cond_signal(&engine->queue_filled);
    }
    pthread_mutex_unlock(&engine->queue_lock);
}

const struct xf_fold *xf_engine_read(struct xf_engine *engine)
{
    pthread_rwlock_rdlock(&engine->state);
    return engine->fold;
}

void xf_engine_read_end(struct xf_engine *engine)
{
    pthread_rwlock_unlock(&engine->state);
}

uint64_t xf_engine_position(const struct xf_engine *engine)
{
    return atomic_load_explicit(&((struct xf_engine *)(uintptr_t)engine)->position, memory_order_acquire);
}

/* Waits are for what was committed last, mostly: the place is found from the end. */
static void insert(struct xf_engine *engine, struct waiter *waiter)
{
    struct waiter *before = engine->last_waiter;

    while (before && before->position > waiter->position)
        before = before->previous;
    waiter->previous = before;
    waiter->next = before ? before->next : engine->waiters;
    *(waiter->next ? &waiter->next->previous : &engine->last_waiter) = waiter;
    *(before ? &before->next : &engine->waiters) = waiter;
}

void xf_engine_wait(struct xf_engine *engine, uint64_t position, struct xf_loop *loop, void (*call)(void *argument), void *argument)
{
    struct waiter *waiter = malloc(sizeof(*waiter));

    if (!waiter)
        abort();
    *waiter = (struct waiter){.position = position, .loop = loop, .call = call, .argument = argument};
    pthread_mutex_lock(&engine->queue_lock);
    if (atomic_load(&engine->position) < position) {
        insert(engine, waiter);
        waiter = NULL;
    }
    pthread_mutex_unlock(&engine->queue_lock);
    if (waiter)
        xf_loop_post(loop, call, argument);
    free(waiter);
}

void xf_engine_wait_blocking(struct xf_engine *engine, uint64_t position)
{
    pthread_mutex_lock(&engine->queue_lock);
    while (atomic_load(&engine->position) < position && !engine->stopping)
        pthread_cond_wait(&engine->progressed, &engine->queue_lock);
    pthread_mutex_unlock(&engine->queue_lock);
}

/* Hands the list over and forgets the marks. */
static void take(struct marks *marks, uint32_t **ret, size_t *ret_count)
{
    for (size_t i = 0; i < marks->count; i++)
        marks->seen[marks->list[i]] = 0;
    *ret = marks->list;
    *ret_count = marks->count;
    marks->list = NULL;
    marks->count = marks->room = 0;
}

int xf_engine_take_dirty(struct xf_engine *engine, struct xf_dirty *ret)
{
    pthread_mutex_lock(&engine->dirty_lock);
    ret->position = engine->dirty_position;
    take(&engine->records, &ret->records, &ret->record_count);
    take(&engine->entities, &ret->entities, &ret->entity_count);
    take(&engine->flags, &ret->flags, &ret->flag_count);
    pthread_mutex_unlock(&engine->dirty_lock);
    return XF_OK;
}

/* Marks [*next, *next + a slice) of a kind's numbers; false when all are marked. */
static bool mark_slice(struct marks *marks, uint32_t count, uint32_t *next)
{
    for (uint32_t slice = 0; slice < DIRTY_SLICE && *next < count; slice++)
        mark(marks, (*next)++);
    return *next < count;
}

int xf_engine_dirty_all(struct xf_engine *engine)
{
    uint32_t record = 0, entity = 0, flag = 0;
    bool more = true;

    /* What comes up between two slices is marked by the fold. */
    while (more) {
        const struct xf_fold *fold = xf_engine_read(engine);

        pthread_mutex_lock(&engine->dirty_lock);
        more = mark_slice(&engine->records, xf_register_record_count(xf_fold_register(fold)), &record) ||
               mark_slice(&engine->entities, xf_fold_linker(fold) ? xf_linker_entity_count(xf_fold_linker(fold)) : 0, &entity) ||
               mark_slice(&engine->flags, xf_flags_count(xf_fold_flags(fold)), &flag);
        pthread_mutex_unlock(&engine->dirty_lock);
        xf_engine_read_end(engine);
    }
    return XF_OK;
}
