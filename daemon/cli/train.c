/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag train`: a linkage model from the files that are to be linked, without labels, and the table of what it learnt. The
 * trainer itself is lib/train.c. Invariant: what is written is a model that loads; the same files, base and seed write the same
 * one. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../file.h"
#include "batch.h"
#include "crossflag/model.h"
#include "crossflag/train.h"
#include "outfile.h"
#include "parallel.h"
#include "shipped.h"
#include "weights.h"

enum { OPTION_COLUMNS = XF_OPTION_LONG, OPTION_OUT, OPTION_BASE, OPTION_SEED, OPTION_BETWEEN };

static const struct xf_option options[] = {
    {OPTION_COLUMNS, "columns", "SPEC", "which column fills which field, as for link"},
    {OPTION_OUT, "out", "FILE", "write the model there"},
    {OPTION_BASE, "base", "FILE", "the model to begin from (the shipped model for the United Kingdom)"},
    {OPTION_SEED, "seed", "N", "of the random pairs (1): the same seed gives the same model"},
    {OPTION_BETWEEN, "between", NULL, "the files are to be linked across only, as for link"},
    {0},
};

struct request {
    const char *columns, *out, *base;
    uint64_t seed;
    bool between;
};

struct run {
    struct xf_cli *cli;
    struct xf_batch batch;
    struct xf_trainer *trainer;
    struct xf_progress progress;
    const char *stage;
    char *model; /* what was learnt */
};

static int fail(const struct run *run, int rc, const struct xf_error *error)
{
    return xf_fail(run->cli, rc == XF_ENOMEM ? XF_EXIT_FAILED : XF_EXIT_USAGE, "%s", error->text);
}

static int begin(struct run *run, const char *path)
{
    struct xf_error error = {0};
    char *text = NULL;
    size_t length = 0;
    int rc = path ? xf_file_read(path, &text, &length, &error) : XF_OK;

    if (rc != XF_OK)
        return fail(run, rc, &error);
    run->trainer = path ? xf_trainer_create(text, length, run->batch.symbols, &error)
                        : xf_trainer_create(xf_shipped_model, xf_shipped_model_length, run->batch.symbols, &error);
    free(text);
    if (run->trainer)
        return XF_EXIT_OK;
    rc = error.code;
    if (path)
        xf_file_fault(&error, path, rc);
    return fail(run, rc, &error);
}

static int take(void *context, uint32_t number, const struct xf_mention *mention)
{
    struct run *run = context;

    (void)number;
    return xf_trainer_add(run->trainer, mention);
}

static void show(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct run *run = context;

    if (!run->stage || strcmp(run->stage, stage) != 0 || run->progress.total != total) {
        xf_progress_end(&run->progress);
        run->progress = xf_progress_start(stage, "steps", total);
        run->stage = stage;
    }
    xf_progress_show(&run->progress, done, done);
}

/* What is written must load, whatever wrote it. */
static int check(const struct run *run)
{
    struct xf_error error = {0};
    struct xf_model *model = NULL;

    if (xf_model_parse(run->model, strlen(run->model), &model, &error) != XF_OK)
        return xf_fail(run->cli, XF_EXIT_FAILED, "what was learnt is no model: %s: %s", error.pointer, error.text);
    xf_model_destroy(model);
    return XF_EXIT_OK;
}

static int write_model(const struct run *run, const char *path)
{
    struct xf_outfile file;
    int code = xf_outfile_open(run->cli, path, &file);

    if (code != XF_EXIT_OK)
        return code;
    xf_outfile_put(&file, run->model, strlen(run->model));
    return xf_outfile_commit(run->cli, &file);
}

static int report(const struct run *run, double seconds)
{
    json_t *model = json_loads(run->model, 0, NULL), *weights, *answer;
    unsigned kinds = 0;

    for (int kind = 0; kind < XF_MENTION_KINDS; kind++)
        kinds |= run->batch.kinds[kind] ? 1u << kind : 0;
    weights = xf_weights_of(model, kinds);
    json_decref(model);
    answer = weights ? xf_batch_report(&run->batch) : NULL;
    if (!answer || json_object_set(answer, "weights", weights) != 0 ||
        json_object_set_new(answer, "seconds", json_real(seconds)) != 0) {
        json_decref(weights);
        json_decref(answer);
        return xf_fail(run->cli, XF_EXIT_FAILED, "out of memory");
    }
    if (run->cli->json) {
        xf_print_json(answer, false);
    } else {
        xf_batch_print_columns(&run->batch);
        xf_weights_print(weights);
        printf("\n%" PRIu64 " rows, %zu mentions, %.1f seconds\n", run->batch.rows, run->batch.name_count, seconds);
    }
    json_decref(weights);
    json_decref(answer);
    return XF_EXIT_OK;
}

static int train(struct run *run, const struct request *request)
{
    const struct xf_train_options asked = {
        .seed = request->seed, .between = request->between, .progress = show, .parallel = xf_parallel, .context = run};
    int64_t started_us = xf_monotonic_us();
    struct xf_error error = {0};
    int code = begin(run, request->base), rc;

    run->batch.take = take;
    run->batch.context = run;
    if (code == XF_EXIT_OK)
        code = xf_batch_read(&run->batch);
    if (code != XF_EXIT_OK)
        return code;
    rc = xf_trainer_run(run->trainer, &asked, &run->model, &error);
    xf_progress_end(&run->progress);
    if (rc != XF_OK)
        return fail(run, rc, &error);
    code = check(run);
    if (code == XF_EXIT_OK)
        code = write_model(run, request->out);
    return code == XF_EXIT_OK ? report(run, (double)(xf_monotonic_us() - started_us) / 1e6) : code;
}

static int read_options(struct xf_cli *cli, int argc, char **argv, struct request *request)
{
    long long number;
    int value;

    while ((value = xf_options_next(cli, &xf_command_train, argc, argv)) != -1) {
        switch (value) {
        case OPTION_COLUMNS:
            request->columns = optarg;
            break;
        case OPTION_OUT:
            request->out = optarg;
            break;
        case OPTION_BASE:
            request->base = optarg;
            break;
        case OPTION_SEED:
            if (xf_options_number(cli, "seed", optarg, 0, INT64_MAX, &number) != XF_EXIT_OK)
                return XF_EXIT_USAGE;
            request->seed = (uint64_t)number;
            break;
        case OPTION_BETWEEN:
            request->between = true;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    return request->out ? XF_EXIT_OK : xf_usage(cli, "where to? Give --out FILE");
}

static int run_train(struct xf_cli *cli, int argc, char **argv)
{
    struct request request = {.seed = 1};
    struct run run = {.cli = cli};
    int code = read_options(cli, argc, argv, &request);

    if (code != XF_EXIT_OK || cli->helped)
        return code;
    code = xf_batch_init(&run.batch, cli, request.columns, request.between, argv + optind, argc - optind);
    if (code == XF_EXIT_OK)
        code = xf_batch_check_out(&run.batch, request.out);
    if (code == XF_EXIT_OK)
        code = train(&run, &request);
    free(run.model);
    xf_trainer_destroy(run.trainer);
    xf_batch_finish(&run.batch);
    return code;
}

const struct xf_command xf_command_train = {
    .name = "train",
    .arguments = "[--columns SPEC] IN… --out MODEL.json [--base MODEL.json] [--seed N] [--between]",
    .summary = "estimate a linkage model from CSV or NDJSON files, without labels",
    .options = options,
    .notes =
        "Estimates what agreement and disagreement are worth in these very files (expectation maximisation, Fellegi–Sunter), and\n"
        "prints the match weights that it learnt. What the files tell nothing of stays as it is in the base model.",
    .run = run_train,
    .offline = true,
};
