/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe's layers that move values and compute none. */
#include <stdio.h>

#include "weights/caffe_nodes.h"

#define ALL INT32_MAX /* as the end of a slice: all there is */

uint32_t ecam_caffe_add_flatten(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const uint32_t rank = im->extents[im->inputs[0]].rank;
    int64_t axis = layer->flatten.axis, end = layer->flatten.end_axis;
    int64_t shape[ECAM_MAX_RANK] = { 0 }; /* 0: as it was */
    if (axis < 0)
        axis += rank;
    if (end >= 0 && rank > 0 && end == (int64_t)rank - 1)
        end = -1;
    if (axis < 0 || axis >= ECAM_MAX_RANK || end != -1) {
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "axis %lld to end_axis %lld",
                        (long long)layer->flatten.axis, (long long)layer->flatten.end_axis);
        return 0;
    }
    const uint32_t node = ecam_caffe_add_plain(im, axis == 1 ? "flatten" : "reshape");
    shape[axis] = -1;
    if (axis != 1)
        ecam_caffe_set_ints(im, node, "shape", shape, (size_t)axis + 1);
    ecam_caffe_set_extent(im, node, (uint32_t)axis + 1,
                          axis > 1 ? im->extents[im->inputs[0]].channels : 0);
    return node;
}

uint32_t ecam_caffe_add_reshape(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const struct ecam_caffe_ints *const dim = &layer->reshape.shape.dim;
    const size_t channels = im->extents[im->inputs[0]].channels;
    if (layer->reshape.axis != 0 || layer->reshape.num_axes != -1)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "a part of the axes: all are expected");
    if (dim->n == 0 || dim->n > ECAM_MAX_RANK)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "%u dimensions, 1 to %d are possible", dim->n,
                        ECAM_MAX_RANK);
    for (uint32_t i = 0; i < dim->n; i++)
        if (dim->v[i] < -1 || dim->v[i] > INT32_MAX)
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "dimension %lld", (long long)dim->v[i]);
    const uint32_t node = ecam_caffe_add_plain(im, "reshape");
    ecam_caffe_set_ints(im, node, "shape", dim->v, dim->n);
    ecam_caffe_set_extent(im, node, dim->n,
                          dim->n < 2       ? 0
                          : dim->v[1] > 0  ? (size_t)dim->v[1]
                          : dim->v[1] == 0 ? channels
                                           : 0);
    return node;
}

/* Axes that are not listed follow in their order. */
uint32_t ecam_caffe_add_permute(struct ecam_caffe_import *im)
{
    struct ecam_caffe_ints order = im->layer->permute;
    const struct ecam_caffe_extent in = im->extents[im->inputs[0]];
    bool seen[ECAM_MAX_RANK] = { false };
    for (uint32_t i = 0; i < order.n; i++) {
        if (order.v[i] < 0 || order.v[i] >= ECAM_MAX_RANK || seen[order.v[i]]) {
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "order: axis %lld twice, or none",
                            (long long)order.v[i]);
            return 0;
        }
        seen[order.v[i]] = true;
    }
    for (uint32_t i = 0; i < in.rank; i++)
        if (!seen[i])
            order.v[order.n++] = i;
    const uint32_t node = ecam_caffe_add_plain(im, "transpose");
    ecam_caffe_set_ints(im, node, "axes", order.v, order.n);
    ecam_caffe_set_extent(im, node, order.n, order.n > 1 && order.v[1] == 1 ? in.channels : 0);
    return node;
}

/* Where piece i of n begins. */
static int64_t slice_begin(const struct ecam_caffe_layer *layer, size_t i, size_t n, size_t all)
{
    const int64_t *const points = layer->slice_points.items;
    if (i == 0)
        return 0;
    if (i == n)
        return ALL;
    return layer->slice_points.n > 0 ? points[i - 1] : (int64_t)(all / n * i);
}

uint32_t ecam_caffe_add_slice(struct ecam_caffe_import *im)
{
    const struct ecam_caffe_layer *const layer = im->layer;
    const struct ecam_caffe_extent in = im->extents[im->inputs[0]];
    const size_t n = im->n_outputs;
    int64_t axis = layer->slice.dim.is_set ? layer->slice.dim.v : layer->slice.axis;
    uint32_t node = 0;
    char name[ECAM_CAFFE_NAME], word[32];
    if (axis < 0)
        axis += in.rank;
    if (in.rank == 0 || axis < 0 || axis >= (int64_t)in.rank)
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "axis %lld of a value of unknown rank",
                        (long long)axis);
    if (n == 0 || (layer->slice_points.n > 0 && layer->slice_points.n != n - 1))
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "%zu slice points for %zu outputs",
                        layer->slice_points.n, n);
    if (layer->slice_points.n == 0 && n > 1 &&
        (axis != 1 || in.channels == 0 || in.channels % n != 0))
        ecam_caffe_fail(im, ECAM_ERR_UNSUPPORTED, "%zu equal parts of axis %lld with %zu", n,
                        (long long)axis, in.channels);
    for (size_t i = 0; i < n && im->status == ECAM_OK; i++) {
        int64_t begin[ECAM_MAX_RANK] = { 0 }, end[ECAM_MAX_RANK];
        for (uint32_t k = 0; k < in.rank; k++)
            end[k] = ALL;
        begin[axis] = slice_begin(layer, i, n, in.channels);
        end[axis] = slice_begin(layer, i + 1, n, in.channels);
        if (begin[axis] < 0 || begin[axis] >= end[axis]) {
            ecam_caffe_fail(im, ECAM_ERR_FORMAT, "slice points that do not grow");
            break;
        }
        snprintf(word, sizeof word, "%zu", i);
        node = ecam_caffe_node(im, "slice", n == 1 ? layer->name : ecam_caffe_name(im, name, word),
                               im->inputs, 1);
        ecam_caffe_set_ints(im, node, "begin", begin, in.rank);
        ecam_caffe_set_ints(im, node, "end", end, in.rank);
        const int64_t last = end[axis] == ALL ? (int64_t)in.channels : end[axis];
        if (axis == 1)
            ecam_caffe_set_extent(im, node, in.rank,
                                  last > begin[1] ? (size_t)(last - begin[1]) : 0);
        im->outputs[i] = node;
    }
    return node;
}
