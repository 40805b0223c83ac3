/* SPDX-License-Identifier: BSD-2-Clause
 * 95 % intervals by resampling images, with a fixed seed: the same results give the same
 * intervals, always. */
#ifndef ECAM_EVAL_BOOTSTRAP_H
#define ECAM_EVAL_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVAL_REPLICATES 1000
#define EVAL_PERCENTS 101 /* thresholds 0 to 100 % */

/* A value with the 2.5th and 97.5th percentile of its replicates. */
struct eval_interval {
    double value, low, high;
    bool is_defined; /* false: there is nothing to average */
};

/* The mean of those values that are numbers; NaN ones are left out. */
void eval_mean_interval(const double *values, size_t n, struct eval_interval *out);

/* The same, each value with a weight: sum(w v) / sum(w). */
void eval_weighted_interval(const double *values, const double *weights, size_t n,
                            struct eval_interval *out);

/* For which thresholds, in percent, something holds: bit t of word t / 64. */
struct eval_bits {
    uint64_t word[2];
};

static inline bool eval_bits_get(const struct eval_bits *bits, unsigned i)
{
    return (bits->word[i / 64] >> i % 64 & 1u) != 0;
}

static inline void eval_bits_set(struct eval_bits *bits, unsigned i)
{
    bits->word[i / 64] |= UINT64_C(1) << i % 64;
}

/* For each of n_sets, the best share of images over all thresholds; their mean. best: the
 * threshold of the first set (the lowest of equals). */
void eval_best_interval(const struct eval_bits *const *sets, size_t n_sets, size_t n,
                        struct eval_interval *out, unsigned *best);

#endif /* ECAM_EVAL_BOOTSTRAP_H */
