/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to the daemon over HTTPS: the only file of the command line that includes libcurl's header beside main.c. One connection,
 * kept open. */
#ifndef XF_CLI_CLIENT_H
#define XF_CLI_CLIENT_H

#include "cli.h"

struct xf_client;

/* Resolves the target and makes a client, owned. NULL after having said why, *ret_code then holds the exit code. */
struct xf_client *xf_client_open(struct xf_cli *cli, int *ret_code);
void xf_client_close(struct xf_client *client);

struct xf_answer {
    long status; /* HTTP's; 0 when there was no answer, error then says why */
    char *body;  /* NUL-terminated, owned */
    size_t length;
    long retry_after_s; /* -1 when the answer does not say */
    bool is_problem;
    bool unreachable; /* no answer because nothing listens there or it went away: a later try may do better */
    char error[320];
};
struct xf_client_request {
    const char *method, *path, *content_type, *content_encoding;
    const void *body;
    size_t length;
    /* Instead of keeping a 2xx body, it is handed over as it comes; a value other than 0 ends the call. last_event_id is a header
     * for streams. */
    int (*receive)(void *context, const char *bytes, size_t length);
    void *context;
    const char *last_event_id;
    bool endless; /* no total deadline: a stream */
};
/* One call, no retry. XF_OK when there is an answer of any status (free it with xf_answer_clear), XF_EIO when there is none,
 * XF_ENOMEM. */
int xf_client_call(struct xf_client *client, const struct xf_client_request *request, struct xf_answer *ret) XF_MUST_CHECK;
void xf_answer_clear(struct xf_answer *answer);
/* Says on standard error why an answer is not what was wanted (problem details with each error, or the transport's fault). Returns
 * the exit code. */
int xf_answer_explain(const struct xf_cli *cli, const struct xf_answer *answer);

/* The usual call: opens a client, sends a JSON body (stolen; NULL: none), takes a JSON answer (*ret is a new reference, NULL for an
 * empty one; ret may be NULL). path is freed. XF_EXIT_OK, or the exit code after having said why. */
int xf_client_json(struct xf_cli *cli, const char *method, char *path, json_t *body, json_t **ret) XF_MUST_CHECK;

/* A whole list, page after page: *ret is {"items":[…]}, a new reference. */
int xf_client_all(struct xf_cli *cli, const char *path, json_t **ret) XF_MUST_CHECK;

/* Builds a path: start with a constant, add percent-encoded segments and query parameters (nothing for a NULL value), finish with
 * owned text (NULL: out of memory). */
struct xf_path {
    char *text;
    bool query, broken;
};
struct xf_path xf_path_start(const char *constant);
void xf_path_constant(struct xf_path *path, const char *constant);
void xf_path_segment(struct xf_path *path, const char *segment);
void xf_path_query(struct xf_path *path, const char *name, const char *value);
char *xf_path_finish(struct xf_path *path);
void xf_path_drop(struct xf_path *path); /* frees one that is not finished */

#endif
