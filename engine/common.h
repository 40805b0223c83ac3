/* SPDX-License-Identifier: BSD-2-Clause
 * Attributes, array length, min and max; nothing else. */
#ifndef ECAM_COMMON_H
#define ECAM_COMMON_H

#include <stddef.h>

#if defined(__GNUC__)
#define ECAM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ECAM_PRINTF(fmt, args)
#endif

#define ECAM_ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static inline size_t ecam_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t ecam_max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* a - b, or 0 where that would be negative. */
static inline size_t ecam_sub_size(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

static inline size_t ecam_ceil_div(size_t a, size_t b)
{
    return a / b + (a % b != 0);
}

#endif /* ECAM_COMMON_H */
