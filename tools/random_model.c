/* SPDX-License-Identifier: BSD-2-Clause
 * Each family is a function that names its tensors in order. It runs twice: once to
 * measure header and data, once to write them. */
#include "tools/random_model.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/common.h"
#include "engine/error.h"

#define CLASSES 1000
#define NAME_BYTES 96

struct draft {
    unsigned char *bytes; /* NULL while measuring */
    size_t header, data;  /* bytes so far */
    float *floats;        /* where the data begins */
    uint64_t random;
};

/* Uniform in [-1, 1). */
static float draw(struct draft *d)
{
    d->random = d->random * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(d->random >> 40) / (1 << 23) - 1.0);
}

static void append(struct draft *d, const char *fmt, ...) ECAM_PRINTF(2, 3);
static void append(struct draft *d, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (d->bytes != NULL)
        memcpy(d->bytes + 8 + d->header, text, (size_t)n);
    d->header += (size_t)n;
}

/* A tensor of values middle + spread * [-1, 1); dims end with 0. */
static void tensor(struct draft *d, const char *name, const char *leaf, const size_t *dims,
                   float middle, float spread)
{
    size_t count = 1;
    append(d, "%s\"%s%s\":{\"dtype\":\"F32\",\"shape\":[", d->data == 0 ? "" : ",", name, leaf);
    for (size_t i = 0; dims[i] != 0; i++) {
        append(d, "%s%zu", i == 0 ? "" : ",", dims[i]);
        count *= dims[i];
    }
    append(d, "],\"data_offsets\":[%zu,%zu]}", d->data, d->data + count * sizeof(float));
    if (d->floats != NULL) {
        float *out = d->floats + d->data / sizeof(float);
        for (size_t i = 0; i < count; i++)
            out[i] = middle + spread * draw(d);
    }
    d->data += count * sizeof(float);
}

#define DIMS(...) ((const size_t[]){ __VA_ARGS__, 0 })

/* He's spread: sums of as many products as there are terms keep the scale of their
 * input through a ReLU. */
static void conv(struct draft *d, const char *name, size_t out, size_t in, size_t kernel)
{
    const float spread = sqrtf(6.0f / (float)(in * kernel * kernel));
    tensor(d, name, ".weight", DIMS(out, in, kernel, kernel), 0.0f, spread);
}

static void conv_bias(struct draft *d, const char *name, size_t out, size_t in, size_t kernel)
{
    conv(d, name, out, in, kernel);
    tensor(d, name, ".bias", DIMS(out), 0.0f, 0.1f);
}

static void dense(struct draft *d, const char *name, size_t out, size_t in)
{
    tensor(d, name, ".weight", DIMS(out, in), 0.0f, sqrtf(6.0f / (float)in));
    tensor(d, name, ".bias", DIMS(out), 0.0f, 0.1f);
}

static void norm(struct draft *d, const char *name, size_t channels)
{
    tensor(d, name, ".weight", DIMS(channels), 0.75f, 0.25f);
    tensor(d, name, ".bias", DIMS(channels), 0.0f, 0.1f);
    tensor(d, name, ".running_mean", DIMS(channels), 0.0f, 0.1f);
    tensor(d, name, ".running_var", DIMS(channels), 1.25f, 0.5f);
}

static const char *name_of(char text[NAME_BYTES], const char *fmt, ...) ECAM_PRINTF(2, 3);
static const char *name_of(char text[NAME_BYTES], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, NAME_BYTES, fmt, ap);
    va_end(ap);
    return text;
}

/* ---- Families ---- */

static void alexnet(struct draft *d, const size_t *unused)
{
    (void)unused;
    conv_bias(d, "features.0", 64, 3, 11);
    conv_bias(d, "features.3", 192, 64, 5);
    conv_bias(d, "features.6", 384, 192, 3);
    conv_bias(d, "features.8", 256, 384, 3);
    conv_bias(d, "features.10", 256, 256, 3);
    dense(d, "classifier.1", 4096, 256 * 36);
    dense(d, "classifier.4", 4096, 4096);
    dense(d, "classifier.6", CLASSES, 4096);
}

/* depths: convolutions before each of the five pools. */
static void vgg(struct draft *d, const size_t *depths)
{
    static const size_t widths[] = { 64, 128, 256, 512, 512 };
    char name[NAME_BYTES];
    size_t in = 3, at = 0;
    for (size_t s = 0; s < 5; s++, at++)
        for (size_t i = 0; i < depths[s]; i++, at += 2) {
            conv_bias(d, name_of(name, "features.%zu", at), widths[s], in, 3);
            in = widths[s];
        }
    dense(d, "classifier.0", 4096, 512 * 49);
    dense(d, "classifier.3", 4096, 4096);
    dense(d, "classifier.6", CLASSES, 4096);
}

static void conv_norm(struct draft *d, const char *name, size_t out, size_t in, size_t kernel)
{
    char text[NAME_BYTES];
    conv(d, name_of(text, "%s.conv", name), out, in, kernel);
    norm(d, name_of(text, "%s.bn", name), out);
}

static void googlenet(struct draft *d, const size_t *unused)
{
    static const struct {
        const char *name;
        size_t in, b1, b2a, b2, b3a, b3, b4;
    } blocks[] = {
        { "3a", 192, 64, 96, 128, 16, 32, 32 },     { "3b", 256, 128, 128, 192, 32, 96, 64 },
        { "4a", 480, 192, 96, 208, 16, 48, 64 },    { "4b", 512, 160, 112, 224, 24, 64, 64 },
        { "4c", 512, 128, 128, 256, 24, 64, 64 },   { "4d", 512, 112, 144, 288, 32, 64, 64 },
        { "4e", 528, 256, 160, 320, 32, 128, 128 }, { "5a", 832, 256, 160, 320, 32, 128, 128 },
        { "5b", 832, 384, 192, 384, 48, 128, 128 },
    };
    char name[NAME_BYTES];
    (void)unused;
    conv_norm(d, "conv1", 64, 3, 7);
    conv_norm(d, "conv2", 64, 64, 1);
    conv_norm(d, "conv3", 192, 64, 3);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(blocks); i++) {
        const char *at = blocks[i].name;
        const size_t in = blocks[i].in;
        conv_norm(d, name_of(name, "inception%s.branch1", at), blocks[i].b1, in, 1);
        conv_norm(d, name_of(name, "inception%s.branch2.0", at), blocks[i].b2a, in, 1);
        conv_norm(d, name_of(name, "inception%s.branch2.1", at), blocks[i].b2, blocks[i].b2a, 3);
        conv_norm(d, name_of(name, "inception%s.branch3.0", at), blocks[i].b3a, in, 1);
        conv_norm(d, name_of(name, "inception%s.branch3.1", at), blocks[i].b3, blocks[i].b3a, 3);
        conv_norm(d, name_of(name, "inception%s.branch4.1", at), blocks[i].b4, in, 1);
    }
    dense(d, "fc", CLASSES, 1024);
}

/* plan: blocks of the four stages, then 1 for bottlenecks. */
static void resnet(struct draft *d, const size_t *plan)
{
    const size_t expansion = plan[4] != 0 ? 4 : 1;
    char name[NAME_BYTES];
    size_t in = 64;
    conv(d, "conv1", 64, 3, 7);
    norm(d, "bn1", 64);
    for (size_t s = 0; s < 4; s++)
        for (size_t i = 0; i < plan[s]; i++) {
            const size_t width = (size_t)64 << s, out = width * expansion;
            const size_t kernels[2][3] = { { 3, 3, 0 }, { 1, 3, 1 } };
            const size_t *k = kernels[plan[4]];
            size_t from = in;
            for (size_t c = 0; c < 3 && k[c] != 0; c++) {
                const size_t to = k[c + 1 < 3 ? c + 1 : c] == 0 || c == 2 ? out : width;
                conv(d, name_of(name, "layer%zu.%zu.conv%zu", s + 1, i, c + 1), to, from, k[c]);
                norm(d, name_of(name, "layer%zu.%zu.bn%zu", s + 1, i, c + 1), to);
                from = to;
            }
            if (in != out) {
                conv(d, name_of(name, "layer%zu.%zu.downsample.0", s + 1, i), out, in, 1);
                norm(d, name_of(name, "layer%zu.%zu.downsample.1", s + 1, i), out);
            }
            in = out;
        }
    dense(d, "fc", CLASSES, in);
}

/* plan: layers of the four blocks, growth, channels of the stem. */
static void densenet(struct draft *d, const size_t *plan)
{
    const size_t growth = plan[4];
    size_t channels = plan[5];
    char name[NAME_BYTES];
    conv(d, "features.conv0", channels, 3, 7);
    norm(d, "features.norm0", channels);
    for (size_t b = 0; b < 4; b++) {
        for (size_t i = 0; i < plan[b]; i++, channels += growth) {
            char at[NAME_BYTES];
            name_of(at, "features.denseblock%zu.denselayer%zu", b + 1, i + 1);
            norm(d, name_of(name, "%.80s.norm1", at), channels);
            conv(d, name_of(name, "%.80s.conv1", at), 4 * growth, channels, 1);
            norm(d, name_of(name, "%.80s.norm2", at), 4 * growth);
            conv(d, name_of(name, "%.80s.conv2", at), growth, 4 * growth, 3);
        }
        if (b == 3)
            break;
        norm(d, name_of(name, "features.transition%zu.norm", b + 1), channels);
        conv(d, name_of(name, "features.transition%zu.conv", b + 1), channels / 2, channels, 1);
        channels /= 2;
    }
    norm(d, "features.norm5", channels);
    dense(d, "classifier", CLASSES, channels);
}

static void squeezenet(struct draft *d, const size_t *unused)
{
    static const size_t fires[] = { 3, 4, 6, 7, 9, 10, 11, 12 };
    static const size_t widths[] = { 16, 16, 32, 32, 48, 48, 64, 64 };
    char name[NAME_BYTES];
    size_t in = 64;
    (void)unused;
    conv_bias(d, "features.0", in, 3, 3);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(fires); i++) {
        const size_t w = widths[i];
        conv_bias(d, name_of(name, "features.%zu.squeeze", fires[i]), w, in, 1);
        conv_bias(d, name_of(name, "features.%zu.expand1x1", fires[i]), 4 * w, w, 1);
        conv_bias(d, name_of(name, "features.%zu.expand3x3", fires[i]), 4 * w, w, 3);
        in = 8 * w;
    }
    conv_bias(d, "classifier.1", CLASSES, in, 1);
}

static const struct family {
    const char *name;
    void (*write)(struct draft *d, const size_t *plan);
    size_t plan[6];
} families[] = {
    { "alexnet", alexnet, { 0 } },
    { "vgg11", vgg, { 1, 1, 2, 2, 2 } },
    { "vgg13", vgg, { 2, 2, 2, 2, 2 } },
    { "vgg16", vgg, { 2, 2, 3, 3, 3 } },
    { "vgg19", vgg, { 2, 2, 4, 4, 4 } },
    { "googlenet", googlenet, { 0 } },
    { "resnet18", resnet, { 2, 2, 2, 2, 0 } },
    { "resnet34", resnet, { 3, 4, 6, 3, 0 } },
    { "resnet50", resnet, { 3, 4, 6, 3, 1 } },
    { "resnet101", resnet, { 3, 4, 23, 3, 1 } },
    { "resnet152", resnet, { 3, 8, 36, 3, 1 } },
    { "densenet121", densenet, { 6, 12, 24, 16, 32, 64 } },
    { "densenet161", densenet, { 6, 12, 36, 24, 48, 96 } },
    { "densenet169", densenet, { 6, 12, 32, 32, 32, 64 } },
    { "densenet201", densenet, { 6, 12, 48, 32, 32, 64 } },
    { "squeezenet1_1", squeezenet, { 0 } },
};

const char *random_model_family(size_t i)
{
    return i < ECAM_ARRAY_LEN(families) ? families[i].name : NULL;
}

static const struct family *find(const char *name)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(families); i++)
        if (strcmp(families[i].name, name) == 0)
            return &families[i];
    return NULL;
}

static void write_draft(struct draft *d, const struct family *family)
{
    d->header = d->data = 0;
    d->random = 1;
    append(d, "{");
    family->write(d, family->plan);
    append(d, "}");
}

enum ecam_status random_model(const char *name, unsigned char **bytes, size_t *size,
                              struct ecam_error *err)
{
    const struct family *family = find(name);
    struct draft d = { 0 };
    if (family == NULL)
        return ecam_fail(err, ECAM_ERR_NAME, "no family is named '%.60s'", name);
    write_draft(&d, family);
    const size_t begin = (8 + d.header + 63) / 64 * 64; /* the data, aligned for kernels */
    const size_t total = begin + d.data;
    unsigned char *block = aligned_alloc(64, (total + 63) / 64 * 64);
    if (block == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: %zu bytes of random weights", name, total);
    d.bytes = block;
    d.floats = (float *)(void *)(block + begin);
    write_draft(&d, family);
    memset(block + 8 + d.header, ' ', begin - 8 - d.header);
    for (size_t i = 0; i < 8; i++)
        block[i] = (unsigned char)((uint64_t)(begin - 8) >> 8 * i);
    *bytes = block;
    *size = total;
    return ECAM_OK;
}

void random_model_free(unsigned char *bytes)
{
    free(bytes);
}
