/* SPDX-License-Identifier: Apache-2.0 */
/* From a POST to its alert at a webhook. Each event is one record about a new child, whose marker raises one flag; beside each
 * event the floor is measured: one bare commit, and one round trip on the same connection. Called by client.c. Invariants: one
 * event is under way at a time, and an alert counts for the event whose record it names. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "database.h"
#include "samples.h"
#include "wire.h"

#define WARM_UP 20
#define ALERT_WAIT_S 20
#define SUBSCRIPTION "bench-latency"

struct race {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    char id[48]; /* of the record under way, in quotes as an alert holds it */
    int64_t at;  /* when its alert came; 0: not yet */
};

static void took_alert(void *context, const char *body, int64_t at)
{
    struct race *race = context;

    pthread_mutex_lock(&race->lock);
    if (!race->at && *race->id && strstr(body, race->id)) {
        race->at = at;
        pthread_cond_signal(&race->arrived);
    }
    pthread_mutex_unlock(&race->lock);
}

static void expect_alert(struct race *race, const char *id)
{
    pthread_mutex_lock(&race->lock);
    snprintf(race->id, sizeof(race->id), "\"%s\"", id);
    race->at = 0;
    pthread_mutex_unlock(&race->lock);
}

static int64_t await_alert(struct race *race)
{
    struct timespec end;
    int64_t at;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ALERT_WAIT_S;
    pthread_mutex_lock(&race->lock);
    while (!race->at && rc == 0)
        rc = pthread_cond_timedwait(&race->arrived, &race->lock, &end);
    at = race->at;
    pthread_mutex_unlock(&race->lock);
    if (!at)
        xf_bench_die("no alert about record %s came within %d s", race->id, ALERT_WAIT_S);
    return at;
}

static void ask(struct xf_wire *wire, const char *method, const char *path, const char *token, const char *type, const char *body,
                int status)
{
    struct xf_answer answer;

    xf_wire_ask(wire, method, path, token, type, body, body ? strlen(body) : 0, &answer);
    if (answer.status != status)
        xf_bench_die("%s %s was answered %d: %.600s", method, path, answer.status, answer.body);
}

/* A name that is no other event's and unlike it: syllables spelling a number. */
static void spell(uint64_t number, char name[static 16])
{
    static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";

    for (int i = 0; i < 6; i++) {
        name[2 * i] = consonants[number % 14];
        name[2 * i + 1] = vowels[number / 14 % 5];
        number /= 70;
    }
    name[0] = (char)(name[0] - 'a' + 'A');
    name[12] = '\0';
}

static void write_record(char *record, size_t size, const char *id, uint64_t event)
{
    uint64_t mixed = (event + 1) * UINT64_C(0x9e3779b97f4a7c15);
    char given[16], family[16], now[32];
    time_t seconds = time(NULL);
    struct tm utc;

    spell(mixed >> 8, given);
    spell(mixed >> 24, family);
    strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    snprintf(record, size,
             "{\"id\":\"%s\",\"kind\":\"risk_assessment\",\"occurred_at\":\"%s\",\"grade\":\"1AP\","
             "\"summary\":\"Made up by the benchmark, to measure how long an alert takes.\","
             "\"persons\":[{\"ref\":\"p1\",\"role\":\"child\",\"names\":[{\"given\":\"%s\",\"family\":\"%s\"}],"
             "\"birth_date\":\"%d-%02u-%02u\",\"markers\":[{\"type\":\"cse_risk\",\"level\":\"high\"}]}]}",
             id, now, given, family, utc.tm_year + 1900 - 6 - (int)(mixed % 8), 1 + (unsigned)(mixed / 8 % 12),
             1 + (unsigned)(mixed / 96 % 28));
}

static void subscribe(const struct xf_bench_plan *plan, struct xf_wire *wire, int port)
{
    char body[256];

    snprintf(body, sizeof(body),
             "{\"id\":\"" SUBSCRIPTION
             "\",\"way\":\"webhook\",\"url\":\"https://127.0.0.1:%d/\",\"filter\":{\"types\":[\"child_at_risk\"]}}",
             port);
    ask(wire, "POST", "/v1/subscriptions", plan->subscriber, "application/json", body, 201);
}

void xf_bench_latency(const struct xf_bench_plan *plan)
{
    struct race race = {.lock = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER};
    struct xf_receiver *receiver = xf_receiver_start(plan->certificate, plan->key, took_alert, &race);
    struct xf_wire *wire = xf_wire_open(xf_wire_context(plan->ca), plan->address);
    struct xf_samples commit = {0}, round_trip = {0}, acknowledged = {0}, webhook = {0};
    PGconn *db = xf_database_open(plan->database);
    char path[128], id[40], record[1024];

    if (!plan->feed_count || !*plan->subscriber)
        xf_bench_die("a feed and a subscriber are needed on standard input");
    snprintf(path, sizeof(path), "/v1/feeds/%s/records", plan->feeds[0].name);
    subscribe(plan, wire, xf_receiver_port(receiver));
    for (uint64_t event = 0; event < plan->events + WARM_UP; event++) {
        int64_t times[5], alerted;

        snprintf(id, sizeof(id), "bench-latency-%llu", (unsigned long long)event);
        write_record(record, sizeof(record), id, event);
        expect_alert(&race, id);
        /* Lets what the last step left to be done behind it (projections, cursors) be done. */
        usleep(plan->gap_us);
        times[0] = xf_bench_now();
        xf_database_commit(db, event + 1, record);
        times[1] = xf_bench_now();
        ask(wire, "GET", "/livez", NULL, NULL, NULL, 200);
        times[2] = xf_bench_now();
        usleep(plan->gap_us);
        times[3] = xf_bench_now();
        ask(wire, "POST", path, plan->feeds[0].token, "application/x-ndjson", record, 200);
        times[4] = xf_bench_now();
        alerted = await_alert(&race);
        if (event < WARM_UP)
            continue;
        xf_samples_add(&commit, times[1] - times[0]);
        xf_samples_add(&round_trip, times[2] - times[1]);
        xf_samples_add(&acknowledged, times[4] - times[3]);
        xf_samples_add(&webhook, alerted - times[3]);
    }
    ask(wire, "DELETE", "/v1/subscriptions/" SUBSCRIPTION, plan->subscriber, NULL, NULL, 204);
    xf_wire_close(wire);
    xf_database_close(db);
    printf("events %zu\n", webhook.count);
    xf_samples_print(&commit, "commit");
    xf_samples_print(&round_trip, "round_trip");
    xf_samples_print(&acknowledged, "acknowledged");
    xf_samples_print(&webhook, "webhook");
    xf_samples_free(&commit);
    xf_samples_free(&round_trip);
    xf_samples_free(&acknowledged);
    xf_samples_free(&webhook);
}
