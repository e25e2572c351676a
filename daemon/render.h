/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the projections as columns, made from the state under the engine's read lock and written after it was given back. */
#ifndef XF_DAEMON_RENDER_H
#define XF_DAEMON_RENDER_H

#include <stddef.h>
#include <stdint.h>

#include "column.h"
#include "crossflag/fold.h"

enum { XF_MENTION_COLUMNS = 9, XF_LINK_COLUMNS = 6, XF_ENTITY_COLUMNS = 5, XF_EVENT_COLUMNS = 10, XF_FLAG_COLUMNS = 15 };
struct xf_render {
    struct xf_column cleared[2]; /* records whose rows are deleted first: feed, id */
    struct xf_column mentions[XF_MENTION_COLUMNS], links[XF_LINK_COLUMNS], entities[XF_ENTITY_COLUMNS], events[XF_EVENT_COLUMNS],
        flags[XF_FLAG_COLUMNS];
    size_t rows;
    /* Mentions that have a row in this chunk: a statement may touch a row only once. Number + 1; 0 is empty. */
    uint32_t *keys; /* open addressing, at most half full */
    size_t key_slots, key_count;
    /* By mention number: the entity that its row names in the table, XF_NONE when that is not known. Kept from chunk to chunk, so
     * that a change of an entity with many mentions writes only those that moved. */
    uint32_t *written;
    size_t written_count;
};

/* Empties the columns for a new chunk. */
void xf_render_start(struct xf_render *render);
/* A register row: its mentions and links; nothing but the deletion when it was withdrawn. */
int xf_render_record(struct xf_render *render, const struct xf_fold *fold, uint32_t record) XF_MUST_CHECK;
/* An entity, how it was merged or split off, and those of its mentions whose rows name another one. */
int xf_render_entity(struct xf_render *render, const struct xf_fold *fold, uint32_t entity) XF_MUST_CHECK;
int xf_render_flag(struct xf_render *render, const struct xf_fold *fold, uint32_t flag) XF_MUST_CHECK;
/* Writes the chunk's rows inside the caller's transaction. */
int xf_render_write(struct xf_render *render, struct xf_db *db, struct xf_error *error) XF_MUST_CHECK;
/* Forgets what the tables hold: after a failed write, or when they were emptied. */
void xf_render_forget(struct xf_render *render);
void xf_render_free(struct xf_render *render);

#endif
