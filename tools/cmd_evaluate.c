/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/evaluate.h"
#include "tools/numbers.h"

const char cmd_evaluate_help[] =
    "usage: eigencam evaluate WHAT [-m MODEL] [OPTION...]\n"
    "\n"
    "Scores maps against annotated images, as in the tables of the Eigen-CAM paper.\n"
    "\n"
    "  eigencam evaluate localization -m vgg16.pth --ilsvrc ILSVRC -o vgg16.jsonl\n"
    "  eigencam evaluate localization --predictions vgg16.txt \\\n"
    "      --boxes LOC_val_solution.csv --sizes val_sizes.csv\n"
    "  eigencam evaluate segmentation -m vgg16.pth --graz graz02\n"
    "  eigencam evaluate proposal -m googlenet.pth --voc VOCdevkit/VOC2007\n"
    "\n"
    "what\n"
    "  localization          Table 1: one box an image against ILSVRC's\n"
    "  segmentation          Table 2: precision at equal error rate, Graz-02\n"
    "  proposal              Table 3: one box an image against VOC's objects\n"
    "  perturbation          maps of images and of the same images, disturbed\n"
    "  merge RESULTS...      one file of the files of all shards, and its scores\n"
    "  table RESULTS...      the scores of files of results in one table\n"
    "\n"
    "images\n"
    "      --ilsvrc DIR      with Data/CLS-LOC/val and Annotations/CLS-LOC/val\n"
    "      --voc DIR         with JPEGImages, Annotations and ImageSets/Main\n"
    "      --set NAME        VOC's list of images (test)\n"
    "      --graz DIR        of folders NAME with X.image.png and X.mask.K.png\n"
    "      --per-class N     images of each folder of Graz-02 (300; 0: all)\n"
    "      --images DIR      pictures, where they are in no such layout\n"
    "      --boxes DIR|CSV   XML files, or LOC_val_solution.csv\n"
    "      --list FILE       images to take, one a line (Caffe's val.txt)\n"
    "      --sizes CSV       ImageId,width,height, for predictions alone\n"
    "      --predictions FILE   score these boxes: a line an image, in the order of\n"
    "                        names, LABEL x0 y0 x1 y1, up to five times; LABEL is the\n"
    "                        development kit's number or a WordNet number\n"
    "      --label-index     LABEL is 0 to 999 by rising WordNet number\n"
    "      --perturbations DIR  IMAGE.npy is added to what enters the network\n"
    "\n"
    "maps\n"
    "  -m, --model MODEL     weights or a model file; without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "  -l, --layers LIST     names and globs with commas (last)\n"
    "      --methods LIST    of eigencam, eigencam-centered, mean, noise (all)\n"
    "      --prep WAY        squash (default): all of the photo, aspect lost; crop:\n"
    "                        short side 256, middle 224; pad; model: as it says\n"
    "      --preset NAME     other means and channels than the model says\n"
    "      --sign RULE       auto (default), absmax, flip\n"
    "      --scale RULE      max, minmax or clamp (minmax, of centred maps clamp)\n"
    "      --threshold P     of the box, in percent of the map's maximum (15)\n"
    "      --connectivity N  8 (default) or 4 neighbours make a component\n"
    "      --tolerance N     of the pointing game, in pixels (15)\n"
    "      --centre F        sides of the centred box (0.72)\n"
    "      --known-only      no errors that ask for the class\n"
    "\n"
    "results\n"
    "  -o, --output FILE     JSON lines, one an image (evaluation.jsonl)\n"
    "      --resume          go on with that file\n"
    "      --shard I/N       every N-th image from the I-th; no scores\n"
    "      --format F        of the tables: text (default), markdown, csv, json\n"
    "      --published       the published table too\n"
    "      --gallery N       a sheet of the N best, median and worst images\n"
    "      --gallery-file F  its name (gallery.png)\n"
    "  -q, --quiet           no notes and no progress on stderr, only errors\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       once: least memory; many: fastest (default)\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "An image that cannot be read counts as a miss, and is told. A run that was ended\n"
    "goes on with --resume; shards merge to what one run would have written.\n"
    "\n"
    "exit status: 0 all done, 1 some image failed, 2 wrong usage or no such layer\n";

static bool set_methods(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct evaluate_options *options = to;
    memset(options->methods, 0, sizeof options->methods);
    while (true) {
        const size_t len = strcspn(value, ",");
        int m = 0;
        while (m < METHOD_COUNT && (strlen(evaluate_method_names[m]) != len ||
                                    memcmp(evaluate_method_names[m], value, len) != 0))
            m++;
        if (m == METHOD_COUNT) {
            snprintf(why, CLI_WHY_BYTES,
                     "no method '%.*s', expected some of eigencam, eigencam-centered, mean, noise",
                     len < 40 ? (int)len : 40, value);
            return false;
        }
        options->methods[m] = true;
        if (value[len] == '\0')
            return true;
        value += len + 1;
    }
}

static bool set_shard(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct evaluate_options *options = to;
    const char *slash = strchr(value, '/');
    char first[24];
    snprintf(why, CLI_WHY_BYTES, "expected I/N with I from 1 to N, as in 3/7");
    if (slash == NULL || (size_t)(slash - value) >= sizeof first)
        return false;
    memcpy(first, value, (size_t)(slash - value));
    first[slash - value] = '\0';
    return number_count(first, &options->shard) && number_count(slash + 1, &options->n_shards) &&
           options->shard >= 1 && options->shard <= options->n_shards;
}

static bool set_connectivity(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    snprintf(why, CLI_WHY_BYTES, "expected 8 or 4");
    return number_count(value, to) && (*(size_t *)to == 8 || *(size_t *)to == 4);
}

static const char *const signs[] = { "auto", "absmax", "flip", NULL };
static const char *const scales[] = { "by-method", "max", "minmax", "clamp", NULL };
static const char *const formats[] = { "text", "markdown", "csv", "json", NULL };

static int run(const struct evaluate_options *options, char *const *words, size_t n_words)
{
    const char *what = words[0];
    const bool has_boxes = strcmp(what, "localization") == 0 || strcmp(what, "proposal") == 0;
    if (options->gallery > 0 && (!has_boxes || options->predictions != NULL))
        return cli_usage("evaluate", "--gallery is for boxes of maps: localization and proposal");
    if (strcmp(what, "merge") == 0)
        return evaluate_merge(options, words + 1, n_words - 1);
    if (strcmp(what, "table") == 0)
        return evaluate_table(options, words + 1, n_words - 1);
    if (n_words > 1)
        return cli_usage("evaluate", "'%s': images are named by options", words[1]);
    if (strcmp(what, "localization") == 0)
        return options->predictions != NULL ? evaluate_predictions(options)
                                            : evaluate_localization(options);
    if (strcmp(what, "segmentation") == 0)
        return evaluate_segmentation(options);
    if (strcmp(what, "proposal") == 0)
        return evaluate_proposal(options);
    if (strcmp(what, "perturbation") == 0)
        return evaluate_perturbation(options);
    return cli_usage("evaluate",
                     "there is no '%s', expected localization, segmentation, proposal, "
                     "perturbation, merge or table",
                     what);
}

int cmd_evaluate(int argc, char **argv)
{
    struct evaluate_options o = {
        .run.goal = ECAM_GOAL_MANY,
        .methods = { true, true, true, true },
        .prep = PREP_SQUASH,
        .connectivity = 8,
        .threshold = EVAL_LAST_PERCENT,
        .tolerance = 15,
        .centre = 0.72,
        .output = "evaluation.jsonl",
        .gallery_file = "gallery.png",
        .set = "test",
        .limit = 300,
    };
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS],
        photo[RUN_PHOTO_OPTIONS];
    const struct cli_option data[] = {
        { .name = "ilsvrc", .kind = CLI_STRING, .to = &o.ilsvrc },
        { .name = "voc", .kind = CLI_STRING, .to = &o.voc },
        { .name = "graz", .kind = CLI_STRING, .to = &o.graz },
        { .name = "set", .kind = CLI_STRING, .to = &o.set },
        { .name = "per-class", .kind = CLI_COUNT, .to = &o.limit, .max = 1e6 },
        { .name = "images", .kind = CLI_STRING, .to = &o.images },
        { .name = "boxes", .kind = CLI_STRING, .to = &o.boxes },
        { .name = "sizes", .kind = CLI_STRING, .to = &o.sizes },
        { .name = "list", .kind = CLI_STRING, .to = &o.run.list },
        { .name = "predictions", .kind = CLI_STRING, .to = &o.predictions },
        { .name = "label-index", .kind = CLI_FLAG, .to = &o.is_label_index },
        { .name = "perturbations", .kind = CLI_STRING, .to = &o.perturbations },
    };
    const struct cli_option maps[] = {
        { .name = "layers", .letter = 'l', .kind = CLI_STRING, .to = &o.layers },
        { .name = "methods", .kind = CLI_CALL, .to = &o, .call = set_methods },
        { .name = "prep", .kind = CLI_CHOICE, .to = &o.prep, .choices = prep_names },
        { .name = "sign", .kind = CLI_CHOICE, .to = &o.sign, .choices = signs },
        { .name = "scale", .kind = CLI_CHOICE, .to = &o.scale, .choices = scales },
        { .name = "threshold", .kind = CLI_COUNT, .to = &o.threshold, .max = 100 },
        { .name = "connectivity",
          .kind = CLI_CALL,
          .to = &o.connectivity,
          .call = set_connectivity },
        { .name = "tolerance", .kind = CLI_COUNT, .to = &o.tolerance, .max = 1e6 },
        { .name = "centre", .kind = CLI_REAL, .to = &o.centre, .min = 0.01, .max = 1 },
        { .name = "known-only", .kind = CLI_FLAG, .to = &o.known_only },
    };
    const struct cli_option results[] = {
        { .name = "output", .letter = 'o', .kind = CLI_STRING, .to = &o.output },
        { .name = "resume", .kind = CLI_FLAG, .to = &o.is_resumed },
        { .name = "shard", .kind = CLI_CALL, .to = &o, .call = set_shard },
        { .name = "format", .kind = CLI_CHOICE, .to = &o.format, .choices = formats },
        { .name = "published", .kind = CLI_FLAG, .to = &o.with_published },
        { .name = "gallery", .kind = CLI_COUNT, .to = &o.gallery, .max = 100 },
        { .name = "gallery-file", .kind = CLI_STRING, .to = &o.gallery_file },
    };
    const struct cli_group groups[] = {
        { data, ECAM_ARRAY_LEN(data) },       { maps, ECAM_ARRAY_LEN(maps) },
        { results, ECAM_ARRAY_LEN(results) }, run_model_options(&o.run, model),
        run_engine_options(&o.run, engine),   run_photo_options(&o.run, photo),
    };
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("evaluate", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words == 0)
        return cli_usage("evaluate", "what is to be evaluated? localization, segmentation, "
                                     "proposal, perturbation, merge or table");
    if (o.run.is_json)
        o.format = EVAL_JSON;
    return run(&o, argv, n_words);
}
