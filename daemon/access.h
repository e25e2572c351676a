/* SPDX-License-Identifier: Apache-2.0 */
/* Who is calling, and for what. */
#ifndef XF_DAEMON_ACCESS_H
#define XF_DAEMON_ACCESS_H

#include "route.h"

enum xf_identity {
    XF_IDENTITY_KNOWN,
    XF_IDENTITY_NONE,    /* no credentials were shown */
    XF_IDENTITY_UNKNOWN, /* they are not those of a living principal */
    XF_IDENTITY_NOMEM,
};
/* Identifies a caller by the Authorization header (NULL: absent) or, without one, by the SANs of a verified certificate. *ret is
 * copied into the arena: nothing is kept of a principal beyond the request, so a revocation holds from the next request on. */
enum xf_identity xf_access_identify(const struct xf_principals *principals, const char *authorization, const char *const *names,
                                    struct xf_arena *arena, struct xf_caller *ret);

/* The living principal that holds a certificate name; NULL when there is none. Borrowed like xf_principals_find. */
const struct xf_principal *xf_access_holder(const struct xf_principals *principals, const char *san);

bool xf_access_may(const struct xf_caller *caller, const struct xf_route *route, const char *const *parameters);

/* Parses "<code> <case reference>" against the configured codes. NULL when it is good, else why not. */
const char *xf_access_purpose(const char *header, const char *const *codes, struct xf_arena *arena, const char **ret_code,
                              const char **ret_case);

/* Requests per second and principal: a bucket that holds one second's worth. */
struct xf_rate;
struct xf_rate *xf_rate_create(void);
void xf_rate_destroy(struct xf_rate *rate);
/* Takes one from the principal's bucket; false when it is empty. now is monotonic, in microseconds. */
bool xf_rate_take(struct xf_rate *rate, const char *principal, int64_t per_second, int64_t now);

#endif
