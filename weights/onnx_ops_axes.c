/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX operators that work along axes: borders, reductions, softmax. */
#include <math.h>
#include <string.h>

#include "engine/common.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

/* ---- Pad ---- */

/* What is added before and after each axis; negative numbers cut. */
struct padding {
    int64_t before[ECAM_MAX_RANK], after[ECAM_MAX_RANK];
    double value;
};

static enum ecam_status read_padding(struct ecam_onnx_import *im, uint32_t rank,
                                     struct padding *out)
{
    const struct ecam_onnx_attr *attr = ecam_onnx_attr(im->node, "pads");
    struct ecam_onnx_value *const pads = ecam_onnx_input(im, 1);
    struct ecam_onnx_value *const value = ecam_onnx_input(im, 2);
    int64_t axes[ECAM_MAX_RANK];
    size_t n_axes;
    *out = (struct padding){ .value = ecam_onnx_real(im, "value", 0) };
    if (attr == NULL)
        attr = ecam_onnx_attr(im->node, "paddings"); /* opset 1 */
    enum ecam_status status = ecam_onnx_list(im, "axes", 3, axes, &n_axes);
    if (status == ECAM_OK && pads != NULL)
        status = ecam_onnx_as_numbers(im, pads, "pads");
    if (status == ECAM_OK && value != NULL)
        status = ecam_onnx_as_numbers(im, value, "the value");
    if (status != ECAM_OK)
        return status;
    const bool is_attr = pads == NULL && attr != NULL && attr->type == ECAM_ONNX_INTS;
    const size_t n = n_axes != 0 ? n_axes : rank;
    if ((!is_attr && pads == NULL) || (is_attr ? attr->ints.n : pads->n) != 2 * n ||
        (value != NULL && value->n != 1))
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "two pads for each of %zu axes are expected", n);
    if (value != NULL)
        out->value = value->numbers[0];
    for (size_t i = 0; i < n; i++) {
        const int64_t axis = n_axes != 0 ? ecam_onnx_axis(axes[i], rank) : (int64_t)i;
        if (axis < 0)
            return ecam_onnx_bad_axis(im, axes[i], rank);
        out->before[axis] =
            ecam_onnx_bounded(is_attr ? attr->ints.items[i] : ecam_onnx_whole(pads->numbers[i]));
        out->after[axis] = ecam_onnx_bounded(is_attr ? attr->ints.items[n + i]
                                                     : ecam_onnx_whole(pads->numbers[n + i]));
    }
    return ECAM_OK;
}

/* Negative pads as a slice, which the layer then reads. */
static enum ecam_status cut_first(struct ecam_onnx_import *im, struct padding *pad, uint32_t rank,
                                  struct ecam_onnx_layer *layer)
{
    struct ecam_onnx_layer part = { .kind = "slice", .n_inputs = 1 };
    struct ecam_onnx_cut cut;
    bool is_cut = false;
    for (uint32_t i = 0; i < rank; i++) {
        cut.step[i] = 1;
        cut.begin[i] = pad->before[i] < 0 ? -pad->before[i] : 0;
        cut.end[i] = pad->after[i] < 0 ? pad->after[i] : ECAM_ONNX_FAR;
        is_cut |= pad->before[i] < 0 || pad->after[i] < 0;
        pad->before[i] = pad->before[i] < 0 ? 0 : pad->before[i];
        pad->after[i] = pad->after[i] < 0 ? 0 : pad->after[i];
    }
    if (!is_cut)
        return ECAM_OK;
    part.inputs[0] = layer->inputs[0];
    ecam_onnx_put_cut(&part, &cut, rank);
    return ecam_onnx_add(im, &part, false, &layer->inputs[0]);
}

static enum ecam_status pad(struct ecam_onnx_import *im)
{
    static const char *const modes[] = { "constant", "reflect", "edge" };
    const char *const mode = ecam_onnx_text(im, "mode", "constant");
    const uint32_t rank = ecam_onnx_shape(im, ecam_onnx_input(im, 0))->rank;
    struct ecam_onnx_layer layer;
    struct padding p;
    size_t number = 0;
    while (number < ECAM_ARRAY_LEN(modes) && strcmp(mode, modes[number]) != 0)
        number++;
    if (number == ECAM_ARRAY_LEN(modes))
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "mode '%.20s'", mode);
    enum ecam_status status = read_padding(im, rank, &p);
    if (status == ECAM_OK && !isfinite(p.value))
        status = ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "a border of %g", p.value);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "pad_nd", &layer);
    if (status == ECAM_OK)
        status = cut_first(im, &p, rank, &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_ints(&layer, "before", p.before, rank);
    ecam_onnx_put_ints(&layer, "after", p.after, rank);
    ecam_onnx_put_int(&layer, "mode", (int64_t)number);
    if (number == 0)
        ecam_onnx_put_real(&layer, "value", p.value);
    return ecam_onnx_finish(im, &layer);
}

/* ---- Reductions ---- */

static enum ecam_status reduce(struct ecam_onnx_import *im, const char *kind)
{
    const uint32_t rank = ecam_onnx_shape(im, ecam_onnx_input(im, 0))->rank;
    const bool keep = ecam_onnx_int(im, "keepdims", 1) != 0;
    struct ecam_onnx_layer layer;
    int64_t axes[ECAM_MAX_RANK];
    bool is_reduced[ECAM_MAX_RANK] = { false };
    size_t n, n_reduced = 0;
    enum ecam_status status = ecam_onnx_list(im, "axes", 1, axes, &n);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, kind, &layer);
    if (status != ECAM_OK)
        return status;
    if (n == 0 && ecam_onnx_int(im, "noop_with_empty_axes", 0) != 0) {
        layer.kind = "identity";
        return ecam_onnx_finish(im, &layer);
    }
    for (size_t i = 0; i < n; i++) {
        if (ecam_onnx_axis(axes[i], rank) < 0)
            return ecam_onnx_bad_axis(im, axes[i], rank);
        is_reduced[ecam_onnx_axis(axes[i], rank)] = true;
    }
    for (uint32_t i = 0; i < rank; i++)
        if (n == 0 || is_reduced[i])
            axes[n_reduced++] = i;
    const bool is_plane = rank == 4 && n_reduced == 2 && axes[0] == 2 && axes[1] == 3;
    if (is_plane && strcmp(kind, "reduce_sum") != 0) { /* these know the layout of convolutions */
        layer.kind = strcmp(kind, "reduce_mean") == 0 ? "global_avgpool" : "global_maxpool";
        if (keep)
            return ecam_onnx_finish(im, &layer);
        struct ecam_onnx_layer row = { .kind = "flatten", .n_inputs = 1 };
        status = ecam_onnx_add(im, &layer, false, &row.inputs[0]);
        return status == ECAM_OK ? ecam_onnx_finish(im, &row) : status;
    }
    if (!keep && n_reduced == rank)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "gives a value without axes");
    ecam_onnx_put_ints(&layer, "axes", axes, n_reduced);
    if (!keep)
        ecam_onnx_put_int(&layer, "keep", 0);
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status reduce_mean(struct ecam_onnx_import *im)
{
    return reduce(im, "reduce_mean");
}

static enum ecam_status reduce_sum(struct ecam_onnx_import *im)
{
    return reduce(im, "reduce_sum");
}

static enum ecam_status reduce_max(struct ecam_onnx_import *im)
{
    return reduce(im, "reduce_max");
}

/* ---- Softmax ---- */

/* Until opset 12 the axes from the given one on count as one. */
static enum ecam_status softmax_of_rows(struct ecam_onnx_import *im, const char *kind,
                                        const struct ecam_shape *in, int64_t axis)
{
    struct ecam_onnx_layer rows, layer = { .kind = kind, .n_inputs = 1 };
    struct ecam_onnx_layer back = { .kind = "reshape", .n_inputs = 1 };
    int64_t shape[ECAM_MAX_RANK] = { 0 }; /* the first axis is taken over */
    enum ecam_status status = ecam_onnx_begin(im, "flatten", &rows);
    ecam_onnx_put_int(&rows, "axis", axis);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &rows, false, &layer.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &layer, false, &back.inputs[0]);
    if (status != ECAM_OK)
        return status;
    for (uint32_t i = axis == 1 ? 1 : 0; i < in->rank; i++)
        shape[i] = (int64_t)in->dim[i];
    ecam_onnx_put_ints(&back, "shape", shape, in->rank);
    return ecam_onnx_finish(im, &back);
}

static enum ecam_status softmax(struct ecam_onnx_import *im, const char *kind)
{
    struct ecam_onnx_layer layer;
    const bool is_old = im->model->opset < 13;
    const struct ecam_shape in = *ecam_onnx_shape(im, ecam_onnx_input(im, 0));
    const int64_t given = ecam_onnx_int(im, "axis", is_old ? 1 : -1);
    const int64_t axis = ecam_onnx_axis(given, in.rank);
    size_t behind = 1;
    if (axis < 0)
        return ecam_onnx_bad_axis(im, given, in.rank);
    for (uint32_t i = (uint32_t)axis + 1; i < in.rank; i++)
        behind *= in.dim[i];
    if (is_old && behind != 1)
        return softmax_of_rows(im, kind, &in, axis);
    const enum ecam_status status = ecam_onnx_begin(im, kind, &layer);
    if (status != ECAM_OK)
        return status;
    if (axis != 1)
        ecam_onnx_put_int(&layer, "axis", axis);
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status softmax_plain(struct ecam_onnx_import *im)
{
    return softmax(im, "softmax");
}

static enum ecam_status softmax_log(struct ecam_onnx_import *im)
{
    return softmax(im, "log_softmax");
}

const struct ecam_onnx_op ecam_onnx_ops_axes[] = {
    { "Pad", pad, 1, 4 },
    { "ReduceMean", reduce_mean, 1, 2 },
    { "ReduceSum", reduce_sum, 1, 2 },
    { "ReduceMax", reduce_max, 1, 2 },
    { "Softmax", softmax_plain, 1, 1 },
    { "LogSoftmax", softmax_log, 1, 1 },
    { NULL, NULL, 0, 0 },
};
