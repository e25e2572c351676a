/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's parts in one place. main.c makes and ends them in order; everybody else borrows. */
#ifndef XF_DAEMON_DAEMON_H
#define XF_DAEMON_DAEMON_H

#include <stdbool.h>

#include "conf.h"
#include "engine.h"
#include "http.h"
#include "journal.h"
#include "loop.h"
#include "metrics.h"
#include "outbox.h"
#include "work.h"

struct xf_dispatch;
struct xf_project;
struct xf_forms;
struct xf_intake;

struct xf_daemon {
    struct xf_conf *conf;
    struct xf_loop *loop;
    struct xf_http *http;
    struct xf_journal *journal;
    struct xf_engine *engine;
    struct xf_outbox *outbox;
    struct xf_dispatch *dispatch;
    struct xf_project *project;
    struct xf_work *work;
    struct xf_metrics *metrics;
    struct xf_forms *forms; /* what bodies are read with */
    struct xf_intake *intake;
    char conninfo[1024]; /* as resolved: configured, or of the embedded cluster */
    bool entered;        /* the writer, and the files' word is in the journal: records are welcome */
};

#endif
