/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the embedded PostgreSQL: started or adopted by life.c, watched once a second, stopped with the daemon. One daemon
 * owns a data directory at a time (a lock on run/lock, which dies with it); the server does not hold that lock, so that it outlives
 * a daemon that is killed and serves the next one. */
#include "postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "db.h"
#include "initdb.h"
#include "log.h"

#define SOCKET_NAME "/.s.PGSQL.5432"
#define LOG_BYTES_MAX ((off_t)16 << 20)
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS 10000
#define STEP_MS 20

struct xf_postgres {
    char bindir[PATH_MAX];
    char data[PATH_MAX];    /* data_dir/postgres, absolute and resolved */
    char sockets[PATH_MAX]; /* the directory of the socket */
    char log[PATH_MAX];     /* what the server prints */
    char *conninfo;
    int lock_fd;
    pid_t pid;  /* the postmaster; 0: not running */
    bool child; /* started by this process; otherwise adopted */
    int64_t next_start, backoff_ms, started;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_step(void)
{
    nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

/* A directory of our own that nobody else may look into. */
static int own_directory(const char *path, struct xf_error *error)
{
    struct stat status;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return xf_error_set(error, XF_EIO, "cannot make the directory %s: %s", path, strerror(errno));
    if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid())
        return xf_error_set(error, XF_EIO, "%s is not a directory of this user", path);
    if ((status.st_mode & 077) && chmod(path, 0700) != 0)
        return xf_error_set(error, XF_EIO, "cannot close %s to others: %s", path, strerror(errno));
    return XF_OK;
}

/* data_dir/run, or a short directory under /tmp when the socket's path would not fit into an address. */
static int place_socket(struct xf_postgres *postgres, const char *run, struct xf_error *error)
{
    if (strlen(run) + strlen(SOCKET_NAME) < sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        snprintf(postgres->sockets, sizeof(postgres->sockets), "%s", run);
        return XF_OK;
    }
    snprintf(postgres->sockets, sizeof(postgres->sockets), "/tmp/crossflag-%ld-%016llx", (long)geteuid(),
             (unsigned long long)XXH3_64bits(run, strlen(run)));
    return own_directory(postgres->sockets, error);
}

/* A value of a connection string, quoted. */
static void quote(FILE *stream, const char *value)
{
    fputc('\'', stream);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            fputc('\\', stream);
        fputc(*value, stream);
    }
    fputc('\'', stream);
}

static char *make_conninfo(const char *sockets)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    fputs("host=", stream);
    quote(stream, sockets);
    fputs(" port=5432 dbname=crossflag sslmode=disable gssencmode=disable", stream);
    return fclose(stream) == 0 ? text : (free(text), NULL);
}

/* Whether pid is a postmaster of our directory: numbers are used again after a reboot, but a postmaster's working directory is its
 * data. */
static bool is_ours(const struct xf_postgres *postgres, pid_t pid)
{
    char link[64], target[PATH_MAX];
    ssize_t length;

    if (kill(pid, 0) != 0)
        return false;
    snprintf(link, sizeof(link), "/proc/%ld/cwd", (long)pid);
    length = readlink(link, target, sizeof(target) - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    return strcmp(target, postgres->data) == 0;
}

/* Finds a living postmaster of the directory and takes it over, with the socket directory that it uses. */
static bool adopt(struct xf_postgres *postgres)
{
    char path[PATH_MAX], line[PATH_MAX], sockets[PATH_MAX] = "";
    FILE *file = xf_initdb_path(path, postgres->data, "postmaster.pid") ? fopen(path, "re") : NULL;
    pid_t pid = 0;

    if (!file)
        return false;
    /* Line 1: the process; line 5: the first socket directory (PostgreSQL's pidfile.h). */
    for (int number = 1; number <= 5 && fgets(line, sizeof(line), file); number++) {
        line[strcspn(line, "\n")] = '\0';
        if (number == 1)
            pid = (pid_t)strtol(line, NULL, 10);
        if (number == 5)
            snprintf(sockets, sizeof(sockets), "%s", line);
    }
    fclose(file);
    if (pid <= 1 || !is_ours(postgres, pid))
        return false;
    if (sockets[0])
        snprintf(postgres->sockets, sizeof(postgres->sockets), "%s", sockets);
    postgres->pid = pid;
    postgres->child = false;
    return true;
}

/* Still running? Reaps a child that has ended. */
static bool running(struct xf_postgres *postgres)
{
    if (!postgres->pid)
        return false;
    if (postgres->child ? waitpid(postgres->pid, NULL, WNOHANG) == 0 : is_ours(postgres, postgres->pid))
        return true;
    postgres->pid = 0;
    return false;
}

static int spawn_server(struct xf_postgres *postgres, struct xf_error *error)
{
    char program[PATH_MAX], sockets[PATH_MAX + 32];
    char *argv[] = {program,
                    "-D",
                    postgres->data,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    sockets,
                    "-c",
                    "unix_socket_permissions=0700",
                    "-c",
                    "logging_collector=off",
                    NULL};
    char *environment[] = {"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int rc;

    if (!xf_initdb_path(program, postgres->bindir, "postgres"))
        return xf_error_set(error, XF_EIO, "the path of PostgreSQL's programs is too long");
    snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", postgres->sockets);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, postgres->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    rc = posix_spawn(&postgres->pid, program, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (rc != 0) {
        postgres->pid = 0;
        return xf_error_set(error, XF_EIO, "%s cannot be started: %s", program, strerror(rc));
    }
    postgres->child = true;
    postgres->started = now_ms();
    return XF_OK;
}

/* Why the server ended, from the end of its log. */
static void last_words(const struct xf_postgres *postgres, char *text, size_t size)
{
    char end[2048];
    ssize_t length = -1;
    int fd = open(postgres->log, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        off_t bytes = lseek(fd, 0, SEEK_END);

        length = pread(fd, end, sizeof(end) - 1, bytes > (off_t)sizeof(end) - 1 ? bytes - (off_t)(sizeof(end) - 1) : 0);
        close(fd);
    }
    end[length > 0 ? length : 0] = '\0';
    xf_initdb_reason(end, text, size);
    if (!text[0])
        snprintf(text, size, "it left no word in its log");
}

/* Waits until it answers. XF_EIO only when it ended instead. */
static int await(struct xf_postgres *postgres, int wait_ms, struct xf_error *error)
{
    int64_t end = now_ms() + wait_ms;
    char reason[256];

    do {
        struct xf_error ignored;
        struct xf_db *db = xf_db_connect(postgres->conninfo, "crossflagd start", 2, &ignored);

        if (db) {
            xf_db_close(db);
            return XF_OK;
        }
        if (!running(postgres)) {
            last_words(postgres, reason, sizeof(reason));
            return xf_error_set(error, XF_EIO, "PostgreSQL does not start: %s", reason);
        }
        sleep_step();
    } while (now_ms() < end);
    xf_log(XF_LOG_WARNING, "postgres.not_ready", "{s:i}", "after_ms", wait_ms);
    return XF_OK;
}

/* Directories, lock and cluster, up to where the server can be started. */
static int prepare(struct xf_postgres *postgres, const char *data_dir, const char *bindir, struct xf_error *error)
{
    char base[PATH_MAX], lock[PATH_MAX], run[PATH_MAX], version[PATH_MAX];
    int rc;

    if (geteuid() == 0)
        return xf_error_set(error, XF_EIO, "PostgreSQL does not run as root: name an unprivileged user in the configuration");
    if (mkdir(data_dir, 0700) != 0 && errno != EEXIST)
        return xf_error_set(error, XF_EIO, "cannot make the data directory %s: %s", data_dir, strerror(errno));
    if (!realpath(data_dir, base))
        return xf_error_set(error, XF_EIO, "the data directory %s cannot be used: %s", data_dir, strerror(errno));
    if (!xf_initdb_path(run, base, "run") || !xf_initdb_path(lock, base, "run/lock") ||
        !xf_initdb_path(postgres->data, base, "postgres") || !xf_initdb_path(postgres->log, base, "postgres.log") ||
        !xf_initdb_path(version, base, "postgres/PG_VERSION"))
        return xf_error_set(error, XF_EIO, "the data directory's path is too long");
    rc = own_directory(run, error);
    if (rc != XF_OK)
        return rc;
    postgres->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (postgres->lock_fd < 0)
        return xf_error_set(error, XF_EIO, "cannot write %s: %s", lock, strerror(errno));
    if (flock(postgres->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return xf_error_set(error, XF_ECONFLICT, "the data directory %s is in use by another crossflagd", base);
    rc = xf_initdb_bindir(bindir, postgres->bindir, error);
    if (rc == XF_OK)
        rc = place_socket(postgres, run, error);
    if (rc == XF_OK && access(version, F_OK) != 0) {
        xf_log(XF_LOG_INFO, "postgres.making", "{s:s}", "directory", postgres->data);
        rc = xf_initdb_make(postgres->bindir, postgres->data, error);
    }
    return rc;
}

struct xf_postgres *xf_postgres_start(const char *data_dir, const char *bindir, int wait_ms, struct xf_error *error)
{
    struct xf_postgres *postgres = calloc(1, sizeof(*postgres));
    bool adopted = false;
    int rc;

    if (!postgres) {
        xf_error_set(error, XF_ENOMEM, "out of memory");
        return NULL;
    }
    postgres->lock_fd = -1;
    postgres->backoff_ms = BACKOFF_FIRST_MS;
    rc = prepare(postgres, data_dir, bindir, error);
    if (rc == XF_OK) {
        adopted = adopt(postgres);
        postgres->conninfo = make_conninfo(postgres->sockets);
        if (!postgres->conninfo)
            rc = xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    if (rc == XF_OK && !adopted) {
        rc = xf_initdb_configure(postgres->bindir, postgres->data, error);
        if (rc == XF_OK)
            rc = spawn_server(postgres, error);
    }
    if (rc == XF_OK)
        rc = await(postgres, wait_ms, error);
    if (rc != XF_OK) {
        xf_postgres_leave(postgres);
        return NULL;
    }
    xf_log(XF_LOG_INFO, adopted ? "postgres.adopted" : "postgres.started", "{s:i}", "pid", (int)postgres->pid);
    return postgres;
}

int xf_postgres_find(const char *data_dir, char **ret_conninfo)
{
    struct xf_postgres postgres = {.lock_fd = -1};
    char base[PATH_MAX], *conninfo;

    if (!realpath(data_dir, base) || !xf_initdb_path(postgres.data, base, "postgres") || !adopt(&postgres) || !postgres.sockets[0])
        return XF_ENOTFOUND;
    conninfo = make_conninfo(postgres.sockets);
    if (!conninfo)
        return XF_ENOMEM;
    *ret_conninfo = conninfo;
    return XF_OK;
}

const char *xf_postgres_conninfo(const struct xf_postgres *postgres)
{
    return postgres->conninfo;
}

int xf_postgres_pid(const struct xf_postgres *postgres)
{
    return (int)postgres->pid;
}

void xf_postgres_poll(struct xf_postgres *postgres)
{
    bool was_running = postgres->pid != 0;
    int64_t now = now_ms();
    struct xf_error error;
    struct stat status;
    char reason[256];

    if (running(postgres)) {
        /* The server appends, so its log can be cut under it. */
        if (stat(postgres->log, &status) == 0 && status.st_size > LOG_BYTES_MAX && truncate(postgres->log, 0) == 0)
            xf_log(XF_LOG_WARNING, "postgres.log_cut", "{s:I}", "bytes", (json_int_t)status.st_size);
        return;
    }
    if (was_running) {
        last_words(postgres, reason, sizeof(reason));
        xf_log(XF_LOG_ERROR, "postgres.died", "{s:s}", "last_words", reason);
        if (now - postgres->started > BACKOFF_MAX_MS)
            postgres->backoff_ms = BACKOFF_FIRST_MS;
        postgres->next_start = now + (postgres->backoff_ms > BACKOFF_FIRST_MS ? postgres->backoff_ms : 0);
        postgres->backoff_ms = postgres->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : postgres->backoff_ms * 2;
    }
    if (now < postgres->next_start)
        return;
    if (spawn_server(postgres, &error) != XF_OK) {
        postgres->next_start = now + postgres->backoff_ms;
        xf_log(XF_LOG_ERROR, "postgres.start", "{s:s}", "reason", error.text);
        return;
    }
    xf_log(XF_LOG_WARNING, "postgres.restarted", "{s:i}", "pid", (int)postgres->pid);
}

void xf_postgres_stop(struct xf_postgres *postgres, int timeout_ms)
{
    static const int signals[] = {SIGINT, SIGQUIT}; /* fast: sessions are ended and a checkpoint is written; immediate */

    if (!postgres)
        return;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]) && running(postgres); i++) {
        int64_t end = now_ms() + (i == 0 ? timeout_ms : 10000);

        if (i > 0)
            xf_log(XF_LOG_WARNING, "postgres.stop_immediate", NULL);
        kill(postgres->pid, signals[i]);
        while (running(postgres) && now_ms() < end)
            sleep_step();
    }
    xf_postgres_leave(postgres);
}

void xf_postgres_leave(struct xf_postgres *postgres)
{
    if (!postgres)
        return;
    if (postgres->lock_fd >= 0)
        close(postgres->lock_fd);
    free(postgres->conninfo);
    free(postgres);
}
