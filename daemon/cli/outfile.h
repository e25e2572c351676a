/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is written whole or not at all: beside its place under another name, and renamed at the end. Pipes and devices are
 * written as they are. */
#ifndef XF_CLI_OUTFILE_H
#define XF_CLI_OUTFILE_H

#include <stddef.h>

#include "cli.h"

struct xf_outfile {
    const char *path;
    char *temporary; /* NULL: path itself is written */
    char *buffer;
    size_t used;
    int fd;
    int fault; /* the first errno; nothing more is written then */
};

/* Whether a file could be put there, before long work: XF_EXIT_OK, or the exit code after having said why. */
int xf_outfile_check(const struct xf_cli *cli, const char *path);
int xf_outfile_open(const struct xf_cli *cli, const char *path, struct xf_outfile *ret) XF_MUST_CHECK;
/* What goes wrong is kept, and said at the end. */
void xf_outfile_put(struct xf_outfile *file, const char *bytes, size_t length);
/* A CSV cell and what follows it: ',' or '\n'. */
void xf_outfile_cell(struct xf_outfile *file, const char *text, char after);
/* Puts the file in its place: XF_EXIT_OK, or the exit code after having said why. */
int xf_outfile_commit(const struct xf_cli *cli, struct xf_outfile *file) XF_MUST_CHECK;
/* Takes an open file away again; nothing after a commit. */
void xf_outfile_abandon(struct xf_outfile *file);

#endif
