/* SPDX-License-Identifier: Apache-2.0 */
/* Mentions on their way from the thread that reads files to the one that links: some thousand at a time, in a ring of bundles. */
#ifndef XF_CLI_BUNDLE_H
#define XF_CLI_BUNDLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/intern.h"
#include "crossflag/mention.h"

#define XF_BUNDLE_MENTIONS 4096u
#define XF_BUNDLES 4

struct xf_bundle_row {
    size_t text;  /* in texts: its id, NUL, its ref, NUL */
    size_t first; /* of its values */
    uint32_t file;
    uint16_t count;
    uint8_t kind;
};

/* Symbols are those of the reader's own table, whose texts never move: the taker knows them by the texts that each bundle brings.
 */
struct xf_bundle {
    struct xf_bundle_row rows[XF_BUNDLE_MENTIONS];
    uint32_t row_count;
    struct xf_value *values;
    size_t value_count, value_room;
    char *texts;
    size_t text_count, text_room;
    uint32_t first_symbol; /* the first of the new symbols' numbers */
    const char **symbols;  /* texts of the new symbols */
    size_t symbol_count, symbol_room;
    uint64_t bytes, file_rows; /* read so far, of all files */
};

struct xf_bundles {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct xf_bundle items[XF_BUNDLES];
    uint64_t sent, taken; /* bundles, ever */
    bool ended, stopped;
};

void xf_bundles_init(struct xf_bundles *bundles);
void xf_bundles_finish(struct xf_bundles *bundles);

/* Puts a mention into a bundle that is not full. XF_OK, XF_ENOMEM. */
int xf_bundle_put(struct xf_bundle *bundle, uint32_t file, const char *id, size_t id_length, const char *ref,
                  const struct xf_mention *mention) XF_MUST_CHECK;
/* Puts in the texts of the table's symbols from first on. XF_OK, XF_ENOMEM. */
int xf_bundle_symbols(struct xf_bundle *bundle, const struct xf_intern *symbols, uint32_t first) XF_MUST_CHECK;

/* The reader's side: an empty bundle to fill, waiting for one; NULL when the taker wants no more. Then it is sent; at the end there
 * is an end. */
struct xf_bundle *xf_bundles_empty(struct xf_bundles *bundles);
void xf_bundles_send(struct xf_bundles *bundles);
void xf_bundles_end(struct xf_bundles *bundles);
/* The taker's side: the next bundle, waiting for it; NULL at the end. It is given back when it has been read. */
struct xf_bundle *xf_bundles_next(struct xf_bundles *bundles);
void xf_bundles_give_back(struct xf_bundles *bundles);
void xf_bundles_stop(struct xf_bundles *bundles);

#endif
