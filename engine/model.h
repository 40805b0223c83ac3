/* SPDX-License-Identifier: BSD-2-Clause
 * What a model is, for the files of the engine that implement its public face. */
#ifndef ECAM_MODEL_H
#define ECAM_MODEL_H

#include "engine/network.h"
#include "engine/packs.h"

struct ecam_model {
    struct ecam_network *network;
    struct ecam_packs *packs;
    struct ecam_limits limits; /* no zero fields */
    char *path;                /* as given to ecam_model_load */
};

/* The kernels of a level, and the layer between two layouts; model_info.c alone knows
 * where they are. */
const struct ecam_kernels *ecam_model_kernels(enum ecam_isa isa);
const struct ecam_layer_ops *ecam_model_reorder(void);

/* Shape of the input: 0 in n, h, w stands for 1 and the model's own size. */
struct ecam_shape ecam_model_input_shape(const struct ecam_model *model, size_t n, size_t h,
                                         size_t w);

/* The node of a name, or ECAM_ERR_NAME with the nearest names. */
enum ecam_status ecam_model_node(const struct ecam_model *model, const char *name, uint32_t *out,
                                 struct ecam_error *err);

/* The name under which the default tap is known: "layer4.1", not the ReLU in it. */
const char *ecam_model_last_name(const struct ecam_model *model);

#endif /* ECAM_MODEL_H */
