/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe's data layers: which they are, and how they prepare a photo. */
#include <string.h>

#include "weights/caffe_import.h"

#define RESIZED 256 /* sides of a photo before the crop, as Caffe's models were trained */

bool ecam_caffe_is_one_of(const char *type, const char *const *types, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

bool ecam_caffe_is_data(const struct ecam_caffe_layer *layer)
{
    static const char *const types[] = { "Input",      "Data",      "ImageData",  "HDF5Data",
                                         "MemoryData", "DummyData", "WindowData", "AnnotatedData" };
    return ecam_caffe_is_one_of(layer->type, types, ECAM_ARRAY_LEN(types)) ||
           (strcmp(layer->type, "Python") == 0 && layer->bottoms.n == 0);
}

/* ---- How photos go in ---- */

struct census {
    size_t convs, convs_3x3, norms, joins, sums, lrns;
};

static struct census count_layers(const struct ecam_graph *graph)
{
    struct census n = { 0 };
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const struct ecam_node *const node = &graph->nodes[i];
        const struct ecam_weight *const weight = ecam_node_weight(node, "weight");
        if (strcmp(node->kind, "conv2d") == 0 && weight != NULL) {
            n.convs++;
            n.convs_3x3 +=
                weight->shape.rank == 4 && weight->shape.dim[2] == 3 && weight->shape.dim[3] == 3;
        }
        n.norms += strcmp(node->kind, "batchnorm") == 0;
        n.joins += strcmp(node->kind, "concat") == 0;
        n.sums += strcmp(node->kind, "add") == 0;
        n.lrns += strcmp(node->kind, "lrn") == 0;
    }
    return n;
}

/* What the authors of the published networks did, told by what the networks are made of:
 * VGG of 3x3 convolutions alone, DenseNet of concatenations and batch-norm, ResNet of sums
 * and batch-norm; AlexNet, GoogLeNet, SqueezeNet and whatever else as BVLC's Caffe does. */
static const char *preset_of(const struct ecam_graph *graph)
{
    const struct census n = count_layers(graph);
    if (n.convs >= 8 && n.convs_3x3 == n.convs && n.norms + n.joins + n.sums + n.lrns == 0)
        return "caffe-vgg";
    if (n.norms > 0 && n.joins >= 20 && n.sums == 0)
        return "caffe-densenet";
    if (n.norms > 0 && n.sums >= 4 && n.joins == 0)
        return "resnet-msra";
    return "caffe-bvlc";
}

/* Caffe reads photos by OpenCV: 0 to 255, blue first. */
void ecam_caffe_photos(const struct ecam_caffe_net *net, const struct ecam_graph *graph,
                       const int64_t dim[3], struct ecam_preprocess *pre)
{
    const uint32_t h = (uint32_t)dim[1], width = (uint32_t)dim[2];
    const bool has_crop =
        h <= RESIZED && width <= RESIZED && (h > RESIZED / 2 || width > RESIZED / 2);
    ecam_preprocess_preset(preset_of(graph), pre);
    if (has_crop) {
        ecam_preprocess_fit(pre, h, width);
    } else { /* of sizes that no published network has */
        pre->resize = ECAM_RESIZE_SQUASH;
        pre->resize_h = h;
        pre->resize_w = width;
        pre->crop_h = pre->crop_w = 0;
    }
    for (size_t i = 0; i < ecam_caffe_n_layers(net); i++) {
        const struct ecam_caffe_layer *const layer = ecam_caffe_layer(net, i);
        const struct ecam_caffe_reals *const given = &layer->transform.mean_value;
        if (!ecam_caffe_is_data(layer) || (given->n == 0 && layer->transform.scale == 1.0f))
            continue;
        for (size_t c = 0; c < 3 && (given->n == 1 || given->n == 3); c++)
            pre->mean[c] = given->v[given->n == 1 ? 0 : c];
        for (size_t c = 0; c < 3 && layer->transform.scale > 0; c++)
            pre->std[c] = 1 / layer->transform.scale; /* (v - mean) * scale */
        return;
    }
}
