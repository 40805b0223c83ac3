/* SPDX-License-Identifier: BSD-2-Clause
 * Tiles of a convolution, against the formula in double: a level's tile is its own, so
 * the reference could not be called on the same operands. An output's bits must not
 * depend on the tile that it is computed in: each is computed alone as well. */
#include <math.h>
#include <string.h>

#include "tests/kernels/kcheck.h"

#define MAX_M 14
#define MAX_N 2
#define N_MODES 24

struct shape {
    size_t m, n, steps, depth, tail, a_pos, a_step, c_block;
    bool has_bias, has_add, is_in_place, relu, specials;
};

/* Positions, blocks, steps: 1x1 of 64 and 256 channels, 3x3 of 64 and 512, and the
 * tiles of a 7x7 plane; a photo's 7x7. */
static const struct {
    size_t m, n, steps, depth, a_pos;
} timed[] = {
    { 14, 2, 4, 16, 16 },   { 14, 2, 16, 16, 16 }, { 14, 2, 36, 16, 16 }, { 14, 2, 288, 16, 16 },
    { 13, 2, 128, 16, 16 }, { 12, 2, 32, 16, 16 }, { 7, 2, 32, 16, 16 },  { 14, 1, 16, 16, 16 },
    { 6, 1, 16, 16, 16 },   { 14, 2, 7, 21, 6 },   { 6, 1, 7, 21, 6 },
};

static const struct {
    size_t depth, a_pos;
} runs[] = { { 16, 16 }, { 9, 3 }, { 21, 6 }, { 33, 12 }, { 5, 5 }, { 1, 1 }, { 16, 48 } };

static bool shape_of(size_t i, const struct ecam_kernels *now, struct shape *s)
{
    if (i < ECAM_ARRAY_LEN(timed)) {
        *s = (struct shape){
            timed[i].m, timed[i].n, timed[i].steps, timed[i].depth, timed[i].depth, timed[i].a_pos,
            0,          0,          true,           false,          false,          true,
            false
        };
    } else {
        i -= ECAM_ARRAY_LEN(timed);
        const size_t tile = i % (MAX_M * MAX_N), mode = i / (MAX_M * MAX_N);
        const size_t run = (tile + mode) % ECAM_ARRAY_LEN(runs);
        *s = (struct shape){ .m = tile % MAX_M + 1, .n = tile / MAX_M + 1 };
        s->steps = mode % 3 + 1;
        s->depth = runs[run].depth;
        s->a_pos = runs[run].a_pos;
        s->tail = mode % 4 == 3 ? (s->depth + 1) / 2 : s->depth;
        s->has_bias = mode % 2 == 0;
        s->has_add = mode / 2 % 2 != 0;
        s->is_in_place = s->has_add && mode / 4 % 2 != 0;
        s->relu = mode / 8 % 3 != 0;
        s->specials = mode / 8 % 3 == 2;
    }
    s->a_step = (s->m - 1) * s->a_pos + s->depth + i % 3;
    s->c_block = (s->m + i % 2) * ECAM_BLOCK;
    return s->m <= now->conv_m && s->n <= now->conv_n;
}

static size_t terms(const struct shape *s)
{
    return (s->steps - 1) * s->depth + s->tail;
}

/* c becomes the expected tile; what lies between its blocks stays as it is. */
static void expected(const struct shape *s, const struct ecam_tile *t, float *c, float *bound)
{
    for (size_t b = 0; b < s->n; b++)
        for (size_t i = 0; i < s->m; i++)
            for (size_t l = 0; l < ECAM_BLOCK; l++) {
                const size_t at = b * s->c_block + i * ECAM_BLOCK + l;
                double sum = t->bias != NULL ? (double)t->bias[b * ECAM_BLOCK + l] : 0.0;
                double mag = fabs(sum);
                for (size_t k = 0; k < terms(s); k++) {
                    const double term =
                        (double)t->a[k / s->depth * s->a_step + i * s->a_pos + k % s->depth] *
                        (double)t->w[(k * s->n + b) * ECAM_BLOCK + l];
                    sum += term;
                    mag += fabs(term);
                }
                if (t->add != NULL) {
                    sum += (double)t->add[at];
                    mag += fabs((double)t->add[at]);
                }
                bound[at] = kc_sum_bound(terms(s) + 2, mag);
                c[at] = s->relu && sum < 0.0 ? 0.0f : (float)sum;
            }
}

/* Each output in a tile of its own, with its own block of weights. */
static void expect_alone(struct kc *kc, const struct shape *s, const struct ecam_tile *t,
                         const float *add, const float *c, float *w, const struct ecam_kernels *now)
{
    for (size_t b = 0; b < s->n; b++) {
        for (size_t k = 0; k < terms(s); k++)
            memcpy(w + k * ECAM_BLOCK, t->w + (k * s->n + b) * ECAM_BLOCK, ECAM_BLOCK * sizeof *w);
        for (size_t i = 0; i < s->m; i++) {
            float alone[ECAM_BLOCK];
            struct ecam_tile one = *t;
            const size_t at = b * s->c_block + i * ECAM_BLOCK;
            one.a = t->a + i * s->a_pos;
            one.w = w;
            one.bias = t->bias != NULL ? t->bias + b * ECAM_BLOCK : NULL;
            one.add = add != NULL ? add + at : NULL;
            one.c = alone;
            now->conv(&one, 1, 1);
            kc_expect_same(kc, alone, c + at, ECAM_BLOCK);
        }
    }
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    (void)ref;
    struct shape s;
    if (!shape_of(i, now, &s) ||
        !kc_begin(kc, "conv_%zux%zu_%zux%zu_pos%zu_tail%zu%s%s%s%s", s.m, s.n, s.steps, s.depth,
                  s.a_pos, s.tail, s.has_bias ? "_bias" : "",
                  s.is_in_place ? "_addhere"
                  : s.has_add   ? "_add"
                                : "",
                  s.relu ? "_relu" : "", s.specials ? "_special" : ""))
        return;
    const size_t a_len = (s.steps - 1) * s.a_step + (s.m - 1) * s.a_pos + s.tail;
    const size_t w_len = terms(&s) * s.n * ECAM_BLOCK;
    const size_t c_len = (s.n - 1) * s.c_block + s.m * ECAM_BLOCK;
    void (*const fill)(struct kc *, float *, size_t) = s.specials ? kc_specials : kc_uniform;
    float *a = kc_input(kc, a_len), *w = kc_input(kc, w_len);
    float *bias = s.has_bias ? kc_input(kc, s.n * ECAM_BLOCK) : NULL;
    float *add = s.has_add ? kc_input(kc, c_len) : NULL, *c = kc_output(kc, c_len);
    float *want = kc_output(kc, c_len), *bound = kc_output(kc, c_len);
    float *w_alone = kc_output(kc, terms(&s) * ECAM_BLOCK);
    fill(kc, a, a_len);
    fill(kc, w, w_len);
    if (s.has_bias)
        fill(kc, bias, s.n * ECAM_BLOCK);
    if (s.has_add)
        fill(kc, add, c_len);
    kc_uniform(kc, c, c_len);
    if (s.is_in_place)
        memcpy(c, add, c_len * sizeof *c);
    for (size_t j = 0; j < c_len; j++) {
        want[j] = c[j];
        bound[j] = 0.0f; /* between the blocks nothing may change */
    }
    const struct ecam_tile tile = {
        .a = a,
        .steps = s.steps,
        .depth = s.depth,
        .tail = s.tail,
        .a_step = s.a_step,
        .a_pos = s.a_pos,
        .w = w,
        .bias = bias,
        .add = s.is_in_place ? c : add,
        .c = c,
        .c_block = s.c_block,
        .add_block = s.c_block,
        .relu = s.relu,
    };
    expected(&s, &tile, want, bound);
    kc_work(kc, 2.0 * (double)(terms(&s) * s.m * s.n * ECAM_BLOCK),
            4.0 * (double)(a_len + w_len + c_len));
    KC_CALL(kc, now->conv(&tile, s.m, s.n));
    kc_expect_within(kc, want, c, bound, c_len);
    expect_alone(kc, &s, &tile, add, c, w_alone, now);
}

const struct kc_check kc_check_conv = {
    .n_timed = ECAM_ARRAY_LEN(timed),
    .n_cases = ECAM_ARRAY_LEN(timed) + N_MODES * MAX_M * MAX_N,
    .run = run,
};
