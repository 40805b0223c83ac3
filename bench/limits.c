/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/limits.h"

#include <time.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/pool.h"
#include "layers/kernels/kernels.h"

#define TRIALS 5
#define TRIAL_SECONDS 0.01

unsigned limits_cores(void)
{
    return ecam_pool_cores();
}

double limits_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The most work a second of a task on every thread, rounds growing until a trial takes
 * long enough for the clock. */
static double best_rate(unsigned threads, ecam_task_fn *fn, void *arg, size_t *rounds,
                        double work_per_round)
{
    struct ecam_pool *pool = NULL;
    double best = 0.0;
    if (ecam_pool_new(threads, &pool, NULL) != ECAM_OK)
        return 0.0;
    for (int trial = 0; trial < TRIALS;) {
        const double start = limits_seconds();
        ecam_pool_run(pool, threads, fn, arg);
        const double seconds = limits_seconds() - start;
        if (seconds < TRIAL_SECONDS) {
            *rounds *= 2;
            continue;
        }
        const double rate = work_per_round * (double)*rounds * (double)threads / seconds;
        best = rate > best ? rate : best;
        trial++;
    }
    ecam_pool_free(pool);
    return best;
}

struct peak_job {
    const struct ecam_kernels *kernels;
    size_t rounds;
};

static void peak_task(void *arg, size_t task, unsigned worker)
{
    const struct peak_job *job = arg;
    double flops;
    (void)task;
    (void)worker;
    volatile float sink = job->kernels->peak(job->rounds, &flops);
    (void)sink;
}

double limits_gflops(enum ecam_isa isa, unsigned threads)
{
    struct peak_job job = { ecam_kernels_get(isa), 100000 };
    double flops;
    job.kernels->peak(1, &flops);
    return 1e-9 * best_rate(threads, peak_task, &job, &job.rounds, flops);
}

struct read_job {
    const struct ecam_kernels *kernels;
    const float *floats; /* n a thread */
    size_t n, rounds;
};

/* The mean over a plane does little but read. */
static void read_task(void *arg, size_t task, unsigned worker)
{
    const struct read_job *job = arg;
    float mean[ECAM_BLOCK];
    (void)worker;
    for (size_t r = 0; r < job->rounds; r++)
        job->kernels->blockmean(job->floats + task * job->n, job->n / ECAM_BLOCK, mean);
}

double limits_read_gbs(enum ecam_isa isa, size_t bytes, unsigned threads)
{
    struct read_job job = { ecam_kernels_get(isa), .n = bytes / sizeof(float), .rounds = 1 };
    size_t floats;
    if (!ecam_mul_size(job.n, threads, &floats))
        return 0.0;
    float *block = ecam_alloc_floats(floats);
    if (block == NULL)
        return 0.0;
    for (size_t i = 0; i < floats; i++)
        block[i] = 1.0f;
    job.floats = block;
    const double rate =
        1e-9 * best_rate(threads, read_task, &job, &job.rounds, (double)(job.n * sizeof(float)));
    ecam_free(block);
    return rate;
}
