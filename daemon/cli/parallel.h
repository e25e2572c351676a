/* SPDX-License-Identifier: Apache-2.0 */
/* Work in parts, over as many threads as there are processors. */
#ifndef XF_CLI_PARALLEL_H
#define XF_CLI_PARALLEL_H

/* Calls work(data, part) for every part below parts, several at once, and returns the first part's error that there was (0: none).
 * Parts must not touch what others write. Where no thread can be made, this thread does it all. */
int xf_parallel(int (*work)(void *data, unsigned part), void *data, unsigned parts);

#endif
