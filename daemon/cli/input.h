/* SPDX-License-Identifier: Apache-2.0 */
/* A file of records, cut into bodies that the daemon takes: NDJSON and CSV at line ends, JSON and small compressed files whole. */
#ifndef XF_CLI_INPUT_H
#define XF_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_INPUT_SLICE_BYTES ((size_t)4 * 1024 * 1024)
#define XF_INPUT_SLICE_LINES 5000u
#define XF_INPUT_WHOLE_BYTES ((size_t)16 * 1024 * 1024) /* contract.md: what one body may hold, inflated */

enum xf_input_form { XF_INPUT_NDJSON, XF_INPUT_JSON, XF_INPUT_CSV };

/* One body. bytes are borrowed until the next call. A line N of the body is line N + line_offset of the file (NDJSON, CSV; a CSV
 * slice repeats the header). */
struct xf_input_slice {
    const char *bytes;
    size_t length;
    bool gzip; /* bytes are the file's own, compressed */
    unsigned line_offset;
    uint64_t done; /* bytes of the file read so far, as it lies on disk */
};

struct xf_input;
/* Opens a file, or standard input for "-". form is told by the name (.ndjson .jsonl .json .csv, each with or without .gz) unless
 * given (not negative). NULL with *error. */
struct xf_input *xf_input_open(const char *name, int form, struct xf_error *error);
void xf_input_close(struct xf_input *input);
enum xf_input_form xf_input_form(const struct xf_input *input);
uint64_t xf_input_size(const struct xf_input *input); /* on disk; 0: not known */
/* The next body: 1 and *ret filled, 0 at the end, or XF_EINVAL, XF_ELIMIT, XF_EIO, XF_ENOMEM with *error (its line is the file's).
 */
int xf_input_next(struct xf_input *input, struct xf_input_slice *ret, struct xf_error *error) XF_MUST_CHECK;

#endif
