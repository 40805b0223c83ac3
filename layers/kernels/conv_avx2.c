/* SPDX-License-Identifier: BSD-2-Clause
 * Tiles of up to 6 positions x 16 output channels, AVX2: 12 accumulators, 2 vectors of
 * weights, one broadcast input: 15 of 16 registers. A term is 12 FMAs for 8 loads, on
 * two units of each, so the FMAs bound it; 12 chains hide their latency twice. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

#define MAX_M 6
#define VECS (ECAM_BLOCK / LANES)
/* How far ahead weights are asked for: what memory delivers in its latency. */
#define AHEAD (64 * ECAM_BLOCK)

INLINE void tile(const struct ecam_tile *t, const size_t m, const size_t a_pos)
{
    __m256 s[MAX_M][VECS];
    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t v = 0; v < VECS; v++)
            s[i][v] = t->bias != NULL ? vec_load(t->bias + v * LANES) : vec_set(0.0f);
    }

    const float *w = t->w, *a = t->a, *next = t->next != NULL ? t->next : t->w + AHEAD;
    const size_t next_step = t->next != NULL ? t->next_step : ECAM_BLOCK;
    for (size_t step = t->steps; step-- > 0; a += t->a_step) {
        const size_t depth = step == 0 ? t->tail : t->depth;
        for (size_t k = 0; k < depth; k++, w += ECAM_BLOCK, next += next_step) {
            const __m256 w0 = vec_load(w), w1 = vec_load(w + LANES);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
            UNROLL
            for (size_t i = 0; i < m; i++) {
                const __m256 x = _mm256_broadcast_ss(a + i * a_pos + k);
                s[i][0] = vec_fma(x, w0, s[i][0]);
                s[i][1] = vec_fma(x, w1, s[i][1]);
            }
        }
    }
    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t v = 0; v < VECS; v++) {
            __m256 y = s[i][v];
            if (t->add != NULL)
                y = vec_add(y, vec_load(t->add + i * ECAM_BLOCK + v * LANES));
            vec_store(t->c + i * ECAM_BLOCK + v * LANES, t->relu ? vec_relu(y) : y);
        }
    }
}

/* One function a shape, for blocked inputs and for any other distance of positions. */
#define SHAPE(m)                                    \
    static void tile_##m(const struct ecam_tile *t) \
    {                                               \
        if (t->a_pos == ECAM_BLOCK)                 \
            tile(t, m, ECAM_BLOCK);                 \
        else                                        \
            tile(t, m, t->a_pos);                   \
    }
SHAPE(1)
SHAPE(2)
SHAPE(3)
SHAPE(4)
SHAPE(5)
SHAPE(6)

static void (*const tiles[MAX_M])(const struct ecam_tile *) = { tile_1, tile_2, tile_3,
                                                                tile_4, tile_5, tile_6 };

void ecam_conv_6x1_avx2(const struct ecam_tile *t, size_t m, size_t n)
{
    assert(t->steps >= 1 && t->tail >= 1 && t->tail <= t->depth && m >= 1 && m <= MAX_M && n == 1);
    (void)n;
    tiles[m - 1](t);
}
