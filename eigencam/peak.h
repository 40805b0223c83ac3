/* SPDX-License-Identifier: BSD-2-Clause
 *
 * peak.h - the one threshold behind boxes and masks. */
#ifndef ECAM_PEAK_H
#define ECAM_PEAK_H

#include "eigencam/eigencam.h"

/* threshold * the largest seen value; infinite where no seen value is positive, so
 * that nothing lies above it. seen may be NULL. */
double ecam_map_limit(const float *map, const uint8_t *seen, size_t n, double threshold);

static inline bool ecam_map_is_above(const float *map, const uint8_t *seen, size_t i, double limit)
{
    return (seen == NULL || seen[i] != 0) && (double)map[i] > limit;
}

#endif /* ECAM_PEAK_H */
