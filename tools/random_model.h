/* SPDX-License-Identifier: BSD-2-Clause
 * Families with random weights, where speed is the question and no file is at hand. */
#ifndef ECAM_TOOLS_RANDOM_MODEL_H
#define ECAM_TOOLS_RANDOM_MODEL_H

#include "engine/ecam.h"

/* A safetensors file in memory with torchvision's tensors of a family ("resnet50"):
 * the same ones every time, of a spread that keeps activations finite. ECAM_ERR_NAME
 * where there is no such family. Freed with random_model_free(). */
enum ecam_status random_model(const char *family, unsigned char **bytes, size_t *size,
                              struct ecam_error *err);
void random_model_free(unsigned char *bytes);

/* The i-th family's name, or NULL. */
const char *random_model_family(size_t i);

#endif /* ECAM_TOOLS_RANDOM_MODEL_H */
