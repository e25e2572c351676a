/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers with their check digits, as domain.md lists them. */
#ifndef CROSSFLAG_IDENTIFIER_H
#define CROSSFLAG_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

enum xf_identifier_quality {
    XF_IDENTIFIER_INVALID = 0,     /* fails its check: kept as text, never hard evidence */
    XF_IDENTIFIER_UNCHECKED = 1,   /* a scheme without a check, or one that crossflag does not know */
    XF_IDENTIFIER_PLACEHOLDER = 2, /* 000…, 999…, UNKNOWN: evidence of nothing */
    XF_IDENTIFIER_VALID = 3,
};

#define XF_IDENTIFIER_TEXT 128

/* Checks value under scheme (nhs, upn, pnc, cro, nino, driver, uprn, or any other word) and writes its canonical form,
 * NUL-terminated, to canonical; for INVALID, PLACEHOLDER and schemes without a form of their own that is the upper-cased text with
 * single spaces; text beyond 126 bytes is INVALID and cut. Schemes are known in either case. this_year resolves the century of
 * two-digit PNC years. A nino's canonical form leaves its suffix letter out, which tells nothing of the person and which many
 * sources do not have. Sources: NHS Data Dictionary (modulus 11), DfE UPN guide, hmpps PNC/CRO validators; vectors in
 * shared/vectors/id_vectors.json. */
enum xf_identifier_quality xf_identifier_check(const char *scheme, const char *value, int this_year,
                                               char canonical[static XF_IDENTIFIER_TEXT]);
/* Whether one person has at most one value of the scheme, so that two different valid values forbid a link: nhs, upn is not
 * (schools reissue it), pnc, cro is not, nino. */
bool xf_identifier_is_unique(const char *scheme);

#endif
