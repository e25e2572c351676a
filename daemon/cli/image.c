/* SPDX-License-Identifier: Apache-2.0 */
/* Streams a fold's saved state past a digest, a file and a second state. Called by refold. Nothing is held in memory but one chunk,
 * since a state may be larger than what is left. Sections are told apart by what pack.c writes before each: tag, item size, count.
 */
#include "image.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64 * 1024)

struct taking {
    struct xf_image *image;
    EVP_MD_CTX *digest;
    FILE *file;
    struct xf_unpack *other;
    char section[8];
    uint64_t section_at;
    unsigned char chunk[CHUNK];
};

struct section {
    char tag[4];
    uint32_t item_size;
    uint64_t count;
};

static void note_difference(struct taking *taking, uint64_t offset, const char *reason)
{
    struct xf_image *image = taking->image;

    image->differs = true;
    image->offset = offset;
    image->section_offset = offset - taking->section_at;
    memcpy(image->section, taking->section, sizeof(image->section));
    snprintf(image->reason, sizeof(image->reason), "%s", reason);
}

static void compare(struct taking *taking, const unsigned char *bytes, size_t length)
{
    for (size_t done = 0; done < length && !taking->image->differs;) {
        size_t run = length - done < CHUNK ? length - done : CHUNK;

        if (taking->other->read(taking->other->context, taking->chunk, run) != XF_OK) {
            note_difference(taking, taking->image->bytes + done, "the stored state ends here, or cannot be read on");
            return;
        }
        if (memcmp(taking->chunk, bytes + done, run) != 0) {
            for (size_t i = 0; i < run; i++) {
                if (taking->chunk[i] != bytes[done + i]) {
                    note_difference(taking, taking->image->bytes + done + i, "the bytes differ");
                    return;
                }
            }
        }
        done += run;
    }
}

static void note_section(struct taking *taking, const void *bytes, size_t length)
{
    struct section section;

    if (length != sizeof(section))
        return;
    memcpy(&section, bytes, sizeof(section));
    for (size_t i = 0; i < sizeof(section.tag); i++)
        if (!((section.tag[i] >= 'A' && section.tag[i] <= 'Z') || (section.tag[i] >= '0' && section.tag[i] <= '9') ||
              (section.tag[i] >= 'a' && section.tag[i] <= 'z') || section.tag[i] == '_'))
            return;
    memcpy(taking->section, section.tag, sizeof(section.tag));
    taking->section_at = taking->image->bytes;
}

static int write_bytes(void *context, const void *bytes, size_t length)
{
    struct taking *taking = context;

    note_section(taking, bytes, length);
    if (EVP_DigestUpdate(taking->digest, bytes, length) != 1)
        return XF_ENOMEM;
    if (taking->file && length && fwrite(bytes, 1, length, taking->file) != length)
        return XF_EIO;
    if (taking->other)
        compare(taking, bytes, length);
    taking->image->bytes += length;
    return XF_OK;
}

static void finish(struct taking *taking)
{
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (taking->other && !taking->image->differs && taking->other->read(taking->other->context, taking->chunk, 1) == XF_OK)
        note_difference(taking, taking->image->bytes, "the stored state goes on");
    EVP_DigestFinal_ex(taking->digest, value, &length);
    for (unsigned i = 0; i < length && i < 32; i++)
        sprintf(taking->image->digest + 2 * i, "%02x", value[i]);
}

int xf_image_take(const struct xf_fold *fold, FILE *file, struct xf_unpack *other, struct xf_image *ret)
{
    struct taking *taking = calloc(1, sizeof(*taking));
    struct xf_pack pack = {.write = write_bytes, .context = taking};
    struct xf_image image = {0};
    int rc = XF_ENOMEM;

    if (!taking)
        return XF_ENOMEM;
    *taking = (struct taking){.image = &image, .digest = EVP_MD_CTX_new(), .file = file, .other = other};
    if (taking->digest && EVP_DigestInit_ex(taking->digest, EVP_sha256(), NULL) == 1)
        rc = xf_fold_save(fold, &pack);
    if (rc == XF_OK)
        finish(taking);
    if (rc == XF_OK && file && fflush(file) != 0)
        rc = XF_EIO;
    EVP_MD_CTX_free(taking->digest);
    free(taking);
    if (rc == XF_OK)
        *ret = image;
    return rc;
}
