/* SPDX-License-Identifier: Apache-2.0 */
/* The keys between submission and fold. Each batch on its way is a sending; each of its records leaves a note under its key, the
 * newest before older ones, so that when a batch is refused what stood before it stands again. Owned by the intake. Invariant: the
 * revisions noted for a key rise, and a note whose revision the register has reached is looked past. */
#include "inflight.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

struct note {
    UT_hash_handle hh; /* of the newest note of a key */
    struct xf_standing standing;
    const char *stream;
    struct note *older;      /* of the same key */
    struct note *of_sending; /* the sending's next */
};

enum state {
    UNDER_WAY, /* the journal has not answered */
    COMMITTED, /* not folded yet */
    IN_DOUBT,  /* the journal said that it does not know: may be committed, now or later */
};

struct xf_sending {
    struct xf_inflight *inflight;
    struct xf_batch *batch;
    enum state state;
    struct note *notes; /* the latest first */
    struct xf_wait *waits, **waits_end;
    struct xf_sending *next, **link;
};

struct xf_inflight {
    struct note *newest; /* by key */
    struct xf_sending *sendings;
    size_t in_doubt;
};

struct xf_inflight *xf_inflight_create(void)
{
    return calloc(1, sizeof(struct xf_inflight));
}

/* Takes a note out of its key's chain. */
static void forget(struct xf_inflight *inflight, struct note *note)
{
    struct note *newest;

    HASH_FIND_STR(inflight->newest, note->stream, newest);
    if (newest == note) {
        HASH_DEL(inflight->newest, note);
        if (note->older)
            HASH_ADD_KEYPTR(hh, inflight->newest, note->older->stream, strlen(note->older->stream), note->older);
        return;
    }
    while (newest && newest->older != note)
        newest = newest->older;
    if (newest)
        newest->older = note->older;
}

static void forget_notes(struct xf_sending *sending)
{
    for (struct note *note = sending->notes; note; note = note->of_sending)
        forget(sending->inflight, note);
    sending->notes = NULL;
}

static void destroy(struct xf_sending *sending)
{
    forget_notes(sending);
    sending->inflight->in_doubt -= sending->state == IN_DOUBT;
    *sending->link = sending->next;
    if (sending->next)
        sending->next->link = sending->link;
    xf_batch_unref(sending->batch);
    free(sending);
}

void xf_inflight_destroy(struct xf_inflight *inflight)
{
    if (!inflight)
        return;
    while (inflight->sendings)
        destroy(inflight->sendings);
    free(inflight);
}

struct xf_standing xf_inflight_standing(const struct xf_inflight *inflight, const struct xf_register *reg, const char *feed,
                                        const char *id, const char *stream)
{
    struct xf_standing standing = {.version = -1};
    uint32_t row = xf_register_find(reg, feed, id);
    const struct note *note;

    if (row != XF_NONE) {
        const struct xf_register_record *record = xf_register_record_at(reg, row);

        standing = (struct xf_standing){.revision = record->revision, .live = record->live, .version = record->version};
        memcpy(standing.digest, record->digest, sizeof(standing.digest));
    }
    HASH_FIND_STR(inflight->newest, stream, note);
    if (!note || note->standing.revision <= standing.revision)
        return standing;
    standing = note->standing;
    if (standing.sending->state == COMMITTED)
        standing.sending = NULL;
    return standing;
}

bool xf_inflight_knows(const struct xf_inflight *inflight, const char *stream)
{
    const struct note *note;

    HASH_FIND_STR(inflight->newest, stream, note);
    return note != NULL;
}

void xf_inflight_clear(struct xf_inflight *inflight)
{
    struct xf_sending *next;

    for (struct xf_sending *sending = inflight->sendings; sending; sending = next) {
        next = sending->next;
        /* What is not in doubt is still to be answered or ended by those who hold it. */
        if (sending->state == IN_DOUBT)
            destroy(sending);
        else
            forget_notes(sending);
    }
}

/* A batch is committed whole or not at all: its latest note tells. */
static bool is_folded(const struct xf_sending *sending, const struct xf_register *reg)
{
    const char *stream = sending->notes ? sending->notes->stream : "", *slash = strchr(stream, '/');
    char feed[128];
    uint32_t row;

    if (!slash || (size_t)(slash - stream) >= sizeof(feed))
        return true;
    memcpy(feed, stream, (size_t)(slash - stream));
    feed[slash - stream] = '\0';
    row = xf_register_find(reg, feed, slash + 1);
    return row != XF_NONE && xf_register_record_at(reg, row)->revision >= sending->notes->standing.revision;
}

void xf_inflight_prune(struct xf_inflight *inflight, const struct xf_register *reg)
{
    struct xf_sending *next;

    for (struct xf_sending *sending = inflight->in_doubt ? inflight->sendings : NULL; sending; sending = next) {
        next = sending->next;
        if (sending->state == IN_DOUBT && is_folded(sending, reg))
            destroy(sending);
    }
}

struct xf_sending *xf_sending_create(struct xf_inflight *inflight, struct xf_batch *batch)
{
    struct xf_sending *sending = malloc(sizeof(*sending));

    if (!sending)
        return NULL;
    *sending = (struct xf_sending){.inflight = inflight,
                                   .batch = xf_batch_ref(batch),
                                   .state = UNDER_WAY,
                                   .waits_end = &sending->waits,
                                   .next = inflight->sendings,
                                   .link = &inflight->sendings};
    if (sending->next)
        sending->next->link = &sending->next;
    inflight->sendings = sending;
    return sending;
}

int xf_sending_note(struct xf_sending *sending, const char *stream, const struct xf_standing *standing)
{
    struct note *note = xf_arena_alloc(sending->batch->arena, sizeof(*note)), *older;

    if (!note)
        return XF_ENOMEM;
    *note = (struct note){.standing = *standing, .stream = stream, .of_sending = sending->notes};
    note->standing.sending = sending;
    sending->notes = note;
    HASH_FIND_STR(sending->inflight->newest, stream, older);
    if (older)
        HASH_DEL(sending->inflight->newest, older);
    note->older = older;
    HASH_ADD_KEYPTR(hh, sending->inflight->newest, note->stream, strlen(note->stream), note);
    return XF_OK;
}

static void tell(struct xf_wait *wait, int result)
{
    while (wait) {
        struct xf_wait *next = wait->next;

        wait->then(wait->argument, result);
        wait = next;
    }
}

void xf_sending_answer(struct xf_sending *sending, int result)
{
    struct xf_wait *waits = sending->waits;

    sending->waits = NULL;
    sending->waits_end = &sending->waits;
    if (result == XF_OK) {
        sending->state = COMMITTED;
    } else if (result == XF_EIO) {
        sending->state = IN_DOUBT;
        sending->inflight->in_doubt++;
    } else {
        destroy(sending);
    }
    tell(waits, result);
}

void xf_sending_end(struct xf_sending *sending)
{
    destroy(sending);
}

int xf_sending_wait(struct xf_sending *sending, struct xf_wait *wait)
{
    if (sending->state == IN_DOUBT)
        return XF_EIO;
    wait->next = NULL;
    *sending->waits_end = wait;
    sending->waits_end = &wait->next;
    return XF_OK;
}

bool xf_sending_in_doubt(const struct xf_sending *sending)
{
    return sending && sending->state == IN_DOUBT;
}

enum xf_verdict xf_standing_judge(const struct xf_standing *standing, const struct xf_record *record)
{
    bool versioned = standing->revision && standing->version >= 0 && record->version >= 0;
    bool same = standing->revision && memcmp(standing->digest, record->digest, sizeof(record->digest)) == 0;

    if (versioned && record->version < standing->version)
        return XF_VERDICT_STALE;
    if (!standing->live)
        return XF_VERDICT_ACCEPT;
    if (same)
        return versioned && record->version > standing->version ? XF_VERDICT_ACCEPT : XF_VERDICT_UNCHANGED;
    return versioned && record->version == standing->version ? XF_VERDICT_CONFLICT : XF_VERDICT_ACCEPT;
}
