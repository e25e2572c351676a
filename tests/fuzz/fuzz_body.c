/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a POST body: the first says the form. Items must lie in the body, in order, and none may come from a JSON body that
 * is then refused; a body that jansson can read as an array must give as many items. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
    const char *at, *end;
    size_t count;
    unsigned line;
};

static int take_item(void *context, unsigned line, const char *json, size_t length)
{
    struct taken *taken = context;

    if (json < taken->at || json + length > taken->end || !length || line <= taken->line)
        abort();
    taken->at = json + length;
    taken->line = line;
    taken->count++;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const enum xf_body_form form = size && data[0] & 1 ? XF_BODY_JSON : XF_BODY_NDJSON;
    const char *body = (const char *)data + (size > 0);
    const size_t length = size - (size > 0);
    struct taken taken = {.at = body, .end = body + length};
    struct xf_error error = {0};
    json_t *json = form == XF_BODY_JSON && length ? json_loadb(body, length, 0, NULL) : NULL;
    int rc = size ? xf_body_split(form, body, length, take_item, &taken, &error) : XF_OK;

    if (rc != XF_OK && (taken.count || !*error.text || form != XF_BODY_JSON))
        abort();
    if (json && (rc != XF_OK || taken.count != (json_is_array(json) ? json_array_size(json) : 1)))
        abort();
    json_decref(json);
    return 0;
}
