/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/place.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"

void eval_room_free(struct eval_room *room)
{
    ecam_free(room->map);
    ecam_free(room->seen);
    ecam_free(room->grey);
    eval_sweeper_free(&room->sweeper);
    *room = (struct eval_room){ 0 };
}

static enum ecam_status reserve(struct eval_room *room, size_t n, struct ecam_error *err)
{
    if (n <= room->cap)
        return ECAM_OK;
    ecam_free(room->map);
    ecam_free(room->seen);
    ecam_free(room->grey);
    room->map = ecam_realloc_array(NULL, n, sizeof *room->map);
    room->seen = ecam_alloc(n);
    room->grey = ecam_alloc(n);
    room->cap = room->map != NULL && room->seen != NULL && room->grey != NULL ? n : 0;
    return room->cap == 0 ? ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zu pixels", n) : ECAM_OK;
}

enum ecam_status eval_place(struct eval_room *room, const float *cells, size_t h, size_t w,
                            const struct ecam_geometry *geometry, struct ecam_error *err)
{
    const size_t n = geometry->photo_h * geometry->photo_w;
    float *levels = ecam_realloc_array(NULL, h * w, sizeof *levels);
    enum ecam_status status = levels == NULL
                                  ? ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", w, h)
                                  : reserve(room, n, err);
    if (status == ECAM_OK) {
        for (size_t i = 0; i < h * w; i++)
            levels[i] = floorf(255 * cells[i]);
        ecam_map_to_photo(levels, h, w, geometry, room->map, room->seen);
        for (size_t i = 0; i < n; i++)
            room->grey[i] = (uint8_t)(room->map[i] + 0.5f);
        ecam_map_to_photo(cells, h, w, geometry, room->map, room->seen);
    }
    ecam_free(levels);
    return status;
}
