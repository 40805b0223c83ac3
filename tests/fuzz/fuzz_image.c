/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes decode to a picture of at most 2^16 pixels, all of them readable, or
 * to an error with a text. */
#include <stdlib.h>
#include <string.h>

#include "tools/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct image_limits limits = { .max_pixels = 1 << 16 };
    struct image image = { 0 };
    struct ecam_error err = { 0 };
    uint8_t *bytes = malloc(size != 0 ? size : 1); /* exact, so that ASan sees over-reads */
    if (bytes == NULL)
        return 0;
    memcpy(bytes, data, size);
    if (image_decode(bytes, size, &limits, &image, &err) == ECAM_OK) {
        unsigned sum = 0;
        for (size_t i = 0; i < 3 * image.h * image.w; i++)
            sum += image.rgb[i];
        if (image.h * image.w > limits.max_pixels || sum > 255u * 3u * (1u << 16))
            abort();
    } else if (err.text[0] == '\0' || image.rgb != NULL) {
        abort();
    }
    image_free(&image);
    free(bytes);
    return 0;
}
