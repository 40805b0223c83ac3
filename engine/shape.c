/* SPDX-License-Identifier: BSD-2-Clause
 * Shapes: counted, compared, printed. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/weight.h"

bool ecam_shape_count(const struct ecam_shape *shape, size_t *out)
{
    size_t n = 1;
    for (uint32_t i = 0; i < shape->rank; i++)
        if (!ecam_mul_size(n, shape->dim[i], &n))
            return false;
    *out = n;
    return true;
}

bool ecam_shape_equal(const struct ecam_shape *a, const struct ecam_shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (uint32_t i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

const char *ecam_shape_text(const struct ecam_shape *shape, char buf[ECAM_SHAPE_TEXT])
{
    if (shape->rank == 0)
        return strcpy(buf, "scalar");
    size_t at = 0;
    for (uint32_t i = 0; i < shape->rank && at < ECAM_SHAPE_TEXT; i++) {
        const int n =
            snprintf(buf + at, ECAM_SHAPE_TEXT - at, i == 0 ? "%zu" : "x%zu", shape->dim[i]);
        at += n > 0 ? (size_t)n : 0;
    }
    return buf;
}
