/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/isa.h"
#include "tools/commands.h"
#include "tools/model_json.h"
#include "tools/output.h"
#include "tools/runner.h"

const char cmd_info_help[] =
    "usage: eigencam info [MODEL] [--verify] [--json]\n"
    "       eigencam info --kernels\n"
    "\n"
    "Tells what a model file is: the network, where its weights come from, how photos\n"
    "are prepared for it, and which layer 'explain' reads.\n"
    "\n"
    "  eigencam info\n"
    "  eigencam info --verify resnet50.safetensors\n"
    "\n"
    "Without MODEL it is the bundled model.\n"
    "\n"
    "      --verify          read every weight and compare all hashes and checksums\n"
    "                        that the file records\n"
    "      --kernels         instead: which function does what, for each instruction\n"
    "                        set of this build\n"
    "      --json            the same as one JSON object\n"
    "  -q, --quiet           no notes on stderr, only errors\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "exit status: 0 done, 1 failed or damaged, 2 wrong usage\n";

/* ---- Kernels ---- */

#define COLUMN 26

static void print_kernels(void)
{
    printf("%-14s", "primitive");
    for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++)
        if (ecam_isa_supported((enum ecam_isa)isa))
            printf(" %-*s", COLUMN, ecam_isa_name((enum ecam_isa)isa));
    putchar('\n');
    for (size_t i = 0; ecam_kernel_primitive(i) != NULL; i++) {
        printf("%-14s", ecam_kernel_primitive(i));
        for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++)
            if (ecam_isa_supported((enum ecam_isa)isa))
                printf(" %-*s", COLUMN, ecam_kernel_name(i, (enum ecam_isa)isa));
        putchar('\n');
    }
}

static bool print_kernels_json(void)
{
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "schema");
    json_uint(&json, 1);
    json_key(&json, "kernels");
    json_object_begin(&json);
    for (size_t i = 0; ecam_kernel_primitive(i) != NULL; i++) {
        json_key(&json, ecam_kernel_primitive(i));
        json_object_begin(&json);
        for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++) {
            if (ecam_isa_supported((enum ecam_isa)isa)) {
                json_key(&json, ecam_isa_name((enum ecam_isa)isa));
                json_string(&json, ecam_kernel_name(i, (enum ecam_isa)isa));
            }
        }
        json_object_end(&json);
    }
    json_object_end(&json);
    json_object_end(&json);
    return out_json(&json);
}

/* ---- Models ---- */

static void print_line(const char *what, const char *text)
{
    if (text == NULL)
        return;
    printf("%-14s", what);
    out_text(text);
    putchar('\n');
}

static void print_preprocess(const struct ecam_preprocess *pre)
{
    const char *filter = pre->filter == ECAM_FILTER_BILINEAR ? "bilinear" : "bicubic";
    printf("%-14s", "photos");
    switch (pre->resize) {
    case ECAM_RESIZE_NONE:
        printf("at their own size");
        break;
    case ECAM_RESIZE_SHORT:
        printf("short side to %" PRIu32 " (%s)", pre->resize_h, filter);
        break;
    case ECAM_RESIZE_SQUASH:
        printf("squashed to %" PRIu32 "x%" PRIu32 " (%s)", pre->resize_h, pre->resize_w, filter);
        break;
    }
    if (pre->crop_h != 0)
        printf(", central crop %" PRIu32 "x%" PRIu32, pre->crop_h, pre->crop_w);
    printf("\n%-14s%s, (v * %.9g - mean) / std\n", "channels", pre->is_bgr ? "BGR" : "RGB",
           (double)pre->scale);
    printf("%-14s%.7g %.7g %.7g\n", "mean", (double)pre->mean[0], (double)pre->mean[1],
           (double)pre->mean[2]);
    printf("%-14s%.7g %.7g %.7g\n", "std", (double)pre->std[0], (double)pre->std[1],
           (double)pre->std[2]);
}

static void print_model(const struct runner *runner)
{
    const struct ecam_model *model = runner->model;
    size_t c, h, w;
    char parameters[32], macs[32];
    const struct model_size size = model_size(model);
    ecam_model_input(model, &c, &h, &w);
    print_line("model", runner->name);
    print_line("family", ecam_model_fact(model, "family"));
    print_line("format", ecam_model_fact(model, "format"));
    print_line("source", ecam_model_fact(model, "source"));
    print_line("source sha256", ecam_model_fact(model, "source_sha256"));
    print_line("data sha256", ecam_model_fact(model, "data_sha256"));
    print_line("converter", ecam_model_fact(model, "converter"));
    print_line("licence", ecam_model_fact(model, "license"));
    if (size.is_known)
        printf("%-14s%zu, %s parameters, %s multiply-adds a run\n", "layers", size.n_layers,
               out_amount((double)size.parameters, "", parameters),
               out_amount((double)size.macs, "", macs));
    print_line("last", ecam_model_fact(model, "last"));
    printf("%-14s%zu", "class names", ecam_model_n_labels(model));
    for (size_t i = 0; i < 3 && ecam_model_label(model, i) != NULL; i++) {
        printf(i == 0 ? " (" : ", ");
        out_text(ecam_model_label(model, i));
    }
    puts(ecam_model_label(model, 0) == NULL ? "" : ecam_model_n_labels(model) > 3 ? ", ...)" : ")");
    printf("%-14s%zux%zux%zu\n", "input", c, h, w);
    print_preprocess(ecam_model_preprocess(model));
    print_line("preset", ecam_preprocess_preset_of(ecam_model_preprocess(model)));
}

static int info(struct runner *runner, bool verify)
{
    struct ecam_error err;
    int exit_status = CLI_EXIT_DONE;
    const enum ecam_status status = verify ? ecam_model_verify(runner->model, &err) : ECAM_OK;
    if (status != ECAM_OK) {
        out_say("%s", err.text);
        if (runner->run->is_json)
            out_json_error(runner->name, &err);
        return CLI_EXIT_FAILED;
    }
    if (!runner->run->is_json) {
        print_model(runner);
        if (verify)
            print_line("verified", "every recorded hash and checksum is right");
        return exit_status;
    }
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "schema");
    json_uint(&json, 1);
    json_key(&json, "model");
    model_json(&json, runner->model, runner->name);
    json_key(&json, "preprocess");
    preprocess_json(&json, ecam_model_preprocess(runner->model));
    json_key(&json, "preset");
    json_string(&json, ecam_preprocess_preset_of(ecam_model_preprocess(runner->model)));
    if (verify) {
        json_key(&json, "verified");
        json_bool(&json, true);
    }
    json_object_end(&json);
    return out_json(&json) ? exit_status : CLI_EXIT_FAILED;
}

int cmd_info(int argc, char **argv)
{
    struct run_options run = { 0 };
    struct runner runner = { 0 };
    bool verify = false, kernels = false;
    struct cli_option model[RUN_MODEL_OPTIONS];
    const struct cli_option own[] = {
        { .name = "verify", .kind = CLI_FLAG, .to = &verify },
        { .name = "kernels", .kind = CLI_FLAG, .to = &kernels },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },
        run_model_options(&run, model),
    };
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("info", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words + (run.model != NULL) > 1)
        return cli_usage("info", "one model at a time");
    if (kernels) {
        if (!run.is_json)
            print_kernels();
        return run.is_json && !print_kernels_json() ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
    }
    if (n_words == 1)
        run.model = argv[0];
    int exit_status = runner_open("info", &run, &runner);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = info(&runner, verify);
    runner_close(&runner);
    return exit_status;
}
