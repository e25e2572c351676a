/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabulary and mappings in generations: a reload makes a new one and keeps the old until the end, so that no reader needs a lock.
 * Reloads are rare and the tables small. */
#include "forms.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

struct named_mapping {
    char *feed;
    struct xf_mapping *mapping;
    struct named_mapping *next;
};

struct generation {
    struct xf_vocabulary *vocabulary;
    struct named_mapping *mappings;
    struct generation *older;
};

struct xf_forms {
    struct generation *current;
};

static void free_generation(struct generation *generation)
{
    while (generation->mappings) {
        struct named_mapping *next = generation->mappings->next;

        xf_mapping_destroy(generation->mappings->mapping);
        free(generation->mappings->feed);
        free(generation->mappings);
        generation->mappings = next;
    }
    xf_vocabulary_destroy(generation->vocabulary);
    free(generation);
}

static int load_mapping(struct generation *generation, const char *directory, const char *name, struct xf_error *error)
{
    struct named_mapping *mapping = calloc(1, sizeof(*mapping));
    char *path = NULL, *text = NULL;
    size_t length;
    int rc = XF_ENOMEM;

    if (mapping && asprintf(&path, "%s/%s", directory, name) >= 0)
        rc = xf_file_read(path, &text, &length, error);
    if (rc == XF_OK) {
        rc = xf_mapping_parse(text, length, &mapping->mapping, error);
        if (rc != XF_OK)
            rc = xf_file_fault(error, path, rc);
    }
    if (rc == XF_OK) {
        mapping->feed = strndup(name, strlen(name) - strlen(".json"));
        mapping->next = generation->mappings;
        generation->mappings = mapping;
        mapping = NULL;
        if (!generation->mappings->feed)
            rc = XF_ENOMEM;
    }
    free(mapping);
    free(text);
    free(path);
    return rc;
}

static int load_mappings(struct generation *generation, const char *directory, struct xf_error *error)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;
    int rc = XF_OK;

    if (!entries)
        return xf_error_set(error, XF_EIO, "%s: %s", directory, strerror(errno));
    while (rc == XF_OK && (entry = readdir(entries))) {
        size_t length = strlen(entry->d_name);

        if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0)
            rc = load_mapping(generation, directory, entry->d_name, error);
    }
    closedir(entries);
    return rc;
}

static int load_vocabulary(struct generation *generation, const char *path, struct xf_error *error)
{
    char *text;
    size_t length;
    int rc = xf_file_read(path, &text, &length, error);

    if (rc != XF_OK)
        return rc;
    rc = xf_vocabulary_parse(text, length, &generation->vocabulary, error);
    free(text);
    return rc == XF_OK ? XF_OK : xf_file_fault(error, path, rc);
}

int xf_forms_reload(struct xf_forms *forms, const struct xf_conf *conf, struct xf_error *error)
{
    struct generation *generation = calloc(1, sizeof(*generation));
    int rc = generation ? load_vocabulary(generation, conf->vocabulary, error) : XF_ENOMEM;

    if (rc == XF_OK && conf->feeds)
        rc = load_mappings(generation, conf->feeds, error);
    if (rc != XF_OK) {
        if (generation)
            free_generation(generation);
        return rc;
    }
    generation->older = forms->current;
    forms->current = generation;
    return XF_OK;
}

struct xf_forms *xf_forms_load(const struct xf_conf *conf, struct xf_error *error)
{
    struct xf_forms *forms = calloc(1, sizeof(*forms));

    if (forms && xf_forms_reload(forms, conf, error) != XF_OK) {
        free(forms);
        return NULL;
    }
    return forms;
}

void xf_forms_destroy(struct xf_forms *forms)
{
    if (!forms)
        return;
    while (forms->current) {
        struct generation *older = forms->current->older;

        free_generation(forms->current);
        forms->current = older;
    }
    free(forms);
}

const struct xf_vocabulary *xf_forms_vocabulary(const struct xf_forms *forms)
{
    return forms->current->vocabulary;
}

const struct xf_mapping *xf_forms_mapping(const struct xf_forms *forms, const char *feed)
{
    for (const struct named_mapping *mapping = forms->current->mappings; mapping; mapping = mapping->next)
        if (strcmp(mapping->feed, feed) == 0)
            return mapping->mapping;
    return NULL;
}
