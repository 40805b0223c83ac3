/* SPDX-License-Identifier: BSD-2-Clause
 * A pool of threads that share out numbered tasks.
 *
 * Which thread runs a task is chance; what a task computes must not be. Layers
 * cut their work into tasks by shape alone, so results have the same bits for any
 * number of threads. */
#ifndef ECAM_POOL_H
#define ECAM_POOL_H

#include <stddef.h>

#include "engine/ecam.h"

struct ecam_pool;

/* task: 0 .. n_tasks-1; worker: 0 .. threads-1, for scratch memory. */
typedef void ecam_task_fn(void *arg, size_t task, unsigned worker);

/* threads >= 1; with 1 no thread is started and tasks run in the caller. */
enum ecam_status ecam_pool_new(unsigned threads, struct ecam_pool **out, struct ecam_error *err);
void ecam_pool_free(struct ecam_pool *pool);
unsigned ecam_pool_threads(const struct ecam_pool *pool);

/* Runs all tasks, the caller being worker 0; returns when all are done. */
void ecam_pool_run(struct ecam_pool *pool, size_t n_tasks, ecam_task_fn *fn, void *arg);

unsigned ecam_pool_cores(void); /* that this process may use, >= 1 */

#endif /* ECAM_POOL_H */
