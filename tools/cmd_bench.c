/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/limits.h"
#include "engine/error.h"
#include "tools/bench_run.h"
#include "tools/commands.h"
#include "tools/numbers.h"
#include "tools/output.h"
#include "tools/random_model.h"

#define MAX_MODELS 64
#define MAX_BATCH 1024
#define MAX_REPEAT 100000
#define MEMORY_BYTES ((size_t)128 << 20) /* a thread: well above the caches */

const char cmd_bench_help[] =
    "usage: eigencam bench [-m MODEL|FAMILY]... [OPTION...]\n"
    "\n"
    "Times the forward pass, in all and layer by layer, against what this machine can\n"
    "do. A FAMILY (alexnet, vgg16, googlenet, resnet18, resnet50, densenet121,\n"
    "squeezenet1_1, ...) is made with random weights where no file has that name.\n"
    "\n"
    "  eigencam bench\n"
    "  eigencam bench -m resnet50 -m vgg16 --threads 1 --md\n"
    "  eigencam bench -m resnet50.safetensors --layers\n"
    "\n"
    "  -m, --model MODEL     weights, a model file, or a family; may be repeated;\n"
    "                        without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "      --size HxW        input size (the model's own)\n"
    "      --batch N         images at once (1)\n"
    "      --repeat N        runs to time (about a second, at least 10)\n"
    "      --layers          every step: time, rate, share of the limit, algorithm\n"
    "      --no-winograd     only convolutions that multiply every term\n"
    "      --input X.npy     what enters the network (random numbers)\n"
    "      --logits F.npy    write what the timed network computed\n"
    "      --json, --csv, --md   one JSON object a model on one line; CSV; Markdown\n"
    "  -q, --quiet           no notes on stderr, only errors\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       many: fastest over time (default); once: least memory\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "Limits are measured at the start: multiply-adds on registers alone, and reads of\n"
    "memory. A layer's share is of the one that bounds it; above 100 % of the peak, an\n"
    "algorithm multiplies less than the layer's definition.\n"
    "\n"
    "exit status: 0 all done, 1 some model failed, 2 wrong usage\n";

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_MD };

struct bench {
    struct bench_options options;
    const char *models[MAX_MODELS];
    size_t n_models;
    bool is_csv, is_md;
    enum format format;
    double peak_gflops, memory_gbs;
};

static bool add_model(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct bench *b = to;
    if (b->n_models == MAX_MODELS) {
        snprintf(why, CLI_WHY_BYTES, "more than %d models", MAX_MODELS);
        return false;
    }
    b->models[b->n_models++] = value;
    return true;
}

static bool set_size(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct bench_options *options = to;
    if (number_size(value, &options->h, &options->w))
        return true;
    snprintf(why, CLI_WHY_BYTES, "'%.40s' is no HxW, such as 224x224", value);
    return false;
}

static double gflops(uint64_t macs, double ms)
{
    return ms > 0.0 ? 2e-6 * (double)macs / ms : 0.0;
}

/* Time at the roofline over time taken: of multiply-adds or of memory, whichever
 * takes longer. Weights and activations that lie in a cache may come out above 1. */
static double share_of_limit(const struct bench *b, const struct bench_layer *layer,
                             bool *is_memory)
{
    const double compute_ms = 2e-6 * (double)layer->info.macs / b->peak_gflops;
    const double memory_ms = 1e-6 * (double)layer->info.bytes / b->memory_gbs;
    *is_memory = memory_ms > compute_ms;
    if (layer->ms <= 0.0)
        return 0.0;
    return (*is_memory ? memory_ms : compute_ms) / layer->ms;
}

/* ---- Formats ---- */

static void print_json(const struct bench *b, const struct bench_result *r)
{
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "schema");
    json_uint(&json, 1);
    json_key(&json, "model");
    json_string(&json, r->model);
    json_key(&json, "threads");
    json_uint(&json, r->info.threads);
    json_key(&json, "isa");
    json_string(&json, ecam_isa_name(r->info.isa));
    json_key(&json, "plan");
    json_string(&json, r->info.goal == ECAM_GOAL_MANY ? "many" : "once");
    json_key(&json, "batch");
    json_uint(&json, r->input.n);
    json_key(&json, "size");
    json_list_begin(&json);
    json_uint(&json, r->input.h);
    json_uint(&json, r->input.w);
    json_list_end(&json);
    json_key(&json, "median_ms");
    json_double(&json, r->median_ms);
    json_key(&json, "min_ms");
    json_double(&json, r->min_ms);
    json_key(&json, "gflops");
    json_double(&json, gflops(r->info.macs, r->median_ms));
    json_key(&json, "macs");
    json_uint(&json, r->info.macs);
    json_key(&json, "runs");
    json_uint(&json, r->runs);
    json_key(&json, "load_ms");
    json_double(&json, r->load_ms);
    json_key(&json, "session_ms");
    json_double(&json, r->session_ms);
    json_key(&json, "arena_bytes");
    json_uint(&json, r->info.arena_bytes);
    json_key(&json, "scratch_bytes");
    json_uint(&json, r->info.scratch_bytes);
    json_key(&json, "packed_bytes");
    json_uint(&json, r->info.packed_bytes);
    json_key(&json, "peak_gflops");
    json_double(&json, b->peak_gflops);
    json_key(&json, "memory_gbs");
    json_double(&json, b->memory_gbs);
    if (r->layers != NULL) {
        json_key(&json, "layers");
        json_list_begin(&json);
        for (size_t i = 0; i < r->n_layers; i++) {
            const struct bench_layer *layer = &r->layers[i];
            bool is_memory;
            const double share = share_of_limit(b, layer, &is_memory);
            json_object_begin(&json);
            json_key(&json, "layer");
            json_string(&json, layer->info.name);
            json_key(&json, "to");
            json_string(&json, layer->info.last);
            json_key(&json, "kind");
            json_string(&json, layer->info.kind);
            json_key(&json, "algorithm");
            json_string(&json, layer->info.algorithm);
            json_key(&json, "ms");
            json_double(&json, layer->ms);
            json_key(&json, "gflops");
            json_double(&json, gflops(layer->info.macs, layer->ms));
            json_key(&json, "bytes");
            json_uint(&json, layer->info.bytes);
            json_key(&json, "limit");
            json_string(&json, is_memory ? "memory" : "peak");
            json_key(&json, "share");
            json_double(&json, share);
            json_object_end(&json);
        }
        json_list_end(&json);
    }
    json_object_end(&json);
    out_json(&json);
}

static void print_layers(const struct bench *b, const struct bench_result *r)
{
    char in[OUT_SHAPE_BYTES], out[OUT_SHAPE_BYTES];
    if (b->format == FORMAT_MD)
        puts("\n| layer | kind | algorithm | in | out | ms | GFLOP/s | share of the limit |\n"
             "|---|---|---|---|---|--:|--:|--:|");
    if (b->format == FORMAT_CSV)
        puts("layer,kind,algorithm,in,out,ms,gflops,percent,limit");
    for (size_t i = 0; i < r->n_layers; i++) {
        const struct bench_layer *layer = &r->layers[i];
        bool is_memory;
        const double percent = 100.0 * share_of_limit(b, layer, &is_memory);
        const struct ecam_step_info *info = &layer->info;
        const double rate = gflops(info->macs, layer->ms);
        const char *limit = is_memory ? "memory" : "peak";
        out_shape(&info->in, in);
        out_shape(&info->out, out);
        if (b->format == FORMAT_MD)
            printf("| %s | %s | %s | %s | %s | %.3f | %.1f | %.0f %% of %s |\n", info->name,
                   info->kind, info->algorithm, in, out, layer->ms, rate, percent, limit);
        else if (b->format == FORMAT_CSV)
            printf("%s,%s,%s,%s,%s,%.4f,%.2f,%.1f,%s\n", info->name, info->kind, info->algorithm,
                   in, out, layer->ms, rate, percent, limit);
        else
            printf("%-34s %-18s %-16s %15s %15s %8.3f ms %7.1f GFLOP/s %4.0f %% of %s\n",
                   info->name, info->kind, info->algorithm, in, out, layer->ms, rate, percent,
                   limit);
    }
}

static void print_result(const struct bench *b, const struct bench_result *r)
{
    const double rate = gflops(r->info.macs, r->median_ms);
    const char *plan = r->info.goal == ECAM_GOAL_MANY ? "many" : "once";
    if (b->format == FORMAT_JSON) {
        print_json(b, r);
        return;
    }
    const double percent = 100.0 * rate / b->peak_gflops;
    const char *isa = ecam_isa_name(r->info.isa);
    const struct ecam_tensor *in = &r->input;
    if (b->format == FORMAT_MD)
        printf("| %s | %s | %u | %s | %zux%zux%zu | %.2f | %.2f | %.1f | %.0f %% |\n", r->model,
               isa, r->info.threads, plan, in->n, in->h, in->w, r->median_ms, r->min_ms, rate,
               percent);
    else if (b->format == FORMAT_CSV)
        printf("%s,%s,%u,%s,%zux%zux%zu,%.4f,%.4f,%.2f,%.1f\n", r->model, isa, r->info.threads,
               plan, in->n, in->h, in->w, r->median_ms, r->min_ms, rate, percent);
    else
        printf("%-16s %-7s %u thread(s)  plan %s  %zux%zux%zu  median %.2f ms  min %.2f ms  "
               "%.1f GFLOP/s (%.0f %% of the peak)\n",
               r->model, isa, r->info.threads, plan, in->n, in->h, in->w, r->median_ms, r->min_ms,
               rate, percent);
    if (r->layers != NULL)
        print_layers(b, r);
}

static void print_head(const struct bench *b)
{
    if (b->format == FORMAT_MD)
        puts("| model | ISA | threads | plan | input | median ms | min ms | GFLOP/s | of the peak "
             "|\n|---|---|--:|---|---|--:|--:|--:|--:|");
    if (b->format == FORMAT_CSV)
        puts("model,isa,threads,plan,input,median_ms,min_ms,gflops,percent_of_peak");
}

/* ---- The command ---- */

static enum ecam_status measure_limits(struct bench *b, struct ecam_error *err)
{
    enum ecam_isa isa;
    const enum ecam_status status = ecam_isa_resolve(b->options.run.isa, &isa, err);
    if (status != ECAM_OK)
        return status;
    const unsigned threads =
        b->options.run.threads != 0 ? (unsigned)b->options.run.threads : limits_cores();
    b->peak_gflops = limits_gflops(isa, threads);
    b->memory_gbs = limits_read_gbs(isa, MEMORY_BYTES, threads);
    if (b->peak_gflops <= 0.0 || b->memory_gbs <= 0.0)
        return ecam_fail(err, ECAM_ERR_NOMEM, "no memory to measure the machine's limits");
    if (!b->options.run.is_quiet)
        out_say("this machine, %s, %u thread(s): %.1f GFLOP/s at most, memory %.1f GB/s",
                ecam_isa_name(isa), threads, b->peak_gflops, b->memory_gbs);
    return ECAM_OK;
}

static int bench_models(struct bench *b)
{
    struct ecam_error err;
    int exit_status = CLI_EXIT_DONE;
    if (measure_limits(b, &err) != ECAM_OK) {
        out_say("%s", err.text);
        return CLI_EXIT_FAILED;
    }
    print_head(b);
    for (size_t i = 0; i < (b->n_models != 0 ? b->n_models : 1) && !ferror(stdout); i++) {
        struct bench_result result;
        const char *model = b->n_models != 0 ? b->models[i] : NULL;
        if (bench_run(&b->options, model, &result, &err) != ECAM_OK) {
            out_say("%s", err.text);
            if (b->format == FORMAT_JSON)
                out_json_error(model != NULL ? model : "bundled", &err);
            exit_status = CLI_EXIT_FAILED;
            continue;
        }
        print_result(b, &result);
        bench_free(&result);
        out_flush();
    }
    return ferror(stdout) ? CLI_EXIT_FAILED : exit_status;
}

int cmd_bench(int argc, char **argv)
{
    struct bench b = { .options = { .run = { .goal = ECAM_GOAL_MANY }, .batch = 1 } };
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS];
    const struct cli_option own[] = {
        { .name = "model", .letter = 'm', .kind = CLI_CALL, .to = &b, .call = add_model },
        { .name = "size", .kind = CLI_CALL, .to = &b.options, .call = set_size },
        { .name = "batch", .kind = CLI_COUNT, .to = &b.options.batch, .min = 1, .max = MAX_BATCH },
        { .name = "repeat",
          .kind = CLI_COUNT,
          .to = &b.options.repeat,
          .min = 1,
          .max = MAX_REPEAT },
        { .name = "layers", .kind = CLI_FLAG, .to = &b.options.has_layers },
        { .name = "no-winograd", .kind = CLI_FLAG, .to = &b.options.no_winograd },
        { .name = "input", .kind = CLI_STRING, .to = &b.options.input },
        { .name = "logits", .kind = CLI_STRING, .to = &b.options.logits },
        { .name = "csv", .kind = CLI_FLAG, .to = &b.is_csv },
        { .name = "md", .kind = CLI_FLAG, .to = &b.is_md },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) }, /* first: its -m may be repeated */
        run_model_options(&b.options.run, model),
        run_engine_options(&b.options.run, engine),
    };
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("bench", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words != 0)
        return cli_usage("bench", "'%s' is no option; networks are named with -m", argv[0]);
    if (b.options.run.is_json + b.is_csv + b.is_md > 1)
        return cli_usage("bench", "--json, --csv and --md exclude each other");
    if (b.options.logits != NULL && b.n_models > 1)
        return cli_usage("bench", "--logits is for one network at a time");
    b.format = b.options.run.is_json ? FORMAT_JSON
               : b.is_csv            ? FORMAT_CSV
               : b.is_md             ? FORMAT_MD
                                     : FORMAT_TEXT;
    return bench_models(&b);
}
