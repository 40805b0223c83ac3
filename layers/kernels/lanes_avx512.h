/* SPDX-License-Identifier: BSD-2-Clause
 * Lane masks for the AVX-512 kernels. A masked-off lane is neither read nor written,
 * whatever its address, so tails and borders need no scalar code. */
#ifndef ECAM_LANES_AVX512_H
#define ECAM_LANES_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>

#define LANES 16

/* What templates call a vector (wino.h, block.h). */
typedef __m512 vec;

static inline vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
static inline void vec_store(float *p, vec v)
{
    _mm512_storeu_ps(p, v);
}
static inline vec vec_set(float x)
{
    return _mm512_set1_ps(x);
}
static inline vec vec_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) /* a * b + c, rounded once */
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline vec vec_relu(vec a) /* max gives its second operand for NaN and two zeros */
{
    return _mm512_max_ps(_mm512_setzero_ps(), a);
}
static inline vec vec_larger(vec a, vec b) /* NaN if either is */
{
    const __mmask16 is_nan = _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
    return _mm512_mask_mov_ps(_mm512_max_ps(a, b), is_nan, a);
}

/* The first n lanes; all of them from 16 on. */
static inline __mmask16 first_lanes(size_t n)
{
    return (__mmask16)(n >= LANES ? 0xffffu : (1u << n) - 1u);
}

static inline vec vec_abs(vec a)
{
    return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a);
}
static inline vec vec_with_sign(vec a, vec sign) /* |a| with the sign of another */
{
    const vec bit = _mm512_set1_ps(-0.0f);
    return _mm512_or_ps(_mm512_andnot_ps(bit, a), _mm512_and_ps(bit, sign));
}
static inline vec vec_shift_add(vec a, int bits) /* (a << 23) + bits, as whole numbers */
{
    return _mm512_castsi512_ps(
        _mm512_add_epi32(_mm512_slli_epi32(_mm512_castps_si512(a), 23), _mm512_set1_epi32(bits)));
}
static inline vec vec_less(vec a, vec b, vec yes, vec no) /* a < b ? yes : no */
{
    return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), yes);
}

/* The first n lanes, 1 <= n < LANES; the others are zeros, or not written. */
static inline vec vec_load_some(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps(first_lanes(n), p);
}
static inline void vec_store_some(float *p, vec v, size_t n)
{
    _mm512_mask_storeu_ps(p, first_lanes(n), v);
}

/* The lanes i with 0 <= start + i < size. */
static inline __mmask16 lanes_inside(ptrdiff_t start, size_t size)
{
    if (start < 0)
        return (__mmask16)(first_lanes(size + (size_t)-start) & ~first_lanes((size_t)-start));
    return (size_t)start < size ? first_lanes(size - (size_t)start) : 0;
}

/* Every other float, of 16 from p and 16 from p + 15: 31 in all, the last one used. */
static inline __m512 take_even(__m512 at_0, __m512 at_15)
{
    const __m512i pick =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(at_0, pick, at_15);
}

/* Lane i is row[start + i*stride], stride being 1 or 2. With whole, all of them are in
 * the row of `size` floats; else those outside are `fill`. */
static inline __m512 load_lanes(const float *row, ptrdiff_t start, size_t size, size_t stride,
                                bool whole, __m512 fill)
{
    const float *p = row + start;
    if (whole)
        return stride == 1 ? _mm512_loadu_ps(p)
                           : take_even(_mm512_loadu_ps(p), _mm512_loadu_ps(p + 15));
    const __m512 at_0 = _mm512_mask_loadu_ps(fill, lanes_inside(start, size), p);
    if (stride == 1)
        return at_0;
    return take_even(at_0, _mm512_mask_loadu_ps(fill, lanes_inside(start + 15, size), p + 15));
}

#endif /* ECAM_LANES_AVX512_H */
