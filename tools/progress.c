/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR 24       /* columns */
#define NAME_MOST 32 /* columns, so that the line fits 80 */
#define RATE_SECONDS 3
#define RATE_BYTES 48

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0';
}

void progress_begin(struct progress *progress, size_t total, bool is_quiet)
{
    const char *term = getenv("TERM");
    const bool is_smart = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
    *progress = (struct progress){
        .total = total,
        .is_on = !is_quiet && total > 1 && is_smart && isatty(STDERR_FILENO) == 1,
        .has_colour = !is_set("NO_COLOR"),
    };
    clock_gettime(CLOCK_MONOTONIC, &progress->began);
}

void progress_skip(struct progress *progress, size_t done)
{
    progress->first = done;
}

/* " 12.3/s, 4:05 left", or nothing while there is little to go by. */
static void tell_rate(const struct progress *progress, size_t done, char text[RATE_BYTES])
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds = (double)(now.tv_sec - progress->began.tv_sec) +
                           1e-9 * (double)(now.tv_nsec - progress->began.tv_nsec);
    const size_t made = done > progress->first ? done - progress->first : 0;
    text[0] = '\0';
    if (seconds < RATE_SECONDS || made == 0)
        return;
    const double rate = (double)made / seconds;
    const double left = (double)(progress->total - done) / rate;
    if (left < 3600)
        snprintf(text, RATE_BYTES, " %.1f/s, %.0f:%02.0f left", rate, floor(left / 60),
                 floor(fmod(left, 60)));
    else
        snprintf(text, RATE_BYTES, " %.1f/s, %.0f h %02.0f left", rate, floor(left / 3600),
                 floor(fmod(left, 3600) / 60));
}

void progress_show(struct progress *progress, size_t done, const char *name)
{
    if (!progress->is_on)
        return;
    static const char full[BAR + 1] = "########################";
    static const char empty[BAR + 1] = "........................";
    const int filled = (int)(BAR * done / progress->total);
    /* The end of a long path says most; bytes that would move the cursor go. */
    char shown[NAME_MOST + 1], rate[RATE_BYTES];
    tell_rate(progress, done, rate);
    const size_t len = strlen(name), room = rate[0] == '\0' ? NAME_MOST : NAME_MOST / 2;
    snprintf(shown, sizeof shown, "%s", len > room ? name + (len - room) : name);
    for (char *c = shown; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F)
            *c = '?';
    fprintf(stderr, "\r\033[K%s%.*s%s%.*s %zu/%zu%s %s", progress->has_colour ? "\033[36m" : "",
            filled, full, progress->has_colour ? "\033[0m" : "", BAR - filled, empty, done,
            progress->total, rate, shown);
    fflush(stderr);
    progress->is_drawn = true;
}

void progress_hide(struct progress *progress)
{
    if (!progress->is_drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->is_drawn = false;
}
