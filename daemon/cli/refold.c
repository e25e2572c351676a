/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag refold`: folds the journal from scratch, without a daemon, and says what state comes of it. With --verify the state at
 * the newest stored snapshot's position is compared with that snapshot, byte for byte: what a daemon folded live, over restarts,
 * must be what the journal says. Reads only; the journal is append-only and the entries before the position are final, so a daemon
 * may go on writing meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../db.h"
#include "../journal.h"
#include "../snapshot.h"
#include "../statement.h"
#include "cli.h"
#include "database.h"
#include "image.h"
#include "print.h"

enum { OPTION_DATABASE = XF_OPTION_LONG, OPTION_DATA_DIR, OPTION_CONFIG, OPTION_OUT, OPTION_VERIFY };

/* Entries between two looks at the progress. */
#define STEP 4096

static const struct xf_option options[] = {
    {OPTION_DATABASE, "database", "CONNINFO", "libpq connection string of the journal's PostgreSQL"},
    {OPTION_DATA_DIR, "data-dir", "DIR", "the daemon's data_dir instead, where it keeps its own PostgreSQL"},
    {OPTION_CONFIG, "config", "FILE", "the daemon's configuration instead, which names one or the other"},
    {OPTION_OUT, "out", "FILE", "write the state there"},
    {OPTION_VERIFY, "verify", NULL, "compare with the newest stored snapshot; exit 1 and name the first difference"},
    {0},
};

struct refold {
    struct xf_cli *cli;
    struct xf_db *db;
    struct xf_fold *fold;
    struct xf_progress progress;
    uint64_t head;
    int64_t took_us;       /* spent folding */
    struct xf_error error; /* of the fold */
};

static int apply(void *context, const struct xf_entry *entry)
{
    struct refold *refold = context;
    struct xf_outcome outcome;

    if (xf_database_interrupted())
        return xf_error_set(&refold->error, XF_EIO, "interrupted");
    return xf_fold_apply(refold->fold, entry, &outcome, &refold->error);
}

/* Folds up to a position. XF_EXIT_OK, or the exit code after having said why. */
static int fold_to(struct refold *refold, uint64_t end)
{
    int64_t started_us = xf_monotonic_us();

    while (xf_fold_position(refold->fold) < end) {
        uint64_t position = xf_fold_position(refold->fold), count = end - position < STEP ? end - position : STEP;
        struct xf_error error = {0};
        int rc = xf_journal_read(refold->db, position, (uint32_t)count, apply, refold, &error);

        if (rc != XF_OK) {
            xf_progress_end(&refold->progress);
            return xf_fail(refold->cli, XF_EXIT_FAILED, "after position %" PRIu64 ": %s", xf_fold_position(refold->fold),
                           error.text[0]           ? error.text
                           : refold->error.text[0] ? refold->error.text
                                                   : "out of memory");
        }
        if (xf_fold_position(refold->fold) == position) {
            xf_progress_end(&refold->progress);
            return xf_fail(refold->cli, XF_EXIT_FAILED, "the journal ends at position %" PRIu64 ", before %" PRIu64, position, end);
        }
        xf_progress_show(&refold->progress, xf_fold_position(refold->fold), xf_fold_position(refold->fold));
    }
    refold->took_us += xf_monotonic_us() - started_us;
    return XF_EXIT_OK;
}

static void say_difference(const struct refold *refold, const struct xf_image *image)
{
    printf("position %" PRIu64 ": the stored snapshot is not what the journal gives: %s at byte %" PRIu64,
           xf_fold_position(refold->fold), image->reason, image->offset);
    if (image->section[0])
        printf(", byte %" PRIu64 " of section %s", image->section_offset, image->section);
    putchar('\n');
}

/* Folds up to the newest snapshot and compares. *ret is left alone when there is no snapshot. */
static int verify(struct refold *refold, struct xf_image *ret, uint64_t *ret_position)
{
    struct xf_error error = {0};
    struct xf_snapshot_reader *reader = NULL;
    uint64_t position = 0;
    struct xf_unpack unpack;
    int rc = xf_snapshot_open(refold->db, &reader, &position, &error), code;

    if (rc == XF_ENOTFOUND)
        return xf_fail(refold->cli, XF_EXIT_NO, "there is no stored snapshot to compare with");
    if (rc != XF_OK)
        return xf_fail(refold->cli, XF_EXIT_FAILED, "%s", error.text);
    code = fold_to(refold, position);
    if (code == XF_EXIT_OK) {
        unpack = xf_snapshot_unpack(reader);
        rc = xf_image_take(refold->fold, NULL, &unpack, ret);
        if (rc != XF_OK)
            code = xf_fail(refold->cli, XF_EXIT_FAILED, "the state cannot be saved (%d)", rc);
    }
    xf_snapshot_close(reader);
    *ret_position = position;
    return code;
}

/* How far the journal goes at the moment. */
static int find_head(struct refold *refold)
{
    struct xf_error error = {0};
    struct xf_rows *rows = xf_db_query(refold->db, XF_SQL_WRITER, NULL, 0, false, &error);

    if (!rows)
        return xf_fail(refold->cli, XF_EXIT_FAILED, "%s", error.text);
    refold->head = xf_rows_count(rows) ? (uint64_t)xf_rows_integer(rows, 0, 1) : 0;
    xf_rows_free(rows);
    return XF_EXIT_OK;
}

/* What is there stays until there is something to put in its place. */
static int open_out(struct xf_cli *cli, const char *path, FILE **ret)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (!file) {
        int code = xf_fail(cli, XF_EXIT_USAGE, "%s: %s", path, strerror(errno));

        if (fd >= 0)
            close(fd);
        return code;
    }
    *ret = file;
    return XF_EXIT_OK;
}

/* Takes the state's measure, and writes it where a file is given; one that cannot be written whole is left empty. */
static int write_state(struct refold *refold, FILE *file, struct xf_image *ret)
{
    struct stat status;
    int rc = XF_OK;

    /* Pipes and devices have no length to cut. */
    if (file && fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && ftruncate(fileno(file), 0) != 0)
        rc = XF_EIO;
    if (rc == XF_OK)
        rc = xf_image_take(refold->fold, file, NULL, ret);
    if (rc == XF_OK && file && (fflush(file) != 0 || (fsync(fileno(file)) != 0 && errno != EINVAL)))
        rc = XF_EIO;
    if (rc == XF_OK)
        return XF_EXIT_OK;
    xf_fail(refold->cli, XF_EXIT_FAILED, "the state cannot be written: %s", rc == XF_EIO ? strerror(errno) : "out of memory");
    if (file && ftruncate(fileno(file), 0) != 0)
        xf_fail(refold->cli, XF_EXIT_FAILED, "what was written of it is not whole");
    return XF_EXIT_FAILED;
}

static void report(const struct refold *refold, const struct xf_image *image, const struct xf_image *compared, uint64_t snapshot)
{
    double seconds = (double)refold->took_us / 1e6, rate = seconds > 0 ? (double)xf_fold_position(refold->fold) / seconds : 0;

    if (refold->cli->json) {
        json_t *json = json_pack("{s:I,s:I,s:s,s:f,s:f}", "position", (json_int_t)xf_fold_position(refold->fold), "bytes",
                                 (json_int_t)image->bytes, "sha256", image->digest, "seconds", seconds, "entries_per_s", rate);

        if (compared)
            json_object_set_new(json, "snapshot",
                                compared->differs
                                    ? json_pack("{s:I,s:b,s:s,s:I,s:s,s:I}", "position", (json_int_t)snapshot, "equal", 0, "reason",
                                                compared->reason, "offset", (json_int_t)compared->offset, "section",
                                                compared->section, "section_offset", (json_int_t)compared->section_offset)
                                    : json_pack("{s:I,s:b}", "position", (json_int_t)snapshot, "equal", 1));
        xf_print_json(json, false);
        json_decref(json);
        return;
    }
    printf("position   %" PRIu64 "\n", xf_fold_position(refold->fold));
    printf("entries/s  %.0f\n", rate);
    printf("bytes      %" PRIu64 "\n", image->bytes);
    printf("sha256     %s\n", image->digest);
    if (compared && !compared->differs)
        printf("snapshot   %" PRIu64 ", equal\n", snapshot);
}

static int refold_all(struct refold *refold, FILE *out, bool verifying)
{
    struct xf_image compared = {0}, image = {0};
    uint64_t snapshot = 0;
    int code = find_head(refold);

    refold->progress = xf_progress_start("folding", "entries", refold->head);
    if (code == XF_EXIT_OK && verifying)
        code = verify(refold, &compared, &snapshot);
    if (code == XF_EXIT_OK && verifying && compared.differs) {
        xf_progress_end(&refold->progress);
        if (!refold->cli->json)
            say_difference(refold, &compared);
    }
    if (code == XF_EXIT_OK)
        code = fold_to(refold, refold->head);
    xf_progress_end(&refold->progress);
    if (code == XF_EXIT_OK)
        code = write_state(refold, out, &image);
    if (code == XF_EXIT_OK)
        report(refold, &image, verifying ? &compared : NULL, snapshot);
    return code == XF_EXIT_OK && compared.differs ? XF_EXIT_NO : code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    struct xf_database_choice choice = {0};
    struct xf_database database = {0};
    const char *path = NULL;
    FILE *out = NULL;
    struct refold refold = {.cli = cli};
    bool verifying = false;
    int value, code = XF_EXIT_OK;

    while ((value = xf_options_next(cli, &xf_command_refold, argc, argv)) != -1) {
        switch (value) {
        case OPTION_DATABASE:
            choice.conninfo = optarg;
            break;
        case OPTION_DATA_DIR:
            choice.data_dir = optarg;
            break;
        case OPTION_CONFIG:
            choice.config = optarg;
            break;
        case OPTION_OUT:
            path = optarg;
            break;
        case OPTION_VERIFY:
            verifying = true;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    if ((choice.conninfo != NULL) + (choice.data_dir != NULL) + (choice.config != NULL) != 1)
        return xf_usage(cli, "which database? Give one of --database, --data-dir and --config");
    if (optind < argc)
        return xf_usage(cli, "what is \"%s\"?", argv[optind]);
    if (path) /* before root becomes somebody who may not */
        code = open_out(cli, path, &out);
    if (code == XF_EXIT_OK)
        code = xf_database_open(cli, &choice, &database);
    if (code == XF_EXIT_OK) {
        refold.db = database.db;
        refold.fold = xf_fold_create();
        code = refold.fold ? refold_all(&refold, out, verifying) : xf_fail(cli, XF_EXIT_FAILED, "out of memory");
        xf_fold_destroy(refold.fold);
        xf_database_close(&database);
    }
    if (out && fclose(out) != 0)
        code = xf_fail(cli, XF_EXIT_FAILED, "%s: %s", path, strerror(errno));
    return code;
}

const struct xf_command xf_command_refold = {
    .name = "refold",
    .arguments = "--database CONNINFO | --data-dir DIR | --config FILE  [--out FILE] [--verify]",
    .summary = "fold the journal from scratch; compare with what is stored",
    .options = options,
    .notes = "Needs no daemon and disturbs none: it only reads. Prints the position, the entries folded a second, and the SHA-256 "
             "of the state, which is the same\n"
             "wherever and however often the same journal is folded. A daemon's own PostgreSQL is used where it runs; where it "
             "does not, "
             "it is started, and stopped\n"
             "again at the end: until then no daemon can start there. Root becomes the account that the database belongs to.",
    .run = run,
    .offline = true,
};
