/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a mapping and a file: the text before the first NUL is the mapping's (when it is empty, a fixed one), the rest the
 * CSV. Every row that is mapped must be JSON, whatever the cells hold; only bytes that are not UTF-8 excuse it. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "crossflag/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char fixed[] =
    "[{\"set\":{\"/kind\":\"tenancy\",\"/persons/0/ref\":\"p1\",\"/persons/0/role\":\"tenant\",\"/locations/0/ref\":\"l1\"},"
    "\"columns\":{\"/id\":{\"from\":[\"A\",\"B\"],\"join\":\"-\"},\"/occurred_at\":{\"from\":[\"C\",\"D\"],\"time\":[\"DD/MM/YYYY "
    "hh:mm\","
    "\"YYYY-MM-DD=09:00\"],\"zone\":\"Europe/London\"},\"/persons/0/names/0/full\":\"E\",\"/persons/0/"
    "birth_date\":{\"from\":\"F\",\"date\":"
    "[\"DD/MM/YYYY\",\"MM/YYYY\"]},\"/persons/0/phones\":{\"from\":\"G\",\"split\":\";\"},\"/locations/0/lat\":\"H\",\"/locations/"
    "0/lon\":\"I\","
    "\"/locations/0/type\":{\"from\":\"J\",\"words\":{\"House\":\"dwelling\",\"x\":\"\"}}},"
    "\"links\":[{\"from\":\"p1\",\"to\":\"l1\",\"type\":\"resides_at\"}],\"optional\":[\"C\",\"D\",\"E\",\"F\",\"G\",\"H\",\"I\","
    "\"J\"]},"
    "{\"set\":{\"/kind\":\"other\"},\"columns\":{\"/id\":\"K\",\"/occurred_at\":\"L\",\"/summary\":\"M\"},\"ignore\":[\"*\"]}]";

static bool is_utf8(const char *text, size_t length)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;

    while (length) {
        utf8proc_int32_t character;
        utf8proc_ssize_t size = utf8proc_iterate(at, (utf8proc_ssize_t)length, &character);

        if (size <= 0)
            return false;
        at += size;
        length -= (size_t)size;
    }
    return true;
}

static int take_row(void *context, unsigned line, const char *json, size_t length, const struct xf_error *error)
{
    json_error_t fault;
    json_t *record;
    unsigned *last = context;

    if (line < *last || (json == NULL) == (error == NULL))
        abort();
    *last = line;
    if (!json || !is_utf8(json, length))
        return 0;
    record = json_loadb(json, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
    if (!json_is_object(record) && json_error_code(&fault) != json_error_null_byte_in_key)
        abort();
    json_decref(record);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\0', size) : NULL;
    size_t length = end ? (size_t)(end - text) : 0;
    struct xf_mapping *mapping = NULL;
    struct xf_error error = {0};
    unsigned last = 0;
    int rc =
        length ? xf_mapping_parse(text, length, &mapping, &error) : xf_mapping_parse(fixed, sizeof(fixed) - 1, &mapping, &error);

    if (rc == XF_OK) {
        size_t skip = end ? length + 1 : 0;

        rc = xf_csv_read(size ? text + skip : "", size - skip, mapping, take_row, &last, &error);
    } else if (!length) {
        abort();
    }
    if (rc != XF_OK && !*error.text)
        abort();
    xf_mapping_destroy(mapping);
    return 0;
}
