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

/* Caffe reads photos by OpenCV: 0 to 255, blue first. */
void ecam_caffe_photos(const struct ecam_caffe_net *net, const int64_t dim[3],
                       struct ecam_preprocess *pre)
{
    static const float mean[3] = { 104, 117, 123 };
    const uint32_t h = (uint32_t)dim[1], width = (uint32_t)dim[2];
    const bool has_crop =
        h <= RESIZED && width <= RESIZED && (h > RESIZED / 2 || width > RESIZED / 2);
    *pre = (struct ecam_preprocess){
        .resize = ECAM_RESIZE_SQUASH,
        .resize_h = has_crop ? RESIZED : h,
        .resize_w = has_crop ? RESIZED : width,
        .crop_h = has_crop ? h : 0,
        .crop_w = has_crop ? width : 0,
        .is_bgr = 1,
        .scale = 1,
    };
    for (size_t i = 0; i < 3; i++) {
        pre->mean[i] = mean[i];
        pre->std[i] = 1;
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
