/* SPDX-License-Identifier: BSD-2-Clause
 * What the three layouts of PyTorch files share: values of a pickle that stand
 * for tensors, and where the weights are among them. */
#ifndef ECAM_TORCH_H
#define ECAM_TORCH_H

#include "weights/pickle.h"

/* Elements that a tensor may be a view of. */
struct ecam_torch_storage {
    enum ecam_dtype dtype;
    const uint8_t *data;
    size_t bytes;
};

struct ecam_torch_tensor {
    struct ecam_torch_storage storage;
    enum ecam_dtype dtype;
    struct ecam_shape shape;
    size_t stride[ECAM_MAX_RANK];
    size_t offset; /* in elements */
};

/* How a layout keeps what persistent ids stand for. `id` is the value inside. */
struct ecam_torch_source {
    void *context;
    enum ecam_status (*storage)(void *context, const struct ecam_pickle_value *id,
                                struct ecam_torch_storage *out, struct ecam_error *err);
    /* NULL but in the oldest layout, where an id stands for a whole tensor. */
    enum ecam_status (*tensor)(void *context, const struct ecam_pickle_value *id,
                               struct ecam_torch_tensor *out, struct ecam_error *err);
};

/* ("storage", class, key, location, elements, ...), as two of the layouts have it. */
struct ecam_torch_id {
    const struct ecam_pickle_global *type;
    const struct ecam_pickle_value *key, *view; /* view: NULL, None, or its description */
    size_t elements, bytes;
};
enum ecam_status ecam_torch_id_read(const struct ecam_pickle_value *id, struct ecam_torch_id *out,
                                    struct ecam_error *err);

/* The storage that an id stands for, whose id->bytes bytes lie at `data`. */
enum ecam_status ecam_torch_storage_of(const struct ecam_torch_id *id, const uint8_t *data,
                                       struct ecam_torch_storage *out, struct ecam_error *err);

/* {"little_endian": True, ...}, as two of the layouts have it. */
enum ecam_status ecam_torch_check_system(const struct ecam_pickle_value *facts,
                                         struct ecam_error *err);

bool ecam_torch_is_tensor(const struct ecam_pickle_value *v,
                          const struct ecam_torch_source *source);
enum ecam_status ecam_torch_tensor_read(const struct ecam_pickle_value *v,
                                        const struct ecam_torch_source *source,
                                        struct ecam_torch_tensor *out, struct ecam_error *err);

/* Finds the state dict in a saved object and adds its tensors to the set, without
 * prefixes of wrappers such as "module.". */
enum ecam_status ecam_torch_collect(const struct ecam_pickle_value *root,
                                    const struct ecam_torch_source *source,
                                    const struct ecam_limits *limits, struct ecam_weight_set *set,
                                    struct ecam_error *err);

#endif /* ECAM_TORCH_H */
