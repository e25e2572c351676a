/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's and officer's command line: the table of commands, and help. Each command is a file beside this one; it gets the
 * arguments after its own name and returns an enum xf_exit. Called by people and scripts: everything that is meant for a program is
 * behind --json, in the daemon's own form. */
#include <curl/curl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "target.h"

static const struct xf_command *const commands[] = {
    &xf_command_send,      &xf_command_feed, &xf_command_check,  &xf_command_search, &xf_command_show,      &xf_command_links,
    &xf_command_path,      &xf_command_why,  &xf_command_review, &xf_command_flags,  &xf_command_subscribe, &xf_command_alerts,
    &xf_command_principal, &xf_command_link, &xf_command_train,  &xf_command_refold,
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const char exit_codes[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  done, and the answer is no: a record was rejected, two states differ\n"
    "  2  the command line, or a file that it names, is wrong\n"
    "  3  the daemon refused the call (4xx); its reasons are printed\n"
    "  4  no connection, a certificate that is not to be trusted, a failure of the daemon (5xx) or of this program\n";

enum { OPTION_VERSION = XF_OPTION_LONG };

static const struct xf_option options[] = {
    {OPTION_VERSION, "version", NULL, "print the version"},
    {0},
};

static const struct xf_command whole = {
    .name = NULL,
    .arguments = "COMMAND [OPTION…] [ARGUMENT…]",
    .summary = "crossflag's command line.",
    .options = options,
};

static void print_help(void)
{
    printf("Usage: crossflag COMMAND [OPTION…] [ARGUMENT…]\n\nCommands (crossflag COMMAND --help tells more):\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nWhere to call and as whom, for every command that calls:\n");
    xf_options_help(NULL);
    printf("\ncrossflag help COMMAND is the same as crossflag COMMAND --help; crossflag --version prints the version.\n\n%s",
           exit_codes);
}

static const struct xf_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int help(struct xf_cli *cli, int argc, char **argv)
{
    const struct xf_command *command;

    if (argc > 1)
        return xf_usage(cli, "help on one command at a time");
    if (argc == 0) {
        print_help();
        return XF_EXIT_OK;
    }
    command = find(argv[0]);
    if (!command)
        return xf_usage(cli, "there is no command \"%s\"", argv[0]);
    xf_options_help(command);
    return XF_EXIT_OK;
}

static int run(struct xf_cli *cli, int argc, char **argv)
{
    const struct xf_command *command;
    int value = xf_options_next(cli, &whole, argc, argv);

    if (value == OPTION_VERSION) {
        puts("crossflag " XF_VERSION);
        return XF_EXIT_OK;
    }
    if (value != -1)
        return xf_options_end(cli);
    if (optind >= argc)
        return xf_usage(cli, "a command is missing");
    if (strcmp(argv[optind], "help") == 0)
        return help(cli, argc - optind - 1, argv + optind + 1);
    command = find(argv[optind]);
    if (!command)
        return xf_usage(cli, "there is no command \"%s\"", argv[optind]);
    cli->command = command;
    argc -= optind;
    argv += optind;
    optind = 0; /* glibc: start afresh on the new vector */
    return command->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
    struct xf_cli cli = {.timeout_s = 60};
    int code;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN); /* a closed pager or connection is an error value, not a death */
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        code = XF_EXIT_OK;
    } else {
        code = run(&cli, argc, argv);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (code == XF_EXIT_OK)
            code = XF_EXIT_FAILED;
    }
    xf_target_clear(&cli);
    curl_global_cleanup();
    return code;
}
