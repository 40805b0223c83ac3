/* SPDX-License-Identifier: BSD-2-Clause
 * What this machine can do at best: multiply-adds on registers, reads from each level
 * of the memory. What a layer reaches is told as a share of these. */
#ifndef ECAM_BENCH_LIMITS_H
#define ECAM_BENCH_LIMITS_H

#include <stddef.h>

#include "engine/ecam.h"

/* Best of a few short measurements, all threads at once. */
double limits_gflops(enum ecam_isa isa, unsigned threads);

/* GB/s of reading `bytes` a thread over and over, with the level's vectors. */
double limits_read_gbs(enum ecam_isa isa, size_t bytes, unsigned threads);

unsigned limits_cores(void); /* that this process may use */
double limits_seconds(void); /* of a clock that does not jump */

#endif /* ECAM_BENCH_LIMITS_H */
