/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI 3.1 description of whatever the route tables hold. */
#ifndef XF_DAEMON_OPENAPI_H
#define XF_DAEMON_OPENAPI_H

#include "route.h"

/* tables is ended by NULL. New reference; NULL when out of memory. */
json_t *xf_openapi_document(const struct xf_route *const *tables, const char *server_url, const char *version);

#endif
