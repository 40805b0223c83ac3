/* SPDX-License-Identifier: BSD-2-Clause
 * How published networks want their photos. Resizing is bilinear in all of them. */
#include "weights/preset.h"

#include <string.h>

#include "engine/common.h"

#define OF_A_BYTE (1.0f / 255.0f)

/* The usual sizes: 256, of which the 224 in the middle are used. */
#define SHORT_256_CROP_224 \
    .resize = ECAM_RESIZE_SHORT, .resize_h = 256, .crop_h = 224, .crop_w = 224
#define SQUASH_256_CROP_224 \
    .resize = ECAM_RESIZE_SQUASH, .resize_h = 256, .resize_w = 256, .crop_h = 224, .crop_w = 224

const struct ecam_preset ecam_presets[] = {
    { "torchvision",
      "torchvision, timm's ports of it",
      { SHORT_256_CROP_224, .scale = OF_A_BYTE, .mean = { 0.485f, 0.456f, 0.406f },
        .std = { 0.229f, 0.224f, 0.225f } } },
    { "caffe-vgg",
      "VGG-16, VGG-19 by Oxford",
      { SHORT_256_CROP_224, .is_bgr = 1, .scale = 1, .mean = { 103.939f, 116.779f, 123.68f },
        .std = { 1, 1, 1 } } },
    { "caffe-bvlc",
      "AlexNet, CaffeNet, GoogLeNet by BVLC; SqueezeNet",
      { SQUASH_256_CROP_224, .is_bgr = 1, .scale = 1, .mean = { 104, 117, 123 },
        .std = { 1, 1, 1 } } },
    /* (v - mean) * 0.017 */
    { "caffe-densenet",
      "DenseNet in Caffe",
      { SHORT_256_CROP_224, .is_bgr = 1, .scale = 1, .mean = { 103.94f, 116.78f, 123.68f },
        .std = { 1 / 0.017f, 1 / 0.017f, 1 / 0.017f } } },
    /* The original subtracts an image of 224x224; these are its means by channel. */
    { "resnet-msra",
      "ResNet-50, 101, 152 by MSRA, in Caffe",
      { SHORT_256_CROP_224, .is_bgr = 1, .scale = 1,
        .mean = { 103.0626238f, 115.9028826f, 123.1516308f }, .std = { 1, 1, 1 } } },
    { "tf",
      "TensorFlow's Inception and MobileNet: -1 to 1",
      { SHORT_256_CROP_224, .scale = OF_A_BYTE, .mean = { 0.5f, 0.5f, 0.5f },
        .std = { 0.5f, 0.5f, 0.5f } } },
    { "raw", "the photo's own size, RGB, 0 to 255", { .scale = 1, .std = { 1, 1, 1 } } },
    { NULL, NULL, { .scale = 0 } },
};

enum ecam_status ecam_preprocess_preset(const char *name, struct ecam_preprocess *out)
{
    for (const struct ecam_preset *p = ecam_presets; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0) {
            *out = p->preprocess;
            return ECAM_OK;
        }
    }
    return ECAM_ERR_NAME;
}

const char *ecam_preprocess_preset_name(size_t i, const char **purpose)
{
    const size_t n = ECAM_ARRAY_LEN(ecam_presets) - 1;
    if (purpose != NULL)
        *purpose = ecam_presets[i < n ? i : n].purpose;
    return ecam_presets[i < n ? i : n].name;
}

/* 256 holds a crop of 224 to 256; other crops get a frame of the same proportion. */
static uint32_t frame_of(size_t side)
{
    return side >= 224 && side <= 256 ? 256 : (uint32_t)((side * 8 + 3) / 7);
}

void ecam_preprocess_fit(struct ecam_preprocess *pre, size_t h, size_t w)
{
    const size_t max = 1u << 16; /* pixels of a side */
    if (pre->crop_h == 0 || h == 0 || w == 0 || h > max || w > max)
        return;
    const bool is_squash = pre->resize == ECAM_RESIZE_SQUASH;
    pre->crop_h = (uint32_t)h;
    pre->crop_w = (uint32_t)w;
    if (pre->resize == ECAM_RESIZE_NONE)
        return;
    pre->resize_h = (uint32_t)ecam_min_size(frame_of(is_squash || h > w ? h : w), max);
    pre->resize_w = is_squash ? (uint32_t)ecam_min_size(frame_of(w), max) : 0;
}

/* The same in every number, be it exactly. */
static bool is_same(const struct ecam_preprocess *a, const struct ecam_preprocess *b)
{
    return a->resize == b->resize && a->filter == b->filter && a->crop_h == b->crop_h &&
           a->crop_w == b->crop_w && a->is_bgr == b->is_bgr &&
           (a->resize == ECAM_RESIZE_NONE || a->resize_h == b->resize_h) &&
           (a->resize != ECAM_RESIZE_SQUASH || a->resize_w == b->resize_w) &&
           memcmp(&a->scale, &b->scale, sizeof a->scale) == 0 &&
           memcmp(a->mean, b->mean, sizeof a->mean) == 0 &&
           memcmp(a->std, b->std, sizeof a->std) == 0;
}

const char *ecam_preprocess_preset_of(const struct ecam_preprocess *pre)
{
    for (const struct ecam_preset *p = ecam_presets; p->name != NULL; p++) {
        struct ecam_preprocess fitted = p->preprocess;
        ecam_preprocess_fit(&fitted, pre->crop_h, pre->crop_w);
        if (is_same(&fitted, pre))
            return p->name;
    }
    return NULL;
}
