/* SPDX-License-Identifier: Apache-2.0 */
/* The journal on a real PostgreSQL: order, group commit, reading back; and that nothing is lost or doubled when the database is
 * killed, away or taken over. */
#include "../../daemon/journal.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "../../daemon/db.h"
#include "../../daemon/lease.h"
#include "../../daemon/migrate.h"
#include "../../daemon/postgres.h"
#include "check.h"
#include "database.h"
#include "keeper.h"

/* What one daemon would see. */
struct observer {
    struct xf_journal *journal;
    atomic_uint_fast64_t seen; /* the last position handed to committed */
    atomic_bool gap;
    atomic_int roles[3]; /* how often each was entered */
    int64_t last_at;
    uint64_t digest; /* over positions, streams and bodies, in order */
};

static uint64_t mix(uint64_t digest, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        digest = (digest ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
    return digest;
}

static uint64_t mix_entry(uint64_t digest, const struct xf_entry *entry)
{
    digest = mix(digest, &entry->position, sizeof(entry->position));
    digest = mix(digest, &entry->at, sizeof(entry->at));
    digest = mix(digest, &entry->revision, sizeof(entry->revision));
    digest = mix(digest, entry->stream, strlen(entry->stream));
    digest = mix(digest, entry->actor, strlen(entry->actor));
    return mix(digest, entry->body, entry->length);
}

static void see(void *context, struct xf_batch *batch)
{
    struct observer *observer = context;

    for (size_t i = 0; i < batch->count; i++) {
        if (batch->entries[i].position != atomic_load(&observer->seen) + 1 || batch->entries[i].at < observer->last_at)
            atomic_store(&observer->gap, true);
        observer->last_at = batch->entries[i].at;
        observer->digest = mix_entry(observer->digest, &batch->entries[i]);
        atomic_store(&observer->seen, batch->entries[i].position);
    }
}

static void see_role(void *context, enum xf_journal_role role)
{
    struct observer *observer = context;

    atomic_fetch_add(&observer->roles[role], 1);
}

static int prepare(void *context, struct xf_db *db, uint64_t *after, struct xf_error *error)
{
    (void)context;
    (void)after;
    return xf_migrate(db, error);
}

static void observe_url(struct observer *observer, const char *url, int timeout_ms, size_t queue_bytes)
{
    const struct xf_journal_options options = {.conninfo = xf_postgres_conninfo(postgres),
                                               .advertise = url,
                                               .queue_bytes_max = queue_bytes,
                                               .commit_timeout_ms = timeout_ms,
                                               .committed = see,
                                               .role = see_role,
                                               .prepare = prepare,
                                               .context = observer};

    *observer = (struct observer){0};
    observer->journal = xf_journal_start(&options);
    assert_non_null(observer->journal);
}

static void observe(struct observer *observer)
{
    observe_url(observer, "https://one.test", 10000, 64 << 20);
}

static bool is_writer(const struct observer *observer)
{
    return xf_journal_role(observer->journal) == XF_JOURNAL_WRITER;
}

/* A server that a test has just killed may take a moment to be there again. */
static struct xf_db *connect_db(void)
{
    struct xf_error error = {0};
    struct xf_db *db = NULL;

    if (!within(WAIT_MS, (db = xf_db_connect(xf_postgres_conninfo(postgres), "test", 5, &error)) != NULL))
        fail_msg("%s", error.text);
    return db;
}

static int64_t ask(struct xf_db *db, const char *sql)
{
    struct xf_error error = {0};
    struct xf_rows *rows = xf_db_query(db, sql, NULL, 0, false, &error);
    int64_t value;

    if (!rows)
        fail_msg("%s", error.text);
    value = xf_rows_count(rows) ? xf_rows_integer(rows, 0, 0) : -1;
    xf_rows_free(rows);
    return value;
}

/* An empty database for every test. */
static int set_up(void **state)
{
    struct xf_db *db = NULL;
    struct xf_error error = {0};

    (void)state;
    if (!within(WAIT_MS, (db = xf_db_connect(xf_postgres_conninfo(postgres), "test", 5, &error)) != NULL))
        return -1;
    if (xf_db_script(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error) != XF_OK)
        return -1;
    xf_db_close(db);
    return 0;
}

/* A sender: submits batches and remembers what it was told. */
struct answer {
    atomic_int result; /* 1: none yet */
    uint64_t first;
};
#define NO_ANSWER 1

static void answered(struct xf_batch *batch, int result)
{
    struct answer *answer = batch->context;

    answer->first = batch->entries[0].position;
    atomic_store(&answer->result, result);
}

static struct xf_batch *make_batch(struct answer *answer, const char *feed, unsigned first, unsigned count)
{
    struct xf_batch *batch = xf_batch_create();
    char text[400];

    assert_non_null(batch);
    for (unsigned i = 0; i < count; i++) {
        char *stream, *body;
        int length = snprintf(text, sizeof(text), "%s/%u", feed, first + i);

        stream = xf_arena_copy(batch->arena, text, (size_t)length);
        length = snprintf(text, sizeof(text), "{\"id\":\"%u\",\"kind\":\"absence\",\"summary\":\"%0300u\"}", first + i, first + i);
        body = xf_arena_copy(batch->arena, text, (size_t)length);
        assert_int_equal(xf_batch_add(batch, XF_ENTRY_PUT, 1, stream, "feed", body, (size_t)length, NULL), XF_OK);
    }
    if (answer) {
        atomic_store(&answer->result, NO_ANSWER);
        batch->done = answered;
        batch->context = answer;
    }
    return batch;
}

static int submit(struct observer *observer, struct answer *answer, const char *feed, unsigned first, unsigned count)
{
    struct xf_batch *batch = make_batch(answer, feed, first, count);
    int rc = xf_journal_submit(observer->journal, batch);

    xf_batch_unref(batch);
    return rc;
}

static int await_answer(struct answer *answer)
{
    assert_true(within(WAIT_MS, atomic_load(&answer->result) != NO_ANSWER));
    return atomic_load(&answer->result);
}

struct reader {
    uint64_t digest, count, stop_after;
};

static int read_entry(void *context, const struct xf_entry *entry)
{
    struct reader *reader = context;

    reader->digest = mix_entry(reader->digest, entry);
    reader->count++;
    return reader->stop_after && reader->count == reader->stop_after ? 77 : XF_OK;
}

/* What the observer saw is what the journal holds, to the byte. */
static void check_seen(const struct observer *observer)
{
    struct reader reader = {0};
    struct xf_error error = {0};
    struct xf_db *db = connect_db();

    assert_false(atomic_load(&observer->gap));
    assert_int_equal(xf_journal_read(db, 0, UINT32_MAX, read_entry, &reader, &error), XF_OK);
    assert_int_equal(reader.count, atomic_load(&observer->seen));
    assert_int_equal(reader.digest, observer->digest);
    assert_int_equal(ask(db, "SELECT count(*) - coalesce(max(position), 0) FROM journal"), 0);
    xf_db_close(db);
}

static void test_commit_and_read(void **state)
{
    static const unsigned sizes[] = {1, 2, 1000, 1, 5000, 20000, 3};
    struct answer answers[7];
    struct observer observer;
    struct xf_error error = {0};
    struct reader reader = {.stop_after = 300};
    uint64_t position = 1;
    char url[64];
    struct xf_db *db;

    (void)state;
    observe(&observer);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    assert_int_equal(xf_journal_epoch(observer.journal), 1);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(submit(&observer, &answers[i], "police", 1000000 * i, sizes[i]), XF_OK);
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(await_answer(&answers[i]), XF_OK);
        assert_int_equal(answers[i].first, position);
        position += sizes[i];
    }
    assert_int_equal(xf_journal_head(observer.journal), position - 1);
    assert_int_equal(xf_journal_pending(observer.journal), 0);
    xf_journal_writer(observer.journal, url, sizeof(url));
    assert_string_equal(url, "https://one.test");
    check_seen(&observer);
    db = connect_db();
    /* A reader that stops leaves a connection that still works. */
    assert_int_equal(xf_journal_read(db, 0, UINT32_MAX, read_entry, &reader, &error), 77);
    assert_int_equal(reader.count, 300);
    reader = (struct reader){0};
    assert_int_equal(xf_journal_read(db, 10, 400, read_entry, &reader, &error), XF_OK);
    assert_int_equal(reader.count, 400);
    reader = (struct reader){0};
    assert_int_equal(xf_journal_read(db, position - 1, 400, read_entry, &reader, &error), XF_OK);
    assert_int_equal(reader.count, 0);
    /* Nobody changes the past. */
    assert_int_not_equal(xf_db_script(db, "UPDATE journal SET actor = 'x'", &error), XF_OK);
    assert_non_null(strstr(error.text, "append-only"));
    assert_int_not_equal(xf_db_script(db, "DELETE FROM journal", &error), XF_OK);
    assert_int_not_equal(xf_db_script(db, "TRUNCATE journal", &error), XF_OK);
    assert_int_equal(ask(db, "SELECT count(*) FROM journal_text WHERE kind = 'put'"), (int64_t)position - 1);
    xf_db_close(db);
    xf_journal_stop(observer.journal, 1000);
    /* The next daemon begins a new epoch at once, since the lease was given back, and reads everything. */
    observe(&observer);
    assert_true(within(2000, is_writer(&observer)));
    assert_int_equal(xf_journal_epoch(observer.journal), 2);
    check_seen(&observer);
    assert_int_equal(observer.seen, position - 1);
    xf_journal_stop(observer.journal, 1000);
}

static void test_stop_commits_what_is_queued(void **state)
{
    struct answer answers[50];
    struct observer observer;

    (void)state;
    observe(&observer);
    assert_int_equal(submit(&observer, NULL, "early", 1, 1), XF_ECONFLICT);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(submit(&observer, &answers[i], "police", 1000 * i, 500), XF_OK);
    xf_journal_stop(observer.journal, WAIT_MS);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(atomic_load(&answers[i].result), XF_OK);
    check_seen(&observer);
}

/* A batch that the database refuses costs its own sender only. */
static void test_refused_alone(void **state)
{
    struct answer good[20], doubled, broken;
    struct observer observer;
    struct xf_batch *batch;

    (void)state;
    observe(&observer);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    assert_int_equal(submit(&observer, &good[0], "police", 0, 1), XF_OK);
    assert_int_equal(await_answer(&good[0]), XF_OK);
    for (unsigned i = 1; i < 20; i++) {
        assert_int_equal(submit(&observer, &good[i], "police", i, 1), XF_OK);
        if (i == 7)
            assert_int_equal(submit(&observer, &doubled, "police", 0, 1), XF_OK);
        if (i == 9) {
            batch = make_batch(&broken, "school", 1, 1);
            assert_int_equal(xf_batch_add(batch, XF_ENTRY_PUT, 1, "school/\xff", "feed", "", 0, NULL), XF_OK);
            assert_int_equal(xf_journal_submit(observer.journal, batch), XF_OK);
            xf_batch_unref(batch);
        }
    }
    for (unsigned i = 1; i < 20; i++)
        assert_int_equal(await_answer(&good[i]), XF_OK);
    assert_int_equal(await_answer(&doubled), XF_ECONFLICT);
    assert_int_equal(await_answer(&broken), XF_EINVAL);
    assert_int_equal(observer.seen, 20);
    assert_int_equal(xf_journal_pending(observer.journal), 0);
    check_seen(&observer);
    xf_journal_stop(observer.journal, 1000);
}

/* The server reports a statement as done before it commits: what fails at the commit itself (here a deferred check, elsewhere a
 * full disk) was not acknowledged. */
static void test_fails_at_its_commit(void **state)
{
    struct answer good, bad, next;
    struct xf_error error = {0};
    struct observer observer;
    struct xf_db *db;

    (void)state;
    observe(&observer);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    db = connect_db();
    assert_int_equal(
        xf_db_script(db,
                     "CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = "
                     "'22000'; END $$;"
                     "CREATE CONSTRAINT TRIGGER unlucky AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
                     "WHEN (NEW.stream = 'police/13') EXECUTE FUNCTION unlucky()",
                     &error),
        XF_OK);
    assert_int_equal(submit(&observer, &good, "police", 12, 1), XF_OK);
    assert_int_equal(submit(&observer, &bad, "police", 13, 1), XF_OK);
    assert_int_equal(submit(&observer, &next, "police", 14, 1), XF_OK);
    assert_int_equal(await_answer(&good), XF_OK);
    assert_int_equal(await_answer(&bad), XF_EINVAL);
    assert_int_equal(await_answer(&next), XF_OK);
    assert_int_equal(next.first, 2);
    assert_int_equal(ask(db, "SELECT count(*) FROM journal"), 2);
    xf_db_close(db);
    check_seen(&observer);
    xf_journal_stop(observer.journal, 1000);
}

/* Streams of which nobody counts the entries. */
static void test_numbers_what_has_no_revision(void **state)
{
    struct observer observer;
    struct answer answer;
    struct xf_db *db;

    (void)state;
    observe(&observer);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    for (unsigned i = 0; i < 3; i++) {
        struct xf_batch *batch = make_batch(&answer, "police", i, 1);

        assert_int_equal(xf_batch_add(batch, XF_ENTRY_TICK, 0, "tick", "crossflagd", NULL, 0, NULL), XF_OK);
        assert_int_equal(xf_journal_submit(observer.journal, batch), XF_OK);
        assert_int_equal(await_answer(&answer), XF_OK);
        assert_int_equal(batch->entries[1].revision, 2 * i + 2);
        xf_batch_unref(batch);
    }
    db = connect_db();
    assert_int_equal(ask(db, "SELECT count(*) FROM journal WHERE stream = 'tick' AND revision = position AND body = ''"), 3);
    xf_db_close(db);
    check_seen(&observer);
    xf_journal_stop(observer.journal, 1000);
}

static void terminate_journals(void)
{
    struct xf_db *db = connect_db();

    ask(db, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'crossflagd journal'");
    xf_db_close(db);
}

/* Submits batches of a few entries until told to stop, keeping what it was told; refused submissions are tried again. */
#define SENDS_MAX 200000
struct sender {
    struct observer *observer;
    const char *feed;
    struct answer *answers;
    unsigned sent;
    atomic_bool stop;
    pthread_t thread;
};

static void *send_on(void *context)
{
    struct sender *sender = context;

    while (!atomic_load(&sender->stop) && sender->sent < SENDS_MAX) {
        int rc = submit(sender->observer, &sender->answers[sender->sent], sender->feed, sender->sent * 3, 3);

        if (rc == XF_OK)
            sender->sent++;
        if (rc != XF_OK || sender->sent % 64 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

static void start_sender(struct sender *sender, struct observer *observer, const char *feed)
{
    *sender = (struct sender){.observer = observer, .feed = feed, .answers = calloc(SENDS_MAX, sizeof(*sender->answers))};
    assert_non_null(sender->answers);
    pthread_create(&sender->thread, NULL, send_on, sender);
}

/* Every answer came; what was acknowledged is in the journal once, at the position that was told. */
static void check_sender(struct sender *sender, unsigned *ret_acknowledged)
{
    struct xf_error error = {0};
    struct xf_db *db = connect_db();
    unsigned acknowledged = 0;

    for (unsigned i = 0; i < sender->sent; i++) {
        char stream[64];
        const struct xf_param params[] = {XF_TEXT(stream)};
        struct xf_rows *rows;
        int result = await_answer(&sender->answers[i]);

        if (result != XF_OK)
            continue;
        acknowledged++;
        if (i % 37)
            continue;
        snprintf(stream, sizeof(stream), "%s/%u", sender->feed, i * 3);
        rows = xf_db_query(db, "SELECT position FROM journal WHERE stream = $1", params, 1, true, &error);
        assert_non_null(rows);
        assert_int_equal(xf_rows_count(rows), 1);
        assert_int_equal(xf_rows_integer(rows, 0, 0), sender->answers[i].first);
        xf_rows_free(rows);
    }
    *ret_acknowledged = acknowledged;
    xf_db_close(db);
    free(sender->answers);
}

static void stop_sender(struct sender *sender)
{
    atomic_store(&sender->stop, true);
    pthread_join(sender->thread, NULL);
}

/* Backends ended and the whole server killed, under load. */
static void test_database_killed_under_load(void **state)
{
    struct observer observer;
    struct sender sender;
    unsigned acknowledged;
    struct xf_db *db;

    (void)state;
    observe(&observer);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    start_sender(&sender, &observer, "police");
    for (int round = 0; round < 8; round++) {
        uint64_t before = xf_journal_head(observer.journal);

        assert_true(within(WAIT_MS, xf_journal_head(observer.journal) > before + 300));
        if (round % 2)
            kill_postgres();
        else
            terminate_journals();
        before = xf_journal_head(observer.journal);
        assert_true(within(WAIT_MS, xf_journal_head(observer.journal) > before + 300 && is_writer(&observer)));
    }
    stop_sender(&sender);
    check_sender(&sender, &acknowledged);
    assert_int_equal(acknowledged, sender.sent); /* each was within its time */
    assert_int_equal(observer.seen, sender.sent * 3);
    assert_int_equal(xf_journal_epoch(observer.journal), 1); /* the lease was its own all along */
    check_seen(&observer);
    db = connect_db();
    assert_int_equal(ask(db, "SELECT count(*) - count(DISTINCT stream) FROM journal"), 0);
    xf_db_close(db);
    xf_journal_stop(observer.journal, 1000);
}

/* No database at first; then one; then none for longer than a sender waits; then one again. */
static void test_database_away(void **state)
{
    struct observer observer;
    struct answer before, during, after;
    struct xf_db *db;

    (void)state;
    atomic_store(&keep, false);
    pthread_join(keeper, NULL);
    kill(xf_postgres_pid(postgres), SIGINT);
    assert_true(within(WAIT_MS, kill(xf_postgres_pid(postgres), 0) != 0 || waitpid(xf_postgres_pid(postgres), NULL, WNOHANG) > 0));
    observe_url(&observer, "https://one.test", 300, 64 << 20);
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    assert_int_equal(xf_journal_role(observer.journal), XF_JOURNAL_WAITING);
    xf_postgres_poll(postgres);
    assert_true(within(WAIT_MS, (xf_postgres_poll(postgres), is_writer(&observer))));
    assert_int_equal(submit(&observer, &before, "police", 1, 1), XF_OK);
    assert_int_equal(await_answer(&before), XF_OK);

    kill(xf_postgres_pid(postgres), SIGINT);
    assert_true(within(WAIT_MS, kill(xf_postgres_pid(postgres), 0) != 0 || waitpid(xf_postgres_pid(postgres), NULL, WNOHANG) > 0));
    assert_int_equal(submit(&observer, &during, "police", 2, 1), XF_OK);
    assert_int_equal(await_answer(&during), XF_EIO);
    assert_true(within(WAIT_MS, xf_journal_role(observer.journal) == XF_JOURNAL_WAITING));
    assert_int_equal(submit(&observer, &after, "police", 3, 1), XF_ECONFLICT);

    assert_true(within(WAIT_MS, (xf_postgres_poll(postgres), is_writer(&observer))));
    atomic_store(&keep, true);
    pthread_create(&keeper, NULL, keep_postgres, NULL);
    assert_true(within(WAIT_MS, atomic_load(&observer.seen) == 2)); /* late, but the fold knows it */
    assert_int_equal(atomic_load(&during.result), XF_EIO);
    assert_int_equal(submit(&observer, &after, "police", 3, 1), XF_OK);
    assert_int_equal(await_answer(&after), XF_OK);
    check_seen(&observer);
    db = connect_db();
    assert_int_equal(ask(db, "SELECT count(*) FROM journal"), 3);
    xf_db_close(db);
    xf_journal_stop(observer.journal, 1000);
}

/* A server that hangs is told from one that is quick: senders are answered in time, and the outcome is learnt. */
static void test_commit_hangs(void **state)
{
    struct observer observer;
    struct answer answer, next;
    struct xf_error error = {0};
    struct xf_db *db;

    (void)state;
    observe_url(&observer, "https://one.test", 400, 1500);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    db = connect_db();
    assert_int_equal(xf_db_script(db, "BEGIN; LOCK TABLE journal IN SHARE MODE", &error), XF_OK);
    assert_int_equal(submit(&observer, &answer, "police", 1, 1), XF_OK);
    assert_int_equal(submit(&observer, &next, "police", 2, 2), XF_OK);
    assert_int_equal(submit(&observer, NULL, "police", 9, 3), XF_ELIMIT);
    assert_int_equal(await_answer(&answer), XF_EIO);
    assert_int_equal(await_answer(&next), XF_EIO);
    assert_true(within(WAIT_MS, xf_journal_role(observer.journal) == XF_JOURNAL_WAITING));
    assert_int_equal(xf_db_script(db, "COMMIT", &error), XF_OK);
    xf_db_close(db);
    assert_true(within(WAIT_MS, is_writer(&observer) && atomic_load(&observer.seen) == 3));
    check_seen(&observer);
    xf_journal_stop(observer.journal, 1000);
}

/* The first daemon in a process of its own, for killing: writes until killed, telling through the pipe what was acknowledged. */
static pid_t other_daemon(int *ret_fd)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        struct observer observer;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(fds[0]);
        observe_url(&observer, "https://first.test", 10000, 64 << 20);
        for (unsigned i = 0;; i++) {
            struct answer answer;
            int rc = NO_ANSWER;

            while (!is_writer(&observer) && rc != XF_ECONFLICT)
                nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
            rc = submit(&observer, &answer, "first", i, 1);
            while (rc == XF_OK && atomic_load(&answer.result) == NO_ANSWER)
                ;
            rc = rc == XF_OK ? atomic_load(&answer.result) : rc;
            if (write(fds[1], &rc, sizeof(rc)) != sizeof(rc))
                _exit(1);
            if (rc != XF_OK && rc != XF_EIO) {
                /* Fenced: reports what it is now, and follows. */
                int role = 100 + (within(WAIT_MS, xf_journal_role(observer.journal) == XF_JOURNAL_FOLLOWER) ? 0 : 1);

                if (write(fds[1], &role, sizeof(role)) != sizeof(role))
                    _exit(1);
                within(WAIT_MS, atomic_load(&observer.seen) == 0);
                _exit(0);
            }
        }
    }
    close(fds[1]);
    *ret_fd = fds[0];
    return pid;
}

static void test_takeover_when_the_first_is_killed(void **state)
{
    struct observer second;
    struct answer answer;
    unsigned acknowledged = 0;
    int64_t started;
    char url[64];
    int fd, rc, status;
    pid_t first = other_daemon(&fd);
    struct xf_db *db;

    (void)state;
    while (acknowledged < 100 && read(fd, &rc, sizeof(rc)) == sizeof(rc)) {
        assert_int_equal(rc, XF_OK);
        acknowledged++;
    }
    observe_url(&second, "https://second.test", 10000, 64 << 20);
    assert_true(within(WAIT_MS, atomic_load(&second.seen) > 100));
    assert_int_equal(xf_journal_role(second.journal), XF_JOURNAL_FOLLOWER);
    xf_journal_writer(second.journal, url, sizeof(url));
    assert_string_equal(url, "https://first.test");
    assert_int_equal(submit(&second, &answer, "second", 1, 1), XF_ECONFLICT);
    kill(first, SIGKILL);
    started = milliseconds();
    assert_true(within(3000, is_writer(&second)));
    print_message("takeover after %d ms\n", (int)(milliseconds() - started));
    waitpid(first, &status, 0);
    while (read(fd, &rc, sizeof(rc)) == sizeof(rc))
        acknowledged += rc == XF_OK;
    close(fd);
    assert_int_equal(submit(&second, &answer, "second", 1, 1), XF_OK);
    assert_int_equal(await_answer(&answer), XF_OK);
    assert_true(answer.first > acknowledged && answer.first <= acknowledged + 2); /* one may have been committed and not told */
    check_seen(&second);
    db = connect_db();
    assert_int_equal(ask(db, "SELECT count(*) - count(DISTINCT stream) FROM journal"), 0);
    xf_db_close(db);
    xf_journal_stop(second.journal, 1000);
}

static void test_fenced(void **state)
{
    struct observer second;
    struct answer answer;
    unsigned acknowledged = 0;
    int fd, rc = XF_OK, role = 0, status;
    pid_t first = other_daemon(&fd);
    struct xf_db *db;

    (void)state;
    while (acknowledged < 100 && read(fd, &rc, sizeof(rc)) == sizeof(rc))
        acknowledged += rc == XF_OK;
    observe_url(&second, "https://second.test", 10000, 64 << 20);
    assert_true(within(WAIT_MS, atomic_load(&second.seen) > 100));
    /* The first is frozen; its session ends (as a server does with a client that went away); then it thaws, still believing. */
    kill(first, SIGSTOP);
    db = connect_db();
    ask(db, "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l WHERE locktype = 'advisory'");
    assert_true(within(3000, is_writer(&second)));
    assert_int_equal(xf_journal_epoch(second.journal), 2);
    assert_int_equal(submit(&second, &answer, "second", 1, 1), XF_OK);
    assert_int_equal(await_answer(&answer), XF_OK);
    kill(first, SIGCONT);
    while (read(fd, &rc, sizeof(rc)) == sizeof(rc)) {
        if (rc >= 100) {
            role = rc;
            break;
        }
        acknowledged += rc == XF_OK;
    }
    assert_int_equal(role, 100);
    assert_int_equal(ask(db, "SELECT max(position) FROM journal WHERE stream LIKE 'first/%'"), acknowledged);
    assert_int_equal(answer.first, acknowledged + 1);
    assert_int_equal(submit(&second, &answer, "second", 2, 1), XF_OK);
    assert_int_equal(await_answer(&answer), XF_OK);
    check_seen(&second);
    kill(first, SIGKILL);
    waitpid(first, &status, 0);
    close(fd);
    xf_db_close(db);
    xf_journal_stop(second.journal, 1000);
}

/* The statement itself refuses an old epoch and a wrong head, whatever the daemon believes. */
static void test_statement_is_fenced(void **state)
{
    struct observer observer;
    struct xf_error error = {0};
    struct answer answer;
    struct xf_lease lease;
    struct xf_db *db;
    uint64_t head;

    (void)state;
    observe(&observer);
    assert_true(within(WAIT_MS, is_writer(&observer)));
    assert_int_equal(submit(&observer, &answer, "police", 1, 1), XF_OK);
    assert_int_equal(await_answer(&answer), XF_OK);
    db = connect_db();
    assert_int_equal(xf_lease_take(db, "https://usurper.test", 7, &lease, &error), XF_OK);
    assert_int_equal(lease.epoch, 2);
    assert_int_equal(lease.head, 1);
    assert_int_equal(submit(&observer, &answer, "police", 2, 1), XF_OK);
    assert_int_equal(await_answer(&answer), XF_ECONFLICT);
    assert_int_equal(ask(db, "SELECT count(*) FROM journal"), 1);
    assert_int_equal(xf_lease_began(db, 2, &head, &error), XF_OK);
    assert_int_equal(head, 1);
    assert_int_equal(xf_lease_began(db, 99, &head, &error), XF_ENOTFOUND);
    xf_db_close(db);
    assert_true(within(WAIT_MS, is_writer(&observer))); /* the usurper holds no lock: the lease comes back, under a new epoch */
    assert_int_equal(xf_journal_epoch(observer.journal), 3);
    xf_journal_stop(observer.journal, 1000);
}

static void test_migrations(void **state)
{
    struct xf_error error = {0};
    struct xf_db *db = connect_db();
    int count = 0;

    (void)state;
    while (xf_migrations[count].number)
        count++;
    assert_int_equal(xf_migrate(db, &error), XF_OK);
    assert_int_equal(xf_migrate(db, &error), XF_OK);
    assert_int_equal(ask(db, "SELECT count(*) FROM migration"), count);
    assert_int_equal(xf_db_script(db, "INSERT INTO migration (number, name) VALUES (9999, 'future')", &error), XF_OK);
    assert_int_equal(xf_migrate(db, &error), XF_ECONFLICT);
    assert_non_null(strstr(error.text, "newer"));
    assert_int_equal(
        xf_db_script(db, "DELETE FROM migration WHERE number = 9999; UPDATE migration SET name = 'other' WHERE number = 1", &error),
        XF_OK);
    assert_int_equal(xf_migrate(db, &error), XF_ECONFLICT);
    xf_db_close(db);
}

static void test_batch(void **state)
{
    struct xf_batch *batch = make_batch(NULL, "police", 0, 100);

    (void)state;
    assert_int_equal(batch->count, 100);
    assert_true(batch->bytes > 100 * 300);
    assert_string_equal(batch->entries[99].stream, "police/99");
    assert_ptr_equal(xf_batch_ref(batch), batch);
    xf_batch_unref(batch);
    assert_int_equal(batch->count, 100);
    xf_batch_unref(batch);
    xf_batch_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_batch),
                                       cmocka_unit_test_setup(test_migrations, set_up),
                                       cmocka_unit_test_setup(test_commit_and_read, set_up),
                                       cmocka_unit_test_setup(test_stop_commits_what_is_queued, set_up),
                                       cmocka_unit_test_setup(test_refused_alone, set_up),
                                       cmocka_unit_test_setup(test_fails_at_its_commit, set_up),
                                       cmocka_unit_test_setup(test_numbers_what_has_no_revision, set_up),
                                       cmocka_unit_test_setup(test_statement_is_fenced, set_up),
                                       cmocka_unit_test_setup(test_commit_hangs, set_up),
                                       cmocka_unit_test_setup(test_takeover_when_the_first_is_killed, set_up),
                                       cmocka_unit_test_setup(test_fenced, set_up),
                                       cmocka_unit_test_setup(test_database_killed_under_load, set_up),
                                       cmocka_unit_test_setup(test_database_away, set_up)};
    struct xf_error error = {0};
    int failed;

    database_enter();
    postgres = xf_postgres_start(database_dir, NULL, WAIT_MS, &error);
    if (!postgres) {
        fprintf(stderr, "%s\n", error.text);
        database_leave();
        return 99;
    }
    pthread_create(&keeper, NULL, keep_postgres, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    atomic_store(&keep, false);
    pthread_join(keeper, NULL);
    xf_postgres_stop(postgres, WAIT_MS);
    database_leave();
    return failed;
}
