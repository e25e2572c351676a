/* SPDX-License-Identifier: Apache-2.0 */
/* The small parsers of what enters the journal: the first byte chooses one, the rest is its text. None may crash, and what one
 * takes it must take again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/alert.h"
#include "crossflag/model.h"
#include "crossflag/partner.h"
#include "crossflag/principal.h"
#include "crossflag/vocabulary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(char which, const char *text, size_t length)
{
    struct xf_partners *partners = NULL;
    struct xf_vocabulary *vocabulary = NULL;
    struct xf_model *model = NULL;
    struct xf_policy *policy = NULL;
    struct xf_principals *principals = NULL;
    struct xf_subscriptions *subscriptions = NULL;
    struct xf_error error;
    int rc = XF_EINVAL;

    switch (which) {
    case 'a':
        rc = xf_partners_parse(text, length, &partners, &error);
        break;
    case 'v':
        rc = xf_vocabulary_parse(text, length, &vocabulary, &error);
        break;
    case 'm':
        rc = xf_model_parse(text, length, &model, &error);
        break;
    case 'd':
        rc = xf_policy_parse(text, length, &policy, &error);
        break;
    case 'p':
        principals = xf_principals_create();
        rc = xf_principals_apply(principals, text, length, &error);
        break;
    case 's':
        subscriptions = xf_subscriptions_create();
        rc = xf_subscriptions_apply(subscriptions, text, length, 0, &error);
        break;
    default:
        break;
    }
    xf_partners_destroy(partners);
    xf_vocabulary_destroy(vocabulary);
    xf_model_destroy(model);
    xf_policy_destroy(policy);
    xf_principals_destroy(principals);
    xf_subscriptions_destroy(subscriptions);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size < 1)
        return 0;
    /* Exactly as long as it says, so that a sanitizer sees a read past the end. */
    text = malloc(size - 1 ? size - 1 : 1);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    if (parse((char)data[0], text, size - 1) == XF_OK && parse((char)data[0], text, size - 1) != XF_OK)
        abort();
    free(text);
    return 0;
}
