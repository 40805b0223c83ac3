/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/layer_text.h"
#include "tools/numbers.h"
#include "tools/output.h"
#include "tools/runner.h"

const char cmd_layers_help[] =
    "usage: eigencam layers [-m MODEL] [--size HxW] [--json]\n"
    "\n"
    "Lists the layers of a network in the order in which they run: what shape goes\n"
    "in and comes out, what they cost, and how far they see.\n"
    "\n"
    "  eigencam layers\n"
    "  eigencam layers -m resnet50.pth --size 320x320\n"
    "\n"
    "  -m, --model MODEL     weights or a model file; without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "      --size HxW        size of the input; without: the model's own\n"
    "      --json            the whole table as one JSON object\n"
    "  -q, --quiet           no notes on stderr, only errors\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "columns\n"
    "  name      what -l of the other commands understands; '*' marks 'last', the\n"
    "            layer that 'explain' reads by default\n"
    "  in, out   shapes: batch x channels x rows x columns\n"
    "  window    kernel, /stride, +padding, @dilation, groups after 'g'\n"
    "  params    weights and biases; macs: multiply-adds of one run\n"
    "  field     receptive field: input pixels that one output value depends on\n"
    "  jump      input pixels from one output value to the next\n"
    "            (both '-' where the whole input is seen)\n"
    "  bytes     of the output\n"
    "\n"
    "exit status: 0 done, 1 failed, 2 wrong usage\n";

enum { NAME, KIND, IN, OUT, WINDOW, PARAMS, MACS, FIELD, JUMP, BYTES, N_COLUMNS };

struct row {
    char in[OUT_SHAPE_BYTES], out[OUT_SHAPE_BYTES];
    char window[LAYER_TEXT_BYTES], field[LAYER_TEXT_BYTES], jump[LAYER_TEXT_BYTES];
    char params[32], macs[32], bytes[32];
    const char *cell[N_COLUMNS];
};

static void fill_row(const struct ecam_layer_info *layer, struct row *row)
{
    snprintf(row->params, sizeof row->params, "%" PRIu64, layer->parameters);
    snprintf(row->macs, sizeof row->macs, "%" PRIu64, layer->macs);
    snprintf(row->bytes, sizeof row->bytes, "%" PRIu64, layer->out_bytes);
    const char *const cells[N_COLUMNS] = {
        [NAME] = layer->name,
        [KIND] = layer->kind,
        [IN] = out_shape(&layer->in, row->in),
        [OUT] = out_shape(&layer->out, row->out),
        [WINDOW] = layer_window(layer, row->window),
        [PARAMS] = row->params,
        [MACS] = row->macs,
        [FIELD] = layer_pair(layer->field, row->field),
        [JUMP] = layer_pair(layer->jump, row->jump),
        [BYTES] = row->bytes,
    };
    memcpy(row->cell, cells, sizeof cells);
}

static const char *const titles[N_COLUMNS] = { "name",   "kind", "in",    "out",  "window",
                                               "params", "macs", "field", "jump", "bytes" };

static void print_row(const char *const cell[N_COLUMNS], const int width[N_COLUMNS], bool is_last)
{
    putchar(is_last ? '*' : ' ');
    for (int c = 0; c < N_COLUMNS; c++) {
        putchar(' ');
        out_column(cell[c], c <= WINDOW ? -width[c] : width[c]);
    }
    putchar('\n');
}

struct totals {
    uint64_t parameters, macs, bytes;
};

static struct totals add_up(const struct ecam_layers *layers)
{
    struct totals totals = { 0 };
    for (size_t i = 0; i < ecam_layers_count(layers); i++) {
        const struct ecam_layer_info *layer = ecam_layers_get(layers, i);
        totals.parameters += layer->parameters;
        totals.macs += layer->macs;
        totals.bytes += layer->out_bytes;
    }
    return totals;
}

/* `last`: as the model calls it, which may be the name of a container. */
static void print_table(const struct ecam_layers *layers, const char *last)
{
    int width[N_COLUMNS];
    struct row row;
    char parameters[32], macs[32], bytes[32];
    for (int c = 0; c < N_COLUMNS; c++)
        width[c] = (int)strlen(titles[c]);
    for (size_t i = 0; i < ecam_layers_count(layers); i++) {
        fill_row(ecam_layers_get(layers, i), &row);
        for (int c = 0; c < N_COLUMNS; c++)
            if ((int)strlen(row.cell[c]) > width[c])
                width[c] = (int)strlen(row.cell[c]);
    }
    print_row(titles, width, false);
    for (size_t i = 0; i < ecam_layers_count(layers); i++) {
        const struct ecam_layer_info *layer = ecam_layers_get(layers, i);
        fill_row(layer, &row);
        print_row(row.cell, width, layer->is_last);
    }
    const struct totals totals = add_up(layers);
    printf("\n%zu layers, %s parameters, %s multiply-adds, outputs %s", ecam_layers_count(layers),
           out_amount((double)totals.parameters, "", parameters),
           out_amount((double)totals.macs, "", macs), out_amount((double)totals.bytes, "B", bytes));
    if (last != NULL) {
        printf("; last is ");
        out_text(last);
    }
    putchar('\n');
}

static void json_shape(struct json *json, const char *key, const struct ecam_shape *shape)
{
    json_key(json, key);
    json_list_begin(json);
    for (uint32_t i = 0; i < shape->rank; i++)
        json_uint(json, shape->dim[i]);
    json_list_end(json);
}

static void json_numbers(struct json *json, const char *key, const uint32_t *numbers, size_t n)
{
    json_key(json, key);
    json_list_begin(json);
    for (size_t i = 0; i < n; i++)
        json_uint(json, numbers[i]);
    json_list_end(json);
}

static void json_amount(struct json *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_uint(json, value);
}

static void json_layer(struct json *json, const struct ecam_layer_info *layer)
{
    json_object_begin(json);
    json_key(json, "name");
    json_string(json, layer->name);
    json_key(json, "kind");
    json_string(json, layer->kind);
    json_shape(json, "in", &layer->in);
    json_shape(json, "out", &layer->out);
    if (layer->kernel[0] != 0) {
        json_numbers(json, "kernel", layer->kernel, 2);
        json_numbers(json, "stride", layer->stride, 2);
        json_numbers(json, "padding", layer->pad, 4);
        json_numbers(json, "dilation", layer->dilation, 2);
        json_amount(json, "groups", layer->groups);
    }
    json_amount(json, "parameters", layer->parameters);
    json_amount(json, "macs", layer->macs);
    if (layer->field[0] != 0) {
        json_numbers(json, "field", layer->field, 2);
        json_numbers(json, "jump", layer->jump, 2);
    }
    json_amount(json, "bytes", layer->out_bytes);
    json_key(json, "last");
    json_bool(json, layer->is_last);
    json_object_end(json);
}

static bool print_json(const struct runner *runner, const struct ecam_layers *layers)
{
    struct json json = { 0 };
    const struct totals totals = add_up(layers);
    json_object_begin(&json);
    json_amount(&json, "schema", 1);
    json_key(&json, "model");
    json_string(&json, runner->name);
    json_key(&json, "layers");
    json_list_begin(&json);
    for (size_t i = 0; i < ecam_layers_count(layers); i++)
        json_layer(&json, ecam_layers_get(layers, i));
    json_list_end(&json);
    json_amount(&json, "parameters", totals.parameters);
    json_amount(&json, "macs", totals.macs);
    json_amount(&json, "bytes", totals.bytes);
    json_key(&json, "last");
    json_string(&json, ecam_model_fact(runner->model, "last"));
    json_object_end(&json);
    return out_json(&json);
}

struct size {
    size_t h, w;
};

static bool set_size(const char *value, void *to, char why[CLI_WHY_BYTES])
{
    struct size *size = to;
    snprintf(why, CLI_WHY_BYTES, "expected HxW, as in 224x224");
    return number_size(value, &size->h, &size->w);
}

int cmd_layers(int argc, char **argv)
{
    struct run_options run = { 0 };
    struct runner runner = { 0 };
    struct ecam_layers *layers = NULL;
    struct ecam_error err;
    struct size size = { 0 };
    struct cli_option model[RUN_MODEL_OPTIONS];
    const struct cli_option own[] = {
        { .name = "size", .kind = CLI_CALL, .to = &size, .call = set_size },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },
        run_model_options(&run, model),
    };
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("layers", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words > 0)
        return cli_usage("layers", "'%s' is too much; a model is given with -m", argv[0]);
    int exit_status = runner_open("layers", &run, &runner);
    if (exit_status != CLI_EXIT_DONE)
        return exit_status;
    const enum ecam_status status = ecam_layers_new(runner.model, size.h, size.w, &layers, &err);
    if (status != ECAM_OK) {
        out_say("%s: %s", runner.name, err.text);
        if (run.is_json)
            out_json_error(runner.name, &err);
        exit_status = CLI_EXIT_FAILED;
    } else if (!run.is_json) {
        print_table(layers, ecam_model_fact(runner.model, "last"));
    } else if (!print_json(&runner, layers)) {
        exit_status = CLI_EXIT_FAILED;
    }
    ecam_layers_free(layers);
    runner_close(&runner);
    return exit_status;
}
