/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration file. A refusal names the file, its line and a reason; what is let through keeps the table's bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                           \
    do {                                                                                                                           \
        if (!(condition))                                                                                                          \
            abort();                                                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xf_error error = {0};
    struct xf_conf *conf = xf_conf_parse((const char *)data, size, "fuzz.conf", "/d", &error);

    if (!conf) {
        CHECK(error.code == XF_EINVAL && !strncmp(error.text, "fuzz.conf:", 10) && error.text[11]);
        return 0;
    }
    CHECK(conf->listen && conf->source && conf->purposes[0] && conf->partners[0] == '/');
    CHECK(!strncmp(conf->public_url, "https://", 8));
    CHECK(conf->max_connections >= 1 && conf->max_body_bytes >= 1024 && conf->requests_per_second >= 0);
    xf_conf_destroy(conf);
    return 0;
}
