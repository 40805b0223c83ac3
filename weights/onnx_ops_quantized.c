/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX operators on quantised numbers, computed in float32: a value of small integers is
 * a value of floats that hold them. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

/* The range of a quantised type, by the array of its zero point; absent: U8. */
static enum ecam_status read_range(const struct ecam_onnx_import *im,
                                   const struct ecam_onnx_value *zero, double *min, double *max)
{
    const enum ecam_dtype dtype =
        zero != NULL && zero->tensor != NULL ? zero->tensor->dtype : ECAM_DTYPE_U8;
    *min = dtype == ECAM_DTYPE_I8 ? -128 : dtype == ECAM_DTYPE_I16 ? -32768 : 0;
    *max = dtype == ECAM_DTYPE_I8 ? 127 : dtype == ECAM_DTYPE_I16 ? 32767 : 255;
    return dtype == ECAM_DTYPE_U8 || dtype == ECAM_DTYPE_I8 || dtype == ECAM_DTYPE_I16
               ? ECAM_OK
               : ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                                "quantised to %s; 8 bits, or 16 with a sign, can be run",
                                ecam_dtype_name(dtype));
}

/* A scale or zero point: one number, or one for each index of an axis, as a vector. */
static enum ecam_status put_vector(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                   const char *role, struct ecam_onnx_value *value)
{
    const struct ecam_weight *tensor = NULL, *vector = NULL;
    struct ecam_shape shape = { .rank = 1 };
    enum ecam_status status = ecam_onnx_as_tensor(im, value, role, &tensor);
    if (status != ECAM_OK)
        return status;
    ecam_shape_count(&tensor->shape, &shape.dim[0]);
    if (tensor->shape.rank > 1)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "the %s has %u axes, at most 1 can be run",
                              role, tensor->shape.rank);
    vector = tensor;
    if (tensor->shape.rank == 0)
        status = ecam_onnx_view(im, tensor, &shape, NULL, &vector);
    if (status == ECAM_OK)
        ecam_onnx_put_weight(layer, role, vector);
    return status;
}

/* A quantize or dequantize layer on a node, with scale and zero point at inputs i, i + 1 of
 * the node in work. */
static enum ecam_status put_numbers(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                    size_t i, uint32_t rank)
{
    struct ecam_onnx_value *const scale = ecam_onnx_input(im, i);
    struct ecam_onnx_value *const zero = ecam_onnx_input(im, i + 1);
    const int64_t given = ecam_onnx_int(im, "axis", 1);
    const int64_t axis = given < 0 ? given + (int64_t)rank : given;
    enum ecam_status status = put_vector(im, layer, "scale", scale);
    if (status == ECAM_OK && zero != NULL)
        status = put_vector(im, layer, "zero", zero);
    if (status != ECAM_OK)
        return status;
    if (ecam_onnx_int(im, "block_size", 0) != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "scales for blocks");
    size_t n_scales = 1;
    ecam_shape_count(ecam_onnx_shape(im, scale), &n_scales);
    if (n_scales != 1 && axis != 1)
        ecam_onnx_put_int(layer, "axis", axis);
    if (strcmp(layer->kind, "quantize") == 0) {
        double min, max;
        status = read_range(im, zero, &min, &max);
        ecam_onnx_put_real(layer, "min", min);
        ecam_onnx_put_real(layer, "max", max);
    }
    return status;
}

static enum ecam_status plain(struct ecam_onnx_import *im, const char *kind)
{
    struct ecam_onnx_layer layer = { .kind = kind, .n_inputs = 1 };
    struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    enum ecam_status status = put_numbers(im, &layer, 1, ecam_onnx_shape(im, x)->rank);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, x, &layer.inputs[0]);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

static enum ecam_status quantize_linear(struct ecam_onnx_import *im)
{
    if (ecam_onnx_int(im, "output_dtype", 0) != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "output_dtype");
    return plain(im, "quantize");
}

static enum ecam_status dequantize_linear(struct ecam_onnx_import *im)
{
    return plain(im, "dequantize");
}

/* (x - zero) * scale of an array, the last two along one of its axes or the same for all. */
static enum ecam_status dequantized(struct ecam_onnx_import *im, const struct ecam_weight *x,
                                    const struct ecam_onnx_value *scale,
                                    const struct ecam_onnx_value *zero, int64_t axis,
                                    const struct ecam_weight **out)
{
    size_t n = 0, inner = 1;
    ecam_shape_count(&x->shape, &n);
    const size_t count = scale->n;
    if (count != 1 && (axis < 0 || axis >= (int64_t)x->shape.rank || x->shape.dim[axis] != count))
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "%zu scales do not fit axis %lld", count,
                              (long long)axis);
    if (count == 0 || (zero != NULL && zero->n != count && zero->n != 1))
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "%zu scales, %zu zero points", count,
                              zero != NULL ? zero->n : 0);
    if (!x->is_dense)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "a transposed array");
    for (uint32_t i = count == 1 ? x->shape.rank : (uint32_t)axis + 1; i < x->shape.rank; i++)
        inner *= x->shape.dim[i];
    float *const data = ecam_realloc_array(NULL, n, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    for (size_t i = 0; i < n; i++) {
        const size_t k = i / inner % count;
        const double offset = zero == NULL ? 0 : zero->numbers[zero->n == 1 ? 0 : k];
        data[i] = (float)((ecam_onnx_number(x, i) - offset) * scale->numbers[k]);
    }
    return ecam_onnx_derive(im, "float", &x->shape, data, out);
}

static enum ecam_status as_numbers(struct ecam_onnx_import *im, size_t i, const char *what)
{
    struct ecam_onnx_value *const value = ecam_onnx_input(im, i);
    return value == NULL ? ECAM_OK : ecam_onnx_as_numbers(im, value, what);
}

enum ecam_status ecam_onnx_fold_dequantize(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const struct ecam_weight *out = NULL;
    const int64_t given = ecam_onnx_int(im, "axis", 1);
    enum ecam_status status = as_numbers(im, 1, "the scale");
    if (status == ECAM_OK)
        status = as_numbers(im, 2, "the zero point");
    if (status != ECAM_OK)
        return status;
    if (x->tensor == NULL || ecam_onnx_int(im, "block_size", 0) != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "scales for blocks, or numbers");
    status = dequantized(im, x->tensor, ecam_onnx_input(im, 1), ecam_onnx_input(im, 2),
                         given < 0 ? given + (int64_t)x->shape.rank : given, &out);
    return status == ECAM_OK ? ecam_onnx_give_tensor(im, 0, out) : status;
}

/* QLinearConv: x, its scale and zero, w, its scale and zero, those of y, and B, whose
 * numbers count in x's scale times w's. */
static enum ecam_status bias_of(struct ecam_onnx_import *im, struct ecam_onnx_layer *conv)
{
    const struct ecam_onnx_value *const x_scale = ecam_onnx_input(im, 1);
    const struct ecam_onnx_value *const w_scale = ecam_onnx_input(im, 4);
    const struct ecam_onnx_value *const b = ecam_onnx_input(im, 8);
    const struct ecam_weight *bias = NULL;
    if (b == NULL)
        return ECAM_OK;
    float *const data = ecam_realloc_array(NULL, b->n, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    for (size_t i = 0; i < b->n; i++)
        data[i] = (float)(b->numbers[i] * x_scale->numbers[0] *
                          w_scale->numbers[w_scale->n == 1 ? 0 : i % w_scale->n]);
    const enum ecam_status status = ecam_onnx_derive(im, "bias", &b->shape, data, &bias);
    if (status == ECAM_OK)
        ecam_onnx_put_weight(conv, "bias", bias);
    return status;
}

static enum ecam_status qlinear_conv(struct ecam_onnx_import *im)
{
    static const char *const names[] = { "",        "x_scale",      "x_zero_point",
                                         "w",       "w_scale",      "w_zero_point",
                                         "y_scale", "y_zero_point", "B" };
    struct ecam_onnx_layer before = { .kind = "dequantize", .n_inputs = 1 };
    struct ecam_onnx_layer after = { .kind = "quantize", .n_inputs = 1 };
    struct ecam_onnx_layer conv;
    const struct ecam_weight *weight = NULL;
    struct ecam_onnx_value *const w = ecam_onnx_input(im, 3);
    enum ecam_status status = ECAM_OK;
    for (size_t i = 1; status == ECAM_OK && i < ECAM_ARRAY_LEN(names); i++)
        if (i != 3)
            status = as_numbers(im, i, names[i]);
    if (status != ECAM_OK)
        return status;
    if (w->tensor == NULL || ecam_onnx_input(im, 1)->n != 1)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "a weight that is computed, or several scales of x");
    status = dequantized(im, w->tensor, ecam_onnx_input(im, 4), ecam_onnx_input(im, 5), 0, &weight);
    if (status == ECAM_OK)
        status = put_numbers(im, &before, 1, 4);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, ecam_onnx_input(im, 0), &before.inputs[0]);
    uint32_t x = 0;
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &before, false, &x);
    if (status == ECAM_OK)
        status = ecam_onnx_conv(im, x, weight, &conv);
    if (status == ECAM_OK)
        status = bias_of(im, &conv);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &conv, false, &after.inputs[0]);
    if (status == ECAM_OK)
        status = put_numbers(im, &after, 6, 4);
    return status == ECAM_OK ? ecam_onnx_finish(im, &after) : status;
}

const struct ecam_onnx_op ecam_onnx_ops_quantized[] = {
    { "QuantizeLinear", quantize_linear, 2, 3 },
    { "DequantizeLinear", dequantize_linear, 2, 3 },
    { "QLinearConv", qlinear_conv, 8, 9 },
    { NULL, NULL, 0, 0 },
};
