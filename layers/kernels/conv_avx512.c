/* SPDX-License-Identifier: BSD-2-Clause
 * Tiles of up to 14 positions x 2 blocks of 16 output channels, AVX-512: 28
 * accumulators, 2 vectors of weights, one broadcast input: 31 of 32 registers. A term is
 * 28 FMAs for 16 loads; two units of each, so the FMAs bound it (14 cycles against
 * 8), and down to tiles of 4 positions there are enough chains to hide their latency.
 * With one block a term is 14 FMAs for 15 loads: the loads bound it, just.
 *
 * Weights stream from the second-level cache, 128 bytes a term, and inputs from the
 * first; both are read forwards, at most two streams, as prefetchers like it. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"

#define MAX_M 14
#define MAX_N 2
/* How far ahead weights are asked for: what memory delivers in its latency. */
#define AHEAD (64 * ECAM_BLOCK)

INLINE void tile(const struct ecam_tile *t, const size_t m, const size_t n, const size_t a_pos)
{
    __m512 s[MAX_M][MAX_N];
    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t b = 0; b < n; b++)
            s[i][b] = t->bias != NULL ? _mm512_loadu_ps(t->bias + b * LANES) : _mm512_setzero_ps();
    }

    const float *w = t->w, *a = t->a, *next = t->next != NULL ? t->next : t->w + AHEAD;
    const size_t next_step = t->next != NULL ? t->next_step : n * LANES;
    for (size_t step = t->steps; step-- > 0; a += t->a_step) {
        const size_t depth = step == 0 ? t->tail : t->depth;
        for (size_t k = 0; k < depth; k++, w += n * LANES, next += next_step) {
            __m512 col[MAX_N];
            UNROLL
            for (size_t b = 0; b < n; b++) {
                col[b] = _mm512_load_ps(w + b * LANES);
                _mm_prefetch(next + b * LANES, _MM_HINT_T1);
            }
            UNROLL
            for (size_t i = 0; i < m; i++) {
                const __m512 x = _mm512_set1_ps(a[i * a_pos + k]);
                UNROLL
                for (size_t b = 0; b < n; b++)
                    s[i][b] = _mm512_fmadd_ps(x, col[b], s[i][b]);
            }
        }
    }
    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t b = 0; b < n; b++) {
            __m512 y = s[i][b];
            if (t->add != NULL)
                y = _mm512_add_ps(y, _mm512_loadu_ps(t->add + b * t->add_block + i * LANES));
            if (t->relu) /* gives the second operand for NaN and two zeros, as is wanted */
                y = _mm512_max_ps(_mm512_setzero_ps(), y);
            _mm512_storeu_ps(t->c + b * t->c_block + i * LANES, y);
        }
    }
}

/* One function a shape, for blocked inputs and for any other distance of positions. */
#define SHAPE(m, n)                                       \
    static void tile_##m##x##n(const struct ecam_tile *t) \
    {                                                     \
        if (t->a_pos == ECAM_BLOCK)                       \
            tile(t, m, n, ECAM_BLOCK);                    \
        else                                              \
            tile(t, m, n, t->a_pos);                      \
    }
#define SHAPES(m) SHAPE(m, 1) SHAPE(m, 2)
SHAPES(1)
SHAPES(2)
SHAPES(3)
SHAPES(4)
SHAPES(5)
SHAPES(6)
SHAPES(7)
SHAPES(8)
SHAPES(9)
SHAPES(10)
SHAPES(11)
SHAPES(12)
SHAPES(13)
SHAPES(14)

#define ENTRY(m)                   \
    {                              \
        tile_##m##x1, tile_##m##x2 \
    }
static void (*const tiles[MAX_M][MAX_N])(const struct ecam_tile *) = {
    ENTRY(1), ENTRY(2), ENTRY(3),  ENTRY(4),  ENTRY(5),  ENTRY(6),  ENTRY(7),
    ENTRY(8), ENTRY(9), ENTRY(10), ENTRY(11), ENTRY(12), ENTRY(13), ENTRY(14),
};

void ecam_conv_14x2_avx512(const struct ecam_tile *t, size_t m, size_t n)
{
    assert(t->steps >= 1 && t->tail >= 1 && t->tail <= t->depth && m >= 1 && m <= MAX_M && n >= 1 &&
           n <= MAX_N);
    tiles[m - 1][n - 1](t);
}
