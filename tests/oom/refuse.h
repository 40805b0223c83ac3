/* SPDX-License-Identifier: BSD-2-Clause
 * malloc and its family for a test program: they count, and refuse on demand.
 *
 * Linked into a program they stand before libc's for everything in the process,
 * libcjson, zlib and libc itself included. All threads count together. */
#ifndef ECAM_REFUSE_H
#define ECAM_REFUSE_H

#include <stdbool.h>

/* Starts counting at 0. The at-th allocation from now is refused (0: none); with
 * `onwards` all later ones too. */
void refuse_begin(long at, bool onwards);

/* Back to allocating. The number of allocations since refuse_begin(). */
long refuse_end(void);

/* Blocks that are allocated and not freed. */
long refuse_live(void);

#endif /* ECAM_REFUSE_H */
