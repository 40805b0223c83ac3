/* SPDX-License-Identifier: BSD-2-Clause
 * The mean of a training set from a file: Caffe's mean.binaryproto, or a .npy. */
#ifndef ECAM_TOOLS_MEAN_FILE_H
#define ECAM_TOOLS_MEAN_FILE_H

#include "engine/ecam.h"

struct mean_file {
    float mean[3];           /* by channel, in the file's order */
    struct ecam_shape shape; /* of what the file holds */
};

/* A .npy of 3, 3xHxW or 1x3xHxW floats, or a BlobProto of such a shape. An image is
 * averaged by channel: a preprocessing has one number for each. */
enum ecam_status mean_file_read(const char *path, const struct ecam_limits *limits,
                                struct mean_file *out, struct ecam_error *err);
/* The same from bytes. */
enum ecam_status mean_file_parse(const uint8_t *bytes, size_t size,
                                 const struct ecam_limits *limits, struct mean_file *out,
                                 struct ecam_error *err);

#endif /* ECAM_TOOLS_MEAN_FILE_H */
