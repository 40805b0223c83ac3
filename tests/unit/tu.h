/* SPDX-License-Identifier: BSD-2-Clause
 * Helpers that every unit test may use. */
#ifndef ECAM_TU_H
#define ECAM_TU_H

#include <check.h>

#include "engine/ecam.h"

/* ck_assert for loops over values: Check's own notes the place of each that holds, by a
 * write to a pipe, and that takes longer than many a test. */
#define tu_assert_msg(expr, ...)       \
    do {                               \
        if (!(expr))                   \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)
#define tu_assert(expr) tu_assert_msg(expr, "'%s' does not hold", #expr)

/* Fails, with index and both values, at the first |got - want| > tol; NaN fails. */
void tu_close(const char *what, const float *got, const float *want, size_t n, double tol);

/* Runs n tests as one suite; the exit status for main(). */
int tu_main(const char *name, const TTest *const *tests, size_t n);

#endif /* ECAM_TU_H */
