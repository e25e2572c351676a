/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of flat arrays. Called by every part of the state that is saved; knows nothing of what it carries. */
#include "crossflag/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "snapshots hold arrays as they lie in memory");

struct section {
    char tag[4];
    uint32_t item_size;
    uint64_t count;
};

int xf_pack_begin(struct xf_pack *pack, const char tag[4], size_t item_size, uint64_t count)
{
    struct section section = {.item_size = (uint32_t)item_size, .count = count};

    memcpy(section.tag, tag, 4);
    return pack->write(pack->context, &section, sizeof(section));
}

int xf_unpack_begin(struct xf_unpack *unpack, const char tag[4], size_t item_size, uint64_t *ret_count)
{
    struct section section;
    int rc = unpack->read(unpack->context, &section, sizeof(section));

    if (rc != XF_OK)
        return rc;
    if (memcmp(section.tag, tag, 4) != 0 || section.item_size != item_size || section.count > UINT64_MAX / 2 / item_size)
        return XF_EINVAL;
    *ret_count = section.count;
    return XF_OK;
}

int xf_pack_array(struct xf_pack *pack, const char tag[4], const void *items, size_t item_size, uint64_t count)
{
    int rc = xf_pack_begin(pack, tag, item_size, count);

    if (rc == XF_OK && count)
        rc = pack->write(pack->context, items, item_size * count);
    return rc;
}

int xf_unpack_array(struct xf_unpack *unpack, const char tag[4], size_t item_size, void **ret_items, uint64_t *ret_count)
{
    void *items = NULL;
    uint64_t count;
    int rc = xf_unpack_begin(unpack, tag, item_size, &count);

    if (rc != XF_OK)
        return rc;
    if (count) {
        items = malloc(item_size * count);
        if (!items)
            return XF_ENOMEM;
        rc = unpack->read(unpack->context, items, item_size * count);
        if (rc != XF_OK) {
            free(items);
            return rc;
        }
    }
    *ret_items = items;
    *ret_count = count;
    return XF_OK;
}

int xf_compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

int xf_vec_grow(void **items, uint32_t *capacity, uint32_t count, uint32_t more, size_t item_size)
{
    uint64_t wanted = (uint64_t)count + more;
    uint64_t grown = *capacity ? *capacity + *capacity / 2 : 8;
    unsigned char *moved;

    if (wanted <= *capacity)
        return XF_OK;
    if (grown < wanted)
        grown = wanted;
    if (wanted > UINT32_MAX || grown > UINT32_MAX)
        return XF_ENOMEM;
    moved = realloc(*items, grown * item_size);
    if (!moved)
        return XF_ENOMEM;
    memset(moved + (size_t)*capacity * item_size, 0, (size_t)(grown - *capacity) * item_size);
    *items = moved;
    *capacity = (uint32_t)grown;
    return XF_OK;
}

int xf_vec_adopt(struct xf_unpack *unpack, const char tag[4], size_t item_size, void **items, uint32_t *count, uint32_t *capacity)
{
    void *loaded;
    uint64_t loaded_count;
    int rc = xf_unpack_array(unpack, tag, item_size, &loaded, &loaded_count);

    if (rc != XF_OK)
        return rc;
    if (loaded_count > UINT32_MAX) {
        free(loaded);
        return XF_ELIMIT;
    }
    *items = loaded;
    *count = *capacity = (uint32_t)loaded_count;
    return XF_OK;
}
