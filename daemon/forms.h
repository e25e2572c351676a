/* SPDX-License-Identifier: Apache-2.0 */
/* What bodies are read with: the vocabulary and the feeds' CSV mappings, from the files that the configuration names. */
#ifndef XF_DAEMON_FORMS_H
#define XF_DAEMON_FORMS_H

#include "conf.h"
#include "crossflag/record.h"

struct xf_forms;
/* Reads the files; NULL with *error, which names file, line and reason. */
struct xf_forms *xf_forms_load(const struct xf_conf *conf, struct xf_error *error);
void xf_forms_destroy(struct xf_forms *forms);
/* Reads them again; a broken file is refused and nothing changes. */
int xf_forms_reload(struct xf_forms *forms, const struct xf_conf *conf, struct xf_error *error) XF_MUST_CHECK;
/* Valid until xf_forms_destroy, also after a reload: a body that is being parsed on another thread keeps what it began with. */
const struct xf_vocabulary *xf_forms_vocabulary(const struct xf_forms *forms);
const struct xf_mapping *xf_forms_mapping(const struct xf_forms *forms, const char *feed); /* NULL: none */

#endif
