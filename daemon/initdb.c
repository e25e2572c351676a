/* SPDX-License-Identifier: Apache-2.0 */
/* Making and configuring the embedded cluster; postgres.c runs it. A cluster is made beside its place and renamed into it, so that
 * a crash half-way leaves nothing that looks like one. Its settings file is ours and written at every start; what an operator wants
 * otherwise goes into local.conf beside it, which is read last. */
#include "initdb.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Without the variables through which libpq and PostgreSQL's programs would be led elsewhere. */
static char *const clean_environment[] = {"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin", NULL};

bool xf_initdb_path(char ret[static PATH_MAX], const char *directory, const char *name)
{
    int length = snprintf(ret, PATH_MAX, "%s/%s", directory, name);

    return length > 0 && length < PATH_MAX;
}

static int spawn(const char *const argv[], int input, int output, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    rc = posix_spawn(ret, argv[0], &actions, &attributes, (char *const *)argv, clean_environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return rc;
}

/* A file that is gone when it is closed. */
static int scratch(const char *content)
{
    FILE *file = tmpfile();
    int fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;

    if (fd >= 0 && content && write(fd, content, strlen(content)) != (ssize_t)strlen(content)) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    if (file)
        fclose(file);
    return fd;
}

int xf_initdb_command(const char *const argv[], const char *input, char *output, size_t size)
{
    int in = scratch(input), pipes[2] = {-1, -1}, status = -1;
    size_t length = 0;
    pid_t pid;

    output[0] = '\0';
    if (in < 0 || pipe2(pipes, O_CLOEXEC) < 0 || spawn(argv, in, pipes[1], &pid) != 0) {
        if (in >= 0)
            close(in);
        if (pipes[0] >= 0) {
            close(pipes[0]);
            close(pipes[1]);
        }
        return -1;
    }
    close(in);
    close(pipes[1]);
    for (;;) {
        char piece[512];
        ssize_t got = read(pipes[0], piece, size - 1 < sizeof(piece) ? size - 1 : sizeof(piece));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (length + (size_t)got > size - 1) { /* keep the end */
            size_t drop = length + (size_t)got - (size - 1);

            memmove(output, output + drop, length - drop);
            length -= drop;
        }
        memcpy(output + length, piece, (size_t)got);
        length += (size_t)got;
        output[length] = '\0';
    }
    close(pipes[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void xf_initdb_reason(const char *output, char *text, size_t size)
{
    const char *best = "", *last = "";
    size_t best_length = 0, last_length = 0;

    for (const char *line = output; *line;) {
        size_t length = strcspn(line, "\n");
        const char *fatal = memmem(line, length, "FATAL:", 6), *failed = memmem(line, length, "rror:", 5);

        failed = failed ? failed : memmem(line, length, "ERROR:", 6);
        if (fatal || failed) {
            best = line;
            best_length = length;
        }
        if (length) {
            last = line;
            last_length = length;
        }
        line += length + (line[length] == '\n');
    }
    if (best_length)
        snprintf(text, size, "%.*s", (int)best_length, best);
    else
        snprintf(text, size, "%.*s", (int)last_length, last);
}

static bool has_programs(const char *directory)
{
    char path[PATH_MAX];

    if (!xf_initdb_path(path, directory, "initdb") || access(path, X_OK) != 0)
        return false;
    return xf_initdb_path(path, directory, "postgres") && access(path, X_OK) == 0;
}

/* Debian keeps a directory a major version. */
static bool newest_of_debian(char ret[static PATH_MAX])
{
    glob_t found;
    long newest = 0;

    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        long version = strtol(found.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);

        if (version > newest && has_programs(found.gl_pathv[i])) {
            newest = version;
            snprintf(ret, PATH_MAX, "%s", found.gl_pathv[i]);
        }
    }
    globfree(&found);
    return newest > 0;
}

int xf_initdb_bindir(const char *configured, char ret[static PATH_MAX], struct xf_error *error)
{
    const char *const ask[] = {"/usr/bin/pg_config", "--bindir", NULL};
    char output[PATH_MAX];

    if (configured) {
        if (!has_programs(configured))
            return xf_error_set(error, XF_ENOTFOUND, "there are no initdb and postgres in %s", configured);
        snprintf(ret, PATH_MAX, "%s", configured);
        return XF_OK;
    }
#ifdef XF_PG_BINDIR
    if (has_programs(XF_PG_BINDIR)) {
        snprintf(ret, PATH_MAX, "%s", XF_PG_BINDIR);
        return XF_OK;
    }
#endif
    if (xf_initdb_command(ask, NULL, output, sizeof(output)) == 0) {
        output[strcspn(output, "\n")] = '\0';
        if (has_programs(output)) {
            snprintf(ret, PATH_MAX, "%s", output);
            return XF_OK;
        }
    }
    if (newest_of_debian(ret))
        return XF_OK;
    return xf_error_set(error, XF_ENOTFOUND,
                        "PostgreSQL's initdb and postgres were not found: install postgresql or name their directory");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int remove_tree(const char *path)
{
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT ? XF_EIO : XF_OK;
}

int xf_initdb_make(const char *bindir, const char *directory, struct xf_error *error)
{
    char initdb[PATH_MAX], postgres[PATH_MAX], beside[PATH_MAX + 16], output[2048], reason[256];
    const char *const make[] = {initdb,
                                "-D",
                                beside,
                                "--auth-local=peer",
                                "--auth-host=reject",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--data-checksums",
                                "--no-instructions",
                                NULL};
    const char *const create[] = {postgres, "--single", "-D", beside, "postgres", NULL};

    if (!xf_initdb_path(initdb, bindir, "initdb") || !xf_initdb_path(postgres, bindir, "postgres"))
        return xf_error_set(error, XF_EIO, "the path of PostgreSQL's programs is too long");
    snprintf(beside, sizeof(beside), "%s.new", directory);
    if (remove_tree(beside) != XF_OK)
        return xf_error_set(error, XF_EIO, "cannot remove %s: %s", beside, strerror(errno));
    if (xf_initdb_command(make, NULL, output, sizeof(output)) != 0) {
        xf_initdb_reason(output, reason, sizeof(reason));
        (void)remove_tree(beside); /* what is left is removed by the next try */
        return xf_error_set(error, XF_EIO, "initdb failed: %s", reason);
    }
    /* Single-user mode reports a failed statement in its output only. */
    if (xf_initdb_command(create, "CREATE DATABASE crossflag\n", output, sizeof(output)) != 0 || strstr(output, "ERROR:")) {
        xf_initdb_reason(output, reason, sizeof(reason));
        return xf_error_set(error, XF_EIO, "the database could not be created: %s", reason);
    }
    if (rename(beside, directory) != 0)
        return xf_error_set(error, XF_EIO, "cannot make %s: %s", directory, strerror(errno));
    return XF_OK;
}

static long clamp(long value, long low, long high)
{
    return value < low ? low : value > high ? high : value;
}

int xf_initdb_configure(const char *bindir, const char *directory, struct xf_error *error)
{
    long memory_mb = sysconf(_SC_PHYS_PAGES) / 1024 * (sysconf(_SC_PAGESIZE) / 1024);
    char program[PATH_MAX], path[PATH_MAX], beside[PATH_MAX + 16], output[4096];
    const char *const ask[] = {program, "--configure", NULL};
    const char *compression = "on";
    FILE *file;
    bool written;

    /* pglz costs more processor time than the log that it saves; lz4 does not, where it was built in. */
    if (xf_initdb_path(program, bindir, "pg_config") && xf_initdb_command(ask, NULL, output, sizeof(output)) == 0 &&
        strstr(output, "--with-lz4"))
        compression = "lz4";
    if (!xf_initdb_path(path, directory, "postgresql.conf"))
        return xf_error_set(error, XF_EIO, "the path of the cluster is too long");
    snprintf(beside, sizeof(beside), "%s.new", path);
    file = fopen(beside, "we");
    if (!file)
        return xf_error_set(error, XF_EIO, "cannot write %s: %s", beside, strerror(errno));
    fprintf(file,
            "# Written by crossflagd at every start. Put changes into local.conf beside this file: it is read last.\n"
            "# listen_addresses and unix_socket_directories are set by crossflagd and cannot be changed.\n"
            "max_connections = 50\n"
            "shared_buffers = %ldMB\n"
            "effective_cache_size = %ldMB\n"
            "maintenance_work_mem = 256MB\n"
            "wal_buffers = 32MB\n"
            "wal_compression = %s\n"
            "max_wal_size = 4GB\n"
            "min_wal_size = 512MB\n"
            "checkpoint_timeout = 15min\n"
            "checkpoint_completion_target = 0.9\n"
            "fsync = on\n"
            "synchronous_commit = on\n"
            "full_page_writes = on\n"
            "random_page_cost = 1.1\n"
            "jit = off\n"
            "# No row, parameter or statement is logged: they hold personal data.\n"
            "log_min_messages = warning\n"
            "log_checkpoints = off\n"
            "log_error_verbosity = terse\n"
            "log_min_error_statement = panic\n"
            "log_statement = none\n"
            "log_timezone = 'UTC'\n"
            "timezone = 'UTC'\n"
            "lc_messages = 'C'\n"
            "include_if_exists = 'local.conf'\n",
            clamp(memory_mb / 16, 128, 2048), clamp(memory_mb / 2, 256, 65536), compression);
    written = !ferror(file);
    if (fclose(file) != 0 || !written || rename(beside, path) != 0)
        return xf_error_set(error, XF_EIO, "cannot write %s: %s", path, strerror(errno));
    return XF_OK;
}
