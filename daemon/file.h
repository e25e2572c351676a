/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the configuration names: read whole, and their faults told with the file's name. */
#ifndef XF_DAEMON_FILE_H
#define XF_DAEMON_FILE_H

#include <stddef.h>

#include "crossflag/error.h"

/* Reads a whole file into malloc'ed, NUL-terminated text. XF_EIO, XF_ENOMEM with *error naming the file. */
int xf_file_read(const char *path, char **ret, size_t *ret_length, struct xf_error *error) XF_MUST_CHECK;
/* Puts before a parser's error where it lies: the file, then line and column, or the pointer, as far as they are known. Returns rc.
 */
int xf_file_fault(struct xf_error *error, const char *path, int rc);

#endif
