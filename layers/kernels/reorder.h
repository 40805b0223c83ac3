/* SPDX-License-Identifier: BSD-2-Clause
 * The ways between planes of channels and blocks of 16, for any vector that a lanes_*.h
 * names: squares of LANES x LANES floats are turned over in registers. */
#ifndef ECAM_KERNELS_REORDER_H
#define ECAM_KERNELS_REORDER_H

#include <assert.h>
#include <stddef.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

INLINE void to_blocked(const float *in, size_t in_stride, size_t channels, size_t n,
                       float *restrict out)
{
    assert(channels >= 1 && channels <= ECAM_BLOCK);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t c = 0; c < ECAM_BLOCK; c += LANES) {
            vec v[LANES];
            UNROLL
            for (size_t l = 0; l < LANES; l++)
                v[l] = c + l < channels ? vec_load(in + (c + l) * in_stride + i) : vec_set(0.0f);
            transpose(v);
            UNROLL
            for (size_t l = 0; l < LANES; l++)
                vec_store(out + (i + l) * ECAM_BLOCK + c, v[l]);
        }
    }
    for (; i < n; i++)
        for (size_t c = 0; c < ECAM_BLOCK; c++)
            out[i * ECAM_BLOCK + c] = c < channels ? in[c * in_stride + i] : 0.0f;
}

INLINE void from_blocked(const float *in, size_t channels, size_t n, float *restrict out,
                         size_t out_stride)
{
    assert(channels >= 1 && channels <= ECAM_BLOCK);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t c = 0; c < channels; c += LANES) {
            vec v[LANES];
            UNROLL
            for (size_t l = 0; l < LANES; l++)
                v[l] = vec_load(in + (i + l) * ECAM_BLOCK + c);
            transpose(v);
            UNROLL
            for (size_t l = 0; l < LANES; l++)
                if (c + l < channels)
                    vec_store(out + (c + l) * out_stride + i, v[l]);
        }
    }
    for (; i < n; i++)
        for (size_t c = 0; c < channels; c++)
            out[c * out_stride + i] = in[i * ECAM_BLOCK + c];
}

#endif /* ECAM_KERNELS_REORDER_H */
