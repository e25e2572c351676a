/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: `key = value` lines, one struct with a field a key, and one table (conf.c) that checks the file, prints the
 * help and drives reload.
 *
 * How to use it: read the fields (conf->listen, conf->max_body_bytes). A text whose key is unset or empty is NULL; paths are
 * absolute already; lists are NULL-terminated. Threads: the fields marked "reloadable" in --help-config may change in
 * xf_conf_reload, on the loop's thread. Other threads take what they need as arguments when they start, or are told by the reload's
 * caller. A text or list once read stays valid until xf_conf_destroy, also after a reload has replaced it. */
#ifndef XF_DAEMON_CONF_H
#define XF_DAEMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crossflag/error.h"
#include "log.h"

struct xf_conf {
    /* Where it listens and what it is called. */
    const char *listen;     /* "127.0.0.1:8443", "[::1]:8443" */
    const char *public_url; /* how partners reach it, without a slash at the end; never NULL: made from listen when unset */
    const char *source;     /* CloudEvents source URI */
    const char *user;       /* main.c switches to it when started as root */

    /* Where it keeps things. */
    const char *data_dir;
    const char *database;        /* libpq connection string; NULL: embedded PostgreSQL under data_dir */
    const char *postgres_bindir; /* of the embedded cluster's initdb and postgres; NULL: found in the usual places */

    /* TLS. */
    const char *tls_certificate, *tls_key; /* PEM */
    const char *tls_client_ca;             /* PEM; NULL: client certificates are not asked for */
    const char *webhook_ca;                /* PEM, beside the system's; NULL: the system's only */

    /* What the partnership agreed: files, entered into the journal when they change. */
    const char *partners, *principals, *vocabulary, *model, *disclosure; /* principals may be NULL: made over the API only */
    const char *rules;                                                   /* directory of NAME.json */
    const char *feeds;           /* directory of <feed>.json, the CSV mappings; may be NULL */
    const char *const *purposes; /* codes for Crossflag-Purpose */

    enum xf_log_level log_level;

    /* Limits on callers. */
    int64_t max_connections, max_header_bytes, max_body_bytes, max_bodies_bytes;
    int64_t idle_timeout_ms, request_timeout_ms;
    int64_t stream_buffer_bytes;
    int64_t requests_per_second; /* per principal; 0: unlimited */

    /* Limits inside. */
    int64_t journal_queue_bytes, commit_timeout_ms;
    int64_t engine_queue; /* batches waiting to be folded */
    int64_t worker_threads;
    int64_t hub_links;      /* neighbours beyond which an entity is not walked through */
    int64_t snapshot_every; /* entries between two snapshots */

    /* Delivery. */
    const char *const *allow_networks; /* CIDR blocks among the private and loopback ranges that webhooks may go to */
    int64_t webhook_retry_scale;       /* thousandths: 1000 is the contract's schedule, 1 is for tests */
    int64_t webhook_timeout_ms;
    int64_t event_keep_days;
    int64_t outbox_keep; /* events a subscription keeps in memory */
};

/* Reads and checks a file. NULL with *error: text "FILE:LINE: reason" (or "FILE: reason"), line, code XF_EINVAL, XF_EIO, XF_ENOMEM.
 * The result is owned. */
struct xf_conf *xf_conf_load(const char *file, struct xf_error *error);
/* The same from text; name stands for the file in errors, relative paths are relative to directory. */
struct xf_conf *xf_conf_parse(const char *text, size_t length, const char *name, const char *directory, struct xf_error *error);
void xf_conf_destroy(struct xf_conf *conf);

/* Reads the file again. Takes over the reloadable keys; a changed key that is not reloadable keeps its value and is reported
 * through ignored (once a key; may be NULL). On failure nothing has changed. Files that keys name are not looked at: who uses them
 * rereads them. */
int xf_conf_reload(struct xf_conf *conf, void (*ignored)(void *context, const char *key), void *context,
                   struct xf_error *error) XF_MUST_CHECK;

/* --help-config: every key with type, default, bounds and meaning, in the form of a configuration file. config/crossflagd.conf is
 * its output. */
void xf_conf_help(FILE *stream);

#endif
