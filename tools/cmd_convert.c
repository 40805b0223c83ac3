/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/commands.h"
#include "tools/folder.h"
#include "tools/labels.h"
#include "tools/numbers.h"
#include "tools/output.h"
#include "tools/runner.h"
#include "tools/signals.h"

#define MAX_PIXELS 65536 /* a side */

const char cmd_convert_help[] =
    "usage: eigencam convert SRC -o DST.safetensors [OPTION...]\n"
    "\n"
    "Makes one model file from weights: the tensors, and what a prediction needs\n"
    "beside them (the graph, how photos are prepared, the names of the classes).\n"
    "Other programs read it as plain safetensors.\n"
    "\n"
    "  eigencam convert resnet50.pth -o resnet50.safetensors --half\n"
    "  eigencam convert own.pth -o own.safetensors --labels own.txt --squash 64x64\n"
    "\n"
    "SRC is .pth (any layout), .safetensors, .npz, told from its bytes. A model file\n"
    "is accepted too; without options it is written back byte for byte.\n"
    "\n"
    "  -o, --output FILE     the model file; never SRC itself\n"
    "      --half            tensors of two and more dimensions as float16\n"
    "      --labels FILE     class names: one a line (a WordNet number before it is\n"
    "                        left out), a JSON list, or a JSON object by index\n"
    "      --license TEXT    a note on the licence of the weights\n"
    "      --json            what was written, as one JSON object\n"
    "  -q, --quiet           no notes on stderr, only errors\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "how photos are prepared (what is not given stays as it is in SRC)\n"
    "      --resize N        the short side to N pixels, the aspect kept;\n"
    "                        0: photos enter at their own size\n"
    "      --squash HxW      to H rows of W pixels, the aspect lost; no crop\n"
    "      --crop N          then the N x N pixels in the middle; 0: no crop\n"
    "      --scale F         bytes are multiplied by F (1/255 = 0.00392156886)\n"
    "      --mean A,B,C      subtracted from each channel, in the network's order\n"
    "      --std A,B,C       then divided by\n"
    "      --bgr | --rgb     order of channels that the network wants\n"
    "      --filter NAME     bilinear or bicubic\n"
    "\n"
    "exit status: 0 done, 1 failed, 2 wrong usage\n";

/* What the options change, over what SRC has. */
struct change {
    size_t resize, crop;
    struct {
        size_t h, w;
    } squash;
    double scale;
    struct triple {
        float value[3];
        bool is_given;
    } mean, std;
    bool is_bgr, is_rgb;
    int filter;
};

#define NOT_GIVEN SIZE_MAX

static bool set_squash(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct change *change = to;
    snprintf(why, CLI_WHY_BYTES, "expected HxW, as in 224x224, at most %d a side", MAX_PIXELS);
    return number_size(value, &change->squash.h, &change->squash.w) &&
           change->squash.h <= MAX_PIXELS && change->squash.w <= MAX_PIXELS;
}

static bool set_triple(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct triple *triple = to;
    char part[64];
    snprintf(why, CLI_WHY_BYTES, "expected three numbers, as in 0.485,0.456,0.406");
    for (int i = 0; i < 3; i++) {
        double real;
        const size_t len = strcspn(value, ",");
        if (len >= sizeof part || (value[len] == ',') != (i < 2))
            return false;
        memcpy(part, value, len);
        part[len] = '\0';
        if (!number_real(part, &real) || real > 1e6 || real < -1e6)
            return false;
        triple->value[i] = (float)real;
        value += len + (i < 2);
    }
    return triple->is_given = true;
}

static bool set_std(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    const struct triple *triple = to;
    if (!set_triple(value, to, why))
        return false;
    snprintf(why, CLI_WHY_BYTES, "each must be above 0");
    return triple->value[0] > 0 && triple->value[1] > 0 && triple->value[2] > 0;
}

/* Puts the change over `pre`; true where there is one. */
static bool apply(const struct change *change, struct ecam_preprocess *pre)
{
    const struct ecam_preprocess before = *pre;
    if (change->resize != NOT_GIVEN) {
        pre->resize = change->resize == 0 ? ECAM_RESIZE_NONE : ECAM_RESIZE_SHORT;
        pre->resize_h = (uint32_t)change->resize;
        pre->resize_w = 0;
    }
    if (change->squash.h != 0) {
        pre->resize = ECAM_RESIZE_SQUASH;
        pre->resize_h = (uint32_t)change->squash.h;
        pre->resize_w = (uint32_t)change->squash.w;
        pre->crop_h = pre->crop_w = 0;
    }
    if (change->crop != NOT_GIVEN)
        pre->crop_h = pre->crop_w = (uint32_t)change->crop;
    if (change->scale != 0)
        pre->scale = (float)change->scale;
    if (change->mean.is_given)
        memcpy(pre->mean, change->mean.value, sizeof pre->mean);
    if (change->std.is_given)
        memcpy(pre->std, change->std.value, sizeof pre->std);
    if (change->is_bgr || change->is_rgb)
        pre->is_bgr = change->is_bgr;
    if (change->filter >= 0)
        pre->filter = (enum ecam_filter)change->filter;
    return memcmp(&before, pre, sizeof before) != 0;
}

static bool print_result(const struct run_options *run, const char *source, const char *target,
                         const struct ecam_model *model)
{
    struct stat st;
    char size[32];
    const uint64_t bytes = stat(target, &st) == 0 ? (uint64_t)st.st_size : 0;
    const char *family = ecam_model_fact(model, "family");
    if (!run->is_json) {
        out_text(target);
        printf("  %s, ", out_amount((double)bytes, "B", size));
        out_text(family != NULL ? family : "unnamed network");
        printf(", %zu class names\n", ecam_model_n_labels(model));
        return true;
    }
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "schema");
    json_uint(&json, 1);
    json_key(&json, "input");
    json_string(&json, source);
    json_key(&json, "output");
    json_string(&json, target);
    json_key(&json, "bytes");
    json_uint(&json, bytes);
    json_key(&json, "family");
    json_string(&json, family);
    json_key(&json, "labels");
    json_uint(&json, ecam_model_n_labels(model));
    json_object_end(&json);
    return out_json(&json);
}

static enum ecam_status convert(const struct run_options *run, const char *source,
                                const char *target, const char *label_file,
                                const struct change *change, const struct ecam_save_options *wanted,
                                struct ecam_error *err)
{
    struct ecam_model *model = NULL;
    struct labels labels = { 0 };
    struct ecam_preprocess pre;
    struct ecam_save_options save = *wanted;
    enum ecam_status status = ECAM_OK;
    if (label_file != NULL)
        status = labels_read(label_file, &labels, err);
    if (status == ECAM_OK)
        status = run_load(run, source, &model, err);
    if (status != ECAM_OK)
        goto out;
    save.labels = (const char *const *)labels.name;
    save.n_labels = labels.n;
    pre = *ecam_model_preprocess(model);
    if (apply(change, &pre))
        save.preprocess = &pre;
    signals_hold();
    status = ecam_model_save(model, target, &save, err);
    signals_release();
    if (status != ECAM_OK)
        goto out;
    /* What is told is what the file holds now. */
    ecam_model_free(model);
    model = NULL;
    status = ecam_model_load(target, &run->limits, &model, err);
    if (status == ECAM_OK && !print_result(run, source, target, model))
        status = ECAM_ERR_IO;
out:
    ecam_model_free(model);
    labels_free(&labels);
    return status;
}

int cmd_convert(int argc, char **argv)
{
    static const char *const filters[] = { "bilinear", "bicubic", NULL };
    struct run_options run = { 0 };
    struct change change = { .resize = NOT_GIVEN, .crop = NOT_GIVEN, .filter = -1 };
    struct ecam_save_options save = { 0 };
    struct ecam_error err = { 0 };
    const char *target = NULL, *label_file = NULL;
    struct cli_option model[RUN_MODEL_OPTIONS];
    const struct cli_option own[] = {
        { .name = "output", .letter = 'o', .kind = CLI_STRING, .to = &target },
        { .name = "half", .kind = CLI_FLAG, .to = &save.half },
        { .name = "labels", .kind = CLI_STRING, .to = &label_file },
        { .name = "license", .kind = CLI_STRING, .to = &save.license },
        { .name = "resize", .kind = CLI_COUNT, .to = &change.resize, .max = MAX_PIXELS },
        { .name = "squash", .kind = CLI_CALL, .to = &change, .call = set_squash },
        { .name = "crop", .kind = CLI_COUNT, .to = &change.crop, .max = MAX_PIXELS },
        { .name = "scale", .kind = CLI_REAL, .to = &change.scale, .min = 1e-6, .max = 1e6 },
        { .name = "mean", .kind = CLI_CALL, .to = &change.mean, .call = set_triple },
        { .name = "std", .kind = CLI_CALL, .to = &change.std, .call = set_std },
        { .name = "bgr", .kind = CLI_FLAG, .to = &change.is_bgr },
        { .name = "rgb", .kind = CLI_FLAG, .to = &change.is_rgb },
        { .name = "filter", .kind = CLI_CHOICE, .to = &change.filter, .choices = filters },
    };
    /* Without -m: the model is the first word. */
    struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },
        run_model_options(&run, model),
    };
    groups[1].options++;
    groups[1].n--;
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("convert", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words != 1)
        return cli_usage("convert", "%s",
                         n_words == 0 ? "what is to be converted? SRC is missing"
                                      : "one file at a time");
    if (target == NULL)
        return cli_usage("convert", "where to? -o DST.safetensors is missing");
    if (change.is_bgr && change.is_rgb)
        return cli_usage("convert", "--bgr and --rgb exclude each other");
    if (change.squash.h != 0 && change.resize != NOT_GIVEN)
        return cli_usage("convert", "--squash and --resize exclude each other");
    if (folder_same(argv[0], target))
        return cli_usage("convert", "%s is the source itself; it is not overwritten", target);
    if (convert(&run, argv[0], target, label_file, &change, &save, &err) == ECAM_OK)
        return CLI_EXIT_DONE;
    if (err.text[0] != '\0')
        out_say("%s", err.text);
    if (run.is_json && err.text[0] != '\0')
        out_json_error(argv[0], &err);
    return CLI_EXIT_FAILED;
}
