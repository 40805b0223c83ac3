/* SPDX-License-Identifier: BSD-2-Clause
 * The ONNX backend test data, as the package libonnx-testdata ships it: every case whose
 * operators are ours is imported, run, and compared. Prints TAP; with --table also what
 * docs/onnx.md holds, by operator.
 *
 *     onnx_backend FOLDER [--table] [CASE...]
 *
 * Of several inputs the first of floats is fed, the others are bound as constants. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "engine/model.h"
#include "layers/registry.h"
#include "tests/conformance/onnx_rule.h"
#include "weights/weights.h"

#define SKIP_ALL 77
#define MAX_PATH 1024
#define TOLERANCE 2e-5 /* of the largest magnitude of the result */

static const char *const groups[] = { "node", "simple", "pytorch-converted", "pytorch-operator" };

/* ---- Files ---- */

struct bytes {
    unsigned char *data;
    size_t size;
};

static bool read_file(const char *path, struct bytes *out)
{
    FILE *const file = fopen(path, "rb");
    struct stat st;
    *out = (struct bytes){ 0 };
    if (file == NULL)
        return false;
    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode)) {
        out->size = (size_t)st.st_size;
        out->data = malloc(out->size + 1);
    }
    const bool ok = out->data != NULL && fread(out->data, 1, out->size, file) == out->size;
    fclose(file);
    if (!ok)
        free(out->data);
    return ok;
}

/* A TensorProto alone in a file. */
static enum ecam_status read_tensor(const char *path, struct bytes *bytes,
                                    struct ecam_onnx_tensor *out, struct ecam_error *err)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_pb_source source;
    *out = (struct ecam_onnx_tensor){ .name = NULL };
    if (!read_file(path, bytes))
        return ecam_fail(err, ECAM_ERR_IO, "cannot read %s", path);
    return ecam_onnx_tensor_read(ecam_pb_begin(&source, bytes->data, bytes->size, &limits), out,
                                 err);
}

/* ---- One set of inputs and its output ---- */

struct run {
    const struct onnx_case *c;
    struct bytes model;
    struct ecam_error err;
    struct ecam_model *loaded;
    float *input; /* what is fed */
    size_t n_input;
    uint32_t output;                 /* node, before it was made a row */
    const struct ecam_weight *empty; /* an output without elements, or NULL */
    double worst;                    /* difference, of the largest magnitude */
};

static enum ecam_status bind(struct run *run, struct ecam_weight_set *set, const char *name,
                             struct ecam_onnx_tensor *t)
{
    uint8_t *const copy = ecam_alloc(t->bytes + 1);
    if (copy == NULL)
        return ecam_fail(&run->err, ECAM_ERR_NOMEM, "input");
    if (t->bytes > 0)
        memcpy(copy, t->data, t->bytes);
    enum ecam_status status = ecam_weight_set_own(
        set, (struct ecam_storage){ ECAM_STORAGE_HEAP, copy, t->bytes }, &run->err);
    if (status == ECAM_OK)
        status =
            ecam_weight_set_add(set, name, t->dtype, &t->shape, NULL, copy, t->bytes, 0, &run->err);
    return status;
}

/* Reads the inputs: the first of floats is kept, the others go to the set. */
static enum ecam_status read_inputs(struct run *run, struct ecam_weight_set *set,
                                    const char *folder)
{
    enum ecam_status status = ecam_weight_set_seal(set, &run->err);
    size_t number = 0;
    for (size_t i = 0; status == ECAM_OK && i < run->c->model.n_inputs; i++) {
        const char *const name = run->c->model.inputs[i].name;
        char path[MAX_PATH + 40];
        struct bytes bytes = { 0 };
        struct ecam_onnx_tensor t;
        snprintf(path, sizeof path, "%s/input_%zu.pb", folder, number++);
        struct stat st;
        if (stat(path, &st) != 0) /* those with an initialiser may be left out */
            continue;
        status = read_tensor(path, &bytes, &t, &run->err);
        if (status == ECAM_OK && run->input == NULL && t.dtype == ECAM_DTYPE_F32 && t.bytes > 0) {
            run->n_input = t.bytes / sizeof(float);
            run->input = ecam_alloc_floats(run->n_input + 1);
            memcpy(run->input, t.data, t.bytes);
        } else if (status == ECAM_OK) {
            status = bind(run, set, name, &t);
        }
        ecam_onnx_tensor_free(&t);
        free(bytes.data);
    }
    return status == ECAM_OK ? ecam_weight_set_seal(set, &run->err) : status;
}

/* The output as one row, whatever its rank. */
static enum ecam_status make_row(struct run *run, struct ecam_graph *graph)
{
    static const int64_t row[2] = { 1, -1 };
    uint32_t node = 0;
    run->output = graph->output;
    enum ecam_status status =
        ecam_graph_add(graph, "reshape", "~row", &run->output, 1, &node, &run->err);
    if (status == ECAM_OK)
        status = ecam_graph_set_ints(graph, node, "shape", row, 2, &run->err);
    graph->output = graph->last = node;
    return status;
}

/* An output that has no elements is a constant; NULL: it has. */
static const struct ecam_weight *empty_output(const struct ecam_graph *graph)
{
    const struct ecam_weight *const value = ecam_node_weight(&graph->nodes[graph->output], "value");
    size_t count = 1;
    if (value != NULL)
        ecam_shape_count(&value->shape, &count);
    return count == 0 ? value : NULL;
}

static enum ecam_status load(struct run *run, const char *folder)
{
    static const struct ecam_onnx_options options = { .find = ecam_layer_find, .as_written = true };
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_weight_set *set = NULL;
    run->loaded = ecam_calloc(1, sizeof *run->loaded);
    run->loaded->limits = limits;
    run->loaded->path = ecam_strdup(folder);
    enum ecam_status status =
        ecam_read_onnx(run->model.data, run->model.size, &limits, &set, &run->err);
    if (status == ECAM_OK)
        status = read_inputs(run, set, folder);
    if (status == ECAM_OK)
        status = ecam_onnx_import(set, &options, &limits, &run->loaded->network, &run->err);
    if (status != ECAM_OK) {
        ecam_weight_set_free(set);
        return status;
    }
    run->loaded->network->weights = set;
    struct ecam_graph *const graph = run->loaded->network->graph;
    run->empty = empty_output(graph);
    if (run->empty != NULL)
        return ECAM_OK;
    status = make_row(run, graph);
    if (status == ECAM_OK)
        status = ecam_graph_check(graph, &run->err);
    if (status == ECAM_OK)
        status = ecam_graph_resolve(graph, ecam_layer_find, &run->err);
    if (status == ECAM_OK)
        status = ecam_packs_new(set, &run->loaded->packs, &run->err);
    return status;
}

static enum ecam_status check_shape(struct run *run, const struct ecam_shape *want)
{
    const struct ecam_graph *const graph = run->loaded->network->graph;
    const struct ecam_shape input = { .rank = 4,
                                      .dim = { 1, 1, 1, run->input != NULL ? run->n_input : 1 } };
    struct ecam_shape *const shapes = ecam_calloc(graph->n_nodes, sizeof *shapes);
    char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
    enum ecam_status status = ECAM_OK;
    if (run->empty != NULL)
        shapes[run->output = graph->output] = run->empty->shape;
    else
        status = ecam_graph_infer(graph, &input, NULL, run->output, shapes, &run->err);
    if (status == ECAM_OK && !ecam_shape_equal(&shapes[run->output], want))
        status = ecam_fail(&run->err, ECAM_ERR_SHAPE, "shape %s, expected %s",
                           ecam_shape_text(&shapes[run->output], a), ecam_shape_text(want, b));
    ecam_free(shapes);
    return status;
}

static enum ecam_status compare(struct run *run, const float *got, const float *want, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(want[i]))
            largest = fmax(largest, fabs((double)want[i]));
    for (size_t i = 0; i < n; i++) {
        const bool is_same = got[i] == want[i] || (isnan(got[i]) && isnan(want[i]));
        const double diff =
            is_same ? 0 : fabs((double)got[i] - (double)want[i]) / fmax(largest, 1e-30);
        if (!(diff <= TOLERANCE))
            return ecam_fail(&run->err, ECAM_ERR_FORMAT, "element %zu: %.9g, expected %.9g", i,
                             (double)got[i], (double)want[i]);
        run->worst = fmax(run->worst, diff);
    }
    return ECAM_OK;
}

static enum ecam_status run_set(struct run *run, const char *folder)
{
    static const float nothing = 0;
    struct ecam_session *session = NULL;
    struct ecam_tensor out;
    struct ecam_onnx_tensor want = { .name = NULL };
    struct bytes bytes = { 0 };
    float *numbers = NULL; /* aligned, unlike those of the file */
    char path[MAX_PATH + 16];
    enum ecam_status status = load(run, folder);
    const struct ecam_session_options options = { .threads = 1,
                                                  .h = 1,
                                                  .w = run->input != NULL ? run->n_input : 1 };
    snprintf(path, sizeof path, "%s/output_0.pb", folder);
    if (status == ECAM_OK)
        status = read_tensor(path, &bytes, &want, &run->err);
    if (status == ECAM_OK)
        status = check_shape(run, &want.shape);
    if (status != ECAM_OK || run->empty != NULL)
        goto out;
    status = ecam_session_new(run->loaded, &options, &session, &run->err);
    if (status == ECAM_OK)
        status = ecam_session_run(session, run->input != NULL ? run->input : &nothing, &run->err);
    if (status == ECAM_OK)
        status = ecam_session_output(session, &out, &run->err);
    numbers = malloc(want.bytes + 1);
    if (status == ECAM_OK) {
        memcpy(numbers, want.data, want.bytes);
        status = compare(run, out.data, numbers, want.bytes / sizeof(float));
    }
out:
    free(numbers);
    ecam_session_free(session);
    ecam_onnx_tensor_free(&want);
    free(bytes.data);
    ecam_model_free(run->loaded);
    ecam_free(run->input);
    run->loaded = NULL;
    run->input = NULL;
    return status;
}

/* ---- All ---- */

struct count {
    const char *what; /* an operator, or a reason */
    size_t run, refused;
};

struct tally {
    size_t number, passed, failed, skipped, refused;
    struct count ops[64];
    size_t n_ops;
    struct count reasons[32];
    size_t n_reasons;
    double worst;
};

static struct count *counted(struct count *counts, size_t *n, size_t cap, const char *what)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(counts[i].what, what) == 0)
            return &counts[i];
    if (*n == cap)
        return &counts[cap - 1];
    counts[*n] = (struct count){ .what = strdup(what) };
    return &counts[(*n)++];
}

static void skip(struct tally *tally, const char *name, const char *reason)
{
    tally->skipped++;
    counted(tally->reasons, &tally->n_reasons, ECAM_ARRAY_LEN(tally->reasons), reason)->run++;
    printf("ok %zu - %s # SKIP %s\n", ++tally->number, name, reason);
}

static void run_case(const char *root, const char *name, struct tally *tally)
{
    static struct onnx_case c;
    struct run run = { .c = &c };
    char path[MAX_PATH], reason[MAX_REASON];
    bool is_inside = false;
    enum ecam_status status = ECAM_OK;
    snprintf(path, sizeof path, "%s/%s/model.onnx", root, name);
    if (!read_file(path, &run.model) || !onnx_case_read(run.model.data, run.model.size, &c)) {
        skip(tally, name, "no model with operators of ONNX's own");
        goto out;
    }
    const bool is_run = onnx_case_is_run(&c, &is_inside, reason);
    for (size_t i = 0; is_inside && i < c.n_ops; i++) {
        struct count *const op =
            counted(tally->ops, &tally->n_ops, ECAM_ARRAY_LEN(tally->ops), c.ops[i]);
        op->run += is_run;
        op->refused += !is_run;
    }
    tally->refused += is_inside && !is_run;
    if (!is_run) {
        skip(tally, name, reason);
        goto out;
    }
    size_t n_sets = 0;
    for (;; n_sets++) {
        struct stat st;
        snprintf(path, sizeof path, "%s/%s/test_data_set_%zu", root, name, n_sets);
        if (status != ECAM_OK || stat(path, &st) != 0)
            break;
        status = run_set(&run, path);
    }
    if (n_sets == 0)
        status = ecam_fail(&run.err, ECAM_ERR_IO, "no data");
    tally->passed += status == ECAM_OK;
    tally->failed += status != ECAM_OK;
    tally->worst = fmax(tally->worst, run.worst);
    printf("%sok %zu - %s%s%s\n", status == ECAM_OK ? "" : "not ", ++tally->number, name,
           status == ECAM_OK ? "" : ": ", status == ECAM_OK ? "" : run.err.text);
out:
    onnx_case_free(&c);
    free(run.model.data);
}

static int by_op(const void *a, const void *b)
{
    return strcmp(((const struct count *)a)->what, ((const struct count *)b)->what);
}

static void print_table(struct tally *tally)
{
    qsort(tally->ops, tally->n_ops, sizeof *tally->ops, by_op);
    qsort(tally->reasons, tally->n_reasons, sizeof *tally->reasons, by_op);
    printf("# | operator | run | refused |\n# |---|--:|--:|\n");
    for (size_t i = 0; i < tally->n_ops; i++)
        printf("# | %s | %zu | %zu |\n", tally->ops[i].what, tally->ops[i].run,
               tally->ops[i].refused);
    printf("#\n# | skipped because of | cases |\n# |---|--:|\n");
    for (size_t i = 0; i < tally->n_reasons; i++)
        printf("# | %s | %zu |\n", tally->reasons[i].what, tally->reasons[i].run);
}

static int is_test(const struct dirent *entry)
{
    return strncmp(entry->d_name, "test_", 5) == 0;
}

static void run_group(const char *root, const char *group, struct tally *tally)
{
    char path[MAX_PATH];
    struct dirent **entries = NULL;
    snprintf(path, sizeof path, "%s/%s", root, group);
    const int n = scandir(path, &entries, is_test, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", group, entries[i]->d_name);
        run_case(root, path, tally);
        free(entries[i]);
    }
    free((void *)entries);
}

int main(int argc, char **argv)
{
    static struct tally tally;
    struct stat st;
    bool wants_table = false;
    if (argc < 2 || stat(argv[1], &st) != 0) {
        printf("1..0 # SKIP no ONNX backend test data (package libonnx-testdata)\n");
        return argc < 2 ? EXIT_FAILURE : SKIP_ALL;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--table") == 0)
            wants_table = true;
        else
            run_case(argv[1], argv[i], &tally);
    }
    for (size_t i = 0; argc == 2 + wants_table && i < ECAM_ARRAY_LEN(groups); i++)
        run_group(argv[1], groups[i], &tally);
    printf("1..%zu\n", tally.number);
    printf("# %zu cases: %zu run, %zu passed, %zu failed; %zu refused as documented, %zu outside "
           "the rule; largest difference %.1e of the largest magnitude\n",
           tally.number, tally.passed + tally.failed, tally.passed, tally.failed, tally.refused,
           tally.skipped - tally.refused, tally.worst);
    if (wants_table)
        print_table(&tally);
    return tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
