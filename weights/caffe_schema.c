/* SPDX-License-Identifier: BSD-2-Clause
 * THE table of Caffe's fields. Names and numbers are those of caffe.proto; fields that
 * only training reads are left out, and so skipped. */
#include "weights/caffe_schema.h"

#define FIELD(type, name, number, kind, member)          \
    {                                                    \
        name, number, kind, offsetof(type, member), NULL \
    }
#define FIELD_OF(type, name, number, kind, member, more) \
    {                                                    \
        name, number, kind, offsetof(type, member), more \
    }
#define END \
    {       \
        0   \
    }

#define LAYER struct ecam_caffe_layer
#define BLOB struct ecam_caffe_blob
#define RULE struct ecam_caffe_rule
#define NET struct ecam_caffe_net

/* ---- Parameters ---- */

static const struct ecam_caffe_field shape_fields[] = {
    FIELD(struct ecam_caffe_shape, "dim", 1, ECAM_CAFFE_INTS, dim),
    END,
};
static const struct ecam_caffe_message shape = { "BlobShape", shape_fields,
                                                 sizeof(struct ecam_caffe_shape), NULL };

static const struct ecam_caffe_field blob_shape_fields[] = {
    FIELD(BLOB, "dim", 1, ECAM_CAFFE_INTS, shape),
    END,
};
static const struct ecam_caffe_message blob_shape = { "BlobShape", blob_shape_fields, 0, NULL };

static const struct ecam_caffe_field blob_fields[] = {
    FIELD(BLOB, "num", 1, ECAM_CAFFE_MAYBE, num),
    FIELD(BLOB, "channels", 2, ECAM_CAFFE_MAYBE, channels),
    FIELD(BLOB, "height", 3, ECAM_CAFFE_MAYBE, height),
    FIELD(BLOB, "width", 4, ECAM_CAFFE_MAYBE, width),
    { "data", 5, ECAM_CAFFE_FLOATS, 0, NULL },
    { "shape", 7, ECAM_CAFFE_MESSAGE, 0, &blob_shape },
    { "double_data", 8, ECAM_CAFFE_DOUBLES, 0, NULL },
    END,
};
static const struct ecam_caffe_message blob = { "BlobProto", blob_fields, sizeof(BLOB), NULL };

static const struct ecam_caffe_field rule_fields[] = {
    FIELD_OF(RULE, "phase", 1, ECAM_CAFFE_MAYBE_ENUM, phase, ecam_caffe_phases),
    FIELD(RULE, "min_level", 2, ECAM_CAFFE_MAYBE, min_level),
    FIELD(RULE, "max_level", 3, ECAM_CAFFE_MAYBE, max_level),
    FIELD(RULE, "stage", 4, ECAM_CAFFE_TEXTS, stage),
    FIELD(RULE, "not_stage", 5, ECAM_CAFFE_TEXTS, not_stage),
    END,
};
static const struct ecam_caffe_message rule = { "NetStateRule", rule_fields, sizeof(RULE), NULL };

/* The rest are parts of a layer's struct. */
#define PART(id, title) static const struct ecam_caffe_message id = { title, id##_fields, 0, NULL }

static const struct ecam_caffe_field transform_fields[] = {
    FIELD(LAYER, "scale", 1, ECAM_CAFFE_REAL, transform.scale),
    FIELD(LAYER, "crop_size", 3, ECAM_CAFFE_INT, transform.crop_size),
    FIELD(LAYER, "mean_value", 5, ECAM_CAFFE_REALS, transform.mean_value),
    END,
};
PART(transform, "TransformationParameter");

/* Before there was a TransformationParameter. */
static const struct ecam_caffe_field data_fields[] = {
    FIELD(LAYER, "scale", 2, ECAM_CAFFE_REAL, transform.scale),
    FIELD(LAYER, "crop_size", 5, ECAM_CAFFE_INT, transform.crop_size),
    END,
};
PART(data, "DataParameter");

static const struct ecam_caffe_field input_fields[] = {
    FIELD_OF(LAYER, "shape", 1, ECAM_CAFFE_MESSAGES, input_shapes, &shape),
    END,
};
PART(input, "InputParameter");

static const struct ecam_caffe_field dummy_fields[] = {
    FIELD_OF(LAYER, "shape", 6, ECAM_CAFFE_MESSAGES, input_shapes, &shape),
    FIELD(LAYER, "channels", 3, ECAM_CAFFE_INT, memory_data.channels),
    FIELD(LAYER, "height", 4, ECAM_CAFFE_INT, memory_data.height),
    FIELD(LAYER, "width", 5, ECAM_CAFFE_INT, memory_data.width),
    END,
};
PART(dummy, "DummyDataParameter");

static const struct ecam_caffe_field memory_fields[] = {
    FIELD(LAYER, "channels", 2, ECAM_CAFFE_INT, memory_data.channels),
    FIELD(LAYER, "height", 3, ECAM_CAFFE_INT, memory_data.height),
    FIELD(LAYER, "width", 4, ECAM_CAFFE_INT, memory_data.width),
    END,
};
PART(memory, "MemoryDataParameter");

static const struct ecam_caffe_field convolution_fields[] = {
    FIELD(LAYER, "num_output", 1, ECAM_CAFFE_INT, conv.num_output),
    FIELD(LAYER, "bias_term", 2, ECAM_CAFFE_BOOL, conv.bias_term),
    FIELD(LAYER, "pad", 3, ECAM_CAFFE_INTS, conv.pad),
    FIELD(LAYER, "kernel_size", 4, ECAM_CAFFE_INTS, conv.kernel),
    FIELD(LAYER, "group", 5, ECAM_CAFFE_INT, conv.group),
    FIELD(LAYER, "stride", 6, ECAM_CAFFE_INTS, conv.stride),
    FIELD(LAYER, "pad_h", 9, ECAM_CAFFE_MAYBE, conv.pad_h),
    FIELD(LAYER, "pad_w", 10, ECAM_CAFFE_MAYBE, conv.pad_w),
    FIELD(LAYER, "kernel_h", 11, ECAM_CAFFE_MAYBE, conv.kernel_h),
    FIELD(LAYER, "kernel_w", 12, ECAM_CAFFE_MAYBE, conv.kernel_w),
    FIELD(LAYER, "stride_h", 13, ECAM_CAFFE_MAYBE, conv.stride_h),
    FIELD(LAYER, "stride_w", 14, ECAM_CAFFE_MAYBE, conv.stride_w),
    FIELD(LAYER, "axis", 16, ECAM_CAFFE_INT, conv.axis),
    FIELD(LAYER, "dilation", 18, ECAM_CAFFE_INTS, conv.dilation),
    END,
};
PART(convolution, "ConvolutionParameter");

static const struct ecam_caffe_field pooling_fields[] = {
    FIELD_OF(LAYER, "pool", 1, ECAM_CAFFE_ENUM, pool.method, ecam_caffe_pool_methods),
    FIELD(LAYER, "kernel_size", 2, ECAM_CAFFE_INTS, pool.window.kernel),
    FIELD(LAYER, "stride", 3, ECAM_CAFFE_INTS, pool.window.stride),
    FIELD(LAYER, "pad", 4, ECAM_CAFFE_INTS, pool.window.pad),
    FIELD(LAYER, "kernel_h", 5, ECAM_CAFFE_MAYBE, pool.window.kernel_h),
    FIELD(LAYER, "kernel_w", 6, ECAM_CAFFE_MAYBE, pool.window.kernel_w),
    FIELD(LAYER, "stride_h", 7, ECAM_CAFFE_MAYBE, pool.window.stride_h),
    FIELD(LAYER, "stride_w", 8, ECAM_CAFFE_MAYBE, pool.window.stride_w),
    FIELD(LAYER, "pad_h", 9, ECAM_CAFFE_MAYBE, pool.window.pad_h),
    FIELD(LAYER, "pad_w", 10, ECAM_CAFFE_MAYBE, pool.window.pad_w),
    FIELD(LAYER, "global_pooling", 12, ECAM_CAFFE_BOOL, pool.global),
    FIELD_OF(LAYER, "round_mode", 13, ECAM_CAFFE_ENUM, pool.round_mode, ecam_caffe_round_modes),
    FIELD(LAYER, "ceil_mode", 0, ECAM_CAFFE_BOOL, pool.ceil_mode), /* of several forks */
    END,
};
PART(pooling, "PoolingParameter");

static const struct ecam_caffe_field lrn_fields[] = {
    FIELD(LAYER, "local_size", 1, ECAM_CAFFE_INT, lrn.local_size),
    FIELD(LAYER, "alpha", 2, ECAM_CAFFE_REAL, lrn.alpha),
    FIELD(LAYER, "beta", 3, ECAM_CAFFE_REAL, lrn.beta),
    FIELD_OF(LAYER, "norm_region", 4, ECAM_CAFFE_ENUM, lrn.region, ecam_caffe_regions),
    FIELD(LAYER, "k", 5, ECAM_CAFFE_REAL, lrn.k),
    END,
};
PART(lrn, "LRNParameter");

static const struct ecam_caffe_field inner_product_fields[] = {
    FIELD(LAYER, "num_output", 1, ECAM_CAFFE_INT, dense.num_output),
    FIELD(LAYER, "bias_term", 2, ECAM_CAFFE_BOOL, dense.bias_term),
    FIELD(LAYER, "axis", 5, ECAM_CAFFE_INT, dense.axis),
    FIELD(LAYER, "transpose", 6, ECAM_CAFFE_BOOL, dense.transpose),
    END,
};
PART(inner_product, "InnerProductParameter");

static const struct ecam_caffe_field eltwise_fields[] = {
    FIELD_OF(LAYER, "operation", 1, ECAM_CAFFE_ENUM, eltwise.operation, ecam_caffe_operations),
    FIELD(LAYER, "coeff", 2, ECAM_CAFFE_REALS, eltwise.coeff),
    END,
};
PART(eltwise, "EltwiseParameter");

static const struct ecam_caffe_field batch_norm_fields[] = {
    FIELD(LAYER, "use_global_stats", 1, ECAM_CAFFE_MAYBE, batch_norm.use_global_stats),
    FIELD(LAYER, "eps", 3, ECAM_CAFFE_REAL, batch_norm.eps),
    END,
};
PART(batch_norm, "BatchNormParameter");

static const struct ecam_caffe_field scale_fields[] = {
    FIELD(LAYER, "axis", 1, ECAM_CAFFE_INT, scale.axis),
    FIELD(LAYER, "num_axes", 2, ECAM_CAFFE_INT, scale.num_axes),
    FIELD(LAYER, "bias_term", 4, ECAM_CAFFE_BOOL, scale.bias_term),
    END,
};
PART(scale, "ScaleParameter");

static const struct ecam_caffe_field bias_fields[] = {
    FIELD(LAYER, "axis", 1, ECAM_CAFFE_INT, bias.axis),
    FIELD(LAYER, "num_axes", 2, ECAM_CAFFE_INT, bias.num_axes),
    END,
};
PART(bias, "BiasParameter");

static const struct ecam_caffe_field concat_fields[] = {
    FIELD(LAYER, "concat_dim", 1, ECAM_CAFFE_MAYBE, concat.dim),
    FIELD(LAYER, "axis", 2, ECAM_CAFFE_INT, concat.axis),
    END,
};
PART(concat, "ConcatParameter");

static const struct ecam_caffe_field slice_fields[] = {
    FIELD(LAYER, "slice_dim", 1, ECAM_CAFFE_MAYBE, slice.dim),
    FIELD(LAYER, "slice_point", 2, ECAM_CAFFE_INT_LIST, slice_points),
    FIELD(LAYER, "axis", 3, ECAM_CAFFE_INT, slice.axis),
    END,
};
PART(slice, "SliceParameter");

static const struct ecam_caffe_field reshape_shape_fields[] = {
    FIELD(LAYER, "dim", 1, ECAM_CAFFE_INTS, reshape.shape.dim),
    END,
};
PART(reshape_shape, "BlobShape");
static const struct ecam_caffe_field reshape_fields[] = {
    { "shape", 1, ECAM_CAFFE_MESSAGE, 0, &reshape_shape },
    FIELD(LAYER, "axis", 2, ECAM_CAFFE_INT, reshape.axis),
    FIELD(LAYER, "num_axes", 3, ECAM_CAFFE_INT, reshape.num_axes),
    END,
};
PART(reshape, "ReshapeParameter");

static const struct ecam_caffe_field flatten_fields[] = {
    FIELD(LAYER, "axis", 1, ECAM_CAFFE_INT, flatten.axis),
    FIELD(LAYER, "end_axis", 2, ECAM_CAFFE_INT, flatten.end_axis),
    END,
};
PART(flatten, "FlattenParameter");

static const struct ecam_caffe_field power_fields[] = {
    FIELD(LAYER, "power", 1, ECAM_CAFFE_REAL, power.power),
    FIELD(LAYER, "scale", 2, ECAM_CAFFE_REAL, power.scale),
    FIELD(LAYER, "shift", 3, ECAM_CAFFE_REAL, power.shift),
    END,
};
PART(power, "PowerParameter");

static const struct ecam_caffe_field permute_fields[] = {
    FIELD(LAYER, "order", 1, ECAM_CAFFE_INTS, permute),
    END,
};
PART(permute, "PermuteParameter");

static const struct ecam_caffe_field softmax_fields[] = {
    FIELD(LAYER, "axis", 2, ECAM_CAFFE_INT, softmax_axis),
    END,
};
PART(softmax, "SoftmaxParameter");

static const struct ecam_caffe_field relu_fields[] = {
    FIELD(LAYER, "negative_slope", 1, ECAM_CAFFE_REAL, negative_slope),
    END,
};
PART(relu, "ReLUParameter");

static const struct ecam_caffe_field prelu_fields[] = {
    FIELD(LAYER, "channel_shared", 2, ECAM_CAFFE_BOOL, channel_shared),
    END,
};
PART(prelu, "PReLUParameter");

static const struct ecam_caffe_field elu_fields[] = {
    FIELD(LAYER, "alpha", 1, ECAM_CAFFE_REAL, elu_alpha),
    END,
};
PART(elu, "ELUParameter");

/* ---- Layers ---- */

static void init_layer(void *item)
{
    LAYER *const layer = item;
    layer->transform.scale = 1.0f;
    layer->conv.bias_term = true;
    layer->conv.group = 1;
    layer->conv.axis = 1;
    layer->pool.ceil_mode = true;
    layer->lrn.local_size = 5;
    layer->lrn.alpha = 1.0f;
    layer->lrn.beta = 0.75f;
    layer->lrn.k = 1.0f;
    layer->dense.bias_term = true;
    layer->dense.axis = 1;
    layer->eltwise.operation = ECAM_CAFFE_SUM;
    layer->batch_norm.eps = 1e-5f;
    layer->scale.axis = layer->scale.num_axes = 1;
    layer->bias.axis = layer->bias.num_axes = 1;
    layer->concat.axis = layer->slice.axis = 1;
    layer->reshape.num_axes = -1;
    layer->flatten.axis = 1;
    layer->flatten.end_axis = -1;
    layer->power.power = layer->power.scale = 1.0f;
    layer->softmax_axis = 1;
    layer->elu_alpha = 1.0f;
}

#define PARAM(name, number, message)                             \
    {                                                            \
        name "_param", number, ECAM_CAFFE_MESSAGE, 0, &(message) \
    }

static const struct ecam_caffe_field v2_fields[] = {
    FIELD(LAYER, "name", 1, ECAM_CAFFE_TEXT, name),
    FIELD(LAYER, "type", 2, ECAM_CAFFE_TEXT, type),
    FIELD(LAYER, "bottom", 3, ECAM_CAFFE_TEXTS, bottoms),
    FIELD(LAYER, "top", 4, ECAM_CAFFE_TEXTS, tops),
    FIELD_OF(LAYER, "blobs", 7, ECAM_CAFFE_MESSAGES, blobs, &blob),
    FIELD_OF(LAYER, "include", 8, ECAM_CAFFE_MESSAGES, includes, &rule),
    FIELD_OF(LAYER, "exclude", 9, ECAM_CAFFE_MESSAGES, excludes, &rule),
    PARAM("transform", 100, transform),
    PARAM("concat", 104, concat),
    PARAM("convolution", 106, convolution),
    PARAM("data", 107, data),
    PARAM("dummy_data", 109, dummy),
    PARAM("eltwise", 110, eltwise),
    PARAM("inner_product", 117, inner_product),
    PARAM("lrn", 118, lrn),
    PARAM("memory_data", 119, memory),
    PARAM("pooling", 121, pooling),
    PARAM("power", 122, power),
    PARAM("relu", 123, relu),
    PARAM("softmax", 125, softmax),
    PARAM("slice", 126, slice),
    PARAM("prelu", 131, prelu),
    PARAM("reshape", 133, reshape),
    PARAM("flatten", 135, flatten),
    PARAM("batch_norm", 139, batch_norm),
    PARAM("elu", 140, elu),
    PARAM("bias", 141, bias),
    PARAM("scale", 142, scale),
    PARAM("input", 143, input),
    PARAM("permute", 202, permute),
    END,
};
static const struct ecam_caffe_message v2 = { "LayerParameter", v2_fields, sizeof(LAYER),
                                              init_layer };

static const struct ecam_caffe_field v1_fields[] = {
    FIELD(LAYER, "layer", 1, ECAM_CAFFE_PRESENCE, is_v0),
    FIELD(LAYER, "bottom", 2, ECAM_CAFFE_TEXTS, bottoms),
    FIELD(LAYER, "top", 3, ECAM_CAFFE_TEXTS, tops),
    FIELD(LAYER, "name", 4, ECAM_CAFFE_TEXT, name),
    FIELD_OF(LAYER, "type", 5, ECAM_CAFFE_MAYBE_ENUM, v1_type, ecam_caffe_v1_types),
    FIELD_OF(LAYER, "blobs", 6, ECAM_CAFFE_MESSAGES, blobs, &blob),
    FIELD_OF(LAYER, "include", 32, ECAM_CAFFE_MESSAGES, includes, &rule),
    FIELD_OF(LAYER, "exclude", 33, ECAM_CAFFE_MESSAGES, excludes, &rule),
    PARAM("concat", 9, concat),
    PARAM("convolution", 10, convolution),
    PARAM("data", 11, data),
    PARAM("image_data", 15, data),
    PARAM("inner_product", 17, inner_product),
    PARAM("lrn", 18, lrn),
    PARAM("pooling", 19, pooling),
    PARAM("power", 21, power),
    PARAM("memory_data", 22, memory),
    PARAM("eltwise", 24, eltwise),
    PARAM("dummy_data", 26, dummy),
    PARAM("relu", 30, relu),
    PARAM("slice", 31, slice),
    PARAM("transform", 36, transform),
    PARAM("softmax", 39, softmax),
    END,
};
static const struct ecam_caffe_message v1 = { "V1LayerParameter", v1_fields, sizeof(LAYER),
                                              init_layer };

static const struct ecam_caffe_field net_fields[] = {
    FIELD(NET, "name", 1, ECAM_CAFFE_TEXT, name),
    FIELD_OF(NET, "layers", 2, ECAM_CAFFE_MESSAGES, old_layers, &v1),
    FIELD(NET, "input", 3, ECAM_CAFFE_TEXTS, inputs),
    FIELD(NET, "input_dim", 4, ECAM_CAFFE_INTS, input_dim),
    FIELD_OF(NET, "input_shape", 8, ECAM_CAFFE_MESSAGES, input_shapes, &shape),
    FIELD_OF(NET, "layer", 100, ECAM_CAFFE_MESSAGES, layers, &v2),
    END,
};
const struct ecam_caffe_message ecam_caffe_net_message = { "NetParameter", net_fields, sizeof(NET),
                                                           NULL };
