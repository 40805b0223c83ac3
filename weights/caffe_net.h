/* SPDX-License-Identifier: BSD-2-Clause
 * A Caffe net in memory, the same whether it came from a prototxt or a caffemodel:
 * layers in order, with names, blobs and the parameters that a forward pass needs.
 * Old (V1) layers come out with the type names of today. */
#ifndef ECAM_CAFFE_NET_H
#define ECAM_CAFFE_NET_H

#include "engine/ecam.h"
#include "engine/weight.h"

#define ECAM_CAFFE_MAX_INTS 8   /* of a repeated parameter: axes, sides */
#define ECAM_CAFFE_MAX_REALS 16 /* coefficients: one for each input */

struct ecam_caffe_ints {
    uint32_t n;
    int64_t v[ECAM_CAFFE_MAX_INTS];
};
struct ecam_caffe_reals {
    uint32_t n;
    float v[ECAM_CAFFE_MAX_REALS];
};

/* A growing list; of what, its user knows. */
struct ecam_caffe_list {
    void *items;
    size_t n, cap;
};

/* A number that may have been left out. */
struct ecam_caffe_maybe {
    bool is_set;
    int64_t v;
};

/* An array of weights. Either in place or `owned`. */
struct ecam_caffe_blob {
    struct ecam_caffe_maybe num, channels, height, width;
    struct ecam_caffe_ints shape;
    const uint8_t *data; /* in the file, any alignment */
    size_t n_bytes;
    float *owned; /* of n_owned, where the file has one field a number, or several runs */
    size_t n_owned, cap_owned;
    bool is_double;
};

enum { ECAM_CAFFE_TRAIN = 0, ECAM_CAFFE_TEST = 1 };

/* When a layer is part of the net. */
struct ecam_caffe_rule {
    struct ecam_caffe_maybe phase, min_level, max_level;
    struct ecam_caffe_list stage, not_stage; /* char * */
};

struct ecam_caffe_shape {
    struct ecam_caffe_ints dim;
};

/* kernel_size, pad, stride, dilation: given for all axes, or by axis, or as _h and _w. */
struct ecam_caffe_window {
    int64_t num_output, group, axis;
    bool bias_term;
    struct ecam_caffe_ints pad, kernel, stride, dilation;
    struct ecam_caffe_maybe pad_h, pad_w, kernel_h, kernel_w, stride_h, stride_w;
};

enum { ECAM_CAFFE_POOL_MAX = 0, ECAM_CAFFE_POOL_AVE = 1 };
enum { ECAM_CAFFE_ROUND_CEIL = 0, ECAM_CAFFE_ROUND_FLOOR = 1 };
enum { ECAM_CAFFE_PROD = 0, ECAM_CAFFE_SUM = 1, ECAM_CAFFE_MAX = 2 };
enum { ECAM_CAFFE_ACROSS_CHANNELS = 0, ECAM_CAFFE_WITHIN_CHANNEL = 1 };

/* Parameters with Caffe's defaults where the file gives none. */
struct ecam_caffe_layer {
    char *name, *type;                         /* never NULL once read */
    struct ecam_caffe_list bottoms, tops;      /* char * */
    struct ecam_caffe_list blobs;              /* struct ecam_caffe_blob */
    struct ecam_caffe_list includes, excludes; /* struct ecam_caffe_rule */
    struct ecam_caffe_maybe v1_type;           /* the number of an old layer's type */
    bool is_v0;                                /* has a layer of the first format inside */

    struct {
        float scale;
        int64_t crop_size;
        struct ecam_caffe_reals mean_value;
    } transform;
    struct ecam_caffe_list input_shapes; /* struct ecam_caffe_shape: Input, DummyData */
    struct {
        int64_t channels, height, width;
    } memory_data;
    struct ecam_caffe_window conv;
    struct {
        struct ecam_caffe_window window;
        int64_t method, round_mode;
        bool global, ceil_mode;
    } pool;
    struct {
        int64_t local_size, region;
        float alpha, beta, k;
    } lrn;
    struct {
        int64_t num_output, axis;
        bool bias_term, transpose;
    } dense;
    struct {
        int64_t operation;
        struct ecam_caffe_reals coeff;
    } eltwise;
    struct {
        struct ecam_caffe_maybe use_global_stats;
        float eps;
    } batch_norm;
    struct {
        int64_t axis, num_axes;
        bool bias_term;
    } scale, bias;
    struct {
        int64_t axis;
        struct ecam_caffe_maybe dim; /* the old word for it: concat_dim, slice_dim */
    } concat, slice;
    struct ecam_caffe_list slice_points; /* int64_t */
    struct {
        struct ecam_caffe_shape shape;
        int64_t axis, num_axes;
    } reshape;
    struct {
        int64_t axis, end_axis;
    } flatten;
    struct {
        float power, scale, shift;
    } power;
    struct ecam_caffe_ints permute;
    int64_t softmax_axis;
    float negative_slope, elu_alpha;
    bool channel_shared;
};

struct ecam_caffe_net {
    char *name;                          /* or NULL */
    struct ecam_caffe_list inputs;       /* char *: inputs of the net itself */
    struct ecam_caffe_list input_shapes; /* struct ecam_caffe_shape */
    struct ecam_caffe_ints input_dim;    /* four for each input */
    struct ecam_caffe_list layers;       /* struct ecam_caffe_layer */
    struct ecam_caffe_list old_layers;   /* the same, V1; empty once read */
};

/* A net of a binary NetParameter (.caffemodel). Blobs point into bytes; without
 * `with_blobs` they are left out. The limits have no zero fields. */
enum ecam_status ecam_caffe_net_binary(const uint8_t *bytes, size_t size, bool with_blobs,
                                       const struct ecam_limits *limits,
                                       struct ecam_caffe_net **out, struct ecam_error *err);

/* A net of a prototxt; text[0..size) needs no end. */
enum ecam_status ecam_caffe_net_text(const char *text, size_t size,
                                     const struct ecam_limits *limits, struct ecam_caffe_net **out,
                                     struct ecam_error *err);
void ecam_caffe_net_free(struct ecam_caffe_net *net);

static inline size_t ecam_caffe_n_layers(const struct ecam_caffe_net *net)
{
    return net->layers.n;
}

static inline const struct ecam_caffe_layer *ecam_caffe_layer(const struct ecam_caffe_net *net,
                                                              size_t i)
{
    return (const struct ecam_caffe_layer *)net->layers.items + i;
}

/* Text i of a list of texts. */
static inline const char *ecam_caffe_text(const struct ecam_caffe_list *list, size_t i)
{
    return ((char *const *)list->items)[i];
}

#endif /* ECAM_CAFFE_NET_H */
