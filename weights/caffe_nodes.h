/* SPDX-License-Identifier: BSD-2-Clause
 * Helpers of caffe_layers.c, and the layers that have a file of their own. */
#ifndef ECAM_CAFFE_NODES_H
#define ECAM_CAFFE_NODES_H

#include "weights/caffe_import.h"

#define ECAM_CAFFE_NAME 1200 /* bytes of a name with its suffix; longer ones are refused */

/* "LAYER.SUFFIX" in buf, which is returned. */
const char *ecam_caffe_name(struct ecam_caffe_import *im, char buf[ECAM_CAFFE_NAME],
                            const char *suffix);

/* Adds a node; its extent is that of its first input until it is told otherwise. */
uint32_t ecam_caffe_node(struct ecam_caffe_import *im, const char *kind, const char *name,
                         const uint32_t *inputs, size_t n);
/* The node of the layer itself, with its first input. */
uint32_t ecam_caffe_add_plain(struct ecam_caffe_import *im, const char *kind);
void ecam_caffe_set_extent(struct ecam_caffe_import *im, uint32_t node, uint32_t rank,
                           size_t channels);
void ecam_caffe_set_ints(struct ecam_caffe_import *im, uint32_t node, const char *key,
                         const int64_t *v, size_t n);
void ecam_caffe_set_real(struct ecam_caffe_import *im, uint32_t node, const char *key, double v);
void ecam_caffe_set_weight(struct ecam_caffe_import *im, uint32_t node, const char *role,
                           const struct ecam_weight *weight);

/* Blob i of the layer, "LAYER.i", as an array of `shape`, where one dimension of 0 is
 * taken from the file: the blob's own dimensions may differ from it by ones alone (old
 * files have 1x1x1xN for a vector). A missing one is an error. */
const struct ecam_weight *ecam_caffe_weight(struct ecam_caffe_import *im, size_t i,
                                            struct ecam_shape shape);
bool ecam_caffe_has_weight(const struct ecam_caffe_import *im, size_t i);

/* A matrix seen by its columns, in place. */
const struct ecam_weight *ecam_caffe_transposed(struct ecam_caffe_import *im,
                                                const struct ecam_weight *w);

/* An array "NAME.WORD" of n floats, taken over (NULL: there was no memory); NULL after a
 * failure. */
const struct ecam_weight *ecam_caffe_derive(struct ecam_caffe_import *im, const char *name,
                                            const char *word, float *data, size_t n);

/* caffe_layers.c: a node of kind "caffe.TYPE". */
uint32_t ecam_caffe_add_unknown(struct ecam_caffe_import *im);

/* caffe_affine.c: x * factor + shift with the same numbers for each channel, which must
 * be known. */
uint32_t ecam_caffe_add_constant(struct ecam_caffe_import *im, const char *name, uint32_t input,
                                 float factor, float shift);
uint32_t ecam_caffe_add_batchnorm(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_bias(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_inner_product(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_power(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_scale(struct ecam_caffe_import *im);

/* caffe_shapes.c */
uint32_t ecam_caffe_add_flatten(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_permute(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_reshape(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_slice(struct ecam_caffe_import *im);

/* caffe_windows.c */
uint32_t ecam_caffe_add_convolution(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_deconvolution(struct ecam_caffe_import *im);
uint32_t ecam_caffe_add_pooling(struct ecam_caffe_import *im);

#endif /* ECAM_CAFFE_NODES_H */
