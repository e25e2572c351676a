/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL of the test's own that is watched as the main loop watches the daemon's, and can be killed at any moment. */
#ifndef XF_TESTS_KEEPER_H
#define XF_TESTS_KEEPER_H

#include <pthread.h>
#include <stdatomic.h>

#include "../../daemon/postgres.h"
#include "check.h"
#include "database.h"

#define WAIT_MS 20000

static struct xf_postgres *postgres;
static pthread_t keeper;
static atomic_bool keep = true;

static atomic_int server; /* the postmaster, as the keeper saw it last */

static void kill_postgres(void)
{
    int pid = 0;

    assert_true(within(WAIT_MS, (pid = atomic_load(&server)) > 0));
    kill(pid, SIGKILL);
}

/* Does what the main loop does every second, more often. */
static void *keep_postgres(void *context)
{
    (void)context;
    while (atomic_load(&keep)) {
        xf_postgres_poll(postgres);
        atomic_store(&server, xf_postgres_pid(postgres));
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return NULL;
}

#endif
