/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: http.c feeds what it reads, straight from the buffer that TLS decrypted into, so a plain body is copied once. Chunks are
 * decoded here because Debian's http_parser does not check the line ends between them. The limit holds for what the body becomes: a
 * bomb is refused (413) when it passes the limit, not when it has been blown up. Memory grows with what has come; a promise is
 * believed up to FIRST_CAPACITY. */
#include "body.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#define FIRST_CAPACITY ((size_t)256 * 1024) /* what a Content-Length is believed at once */
#define CHUNK_HEAD_MAX 256u                 /* a chunk's size and extensions */
#define TRAILER_MAX 8192u
#define GZIP_WINDOW (15 + 16) /* gzip only */

enum {
    DATA, /* also the whole body when it is not chunked */
    SIZE_FIRST,
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    LAST_LF,
};

static int refuse(int status, const char *why, const char **reason)
{
    *reason = why;
    return status;
}

static int too_large(const char **reason)
{
    return refuse(413, "the body is larger than what is taken at once", reason);
}

static int resize(struct xf_body *body, size_t capacity, const char **reason)
{
    char *bytes = realloc(body->bytes, capacity);

    if (!bytes)
        return refuse(503, "out of memory", reason);
    body->bytes = bytes;
    body->capacity = capacity;
    return 0;
}

/* Room for `more` bytes and a NUL. */
static int reserve(struct xf_body *body, size_t more, const char **reason)
{
    size_t needed = body->length + more + 1, capacity;

    if (more > body->limit - body->length)
        return too_large(reason);
    if (needed <= body->capacity)
        return 0;
    capacity = body->capacity * 2 > needed ? body->capacity * 2 : needed;
    if (capacity > body->limit + 1)
        capacity = body->limit + 1;
    return resize(body, capacity, reason);
}

int xf_body_begin(struct xf_body *body, const struct xf_head *head, size_t limit, const char **reason)
{
    struct xf_body fresh = {.limit = limit, .chunked = head->chunked, .ended = true};
    size_t first;
    int status;

    if (!head->chunked && head->content_length <= 0) {
        fresh.complete = true;
        *body = fresh;
        return 0;
    }
    if (!head->chunked && (uint64_t)head->content_length > limit)
        return too_large(reason);
    fresh.state = head->chunked ? SIZE_FIRST : DATA;
    fresh.left = head->chunked ? 0 : (uint64_t)head->content_length;
    first = head->chunked ? 4096 : fresh.left < FIRST_CAPACITY ? (size_t)fresh.left : FIRST_CAPACITY;
    if (head->gzip) {
        fresh.inflate = calloc(1, sizeof(*fresh.inflate));
        if (!fresh.inflate)
            return refuse(503, "out of memory", reason);
        if (inflateInit2(fresh.inflate, GZIP_WINDOW) != Z_OK) {
            free(fresh.inflate);
            return refuse(503, "out of memory", reason);
        }
        first *= 4;
    }
    status = reserve(&fresh, first < limit ? first : limit, reason);
    if (status) {
        xf_body_end(&fresh);
        return status;
    }
    *body = fresh;
    return 0;
}

void xf_body_end(struct xf_body *body)
{
    if (body->inflate)
        inflateEnd(body->inflate);
    free(body->inflate);
    free(body->bytes);
    *body = (struct xf_body){0};
}

/* Room for the next of what is inflated: up to one byte more than the limit, which is how too much is noticed, and a NUL. */
static int grow(struct xf_body *body, const char **reason)
{
    size_t capacity = body->capacity * 2;

    if (body->capacity - body->length >= 2)
        return 0;
    if (capacity > body->limit + 2)
        capacity = body->limit + 2;
    return resize(body, capacity, reason);
}

/* Several gzip members in a row are one text (RFC 1952, 2.2). */
static int unzip(struct xf_body *body, const char *bytes, size_t length, const char **reason)
{
    z_stream *stream = body->inflate;

    stream->next_in = (const Bytef *)bytes;
    stream->avail_in = (uInt)length;
    do {
        int result, status = grow(body, reason);

        if (status)
            return status;
        if (body->ended) {
            if (!stream->avail_in)
                break;
            inflateReset(stream);
            body->ended = false;
        }
        stream->next_out = (Bytef *)body->bytes + body->length;
        stream->avail_out = (uInt)(body->capacity - body->length - 1);
        result = inflate(stream, Z_NO_FLUSH);
        body->length = (size_t)((char *)stream->next_out - body->bytes);
        if (body->length > body->limit)
            return too_large(reason);
        body->ended = result == Z_STREAM_END;
        if (result == Z_BUF_ERROR) /* all is taken that has come */
            break;
        if (result == Z_MEM_ERROR)
            return refuse(503, "out of memory", reason);
        if (result != Z_OK && result != Z_STREAM_END)
            return refuse(400, "the body is no gzip", reason);
    } while (stream->avail_in || !stream->avail_out);
    return 0;
}

static int take(struct xf_body *body, const char *bytes, size_t length, const char **reason)
{
    int status;

    if (body->inflate)
        return unzip(body, bytes, length, reason);
    status = reserve(body, length, reason);
    if (status)
        return status;
    memcpy(body->bytes + body->length, bytes, length);
    body->length += length;
    return 0;
}

static int finish(struct xf_body *body, const char **reason)
{
    if (!body->ended)
        return refuse(400, "the gzip body ends too early", reason);
    body->bytes[body->length] = '\0';
    body->complete = true;
    return 0;
}

static int digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* One byte outside of the chunks' data. RFC 9112, 7.1: chunk-size [ chunk-ext ] CRLF chunk-data CRLF … 0 CRLF trailer CRLF. */
static int step(struct xf_body *body, char byte, const char **reason)
{
    bool good = true;

    switch (body->state) {
    case SIZE_FIRST:
    case SIZE:
        if (digit(byte) >= 0 && body->extra < 15) {
            body->left = body->left * 16 + (uint64_t)digit(byte);
            body->state = SIZE;
        } else if (body->state == SIZE && byte == '\r') {
            body->state = SIZE_LF;
        } else {
            good = body->state == SIZE && (byte == ';' || byte == ' ' || byte == '\t');
            body->state = EXTENSION;
        }
        break;
    case EXTENSION:
        good = byte == '\t' || byte == '\r' || (byte >= ' ' && byte != 0x7f);
        if (byte == '\r')
            body->state = SIZE_LF;
        break;
    case SIZE_LF:
        good = byte == '\n';
        body->state = body->left ? DATA : TRAILER_START;
        body->extra = 0;
        return good ? 0 : refuse(400, "the chunks are not by the letter of HTTP/1.1", reason);
    case DATA_CR:
        good = byte == '\r';
        body->state = DATA_LF;
        break;
    case DATA_LF:
        good = byte == '\n';
        body->state = SIZE_FIRST;
        body->extra = 0;
        return good ? 0 : refuse(400, "the chunks are not by the letter of HTTP/1.1", reason);
    case TRAILER_START:
        good = byte == '\r' || (byte > ' ' && byte != 0x7f);
        body->state = byte == '\r' ? LAST_LF : TRAILER;
        break;
    case TRAILER:
        good = byte == '\t' || byte == '\r' || (byte >= ' ' && byte != 0x7f);
        if (byte == '\r')
            body->state = TRAILER_LF;
        break;
    case TRAILER_LF:
        good = byte == '\n';
        body->state = TRAILER_START;
        break;
    case LAST_LF:
        return byte == '\n' ? finish(body, reason) : refuse(400, "the chunks are not by the letter of HTTP/1.1", reason);
    default:
        good = false;
    }
    if (!good)
        return refuse(400, "the chunks are not by the letter of HTTP/1.1", reason);
    if (++body->extra > (body->state >= TRAILER_START ? TRAILER_MAX : CHUNK_HEAD_MAX))
        return refuse(431, "a chunk's head or the trailer is too large", reason);
    return 0;
}

int xf_body_feed(struct xf_body *body, const char *bytes, size_t length, size_t *ret_used, const char **reason)
{
    size_t at = 0;

    while (at < length && !body->complete) {
        int status;

        if (body->state == DATA) {
            size_t piece = length - at < body->left ? length - at : (size_t)body->left;

            status = take(body, bytes + at, piece, reason);
            if (status)
                return status;
            at += piece;
            body->left -= piece;
            if (!body->left) {
                body->state = DATA_CR;
                status = body->chunked ? 0 : finish(body, reason);
            }
        } else {
            status = step(body, bytes[at++], reason);
        }
        if (status)
            return status;
    }
    *ret_used = at;
    return 0;
}
