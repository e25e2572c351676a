/* SPDX-License-Identifier: Apache-2.0 */
/* A subscription's body: from JSON to a row and back to its canonical text. Called by subscription.c when an entry is checked,
 * applied or loaded. Invariant: the canonical text of a row that was read reads as the same row again; unknown members are refused,
 * since a typing error in a filter is an alert that never comes. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/date.h"
#include "subscription.h"

#define URL_MAX 2048
#define TEXT_MAX 200
#define WORDS_MAX 64

/* The members of a body and the order in which the canonical form has them. */
static const char *const members[] = {"id",         "agency",  "principal", "name",          "basis",
                                      "way",        "url",     "secret",    "secret_before", "secret_before_until",
                                      "public_key", "enabled", "reason",    "filter"};
static const char *const filter_members[] = {"types", "levels", "areas", "kinds", "my_records"};
static const char *const kind_names[XF_MENTION_KINDS] = {"person", "location", "vehicle"};

int xf_subscription_fault(struct xf_error *error, int code, const char *pointer, const char *text)
{
    xf_error_set(error, code, "%s", text);
    if (error)
        snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
    return code;
}

static int fault_member(struct xf_error *error, const char *parent, const char *member, const char *text)
{
    char pointer[192];

    snprintf(pointer, sizeof(pointer), "%s/%.100s", parent, member);
    return xf_subscription_fault(error, XF_EINVAL, pointer, text);
}

bool xf_subscription_is_id(const char *text)
{
    return text && *text && strlen(text) <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

/* https, a host, no user, no fragment, printable ASCII. Where it may lead is the daemon's question. */
static bool is_url(const char *text)
{
    const char *host = text + strlen("https://");
    size_t length = strlen(text), host_length;

    if (length > URL_MAX || strncmp(text, "https://", strlen("https://")) != 0 || strpbrk(text, "#\\\"<>^`{|}"))
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    host_length = strcspn(host, "/?");
    return host_length && host[0] != ':' && !memchr(host, '@', host_length);
}

static int copy_text(struct subscription *row, json_t *body, const char *name, size_t max, const char **ret, struct xf_error *error)
{
    json_t *value = json_object_get(body, name);

    *ret = NULL;
    if (!value)
        return XF_OK;
    if (!json_is_string(value) || !json_string_length(value) || json_string_length(value) > max)
        return fault_member(error, "", name, "must be a text that is not empty and not too long");
    *ret = xf_arena_copy(row->arena, json_string_value(value), json_string_length(value));
    return *ret ? XF_OK : xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
}

static int parse_words(struct subscription *row, json_t *filter, const char *name, const char ***ret, struct xf_error *error)
{
    json_t *list = json_object_get(filter, name), *word;
    size_t i;

    if (!list || (json_is_array(list) && !json_array_size(list)))
        return XF_OK;
    if (!json_is_array(list) || json_array_size(list) > WORDS_MAX)
        return fault_member(error, "/filter", name, "must be an array of at most 64 words");
    *ret = xf_arena_alloc(row->arena, (json_array_size(list) + 1) * sizeof(**ret));
    if (!*ret)
        return xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    json_array_foreach(list, i, word)
    {
        if (!json_is_string(word) || !json_string_length(word) || json_string_length(word) > TEXT_MAX)
            return fault_member(error, "/filter", name, "must hold words");
        (*ret)[i] = xf_arena_copy(row->arena, json_string_value(word), json_string_length(word));
        if (!(*ret)[i])
            return xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    }
    return XF_OK;
}

/* Words of a fixed list as bits by their place in names. */
static int parse_bits(json_t *filter, const char *name, const char *const *names, unsigned first, unsigned count, unsigned *ret,
                      struct xf_error *error)
{
    json_t *list = json_object_get(filter, name), *word;
    size_t i;

    if (!list)
        return XF_OK;
    if (!json_is_array(list))
        return fault_member(error, "/filter", name, "must be an array of words");
    json_array_foreach(list, i, word)
    {
        const char *text = json_string_value(word);
        unsigned bit = first;

        while (bit < count && !(text && strcmp(names[bit], text) == 0))
            bit++;
        if (bit == count)
            return fault_member(
                error, "/filter", name,
                "holds a word that it does not know: levels are low, medium, high; kinds person, location, vehicle");
        *ret |= 1U << bit;
    }
    return XF_OK;
}

static int parse_filter(struct subscription *row, json_t *filter, struct xf_error *error)
{
    const char *levels[XF_LEVEL_HIGH + 1], *name;
    json_t *value;
    int rc;

    if (!filter)
        return XF_OK;
    if (!json_is_object(filter))
        return xf_subscription_fault(error, XF_EINVAL, "/filter", "must be an object");
    json_object_foreach(filter, name, value)
    {
        size_t i = 0;

        while (i < sizeof(filter_members) / sizeof(filter_members[0]) && strcmp(filter_members[i], name) != 0)
            i++;
        if (i == sizeof(filter_members) / sizeof(filter_members[0]))
            return fault_member(error, "/filter", name, "is no member of a filter: types, levels, areas, kinds, my_records");
    }
    for (int level = XF_LEVEL_NONE; level <= XF_LEVEL_HIGH; level++)
        levels[level] = xf_level_name((enum xf_level)level);
    value = json_object_get(filter, "my_records");
    if (value && !json_is_boolean(value))
        return xf_subscription_fault(error, XF_EINVAL, "/filter/my_records", "must be true or false");
    row->filter.my_records = json_is_true(value);
    rc = parse_words(row, filter, "types", &row->filter.types, error);
    if (rc == XF_OK)
        rc = parse_words(row, filter, "areas", &row->filter.areas, error);
    if (rc == XF_OK)
        rc = parse_bits(filter, "levels", levels, XF_LEVEL_LOW, XF_LEVEL_HIGH + 1, &row->filter.levels, error);
    if (rc == XF_OK)
        rc = parse_bits(filter, "kinds", kind_names, XF_PERSON, XF_MENTION_KINDS, &row->filter.kinds, error);
    return rc;
}

static int parse_way(struct subscription *row, json_t *body, struct xf_error *error)
{
    json_t *value = json_object_get(body, "way");
    const char *word = json_string_value(value);

    if (!value)
        word = row->shown.url ? "webhook" : "pull";
    if (word && strcmp(word, "webhook") == 0)
        row->shown.way = XF_WAY_WEBHOOK;
    else if (word && (strcmp(word, "pull") == 0 || strcmp(word, "stream") == 0))
        row->shown.way = XF_WAY_PULL;
    else
        return xf_subscription_fault(error, XF_EINVAL, "/way", "must be webhook, pull or stream");
    if (!value && json_object_set_new(body, "way", json_string(word)) != 0)
        return xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    if (row->shown.way == XF_WAY_WEBHOOK && !row->shown.url)
        return xf_subscription_fault(error, XF_EINVAL, "/url", "a webhook needs a url");
    if (row->shown.way == XF_WAY_WEBHOOK && !row->shown.secret)
        return xf_subscription_fault(error, XF_EINVAL, "/secret", "a webhook needs a secret");
    return XF_OK;
}

/* The body's members in their fixed order, or the API's view of them. NULL when out of memory. */
static char *render(const struct subscription *row, json_t *body, bool for_api)
{
    json_t *out = json_object();
    char created[XF_TIME_TEXT], *text = NULL;
    int rc = 0;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_t *value = json_object_get(body, members[i]);

        if (!value || (for_api && strncmp(members[i], "secret", 6) == 0))
            continue;
        rc |= json_object_set(out, members[i], value);
    }
    if (for_api)
        rc |= json_object_set_new(out, "created_at", json_string(xf_time_format(row->shown.created_at, created)));
    if (rc == 0)
        text = json_dumps(out, JSON_COMPACT);
    json_decref(out);
    return text;
}

static int keep_texts(struct subscription *row, json_t *body)
{
    char *canonical = render(row, body, false), *shown = render(row, body, true);

    if (canonical && shown) {
        row->length = strlen(canonical);
        row->canonical = xf_arena_copy(row->arena, canonical, row->length);
        row->shown.body = xf_arena_copy(row->arena, shown, strlen(shown));
    }
    free(canonical);
    free(shown);
    return row->canonical && row->shown.body ? XF_OK : XF_ENOMEM;
}

int xf_subscription_read(struct subscription *row, json_t *body, struct xf_error *error)
{
    struct xf_subscription *shown = &row->shown;
    const char *name, *unused, *until, *reason;
    void *safe;
    json_t *value;
    int rc;

    json_object_foreach_safe(body, safe, name, value)
    {
        size_t i = 0;

        while (i < sizeof(members) / sizeof(members[0]) && strcmp(members[i], name) != 0)
            i++;
        if (i == sizeof(members) / sizeof(members[0]))
            return fault_member(error, "", name, "is no member of a subscription");
        if (json_is_null(value))
            json_object_del(body, name);
    }
    row->arena = xf_arena_create();
    if (!row->arena)
        return xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    if (!xf_subscription_is_id(json_string_value(json_object_get(body, "id"))))
        return xf_subscription_fault(error, XF_EINVAL, "/id", "must be of small letters, digits and hyphens");
    rc = copy_text(row, body, "id", TEXT_MAX, &shown->id, error);
    if (rc == XF_OK)
        rc = copy_text(row, body, "agency", TEXT_MAX, &shown->agency, error);
    if (rc == XF_OK)
        rc = copy_text(row, body, "principal", TEXT_MAX, &shown->principal, error);
    if (rc == XF_OK)
        rc = copy_text(row, body, "url", URL_MAX, &shown->url, error);
    if (rc == XF_OK)
        rc = copy_text(row, body, "secret", TEXT_MAX, &shown->secret, error);
    if (rc == XF_OK)
        rc = copy_text(row, body, "secret_before", TEXT_MAX, &shown->secret_before, error);
    if (rc == XF_OK)
        rc = copy_text(row, body, "secret_before_until", TEXT_MAX, &until, error);
    for (size_t i = 0; rc == XF_OK && i < 4; i++)
        rc = copy_text(row, body, (const char *const[]){"name", "basis", "public_key", "reason"}[i], TEXT_MAX, &unused, error);
    if (rc != XF_OK)
        return rc;
    if (until && xf_time_parse(until, &shown->secret_before_until, &reason) != XF_OK)
        return xf_subscription_fault(error, XF_EINVAL, "/secret_before_until", reason);
    if (!shown->agency)
        return xf_subscription_fault(error, XF_EINVAL, "/agency", "is missing");
    if (!shown->principal)
        return xf_subscription_fault(error, XF_EINVAL, "/principal", "is missing");
    if (shown->url && !is_url(shown->url))
        return xf_subscription_fault(error, XF_EINVAL, "/url", "must be an https URL with a host and without user or fragment");
    value = json_object_get(body, "enabled");
    if (value && !json_is_boolean(value))
        return xf_subscription_fault(error, XF_EINVAL, "/enabled", "must be true or false");
    shown->enabled = !value || json_is_true(value);
    if (json_object_set_new(body, "enabled", json_boolean(shown->enabled)) != 0)
        return xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    rc = parse_filter(row, json_object_get(body, "filter"), error);
    if (rc == XF_OK)
        rc = parse_way(row, body, error);
    if (rc == XF_OK && keep_texts(row, body) != XF_OK)
        rc = xf_subscription_fault(error, XF_ENOMEM, "", "out of memory");
    return rc;
}
