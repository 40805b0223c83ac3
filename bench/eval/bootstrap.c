/* SPDX-License-Identifier: BSD-2-Clause
 *
 * B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7,
 * 1979: each replicate draws as many images as there are, with replacement. */
#include "bench/eval/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#define SEED UINT64_C(0x45696765)

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to n - 1; n is below 2^32, so that the bias of at most n / 2^32 is none to see. */
static size_t draw_below(uint64_t *state, size_t n)
{
    return (size_t)(((draw(state) >> 32) * (uint64_t)n) >> 32);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void take_percentiles(double replicate[EVAL_REPLICATES], struct eval_interval *out)
{
    qsort(replicate, EVAL_REPLICATES, sizeof *replicate, by_value);
    out->low = replicate[EVAL_REPLICATES / 40 - 1];
    out->high = replicate[EVAL_REPLICATES - EVAL_REPLICATES / 40];
}

/* The mean of n values drawn. Those that are no numbers are left out, in a loop of its own:
 * 50,000 images are drawn 1000 times for each figure of a table. */
static double draw_mean(const double *values, size_t n, bool is_whole, uint64_t *state,
                        double if_none)
{
    double sum = 0;
    size_t n_drawn = 0;
    if (is_whole) {
        for (size_t i = 0; i < n; i++)
            sum += values[draw_below(state, n)];
        return sum / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double v = values[draw_below(state, n)];
        if (!isnan(v)) {
            sum += v;
            n_drawn++;
        }
    }
    return n_drawn == 0 ? if_none : sum / (double)n_drawn;
}

void eval_mean_interval(const double *values, size_t n, struct eval_interval *out)
{
    double replicate[EVAL_REPLICATES], sum = 0;
    uint64_t state = SEED;
    size_t n_there = 0;
    *out = (struct eval_interval){ 0 };
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i])) {
            sum += values[i];
            n_there++;
        }
    }
    if (n_there == 0)
        return;
    out->is_defined = true;
    out->value = sum / (double)n_there;
    for (int r = 0; r < EVAL_REPLICATES; r++)
        replicate[r] = draw_mean(values, n, n_there == n, &state, out->value);
    take_percentiles(replicate, out);
}

void eval_weighted_interval(const double *values, const double *weights, size_t n,
                            struct eval_interval *out)
{
    double replicate[EVAL_REPLICATES];
    uint64_t state = SEED;
    *out = (struct eval_interval){ 0 };
    for (int r = -1; r < EVAL_REPLICATES; r++) { /* first all as they are */
        double sum = 0, total = 0;
        for (size_t i = 0; i < n; i++) {
            const size_t at = r < 0 ? i : draw_below(&state, n);
            if (!isnan(values[at])) {
                sum += weights[at] * values[at];
                total += weights[at];
            }
        }
        if (r < 0) {
            out->is_defined = total > 0;
            if (!out->is_defined)
                return;
            out->value = sum / total;
        } else {
            replicate[r] = total > 0 ? sum / total : out->value;
        }
    }
    take_percentiles(replicate, out);
}

/* Adds an image to the counts of thresholds: +1 where its bits begin, -1 behind their
 * end. They are few runs, mostly one. */
static void add_runs(const struct eval_bits *bits, int32_t step[EVAL_PERCENTS + 1])
{
    bool was = false;
    const uint64_t low = bits->word[0], high = bits->word[1];
    const uint64_t change[2] = { low ^ (low << 1), high ^ (high << 1 | low >> 63) };
    for (unsigned k = 0; k < 2; k++) {
        for (uint64_t left = change[k]; left != 0; left &= left - 1) {
            const unsigned at = 64 * k + (unsigned)__builtin_ctzll(left);
            step[at] += was ? -1 : 1;
            was = !was;
        }
    }
}

static int32_t best_count(const int32_t step[EVAL_PERCENTS + 1], unsigned *best)
{
    int32_t count = 0, most = -1;
    for (unsigned t = 0; t < EVAL_PERCENTS; t++) {
        count += step[t];
        if (count > most) {
            most = count;
            *best = t;
        }
    }
    return most;
}

void eval_best_interval(const struct eval_bits *const *sets, size_t n_sets, size_t n,
                        struct eval_interval *out, unsigned *best)
{
    double replicate[EVAL_REPLICATES] = { 0 };
    *out = (struct eval_interval){ .is_defined = n > 0 };
    *best = 0;
    if (n == 0)
        return;
    for (size_t s = 0; s < n_sets; s++) {
        uint64_t state = SEED; /* the same images for every set */
        int32_t step[EVAL_PERCENTS + 1] = { 0 };
        unsigned at = 0;
        for (size_t i = 0; i < n; i++)
            add_runs(&sets[s][i], step);
        out->value += (double)best_count(step, &at) / (double)n / (double)n_sets;
        if (s == 0)
            *best = at;
        for (int r = 0; r < EVAL_REPLICATES; r++) {
            for (unsigned t = 0; t <= EVAL_PERCENTS; t++)
                step[t] = 0;
            for (size_t i = 0; i < n; i++)
                add_runs(&sets[s][draw_below(&state, n)], step);
            replicate[r] += (double)best_count(step, &at) / (double)n / (double)n_sets;
        }
    }
    take_percentiles(replicate, out);
}
