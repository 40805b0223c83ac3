/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe's layers that multiply and add: normalisation, scale, bias, inner product. */
#include "engine/alloc.h"
#include "weights/caffe_nodes.h"

/* x * factor + shift with the same numbers for each channel, which must be known. */
uint32_t ecam_caffe_add_constant(struct ecam_caffe_import *im, const char *name, uint32_t input,
                                 float factor, float shift)
{
    const size_t n = im->status == ECAM_OK ? im->extents[input].channels : 0;
    const uint32_t node = ecam_caffe_node(im, "scale", name, &input, 1);
    if (n == 0)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED,
                        "scales a value whose number of channels is not known");
    for (int is_shift = 0; is_shift < 2 && im->status == ECAM_OK; is_shift++) {
        if (is_shift && shift == 0)
            break;
        float *const data = ecam_alloc(n * sizeof *data);
        for (size_t i = 0; i < n && data != NULL; i++)
            data[i] = is_shift ? shift : factor;
        ecam_caffe_set_weight(im, node, is_shift ? "bias" : "weight",
                              ecam_caffe_derive(im, name, is_shift ? "shift" : "factor", data, n));
    }
    return node;
}

uint32_t ecam_caffe_add_power(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    if (layer->power.power != 1.0f)
        return ecam_caffe_add_unknown(im);
    if (layer->power.scale == 1.0f && layer->power.shift == 0.0f)
        return ecam_caffe_add_plain(im, "identity");
    return ecam_caffe_add_constant(im, layer->name, im->inputs[0], layer->power.scale,
                                   layer->power.shift);
}

/* Caffe keeps sums of statistics and by what to divide them; 0 where there were none. */
uint32_t ecam_caffe_add_batchnorm(struct ecam_caffe_import *im)
{
    static const char *const roles[] = { "mean", "var" };
    const struct ecam_caffe_layer *const layer = im->layer;
    struct ecam_shape shape = { .rank = 1, .dim = { im->extents[im->inputs[0]].channels } };
    const struct ecam_shape one = { .rank = 1, .dim = { 1 } };
    float factor = 1;
    if (layer->batch_norm.use_global_stats.is_set && layer->batch_norm.use_global_stats.v == 0)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED,
                        "use_global_stats: false takes its statistics from the batch");
    if (ecam_caffe_has_weight(im, 3))
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "more than 3 blobs: of a fork of Caffe");
    const uint32_t node = ecam_caffe_add_plain(im, "batchnorm");
    ecam_caffe_set_real(im, node, "eps", (double)layer->batch_norm.eps);
    const struct ecam_weight *const divisor = ecam_caffe_weight(im, 2, one);
    if (divisor != NULL)
        ecam_weight_read(divisor, 0, 1, &factor);
    for (size_t i = 0; i < 2 && im->status == ECAM_OK; i++) {
        const struct ecam_weight *w = ecam_caffe_weight(im, i, shape);
        if (w != NULL && factor != 1.0f) {
            const size_t n = w->shape.dim[0];
            float *const data = ecam_alloc(n * sizeof *data);
            if (data != NULL)
                ecam_weight_read(w, 0, n, data);
            for (size_t k = 0; k < n && data != NULL; k++)
                data[k] = factor == 0.0f ? 0.0f : data[k] / factor;
            w = ecam_caffe_derive(im, layer->name, roles[i], data, n);
        }
        ecam_caffe_set_weight(im, node, roles[i], w);
        if (w != NULL)
            shape = w->shape; /* both alike */
    }
    return node;
}

/* The values of input 1 apply from `axis` of input 0 on. */
static uint32_t add_pointwise(struct ecam_caffe_import *im, const char *kind, int64_t axis)
{
    const struct ecam_caffe_extent *const x = &im->extents[im->inputs[0]];
    const struct ecam_caffe_extent *const y = &im->extents[im->inputs[1]];
    uint32_t inputs[2] = { im->inputs[0], im->inputs[1] };
    if (axis < 0)
        axis += x->rank;
    if (x->rank == 0 || y->rank == 0 || axis != 0) {
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED,
                        "two inputs, the second from axis %lld on: only 0 is implemented",
                        (long long)axis);
        return 0;
    }
    if (y->rank < x->rank) {
        int64_t shape[ECAM_MAX_RANK];
        char name[ECAM_CAFFE_NAME];
        for (uint32_t i = 0; i < x->rank; i++)
            shape[i] = i < y->rank ? 0 : 1;
        const uint32_t rank = x->rank;
        inputs[1] =
            ecam_caffe_node(im, "reshape", ecam_caffe_name(im, name, "reshape"), &inputs[1], 1);
        ecam_caffe_set_ints(im, inputs[1], "shape", shape, rank);
        ecam_caffe_set_extent(im, inputs[1], rank, 0);
    }
    return ecam_caffe_node(im, kind, im->layer->name, inputs, 2);
}

static uint32_t add_affine(struct ecam_caffe_import *im, bool has_factor, bool has_shift,
                           int64_t axis, int64_t num_axes)
{
    const struct ecam_caffe_extent *const in = &im->extents[im->inputs[0]];
    const struct ecam_shape shape = { .rank = 1, .dim = { in->channels } };
    if (axis < 0)
        axis += in->rank;
    if (axis != 1 || (num_axes != 1 && !(num_axes == -1 && in->rank == 2)))
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED,
                        "axis %lld with %lld axes: only one number a channel is implemented",
                        (long long)axis, (long long)num_axes);
    const uint32_t node = ecam_caffe_add_plain(im, "scale");
    if (has_factor)
        ecam_caffe_set_weight(im, node, "weight", ecam_caffe_weight(im, 0, shape));
    if (has_shift)
        ecam_caffe_set_weight(im, node, "bias", ecam_caffe_weight(im, has_factor ? 1 : 0, shape));
    return node;
}

uint32_t ecam_caffe_add_scale(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    if (im->n_inputs == 1)
        return add_affine(im, true, layer->scale.bias_term, layer->scale.axis,
                          layer->scale.num_axes);
    if (layer->scale.bias_term)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "two inputs and a bias");
    return add_pointwise(im, "mul", layer->scale.axis);
}

uint32_t ecam_caffe_add_bias(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    if (im->n_inputs == 1)
        return add_affine(im, false, true, layer->bias.axis, layer->bias.num_axes);
    return add_pointwise(im, "add", layer->bias.axis);
}

uint32_t ecam_caffe_add_inner_product(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const int64_t n = layer->dense.num_output;
    uint32_t x = im->inputs[0];
    char name[ECAM_CAFFE_NAME];
    if (n < 1 || n > INT32_MAX)
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "num_output %lld", (long long)n);
    if (layer->dense.axis != 1 && !(layer->dense.axis == -1 && im->extents[x].rank == 2))
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "axis %lld: only 1 is implemented",
                        (long long)layer->dense.axis);
    if (im->status == ECAM_OK && im->extents[x].rank != 2)
        x = ecam_caffe_node(im, "flatten", ecam_caffe_name(im, name, "flatten"), &x, 1);
    const uint32_t node = ecam_caffe_node(im, "dense", layer->name, &x, 1);
    const size_t rows = im->status == ECAM_OK ? (size_t)n : 1;
    struct ecam_shape shape = { .rank = 2, .dim = { rows, 0 } };
    if (layer->dense.transpose)
        shape = (struct ecam_shape){ .rank = 2, .dim = { 0, rows } };
    const struct ecam_weight *w = ecam_caffe_weight(im, 0, shape);
    if (layer->dense.transpose)
        w = ecam_caffe_transposed(im, w);
    ecam_caffe_set_weight(im, node, "weight", w);
    if (layer->dense.bias_term)
        ecam_caffe_set_weight(
            im, node, "bias",
            ecam_caffe_weight(im, 1, (struct ecam_shape){ .rank = 1, .dim = { rows } }));
    ecam_caffe_set_extent(im, node, 2, rows);
    return node;
}
