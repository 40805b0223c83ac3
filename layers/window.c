/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/window.h"

#include "engine/common.h"
#include "engine/error.h"

#define MAX_STEP 65536 /* stride, padding, dilation: far beyond any network */

enum ecam_status ecam_window_read(const struct ecam_node *node, bool has_dilation,
                                  struct ecam_window *window, struct ecam_error *err)
{
    size_t stride[2], dilation[2] = { 1, 1 }, pad[4];
    enum ecam_status status = ecam_node_ints(node, "stride", 2, 1, MAX_STEP, 1, stride, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "pad", 4, 0, MAX_STEP, 0, pad, err);
    if (status == ECAM_OK && has_dilation)
        status = ecam_node_ints(node, "dilation", 2, 1, MAX_STEP, 1, dilation, err);
    if (status != ECAM_OK)
        return status;
    window->stride_h = stride[0];
    window->stride_w = stride[1];
    window->dilation_h = dilation[0];
    window->dilation_w = dilation[1];
    window->pad_t = pad[0];
    window->pad_l = pad[1];
    window->pad_b = pad[2];
    window->pad_r = pad[3];
    return ECAM_OK;
}

/* One axis. False: the window does not fit once. */
static bool positions(size_t in, size_t k, size_t dilation, size_t stride, size_t before,
                      size_t after, enum ecam_rounding rounding, size_t *out)
{
    const size_t padded = in + before + after, reach = (k - 1) * dilation + 1;
    if (reach > padded)
        return false;
    const size_t room = padded - reach;
    *out = (rounding == ECAM_ROUND_DOWN ? room / stride : ecam_ceil_div(room, stride)) + 1;
    const bool clips = rounding == ECAM_ROUND_UP ||
                       (rounding == ECAM_ROUND_UP_CAFFE && (before != 0 || after != 0));
    if (clips && (*out - 1) * stride >= in + before)
        --*out;
    return true;
}

enum ecam_status ecam_window_infer(const struct ecam_node *node, const struct ecam_window *window,
                                   enum ecam_rounding rounding, const struct ecam_shape *in,
                                   size_t *out_h, size_t *out_w, struct ecam_error *err)
{
    if (in->rank == 4 &&
        positions(in->dim[2], window->k_h, window->dilation_h, window->stride_h, window->pad_t,
                  window->pad_b, rounding, out_h) &&
        positions(in->dim[3], window->k_w, window->dilation_w, window->stride_w, window->pad_l,
                  window->pad_r, rounding, out_w))
        return ECAM_OK;
    char text[ECAM_SHAPE_TEXT];
    return ecam_fail(err, ECAM_ERR_SHAPE,
                     "layer '%s': a %zux%zu window does not fit into %s: the input is too small",
                     node->name, window->k_h, window->k_w, ecam_shape_text(in, text));
}

void ecam_window_describe(const struct ecam_window *window, struct ecam_layer_info *info)
{
    info->kernel[0] = (uint32_t)window->k_h;
    info->kernel[1] = (uint32_t)window->k_w;
    info->stride[0] = (uint32_t)window->stride_h;
    info->stride[1] = (uint32_t)window->stride_w;
    info->dilation[0] = (uint32_t)window->dilation_h;
    info->dilation[1] = (uint32_t)window->dilation_w;
    info->pad[0] = (uint32_t)window->pad_t;
    info->pad[1] = (uint32_t)window->pad_l;
    info->pad[2] = (uint32_t)window->pad_b;
    info->pad[3] = (uint32_t)window->pad_r;
}
