/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX operators that multiply matrices. One whose second matrix is a weight becomes a
 * dense layer, which reads it where it lies. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

/* A matrix as a dense layer wants it, [out][in], from one that is [in][out]. */
static enum ecam_status transposed(struct ecam_onnx_import *im, const struct ecam_weight *w,
                                   const struct ecam_weight **out)
{
    const struct ecam_shape shape = { .rank = 2, .dim = { w->shape.dim[1], w->shape.dim[0] } };
    const size_t stride[2] = { w->stride[1], w->stride[0] };
    return ecam_onnx_view(im, w, &shape, stride, out);
}

/* A weight times a number. */
static enum ecam_status scaled(struct ecam_onnx_import *im, const struct ecam_weight *w,
                               double factor, const struct ecam_weight **out)
{
    size_t n = 0;
    if (factor == 1.0) {
        *out = w;
        return ECAM_OK;
    }
    ecam_shape_count(&w->shape, &n);
    float *const data = ecam_realloc_array(NULL, n, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    ecam_weight_read(w, 0, n, data);
    for (size_t i = 0; i < n; i++)
        data[i] = (float)((double)data[i] * factor);
    return ecam_onnx_derive(im, "scaled", &w->shape, data, out);
}

/* Whether C of Gemm is the same for all rows: one number, or one for each column. */
static bool is_bias(const struct ecam_shape *c, size_t columns)
{
    size_t count = 1;
    for (uint32_t i = 0; i < c->rank; i++)
        count *= c->dim[i];
    return count == 1 || (count == columns && c->rank > 0 && c->dim[c->rank - 1] == columns);
}

/* C as a vector of one number for each column, times beta. */
static enum ecam_status put_bias(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                 struct ecam_onnx_value *c, double beta, size_t columns)
{
    const struct ecam_shape shape = { .rank = 1, .dim = { columns } };
    const struct ecam_weight *tensor = NULL, *bias = NULL;
    size_t count = 0;
    enum ecam_status status = ecam_onnx_as_tensor(im, c, "C", &tensor);
    if (status != ECAM_OK)
        return status;
    ecam_shape_count(&tensor->shape, &count);
    if (count == columns && beta == 1.0) {
        status =
            tensor->shape.rank == 1 ? ECAM_OK : ecam_onnx_view(im, tensor, &shape, NULL, &bias);
        ecam_onnx_put_weight(layer, "bias", bias != NULL ? bias : tensor);
        return status;
    }
    float *const data = ecam_realloc_array(NULL, columns, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    for (size_t i = 0; i < columns; i++) {
        ecam_weight_read(tensor, count == 1 ? 0 : i, 1, &data[i]);
        data[i] = (float)((double)data[i] * beta);
    }
    status = ecam_onnx_derive(im, "bias", &shape, data, &bias);
    if (status == ECAM_OK)
        ecam_onnx_put_weight(layer, "bias", bias);
    return status;
}

/* ---- Gemm: alpha A' B' + beta C ---- */

struct gemm {
    struct ecam_onnx_value *a, *b, *c; /* c may be NULL */
    bool trans_a, trans_b;
    double alpha, beta;
};

/* B is a weight: [out][in] with transB. */
static enum ecam_status gemm_dense(struct ecam_onnx_import *im, const struct gemm *g)
{
    struct ecam_onnx_layer layer = { .kind = "dense", .n_inputs = 1 };
    const struct ecam_weight *tensor = NULL, *weight = NULL, *final = NULL;
    enum ecam_status status = ecam_onnx_as_tensor(im, g->b, "B", &tensor);
    if (status != ECAM_OK)
        return status;
    weight = tensor;
    if (!g->trans_b)
        status = transposed(im, tensor, &weight);
    if (status == ECAM_OK)
        status = scaled(im, weight, g->alpha, &final);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, g->a, &layer.inputs[0]);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_weight(&layer, "weight", final);
    if (g->c != NULL)
        status = put_bias(im, &layer, g->c, g->beta, final->shape.dim[0]);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

static enum ecam_status turn(struct ecam_onnx_import *im, bool is_turned, uint32_t *node)
{
    static const int64_t order[2] = { 1, 0 };
    struct ecam_onnx_layer layer = { .kind = "transpose", .inputs = { *node }, .n_inputs = 1 };
    if (!is_turned)
        return ECAM_OK;
    ecam_onnx_put_ints(&layer, "axes", order, 2);
    return ecam_onnx_add(im, &layer, false, node);
}

/* x times a number, where it is not 1. */
static enum ecam_status times(struct ecam_onnx_import *im, double factor, uint32_t *node)
{
    const struct ecam_shape single = { .rank = 1, .dim = { 1 } };
    struct ecam_onnx_layer constant = { .kind = "constant" };
    struct ecam_onnx_layer layer = { .kind = "mul", .inputs = { *node }, .n_inputs = 2 };
    const struct ecam_weight *number = NULL;
    if (factor == 1.0)
        return ECAM_OK;
    float *const data = ecam_realloc_array(NULL, 1, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    *data = (float)factor;
    enum ecam_status status = ecam_onnx_derive(im, "factor", &single, data, &number);
    ecam_onnx_put_weight(&constant, "value", number);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &constant, false, &layer.inputs[1]);
    return status == ECAM_OK ? ecam_onnx_add(im, &layer, false, node) : status;
}

/* Whatever is computed: a product, its factors turned and scaled, and a sum. */
static enum ecam_status gemm_any(struct ecam_onnx_import *im, const struct gemm *g)
{
    struct ecam_onnx_layer product = { .kind = "matmul", .n_inputs = 2 };
    struct ecam_onnx_layer sum = { .kind = "add", .n_inputs = 2 };
    enum ecam_status status = ecam_onnx_as_node(im, g->a, &product.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, g->b, &product.inputs[1]);
    if (status == ECAM_OK)
        status = turn(im, g->trans_a, &product.inputs[0]);
    if (status == ECAM_OK)
        status = turn(im, g->trans_b, &product.inputs[1]);
    if (status == ECAM_OK)
        status = times(im, g->alpha, &product.inputs[0]);
    if (status != ECAM_OK || g->c == NULL)
        return status == ECAM_OK ? ecam_onnx_finish(im, &product) : status;
    status = ecam_onnx_add(im, &product, false, &sum.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, g->c, &sum.inputs[1]);
    if (status == ECAM_OK)
        status = times(im, g->beta, &sum.inputs[1]);
    return status == ECAM_OK ? ecam_onnx_finish(im, &sum) : status;
}

static enum ecam_status gemm(struct ecam_onnx_import *im)
{
    struct gemm g = {
        .a = ecam_onnx_input(im, 0),
        .b = ecam_onnx_input(im, 1),
        .c = ecam_onnx_input(im, 2),
        .trans_a = ecam_onnx_int(im, "transA", 0) != 0,
        .trans_b = ecam_onnx_int(im, "transB", 0) != 0,
        .alpha = ecam_onnx_real(im, "alpha", 1),
        .beta = ecam_onnx_real(im, "beta", 1),
    };
    const struct ecam_shape *const a = ecam_onnx_shape(im, g.a), *const b =
                                                                     ecam_onnx_shape(im, g.b);
    if (a->rank != 2 || b->rank != 2)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "factors of %u and %u axes, 2 are expected",
                              a->rank, b->rank);
    const size_t columns = b->dim[g.trans_b ? 0 : 1];
    if (g.c != NULL && g.beta == 0.0)
        g.c = NULL;
    const bool is_dense =
        !ecam_onnx_is_constant(g.a) && ecam_onnx_is_constant(g.b) && !g.trans_a &&
        (g.c == NULL || (ecam_onnx_is_constant(g.c) && is_bias(ecam_onnx_shape(im, g.c), columns)));
    return is_dense ? gemm_dense(im, &g) : gemm_any(im, &g);
}

static enum ecam_status matmul(struct ecam_onnx_import *im)
{
    struct gemm g = {
        .a = ecam_onnx_input(im, 0), .b = ecam_onnx_input(im, 1), .alpha = 1, .beta = 1
    };
    const struct ecam_shape *const a = ecam_onnx_shape(im, g.a), *const b =
                                                                     ecam_onnx_shape(im, g.b);
    if (a->rank < 2 || b->rank < 2)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "factors of %u and %u axes, 2 at least are expected", a->rank,
                              b->rank);
    if (a->rank == 2 && b->rank == 2 && !ecam_onnx_is_constant(g.a) && ecam_onnx_is_constant(g.b))
        return gemm_dense(im, &g);
    return gemm_any(im, &g);
}

const struct ecam_onnx_op ecam_onnx_ops_matrix[] = {
    { "Gemm", gemm, 2, 3 },
    { "MatMul", matmul, 2, 2 },
    { NULL, NULL, 0, 0 },
};
