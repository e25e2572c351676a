/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag check`: is there a flag on this person, place or vehicle? What every partner's own system asks; writes nothing to the
 * graph. The question comes from options, or from a JSON file in the API's form. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "flagtext.h"
#include "print.h"

enum {
    OPTION_GIVEN = XF_OPTION_LONG,
    OPTION_FAMILY,
    OPTION_NAME,
    OPTION_ALIAS,
    OPTION_BIRTH_DATE,
    OPTION_SEX,
    OPTION_ID,
    OPTION_PHONE,
    OPTION_EMAIL,
    OPTION_VRM,
    OPTION_VIN,
    OPTION_ADDRESS,
    OPTION_TOWN,
    OPTION_POSTCODE,
    OPTION_UPRN,
    OPTION_PREMISES,
};

static const struct xf_option options[] = {
    {OPTION_GIVEN, "given", "NAME", "a person's given name"},
    {OPTION_FAMILY, "family", "NAME", "and family name"},
    {OPTION_NAME, "name", "NAME", "or the whole name in one"},
    {OPTION_ALIAS, "alias", "NAME", "another name of the same person; may be repeated"},
    {OPTION_BIRTH_DATE, "birth-date", "DATE", "YYYY-MM-DD, YYYY-MM or YYYY"},
    {OPTION_SEX, "sex", "LETTER", "F or M"},
    {OPTION_ID, "id", "SCHEME:VALUE", "an identifier, such as nhs:9434765870; may be repeated"},
    {OPTION_PHONE, "phone", "NUMBER", "may be repeated"},
    {OPTION_EMAIL, "email", "ADDRESS", "may be repeated"},
    {OPTION_VRM, "vrm", "PLATE", "a vehicle's registration mark"},
    {OPTION_VIN, "vin", "VIN", "a vehicle's identification number"},
    {OPTION_ADDRESS, "address", "LINE", "a line of an address: of the person's, or else of the place asked about; may be repeated"},
    {OPTION_TOWN, "town", "TOWN", "the town of that address"},
    {OPTION_POSTCODE, "postcode", "POSTCODE", "its postcode"},
    {OPTION_UPRN, "uprn", "UPRN", "its unique property reference number"},
    {OPTION_PREMISES, "premises", "NAME", "a place's own name, such as a takeaway's"},
    {0},
};

/* The question as it grows: members are made when their first value comes. */
struct question {
    json_t *person, *name, *location, *vehicle;
    bool broken;
};

static void set(struct question *question, json_t **object, const char *member, const char *text)
{
    if (!*object)
        *object = json_object();
    if (xf_set(*object, member, text) != XF_OK)
        question->broken = true;
}

static void append(struct question *question, json_t **object, const char *member, const char *text)
{
    if (!*object)
        *object = json_object();
    if (xf_append(*object, member, text) != XF_OK)
        question->broken = true;
}

static void append_object(struct question *question, json_t **object, const char *member, json_t *value)
{
    json_t *array;

    if (!*object)
        *object = json_object();
    array = json_object_get(*object, member);
    if (!array) {
        array = json_array();
        if (json_object_set_new(*object, member, array) != 0)
            question->broken = true;
    }
    if (json_array_append_new(array, value) != 0)
        question->broken = true;
}

static int add_id(const struct xf_cli *cli, struct question *question, const char *text)
{
    const char *colon = strchr(text, ':');

    if (!colon || colon == text || !colon[1])
        return xf_usage(cli, "--id takes SCHEME:VALUE, such as nhs:9434765870");
    append_object(question, &question->person, "ids",
                  json_pack("{s:s%,s:s}", "scheme", text, (size_t)(colon - text), "value", colon + 1));
    return XF_EXIT_OK;
}

static int take_option(struct xf_cli *cli, struct question *question, int value)
{
    switch (value) {
    case OPTION_GIVEN:
        set(question, &question->name, "given", optarg);
        return XF_EXIT_OK;
    case OPTION_FAMILY:
        set(question, &question->name, "family", optarg);
        return XF_EXIT_OK;
    case OPTION_NAME:
        set(question, &question->name, "full", optarg);
        return XF_EXIT_OK;
    case OPTION_ALIAS:
        append_object(question, &question->person, "names", json_pack("{s:s,s:s}", "full", optarg, "type", "alias"));
        return XF_EXIT_OK;
    case OPTION_BIRTH_DATE:
        set(question, &question->person, "birth_date", optarg);
        return XF_EXIT_OK;
    case OPTION_SEX:
        set(question, &question->person, "sex", optarg);
        return XF_EXIT_OK;
    case OPTION_ID:
        return add_id(cli, question, optarg);
    case OPTION_PHONE:
        append(question, &question->person, "phones", optarg);
        return XF_EXIT_OK;
    case OPTION_EMAIL:
        append(question, &question->person, "emails", optarg);
        return XF_EXIT_OK;
    case OPTION_VRM:
        set(question, &question->vehicle, "vrm", optarg);
        return XF_EXIT_OK;
    case OPTION_VIN:
        set(question, &question->vehicle, "vin", optarg);
        return XF_EXIT_OK;
    case OPTION_ADDRESS:
        append(question, &question->location, "lines", optarg);
        return XF_EXIT_OK;
    case OPTION_TOWN:
        set(question, &question->location, "town", optarg);
        return XF_EXIT_OK;
    case OPTION_POSTCODE:
        set(question, &question->location, "postcode", optarg);
        return XF_EXIT_OK;
    case OPTION_UPRN:
        set(question, &question->location, "uprn", optarg);
        return XF_EXIT_OK;
    case OPTION_PREMISES:
        set(question, &question->location, "name", optarg);
        return XF_EXIT_OK;
    }
    return xf_options_end(cli);
}

/* Puts the parts together in the record's form. A place beside a person is that person's home. NULL: out of memory. */
static json_t *put_together(struct question *question)
{
    json_t *body = json_object();

    if (question->name) {
        json_t *name = question->name, *names;

        question->name = NULL;
        if (!question->person)
            question->person = json_object();
        names = json_object_get(question->person, "names");
        if (names ? json_array_insert_new(names, 0, name) != 0
                  : json_object_set_new(question->person, "names", json_pack("[o]", name)) != 0)
            question->broken = true;
    }
    if (question->person) {
        set(question, &question->person, "ref", "p1");
        set(question, &question->person, "role", "subject");
        append_object(question, &body, "persons", question->person);
    }
    if (question->location) {
        set(question, &question->location, "ref", "l1");
        set(question, &question->location, "role", question->person ? "home" : "premises");
        append_object(question, &body, "locations", question->location);
    }
    if (question->vehicle) {
        set(question, &question->vehicle, "ref", "v1");
        set(question, &question->vehicle, "role", "other");
        append_object(question, &body, "vehicles", question->vehicle);
    }
    if (question->broken || !body || !json_object_size(body)) {
        json_decref(body);
        return NULL;
    }
    return body;
}

/* with_home: the place was asked about for the person's sake only. */
static void print_results(const json_t *answer, bool with_home)
{
    const json_t *results = json_object_get(answer, "results"), *result, *flag;
    size_t index, at;

    json_array_foreach(results, index, result)
    {
        const json_t *flags = json_object_get(result, "flags");

        if (with_home && strcmp(xf_member(result, "ref"), "l1") == 0 && !json_array_size(flags))
            continue;
        if (index)
            putchar('\n');
        xf_print_text(stdout, xf_member(result, "ref"));
        printf(": ");
        if (strcmp(xf_member(result, "certainty"), "none") == 0)
            printf("nothing on record matches\n");
        else
            printf("%s match, %zu flag%s\n", xf_member(result, "certainty"), json_array_size(flags),
                   json_array_size(flags) == 1 ? "" : "s");
        xf_flags_print(flags, false, 2);
        json_array_foreach(flags, at, flag)
        {
            xf_withheld_print(flag, 4);
        }
    }
}

static json_t *read_question(struct xf_cli *cli, const char *file, int *code)
{
    json_error_t error;
    json_t *body = strcmp(file, "-") == 0 ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
                                          : json_load_file(file, JSON_REJECT_DUPLICATES, &error);

    if (!body)
        *code = error.line > 0 ? xf_fail(cli, XF_EXIT_USAGE, "%s:%d:%d: %s", file, error.line, error.column, error.text)
                               : xf_fail(cli, XF_EXIT_USAGE, "%s: %s", file, error.text);
    return body;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    struct question question = {0};
    json_t *body = NULL, *answer = NULL;
    int value, code = XF_EXIT_OK;
    bool asked, with_home = false;

    while (code == XF_EXIT_OK && (value = xf_options_next(cli, &xf_command_check, argc, argv)) != -1) {
        code = take_option(cli, &question, value);
        if (cli->helped)
            break;
    }
    asked = question.person || question.name || question.location || question.vehicle;
    if (code != XF_EXIT_OK || cli->helped)
        goto out;
    if (optind < argc && (asked || optind + 1 < argc)) {
        code = xf_usage(cli, "give options, or one file, not both");
    } else if (optind < argc) {
        body = read_question(cli, argv[optind], &code);
    } else if (!asked) {
        code = xf_usage(cli, "check whom or what? Give --given and --family, --vrm, --postcode …, or a JSON file");
    } else {
        with_home = question.location && (question.person || question.name);
        body = put_together(&question);
        question = (struct question){0};
        if (!body)
            code = xf_fail(cli, XF_EXIT_FAILED, "out of memory");
    }
    if (code == XF_EXIT_OK)
        code = xf_client_json(cli, "POST", strdup("/v1/check"), body, &answer);
    if (code == XF_EXIT_OK && cli->json)
        xf_print_json(answer, false);
    else if (code == XF_EXIT_OK)
        print_results(answer, with_home);
    json_decref(answer);
out:
    json_decref(question.person);
    json_decref(question.name);
    json_decref(question.location);
    json_decref(question.vehicle);
    return code;
}

const struct xf_command xf_command_check = {
    .name = "check",
    .arguments = "[OPTION…] | FILE.json",
    .summary = "ask whether a person, place or vehicle is flagged",
    .options = options,
    .notes = "FILE.json holds {\"persons\":[…],\"locations\":[…],\"vehicles\":[…]} in the record's form; - is standard input. "
             "Nothing is stored but the audit's\n"
             "note that you asked.",
    .run = run,
};
