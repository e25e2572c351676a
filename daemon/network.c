/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps webhooks out of the networks behind us. Called with the resolved address at the moment a socket is opened, so that a name
 * which resolves differently the second time gains nothing, and by the API with a URL when a subscription is made. Invariant: an
 * address that is not plainly public is refused unless an allowed block holds it; addresses that carry an IPv4 address inside
 * (mapped, NAT64, 6to4) are judged by that one. The blocks are the IANA special-purpose registries' (RFC 6890 and its successors).
 */
#include "network.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
};

struct xf_networks {
    pthread_rwlock_t lock; /* over the allowed blocks: a reload replaces them */
    struct block *special, *allowed;
    size_t special_count, allowed_count;
};

static const char *const special[] = {
    "0.0.0.0/8",    "10.0.0.0/8",     "100.64.0.0/10",  "127.0.0.0/8",   "169.254.0.0/16",  "172.16.0.0/12",  "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4",  "::/96",          "64:ff9b:1::/48", "100::/64",      "2001::/23",       "2001:db8::/32",  "3fff::/20",
    "5f00::/16",    "fc00::/7",       "fe80::/10",      "fec0::/10",     "ff00::/8",
};

static void map_v4(const void *v4, uint8_t bytes[static 16])
{
    memset(bytes, 0, 10);
    bytes[10] = bytes[11] = 0xff;
    memcpy(bytes + 12, v4, 4);
}

static int parse_block(const char *text, struct block *ret)
{
    char address[64], *end;
    const char *slash = strchr(text, '/');
    struct in_addr v4;
    unsigned long bits;

    if (!slash || (size_t)(slash - text) >= sizeof(address))
        return -1;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    bits = strtoul(slash + 1, &end, 10);
    if (end == slash + 1 || *end)
        return -1;
    if (inet_pton(AF_INET, address, &v4) == 1 && bits <= 32) {
        map_v4(&v4, ret->bytes);
        bits += 96;
    } else if (inet_pton(AF_INET6, address, ret->bytes) != 1 || bits > 128) {
        return -1;
    }
    ret->bits = (unsigned)bits;
    return 0;
}

static struct block *parse_blocks(const char *const *texts, size_t count)
{
    struct block *blocks = calloc(count ? count : 1, sizeof(*blocks));

    for (size_t i = 0; blocks && i < count; i++) {
        if (parse_block(texts[i], &blocks[i]) != 0) {
            free(blocks);
            return NULL;
        }
    }
    return blocks;
}

struct xf_networks *xf_networks_create(const char *const *allow)
{
    struct xf_networks *networks = calloc(1, sizeof(*networks));

    if (!networks)
        return NULL;
    pthread_rwlock_init(&networks->lock, NULL);
    networks->special_count = sizeof(special) / sizeof(special[0]);
    networks->special = parse_blocks(special, networks->special_count);
    if (!networks->special || xf_networks_replace(networks, allow) != XF_OK) {
        xf_networks_destroy(networks);
        return NULL;
    }
    return networks;
}

int xf_networks_replace(struct xf_networks *networks, const char *const *allow)
{
    struct block *blocks, *before;
    size_t count = 0;

    while (allow && allow[count])
        count++;
    blocks = parse_blocks(allow, count);
    if (!blocks)
        return XF_ENOMEM;
    pthread_rwlock_wrlock(&networks->lock);
    before = networks->allowed;
    networks->allowed = blocks;
    networks->allowed_count = count;
    pthread_rwlock_unlock(&networks->lock);
    free(before);
    return XF_OK;
}

void xf_networks_destroy(struct xf_networks *networks)
{
    if (!networks)
        return;
    pthread_rwlock_destroy(&networks->lock);
    free(networks->special);
    free(networks->allowed);
    free(networks);
}

static bool holds(const struct block *blocks, size_t count, const uint8_t bytes[static 16])
{
    for (size_t i = 0; i < count; i++) {
        unsigned whole = blocks[i].bits / 8, rest = blocks[i].bits % 8;
        unsigned mask = rest ? 0xffU << (8 - rest) & 0xffU : 0;

        if (memcmp(blocks[i].bytes, bytes, whole) == 0 && (!rest || (blocks[i].bytes[whole] & mask) == (bytes[whole] & mask)))
            return true;
    }
    return false;
}

static bool is_allowed(struct xf_networks *networks, const uint8_t bytes[static 16])
{
    bool allowed;

    pthread_rwlock_rdlock(&networks->lock);
    allowed = holds(networks->allowed, networks->allowed_count, bytes);
    pthread_rwlock_unlock(&networks->lock);
    return allowed;
}

bool xf_networks_allow(struct xf_networks *networks, const struct sockaddr *address)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    uint8_t bytes[16], inner[16];

    if (address->sa_family == AF_INET)
        map_v4(&((const struct sockaddr_in *)(const void *)address)->sin_addr, bytes);
    else if (address->sa_family == AF_INET6)
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof(bytes));
    else
        return false;
    if (is_allowed(networks, bytes))
        return true;
    if (holds(networks->special, networks->special_count, bytes))
        return false;
    if (memcmp(bytes, nat64, sizeof(nat64)) == 0)
        map_v4(bytes + 12, inner);
    else if (bytes[0] == 0x20 && bytes[1] == 0x02)
        map_v4(bytes + 2, inner);
    else
        return true;
    return is_allowed(networks, inner) || !holds(networks->special, networks->special_count, inner);
}

bool xf_networks_refuse_url(struct xf_networks *networks, const char *url)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const char *host = strstr(url, "://"), *end;
    char name[256];
    struct addrinfo *found, *each;
    bool any = false;

    if (!host)
        return true;
    host += 3;
    if (*host == '[') {
        host++;
        end = strchr(host, ']');
    } else {
        end = host + strcspn(host, ":/?");
    }
    if (!end || end == host || (size_t)(end - host) >= sizeof(name))
        return true;
    memcpy(name, host, (size_t)(end - host));
    name[end - host] = '\0';
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    for (each = found; each && !any; each = each->ai_next)
        any = xf_networks_allow(networks, each->ai_addr);
    freeaddrinfo(found);
    return !any;
}
