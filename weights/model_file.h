/* SPDX-License-Identifier: BSD-2-Clause
 * The model file (docs/model-file.md): a .safetensors whose __metadata__ holds all
 * that a prediction needs beside the weights. What its parts share. */
#ifndef ECAM_MODEL_FILE_H
#define ECAM_MODEL_FILE_H

#include "engine/network.h"
#include "weights/json_text.h"

#define ECAM_MODEL_FILE_FORMAT "1"
#define ECAM_MODEL_FILE_ALIGN 64 /* data begins at a multiple of it */

/* Keys of __metadata__. All that begin with "eigencam." are listed here. */
#define ECAM_KEY_FORMAT "eigencam.format"
#define ECAM_KEY_GRAPH "eigencam.graph"
#define ECAM_KEY_PREPROCESS "eigencam.preprocess"
#define ECAM_KEY_LABELS "eigencam.labels"
#define ECAM_KEY_LAST "eigencam.last"
#define ECAM_KEY_FAMILY "eigencam.family"
#define ECAM_KEY_SOURCE "eigencam.source"
#define ECAM_KEY_CONVERTER "eigencam.converter"
#define ECAM_KEY_LICENSE "eigencam.license"
#define ECAM_KEY_DATA_SHA256 "eigencam.data_sha256"

/* Whether a sealed set came from a model file. */
bool ecam_model_file_is(const struct ecam_weight_set *set);

/* The network that the set's facts describe. The set stays the caller's;
 * network->weights is left NULL. */
enum ecam_status ecam_model_file_read(const struct ecam_weight_set *set,
                                      const struct ecam_limits *limits, struct ecam_network **out,
                                      struct ecam_error *err);

/* The JSON texts that the read functions take. */
void ecam_model_file_put_graph(struct ecam_text *text, const struct ecam_graph *graph);
void ecam_model_file_put_preprocess(struct ecam_text *text, const struct ecam_preprocess *pre);
enum ecam_status ecam_model_file_read_graph(const char *json, const struct ecam_weight_set *set,
                                            const struct ecam_limits *limits,
                                            struct ecam_graph **out, struct ecam_error *err);
enum ecam_status ecam_model_file_read_preprocess(const char *json, const struct ecam_limits *limits,
                                                 struct ecam_preprocess *out,
                                                 struct ecam_error *err);

/* Compares the SHA-256 of the data section, which is all behind the header, with 64
 * hex digits. */
enum ecam_status ecam_model_file_verify(const uint8_t *bytes, size_t size, const char *data_sha256,
                                        struct ecam_error *err);

/* What is wrong with a preprocessing, or NULL. */
const char *ecam_preprocess_fault(const struct ecam_preprocess *pre);

#endif /* ECAM_MODEL_FILE_H */
