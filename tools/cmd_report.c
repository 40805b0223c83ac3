/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/commands.h"
#include "tools/file.h"
#include "tools/folder.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/report.h"
#include "tools/salience_layer.h"
#include "weights/sha256.h"

#define MAX_TOP 1000
#define MEGABYTE ((size_t)1000000)

const char cmd_report_help[] =
    "usage: eigencam report [-m MODEL] [-l LAYER,..] [-o FILE.html] [OPTION...] PHOTO...\n"
    "       eigencam report --compare A.json B.json [-o FILE.html]\n"
    "       eigencam report --index RESULTS... [-o FILE.html]\n"
    "\n"
    "Makes a page of what a network saw: one HTML file that holds everything it\n"
    "shows, loads nothing, and opens without a network and without a server.\n"
    "\n"
    "  eigencam report photo.jpg          writes photo.report.html\n"
    "  eigencam report -m resnet50.pth --level full -o cats.html cats/\n"
    "\n"
    "A PHOTO is what 'eigencam explain' takes: pictures, .npy, folders, '-'. Several\n"
    "make one page with a part for each.\n"
    "\n"
    "With --compare: two results of 'eigencam explain --save raw,json', of two networks,\n"
    "layers or photos, side by side, with their difference and how far they agree.\n"
    "\n"
    "With --index: a folder of 'eigencam explain', PHOTO.json or lines of 'eigencam\n"
    "evaluate' (.jsonl) as a table to be sorted and filtered, with thumbnails.\n"
    "\n"
    "what to show\n"
    "  -m, --model MODEL     weights or a model file; without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "  -l, --layers LIST     names and globs with commas, 'last' (default), 'all'\n"
    "      --level LEVEL     brief (default): the map, how strong it is, the classes,\n"
    "                        every setting; at most 0.5 MB a photo\n"
    "                        full: components, the maps of all blocks, salience, the\n"
    "                        table of layers too; at most 3 MB a photo\n"
    "                        teach: filters, feature maps, values worked out by hand\n"
    "                        and the network drawn too; at most 8 MB a photo\n"
    "      --times           time the layers too; the page is another each time then\n"
    "      --list FILE       more inputs, one a line ('-': standard input)\n"
    "  -r, --recursive       the folders in a folder too\n"
    "      --top K           classes to name (5)\n"
    "      --labels FILE     class names in place of the model's\n"
    "      --no-predict      name none: the network stops after the last layer needed\n"
    "\n"
    "how, as of 'eigencam explain'\n"
    "      --mode MODE       paper (default), centered\n"
    "      --sign RULE       auto (default), absmax, flip\n"
    "      --scale RULE      max, minmax, clamp\n"
    "      --threshold F     of the box, as a share of the maximum (0.15)\n"
    "      --salience-layer NAME   of the salience that 'full' shows\n"
    "      --colormap NAME   viridis (default), turbo, jet, inferno, magma, grey\n"
    "\n"
    "where to\n"
    "  -o, --output FILE     the page; '-': standard output. Without: photo.report.html,\n"
    "                        of several photos eigencam-report.html\n"
    "      --json            one JSON object a photo on stdout, on one line\n"
    "  -q, --quiet           no notes and no progress on stderr, only errors\n"
    "\n"
    "with what\n"
    "      --preset NAME     prepare photos otherwise than the model says\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       once: least memory (default); many: fastest over time\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "Pictures shrink until a photo's part fits its size. A photo that cannot be read\n"
    "gets a part that says so.\n"
    "\n"
    "exit status: 0 all done, 1 some input failed, 2 wrong usage or no such layer\n";

static enum cli_result parse(int argc, char **argv, struct report_options *r, size_t *n_words)
{
    static const char *const levels[] = { "brief", "full", "teach", NULL };
    const char *colormaps[ECAM_COLORMAP_COUNT + 1] = { NULL };
    for (int i = 0; i < ECAM_COLORMAP_COUNT; i++)
        colormaps[i] = ecam_colormap_name((enum ecam_colormap)i);
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS],
        input[RUN_INPUT_OPTIONS], photo[RUN_PHOTO_OPTIONS];
    const struct cli_option own[] = {
        { .name = "layers", .letter = 'l', .kind = CLI_STRING, .to = &r->layers },
        { .name = "output", .letter = 'o', .kind = CLI_STRING, .to = &r->output },
        { .name = "level", .kind = CLI_CHOICE, .to = &r->level, .choices = levels },
        { .name = "index", .kind = CLI_FLAG, .to = &r->is_index },
        { .name = "compare", .kind = CLI_FLAG, .to = &r->is_comparison },
        { .name = "times", .kind = CLI_FLAG, .to = &r->is_timed },
        { .name = "mode", .kind = CLI_CHOICE, .to = &r->mode, .choices = report_mode_names },
        { .name = "sign", .kind = CLI_CHOICE, .to = &r->sign, .choices = report_sign_names },
        { .name = "scale", .kind = CLI_CHOICE, .to = &r->scale, .choices = report_scale_names },
        { .name = "threshold", .kind = CLI_REAL, .to = &r->threshold, .min = 0, .max = 1 },
        { .name = "salience-layer", .kind = CLI_STRING, .to = &r->salience_layer },
        { .name = "colormap", .kind = CLI_CHOICE, .to = &r->colormap, .choices = colormaps },
        { .name = "no-predict", .kind = CLI_UNFLAG, .to = &r->predicts },
        { .name = "top", .kind = CLI_COUNT, .to = &r->top, .min = 1, .max = MAX_TOP },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },        run_model_options(&r->run, model),
        run_engine_options(&r->run, engine), run_input_options(&r->run, input),
        run_photo_options(&r->run, photo),
    };
    const enum cli_result result =
        cli_parse("report", groups, ECAM_ARRAY_LEN(groups), argc, argv, n_words);
    const char *wrong = NULL;
    if (r->is_timed && r->level < REPORT_FULL)
        wrong = "--times needs --level full: brief has no place for it";
    else if (r->salience_layer != NULL && r->level < REPORT_FULL)
        wrong = "--salience-layer needs --level full: brief has no place for it";
    else if (r->is_timed && !r->predicts)
        wrong = "--times and --no-predict exclude each other: the whole network is timed";
    if (result == CLI_RUN && wrong != NULL) {
        cli_usage("report", "%s", wrong);
        return CLI_USAGE;
    }
    return result;
}

/* ---- Getting ready ---- */

static enum ecam_status choose_layers(struct reporter *reporter, struct ecam_error *err)
{
    const struct report_options *options = reporter->options;
    const struct ecam_model *model = reporter->runner.model;
    enum ecam_status status = ecam_names_find(
        model, options->layers == NULL ? "last" : options->layers, &reporter->layers, err);
    if (status != ECAM_OK)
        return status;
    const size_t n = ecam_names_count(reporter->layers);
    reporter->taps = calloc(n, sizeof *reporter->taps);
    if (reporter->taps == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the names of %zu layers", n);
    for (size_t i = 0; i < n; i++)
        reporter->taps[i] = ecam_names_get(reporter->layers, i);
    reporter->runner.taps = reporter->taps;
    reporter->runner.n_taps = n;
    reporter->runner.stops_after_taps = !options->predicts;
    if (options->level < REPORT_FULL)
        return ECAM_OK;
    status = salience_layer(model, options->salience_layer, &reporter->salience_layer, err);
    return status == ECAM_OK ? report_blocks(model, &reporter->block, &reporter->n_blocks,
                                             &reporter->n_blocks_left_out, err)
                             : status;
}

/* The hash of the model's file, where the file itself records none. */
static enum ecam_status hash_model(struct reporter *reporter, struct ecam_error *err)
{
    const struct ecam_model *model = reporter->runner.model;
    const char *path = ecam_model_fact(model, "path");
    struct ecam_sha256 sha;
    char block[1 << 16];
    size_t n;
    if (path == NULL || reporter->options->run.model == NULL ||
        ecam_model_fact(model, "source_sha256") != NULL ||
        ecam_model_fact(model, "data_sha256") != NULL)
        return ECAM_OK;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: cannot be read again", path);
    ecam_sha256_begin(&sha);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        ecam_sha256_add(&sha, block, n);
    ecam_sha256_end(&sha, reporter->model_sha256);
    const bool is_read = !ferror(file);
    fclose(file);
    return is_read ? ECAM_OK : ecam_fail(err, ECAM_ERR_IO, "%s: cannot be read again", path);
}

/* ---- The page ---- */

static bool print_photo(const struct reporter *reporter, const struct report_photo *photo,
                        const char *file)
{
    if (reporter->options->run.is_json) {
        struct json json = { 0 };
        json_object_begin(&json);
        json_key(&json, "schema");
        json_uint(&json, 1);
        json_key(&json, "input");
        json_string(&json, photo->path);
        json_key(&json, "report");
        json_string(&json, file);
        json_object_end(&json);
        return out_json(&json);
    }
    out_text(photo->path);
    printf("  %zux%zu\n", photo->input.geometry.photo_w, photo->input.geometry.photo_h);
    run_print_top(photo->top, photo->n_top);
    return out_flush();
}

/* What is on its way to the file. */
struct writing {
    struct reporter *reporter;
    struct file_writer *file;
    struct page end;   /* written last, made of the first photo */
    bool says_nothing; /* the page itself goes to stdout */
    const char *path;
    size_t n_done;
};

static enum ecam_status put_photo(struct writing *writing, const char *path, size_t number,
                                  const char *error, struct ecam_error *err)
{
    struct reporter *reporter = writing->reporter;
    struct report_photo photo = { 0 };
    struct page page = { 0 };
    struct ecam_error why = { .text = "" };
    static const size_t rooms[] = { MEGABYTE / 2, 3 * MEGABYTE, 8 * MEGABYTE };
    size_t room = rooms[reporter->options->level];
    enum ecam_status status = ECAM_OK, made = ECAM_OK;
    made = error != NULL ? ecam_fail(&why, ECAM_ERR_IO, "%s: %s", path, error)
                         : report_run(reporter, path, &photo, &why);
    if (made == ECAM_OK && writing->n_done == 0) {
        /* The parts that are there once count for the first photo. */
        page_free(&writing->end); /* of a photo before, whose part then failed */
        status = report_put_end(&writing->end, reporter, &photo, err);
        room = ecam_sub_size(room, writing->end.len + 12000);
    }
    if (made == ECAM_OK && status == ECAM_OK)
        made = report_put_photo(&page, reporter, &photo, path, number, NULL, room, &why);
    if (made != ECAM_OK && status == ECAM_OK) {
        page_free(&page);
        status = report_put_photo(&page, reporter, NULL, path, number, why.text, room, err);
    }
    if (status == ECAM_OK)
        file_writer_put(writing->file, page.text, page.len);
    if (status == ECAM_OK && made == ECAM_OK) {
        writing->n_done++;
        if (!writing->says_nothing && !print_photo(reporter, &photo, writing->path))
            status = ecam_fail(err, ECAM_ERR_IO, "standard output");
    } else if (status == ECAM_OK) {
        out_say("%s", why.text);
        if (reporter->options->run.is_json && !writing->says_nothing)
            out_json_error(path, &why);
    }
    page_free(&page);
    report_photo_free(&photo);
    return status;
}

static int put_photos(struct writing *writing, const struct inputs *inputs)
{
    struct progress progress;
    struct ecam_error err;
    struct page begin = { 0 };
    enum ecam_status status = report_put_begin(&begin, writing->reporter, inputs, &err);
    if (status == ECAM_OK)
        file_writer_put(writing->file, begin.text, begin.len);
    page_free(&begin);
    progress_begin(&progress, inputs->n, writing->reporter->options->run.is_quiet);
    for (size_t i = 0; i < inputs->n && status == ECAM_OK; i++) {
        progress_show(&progress, i, inputs->path[i]);
        status = put_photo(writing, inputs->path[i], i + 1, inputs->error[i], &err);
        progress_hide(&progress);
    }
    if (status != ECAM_OK || writing->n_done == 0) {
        if (status != ECAM_OK)
            out_say("%s", err.text);
        file_writer_abort(writing->file);
        return CLI_EXIT_FAILED;
    }
    file_writer_put(writing->file, writing->end.text, writing->end.len);
    status = file_writer_commit(writing->file, &err);
    if (status != ECAM_OK)
        out_say("%s", err.text);
    else if (!writing->says_nothing && !writing->reporter->options->run.is_json) {
        out_text(writing->path);
        putchar('\n');
    }
    return status == ECAM_OK && writing->n_done == inputs->n ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}

/* "photo.report.html" in the folder where the program runs. */
static void default_path(const struct inputs *inputs, char path[OUTNAME_BYTES + 16])
{
    char stem[OUTNAME_BYTES];
    outname_stem(strcmp(inputs->path[0], "-") == 0 ? "stdin" : inputs->path[0], stem);
    if (inputs->n == 1)
        snprintf(path, OUTNAME_BYTES + 16, "%.*s.report.html", OUTNAME_BYTES - 16, stem);
    else
        snprintf(path, OUTNAME_BYTES + 16, "eigencam-report.html");
}

static int make_report(struct reporter *reporter, const struct inputs *inputs)
{
    const struct report_options *options = reporter->options;
    char own_path[OUTNAME_BYTES + 16];
    struct ecam_error err;
    struct writing writing = { .reporter = reporter, .path = options->output };
    enum ecam_status status = choose_layers(reporter, &err);
    if (status == ECAM_ERR_NAME || status == ECAM_ERR_ARG)
        return cli_usage("report", "%s", err.text);
    if (writing.path == NULL) {
        default_path(inputs, own_path);
        writing.path = own_path;
    }
    for (size_t i = 0; i < inputs->n; i++)
        if (folder_same(writing.path, inputs->path[i]))
            return cli_usage("report", "%s is a photo; -o names the page", writing.path);
    writing.says_nothing = strcmp(writing.path, "-") == 0;
    if (status == ECAM_OK)
        status = hash_model(reporter, &err);
    if (status == ECAM_OK)
        status = file_writer_open(writing.path, &writing.file, &err);
    if (status != ECAM_OK) {
        out_say("%s", err.text);
        return CLI_EXIT_FAILED;
    }
    if (options->layers == NULL && !options->run.is_quiet)
        out_say("layer %s, the default; 'eigencam layers' lists them all",
                ecam_names_get(reporter->layers, 0));
    const int exit_status = put_photos(&writing, inputs);
    page_free(&writing.end);
    return exit_status;
}

int cmd_report(int argc, char **argv)
{
    struct report_options options = { .scale = -1, .threshold = 0.15, .top = 5, .predicts = true };
    struct reporter reporter = { .options = &options, .argc = argc };
    struct inputs inputs = { 0 };
    size_t n_words;
    int exit_status = CLI_EXIT_FAILED;
    /* Parsing reorders argv; the page wants it as it was given. */
    reporter.argv = malloc(((size_t)argc + 1) * sizeof *argv);
    if (reporter.argv == NULL)
        return exit_status;
    memcpy(reporter.argv, argv, ((size_t)argc + 1) * sizeof *argv);
    const enum cli_result parsed = parse(argc, argv, &options, &n_words);
    if (parsed != CLI_RUN) {
        exit_status = parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
        goto out;
    }
    reporter.scale = options.scale >= 0                  ? (enum ecam_scale)options.scale
                     : options.mode == ECAM_CAM_CENTERED ? ECAM_SCALE_CLAMP
                                                         : ECAM_SCALE_MAX;
    if (options.is_comparison) {
        exit_status = n_words == 2 ? report_compare(&options, argv, reporter.argc, reporter.argv)
                                   : cli_usage("report", "--compare takes two results of "
                                                         "'eigencam explain', PHOTO.json");
        goto out;
    }
    if (options.is_index) {
        exit_status = n_words > 0
                          ? report_index(&options, argv, n_words, reporter.argc, reporter.argv)
                          : cli_usage("report", "--index takes results of 'eigencam "
                                                "explain' or 'evaluate'");
        goto out;
    }
    exit_status = run_collect("report", &options.run, argv, n_words, &inputs);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = runner_open("report", &options.run, &reporter.runner);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = make_report(&reporter, &inputs);
out:
    ecam_session_free(reporter.wide);
    ecam_names_free(reporter.layers);
    free(reporter.salience_layer);
    free(reporter.block);
    free(reporter.taps);
    free(reporter.argv);
    runner_close(&reporter.runner);
    inputs_free(&inputs);
    return exit_status;
}
