/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "engine/error.h"
#include "tools/commands.h"
#include "tools/folder.h"
#include "tools/npy.h"
#include "tools/outnames.h"
#include "tools/output.h"
#include "tools/runner.h"

const char cmd_tap_help[] =
    "usage: eigencam tap [-m MODEL] -l LAYER,.. -o DIR [OPTION...] PHOTO\n"
    "\n"
    "Writes the output of layers as DIR/LAYER.npy, float32, NCHW (1xK for dense\n"
    "layers): exactly what the module of that name returns in the source framework.\n"
    "\n"
    "  eigencam tap -l 'layer4.*' -o taps photo.jpg\n"
    "  eigencam tap -m vgg16.pth -l features.28,features.29 -o taps input.npy\n"
    "\n"
    "PHOTO is a photo, a .npy (3xHxW or 1x3xHxW float32: what enters the first\n"
    "layer), or '-'. The network stops after the last layer that is asked for.\n"
    "\n"
    "  -m, --model MODEL     weights or a model file; without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "  -l, --layers LIST     names and globs with commas, 'last', 'all'\n"
    "                        ('eigencam layers' lists the names)\n"
    "  -o, --output DIR      where the files go; made if it is missing\n"
    "      --preset NAME     prepare photos otherwise than the model says, as with\n"
    "                        'eigencam convert --preset'\n"
    "      --json            what was written, as one JSON object\n"
    "  -q, --quiet           no notes on stderr, only errors\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       once: least memory (default); many: fastest over time\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "exit status: 0 done, 1 failed, 2 wrong usage or no such layer\n";

struct tap {
    struct run_options run;
    const char *layers, *folder;
    struct outnames *outnames;
};

/* Writes one layer's output, and a line or a JSON member about it. */
static enum ecam_status write_tap(const struct tap *tap, const struct ecam_session *session,
                                  const char *layer, struct json *json, struct ecam_error *err)
{
    struct ecam_tensor tensor;
    char safe[OUTNAME_BYTES], name[OUTNAME_BYTES], shape[OUT_SHAPE_BYTES];
    enum ecam_status status = ecam_session_tap(session, layer, &tensor, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_shape dims = { tensor.rank, { tensor.n, tensor.c, tensor.h, tensor.w } };
    outname_safe(layer, safe);
    char *path =
        outnames_take(tap->outnames, safe, ".npy", name) ? folder_join(tap->folder, name) : NULL;
    if (path == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a file name");
    status = npy_write(path, tensor.data, dims.dim, dims.rank, err);
    if (status == ECAM_OK && tap->run.is_json) {
        json_object_begin(json);
        json_key(json, "layer");
        json_string(json, layer);
        json_key(json, "shape");
        json_list_begin(json);
        for (uint32_t i = 0; i < dims.rank; i++)
            json_uint(json, dims.dim[i]);
        json_list_end(json);
        json_key(json, "file");
        json_string(json, path);
        json_object_end(json);
    } else if (status == ECAM_OK) {
        out_text(path);
        printf("  %s\n", out_shape(&dims, shape));
    }
    free(path);
    return status;
}

static enum ecam_status tap_input(const struct tap *tap, struct runner *runner, const char *path,
                                  struct json *json, struct ecam_error *err)
{
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    enum ecam_status status = run_input_read(runner, path, &input, err);
    if (status != ECAM_OK)
        return status;
    status = runner_run(runner, &input, &session, err);
    if (status != ECAM_OK)
        ecam_error_at(err, status, path);
    if (status == ECAM_OK)
        status = folder_make(tap->folder, err);
    if (status == ECAM_OK) {
        json_object_begin(json);
        run_json(json, runner, session, path, NULL, 0);
        json_key(json, "taps");
        json_list_begin(json);
        for (size_t i = 0; i < runner->n_taps && status == ECAM_OK; i++)
            status = write_tap(tap, session, runner->taps[i], json, err);
        json_list_end(json);
        json_object_end(json);
    }
    run_input_free(&input);
    return status;
}

static int tap_layers(const struct tap *tap, struct runner *runner, const char *path)
{
    struct ecam_error err;
    struct ecam_names *names = NULL;
    struct json json = { 0 };
    enum ecam_status status = ecam_names_find(runner->model, tap->layers, &names, &err);
    if (status == ECAM_ERR_NAME || status == ECAM_ERR_ARG)
        return cli_usage("tap", "%s", err.text);
    const size_t n = status == ECAM_OK ? ecam_names_count(names) : 0;
    const char **taps = calloc(n + 1, sizeof *taps);
    if (status == ECAM_OK && taps == NULL)
        status = ecam_fail(&err, ECAM_ERR_NOMEM, "the names of layers");
    if (status == ECAM_OK) {
        for (size_t i = 0; i < n; i++)
            taps[i] = ecam_names_get(names, i);
        runner->taps = taps;
        runner->n_taps = n;
        runner->stops_after_taps = true;
        status = tap_input(tap, runner, path, &json, &err);
    }
    if (status != ECAM_OK)
        out_say("%s", err.text);
    if (tap->run.is_json && (status == ECAM_OK ? !out_json(&json) : !out_json_error(path, &err)))
        status = ECAM_ERR_IO;
    json_free(&json);
    free(taps);
    ecam_names_free(names);
    return status == ECAM_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}

int cmd_tap(int argc, char **argv)
{
    struct tap tap = { 0 };
    struct runner runner = { 0 };
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS],
        photo[RUN_PHOTO_OPTIONS];
    const struct cli_option own[] = {
        { .name = "layers", .letter = 'l', .kind = CLI_STRING, .to = &tap.layers },
        { .name = "output", .letter = 'o', .kind = CLI_STRING, .to = &tap.folder },
    };
    struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },
        run_model_options(&tap.run, model),
        run_engine_options(&tap.run, engine),
        run_photo_options(&tap.run, photo),
    };
    groups[3].n--; /* without --labels */
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("tap", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (tap.layers == NULL || tap.folder == NULL || n_words != 1)
        return cli_usage("tap", "%s",
                         tap.layers == NULL   ? "which layers? -l LAYER is missing"
                         : tap.folder == NULL ? "where to? -o DIR is missing"
                         : n_words == 0       ? "no photo is given"
                                              : "one photo at a time");
    int exit_status = runner_open("tap", &tap.run, &runner);
    if (exit_status == CLI_EXIT_DONE) {
        tap.outnames = outnames_new();
        exit_status = tap.outnames == NULL ? CLI_EXIT_FAILED : tap_layers(&tap, &runner, argv[0]);
    }
    outnames_free(tap.outnames);
    runner_close(&runner);
    return exit_status;
}
