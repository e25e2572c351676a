/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's duties. A new writer first folds all that is in the journal, then enters what the files say differently, and only
 * then is `entered`: takes records, sends alerts, writes projections. What fails is tried again every second. Invariants: settings
 * are entered one set after the other, each compared with a state that has folded the one before; nothing that waited under an
 * earlier epoch acts in a later one. */
#include "duty.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "dispatch.h"
#include "intake.h"
#include "log.h"
#include "project.h"

enum state {
    IDLE,        /* another daemon writes, or none */
    CATCHING_UP, /* the writer; the fold is behind the journal */
    READY,       /* everything is folded, nothing is being entered */
    ENTERING,    /* settings are on their way into the journal */
};

struct xf_duty {
    struct xf_daemon *daemon;
    enum state state;
    uint64_t epoch, settled_epoch; /* of the lease; for which what was under way has been settled */
    struct xf_settings *settings;  /* to be entered; NULL: none */
    bool ticking;                  /* a tick is under way */
};

struct wait {
    struct xf_duty *duty;
    uint64_t epoch;
};

struct xf_duty *xf_duty_create(struct xf_daemon *daemon, struct xf_settings *settings)
{
    struct xf_duty *duty = calloc(1, sizeof(*duty));

    if (!duty) {
        xf_settings_destroy(settings);
        return NULL;
    }
    duty->daemon = daemon;
    duty->settings = settings;
    return duty;
}

void xf_duty_destroy(struct xf_duty *duty)
{
    if (!duty)
        return;
    xf_settings_destroy(duty->settings);
    free(duty);
}

static bool writes(const struct xf_duty *duty, uint64_t epoch)
{
    const struct xf_journal *journal = duty->daemon->journal;

    return duty->state != IDLE && duty->epoch == epoch && xf_journal_role(journal) == XF_JOURNAL_WRITER &&
           xf_journal_epoch(journal) == epoch;
}

/* Settings */

static void enter(struct xf_duty *duty);

static void be_writer(struct xf_duty *duty)
{
    struct xf_daemon *daemon = duty->daemon;

    duty->state = READY;
    if (!daemon->entered) {
        daemon->entered = true;
        xf_dispatch_set_active(daemon->dispatch, true);
        xf_project_set_active(daemon->project, true);
    }
    /* Read again while the last set was on its way. */
    if (duty->settings)
        enter(duty);
}

static void entered(struct xf_daemon *daemon, int result, void *context)
{
    struct xf_duty *duty = context;

    (void)daemon;
    if (result != XF_OK)
        xf_log(XF_LOG_WARNING, "settings.not_entered", "{s:i}", "code", result);
    /* The role was lost meanwhile, and perhaps taken again: that turn enters for itself. */
    if (duty->state != ENTERING || !writes(duty, duty->epoch))
        return;
    if (result == XF_OK)
        be_writer(duty);
    else
        duty->state = READY; /* and read and entered again at the next second */
}

/* Whether the state has all that it needs from an earlier entering. */
static bool has_settings(struct xf_duty *duty)
{
    const struct xf_fold *fold = xf_engine_read(duty->daemon->engine);
    bool has =
        xf_fold_partners(fold) && xf_fold_vocabulary(fold) && xf_fold_policy(fold) && xf_fold_model(fold) && xf_fold_rules(fold);

    xf_engine_read_end(duty->daemon->engine);
    return has;
}

static void enter(struct xf_duty *duty)
{
    struct xf_settings *settings = duty->settings;
    struct xf_error error;

    duty->settings = NULL;
    if (!settings)
        settings = xf_settings_read(duty->daemon->conf, &error);
    if (settings) {
        duty->state = ENTERING;
        xf_settings_enter(settings, duty->daemon, entered, duty);
        return;
    }
    xf_log(XF_LOG_ERROR, "settings.refused", "{s:s}", "reason", error.text);
    /* What was entered before stays in force: a broken file must not keep the only daemon that can write from writing. */
    if (has_settings(duty))
        be_writer(duty);
    else
        duty->state = READY;
}

void xf_duty_settings(struct xf_duty *duty, struct xf_settings *settings)
{
    xf_settings_destroy(duty->settings);
    duty->settings = settings;
    if (duty->state == READY && writes(duty, duty->epoch))
        enter(duty);
}

/* Roles */

static void caught_up(void *argument);

static void catch_up(struct wait *wait)
{
    struct xf_daemon *daemon = wait->duty->daemon;

    xf_engine_wait(daemon->engine, xf_journal_head(daemon->journal), daemon->loop, caught_up, wait);
}

static void caught_up(void *argument)
{
    struct wait *wait = argument;
    struct xf_duty *duty = wait->duty;

    if (duty->state != CATCHING_UP || !writes(duty, wait->epoch)) {
        free(wait);
        return;
    }
    /* The news of the role may be older than the role itself: only now is the head known to be this epoch's. */
    if (xf_engine_position(duty->daemon->engine) < xf_journal_head(duty->daemon->journal)) {
        catch_up(wait);
        return;
    }
    free(wait);
    /* Within one epoch the journal still holds what it could not commit: that stays noted. */
    if (duty->settled_epoch != duty->epoch)
        xf_intake_reset(duty->daemon->intake);
    duty->settled_epoch = duty->epoch;
    enter(duty);
}

void xf_duty_role(struct xf_duty *duty, enum xf_journal_role role)
{
    struct xf_daemon *daemon = duty->daemon;
    struct wait *wait;

    daemon->entered = false;
    if (role != XF_JOURNAL_WRITER) {
        duty->state = IDLE;
        xf_dispatch_set_active(daemon->dispatch, false);
        xf_project_set_active(daemon->project, false);
        return;
    }
    wait = malloc(sizeof(*wait));
    if (!wait)
        abort(); /* a writer that never takes up its duty would keep every other from it */
    duty->state = CATCHING_UP;
    duty->epoch = xf_journal_epoch(daemon->journal);
    *wait = (struct wait){duty, duty->epoch};
    catch_up(wait);
}

/* Time */

static void tick_folded(void *argument)
{
    struct xf_duty *duty = argument;

    duty->ticking = false;
}

static void tick_committed(struct xf_batch *batch, int result)
{
    struct xf_duty *duty = batch->context;

    if (result == XF_OK)
        xf_engine_wait(duty->daemon->engine, batch->entries[0].position, duty->daemon->loop, tick_folded, duty);
    else
        xf_loop_post(duty->daemon->loop, tick_folded, duty);
}

/* Time enters the journal only when it has something to say. */
static void tick_when_due(struct xf_duty *duty)
{
    struct xf_batch *batch;
    struct timespec now;
    int64_t due;

    due = xf_fold_next_due(xf_engine_read(duty->daemon->engine));
    xf_engine_read_end(duty->daemon->engine);
    clock_gettime(CLOCK_REALTIME, &now);
    if (due > (int64_t)now.tv_sec * XF_SECOND + now.tv_nsec / 1000)
        return;
    batch = xf_batch_create();
    if (!batch)
        return;
    batch->done = tick_committed;
    batch->context = duty;
    duty->ticking = xf_batch_add(batch, XF_ENTRY_TICK, 0, "tick", "crossflagd", "", 0, NULL) == XF_OK &&
                    xf_journal_submit(duty->daemon->journal, batch) == XF_OK;
    xf_batch_unref(batch);
}

void xf_duty_second(struct xf_duty *duty)
{
    if (duty->state == READY && !duty->daemon->entered && writes(duty, duty->epoch))
        enter(duty);
    if (duty->daemon->entered && !duty->ticking)
        tick_when_due(duty);
    xf_intake_tidy(duty->daemon->intake, duty->daemon->engine);
}
