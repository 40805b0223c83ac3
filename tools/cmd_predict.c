/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/commands.h"
#include "tools/npy.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/runner.h"

#define MAX_TOP 100000

const char cmd_predict_help[] =
    "usage: eigencam predict [-m MODEL] [OPTION...] PHOTO...\n"
    "\n"
    "Names what is on photos, the most probable class first.\n"
    "\n"
    "  eigencam predict photo.jpg\n"
    "  eigencam predict -m squeezenet1_1.pth --json photos/ | jq '.top[0].label'\n"
    "\n"
    "A PHOTO is a JPEG, PNG, BMP, TGA, GIF or PNM, a .npy (3xHxW or 1x3xHxW\n"
    "float32: what enters the first layer), a folder of them, or '-'.\n"
    "\n"
    "  -m, --model MODEL     weights or a model file; without: the bundled model\n"
    "      --graph FILE      the graph of Caffe weights, a .prototxt\n"
    "      --top K           classes to name (5)\n"
    "      --preset NAME     prepare photos otherwise than the model says, as with\n"
    "                        'eigencam convert --preset'\n"
    "      --labels FILE     class names in place of the model's\n"
    "      --logits FILE     write the network's results as .npy, float32, a row an\n"
    "                        input in their order (NaN where an input failed)\n"
    "      --json            one JSON object an input, on one line\n"
    "  -q, --quiet           no notes and no progress on stderr, only errors\n"
    "      --list FILE       more inputs, one a line ('-': standard input)\n"
    "  -r, --recursive       the folders in a folder too\n"
    "      --threads N       threads (0: one a core)\n"
    "      --isa LEVEL       auto, scalar, neon, avx2, avx512\n"
    "      --plan GOAL       once: least memory (default); many: fastest over time\n"
    "      --limit NAME=N    move a safety limit ('--limit help' lists them)\n"
    "\n"
    "exit status: 0 all done, 1 some input failed, 2 wrong usage\n";

/* The results of all inputs, a row each. */
struct rows {
    float *data; /* [n_rows][n_columns] */
    size_t n_rows, n_columns;
};

/* The number of columns is known with the first input that works. */
static enum ecam_status keep_row(struct rows *rows, size_t row, const struct ecam_session *session,
                                 struct ecam_error *err)
{
    struct ecam_tensor out;
    const enum ecam_status status = ecam_session_output(session, &out, err);
    if (status != ECAM_OK)
        return status;
    const size_t columns = out.c * out.h * out.w;
    if (rows->data == NULL) {
        rows->data = columns > SIZE_MAX / sizeof(float) / rows->n_rows
                         ? NULL
                         : malloc(rows->n_rows * columns * sizeof(float));
        if (rows->data == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "results of %zu inputs", rows->n_rows);
        rows->n_columns = columns;
        for (size_t i = 0; i < rows->n_rows * columns; i++)
            rows->data[i] = NAN;
    }
    if (columns != rows->n_columns)
        return ecam_fail(err, ECAM_ERR_SHAPE, "--logits: %zu results, %zu for earlier inputs",
                         columns, rows->n_columns);
    memcpy(rows->data + row * columns, out.data, columns * sizeof(float));
    return ECAM_OK;
}

static enum ecam_status write_rows(const char *path, const struct rows *rows,
                                   struct ecam_error *err)
{
    const size_t dim[2] = { rows->n_rows, rows->n_columns };
    if (rows->data == NULL)
        return ecam_fail(err, ECAM_ERR_ARG, "%s: not written, no input gave a result", path);
    const enum ecam_status status = npy_write(path, rows->data, dim, 2, err);
    return status;
}

struct predict {
    struct run_options run;
    size_t top_k;
    const char *logits;
    struct run_class *top; /* [top_k] */
    struct rows rows;
};

static enum ecam_status predict_one(struct predict *p, struct runner *runner,
                                    const struct inputs *inputs, size_t i,
                                    struct progress *progress, struct ecam_error *err)
{
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    const char *path = inputs->path[i];
    size_t n = 0;
    if (inputs->error[i] != NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: %s", path, inputs->error[i]);
    enum ecam_status status = run_input_read(runner, path, &input, err);
    if (status != ECAM_OK)
        goto out;
    status = runner_run(runner, &input, &session, err);
    if (status == ECAM_OK)
        status = run_top(runner, session, p->top_k, p->top, &n, err);
    if (status == ECAM_OK && n == 0)
        status = ecam_fail(err, ECAM_ERR_SHAPE, "the network's result is no list of classes");
    if (status == ECAM_OK && p->logits != NULL)
        status = keep_row(&p->rows, i, session, err);
    if (status != ECAM_OK) {
        ecam_error_at(err, status, path);
        goto out;
    }
    progress_hide(progress);
    if (p->run.is_json) {
        struct json json = { 0 };
        json_object_begin(&json);
        run_json(&json, runner, session, path, p->top, n);
        json_object_end(&json);
        out_json(&json);
    } else {
        out_text(path);
        putchar('\n');
        run_print_top(p->top, n);
        out_flush();
    }
out:
    run_input_free(&input);
    return status;
}

static int predict_all(struct predict *p, struct runner *runner, const struct inputs *inputs)
{
    struct progress progress;
    struct ecam_error err;
    int exit_status = CLI_EXIT_DONE;
    progress_begin(&progress, inputs->n, p->run.is_quiet);
    for (size_t i = 0; i < inputs->n && !ferror(stdout); i++) {
        progress_show(&progress, i, inputs->path[i]);
        if (predict_one(p, runner, inputs, i, &progress, &err) != ECAM_OK) {
            progress_hide(&progress);
            out_say("%s", err.text);
            if (p->run.is_json)
                out_json_error(inputs->path[i], &err);
            exit_status = CLI_EXIT_FAILED;
        }
    }
    progress_hide(&progress);
    if (ferror(stdout))
        exit_status = CLI_EXIT_FAILED;
    if (p->logits != NULL && write_rows(p->logits, &p->rows, &err) != ECAM_OK) {
        out_say("%s", err.text);
        exit_status = CLI_EXIT_FAILED;
    }
    return exit_status;
}

int cmd_predict(int argc, char **argv)
{
    struct predict p = { .top_k = 5 };
    struct runner runner = { 0 };
    struct inputs inputs = { 0 };
    struct cli_option model[RUN_MODEL_OPTIONS], engine[RUN_ENGINE_OPTIONS],
        input[RUN_INPUT_OPTIONS], photo[RUN_PHOTO_OPTIONS];
    const struct cli_option own[] = {
        { .name = "top", .kind = CLI_COUNT, .to = &p.top_k, .min = 1, .max = MAX_TOP },
        { .name = "logits", .kind = CLI_STRING, .to = &p.logits },
    };
    const struct cli_group groups[] = {
        { own, ECAM_ARRAY_LEN(own) },       run_model_options(&p.run, model),
        run_engine_options(&p.run, engine), run_input_options(&p.run, input),
        run_photo_options(&p.run, photo),
    };
    size_t n_words;
    const enum cli_result parsed =
        cli_parse("predict", groups, ECAM_ARRAY_LEN(groups), argc, argv, &n_words);
    if (parsed != CLI_RUN)
        return parsed == CLI_STOP ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    int exit_status = run_collect("predict", &p.run, argv, n_words, &inputs);
    if (exit_status == CLI_EXIT_DONE)
        exit_status = runner_open("predict", &p.run, &runner);
    if (exit_status == CLI_EXIT_DONE) {
        p.rows.n_rows = inputs.n;
        p.top = calloc(p.top_k, sizeof *p.top);
        exit_status = p.top == NULL ? CLI_EXIT_FAILED : predict_all(&p, &runner, &inputs);
    }
    free(p.top);
    free(p.rows.data);
    runner_close(&runner);
    inputs_free(&inputs);
    return exit_status;
}
