/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/commands.h"
#include "tools/compare_run.h"
#include "tools/output.h"
#include "weights/weights.h"

#define NAME_COLUMN 48 /* at most: longer names push the rest to the right */
#define NAMES_SHOWN 8

const char cmd_compare_help[] =
    "usage: eigencam compare [MODEL] --inputs X.npy --reference REF [OPTION...]\n"
    "\n"
    "Runs a network once and compares layers, and its result, with what another\n"
    "program computed from the same input; tells the first layer that departs.\n"
    "\n"
    "  eigencam compare resnet50.pth --inputs x.npy --reference torch.npz\n"
    "  eigencam compare vgg16.pth --inputs x.npy --reference taps/ --json\n"
    "\n"
    "REF is a .npz, .safetensors or .pth of arrays named after layers ('eigencam\n"
    "layers' lists the names), 'output' or 'logits' for the network's result; a .npy\n"
    "of that result; or a folder of LAYER.npy, as 'eigencam tap' writes. Arrays are\n"
    "what the layer of that name returns, in float16, 32 or 64; a batch axis of 1 may\n"
    "be left out. Differences count by the largest magnitude in the reference.\n"
    "\n"
    "  -m, --model MODEL     the same as the first word; without: the bundled model\n"
    "      --inputs FILE     what enters the first layer: a .npy of floats, NxCxHxW\n"
    "                        or CxHxW; without: the array 'input' of REF\n"
    "      --reference REF   what to compare with\n"
    "      --tolerance F     the largest difference that counts as none (1e-4)\n"
    "      --no-winograd     only convolutions that multiply every term\n"
    "      --json            one JSON object on one line\n"
    "  -q, --quiet           no notes on stderr, only errors\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       once: least memory (default); many: fastest over time\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "exit status: 0 all within the tolerance, 1 beyond it or failed, 2 wrong usage\n";

struct comparison {
    struct run_options run;
    const char *inputs, *reference;
    double tolerance;
    bool no_winograd;
};

/* ---- What enters ---- */

static enum ecam_status read_input(const struct ecam_weight *w, const struct ecam_model *model,
                                   struct compare_input *out, struct ecam_error *err)
{
    size_t c, unused_h, unused_w, count;
    char shape[ECAM_SHAPE_TEXT];
    ecam_model_input(model, &c, &unused_h, &unused_w);
    const bool has_batch = w->shape.rank == 4;
    const size_t *chw = w->shape.dim + (has_batch ? 1 : 0);
    if (!ecam_weight_is_float(w))
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "elements of type %s, expected floats",
                         ecam_dtype_name(w->dtype));
    if ((!has_batch && w->shape.rank != 3) || chw[0] != c || !ecam_shape_count(&w->shape, &count) ||
        count == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "an array of %s, expected Nx%zuxHxW or %zuxHxW",
                         ecam_shape_text(&w->shape, shape), c, c);
    out->values = count > SIZE_MAX / sizeof(float) ? NULL : malloc(count * sizeof(float));
    if (out->values == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "an input of %zu floats", count);
    ecam_weight_read(w, 0, count, out->values);
    out->n = has_batch ? w->shape.dim[0] : 1;
    out->c = c;
    out->h = chw[1];
    out->w = chw[2];
    return ECAM_OK;
}

static enum ecam_status open_input(const struct comparison *comparison,
                                   const struct reference *reference,
                                   const struct ecam_model *model, struct compare_input *out,
                                   struct ecam_error *err)
{
    struct ecam_weight_set *set = NULL;
    enum ecam_status status;
    if (comparison->inputs == NULL) {
        const struct ecam_weight *w = reference_find(reference, "input");
        if (w == NULL)
            return ecam_fail(err, ECAM_ERR_NAME, "%s: no array 'input', and no --inputs is given",
                             comparison->reference);
        status = read_input(w, model, out, err);
        return status == ECAM_OK ? status : ecam_error_at(err, status, comparison->reference);
    }
    status = ecam_weights_open(comparison->inputs, &comparison->run.limits, &set, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_weight *w = ecam_weight_set_find(set, "input");
    if (w == NULL && set->n_items == 1)
        w = &set->items[0];
    status = w != NULL ? read_input(w, model, out, err)
                       : ecam_fail(err, ECAM_ERR_NAME, "%zu arrays, none of them called 'input'",
                                   set->n_items);
    ecam_weight_set_free(set);
    return status == ECAM_OK ? status : ecam_error_at(err, status, comparison->inputs);
}

/* ---- For people ---- */

static void print_names(const char *what, const char *const *name, size_t n)
{
    if (n == 0)
        return;
    printf("%zu %s: ", n, what);
    for (size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
        printf(i == 0 ? "" : ", ");
        out_text(name[i]);
    }
    if (n > NAMES_SHOWN)
        printf(" and %zu more", n - NAMES_SHOWN);
    putchar('\n');
}

/* "0,3,12,5": the place of an element. */
static void print_index(const struct ecam_shape *shape, size_t at)
{
    size_t below = 1;
    for (uint32_t i = 1; i < shape->rank; i++)
        below *= shape->dim[i];
    for (uint32_t i = 0; i < shape->rank; i++) {
        printf(i == 0 ? "%zu" : ",%zu", at / below);
        at %= below;
        if (i + 1 < shape->rank)
            below /= shape->dim[i + 1];
    }
}

static void print_row(const struct compare_row *row, double tolerance, int name_width)
{
    char shape[OUT_SHAPE_BYTES];
    out_column(row->name, -name_width);
    if (row->fault != NULL) {
        printf("  ");
        out_text(row->fault);
        putchar('\n');
        return;
    }
    printf("  %-16s  %9.2e  %9.2e  %9.2e  %10.8f%s\n", out_shape(&row->shape, shape),
           row->result.max_abs, row->result.max_rel, row->result.mean_abs, row->result.cosine,
           compare_departs(row, tolerance) ? "  beyond" : "");
}

static void print_first(const struct compare_row *row, double tolerance)
{
    printf("first beyond %g: ", tolerance);
    out_text(row->name);
    if (row->fault != NULL) {
        printf(": ");
        out_text(row->fault);
    } else {
        printf(", at ");
        print_index(&row->shape, row->compare.worst);
        printf(" it is %.9g, the reference %.9g", (double)row->compare.worst_value,
               (double)row->compare.worst_reference);
    }
    putchar('\n');
}

static const struct compare_row *first_beyond(const struct compare_rows *rows, double tolerance)
{
    for (size_t i = 0; i < rows->n; i++)
        if (compare_departs(&rows->row[i], tolerance))
            return &rows->row[i];
    return NULL;
}

static size_t count_beyond(const struct compare_rows *rows, double tolerance)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        n += compare_departs(&rows->row[i], tolerance);
    return n;
}

static void print_rows(const struct compare_rows *rows, double tolerance)
{
    const struct compare_row *first = first_beyond(rows, tolerance);
    size_t width = strlen("layer");
    for (size_t i = 0; i < rows->n; i++)
        if (strlen(rows->row[i].name) > width && strlen(rows->row[i].name) <= NAME_COLUMN)
            width = strlen(rows->row[i].name);
    printf("%-*s  %-16s  %9s  %9s  %9s  %10s\n", (int)width, "layer", "shape", "largest",
           "relative", "mean", "cosine");
    for (size_t i = 0; i < rows->n; i++)
        print_row(&rows->row[i], tolerance, (int)width);
    if (first != NULL)
        print_first(first, tolerance);
    printf("%zu compared, %zu beyond %g of the largest magnitude\n", rows->n,
           count_beyond(rows, tolerance), tolerance);
    print_names("of the reference without a layer", rows->missing, rows->n_missing);
    if (rows->n_covered < rows->n_layers)
        printf("%zu of %zu layers without a reference\n", rows->n_layers - rows->n_covered,
               rows->n_layers);
}

/* ---- For programs ---- */

static void shape_json(struct json *json, const char *key, const struct ecam_shape *shape)
{
    json_key(json, key);
    json_list_begin(json);
    for (uint32_t i = 0; i < shape->rank; i++)
        json_uint(json, shape->dim[i]);
    json_list_end(json);
}

static void row_json(struct json *json, const struct compare_row *row, double tolerance)
{
    json_object_begin(json);
    json_key(json, "name");
    json_string(json, row->name);
    json_key(json, "layer");
    json_string(json, row->layer);
    if (row->shape.rank > 0)
        shape_json(json, "shape", &row->shape);
    shape_json(json, "reference_shape", &row->reference->shape);
    if (row->fault != NULL) {
        json_key(json, "fault");
        json_string(json, row->fault);
    } else {
        json_key(json, "max_abs");
        json_double(json, row->result.max_abs);
        json_key(json, "max_rel");
        json_double(json, row->result.max_rel);
        json_key(json, "mean_abs");
        json_double(json, row->result.mean_abs);
        json_key(json, "cosine");
        json_double(json, row->result.cosine);
        json_key(json, "not_finite");
        json_uint(json, row->compare.n_bad);
    }
    json_key(json, "within");
    json_bool(json, !compare_departs(row, tolerance));
    json_object_end(json);
}

static bool print_json(const struct comparison *comparison, const struct runner *runner,
                       const struct compare_rows *rows)
{
    const struct compare_row *first = first_beyond(rows, comparison->tolerance);
    struct json json = { 0 };
    json_object_begin(&json);
    json_key(&json, "schema");
    json_uint(&json, 1);
    json_key(&json, "input");
    json_string(&json, comparison->inputs);
    json_key(&json, "reference");
    json_string(&json, comparison->reference);
    json_key(&json, "model");
    json_string(&json, runner->name);
    json_key(&json, "isa");
    json_string(&json, ecam_isa_name(runner->isa));
    json_key(&json, "threads");
    json_uint(&json, rows->info.threads);
    json_key(&json, "tolerance");
    json_double(&json, comparison->tolerance);
    json_key(&json, "layers");
    json_list_begin(&json);
    for (size_t i = 0; i < rows->n; i++)
        row_json(&json, &rows->row[i], comparison->tolerance);
    json_list_end(&json);
    json_key(&json, "compared");
    json_uint(&json, rows->n);
    json_key(&json, "beyond");
    json_uint(&json, count_beyond(rows, comparison->tolerance));
    json_key(&json, "first_beyond");
    json_string(&json, first == NULL ? NULL : first->name);
    json_key(&json, "missing");
    json_list_begin(&json);
    for (size_t i = 0; i < rows->n_missing; i++)
        json_string(&json, rows->missing[i]);
    json_list_end(&json);
    json_key(&json, "without_reference");
    json_uint(&json, rows->n_layers - rows->n_covered);
    json_object_end(&json);
    return out_json(&json);
}

/* ---- The command ---- */

static int compare(const struct comparison *comparison, const struct runner *runner)
{
    struct reference reference = { 0 };
    struct compare_rows rows = { 0 };
    struct compare_input input = { 0 };
    struct ecam_error err;
    int exit_status = CLI_EXIT_FAILED;
    enum ecam_status status =
        reference_open(comparison->reference, &comparison->run.limits, &reference, &err);
    if (status == ECAM_OK)
        status = open_input(comparison, &reference, runner->model, &input, &err);
    if (status == ECAM_OK) {
        status = compare_match(&reference, runner, &rows, &err);
        if (status != ECAM_OK)
            ecam_error_at(&err, status, comparison->reference);
    }
    if (status == ECAM_OK) {
        status = compare_run(runner, comparison->no_winograd, &input, &rows, &err);
        if (status != ECAM_OK)
            ecam_error_at(&err, status, runner->name);
    }
    if (status != ECAM_OK) {
        out_say("%s", err.text);
        if (comparison->run.is_json)
            out_json_error(comparison->inputs, &err);
        goto out;
    }
    if (!comparison->run.is_json)
        print_rows(&rows, comparison->tolerance);
    else if (!print_json(comparison, runner, &rows))
        goto out;
    if (first_beyond(&rows, comparison->tolerance) == NULL)
        exit_status = CLI_EXIT_DONE;
out:
    free(input.values);
    compare_rows_free(&rows);
    reference_free(&reference);
    return exit_status;
}

int cmd_compare(int argc, char **argv)
{
    struct comparison comparison = { .tolerance = 1e-4 };
    struct runner runner = { 0 };
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS];
    const struct cli_option own[] = {
        { .name = "inputs", .kind = CLI_STRING, .to = &comparison.inputs },
        { .name = "reference", .kind = CLI_STRING, .to = &comparison.reference },
        { .name = "tolerance", .kind = CLI_REAL, .to = &comparison.tolerance, .max = 1e6 },
        { .name = "no-winograd", .kind = CLI_FLAG, .to = &comparison.no_winograd },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },
        run_model_options(&comparison.run, model),
        run_engine_options(&comparison.run, engine),
    };
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("compare", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (n_words + (comparison.run.model != NULL) > 1)
        return cli_usage("compare", "one model at a time");
    if (comparison.reference == NULL)
        return cli_usage("compare", "with what? --reference REF is missing");
    if (n_words == 1)
        comparison.run.model = argv[0];
    int exit_status = runner_open("compare", &comparison.run, &runner);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = compare(&comparison, &runner);
    runner_close(&runner);
    return exit_status;
}
