/* SPDX-License-Identifier: Apache-2.0 */
/* Entities and records as people read them. */
#ifndef XF_CLI_ENTITYTEXT_H
#define XF_CLI_ENTITYTEXT_H

#include "cli.h"

/* A table of what a search found. */
void xf_entities_print(const json_t *items);
/* One mention's values on one line, without its end. */
void xf_values_print(const json_t *values);
/* One entity: every mention with its source, what people said on them, what became of it, and its flags. */
void xf_entity_print(const json_t *entity);
/* Whatever else, as indented names and values. */
void xf_object_print(const json_t *value, unsigned indent);

#endif
