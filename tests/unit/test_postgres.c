/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded cluster: made once, adopted after its daemon was killed, restarted when it dies, refused with reasons. */
#include "../../daemon/postgres.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "../../daemon/db.h"
#include "../../daemon/initdb.h"
#include "check.h"
#include "database.h"

#define WAIT_MS 20000

static char data_dir[128];

static struct xf_postgres *start(const char *directory)
{
    struct xf_error error = {0};
    struct xf_postgres *postgres = xf_postgres_start(directory, NULL, WAIT_MS, &error);

    if (!postgres)
        fail_msg("%s", error.text);
    return postgres;
}

static bool answers(const struct xf_postgres *postgres)
{
    struct xf_error error;
    struct xf_db *db = xf_db_connect(xf_postgres_conninfo(postgres), "test", 2, &error);

    xf_db_close(db);
    return db != NULL;
}

static void test_made_started_stopped(void **state)
{
    struct xf_error error = {0};
    struct xf_postgres *postgres = start(data_dir);
    struct xf_db *db = xf_db_connect(xf_postgres_conninfo(postgres), "test", 2, &error);
    static const char *const settings[][2] = {
        {"listen_addresses", ""}, {"fsync", "on"},           {"synchronous_commit", "on"}, {"data_checksums", "on"},
        {"max_wal_size", "4GB"},  {"TimeZone", "UTC"},       {"server_encoding", "UTF8"},  {"unix_socket_permissions", "0700"},
        {"jit", "off"},           {"full_page_writes", "on"}};
    int pid = xf_postgres_pid(postgres);

    (void)state;
    assert_non_null(db);
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const struct xf_param params[] = {XF_TEXT(settings[i][0])};
        struct xf_rows *rows = xf_db_query(db, "SELECT current_setting($1)", params, 1, false, &error);

        assert_non_null(rows);
        assert_string_equal(xf_rows_value(rows, 0, 0), settings[i][1]);
        xf_rows_free(rows);
    }
    xf_db_close(db);
    xf_postgres_stop(postgres, WAIT_MS);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void test_survives_its_daemon_and_is_adopted(void **state)
{
    struct xf_postgres *postgres;
    struct xf_error error = {0};
    int fds[2], first = 0, status;
    pid_t daemon;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    daemon = fork();
    if (daemon == 0) {
        postgres = xf_postgres_start(data_dir, NULL, WAIT_MS, &error);
        first = postgres ? xf_postgres_pid(postgres) : 0;
        if (write(fds[1], &first, sizeof(first)) != sizeof(first))
            _exit(1);
        pause();
    }
    assert_int_equal(read(fds[0], &first, sizeof(first)), sizeof(first));
    assert_true(first > 0);
    /* While that daemon lives the directory is its own. */
    assert_null(xf_postgres_start(data_dir, NULL, WAIT_MS, &error));
    assert_int_equal(error.code, XF_ECONFLICT);
    kill(daemon, SIGKILL);
    waitpid(daemon, &status, 0);
    assert_int_equal(kill(first, 0), 0);
    postgres = start(data_dir);
    assert_int_equal(xf_postgres_pid(postgres), first);
    assert_true(answers(postgres));
    xf_postgres_poll(postgres);
    assert_int_equal(xf_postgres_pid(postgres), first);
    /* An adopted server that is killed is replaced too. */
    kill(first, SIGKILL);
    assert_true(within(WAIT_MS, (xf_postgres_poll(postgres), xf_postgres_pid(postgres) != first) && answers(postgres)));
    xf_postgres_stop(postgres, WAIT_MS);
    close(fds[0]);
    close(fds[1]);
}

static void test_restarted_when_it_dies(void **state)
{
    struct xf_postgres *postgres = start(data_dir);

    (void)state;
    for (int round = 0; round < 3; round++) {
        int pid = xf_postgres_pid(postgres);

        kill(pid, SIGKILL);
        assert_true(within(WAIT_MS, (xf_postgres_poll(postgres), xf_postgres_pid(postgres) != pid) && answers(postgres)));
    }
    xf_postgres_stop(postgres, WAIT_MS);
}

static void test_long_path(void **state)
{
    char path[256], sockets[64];
    struct xf_postgres *postgres;
    const char *at;

    (void)state;
    snprintf(path, sizeof(path), "%s/%0100d", database_dir, 7);
    postgres = start(path);
    at = strstr(xf_postgres_conninfo(postgres), "/tmp/crossflag-");
    assert_non_null(at);
    assert_true(answers(postgres));
    snprintf(sockets, sizeof(sockets), "%.*s", (int)strcspn(at, "'"), at);
    xf_postgres_leave(postgres);
    postgres = start(path); /* adopted through the same socket */
    assert_true(answers(postgres));
    xf_postgres_stop(postgres, WAIT_MS);
    rmdir(sockets);
}

static void test_refusals(void **state)
{
    char text[128], path[256];
    struct xf_error error;
    FILE *file;

    (void)state;
    assert_null(xf_postgres_start(data_dir, "/nowhere", WAIT_MS, &error));
    assert_non_null(strstr(error.text, "/nowhere"));
    assert_null(xf_postgres_start("/proc/crossflag", NULL, WAIT_MS, &error));
    assert_non_null(strstr(error.text, "cannot make the data directory /proc/crossflag"));
    /* A cluster that cannot start says why. */
    snprintf(path, sizeof(path), "%s/postgres/local.conf", data_dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("shared_buffers = much\n", file);
    fclose(file);
    assert_null(xf_postgres_start(data_dir, NULL, WAIT_MS, &error));
    assert_non_null(strstr(error.text, "PostgreSQL does not start"));
    unlink(path);
    xf_initdb_reason("initdb: hint\nFATAL:  could not write: No space left on device\nchild process exited with exit code 1\n",
                     text, sizeof(text));
    assert_string_equal(text, "FATAL:  could not write: No space left on device");
    xf_initdb_reason("one\ntwo\n", text, sizeof(text));
    assert_string_equal(text, "two");
    xf_initdb_reason("", text, sizeof(text));
    assert_string_equal(text, "");
}

static void test_command(void **state)
{
    static const char *const cat[] = {"/bin/cat", NULL}, *const fails[] = {"/bin/sh", "-c", "echo why >&2; exit 3", NULL},
                             *const none[] = {"/nowhere", NULL};
    static const char *const much[] = {"/bin/sh", "-c", "seq 1 100000", NULL};
    char output[64];

    (void)state;
    assert_int_equal(xf_initdb_command(cat, "in", output, sizeof(output)), 0);
    assert_string_equal(output, "in");
    assert_int_equal(xf_initdb_command(fails, NULL, output, sizeof(output)), 3);
    assert_string_equal(output, "why\n");
    assert_int_equal(xf_initdb_command(none, NULL, output, sizeof(output)), -1);
    assert_int_equal(xf_initdb_command(much, NULL, output, sizeof(output)), 0);
    assert_string_equal(output + strlen(output) - 7, "100000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_command),
                                       cmocka_unit_test(test_made_started_stopped),
                                       cmocka_unit_test(test_restarted_when_it_dies),
                                       cmocka_unit_test(test_survives_its_daemon_and_is_adopted),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_long_path)};
    struct xf_error error;
    int failed;

    if (geteuid() == 0 && (xf_postgres_start("/tmp", NULL, 1, &error) || !strstr(error.text, "root")))
        return 99;
    database_enter();
    snprintf(data_dir, sizeof(data_dir), "%s/data", database_dir);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    database_leave();
    return failed;
}
