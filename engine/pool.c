/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE /* sched_getaffinity */
#include "engine/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define MAX_THREADS 1024

struct worker {
    struct ecam_pool *pool;
    unsigned index;
    pthread_t thread;
};

struct ecam_pool {
    unsigned threads;
    struct worker *workers; /* threads items; item 0 is the caller and has no thread */
    unsigned started;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    /* One round of work, under the lock but for next. */
    uint64_t round;
    unsigned busy; /* workers that have not finished the round */
    bool stop;
    ecam_task_fn *fn;
    void *arg;
    size_t n_tasks;
    atomic_size_t next;
};

static void run_tasks(struct ecam_pool *pool, unsigned worker)
{
    for (;;) {
        const size_t task = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (task >= pool->n_tasks)
            return;
        pool->fn(pool->arg, task, worker);
    }
}

static void *work(void *arg)
{
    struct worker *self = arg;
    struct ecam_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stop && pool->round == seen)
            pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->stop)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        run_tasks(pool, self->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

enum ecam_status ecam_pool_new(unsigned threads, struct ecam_pool **out, struct ecam_error *err)
{
    assert(threads >= 1);
    if (threads > MAX_THREADS)
        return ecam_fail(err, ECAM_ERR_ARG, "%u threads, at most %u", threads, MAX_THREADS);
    struct ecam_pool *pool = ecam_calloc(1, sizeof *pool);
    if (pool == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "thread pool");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->threads = threads;
    pool->started = 1;
    pool->workers = ecam_calloc(threads, sizeof *pool->workers);
    enum ecam_status status = ECAM_OK;
    if (pool->workers == NULL)
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
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 1; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    ecam_free(pool->workers);
    ecam_free(pool);
}

unsigned ecam_pool_threads(const struct ecam_pool *pool)
{
    return pool->threads;
}

void ecam_pool_run(struct ecam_pool *pool, size_t n_tasks, ecam_task_fn *fn, void *arg)
{
    if (pool->threads == 1 || n_tasks <= 1) {
        for (size_t task = 0; task < n_tasks; task++)
            fn(arg, task, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->fn = fn;
    pool->arg = arg;
    pool->n_tasks = n_tasks;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->busy = pool->threads - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    run_tasks(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy != 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
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
