/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/layer_text.h"

#include <inttypes.h>
#include <stdio.h>

/* "3", or "1x7" where the sides differ. */
static int put_pair(char *text, size_t room, const char *before, const uint32_t pair[2])
{
    return pair[0] == pair[1]
               ? snprintf(text, room, "%s%" PRIu32, before, pair[0])
               : snprintf(text, room, "%s%" PRIu32 "x%" PRIu32, before, pair[0], pair[1]);
}

const char *layer_window(const struct ecam_layer_info *layer, char text[LAYER_TEXT_BYTES])
{
    const uint32_t *pad = layer->pad;
    int used = 0;
    text[0] = '\0';
    if (layer->kernel[0] == 0)
        return text;
    used += put_pair(text, LAYER_TEXT_BYTES, "", layer->kernel);
    used += put_pair(text + used, LAYER_TEXT_BYTES - (size_t)used, "/", layer->stride);
    if (pad[0] == pad[2] && pad[1] == pad[3]) {
        if (pad[0] != 0 || pad[1] != 0)
            used += put_pair(text + used, LAYER_TEXT_BYTES - (size_t)used, "+", pad);
    } else {
        used += snprintf(text + used, LAYER_TEXT_BYTES - (size_t)used,
                         "+%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32, pad[0], pad[1], pad[2],
                         pad[3]);
    }
    if (layer->dilation[0] > 1 || layer->dilation[1] > 1)
        used += put_pair(text + used, LAYER_TEXT_BYTES - (size_t)used, "@", layer->dilation);
    if (layer->groups > 1)
        snprintf(text + used, LAYER_TEXT_BYTES - (size_t)used, " g%" PRIu32, layer->groups);
    return text;
}

const char *layer_pair(const uint32_t pair[2], char text[LAYER_TEXT_BYTES])
{
    if (pair[0] == 0 && pair[1] == 0)
        return "-";
    put_pair(text, LAYER_TEXT_BYTES, "", pair);
    return text;
}
