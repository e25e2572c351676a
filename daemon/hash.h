/* SPDX-License-Identifier: Apache-2.0 */
/* uthash over XXH3: its own hash functions fall through switch labels in ways that our warnings refuse. Out of memory in a table
 * ends the process. */
#ifndef XF_DAEMON_HASH_H
#define XF_DAEMON_HASH_H

#include <xxhash.h>

#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = (unsigned)XXH3_64bits((keyptr), (keylen)))
#include <uthash.h>

#endif
