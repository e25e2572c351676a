/* SPDX-License-Identifier: Apache-2.0 */
/* Files to journal entries. The files are the partnership's word at start and at SIGHUP; the state holds the texts last entered, so
 * only what differs is entered. A principal revoked over the API stays revoked whatever the file says. Invariant: no text is
 * entered that its parser refuses. */
#include "settings.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "log.h"

/* In the order in which they are entered: partners before what names agencies, the model before records. */
static const char *const names[] = {"partners", "vocabulary", "source", "disclosure", "model", "rules"};
#define NAMES (sizeof(names) / sizeof(names[0]))

struct xf_settings {
    char *texts[NAMES];
    json_t *principals; /* array */
    struct xf_daemon *daemon;
    void (*done)(struct xf_daemon *daemon, int result, void *context);
    void *context;
    int result;
};

void xf_settings_destroy(struct xf_settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < NAMES; i++)
        free(settings->texts[i]);
    json_decref(settings->principals);
    free(settings);
}

static int json_fault(struct xf_error *error, const char *path, const json_error_t *fault)
{
    xf_error_set(error, XF_EINVAL, "%s:%d:%d: %s", path, fault->line, fault->column, fault->text);
    if (error) {
        error->line = fault->line > 0 ? (unsigned)fault->line : 0;
        error->column = fault->column > 0 ? (unsigned)fault->column : 0;
    }
    return XF_EINVAL;
}

static int is_json(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int read_rule(json_t *rules, const char *directory, const char *name, struct xf_error *error)
{
    json_error_t fault;
    json_t *rule;
    char *path;
    int rc = XF_OK;

    if (asprintf(&path, "%s/%s", directory, name) < 0)
        return xf_error_set(error, XF_ENOMEM, "%s: out of memory", directory);
    rule = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(rule)) {
        rc = rule ? xf_error_set(error, XF_EINVAL, "%s:1: must be an object, one rule", path) : json_fault(error, path, &fault);
        json_decref(rule);
    } else {
        json_object_set_new(rule, "source", json_string(name));
        json_array_append_new(rules, rule);
    }
    free(path);
    return rc;
}

/* All rules of the directory as one array, in the order of their file names. */
static int read_rules(const char *directory, char **ret, struct xf_error *error)
{
    struct dirent **entries;
    json_t *rules = json_array();
    int count = scandir(directory, &entries, is_json, alphasort), rc = XF_OK;

    if (count < 0) {
        json_decref(rules);
        return xf_error_set(error, XF_EIO, "%s: %s", directory, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (rc == XF_OK)
            rc = read_rule(rules, directory, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    if (rc == XF_OK)
        *ret = json_dumps(rules, JSON_COMPACT);
    json_decref(rules);
    return rc == XF_OK && !*ret ? XF_ENOMEM : rc;
}

/* A scratch parse of each text by the parser that the fold will use. */
static int check_text(const char *name, const char *text, struct xf_error *error)
{
    struct xf_partners *partners = NULL;
    struct xf_vocabulary *vocabulary = NULL;
    struct xf_model *model = NULL;
    struct xf_rules *rules = NULL;
    struct xf_policy *policy = NULL;
    size_t length = strlen(text);
    int rc = XF_OK;

    if (strcmp(name, "partners") == 0)
        rc = xf_partners_parse(text, length, &partners, error);
    else if (strcmp(name, "vocabulary") == 0)
        rc = xf_vocabulary_parse(text, length, &vocabulary, error);
    else if (strcmp(name, "model") == 0)
        rc = xf_model_parse(text, length, &model, error);
    else if (strcmp(name, "rules") == 0)
        rc = xf_rules_parse(text, length, &rules, error);
    else if (strcmp(name, "disclosure") == 0)
        rc = xf_policy_parse(text, length, &policy, error);
    xf_partners_destroy(partners);
    xf_vocabulary_destroy(vocabulary);
    xf_model_destroy(model);
    xf_rules_destroy(rules);
    xf_policy_destroy(policy);
    return rc;
}

static int read_text(const struct xf_conf *conf, const char *name, char **ret, const char **ret_path, struct xf_error *error)
{
    const char *path = strcmp(name, "partners") == 0     ? conf->partners
                       : strcmp(name, "vocabulary") == 0 ? conf->vocabulary
                       : strcmp(name, "model") == 0      ? conf->model
                       : strcmp(name, "disclosure") == 0 ? conf->disclosure
                                                         : conf->rules;
    size_t length;

    *ret_path = path;
    if (strcmp(name, "source") == 0) {
        *ret_path = "source";
        *ret = strdup(conf->source);
        return *ret ? XF_OK : XF_ENOMEM;
    }
    if (!path)
        return xf_error_set(error, XF_EINVAL, "the configuration names no file for %s", name);
    if (strcmp(name, "rules") == 0)
        return read_rules(path, ret, error);
    return xf_file_read(path, ret, &length, error);
}

/* The principals file: each row must be one that xf_principals_apply takes. */
static int read_principals(const char *path, json_t **ret, struct xf_error *error)
{
    struct xf_principals *scratch = xf_principals_create();
    json_error_t fault;
    json_t *rows = json_load_file(path, JSON_REJECT_DUPLICATES, &fault), *row;
    size_t index;
    int rc = scratch ? XF_OK : XF_ENOMEM;

    if (!rows)
        rc = json_fault(error, path, &fault);
    else if (!json_is_array(rows))
        rc = xf_error_set(error, XF_EINVAL, "%s:1: must be an array of principals", path);
    json_array_foreach(rows, index, row)
    {
        char *body = rc == XF_OK ? json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        if (!body) {
            rc = rc == XF_OK ? XF_ENOMEM : rc;
            break;
        }
        if (xf_principals_find(scratch, json_string_value(json_object_get(row, "id"))))
            rc = xf_error_set(error, XF_EINVAL, "has the id of an earlier one");
        else
            rc = xf_principals_apply(scratch, body, strlen(body), error);
        if (rc != XF_OK) {
            char text[sizeof(error->text)];

            memcpy(text, error->text, sizeof(text));
            xf_error_set(error, rc, "%s: /%zu: %s", path, index, text);
        }
        free(body);
    }
    xf_principals_destroy(scratch);
    if (rc != XF_OK) {
        json_decref(rows);
        return rc;
    }
    *ret = rows;
    return XF_OK;
}

/* Whether principals belong to agencies, and feed feeds, that the partners file names. */
static int check_principals(const char *path, const json_t *rows, const char *partners_text, struct xf_error *error)
{
    struct xf_partners *partners = NULL;
    json_t *row, *role;
    size_t index, at;
    int rc = xf_partners_parse(partners_text, strlen(partners_text), &partners, error);

    json_array_foreach(rows, index, row)
    {
        const char *agency = json_string_value(json_object_get(row, "agency"));

        if (rc == XF_OK && xf_partners_agency(partners, agency) == UINT32_MAX)
            rc = xf_error_set(error, XF_EINVAL, "%s: /%zu/agency: %s is none of the partners", path, index, agency);
        json_array_foreach(json_object_get(row, "roles"), at, role)
        {
            const char *word = json_string_value(role);

            if (rc == XF_OK && strncmp(word, "feed:", 5) == 0 && xf_partners_feed(partners, word + 5) == UINT32_MAX)
                rc = xf_error_set(error, XF_EINVAL, "%s: /%zu/roles/%zu: %s is none of the partners' feeds", path, index, at,
                                  word + 5);
        }
    }
    xf_partners_destroy(partners);
    return rc;
}

struct xf_settings *xf_settings_read(const struct xf_conf *conf, struct xf_error *error)
{
    struct xf_settings *settings = calloc(1, sizeof(*settings));
    int rc = settings ? XF_OK : XF_ENOMEM;

    xf_error_set(error, XF_ENOMEM, "out of memory"); /* until something else is found */
    for (size_t i = 0; rc == XF_OK && i < NAMES; i++) {
        const char *path;

        rc = read_text(conf, names[i], &settings->texts[i], &path, error);
        if (rc == XF_OK) {
            rc = check_text(names[i], settings->texts[i], error);
            if (rc != XF_OK)
                xf_file_fault(error, path, rc);
        }
    }
    if (rc == XF_OK && conf->principals)
        rc = read_principals(conf->principals, &settings->principals, error);
    if (rc == XF_OK && conf->principals)
        rc = check_principals(conf->principals, settings->principals, settings->texts[0], error);
    if (rc != XF_OK) {
        xf_settings_destroy(settings);
        return NULL;
    }
    return settings;
}

static int add_entry(struct xf_batch *batch, enum xf_entry_kind kind, const char *scope, const char *name, const char *body)
{
    size_t size = strlen(scope) + 1 + strlen(name) + 1, length = strlen(body);
    char *stream = xf_arena_alloc(batch->arena, size), *copy = xf_arena_copy(batch->arena, body, length);

    if (!stream || !copy)
        return XF_ENOMEM;
    snprintf(stream, size, "%s/%s", scope, name);
    return xf_batch_add(batch, kind, 0, stream, "crossflagd", copy, length, NULL);
}

static int add_settings(const struct xf_settings *settings, const struct xf_fold *fold, struct xf_batch *batch)
{
    int rc = XF_OK;

    for (size_t i = 0; rc == XF_OK && i < NAMES; i++) {
        size_t length = 0;
        const char *known = xf_fold_setting(fold, names[i], &length);

        if (known && length == strlen(settings->texts[i]) && memcmp(known, settings->texts[i], length) == 0)
            continue;
        rc = add_entry(batch, XF_ENTRY_SETTING, "setting", names[i], settings->texts[i]);
        xf_log(XF_LOG_INFO, "settings.entered", "{s:s}", "setting", names[i]);
    }
    return rc;
}

/* The row of an id in a principals file; NULL when it has none. Borrowed. */
static const json_t *row_of(const json_t *rows, const char *id)
{
    const json_t *row;
    size_t index;

    json_array_foreach(rows, index, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0)
            return row;
    }
    return NULL;
}

/* Whether a row of the file has something to say: a principal that nobody made yet, or one that the file itself has changed since
 * it was last entered. What was changed over the API meanwhile (a token rotated, a principal revoked) is not brought back. */
static bool is_news(const json_t *row, const json_t *before, const struct xf_principal *known, const char *body)
{
    if (!known)
        return true;
    if (known->revoked || (before && json_equal(before, row)))
        return false;
    return known->body_length != strlen(body) || memcmp(known->body, body, known->body_length) != 0;
}

static int add_principals(const struct xf_settings *settings, const struct xf_fold *fold, struct xf_batch *batch)
{
    size_t length = 0, index;
    const char *entered = xf_fold_setting(fold, "principals", &length);
    json_t *before = entered ? json_loadb(entered, length, 0, NULL) : NULL, *row;
    char *text = json_dumps(settings->principals, JSON_COMPACT | JSON_SORT_KEYS);
    int rc = text ? XF_OK : XF_ENOMEM;

    json_array_foreach(settings->principals, index, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));
        const struct xf_principal *known = xf_principals_find(xf_fold_principals(fold), id);
        char *body = rc == XF_OK ? json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        if (!body) {
            rc = XF_ENOMEM;
            break;
        }
        if (is_news(row, row_of(before, id), known, body))
            rc = add_entry(batch, XF_ENTRY_PRINCIPAL, "principal", id, body);
        else if (known->revoked)
            xf_log(XF_LOG_WARNING, "settings.revoked_principal_in_file", "{s:s}", "principal", id);
        free(body);
    }
    if (rc == XF_OK && (!entered || length != strlen(text) || memcmp(entered, text, length) != 0))
        rc = add_entry(batch, XF_ENTRY_SETTING, "setting", "principals", text);
    free(text);
    json_decref(before);
    return rc;
}

static void finish(void *argument)
{
    struct xf_settings *settings = argument;

    settings->done(settings->daemon, settings->result, settings->context);
    xf_settings_destroy(settings);
}

static void committed(struct xf_batch *batch, int result)
{
    struct xf_settings *settings = batch->context;

    settings->result = result;
    if (result == XF_OK)
        xf_engine_wait(settings->daemon->engine, batch->entries[batch->count - 1].position, settings->daemon->loop, finish,
                       settings);
    else
        xf_loop_post(settings->daemon->loop, finish, settings);
}

void xf_settings_enter(struct xf_settings *settings, struct xf_daemon *daemon,
                       void (*done)(struct xf_daemon *daemon, int result, void *context), void *context)
{
    struct xf_batch *batch = xf_batch_create();
    int rc = batch ? XF_OK : XF_ENOMEM;

    settings->daemon = daemon;
    settings->done = done;
    settings->context = context;
    if (rc == XF_OK) {
        const struct xf_fold *fold = xf_engine_read(daemon->engine);

        rc = add_settings(settings, fold, batch);
        if (rc == XF_OK)
            rc = settings->principals ? add_principals(settings, fold, batch) : XF_OK;
        xf_engine_read_end(daemon->engine);
    }
    if (rc == XF_OK && batch->count) {
        batch->done = committed;
        batch->context = settings;
        rc = xf_journal_submit(daemon->journal, batch);
        if (rc == XF_OK) {
            xf_batch_unref(batch);
            return;
        }
    }
    if (batch)
        xf_batch_unref(batch);
    settings->result = rc;
    finish(settings);
}
