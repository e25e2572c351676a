/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that reads a batch's files. */
#ifndef XF_CLI_READING_H
#define XF_CLI_READING_H

#include "bundle.h"
#include "crossflag/arena.h"
#include "crossflag/columns.h"

enum xf_batch_form { XF_BATCH_CSV, XF_BATCH_NDJSON, XF_BATCH_JSON, XF_BATCH_NONE };

/* The form by a name's ending; *ret_length is what is before that. */
enum xf_batch_form xf_batch_form_of(const char *name, size_t *ret_length);

/* One file. */
struct xf_batch_file {
    const char *path; /* borrowed from the command line */
    char *feed;       /* its base name without what tells its form: febrl4a of data/febrl4a.csv.gz */
    uint64_t rows;
    struct xf_layout *layout; /* of a CSV file whose header was read */
};

struct xf_reading {
    /* Given */
    const struct xf_columns *columns; /* NULL: by the headers' names */
    struct xf_batch_file *files;
    size_t file_count;
    bool between;
    int64_t now;
    struct xf_bundles *bundles;
    struct xf_intern *symbols; /* the thread's until it has ended */
    /* While it runs */
    uint32_t number;
    struct xf_batch_file *file; /* the one that is being read, or where it failed */
    struct xf_arena *arena;
    struct xf_bundle *bundle; /* being filled */
    uint32_t symbols_sent;
    unsigned line_offset; /* of a piece of NDJSON */
    uint64_t bytes, bytes_before, rows;
    /* Its end */
    int rc;
    struct xf_error error;
};

/* A pthread's start. context is the struct xf_reading; rows and layouts of its files are filled in. */
void *xf_reading_run(void *context);

#endif
