/* SPDX-License-Identifier: Apache-2.0 */
/* The records of one request on their way: read, judged, submitted as one batch, answered when the journal has answered for all
 * that the answer rests on. Used by intake.c (bodies of many lines) and keyed.c (one record by its key). Loop's thread, but for
 * reading, which a worker may do. */
#ifndef XF_DAEMON_PARCEL_H
#define XF_DAEMON_PARCEL_H

#include "crossflag/record.h"
#include "inflight.h"
#include "route.h"

/* Rejected lines that an answer spells out; further ones are only counted. */
#define XF_PARCEL_ITEMS_MAX 5000
/* Lines of one body: four times as many as fit into it as valid records, and their bookkeeping is 64 MiB. */
#define XF_PARCEL_LINES_MAX (1 << 20)

/* One record as sent. */
struct xf_line {
    unsigned number;
    const char *json;
    size_t length;
    const struct xf_record *record; /* NULL: rejected */
    const char *id;                 /* when rejected, if it could be made out */
    const struct xf_errors *errors; /* when rejected, as long as the answer will spell it out */
    int code;
    enum xf_verdict verdict;
};

/* Lies in the exchange's arena; the batch's arena holds texts and records, which outlive the request. */
struct xf_parcel {
    struct xf_call *call;
    const char *feed;
    const struct xf_vocabulary *vocabulary;
    struct xf_batch *batch;
    struct xf_line *lines;
    size_t count, capacity;
    size_t faulty; /* lines with errors */
    bool dry;      /* judged only */
    bool info;     /* the answer waits for the fold and says what was touched */

    struct xf_sending *sending;        /* until the journal has answered; NULL: nothing to send */
    const struct xf_sending *rests_on; /* the last sending that was waited for */
    unsigned waiting;                  /* answers of the journal that are to come */
    int result;
    uint64_t position;
    void (*answer)(struct xf_parcel *parcel);
};

/* NULL after having answered (404, 503). */
struct xf_parcel *xf_parcel_create(struct xf_call *call, bool dry);

/* Reading. A line's faults are kept in it; XF_ENOMEM, XF_ELIMIT (too many lines). */
struct xf_line *xf_parcel_line(struct xf_parcel *parcel, unsigned number, int *ret_code);
int xf_parcel_parse(struct xf_parcel *parcel, struct xf_line *line, const char *json, size_t length) XF_MUST_CHECK;
int xf_parcel_fault(struct xf_parcel *parcel, struct xf_line *line, const struct xf_errors *errors) XF_MUST_CHECK;

/* Judges the lines and sends what is to go into the journal; answer runs when all is committed, or a refusal is answered. */
void xf_parcel_send(struct xf_parcel *parcel, void (*answer)(struct xf_parcel *parcel));
/* Withdraws the record of an id in the same manner. */
void xf_parcel_withdraw(struct xf_parcel *parcel, const char *id, void (*answer)(struct xf_parcel *parcel));

/* For answers: */
void xf_parcel_count(const struct xf_parcel *parcel); /* in the metrics */
json_t *xf_line_errors(const struct xf_line *line);
const char *xf_verdict_reason(enum xf_verdict verdict);
/* {"line","id","status","entities","flags"}: what an accepted record touched. Under the read lock. */
json_t *xf_line_info(const struct xf_parcel *parcel, const struct xf_line *line, const struct xf_fold *fold);

/* "<feed>/<id>" in an arena; NULL when out of memory. */
const char *xf_parcel_stream(struct xf_arena *arena, const char *feed, const char *id);

#endif
