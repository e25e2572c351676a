/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a saved state: its digest, a file, and the first difference to another one. */
#ifndef XF_CLI_IMAGE_H
#define XF_CLI_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "crossflag/fold.h"

struct xf_image {
    uint64_t bytes;
    char digest[65]; /* SHA-256, hexadecimal */
    /* The first difference to `other`, when one was given. */
    bool differs;
    uint64_t offset; /* of the byte */
    char section[8]; /* the four letters of the section that it lies in, "" before the first */
    uint64_t section_offset;
    char reason[96]; /* "the bytes differ", "the snapshot ends here", … */
};
/* Saves the fold: the digest always, the bytes to file and compared with what other reads, where given. other is read to its end.
 * XF_OK (also when they differ), XF_EIO, XF_ENOMEM. */
int xf_image_take(const struct xf_fold *fold, FILE *file, struct xf_unpack *other, struct xf_image *ret) XF_MUST_CHECK;

#endif
