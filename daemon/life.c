/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's life. Parts are made in the order in which data flows, so that each finds what it needs, and ended in the order in
 * which nothing is lost: no new requests, what is queued is committed, what is committed is folded, what is folded is projected,
 * and a snapshot is left for the next start. Everything here runs on the loop's thread but the journal's three callbacks, which
 * only hand over. */
#include "life.h"

#include <event2/event.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "dispatch.h"
#include "duty.h"
#include "forms.h"
#include "intake.h"
#include "log.h"
#include "migrate.h"
#include "network.h"
#include "postgres.h"
#include "project.h"
#include "route.h"
#include "settings.h"
#include "snapshot.h"
#include "tls.h"

#define POSTGRES_WAIT_MS 60000
#define DRAIN_MS 10000

struct life {
    struct xf_daemon daemon;
    struct xf_postgres *postgres; /* NULL: the database is somebody else's */
    struct xf_duty *duty;
    struct xf_settings *settings; /* as read at the start, until duty takes them */
    struct event *term, *interrupt, *hangup, *second, *drained;
    bool loaded; /* journal's thread: the snapshot question is settled */
    bool stopping;
};

/* The journal's callbacks, on its thread */

static void committed(void *context, struct xf_batch *batch)
{
    struct life *life = context;

    xf_engine_push(life->daemon.engine, batch);
}

/* A new connection: the schema is brought up to date, and at the first one the newest snapshot takes the place of folding from the
 * beginning. */
static int prepare(void *context, struct xf_db *db, uint64_t *after, struct xf_error *error)
{
    struct life *life = context;
    struct xf_fold *fold = NULL;
    int rc = xf_migrate(db, error);

    if (rc != XF_OK || life->loaded)
        return rc;
    rc = xf_snapshot_load(db, life->daemon.outbox, (size_t)life->daemon.conf->outbox_keep, &fold, error);
    if (rc == XF_OK && fold) {
        *after = xf_fold_position(fold);
        xf_engine_adopt(life->daemon.engine, fold);
    }
    life->loaded = rc == XF_OK;
    return rc;
}

struct role_change {
    struct life *life;
    enum xf_journal_role role;
};

static void role_changed(void *argument)
{
    struct role_change change = *(struct role_change *)argument;

    free(argument);
    xf_duty_role(change.life->duty, change.role);
}

static void role(void *context, enum xf_journal_role role)
{
    struct role_change *change = malloc(sizeof(*change));

    if (!change)
        abort();
    *change = (struct role_change){.life = context, .role = role};
    xf_loop_post(change->life->daemon.loop, role_changed, change);
}

static void each_second(evutil_socket_t fd, short what, void *context)
{
    struct life *life = context;

    (void)fd;
    (void)what;
    if (life->postgres)
        xf_postgres_poll(life->postgres);
    xf_duty_second(life->duty);
}

/* SIGHUP */

static void ignored_key(void *context, const char *key)
{
    (void)context;
    xf_log(XF_LOG_WARNING, "conf.needs_restart", "{s:s}", "key", key);
}

static void refuse(const char *what, const struct xf_error *error)
{
    xf_log(XF_LOG_ERROR, "reload.refused", "{s:s,s:s}", "what", what, "reason", error->text);
}

/* Each part is reread by itself: what is broken is refused and stays as it was, the rest is taken over. */
static void reload(evutil_socket_t fd, short what, void *context)
{
    struct life *life = context;
    struct xf_daemon *daemon = &life->daemon;
    struct xf_settings *settings;
    struct xf_error error = {0};

    (void)fd;
    (void)what;
    xf_log(XF_LOG_INFO, "reload", NULL);
    if (xf_conf_reload(daemon->conf, ignored_key, NULL, &error) != XF_OK) {
        refuse("configuration", &error);
        return;
    }
    xf_log_set_level(daemon->conf->log_level);
    if (xf_http_reload_tls(daemon->http, &error) != XF_OK)
        refuse("certificates", &error);
    if (xf_networks_replace(xf_dispatch_networks(daemon->dispatch), daemon->conf->allow_networks) != XF_OK)
        xf_log(XF_LOG_ERROR, "reload.refused", "{s:s,s:s}", "what", "allow_networks", "reason", "out of memory");
    if (xf_forms_reload(daemon->forms, daemon->conf, &error) != XF_OK)
        refuse("vocabulary and mappings", &error);
    settings = xf_settings_read(daemon->conf, &error);
    if (settings)
        xf_duty_settings(life->duty, settings);
    else
        refuse("settings", &error);
}

/* SIGTERM */

static void drained(void *context)
{
    struct life *life = context;

    xf_loop_stop(life->daemon.loop);
}

static void drain_late(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    xf_log(XF_LOG_WARNING, "stop.requests_left", NULL);
    drained(context);
}

static void terminate(evutil_socket_t fd, short what, void *context)
{
    static const struct timeval late = {.tv_sec = DRAIN_MS / 1000};
    struct life *life = context;

    (void)fd;
    (void)what;
    if (life->stopping)
        return;
    life->stopping = true;
    xf_log(XF_LOG_INFO, "stop", NULL);
    evtimer_add(life->drained, &late);
    xf_dispatch_drain(life->daemon.dispatch);
    xf_http_drain(life->daemon.http, drained, life);
}

/* Making */

static int make_database(struct life *life, struct xf_error *error)
{
    struct xf_conf *conf = life->daemon.conf;
    const char *conninfo = conf->database;

    if (!conninfo) {
        life->postgres = xf_postgres_start(conf->data_dir, conf->postgres_bindir, POSTGRES_WAIT_MS, error);
        if (!life->postgres)
            return XF_EIO;
        conninfo = xf_postgres_conninfo(life->postgres);
    }
    if (snprintf(life->daemon.conninfo, sizeof(life->daemon.conninfo), "%s", conninfo) >= (int)sizeof(life->daemon.conninfo))
        return xf_error_set(error, XF_EINVAL, "the database setting is too long");
    return XF_OK;
}

static int make_parts(struct life *life, struct xf_error *error)
{
    struct xf_daemon *daemon = &life->daemon;
    struct xf_conf *conf = daemon->conf;
    const struct xf_http_limits limits = {
        .connections = (unsigned)conf->max_connections,
        .header_bytes = (size_t)conf->max_header_bytes,
        .body_bytes = (size_t)conf->max_body_bytes,
        .bodies_bytes = (size_t)conf->max_bodies_bytes,
        .idle_ms = (int)conf->idle_timeout_ms,
        .request_ms = (int)conf->request_timeout_ms,
        .stream_bytes = (size_t)conf->stream_buffer_bytes,
    };
    const struct xf_journal_options journal = {
        .conninfo = daemon->conninfo,
        .advertise = conf->public_url,
        .queue_bytes_max = (size_t)conf->journal_queue_bytes,
        .commit_timeout_ms = (int)conf->commit_timeout_ms,
        .committed = committed,
        .role = role,
        .prepare = prepare,
        .context = life,
    };
    struct xf_fold *fold = xf_fold_create();

    daemon->metrics = xf_metrics_create();
    daemon->outbox = xf_outbox_create((size_t)conf->outbox_keep);
    daemon->intake = xf_intake_create();
    life->duty = xf_duty_create(daemon, life->settings);
    life->settings = NULL;
    if (!fold || !daemon->metrics || !daemon->outbox || !daemon->intake || !life->duty) {
        xf_fold_destroy(fold);
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    daemon->engine = xf_engine_start(fold, daemon->outbox, (size_t)conf->engine_queue);
    if (daemon->engine)
        xf_engine_measure(daemon->engine, daemon->metrics);
    daemon->work = xf_work_start(daemon->loop, daemon->conninfo, (unsigned)conf->worker_threads, 1024);
    daemon->http = xf_http_create(daemon->loop, conf->listen, conf->tls_certificate, conf->tls_key, conf->tls_client_ca, &limits,
                                  xf_route_request, daemon, error);
    if (!daemon->http)
        return error->code;
    daemon->project = daemon->engine && daemon->work ? xf_project_start(daemon) : NULL;
    daemon->dispatch = daemon->project ? xf_dispatch_start(daemon) : NULL;
    daemon->journal = daemon->dispatch ? xf_journal_start(&journal) : NULL;
    if (!daemon->journal)
        return xf_error_set(error, XF_ENOMEM, "a thread could not be started; the log says which");
    return XF_OK;
}

static int make_events(struct life *life, struct xf_error *error)
{
    static const struct timeval second = {.tv_sec = 1};
    struct event_base *base = xf_loop_base(life->daemon.loop);

    life->term = evsignal_new(base, SIGTERM, terminate, life);
    life->interrupt = evsignal_new(base, SIGINT, terminate, life);
    life->hangup = evsignal_new(base, SIGHUP, reload, life);
    life->second = event_new(base, -1, EV_PERSIST, each_second, life);
    life->drained = evtimer_new(base, drain_late, life);
    if (!life->term || !life->interrupt || !life->hangup || !life->second || !life->drained ||
        evsignal_add(life->term, NULL) != 0 || evsignal_add(life->interrupt, NULL) != 0 || evsignal_add(life->hangup, NULL) != 0 ||
        event_add(life->second, &second) != 0)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    return XF_OK;
}

/* Ending */

static void free_event(struct event **event)
{
    if (*event)
        event_free(*event);
    *event = NULL;
}

static void end(struct life *life)
{
    struct xf_daemon *daemon = &life->daemon;
    bool writer = daemon->journal && xf_journal_role(daemon->journal) == XF_JOURNAL_WRITER;

    free_event(&life->term);
    free_event(&life->interrupt);
    free_event(&life->hangup);
    free_event(&life->second);
    free_event(&life->drained);
    xf_dispatch_stop(daemon->dispatch);
    xf_journal_stop(daemon->journal, DRAIN_MS);
    xf_engine_stop(daemon->engine);
    /* The lease is given back, but the projections are this daemon's until another one has folded as far: the projector's own guard
     * sees to it. */
    xf_project_stop(daemon->project, writer);
    xf_work_stop(daemon->work);
    xf_dispatch_destroy(daemon->dispatch);
    xf_http_destroy(daemon->http);
    xf_route_end();
    xf_engine_destroy(daemon->engine);
    xf_outbox_destroy(daemon->outbox);
    xf_intake_destroy(daemon->intake);
    xf_duty_destroy(life->duty);
    xf_metrics_destroy(daemon->metrics);
    xf_loop_destroy(daemon->loop);
    xf_forms_destroy(daemon->forms);
    xf_settings_destroy(life->settings);
    xf_postgres_stop(life->postgres, DRAIN_MS);
}

/* Everything that can be wrong with files is found before anything is started. */
static int read_files(struct life *life, struct xf_error *error)
{
    const struct xf_conf *conf = life->daemon.conf;
    SSL_CTX *tls = xf_tls_context(conf->tls_certificate, conf->tls_key, conf->tls_client_ca, error);

    if (!tls)
        return XF_EINVAL;
    SSL_CTX_free(tls);
    life->daemon.forms = xf_forms_load(life->daemon.conf, error);
    if (!life->daemon.forms)
        return XF_EINVAL;
    life->settings = xf_settings_read(life->daemon.conf, error);
    return life->settings ? XF_OK : XF_EINVAL;
}

int xf_life_check(struct xf_conf *conf, struct xf_error *error)
{
    struct life life = {.daemon = {.conf = conf}};
    int rc = read_files(&life, error);

    xf_forms_destroy(life.daemon.forms);
    xf_settings_destroy(life.settings);
    return rc;
}

int xf_life_run(struct xf_conf *conf, struct xf_error *error)
{
    struct life life = {.daemon = {.conf = conf}};
    int rc = read_files(&life, error);

    xf_log_set_level(conf->log_level);
    if (rc == XF_OK) {
        life.daemon.loop = xf_loop_create();
        rc = life.daemon.loop ? make_database(&life, error) : xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    if (rc == XF_OK)
        rc = make_parts(&life, error);
    if (rc == XF_OK)
        rc = make_events(&life, error);
    if (rc == XF_OK) {
        xf_log(XF_LOG_INFO, "started", "{s:s,s:i}", "url", conf->public_url, "port", (int)xf_http_port(life.daemon.http));
        xf_loop_run(life.daemon.loop);
    }
    end(&life);
    if (rc == XF_OK)
        xf_log(XF_LOG_INFO, "stopped", NULL);
    return rc;
}
