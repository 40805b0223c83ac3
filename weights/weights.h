/* SPDX-License-Identifier: BSD-2-Clause
 * Bytes of a file -> named arrays -> network, and a network -> model file.
 *
 * Readers (zip, pickle, tar, safetensors, npz) make weight sets; they know no
 * network. Importers (families, model file) make networks; they know no bytes.
 * Messages name the place in the file; the caller puts the file's name before. */
#ifndef ECAM_WEIGHTS_H
#define ECAM_WEIGHTS_H

#include "engine/ecam.h"
#include "engine/network.h"
#include "engine/weight.h"

/* Limits with every zero replaced by its default. */
struct ecam_limits ecam_limits_filled(const struct ecam_limits *limits);

/* ---- Containers: one function a format, told apart by ecam_weights_sniff ---- */

/* Reads bytes[0..size), which the returned set only borrows: the caller gives it
 * the storage with ecam_weight_set_own() afterwards. The set is sealed.
 * `limits` has no zero fields. */
typedef enum ecam_status ecam_weights_reader_fn(const uint8_t *bytes, size_t size,
                                                const struct ecam_limits *limits,
                                                struct ecam_weight_set **out,
                                                struct ecam_error *err);
ecam_weights_reader_fn ecam_read_torch_zip;        /* "PyTorch zip" */
ecam_weights_reader_fn ecam_read_torch_sequential; /* "PyTorch sequential" */
ecam_weights_reader_fn ecam_read_torch_tar;        /* "PyTorch tar" */
ecam_weights_reader_fn ecam_read_safetensors;      /* "safetensors" */
ecam_weights_reader_fn ecam_read_caffe;            /* "Caffe": "LAYER.0", with its graph */
ecam_weights_reader_fn ecam_read_onnx;             /* "ONNX": by their names, with its graph */
ecam_weights_reader_fn ecam_read_npz;              /* "NumPy npz" */
ecam_weights_reader_fn ecam_read_npy;              /* "NumPy npy": one array, "array" */

/* Picks a reader by the first bytes; ECAM_ERR_FORMAT where none fits, naming what
 * can be read. A zip with a member
 * "DIR/data.pkl" is PyTorch's, one with "*.npy" members NumPy's. */
enum ecam_status ecam_weights_sniff(const uint8_t *bytes, size_t size, ecam_weights_reader_fn **out,
                                    struct ecam_error *err);

/* An ONNX model may have arrays in files beside it; path is its own. */
enum ecam_status ecam_read_onnx_at(const uint8_t *bytes, size_t size, const char *path,
                                   const struct ecam_limits *limits, struct ecam_weight_set **out,
                                   struct ecam_error *err);

/* Whether the bytes are a binary NetParameter or a ModelProto, perhaps one that is cut
 * off. */
bool ecam_caffe_sniff(const uint8_t *bytes, size_t size);
bool ecam_onnx_sniff(const uint8_t *bytes, size_t size);

/* Maps a regular file for reading. */
enum ecam_status ecam_weights_map(const char *path, struct ecam_storage *out,
                                  struct ecam_error *err);

/* Maps the file and reads it. Messages start with the path. */
enum ecam_status ecam_weights_open(const char *path, const struct ecam_limits *limits,
                                   struct ecam_weight_set **out, struct ecam_error *err);
/* Gives a set the graph of a text file (Caffe's .prototxt), instead of its own if it has
 * one. Messages start with the path, which must live until the network is imported. */
enum ecam_status ecam_weights_set_graph(struct ecam_weight_set *set, const char *path,
                                        const struct ecam_limits *limits, struct ecam_error *err);
/* The same from memory that outlives the set. */
enum ecam_status ecam_weights_open_mem(const void *bytes, size_t size, const char *name,
                                       const struct ecam_limits *limits,
                                       struct ecam_weight_set **out, struct ecam_error *err);

/* Reads the whole file and compares what it records of itself: the CRC-32 of every
 * zip member, the SHA-256 of a model file's data. Nothing to compare: ECAM_OK. */
enum ecam_status ecam_weights_verify(const uint8_t *bytes, size_t size,
                                     const struct ecam_limits *limits, struct ecam_error *err);
enum ecam_status ecam_zip_verify(const uint8_t *bytes, size_t size,
                                 const struct ecam_limits *limits, struct ecam_error *err);

/* ---- Networks ---- */

/* The file's own graph, or a known family's. Takes the set over on success only. `name` is
 * the file name that is recorded as the source; `find` finds kinds of layers, for ONNX
 * graphs, which say nothing of shapes in between. */
enum ecam_status ecam_network_import(struct ecam_weight_set *set, const char *name,
                                     const struct ecam_limits *limits, ecam_find_layer_fn *find,
                                     struct ecam_network **out, struct ecam_error *err);

/* Writes the model file beside `path` and renames it. `source_sha256` (64 hex
 * digits) is recorded unless the network already records one. */
enum ecam_status ecam_model_file_write(const struct ecam_network *network, const char *path,
                                       const struct ecam_save_options *options,
                                       const char *source_sha256, struct ecam_error *err);

#endif /* ECAM_WEIGHTS_H */
