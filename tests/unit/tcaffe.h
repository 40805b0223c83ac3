/* SPDX-License-Identifier: BSD-2-Clause
 * Imports Caffe nets of a text and weights without a file. */
#ifndef ECAM_TCAFFE_H
#define ECAM_TCAFFE_H

#include "engine/network.h"
#include "tests/unit/fake_weights.h"

#define DATA "input: 'data' input_dim: 1 input_dim: 3 input_dim: 32 input_dim: 48 "
#define LAYER(name, type, bottom, more) \
    "layer { name: '" name "' type: '" type "' bottom: '" bottom "' top: '" name "' " more " } "
#define CONV(name, bottom) \
    LAYER(name, "Convolution", bottom, "convolution_param { num_output: 8 kernel_size: 3 }")
#define INTS(name, key, ...)                                 \
    tc_has_ints(name, key, (const int64_t[]){ __VA_ARGS__ }, \
                sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

/* What is at hand between tc_begin() and tc_end(). */
extern struct ecam_weight_set *tc_set;
extern struct ecam_network *tc_net;

/* A set with the weights of a convolution "c" of 3 to 8 channels. */
void tc_begin(void);
void tc_end(void);

/* Imports a text with the weights of tc_set, which tc_net takes over. */
void tc_import(const char *text);

/* A text that must be refused, with weights as tc_begin() makes them. */
void tc_refused(const char *text, enum ecam_status status, const char *part);

const struct ecam_node *tc_node(const char *name);
const char *tc_source(const char *name, size_t i); /* name of input i */
const struct ecam_weight *tc_weight(const char *name, const char *role);

/* Fails unless it is so. No values: the attribute is not there. */
void tc_has_kind(const char *name, const char *kind);
void tc_has_real(const char *name, const char *key, double want);
void tc_has_ints(const char *name, const char *key, const int64_t *want, size_t n);

#endif /* ECAM_TCAFFE_H */
