/* SPDX-License-Identifier: BSD-2-Clause
 * evaluation: what is done with each map of a photo when it is evaluated: the map at the photo's
 * size, the boxes at all 256 levels, the scores. One thread.
 *
 * The maps are noise smoothed a little, as deep layers give them; noise alone, with many
 * components at each level, is the worst that can come. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/eval/localization.h"
#include "bench/eval/place.h"
#include "bench/eval/pointing.h"
#include "bench/limits.h"

#define PHOTO_W 500 /* the most frequent size in ILSVRC */
#define PHOTO_H 375
#define MAX_SIDE 56
#define RUNS 101

static const size_t sides[] = { 7, 14, 28, 56 };

static float uniform(void)
{
    return (float)rand() / (float)RAND_MAX;
}

/* The mean of noise over 3x3 cells, stretched to 0..1. */
static void make_map(float *cells, size_t side, bool is_smooth)
{
    float noise[MAX_SIDE * MAX_SIDE];
    for (size_t i = 0; i < side * side; i++)
        cells[i] = noise[i] = uniform();
    for (size_t y = 0; is_smooth && y < side; y++) {
        for (size_t x = 0; x < side; x++) {
            float sum = 0;
            for (size_t v = y == 0 ? 0 : y - 1; v <= y + 1 && v < side; v++)
                for (size_t u = x == 0 ? 0 : x - 1; u <= x + 1 && u < side; u++)
                    sum += noise[v * side + u];
            cells[y * side + x] = sum;
        }
    }
    ecam_map_scale(cells, side * side, ECAM_SCALE_MINMAX);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, by_value);
    return values[RUNS / 2];
}

static int measure(struct eval_room *room, size_t side, bool is_smooth)
{
    static const struct eval_box truth[] = { { 111, 108, 441, 193 }, { 20, 30, 99, 360 } };
    const struct ecam_geometry geometry = { .photo_w = PHOTO_W,
                                            .photo_h = PHOTO_H,
                                            .resized_w = 224,
                                            .resized_h = 224,
                                            .input_w = 224,
                                            .input_h = 224 };
    double place[RUNS], sweep[RUNS], score[RUNS];
    for (size_t r = 0; r < RUNS; r++) {
        float cells[MAX_SIDE * MAX_SIDE];
        struct eval_sweep boxes;
        struct eval_pointing point;
        struct ecam_error err;
        double iou[EVAL_PERCENTS];
        make_map(cells, side, is_smooth);
        const double begin = limits_seconds();
        enum ecam_status status = eval_place(room, cells, side, side, &geometry, &err);
        const double placed = limits_seconds();
        if (status == ECAM_OK)
            status = eval_sweep(&room->sweeper, room->grey, PHOTO_H, PHOTO_W, 8, &boxes, &err);
        if (status != ECAM_OK) {
            fprintf(stderr, "evaluation: %s\n", err.text);
            return 1;
        }
        const double swept = limits_seconds();
        eval_overlaps(&boxes, truth, 2, iou);
        eval_pointing(room->map, PHOTO_H, PHOTO_W, truth, 2, 15, &point);
        score[r] = 1e3 * (limits_seconds() - swept);
        sweep[r] = 1e3 * (swept - placed);
        place[r] = 1e3 * (placed - begin);
    }
    const double ms[3] = { median(place), median(sweep), median(score) };
    printf("| %zux%zu, %s | %.2f | %.2f | %.2f | %.2f |\n", side, side,
           is_smooth ? "smooth" : "noise", ms[0], ms[1], ms[2], ms[0] + ms[1] + ms[2]);
    return 0;
}

int main(void)
{
    struct eval_room room = { 0 };
    int status = 0;
    printf("| map, on %dx%d | place, median ms | sweep | score | sum |\n|---|--:|--:|--:|--:|\n",
           PHOTO_W, PHOTO_H);
    for (size_t i = 0; i < sizeof sides / sizeof *sides && status == 0; i++) {
        status = measure(&room, sides[i], true);
        if (status == 0)
            status = measure(&room, sides[i], false);
    }
    eval_room_free(&room);
    return status;
}
