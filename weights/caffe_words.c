/* SPDX-License-Identifier: BSD-2-Clause
 * The enumerations of caffe.proto, and the types of old layers. */
#include "engine/common.h"
#include "weights/caffe_schema.h"

#define END \
    {       \
        0   \
    }

const struct ecam_caffe_word ecam_caffe_phases[] = { { "TRAIN", 0 }, { "TEST", 1 }, END };
const struct ecam_caffe_word ecam_caffe_pool_methods[] = {
    { "MAX", ECAM_CAFFE_POOL_MAX }, { "AVE", ECAM_CAFFE_POOL_AVE }, { "STOCHASTIC", 2 }, END
};
const struct ecam_caffe_word ecam_caffe_round_modes[] = { { "CEIL", ECAM_CAFFE_ROUND_CEIL },
                                                          { "FLOOR", ECAM_CAFFE_ROUND_FLOOR },
                                                          END };
const struct ecam_caffe_word ecam_caffe_operations[] = {
    { "PROD", ECAM_CAFFE_PROD }, { "SUM", ECAM_CAFFE_SUM }, { "MAX", ECAM_CAFFE_MAX }, END
};
const struct ecam_caffe_word ecam_caffe_regions[] = {
    { "ACROSS_CHANNELS", ECAM_CAFFE_ACROSS_CHANNELS },
    { "WITHIN_CHANNEL", ECAM_CAFFE_WITHIN_CHANNEL },
    END
};

const struct ecam_caffe_word ecam_caffe_v1_types[] = {
    { "NONE", 0 },
    { "ABSVAL", 35 },
    { "ACCURACY", 1 },
    { "ARGMAX", 30 },
    { "BNLL", 2 },
    { "CONCAT", 3 },
    { "CONTRASTIVE_LOSS", 37 },
    { "CONVOLUTION", 4 },
    { "DATA", 5 },
    { "DECONVOLUTION", 39 },
    { "DROPOUT", 6 },
    { "DUMMY_DATA", 32 },
    { "EUCLIDEAN_LOSS", 7 },
    { "ELTWISE", 25 },
    { "EXP", 38 },
    { "FLATTEN", 8 },
    { "HDF5_DATA", 9 },
    { "HDF5_OUTPUT", 10 },
    { "HINGE_LOSS", 28 },
    { "IM2COL", 11 },
    { "IMAGE_DATA", 12 },
    { "INFOGAIN_LOSS", 13 },
    { "INNER_PRODUCT", 14 },
    { "LRN", 15 },
    { "MEMORY_DATA", 29 },
    { "MULTINOMIAL_LOGISTIC_LOSS", 16 },
    { "MVN", 34 },
    { "POOLING", 17 },
    { "POWER", 26 },
    { "RELU", 18 },
    { "SIGMOID", 19 },
    { "SIGMOID_CROSS_ENTROPY_LOSS", 27 },
    { "SILENCE", 36 },
    { "SLICE", 33 },
    { "SOFTMAX", 20 },
    { "SOFTMAX_LOSS", 21 },
    { "SPLIT", 22 },
    { "TANH", 23 },
    { "THRESHOLD", 31 },
    { "WINDOW_DATA", 24 },
    END,
};

const char *ecam_caffe_v1_type(int64_t number)
{
    static const char *const types[] = {
        NULL,
        "Accuracy",
        "BNLL",
        "Concat",
        "Convolution",
        "Data",
        "Dropout",
        "EuclideanLoss",
        "Flatten",
        "HDF5Data",
        "HDF5Output",
        "Im2col",
        "ImageData",
        "InfogainLoss",
        "InnerProduct",
        "LRN",
        "MultinomialLogisticLoss",
        "Pooling",
        "ReLU",
        "Sigmoid",
        "Softmax",
        "SoftmaxWithLoss",
        "Split",
        "TanH",
        "WindowData",
        "Eltwise",
        "Power",
        "SigmoidCrossEntropyLoss",
        "HingeLoss",
        "MemoryData",
        "ArgMax",
        "Threshold",
        "DummyData",
        "Slice",
        "MVN",
        "AbsVal",
        "Silence",
        "ContrastiveLoss",
        "Exp",
        "Deconvolution",
    };
    return number >= 0 && number < (int64_t)ECAM_ARRAY_LEN(types) ? types[number] : NULL;
}
