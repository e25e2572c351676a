/* SPDX-License-Identifier: Apache-2.0 */
/* `crossflag search`: finds entities by whatever is known of them. Called by officers: needs a purpose. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "entitytext.h"
#include "flagtext.h"
#include "print.h"

enum {
    OPTION_KIND = XF_OPTION_LONG,
    OPTION_GIVEN,
    OPTION_FAMILY,
    OPTION_BIRTH_DATE,
    OPTION_ID,
    OPTION_VRM,
    OPTION_POSTCODE,
    OPTION_ADDRESS,
    OPTION_PHONE,
    OPTION_LIMIT,
};

static const struct xf_option options[] = {
    {OPTION_KIND, "kind", "KIND", "person, location or vehicle; else what the other options suggest"},
    {OPTION_GIVEN, "given", "NAME", "a person's given name"},
    {OPTION_FAMILY, "family", "NAME", "and family name"},
    {OPTION_BIRTH_DATE, "birth-date", "DATE", "YYYY-MM-DD, YYYY-MM or YYYY"},
    {OPTION_ID, "id", "SCHEME:VALUE", "an identifier, such as upn:B801200005001"},
    {OPTION_VRM, "vrm", "PLATE", "whole, or a part with *: 'YD12*'"},
    {OPTION_POSTCODE, "postcode", "POSTCODE", "of a place, or of where a person lives"},
    {OPTION_ADDRESS, "address", "TEXT", "the same, its first lines"},
    {OPTION_PHONE, "phone", "NUMBER", "a person's telephone"},
    {OPTION_LIMIT, "limit", "N", "at most so many (20; up to 200)"},
    {0},
};

static const char *member_of(int option)
{
    for (const struct xf_option *row = options; row->value; row++)
        if (row->value == option)
            return row->value == OPTION_BIRTH_DATE ? "birth_date" : row->name;
    return NULL;
}

static int set_id(const struct xf_cli *cli, json_t *body, const char *text)
{
    const char *colon = strchr(text, ':');

    if (!colon || colon == text || !colon[1])
        return xf_usage(cli, "--id takes SCHEME:VALUE, such as upn:B801200005001");
    json_object_set_new(body, "id", json_pack("{s:s%,s:s}", "scheme", text, (size_t)(colon - text), "value", colon + 1));
    return XF_EXIT_OK;
}

/* A person unless all that is asked is a vehicle's or a place's. */
static const char *suggested_kind(const json_t *body)
{
    if (json_object_get(body, "name") || json_object_get(body, "given") || json_object_get(body, "family") ||
        json_object_get(body, "birth_date") || json_object_get(body, "id") || json_object_get(body, "phone"))
        return "person";
    return json_object_get(body, "vrm") ? "vehicle" : "location";
}

/* The words after the options are one name. */
static int set_name(json_t *body, int count, char **words)
{
    size_t length = 1;
    char *name;

    for (int i = 0; i < count; i++)
        length += strlen(words[i]) + 1;
    name = calloc(1, length);
    if (!name)
        return XF_ENOMEM;
    for (int i = 0; i < count; i++) {
        if (i)
            strcat(name, " ");
        strcat(name, words[i]);
    }
    json_object_set_new(body, "name", json_string(name));
    free(name);
    return XF_OK;
}

static int ask(struct xf_cli *cli, json_t *body)
{
    json_t *answer = NULL;
    int code = xf_client_json(cli, "POST", strdup("/v1/search"), body, &answer);

    if (code == XF_EXIT_OK && cli->json) {
        xf_print_json(answer, false);
    } else if (code == XF_EXIT_OK) {
        const json_t *items = json_object_get(answer, "items");

        xf_entities_print(items);
        if (!json_array_size(items))
            printf("Nothing found.\n");
        if (json_is_true(json_object_get(answer, "truncated")))
            printf("There are more than these.\n");
    }
    json_decref(answer);
    return code;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    json_t *body = json_object();
    long long limit;
    int value, code = XF_EXIT_OK;

    while (code == XF_EXIT_OK && (value = xf_options_next(cli, &xf_command_search, argc, argv)) != -1) {
        if (value == '?') {
            json_decref(body);
            return xf_options_end(cli);
        }
        if (value == OPTION_ID) {
            code = set_id(cli, body, optarg);
        } else if (value == OPTION_LIMIT) {
            code = xf_options_number(cli, "limit", optarg, 1, 200, &limit);
            if (code == XF_EXIT_OK)
                json_object_set_new(body, "limit", json_integer(limit));
        } else if (json_object_set_new(body, member_of(value), json_string(optarg)) != 0) {
            code = xf_usage(cli, "--%s takes UTF-8 text", member_of(value));
        }
    }
    if (code == XF_EXIT_OK && optind < argc && set_name(body, argc - optind, argv + optind) != XF_OK)
        code = xf_fail(cli, XF_EXIT_FAILED, "out of memory");
    if (code == XF_EXIT_OK &&
        json_object_size(body) == (json_object_get(body, "kind") != NULL) + (size_t)(json_object_get(body, "limit") != NULL))
        code = xf_usage(cli, "search for what? Give a name, or --vrm, --postcode, --id …");
    if (code != XF_EXIT_OK) {
        json_decref(body);
        return code;
    }
    if (!json_object_get(body, "kind"))
        json_object_set_new(body, "kind", json_string(suggested_kind(body)));
    return ask(cli, body);
}

const struct xf_command xf_command_search = {
    .name = "search",
    .arguments = "[OPTION…] [NAME…]",
    .summary = "find persons, places and vehicles on record",
    .options = options,
    .notes = "Names are matched loosely (spelling, nicknames, sound). Officers name a --purpose. `crossflag show ENTITY` shows "
             "what was found.",
    .run = run,
};
