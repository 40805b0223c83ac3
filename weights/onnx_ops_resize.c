/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX's Resize and its forerunner Upsample: what resize2d can do of them. */
#include <string.h>

#include "weights/onnx_in.h"

/* Number of a word in a list that NULL ends; -1: not there. */
static int number_of(const char *word, const char *const *list)
{
    for (int i = 0; list[i] != NULL; i++)
        if (strcmp(word, list[i]) == 0)
            return i;
    return -1;
}

/* In the order of resize2d's `coords` and `round`. */
static const char *const coords[] = { "half_pixel",         "asymmetric",           "align_corners",
                                      "pytorch_half_pixel", "tf_half_pixel_for_nn", NULL };
static const char *const rounds[] = { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil",
                                      NULL };

static enum ecam_status put_mode(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer)
{
    const char *const mode = ecam_onnx_text(im, "mode", "nearest");
    const bool is_linear = strcmp(mode, "linear") == 0 || strcmp(mode, "bilinear") == 0;
    const bool is_old = strcmp(im->node->op, "Upsample") == 0 || im->model->opset < 11;
    const char *const from =
        ecam_onnx_text(im, "coordinate_transformation_mode", is_old ? "asymmetric" : "half_pixel");
    const char *const round =
        ecam_onnx_text(im, "nearest_mode", is_old ? "floor" : "round_prefer_floor");
    if (!is_linear && strcmp(mode, "nearest") != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "mode '%.20s'; nearest and linear can be run", mode);
    if (number_of(from, coords) < 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "coordinate_transformation_mode '%.40s' cannot be run", from);
    if (number_of(round, rounds) < 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "nearest_mode '%.40s' cannot be run",
                              round);
    if (ecam_onnx_int(im, "antialias", 0) != 0 || ecam_onnx_int(im, "exclude_outside", 0) != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "antialias and exclude_outside cannot be run");
    ecam_onnx_put_int(layer, "linear", is_linear);
    ecam_onnx_put_int(layer, "coords", number_of(from, coords));
    ecam_onnx_put_int(layer, "round", number_of(round, rounds));
    return ECAM_OK;
}

/* Which axis entry i of scales or sizes is of: all four in order, or those of `axes`. */
static enum ecam_status read_axes(struct ecam_onnx_import *im, size_t n, size_t axis[4])
{
    const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, "axes");
    if (attr == NULL) {
        for (size_t i = 0; i < 4; i++)
            axis[i] = i;
        return n == 4 ? ECAM_OK
                      : ecam_onnx_fail(im, ECAM_ERR_FORMAT, "%zu scales or sizes for 4 axes", n);
    }
    if (attr->type != ECAM_ONNX_INTS || attr->ints.n != n || n > 4)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "%zu scales or sizes for %zu axes", n,
                              attr->ints.n);
    for (size_t i = 0; i < n; i++) {
        const int64_t a = attr->ints.items[i] < 0 ? attr->ints.items[i] + 4 : attr->ints.items[i];
        if (a < 0 || a > 3)
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "axis %lld of 4",
                                  (long long)attr->ints.items[i]);
        axis[i] = (size_t)a;
    }
    return ECAM_OK;
}

static enum ecam_status put_target(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                   const struct ecam_shape *in, const double *number, size_t n,
                                   bool is_size)
{
    double wanted[4] = { 1, 1, 1, 1 };
    size_t axis[4] = { 0, 1, 2, 3 };
    const enum ecam_status status = read_axes(im, n, axis);
    if (status != ECAM_OK)
        return status;
    if (is_size)
        for (size_t i = 0; i < 4; i++)
            wanted[i] = (double)in->dim[i];
    for (size_t i = 0; i < n; i++)
        wanted[axis[i]] = number[i];
    for (size_t i = 0; i < 2; i++)
        if (wanted[i] != (is_size ? (double)in->dim[i] : 1.0))
            return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                                  "resizes axis %zu; only rows and columns can be", i);
    for (size_t i = 2; i < 4; i++)
        if (!(wanted[i] > 0 && wanted[i] <= 65536))
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "a scale or size of %g", wanted[i]);
    if (is_size) {
        const int64_t size[2] = { (int64_t)wanted[2], (int64_t)wanted[3] };
        ecam_onnx_put_ints(layer, "size", size, 2);
    } else {
        ecam_onnx_put_real(layer, "scale_h", wanted[2]);
        ecam_onnx_put_real(layer, "scale_w", wanted[3]);
    }
    return ECAM_OK;
}

static enum ecam_status put_numbers(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                    const struct ecam_shape *in)
{
    const bool is_old = strcmp(im->node->op, "Upsample") == 0 || im->model->opset < 11;
    struct ecam_onnx_value *scales = ecam_onnx_input(im, is_old ? 1 : 2);
    struct ecam_onnx_value *const sizes = is_old ? NULL : ecam_onnx_input(im, 3);
    const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, "scales");
    enum ecam_status status = ECAM_OK;
    if (sizes != NULL) {
        const char *const policy = ecam_onnx_text(im, "keep_aspect_ratio_policy", "stretch");
        if (strcmp(policy, "stretch") != 0)
            return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                                  "keep_aspect_ratio_policy '%.20s' cannot be run", policy);
        status = ecam_onnx_as_numbers(im, sizes, "sizes");
        return status == ECAM_OK ? put_target(im, layer, in, sizes->numbers, sizes->n, true)
                                 : status;
    }
    if (scales == NULL && attr != NULL && attr->type == ECAM_ONNX_FLOATS && attr->floats.n <= 4) {
        double number[4];
        for (size_t i = 0; i < attr->floats.n; i++)
            number[i] = (double)attr->floats.items[i];
        return put_target(im, layer, in, number, attr->floats.n, false);
    }
    if (scales == NULL)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has neither scales nor sizes");
    status = ecam_onnx_as_numbers(im, scales, "scales");
    return status == ECAM_OK ? put_target(im, layer, in, scales->numbers, scales->n, false)
                             : status;
}

enum ecam_status ecam_onnx_resize(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "resize2d", .n_inputs = 1 };
    struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const struct ecam_shape in = *ecam_onnx_shape(im, x);
    if (in.rank != 4)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "the input has %u axes, only images (N, C, H, W) can be resized",
                              in.rank);
    enum ecam_status status = put_mode(im, &layer);
    if (status == ECAM_OK)
        status = put_numbers(im, &layer, &in);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, x, &layer.inputs[0]);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}
