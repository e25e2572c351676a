/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the daemon and the caller's credentials. Called once before the first call. An option always wins over demo.json, and
 * demo.json over the environment; a token is never taken from the command line, where every process of the machine could read it.
 */
#include "target.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *copy_or_null(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

static void fill(char **target, const char *text)
{
    if (!*target)
        *target = copy_or_null(text);
}

/* A path of demo.json: those that are relative lie beside it. Owned. */
static char *beside(const char *demo, const char *path)
{
    char *copy, *joined = NULL;

    if (!*path)
        return NULL;
    if (*path == '/')
        return strdup(path);
    copy = strdup(demo);
    if (copy && asprintf(&joined, "%s/%s", dirname(copy), path) < 0)
        joined = NULL;
    free(copy);
    return joined;
}

static void fill_path(char **target, const char *demo, const char *path)
{
    if (!*target)
        *target = beside(demo, path);
}

static int from_demo(struct xf_cli *cli)
{
    json_error_t error;
    json_t *demo = json_load_file(cli->demo, JSON_REJECT_DUPLICATES, &error), *principal;
    bool credentials = cli->token || cli->certificate;
    int code = XF_EXIT_OK;

    if (!demo)
        return xf_fail(cli, XF_EXIT_USAGE, "%s:%d: %s", cli->demo, error.line < 0 ? 0 : error.line, error.text);
    fill(&cli->url, xf_member(demo, "url"));
    fill_path(&cli->ca, cli->demo, xf_member(demo, "ca"));
    principal = cli->as ? json_object_get(json_object_get(demo, "principals"), cli->as) : NULL;
    if (cli->as && !principal) {
        const char *name;
        json_t *value;

        code = xf_fail(cli, XF_EXIT_USAGE, "%s has no principal \"%s\"; it has:", cli->demo, cli->as);
        json_object_foreach(json_object_get(demo, "principals"), name, value)
        {
            fprintf(stderr, "  %s\n", name);
        }
    } else if (principal && !credentials) {
        fill(&cli->token, xf_member(principal, "token"));
        if (!cli->token) {
            fill_path(&cli->certificate, cli->demo, xf_member(principal, "cert"));
            fill_path(&cli->key, cli->demo, xf_member(principal, "key"));
        }
    }
    json_decref(demo);
    return code;
}

static int read_token(struct xf_cli *cli)
{
    char line[512];
    FILE *file = fopen(cli->token_file, "re");

    if (!file)
        return xf_fail(cli, XF_EXIT_USAGE, "%s: %s", cli->token_file, strerror(errno));
    if (!fgets(line, sizeof(line), file))
        line[0] = 0;
    fclose(file);
    line[strcspn(line, " \t\r\n")] = 0;
    cli->token = copy_or_null(line);
    explicit_bzero(line, sizeof(line));
    if (!cli->token)
        return xf_fail(cli, XF_EXIT_USAGE, "%s holds no token", cli->token_file);
    return XF_EXIT_OK;
}

int xf_target_resolve(struct xf_cli *cli)
{
    int code = XF_EXIT_OK;

    if (cli->as && !cli->demo)
        return xf_usage(cli, "--as needs --demo");
    if (cli->token_file && !cli->token)
        code = read_token(cli);
    if (code == XF_EXIT_OK && cli->demo)
        code = from_demo(cli);
    if (code != XF_EXIT_OK)
        return code;
    fill(&cli->url, getenv("CROSSFLAG_URL"));
    fill(&cli->ca, getenv("CROSSFLAG_CA"));
    if (!cli->certificate)
        fill(&cli->token, getenv("CROSSFLAG_TOKEN"));
    if (!cli->url)
        return xf_usage(cli, "which daemon? Give --url, or --demo, or set CROSSFLAG_URL");
    if (strncasecmp(cli->url, "https://", 8) != 0)
        return xf_usage(cli, "%s is no https URL; nothing is sent in the clear", cli->url);
    if (!cli->token && !cli->certificate)
        return xf_usage(cli, "as whom? Give --token-file, or --cert and --key, or --demo and --as, or set CROSSFLAG_TOKEN");
    if (cli->certificate && !cli->key)
        return xf_usage(cli, "--cert needs --key");
    for (size_t length = strlen(cli->url); length && cli->url[length - 1] == '/'; length--)
        cli->url[length - 1] = 0;
    return XF_EXIT_OK;
}

void xf_target_clear(struct xf_cli *cli)
{
    char **texts[] = {&cli->url,  &cli->ca, &cli->token,      &cli->certificate, &cli->key,
                      &cli->demo, &cli->as, &cli->token_file, &cli->purpose};

    if (cli->token)
        explicit_bzero(cli->token, strlen(cli->token));
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
}
