/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers over jansson for building bodies and reading answers. Called by the commands. A member that is missing reads as an
 * empty text, since an answer says no more than its reader may know. */
#include <stdio.h>

#include "cli.h"

void xf_print_json(const json_t *json, bool one_line)
{
    if (!json)
        return;
    json_dumpf(json, stdout, one_line ? JSON_COMPACT : JSON_INDENT(2));
    putchar('\n');
}

const char *xf_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

int xf_append(json_t *object, const char *name, const char *text)
{
    json_t *array = json_object_get(object, name);

    if (!text)
        return XF_OK;
    if (!array) {
        array = json_array();
        if (json_object_set_new(object, name, array) != 0)
            return XF_ENOMEM;
    }
    return json_array_append_new(array, json_string(text)) == 0 ? XF_OK : XF_ENOMEM;
}

int xf_set(json_t *object, const char *name, const char *text)
{
    if (!text)
        return XF_OK;
    return json_object_set_new(object, name, json_string(text)) == 0 ? XF_OK : XF_ENOMEM;
}
