/* SPDX-License-Identifier: BSD-2-Clause
 * A bar on stderr, for a person who waits: only on a terminal, only for several
 * inputs. */
#ifndef ECAM_TOOLS_PROGRESS_H
#define ECAM_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
    size_t total;
    bool is_on, has_colour;
    bool is_drawn; /* the bar is on the screen now */
    size_t first;  /* done before this run */
    struct timespec began;
};

void progress_begin(struct progress *progress, size_t total, bool is_quiet);
/* So many inputs need no work; for the rate and the time left. */
void progress_skip(struct progress *progress, size_t done);
/* Draws the bar: `done` inputs are, `name` is at work; after some seconds with the rate
 * and the time left. */
void progress_show(struct progress *progress, size_t done, const char *name);
/* Takes it from the screen; before anything else is printed, and at the end. */
void progress_hide(struct progress *progress);

#endif /* ECAM_TOOLS_PROGRESS_H */
