/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/layout.h"

#include <assert.h>

#include "engine/alloc.h"
#include "engine/common.h"

bool ecam_layout_image(const struct ecam_shape *shape, enum ecam_layout layout, size_t *floats)
{
    size_t product = 1;
    for (uint32_t i = 1; i < shape->rank; i++) {
        size_t dim = shape->dim[i];
        if (layout == ECAM_BLOCKED && i == 1)
            dim = ecam_ceil_div(dim, ECAM_BLOCK) * ECAM_BLOCK;
        if (!ecam_mul_size(product, dim, &product))
            return false;
    }
    assert(layout == ECAM_PLAIN || shape->rank == 4);
    *floats = product;
    return true;
}
