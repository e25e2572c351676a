/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of words that records may use, read once from config/vocabulary.json and asked by the record parser for every kind,
 * role and type. Invariant: every list has at least one word and no word twice; words are lower-case identifiers, so that they need
 * no escaping in error texts, schemas and SQL. */
#include "crossflag/vocabulary.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64

struct list {
    const char **sorted; /* into the vocabulary's words */
    size_t count;
    char *joined; /* in the file's order */
};

struct xf_vocabulary {
    json_t *json; /* holds the words themselves */
    struct list lists[XF_WORDS_LISTS];
};

const char *xf_vocabulary_list_name(enum xf_vocabulary_list list)
{
    static const char *const names[XF_WORDS_LISTS] = {
        [XF_WORDS_KIND] = "kind",
        [XF_WORDS_PERSON_ROLE] = "person_role",
        [XF_WORDS_LOCATION_ROLE] = "location_role",
        [XF_WORDS_VEHICLE_ROLE] = "vehicle_role",
        [XF_WORDS_LINK_TYPE] = "link_type",
        [XF_WORDS_LOCATION_TYPE] = "location_type",
        [XF_WORDS_MARKER_TYPE] = "marker_type",
        [XF_WORDS_LEVEL] = "level",
    };

    return names[list];
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int is_word(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return length && length <= WORD_MAX && !text[length] && text[0] >= 'a';
}

/* Fills the error with what is wrong at /name or /name/index. */
static int refuse(struct xf_error *error, const char *name, size_t index, const char *text)
{
    int rc = xf_error_set(error, XF_EINVAL, "%s", text);

    if (error && index == SIZE_MAX)
        snprintf(error->pointer, sizeof(error->pointer), "/%s", name);
    else if (error)
        snprintf(error->pointer, sizeof(error->pointer), "/%s/%zu", name, index);
    return rc;
}

static int fill_list(struct list *list, const char *name, const json_t *words, struct xf_error *error)
{
    size_t bytes = 1;
    char *at;

    if (!json_is_array(words) || !json_array_size(words))
        return refuse(error, name, SIZE_MAX, "must be an array with at least one word");
    list->sorted = calloc(json_array_size(words), sizeof(*list->sorted));
    if (!list->sorted)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    for (; list->count < json_array_size(words); list->count++) {
        const char *word = json_string_value(json_array_get(words, list->count));

        if (!word || !is_word(word))
            return refuse(error, name, list->count, "a word is a lower-case letter, then letters, digits and _, 64 at most");
        list->sorted[list->count] = word;
        bytes += strlen(word) + 2;
    }
    at = list->joined = malloc(bytes);
    if (!at)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        at = stpcpy(at, i ? ", " : "");
        at = stpcpy(at, list->sorted[i]);
    }
    qsort(list->sorted, list->count, sizeof(*list->sorted), by_text);
    for (size_t i = 1; i < list->count; i++)
        if (strcmp(list->sorted[i - 1], list->sorted[i]) == 0)
            return refuse(error, name, SIZE_MAX, "has a word twice");
    return XF_OK;
}

static int fill(struct xf_vocabulary *vocabulary, struct xf_error *error)
{
    const char *name;
    json_t *member;

    if (!json_is_object(vocabulary->json))
        return xf_error_set(error, XF_EINVAL, "a vocabulary is an object of arrays of words");
    json_object_foreach(vocabulary->json, name, member)
    {
        int known = 0;

        for (int i = 0; i < XF_WORDS_LISTS; i++)
            known |= strcmp(name, xf_vocabulary_list_name((enum xf_vocabulary_list)i)) == 0;
        if (!known)
            return refuse(error, name, SIZE_MAX, "is not a list of the vocabulary");
    }
    for (int i = 0; i < XF_WORDS_LISTS; i++) {
        const char *list = xf_vocabulary_list_name((enum xf_vocabulary_list)i);
        int rc = fill_list(&vocabulary->lists[i], list, json_object_get(vocabulary->json, list), error);

        if (rc != XF_OK)
            return rc;
    }
    return XF_OK;
}

int xf_vocabulary_parse(const char *text, size_t length, struct xf_vocabulary **ret, struct xf_error *error)
{
    struct xf_vocabulary *vocabulary = calloc(1, sizeof(*vocabulary));
    json_error_t fault;
    int rc;

    if (!vocabulary)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    vocabulary->json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    if (!vocabulary->json) {
        free(vocabulary);
        if (json_error_code(&fault) == json_error_out_of_memory)
            return xf_error_set(error, XF_ENOMEM, "out of memory");
        rc = xf_error_set(error, XF_EINVAL, "%s", fault.text);
        if (error) {
            error->line = fault.line > 0 ? (unsigned)fault.line : 0;
            error->column = fault.column > 0 ? (unsigned)fault.column : 0;
        }
        return rc;
    }
    rc = fill(vocabulary, error);
    if (rc != XF_OK) {
        xf_vocabulary_destroy(vocabulary);
        return rc;
    }
    *ret = vocabulary;
    return XF_OK;
}

void xf_vocabulary_destroy(struct xf_vocabulary *vocabulary)
{
    if (!vocabulary)
        return;
    for (int i = 0; i < XF_WORDS_LISTS; i++) {
        free(vocabulary->lists[i].sorted);
        free(vocabulary->lists[i].joined);
    }
    json_decref(vocabulary->json);
    free(vocabulary);
}

const char *xf_vocabulary_find(const struct xf_vocabulary *vocabulary, enum xf_vocabulary_list list, const char *word)
{
    const struct list *words = &vocabulary->lists[list];
    size_t low = 0;
    size_t high = words->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(words->sorted[middle], word);

        if (!order)
            return words->sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *xf_vocabulary_words(const struct xf_vocabulary *vocabulary, enum xf_vocabulary_list list)
{
    return vocabulary->lists[list].joined;
}
