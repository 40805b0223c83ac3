/* SPDX-License-Identifier: BSD-2-Clause
 * Helpers that every unit test may use. */
#ifndef ECAM_TU_H
#define ECAM_TU_H

#include <check.h>

#include "engine/ecam.h"

/* Fails, with index and both values, at the first |got - want| > tol; NaN fails. */
void tu_close(const char *what, const float *got, const float *want, size_t n, double tol);

/* Runs n tests as one suite; the exit status for main(). */
int tu_main(const char *name, const TTest *const *tests, size_t n);

#endif /* ECAM_TU_H */
