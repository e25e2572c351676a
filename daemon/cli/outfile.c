/* SPDX-License-Identifier: Apache-2.0 */
/* Results on disk. Called by link and train. Invariant: at a file's path lies what was there before or the whole new file, also
 * after a power cut, since its bytes are on disk before its name is. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER ((size_t)1 << 20)

static int fail(const struct xf_cli *cli, const char *path, int fault)
{
    return xf_fail(cli, fault == ENOSPC || fault == EIO || fault == EDQUOT || fault == EPIPE ? XF_EXIT_FAILED : XF_EXIT_USAGE,
                   "%s: %s", path, strerror(fault));
}

int xf_outfile_check(const struct xf_cli *cli, const char *path)
{
    char *directory = strdup(path), *slash = directory ? strrchr(directory, '/') : NULL;
    struct stat status;
    int fault = 0;

    if (!directory)
        return xf_fail(cli, XF_EXIT_FAILED, "out of memory");
    if (slash)
        slash[slash == directory] = '\0';
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        fault = EISDIR;
    else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        fault = access(path, W_OK) == 0 ? 0 : errno;
    else if (access(slash ? directory : ".", W_OK | X_OK) != 0)
        fault = errno;
    free(directory);
    return fault ? fail(cli, path, fault) : XF_EXIT_OK;
}

int xf_outfile_open(const struct xf_cli *cli, const char *path, struct xf_outfile *ret)
{
    struct xf_outfile file = {.path = path, .fd = -1};
    struct stat status;
    mode_t mask = umask(0);

    umask(mask);
    file.buffer = malloc(BUFFER);
    if (file.buffer && stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        file.fd = open(path, O_WRONLY | O_CLOEXEC);
    } else if (file.buffer && asprintf(&file.temporary, "%s.XXXXXX", path) > 0) {
        file.fd = mkostemp(file.temporary, O_CLOEXEC);
        if (file.fd >= 0 && fchmod(file.fd, 0666 & ~mask) != 0)
            file.fault = errno;
    } else {
        file.temporary = NULL;
        errno = ENOMEM;
    }
    if (file.fd < 0) {
        int fault = errno;

        free(file.temporary);
        free(file.buffer);
        return fail(cli, path, fault);
    }
    *ret = file;
    return XF_EXIT_OK;
}

static void flush(struct xf_outfile *file)
{
    size_t done = 0;

    while (done < file->used && !file->fault) {
        ssize_t written = write(file->fd, file->buffer + done, file->used - done);

        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR)
            file->fault = errno;
    }
    file->used = 0;
}

void xf_outfile_put(struct xf_outfile *file, const char *bytes, size_t length)
{
    while (length) {
        size_t part = BUFFER - file->used < length ? BUFFER - file->used : length;

        memcpy(file->buffer + file->used, bytes, part);
        file->used += part;
        bytes += part;
        length -= part;
        if (file->used == BUFFER)
            flush(file);
    }
}

void xf_outfile_cell(struct xf_outfile *file, const char *text, char after)
{
    size_t length = strlen(text);
    bool quoted = length && (strpbrk(text, ",\"\r\n") || text[0] == ' ' || text[0] == '\t' || text[length - 1] == ' ' ||
                             text[length - 1] == '\t');

    if (!quoted) {
        xf_outfile_put(file, text, length);
    } else {
        xf_outfile_put(file, "\"", 1);
        for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
            xf_outfile_put(file, text, (size_t)(quote - text) + 1);
            xf_outfile_put(file, "\"", 1);
        }
        xf_outfile_put(file, text, strlen(text));
        xf_outfile_put(file, "\"", 1);
    }
    xf_outfile_put(file, &after, 1);
}

int xf_outfile_commit(const struct xf_cli *cli, struct xf_outfile *file)
{
    int code = XF_EXIT_OK;

    flush(file);
    if (!file->fault && file->temporary && fsync(file->fd) != 0)
        file->fault = errno;
    if (close(file->fd) != 0 && !file->fault)
        file->fault = errno;
    file->fd = -1;
    if (!file->fault && file->temporary && rename(file->temporary, file->path) != 0)
        file->fault = errno;
    if (file->fault) {
        code = fail(cli, file->path, file->fault);
        if (file->temporary)
            unlink(file->temporary);
    }
    free(file->temporary);
    free(file->buffer);
    file->temporary = file->buffer = NULL;
    return code;
}

void xf_outfile_abandon(struct xf_outfile *file)
{
    if (file->fd < 0 || !file->buffer)
        return;
    close(file->fd);
    file->fd = -1;
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->buffer);
    file->temporary = file->buffer = NULL;
}
