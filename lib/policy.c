/* SPDX-License-Identifier: Apache-2.0 */
/* The disclosure policy as configured: which kind of agency may know how much of which type of flag. Parsed when the setting enters
 * the journal, asked by disclosure.c at every decision. Invariant: what the file does not say is `none`. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "disclosure.h"
#include "vec.h"

#define TYPES_MAX 1000
#define TYPE_NAME_MAX 100

/* Levels of one flag type, by agency kind: [0] otherwise, [1] involved. UNSAID: ask the next default. */
enum { UNSAID = 255 };
struct row {
    char *type;
    uint8_t levels[XF_AGENCY_KINDS][2];
    uint8_t fallback[2];
};

struct xf_policy {
    XF_VEC(struct row) rows;
    struct row fallback;
};

static const char *const level_names[] = {"none", "exists", "summary", "full"};

static int parse_word(json_t *value, uint8_t *ret)
{
    const char *word = json_string_value(value);

    for (size_t i = 0; word && i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *ret = (uint8_t)i;
            return XF_OK;
        }
    }
    return XF_EINVAL;
}

static int parse_level(json_t *value, uint8_t levels[2])
{
    if (json_is_object(value)) {
        if (json_object_size(value) != 2 || parse_word(json_object_get(value, "involved"), &levels[1]) != XF_OK)
            return XF_EINVAL;
        return parse_word(json_object_get(value, "otherwise"), &levels[0]);
    }
    if (parse_word(value, &levels[0]) != XF_OK)
        return XF_EINVAL;
    levels[1] = levels[0];
    return XF_OK;
}

static int parse_row(const char *type, json_t *value, struct row *row, struct xf_error *error)
{
    const char *name;
    json_t *level;

    memset(row->levels, UNSAID, sizeof(row->levels));
    memset(row->fallback, UNSAID, sizeof(row->fallback));
    if (!json_is_object(value))
        return xf_error_set(error, XF_EINVAL, "disclosure: \"%s\" is not an object of agency kinds", type);
    json_object_foreach(value, name, level)
    {
        uint8_t *levels = strcmp(name, "default") == 0 ? row->fallback : NULL;

        for (int kind = 0; !levels && kind < XF_AGENCY_KINDS; kind++)
            if (strcmp(name, xf_agency_kind_name((enum xf_agency_kind)kind)) == 0)
                levels = row->levels[kind];
        if (!levels)
            return xf_error_set(error, XF_EINVAL, "disclosure: \"%s\" under \"%s\" is no kind of agency", name, type);
        if (parse_level(level, levels) != XF_OK)
            return xf_error_set(error, XF_EINVAL,
                                "disclosure: the level of \"%s\" under \"%s\" must be none, exists, summary or full, or both of "
                                "involved and otherwise",
                                name, type);
    }
    return XF_OK;
}

int xf_policy_parse(const char *text, size_t length, struct xf_policy **ret, struct xf_error *error)
{
    struct xf_policy *policy = NULL;
    json_error_t syntax;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &syntax), *value;
    const char *type;
    int rc = XF_OK;

    if (!json_is_object(root)) {
        rc = xf_error_set(error, XF_EINVAL, "disclosure: %s", root ? "not a JSON object" : syntax.text);
        if (!root && error) {
            error->line = syntax.line > 0 ? (unsigned)syntax.line : 0;
            error->column = syntax.column > 0 ? (unsigned)syntax.column : 0;
        }
        goto end;
    }
    if (json_object_size(root) > TYPES_MAX) {
        rc = xf_error_set(error, XF_ELIMIT, "disclosure: more than %d flag types", TYPES_MAX);
        goto end;
    }
    policy = calloc(1, sizeof(*policy));
    if (!policy) {
        rc = xf_error_set(error, XF_ENOMEM, "out of memory");
        goto end;
    }
    memset(policy->fallback.levels, UNSAID, sizeof(policy->fallback.levels));
    memset(policy->fallback.fallback, UNSAID, sizeof(policy->fallback.fallback));
    json_object_foreach(root, type, value)
    {
        struct row row = {0};

        if (strlen(type) > TYPE_NAME_MAX) {
            rc = xf_error_set(error, XF_ELIMIT, "disclosure: a flag type's name of more than %d bytes", TYPE_NAME_MAX);
            goto end;
        }
        rc = parse_row(type, value, &row, error);
        if (rc != XF_OK)
            goto end;
        if (strcmp(type, "default") == 0) {
            policy->fallback = row;
            continue;
        }
        row.type = strdup(type);
        if (!row.type || xf_vec_push(&policy->rows, row) != XF_OK) {
            free(row.type);
            rc = xf_error_set(error, XF_ENOMEM, "out of memory");
            goto end;
        }
    }
    *ret = policy;
    policy = NULL;
end:
    xf_policy_destroy(policy);
    json_decref(root);
    return rc;
}

void xf_policy_destroy(struct xf_policy *policy)
{
    if (!policy)
        return;
    for (uint32_t i = 0; i < policy->rows.count; i++)
        free(policy->rows.items[i].type);
    xf_vec_free(&policy->rows);
    free(policy);
}

void xf_policy_levels(const struct xf_policy *policy, const char *type, enum xf_agency_kind kind, uint8_t levels[2])
{
    const struct row *row = &policy->fallback;

    for (uint32_t i = 0; i < policy->rows.count; i++) {
        if (strcmp(policy->rows.items[i].type, type) == 0) {
            row = &policy->rows.items[i];
            break;
        }
    }
    for (int i = 0; i < 2; i++) {
        levels[i] = row->levels[kind][i];
        if (levels[i] == UNSAID)
            levels[i] = row->fallback[i];
        if (levels[i] == UNSAID)
            levels[i] = policy->fallback.levels[kind][i];
        if (levels[i] == UNSAID)
            levels[i] = policy->fallback.fallback[i];
        if (levels[i] == UNSAID)
            levels[i] = XF_DISCLOSE_NONE;
    }
}
