/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag link`: the batch face of the linker that the daemon runs. All files into one linker, settled once; each mention's
 * entity and, when asked, the scored pairs go out as CSV. Invariant: which mentions share an entity depends on the files' rows and
 * the model alone, not on the order of rows or files; the entities' ids are numbers of this run. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../file.h"
#include "batch.h"
#include "crossflag/linker.h"
#include "crossflag/model.h"
#include "outfile.h"
#include "parallel.h"
#include "shipped.h"

enum { OPTION_MODEL = XF_OPTION_LONG, OPTION_COLUMNS, OPTION_OUT, OPTION_PAIRS, OPTION_BETWEEN, OPTION_MIN_WEIGHT };

/* Lines between two looks at the progress. */
#define STEP 4096

static const struct xf_option options[] = {
    {OPTION_MODEL, "model", "FILE", "the linkage model (the shipped model for the United Kingdom)"},
    {OPTION_COLUMNS, "columns", "SPEC", "which column fills which field: field=column,… (the columns that are named as fields)"},
    {OPTION_OUT, "out", "FILE", "write feed,id,ref,entity there: a line for each mention"},
    {OPTION_PAIRS, "pairs", "FILE",
     "write feed_a,id_a,ref_a,feed_b,id_b,ref_b,weight there: a line for each pair to review or link"},
    {OPTION_MIN_WEIGHT, "min-weight", "BITS", "pairs from this weight on instead, such as 0 or -4.5"},
    {OPTION_BETWEEN, "between", NULL, "link across files only: rows of one file are not compared with each other"},
    {0},
};

struct request {
    const char *model, *columns, *out, *pairs;
    bool between, has_min_weight;
    int32_t min_weight;
};

struct run {
    struct xf_cli *cli;
    struct xf_batch batch;
    struct xf_model *model;
    json_t *file; /* the model's, for the names of its attributes */
    struct xf_linker *linker;
    struct xf_progress progress;
    struct xf_outfile *pairs; /* NULL: they are only counted */
    uint64_t pair_count;
};

/* Thousandths of a bit, by integers, since they decide. */
static int read_weight(const struct xf_cli *cli, const char *text, int32_t *ret)
{
    const char *at = text + (*text == '-' || *text == '+');
    int32_t number = 0, places = -1;

    for (; (*at >= '0' && *at <= '9') || (*at == '.' && places < 0); at++) {
        if (*at == '.')
            places = 0;
        else if (places < 3) {
            number = number * 10 + *at - '0';
            places += places >= 0;
        }
        if (number > 1000000)
            break;
    }
    for (places = places < 0 ? 0 : places; places < 3 && number <= 1000000; places++)
        number *= 10;
    if (*at || at == text || number > 1000000 || !strpbrk(text, "0123456789"))
        return xf_usage(cli, "--min-weight takes bits from -1000 to 1000, such as 2.5");
    *ret = *text == '-' ? -number : number;
    return XF_EXIT_OK;
}

static int load_model(struct run *run, const char *path)
{
    struct xf_error error = {0};
    char *text = NULL;
    size_t length = 0;
    int rc = path ? xf_file_read(path, &text, &length, &error) : XF_OK;

    if (rc == XF_OK) {
        const char *model = path ? text : xf_shipped_model;

        rc = xf_model_parse(model, path ? length : xf_shipped_model_length, &run->model, &error);
        if (rc == XF_OK)
            run->file = json_loadb(model, path ? length : xf_shipped_model_length, 0, NULL);
        else if (path)
            xf_file_fault(&error, path, rc);
    }
    free(text);
    return rc == XF_OK ? XF_EXIT_OK : xf_fail(run->cli, rc == XF_ENOMEM ? XF_EXIT_FAILED : XF_EXIT_USAGE, "%s", error.text);
}

/* An attribute without weights counts for nothing, which its reader would hardly expect. */
static void tell_unweighted(const struct run *run)
{
    static const char *const kinds[XF_MENTION_KINDS] = {"person", "location", "vehicle"};
    struct xf_layout_column column;

    for (size_t i = 0; i < run->batch.file_count; i++) {
        const struct xf_layout *layout = run->batch.files[i].layout;
        const json_t *attributes =
            layout ? json_object_get(json_object_get(run->file, kinds[xf_layout_kind(layout)]), "attributes") : NULL;

        for (size_t j = 0; layout && xf_layout_column(layout, j, &column); j++)
            if (column.attribute && !json_object_get(attributes, column.attribute))
                fprintf(stderr, "%s: the model has no weights for %s: it does not count (crossflag train finds them)\n",
                        run->batch.files[i].path, column.field);
    }
}

static int take(void *context, uint32_t number, const struct xf_mention *mention)
{
    struct run *run = context;

    return xf_linker_add(run->linker, number, mention);
}

#define PARTS 64 /* of the comparing: the later ones have more to do */

struct comparing {
    struct run *run;
    struct xf_linker_edges *edges[PARTS];
};

static int compare_part(void *data, unsigned part)
{
    struct comparing *comparing = data;

    return xf_linker_bulk_compare(comparing->run->linker, part, PARTS, &comparing->edges[part]);
}

/* All edges, then the entities. */
static int settle(struct run *run)
{
    struct comparing comparing = {.run = run};
    const struct xf_linker_change *changes;
    uint32_t ordinal = 0;
    size_t count;
    int rc;

    run->progress = xf_progress_start("linking", "mentions", 0);
    xf_progress_show(&run->progress, 0, run->batch.name_count);
    rc = xf_parallel(compare_part, &comparing, PARTS);
    if (rc == XF_OK)
        rc = xf_linker_bulk_end(run->linker, comparing.edges, PARTS);
    for (unsigned i = 0; i < PARTS; i++)
        xf_linker_edges_destroy(comparing.edges[i]);
    if (rc == XF_OK)
        rc = xf_linker_settle(run->linker, 1, &ordinal, &changes, &count);
    xf_progress_end(&run->progress);
    return rc == XF_OK ? XF_EXIT_OK : xf_fail(run->cli, XF_EXIT_FAILED, "out of memory");
}

static const char *ref_of(const struct xf_batch *batch, uint32_t number)
{
    const char *id = xf_batch_id(batch, number);

    return id + strlen(id) + 1;
}

static void put_name(struct xf_outfile *file, const struct xf_batch *batch, uint32_t number)
{
    xf_outfile_cell(file, xf_batch_feed(batch, number), ',');
    xf_outfile_cell(file, xf_batch_id(batch, number), ',');
    xf_outfile_cell(file, ref_of(batch, number), ',');
}

static int write_clusters(struct run *run, const char *path)
{
    static const char header[] = "feed,id,ref,entity\n";
    const struct xf_batch *batch = &run->batch;
    struct xf_outfile file;
    int code = xf_outfile_open(run->cli, path, &file);

    if (code != XF_EXIT_OK)
        return code;
    run->progress = xf_progress_start("writing", "mentions", batch->name_count);
    xf_outfile_put(&file, header, sizeof(header) - 1);
    for (uint32_t i = 0; i < batch->name_count; i++) {
        char id[XF_ENTITY_ID];

        put_name(&file, batch, i);
        xf_outfile_cell(&file, xf_linker_entity_id(run->linker, xf_linker_entity_of(run->linker, i), id), '\n');
        if (i % STEP == 0)
            xf_progress_show(&run->progress, i, i);
    }
    xf_progress_end(&run->progress);
    return xf_outfile_commit(run->cli, &file);
}

static int take_pair(void *context, const struct xf_pair *pair)
{
    struct run *run = context;
    char weight[24];
    uint32_t size = (uint32_t)(pair->weight < 0 ? -pair->weight : pair->weight);

    if (run->pairs) {
        put_name(run->pairs, &run->batch, pair->a);
        put_name(run->pairs, &run->batch, pair->b);
        snprintf(weight, sizeof(weight), "%s%" PRIu32 ".%03" PRIu32, pair->weight < 0 ? "-" : "", size / 1000, size % 1000);
        xf_outfile_cell(run->pairs, weight, '\n');
    }
    if (run->pair_count++ % STEP == 0)
        xf_progress_show(&run->progress, run->pair_count, run->pair_count);
    return run->pairs && run->pairs->fault ? XF_EIO : XF_OK;
}

static int write_pairs(struct run *run, const struct request *request)
{
    static const char header[] = "feed_a,id_a,ref_a,feed_b,id_b,ref_b,weight\n";
    struct xf_outfile file;
    int code = request->pairs ? xf_outfile_open(run->cli, request->pairs, &file) : XF_EXIT_OK;
    int rc;

    if (code != XF_EXIT_OK)
        return code;
    run->progress = xf_progress_start("pairs", "pairs", 0);
    if (request->pairs) {
        run->pairs = &file;
        xf_outfile_put(&file, header, sizeof(header) - 1);
    }
    rc = xf_linker_pairs(run->linker, request->has_min_weight ? request->min_weight : XF_PAIRS_EDGES, take_pair, run);
    run->pairs = NULL;
    xf_progress_end(&run->progress);
    if (rc == XF_ENOMEM) {
        if (request->pairs)
            xf_outfile_abandon(&file);
        return xf_fail(run->cli, XF_EXIT_FAILED, "out of memory");
    }
    return request->pairs ? xf_outfile_commit(run->cli, &file) : XF_EXIT_OK;
}

static int report(const struct run *run, double seconds)
{
    struct xf_linker_counts counts;

    xf_linker_count(run->linker, &counts);
    if (run->cli->json) {
        json_t *answer = xf_batch_report(&run->batch);

        if (!answer || json_object_set_new(answer, "entities", json_integer((json_int_t)counts.entities)) != 0 ||
            json_object_set_new(answer, "pairs", json_integer((json_int_t)run->pair_count)) != 0 ||
            json_object_set_new(answer, "compared", json_integer((json_int_t)counts.comparisons)) != 0 ||
            json_object_set_new(answer, "seconds", json_real(seconds)) != 0) {
            json_decref(answer);
            return xf_fail(run->cli, XF_EXIT_FAILED, "out of memory");
        }
        xf_print_json(answer, false);
        json_decref(answer);
        return XF_EXIT_OK;
    }
    xf_batch_print_columns(&run->batch);
    printf("rows      %10" PRIu64 "\nmentions  %10zu\nentities  %10" PRIu64 "\npairs     %10" PRIu64 "\nseconds   %10.1f\n",
           run->batch.rows, run->batch.name_count, counts.entities, run->pair_count, seconds);
    return XF_EXIT_OK;
}

static int link_all(struct run *run, const struct request *request)
{
    int64_t started_us = xf_monotonic_us();
    int code;

    run->linker = xf_linker_create(run->model, run->batch.symbols);
    if (!run->linker)
        return xf_fail(run->cli, XF_EXIT_FAILED, "out of memory");
    xf_linker_bulk_begin(run->linker);
    run->batch.take = take;
    run->batch.context = run;
    code = xf_batch_read(&run->batch);
    if (code != XF_EXIT_OK)
        return code;
    tell_unweighted(run);
    code = settle(run);
    if (code == XF_EXIT_OK)
        code = write_clusters(run, request->out);
    if (code == XF_EXIT_OK)
        code = write_pairs(run, request);
    return code == XF_EXIT_OK ? report(run, (double)(xf_monotonic_us() - started_us) / 1e6) : code;
}

static int read_options(struct xf_cli *cli, int argc, char **argv, struct request *request)
{
    int value;

    while ((value = xf_options_next(cli, &xf_command_link, argc, argv)) != -1) {
        switch (value) {
        case OPTION_MODEL:
            request->model = optarg;
            break;
        case OPTION_COLUMNS:
            request->columns = optarg;
            break;
        case OPTION_OUT:
            request->out = optarg;
            break;
        case OPTION_PAIRS:
            request->pairs = optarg;
            break;
        case OPTION_BETWEEN:
            request->between = true;
            break;
        case OPTION_MIN_WEIGHT:
            if (read_weight(cli, optarg, &request->min_weight) != XF_EXIT_OK)
                return XF_EXIT_USAGE;
            request->has_min_weight = true;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    if (!request->out)
        return xf_usage(cli, "where to? Give --out FILE");
    if (request->has_min_weight && !request->pairs)
        return xf_usage(cli, "--min-weight is about --pairs");
    if (request->pairs && strcmp(request->pairs, request->out) == 0)
        return xf_usage(cli, "--out and --pairs are one file");
    return XF_EXIT_OK;
}

static int run_link(struct xf_cli *cli, int argc, char **argv)
{
    struct request request = {0};
    struct run run = {.cli = cli};
    int code = read_options(cli, argc, argv, &request);

    if (code != XF_EXIT_OK || cli->helped)
        return code;
    code = xf_batch_init(&run.batch, cli, request.columns, request.between, argv + optind, argc - optind);
    if (code == XF_EXIT_OK)
        code = xf_batch_check_out(&run.batch, request.out);
    if (code == XF_EXIT_OK && request.pairs)
        code = xf_batch_check_out(&run.batch, request.pairs);
    if (code == XF_EXIT_OK)
        code = load_model(&run, request.model);
    if (code == XF_EXIT_OK)
        code = link_all(&run, &request);
    xf_linker_destroy(run.linker);
    xf_model_destroy(run.model);
    json_decref(run.file);
    xf_batch_finish(&run.batch);
    return code;
}

const struct xf_command xf_command_link = {
    .name = "link",
    .arguments = "[--model FILE] [--columns SPEC] IN… --out CLUSTERS.csv [--pairs PAIRS.csv] [--between]",
    .summary = "link the rows of CSV or NDJSON files, without a daemon",
    .options = options,
    .notes =
        "Which rows speak of the same person, place or vehicle, by the linker that the daemon runs: the same rows in any order "
        "are\n"
        "put together alike. A feed is a file's base name without .csv or .ndjson; ids are those of the field id, or line "
        "numbers.\n"
        "Fields: id, given, family, full_name, birth_date, sex, id:SCHEME, phone, email, account:SERVICE, house_number, street,\n"
        "address, town, postcode, uprn, name, lat, lon, vrm, vin, make, model, colour, licence_plate, attr:NAME. NDJSON holds "
        "records\n"
        "as they are sent to the daemon. Columns without a field are not read. Weights are bits: 2^weight to one that the two are "
        "one.",
    .run = run_link,
    .offline = true,
};
