/* SPDX-License-Identifier: BSD-2-Clause
 * Attributes of everything that slides a window: kernel, stride, padding. */
#ifndef ECAM_LAYER_WINDOW_H
#define ECAM_LAYER_WINDOW_H

#include "engine/layer.h"
#include "layers/kernels/kernels.h"

/* Reads stride, pad and, where has_dilation, dilation. k_h and k_w are left alone. */
enum ecam_status ecam_window_read(const struct ecam_node *node, bool has_dilation,
                                  struct ecam_window *window, struct ecam_error *err);

/* How the number of window positions is rounded. */
enum ecam_rounding {
    ECAM_ROUND_DOWN,
    ECAM_ROUND_UP,      /* torch: a last window that would start beyond the plane and its
                           leading padding is dropped */
    ECAM_ROUND_UP_CAFFE /* Caffe: the same, but only where there is padding at all */
};

/* Output rows and columns; a window larger than the padded plane is an error. */
enum ecam_status ecam_window_infer(const struct ecam_node *node, const struct ecam_window *window,
                                   enum ecam_rounding rounding, const struct ecam_shape *in,
                                   size_t *out_h, size_t *out_w, struct ecam_error *err);

void ecam_window_describe(const struct ecam_window *window, struct ecam_layer_info *info);

#endif /* ECAM_LAYER_WINDOW_H */
