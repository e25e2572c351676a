/* SPDX-License-Identifier: Apache-2.0 */
/* A small vocabulary of the fuzz targets' own, so that they need no file. */
#ifndef XF_TESTS_FUZZ_VOCABULARY_H
#define XF_TESTS_FUZZ_VOCABULARY_H

#include <stdlib.h>

#include "crossflag/vocabulary.h"

static inline struct xf_vocabulary *fuzz_vocabulary(void)
{
    static const char text[] =
        "{\"kind\":[\"missing_episode\",\"absence\",\"risk_assessment\",\"order\",\"licence\",\"custody\",\"crime\",\"tenancy\","
        "\"other\"],"
        "\"person_role\":[\"missing\",\"pupil\",\"other\"],\"location_role\":[\"home\",\"found_at\",\"other\"],\"vehicle_role\":["
        "\"used\",\"other\"],"
        "\"link_type\":[\"knows\",\"resides_at\",\"drives\",\"other\"],\"location_type\":[\"dwelling\",\"hotel\",\"other\"],"
        "\"marker_type\":[\"cse_risk\",\"other\"],\"level\":[\"low\",\"medium\",\"high\"]}";
    struct xf_vocabulary *vocabulary = NULL;

    if (xf_vocabulary_parse(text, sizeof(text) - 1, &vocabulary, NULL) != XF_OK)
        abort();
    return vocabulary;
}

#endif
