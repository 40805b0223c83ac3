/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/weights.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

struct ecam_limits ecam_limits_filled(const struct ecam_limits *limits)
{
    static const struct ecam_limits defaults = {
        .max_file_bytes = 16 * GIB,
        .max_inflated_bytes = 2 * GIB,
        .max_header_bytes = 32 * MIB,
        .max_macs = 10000000000000,
        .max_arena_bytes = 8 * GIB,
        .max_tensors = 65536,
        .max_nesting = 64,
    };
    if (limits == NULL)
        return defaults;
    struct ecam_limits filled = *limits;
#define FILL(field)        \
    if (filled.field == 0) \
    filled.field = defaults.field
    FILL(max_file_bytes);
    FILL(max_inflated_bytes);
    FILL(max_header_bytes);
    FILL(max_macs);
    FILL(max_arena_bytes);
    FILL(max_tensors);
    FILL(max_nesting);
#undef FILL
    return filled;
}
