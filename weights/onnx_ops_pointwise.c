/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX operators that work number by number: activations, arithmetic, normalisation. */
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

static enum ecam_status plain(struct ecam_onnx_import *im, const char *kind)
{
    struct ecam_onnx_layer layer;
    const enum ecam_status status = ecam_onnx_begin(im, kind, &layer);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

/* One with real attributes of the same names as the node's. */
static enum ecam_status with_reals(struct ecam_onnx_import *im, const char *kind, double alpha,
                                   double beta)
{
    struct ecam_onnx_layer layer;
    const enum ecam_status status = ecam_onnx_begin(im, kind, &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_real(&layer, "alpha", ecam_onnx_real(im, "alpha", alpha));
    if (!isnan(beta))
        ecam_onnx_put_real(&layer, "beta", ecam_onnx_real(im, "beta", beta));
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status relu(struct ecam_onnx_import *im)
{
    return plain(im, "relu");
}

static enum ecam_status sigmoid(struct ecam_onnx_import *im)
{
    return plain(im, "sigmoid");
}

static enum ecam_status hyperbolic_tangent(struct ecam_onnx_import *im)
{
    return plain(im, "tanh");
}

static enum ecam_status error_function(struct ecam_onnx_import *im)
{
    return plain(im, "erf");
}

static enum ecam_status hard_swish(struct ecam_onnx_import *im)
{
    return plain(im, "hard_swish");
}

static enum ecam_status leaky_relu(struct ecam_onnx_import *im)
{
    return with_reals(im, "leaky_relu", 0.01, (double)NAN);
}

static enum ecam_status elu(struct ecam_onnx_import *im)
{
    return with_reals(im, "elu", 1, (double)NAN);
}

static enum ecam_status hard_sigmoid(struct ecam_onnx_import *im)
{
    return with_reals(im, "hard_sigmoid", 0.2, 0.5);
}

static enum ecam_status gelu(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    const char *const how = ecam_onnx_text(im, "approximate", "none");
    if (strcmp(how, "none") != 0 && strcmp(how, "tanh") != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "approximate '%.20s' is not known", how);
    const enum ecam_status status = ecam_onnx_begin(im, "gelu", &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_int(&layer, "tanh", how[0] == 't');
    return ecam_onnx_finish(im, &layer);
}

/* A bound of Clip: input i, or the attribute of older opsets; *is_there: there is one. */
static enum ecam_status read_bound(struct ecam_onnx_import *im, size_t i, const char *name,
                                   double *out, bool *is_there)
{
    struct ecam_onnx_value *const value = ecam_onnx_input(im, i);
    *is_there = value != NULL;
    if (value == NULL) {
        const double given = ecam_onnx_real(im, name, (double)NAN);
        *is_there = !isnan(given) && fabs(given) < 3.4e38; /* the default is the largest float */
        *out = given;
        return ECAM_OK;
    }
    const enum ecam_status status = ecam_onnx_as_numbers(im, value, name);
    if (status == ECAM_OK && value->n != 1)
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "'%s' has %zu numbers, 1 is expected", name,
                              value->n);
    if (status == ECAM_OK) {
        *out = value->numbers[0];
        *is_there = isfinite(*out);
    }
    return status;
}

static enum ecam_status clip(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    double min = 0, max = 0;
    bool has_min = false, has_max = false;
    enum ecam_status status = read_bound(im, 1, "min", &min, &has_min);
    if (status == ECAM_OK)
        status = read_bound(im, 2, "max", &max, &has_max);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, has_min && !has_max && min == 0 ? "relu" : "clip", &layer);
    if (status != ECAM_OK)
        return status;
    if (strcmp(layer.kind, "clip") == 0 && has_min)
        ecam_onnx_put_real(&layer, "min", min);
    if (has_max)
        ecam_onnx_put_real(&layer, "max", max);
    return ecam_onnx_finish(im, &layer);
}

/* ---- Arithmetic ---- */

/* Whether a constant is one number, or one for each channel (axis 1) of x. */
static bool is_per_channel(const struct ecam_shape *c, const struct ecam_shape *x)
{
    size_t count = 1;
    if (x->rank < 2 || c->rank > x->rank)
        return false;
    for (uint32_t i = 0; i < c->rank; i++)
        count *= c->dim[i];
    if (count == 1)
        return true;
    const uint32_t axis = x->rank - c->rank; /* of x, that c begins with */
    return axis <= 1 && count == x->dim[1] && c->dim[1 - axis] == count;
}

/* f of each of the n numbers of a constant, repeated where it is one. */
static enum ecam_status derive_channels(struct ecam_onnx_import *im, const char *part,
                                        const struct ecam_weight *from, size_t n,
                                        double (*f)(double), const struct ecam_weight **out)
{
    size_t count = 0;
    ecam_shape_count(&from->shape, &count);
    float *data = ecam_realloc_array(NULL, n, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    for (size_t i = 0; i < n; i++) {
        ecam_weight_read(from, count == 1 ? 0 : i, 1, &data[i]);
        data[i] = (float)f((double)data[i]);
    }
    const struct ecam_shape shape = { .rank = 1, .dim = { n } };
    return ecam_onnx_derive(im, part, &shape, data, out);
}

static double same(double v)
{
    return v;
}

static double negative(double v)
{
    return -v;
}

static double reciprocal(double v)
{
    return 1 / v;
}

/* x op constant as a scale of its channels, which convolutions take over. */
static enum ecam_status scale_channels(struct ecam_onnx_import *im, struct ecam_onnx_value *x,
                                       const struct ecam_weight *c, const char *kind)
{
    struct ecam_onnx_layer layer = { .kind = "scale", .n_inputs = 1 };
    const struct ecam_weight *derived = NULL;
    const bool is_factor = strcmp(kind, "mul") == 0 || strcmp(kind, "div") == 0;
    const char *const role = is_factor ? "weight" : "bias";
    double (*const f)(double) = strcmp(kind, "div") == 0   ? reciprocal
                                : strcmp(kind, "sub") == 0 ? negative
                                                           : same;
    enum ecam_status status =
        derive_channels(im, role, c, ecam_onnx_shape(im, x)->dim[1], f, &derived);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, x, &layer.inputs[0]);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_weight(&layer, role, derived);
    return ecam_onnx_finish(im, &layer);
}

/* Before opset 7 the second operand is lined up with the axes of the first from `axis` on:
 * its shape with ones behind is what broadcasts today. */
static enum ecam_status line_up(struct ecam_onnx_import *im, const struct ecam_shape *a,
                                struct ecam_onnx_value *b, struct ecam_onnx_value *out)
{
    struct ecam_shape shape = *ecam_onnx_shape(im, b);
    const int64_t given = ecam_onnx_int(im, "axis", (int64_t)a->rank - (int64_t)shape.rank);
    const int64_t axis = given < 0 ? given + (int64_t)a->rank : given;
    if (axis < 0 || axis + (int64_t)shape.rank > (int64_t)a->rank)
        return ecam_onnx_fail(im, ECAM_ERR_SHAPE, "axis %lld does not fit its inputs",
                              (long long)given);
    while (axis + (int64_t)shape.rank < (int64_t)a->rank)
        shape.dim[shape.rank++] = 1;
    *out = *b;
    if (ecam_onnx_is_constant(b)) {
        const struct ecam_weight *tensor = NULL;
        enum ecam_status status = ecam_onnx_as_tensor(im, b, "an operand", &tensor);
        if (status == ECAM_OK)
            status = ecam_onnx_view(im, tensor, &shape, NULL, &out->tensor);
        out->numbers = NULL;
        out->floats = NULL;
        out->node = ECAM_NO_NODE;
        out->shape = shape;
        return status;
    }
    struct ecam_onnx_layer layer = { .kind = "reshape", .n_inputs = 1 };
    int64_t dims[ECAM_MAX_RANK];
    for (uint32_t i = 0; i < shape.rank; i++)
        dims[i] = (int64_t)shape.dim[i];
    ecam_onnx_put_ints(&layer, "shape", dims, shape.rank);
    enum ecam_status status = ecam_onnx_as_node(im, b, &layer.inputs[0]);
    return status == ECAM_OK ? ecam_onnx_add(im, &layer, false, &out->node) : status;
}

static enum ecam_status arithmetic(struct ecam_onnx_import *im, const char *kind)
{
    struct ecam_onnx_layer layer = { .kind = kind, .n_inputs = 2 };
    struct ecam_onnx_value *a = ecam_onnx_input(im, 0), *b = ecam_onnx_input(im, 1), lined_up;
    if (im->model->opset < 7 && ecam_onnx_int(im, "broadcast", 0) != 0) {
        const enum ecam_status status = line_up(im, ecam_onnx_shape(im, a), b, &lined_up);
        if (status != ECAM_OK)
            return status;
        b = &lined_up;
    }
    const bool commutes = strcmp(kind, "add") == 0 || strcmp(kind, "mul") == 0;
    enum ecam_status status;
    if (commutes && ecam_onnx_is_constant(a) && !ecam_onnx_is_constant(b)) {
        struct ecam_onnx_value *const swap = a;
        a = b;
        b = swap;
    }
    if (!ecam_onnx_is_constant(a) && ecam_onnx_is_constant(b) &&
        is_per_channel(&b->shape, ecam_onnx_shape(im, a))) {
        const struct ecam_weight *c = NULL;
        status = ecam_onnx_as_tensor(im, b, "a constant", &c);
        return status == ECAM_OK ? scale_channels(im, a, c, kind) : status;
    }
    status = ecam_onnx_as_node(im, a, &layer.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, b, &layer.inputs[1]);
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

static enum ecam_status add(struct ecam_onnx_import *im)
{
    return arithmetic(im, "add");
}

static enum ecam_status sub(struct ecam_onnx_import *im)
{
    return arithmetic(im, "sub");
}

static enum ecam_status mul(struct ecam_onnx_import *im)
{
    return arithmetic(im, "mul");
}

static enum ecam_status divide(struct ecam_onnx_import *im)
{
    return arithmetic(im, "div");
}

static enum ecam_status sum(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer = { .kind = "add", .n_inputs = 2 };
    if (im->node->n_inputs == 1)
        return plain(im, "identity");
    enum ecam_status status = ecam_onnx_as_node(im, ecam_onnx_input(im, 0), &layer.inputs[0]);
    for (size_t i = 1; status == ECAM_OK && i < im->node->n_inputs; i++) {
        status = ecam_onnx_as_node(im, ecam_onnx_input(im, i), &layer.inputs[1]);
        if (status == ECAM_OK && i + 1 < im->node->n_inputs)
            status = ecam_onnx_add(im, &layer, false, &layer.inputs[0]);
    }
    return status == ECAM_OK ? ecam_onnx_finish(im, &layer) : status;
}

/* relu(x) - slope relu(-x), for a slope that is not one a channel. */
static enum ecam_status prelu_any(struct ecam_onnx_import *im, struct ecam_onnx_value *slope)
{
    struct ecam_onnx_layer sub_layer = { .kind = "sub", .n_inputs = 2 };
    struct ecam_onnx_layer mul_layer = { .kind = "mul", .n_inputs = 2 };
    struct ecam_onnx_layer one = { .kind = "relu", .n_inputs = 1 };
    struct ecam_onnx_layer minus = { .kind = "constant" };
    const struct ecam_shape single = { .rank = 1, .dim = { 1 } };
    const struct ecam_weight *number = NULL;
    float *data = ecam_realloc_array(NULL, 1, sizeof *data);
    if (data == NULL)
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    *data = -1;
    enum ecam_status status = ecam_onnx_derive(im, "minus", &single, data, &number);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, ecam_onnx_input(im, 0), &one.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &one, false, &sub_layer.inputs[0]);
    mul_layer.inputs[0] = one.inputs[0];
    ecam_onnx_put_weight(&minus, "value", number);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &minus, false, &mul_layer.inputs[1]);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &mul_layer, false, &one.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &one, false, &mul_layer.inputs[0]);
    if (status == ECAM_OK)
        status = ecam_onnx_as_node(im, slope, &mul_layer.inputs[1]);
    if (status == ECAM_OK)
        status = ecam_onnx_add(im, &mul_layer, false, &sub_layer.inputs[1]);
    return status == ECAM_OK ? ecam_onnx_finish(im, &sub_layer) : status;
}

static enum ecam_status prelu(struct ecam_onnx_import *im)
{
    struct ecam_onnx_layer layer;
    struct ecam_onnx_value *const slope = ecam_onnx_input(im, 1);
    const struct ecam_shape x = *ecam_onnx_shape(im, ecam_onnx_input(im, 0));
    const struct ecam_weight *tensor = NULL, *channels = NULL;
    const bool is_vector = im->model->opset < 7 && x.rank >= 2 && ecam_onnx_is_constant(slope) &&
                           slope->shape.rank == 1 && slope->shape.dim[0] == x.dim[1];
    if (!is_vector && (!ecam_onnx_is_constant(slope) || !is_per_channel(&slope->shape, &x)))
        return prelu_any(im, slope);
    enum ecam_status status = ecam_onnx_as_tensor(im, slope, "the slope", &tensor);
    if (status == ECAM_OK)
        status = derive_channels(im, "slope", tensor, x.dim[1], same, &channels);
    if (status == ECAM_OK)
        status = ecam_onnx_begin(im, "prelu", &layer);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_weight(&layer, "slope", channels);
    return ecam_onnx_finish(im, &layer);
}

/* ---- Normalisation ---- */

static enum ecam_status put_vectors(struct ecam_onnx_import *im, struct ecam_onnx_layer *layer,
                                    const char *const *roles, size_t n)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; status == ECAM_OK && i < n; i++) {
        const struct ecam_weight *tensor = NULL;
        status = ecam_onnx_as_tensor(im, ecam_onnx_input(im, 1 + i), roles[i], &tensor);
        if (status == ECAM_OK)
            ecam_onnx_put_weight(layer, roles[i], tensor);
    }
    return status;
}

static enum ecam_status batch_normalization(struct ecam_onnx_import *im)
{
    static const char *const roles[] = { "weight", "bias", "mean", "var" };
    struct ecam_onnx_layer layer;
    if (ecam_onnx_int(im, "training_mode", 0) != 0)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "training_mode 1");
    if (ecam_onnx_int(im, "spatial", 1) != 1)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "spatial 0");
    enum ecam_status status = ecam_onnx_begin(im, "batchnorm", &layer);
    if (status == ECAM_OK)
        status = put_vectors(im, &layer, roles, 4);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_real(&layer, "eps", ecam_onnx_real(im, "epsilon", 1e-5));
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status instance_normalization(struct ecam_onnx_import *im)
{
    static const char *const roles[] = { "weight", "bias" };
    struct ecam_onnx_layer layer;
    enum ecam_status status = ecam_onnx_begin(im, "instance_norm", &layer);
    if (status == ECAM_OK)
        status = put_vectors(im, &layer, roles, 2);
    if (status != ECAM_OK)
        return status;
    ecam_onnx_put_real(&layer, "eps", ecam_onnx_real(im, "epsilon", 1e-5));
    return ecam_onnx_finish(im, &layer);
}

static enum ecam_status identity(struct ecam_onnx_import *im)
{
    return plain(im, "identity");
}

static enum ecam_status dropout(struct ecam_onnx_import *im)
{
    struct ecam_onnx_value *const training = ecam_onnx_input(im, 2);
    if (im->node->n_outputs > 1 && im->node->outputs[1][0] != '\0')
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "a mask is asked for, there is none");
    if (training != NULL) {
        const enum ecam_status status = ecam_onnx_as_numbers(im, training, "training_mode");
        if (status != ECAM_OK)
            return status;
        if (training->n != 1 || training->numbers[0] != 0)
            return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "training_mode 1");
    }
    return plain(im, "dropout");
}

const struct ecam_onnx_op ecam_onnx_ops_pointwise[] = {
    { "Relu", relu, 1, 1 },
    { "LeakyRelu", leaky_relu, 1, 1 },
    { "PRelu", prelu, 2, 2 },
    { "Clip", clip, 1, 3 },
    { "Sigmoid", sigmoid, 1, 1 },
    { "HardSigmoid", hard_sigmoid, 1, 1 },
    { "HardSwish", hard_swish, 1, 1 },
    { "Elu", elu, 1, 1 },
    { "Tanh", hyperbolic_tangent, 1, 1 },
    { "Gelu", gelu, 1, 1 },
    { "Erf", error_function, 1, 1 },
    { "Add", add, 2, 2 },
    { "Sub", sub, 2, 2 },
    { "Mul", mul, 2, 2 },
    { "Div", divide, 2, 2 },
    { "Sum", sum, 1, SIZE_MAX },
    { "BatchNormalization", batch_normalization, 5, 5 },
    { "InstanceNormalization", instance_normalization, 3, 3 },
    { "Identity", identity, 1, 1 },
    { "Dropout", dropout, 1, 3 },
    { NULL, NULL, 0, 0 },
};
