/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/compare.h"

#include <math.h>
#include <string.h>

static void keep_worst(struct compare *c, size_t at, float value, float reference)
{
    c->worst = at;
    c->worst_value = value;
    c->worst_reference = reference;
}

/* A pair of which one is NaN or infinite. */
static void add_special(struct compare *c, size_t at, float value, float reference)
{
    const bool both_nan = isnan(value) && isnan(reference);
    if (both_nan || (!isnan(value) && !isnan(reference) && value == reference)) {
        c->n_equal++;
        return;
    }
    if (c->n_bad++ == 0)
        keep_worst(c, at, value, reference);
    if (isfinite(reference))
        c->max_reference = fmax(c->max_reference, fabs((double)reference));
}

void compare_add(struct compare *compare, const float *values, const float *reference, size_t n)
{
    struct compare c = *compare;
    for (size_t i = 0; i < n; i++) {
        const double value = (double)values[i], wanted = (double)reference[i];
        const double off = fabs(value - wanted);
        if (!isfinite(value) || !isfinite(wanted)) {
            add_special(&c, c.n + i, values[i], reference[i]);
            continue;
        }
        if (off > c.max_abs && c.n_bad == 0)
            keep_worst(&c, c.n + i, values[i], reference[i]);
        c.max_abs = fmax(c.max_abs, off);
        c.max_reference = fmax(c.max_reference, fabs(wanted));
        c.sum_abs += off;
        c.dot += value * wanted;
        c.square += value * value;
        c.reference_square += wanted * wanted;
    }
    c.n += n;
    *compare = c;
}

struct compare_result compare_result(const struct compare *compare)
{
    const double finite = (double)(compare->n - compare->n_bad - compare->n_equal);
    const double length = sqrt(compare->square) * sqrt(compare->reference_square);
    struct compare_result r = {
        .max_abs = compare->n_bad > 0 ? HUGE_VAL : compare->max_abs,
        .mean_abs = finite > 0 ? compare->sum_abs / finite : 0,
    };
    if (r.max_abs > 0)
        r.max_rel = compare->max_reference > 0 ? r.max_abs / compare->max_reference : HUGE_VAL;
    if (length > 0)
        r.cosine = fmin(1, fmax(-1, compare->dot / length));
    else
        r.cosine = compare->square == compare->reference_square ? 1 : 0;
    return r;
}

/* Without the axes of size 1 at the end. */
static struct ecam_shape trimmed(const struct ecam_shape *shape)
{
    struct ecam_shape out = *shape;
    while (out.rank > 0 && out.dim[out.rank - 1] == 1)
        out.rank--;
    return out;
}

static bool is_tail(const struct ecam_shape *shape, uint32_t from, const struct ecam_shape *tail)
{
    return from <= shape->rank && shape->rank - from == tail->rank &&
           memcmp(shape->dim + from, tail->dim, tail->rank * sizeof *tail->dim) == 0;
}

bool compare_fits(const struct ecam_shape *shape, const struct ecam_shape *reference)
{
    const struct ecam_shape a = trimmed(shape), b = trimmed(reference);
    return is_tail(&a, 0, &b) || (a.rank > 0 && a.dim[0] == 1 && is_tail(&a, 1, &b)) ||
           (b.rank > 0 && b.dim[0] == 1 && is_tail(&b, 1, &a));
}
