/* SPDX-License-Identifier: BSD-2-Clause
 * THE list of layers. */
#include "layers/registry.h"

#include <string.h>

#include "engine/common.h"
#include "layers/activation.h"
#include "layers/affine.h"
#include "layers/binary.h"
#include "layers/concat.h"
#include "layers/constant.h"
#include "layers/conv2d.h"
#include "layers/conv_transpose.h"
#include "layers/dense.h"
#include "layers/gather.h"
#include "layers/instance_norm.h"
#include "layers/lrn.h"
#include "layers/matmul.h"
#include "layers/pad.h"
#include "layers/pad_nd.h"
#include "layers/pool2d.h"
#include "layers/prelu.h"
#include "layers/quantize.h"
#include "layers/reduce.h"
#include "layers/resize2d.h"
#include "layers/slice.h"
#include "layers/softmax.h"
#include "layers/transpose.h"
#include "layers/unary.h"
#include "layers/unsupported.h"
#include "layers/view.h"

static const struct ecam_layer_ops *const layers[] = {
    &ecam_layer_adaptive_avgpool2d,
    &ecam_layer_add,
    &ecam_layer_avgpool2d,
    &ecam_layer_batchnorm,
    &ecam_layer_clip,
    &ecam_layer_concat,
    &ecam_layer_constant,
    &ecam_layer_conv2d,
    &ecam_layer_conv_transpose2d,
    &ecam_layer_dense,
    &ecam_layer_dequantize,
    &ecam_layer_div,
    &ecam_layer_dropout,
    &ecam_layer_elu,
    &ecam_layer_erf,
    &ecam_layer_flatten,
    &ecam_layer_gather,
    &ecam_layer_gelu,
    &ecam_layer_global_avgpool,
    &ecam_layer_global_maxpool,
    &ecam_layer_hard_sigmoid,
    &ecam_layer_hard_swish,
    &ecam_layer_identity,
    &ecam_layer_input,
    &ecam_layer_instance_norm,
    &ecam_layer_leaky_relu,
    &ecam_layer_log_softmax,
    &ecam_layer_lrn,
    &ecam_layer_matmul,
    &ecam_layer_max,
    &ecam_layer_maxpool2d,
    &ecam_layer_mul,
    &ecam_layer_pad,
    &ecam_layer_pad_nd,
    &ecam_layer_prelu,
    &ecam_layer_quantize,
    &ecam_layer_reduce_max,
    &ecam_layer_reduce_mean,
    &ecam_layer_reduce_sum,
    &ecam_layer_relu,
    &ecam_layer_reshape,
    &ecam_layer_resize2d,
    &ecam_layer_scale,
    &ecam_layer_sigmoid,
    &ecam_layer_silu,
    &ecam_layer_slice,
    &ecam_layer_softmax,
    &ecam_layer_sub,
    &ecam_layer_tanh,
    &ecam_layer_transpose,
};

const struct ecam_layer_ops *ecam_layer_find(const char *kind)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(layers); i++)
        if (strcmp(layers[i]->kind, kind) == 0)
            return layers[i];
    return strchr(kind, '.') != NULL ? &ecam_layer_unsupported : NULL;
}
