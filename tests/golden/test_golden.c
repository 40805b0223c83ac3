/* SPDX-License-Identifier: BSD-2-Clause
 * Whole networks against what every module of PyTorch returned, layer by layer.
 *
 *     test_golden FOLDER FILE     tests/golden/alexnet model.pth
 *
 * FOLDER holds the weights, and expected.safetensors of make_golden.py. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tu.h"
#include "weights/weights.h"

/* What the project promises for every tap, of the tensor's largest magnitude. */
#define TOLERANCE 1e-5

/* Weights rounded to float16 are off by 2^-11 of themselves; a layer passes that on and
 * adds as much again. 2^-9 a weighted layer leaves a factor of four for the layers that
 * cancel; the tap is wrong by 100 % where a tensor is not restored. */
#define HALF_TOLERANCE_PER_LAYER (1.0 / 512.0)

static const char *folder, *file; /* from the command line */

struct golden {
    struct ecam_model *model;
    struct ecam_weight_set *set;
    size_t n;           /* values */
    const char **names; /* as to be tapped; "" is the output */
    float **values;     /* in network order */
    size_t *counts;
    float *input;
    size_t h, w;
};

static float *read_floats(const struct ecam_weight *w, size_t *n)
{
    ck_assert(ecam_shape_count(&w->shape, n));
    float *out = malloc((*n + 1) * sizeof *out);
    ck_assert_ptr_nonnull(out);
    ecam_weight_read(w, 0, *n, out);
    return out;
}

static void golden_open(struct golden *g)
{
    char path[512];
    struct ecam_error err;
    memset(g, 0, sizeof *g);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    ck_assert_msg(ecam_model_load(path, NULL, &g->model, &err) == ECAM_OK, "%s", err.text);
    snprintf(path, sizeof path, "%s/expected.safetensors", folder);
    ck_assert_msg(ecam_weights_open(path, NULL, &g->set, &err) == ECAM_OK, "%s", err.text);

    g->names = calloc(g->set->n_items, sizeof *g->names);
    g->values = calloc(g->set->n_items, sizeof *g->values);
    g->counts = calloc(g->set->n_items, sizeof *g->counts);
    ck_assert(g->names != NULL && g->values != NULL && g->counts != NULL);
    for (size_t i = 0; i < g->set->n_items; i++) { /* sorted by name, so by number */
        const struct ecam_weight *w = &g->set->items[i];
        size_t n;
        if (strcmp(w->name, "input") == 0) {
            g->input = read_floats(w, &n);
            g->h = w->shape.dim[2];
            g->w = w->shape.dim[3];
        } else {
            const char *colon = strchr(w->name, ':');
            ck_assert_ptr_nonnull(colon);
            g->names[g->n] = colon + 1;
            g->values[g->n] = read_floats(w, &g->counts[g->n]);
            g->n++;
        }
    }
    ck_assert_ptr_nonnull(g->input);
    ck_assert_uint_gt(g->n, 1);
}

static void golden_close(struct golden *g)
{
    for (size_t i = 0; i < g->n; i++)
        free(g->values[i]);
    free(g->values);
    free(g->counts);
    free(g->names);
    free(g->input);
    ecam_weight_set_free(g->set);
    ecam_model_free(g->model);
}

/* A session after one run, with taps first .. first + n - 1 (the output is no tap). */
static struct ecam_session *run(const struct golden *g, const struct ecam_model *model,
                                enum ecam_goal goal, unsigned threads, size_t first, size_t n)
{
    const char **taps = calloc(n + 1, sizeof *taps);
    ck_assert_ptr_nonnull(taps);
    size_t n_taps = 0;
    for (size_t i = first; i < first + n; i++)
        if (g->names[i][0] != '\0')
            taps[n_taps++] = g->names[i];
    const struct ecam_session_options options = {
        .goal = goal, .threads = threads, .h = g->h, .w = g->w, .taps = taps, .n_taps = n_taps
    };
    struct ecam_session *s = NULL;
    struct ecam_error err;
    ck_assert_msg(ecam_session_new(model, &options, &s, &err) == ECAM_OK, "%s", err.text);
    ck_assert_msg(ecam_session_run(s, g->input, &err) == ECAM_OK, "%s", err.text);
    free(taps);
    return s;
}

static const float *value(const struct golden *g, const struct ecam_session *s, size_t i)
{
    struct ecam_tensor t;
    struct ecam_error err;
    const enum ecam_status status = g->names[i][0] == '\0'
                                        ? ecam_session_output(s, &t, &err)
                                        : ecam_session_tap(s, g->names[i], &t, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    ck_assert_msg(t.n * t.c * t.h * t.w == g->counts[i], "%s: %zux%zux%zux%zu, %zu values expected",
                  g->names[i], t.n, t.c, t.h, t.w, g->counts[i]);
    return t.data;
}

static double largest(const float *v, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, fabs((double)v[i]));
    return top;
}

/* In network order, so that the first layer that is wrong is the one that is named. */
static void compare(const struct golden *g, const struct ecam_session *s, size_t first, size_t n,
                    double tolerance)
{
    for (size_t i = first; i < first + n; i++) {
        char what[256];
        snprintf(what, sizeof what, "%s: %zu of %zu, '%s' (again: tools/dev/make_golden.py)",
                 folder, i, g->n, g->names[i][0] == '\0' ? "the output" : g->names[i]);
        tu_close(what, value(g, s, i), g->values[i], g->counts[i],
                 tolerance * largest(g->values[i], g->counts[i]));
    }
}

START_TEST(every_layer_gives_what_pytorch_gives)
{
    struct golden g;
    golden_open(&g);
    struct ecam_session *s = run(&g, g.model, ECAM_GOAL_ONCE, 1, 0, g.n);
    compare(&g, s, 0, g.n, TOLERANCE);
    ecam_session_free(s);
    golden_close(&g);
}
END_TEST

START_TEST(so_does_every_layer_planned_for_many_runs)
{
    struct golden g;
    golden_open(&g);
    struct ecam_session *s = run(&g, g.model, ECAM_GOAL_MANY, 1, 0, g.n);
    compare(&g, s, 0, g.n, TOLERANCE);
    struct ecam_error err; /* and nothing of the first run is left in the second */
    ck_assert_msg(ecam_session_run(s, g.input, &err) == ECAM_OK, "%s", err.text);
    compare(&g, s, 0, g.n, TOLERANCE);
    ecam_session_free(s);
    golden_close(&g);
}
END_TEST

START_TEST(a_tap_alone_leaves_what_can_be_fused_fused_and_is_right)
{
    struct golden g;
    golden_open(&g);
    for (size_t i = 0; i < g.n; i++) {
        const enum ecam_goal goal = i % 2 == 0 ? ECAM_GOAL_ONCE : ECAM_GOAL_MANY;
        struct ecam_session *s = run(&g, g.model, goal, 1, i, 1);
        compare(&g, s, i, 1, TOLERANCE);
        ecam_session_free(s);
    }
    golden_close(&g);
}
END_TEST

/* Both sessions hold the values of all names; they must be the same bits. */
static void compare_bits(const struct golden *g, const struct ecam_session *a,
                         const struct ecam_session *b, const char *what)
{
    for (size_t i = 0; i < g->n; i++)
        ck_assert_msg(memcmp(value(g, a, i), value(g, b, i), g->counts[i] * sizeof(float)) == 0,
                      "%s: '%s' differs %s", folder, g->names[i], what);
}

START_TEST(the_number_of_threads_changes_no_bit)
{
    static const unsigned threads[] = { 2, 3 };
    struct golden g;
    golden_open(&g);
    for (int goal = ECAM_GOAL_ONCE; goal <= ECAM_GOAL_MANY; goal++) {
        struct ecam_session *one = run(&g, g.model, (enum ecam_goal)goal, 1, 0, g.n);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            struct ecam_session *s = run(&g, g.model, (enum ecam_goal)goal, threads[i], 0, g.n);
            compare_bits(&g, one, s, "between numbers of threads");
            ecam_session_free(s);
        }
        ecam_session_free(one);
    }
    golden_close(&g);
}
END_TEST

/* The model, saved and loaded again. */
static struct ecam_model *through_a_file(const struct golden *g, bool half)
{
    char path[] = "golden-XXXXXX";
    struct ecam_error err;
    struct ecam_model *model = NULL;
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    const struct ecam_save_options options = { .half = half };
    const enum ecam_status saved = ecam_model_save(g->model, path, &options, &err);
    const enum ecam_status status =
        saved == ECAM_OK ? ecam_model_load(path, NULL, &model, &err) : saved;
    unlink(path); /* the mapping keeps what it needs */
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return model;
}

START_TEST(a_converted_model_gives_the_same_bits)
{
    struct golden g;
    golden_open(&g);
    struct ecam_model *again = through_a_file(&g, false);
    struct ecam_session *a = run(&g, g.model, ECAM_GOAL_ONCE, 1, 0, g.n);
    struct ecam_session *b = run(&g, again, ECAM_GOAL_ONCE, 1, 0, g.n);
    compare_bits(&g, a, b, "after the round trip");
    ecam_session_free(a);
    ecam_session_free(b);
    ecam_model_free(again);
    golden_close(&g);
}
END_TEST

/* Convolutions and dense layers of the model. */
static size_t count_weighted(const struct ecam_model *model)
{
    struct ecam_layers *layers = NULL;
    struct ecam_error err;
    size_t n = 0;
    ck_assert_msg(ecam_layers_new(model, 0, 0, &layers, &err) == ECAM_OK, "%s", err.text);
    for (size_t i = 0; i < ecam_layers_count(layers); i++) {
        const char *kind = ecam_layers_get(layers, i)->kind;
        n += strcmp(kind, "conv2d") == 0 || strcmp(kind, "dense") == 0;
    }
    ecam_layers_free(layers);
    return n;
}

/* Whether the file already holds float16, to which rounding does nothing. */
static bool is_half_already(void)
{
    char path[512];
    struct ecam_error err;
    struct ecam_weight_set *set = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    ck_assert_msg(ecam_weights_open(path, NULL, &set, &err) == ECAM_OK, "%s", err.text);
    bool is_half = true;
    for (size_t i = 0; i < set->n_items; i++)
        is_half = is_half && set->items[i].dtype != ECAM_DTYPE_F32;
    ecam_weight_set_free(set);
    return is_half;
}

START_TEST(a_model_in_half_precision_is_near)
{
    struct golden g;
    golden_open(&g);
    struct ecam_model *half = through_a_file(&g, true);
    struct ecam_session *s = run(&g, half, ECAM_GOAL_ONCE, 1, 0, g.n);
    compare(&g, s, 0, g.n, HALF_TOLERANCE_PER_LAYER * (double)count_weighted(g.model));
    if (is_half_already()) {
        struct ecam_session *whole = run(&g, g.model, ECAM_GOAL_ONCE, 1, 0, g.n);
        compare_bits(&g, whole, s, "though its weights were float16 before");
        ecam_session_free(whole);
    }
    ecam_session_free(s);
    ecam_model_free(half);
    golden_close(&g);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        every_layer_gives_what_pytorch_gives,
        so_does_every_layer_planned_for_many_runs,
        a_tap_alone_leaves_what_can_be_fused_fused_and_is_right,
        the_number_of_threads_changes_no_bit,
        a_converted_model_gives_the_same_bits,
        a_model_in_half_precision_is_near,
    };
    if (argc != 3) {
        fprintf(stderr, "usage: %s FOLDER FILE\n", argv[0]);
        return EXIT_FAILURE;
    }
    folder = argv[1];
    file = argv[2];
    return tu_main("golden", tests, sizeof tests / sizeof *tests);
}
