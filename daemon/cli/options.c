/* SPDX-License-Identifier: Apache-2.0 */
/* Options from tables: the command's own and the common ones, parsed by getopt_long and printed as help from the same rows, so that
 * the two cannot disagree. Called by main.c and by every command. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define OPTIONS_MAX 64

enum common {
    COMMON_URL = 1000,
    COMMON_CA,
    COMMON_TOKEN_FILE,
    COMMON_CERT,
    COMMON_KEY,
    COMMON_DEMO,
    COMMON_AS,
    COMMON_PURPOSE,
    COMMON_TIMEOUT,
    COMMON_JSON
};

static const struct xf_option calling[] = {
    {COMMON_URL, "url", "URL", "the daemon, such as https://127.0.0.1:8443 (or CROSSFLAG_URL)"},
    {COMMON_CA, "ca", "FILE", "the authority that its certificate must come from (or CROSSFLAG_CA)"},
    {COMMON_TOKEN_FILE, "token-file", "FILE", "a file that holds the bearer token (or the token itself in CROSSFLAG_TOKEN)"},
    {COMMON_CERT, "cert", "FILE", "a client certificate instead of a token, with --key"},
    {COMMON_KEY, "key", "FILE", "its private key"},
    {COMMON_DEMO, "demo", "FILE", "demo.json of config/quickstart: names the daemon, the authority and the principals"},
    {COMMON_AS, "as", "NAME", "which of its principals to be"},
    {COMMON_PURPOSE, "purpose", "CODE CASE", "why an officer looks: \"code case-reference\", kept in the audit"},
    {COMMON_TIMEOUT, "timeout", "SECONDS", "give a call up after this long (60)"},
    {0},
};
static const struct xf_option everywhere[] = {
    {COMMON_JSON, "json", NULL, "print the answer as JSON"},
    {'h', "help", NULL, "print this help"},
    {0},
};

static int take_text(char **target, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        return XF_ENOMEM;
    free(*target);
    *target = copy;
    return XF_OK;
}

/* Takes a common option in. Returns 0, or '?' to end. */
static int take_common(struct xf_cli *cli, const struct xf_command *command, int value)
{
    char **target = NULL;
    long long number = 0;

    switch (value) {
    case COMMON_URL:
        target = &cli->url;
        break;
    case COMMON_CA:
        target = &cli->ca;
        break;
    case COMMON_TOKEN_FILE:
        target = &cli->token_file;
        break;
    case COMMON_CERT:
        target = &cli->certificate;
        break;
    case COMMON_KEY:
        target = &cli->key;
        break;
    case COMMON_DEMO:
        target = &cli->demo;
        break;
    case COMMON_AS:
        target = &cli->as;
        break;
    case COMMON_PURPOSE:
        target = &cli->purpose;
        break;
    case COMMON_TIMEOUT:
        if (xf_options_number(cli, "timeout", optarg, 1, 86400, &number) != XF_EXIT_OK)
            return '?';
        cli->timeout_s = (long)number;
        return 0;
    case COMMON_JSON:
        cli->json = true;
        return 0;
    case 'h':
        xf_options_help(command);
        cli->helped = true;
        return '?';
    }
    if (target && take_text(target, optarg) != XF_OK) {
        xf_fail(cli, XF_EXIT_FAILED, "out of memory");
        return '?';
    }
    return 0;
}

static void add_table(const struct xf_option *table, struct option *options, size_t *count, char *letters, size_t *length)
{
    for (; table && table->value; table++) {
        if (*count + 1 >= OPTIONS_MAX)
            return;
        options[(*count)++] = (struct option){table->name, table->argument ? required_argument : no_argument, NULL, table->value};
        if (table->value < XF_OPTION_LONG) {
            letters[(*length)++] = (char)table->value;
            if (table->argument)
                letters[(*length)++] = ':';
        }
    }
}

static bool is_common(int value)
{
    return value >= COMMON_URL || value == 'h';
}

int xf_options_next(struct xf_cli *cli, const struct xf_command *command, int argc, char **argv)
{
    struct option options[OPTIONS_MAX] = {0};
    char letters[2 * OPTIONS_MAX + 4] = "";
    size_t count = 0, length = 0;
    int value;

    letters[length++] = command->name ? ':' : '+'; /* before the command: stop at its name */
    if (!command->name)
        letters[length++] = ':';
    add_table(command->options, options, &count, letters, &length);
    if (!command->offline)
        add_table(calling, options, &count, letters, &length);
    add_table(everywhere, options, &count, letters, &length);
    opterr = 0;
    for (;;) {
        int at = optind ? optind : 1;

        value = getopt_long(argc, argv, letters, options, NULL);
        if (value == '?') {
            xf_usage(cli, "there is no option %s",
                     optopt > 0 && optopt < XF_OPTION_LONG ? (char[]){'-', (char)optopt, 0} : argv[at]);
            return '?';
        }
        if (value == ':') {
            xf_usage(cli, "%s needs a value", argv[optind - 1]);
            return '?';
        }
        if (value == -1 || !is_common(value))
            return value;
        if (take_common(cli, command, value) != 0)
            return '?';
    }
}

int xf_options_end(const struct xf_cli *cli)
{
    return cli->helped ? XF_EXIT_OK : XF_EXIT_USAGE;
}

static void print_table(const struct xf_option *table)
{
    for (; table && table->value; table++) {
        char left[64], letter[8] = "    ";

        if (table->value < XF_OPTION_LONG)
            snprintf(letter, sizeof(letter), "-%c, ", table->value);
        snprintf(left, sizeof(left), "%s--%s%s%s", letter, table->name, table->argument ? " " : "",
                 table->argument ? table->argument : "");
        printf("  %-28s %s\n", left, table->help);
    }
}

void xf_options_help(const struct xf_command *command)
{
    if (!command) { /* the part that main.c's own help shares */
        print_table(calling);
        print_table(everywhere);
        return;
    }
    if (!command->name) {
        printf("Usage: crossflag %s\n", command->arguments);
        return;
    }
    printf("Usage: crossflag %s %s\n\n%s\n", command->name, command->arguments, command->summary);
    if (command->notes)
        printf("\n%s\n", command->notes);
    if (command->options) {
        printf("\nOptions:\n");
        print_table(command->options);
    }
    printf("\n%s:\n", command->offline ? "Common options" : "Where to call and as whom");
    if (!command->offline)
        print_table(calling);
    print_table(everywhere);
}

static void say(const struct xf_cli *cli, const char *format, va_list args) XF_PRINTF(2, 0);
static void say(const struct xf_cli *cli, const char *format, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "crossflag%s%s: ", cli->command ? " " : "", cli->command ? cli->command->name : "");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int xf_usage(const struct xf_cli *cli, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(cli, format, args);
    va_end(args);
    fprintf(stderr, "crossflag%s%s --help tells how to use it.\n", cli->command ? " " : "", cli->command ? cli->command->name : "");
    return XF_EXIT_USAGE;
}

int xf_fail(const struct xf_cli *cli, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(cli, format, args);
    va_end(args);
    return code;
}

int xf_options_number(const struct xf_cli *cli, const char *name, const char *text, long long min, long long max, long long *ret)
{
    char *end;
    long long number = 0;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || end == text || *end || number < min || number > max)
        return xf_usage(cli, "--%s takes a whole number from %lld to %lld", name, min, max);
    *ret = number;
    return XF_EXIT_OK;
}
