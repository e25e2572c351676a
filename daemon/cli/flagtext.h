/* SPDX-License-Identifier: Apache-2.0 */
/* Flags as people read them: one line each in a table, or one in full with its reasons. */
#ifndef XF_CLI_FLAGTEXT_H
#define XF_CLI_FLAGTEXT_H

#include "cli.h"

/* A table of flags, each followed by its reasons if wanted. */
void xf_flags_print(const json_t *flags, bool reasons, unsigned indent);
/* One flag in full: what it is, why, and whom to ask about what is withheld. */
void xf_flag_print(const json_t *flag, unsigned indent);
/* What an object's `withheld` says: how many records, and whom to ask. */
void xf_withheld_print(const json_t *object, unsigned indent);
/* A JSON scalar as text, in a static buffer that the next call overwrites; "" for anything else. */
const char *xf_scalar(const json_t *value);
/* An instant without its fraction, in a static buffer. */
const char *xf_short_time(const char *text);

#endif
