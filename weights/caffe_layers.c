/* SPDX-License-Identifier: BSD-2-Clause
 * THE list of Caffe's layer types, and the nodes that each becomes. */
#include <stdio.h>
#include <string.h>

#include "weights/caffe_import.h"
#include "weights/caffe_nodes.h"

/* ---- Activations and the like ---- */

static uint32_t add_relu(struct ecam_caffe_import *im)
{
    if (im->layer->negative_slope == 0)
        return ecam_caffe_add_plain(im, "relu");
    const uint32_t node = ecam_caffe_add_plain(im, "leaky_relu");
    ecam_caffe_set_real(im, node, "alpha", (double)im->layer->negative_slope);
    return node;
}

static uint32_t add_relu6(struct ecam_caffe_import *im)
{
    const uint32_t node = ecam_caffe_add_plain(im, "clip");
    ecam_caffe_set_real(im, node, "min", 0);
    ecam_caffe_set_real(im, node, "max", 6);
    return node;
}

static uint32_t add_prelu(struct ecam_caffe_import *im)
{
    const size_t n = im->layer->channel_shared ? 1 : im->extents[im->inputs[0]].channels;
    const uint32_t node = ecam_caffe_add_plain(im, "prelu");
    ecam_caffe_set_weight(im, node, "slope",
                          ecam_caffe_weight(im, 0, (struct ecam_shape){ .rank = 1, .dim = { n } }));
    return node;
}

static uint32_t add_elu(struct ecam_caffe_import *im)
{
    const uint32_t node = ecam_caffe_add_plain(im, "elu");
    if (im->layer->elu_alpha != 1.0f)
        ecam_caffe_set_real(im, node, "alpha", (double)im->layer->elu_alpha);
    return node;
}

static uint32_t add_sigmoid(struct ecam_caffe_import *im)
{
    return ecam_caffe_add_plain(im, "sigmoid");
}

static uint32_t add_tanh(struct ecam_caffe_import *im)
{
    return ecam_caffe_add_plain(im, "tanh");
}

static uint32_t add_dropout(struct ecam_caffe_import *im)
{
    return ecam_caffe_add_plain(im, "dropout");
}

static uint32_t add_softmax(struct ecam_caffe_import *im)
{
    const uint32_t node = ecam_caffe_add_plain(im, "softmax");
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
    const uint32_t node = ecam_caffe_add_plain(im, "lrn");
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
            x = ecam_caffe_add_constant(im, ecam_caffe_name(im, name, word), x, factor, 0);
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

/* ---- The list ---- */

static const struct {
    const char *type;
    size_t min_inputs, max_inputs; /* 0: any number */
    uint32_t (*add)(struct ecam_caffe_import *im);
} types[] = {
    { "BatchNorm", 1, 1, ecam_caffe_add_batchnorm },
    { "Bias", 1, 2, ecam_caffe_add_bias },
    { "Concat", 1, 0, add_concat },
    { "Convolution", 1, 1, ecam_caffe_add_convolution },
    { "Deconvolution", 1, 1, ecam_caffe_add_deconvolution },
    { "DepthwiseConvolution", 1, 1, ecam_caffe_add_convolution },
    { "Dropout", 1, 1, add_dropout },
    { "ELU", 1, 1, add_elu },
    { "Eltwise", 1, 0, add_eltwise },
    { "Flatten", 1, 1, ecam_caffe_add_flatten },
    { "InnerProduct", 1, 1, ecam_caffe_add_inner_product },
    { "LRN", 1, 1, add_lrn },
    { "PReLU", 1, 1, add_prelu },
    { "Permute", 1, 1, ecam_caffe_add_permute },
    { "Pooling", 1, 1, ecam_caffe_add_pooling },
    { "Power", 1, 1, ecam_caffe_add_power },
    { "ReLU", 1, 1, add_relu },
    { "ReLU6", 1, 1, add_relu6 },
    { "Reshape", 1, 1, ecam_caffe_add_reshape },
    { "Scale", 1, 2, ecam_caffe_add_scale },
    { "Sigmoid", 1, 1, add_sigmoid },
    { "Slice", 1, 1, ecam_caffe_add_slice },
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
