/* SPDX-License-Identifier: BSD-2-Clause
 * Threads that share out the tasks of one layer after the other.
 *
 * A layer is a round. Its tasks are cut into one range a thread, so that a thread meets
 * the same part of the image, and of the weights, from layer to layer and from run to
 * run; who is done helps the others. A ticket holds the round and the next task of
 * a range: taking a task is one compare-and-swap, which fails for a thread that has
 * slept through the round. So nobody waits for sleepers; the caller waits for tasks.
 *
 * Between rounds threads spin for a while, as layers follow one another within a
 * microsecond, and then sleep, as nobody knows when the next photo comes. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "engine/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define MAX_THREADS 1024
#define CACHE_LINE 64
/* Looks at the round before a thread goes to sleep: about 100 us. */
#define SPINS 4000
/* Looks at the count of tasks before a caller lets other threads on its core. */
#define CALLER_SPINS 4000

/* Round in the upper half, next task in the lower. */
struct ticket {
    alignas(CACHE_LINE) _Atomic uint64_t next;
    _Atomic uint32_t end;
};

struct worker {
    struct ecam_pool *pool;
    unsigned index;
    pthread_t thread;
};

struct ecam_pool {
    unsigned threads, started;
    unsigned spins;
    struct worker *workers; /* threads items; item 0 is the caller and has no thread */
    struct ticket *tickets; /* threads items */
    pthread_mutex_t lock;   /* for sleeping alone */
    pthread_cond_t work;
    _Atomic(ecam_task_fn *) fn;
    _Atomic(void *) arg;
    alignas(CACHE_LINE) _Atomic uint32_t round;
    atomic_bool stop;
    atomic_uint sleepers;
    alignas(CACHE_LINE) atomic_size_t done; /* tasks of the round */
};

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

/* The next task of a range, if it belongs to this round and there is one. */
static bool take(struct ticket *ticket, uint32_t round, uint32_t *task)
{
    uint64_t now = atomic_load_explicit(&ticket->next, memory_order_acquire);
    for (;;) {
        if ((uint32_t)(now >> 32) != round ||
            (uint32_t)now >= atomic_load_explicit(&ticket->end, memory_order_acquire))
            return false;
        if (atomic_compare_exchange_weak_explicit(&ticket->next, &now, now + 1,
                                                  memory_order_acq_rel, memory_order_acquire)) {
            *task = (uint32_t)now;
            return true;
        }
    }
}

/* All that is left of a round, beginning with the thread's own range. */
static void run_round(struct ecam_pool *pool, uint32_t round, unsigned worker)
{
    /* Should the round have passed, these are the next one's, and no task is taken. */
    ecam_task_fn *fn = atomic_load_explicit(&pool->fn, memory_order_relaxed);
    void *arg = atomic_load_explicit(&pool->arg, memory_order_relaxed);
    for (unsigned i = 0; i < pool->threads; i++) {
        struct ticket *ticket = &pool->tickets[(worker + i) % pool->threads];
        size_t done = 0;
        uint32_t task;
        for (; take(ticket, round, &task); done++)
            fn(arg, task, worker);
        if (done > 0)
            atomic_fetch_add_explicit(&pool->done, done, memory_order_release);
    }
}

static void sleep_until_round(struct ecam_pool *pool, uint32_t seen)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->round) == seen && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->work, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
}

static void wake(struct ecam_pool *pool)
{
    if (atomic_load(&pool->sleepers) == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

static void *work(void *arg)
{
    struct worker *self = arg;
    struct ecam_pool *pool = self->pool;
    uint32_t seen = 0;
    while (!atomic_load(&pool->stop)) {
        unsigned spins = 0;
        uint32_t round = atomic_load(&pool->round);
        for (; round == seen && spins < pool->spins && !atomic_load(&pool->stop); spins++) {
            pause_cpu();
            round = atomic_load(&pool->round);
        }
        if (round == seen) {
            sleep_until_round(pool, seen);
            continue;
        }
        seen = round;
        run_round(pool, round, self->index);
    }
    return NULL;
}

/* Zeroed memory that begins with a cache line. */
static void *calloc_lines(size_t bytes)
{
    void *block = ecam_alloc_floats(ecam_ceil_div(bytes, sizeof(float)));
    if (block != NULL)
        memset(block, 0, bytes);
    return block;
}

enum ecam_status ecam_pool_new(unsigned threads, struct ecam_pool **out, struct ecam_error *err)
{
    assert(threads >= 1);
    if (threads > MAX_THREADS)
        return ecam_fail(err, ECAM_ERR_ARG, "%u threads, at most %u", threads, MAX_THREADS);
    struct ecam_pool *pool = calloc_lines(sizeof *pool);
    if (pool == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "thread pool");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->threads = threads;
    pool->started = 1;
    /* With more threads than cores a spinning one keeps a working one waiting. */
    pool->spins = threads <= ecam_pool_cores() ? SPINS : 0;
    pool->workers = ecam_calloc(threads, sizeof *pool->workers);
    pool->tickets = calloc_lines(threads * sizeof *pool->tickets);
    enum ecam_status status = ECAM_OK;
    if (pool->workers == NULL || pool->tickets == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "thread pool");
    for (unsigned i = 1; status == ECAM_OK && i < threads; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
        if (pthread_create(&pool->workers[i].thread, NULL, work, &pool->workers[i]) != 0)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "thread %u of %u could not be started", i + 1,
                               threads);
        else
            pool->started = i + 1;
    }
    if (status != ECAM_OK) {
        ecam_pool_free(pool);
        return status;
    }
    *out = pool;
    return ECAM_OK;
}

void ecam_pool_free(struct ecam_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 1; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    ecam_free(pool->tickets);
    ecam_free(pool->workers);
    ecam_free(pool);
}

unsigned ecam_pool_threads(const struct ecam_pool *pool)
{
    return pool->threads;
}

void ecam_pool_run(struct ecam_pool *pool, size_t n_tasks, ecam_task_fn *fn, void *arg)
{
    assert(n_tasks <= UINT32_MAX);
    if (pool->threads == 1 || n_tasks <= 1) {
        for (size_t task = 0; task < n_tasks; task++)
            fn(arg, task, 0);
        return;
    }
    const uint32_t round = atomic_load_explicit(&pool->round, memory_order_relaxed) + 1;
    atomic_store_explicit(&pool->fn, fn, memory_order_relaxed);
    atomic_store_explicit(&pool->arg, arg, memory_order_relaxed);
    atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
    for (unsigned i = 0; i < pool->threads; i++) {
        struct ticket *ticket = &pool->tickets[i];
        const uint64_t first = n_tasks * i / pool->threads, head = (uint64_t)round << 32;
        const uint32_t end = (uint32_t)(n_tasks * (i + 1) / pool->threads);
        /* Closed before it gets its new end: whoever has slept through the last round
         * must not take the end of this one for that one's. */
        atomic_store_explicit(&ticket->next, head | UINT32_MAX, memory_order_relaxed);
        atomic_store_explicit(&ticket->end, end, memory_order_release);
        atomic_store_explicit(&ticket->next, head | first, memory_order_release);
    }
    atomic_store(&pool->round, round);
    wake(pool);
    run_round(pool, round, 0);
    unsigned spins = 0;
    while (atomic_load_explicit(&pool->done, memory_order_acquire) != n_tasks) {
        if (++spins < CALLER_SPINS)
            pause_cpu();
        else
            sched_yield();
    }
}

unsigned ecam_pool_cores(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        const int n = CPU_COUNT(&set);
        if (n >= 1)
            return (unsigned)n;
    }
#endif
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n >= 1 && n <= (long)MAX_THREADS ? (unsigned)n : 1;
}
