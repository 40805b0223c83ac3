/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>

#include "layers/kernels/kernels.h"

void ecam_conv_4x1_ref(const struct ecam_tile *t, size_t m, size_t n)
{
    assert(t->steps >= 1 && t->tail >= 1 && t->tail <= t->depth && m >= 1 && n >= 1);
    for (size_t b = 0; b < n; b++) {
        for (size_t i = 0; i < m; i++) {
            for (size_t l = 0; l < ECAM_BLOCK; l++) {
                const float *w = t->w + b * ECAM_BLOCK + l;
                float sum = t->bias != NULL ? t->bias[b * ECAM_BLOCK + l] : 0.0f;
                for (size_t s = 0; s < t->steps; s++) {
                    const size_t depth = s + 1 == t->steps ? t->tail : t->depth;
                    for (size_t k = 0; k < depth; k++, w += n * ECAM_BLOCK) {
                        const float product = t->a[s * t->a_step + i * t->a_pos + k] * *w;
                        sum += product;
                    }
                }
                if (t->add != NULL)
                    sum += t->add[b * t->add_block + i * ECAM_BLOCK + l];
                t->c[b * t->c_block + i * ECAM_BLOCK + l] = t->relu && sum < 0.0f ? 0.0f : sum;
            }
        }
    }
}
