/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: read through libinih, checked and kept by one table. main.c loads it, SIGHUP reloads it, --help-config
 * prints the table. The invariant: what xf_conf_load or xf_conf_reload let through has every key inside its bounds; a file with any
 * fault changes nothing and is named with its line.
 *
 * libinih gives no line numbers and cuts long lines, so the lines are handed to it here: the reader counts them, and refuses what
 * libinih would cut. A long value (several database hosts) goes on in indented lines, which are joined by a space. */
#include "conf.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/arena.h"
#include "value.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define VALUE_BYTES_MAX 4096

struct key {
    const char *name;
    struct xf_value_rule rule;
    size_t offset;
    const char *value; /* the default, as it would stand in the file; "" is unset */
    bool reloadable;
    const char *doc;
};

#define KEY(field, kind, initial, low, high, reload, text)                                                                         \
    {                                                                                                                              \
        .name = #field, .rule = {.type = XF_VALUE_##kind, .min = (low), .max = (high)}, .offset = offsetof(struct xf_conf, field), \
        .value = (initial), .reloadable = (reload), .doc = (text)                                                                  \
    }
#define MIB ((int64_t)1024 * 1024)
#define GIB (MIB * 1024)

static const struct key keys[] = {
    KEY(listen, ADDRESS, "127.0.0.1:8443", 1, 0, false,
        "Address and port of the HTTPS server; IPv6 as [::1]:8443. Port 0 takes a free one."),
    KEY(public_url, URL, "", 0, 0, false,
        "How partners and other daemons reach this one, such as https://crossflag.example.org. Unset: made from listen."),
    KEY(source, TEXT, "https://crossflag.uk/local", 1, 0, false,
        "The CloudEvents source URI of this partnership's alerts. Enters the journal."),
    KEY(user, TEXT, "crossflag", 1, 0, false, "The account that the daemon switches to when it is started as root."),

    KEY(data_dir, PATH, "/var/lib/crossflag", 1, 0, false, "Snapshots, secrets and the embedded PostgreSQL."),
    KEY(database, TEXT, "", 0, 0, false,
        "libpq connection string of the journal's PostgreSQL; several hosts for failover. Unset: a private PostgreSQL under "
        "data_dir."),
    KEY(postgres_bindir, PATH, "", 0, 0, false,
        "Directory of initdb and postgres for the private PostgreSQL. Unset: found in the usual places."),

    KEY(tls_certificate, PATH, "tls/server.pem", 1, 0, false, "The server's certificate with its chain, PEM. Reread at SIGHUP."),
    KEY(tls_key, PATH, "tls/server.key", 1, 0, false,
        "Its private key, PEM; refused when everybody may read it. Reread at SIGHUP."),
    KEY(tls_client_ca, PATH, "", 0, 0, false,
        "Authorities of client certificates, PEM. Reread at SIGHUP. Unset: client certificates are not asked for."),
    KEY(webhook_ca, PATH, "", 0, 0, false, "Further authorities for the subscribers' webhook endpoints, PEM."),

    KEY(partners, PATH, "partners.json", 1, 0, true, "Agencies and feeds. Enters the journal when it changes."),
    KEY(principals, PATH, "", 0, 0, true,
        "Principals to begin with (digests of their tokens, certificate names); further ones are made by `crossflag principal`."),
    KEY(vocabulary, PATH, "vocabulary.json", 1, 0, true, "The words that records may use. Enters the journal when it changes."),
    KEY(model, PATH, "models/uk.json", 1, 0, true, "The linkage model. Enters the journal when it changes."),
    KEY(rules, PATH, "rules", 1, 0, true, "Directory of rules, one NAME.json each. Enters the journal when it changes."),
    KEY(disclosure, PATH, "disclosure.json", 1, 0, true, "Who is told what of which flag. Enters the journal when it changes."),
    KEY(feeds, PATH, "feeds", 0, 0, true, "Directory of CSV mappings, one <feed>.json each."),
    KEY(purposes, WORDS, "safeguarding,investigation,intelligence,audit,licensing", 1, 0, true,
        "The codes that officers may name in Crossflag-Purpose, comma-separated."),

    KEY(log_level, LEVEL, "info", 0, 0, true, "debug, info, warning or error. At debug every request is a line."),

    KEY(max_connections, INTEGER, "4096", 1, 1000000, false, "Connections at once; beyond, accepting stops until one closes."),
    KEY(max_header_bytes, INTEGER, "16384", 1024, 65536, false, "A request's line and headers; beyond: 431."),
    KEY(max_body_bytes, INTEGER, "16777216", 1024, GIB, false, "A request's body, also when inflated; beyond: 413."),
    KEY(max_bodies_bytes, INTEGER, "536870912", MIB, 1024 * GIB, false, "All requests' bodies held at once; beyond: 503."),
    KEY(idle_timeout_ms, INTEGER, "60000", 100, 3600000, false, "A connection between two requests is closed after this long."),
    KEY(request_timeout_ms, INTEGER, "30000", 100, 3600000, false, "From a request's first byte to its last; beyond: 408."),
    KEY(stream_buffer_bytes, INTEGER, "1048576", 4096, GIB, false,
        "Unsent bytes of an event stream; beyond, it is closed and the reader resumes by id."),
    KEY(requests_per_second, INTEGER, "0", 0, 1000000, true,
        "Per principal, with a burst of one second; beyond: 429. 0: unlimited."),

    KEY(journal_queue_bytes, INTEGER, "67108864", MIB, 64 * GIB, false,
        "Entries waiting to be committed; beyond: 503 with Retry-After."),
    KEY(commit_timeout_ms, INTEGER, "10000", 100, 600000, false, "After this long without a commit a sender is answered 503."),
    KEY(engine_queue, INTEGER, "64", 1, 65536, false, "Committed batches waiting to be folded; beyond, commits wait."),
    KEY(worker_threads, INTEGER, "2", 1, 256, false,
        "Threads with a database connection each, for what a request reads from PostgreSQL."),
    KEY(hub_links, INTEGER, "1000", 1, 1000000, true,
        "Questions along links show an entity with more neighbours than this, but do not walk through it."),
    KEY(snapshot_every, INTEGER, "1000000", 1000, INT64_C(1000000000000), false,
        "Entries between two snapshots of the state under data_dir."),

    KEY(allow_networks, NETWORKS, "", 0, 0, true,
        "Private or loopback networks that webhooks may go to all the same: 10.1.0.0/16,127.0.0.0/8."),
    KEY(webhook_retry_scale, INTEGER, "1000", 1, 1000, false,
        "The retry schedule's pace in thousandths; below 1000 for tests only."),
    KEY(webhook_timeout_ms, INTEGER, "15000", 100, 120000, false, "One delivery attempt, from connecting to the answer."),
    KEY(event_keep_days, INTEGER, "30", 1, 3650, false, "How long an event can be read again."),
    KEY(outbox_keep, INTEGER, "10000", 16, 10000000, false,
        "Events that a subscription keeps in memory; older ones are read from PostgreSQL."),
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/* Where each group starts and what the help calls it. */
static const struct {
    const char *key, *title;
} groups[] = {
    {"listen", "Where it listens and what it is called"},
    {"data_dir", "Where it keeps things"},
    {"tls_certificate", "TLS"},
    {"partners", "What the partnership agreed. Files are reread at SIGHUP; a broken one is refused with its line and the old one "
                 "stays in force"},
    {"log_level", "Log"},
    {"max_connections", "Limits on callers"},
    {"journal_queue_bytes", "Limits inside"},
    {"allow_networks", "Delivery of alerts"},
};

struct owner {
    struct xf_conf conf; /* first: the two are cast */
    struct xf_arena *arena;
    const char *file;
    const char *directory;
};

static struct owner *owner_of(struct xf_conf *conf)
{
    return (struct owner *)conf;
}

/* Fills *error with "file:line: reason". */
static int refuse(struct xf_error *error, int code, const char *file, unsigned line, const char *format, ...) XF_PRINTF(5, 6);
static int refuse(struct xf_error *error, int code, const char *file, unsigned line, const char *format, ...)
{
    char reason[240];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    if (line)
        xf_error_set(error, code, "%s:%u: %s", file, line, reason);
    else
        xf_error_set(error, code, "%s: %s", file, reason);
    if (error)
        error->line = line;
    return code;
}

/* One file being read. */
struct reading {
    struct owner *owner;
    struct xf_error *error;
    const char *next, *end;
    unsigned line;
    int failed; /* the first fault's code */
    const struct key *last;
    bool continued; /* the current line belongs to the key before it */
    char values[KEY_COUNT][VALUE_BYTES_MAX];
    unsigned lines[KEY_COUNT]; /* where each was set; 0: not */
};

static int fail(struct reading *reading, unsigned line, const char *key, const char *reason)
{
    if (reading->failed == XF_OK)
        reading->failed =
            refuse(reading->error, XF_EINVAL, reading->owner->file, line, "%s%s%s", key ? key : "", key ? ": " : "", reason);
    return reading->failed;
}

static int fail_memory(struct reading *reading)
{
    if (reading->failed == XF_OK)
        reading->failed = refuse(reading->error, XF_ENOMEM, reading->owner->file, 0, "out of memory");
    return reading->failed;
}

/* text is overwritten. */
static int set(struct reading *reading, unsigned line, const struct key *key, char *text)
{
    struct owner *owner = reading->owner;
    char reason[128] = "";
    int result = xf_value_parse(&key->rule, text, owner->directory, owner->arena, (char *)&owner->conf + key->offset, reason,
                                sizeof(reason));

    if (result == XF_ENOMEM)
        return fail_memory(reading);
    return result == XF_OK ? XF_OK : fail(reading, line, key->name, reason);
}

/* libinih's fgets: one line, cut never. libinih's buffer bounds a line, which is told, not hidden. */
static char *next_line(char *buffer, int size, void *context)
{
    struct reading *reading = context;
    const char *start = reading->next, *newline;
    size_t length;

    if (reading->failed != XF_OK || start == reading->end)
        return NULL;
    newline = memchr(start, '\n', (size_t)(reading->end - start));
    length = (size_t)((newline ? newline : reading->end) - start);
    reading->next = newline ? newline + 1 : reading->end;
    reading->line++;
    if (length + 2 > (size_t)size) {
        fail(reading, reading->line, NULL, "the line is too long; go on in an indented line");
        return NULL;
    }
    if (memchr(start, '\0', length)) {
        fail(reading, reading->line, NULL, "the line holds a NUL character");
        return NULL;
    }
    reading->continued = length && (*start == ' ' || *start == '\t');
    memcpy(buffer, start, length);
    buffer[length] = '\0';
    return buffer;
}

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    }
    return NULL;
}

/* Returns nonzero to go on, as libinih wants it. */
static int take(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    const struct key *key = find_key(name);
    size_t index, used;
    char *text;

    if (reading->failed != XF_OK)
        return 0;
    if (*section)
        return !fail(reading, reading->line, NULL, "the file has no [sections]");
    if (!key) {
        /* The name is the operator's own word; it is cut, in case a secret stands in its place. */
        char reason[80];

        snprintf(reason, sizeof(reason), "unknown key \"%.40s\"", name);
        return !fail(reading, reading->line, NULL, reason);
    }
    index = (size_t)(key - keys);
    text = reading->values[index];
    used = 0;
    if (reading->lines[index]) {
        if (!reading->continued || reading->last != key)
            return !fail(reading, reading->line, key->name, "is set twice");
        used = strlen(text);
        if (used && used + 1 < VALUE_BYTES_MAX)
            text[used++] = ' ';
    } else {
        reading->lines[index] = reading->line;
    }
    if (used + strlen(value) >= VALUE_BYTES_MAX)
        return !fail(reading, reading->line, key->name, "is too long");
    memcpy(text + used, value, strlen(value) + 1);
    reading->last = key;
    return 1;
}

/* "0.0.0.0" is no name for others to call: then the operator should say public_url, but a loopback URL is what works. */
static int derive_url(struct reading *reading)
{
    struct xf_conf *conf = &reading->owner->conf;
    const char *colon = strrchr(conf->listen, ':');
    char url[128];

    if (conf->public_url)
        return XF_OK;
    if (!strncmp(conf->listen, "0.0.0.0:", 8) || !strncmp(conf->listen, "[::]:", 5))
        snprintf(url, sizeof(url), "https://localhost%s", colon);
    else
        snprintf(url, sizeof(url), "https://%s", conf->listen);
    conf->public_url = xf_arena_copy(reading->owner->arena, url, strlen(url));
    return conf->public_url ? XF_OK : fail_memory(reading);
}

static int read_all(struct reading *reading)
{
    int result = ini_parse_stream(next_line, reading, take, reading);

    if (reading->failed != XF_OK)
        return reading->failed;
    if (result > 0)
        return fail(reading, (unsigned)result, NULL, "is not \"key = value\"");
    if (result < 0)
        return fail_memory(reading);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        int set_result;

        if (!reading->lines[i])
            snprintf(reading->values[i], VALUE_BYTES_MAX, "%s", keys[i].value);
        set_result = set(reading, reading->lines[i], &keys[i], reading->values[i]);
        if (set_result != XF_OK)
            return set_result;
    }
    return derive_url(reading);
}

struct xf_conf *xf_conf_parse(const char *text, size_t length, const char *name, const char *directory, struct xf_error *error)
{
    struct owner *owner = calloc(1, sizeof(*owner));
    struct reading *reading = calloc(1, sizeof(*reading));

    if (owner)
        owner->arena = xf_arena_create();
    if (owner && owner->arena) {
        owner->file = xf_arena_copy(owner->arena, name, strlen(name));
        owner->directory = xf_arena_copy(owner->arena, directory, strlen(directory));
    }
    if (!reading || !owner || !owner->file || !owner->directory) {
        refuse(error, XF_ENOMEM, name, 0, "out of memory");
        goto broken;
    }
    *reading = (struct reading){.owner = owner, .error = error, .next = text, .end = text + length};
    if (read_all(reading) != XF_OK)
        goto broken;
    free(reading);
    return &owner->conf;

broken:
    free(reading);
    xf_conf_destroy(owner ? &owner->conf : NULL);
    return NULL;
}

/* Returns owned text, or NULL with *error. */
static char *slurp(const char *file, size_t *ret_length, struct xf_error *error)
{
    FILE *stream = fopen(file, "re");
    char *text = NULL;
    size_t length;

    if (!stream) {
        refuse(error, XF_EIO, file, 0, "%s", strerror(errno));
        return NULL;
    }
    text = malloc(FILE_BYTES_MAX + 1);
    if (!text) {
        refuse(error, XF_ENOMEM, file, 0, "out of memory");
        goto out;
    }
    length = fread(text, 1, FILE_BYTES_MAX + 1, stream);
    if (ferror(stream)) {
        refuse(error, XF_EIO, file, 0, "%s", strerror(errno));
        goto broken;
    }
    if (length > FILE_BYTES_MAX) {
        refuse(error, XF_EINVAL, file, 0, "is larger than a configuration can be");
        goto broken;
    }
    *ret_length = length;
    goto out;

broken:
    free(text);
    text = NULL;
out:
    fclose(stream);
    return text;
}

struct xf_conf *xf_conf_load(const char *file, struct xf_error *error)
{
    struct xf_conf *conf = NULL;
    size_t length;
    char *text = slurp(file, &length, error);
    char *whole, *slash;

    if (!text)
        return NULL;
    whole = realpath(file, NULL);
    slash = whole ? strrchr(whole, '/') : NULL;
    if (!slash) {
        refuse(error, XF_EIO, file, 0, "%s", strerror(errno));
    } else {
        *slash = '\0';
        conf = xf_conf_parse(text, length, file, *whole ? whole : "/", error);
    }
    free(whole);
    free(text);
    return conf;
}

void xf_conf_destroy(struct xf_conf *conf)
{
    struct owner *owner = conf ? owner_of(conf) : NULL;

    if (!owner)
        return;
    xf_arena_destroy(owner->arena);
    free(owner);
}

/* ---- reload ---- */

int xf_conf_reload(struct xf_conf *conf, void (*ignored)(void *context, const char *key), void *context, struct xf_error *error)
{
    struct owner *owner = owner_of(conf);
    struct xf_conf *fresh = xf_conf_load(owner->file, error);
    struct xf_conf next = *conf;
    int result = XF_OK;

    if (!fresh)
        return error ? error->code : XF_EINVAL;
    for (size_t i = 0; i < KEY_COUNT && result == XF_OK; i++) {
        const void *to = (const char *)conf + keys[i].offset;
        const void *from = (const char *)fresh + keys[i].offset;

        if (keys[i].reloadable && !xf_value_same(keys[i].rule.type, to, from))
            result = xf_value_copy(keys[i].rule.type, (char *)&next + keys[i].offset, from, owner->arena);
    }
    if (result != XF_OK) {
        refuse(error, result, owner->file, 0, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t offset = keys[i].offset;

        if (!keys[i].reloadable && ignored &&
            !xf_value_same(keys[i].rule.type, (const char *)conf + offset, (const char *)fresh + offset))
            ignored(context, keys[i].name);
    }
    *conf = next;

out:
    xf_conf_destroy(fresh);
    return result;
}

/* ---- help ---- */

void xf_conf_help(FILE *stream)
{
    fputs(
        "# crossflagd's configuration: key = value. What is commented out shows the default. Relative paths are relative to this\n"
        "# file; a long value goes on in indented lines; \"reloadable\" keys take effect at SIGHUP, the others at the next "
        "start.\n",
        stream);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct key *key = &keys[i];

        for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++) {
            if (!strcmp(groups[group].key, key->name))
                fprintf(stream, "\n# ---- %s ----\n", groups[group].title);
        }
        fprintf(stream, "\n# %s\n# (%s", key->doc, xf_value_type_name(key->rule.type));
        if (key->rule.type == XF_VALUE_INTEGER)
            fprintf(stream, ", %lld to %lld", (long long)key->rule.min, (long long)key->rule.max);
        fprintf(stream, "%s)\n#%s =%s%s\n", key->reloadable ? ", reloadable" : "", key->name, *key->value ? " " : "", key->value);
    }
}
