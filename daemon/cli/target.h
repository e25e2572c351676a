/* SPDX-License-Identifier: Apache-2.0 */
/* Where to call and as whom: options first, then demo.json, then the environment. */
#ifndef XF_CLI_TARGET_H
#define XF_CLI_TARGET_H

#include "cli.h"

/* Fills url, ca and the credentials. XF_EXIT_OK, or XF_EXIT_USAGE after having said what is missing. */
int xf_target_resolve(struct xf_cli *cli) XF_MUST_CHECK;
/* Frees all texts of the cli; the token is wiped first. */
void xf_target_clear(struct xf_cli *cli);

#endif
