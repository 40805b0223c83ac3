/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe's layers with windows: convolution, its transpose, pooling. */
#include "weights/caffe_nodes.h"

#define MAX_SIDE 65536

/* Height and width of a parameter that is given once, twice, or as _h and _w. */
struct sides {
    const char *what;
    const struct ecam_caffe_ints *both;
    const struct ecam_caffe_maybe *h, *w; /* NULL: has no such form */
    int64_t least, otherwise;             /* otherwise -1: must be given */
};

static void read_sides(struct ecam_caffe_import *im, struct sides s, int64_t out[2])
{
    const bool by_name = s.h != NULL && (s.h->is_set || s.w->is_set);
    out[0] = out[1] = s.otherwise;
    if (by_name && s.both->n > 0) {
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "%s is given twice, as one and as _h and _w", s.what);
    } else if (by_name) {
        out[0] = s.h->is_set ? s.h->v : s.otherwise;
        out[1] = s.w->is_set ? s.w->v : s.otherwise;
    } else if (s.both->n > 2) {
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "%s for %u axes, only 2-d is implemented", s.what,
                        s.both->n);
    } else if (s.both->n > 0) {
        out[0] = s.both->v[0];
        out[1] = s.both->v[s.both->n - 1];
    }
    for (int i = 0; i < 2; i++) {
        if (out[i] == -1 && s.otherwise == -1)
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "no %s is given", s.what);
        else if (out[i] < s.least || out[i] > MAX_SIDE)
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "%s %lld, expected %lld to %d", s.what,
                            (long long)out[i], (long long)s.least, MAX_SIDE);
    }
}

struct window {
    int64_t kernel[2], stride[2], pad[2], dilation[2];
};

static struct window read_window(struct ecam_caffe_import *im, const struct ecam_caffe_window *w,
                                 bool has_kernel)
{
    struct window out = { { 1, 1 }, { 1, 1 }, { 0, 0 }, { 1, 1 } };
    if (has_kernel)
        read_sides(im,
                   (struct sides){ "kernel_size", &w->kernel, &w->kernel_h, &w->kernel_w, 1, -1 },
                   out.kernel);
    read_sides(im, (struct sides){ "stride", &w->stride, &w->stride_h, &w->stride_w, 1, 1 },
               out.stride);
    read_sides(im, (struct sides){ "pad", &w->pad, &w->pad_h, &w->pad_w, 0, 0 }, out.pad);
    read_sides(im, (struct sides){ "dilation", &w->dilation, NULL, NULL, 1, 1 }, out.dilation);
    return out;
}

static void set_sides(struct ecam_caffe_import *im, uint32_t node, const char *key,
                      const int64_t sides[2], int64_t otherwise)
{
    if (sides[0] != otherwise || sides[1] != otherwise)
        ecam_caffe_set_ints(im, node, key, sides, 2);
}

static void set_window(struct ecam_caffe_import *im, uint32_t node, const struct window *w)
{
    const int64_t pad[4] = { w->pad[0], w->pad[1], w->pad[0], w->pad[1] };
    set_sides(im, node, "stride", w->stride, 1);
    if (pad[0] != 0 || pad[1] != 0)
        ecam_caffe_set_ints(im, node, "pad", pad, 4);
    set_sides(im, node, "dilation", w->dilation, 1);
}

static uint32_t add_conv(struct ecam_caffe_import *im, const char *kind, bool is_transposed)
{
    const struct ecam_caffe_window *const conv = &im->layer->conv;
    const int64_t n = conv->num_output, groups = conv->group;
    const struct window window = read_window(im, conv, true);
    if (n < 1 || n > INT32_MAX || groups < 1 || n % groups != 0)
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "num_output %lld in %lld groups", (long long)n,
                        (long long)groups);
    if (conv->axis != 1 && conv->axis != -3)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "channels on axis %lld: only 1 is implemented",
                        (long long)conv->axis);
    const uint32_t node = ecam_caffe_node(im, kind, im->layer->name, im->inputs, 1);
    if (im->status != ECAM_OK)
        return 0;
    set_window(im, node, &window);
    if (groups != 1)
        ecam_caffe_set_ints(im, node, "groups", &groups, 1);
    const size_t in = im->extents[im->inputs[0]].channels;
    const size_t h = (size_t)window.kernel[0], w = (size_t)window.kernel[1];
    struct ecam_shape shape = { .rank = 4, .dim = { (size_t)n, in / (size_t)groups, h, w } };
    if (is_transposed)
        shape = (struct ecam_shape){ .rank = 4, .dim = { in, (size_t)(n / groups), h, w } };
    ecam_caffe_set_weight(im, node, "weight", ecam_caffe_weight(im, 0, shape));
    if (conv->bias_term)
        ecam_caffe_set_weight(
            im, node, "bias",
            ecam_caffe_weight(im, 1, (struct ecam_shape){ .rank = 1, .dim = { (size_t)n } }));
    ecam_caffe_set_extent(im, node, 4, (size_t)n);
    return node;
}

uint32_t ecam_caffe_add_convolution(struct ecam_caffe_import *im)
{
    return add_conv(im, "conv2d", false);
}

uint32_t ecam_caffe_add_deconvolution(struct ecam_caffe_import *im)
{
    return add_conv(im, "conv_transpose2d", true);
}

/* Windows are rounded up unless told otherwise; an average counts the pad in. */
uint32_t ecam_caffe_add_pooling(struct ecam_caffe_import *im)
{
    static const int64_t one = 1;
    const struct ecam_caffe_layer *const layer = im->layer;
    const bool is_max = layer->pool.method == ECAM_CAFFE_POOL_MAX;
    const bool is_floor =
        layer->pool.round_mode == ECAM_CAFFE_ROUND_FLOOR || !layer->pool.ceil_mode;
    const struct window window = read_window(im, &layer->pool.window, !layer->pool.global);
    if (!is_max && layer->pool.method != ECAM_CAFFE_POOL_AVE)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "method %lld: only MAX and AVE are implemented",
                        (long long)layer->pool.method);
    if (layer->pool.round_mode != ECAM_CAFFE_ROUND_CEIL &&
        layer->pool.round_mode != ECAM_CAFFE_ROUND_FLOOR)
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "round_mode %lld, expected 0 or 1",
                        (long long)layer->pool.round_mode);
    if (layer->pool.global && (window.pad[0] != 0 || window.pad[1] != 0 || window.stride[0] != 1 ||
                               window.stride[1] != 1))
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "global_pooling with pad or stride");
    if (layer->pool.global)
        return ecam_caffe_node(im, is_max ? "global_maxpool" : "global_avgpool", layer->name,
                               im->inputs, 1);
    const uint32_t node =
        ecam_caffe_node(im, is_max ? "maxpool2d" : "avgpool2d", layer->name, im->inputs, 1);
    ecam_caffe_set_ints(im, node, "kernel", window.kernel, 2);
    set_window(im, node, &window);
    if (!is_floor) {
        ecam_caffe_set_ints(im, node, "ceil", &one, 1);
        ecam_caffe_set_ints(im, node, "caffe", &one, 1);
    }
    return node;
}
