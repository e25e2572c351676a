/* SPDX-License-Identifier: Apache-2.0 */
/* What tests need that run against a real PostgreSQL: a directory under /tmp that an unprivileged user owns (the test becomes that
 * user when it is run as root, since PostgreSQL refuses root), and waiting for something to become true. */
#ifndef XF_TESTS_DATABASE_H
#define XF_TESTS_DATABASE_H

#include <errno.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char database_dir[64] = "/tmp/crossflag-test-XXXXXX";

static inline int database_remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

static inline void database_leave(void)
{
    nftw(database_dir, database_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Stops a server that a test which crashed or was killed has left. */
static inline void database_sweep(const char *place)
{
    char path[128];
    FILE *file;
    int pid = 0;

    snprintf(path, sizeof(path), "%s/%s/postmaster.pid", database_dir, place);
    file = fopen(path, "r");
    if (!file)
        return;
    if (fscanf(file, "%d", &pid) == 1 && pid > 1)
        kill(pid, SIGQUIT);
    fclose(file);
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
}

/* Goes on in a child; the parent stays to clean up after whatever becomes of it. */
static inline void database_watch(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        return;
    signal(SIGTERM, SIG_IGN); /* a test runner tells the whole group */
    signal(SIGINT, SIG_IGN);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    database_sweep("postgres");
    database_sweep("data/postgres");
    database_leave();
    _exit(child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

/* Makes the directory and becomes a user who may run PostgreSQL. Call first in main. */
static inline void database_enter(void)
{
    const struct passwd *user = getpwnam("crossflag");

    umask(077);
    if (!mkdtemp(database_dir)) {
        perror("mkdtemp");
        exit(99);
    }
    database_watch();
    if (geteuid() == 0) {
        user = user ? user : getpwnam("nobody");
        if (!user || chown(database_dir, user->pw_uid, user->pw_gid) || setgroups(0, NULL) || setgid(user->pw_gid) ||
            setuid(user->pw_uid)) {
            perror("an unprivileged user");
            exit(99);
        }
        prctl(PR_SET_DUMPABLE, 1); /* /proc/self stays readable for the sanitizers */
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a change of user clears it */
    if (chdir("/") != 0)
        exit(99);
}

static inline int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until a condition holds; the value says whether it did within ms. */
#define within(ms, condition)                                                                                                      \
    ({                                                                                                                             \
        int64_t within_end = milliseconds() + (ms);                                                                                \
        bool within_held;                                                                                                          \
        while (!(within_held = (condition)) && milliseconds() < within_end)                                                        \
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);                                                               \
        within_held;                                                                                                               \
    })

#endif
