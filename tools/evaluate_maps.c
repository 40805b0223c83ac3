/* SPDX-License-Identifier: BSD-2-Clause
 * The methods of the evaluate command: each a name with a function behind it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/ilsvrc.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/output.h"

#define NOISE_SIDE 14 /* the grid of VGG-16's last convolution */

/* ---- Methods ---- */

/* act: of the method's layer, empty where it reads none. out->cells: raw, for the caller
 * to scale. */
typedef enum ecam_status method_fn(const struct evaluator *evaluator, const struct ecam_tensor *act,
                                   const char *image, struct evaluate_map *out,
                                   struct ecam_error *err);

static enum ecam_status map_new(size_t h, size_t w, struct evaluate_map *out,
                                struct ecam_error *err)
{
    *out = (struct evaluate_map){ .cells = ecam_calloc(h * w, sizeof *out->cells), .h = h, .w = w };
    return out->cells == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", w, h) : ECAM_OK;
}

static enum ecam_status eigencam(const struct evaluator *evaluator, enum ecam_cam_mode mode,
                                 const struct ecam_tensor *act, struct evaluate_map *out,
                                 struct ecam_error *err)
{
    const struct ecam_cam_options options = { .mode = mode,
                                              .sign = (enum ecam_sign)evaluator->options->sign };
    struct ecam_cam *cam = NULL;
    struct ecam_component component;
    enum ecam_status status = ecam_cam_new(act, &options, &cam, err);
    if (status != ECAM_OK)
        return status;
    ecam_cam_get(cam, 0, &component);
    status = map_new(act->h, act->w, out, err);
    if (status == ECAM_OK) {
        memcpy(out->cells, component.map, act->h * act->w * sizeof *out->cells);
        out->has_share = true;
        out->share = component.share;
        out->gap = component.gap;
    }
    ecam_cam_free(cam);
    return status;
}

static enum ecam_status method_paper(const struct evaluator *evaluator,
                                     const struct ecam_tensor *act, const char *image,
                                     struct evaluate_map *out, struct ecam_error *err)
{
    (void)image;
    return eigencam(evaluator, ECAM_CAM_PAPER, act, out, err);
}

static enum ecam_status method_centered(const struct evaluator *evaluator,
                                        const struct ecam_tensor *act, const char *image,
                                        struct evaluate_map *out, struct ecam_error *err)
{
    (void)image;
    return eigencam(evaluator, ECAM_CAM_CENTERED, act, out, err);
}

/* The mean over channels: no singular vector at all. */
static enum ecam_status method_mean(const struct evaluator *evaluator,
                                    const struct ecam_tensor *act, const char *image,
                                    struct evaluate_map *out, struct ecam_error *err)
{
    (void)evaluator;
    (void)image;
    const enum ecam_status status = map_new(act->h, act->w, out, err);
    return status != ECAM_OK ? status
                             : ecam_salience_map(act, ECAM_SALIENCE_MEAN, 0, ECAM_SIGN_AUTO,
                                                 out->cells, NULL, err);
}

/* Even noise, the same for an image of the same name: FNV-1a, then SplitMix64. */
static enum ecam_status method_noise(const struct evaluator *evaluator,
                                     const struct ecam_tensor *act, const char *image,
                                     struct evaluate_map *out, struct ecam_error *err)
{
    (void)evaluator;
    (void)act;
    uint64_t state = UINT64_C(0xCBF29CE484222325);
    const enum ecam_status status = map_new(NOISE_SIDE, NOISE_SIDE, out, err);
    if (status != ECAM_OK)
        return status;
    for (const char *c = image; *c != '\0'; c++)
        state = (state ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
    for (size_t i = 0; i < NOISE_SIDE * NOISE_SIDE; i++) {
        uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        out->cells[i] = (float)((z ^ (z >> 31)) >> 40) / (float)(1 << 24);
    }
    return ECAM_OK;
}

const char *const evaluate_method_names[METHOD_COUNT + 1] = { "eigencam", "eigencam-centered",
                                                              "mean", "noise", NULL };

static const struct {
    method_fn *make;
    bool reads_layer;
    enum ecam_scale scale; /* where none is asked for */
} methods[METHOD_COUNT] = {
    [METHOD_EIGENCAM] = { method_paper, true, ECAM_SCALE_MINMAX },
    [METHOD_EIGENCAM_CENTERED] = { method_centered, true, ECAM_SCALE_CLAMP },
    [METHOD_MEAN] = { method_mean, true, ECAM_SCALE_MINMAX },
    [METHOD_NOISE] = { method_noise, false, ECAM_SCALE_MINMAX },
};

void evaluate_map_free(struct evaluate_map *map)
{
    ecam_free(map->cells);
    *map = (struct evaluate_map){ 0 };
}

enum ecam_status evaluate_map(const struct evaluator *evaluator, const struct evaluate_row *row,
                              const struct ecam_session *session, const char *image,
                              struct evaluate_map *out, struct ecam_error *err)
{
    const int asked = evaluator->options->scale;
    struct ecam_tensor act = { 0 };
    enum ecam_status status = ECAM_OK;
    *out = (struct evaluate_map){ 0 };
    if (row->layer != NULL)
        status = ecam_session_tap(session, row->layer, &act, err);
    if (status == ECAM_OK)
        status = methods[row->method].make(evaluator, &act, image, out, err);
    if (status != ECAM_OK) {
        evaluate_map_free(out);
        return status;
    }
    ecam_map_scale(out->cells, out->h * out->w,
                   asked == 0 ? methods[row->method].scale : (enum ecam_scale)(asked - 1));
    float most = 0;
    for (size_t i = 0; i < out->h * out->w; i++)
        most = out->cells[i] > most ? out->cells[i] : most;
    out->is_flat = !(most > 0);
    return ECAM_OK;
}

/* ---- On the photo ---- */

enum ecam_status evaluate_place(struct evaluator *evaluator, const struct evaluate_map *map,
                                const struct ecam_geometry *geometry, struct ecam_error *err)
{
    return eval_place(&evaluator->room, map->cells, map->h, map->w, geometry, err);
}

enum ecam_status evaluate_sweep(struct evaluator *evaluator, const struct evaluate_row *row,
                                const struct ecam_session *session, const char *image,
                                const struct ecam_geometry *geometry, struct evaluate_map *map,
                                struct eval_sweep *sweep, struct ecam_error *err)
{
    enum ecam_status status = evaluate_map(evaluator, row, session, image, map, err);
    if (status == ECAM_OK)
        status = evaluate_place(evaluator, map, geometry, err);
    return status != ECAM_OK
               ? status
               : eval_sweep(&evaluator->room.sweeper, evaluator->room.grey, geometry->photo_h,
                            geometry->photo_w, (int)evaluator->options->connectivity, sweep, err);
}

/* ---- The evaluator ---- */

static enum ecam_status choose_rows(struct evaluator *e, struct ecam_error *err)
{
    const char *list = e->options->layers == NULL ? "last" : e->options->layers;
    const enum ecam_status status = ecam_names_find(e->runner.model, list, &e->layers, err);
    if (status != ECAM_OK)
        return status;
    const size_t n = ecam_names_count(e->layers);
    e->taps = ecam_calloc(n, sizeof *e->taps);
    e->row = ecam_calloc(n * METHOD_COUNT, sizeof *e->row);
    if (e->taps == NULL || e->row == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu layers", n);
    for (size_t i = 0; i < n; i++)
        e->taps[i] = ecam_names_get(e->layers, i);
    for (size_t i = 0; i < n; i++) {
        for (int m = 0; m < METHOD_COUNT; m++) {
            const bool reads = methods[m].reads_layer;
            if (!e->options->methods[m] || (!reads && i + 1 < n))
                continue;
            struct evaluate_row *row = &e->row[e->n_rows++];
            row->method = (enum evaluate_method)m;
            row->layer = reads ? e->taps[i] : NULL;
            snprintf(row->name, sizeof row->name, reads ? "%s %s" : "%s", evaluate_method_names[m],
                     reads ? row->layer : "");
        }
    }
    e->runner.taps = e->taps;
    e->runner.n_taps = n;
    e->runner.prep = (enum prep)e->options->prep;
    /* Disturbed images are asked whether their class changed. */
    e->runner.stops_after_taps = !e->has_classes && strcmp(e->what, "perturbation") != 0;
    return ECAM_OK;
}

int evaluator_open(const char *what, const struct evaluate_options *options, struct evaluator *out)
{
    struct ecam_error err;
    *out = (struct evaluator){ .what = what, .options = options };
    const int exit_status = runner_open("evaluate", &options->run, &out->runner);
    if (exit_status != CLI_EXIT_DONE)
        return exit_status;
    const size_t n_classes = ecam_model_n_classes(out->runner.model);
    const bool wants_classes = strcmp(what, "localization") == 0 && !options->known_only;
    out->has_classes = wants_classes && n_classes == EVAL_ILSVRC_CLASSES;
    if (wants_classes && !out->has_classes && !options->run.is_quiet)
        out_say("the network tells %zu classes apart, not ILSVRC's 1000: no errors that ask for "
                "the class",
                n_classes);
    const enum ecam_status status = choose_rows(out, &err);
    if (status == ECAM_ERR_NAME || status == ECAM_ERR_ARG)
        return cli_usage("evaluate", "%s", err.text);
    if (status != ECAM_OK)
        out_say("%s", err.text);
    return status == ECAM_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}

void evaluator_close(struct evaluator *evaluator)
{
    runner_close(&evaluator->runner);
    ecam_names_free(evaluator->layers);
    ecam_free(evaluator->taps);
    ecam_free(evaluator->row);
    eval_room_free(&evaluator->room);
    *evaluator = (struct evaluator){ 0 };
}
