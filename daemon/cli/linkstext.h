/* SPDX-License-Identifier: Apache-2.0 */
/* Links as people read them. */
#ifndef XF_CLI_LINKSTEXT_H
#define XF_CLI_LINKSTEXT_H

#include "cli.h"

/* A table of links, entities by what they are known as. */
void xf_links_print(const json_t *links, const json_t *entities, unsigned indent);
/* An answer's entity by its id, NULL: not there. Borrowed. */
const json_t *xf_links_entity(const json_t *entities, const char *id);
/* "DARREN PIKE (per-1-2)" on one line, without its end. */
void xf_links_name(const json_t *entity, const char *id);
/* What an answer leaves out, and whom to ask; which entities were not walked through. */
void xf_links_rest(const json_t *answer);

#endif
