/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's log: one JSON object a line on standard error, from any thread. Everybody in daemon/ calls it; lib/ never does. A
 * line is made whole and written in one go under a lock, so that lines of different threads never mix. Members are jansson pack
 * formats with constant names: what a caller puts there is an identifier, a number or an error's text, never a name, a secret or a
 * query. */
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "crossflag/date.h"

static atomic_int lowest = XF_LOG_INFO;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

void xf_log_set_level(enum xf_log_level level)
{
    atomic_store_explicit(&lowest, (int)level, memory_order_relaxed);
}

static const char *level_name(enum xf_log_level level)
{
    switch (level) {
    case XF_LOG_DEBUG:
        return "debug";
    case XF_LOG_INFO:
        return "info";
    case XF_LOG_WARNING:
        return "warning";
    case XF_LOG_ERROR:
        return "error";
    }
    return "error";
}

/* Errors of standard error have nowhere to be reported. */
static void write_line(char *line, size_t length)
{
    pthread_mutex_lock(&writing);
    while (length) {
        ssize_t written = write(STDERR_FILENO, line, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        line += written;
        length -= (size_t)written;
    }
    pthread_mutex_unlock(&writing);
}

void xf_log(enum xf_log_level level, const char *event, const char *members, ...)
{
    char at[XF_TIME_TEXT];
    struct timespec now;
    json_t *line, *more = NULL;
    char *text;
    size_t length;

    if ((int)level < atomic_load_explicit(&lowest, memory_order_relaxed))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    line = json_pack("{s:s,s:s,s:s}", "time", xf_time_format((int64_t)now.tv_sec * XF_SECOND + now.tv_nsec / 1000, at), "level",
                     level_name(level), "event", event);
    if (members) {
        json_error_t error;
        va_list args;

        va_start(args, members);
        more = json_vpack_ex(&error, 0, members, args);
        va_end(args);
        /* A text that is not UTF-8 must not cost the line. */
        if (!more || json_object_update(line, more) < 0)
            json_object_set_new(line, "members_lost", json_string(error.text));
    }
    text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(more);
    json_decref(line);
    if (!text)
        return;
    length = strlen(text);
    text[length] = '\n'; /* in place of the NUL: written by length */
    write_line(text, length + 1);
    free(text);
}
