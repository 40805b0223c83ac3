/* SPDX-License-Identifier: BSD-2-Clause
 * What a file records of its own bytes, against the bytes. */
#include <string.h>

#include "weights/model_file.h"
#include "weights/weights.h"

/* The hash that a model file records, "" where the file is none. */
static enum ecam_status recorded_hash(const uint8_t *bytes, size_t size,
                                      const struct ecam_limits *limits, char hash[65],
                                      struct ecam_error *err)
{
    struct ecam_weight_set *set = NULL;
    ecam_weights_reader_fn *reader = NULL;
    enum ecam_status status = ecam_weights_sniff(bytes, size, &reader, err);
    hash[0] = '\0';
    if (status != ECAM_OK || reader != ecam_read_safetensors)
        return status;
    status = ecam_read_safetensors(bytes, size, limits, &set, err);
    if (status != ECAM_OK)
        return status;
    const char *const fact = ecam_weight_set_fact(set, ECAM_KEY_DATA_SHA256);
    if (fact != NULL) {
        strncpy(hash, fact, 64);
        hash[64] = '\0';
    }
    ecam_weight_set_free(set);
    return ECAM_OK;
}

enum ecam_status ecam_weights_verify(const uint8_t *bytes, size_t size,
                                     const struct ecam_limits *limits, struct ecam_error *err)
{
    const struct ecam_limits filled = ecam_limits_filled(limits);
    char hash[65];
    enum ecam_status status = ecam_zip_verify(bytes, size, &filled, err);
    if (status == ECAM_OK)
        status = recorded_hash(bytes, size, &filled, hash, err);
    if (status == ECAM_OK && hash[0] != '\0')
        status = ecam_model_file_verify(bytes, size, hash, err);
    return status;
}
