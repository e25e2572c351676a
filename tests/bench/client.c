/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark's client: sends records, receives alerts, and measures PostgreSQL beside them. Called by tests/bench/run, which
 * reads the lines NAME VALUE that it prints. Tokens come on standard input, since arguments are visible to every user. */
#include "client.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

static const char help[] =
    "usage: bench_client ingest  --address ADDRESS:PORT --ca FILE [--connections N] [--batch BYTES]\n"
    "       bench_client settle  --database CONNINFO\n"
    "       bench_client copy    --database CONNINFO [--rows N]\n"
    "       bench_client latency --address ADDRESS:PORT --ca FILE --database CONNINFO --certificate FILE --key FILE [--events N] "
    "[--gap MICROSECONDS]\n"
    "\n"
    "Standard input: lines `feed NAME TOKEN FILE` and `subscriber TOKEN`. Output: lines NAME VALUE.\n"
    "\n"
    "  ingest    POSTs the feeds' NDJSON files in batches over keep-alive connections and waits until all is folded\n"
    "  settle    waits until the projections have caught up with the journal\n"
    "  copy      COPYs the journal's records, so many rows a commit, into a table "
    "of the same shape\n"
    "  latency   subscribes, then sends one record an event over one connection, from the first feed, and waits for the alert it "
    "raises\n";

static size_t number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end)
        xf_bench_die("%s is not a whole number", text);
    return value;
}

static void read_plan(struct xf_bench_plan *plan)
{
    char line[2048];

    while (fgets(line, sizeof(line), stdin)) {
        struct xf_bench_feed feed = {0};

        if (sscanf(line, "feed %63s %127s %1023s", feed.name, feed.token, feed.file) >= 2) {
            if (plan->feed_count == XF_BENCH_FEEDS_MAX)
                xf_bench_die("too many feeds");
            plan->feeds[plan->feed_count++] = feed;
        } else if (sscanf(line, "subscriber %127s", plan->subscriber) != 1) {
            xf_bench_die("a line of standard input is none of those that --help lists");
        }
    }
}

static void need(const void *value, const char *option)
{
    if (!value)
        xf_bench_die("%s is missing; see --help", option);
}

int main(int argc, char **argv)
{
    enum { ADDRESS = 1, CA, DATABASE, CERTIFICATE, KEY, CONNECTIONS, BATCH, ROWS, EVENTS, GAP, HELP };
    static const struct option options[] = {{"address", required_argument, NULL, ADDRESS},
                                            {"ca", required_argument, NULL, CA},
                                            {"database", required_argument, NULL, DATABASE},
                                            {"certificate", required_argument, NULL, CERTIFICATE},
                                            {"key", required_argument, NULL, KEY},
                                            {"connections", required_argument, NULL, CONNECTIONS},
                                            {"batch", required_argument, NULL, BATCH},
                                            {"rows", required_argument, NULL, ROWS},
                                            {"events", required_argument, NULL, EVENTS},
                                            {"gap", required_argument, NULL, GAP},
                                            {"help", no_argument, NULL, HELP},
                                            {0}};
    static struct xf_bench_plan plan = {
        .connections = 4, .batch_bytes = (size_t)2 << 20, .rows = 10000, .events = 300, .gap_us = 10000};
    const char *command;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case ADDRESS:
            plan.address = optarg;
            break;
        case CA:
            plan.ca = optarg;
            break;
        case DATABASE:
            plan.database = optarg;
            break;
        case CERTIFICATE:
            plan.certificate = optarg;
            break;
        case KEY:
            plan.key = optarg;
            break;
        case CONNECTIONS:
            plan.connections = number(optarg);
            break;
        case BATCH:
            plan.batch_bytes = number(optarg);
            break;
        case ROWS:
            plan.rows = number(optarg);
            break;
        case EVENTS:
            plan.events = number(optarg);
            break;
        case GAP:
            plan.gap_us = (unsigned)number(optarg);
            break;
        default:
            fputs(help, option == HELP ? stdout : stderr);
            return option == HELP ? 0 : 2;
        }
    }
    command = optind + 1 == argc ? argv[optind] : "";
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    read_plan(&plan);
    if (strcmp(command, "ingest") == 0) {
        need(plan.address, "--address");
        need(plan.ca, "--ca");
        xf_bench_ingest(&plan);
    } else if (strcmp(command, "settle") == 0) {
        need(plan.database, "--database");
        xf_bench_settle(&plan);
    } else if (strcmp(command, "copy") == 0) {
        need(plan.database, "--database");
        xf_bench_copy(&plan);
    } else if (strcmp(command, "latency") == 0) {
        need(plan.address, "--address");
        need(plan.ca, "--ca");
        need(plan.database, "--database");
        need(plan.certificate, "--certificate");
        need(plan.key, "--key");
        xf_bench_latency(&plan);
    } else {
        fputs(help, stderr);
        return 2;
    }
    return 0;
}
