/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the streams, shared by reader.c (one reader: what it gets and when) and stream.c (all of them: opened, woken,
 * drained). */
#ifndef XF_DAEMON_READER_H
#define XF_DAEMON_READER_H

#include <pthread.h>
#include <sys/queue.h>

#include "events.h"
#include "hash.h"
#include "stream.h"

struct event;
struct timeval;

enum reader_state {
    READER_WAITING, /* has all there is */
    READER_READING, /* a worker reads the table for it */
    READER_PAUSED,  /* looks again when its timer fires: the peer is slow, the workers are busy or the number is not there yet */
};

struct reader {
    struct xf_streams *streams;
    struct box *box;
    struct xf_call *call;
    uint64_t after, last;
    size_t limit; /* of a page */
    enum reader_state state;
    bool stream, opened, gone;
    unsigned tries;          /* pauses in a row */
    struct event *timer;     /* a pause's */
    struct event *heartbeat; /* a stream's; a page's deadline */
    struct xf_events *events;
    bool read_failed;
    TAILQ_ENTRY(reader) in_box, in_all;
};

/* The readers of one subscription. */
struct box {
    char *subscription;
    TAILQ_HEAD(, reader) readers;
    UT_hash_handle hh;
};

struct wake {
    const char *subscription; /* the outbox's */
    uint64_t sequence;
};

struct xf_streams {
    struct xf_daemon *daemon;
    struct box *boxes;
    TAILQ_HEAD(, reader) all;
    bool draining;
    const struct timeval *heartbeat; /* libevent's common timeout: thousands of equal timers in a list */
    struct xf_metric *open_streams;
    unsigned open_count;
    char *scratch;
    size_t scratch_size;
    pthread_mutex_t lock; /* of what follows */
    struct wake *wakes;
    size_t wake_count, wake_capacity;
    bool posted;
};

/* Takes a waiting reader as far as it goes; the reader may have ended afterwards. */
void xf_reader_advance(struct reader *reader);
/* A page's time is up: it is answered with nothing. */
void xf_reader_expire(int fd, short what, void *reader);
void xf_reader_free(struct reader *reader);
/* 503 with Retry-After. */
void xf_reader_refuse(struct xf_call *call, const char *detail);

#endif
