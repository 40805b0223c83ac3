/* SPDX-License-Identifier: BSD-2-Clause
 * cam: what Eigen-CAM of one activation costs, on one thread, at every ISA level.
 *
 * The activations are made up, with singular values that fall slowly: s_(i+1) / s_i is
 * 0.89 for the first, close to the 0.9 above which a direction is called badly defined,
 * so that the iteration has more to do than on most photos. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/limits.h"
#include "eigencam/eigencam.h"
#include "engine/isa.h"

#define RATIO 0.89
#define RANK 40
#define RUNS 51

static const struct {
    size_t c, h, w;
} shapes[] = {
    { 2048, 7, 7 }, { 512, 14, 14 }, { 256, 13, 13 },  { 512, 7, 7 },
    { 1024, 7, 7 }, { 256, 56, 56 }, { 64, 224, 224 },
};

static double uniform(void)
{
    return 2.0 * rand() / RAND_MAX - 1.0;
}

/* k rows of n that are orthonormal, or nearly so where k is more than n. */
static void directions(double *a, size_t k, size_t n)
{
    for (size_t i = 0; i < k; i++) {
        double *row = a + i * n, square = 0.0;
        for (size_t l = 0; l < n; l++)
            row[l] = uniform();
        for (size_t j = 0; j < i; j++) {
            double along = 0.0;
            for (size_t l = 0; l < n; l++)
                along += row[l] * a[j * n + l];
            for (size_t l = 0; l < n; l++)
                row[l] -= along * a[j * n + l];
        }
        for (size_t l = 0; l < n; l++)
            square += row[l] * row[l];
        for (size_t l = 0; l < n; l++)
            row[l] /= sqrt(square);
    }
}

static float *make_activation(size_t c, size_t positions)
{
    float *out = malloc(c * positions * sizeof *out);
    double *u = malloc(RANK * c * sizeof *u), *v = malloc(RANK * positions * sizeof *v);
    if (out != NULL && u != NULL && v != NULL) {
        directions(u, RANK, c);
        directions(v, RANK, positions);
        for (size_t i = 0; i < c; i++) {
            for (size_t j = 0; j < positions; j++) {
                double sum = 1e-6 * uniform();
                for (size_t k = 0; k < RANK; k++)
                    sum += pow(RATIO, (double)k) * u[k * c + i] * v[k * positions + j];
                out[i * positions + j] = (float)sum;
            }
        }
    }
    free(u);
    free(v);
    return out;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const struct ecam_tensor *act, enum ecam_cam_mode mode)
{
    const struct ecam_cam_options options = { .mode = mode };
    double ms[RUNS];
    for (size_t r = 0; r < RUNS; r++) {
        struct ecam_error err;
        struct ecam_cam *cam = NULL;
        const double begin = limits_seconds();
        if (ecam_cam_new(act, &options, &cam, &err) != ECAM_OK) {
            fprintf(stderr, "cam: %s\n", err.text);
            return 1;
        }
        ms[r] = 1e3 * (limits_seconds() - begin);
        ecam_cam_free(cam);
    }
    qsort(ms, RUNS, sizeof *ms, by_value);
    printf(" %.3f / %.3f |", ms[RUNS / 2], ms[0]);
    return 0;
}

int main(void)
{
    int status = 0;
    printf("| activation | ISA | paper, median / least ms | centered |\n|---|---|--:|--:|\n");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && status == 0; i++) {
        const size_t h = shapes[i].h, w = shapes[i].w;
        struct ecam_tensor act = { .rank = 4, .n = 1, .c = shapes[i].c, .h = h, .w = w };
        float *data = make_activation(shapes[i].c, h * w);
        act.data = data;
        if (data == NULL)
            return 1;
        for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT && status == 0; isa++) {
            if (!ecam_isa_supported((enum ecam_isa)isa))
                continue;
            setenv("ECAM_ISA", ecam_isa_name((enum ecam_isa)isa), 1);
            printf("| %zu x %zu x %zu | %s |", act.c, h, w, ecam_isa_name((enum ecam_isa)isa));
            status = measure(&act, ECAM_CAM_PAPER);
            if (status == 0)
                status = measure(&act, ECAM_CAM_CENTERED);
            printf("\n");
        }
        free(data);
    }
    return status;
}
