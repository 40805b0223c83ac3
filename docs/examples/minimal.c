/* SPDX-License-Identifier: BSD-2-Clause
 * minimal MODEL PHOTO.ppm HEAT.ppm: what the network looked at, in one screen of C.
 *   cc minimal.c $(pkg-config --cflags --libs eigencam) -o minimal */
#include <stdio.h>
#include <stdlib.h>

#include <eigencam/eigencam.h>
#include <engine/ecam.h>

static uint8_t *read_ppm(const char *path, size_t *h, size_t *w) /* P6, 8 bit, no comments */
{
    FILE *file = fopen(path, "rb");
    uint8_t *rgb = NULL;
    if (file != NULL && fscanf(file, "P6 %5zu %5zu 255", w, h) == 2 && fgetc(file) != EOF)
        rgb = calloc(*h * *w, 3);
    if (rgb != NULL && fread(rgb, 3, *h * *w, file) != *h * *w)
        fputs("the photo ends early\n", stderr);
    if (file != NULL)
        fclose(file);
    return rgb;
}

int main(int argc, char **argv)
{
    struct ecam_model *model = NULL;
    struct ecam_session *session = NULL;
    struct ecam_cam *cam = NULL;
    struct ecam_error err = { ECAM_ERR_ARG, "usage: minimal MODEL PHOTO.ppm HEAT.ppm" };
    struct ecam_geometry geometry;
    struct ecam_tensor tap;
    struct ecam_component first;
    size_t h = 0, w = 0;
    uint8_t *rgb = argc == 4 ? read_ppm(argv[2], &h, &w) : NULL;
    uint8_t *seen = calloc(h * w + 1, 1);
    float *input = NULL, *map = calloc(h * w + 1, sizeof *map);
    FILE *out = NULL;

    /* The model, its preprocessing, and a session that keeps one layer's value. */
    if (rgb == NULL || seen == NULL || map == NULL ||
        ecam_model_load(argv[1], NULL, &model, &err) != ECAM_OK)
        goto out;
    const char *last = ecam_model_fact(model, "last");
    const struct ecam_preprocess *pre = ecam_model_preprocess(model);
    if (ecam_geometry_plan(pre, h, w, &geometry, &err) != ECAM_OK)
        goto out;
    const struct ecam_session_options options = {
        .h = geometry.input_h, .w = geometry.input_w, .taps = &last, .n_taps = 1
    };
    input = calloc(geometry.input_h * geometry.input_w * 3, sizeof *input);

    /* Photo -> input -> activation -> first component -> map on the photo -> colours. */
    if (input == NULL || ecam_photo_prepare(pre, rgb, &geometry, input, &err) != ECAM_OK ||
        ecam_session_new(model, &options, &session, &err) != ECAM_OK ||
        ecam_session_run(session, input, &err) != ECAM_OK ||
        ecam_session_tap(session, last, &tap, &err) != ECAM_OK ||
        ecam_cam_new(&tap, NULL, &cam, &err) != ECAM_OK)
        goto out;
    ecam_cam_get(cam, 0, &first);
    ecam_map_to_photo(first.map, tap.h, tap.w, &geometry, map, seen);
    ecam_map_scale(map, h * w, ECAM_SCALE_MAX);
    const struct ecam_draw_options draw = { .colormap = ECAM_COLORMAP_VIRIDIS, .alpha = 0.5f };
    ecam_draw_overlay(rgb, map, seen, h, w, &draw, rgb);
    out = fopen(argv[3], "wb");
    if (out != NULL && fprintf(out, "P6 %zu %zu 255\n", w, h) > 0 && fwrite(rgb, 3, h * w, out) > 0)
        err.status = ECAM_OK;
out:
    if (err.status != ECAM_OK)
        fprintf(stderr, "%s\n", err.text);
    if (out != NULL && fclose(out) != 0)
        err.status = ECAM_ERR_IO;
    free(input);
    free(map);
    free(seen);
    free(rgb);
    ecam_cam_free(cam);
    ecam_session_free(session);
    ecam_model_free(model);
    return err.status == ECAM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
