/* SPDX-License-Identifier: Apache-2.0 */
/* config/models/uk.json as it was when the program was built: the model of those who name none. */
#ifndef XF_CLI_SHIPPED_H
#define XF_CLI_SHIPPED_H

#include <stddef.h>

extern const char xf_shipped_model[];
extern const size_t xf_shipped_model_length;

#endif
