/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads: http_parser splits them, and what it lets pass is refused here. http.c calls this with a head that is complete, so
 * that no state is kept between reads.
 *
 * The parser of Debian 12 is built without its strict checks (http_parser 2.9.4, HTTP_PARSER_STRICT=0): it takes a bare LF, a space
 * before the colon, folded lines, bytes above 127 in the target, any version. Two readers that disagree about where a request ends
 * are how requests get smuggled (RFC 9112, 11.2), so whatever is not by the letter is a 400: what comes out of here has one
 * reading. */
#include "head.h"

#include <string.h>
#include <strings.h>

#include <http_parser.h>
#include <utf8proc.h>

/* A head while the parser calls back: names and values as slices, terminated only when it has done. */
struct slice {
    const char *at;
    size_t length;
};
struct splitting {
    struct slice url;
    struct slice names[XF_HEAD_HEADERS_MAX], values[XF_HEAD_HEADERS_MAX];
    size_t count;
    bool valued, folded, too_many;
    bool keep_alive;
};

ssize_t xf_head_end(const char *bytes, size_t length, size_t *scanned)
{
    const char *newline;

    while (*scanned < length && (newline = memchr(bytes + *scanned, '\n', length - *scanned))) {
        size_t at = (size_t)(newline - bytes);

        if (at < 1 || bytes[at - 1] != '\r')
            return -1;
        *scanned = at + 1;
        if (at >= 3 && bytes[at - 2] == '\n')
            return (ssize_t)at + 1;
    }
    *scanned = length;
    return 0;
}

/* Line ends in pairs, no folded lines, no control characters. */
static bool is_clean(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte == '\r') {
            if (i + 1 == length || bytes[i + 1] != '\n')
                return false;
            i++;
            if (i + 1 < length && (bytes[i + 1] == ' ' || bytes[i + 1] == '\t'))
                return false;
        } else if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

/* RFC 9110's token. */
static bool is_token(struct slice name)
{
    for (size_t i = 0; i < name.length; i++) {
        unsigned char byte = (unsigned char)name.at[i];

        if (byte <= ' ' || byte >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", byte))
            return false;
    }
    return name.length > 0;
}

static int on_url(http_parser *parser, const char *at, size_t length)
{
    struct splitting *split = parser->data;

    split->folded |= split->url.at != NULL;
    split->url = (struct slice){at, length};
    return 0;
}

static int on_field(http_parser *parser, const char *at, size_t length)
{
    struct splitting *split = parser->data;

    if (split->count == XF_HEAD_HEADERS_MAX) {
        split->too_many = true;
        return 1;
    }
    split->names[split->count++] = (struct slice){at, length};
    split->valued = false;
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t length)
{
    struct splitting *split = parser->data;

    if (!split->count || split->valued) {
        split->folded = true;
        return 1;
    }
    split->values[split->count - 1] = (struct slice){at, length};
    split->valued = true;
    return 0;
}

static int on_complete(http_parser *parser)
{
    struct splitting *split = parser->data;

    split->keep_alive = http_should_keep_alive(parser) != 0;
    http_parser_pause(parser, 1);
    return 0;
}

static int parser_status(enum http_errno code, const char **reason)
{
    switch (code) {
    case HPE_INVALID_METHOD:
        *reason = "the method is unknown";
        return 501;
    case HPE_HEADER_OVERFLOW:
        *reason = "the request's head is too large";
        return 431;
    case HPE_INVALID_VERSION:
        *reason = "the version is not HTTP/1.1";
        return 505;
    default:
        *reason = "the request is not by the letter of HTTP/1.1";
        return 400;
    }
}

static int hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

char *xf_head_decode(const char *bytes, size_t length, bool plus, struct xf_arena *arena)
{
    char *text = xf_arena_alloc(arena, length + 1);
    size_t used = 0;

    if (!text)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '%') {
            int high = i + 2 < length ? hex(bytes[i + 1]) : -1, low = i + 2 < length ? hex(bytes[i + 2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return NULL;
            text[used++] = (char)(high << 4 | low);
            i += 2;
        } else {
            text[used++] = plus && bytes[i] == '+' ? ' ' : bytes[i];
        }
    }
    text[used] = '\0';
    return text;
}

static bool is_utf8(const char *text)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t point;

    while (*at) {
        utf8proc_ssize_t length = *at < 0x80 ? 1 : utf8proc_iterate(at, -1, &point);

        if (length < 1)
            return false;
        at += length;
    }
    return true;
}

/* The target's path and query, in origin form or, as proxies send it, absolute form. */
static int read_target(const struct splitting *split, char *bytes, struct xf_arena *arena, struct xf_head *head,
                       const char **reason)
{
    char *target = bytes + (split->url.at - bytes), *end = target + split->url.length, *query;

    *reason = "the request's target is no URL path";
    for (const char *at = target; at < end; at++) {
        if (*at <= ' ' || *at >= 0x7f || *at == '#') /* char is signed: bytes above 127 are below the space */
            return 400;
    }
    *end = '\0';
    if (!strncasecmp(target, "https://", 8)) {
        target = strpbrk(target + 8, "/?");
        if (!target || *target != '/')
            return 400;
    }
    if (*target != '/')
        return 400;
    query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    head->target = target;
    head->query = query ? query : "";
    head->path = xf_head_decode(target, strlen(target), false, arena);
    if (!head->path || !is_utf8(head->path))
        return 400;
    if (*head->query) {
        const char *decoded = xf_head_decode(query, strlen(query), true, arena);

        if (!decoded || !is_utf8(decoded)) {
            *reason = "the query holds a broken escape";
            return 400;
        }
    }
    return 0;
}

static int64_t read_length(const char *text)
{
    int64_t length = 0;

    if (!*text || strlen(text) > 15)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        length = length * 10 + (*text - '0');
    }
    return length;
}

/* What decides where the request ends, and what is asked of the connection. */
static int read_framing(struct xf_head *head, const char **reason)
{
    unsigned hosts = 0, lengths = 0, codings = 0, encodings = 0;

    for (size_t i = 0; i < head->header_count; i++) {
        const char *name = head->headers[i].name, *value = head->headers[i].value;

        if (!strcasecmp(name, "Host")) {
            hosts++;
        } else if (!strcasecmp(name, "Content-Length")) {
            head->content_length = read_length(value);
            if (lengths++ || head->content_length < 0) {
                *reason = "Content-Length is not one whole number";
                return 400;
            }
        } else if (!strcasecmp(name, "Transfer-Encoding")) {
            if (codings++ || strcasecmp(value, "chunked") || head->old) {
                *reason = "Transfer-Encoding is not just \"chunked\"";
                return 400;
            }
            head->chunked = true;
        } else if (!strcasecmp(name, "Content-Encoding")) {
            head->gzip = !strcasecmp(value, "gzip") || !strcasecmp(value, "x-gzip");
            if (encodings++ || (!head->gzip && strcasecmp(value, "identity"))) {
                *reason = "Content-Encoding is neither gzip nor identity";
                return 415;
            }
        } else if (!strcasecmp(name, "Expect")) {
            if (strcasecmp(value, "100-continue")) {
                *reason = "Expect is not \"100-continue\"";
                return 417;
            }
            head->expect_continue = !head->old;
        }
    }
    if (hosts > 1 || (hosts == 0 && !head->old)) {
        *reason = "there must be exactly one Host";
        return 400;
    }
    if (lengths && codings) {
        *reason = "Content-Length and Transfer-Encoding exclude each other";
        return 400;
    }
    return 0;
}

int xf_head_parse(char *bytes, size_t length, struct xf_arena *arena, struct xf_head *ret, const char **reason)
{
    static const http_parser_settings settings = {
        .on_url = on_url, .on_header_field = on_field, .on_header_value = on_value, .on_headers_complete = on_complete};
    struct xf_head head = {.content_length = -1};
    struct splitting split = {.count = 0};
    http_parser parser;
    int status;

    *reason = "the request's head holds control characters, folded lines or lines that do not end in CR LF";
    if (!is_clean(bytes, length))
        return 400;
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &split;
    http_parser_execute(&parser, &settings, bytes, length);
    if (split.too_many) {
        *reason = "the request has too many headers";
        return 431;
    }
    if (split.folded)
        return 400;
    if (HTTP_PARSER_ERRNO(&parser) != HPE_PAUSED)
        return parser_status(HTTP_PARSER_ERRNO(&parser), reason);
    if (parser.http_major != 1 || parser.http_minor > 1)
        return parser_status(HPE_INVALID_VERSION, reason);
    if (parser.method == HTTP_CONNECT)
        return parser_status(HPE_INVALID_METHOD, reason);

    head.method = http_method_str((enum http_method)parser.method);
    head.keep_alive = split.keep_alive;
    head.old = parser.http_minor == 0;
    head.headers = xf_arena_alloc(arena, (split.count + 1) * sizeof(*head.headers));
    if (!head.headers) {
        *reason = "out of memory";
        return 503;
    }
    for (size_t i = 0; i < split.count; i++) {
        struct slice name = split.names[i], value = split.values[i];

        if (!is_token(name)) {
            *reason = "a header's name is no token";
            return 400;
        }
        while (value.length && (value.at[value.length - 1] == ' ' || value.at[value.length - 1] == '\t'))
            value.length--;
        bytes[name.at - bytes + (ptrdiff_t)name.length] = '\0';
        if (value.at)
            bytes[value.at - bytes + (ptrdiff_t)value.length] = '\0';
        head.headers[head.header_count++] = (struct xf_header){name.at, value.at ? value.at : ""};
    }
    status = read_framing(&head, reason);
    if (!status)
        status = read_target(&split, bytes, arena, &head, reason);
    if (status)
        return status;
    *ret = head;
    return 0;
}

const char *xf_head_header(const struct xf_head *head, const char *name)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (!strcasecmp(head->headers[i].name, name))
            return head->headers[i].value;
    }
    return NULL;
}

const char *xf_head_parameter(const struct xf_head *head, const char *name, struct xf_arena *arena)
{
    const char *at = head->query;

    while (at && *at) {
        size_t length = strcspn(at, "&");
        const char *equals = memchr(at, '=', length);
        size_t name_length = equals ? (size_t)(equals - at) : length;
        const char *decoded = xf_head_decode(at, name_length, true, arena);

        if (decoded && !strcmp(decoded, name))
            return equals ? xf_head_decode(equals + 1, length - name_length - 1, true, arena) : "";
        at += length;
        at += *at == '&';
    }
    return NULL;
}
