/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX operators that give numbers another shape or order, or pick some of them. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

/* ---- Another shape ---- */

/* Removes axes of size 1, those named or all. */
static enum ecam_status squeeze(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                struct ecam_onnx_target *out)
{
    int64_t axes[ECAM_MAX_RANK];
    bool is_gone[ECAM_MAX_RANK] = { false };
    size_t n;
    const enum ecam_status status = ecam_onnx_list(im, "axes", 1, axes, &n);
    if (status != ECAM_OK)
        return status;
    for (uint32_t i = 0; n == 0 && i < in->rank; i++)
        is_gone[i] = in->dim[i] == 1;
    for (size_t i = 0; i < n; i++) {
        const int64_t axis = ecam_onnx_axis(axes[i], in->rank);
        if (axis < 0)
            return ecam_onnx_bad_axis(im, axes[i], in->rank);
        if (in->dim[axis] != 1)
            return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "axis %lld has size %zu, not 1",
                                  (long long)axis, in->dim[axis]);
        is_gone[axis] = true;
    }
    for (uint32_t i = 0; i < in->rank; i++)
        if (!is_gone[i])
            out->shape.dim[out->shape.rank++] = in->dim[i];
    return ECAM_OK;
}

static enum ecam_status unsqueeze(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                  struct ecam_onnx_target *out)
{
    int64_t axes[ECAM_MAX_RANK];
    bool is_new[ECAM_MAX_RANK] = { false };
    size_t n, from = 0;
    const enum ecam_status status = ecam_onnx_list(im, "axes", 1, axes, &n);
    if (status != ECAM_OK)
        return status;
    if (in->rank + n > ECAM_MAX_RANK)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "more than %d axes", ECAM_MAX_RANK);
    out->shape.rank = in->rank + (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        const int64_t axis = ecam_onnx_axis(axes[i], out->shape.rank);
        if (axis < 0 || is_new[axis])
            return ecam_onnx_bad_axis(im, axes[i], out->shape.rank);
        is_new[axis] = true;
    }
    for (uint32_t i = 0; i < out->shape.rank; i++)
        out->shape.dim[i] = is_new[i] ? 1 : in->dim[from++];
    return ECAM_OK;
}

/* The axes before one become one, those from it on another. */
static enum ecam_status flatten_target(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                       struct ecam_onnx_target *out)
{
    const int64_t given = ecam_onnx_int(im, "axis", 1);
    const int64_t axis = given < 0 ? given + (int64_t)in->rank : given;
    if (axis < 0 || axis > (int64_t)in->rank)
        return ecam_onnx_bad_axis(im, given, in->rank);
    out->shape = (struct ecam_shape){ .rank = 2, .dim = { 1, 1 } };
    for (uint32_t i = 0; i < in->rank; i++)
        out->shape.dim[i >= (uint32_t)axis] *= in->dim[i];
    return ECAM_OK;
}

/* One size of Reshape: 0 takes over, -1 is found later. */
static enum ecam_status reshape_size(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                     double number, uint32_t i, bool zero_is_zero,
                                     struct ecam_onnx_target *out, int64_t *rest)
{
    const int64_t size = ecam_onnx_whole(number);
    if (size < -1 || (size == -1 && *rest >= 0) || (size == 0 && !zero_is_zero && i >= in->rank))
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "size %lld of axis %u", (long long)size, i);
    out->wanted[i] = size;
    out->shape.dim[i] = size == 0 && !zero_is_zero ? in->dim[i] : size == -1 ? 1 : (size_t)size;
    if (size == -1)
        *rest = i;
    return ECAM_OK;
}

static enum ecam_status reshape_target(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                       struct ecam_onnx_target *out)
{
    const struct ecam_onnx_attr *const attr =
        ecam_onnx_attr(im->node, "shape"); /* before opset 5 */
    const bool is_old = attr != NULL && attr->type == ECAM_ONNX_INTS;
    const bool zero_is_zero = ecam_onnx_int(im, "allowzero", 0) != 0;
    struct ecam_onnx_value *const given = ecam_onnx_input(im, 1);
    int64_t rest = -1;
    size_t count = 0, known = 1;
    enum ecam_status status = ECAM_OK;
    if (!is_old && given == NULL)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has no shape");
    if (!is_old)
        status = ecam_onnx_as_numbers(im, given, "the shape");
    const size_t n = is_old ? attr->ints.n : given->n;
    if (status == ECAM_OK && n > ECAM_MAX_RANK)
        status = ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "a shape of %zu axes, at most %d", n,
                                ECAM_MAX_RANK);
    out->shape.rank = (uint32_t)n;
    for (uint32_t i = 0; status == ECAM_OK && i < n; i++) {
        status = reshape_size(im, in, is_old ? (double)attr->ints.items[i] : given->numbers[i], i,
                              zero_is_zero, out, &rest);
        if (status == ECAM_OK && !ecam_mul_size(known, out->shape.dim[i], &known))
            status = ecam_onnx_fail(im, ECAM_ERR_FORMAT, "a shape beyond memory");
    }
    if (status != ECAM_OK)
        return status;
    ecam_shape_count(in, &count);
    if (rest >= 0 && known != 0 && count % known == 0)
        out->shape.dim[rest] = count / known;
    else if (rest >= 0 || known != count) {
        char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "%s cannot become %s", ecam_shape_text(in, a),
                              ecam_shape_text(&out->shape, b));
    }
    /* A number that grows with the batch is left open, if one may be. */
    for (uint32_t i = 0; !is_old && rest < 0 && i < n; i++)
        if (given->is_batch[i]) {
            out->wanted[i] = -1;
            rest = i;
        }
    return ECAM_OK;
}

enum ecam_status ecam_onnx_read_target(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                       struct ecam_onnx_target *out)
{
    const char *const op = im->node->op;
    enum ecam_status status;
    *out = (struct ecam_onnx_target){ .shape = { .rank = 0 } };
    if (strcmp(op, "Reshape") == 0)
        return reshape_target(im, in, out);
    status = strcmp(op, "Squeeze") == 0     ? squeeze(im, in, out)
             : strcmp(op, "Unsqueeze") == 0 ? unsqueeze(im, in, out)
                                            : flatten_target(im, in, out);
    for (uint32_t i = 0; i < out->shape.rank; i++)
        out->wanted[i] = (int64_t)out->shape.dim[i];
    return status;
}

static enum ecam_status reshape(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    struct ecam_onnx_target target;
    const struct ecam_shape in = *ecam_onnx_shape(im, ecam_onnx_input(im, 0));
    enum ecam_status status = ecam_onnx_read_target(im, &in, &target);
    if (status == ECAM_OK && target.shape.rank == 0)
        status = ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "gives a value without axes");
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "reshape", &layer);
    if (status != ECAM_OK)
        return status;
    /* The first axis, where it stays, is the batch's. */
    if (in.rank > 0 && target.shape.dim[0] == in.dim[0] && target.wanted[0] != -1)
        target.wanted[0] = 0;
    ecam_onnx_put_ints(&layer, "shape", target.wanted, target.shape.rank);
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status flatten(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    struct ecam_onnx_target unused;
    const struct ecam_shape in = *ecam_onnx_shape(im, ecam_onnx_input(im, 0));
    const int64_t given = ecam_onnx_int(im, "axis", 1);
    enum ecam_status status = ecam_onnx_read_target(im, &in, &unused);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "flatten", &layer);
    if (status != ECAM_OK)
        return status;
    const int64_t axis = given < 0 ? given + (int64_t)in.rank : given;
    if (axis != 1)
        ecam_onnx_put_int(&layer, "axis", axis);
    return ecam_onnx_finish(im, &layer);
}

/* ---- Transpose ---- */

enum ecam_status ecam_onnx_read_order(struct ecam_onnx_import *im, uint32_t rank,
                                      int64_t out[ECAM_MAX_RANK])
{
    const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, "perm");
    bool is_seen[ECAM_MAX_RANK] = { false };
    for (uint32_t i = 0; attr == NULL && i < rank; i++)
        out[i] = (int64_t)(rank - 1 - i);
    const enum ecam_status status =
        attr != NULL ? ecam_onnx_ints(im, "perm", rank, 0, out) : ECAM_OK;
    for (uint32_t i = 0; status == ECAM_OK && i < rank; i++) {
        const int64_t axis = ecam_onnx_axis(out[i], rank);
        if (axis < 0 || is_seen[axis])
            return ecam_onnx_bad_axis(im, out[i], rank);
        is_seen[axis] = true;
        out[i] = axis;
    }
    return status;
}

static enum ecam_status transpose(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    const uint32_t rank = ecam_onnx_shape(im, ecam_onnx_input(im, 0))->rank;
    int64_t order[ECAM_MAX_RANK];
    enum ecam_status status = ecam_onnx_read_order(im, rank, order);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "transpose", &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_ints(&layer, "axes", order, rank);
    return ecam_onnx_finish(im, &layer);
}

/* ---- Parts and joins ---- */

int64_t ecam_onnx_bounded(int64_t v)
{
    return v > ECAM_ONNX_FAR ? ECAM_ONNX_FAR : v < -ECAM_ONNX_FAR - 1 ? -ECAM_ONNX_FAR - 1 : v;
}

enum ecam_status ecam_onnx_read_cut(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                    struct ecam_onnx_cut *out)
{
    int64_t from[ECAM_MAX_RANK], to[ECAM_MAX_RANK], axes[ECAM_MAX_RANK], steps[ECAM_MAX_RANK];
    size_t n_from, n_to, n_axes, n_steps;
    enum ecam_status status = ecam_onnx_list(im, "starts", 1, from, &n_from);
    if (status == ECAM_OK)
        status = ecam_onnx_list(im, "ends", 2, to, &n_to);
    if (status == ECAM_OK)
        status = ecam_onnx_list(im, "axes", 3, axes, &n_axes);
    if (status == ECAM_OK)
        status = ecam_onnx_list(im, "steps", 4, steps, &n_steps);
    if (status != ECAM_OK)
        return status;
    if (n_from != n_to || (n_axes != 0 && n_axes != n_from) ||
        (n_steps != 0 && n_steps != n_from) || n_from > in->rank)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "%zu starts, %zu ends, %zu axes, %zu steps",
                              n_from, n_to, n_axes, n_steps);
    for (uint32_t i = 0; i < ECAM_MAX_RANK; i++) {
        out->begin[i] = 0;
        out->end[i] = ECAM_ONNX_FAR;
        out->step[i] = 1;
    }
    for (size_t i = 0; i < n_from; i++) {
        const int64_t axis = n_axes != 0 ? ecam_onnx_axis(axes[i], in->rank) : (int64_t)i;
        if (axis < 0)
            return ecam_onnx_bad_axis(im, axes[i], in->rank);
        out->begin[axis] = ecam_onnx_bounded(from[i]);
        out->end[axis] = ecam_onnx_bounded(to[i]);
        out->step[axis] = n_steps != 0 ? ecam_onnx_bounded(steps[i]) : 1;
        if (out->step[axis] == 0)
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "a step of 0");
    }
    return ECAM_OK;
}

size_t ecam_onnx_cut_size(const struct ecam_onnx_cut *cut, uint32_t axis, size_t size,
                          size_t *first)
{
    const int64_t n = (int64_t)size, step = cut->step[axis];
    const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    int64_t from = cut->begin[axis], to = cut->end[axis];
    from = from < 0 ? from + n : from;
    to = to < 0 ? to + n : to;
    from = from < low ? low : from > high ? high : from;
    to = to < low ? low : to > high ? high : to;
    const int64_t way = step > 0 ? to - from : from - to;
    const uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    *first = way > 0 ? (size_t)from : 0;
    return way > 0 ? (size_t)((uint64_t)(way - 1) / stride + 1) : 0;
}

void ecam_onnx_put_cut(struct ecam_onnx_layer *layer, const struct ecam_onnx_cut *cut,
                       uint32_t rank)
{
    bool has_steps = false;
    for (uint32_t i = 0; i < rank; i++)
        has_steps |= cut->step[i] != 1;
    ecam_onnx_put_ints(layer, "begin", cut->begin, rank);
    ecam_onnx_put_ints(layer, "end", cut->end, rank);
    if (has_steps)
        ecam_onnx_put_ints(layer, "step", cut->step, rank);
}

static enum ecam_status slice(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    struct ecam_onnx_cut cut = { .begin = { 0 } };
    const struct ecam_shape in = *ecam_onnx_shape(im, ecam_onnx_input(im, 0));
    struct ecam_shape out = in;
    size_t count = 1, first;
    enum ecam_status status = ecam_onnx_read_cut(im, &in, &cut);
    for (uint32_t i = 0; status == ECAM_OK && i < in.rank; i++)
        count *= out.dim[i] = ecam_onnx_cut_size(&cut, i, in.dim[i], &first);
    if (status == ECAM_OK && count == 0) /* nothing, which is known already */
        return ecam_onnx_give_numbers(im, 0, ecam_calloc(0, sizeof(double)), NULL, false, &out);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "slice", &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_cut(&layer, &cut, in.rank);
    return ecam_onnx_finish(im, &layer);
}

/* Sizes of the parts: given, or equal with a smaller last one. */
static enum ecam_status part_sizes(struct ecam_onnx_import *im, size_t size, int64_t *part,
                                   size_t n)
{
    const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, "split");
    struct ecam_onnx_value *const value = ecam_onnx_input(im, 1);
    enum ecam_status status = ECAM_OK;
    size_t left = size, given = 0;
    if (value != NULL)
        status = ecam_onnx_as_numbers(im, value, "split");
    if (status != ECAM_OK)
        return status;
    const bool is_list = attr != NULL && attr->type == ECAM_ONNX_INTS;
    if (value != NULL || is_list) {
        given = is_list ? attr->ints.n : value->n;
        if (given != n)
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "%zu parts for %zu outputs", given, n);
    }
    const size_t equal = ecam_ceil_div(size, n);
    for (size_t i = 0; i < n; i++) {
        part[i] = given == 0 ? (int64_t)ecam_min_size(equal, left)
                  : is_list  ? attr->ints.items[i]
                             : ecam_onnx_whole(value->numbers[i]);
        if (part[i] < 0 || (size_t)part[i] > left)
            return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "parts of %lld and more, of %zu",
                                  (long long)part[i], size);
        left -= (size_t)part[i];
    }
    return ECAM_OK;
}

/* One slice an output, called as it is. */
static enum ecam_status split(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    const struct ecam_shape in = *ecam_onnx_shape(im, ecam_onnx_input(im, 0));
    const int64_t given = ecam_onnx_int(im, "axis", 0), axis = ecam_onnx_axis(given, in.rank);
    const size_t n = im->node->n_outputs;
    int64_t at = 0;
    if (axis < 0)
        return ecam_onnx_bad_axis(im, given, in.rank);
    if (n == 0)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has no outputs");
    int64_t *const part = ecam_realloc_array(NULL, n, sizeof *part);
    if (part == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "%zu parts", n);
    enum ecam_status status = part_sizes(im, in.dim[axis], part, n);
    for (size_t i = 0; status == ECAM_OK && i < n; at += part[i++]) {
        struct ecam_onnx_cut cut;
        uint32_t node = 0;
        for (uint32_t k = 0; k < ECAM_MAX_RANK; k++) {
            cut.begin[k] = 0;
            cut.end[k] = ECAM_ONNX_FAR;
            cut.step[k] = 1;
        }
        cut.begin[axis] = at;
        cut.end[axis] = at + part[i];
        status = ecam_onnx_begin(im, "slice", &layer);
        ecam_onnx_put_cut(&layer, &cut, in.rank);
        if (status == ECAM_OK)
            status = ecam_onnx_add(im, &layer, i == 0, &node);
        if (status == ECAM_OK)
            status = ecam_onnx_give_node(im, i, node);
    }
    ecam_free(part);
    return status;
}

static enum ecam_status concat(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "concat" };
    const uint32_t rank = ecam_onnx_shape(im, ecam_onnx_input(im, 0))->rank;
    const int64_t given = ecam_onnx_int(im, "axis", 1), axis = ecam_onnx_axis(given, rank);
    enum ecam_status status = ECAM_OK;
    if (axis < 0)
        return ecam_onnx_bad_axis(im, given, rank);
    if (axis != 1)
        ecam_onnx_put_int(&layer, "axis", axis);
    for (size_t i = 0; status == ECAM_OK && i < im->node->n_inputs; i++) {
        struct ecam_onnx_value *const value = ecam_onnx_input(im, i);
        size_t count = 0;
        if (value == NULL)
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has no input %zu", i);
        ecam_shape_count(ecam_onnx_shape(im, value), &count);
        if (count == 0)
            continue;
        if (layer.n_inputs == ECAM_ARRAY_LEN(layer.inputs)) { /* of more, these become one */
            uint32_t joined = 0;
            status = ecam_onnx_add(im, &layer, false, &joined);
            layer.inputs[0] = joined;
            layer.n_inputs = 1;
        }
        if (status == ECAM_OK)
            status = ecam_onnx_as_node(im, value, &layer.inputs[layer.n_inputs++]);
    }
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

static enum ecam_status gather(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    const struct ecam_weight *index = NULL;
    const uint32_t rank = ecam_onnx_shape(im, ecam_onnx_input(im, 0))->rank;
    const int64_t given = ecam_onnx_int(im, "axis", 0), axis = ecam_onnx_axis(given, rank);
    if (axis < 0)
        return ecam_onnx_bad_axis(im, given, rank);
    enum ecam_status status = ecam_onnx_as_tensor(im, ecam_onnx_input(im, 1), "the index", &index);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "gather", &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_int(&layer, "axis", axis);
    ecam_onnx_put_weight(&layer, "index", index);
    return ecam_onnx_finish(im, &layer);
}

/* ---- Types ---- */

/* All values are float32: a cast between floats does nothing. */
static enum ecam_status cast(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    const int64_t to =
        strcmp(ecam_onnx_text(im, "to", ""), "FLOAT") == 0 ? 1 : ecam_onnx_int(im, "to", 0);
    if (to != 1 && to != 10 && to != 11 && to != 16)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "to type %lld; floats alone can be run",
                              (long long)to);
    const enum ecam_status status = ecam_onnx_begin(im, "identity", &layer);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

/* Those that the folding has done already, unless something is missing. */
static enum ecam_status folded_alone(struct ecam_onnx_import *im)
{
    return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                          "its inputs are known only when the network runs");
}

const struct ecam_onnx_op ecam_onnx_ops_shape[] = {
    { "Reshape", reshape, 1, 2 },
    { "Flatten", flatten, 1, 1 },
    { "Squeeze", reshape, 1, 2 },
    { "Unsqueeze", reshape, 1, 2 },
    { "Transpose", transpose, 1, 1 },
    { "Slice", slice, 1, 5 },
    { "Split", split, 1, 2 },
    { "Concat", concat, 1, SIZE_MAX },
    { "Gather", gather, 2, 2 },
    { "Cast", cast, 1, 1 },
    { "Shape", folded_alone, 1, 1 },
    { "Size", folded_alone, 1, 1 },
    { "Constant", folded_alone, 0, 0 },
    { "ConstantOfShape", folded_alone, 1, 1 },
    { NULL, NULL, 0, 0 },
};
