/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "tests/unit/tu.h"

#define N_TASKS 1000

struct count {
    atomic_int runs[N_TASKS];
    unsigned threads;
};

static void count_task(void *arg, size_t task, unsigned worker)
{
    struct count *count = arg;
    ck_assert_uint_lt(worker, count->threads);
    atomic_fetch_add(&count->runs[task], 1);
}

START_TEST(every_task_runs_exactly_once)
{
    for (unsigned threads = 1; threads <= 6; threads++) {
        struct ecam_pool *pool = NULL;
        struct count *count = calloc(1, sizeof *count);
        count->threads = threads;
        ck_assert_int_eq(ecam_pool_new(threads, &pool, NULL), ECAM_OK);
        ck_assert_uint_eq(ecam_pool_threads(pool), threads);
        for (int round = 1; round <= 50; round++) {
            ecam_pool_run(pool, N_TASKS, count_task, count);
            for (size_t i = 0; i < N_TASKS; i++)
                tu_assert(atomic_load(&count->runs[i]) == round);
        }
        ecam_pool_free(pool);
        free(count);
    }
}
END_TEST

START_TEST(few_tasks_and_none_are_fine)
{
    struct ecam_pool *pool = NULL;
    struct count *count = calloc(1, sizeof *count);
    count->threads = 4;
    ck_assert_int_eq(ecam_pool_new(4, &pool, NULL), ECAM_OK);
    for (size_t n = 0; n < 8; n++)
        ecam_pool_run(pool, n, count_task, count);
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(atomic_load(&count->runs[i]), 7 - (int)i);
    ecam_pool_free(pool);
    free(count);
}
END_TEST

START_TEST(too_many_threads_are_refused)
{
    struct ecam_pool *pool = NULL;
    ck_assert_int_eq(ecam_pool_new(100000, &pool, NULL), ECAM_ERR_ARG);
    ck_assert_ptr_null(pool);
    ecam_pool_free(NULL);
    ck_assert_uint_ge(ecam_pool_cores(), 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_task_runs_exactly_once,
        few_tasks_and_none_are_fine,
        too_many_threads_are_refused,
    };
    return tu_main("pool", tests, sizeof tests / sizeof *tests);
}
