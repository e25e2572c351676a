/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for the commands that work without a daemon: link and train. Invariant: which thread did a part, and when, shows in
 * nothing that comes out. */
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS_MAX 16

struct job {
    int (*work)(void *data, unsigned part);
    void *data;
    unsigned parts;
    atomic_uint next;
    atomic_int failed;
};

static void *run(void *context)
{
    struct job *job = context;
    unsigned part;

    while (!atomic_load(&job->failed) && (part = atomic_fetch_add(&job->next, 1)) < job->parts) {
        int rc = job->work(job->data, part), none = 0;

        if (rc)
            atomic_compare_exchange_strong(&job->failed, &none, rc);
    }
    return NULL;
}

int xf_parallel(int (*work)(void *data, unsigned part), void *data, unsigned parts)
{
    struct job job = {.work = work, .data = data, .parts = parts};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[THREADS_MAX];
    unsigned count = 0;

    while (count + 1 < (unsigned)(processors > 1 ? processors : 1) && count < THREADS_MAX && count + 1 < parts &&
           pthread_create(&threads[count], NULL, run, &job) == 0)
        count++;
    run(&job);
    while (count)
        pthread_join(threads[--count], NULL);
    return atomic_load(&job.failed);
}
