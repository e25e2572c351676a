/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the files that the configuration names, for forms.c and settings.c. Only regular files: a pipe or a device would make a
 * start or a reload wait. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int xf_file_read(const char *path, char **ret, size_t *ret_length, struct xf_error *error)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    char *text = NULL;
    int rc = XF_OK;

    if (!file || fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        rc = xf_error_set(error, XF_EIO, "%s: %s", path, file ? "not a regular file" : strerror(errno));
    } else if (!(text = malloc((size_t)status.st_size + 1))) {
        rc = xf_error_set(error, XF_ENOMEM, "%s: out of memory", path);
    } else if (fread(text, 1, (size_t)status.st_size, file) != (size_t)status.st_size) {
        rc = xf_error_set(error, XF_EIO, "%s: cannot be read", path);
    }
    if (file)
        fclose(file);
    if (rc != XF_OK) {
        free(text);
        return rc;
    }
    text[status.st_size] = '\0';
    *ret = text;
    *ret_length = (size_t)status.st_size;
    return XF_OK;
}

int xf_file_fault(struct xf_error *error, const char *path, int rc)
{
    const struct xf_error inner = *error;

    if (inner.line)
        xf_error_set(error, rc, "%s:%u:%u: %s", path, inner.line, inner.column, inner.text);
    else
        xf_error_set(error, rc, "%s: %s%s%s", path, inner.pointer, *inner.pointer ? ": " : "", inner.text);
    error->line = inner.line;
    error->column = inner.column;
    return rc;
}
