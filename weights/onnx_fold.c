/* SPDX-License-Identifier: BSD-2-Clause
 * Nodes whose result is known at import: what exporters compute shapes with, and other
 * forms of weights. Numbers are doubles, exact for whole ones up to 2^53. Each tells
 * whether it is a multiple of the batch size, so that a network that was imported for one
 * photo works for several. */
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

/* A result in the making. */
struct result {
    struct ecam_shape shape;
    size_t n;
    double *numbers;
    bool *is_batch;
    bool is_whole;
};

static enum ecam_status begin(const struct ecam_onnx_import *im, const struct ecam_shape *shape,
                              bool is_whole, struct result *r)
{
    *r = (struct result){ .shape = *shape, .is_whole = is_whole };
    if (!ecam_shape_count(shape, &r->n) || r->n > ECAM_ONNX_MAX_FOLDED)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "more than %d numbers to be worked out",
                              ECAM_ONNX_MAX_FOLDED);
    r->numbers = ecam_calloc(r->n, sizeof *r->numbers);
    r->is_batch = ecam_calloc(r->n, sizeof *r->is_batch);
    if (r->numbers != NULL && r->is_batch != NULL)
        return ECAM_OK;
    ecam_free(r->numbers);
    ecam_free(r->is_batch);
    return ecam_fail(im->err, ECAM_ERR_NOMEM, "%zu numbers", r->n);
}

/* Gives output i; the arrays are handed over. */
static enum ecam_status give(struct ecam_onnx_import *im, size_t i, struct result *r)
{
    return ecam_onnx_give_numbers(im, i, r->numbers, r->is_batch, r->is_whole, &r->shape);
}

/* ---- Walking through an array by strides ---- */

/* Elements from `start` on, with a stride (0 repeats, negative goes back) for each axis of
 * the result. */
struct walk {
    size_t start;
    ptrdiff_t stride[ECAM_MAX_RANK];
};

static void row_major(const struct ecam_shape *shape, ptrdiff_t *stride)
{
    ptrdiff_t step = 1;
    for (uint32_t i = shape->rank; i-- > 0; step *= (ptrdiff_t)shape->dim[i])
        stride[i] = step;
}

/* Where element `at` of the result is found. */
static size_t place_of(const struct ecam_shape *shape, const struct walk *walk, size_t at)
{
    ptrdiff_t place = (ptrdiff_t)walk->start;
    for (uint32_t i = shape->rank; i-- > 0; at /= shape->dim[i])
        place += (ptrdiff_t)(at % shape->dim[i]) * walk->stride[i];
    return (size_t)place;
}

static enum ecam_status take(struct ecam_onnx_import *im, const struct ecam_onnx_value *from,
                             const struct ecam_shape *shape, const struct walk *walk, size_t output)
{
    struct result r;
    const enum ecam_status status = begin(im, shape, from->is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++) {
        const size_t place = place_of(shape, walk, i);
        r.numbers[i] = from->numbers[place];
        r.is_batch[i] = from->is_batch[place];
    }
    return give(im, output, &r);
}

/* All elements in the same order, in another shape. */
static enum ecam_status take_all(struct ecam_onnx_import *im, const struct ecam_onnx_value *from,
                                 const struct ecam_shape *shape)
{
    struct walk walk = { .start = 0 };
    row_major(shape, walk.stride);
    return take(im, from, shape, &walk, 0);
}

/* ---- Shapes of values ---- */

static enum ecam_status shape_of(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const struct ecam_shape in = *ecam_onnx_shape(im, x);
    const int64_t rank = in.rank;
    int64_t from = ecam_onnx_int(im, "start", 0), to = ecam_onnx_int(im, "end", rank);
    struct result r;
    from = from < 0 ? from + rank : from;
    to = to < 0 ? to + rank : to;
    from = from < 0 ? 0 : from > rank ? rank : from;
    to = to < from ? from : to > rank ? rank : to;
    const struct ecam_shape shape = { .rank = 1, .dim = { (size_t)(to - from) } };
    const enum ecam_status status = begin(im, &shape, true, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++) {
        const size_t axis = (size_t)from + i;
        r.numbers[i] = (double)in.dim[axis];
        r.is_batch[i] = axis == 0 && im->has_batch && !ecam_onnx_is_constant(x);
    }
    return give(im, 0, &r);
}

static enum ecam_status size_of(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const struct ecam_shape scalar = { .rank = 0 };
    size_t count = 0;
    struct result r;
    ecam_shape_count(ecam_onnx_shape(im, x), &count);
    const enum ecam_status status = begin(im, &scalar, true, &r);
    if (status != ECAM_OK)
        return status;
    r.numbers[0] = (double)count;
    r.is_batch[0] = im->has_batch && !ecam_onnx_is_constant(x);
    return give(im, 0, &r);
}

/* ---- Constants ---- */

/* A tensor is an array of the set already, if it could be read. */
static enum ecam_status constant(struct ecam_onnx_import *im)
{
    static const struct {
        const char *name;
        unsigned type;
    } forms[] = {
        { "value_int", ECAM_ONNX_INT },
        { "value_ints", ECAM_ONNX_INTS },
        { "value_float", ECAM_ONNX_FLOAT },
        { "value_floats", ECAM_ONNX_FLOATS },
    };
    struct ecam_onnx_value *absent;
    struct result r;
    if (im->node->n_outputs == 0 || ecam_onnx_find(im, im->node->outputs[0]) != NULL)
        return ECAM_OK;
    for (size_t k = 0; k < ECAM_ARRAY_LEN(forms); k++) {
        const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, forms[k].name);
        if (attr == NULL || attr->type != forms[k].type)
            continue;
        const bool is_list = k % 2 == 1;
        const struct ecam_shape shape = { .rank = is_list,
                                          .dim = { k == 1 ? attr->ints.n : attr->floats.n } };
        const enum ecam_status status = begin(im, &shape, k < 2, &r);
        for (size_t i = 0; status == ECAM_OK && i < r.n; i++)
            r.numbers[i] = k == 0   ? (double)attr->i
                           : k == 1 ? (double)attr->ints.items[i]
                           : k == 2 ? (double)attr->f
                                    : (double)attr->floats.items[i];
        return status == ECAM_OK ? give(im, 0, &r) : status;
    }
    return ecam_onnx_new_value(im, im->node->outputs[0], &absent); /* a text, a sparse tensor */
}

static enum ecam_status read_shape(struct ecam_onnx_import *im, const struct ecam_onnx_value *from,
                                   struct ecam_shape *out)
{
    *out = (struct ecam_shape){ .rank = (uint32_t)from->n };
    if (from->n > ECAM_MAX_RANK)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "a shape of %zu axes", from->n);
    for (size_t i = 0; i < from->n; i++) {
        if (!(from->numbers[i] >= 0 && from->numbers[i] <= 1e15))
            return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "a size of %g", from->numbers[i]);
        out->dim[i] = (size_t)from->numbers[i];
    }
    return ECAM_OK;
}

static enum ecam_status constant_of_shape(struct ecam_onnx_import *im)
{
    struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const struct ecam_onnx_attr *const attr = ecam_onnx_attr(im->node, "value");
    struct ecam_onnx_tensor t = { .name = NULL };
    struct ecam_shape shape;
    struct result r = { .numbers = NULL };
    double number = 0;
    bool is_whole = false;
    enum ecam_status status = ecam_onnx_as_numbers(im, x, "the shape");
    if (status == ECAM_OK)
        status = read_shape(im, x, &shape);
    if (status == ECAM_OK && attr != NULL && attr->type == ECAM_ONNX_TENSOR) {
        status = ecam_onnx_tensor_read(attr->t, &t, im->err);
        if (status == ECAM_OK && (t.data == NULL || t.bytes != ecam_dtype_bytes(t.dtype)))
            status = ecam_onnx_fail(im, ECAM_ERR_FORMAT, "'value' is not one number");
        if (status == ECAM_OK) {
            const struct ecam_weight w = { .dtype = t.dtype, .data = t.data, .is_dense = true };
            number = ecam_onnx_number(&w, 0);
            is_whole = ecam_onnx_is_whole(t.dtype);
        }
    }
    ecam_onnx_tensor_free(&t);
    if (status == ECAM_OK)
        status = begin(im, &shape, is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++)
        r.numbers[i] = number;
    return give(im, 0, &r);
}

static enum ecam_status range(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const from = ecam_onnx_input(im, 0),
                                        *const to = ecam_onnx_input(im, 1),
                                        *const step = ecam_onnx_input(im, 2);
    struct ecam_shape shape = { .rank = 1 };
    struct result r;
    if (from->n != 1 || to->n != 1 || step->n != 1 || step->numbers[0] == 0)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT,
                              "start, limit and step are not one number each, or the step is 0");
    const double n = ceil((to->numbers[0] - from->numbers[0]) / step->numbers[0]);
    shape.dim[0] = n > 0 && n < 1e9 ? (size_t)n : n >= 1e9 ? SIZE_MAX / 16 : 0;
    const enum ecam_status status = begin(im, &shape, from->is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++)
        r.numbers[i] = from->numbers[0] + (double)i * step->numbers[0];
    return give(im, 0, &r);
}

/* ---- One number from one ---- */

static double f_floor(double a)
{
    return floor(a);
}

static double f_ceil(double a)
{
    return ceil(a);
}

static double f_sqrt(double a)
{
    return sqrt(a);
}

static double f_neg(double a)
{
    return -a;
}

static double f_abs(double a)
{
    return fabs(a);
}

static double f_not(double a)
{
    return a == 0;
}

static double f_round(double a)
{
    return rint(a);
}

static double f_truncate(double a)
{
    return trunc(a);
}

static double f_bool(double a)
{
    return a != 0;
}

static double f_float(double a)
{
    return (double)(float)a;
}

static double f_same(double a)
{
    return a;
}

static enum ecam_status map(struct ecam_onnx_import *im, double (*f)(double), bool is_whole)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    struct result r;
    const enum ecam_status status = begin(im, &x->shape, is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++) {
        r.numbers[i] = f(x->numbers[i]);
        r.is_batch[i] = x->is_batch[i] && r.numbers[i] == x->numbers[i];
    }
    return give(im, 0, &r);
}

static enum ecam_status cast(struct ecam_onnx_import *im)
{
    /* Types by number, or, in the first opsets, by word. */
    const char *const word = ecam_onnx_text(im, "to", "");
    const int64_t to = strcmp(word, "FLOAT") == 0   ? 1
                       : strcmp(word, "INT64") == 0 ? 7
                       : strcmp(word, "INT32") == 0 ? 6
                                                    : ecam_onnx_int(im, "to", 0);
    switch (to) {
    case 1:
    case 10:
    case 16:
        return map(im, f_float, false);
    case 11:
        return map(im, f_same, false);
    case 9:
        return map(im, f_bool, true);
    default:
        return map(im, f_truncate, true);
    }
}

/* ---- One number from two ---- */

static double g_add(double a, double b)
{
    return a + b;
}

static double g_sub(double a, double b)
{
    return a - b;
}

static double g_mul(double a, double b)
{
    return a * b;
}

static double g_div(double a, double b)
{
    return a / b;
}

static double g_pow(double a, double b)
{
    return pow(a, b);
}

static double g_min(double a, double b)
{
    return a < b ? a : b;
}

static double g_max(double a, double b)
{
    return a > b ? a : b;
}

static double g_mod(double a, double b)
{
    return a - floor(a / b) * b; /* the sign of b, as in Python */
}

static double g_equal(double a, double b)
{
    return a == b;
}

static double g_less(double a, double b)
{
    return a < b;
}

static double g_greater(double a, double b)
{
    return a > b;
}

/* The walk through x that repeats it over `shape`; false where it cannot be. */
static bool broadcast_walk(const struct ecam_shape *x, const struct ecam_shape *shape,
                           struct walk *walk)
{
    ptrdiff_t own[ECAM_MAX_RANK];
    *walk = (struct walk){ .start = 0 };
    if (x->rank > shape->rank)
        return false;
    row_major(x, own);
    for (uint32_t i = 0; i < x->rank; i++) {
        const uint32_t to = shape->rank - x->rank + i;
        if (x->dim[i] != 1 && x->dim[i] != shape->dim[to])
            return false;
        walk->stride[to] = x->dim[i] == 1 ? 0 : own[i];
    }
    return true;
}

static struct ecam_shape broadcast_shape(const struct ecam_shape *a, const struct ecam_shape *b)
{
    const struct ecam_shape *const longer = a->rank >= b->rank ? a : b;
    const struct ecam_shape *const other = longer == a ? b : a;
    struct ecam_shape out = *longer;
    for (uint32_t i = 0; i < other->rank; i++) {
        size_t *const dim = &out.dim[longer->rank - other->rank + i];
        if (*dim == 1)
            *dim = other->dim[i];
    }
    return out;
}

/* What is a multiple of the batch size after all: a sum of two that are, a product, a
 * part. */
static bool stays_batch(double (*f)(double, double), bool a, bool b)
{
    if (f == g_mul)
        return a || b;
    if (f == g_div)
        return a && !b;
    return a && b && (f == g_add || f == g_sub || f == g_min || f == g_max);
}

static enum ecam_status combine(struct ecam_onnx_import *im, double (*f)(double, double),
                                bool is_test)
{
    const struct ecam_onnx_value *const a = ecam_onnx_input(im, 0), *const b =
                                                                        ecam_onnx_input(im, 1);
    const struct ecam_shape shape = broadcast_shape(&a->shape, &b->shape);
    const bool is_whole = is_test || (a->is_whole && b->is_whole);
    struct walk walk_a, walk_b;
    struct result r;
    if (!broadcast_walk(&a->shape, &shape, &walk_a) || !broadcast_walk(&b->shape, &shape, &walk_b))
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "the shapes of its inputs do not go together");
    const enum ecam_status status = begin(im, &shape, is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++) {
        const size_t at_a = place_of(&shape, &walk_a, i), at_b = place_of(&shape, &walk_b, i);
        const double v = f(a->numbers[at_a], b->numbers[at_b]);
        r.numbers[i] = is_whole && f == g_div ? trunc(v) : v;
        r.is_batch[i] = stays_batch(f, a->is_batch[at_a], b->is_batch[at_b]);
    }
    return give(im, 0, &r);
}

static enum ecam_status where(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const c = ecam_onnx_input(im, 0),
                                        *const a = ecam_onnx_input(im, 1),
                                        *const b = ecam_onnx_input(im, 2);
    struct ecam_shape shape = broadcast_shape(&a->shape, &b->shape);
    struct walk walk_a, walk_b, walk_c;
    struct result r;
    shape = broadcast_shape(&shape, &c->shape);
    if (!broadcast_walk(&a->shape, &shape, &walk_a) ||
        !broadcast_walk(&b->shape, &shape, &walk_b) || !broadcast_walk(&c->shape, &shape, &walk_c))
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "the shapes of its inputs do not go together");
    const enum ecam_status status = begin(im, &shape, a->is_whole && b->is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++) {
        const bool is_a = c->numbers[place_of(&shape, &walk_c, i)] != 0;
        const struct ecam_onnx_value *const from = is_a ? a : b;
        const size_t at = place_of(&shape, is_a ? &walk_a : &walk_b, i);
        r.numbers[i] = from->numbers[at];
        r.is_batch[i] = from->is_batch[at];
    }
    return give(im, 0, &r);
}

static enum ecam_status expand(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    struct ecam_shape wanted;
    struct walk walk;
    const enum ecam_status status = read_shape(im, ecam_onnx_input(im, 1), &wanted);
    if (status != ECAM_OK)
        return status;
    const struct ecam_shape shape = broadcast_shape(&x->shape, &wanted);
    if (!broadcast_walk(&x->shape, &shape, &walk))
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "the input does not fit the shape");
    return take(im, x, &shape, &walk, 0);
}

/* ---- Picking and joining ---- */

static enum ecam_status gather(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0), *const index =
                                                                        ecam_onnx_input(im, 1);
    const int64_t rank = x->shape.rank, given = ecam_onnx_int(im, "axis", 0);
    const int64_t axis = given < 0 ? given + rank : given;
    struct ecam_shape shape = { .rank = 0 };
    size_t inner = 1;
    struct result r;
    if (axis < 0 || axis >= rank || x->shape.rank - 1 + index->shape.rank > ECAM_MAX_RANK)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "axis %lld of %lld", (long long)given,
                              (long long)rank);
    for (uint32_t i = 0; i < (uint32_t)axis; i++)
        shape.dim[shape.rank++] = x->shape.dim[i];
    for (uint32_t i = 0; i < index->shape.rank; i++)
        shape.dim[shape.rank++] = index->shape.dim[i];
    for (uint32_t i = (uint32_t)axis + 1; i < x->shape.rank; i++) {
        shape.dim[shape.rank++] = x->shape.dim[i];
        inner *= x->shape.dim[i];
    }
    const double size = (double)x->shape.dim[axis];
    const enum ecam_status status = begin(im, &shape, x->is_whole, &r);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < r.n; i++) {
        const double number = index->numbers[i / inner % index->n];
        const double k = number < 0 ? number + size : number;
        if (!(k >= 0 && k < size)) {
            ecam_free(r.numbers);
            ecam_free(r.is_batch);
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "index %g of %g", number, size);
        }
        const size_t outer = i / inner / index->n;
        const size_t place = (outer * x->shape.dim[axis] + (size_t)k) * inner + i % inner;
        r.numbers[i] = x->numbers[place];
        r.is_batch[i] = x->is_batch[place];
    }
    return give(im, 0, &r);
}

static enum ecam_status concat(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const first = ecam_onnx_input(im, 0);
    struct ecam_shape shape = first->shape;
    const int64_t given = ecam_onnx_int(im, "axis", 1);
    const int64_t axis = given < 0 ? given + shape.rank : given;
    struct result r;
    if (axis < 0 || axis >= (int64_t)shape.rank)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "axis %lld of %u", (long long)given, shape.rank);
    size_t inner = 1, outer = 1, total = 0, to = 0;
    bool is_whole = true;
    for (uint32_t i = 0; i < shape.rank; i++)
        *(i < (uint32_t)axis ? &outer : &inner) *= i == (uint32_t)axis ? 1 : shape.dim[i];
    for (size_t k = 0; k < im->node->n_inputs; k++) {
        const struct ecam_onnx_value *const x = ecam_onnx_input(im, k);
        if (x->shape.rank != shape.rank || x->n != outer * x->shape.dim[axis] * inner)
            return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "input %zu has another shape", k);
        total += x->shape.dim[axis];
        is_whole &= x->is_whole;
    }
    shape.dim[axis] = total;
    const enum ecam_status status = begin(im, &shape, is_whole, &r);
    for (size_t o = 0; status == ECAM_OK && o < outer; o++)
        for (size_t k = 0; k < im->node->n_inputs; k++) {
            const struct ecam_onnx_value *const x = ecam_onnx_input(im, k);
            const size_t n = x->shape.dim[axis] * inner;
            if (n > 0) {
                memcpy(r.numbers + to, x->numbers + o * n, n * sizeof *r.numbers);
                memcpy(r.is_batch + to, x->is_batch + o * n, n * sizeof *r.is_batch);
            }
            to += n;
        }
    return status == ECAM_OK ? give(im, 0, &r) : status;
}

static enum ecam_status slice(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    struct ecam_onnx_cut cut = { .begin = { 0 } };
    struct ecam_shape shape = x->shape;
    struct walk walk = { .start = 0 };
    const enum ecam_status status = ecam_onnx_read_cut(im, &x->shape, &cut);
    if (status != ECAM_OK)
        return status;
    row_major(&x->shape, walk.stride);
    for (uint32_t i = 0; i < shape.rank; i++) {
        size_t first;
        shape.dim[i] = ecam_onnx_cut_size(&cut, i, x->shape.dim[i], &first);
        walk.start += first * (size_t)walk.stride[i];
        walk.stride[i] *= (ptrdiff_t)cut.step[i];
    }
    return take(im, x, &shape, &walk, 0);
}

static enum ecam_status reduce_prod(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const bool keep = ecam_onnx_int(im, "keepdims", 1) != 0;
    struct ecam_shape shape = { .rank = keep, .dim = { 1 } };
    int64_t axes[ECAM_MAX_RANK];
    size_t n_axes;
    struct result r;
    enum ecam_status status = ecam_onnx_list(im, "axes", 1, axes, &n_axes);
    if (status != ECAM_OK)
        return status;
    if (x->shape.rank > 1)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "a product over one of several axes");
    status = begin(im, &shape, x->is_whole, &r);
    if (status != ECAM_OK)
        return status;
    r.numbers[0] = 1;
    for (size_t i = 0; i < x->n; i++) {
        r.numbers[0] *= x->numbers[i];
        r.is_batch[0] |= x->is_batch[i];
    }
    return give(im, 0, &r);
}

/* ---- Other forms of arrays, of any size ---- */

/* The array of input 0 in another shape. */
static enum ecam_status reshape(struct ecam_onnx_import *im, const struct ecam_shape *shape)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    const struct ecam_weight *view = NULL;
    if (x->tensor == NULL)
        return take_all(im, x, shape);
    if (!x->tensor->is_dense)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "another shape of a transposed array");
    const enum ecam_status status = ecam_onnx_view(im, x->tensor, shape, NULL, &view);
    return status == ECAM_OK ? ecam_onnx_give_tensor(im, 0, view) : status;
}

static enum ecam_status reshape_any(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    struct ecam_onnx_target target;
    struct ecam_shape shape;
    const enum ecam_status status = ecam_onnx_read_target(im, &x->shape, &target);
    if (status != ECAM_OK)
        return status;
    shape = target.shape;
    return reshape(im, &shape);
}

static enum ecam_status transpose(struct ecam_onnx_import *im)
{
    struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    struct ecam_shape shape = x->shape;
    int64_t order[ECAM_MAX_RANK];
    struct walk walk = { .start = 0 };
    size_t stride[ECAM_MAX_RANK];
    const struct ecam_weight *view = NULL;
    ptrdiff_t own[ECAM_MAX_RANK];
    enum ecam_status status = ecam_onnx_read_order(im, x->shape.rank, order);
    if (status == ECAM_OK && x->tensor != NULL && !ecam_weight_is_float(x->tensor))
        status = ecam_onnx_as_numbers(im, x, "the input"); /* integers are read in order */
    if (status != ECAM_OK)
        return status;
    row_major(&x->shape, own);
    for (uint32_t i = 0; i < shape.rank; i++) {
        shape.dim[i] = x->shape.dim[order[i]];
        walk.stride[i] = own[order[i]];
        stride[i] = x->tensor != NULL ? x->tensor->stride[order[i]] : 0;
    }
    if (x->tensor == NULL || x->numbers != NULL)
        return take(im, x, &shape, &walk, 0);
    status = ecam_onnx_view(im, x->tensor, &shape, stride, &view);
    return status == ECAM_OK ? ecam_onnx_give_tensor(im, 0, view) : status;
}

static enum ecam_status identity(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_value *const x = ecam_onnx_input(im, 0);
    return x->tensor != NULL ? ecam_onnx_give_tensor(im, 0, x->tensor) : take_all(im, x, &x->shape);
}

/* ---- Which are folded ---- */

enum need {
    NEED_NOTHING, /* not even that the inputs are constants */
    NEED_CONSTANT,
    NEED_NUMBERS /* of a few */
};

struct fold {
    const char *op;
    enum need need;
    size_t n_inputs; /* at least */
    enum ecam_status (*fn)(struct ecam_onnx_import *);
    double (*unary)(double);
    double (*binary)(double, double);
    bool is_test;
};

static const struct fold folds[] = {
    { "Shape", NEED_NOTHING, 1, shape_of, NULL, NULL, false },
    { "Size", NEED_NOTHING, 1, size_of, NULL, NULL, false },
    { "Constant", NEED_NOTHING, 0, constant, NULL, NULL, false },
    { "Identity", NEED_CONSTANT, 1, identity, NULL, NULL, false },
    { "Reshape", NEED_CONSTANT, 1, reshape_any, NULL, NULL, false },
    { "Flatten", NEED_CONSTANT, 1, reshape_any, NULL, NULL, false },
    { "Squeeze", NEED_CONSTANT, 1, reshape_any, NULL, NULL, false },
    { "Unsqueeze", NEED_CONSTANT, 1, reshape_any, NULL, NULL, false },
    { "Transpose", NEED_CONSTANT, 1, transpose, NULL, NULL, false },
    { "DequantizeLinear", NEED_CONSTANT, 2, ecam_onnx_fold_dequantize, NULL, NULL, false },
    { "ConstantOfShape", NEED_NUMBERS, 1, constant_of_shape, NULL, NULL, false },
    { "Range", NEED_NUMBERS, 3, range, NULL, NULL, false },
    { "Cast", NEED_NUMBERS, 1, cast, NULL, NULL, false },
    { "Gather", NEED_NUMBERS, 2, gather, NULL, NULL, false },
    { "Concat", NEED_NUMBERS, 1, concat, NULL, NULL, false },
    { "Slice", NEED_NUMBERS, 1, slice, NULL, NULL, false },
    { "Where", NEED_NUMBERS, 3, where, NULL, NULL, false },
    { "Expand", NEED_NUMBERS, 2, expand, NULL, NULL, false },
    { "ReduceProd", NEED_NUMBERS, 1, reduce_prod, NULL, NULL, false },
    { "Floor", NEED_NUMBERS, 1, NULL, f_floor, NULL, false },
    { "Ceil", NEED_NUMBERS, 1, NULL, f_ceil, NULL, false },
    { "Round", NEED_NUMBERS, 1, NULL, f_round, NULL, false },
    { "Sqrt", NEED_NUMBERS, 1, NULL, f_sqrt, NULL, false },
    { "Neg", NEED_NUMBERS, 1, NULL, f_neg, NULL, false },
    { "Abs", NEED_NUMBERS, 1, NULL, f_abs, NULL, false },
    { "Not", NEED_NUMBERS, 1, NULL, f_not, NULL, true },
    { "Add", NEED_NUMBERS, 2, NULL, NULL, g_add, false },
    { "Sub", NEED_NUMBERS, 2, NULL, NULL, g_sub, false },
    { "Mul", NEED_NUMBERS, 2, NULL, NULL, g_mul, false },
    { "Div", NEED_NUMBERS, 2, NULL, NULL, g_div, false },
    { "Pow", NEED_NUMBERS, 2, NULL, NULL, g_pow, false },
    { "Min", NEED_NUMBERS, 2, NULL, NULL, g_min, false },
    { "Max", NEED_NUMBERS, 2, NULL, NULL, g_max, false },
    { "Mod", NEED_NUMBERS, 2, NULL, NULL, g_mod, false },
    { "Equal", NEED_NUMBERS, 2, NULL, NULL, g_equal, true },
    { "Less", NEED_NUMBERS, 2, NULL, NULL, g_less, true },
    { "Greater", NEED_NUMBERS, 2, NULL, NULL, g_greater, true },
};

/* Whether the inputs are as they must be; small arrays become numbers. */
static enum ecam_status prepare(struct ecam_onnx_import *im, enum need need, bool *is_fit)
{
    *is_fit = true;
    for (size_t i = 0; need != NEED_NOTHING && i < im->node->n_inputs; i++) {
        struct ecam_onnx_value *const value = ecam_onnx_input(im, i);
        size_t n = 0;
        if (value == NULL)
            continue;
        *is_fit = *is_fit && ecam_onnx_is_constant(value);
        if (!*is_fit || need == NEED_CONSTANT)
            continue;
        ecam_shape_count(&value->shape, &n);
        *is_fit = n <= ECAM_ONNX_MAX_FOLDED;
    }
    for (size_t i = 0; *is_fit && need == NEED_NUMBERS && i < im->node->n_inputs; i++) {
        struct ecam_onnx_value *const value = ecam_onnx_input(im, i);
        const enum ecam_status status =
            value != NULL ? ecam_onnx_as_numbers(im, value, "an input") : ECAM_OK;
        if (status != ECAM_OK)
            return status;
    }
    return ECAM_OK;
}

enum ecam_status ecam_onnx_fold(struct ecam_onnx_import *im, bool *is_done)
{
    const struct fold *fold = NULL;
    *is_done = false;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(folds) && fold == NULL; i++)
        if (strcmp(folds[i].op, im->node->op) == 0)
            fold = &folds[i];
    if (fold == NULL)
        return ECAM_OK;
    for (size_t i = 0; i < fold->n_inputs; i++)
        if (ecam_onnx_input(im, i) == NULL)
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has no input %zu", i);
    const enum ecam_status status = prepare(im, fold->need, is_done);
    if (status != ECAM_OK || !*is_done)
        return status;
    if (fold->unary != NULL)
        return map(im, fold->unary, fold->is_test || ecam_onnx_input(im, 0)->is_whole);
    if (fold->binary != NULL)
        return combine(im, fold->binary, fold->is_test);
    return fold->fn(im);
}
