/* SPDX-License-Identifier: Apache-2.0 */
/* Writing snapshots; called by the projector's threads. Parts go in by one COPY in one transaction and mean nothing until publish
 * adds their row, so that a crash at any moment leaves at most parts without a row, which the next publish sweeps away. The
 * previous snapshot is kept as well: it is what a start falls back to when the newest turns out to be broken. */
#include "snapshot.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "db.h"
#include "statement.h"

#define PART_BYTES ((size_t)1 << 20)
#define KEPT 2
#define PIPE_BYTES (1 << 20)

/* The chunks of a state on their way into the table. */
struct parts {
    struct xf_db *db;
    struct xf_error *error;
    struct xf_snapshot *result;
    EVP_MD_CTX *chain; /* over the parts' digests */
    unsigned char *bytes;
    size_t length;
};

static void put_u16(unsigned char *at, uint16_t value)
{
    value = htobe16(value);
    memcpy(at, &value, sizeof(value));
}

static void put_u32(unsigned char *at, uint32_t value)
{
    value = htobe32(value);
    memcpy(at, &value, sizeof(value));
}

static void put_u64(unsigned char *at, uint64_t value)
{
    value = htobe64(value);
    memcpy(at, &value, sizeof(value));
}

/* One row in COPY's binary form: the number of fields, then each field's length and bytes. */
static int flush_part(struct parts *parts)
{
    unsigned char head[2 + 4 + 8 + 4 + 4 + 4 + 32 + 4], digest[32];
    int rc;

    if (!parts->length)
        return XF_OK;
    if (EVP_Digest(parts->bytes, parts->length, digest, NULL, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(parts->chain, digest, sizeof(digest)) != 1)
        return xf_error_set(parts->error, XF_ENOMEM, "out of memory");
    put_u16(head, 4);
    put_u32(head + 2, 8);
    put_u64(head + 6, parts->result->position);
    put_u32(head + 14, 4);
    put_u32(head + 18, parts->result->parts);
    put_u32(head + 22, 32);
    memcpy(head + 26, digest, sizeof(digest));
    put_u32(head + 58, (uint32_t)parts->length);
    rc = xf_db_copy_data(parts->db, head, sizeof(head), parts->error);
    if (rc == XF_OK)
        rc = xf_db_copy_data(parts->db, parts->bytes, parts->length, parts->error);
    parts->result->parts++;
    parts->result->bytes += parts->length;
    parts->length = 0;
    return rc;
}

static int write_parts(void *context, const void *bytes, size_t length)
{
    struct parts *parts = context;
    const unsigned char *at = bytes;

    while (length) {
        size_t piece = PART_BYTES - parts->length < length ? PART_BYTES - parts->length : length;
        int rc = XF_OK;

        memcpy(parts->bytes + parts->length, at, piece);
        parts->length += piece;
        at += piece;
        length -= piece;
        if (parts->length == PART_BYTES)
            rc = flush_part(parts);
        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

static int begin(struct parts *parts, struct xf_db *db, uint64_t position, struct xf_snapshot *result, struct xf_error *error)
{
    static const char signature[19] = "PGCOPY\n\377\r\n\0"; /* then no flags and no extension */
    const struct xf_param of[] = {XF_INT8(position)};
    int rc;

    *result = (struct xf_snapshot){.position = position};
    *parts = (struct parts){
        .db = db, .error = error, .result = result, .chain = EVP_MD_CTX_new(), .bytes = malloc(PART_BYTES), .length = 0};
    if (!parts->chain || !parts->bytes || EVP_DigestInit_ex(parts->chain, EVP_sha256(), NULL) != 1)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    rc = xf_db_script(db, "BEGIN", error);
    if (rc == XF_OK)
        rc = xf_db_run(db, XF_SQL_DROP_PARTS_OF, of, 1, NULL, error);
    if (rc == XF_OK)
        rc = xf_db_copy_begin(db, XF_SQL_COPY_PARTS, error);
    if (rc == XF_OK)
        rc = xf_db_copy_data(db, signature, sizeof(signature), error);
    return rc;
}

/* Ends the transaction, with rc as what came before. A failed one leaves the connection unusable: the caller closes it. */
static int end(struct parts *parts, int rc)
{
    if (rc == XF_OK)
        rc = flush_part(parts);
    if (rc == XF_OK)
        rc = xf_db_copy_data(parts->db, "\377\377", 2, parts->error);
    if (rc == XF_OK)
        rc = xf_db_copy_end(parts->db, parts->error);
    if (rc == XF_OK && EVP_DigestFinal_ex(parts->chain, parts->result->digest, NULL) != 1)
        rc = xf_error_set(parts->error, XF_ENOMEM, "out of memory");
    if (rc == XF_OK)
        rc = xf_db_script(parts->db, "COMMIT", parts->error);
    EVP_MD_CTX_free(parts->chain);
    free(parts->bytes);
    return rc;
}

int xf_snapshot_write(struct xf_db *db, const struct xf_fold *fold, struct xf_snapshot *ret, struct xf_error *error)
{
    struct xf_snapshot result;
    struct parts parts;
    struct xf_pack pack = {.write = write_parts, .context = &parts};
    int rc = begin(&parts, db, xf_fold_position(fold), &result, error);

    if (rc == XF_OK) {
        rc = xf_fold_save(fold, &pack);
        if (rc != XF_OK && xf_db_alive(db))
            xf_error_set(error, rc, "the state could not be saved (%d)", rc);
    }
    rc = end(&parts, rc);
    if (rc == XF_OK)
        *ret = result;
    return rc;
}

static int write_pipe(void *context, const void *bytes, size_t length)
{
    int fd = *(int *)context;
    const char *at = bytes;

    while (length) {
        ssize_t written = write(fd, at, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return XF_EIO;
        at += written;
        length -= (size_t)written;
    }
    return XF_OK;
}

/* In the child: one thread, a copy of everything. What it holds open would keep alive what the daemon's death must end (the lease's
 * connection, the listening socket), so it lets go of all but the pipe. */
static _Noreturn void save_in_child(const struct xf_fold *fold, int fd, pid_t parent)
{
    struct xf_pack pack = {.write = write_pipe, .context = &fd};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if (fd > 3)
        close_range(3, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0U, 0);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    _exit(xf_fold_save(fold, &pack) == XF_OK ? 0 : 1);
}

int xf_snapshot_fork(const struct xf_fold *fold, struct xf_snapshot_child *ret, struct xf_error *error)
{
    pid_t parent = getpid(), pid;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return xf_error_set(error, XF_EIO, "no pipe: %s", strerror(errno));
    fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES); /* fewer switches; smaller works as well */
    pid = fork();
    if (pid == 0)
        save_in_child(fold, fds[1], parent);
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return xf_error_set(error, XF_EIO, "no process: %s", strerror(errno));
    }
    *ret =
        (struct xf_snapshot_child){.lock = PTHREAD_MUTEX_INITIALIZER, .fd = fds[0], .pid = pid, .position = xf_fold_position(fold)};
    return XF_OK;
}

/* Everything from the pipe into the parts. */
static int drain_pipe(int fd, struct parts *parts)
{
    unsigned char piece[65536];

    for (;;) {
        ssize_t got = read(fd, piece, sizeof(piece));
        int rc;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return xf_error_set(parts->error, XF_EIO, "the pipe cannot be read: %s", strerror(errno));
        if (got == 0)
            return XF_OK;
        rc = write_parts(parts, piece, (size_t)got);
        if (rc != XF_OK)
            return rc;
    }
}

/* Closes our end, at which a child that still writes ends, and reaps it. */
static int reap(struct xf_snapshot_child *child)
{
    int status = -1;
    pid_t pid;

    close(child->fd);
    pthread_mutex_lock(&child->lock);
    pid = child->pid;
    child->pid = 0;
    pthread_mutex_unlock(&child->lock);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int xf_snapshot_write_child(struct xf_db *db, struct xf_snapshot_child *child, struct xf_snapshot *ret, struct xf_error *error)
{
    struct xf_snapshot result;
    struct parts parts;
    int rc = begin(&parts, db, child->position, &result, error);

    if (rc == XF_OK)
        rc = drain_pipe(child->fd, &parts);
    if (reap(child) != 0 && rc == XF_OK)
        rc = xf_error_set(error, XF_EIO, "the process that saved the state did not finish");
    rc = end(&parts, rc);
    if (rc == XF_OK)
        *ret = result;
    return rc;
}

void xf_snapshot_cancel(struct xf_snapshot_child *child)
{
    pthread_mutex_lock(&child->lock);
    if (child->pid > 0)
        kill(child->pid, SIGKILL);
    pthread_mutex_unlock(&child->lock);
}

void xf_snapshot_abandon(struct xf_snapshot_child *child)
{
    xf_snapshot_cancel(child);
    (void)reap(child);
}

int xf_snapshot_publish(struct xf_db *db, uint64_t epoch, const struct xf_snapshot *snapshot, struct xf_error *error)
{
    struct timespec now;
    const struct xf_param fence[] = {XF_INT8(epoch)}, kept[] = {XF_INT8(KEPT)};
    struct xf_rows *rows = NULL;
    int rc = xf_db_script(db, "BEGIN", error);

    clock_gettime(CLOCK_REALTIME, &now);
    if (rc == XF_OK) {
        rows = xf_db_query(db, XF_SQL_FENCE, fence, 1, true, error);
        if (!rows)
            rc = XF_EIO;
        else if (xf_rows_count(rows) == 0)
            rc = xf_error_set(error, XF_ECONFLICT, "epoch %llu writes no more", (unsigned long long)epoch);
        xf_rows_free(rows);
    }
    if (rc == XF_OK) {
        const struct xf_param params[] = {XF_INT8(snapshot->position),
                                          XF_INT8(XF_SNAPSHOT_FORMAT),
                                          XF_INT8(snapshot->parts),
                                          XF_INT8(snapshot->bytes),
                                          XF_BYTES(snapshot->digest, sizeof(snapshot->digest)),
                                          XF_INT8((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000)};

        rc = xf_db_run(db, XF_SQL_PUT_SNAPSHOT, params, 6, NULL, error);
    }
    if (rc == XF_OK)
        rc = xf_db_run(db, XF_SQL_DROP_SNAPSHOTS, kept, 1, NULL, error);
    if (rc == XF_OK)
        rc = xf_db_run(db, XF_SQL_DROP_PARTS, NULL, 0, NULL, error);
    if (rc == XF_OK)
        return xf_db_script(db, "COMMIT", error);
    if (xf_db_alive(db)) {
        struct xf_error ignored;

        if (xf_db_script(db, "ROLLBACK", &ignored) != XF_OK)
            return XF_EIO;
    }
    return rc;
}
