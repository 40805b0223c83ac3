/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR 24       /* columns */
#define NAME_MOST 32 /* columns, so that the line fits 80 */

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
}

void progress_show(struct progress *progress, size_t done, const char *name)
{
    if (!progress->is_on)
        return;
    static const char full[BAR + 1] = "########################";
    static const char empty[BAR + 1] = "........................";
    const int filled = (int)(BAR * done / progress->total);
    /* The end of a long path says most; bytes that would move the cursor go. */
    const size_t len = strlen(name);
    char shown[NAME_MOST + 1];
    snprintf(shown, sizeof shown, "%s", len > NAME_MOST ? name + (len - NAME_MOST) : name);
    for (char *c = shown; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F)
            *c = '?';
    fprintf(stderr, "\r\033[K%s%.*s%s%.*s %zu/%zu %s", progress->has_colour ? "\033[36m" : "",
            filled, full, progress->has_colour ? "\033[0m" : "", BAR - filled, empty, done,
            progress->total, shown);
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
