/* SPDX-License-Identifier: BSD-2-Clause
 * Matrices for the tests of eigencam/. What is handed out lives as long as
 * the test's process, and is not to be freed. */
#ifndef ECAM_TMATRIX_H
#define ECAM_TMATRIX_H

#include <check.h>

#include "eigencam/eigencam.h"

/* Zeroed memory for n things. */
void *tm_take(size_t n, size_t size);

/* The same numbers in (-1, 1) for the same seed. */
float *tm_random(size_t n, uint64_t seed);

/* rows x cols with singular values s[0..k), to float's precision: the columns of two
 * reflections are its vectors. k <= min(rows, cols). */
float *tm_spectrum(size_t rows, size_t cols, const double *s, size_t k, uint64_t seed);

float *tm_transposed(const float *a, size_t rows, size_t cols);

/* A 1 x c x h x w view. */
struct ecam_tensor tm_tensor(const float *data, size_t c, size_t h, size_t w);

/* The whole of tests/fixtures/NAME, exactly `bytes` long. */
void *tm_fixture(const char *name, size_t bytes);

#endif /* ECAM_TMATRIX_H */
