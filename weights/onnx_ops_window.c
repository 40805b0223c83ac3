/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX operators with windows over rows and columns. */
#include <string.h>

#include "engine/error.h"
#include "weights/onnx_in.h"

#define UNSUPPORTED ECAM_ERR_UNSUPPORTED

static enum ecam_status not_images(const struct ecam_onnx_import *im, uint32_t rank)
{
    return ecam_onnx_fail(im, UNSUPPORTED,
                          "the input has %u axes, only images (N, C, H, W) can be run", rank);
}

/* Input 0 as a node of rank 4: images. */
static enum ecam_status image_input(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                    struct ecam_shape *shape)
{
    struct ecam_onnx_value *x = ecam_onnx_input(im, 0);
    *shape = *ecam_onnx_shape(im, x);
    if (shape->rank != 4)
        return not_images(im, shape->rank);
    layer->n_inputs = 1;
    return ecam_onnx_as_node(im, x, &layer->inputs[0]);
}

/* What Conv, ConvTranspose and pools share. */
struct window {
    int64_t kernel[2], stride[2], dilation[2], pad[4]; /* top, left, bottom, right */
};

/* SAME_UPPER and SAME_LOWER: as many windows as strides fit, the odd pixel of padding at
 * the end or the beginning. */
static void same_pads(struct window *win, const struct ecam_shape *in, bool is_lower)
{
    for (size_t i = 0; i < 2; i++) {
        const int64_t size = (int64_t)in->dim[2 + i], stride = win->stride[i];
        const int64_t windows = (size + stride - 1) / stride;
        const int64_t reach = (win->kernel[i] - 1) * win->dilation[i] + 1;
        int64_t total = (windows - 1) * stride + reach - size;
        total = total < 0 ? 0 : total;
        win->pad[is_lower ? 2 + i : i] = total / 2;
        win->pad[is_lower ? i : 2 + i] = total - total / 2;
    }
}

static enum ecam_status check_range(const struct ecam_onnx_import *im, const char *name,
                                    const int64_t *value, size_t n, int64_t min)
{
    for (size_t i = 0; i < n; i++)
        if (value[i] < min || value[i] > INT32_MAX)
            return ecam_onnx_fail(im, UNSUPPORTED, "'%s' is %lld, at least %lld is expected", name,
                                  (long long)value[i], (long long)min);
    return ECAM_OK;
}

static enum ecam_status read_window(const struct ecam_onnx_import *im, const struct ecam_shape *in,
                                    bool is_transposed, struct window *win)
{
    const char *const auto_pad = ecam_onnx_text(im, "auto_pad", "NOTSET");
    enum ecam_status status = ecam_onnx_ints(im, "strides", 2, 1, win->stride);
    if (status == ECAM_OK)
        status = ecam_onnx_ints(im, "dilations", 2, 1, win->dilation);
    if (status == ECAM_OK)
        status = check_range(im, "strides", win->stride, 2, 1);
    if (status == ECAM_OK)
        status = check_range(im, "dilations", win->dilation, 2, 1);
    if (status == ECAM_OK)
        status = check_range(im, "kernel_shape", win->kernel, 2, 1);
    if (status != ECAM_OK)
        return status;
    memset(win->pad, 0, sizeof win->pad);
    if (strcmp(auto_pad, "NOTSET") == 0)
        status = ecam_onnx_ints(im, "pads", 4, 0, win->pad);
    else if (strcmp(auto_pad, "VALID") != 0 && strcmp(auto_pad, "SAME_UPPER") != 0 &&
             strcmp(auto_pad, "SAME_LOWER") != 0)
        status = ecam_onnx_fail(im, UNSUPPORTED, "auto_pad '%.40s' is not known", auto_pad);
    else if (auto_pad[0] == 'S' && !is_transposed)
        same_pads(win, in, strcmp(auto_pad, "SAME_LOWER") == 0);
    return status == ECAM_OK ? check_range(im, "pads", win->pad, 4, 0) : status;
}

static void put_window(struct ecam_onnx_layer *layer, const struct window *win, bool is_pool)
{
    if (is_pool)
        ecam_onnx_put_ints(layer, "kernel", win->kernel, 2);
    ecam_onnx_put_ints(layer, "stride", win->stride, 2);
    ecam_onnx_put_ints(layer, "pad", win->pad, 4);
    if (win->dilation[0] != 1 || win->dilation[1] != 1)
        ecam_onnx_put_ints(layer, "dilation", win->dilation, 2);
}

/* ---- Convolutions ---- */

/* The weight, whose sides are the window's. */
static enum ecam_status put_filter(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                   const struct ecam_weight *weight, struct window *win)
{
    if (weight->shape.rank != 4) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "the weight has shape %s, 4 axes are expected",
                              ecam_shape_text(&weight->shape, text));
    }
    const int64_t sides[2] = { (int64_t)weight->shape.dim[2], (int64_t)weight->shape.dim[3] };
    memcpy(win->kernel, sides, sizeof sides);
    if (ecam_onnx_attr(im->node, "kernel_shape") != NULL) {
        const enum ecam_status status = ecam_onnx_ints(im, "kernel_shape", 2, 1, win->kernel);
        if (status != ECAM_OK)
            return status;
        if (memcmp(win->kernel, sides, sizeof sides) != 0)
            return ecam_onnx_fail(im, ECAM_ERR_SHAPE,
                                  "kernel_shape is %lldx%lld, the weight is %lldx%lld",
                                  (long long)win->kernel[0], (long long)win->kernel[1],
                                  (long long)sides[0], (long long)sides[1]);
    }
    ecam_onnx_put_weight(layer, "weight", weight);
    return ECAM_OK;
}

/* Weight and bias of Conv and ConvTranspose. */
static enum ecam_status read_filter(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                    struct window *win)
{
    const struct ecam_weight *weight = NULL, *bias = NULL;
    struct ecam_onnx_value *const b = ecam_onnx_input(im, 2);
    enum ecam_status status =
        ecam_onnx_as_tensor(im, ecam_onnx_input(im, 1), "the weight", &weight);
    if (status == ECAM_OK)
        status = put_filter(im, layer, weight, win);
    if (status != ECAM_OK || b == NULL)
        return status;
    status = ecam_onnx_as_tensor(im, b, "the bias", &bias);
    if (status == ECAM_OK)
        ecam_onnx_put_weight(layer, "bias", bias);
    return status;
}

static enum ecam_status conv(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "conv2d" };
    struct ecam_shape in;
    struct window win;
    enum ecam_status status = image_input(im, &layer, &in);
    if (status == ECAM_OK)
        status = read_filter(im, &layer, &win);
    if (status == ECAM_OK)
        status = read_window(im, &in, false, &win);
    if (status != ECAM_OK)
        return status;
    put_window(&layer, &win, false);
    ecam_onnx_put_int(&layer, "groups", ecam_onnx_int(im, "group", 1));
    return ecam_onnx_finish(im, &layer);
}

enum ecam_status ecam_onnx_conv(struct ecam_onnx_import *im, uint32_t input,
                                const struct ecam_weight *weight, struct ecam_onnx_layer *out)
{
    const struct ecam_shape in = im->shapes[input];
    struct window win;
    *out = (struct ecam_onnx_layer){ .kind = "conv2d", .inputs = { input }, .n_inputs = 1 };
    if (in.rank != 4)
        return not_images(im, in.rank);
    enum ecam_status status = put_filter(im, out, weight, &win);
    if (status == ECAM_OK)
        status = read_window(im, &in, false, &win);
    if (status != ECAM_OK)
        return status;
    put_window(out, &win, false);
    ecam_onnx_put_int(out, "groups", ecam_onnx_int(im, "group", 1));
    return ECAM_OK;
}

/* Pads from the size that is asked for, or from auto_pad: total = stride (in - 1) +
 * output_padding + reach - out. */
static enum ecam_status transposed_pads(const struct ecam_onnx_import *im,
                                        const struct ecam_shape *in, struct window *win,
                                        int64_t *output_pad)
{
    const char *const auto_pad = ecam_onnx_text(im, "auto_pad", "NOTSET");
    const bool is_same = auto_pad[0] == 'S', has_size = ecam_onnx_attr(im->node, "output_shape");
    int64_t size[2];
    if (!is_same && !has_size)
        return ECAM_OK;
    if (has_size) {
        const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, "output_shape");
        if (attr->type != ECAM_ONNX_INTS || attr->ints.n < 2)
            return ecam_onnx_fail(im, UNSUPPORTED, "'output_shape' is no list of 2 sizes");
        memcpy(size, attr->ints.items + attr->ints.n - 2, sizeof size);
    }
    for (size_t i = 0; i < 2; i++) {
        if (!has_size)
            size[i] = (int64_t)in->dim[2 + i] * win->stride[i];
        const int64_t reach = (win->kernel[i] - 1) * win->dilation[i] + 1;
        const int64_t total =
            win->stride[i] * ((int64_t)in->dim[2 + i] - 1) + output_pad[i] + reach - size[i];
        if (total < 0) { /* more than the windows reach: rows of zeros, or of bias, behind them */
            output_pad[i] -= total;
            win->pad[i] = win->pad[2 + i] = 0;
            continue;
        }
        const bool is_upper = strcmp(auto_pad, "SAME_UPPER") == 0;
        win->pad[i] = is_upper ? total / 2 : total - total / 2;
        win->pad[2 + i] = total - win->pad[i];
    }
    return ECAM_OK;
}

static enum ecam_status conv_transpose(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "conv_transpose2d" };
    struct ecam_shape in;
    struct window win;
    int64_t output_pad[2];
    enum ecam_status status = image_input(im, &layer, &in);
    if (status == ECAM_OK)
        status = read_filter(im, &layer, &win);
    if (status == ECAM_OK)
        status = read_window(im, &in, true, &win);
    if (status == ECAM_OK)
        status = ecam_onnx_ints(im, "output_padding", 2, 0, output_pad);
    if (status == ECAM_OK)
        status = check_range(im, "output_padding", output_pad, 2, 0);
    if (status == ECAM_OK)
        status = transposed_pads(im, &in, &win, output_pad);
    if (status != ECAM_OK)
        return status;
    put_window(&layer, &win, false);
    ecam_onnx_put_ints(&layer, "output_pad", output_pad, 2);
    ecam_onnx_put_int(&layer, "groups", ecam_onnx_int(im, "group", 1));
    return ecam_onnx_finish(im, &layer);
}

/* ---- Pools ---- */

static enum ecam_status read_pool(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                  struct window *win)
{
    struct ecam_shape in;
    enum ecam_status status = image_input(im, layer, &in);
    if (status == ECAM_OK && ecam_onnx_attr(im->node, "kernel_shape") == NULL)
        status = ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has no 'kernel_shape'");
    if (status == ECAM_OK)
        status = ecam_onnx_ints(im, "kernel_shape", 2, 1, win->kernel);
    if (status == ECAM_OK)
        status = read_window(im, &in, false, win);
    return status;
}

static enum ecam_status max_pool(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "maxpool2d" };
    struct window win;
    const enum ecam_status status = read_pool(im, &layer, &win);
    if (status != ECAM_OK)
        return status;
    if (im->node->n_outputs > 1 && im->node->outputs[1][0] != '\0')
        return ecam_onnx_fail(im, UNSUPPORTED, "indices are asked for, which cannot be given");
    put_window(&layer, &win, true);
    ecam_onnx_put_int(&layer, "ceil", ecam_onnx_int(im, "ceil_mode", 0) != 0);
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status average_pool(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "avgpool2d" };
    struct window win;
    const enum ecam_status status = read_pool(im, &layer, &win);
    if (status != ECAM_OK)
        return status;
    if (win.dilation[0] != 1 || win.dilation[1] != 1)
        return ecam_onnx_fail(im, UNSUPPORTED, "an average pool with dilations");
    put_window(&layer, &win, true);
    ecam_onnx_put_int(&layer, "ceil", ecam_onnx_int(im, "ceil_mode", 0) != 0);
    ecam_onnx_put_int(&layer, "count_pad", ecam_onnx_int(im, "count_include_pad", 0) != 0);
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status global_pool(struct ecam_onnx_import *im, const char *kind)
{
    struct ecam_onnx_layer layer = { .kind = kind };
    struct ecam_shape in;
    const enum ecam_status status = image_input(im, &layer, &in);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

static enum ecam_status global_average_pool(struct ecam_onnx_import *im)
{
    return global_pool(im, "global_avgpool");
}

static enum ecam_status global_max_pool(struct ecam_onnx_import *im)
{
    return global_pool(im, "global_maxpool");
}

static enum ecam_status lrn(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "lrn" };
    struct ecam_shape in;
    const enum ecam_status status = image_input(im, &layer, &in);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_int(&layer, "size", ecam_onnx_int(im, "size", 0));
    ecam_onnx_put_real(&layer, "alpha", ecam_onnx_real(im, "alpha", 1e-4));
    ecam_onnx_put_real(&layer, "beta", ecam_onnx_real(im, "beta", 0.75));
    ecam_onnx_put_real(&layer, "k", ecam_onnx_real(im, "bias", 1));
    return ecam_onnx_finish(im, &layer);
}

const struct ecam_onnx_op ecam_onnx_ops_window[] = {
    { "Conv", conv, 2, 3 },
    { "ConvTranspose", conv_transpose, 2, 3 },
    { "MaxPool", max_pool, 1, 1 },
    { "AveragePool", average_pool, 1, 1 },
    { "GlobalAveragePool", global_average_pool, 1, 1 },
    { "GlobalMaxPool", global_max_pool, 1, 1 },
    { "LRN", lrn, 1, 1 },
    { "Resize", ecam_onnx_resize, 1, 4 },
    { "Upsample", ecam_onnx_resize, 1, 2 },
    { NULL, NULL, 0, 0 },
};
