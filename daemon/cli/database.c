/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command without a daemon finds the journal. Called by refold.c. A daemon's own PostgreSQL lets in nobody but its account,
 * by a Unix socket, so root becomes that account. It never makes a cluster, and it leaves running what it found running: a server
 * that it started is stopped again whatever happens, for which signals are kept until then. */
#include "database.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../conf.h"
#include "../initdb.h"
#include "../postgres.h"

#define NAME "crossflag refold"
#define CONNECT_S 10
#define START_MS 60000
#define STOP_MS 10000
/* A daemon that is just starting or stopping has the directory before its server answers, and after. */
#define TRIES 100
#define TRY_MS 100

/* ---- signals ---- */

static const int endings[] = {SIGINT, SIGTERM, SIGHUP};
#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

static volatile sig_atomic_t caught;
static struct sigaction before[ENDINGS];

static void note(int number)
{
    caught = number;
}

/* What the caller has ignored, as nohup does, stays so. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ENDINGS; i++) {
        sigaction(endings[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(endings[i], &action, NULL);
    }
}

static void release_signals(void)
{
    for (size_t i = 0; i < ENDINGS; i++)
        sigaction(endings[i], &before[i], NULL);
    if (caught) {
        fflush(stdout);
        raise(caught);
    }
}

bool xf_database_interrupted(void)
{
    return caught != 0;
}

/* ---- the account ---- */

/* As root: becomes the account, and leaves a working directory that the account may not enter: PostgreSQL's programs inherit it. */
static int become(struct xf_cli *cli, const struct passwd *account)
{
    if (account->pw_uid == 0)
        return xf_fail(cli, XF_EXIT_USAGE, "the database belongs to root, whom PostgreSQL does not serve");
    if (initgroups(account->pw_name, account->pw_gid) != 0 || setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0 ||
        chdir("/") != 0)
        return xf_fail(cli, XF_EXIT_FAILED, "cannot become `%s`: %s", account->pw_name, strerror(errno));
    return XF_EXIT_OK;
}

/* The cluster's owner is the one whom it lets in. */
static int become_owner(struct xf_cli *cli, const char *cluster)
{
    struct stat status;
    const struct passwd *account;

    if (stat(cluster, &status) != 0)
        return errno == ENOENT
                   ? xf_fail(cli, XF_EXIT_USAGE, "there is no %s: no daemon has kept a database there", cluster)
                   : xf_fail(cli, XF_EXIT_USAGE, "%s: %s; run this as root or as the daemon's account", cluster, strerror(errno));
    if (status.st_uid == geteuid() && geteuid() != 0)
        return XF_EXIT_OK;
    account = getpwuid(status.st_uid);
    if (geteuid() != 0)
        return xf_fail(cli, XF_EXIT_USAGE, "%s belongs to `%s`; run this as root or as that account", cluster,
                       account ? account->pw_name : "another user");
    if (!account)
        return xf_fail(cli, XF_EXIT_USAGE, "%s belongs to user %ld, which has no account", cluster, (long)status.st_uid);
    return become(cli, account);
}

/* ---- the server ---- */

static int connect_to(struct xf_cli *cli, const char *conninfo, struct xf_database *ret)
{
    struct xf_error error = {0};

    ret->db = xf_db_connect(conninfo, NAME, CONNECT_S, &error);
    return ret->db ? XF_EXIT_OK : xf_fail(cli, XF_EXIT_FAILED, "%s", error.text);
}

/* Connects to the directory's server, when it runs. XF_OK, XF_ENOTFOUND, or XF_EIO or XF_ENOMEM with *error. */
static int join_running(const char *data_dir, struct xf_database *ret, struct xf_error *error)
{
    char *conninfo = NULL;
    int rc = xf_postgres_find(data_dir, &conninfo);

    if (rc == XF_ENOMEM)
        return xf_error_set(error, rc, "out of memory");
    if (rc != XF_OK)
        return rc;
    ret->db = xf_db_connect(conninfo, NAME, CONNECT_S, error);
    free(conninfo);
    return ret->db ? XF_OK : XF_EIO;
}

static int start(struct xf_cli *cli, const char *data_dir, const char *bindir, struct xf_database *ret)
{
    struct xf_error error = {0};
    int rc = XF_EIO;

    for (int i = 0; i < TRIES && !caught; i++) {
        rc = join_running(data_dir, ret, &error);
        if (rc == XF_OK)
            return XF_EXIT_OK;
        if (rc == XF_ENOTFOUND) {
            ret->started = xf_postgres_start(data_dir, bindir, START_MS, &error);
            if (ret->started)
                return connect_to(cli, xf_postgres_conninfo(ret->started), ret);
            rc = error.code;
        }
        if (rc != XF_ECONFLICT && rc != XF_EIO)
            break;
        nanosleep(&(struct timespec){.tv_nsec = TRY_MS * 1000000L}, NULL);
    }
    return xf_fail(cli, XF_EXIT_FAILED, "%s", caught ? "interrupted" : error.text);
}

static int open_own(struct xf_cli *cli, const char *data_dir, const char *bindir, struct xf_database *ret)
{
    char *base = realpath(data_dir, NULL);
    char cluster[PATH_MAX], version[PATH_MAX];
    struct xf_database database = {0};
    int code;

    if (!base)
        return xf_fail(cli, XF_EXIT_USAGE, "%s: %s", data_dir, strerror(errno));
    if (!xf_initdb_path(cluster, base, "postgres") || !xf_initdb_path(version, cluster, "PG_VERSION"))
        code = xf_fail(cli, XF_EXIT_USAGE, "%s: the path is too long", data_dir);
    else
        code = become_owner(cli, cluster);
    if (code == XF_EXIT_OK && access(version, F_OK) != 0)
        code = xf_fail(cli, XF_EXIT_USAGE, "%s: %s", version, strerror(errno));
    if (code == XF_EXIT_OK) {
        catch_signals();
        code = start(cli, base, bindir, &database);
        if (code != XF_EXIT_OK)
            xf_database_close(&database);
        if (!database.started)
            release_signals();
    }
    free(base);
    if (code == XF_EXIT_OK)
        *ret = database;
    return code;
}

/* As the daemon would: under the account that the configuration names, where the database is somebody else's. */
static int open_configured(struct xf_cli *cli, const char *config, struct xf_database *ret)
{
    struct xf_error error = {0};
    struct xf_conf *conf = xf_conf_load(config, &error);
    const struct passwd *account;
    int code = XF_EXIT_OK;

    if (!conf)
        return xf_fail(cli, XF_EXIT_USAGE, "%s", error.text);
    if (!conf->database) {
        code = open_own(cli, conf->data_dir, conf->postgres_bindir, ret);
    } else {
        account = geteuid() == 0 ? getpwnam(conf->user) : NULL;
        if (account)
            code = become(cli, account);
        else if (geteuid() == 0)
            code = xf_fail(cli, XF_EXIT_USAGE, "the account `%s` (key `user`) does not exist", conf->user);
        if (code == XF_EXIT_OK)
            code = connect_to(cli, conf->database, ret);
    }
    xf_conf_destroy(conf);
    return code;
}

int xf_database_open(struct xf_cli *cli, const struct xf_database_choice *choice, struct xf_database *ret)
{
    xf_log_set_level(XF_LOG_WARNING); /* that a server was started is no news here */
    if (choice->config)
        return open_configured(cli, choice->config, ret);
    if (choice->data_dir)
        return open_own(cli, choice->data_dir, NULL, ret);
    return connect_to(cli, choice->conninfo, ret);
}

void xf_database_close(struct xf_database *database)
{
    bool started = database->started != NULL;

    xf_db_close(database->db);
    xf_postgres_stop(database->started, STOP_MS);
    *database = (struct xf_database){0};
    if (started)
        release_signals();
}
