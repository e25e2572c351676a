/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the configuration: parsed, compared and copied by type. conf.c alone calls it. A value that parsed is inside its
 * bounds; one that did not leaves its field as it was and says why in words that complete a sentence starting with the key. */
#include "value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define LIST_MAX 64

const char *xf_value_type_name(enum xf_value_type type)
{
    switch (type) {
    case XF_VALUE_TEXT:
        return "text";
    case XF_VALUE_URL:
        return "https URL";
    case XF_VALUE_ADDRESS:
        return "address:port";
    case XF_VALUE_PATH:
        return "path";
    case XF_VALUE_INTEGER:
        return "whole number";
    case XF_VALUE_WORDS:
        return "words";
    case XF_VALUE_NETWORKS:
        return "networks";
    case XF_VALUE_LEVEL:
        return "level";
    }
    return "";
}

/* The decimal number that is all of text, not above max; -1 otherwise. */
static long small_number(const char *text, long max)
{
    long number = 0;

    if (!*text || strlen(text) > 5)
        return -1;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return -1;
        number = number * 10 + (*text - '0');
    }
    return number <= max ? number : -1;
}

static bool is_host(const char *text, size_t length, int family)
{
    char host[64];
    unsigned char binary[16];

    if (length >= sizeof(host))
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    return inet_pton(family, host, binary) == 1;
}

static bool is_address(const char *text)
{
    const char *colon = strrchr(text, ':');

    if (!colon || colon == text || small_number(colon + 1, 65535) < 0)
        return false;
    if (text[0] == '[')
        return colon[-1] == ']' && colon - text > 2 && is_host(text + 1, (size_t)(colon - text) - 2, AF_INET6);
    return is_host(text, (size_t)(colon - text), AF_INET);
}

static bool is_word(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != '_' && *at != '-')
            return false;
    }
    return *text != '\0';
}

static bool is_network(const char *text)
{
    const char *slash = strchr(text, '/');
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    return slash && small_number(slash + 1, family == AF_INET ? 32 : 128) >= 0 && is_host(text, (size_t)(slash - text), family);
}

static int parse_text(const char *text, size_t length, struct xf_arena *arena, const char **field)
{
    char *copy = NULL;

    if (length && !(copy = xf_arena_copy(arena, text, length)))
        return XF_ENOMEM;
    *field = copy;
    return XF_OK;
}

static int parse_path(const char *text, const char *directory, struct xf_arena *arena, const char **field)
{
    size_t size;
    char *path;

    if (!*text || *text == '/')
        return parse_text(text, strlen(text), arena, field);
    size = strlen(directory) + 1 + strlen(text) + 1;
    path = xf_arena_alloc(arena, size);
    if (!path)
        return XF_ENOMEM;
    snprintf(path, size, "%s/%s", directory, text);
    *field = path;
    return XF_OK;
}

static int parse_integer(const struct xf_value_rule *rule, const char *text, int64_t *field, char *reason, size_t reason_size)
{
    char *rest;
    long long value;

    errno = 0;
    value = strtoll(text, &rest, 10);
    if (!*text || *rest || isspace((unsigned char)*text) || (errno && errno != ERANGE)) {
        snprintf(reason, reason_size, "is not a whole number");
        return XF_EINVAL;
    }
    if (value < rule->min || value > rule->max) {
        snprintf(reason, reason_size, "must lie between %lld and %lld", (long long)rule->min, (long long)rule->max);
        return XF_EINVAL;
    }
    *field = value;
    return XF_OK;
}

static int parse_list(const struct xf_value_rule *rule, char *text, struct xf_arena *arena, const char *const **field, char *reason,
                      size_t reason_size)
{
    const char **list = xf_arena_alloc(arena, (LIST_MAX + 1) * sizeof(*list));
    size_t count = 0;
    char *state, *item;

    if (!list)
        return XF_ENOMEM;
    for (item = strtok_r(text, ", \t", &state); item; item = strtok_r(NULL, ", \t", &state)) {
        if (count == LIST_MAX) {
            snprintf(reason, reason_size, "has more than %d items", LIST_MAX);
            return XF_EINVAL;
        }
        if (rule->type == XF_VALUE_WORDS && !is_word(item)) {
            snprintf(reason, reason_size, "is not a comma-separated list of words of a-z, 0-9, _ and -");
            return XF_EINVAL;
        }
        if (rule->type == XF_VALUE_NETWORKS && !is_network(item)) {
            snprintf(reason, reason_size, "is not a comma-separated list of networks such as 10.0.0.0/8");
            return XF_EINVAL;
        }
        list[count] = xf_arena_copy(arena, item, strlen(item));
        if (!list[count++])
            return XF_ENOMEM;
    }
    if (!count && rule->min > 0) {
        snprintf(reason, reason_size, "must not be empty");
        return XF_EINVAL;
    }
    *field = list;
    return XF_OK;
}

static int parse_level(const char *text, enum xf_log_level *field, char *reason, size_t reason_size)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(text, names[i])) {
            *field = (enum xf_log_level)i;
            return XF_OK;
        }
    }
    snprintf(reason, reason_size, "is not debug, info, warning or error");
    return XF_EINVAL;
}

int xf_value_parse(const struct xf_value_rule *rule, char *text, const char *directory, struct xf_arena *arena, void *field,
                   char *reason, size_t reason_size)
{
    size_t length = strlen(text);

    if (!length && rule->min > 0 && rule->type != XF_VALUE_INTEGER) {
        snprintf(reason, reason_size, "must not be empty");
        return XF_EINVAL;
    }
    switch (rule->type) {
    case XF_VALUE_URL:
        if (length && (strncmp(text, "https://", 8) || length == 8 || text[8] == '/' || strpbrk(text, " \t?#"))) {
            snprintf(reason, reason_size, "is not an https:// URL without a query");
            return XF_EINVAL;
        }
        while (length && text[length - 1] == '/')
            length--;
        return parse_text(text, length, arena, field);
    case XF_VALUE_ADDRESS:
        if (!is_address(text)) {
            snprintf(reason, reason_size, "is not an IP address and a port, such as 127.0.0.1:8443 or [::1]:8443");
            return XF_EINVAL;
        }
        return parse_text(text, length, arena, field);
    case XF_VALUE_TEXT:
        return parse_text(text, length, arena, field);
    case XF_VALUE_PATH:
        return parse_path(text, directory, arena, field);
    case XF_VALUE_INTEGER:
        return parse_integer(rule, text, field, reason, reason_size);
    case XF_VALUE_WORDS:
    case XF_VALUE_NETWORKS:
        return parse_list(rule, text, arena, field, reason, reason_size);
    case XF_VALUE_LEVEL:
        return parse_level(text, field, reason, reason_size);
    }
    return XF_EINVAL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

bool xf_value_same(enum xf_value_type type, const void *a, const void *b)
{
    switch (type) {
    case XF_VALUE_TEXT:
    case XF_VALUE_URL:
    case XF_VALUE_ADDRESS:
    case XF_VALUE_PATH:
        return same_text(*(const char *const *)a, *(const char *const *)b);
    case XF_VALUE_INTEGER:
        return *(const int64_t *)a == *(const int64_t *)b;
    case XF_VALUE_LEVEL:
        return *(const enum xf_log_level *)a == *(const enum xf_log_level *)b;
    case XF_VALUE_WORDS:
    case XF_VALUE_NETWORKS: {
        const char *const *left = *(const char *const *const *)a, *const *right = *(const char *const *const *)b;

        while (*left && *right && !strcmp(*left, *right)) {
            left++;
            right++;
        }
        return !*left && !*right;
    }
    }
    return true;
}

int xf_value_copy(enum xf_value_type type, void *to, const void *from, struct xf_arena *arena)
{
    switch (type) {
    case XF_VALUE_TEXT:
    case XF_VALUE_URL:
    case XF_VALUE_ADDRESS:
    case XF_VALUE_PATH: {
        const char *text = *(const char *const *)from, *copy = NULL;

        if (text && !(copy = xf_arena_copy(arena, text, strlen(text))))
            return XF_ENOMEM;
        *(const char **)to = copy;
        return XF_OK;
    }
    case XF_VALUE_INTEGER:
        *(int64_t *)to = *(const int64_t *)from;
        return XF_OK;
    case XF_VALUE_LEVEL:
        *(enum xf_log_level *)to = *(const enum xf_log_level *)from;
        return XF_OK;
    case XF_VALUE_WORDS:
    case XF_VALUE_NETWORKS: {
        const char *const *list = *(const char *const *const *)from;
        const char **copy = xf_arena_alloc(arena, (LIST_MAX + 1) * sizeof(*copy));

        for (size_t i = 0; copy && list[i]; i++) {
            copy[i] = xf_arena_copy(arena, list[i], strlen(list[i]));
            if (!copy[i])
                return XF_ENOMEM;
        }
        if (!copy)
            return XF_ENOMEM;
        *(const char *const **)to = copy;
        return XF_OK;
    }
    }
    return XF_OK;
}
