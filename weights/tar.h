/* SPDX-License-Identifier: BSD-2-Clause
 * Tar archives in memory: ustar, PAX and GNU headers, as Python writes them. */
#ifndef ECAM_TAR_H
#define ECAM_TAR_H

#include "engine/ecam.h"
#include "weights/reader.h"

/* Finds the regular members with the given n names. Missing ones get a NULL data;
 * one that occurs twice is an error. Other members are passed over. */
struct ecam_tar_member {
    const char *name;
    const uint8_t *data;
    size_t bytes;
};
enum ecam_status ecam_tar_find(const uint8_t *bytes, size_t size, struct ecam_tar_member *members,
                               size_t n, struct ecam_error *err);

#endif /* ECAM_TAR_H */
