/* SPDX-License-Identifier: BSD-2-Clause
 * Facts about a layer as people read them. */
#ifndef ECAM_TOOLS_LAYER_TEXT_H
#define ECAM_TOOLS_LAYER_TEXT_H

#include "engine/ecam.h"

#define LAYER_TEXT_BYTES 96

/* "7/2+3": what the window of a convolution or pool is; "" for other layers. */
const char *layer_window(const struct ecam_layer_info *layer, char text[LAYER_TEXT_BYTES]);

/* "3", or "1x7" where the sides differ; "-" for 0x0. */
const char *layer_pair(const uint32_t pair[2], char text[LAYER_TEXT_BYTES]);

#endif /* ECAM_TOOLS_LAYER_TEXT_H */
