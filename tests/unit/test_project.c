/* SPDX-License-Identifier: Apache-2.0 */
/* The projector and snapshots behind a real fold and a real journal: the tables say what the state says, through corrections,
 * withdrawals, the database's death, takeovers and restarts; a loaded snapshot is the state to the byte. */
#include "../../daemon/project.h"

#include <dirent.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>

#include "../../daemon/db.h"
#include "../../daemon/migrate.h"
#include "../../daemon/postgres.h"
#include "../../daemon/snapshot.h"
#include "check.h"
#include "database.h"
#include "files.h"
#include "keeper.h"

static char *settings[5]; /* texts, read before the test gives up the right to read them */
static const char *const setting_names[5] = {"partners", "vocabulary", "model", "rules", "disclosure"};

/* The part of a daemon that this is about. */
struct part {
    struct xf_daemon daemon;
    struct xf_conf conf;
    bool loaded;
    uint64_t loaded_at;
    bool active;
};

static void committed(void *context, struct xf_batch *batch)
{
    struct part *part = context;

    xf_engine_push(part->daemon.engine, batch);
}

static int prepare(void *context, struct xf_db *db, uint64_t *after, struct xf_error *error)
{
    struct part *part = context;
    struct xf_fold *fold = NULL;
    int rc = xf_migrate(db, error);

    if (rc != XF_OK || part->loaded)
        return rc;
    rc = xf_snapshot_load(db, part->daemon.outbox, 100, &fold, error);
    if (rc == XF_OK && fold) {
        *after = part->loaded_at = xf_fold_position(fold);
        xf_engine_adopt(part->daemon.engine, fold);
    }
    part->loaded = rc == XF_OK;
    return rc;
}

static struct part *part_start(int64_t snapshot_every)
{
    struct part *part = calloc(1, sizeof(*part));
    const struct xf_journal_options options = {.conninfo = part->daemon.conninfo,
                                               .advertise = "https://test",
                                               .queue_bytes_max = 64 << 20,
                                               .commit_timeout_ms = 10000,
                                               .committed = committed,
                                               .prepare = prepare,
                                               .context = part};

    snprintf(part->daemon.conninfo, sizeof(part->daemon.conninfo), "%s", xf_postgres_conninfo(postgres));
    part->conf.snapshot_every = snapshot_every;
    part->conf.event_keep_days = 30;
    part->daemon.conf = &part->conf;
    part->daemon.outbox = xf_outbox_create(100);
    part->daemon.engine = xf_engine_start(xf_fold_create(), part->daemon.outbox, 64);
    part->daemon.project = xf_project_start(&part->daemon);
    part->daemon.journal = xf_journal_start(&options);
    assert_non_null(part->daemon.journal);
    return part;
}

static bool writes(struct part *part)
{
    if (xf_journal_role(part->daemon.journal) != XF_JOURNAL_WRITER)
        return false;
    if (!part->active) {
        xf_engine_wait_blocking(part->daemon.engine, xf_journal_head(part->daemon.journal));
        xf_project_set_active(part->daemon.project, true);
        part->active = true;
    }
    return true;
}

/* As life.c ends them; a daemon that dies instead writes nothing more. */
static void part_stop(struct part *part, bool dies)
{
    bool writer = xf_journal_role(part->daemon.journal) == XF_JOURNAL_WRITER;

    xf_journal_stop(part->daemon.journal, 2000);
    xf_engine_stop(part->daemon.engine);
    xf_project_stop(part->daemon.project, writer && !dies);
    xf_engine_destroy(part->daemon.engine);
    xf_outbox_destroy(part->daemon.outbox);
    free(part);
}

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

static int set_up(void **state)
{
    struct xf_error error = {0};
    struct xf_db *db = connect_db();
    int rc = xf_db_script(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error);

    (void)state;
    xf_db_close(db);
    return rc == XF_OK ? 0 : -1;
}

/* Entries */

static atomic_int outstanding, refused;

static void answered(struct xf_batch *batch, int result)
{
    (void)batch;
    if (result != XF_OK)
        atomic_fetch_add(&refused, 1);
    atomic_fetch_sub(&outstanding, 1);
}

static void enter(struct part *part, enum xf_entry_kind kind, uint32_t revision, const char *stream, const char *body)
{
    struct xf_batch *batch = xf_batch_create();

    assert_int_equal(xf_batch_add(batch, kind, revision, xf_arena_copy(batch->arena, stream, strlen(stream)), "tester",
                                  xf_arena_copy(batch->arena, body, strlen(body)), strlen(body), NULL),
                     XF_OK);
    batch->done = answered;
    atomic_fetch_add(&outstanding, 1);
    assert_int_equal(xf_journal_submit(part->daemon.journal, batch), XF_OK);
    xf_batch_unref(batch);
}

static void enter_settings(struct part *part)
{
    char stream[64];

    enter(part, XF_ENTRY_SETTING, 0, "setting/source", "https://hub.example/");
    for (int i = 0; i < 5; i++) {
        snprintf(stream, sizeof(stream), "setting/%s", setting_names[i]);
        enter(part, XF_ENTRY_SETTING, 0, stream, settings[i]);
    }
    enter(part, XF_ENTRY_SUBSCRIPTION, 0, "subscription/s1",
          "{\"id\":\"s1\",\"agency\":\"social-care\",\"principal\":\"p\",\"way\":\"pull\",\"enabled\":true,\"filter\":{}}");
}

/* A child of its own: on a school's roll, and assessed by social care, so that two records make one entity and a flag. */
static void enter_child(struct part *part, unsigned n, uint32_t revision)
{
    char family[16], stream[64], body[1024], at[XF_TIME_TEXT];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    xf_time_format(((int64_t)now.tv_sec - 86400) * XF_SECOND, at);
    snprintf(family, sizeof(family), "Q%c%c%c%cson", 'a' + n % 26, 'a' + n / 26 % 26, 'a' + n * 7 % 26, 'a' + n * 11 % 26);
    snprintf(stream, sizeof(stream), "school-a/ROLL-%u", n);
    snprintf(body, sizeof(body),
             "{\"id\":\"ROLL-%u\",\"kind\":\"education_roll\",\"occurred_at\":\"%s\",\"persons\":[{\"ref\":\"p1\",\"role\":"
             "\"pupil\",\"names\":[{\"given\":\"Amina\","
             "\"family\":\"%s\"}],\"birth_date\":\"2012-%02u-%02u\"}%s],\"locations\":[{\"ref\":\"l1\",\"role\":\"home\",\"lines\":"
             "[\"%u Northgate\"],\"postcode\":\"HD1 1RL\"}],"
             "\"links\":[{\"from\":\"p1\",\"to\":\"l1\",\"type\":\"resides_at\"}]}",
             n, at, family, n % 12 + 1, n % 28 + 1,
             revision > 1 ? "" : ",{\"ref\":\"p2\",\"role\":\"parent\",\"names\":[{\"given\":\"Jo\",\"family\":\"Parent\"}]}",
             n + 1);
    enter(part, XF_ENTRY_PUT, revision, stream, body);
    snprintf(stream, sizeof(stream), "social-care/RA-%u", n);
    snprintf(body, sizeof(body),
             "{\"id\":\"RA-%u\",\"kind\":\"risk_assessment\",\"occurred_at\":\"%s\",\"persons\":[{\"ref\":\"c\",\"role\":\"child\","
             "\"names\":[{\"given\":\"Amina\",\"family\":\"%s\"}],"
             "\"birth_date\":\"2012-%02u-%02u\",\"markers\":[{\"type\":\"cse_risk\",\"level\":\"%s\"}]}]}",
             n, at, family, n % 12 + 1, n % 28 + 1, revision > 1 ? "high" : "medium");
    enter(part, XF_ENTRY_PUT, revision, stream, body);
}

/* Everything committed, folded and projected. */
static void settle(struct part *part)
{
    assert_true(within(WAIT_MS, atomic_load(&outstanding) == 0));
    assert_int_equal(atomic_load(&refused), 0);
    assert_true(
        within(WAIT_MS, writes(part) && xf_project_position(part->daemon.project) >= xf_journal_head(part->daemon.journal)));
}

static char *text_of(struct xf_db *db, const char *sql, const char *a, const char *b, const char *c)
{
    const struct xf_param params[] = {XF_TEXT(a), XF_TEXT(b), XF_TEXT(c)};
    struct xf_error error = {0};
    struct xf_rows *rows = xf_db_query(db, sql, params, c ? 3 : b ? 2 : 1, false, &error);
    char *text;

    if (!rows)
        fail_msg("%s", error.text);
    text = xf_rows_count(rows) == 1 && xf_rows_value(rows, 0, 0) ? strdup(xf_rows_value(rows, 0, 0)) : NULL;
    xf_rows_free(rows);
    return text;
}

#define check_text(got, wanted)                                                                                                    \
    do {                                                                                                                           \
        char *check_got = (got);                                                                                                   \
        if (!check_got)                                                                                                            \
            fail_msg("no row for %s", (wanted));                                                                                   \
        assert_string_equal(check_got, (wanted));                                                                                  \
        free(check_got);                                                                                                           \
    } while (0)

/* The tables against the state, row by row, and no rows beyond. */
static void check_tables(struct part *part)
{
    const struct xf_fold *fold = xf_engine_read(part->daemon.engine);
    const struct xf_register *reg = xf_fold_register(fold);
    const struct xf_linker *linker = xf_fold_linker(fold);
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    struct xf_db *db = connect_db();
    int64_t mentions = 0, links = 0;
    char id[XF_ENTITY_ID], wanted[160];

    for (uint32_t record = 0; record < xf_register_record_count(reg); record++) {
        const struct xf_register_record *row = xf_register_record_at(reg, record);

        if (!row->live)
            continue;
        for (uint32_t number = row->first_mention; number != XF_NONE;
             number = xf_register_mention_at(reg, number)->next, mentions++) {
            const struct xf_register_mention *mention = xf_register_mention_at(reg, number);

            snprintf(wanted, sizeof(wanted), "%s %s", xf_linker_entity_id(linker, xf_linker_entity_of(linker, number), id),
                     xf_intern_text(symbols, mention->role));
            check_text(text_of(db, "SELECT entity || ' ' || role FROM mention WHERE feed = $1 AND record_id = $2 AND ref = $3",
                               xf_intern_text(symbols, row->feed), xf_intern_text(symbols, row->id),
                               xf_intern_text(symbols, mention->ref)),
                       wanted);
        }
        for (uint32_t link = row->first_link; link != XF_NONE; link = xf_register_link_at(reg, link)->next)
            links++;
    }
    assert_int_equal(ask(db, "SELECT count(*) FROM mention"), mentions);
    assert_int_equal(ask(db, "SELECT count(*) FROM link"), links);
    assert_int_equal(ask(db, "SELECT count(*) FROM entity_link"), links);
    assert_int_equal(ask(db, "SELECT count(*) FROM entity"), xf_linker_entity_count(linker));
    for (uint32_t entity = 0; entity < xf_linker_entity_count(linker); entity++) {
        uint32_t living = xf_linker_entity_living(linker, entity);
        char own[XF_ENTITY_ID];

        snprintf(wanted, sizeof(wanted), "%u %s", xf_linker_entity_size(linker, entity),
                 living == XF_NONE ? "-" : xf_linker_entity_id(linker, living, id));
        check_text(text_of(db, "SELECT mentions || ' ' || coalesce(living, '-') FROM entity WHERE id = $1",
                           xf_linker_entity_id(linker, entity, own), NULL, NULL),
                   wanted);
    }
    assert_int_equal(ask(db, "SELECT count(*) FROM flag_text"), xf_flags_count(xf_fold_flags(fold)));
    for (uint32_t number = 0; number < xf_flags_count(xf_fold_flags(fold)); number++) {
        const struct xf_flag *flag = xf_flags_at(xf_fold_flags(fold), number);
        char flag_id[XF_FLAG_ID];

        snprintf(wanted, sizeof(wanted), "%s %s %d", xf_flag_status_name(flag->status), xf_level_name(flag->level), flag->score);
        check_text(text_of(db,
                           "SELECT status || ' ' || level || ' ' || score FROM flag WHERE id = $1 AND reasons::jsonb IS NOT NULL",
                           xf_flag_id(flag, flag_id), NULL, NULL),
                   wanted);
    }
    assert_int_equal(ask(db, "SELECT count(*) FROM event"), (int64_t)xf_outbox_last(part->daemon.outbox, "s1"));
    assert_int_equal(ask(db, "SELECT count(*) - coalesce(max(sequence), 0) FROM event"), 0);
    assert_int_equal(ask(db, "SELECT position FROM projected"), (int64_t)xf_fold_position(fold));
    xf_engine_read_end(part->daemon.engine);
    xf_db_close(db);
}

static void test_tables_follow_the_state(void **state)
{
    struct part *part = part_start(1000000);
    struct xf_db *db;

    (void)state;
    assert_true(within(WAIT_MS, writes(part)));
    enter_settings(part);
    for (unsigned n = 0; n < 60; n++)
        enter_child(part, n, 1);
    settle(part);
    check_tables(part);
    db = connect_db();
    assert_true(ask(db, "SELECT count(*) FROM mention") > 200);
    assert_true(ask(db, "SELECT count(*) FROM event") >= 60);
    assert_true(ask(db, "SELECT count(*) FROM flag") >= 60);
    assert_true(ask(db, "SELECT max(mentions) FROM entity WHERE kind = 'person'") >= 2);
    assert_int_equal(ask(db, "SELECT count(*) FROM entity_together WHERE record_id = 'ROLL-7'"), 6);
    xf_db_close(db);
    for (unsigned n = 0; n < 60; n += 2)
        enter_child(part, n, 2);
    enter(part, XF_ENTRY_WITHDRAW, 2, "school-a/ROLL-1", "");
    enter(part, XF_ENTRY_WITHDRAW, 3, "social-care/RA-2", "");
    settle(part);
    check_tables(part);
    /* The tables are emptied by hand: they are made anew when this daemon is next told to project. */
    db = connect_db();
    ask(db, "WITH gone AS (DELETE FROM mention) UPDATE projected SET position = 0 RETURNING 1");
    xf_db_close(db);
    xf_project_set_active(part->daemon.project, false);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    db = connect_db();
    ask(db, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'crossflagd project'");
    xf_project_set_active(part->daemon.project, true);
    assert_true(within(WAIT_MS, ask(db, "SELECT count(*) FROM mention") > 200 && ask(db, "SELECT position FROM projected") > 0));
    xf_db_close(db);
    check_tables(part);
    part_stop(part, false);
}

static void save(struct part *part, struct bytes *bytes)
{
    struct xf_pack pack = {.write = bytes_write, .context = bytes};

    assert_int_equal(xf_fold_save(xf_engine_read(part->daemon.engine), &pack), XF_OK);
    xf_engine_read_end(part->daemon.engine);
}

static void check_same(struct bytes *a, struct bytes *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->data, b->data, a->length);
    free(a->data);
    free(b->data);
}

static void test_snapshots(void **state)
{
    struct part *part = part_start(50);
    struct bytes before = {0}, after = {0};
    struct xf_snapshot_reader *reader;
    struct xf_error error = {0};
    uint64_t head, position, last;
    struct xf_db *db;

    (void)state;
    assert_true(within(WAIT_MS, writes(part)));
    enter_settings(part);
    for (unsigned n = 0; n < 40; n++)
        enter_child(part, n, 1);
    settle(part);
    db = connect_db();
    assert_true(within(WAIT_MS, ask(db, "SELECT count(*) FROM snapshot") >= 1)); /* by a fork, while running */
    for (unsigned n = 40; n < 60; n++)
        enter_child(part, n, 1);
    settle(part);
    head = xf_journal_head(part->daemon.journal);
    save(part, &before);
    last = xf_outbox_last(part->daemon.outbox, "s1");
    assert_true(last >= 60);
    part_stop(part, false);
    assert_int_equal(ask(db, "SELECT max(position) FROM snapshot"), (int64_t)head);
    assert_int_equal(ask(db, "SELECT count(*) FROM snapshot"), 2);
    assert_int_equal(
        ask(db, "SELECT count(*) FROM snapshot_part p WHERE NOT EXISTS (SELECT FROM snapshot s WHERE s.position = p.position)"), 0);

    /* The next start needs nothing else. */
    part = part_start(50);
    assert_true(within(WAIT_MS, writes(part)));
    assert_int_equal(part->loaded_at, head);
    save(part, &after);
    check_same(&before, &after);
    assert_int_equal(xf_outbox_last(part->daemon.outbox, "s1"), last);
    enter_child(part, 60, 1);
    settle(part);
    check_tables(part);
    before = after = (struct bytes){0};
    save(part, &before);
    part_stop(part, true);

    /* Dead in between: the older snapshot and the rest of the journal give the same. */
    part = part_start(1000000);
    assert_true(within(WAIT_MS, writes(part)));
    assert_int_equal(part->loaded_at, head);
    settle(part);
    save(part, &after);
    check_same(&before, &after);
    check_tables(part);
    part_stop(part, false);

    /* The newest one is broken, in a part or in the list of parts: the one before it is taken. */
    assert_int_equal(xf_snapshot_open(db, &reader, &position, &error), XF_OK);
    assert_int_equal(position, head + 2);
    xf_snapshot_close(reader);
    ask(db, "UPDATE snapshot_part SET bytes = set_byte(bytes, 100, get_byte(bytes, 100) # 255) WHERE position = (SELECT "
            "max(position) FROM snapshot) RETURNING 1");
    part = part_start(1000000);
    assert_true(within(WAIT_MS, writes(part)));
    assert_int_equal(part->loaded_at, head);
    settle(part);
    check_tables(part);
    part_stop(part, true);
    ask(db, "DELETE FROM snapshot_part WHERE position = (SELECT max(position) FROM snapshot) RETURNING 1");
    assert_int_equal(xf_snapshot_open(db, &reader, &position, &error), XF_EINVAL);
    ask(db, "UPDATE snapshot SET format = 0 RETURNING 1");
    assert_int_equal(xf_snapshot_open(db, &reader, &position, &error), XF_ENOTFOUND);
    part = part_start(1000000);
    assert_true(within(WAIT_MS, writes(part)));
    assert_int_equal(part->loaded_at, 0);
    settle(part);
    check_tables(part);
    part_stop(part, true);
    xf_db_close(db);
}

/* The database is killed while it is projected into, again and again. */
static void test_database_killed(void **state)
{
    struct part *part = part_start(40);

    (void)state;
    assert_true(within(WAIT_MS, writes(part)));
    enter_settings(part);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned n = round * 30; n < round * 30 + 30; n++)
            enter_child(part, n, 1);
        nanosleep(&(struct timespec){.tv_nsec = 100000000 + 50000000 * round}, NULL);
        kill_postgres();
    }
    settle(part);
    check_tables(part);
    part_stop(part, false);
}

/* A follower projects what the writer that died had not. */
static void test_takeover(void **state)
{
    struct part *first = part_start(1000000), *second;
    struct bytes one = {0}, two = {0};

    (void)state;
    assert_true(within(WAIT_MS, writes(first)));
    enter_settings(first);
    for (unsigned n = 0; n < 20; n++)
        enter_child(first, n, 1);
    settle(first);
    second = part_start(1000000);
    assert_true(within(WAIT_MS, xf_engine_position(second->daemon.engine) == xf_journal_head(first->daemon.journal)));
    /* The follower needs not save what the writer saved. */
    assert_true(within(WAIT_MS, ({
                           const struct xf_message *message;
                           size_t count = xf_outbox_unsaved(second->daemon.outbox, &message, 1);
                           if (count)
                               xf_message_unref(message);
                           count == 0;
                       })));
    xf_project_set_active(first->daemon.project, false);
    first->active = true; /* stays as it is */
    for (unsigned n = 20; n < 40; n++)
        enter_child(first, n, 1);
    for (unsigned n = 0; n < 10; n++)
        enter_child(first, n, 2);
    assert_true(within(WAIT_MS, atomic_load(&outstanding) == 0));
    assert_int_equal(atomic_load(&refused), 0);
    xf_engine_wait_blocking(first->daemon.engine, xf_journal_head(first->daemon.journal));
    save(first, &one);
    part_stop(first, true);
    settle(second);
    save(second, &two);
    check_same(&one, &two);
    check_tables(second);
    part_stop(second, false);
}

static char *read_rules(void)
{
    struct dirent **entries;
    int count = scandir("config/rules", &entries, NULL, alphasort);
    json_t *rules = json_array();
    char *text;

    for (int i = 0; i < count; i++) {
        char path[300];

        snprintf(path, sizeof(path), "config/rules/%s", entries[i]->d_name);
        if (strstr(path, ".json"))
            json_array_append_new(rules, json_load_file(path, 0, NULL));
        free(entries[i]);
    }
    free(entries);
    text = json_dumps(rules, JSON_COMPACT);
    json_decref(rules);
    return text;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_tables_follow_the_state, set_up), cmocka_unit_test_setup(test_snapshots, set_up),
        cmocka_unit_test_setup(test_takeover, set_up), cmocka_unit_test_setup(test_database_killed, set_up)};
    struct xf_error error = {0};
    size_t length;
    int failed;

    settings[0] = read_file("tests/cases/alert/partners.json", &length);
    settings[1] = read_file("config/vocabulary.json", &length);
    settings[2] = read_file("config/models/uk.json", &length);
    settings[3] = read_rules();
    settings[4] = read_file("config/disclosure.json", &length);
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
    for (int i = 0; i < 5; i++)
        free(settings[i]);
    return failed;
}
