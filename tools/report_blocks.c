/* SPDX-License-Identifier: BSD-2-Clause
 * What a report tells of the network: which layers stand for its blocks, and the table
 * of all of them. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "engine/graph.h"
#include "engine/model.h"
#include "engine/network.h"
#include "tools/layer_text.h"
#include "tools/output.h"
#include "tools/report.h"

/* ---- Blocks ---- */

enum ecam_status report_narrow(const struct ecam_graph *graph, bool *is_narrow,
                               struct ecam_error *err)
{
    size_t *last = calloc(graph->n_nodes, sizeof *last), reach = 0; /* the last that reads each */
    if (last == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu layers", graph->n_nodes);
    for (size_t i = 0; i < graph->n_nodes; i++)
        for (size_t k = 0; k < graph->nodes[i].n_inputs; k++)
            last[graph->nodes[i].inputs[k]] = i;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        is_narrow[i] = reach <= i;
        reach = ecam_max_size(reach, last[i]);
    }
    free(last);
    return ECAM_OK;
}

/* Whether a layer only changes the values of the one before it. */
static bool is_elementwise(const struct ecam_graph *graph, size_t i,
                           const struct ecam_layer_info *info)
{
    return graph->nodes[i].n_inputs == 1 && graph->nodes[i].inputs[0] == i - 1 &&
           info->kernel[0] == 0 && info->out.rank == info->in.rank &&
           memcmp(info->out.dim, info->in.dim, info->in.rank * sizeof *info->in.dim) == 0;
}

static bool is_map(const struct ecam_shape *shape)
{
    return shape->rank == 4 && shape->dim[2] * shape->dim[3] > 1;
}

/* The place of a node in the table of layers, which leaves out the input. */
static const struct ecam_layer_info *info_of(const struct ecam_layers *layers, size_t node)
{
    return ecam_layers_get(layers, node - 1);
}

enum ecam_status report_blocks(const struct ecam_model *model, const char ***out, size_t *n,
                               size_t *n_left_out, struct ecam_error *err)
{
    const struct ecam_graph *graph = model->network->graph;
    const size_t count = graph->n_nodes;
    struct ecam_layers *layers = NULL;
    size_t found = 0;
    bool *is_narrow = calloc(count + 1, sizeof *is_narrow);
    const char **names = calloc(count, sizeof *names);
    enum ecam_status status = is_narrow == NULL || names == NULL
                                  ? ecam_fail(err, ECAM_ERR_NOMEM, "%zu layers", count)
                                  : ecam_layers_new(model, 0, 0, &layers, err);
    if (status != ECAM_OK)
        goto out;
    status = report_narrow(graph, is_narrow, err);
    if (status != ECAM_OK)
        goto out;
    for (size_t i = 1; i < count; i++)
        if (is_narrow[i] && is_map(&info_of(layers, i)->out) &&
            !(i + 1 < count && is_narrow[i + 1] &&
              is_elementwise(graph, i + 1, info_of(layers, i + 1))))
            names[found++] = graph->nodes[i].name;
    *n = ecam_min_size(found, REPORT_BLOCKS);
    *n_left_out = found - *n;
    for (size_t i = 1; i < *n; i++) /* the first and the last stay */
        names[i] = names[i * (found - 1) / (*n - 1)];
    *out = names;
    names = NULL;
out:
    free(is_narrow);
    free(names);
    ecam_layers_free(layers);
    return status;
}

/* ---- The table ---- */

/* Seconds of each layer, the best of some runs; [n] by place in the table. */
static enum ecam_status time_layers(const struct reporter *reporter,
                                    const struct report_photo *photo,
                                    const struct ecam_layers *layers, double *seconds,
                                    struct ecam_error *err)
{
    const struct run_options *run = &reporter->options->run;
    const struct ecam_session_options options = {
        .isa = reporter->runner.isa,
        .goal = (enum ecam_goal)run->goal,
        .threads = (unsigned)run->threads,
        .h = photo->input.h,
        .w = photo->input.w,
        .profile = true,
    };
    const size_t n = ecam_layers_count(layers);
    struct ecam_session *session = NULL;
    double *now = calloc(n, sizeof *now);
    enum ecam_status status =
        now == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%zu layers", n)
                    : ecam_session_new(reporter->runner.model, &options, &session, err);
    for (int i = 0; i < REPORT_RUNS && status == ECAM_OK; i++) {
        status = ecam_session_run(session, photo->input.values, err);
        memset(now, 0, n * sizeof *now);
        for (size_t s = 0; s < ecam_session_n_steps(session) && status == ECAM_OK; s++) {
            struct ecam_step_info step;
            ecam_session_step(session, s, &step);
            for (size_t k = 0; k < n; k++)
                if (strcmp(ecam_layers_get(layers, k)->name, step.name) == 0)
                    now[k] += step.last_seconds;
        }
        for (size_t k = 0; k < n; k++)
            seconds[k] = i == 0 ? now[k] : fmin(seconds[k], now[k]);
    }
    ecam_session_free(session);
    free(now);
    return status;
}

static bool is_explained(const struct report_photo *photo, const struct ecam_graph *graph,
                         const char *name)
{
    for (size_t i = 0; i < photo->n_layers; i++) {
        const uint32_t node = ecam_graph_find(graph, photo->layer[i].facts.layer);
        if (node != ECAM_NO_NODE && strcmp(graph->nodes[node].name, name) == 0)
            return true;
    }
    return false;
}

static void put_row(cJSON *rows, const struct ecam_layer_info *layer, bool is_tapped,
                    double seconds, double all, bool *failed)
{
    cJSON *row = page_object(rows, NULL, failed);
    char shape[OUT_SHAPE_BYTES], text[LAYER_TEXT_BYTES];
    page_string(row, "name", layer->name, failed);
    page_string(row, "kind", layer->kind, failed);
    page_string(row, "in", out_shape(&layer->in, shape), failed);
    page_string(row, "out", out_shape(&layer->out, shape), failed);
    page_string(row, "window", layer_window(layer, text), failed);
    if (layer->field[0] != 0)
        page_format(row, "field", failed, "%" PRIu32 " %" PRIu32, layer->field[0], layer->field[1]);
    page_string(row, "field_words", layer->field[0] == 0 ? "all" : layer_pair(layer->field, text),
                failed);
    page_string(row, "jump", layer_pair(layer->jump, text), failed);
    page_format(row, "parameters", failed, "%" PRIu64, layer->parameters);
    page_format(row, "macs", failed, "%" PRIu64, layer->macs);
    page_format(row, "bytes", failed, "%" PRIu64, layer->out_bytes);
    page_string(row, "tapped", is_tapped ? "yes" : "", failed);
    if (seconds > 0) {
        page_format(row, "ms", failed, "%.3f", 1000 * seconds);
        page_format(row, "part", failed, "%.1f %%", 100 * seconds / all);
    } else {
        page_string(row, "ms", "", failed);
        page_string(row, "part", "", failed);
    }
}

static enum ecam_status put_table(const struct reporter *reporter, const struct report_photo *photo,
                                  cJSON *values, bool *failed, struct ecam_error *err)
{
    const struct ecam_model *model = reporter->runner.model;
    const bool is_timed = reporter->options->is_timed;
    struct ecam_layers *layers = NULL;
    double *seconds = NULL, all = 0;
    uint64_t parameters = 0, macs = 0, bytes = 0;
    enum ecam_status status = ecam_layers_new(model, photo->input.h, photo->input.w, &layers, err);
    if (status != ECAM_OK)
        return status;
    const size_t n = ecam_layers_count(layers);
    seconds = calloc(n, sizeof *seconds);
    if (seconds == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu layers", n);
    else if (is_timed)
        status = time_layers(reporter, photo, layers, seconds, err);
    for (size_t i = 0; i < n && status == ECAM_OK; i++)
        all += seconds[i];
    cJSON *table = page_object(values, "table", failed);
    cJSON *rows = page_list(table, "rows", failed);
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        const struct ecam_layer_info *layer = ecam_layers_get(layers, i);
        put_row(rows, layer, is_explained(photo, model->network->graph, layer->name), seconds[i],
                all, failed);
        parameters += layer->parameters;
        macs += layer->macs;
        bytes += layer->out_bytes;
    }
    page_format(table, "n", failed, "%zu", n);
    page_format(table, "input", failed, "%zux%zu", photo->input.h, photo->input.w);
    page_format(table, "parameters", failed, "%" PRIu64, parameters);
    page_format(table, "macs", failed, "%" PRIu64, macs);
    page_format(table, "bytes", failed, "%" PRIu64, bytes);
    page_string(table, "is_timed", all > 0 ? "yes" : "", failed);
    page_format(table, "ms", failed, "%.3f", 1000 * all);
    page_format(table, "runs", failed, "%d", REPORT_RUNS);
    free(seconds);
    ecam_layers_free(layers);
    return status;
}

/* ---- Facts ---- */

static void put_fact(cJSON *facts, const char *key, const char *value, bool *failed)
{
    if (value == NULL)
        return;
    cJSON *fact = page_object(facts, NULL, failed);
    page_string(fact, "key", key, failed);
    page_string(fact, "value", value, failed);
}

static void put_amounts(const struct report_photo *photo, cJSON *facts, bool *failed)
{
    const struct ecam_session_info *info = &photo->session;
    char text[160], arena[32], packed[32], scratch[32], macs[32];
    snprintf(text, sizeof text, "%s multiply-adds a photo",
             out_amount((double)info->macs, "", macs));
    put_fact(facts, "work", text, failed);
    snprintf(text, sizeof text, "%s of activations, %s of packed weights, %s of scratch",
             out_amount((double)info->arena_bytes, "B", arena),
             out_amount((double)info->packed_bytes, "B", packed),
             out_amount((double)info->scratch_bytes, "B", scratch));
    put_fact(facts, "memory of a run", text, failed);
}

/* As a shell takes it. */
static void quote(struct page *command, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-_./=,:+@%";
    if (command->len > 0)
        page_put(command, " ", 1);
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        page_put(command, word, strlen(word));
        return;
    }
    page_put(command, "'", 1);
    for (; *word != '\0'; word++)
        page_put(command, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    page_put(command, "'", 1);
}

void report_put_command(cJSON *values, int argc, char *const *argv, bool *failed)
{
    struct page command = { 0 };
    quote(&command, "eigencam");
    for (int i = 0; i < argc; i++)
        quote(&command, argv[i]);
    *failed = *failed || command.failed;
    if (!*failed)
        page_string(values, "command", command.text, failed);
    page_free(&command);
}

enum ecam_status report_network(const struct reporter *reporter, const struct report_photo *photo,
                                cJSON *values, struct ecam_error *err)
{
    static const struct {
        const char *key, *fact;
    } known[] = {
        { "network", "family" },
        { "format", "format" },
        { "weights from", "source" },
        { "SHA-256 of their file", "source_sha256" },
        { "SHA-256 of the data", "data_sha256" },
        { "converted by", "converter" },
        { "licence", "license" },
    };
    static const char *const goals[] = { "once (least memory)", "many (fastest over time)" };
    const struct ecam_model *model = reporter->runner.model;
    bool failed = false;
    cJSON *facts = page_list(values, "facts", &failed);
    put_fact(facts, "model", reporter->runner.name, &failed);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(known); i++)
        put_fact(facts, known[i].key, ecam_model_fact(model, known[i].fact), &failed);
    if (reporter->model_sha256[0] != '\0')
        put_fact(facts, "SHA-256 of the file", reporter->model_sha256, &failed);
    put_amounts(photo, facts, &failed);
    put_fact(facts, "version of eigencam", ecam_version(), &failed);
    put_fact(facts, "instruction set", ecam_isa_name(photo->session.isa), &failed);
    put_fact(facts, "plan", goals[photo->session.goal], &failed);
    put_fact(facts, "times",
             reporter->options->is_timed ? "measured, in the table below"
                                         : "not measured, so that the same photo gives the same "
                                           "page; --times measures them",
             &failed);
    report_put_command(values, reporter->argc, reporter->argv, &failed);
    enum ecam_status status = ECAM_OK;
    if (reporter->options->level >= REPORT_FULL)
        status = put_table(reporter, photo, values, &failed, err);
    if (status == ECAM_OK && reporter->options->level >= REPORT_TEACH)
        status = report_graph(reporter, photo, values, err);
    return status == ECAM_OK && failed ? ecam_fail(err, ECAM_ERR_NOMEM, "a page") : status;
}
