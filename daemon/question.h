/* SPDX-License-Identifier: Apache-2.0 */
/* What an officer searches for: read from the body of POST /v1/search, and as the mention that it would be. */
#ifndef XF_DAEMON_QUESTION_H
#define XF_DAEMON_QUESTION_H

#include "route.h"

/* Hits that one question can have; further ones are only said to be there. */
#define XF_QUESTION_HITS_MAX 1000

struct xf_question {
    enum xf_mention_kind kind;
    const char *given, *family, *name, *postcode, *address, *phone, *email, *scheme, *value, *service, *handle;
    const char *vrm, *vin, *licence_plate_no;
    xf_date born_from, born_to; /* 0: open; the same partial date twice for a single one */
    size_t limit, offset;       /* of the page */
};

/* Reads and checks the call's body; answers 400 or 422 by itself. Texts lie in the request's arena. */
int xf_question_read(struct xf_call *call, struct xf_question *ret) XF_MUST_CHECK;
/* The question as a mention, made with symbols. XF_EINVAL when nothing that is evidence remains of it. */
int xf_question_mention(const struct xf_question *question, struct xf_intern *symbols, struct xf_mention *ret) XF_MUST_CHECK;

#endif
