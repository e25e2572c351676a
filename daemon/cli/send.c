/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag send`: an agency's files into a feed. Bodies go one after the other, since a later line of a file may correct an
 * earlier one; a body that was not answered is sent again, which is harmless: the same content is `unchanged`. Every rejected line
 * is named by its place in the file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "client.h"
#include "input.h"
#include "print.h"

enum { OPTION_TYPE = XF_OPTION_LONG, OPTION_INFO, OPTION_DRY_RUN, OPTION_PATIENCE };

static const struct xf_option options[] = {
    {'f', "feed", "FEED", "the feed that the records belong to"},
    {OPTION_TYPE, "type", "TYPE", "ndjson, json or csv, when a file's name does not tell"},
    {OPTION_INFO, "info", NULL, "wait for the fold; list the entities and flags that each record touched"},
    {OPTION_DRY_RUN, "dry-run", NULL, "only check the records; nothing is stored"},
    {OPTION_PATIENCE, "patience", "SECONDS", "keep trying this long while the daemon says that it is too much at once (300)"},
    {0},
};

struct sending {
    struct xf_cli *cli;
    struct xf_client *client;
    const char *feed;
    int form; /* of --type; negative: by the name */
    bool info, dry_run, answered, truncated;
    long long patience_s;
    json_int_t received, accepted, unchanged, rejected, position;
    json_t *items; /* of --json, with the file's name and line */
};

static const char *content_type(enum xf_input_form form)
{
    switch (form) {
    case XF_INPUT_NDJSON:
        return "application/x-ndjson";
    case XF_INPUT_JSON:
        return "application/json";
    case XF_INPUT_CSV:
        return "text/csv";
    }
    return "";
}

static bool is_stored(const json_t *item)
{
    json_int_t status = json_integer_value(json_object_get(item, "status"));

    return status < 400;
}

/* A rejected line as a compiler would say it: file:line: id: /pointer: reason. */
static void print_rejected(const char *file, unsigned line, const json_t *item)
{
    const json_t *errors = json_object_get(item, "errors"), *error;
    size_t index;

    if (!json_array_size(errors))
        errors = NULL;
    for (index = 0; index < (errors ? json_array_size(errors) : 1); index++) {
        const char *pointer, *id = xf_member(item, "id");

        error = errors ? json_array_get(errors, index) : NULL;
        pointer = xf_member(error, "pointer");
        printf("%s:%u: ", file, line);
        if (*id) {
            xf_print_text(stdout, id);
            fputs(": ", stdout);
        }
        if (*pointer) {
            xf_print_text(stdout, pointer);
            fputs(": ", stdout);
        }
        if (error)
            xf_print_text(stdout, xf_member(error, "reason"));
        else
            printf("rejected (%lld)", (long long)json_integer_value(json_object_get(item, "status")));
        putchar('\n');
    }
}

static void print_list(const char *title, const json_t *array)
{
    const json_t *value;
    size_t index;

    if (!json_array_size(array))
        return;
    printf("  %s", title);
    json_array_foreach(array, index, value)
    {
        putchar(' ');
        if (json_is_string(value)) {
            xf_print_text(stdout, json_string_value(value));
        } else {
            const char *id = xf_member(value, "id"), *more = xf_member(value, "ref");

            xf_print_text(stdout, *id ? id : xf_member(value, "entity"));
            if (!*more)
                more = xf_member(value, "type");
            if (*more) {
                fputs(" (", stdout);
                xf_print_text(stdout, more);
                putchar(')');
            }
        }
    }
    putchar('\n');
}

static int take_answer(struct sending *sending, const char *file, const struct xf_input_slice *slice, const json_t *answer)
{
    json_t *items = json_object_get(answer, "items"), *item;
    size_t index;

    sending->received += json_integer_value(json_object_get(answer, "received"));
    sending->accepted += json_integer_value(json_object_get(answer, "accepted"));
    sending->unchanged += json_integer_value(json_object_get(answer, "unchanged"));
    sending->rejected += json_integer_value(json_object_get(answer, "rejected"));
    if (json_integer_value(json_object_get(answer, "position")) > sending->position)
        sending->position = json_integer_value(json_object_get(answer, "position"));
    json_array_foreach(items, index, item)
    {
        unsigned line = (unsigned)json_integer_value(json_object_get(item, "line")) + slice->line_offset;

        if (sending->cli->json) {
            json_object_set_new(item, "file", json_string(file));
            json_object_set_new(item, "line", json_integer(line));
            if (json_array_append(sending->items, item) != 0)
                return xf_fail(sending->cli, XF_EXIT_FAILED, "out of memory");
        } else if (!is_stored(item)) {
            print_rejected(file, line, item);
        } else if (sending->info) {
            printf("%s:%u: ", file, line);
            xf_print_text(stdout, xf_member(item, "id"));
            putchar('\n');
            print_list("entities", json_object_get(item, "entities"));
            print_list("flags", json_object_get(item, "flags"));
        }
    }
    if (json_is_true(json_object_get(answer, "truncated"))) {
        sending->truncated = true;
        if (!sending->cli->json)
            printf("%s: more lines were rejected than the daemon lists at once; put these right and send the file again\n", file);
    }
    return XF_EXIT_OK;
}

/* Whether to try again, after having waited. Only what may pass is tried again: too much at once, no writer at the moment, and,
 * once it has answered, a daemon that is being restarted. */
static bool wait_to_retry(const struct sending *sending, const struct xf_answer *answer, int64_t started_us)
{
    int64_t waited_s = (xf_monotonic_us() - started_us) / 1000000;
    long pause_s = answer->retry_after_s > 0 ? answer->retry_after_s : 1;

    if (answer->status ? answer->status != 429 && answer->status != 503 : !(answer->unreachable && sending->answered))
        return false;
    if (waited_s + pause_s > sending->patience_s)
        return false;
    nanosleep(&(struct timespec){.tv_sec = pause_s}, NULL);
    return true;
}

static int send_slice(struct sending *sending, const char *file, enum xf_input_form form, const struct xf_input_slice *slice)
{
    struct xf_path path = xf_path_start("/v1/feeds");
    struct xf_client_request request = {
        .method = "POST", .content_type = content_type(form), .body = slice->bytes, .length = slice->length};
    int64_t started_us = xf_monotonic_us();
    struct xf_answer answer = {0};
    json_t *json = NULL;
    int code;

    xf_path_segment(&path, sending->feed);
    xf_path_constant(&path, sending->dry_run ? "/validate" : "/records");
    xf_path_query(&path, "info", sending->info ? "1" : NULL);
    request.path = xf_path_finish(&path);
    request.content_encoding = slice->gzip ? "gzip" : NULL;
    if (!request.path)
        return xf_fail(sending->cli, XF_EXIT_FAILED, "out of memory");
    for (;;) {
        int rc = xf_client_call(sending->client, &request, &answer);

        if (rc == XF_OK && answer.status >= 200 && answer.status < 300)
            break;
        if (!wait_to_retry(sending, &answer, started_us))
            break;
        xf_answer_clear(&answer);
    }
    if (answer.status >= 200 && answer.status < 300) {
        sending->answered = true;
        json = json_loadb(answer.body ? answer.body : "", answer.length, JSON_ALLOW_NUL, NULL);
        code = json ? take_answer(sending, file, slice, json) : xf_fail(sending->cli, XF_EXIT_FAILED, "the answer is no JSON");
    } else {
        if (slice->line_offset)
            xf_fail(sending->cli, 0, "%s: the lines up to %u are in; the body after them was not taken:", file, slice->line_offset);
        code = xf_answer_explain(sending->cli, &answer);
    }
    json_decref(json);
    xf_answer_clear(&answer);
    free((char *)request.path);
    return code;
}

/* A line that is too long to be sent is rejected here, in the form in which the daemon would have done it. */
static int reject_here(struct sending *sending, const char *file, const struct xf_error *error)
{
    json_t *item = json_pack("{s:I,s:i,s:[{s:s,s:s}]}", "line", (json_int_t)error->line, "status", 413, "errors", "pointer", "",
                             "reason", error->text);
    json_t *answer = json_pack("{s:i,s:i,s:[o]}", "received", 1, "rejected", 1, "items", item);
    int code = answer ? take_answer(sending, file, &(struct xf_input_slice){0}, answer) : XF_EXIT_FAILED;

    json_decref(answer);
    return code;
}

static int send_file(struct sending *sending, const char *file)
{
    struct xf_error error = {0};
    struct xf_input *input = xf_input_open(file, sending->form, &error);
    struct xf_input_slice slice;
    struct xf_progress progress;
    int code = XF_EXIT_OK, rc;

    if (!input)
        return xf_fail(sending->cli, XF_EXIT_USAGE, "%s: %s", file, error.text);
    progress = xf_progress_start(file, "records", xf_input_size(input));
    xf_progress_show(&progress, 0, 0);
    while (code == XF_EXIT_OK && (rc = xf_input_next(input, &slice, &error)) != 0) {
        json_int_t before = sending->rejected;

        if (rc == XF_ELIMIT && error.line) {
            xf_progress_end(&progress);
            code = reject_here(sending, file, &error);
            continue;
        }
        if (rc < 0) {
            xf_progress_end(&progress);
            code = error.line ? xf_fail(sending->cli, XF_EXIT_USAGE, "%s:%u: %s", file, error.line, error.text)
                              : xf_fail(sending->cli, XF_EXIT_USAGE, "%s: %s", file, error.text);
            break;
        }
        code = send_slice(sending, file, xf_input_form(input), &slice);
        if (sending->rejected != before)
            fflush(stdout);
        xf_progress_show(&progress, slice.done, (uint64_t)sending->received);
    }
    xf_progress_end(&progress);
    xf_input_close(input);
    return code;
}

static void print_totals(struct sending *sending)
{
    if (sending->cli->json) {
        json_t *totals = json_pack("{s:I,s:I,s:I,s:I,s:O,s:b,s:I}", "received", sending->received, "accepted", sending->accepted,
                                   "unchanged", sending->unchanged, "rejected", sending->rejected, "items", sending->items,
                                   "truncated", (int)sending->truncated, "position", sending->position);

        xf_print_json(totals, false);
        json_decref(totals);
        return;
    }
    printf("%s: %lld received, %lld %s, %lld unchanged, %lld rejected", sending->feed, (long long)sending->received,
           (long long)sending->accepted, sending->dry_run ? "would be accepted" : "accepted", (long long)sending->unchanged,
           (long long)sending->rejected);
    if (sending->position)
        printf(" (journal position %lld)", (long long)sending->position);
    putchar('\n');
}

static int form_of_type(const char *type)
{
    static const char *const names[] = {[XF_INPUT_NDJSON] = "ndjson", [XF_INPUT_JSON] = "json", [XF_INPUT_CSV] = "csv"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(names[i], type) == 0)
            return (int)i;
    return -1;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    struct sending sending = {.cli = cli, .form = -1, .patience_s = 300};
    int value, code;

    while ((value = xf_options_next(cli, &xf_command_send, argc, argv)) != -1) {
        switch (value) {
        case 'f':
            sending.feed = optarg;
            break;
        case OPTION_TYPE:
            sending.form = form_of_type(optarg);
            if (sending.form < 0)
                return xf_usage(cli, "--type is ndjson, json or csv");
            break;
        case OPTION_INFO:
            sending.info = true;
            break;
        case OPTION_DRY_RUN:
            sending.dry_run = true;
            break;
        case OPTION_PATIENCE:
            if (xf_options_number(cli, "patience", optarg, 0, 86400, &sending.patience_s) != XF_EXIT_OK)
                return XF_EXIT_USAGE;
            break;
        default:
            return xf_options_end(cli);
        }
    }
    if (!sending.feed)
        return xf_usage(cli, "which feed? Give --feed");
    if (optind >= argc)
        return xf_usage(cli, "which files? - is standard input");
    sending.client = xf_client_open(cli, &code);
    if (!sending.client)
        return code;
    sending.items = json_array();
    for (int i = optind; code == XF_EXIT_OK && i < argc; i++)
        code = send_file(&sending, argv[i]);
    if (code == XF_EXIT_OK || sending.received)
        print_totals(&sending);
    json_decref(sending.items);
    xf_client_close(sending.client);
    if (code == XF_EXIT_OK && sending.rejected)
        code = XF_EXIT_NO;
    return code;
}

const struct xf_command xf_command_send = {
    .name = "send",
    .arguments = "--feed FEED [OPTION…] FILE…",
    .summary = "send an agency's records into its feed",
    .options = options,
    .notes = "Files are NDJSON (one record a line), JSON (a record or an array) or CSV (under the feed's mapping), each also as "
             ".gz; - is standard\n"
             "input. Large NDJSON and CSV files are cut at line ends. Every rejected line is printed as file:line: id: pointer: "
             "reason; the good\n"
             "lines go in all the same. The exit code is 1 when any was rejected.",
    .run = run,
};
