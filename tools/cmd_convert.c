/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/commands.h"
#include "tools/folder.h"
#include "tools/labels.h"
#include "tools/output.h"
#include "tools/photo_options.h"
#include "tools/runner.h"
#include "tools/signals.h"

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
    "      --preset NAME     as a family of networks wants them, before what follows:\n"
    "                        torchvision, caffe-vgg, caffe-bvlc, caffe-densenet,\n"
    "                        resnet-msra, tf, raw (eigencam(1) has the numbers)\n"
    "      --resize N        the short side to N pixels, the aspect kept;\n"
    "                        0: photos enter at their own size\n"
    "      --squash HxW      to H rows of W pixels, the aspect lost; no crop\n"
    "      --crop N          then the N x N pixels in the middle; 0: no crop\n"
    "      --scale F         bytes are multiplied by F (1/255 = 0.00392156886)\n"
    "      --mean A,B,C      subtracted from each channel, in the network's order\n"
    "      --mean FILE       the same from Caffe's mean.binaryproto or a .npy,\n"
    "                        averaged by channel\n"
    "      --std A,B,C       then divided by\n"
    "      --bgr | --rgb     order of channels that the network wants\n"
    "      --filter NAME     bilinear or bicubic\n"
    "\n"
    "exit status: 0 done, 1 failed, 2 wrong usage\n";

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

struct job {
    struct run_options run;
    const char *source, *target, *label_file;
    struct photo_options photo;
    struct ecam_save_options save;
};

static enum ecam_status convert(const struct job *job, struct ecam_error *err)
{
    struct ecam_model *model = NULL;
    struct labels labels = { 0 };
    struct ecam_preprocess pre;
    struct ecam_save_options save = job->save;
    bool is_changed = false;
    enum ecam_status status = ECAM_OK;
    if (job->label_file != NULL)
        status = labels_read(job->label_file, &labels, err);
    if (status == ECAM_OK)
        status = run_load(&job->run, job->source, &model, err);
    if (status == ECAM_OK)
        status = photo_options_apply(&job->photo, model, &job->run.limits, job->run.is_quiet, &pre,
                                     &is_changed, err);
    if (status != ECAM_OK)
        goto out;
    if (job->label_file != NULL && !job->run.is_quiet)
        labels_check(job->label_file, &labels, model);
    save.labels = (const char *const *)labels.name;
    save.n_labels = labels.n;
    if (is_changed)
        save.preprocess = &pre;
    signals_hold();
    status = ecam_model_save(model, job->target, &save, err);
    signals_release();
    if (status != ECAM_OK)
        goto out;
    /* What is told is what the file holds now. */
    ecam_model_free(model);
    model = NULL;
    status = ecam_model_load(job->target, &job->run.limits, &model, err);
    if (status == ECAM_OK && !print_result(&job->run, job->source, job->target, model))
        status = ECAM_ERR_IO;
out:
    ecam_model_free(model);
    labels_free(&labels);
    return status;
}

int cmd_convert(int argc, char **argv)
{
    struct job job = { 0 };
    struct ecam_error err = { 0 };
    struct cli_option model[RUN_MODEL_OPTIONS], photo[PHOTO_OPTIONS];
    const struct cli_option own[] = {
        { .name = "output", .letter = 'o', .kind = CLI_STRING, .to = &job.target },
        { .name = "half", .kind = CLI_FLAG, .to = &job.save.half },
        { .name = "labels", .kind = CLI_STRING, .to = &job.label_file },
        { .name = "license", .kind = CLI_STRING, .to = &job.save.license },
    };
    /* Without -m: the model is the first word. */
    struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },
        photo_options(&job.photo, photo),
        run_model_options(&job.run, model),
    };
    groups[2].options++;
    groups[2].n--;
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("convert", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words != 1)
        return cli_usage("convert", "%s",
                         n_words == 0 ? "what is to be converted? SRC is missing"
                                      : "one file at a time");
    if (job.target == NULL)
        return cli_usage("convert", "where to? -o DST.safetensors is missing");
    if (photo_options_fault(&job.photo) != NULL)
        return cli_usage("convert", "%s", photo_options_fault(&job.photo));
    job.source = argv[0];
    if (folder_same(job.source, job.target))
        return cli_usage("convert", "%s is the source itself; it is not overwritten", job.target);
    if (convert(&job, &err) == ECAM_OK)
        return CLI_EXIT_DONE;
    if (err.text[0] != '\0')
        out_say("%s", err.text);
    if (job.run.is_json && err.text[0] != '\0')
        out_json_error(job.source, &err);
    return CLI_EXIT_FAILED;
}
