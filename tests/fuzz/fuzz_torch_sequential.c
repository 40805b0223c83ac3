/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes read as PyTorch's sequential layout give an error with a text, or a set
 * of arrays all of which can be read. */
#include "tests/fuzz/fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reader(ecam_read_torch_sequential, data, size);
}
