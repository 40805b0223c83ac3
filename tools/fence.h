/* SPDX-License-Identifier: BSD-2-Clause
 * A fence round decoders: they run in a child process, and only pixels come back. */
#ifndef ECAM_TOOLS_FENCE_H
#define ECAM_TOOLS_FENCE_H

#include "tools/image.h"

/* What runs inside. It may do as it likes with its own memory. */
typedef enum ecam_status fence_work_fn(void *context, struct image *out, struct ecam_error *err);

/* Runs work(context) in a child and takes its picture (of at most max_pixels) or its
 * error over. A child that is killed, ends early or takes too much time is
 * ECAM_ERR_FORMAT; `name` ("JPEG decoder") begins such a text.
 *
 * fork() without exec: works in an empty chroot, and in a program of many threads,
 * since the child uses nothing but malloc, which glibc and musl keep usable there. */
enum ecam_status fence_run(fence_work_fn *work, void *context, const char *name,
                           uint64_t max_pixels, struct image *out, struct ecam_error *err);

/* For the work: allows itself the time and the address space for so many pixels,
 * holding up to `bytes` of memory. Until called, it has those of a small picture. */
void fence_allow(uint64_t pixels, uint64_t bytes);

#endif /* ECAM_TOOLS_FENCE_H */
