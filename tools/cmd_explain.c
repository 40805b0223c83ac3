/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/commands.h"
#include "tools/explain.h"
#include "tools/folder.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/salience_layer.h"

const char cmd_explain_help[] =
    "usage: eigencam explain [-m MODEL] [-l LAYER,..] [-o DIR] [OPTION...] PHOTO...\n"
    "\n"
    "Shows what a network looked at: the Eigen-CAM of a layer, laid over the photo.\n"
    "It is made from the layer's output alone, not for one class.\n"
    "\n"
    "  eigencam explain photo.jpg         writes eigencam-out/photo.overlay.png\n"
    "                                     and eigencam-out/photo.json\n"
    "  eigencam explain -m resnet50.pth -l layer3,layer4 --save panel,map photos/\n"
    "\n"
    "A PHOTO is a JPEG, PNG, BMP, TGA, GIF or PNM, a .npy (3xHxW or 1x3xHxW\n"
    "float32: what enters the first layer), a folder of them, or '-'.\n"
    "\n"
    "what to explain\n"
    "  -m, --model MODEL     weights or a model file; without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "  -l, --layers LIST     names and globs with commas, 'last' (default), 'all'\n"
    "                        ('eigencam layers' lists the names)\n"
    "      --list FILE       more inputs, one a line ('-': standard input)\n"
    "  -r, --recursive       the folders in a folder too\n"
    "      --top K           classes to name (5)\n"
    "      --labels FILE     class names in place of the model's\n"
    "      --no-predict      name none: the network stops after the last layer needed\n"
    "\n"
    "how\n"
    "      --mode MODE       paper: L = A v (default); centered: column means removed\n"
    "      --component K     component K instead of the first\n"
    "      --components K    the first K; with 0.x as many as hold that share\n"
    "      --sign RULE       auto (default), absmax, flip: which end is hot\n"
    "      --scale RULE      max: v / max, negatives cut (default of paper);\n"
    "                        minmax; clamp: as max (default of centered)\n"
    "      --salience KIND   Eigen-Salience too: mean (over channels) or pca\n"
    "      --salience-layer NAME   its layer; without: the last one with maps of at\n"
    "                        least half the input's height and width\n"
    "      --fuse            map and salience multiplied too\n"
    "      --threshold F     of box and mask, as a share of the maximum (0.15)\n"
    "\n"
    "what to write\n"
    "  -o, --output DIR      where the files go (eigencam-out); made if it is missing\n"
    "      --save LIST       of overlay,heat,panel,mask,salience,fused (pictures),\n"
    "                        raw (.npy, the layer's size), map (.npy, the photo's,\n"
    "                        NaN where nothing was seen), json; default overlay,json\n"
    "      --colormap NAME   viridis (default), turbo, jet, inferno, magma, grey\n"
    "      --alpha F         weight of the colours over the photo (0.5)\n"
    "      --alpha-by-value  the colder, the more of the photo shows\n"
    "      --no-box          no box on the pictures\n"
    "      --json            one JSON object an input on stdout, on one line\n"
    "  -q, --quiet           no notes and no progress on stderr, only errors\n"
    "\n"
    "with what\n"
    "      --preset NAME     prepare photos otherwise than the model says, as with\n"
    "                        'eigencam convert --preset'\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       once: least memory (default); many: fastest over time\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "With several layers or components their names are in the file names:\n"
    "photo.layer4.pc2.overlay.png. PHOTO.json has all settings that reproduce a run.\n"
    "\n"
    "exit status: 0 all done, 1 some input failed, 2 wrong usage or no such layer\n";

/* ---- Layers ---- */

/* Which layers are read; tells the runner to keep them. */
static enum ecam_status choose_layers(struct explainer *ex, struct ecam_error *err)
{
    const struct explain_options *options = ex->options;
    const struct ecam_model *model = ex->runner.model;
    enum ecam_status status = ecam_names_find(
        model, options->layers == NULL ? "last" : options->layers, &ex->layers, err);
    if (status == ECAM_OK && options->salience >= 0)
        status = salience_layer(model, options->salience_layer, &ex->salience_layer, err);
    if (status != ECAM_OK)
        return status;
    const size_t n = ecam_names_count(ex->layers);
    ex->taps = calloc(n + 1, sizeof *ex->taps);
    if (ex->taps == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the names of %zu layers", n);
    bool is_new = ex->salience_layer != NULL;
    for (size_t i = 0; i < n; i++) {
        ex->taps[i] = ecam_names_get(ex->layers, i);
        is_new = is_new && strcmp(ex->taps[i], ex->salience_layer) != 0;
    }
    if (is_new)
        ex->taps[n] = ex->salience_layer;
    ex->runner.taps = ex->taps;
    ex->runner.n_taps = n + is_new;
    ex->runner.stops_after_taps = !options->predicts;
    return ECAM_OK;
}

/* ---- Photos ---- */

void explanation_free(struct explanation *ex)
{
    for (size_t i = 0; i < ex->n_maps; i++)
        for (int kind = 0; kind < FILE_COUNT; kind++)
            free(ex->map[i].file[kind]);
    free(ex->map);
    free(ex->top);
    free(ex->json_path);
    run_input_free(&ex->input);
    *ex = (struct explanation){ 0 };
}

enum ecam_status explain_photo(struct explainer *explainer, const char *path,
                               struct explanation *out, struct ecam_error *err)
{
    const struct explain_options *options = explainer->options;
    char stem[OUTNAME_BYTES];
    out->path = path;
    out->top = calloc(options->top, sizeof *out->top);
    outname_stem(strcmp(path, "-") == 0 ? "stdin" : path, stem);
    if (out->top == NULL || !outnames_take(explainer->stems, stem, "", out->stem))
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: a file name", path);
    enum ecam_status status = run_input_read(&explainer->runner, path, &out->input, err);
    if (status != ECAM_OK)
        return status;
    status = runner_run(&explainer->runner, &out->input, &out->session, err);
    if (status == ECAM_OK && options->predicts)
        status =
            run_top(&explainer->runner, out->session, options->top, out->top, &out->n_top, err);
    if (status != ECAM_OK)
        return ecam_error_at(err, status, path);
    status = explain_maps(explainer, out, err);
    if (status == ECAM_OK && options->saves[SAVE_JSON])
        status = explain_json_write(explainer, out, err);
    return status;
}

static void print_map(const struct explain_map *map)
{
    printf("  ");
    out_text(map->layer);
    printf("  component %zu, %.1f %% of the variance", map->component, 100 * map->share);
    if (map->box.is_found)
        printf(", box %zu,%zu to %zu,%zu", map->box.box.x0, map->box.box.y0, map->box.box.x1,
               map->box.box.y1);
    putchar('\n');
    for (int kind = 0; kind < FILE_COUNT; kind++) {
        if (map->file[kind] != NULL) {
            printf("    ");
            out_text(map->file[kind]);
            putchar('\n');
        }
    }
}

static bool print_explanation(const struct explainer *explainer, const struct explanation *ex)
{
    if (explainer->options->run.is_json) {
        struct json json = { 0 };
        explain_json(&json, explainer, ex, false);
        return out_json(&json);
    }
    out_text(ex->path);
    printf("  %zux%zu\n", ex->input.geometry.photo_w, ex->input.geometry.photo_h);
    run_print_top(ex->top, ex->n_top);
    for (size_t i = 0; i < ex->n_maps; i++)
        print_map(&ex->map[i]);
    if (ex->json_path != NULL) {
        printf("    ");
        out_text(ex->json_path);
        putchar('\n');
    }
    return out_flush();
}

static void print_warnings(const struct explanation *ex)
{
    for (size_t m = 0; m < ex->n_maps; m++)
        for (size_t i = 0; explain_warning(&ex->map[m], i) != NULL; i++)
            out_say("%s: %s, component %zu: %s", ex->path, ex->map[m].layer, ex->map[m].component,
                    explain_warning(&ex->map[m], i));
}

static int explain_all(struct explainer *explainer, const struct inputs *inputs)
{
    const struct explain_options *options = explainer->options;
    struct progress progress;
    struct ecam_error err;
    int exit_status = CLI_EXIT_DONE;
    progress_begin(&progress, inputs->n, options->run.is_quiet);
    for (size_t i = 0; i < inputs->n && !ferror(stdout); i++) {
        struct explanation ex = { 0 };
        const char *path = inputs->path[i];
        progress_show(&progress, i, path);
        const enum ecam_status status =
            inputs->error[i] != NULL
                ? ecam_fail(&err, ECAM_ERR_IO, "%s: %s", path, inputs->error[i])
                : explain_photo(explainer, path, &ex, &err);
        progress_hide(&progress);
        if (status == ECAM_OK) {
            if (!print_explanation(explainer, &ex))
                exit_status = CLI_EXIT_FAILED;
            if (!options->run.is_quiet)
                print_warnings(&ex);
        } else {
            out_say("%s", err.text);
            if (options->run.is_json)
                out_json_error(path, &err);
            exit_status = CLI_EXIT_FAILED;
        }
        explanation_free(&ex);
    }
    return exit_status;
}

/* A photo in the output folder is not to be replaced by a picture of that name. */
static enum ecam_status spare_inputs(const struct explainer *explainer, const struct inputs *inputs,
                                     struct ecam_error *err)
{
    char name[OUTNAME_BYTES];
    for (size_t i = 0; i < inputs->n; i++) {
        const char *slash = strrchr(inputs->path[i], '/');
        const char *last = slash == NULL ? inputs->path[i] : slash + 1;
        if (folder_holds(explainer->options->folder, inputs->path[i]) &&
            !outnames_take(explainer->files, last, "", name))
            return ecam_fail(err, ECAM_ERR_NOMEM, "the names of %zu photos", inputs->n);
    }
    return ECAM_OK;
}

static void tell_choices(const struct explainer *explainer)
{
    const struct explain_options *options = explainer->options;
    if (options->run.is_quiet)
        return;
    if (options->layers == NULL)
        out_say("layer %s, the default; 'eigencam layers' lists them all",
                ecam_names_get(explainer->layers, 0));
    if (explainer->salience_layer != NULL && options->salience_layer == NULL)
        out_say("salience of layer %s, the default", explainer->salience_layer);
    if (options->run.model == NULL && options->predicts)
        out_say("the bundled model knows %zu things; what is none of them gets a wrong name",
                runner_n_labels(&explainer->runner));
}

static int explain_inputs(struct explainer *explainer, const struct inputs *inputs)
{
    struct ecam_error err;
    enum ecam_status status = choose_layers(explainer, &err);
    if (status == ECAM_ERR_NAME || status == ECAM_ERR_ARG)
        return cli_usage("explain", "%s", err.text);
    explainer->stems = outnames_new();
    explainer->files = outnames_new();
    if (status == ECAM_OK && (explainer->stems == NULL || explainer->files == NULL))
        status = ecam_fail(&err, ECAM_ERR_NOMEM, "file names");
    if (status == ECAM_OK)
        status = folder_make(explainer->options->folder, &err);
    if (status == ECAM_OK)
        status = spare_inputs(explainer, inputs, &err);
    if (status != ECAM_OK) {
        out_say("%s", err.text);
        return CLI_EXIT_FAILED;
    }
    tell_choices(explainer);
    return explain_all(explainer, inputs);
}

int cmd_explain(int argc, char **argv)
{
    struct explain_options options = {
        .folder = "eigencam-out",
        .scale = -1,
        .salience = -1,
        .threshold = 0.15,
        .alpha = 0.5,
        .predicts = true,
    };
    struct explainer explainer = { .options = &options, .argc = argc };
    struct inputs inputs = { 0 };
    size_t n_words;
    int exit_status = CLI_EXIT_FAILED;
    /* Parsing reorders argv; the settings want it as it was given. */
    explainer.argv = malloc(((size_t)argc + 1) * sizeof *argv);
    if (explainer.argv == NULL)
        return exit_status;
    memcpy(explainer.argv, argv, ((size_t)argc + 1) * sizeof *argv);
    const enum cli_result parsed = explain_parse(argc, argv, &options, &n_words);
    if (parsed != CLI_RUN) {
        exit_status = parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
        goto out;
    }
    explainer.scale = options.scale >= 0                  ? (enum ecam_scale)options.scale
                      : options.mode == ECAM_CAM_CENTERED ? ECAM_SCALE_CLAMP
                                                          : ECAM_SCALE_MAX;
    exit_status = run_collect("explain", &options.run, argv, n_words, &inputs);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = runner_open("explain", &options.run, &explainer.runner);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = explain_inputs(&explainer, &inputs);
out:
    outnames_free(explainer.stems);
    outnames_free(explainer.files);
    ecam_names_free(explainer.layers);
    free(explainer.salience_layer);
    free(explainer.taps);
    free(explainer.argv);
    runner_close(&explainer.runner);
    inputs_free(&inputs);
    return exit_status;
}
