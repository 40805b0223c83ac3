/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Maps of a raw activation, for tools/dev/check_cam.py, which compares them with
 * NumPy. Files are bare little-endian float32.
 *
 *   cam_driver cam IN C H W paper|centered auto|absmax|flip K OUT
 *       OUT: K maps [h*w], then K vectors [c]; a line a component on stdout
 *   cam_driver salience IN C H W mean|pca COMPONENT OUT
 *   cam_driver fuse A H W B H W PHOTO_H PHOTO_W OUT
 *       both maps scaled by their maximum, enlarged to the photo's size, multiplied
 *   cam_driver colours
 *       a line "NAME R G B" for each of the 256 steps of each colour map */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eigencam/eigencam.h"

/* What was read, so that it is reachable to the end. */
static float *kept[2];
static size_t n_kept;

static float *read_floats(const char *path, size_t n)
{
    FILE *f = fopen(path, "rb");
    float *data = malloc((n + 1) * sizeof *data);
    if (f == NULL || data == NULL || fread(data, sizeof *data, n + 1, f) != n) {
        fprintf(stderr, "cam_driver: %s: %zu floats expected\n", path, n);
        exit(1);
    }
    fclose(f);
    kept[n_kept++] = data;
    return data;
}

static void write_floats(FILE *f, const float *data, size_t n)
{
    if (f == NULL || fwrite(data, sizeof *data, n, f) != n) {
        fprintf(stderr, "cam_driver: cannot write\n");
        exit(1);
    }
}

static size_t number(const char *text)
{
    return (size_t)strtoull(text, NULL, 10);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct ecam_tensor read_tensor(char **arg)
{
    struct ecam_tensor act = {
        .n = 1, .c = number(arg[1]), .h = number(arg[2]), .w = number(arg[3]), .rank = 4
    };
    act.data = read_floats(arg[0], act.c * act.h * act.w);
    return act;
}

static int cam(char **arg)
{
    const struct ecam_tensor act = read_tensor(arg);
    const struct ecam_cam_options options = {
        .mode = strcmp(arg[4], "paper") == 0 ? ECAM_CAM_PAPER : ECAM_CAM_CENTERED,
        .sign = strcmp(arg[5], "auto") == 0     ? ECAM_SIGN_AUTO
                : strcmp(arg[5], "absmax") == 0 ? ECAM_SIGN_ABSMAX
                                                : ECAM_SIGN_FLIP,
        .components = strchr(arg[6], '.') == NULL ? number(arg[6]) : 0,
        .share = strchr(arg[6], '.') == NULL ? 0 : strtod(arg[6], NULL),
    };
    struct ecam_cam *result = NULL;
    struct ecam_error err;
    const double start = seconds();
    if (ecam_cam_new(&act, &options, &result, &err) != ECAM_OK) {
        fprintf(stderr, "cam_driver: %s\n", err.text);
        return 1;
    }
    fprintf(stderr, "%.2f ms\n", 1000 * (seconds() - start));
    FILE *out = fopen(arg[7], "wb");
    struct ecam_component c;
    for (size_t i = 0; i < ecam_cam_count(result); i++) {
        ecam_cam_get(result, i, &c);
        printf("%.17g %.17g %.17g %.9g %.9g %d %d\n", c.s, c.share, c.gap, (double)c.min,
               (double)c.max, c.is_flat, c.is_flipped);
        write_floats(out, c.map, act.h * act.w);
    }
    for (size_t i = 0; i < ecam_cam_count(result); i++) {
        ecam_cam_get(result, i, &c);
        write_floats(out, c.vector, act.c);
    }
    fclose(out);
    ecam_cam_free(result);
    return 0;
}

static int salience(char **arg)
{
    const struct ecam_tensor act = read_tensor(arg);
    float *map = malloc(act.h * act.w * sizeof *map);
    struct ecam_error err;
    const enum ecam_salience reading =
        strcmp(arg[4], "mean") == 0 ? ECAM_SALIENCE_MEAN : ECAM_SALIENCE_PCA;
    if (map == NULL || ecam_salience_map(&act, reading, number(arg[5]), ECAM_SIGN_AUTO, map, NULL,
                                         &err) != ECAM_OK) {
        fprintf(stderr, "cam_driver: %s\n", map == NULL ? "no memory" : err.text);
        return 1;
    }
    FILE *out = fopen(arg[6], "wb");
    write_floats(out, map, act.h * act.w);
    fclose(out);
    free(map);
    return 0;
}

/* Scaled, at the photo's size. The network's input is taken to be the photo. */
static float *enlarge(char **arg, size_t photo_h, size_t photo_w)
{
    const size_t h = number(arg[1]), w = number(arg[2]), n = photo_h * photo_w;
    float *out = malloc(n * sizeof *out);
    uint8_t *seen = malloc(n);
    const struct ecam_geometry geometry = {
        .photo_h = photo_h,
        .photo_w = photo_w,
        .resized_h = photo_h,
        .resized_w = photo_w,
        .input_h = photo_h,
        .input_w = photo_w,
    };
    if (out == NULL || seen == NULL)
        exit(1);
    float *map = read_floats(arg[0], h * w);
    ecam_map_scale(map, h * w, ECAM_SCALE_MAX);
    ecam_map_to_photo(map, h, w, &geometry, out, seen);
    free(seen);
    return out;
}

static int fuse(char **arg)
{
    const size_t photo_h = number(arg[6]), photo_w = number(arg[7]);
    float *a = enlarge(arg, photo_h, photo_w), *b = enlarge(arg + 3, photo_h, photo_w);
    ecam_map_fuse(a, b, a, photo_h * photo_w);
    FILE *out = fopen(arg[8], "wb");
    write_floats(out, a, photo_h * photo_w);
    fclose(out);
    free(a);
    free(b);
    return 0;
}

static int colours(void)
{
    for (int map = 0; map < ECAM_COLORMAP_COUNT; map++) {
        for (int i = 0; i < 256; i++) {
            uint8_t rgb[3];
            ecam_colormap_rgb((enum ecam_colormap)map, ((float)i + 0.5f) / 256.0f, rgb);
            printf("%s %d %d %d\n", ecam_colormap_name((enum ecam_colormap)map), rgb[0], rgb[1],
                   rgb[2]);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "colours") == 0)
        return colours();
    if (argc == 10 && strcmp(argv[1], "cam") == 0)
        return cam(argv + 2);
    if (argc == 9 && strcmp(argv[1], "salience") == 0)
        return salience(argv + 2);
    if (argc == 11 && strcmp(argv[1], "fuse") == 0)
        return fuse(argv + 2);
    fprintf(stderr, "usage: see the head of tests/unit/cam_driver.c\n");
    return 2;
}
