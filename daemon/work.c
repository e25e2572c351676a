/* SPDX-License-Identifier: Apache-2.0 */
/* Worker threads for what would make the loop wait. The loop submits, a worker runs the job with its own connection, and the loop
 * is told. Invariant: an accepted job is run exactly once and its done is posted exactly once, also while stopping. */
#include "work.h"

#include <assert.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"

#define CONNECT_S 2
/* A job must not wait for a connection that has just failed: until this is over, jobs are run without one. */
#define RETRY_MS 1000

struct job {
    void (*run)(void *argument, struct xf_db *db);
    void (*done)(void *argument);
    void *argument;
};

struct worker {
    struct xf_work *work;
    pthread_t thread;
    struct xf_db *db;
    int64_t next_try; /* monotonic milliseconds */
};

struct xf_work {
    struct xf_loop *loop;
    char *conninfo;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job *jobs; /* a ring */
    unsigned jobs_max, first, count;
    bool stopping;
    unsigned worker_count;
    struct worker workers[];
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The worker's connection, made again when it has died; NULL when the database cannot be reached. */
static struct xf_db *connection(struct worker *worker)
{
    struct xf_error error;

    /* A look without waiting sees that the server has closed it since the last job. */
    if (worker->db && (xf_db_wait(worker->db, -1, 0) == XF_DB_READY || !xf_db_alive(worker->db))) {
        xf_db_close(worker->db);
        worker->db = NULL;
    }
    if (worker->db || now_ms() < worker->next_try)
        return worker->db;
    worker->db = xf_db_connect(worker->work->conninfo, "crossflagd work", CONNECT_S, &error);
    if (!worker->db) {
        xf_log(XF_LOG_WARNING, "work.database", "{s:s}", "reason", error.text);
        worker->next_try = now_ms() + RETRY_MS;
    }
    return worker->db;
}

static bool take(struct xf_work *work, struct job *ret)
{
    bool taken = false;

    pthread_mutex_lock(&work->lock);
    while (!work->count && !work->stopping)
        pthread_cond_wait(&work->filled, &work->lock);
    if (work->count) {
        *ret = work->jobs[work->first];
        work->first = (work->first + 1) % work->jobs_max;
        work->count--;
        taken = true;
    }
    pthread_mutex_unlock(&work->lock);
    return taken;
}

static void *run(void *context)
{
    struct worker *worker = context;
    struct job job;

    pthread_setname_np(pthread_self(), "worker");
    while (take(worker->work, &job)) {
        job.run(job.argument, connection(worker));
        xf_loop_post(worker->work->loop, job.done, job.argument);
    }
    xf_db_close(worker->db);
    return NULL;
}

struct xf_work *xf_work_start(struct xf_loop *loop, const char *conninfo, unsigned threads, unsigned queue_max)
{
    struct xf_work *work = calloc(1, sizeof(*work) + threads * sizeof(work->workers[0]));

    assert(threads > 0 && queue_max > 0);
    if (!work)
        return NULL;
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->filled, NULL);
    work->loop = loop;
    work->jobs_max = queue_max;
    work->jobs = calloc(queue_max, sizeof(*work->jobs));
    work->conninfo = strdup(conninfo);
    if (!work->jobs || !work->conninfo) {
        xf_work_stop(work);
        return NULL;
    }
    for (; work->worker_count < threads; work->worker_count++) {
        struct worker *worker = &work->workers[work->worker_count];

        worker->work = work;
        if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
            xf_work_stop(work);
            return NULL;
        }
    }
    return work;
}

void xf_work_stop(struct xf_work *work)
{
    if (!work)
        return;
    pthread_mutex_lock(&work->lock);
    work->stopping = true;
    pthread_cond_broadcast(&work->filled);
    pthread_mutex_unlock(&work->lock);
    for (unsigned i = 0; i < work->worker_count; i++)
        pthread_join(work->workers[i].thread, NULL);
    pthread_cond_destroy(&work->filled);
    pthread_mutex_destroy(&work->lock);
    free(work->jobs);
    free(work->conninfo);
    free(work);
}

int xf_work_submit(struct xf_work *work, void (*run_job)(void *argument, struct xf_db *db), void (*done)(void *argument),
                   void *argument)
{
    int rc = XF_OK;

    pthread_mutex_lock(&work->lock);
    if (work->count == work->jobs_max || work->stopping) {
        rc = XF_ELIMIT;
    } else {
        work->jobs[(work->first + work->count++) % work->jobs_max] = (struct job){run_job, done, argument};
        pthread_cond_signal(&work->filled);
    }
    pthread_mutex_unlock(&work->lock);
    return rc;
}
