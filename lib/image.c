/* SPDX-License-Identifier: Apache-2.0 */
/* The fold's state as bytes and back: what a snapshot stores and what two folds are compared by. Parts are written in one fixed
 * order; parsed settings are written as their texts and parsed again. Invariant: load followed by save gives the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "fold.h"

/* Raised whenever the layout of any part changes: an older snapshot is then refused, and the journal folded again. */
#define IMAGE_VERSION 4

struct header {
    char magic[8];
    uint32_t version, has_linker;
    uint64_t position;
    int64_t at, ticked_at;
};

int xf_fold_save(const struct xf_fold *fold, struct xf_pack *pack)
{
    const struct header header = {.magic = "xffold",
                                  .version = IMAGE_VERSION,
                                  .has_linker = fold->linker != NULL,
                                  .position = fold->position,
                                  .at = fold->at,
                                  .ticked_at = fold->ticked_at};
    int rc = xf_pack_array(pack, "FOLD", &header, sizeof(header), 1);

    for (int i = 0; rc == XF_OK && i < SETTINGS; i++)
        rc = xf_pack_array(pack, "SETT", fold->settings[i].bytes, 1, fold->settings[i].length);
    if (rc == XF_OK)
        rc = xf_intern_save(fold->symbols, pack);
    if (rc == XF_OK)
        rc = xf_register_save(fold->reg, pack);
    if (rc == XF_OK)
        rc = xf_decisions_save(fold->decisions, pack);
    if (rc == XF_OK)
        rc = xf_history_save(fold->history, pack);
    if (rc == XF_OK && fold->linker)
        rc = xf_linker_save(fold->linker, pack);
    if (rc == XF_OK)
        rc = xf_flags_save(fold->flags, pack);
    if (rc == XF_OK)
        rc = xf_principals_save(fold->principals, pack);
    if (rc == XF_OK)
        rc = xf_subscriptions_save(fold->subscriptions, pack);
    return rc;
}

static int load_settings(struct xf_fold *fold, struct xf_unpack *unpack, struct xf_error *error)
{
    for (int i = 0; i < SETTINGS; i++) {
        char *bytes = NULL;
        uint64_t length = 0;
        int rc = xf_unpack_array(unpack, "SETT", 1, (void **)&bytes, &length);

        if (rc == XF_OK && length) {
            char *text = realloc(bytes, length + 1);

            if (!text) {
                free(bytes);
                return XF_ENOMEM;
            }
            text[length] = '\0';
            fold->settings[i] = (struct setting_text){.bytes = text, .length = length};
            rc = xf_fold_parse_setting(fold, (enum setting)i, text, length, error);
        }
        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

/* Whether history names entities and words that there are. */
static bool sound_history(const struct xf_fold *fold)
{
    uint32_t entities = fold->linker ? xf_linker_entity_count(fold->linker) : 0, symbols = xf_intern_count(fold->symbols);

    for (uint32_t i = 0; i < xf_history_count(fold->history); i++) {
        const struct xf_entity_event *event = xf_history_at(fold->history, i);
        const uint32_t words[] = {event->feed,  event->id,     event->actor, event->a.feed, event->a.id,
                                  event->a.ref, event->b.feed, event->b.id,  event->b.ref};

        if (event->entity >= entities || event->other >= entities || event->decision > XF_WORD_NOT_SAME)
            return false;
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
            if (words[k] >= symbols)
                return false;
    }
    return true;
}

/* Loads the parts into a fresh fold, whose empty ones they replace. */
static int load_parts(struct xf_fold *fold, struct xf_unpack *unpack, bool has_linker)
{
    struct xf_intern *symbols;
    int rc = xf_intern_load(unpack, &symbols);

    if (rc != XF_OK)
        return rc;
    xf_register_destroy(fold->reg);
    xf_flags_destroy(fold->flags);
    xf_decisions_destroy(fold->decisions);
    xf_history_destroy(fold->history);
    xf_principals_destroy(fold->principals);
    xf_subscriptions_destroy(fold->subscriptions);
    xf_intern_destroy(fold->symbols);
    fold->reg = NULL;
    fold->flags = NULL;
    fold->decisions = NULL;
    fold->history = NULL;
    fold->principals = NULL;
    fold->subscriptions = NULL;
    fold->symbols = symbols;
    rc = xf_register_load(unpack, symbols, &fold->reg);
    if (rc == XF_OK)
        rc = xf_decisions_load(unpack, &fold->decisions);
    if (rc == XF_OK)
        rc = xf_history_load(unpack, &fold->history);
    if (rc == XF_OK && has_linker)
        rc = fold->model ? xf_linker_load(unpack, fold->model, symbols, &fold->linker) : XF_EINVAL;
    for (uint32_t i = 0; rc == XF_OK && fold->linker && i < xf_register_mention_count(fold->reg); i++)
        if (xf_register_mention_at(fold->reg, i)->live)
            rc = xf_fold_locate(fold, i);
    if (rc == XF_OK && !sound_history(fold))
        rc = XF_EINVAL;
    if (rc == XF_OK)
        rc = xf_flags_load(unpack, symbols, &fold->flags);
    if (rc == XF_OK)
        rc = xf_principals_load(unpack, &fold->principals);
    if (rc == XF_OK)
        rc = xf_subscriptions_load(unpack, &fold->subscriptions);
    return rc;
}

int xf_fold_load(struct xf_unpack *unpack, struct xf_fold **ret, struct xf_error *error)
{
    struct xf_fold *fold = xf_fold_create();
    struct header *header = NULL;
    uint64_t one = 0;
    int rc = fold ? xf_unpack_array(unpack, "FOLD", sizeof(*header), (void **)&header, &one) : XF_ENOMEM;

    if (rc == XF_OK && (one != 1 || memcmp(header->magic, "xffold", 7) != 0 || header->version != IMAGE_VERSION))
        rc = XF_EINVAL;
    if (rc == XF_OK) {
        fold->position = header->position;
        fold->at = header->at;
        fold->ticked_at = header->ticked_at;
        rc = load_settings(fold, unpack, error);
    }
    if (rc == XF_OK)
        rc = load_parts(fold, unpack, header->has_linker != 0);
    free(header);
    if (rc != XF_OK) {
        xf_fold_destroy(fold);
        return xf_error_set(error, rc, "the stored state cannot be read by this version");
    }
    xf_fold_view_parts(fold);
    *ret = fold;
    return XF_OK;
}
