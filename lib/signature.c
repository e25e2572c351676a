/* SPDX-License-Identifier: Apache-2.0 */
/* Signs webhook bodies as Standard Webhooks 1.0.0 says: the bytes "id.timestamp.body" under HMAC-SHA256 (v1) or ed25519 (v1a).
 * Called by the delivery thread for every attempt and by secret.c when secrets are made. OpenSSL does the cryptography; nothing
 * here keeps a copy of a secret: what is decoded on the stack is wiped before return. */
#include "crossflag/signature.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MIN 24
#define SECRET_MAX 64
#define SEED_BYTES 32
#define SIGNATURE_BYTES 64

/* Decodes strict base64 (RFC 4648 section 4, padded) of at most SECRET_MAX bytes behind a prefix. Returns the length, or -1. */
static int decode(const char *text, const char *prefix, uint8_t out[static SECRET_MAX])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t bytes[SECRET_MAX + 3];
    size_t length, digits, padding;
    int decoded = -1;

    if (!text || strncmp(text, prefix, strlen(prefix)) != 0)
        return -1;
    text += strlen(prefix);
    length = strlen(text);
    digits = strspn(text, alphabet);
    padding = length - digits;
    if (!digits || length % 4 || padding > 2 || strspn(text + digits, "=") != padding || length / 4 * 3 - padding > SECRET_MAX)
        return -1;
    if (EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length) > 0) {
        decoded = (int)(length / 4 * 3 - padding);
        memcpy(out, bytes, (size_t)decoded);
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return decoded;
}

static int encode(const char *prefix, const uint8_t *bytes, size_t length, char *out, size_t size)
{
    size_t used = strlen(prefix);

    if (used + (length + 2) / 3 * 4 + 1 > size)
        return XF_ELIMIT;
    memcpy(out, prefix, used);
    EVP_EncodeBlock((unsigned char *)out + used, bytes, (int)length);
    return XF_OK;
}

/* "id.timestamp." as it stands before the body. A dot in the id would make the signed text ambiguous in theory, but the receiver
 * reads the id from its header. */
static int preamble(char *buffer, size_t size, const char *id, int64_t timestamp)
{
    int length = snprintf(buffer, size, "%s.%lld.", id, (long long)timestamp);

    return length > 0 && (size_t)length < size ? length : -1;
}

int xf_signature_hmac(const char *secret, const char *id, int64_t timestamp, const char *body, size_t length,
                      char out[static XF_SIGNATURE_TEXT])
{
    uint8_t key[SECRET_MAX], digest[32];
    char head[512];
    int key_length = decode(secret, "whsec_", key), head_length = preamble(head, sizeof(head), id, timestamp);
    EVP_MAC *mac = NULL;
    EVP_MAC_CTX *context = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
                           OSSL_PARAM_construct_end()};
    size_t written;
    int rc = XF_EINVAL;

    if (key_length < SECRET_MIN || head_length < 0)
        goto end;
    rc = XF_ENOMEM;
    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    if (context && EVP_MAC_init(context, key, (size_t)key_length, params) &&
        EVP_MAC_update(context, (const uint8_t *)head, (size_t)head_length) &&
        EVP_MAC_update(context, (const uint8_t *)body, length) && EVP_MAC_final(context, digest, &written, sizeof(digest)))
        rc = encode("v1,", digest, sizeof(digest), out, XF_SIGNATURE_TEXT);
end:
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    OPENSSL_cleanse(key, sizeof(key));
    return rc;
}

/* The private key of "whsk_<seed>" or "whsk_<seed||public>"; in the second form the public half must be the seed's own. */
static int private_key(const char *secret, EVP_PKEY **ret)
{
    uint8_t bytes[SECRET_MAX], public_half[SEED_BYTES];
    size_t public_length = sizeof(public_half);
    int length = decode(secret, "whsk_", bytes), rc = XF_EINVAL;
    EVP_PKEY *key = NULL;

    if (length != SEED_BYTES && length != 2 * SEED_BYTES)
        goto end;
    rc = XF_ENOMEM;
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, SEED_BYTES);
    if (!key || !EVP_PKEY_get_raw_public_key(key, public_half, &public_length))
        goto end;
    rc = XF_EINVAL;
    if (length == 2 * SEED_BYTES && memcmp(public_half, bytes + SEED_BYTES, SEED_BYTES) != 0)
        goto end;
    *ret = key;
    key = NULL;
    rc = XF_OK;
end:
    EVP_PKEY_free(key);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return rc;
}

int xf_signature_ed25519(const char *secret, const char *id, int64_t timestamp, const char *body, size_t length,
                         char out[static XF_SIGNATURE_TEXT])
{
    uint8_t signature[SIGNATURE_BYTES];
    size_t signature_length = sizeof(signature);
    char head[512];
    int head_length = preamble(head, sizeof(head), id, timestamp);
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *context = NULL;
    uint8_t *text = NULL;
    int rc = head_length < 0 ? XF_EINVAL : private_key(secret, &key);

    if (rc != XF_OK)
        return rc;
    /* Ed25519 signs the whole message at once (RFC 8032 reads it twice), so head and body must lie together. */
    rc = XF_ENOMEM;
    text = malloc((size_t)head_length + length);
    context = EVP_MD_CTX_new();
    if (text && context) {
        memcpy(text, head, (size_t)head_length);
        if (length)
            memcpy(text + head_length, body, length);
        if (EVP_DigestSignInit(context, NULL, NULL, NULL, key) &&
            EVP_DigestSign(context, signature, &signature_length, text, (size_t)head_length + length))
            rc = encode("v1a,", signature, signature_length, out, XF_SIGNATURE_TEXT);
    }
    free(text);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return rc;
}

int xf_signature_secret(const uint8_t *bytes, size_t length, char out[static XF_SIGNATURE_SECRET_TEXT])
{
    if (length < SECRET_MIN || length > SECRET_MAX)
        return XF_EINVAL;
    return encode("whsec_", bytes, length, out, XF_SIGNATURE_SECRET_TEXT);
}

int xf_signature_private(const uint8_t seed[static 32], char out[static XF_SIGNATURE_SECRET_TEXT])
{
    return encode("whsk_", seed, SEED_BYTES, out, XF_SIGNATURE_SECRET_TEXT);
}

int xf_signature_public(const char *private_text, char out[static XF_SIGNATURE_SECRET_TEXT])
{
    uint8_t bytes[SEED_BYTES];
    size_t length = sizeof(bytes);
    EVP_PKEY *key = NULL;
    int rc = private_key(private_text, &key);

    if (rc == XF_OK)
        rc = EVP_PKEY_get_raw_public_key(key, bytes, &length) ? encode("whpk_", bytes, length, out, XF_SIGNATURE_SECRET_TEXT)
                                                              : XF_ENOMEM;
    EVP_PKEY_free(key);
    return rc;
}
