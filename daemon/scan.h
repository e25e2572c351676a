/* SPDX-License-Identifier: Apache-2.0 */
/* The scan behind a search: what the linker's blocking keys cannot find (a family name alone, a postcode, a range of birth dates,
 * part of a plate). */
#ifndef XF_DAEMON_SCAN_H
#define XF_DAEMON_SCAN_H

#include "crossflag/normalise.h"
#include "question.h"

/* All that is asked must be met: names by similarity, plates by wildcard, dates by range, everything else exactly. */
struct xf_scan {
    enum xf_mention_kind kind;
    char given[XF_NORMAL_TEXT], family[XF_NORMAL_TEXT], either[XF_NORMAL_TEXT], premises[XF_NORMAL_TEXT], plate[XF_NORMAL_TEXT];
    xf_date born_from, born_to;
    size_t exact_count;
    struct xf_value exact[16]; /* symbols of the state's table; 0: a word that nothing on record has */
};

/* What to look for. mention is the question's, made with symbols over the state's table. False when there is nothing to scan for.
 */
bool xf_scan_make(struct xf_scan *scan, const struct xf_question *question, const struct xf_mention *mention,
                  const struct xf_intern *symbols, const struct xf_intern *state);
bool xf_scan_fits(const struct xf_scan *scan, const struct xf_intern *state, const struct xf_value *values, uint32_t count);

#endif
