/* SPDX-License-Identifier: BSD-2-Clause
 * THE list of Caffe's layer types, and the nodes that each becomes. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "weights/caffe_import.h"
#include "weights/caffe_nodes.h"

#define ALL INT32_MAX /* as the end of a slice: all there is */

/* ---- Activations and the like ---- */

static uint32_t add_plain(struct ecam_caffe_import *im, const char *kind)
{
    return ecam_caffe_node(im, kind, im->layer->name, im->inputs, 1);
}

static uint32_t add_relu(struct ecam_caffe_import *im)
{
    if (im->layer->negative_slope == 0)
        return add_plain(im, "relu");
    const uint32_t node = add_plain(im, "leaky_relu");
    ecam_caffe_set_real(im, node, "alpha", (double)im->layer->negative_slope);
    return node;
}

static uint32_t add_relu6(struct ecam_caffe_import *im)
{
    const uint32_t node = add_plain(im, "clip");
    ecam_caffe_set_real(im, node, "min", 0);
    ecam_caffe_set_real(im, node, "max", 6);
    return node;
}

static uint32_t add_prelu(struct ecam_caffe_import *im)
{
    const size_t n = im->layer->channel_shared ? 1 : im->extents[im->inputs[0]].channels;
    const uint32_t node = add_plain(im, "prelu");
    ecam_caffe_set_weight(im, node, "slope",
                          ecam_caffe_weight(im, 0, (struct ecam_shape){ .rank = 1, .dim = { n } }));
    return node;
}

static uint32_t add_elu(struct ecam_caffe_import *im)
{
    const uint32_t node = add_plain(im, "elu");
    if (im->layer->elu_alpha != 1.0f)
        ecam_caffe_set_real(im, node, "alpha", (double)im->layer->elu_alpha);
    return node;
}

static uint32_t add_sigmoid(struct ecam_caffe_import *im)
{
    return add_plain(im, "sigmoid");
}

static uint32_t add_tanh(struct ecam_caffe_import *im)
{
    return add_plain(im, "tanh");
}

static uint32_t add_dropout(struct ecam_caffe_import *im)
{
    return add_plain(im, "dropout");
}

static uint32_t add_softmax(struct ecam_caffe_import *im)
{
    const uint32_t node = add_plain(im, "softmax");
    if (im->layer->softmax_axis != 1)
        ecam_caffe_set_ints(im, node, "axis", &im->layer->softmax_axis, 1);
    return node;
}

/* The copies of a value are the value. */
static uint32_t add_split(struct ecam_caffe_import *im)
{
    for (size_t i = 0; i < im->n_outputs; i++)
        im->outputs[i] = im->inputs[0];
    return im->inputs[0];
}

static uint32_t add_lrn(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const uint32_t node = add_plain(im, "lrn");
    static const int64_t one = 1;
    ecam_caffe_set_ints(im, node, "size", &layer->lrn.local_size, 1);
    ecam_caffe_set_real(im, node, "alpha", (double)layer->lrn.alpha);
    ecam_caffe_set_real(im, node, "beta", (double)layer->lrn.beta);
    if (layer->lrn.region == ECAM_CAFFE_WITHIN_CHANNEL)
        ecam_caffe_set_ints(im, node, "within", &one, 1); /* k is 1 there, whatever is given */
    else if (layer->lrn.region != ECAM_CAFFE_ACROSS_CHANNELS)
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "norm_region %lld, expected 0 or 1",
                        (long long)layer->lrn.region);
    else if (layer->lrn.k != 1.0f)
        ecam_caffe_set_real(im, node, "k", (double)layer->lrn.k);
    return node;
}

/* ---- Affine layers ---- */

/* x * factor + shift with the same numbers for each channel, which must be known. */
static uint32_t add_constant_scale(struct ecam_caffe_import *im, const char *name, uint32_t input,
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

static uint32_t add_power(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    if (layer->power.power != 1.0f)
        return ecam_caffe_add_unknown(im);
    if (layer->power.scale == 1.0f && layer->power.shift == 0.0f)
        return add_plain(im, "identity");
    return add_constant_scale(im, layer->name, im->inputs[0], layer->power.scale,
                              layer->power.shift);
}

/* Caffe keeps sums of statistics and by what to divide them; 0 where there were none. */
static uint32_t add_batchnorm(struct ecam_caffe_import *im)
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
    const uint32_t node = add_plain(im, "batchnorm");
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
    const uint32_t node = add_plain(im, "scale");
    if (has_factor)
        ecam_caffe_set_weight(im, node, "weight", ecam_caffe_weight(im, 0, shape));
    if (has_shift)
        ecam_caffe_set_weight(im, node, "bias", ecam_caffe_weight(im, has_factor ? 1 : 0, shape));
    return node;
}

static uint32_t add_scale(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    if (im->n_inputs == 1)
        return add_affine(im, true, layer->scale.bias_term, layer->scale.axis,
                          layer->scale.num_axes);
    if (layer->scale.bias_term)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "two inputs and a bias");
    return add_pointwise(im, "mul", layer->scale.axis);
}

static uint32_t add_bias(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    if (im->n_inputs == 1)
        return add_affine(im, false, true, layer->bias.axis, layer->bias.num_axes);
    return add_pointwise(im, "add", layer->bias.axis);
}

static uint32_t add_inner_product(struct ecam_caffe_import *im)
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

/* ---- Several inputs ---- */

static uint32_t add_concat(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    int64_t axis = layer->concat.dim.is_set ? layer->concat.dim.v : layer->concat.axis;
    const uint32_t rank = im->extents[im->inputs[0]].rank;
    size_t channels = 0;
    if (axis < 0 && rank > 0)
        axis += rank;
    const uint32_t node = ecam_caffe_node(im, "concat", layer->name, im->inputs, im->n_inputs);
    if (axis != 1)
        ecam_caffe_set_ints(im, node, "axis", &axis, 1);
    for (size_t i = 0; i < im->n_inputs && im->status == ECAM_OK; i++) {
        const size_t more = im->extents[im->inputs[i]].channels;
        channels = more == 0 || (i > 0 && channels == 0) ? 0 : channels + more;
    }
    if (axis == 1)
        ecam_caffe_set_extent(im, node, rank, channels);
    return node;
}

static uint32_t add_eltwise(struct ecam_caffe_import *im)
{
    static const char *const kinds[] = { "mul", "add", "max" };
    const struct ecam_caffe_layer *const layer = im->layer;
    const int64_t operation = layer->eltwise.operation;
    const struct ecam_caffe_reals *const coeff = &layer->eltwise.coeff;
    char name[ECAM_CAFFE_NAME], word[32];
    if (operation < ECAM_CAFFE_PROD || operation > ECAM_CAFFE_MAX) {
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "operation %lld, expected 0 to 2",
                        (long long)operation);
        return 0;
    }
    if (coeff->n > 0 && (coeff->n != im->n_inputs || operation != ECAM_CAFFE_SUM)) {
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "%u coefficients for %zu inputs", coeff->n,
                        im->n_inputs);
        return 0;
    }
    uint32_t sum = im->inputs[0];
    for (size_t i = 0; i < im->n_inputs && im->status == ECAM_OK; i++) {
        uint32_t x = im->inputs[i];
        const float factor = coeff->n > 0 ? coeff->v[i] : 1.0f;
        const bool is_sub = factor == -1.0f && i > 0;
        if (factor != 1.0f && !is_sub) {
            snprintf(word, sizeof word, "coeff%zu", i);
            x = add_constant_scale(im, ecam_caffe_name(im, name, word), x, factor, 0);
        }
        if (i == 0) {
            sum = x;
            continue;
        }
        const uint32_t pair[2] = { sum, x };
        const bool is_last = i + 1 == im->n_inputs;
        snprintf(word, sizeof word, "%zu", i);
        sum = ecam_caffe_node(im, is_sub ? "sub" : kinds[operation],
                              is_last ? layer->name : ecam_caffe_name(im, name, word), pair, 2);
    }
    return im->n_inputs == 1 ? ecam_caffe_node(im, "identity", layer->name, &sum, 1) : sum;
}

/* ---- Shapes ---- */

static uint32_t add_flatten(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const uint32_t rank = im->extents[im->inputs[0]].rank;
    int64_t axis = layer->flatten.axis, end = layer->flatten.end_axis;
    int64_t shape[ECAM_MAX_RANK] = { 0 }; /* 0: as it was */
    if (axis < 0)
        axis += rank;
    if (end >= 0 && rank > 0 && end == (int64_t)rank - 1)
        end = -1;
    if (axis < 0 || axis >= ECAM_MAX_RANK || end != -1) {
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "axis %lld to end_axis %lld",
                        (long long)layer->flatten.axis, (long long)layer->flatten.end_axis);
        return 0;
    }
    const uint32_t node = add_plain(im, axis == 1 ? "flatten" : "reshape");
    shape[axis] = -1;
    if (axis != 1)
        ecam_caffe_set_ints(im, node, "shape", shape, (size_t)axis + 1);
    ecam_caffe_set_extent(im, node, (uint32_t)axis + 1,
                          axis > 1 ? im->extents[im->inputs[0]].channels : 0);
    return node;
}

static uint32_t add_reshape(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const struct ecam_caffe_ints *const dim = &layer->reshape.shape.dim;
    const size_t channels = im->extents[im->inputs[0]].channels;
    if (layer->reshape.axis != 0 || layer->reshape.num_axes != -1)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "a part of the axes: all are expected");
    if (dim->n == 0 || dim->n > ECAM_MAX_RANK)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "%u dimensions, 1 to %d are possible", dim->n,
                        ECAM_MAX_RANK);
    for (uint32_t i = 0; i < dim->n; i++)
        if (dim->v[i] < -1 || dim->v[i] > INT32_MAX)
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "dimension %lld", (long long)dim->v[i]);
    const uint32_t node = add_plain(im, "reshape");
    ecam_caffe_set_ints(im, node, "shape", dim->v, dim->n);
    ecam_caffe_set_extent(im, node, dim->n,
                          dim->n < 2       ? 0
                          : dim->v[1] > 0  ? (size_t)dim->v[1]
                          : dim->v[1] == 0 ? channels
                                           : 0);
    return node;
}

/* Axes that are not listed follow in their order. */
static uint32_t add_permute(struct ecam_caffe_import *im)
{
    struct ecam_caffe_ints order = im->layer->permute;
    const struct ecam_caffe_extent in = im->extents[im->inputs[0]];
    bool seen[ECAM_MAX_RANK] = { false };
    for (uint32_t i = 0; i < order.n; i++) {
        if (order.v[i] < 0 || order.v[i] >= ECAM_MAX_RANK || seen[order.v[i]]) {
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "order: axis %lld twice, or none",
                            (long long)order.v[i]);
            return 0;
        }
        seen[order.v[i]] = true;
    }
    for (uint32_t i = 0; i < in.rank; i++)
        if (!seen[i])
            order.v[order.n++] = i;
    const uint32_t node = add_plain(im, "transpose");
    ecam_caffe_set_ints(im, node, "axes", order.v, order.n);
    ecam_caffe_set_extent(im, node, order.n, order.n > 1 && order.v[1] == 1 ? in.channels : 0);
    return node;
}

/* Where piece i of n begins. */
static int64_t slice_begin(const struct ecam_caffe_layer *layer, size_t i, size_t n, size_t all)
{
    const int64_t *const points = layer->slice_points.items;
    if (i == 0)
        return 0;
    if (i == n)
        return ALL;
    return layer->slice_points.n > 0 ? points[i - 1] : (int64_t)(all / n * i);
}

static uint32_t add_slice(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const struct ecam_caffe_extent in = im->extents[im->inputs[0]];
    const size_t n = im->n_outputs;
    int64_t axis = layer->slice.dim.is_set ? layer->slice.dim.v : layer->slice.axis;
    uint32_t node = 0;
    char name[ECAM_CAFFE_NAME], word[32];
    if (axis < 0)
        axis += in.rank;
    if (in.rank == 0 || axis < 0 || axis >= (int64_t)in.rank)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "axis %lld of a value of unknown rank",
                        (long long)axis);
    if (n == 0 || (layer->slice_points.n > 0 && layer->slice_points.n != n - 1))
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "%zu slice points for %zu outputs",
                        layer->slice_points.n, n);
    if (layer->slice_points.n == 0 && n > 1 &&
        (axis != 1 || in.channels == 0 || in.channels % n != 0))
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "%zu equal parts of axis %lld with %zu", n,
                        (long long)axis, in.channels);
    for (size_t i = 0; i < n && im->status == ECAM_OK; i++) {
        int64_t begin[ECAM_MAX_RANK] = { 0 }, end[ECAM_MAX_RANK];
        for (uint32_t k = 0; k < in.rank; k++)
            end[k] = ALL;
        begin[axis] = slice_begin(layer, i, n, in.channels);
        end[axis] = slice_begin(layer, i + 1, n, in.channels);
        if (begin[axis] < 0 || begin[axis] >= end[axis]) {
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "slice points that do not grow");
            break;
        }
        snprintf(word, sizeof word, "%zu", i);
        node = ecam_caffe_node(im, "slice", n == 1 ? layer->name : ecam_caffe_name(im, name, word),
                               im->inputs, 1);
        ecam_caffe_set_ints(im, node, "begin", begin, in.rank);
        ecam_caffe_set_ints(im, node, "end", end, in.rank);
        const int64_t last = end[axis] == ALL ? (int64_t)in.channels : end[axis];
        if (axis == 1)
            ecam_caffe_set_extent(im, node, in.rank,
                                  last > begin[1] ? (size_t)(last - begin[1]) : 0);
        im->outputs[i] = node;
    }
    return node;
}

/* ---- The list ---- */

static const struct {
    const char *type;
    size_t min_inputs, max_inputs; /* 0: any number */
    uint32_t (*add)(struct ecam_caffe_import *im);
} types[] = {
    { "BatchNorm", 1, 1, add_batchnorm },
    { "Bias", 1, 2, add_bias },
    { "Concat", 1, 0, add_concat },
    { "Convolution", 1, 1, ecam_caffe_add_convolution },
    { "Deconvolution", 1, 1, ecam_caffe_add_deconvolution },
    { "DepthwiseConvolution", 1, 1, ecam_caffe_add_convolution },
    { "Dropout", 1, 1, add_dropout },
    { "ELU", 1, 1, add_elu },
    { "Eltwise", 1, 0, add_eltwise },
    { "Flatten", 1, 1, add_flatten },
    { "InnerProduct", 1, 1, add_inner_product },
    { "LRN", 1, 1, add_lrn },
    { "PReLU", 1, 1, add_prelu },
    { "Permute", 1, 1, add_permute },
    { "Pooling", 1, 1, ecam_caffe_add_pooling },
    { "Power", 1, 1, add_power },
    { "ReLU", 1, 1, add_relu },
    { "ReLU6", 1, 1, add_relu6 },
    { "Reshape", 1, 1, add_reshape },
    { "Scale", 1, 2, add_scale },
    { "Sigmoid", 1, 1, add_sigmoid },
    { "Slice", 1, 1, add_slice },
    { "Softmax", 1, 1, add_softmax },
    { "Split", 1, 1, add_split },
    { "TanH", 1, 1, add_tanh },
};

uint32_t ecam_caffe_add_unknown(struct ecam_caffe_import *im)
{
    static const uint32_t input = 0;
    char kind[sizeof im->graph->nodes->kind];
    snprintf(kind, sizeof kind, "caffe.%s", im->layer->type);
    const uint32_t node =
        ecam_caffe_node(im, kind, im->layer->name, im->n_inputs > 0 ? im->inputs : &input,
                        im->n_inputs > 0 ? im->n_inputs : 1);
    for (size_t i = 0; i < im->n_outputs; i++)
        im->outputs[i] = node;
    ecam_caffe_set_extent(im, node, 0, 0);
    return node;
}

uint32_t ecam_caffe_add_layer(struct ecam_caffe_import *im)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(types); i++) {
        if (strcmp(types[i].type, im->layer->type) != 0)
            continue;
        const size_t most = types[i].max_inputs != 0 ? types[i].max_inputs : SIZE_MAX;
        if (im->n_inputs < types[i].min_inputs || im->n_inputs > most) {
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "%zu inputs, expected %zu%s", im->n_inputs,
                            types[i].min_inputs, most == types[i].min_inputs ? "" : " or more");
            return 0;
        }
        const uint32_t node = types[i].add(im);
        if (im->n_outputs > 0 && im->outputs[0] == ECAM_NO_NODE)
            im->outputs[0] = node;
        return node;
    }
    return ecam_caffe_add_unknown(im);
}
