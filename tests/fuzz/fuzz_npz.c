/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes read as .npz or .npy give an error with a text, or a set of arrays all of
 * which can be read. */
#include "tests/fuzz/fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bool is_zip = size > 0 && data[0] == 'P';
    return fuzz_reader(is_zip ? ecam_read_npz : ecam_read_npy, data, size);
}
