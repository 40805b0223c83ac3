/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/fake_weights.h"

#include <stdarg.h>
#include <stdio.h>

#include "tests/unit/tu.h"

#define BLOCK_FLOATS (1u << 20) /* of the largest array below */

static const float block[BLOCK_FLOATS];

struct ecam_weight_set *fake_new(void)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    ck_assert_ptr_nonnull(set);
    return set;
}

void fake_free(struct ecam_weight_set *set)
{
    ecam_weight_set_free(set);
}

void fake_add(struct ecam_weight_set *set, const size_t *dims, const char *fmt, ...)
{
    char name[128];
    struct ecam_shape shape = { 0 };
    struct ecam_error err;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    while (dims[shape.rank] != 0) {
        shape.dim[shape.rank] = dims[shape.rank];
        shape.rank++;
    }
    ck_assert_msg(ecam_weight_set_add(set, name, ECAM_DTYPE_F32, &shape, NULL,
                                      (const uint8_t *)block, sizeof block, 0, &err) == ECAM_OK,
                  "%s", err.text);
}

void fake_norm(struct ecam_weight_set *set, size_t channels, const char *name)
{
    static const char *const leaves[] = { "weight", "bias", "running_mean", "running_var" };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        fake_add(set, FAKE_DIMS(channels), "%s.%s", name, leaves[i]);
}

static void named_norm(struct ecam_weight_set *set, size_t channels, const char *fmt, ...)
    ECAM_PRINTF(3, 4);

static void named_norm(struct ecam_weight_set *set, size_t channels, const char *fmt, ...)
{
    char name[100];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    fake_norm(set, channels, name);
}

void fake_resnet(struct ecam_weight_set *set, const char *prefix, size_t width, size_t n_stages,
                 size_t n_blocks, size_t n_classes)
{
    size_t in = width;
    fake_add(set, FAKE_DIMS(width, 3, 7, 7), "%sconv1.weight", prefix);
    named_norm(set, width, "%sbn1", prefix);
    for (size_t s = 1; s <= n_stages; s++)
        for (size_t i = 0; i < n_blocks; i++) {
            char at[64];
            const size_t out = width << (s - 1);
            snprintf(at, sizeof at, "%slayer%zu.%zu", prefix, s, i);
            fake_add(set, FAKE_DIMS(out, in, 3, 3), "%s.conv1.weight", at);
            named_norm(set, out, "%s.bn1", at);
            fake_add(set, FAKE_DIMS(out, out, 3, 3), "%s.conv2.weight", at);
            named_norm(set, out, "%s.bn2", at);
            if (in != out) {
                fake_add(set, FAKE_DIMS(out, in, 1, 1), "%s.downsample.0.weight", at);
                named_norm(set, out, "%s.downsample.1", at);
            }
            in = out;
        }
    fake_add(set, FAKE_DIMS(n_classes, in), "%sfc.weight", prefix);
    fake_add(set, FAKE_DIMS(n_classes), "%sfc.bias", prefix);
}

void fake_vgg(struct ecam_weight_set *set, size_t width, bool has_norm, size_t n_classes)
{
    static const size_t convs[] = { 1, 1, 2 }; /* before each pool */
    size_t in = 3, at = 0;
    for (size_t s = 0; s < 3; s++) {
        const size_t out = width << s;
        for (size_t i = 0; i < convs[s]; i++) {
            fake_add(set, FAKE_DIMS(out, in, 3, 3), "features.%zu.weight", at);
            fake_add(set, FAKE_DIMS(out), "features.%zu.bias", at++);
            if (has_norm)
                named_norm(set, out, "features.%zu", at++);
            at++; /* ReLU */
            in = out;
        }
        at++; /* pool */
    }
    static const size_t numbers[] = { 0, 3, 6 };
    const size_t columns[] = { in * 49, 16, 16 }, rows[] = { 16, 16, n_classes };
    for (size_t i = 0; i < 3; i++) {
        fake_add(set, FAKE_DIMS(rows[i], columns[i]), "classifier.%zu.weight", numbers[i]);
        fake_add(set, FAKE_DIMS(rows[i]), "classifier.%zu.bias", numbers[i]);
    }
}

void fake_densenet(struct ecam_weight_set *set, size_t width, size_t growth, bool is_old)
{
    const char *const dot = is_old ? "." : "";
    size_t c = width;
    fake_add(set, FAKE_DIMS(c, 3, 7, 7), "features.conv0.weight");
    named_norm(set, c, "features.norm0");
    for (size_t i = 1; i <= 2; i++) {
        for (size_t j = 1; j <= 2; j++, c += growth) {
            char at[64];
            snprintf(at, sizeof at, "features.denseblock%zu.denselayer%zu", i, j);
            named_norm(set, c, "%s.norm%s1", at, dot);
            fake_add(set, FAKE_DIMS(4 * growth, c, 1, 1), "%s.conv%s1.weight", at, dot);
            named_norm(set, 4 * growth, "%s.norm%s2", at, dot);
            fake_add(set, FAKE_DIMS(growth, 4 * growth, 3, 3), "%s.conv%s2.weight", at, dot);
        }
        if (i == 1) {
            named_norm(set, c, "features.transition1.norm");
            fake_add(set, FAKE_DIMS(c / 2, c, 1, 1), "features.transition1.conv.weight");
            c /= 2;
        }
    }
    named_norm(set, c, "features.norm5");
    fake_add(set, FAKE_DIMS(5, c), "classifier.weight");
    fake_add(set, FAKE_DIMS(5), "classifier.bias");
}

static void conv_bias(struct ecam_weight_set *set, size_t out, size_t in, size_t kernel,
                      const char *name)
{
    fake_add(set, FAKE_DIMS(out, in, kernel, kernel), "%s.weight", name);
    fake_add(set, FAKE_DIMS(out), "%s.bias", name);
}

void fake_squeezenet(struct ecam_weight_set *set, size_t n_classes)
{
    static const size_t fires[] = { 3, 4, 6, 7 };
    size_t in = 8;
    conv_bias(set, in, 3, 3, "features.0");
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "features.%zu.squeeze", fires[i]);
        conv_bias(set, 4, in, 1, name);
        snprintf(name, sizeof name, "features.%zu.expand1x1", fires[i]);
        conv_bias(set, 8, 4, 1, name);
        snprintf(name, sizeof name, "features.%zu.expand3x3", fires[i]);
        conv_bias(set, 8, 4, 3, name);
        in = 16;
    }
    conv_bias(set, n_classes, in, 1, "classifier.1");
}
