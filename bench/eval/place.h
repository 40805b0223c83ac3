/* SPDX-License-Identifier: BSD-2-Clause
 * A map on its photo, as the protocol of Table 1 wants it. */
#ifndef ECAM_EVAL_PLACE_H
#define ECAM_EVAL_PLACE_H

#include "bench/eval/sweep.h"

/* Room for a photo's maps, used again from photo to photo. {0} is empty. */
struct eval_room {
    float *map;    /* [photo_h][photo_w], 0 to 1; 0 where nothing was seen */
    uint8_t *seen; /* 1 where the network's input lay */
    uint8_t *grey; /* the map in 256 levels */
    size_t cap;
    struct eval_sweeper sweeper;
};

/* cells: [h][w], 0 to 1. The map is what ecam_map_to_photo() makes of them. The greys are in
 * the paper's order: cells to whole levels 0 to 255 first, rounded down, then up to the
 * photo's size, then to the nearest level. */
enum ecam_status eval_place(struct eval_room *room, const float *cells, size_t h, size_t w,
                            const struct ecam_geometry *geometry, struct ecam_error *err);
void eval_room_free(struct eval_room *room);

#endif /* ECAM_EVAL_PLACE_H */
