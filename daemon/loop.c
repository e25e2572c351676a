/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of the main thread: an event_base, and a queue through which other threads reach it. The journal's, the engine's and the
 * workers' threads post; main.c runs it. Posted calls run in the order of posting, in rounds: what a call posts runs in the next
 * round, so that sockets are served in between. An eventfd wakes the loop; it is written only when the queue was empty. */
#include "loop.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "log.h"

struct post {
    void (*call)(void *argument);
    void *argument;
};

struct queue {
    struct post *items;
    size_t count, capacity;
};

struct xf_loop {
    struct event_base *base;
    struct event *wake;
    int wake_fd;
    pthread_mutex_t lock;
    struct queue posted;  /* under the lock */
    struct queue running; /* the loop's own */
};

static void run_posted(evutil_socket_t fd, short what, void *context)
{
    struct xf_loop *loop = context;
    struct queue swap;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof(count)) < 0)
        return; /* EAGAIN: an earlier round took it */
    pthread_mutex_lock(&loop->lock);
    swap = loop->running;
    loop->running = loop->posted;
    loop->posted = swap;
    pthread_mutex_unlock(&loop->lock);
    for (size_t i = 0; i < loop->running.count; i++)
        loop->running.items[i].call(loop->running.items[i].argument);
    loop->running.count = 0;
}

struct xf_loop *xf_loop_create(void)
{
    struct xf_loop *loop = calloc(1, sizeof(*loop));

    if (!loop)
        return NULL;
    pthread_mutex_init(&loop->lock, NULL);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->base = event_base_new();
    if (loop->base && loop->wake_fd >= 0)
        loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, run_posted, loop);
    if (!loop->wake || event_add(loop->wake, NULL) < 0) {
        xf_loop_destroy(loop);
        return NULL;
    }
    return loop;
}

void xf_loop_destroy(struct xf_loop *loop)
{
    if (!loop)
        return;
    if (loop->wake)
        event_free(loop->wake);
    if (loop->base)
        event_base_free(loop->base);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop->posted.items);
    free(loop->running.items);
    free(loop);
}

struct event_base *xf_loop_base(struct xf_loop *loop)
{
    return loop->base;
}

void xf_loop_run(struct xf_loop *loop)
{
    if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0) {
        xf_log(XF_LOG_ERROR, "loop_failed", NULL);
        abort(); /* the loop's end is the daemon's: nothing could be answered any more */
    }
}

void xf_loop_stop(struct xf_loop *loop)
{
    event_base_loopbreak(loop->base);
}

void xf_loop_post(struct xf_loop *loop, void (*call)(void *argument), void *argument)
{
    struct queue *queue = &loop->posted;
    bool was_empty;

    pthread_mutex_lock(&loop->lock);
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? 2 * queue->capacity : 64;
        struct post *items = realloc(queue->items, capacity * sizeof(*items));

        if (!items) {
            xf_log(XF_LOG_ERROR, "out_of_memory", "{s:s}", "where", "loop");
            abort(); /* a lost call is a lost answer or a stuck thread */
        }
        queue->items = items;
        queue->capacity = capacity;
    }
    was_empty = queue->count == 0;
    queue->items[queue->count++] = (struct post){call, argument};
    pthread_mutex_unlock(&loop->lock);
    if (was_empty) {
        uint64_t one = 1;

        /* Cannot fail but for a full counter, and then the loop is awake anyway. */
        if (write(loop->wake_fd, &one, sizeof(one)) < 0)
            return;
    }
}
