/* SPDX-License-Identifier: Apache-2.0 */
/* The command line `crossflag`: what every command is, and what all of them share. One command is one file with one constant entry
 * in main.c's table; its options are a table too, which both parses and prints the help. */
#ifndef XF_CLI_CLI_H
#define XF_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "crossflag/error.h"

/* What the shell sees; printed by `crossflag --help`. */
enum xf_exit {
    XF_EXIT_OK = 0,
    XF_EXIT_NO = 1,      /* it ran, and the answer is no: a record was rejected, two states differ */
    XF_EXIT_USAGE = 2,   /* the command line, or a file that it names */
    XF_EXIT_REFUSED = 3, /* the daemon refused the call: 4xx */
    XF_EXIT_FAILED = 4,  /* no connection, no trust in the certificate, 5xx, or this program's own failure */
};

/* An option. value is what xf_options_next returns: the letter, or a number from XF_OPTION_LONG where it has none. argument NULL:
 * it takes none. */
#define XF_OPTION_LONG 256
struct xf_option {
    int value;
    const char *name, *argument, *help;
};

struct xf_cli;
struct xf_command {
    const char *name, *arguments, *summary;
    const struct xf_option *options;                       /* ended by a zero value; NULL: none of its own */
    const char *notes;                                     /* further lines of its help; may be NULL */
    int (*run)(struct xf_cli *cli, int argc, char **argv); /* returns an enum xf_exit */
    bool offline;                                          /* talks to no daemon: the options for that are not offered */
};

/* Where to call and as whom; texts are owned by the cli. */
struct xf_cli {
    const struct xf_command *command;
    char *url, *ca, *token, *certificate, *key;
    char *demo, *as, *token_file;
    char *purpose;
    bool json;
    long status; /* HTTP's, of the last answer that xf_client_json took; 0: none */
    long timeout_s;
    bool helped; /* --help was printed: the command ends with XF_EXIT_OK */
};

/* The next option of the command's own: its value; -1 at the end (optind then names the first argument), '?' when the line is wrong
 * (said on standard error) or help was asked for: return xf_options_end then. Common options are taken in on the way. */
int xf_options_next(struct xf_cli *cli, const struct xf_command *command, int argc, char **argv);
int xf_options_end(const struct xf_cli *cli);
void xf_options_help(const struct xf_command *command);
/* Says what is wrong with the line and where help is. Returns XF_EXIT_USAGE. */
int xf_usage(const struct xf_cli *cli, const char *format, ...) XF_PRINTF(2, 3);
/* Says a failure. Returns exit. */
int xf_fail(const struct xf_cli *cli, int exit, const char *format, ...) XF_PRINTF(3, 4);
/* A whole number of an option between min and max: XF_EXIT_OK, or XF_EXIT_USAGE after having said so. */
int xf_options_number(const struct xf_cli *cli, const char *name, const char *text, long long min, long long max,
                      long long *ret) XF_MUST_CHECK;

/* Makes room in an array of room items, count of them used, for `more` further ones of a size. XF_OK, XF_ENOMEM. */
int xf_grow(void **items, size_t *room, size_t count, size_t more, size_t size) XF_MUST_CHECK;

/* Prints JSON on standard output: indented, or as one line. */
void xf_print_json(const json_t *json, bool one_line);
/* The string member of an object; "" when it is missing, null or no string. Borrowed. */
const char *xf_member(const json_t *object, const char *name);
/* Appends a string to a JSON array member, making it. Adds nothing when text is NULL. XF_OK, XF_ENOMEM. */
int xf_append(json_t *object, const char *name, const char *text) XF_MUST_CHECK;
/* Sets a string member. Nothing when text is NULL. */
int xf_set(json_t *object, const char *name, const char *text) XF_MUST_CHECK;

extern const struct xf_command xf_command_send, xf_command_check, xf_command_search, xf_command_show, xf_command_flags,
    xf_command_alerts, xf_command_subscribe, xf_command_principal, xf_command_feed, xf_command_link, xf_command_train,
    xf_command_refold, xf_command_why, xf_command_review, xf_command_links, xf_command_path;

#endif
