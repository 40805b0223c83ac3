/* SPDX-License-Identifier: BSD-2-Clause
 * Weight sets of whole families without a file: all arrays share one block of zeros
 * (or of `fill`), so that a network of any size costs nothing. */
#ifndef ECAM_FAKE_WEIGHTS_H
#define ECAM_FAKE_WEIGHTS_H

#include "engine/common.h"
#include "engine/weight.h"

struct ecam_weight_set *fake_new(void);
void fake_free(struct ecam_weight_set *set);

/* Adds a float32 array; dims end with 0. The name is made as by printf. */
void fake_add(struct ecam_weight_set *set, const size_t *dims, const char *fmt, ...)
    ECAM_PRINTF(3, 4);
#define FAKE_DIMS(...) ((const size_t[]){ __VA_ARGS__, 0 })

void fake_norm(struct ecam_weight_set *set, size_t channels, const char *name);

/* torchvision's names with a stem of `width` channels; prefix before each. */
void fake_resnet(struct ecam_weight_set *set, const char *prefix, size_t width, size_t n_stages,
                 size_t n_blocks, size_t n_classes);
void fake_vgg(struct ecam_weight_set *set, size_t width, bool has_norm, size_t n_classes);
void fake_densenet(struct ecam_weight_set *set, size_t width, size_t growth, bool is_old);
void fake_squeezenet(struct ecam_weight_set *set, size_t n_classes);

#endif /* ECAM_FAKE_WEIGHTS_H */
