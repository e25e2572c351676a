/* SPDX-License-Identifier: Apache-2.0 */
/* The progress bar of long work, on standard error. Called by send and refold. Draws nothing unless a person is looking. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "print.h"

#define BAR 30
#define REDRAW_US 100000

int64_t xf_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct xf_progress xf_progress_start(const char *label, const char *unit, uint64_t total)
{
    const char *term = getenv("TERM");

    return (struct xf_progress){
        .label = label,
        .unit = unit,
        .total = total,
        .started_us = xf_monotonic_us(),
        .on = isatty(STDERR_FILENO) && (!term || (term[0] != 'd' || term[1] != 'u')), /* TERM=dumb moves no cursor */
    };
}

/* done is of total (bytes of a file, entries); units is what the rate counts. */
void xf_progress_show(struct xf_progress *progress, uint64_t done, uint64_t units)
{
    int64_t now;
    double seconds;

    if (!progress->on)
        return;
    now = xf_monotonic_us();
    if (progress->shown && now - progress->drawn_us < REDRAW_US)
        return;
    seconds = (double)(now - progress->started_us) / 1e6;
    fprintf(stderr, "\r\033[K%s ", progress->label);
    if (progress->total) {
        unsigned part = done >= progress->total ? BAR : (unsigned)(done * BAR / progress->total);

        fputc('[', stderr);
        for (unsigned i = 0; i < BAR; i++)
            fputs(i < part ? "█" : "·", stderr);
        fprintf(stderr, "] %3u%% ", done >= progress->total ? 100 : (unsigned)(done * 100 / progress->total));
    }
    fprintf(stderr, "%llu %s", (unsigned long long)units, progress->unit);
    if (seconds > 0.2)
        fprintf(stderr, ", %.0f/s", (double)units / seconds);
    if (progress->total && done && done < progress->total && seconds > 1)
        fprintf(stderr, ", %.0f s left", seconds * (double)(progress->total - done) / (double)done);
    fflush(stderr);
    progress->drawn_us = now;
    progress->shown = true;
}

void xf_progress_end(struct xf_progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
    progress->shown = false;
}
