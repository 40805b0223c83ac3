/* SPDX-License-Identifier: BSD-2-Clause
 * Elements of a weight as float32, wherever and however they lie. */
#include <assert.h>
#include <string.h>

#include "engine/half.h"
#include "engine/weight.h"

uint16_t ecam_float_to_half(float f)
{
    const uint32_t u = ecam_float_bits(f), magnitude = u & 0x7fffffff;
    const uint32_t sign = u >> 16 & 0x8000;
    uint32_t half;
    if (magnitude > 0x7f800000) { /* NaN stays NaN */
        half = 0x7e00 | (magnitude >> 13 & 0x3ff);
    } else if (magnitude >= 0x477ff000) { /* from 65520 on: infinity */
        half = 0x7c00;
    } else if (magnitude < 0x38800000) {
        /* Below 2^-14. The last bit of a sum with 0.5 is worth 2^-24, which is a
         * half's smallest step: the addition rounds. */
        half = ecam_float_bits(ecam_bits_float(magnitude) + 0.5f) - ecam_float_bits(0.5f);
    } else {
        const uint32_t odd = magnitude >> 13 & 1;
        half = (magnitude - (112u << 23) + 0xfff + odd) >> 13;
    }
    return (uint16_t)(sign | half);
}

bool ecam_weight_is_float(const struct ecam_weight *w)
{
    return w->dtype == ECAM_DTYPE_F32 || w->dtype == ECAM_DTYPE_F16 ||
           w->dtype == ECAM_DTYPE_BF16 || w->dtype == ECAM_DTYPE_F64;
}

const float *ecam_weight_in_place(const struct ecam_weight *w)
{
    if (w->dtype != ECAM_DTYPE_F32 || !w->is_dense || (uintptr_t)w->data % sizeof(float) != 0)
        return NULL;
    return (const float *)(const void *)w->data;
}

const uint16_t *ecam_weight_half_in_place(const struct ecam_weight *w)
{
    if (w->dtype != ECAM_DTYPE_F16 || !w->is_dense || (uintptr_t)w->data % sizeof(uint16_t) != 0)
        return NULL;
    return (const uint16_t *)(const void *)w->data;
}

/* n elements that lie `step` bytes apart. Each loop has one load of constant
 * size, which compilers turn into vector code where step allows. */
static void read_f32(const uint8_t *p, size_t step, size_t n, float *out)
{
    if (step == sizeof *out) {
        memcpy(out, p, n * sizeof *out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(&out[i], p + i * step, sizeof *out);
}

static void read_f64(const uint8_t *p, size_t step, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        double d;
        memcpy(&d, p + i * step, sizeof d);
        out[i] = (float)d;
    }
}

static uint16_t load_u16(const uint8_t *p)
{
    uint16_t u;
    memcpy(&u, p, sizeof u);
    return u;
}

static void read_f16(const uint8_t *p, size_t step, size_t n, float *out)
{
    if (step == sizeof(uint16_t)) {
        for (size_t i = 0; i < n; i++)
            out[i] = ecam_half_to_float(load_u16(p + i * sizeof(uint16_t)));
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = ecam_half_to_float(load_u16(p + i * step));
}

static void read_bf16(const uint8_t *p, size_t step, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ecam_bits_float((uint32_t)load_u16(p + i * step) << 16);
}

static void read_run(enum ecam_dtype dtype, const uint8_t *p, size_t stride, size_t n, float *out)
{
    const size_t step = stride * ecam_dtype_bytes(dtype);
    switch (dtype) {
    case ECAM_DTYPE_F32:
        read_f32(p, step, n, out);
        break;
    case ECAM_DTYPE_F16:
        read_f16(p, step, n, out);
        break;
    case ECAM_DTYPE_BF16:
        read_bf16(p, step, n, out);
        break;
    case ECAM_DTYPE_F64:
        read_f64(p, step, n, out);
        break;
    case ECAM_DTYPE_I64:
    case ECAM_DTYPE_I32:
    case ECAM_DTYPE_I16:
    case ECAM_DTYPE_I8:
    case ECAM_DTYPE_U8:
    case ECAM_DTYPE_BOOL:
        assert(false && "no float type");
        break;
    }
}

/* Row-major position -> coordinates. */
static void coordinates(const struct ecam_shape *shape, size_t position, size_t *at)
{
    for (uint32_t i = shape->rank; i-- > 0;) {
        at[i] = position % shape->dim[i];
        position /= shape->dim[i];
    }
}

void ecam_weight_read(const struct ecam_weight *w, size_t first, size_t n, float *out)
{
    size_t count = 0;
    assert(ecam_weight_is_float(w));
    assert(ecam_shape_count(&w->shape, &count) && first <= count && n <= count - first);
    (void)count;
    if (n == 0)
        return;
    const size_t item = ecam_dtype_bytes(w->dtype);
    if (w->is_dense) {
        read_run(w->dtype, w->data + first * item, 1, n, out);
        return;
    }
    const uint32_t inner = w->shape.rank - 1; /* strided, so there is a dimension */
    size_t at[ECAM_MAX_RANK];
    coordinates(&w->shape, first, at);
    while (n > 0) {
        size_t offset = 0;
        for (uint32_t i = 0; i < w->shape.rank; i++)
            offset += at[i] * w->stride[i];
        const size_t left = w->shape.dim[inner] - at[inner], run = left < n ? left : n;
        read_run(w->dtype, w->data + offset * item, w->stride[inner], run, out);
        out += run;
        n -= run;
        at[inner] += run;
        for (uint32_t i = inner; i > 0 && at[i] == w->shape.dim[i]; i--) {
            at[i] = 0;
            at[i - 1]++;
        }
    }
}
