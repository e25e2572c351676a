/* SPDX-License-Identifier: Apache-2.0 */
/* Files of CSV or NDJSON as mentions, for the commands that work without a daemon. */
#ifndef XF_CLI_BATCH_H
#define XF_CLI_BATCH_H

#include <stdint.h>

#include "cli.h"
#include "print.h"
#include "reading.h"

/* What is called for every mention, numbered from 0 in the order of reading. 0, or a negative error. */
typedef int xf_batch_take(void *context, uint32_t number, const struct xf_mention *mention);

/* What names a mention. */
struct xf_batch_name {
    uint64_t at; /* in texts: its id, NUL, its ref, NUL */
    uint32_t file;
};

struct xf_batch {
    struct xf_cli *cli;
    struct xf_intern *symbols;
    struct xf_columns *columns; /* owned; NULL: by the headers' names */
    bool between;               /* mentions carry their file as XF_FIELD_SOURCE */
    xf_batch_take *take;
    void *context;

    struct xf_batch_file *files;
    size_t file_count;
    struct xf_batch_name *names;
    size_t name_count, name_room;
    char *texts;
    size_t text_count, text_room;
    uint64_t rows;
    uint64_t kinds[XF_MENTION_KINDS]; /* mentions of each */
    uint32_t *symbol_of;              /* while reading: the reader's symbols in the table of all */
    size_t symbol_count, symbol_room;
};

/* Looks at the command line's files and its specification of columns (may be NULL): XF_EXIT_OK, or the exit code after having said
 * what is wrong. To be followed by xf_batch_finish in any case. */
int xf_batch_init(struct xf_batch *batch, struct xf_cli *cli, const char *columns, bool between, char *const *paths,
                  int count) XF_MUST_CHECK;
/* Whether a result can go there, before long work; over none of the files that are read. XF_EXIT_OK, or the exit code after having
 * said why not. */
int xf_batch_check_out(const struct xf_batch *batch, const char *path) XF_MUST_CHECK;
/* Reads them all; a broken row ends it with file, line and column. Afterwards cells that were left out are told on standard error.
 */
int xf_batch_read(struct xf_batch *batch) XF_MUST_CHECK;
void xf_batch_finish(struct xf_batch *batch);

static inline const char *xf_batch_feed(const struct xf_batch *batch, uint32_t number)
{
    return batch->files[batch->names[number].file].feed;
}

static inline const char *xf_batch_id(const struct xf_batch *batch, uint32_t number)
{
    return batch->texts + batch->names[number].at;
}

/* The members that every batch command's answer has: rows, mentions, and the columns in use. NULL when out of memory. */
json_t *xf_batch_report(const struct xf_batch *batch);
/* The same for people: the columns that were chosen by their names. */
void xf_batch_print_columns(const struct xf_batch *batch);

#endif
