/* SPDX-License-Identifier: BSD-2-Clause
 * Tiles of up to 6 positions x 16 output channels, NEON: 24 accumulators, 4 vectors of
 * weights, one broadcast input: 29 of 32 registers. A term is 24 FMAs for 10 loads, on
 * two units of each, so the FMAs bound it; 24 chains hide their latency. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"

#define MAX_M 6
#define VECS (ECAM_BLOCK / LANES)
/* How far ahead weights are asked for: what memory delivers in its latency. */
#define AHEAD (64 * ECAM_BLOCK)

INLINE void tile(const struct ecam_tile *t, const size_t m, const size_t a_pos)
{
    vec s[MAX_M][VECS];
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
            vec col[VECS];
            UNROLL
            for (size_t v = 0; v < VECS; v++)
                col[v] = vec_load(w + v * LANES);
            __builtin_prefetch(next, 0, 2);
            UNROLL
            for (size_t i = 0; i < m; i++) {
                const vec x = vld1q_dup_f32(a + i * a_pos + k);
                UNROLL
                for (size_t v = 0; v < VECS; v++)
                    s[i][v] = vec_fma(x, col[v], s[i][v]);
            }
        }
    }
    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t v = 0; v < VECS; v++) {
            vec y = s[i][v];
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

void ecam_conv_6x1_neon(const struct ecam_tile *t, size_t m, size_t n)
{
    assert(t->steps >= 1 && t->tail >= 1 && t->tail <= t->depth && m >= 1 && m <= MAX_M && n == 1);
    (void)n;
    tiles[m - 1](t);
}
