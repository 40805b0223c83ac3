/* SPDX-License-Identifier: BSD-2-Clause
 * Single layers with odd parameters against PyTorch in double precision.
 *
 *     test_layers FOLDER      tests/golden/layers
 *
 * FOLDER holds a model file a case, and expected.safetensors of make_layer_golden.py. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "weights/weights.h"

/* What the project promises, of the largest magnitude. */
#define TOLERANCE 1e-5

static const char *folder;

struct expected {
    struct ecam_weight_set *set;
    size_t n_cases;
};

static struct expected expected_open(void)
{
    struct expected e = { 0 };
    struct ecam_error err;
    char path[512];
    snprintf(path, sizeof path, "%s/expected.safetensors", folder);
    ck_assert_msg(ecam_weights_open(path, NULL, &e.set, &err) == ECAM_OK, "%s", err.text);
    e.n_cases = e.set->n_items / 2; /* sorted: CASE/input, CASE/output */
    ck_assert_uint_gt(e.n_cases, 0);
    return e;
}

static float *read_floats(const struct ecam_weight *w, size_t *n)
{
    ck_assert(ecam_shape_count(&w->shape, n));
    float *out = malloc((*n + 1) * sizeof *out);
    ck_assert_ptr_nonnull(out);
    ecam_weight_read(w, 0, *n, out);
    return out;
}

static void run_case(const struct ecam_weight *in, const struct ecam_weight *out,
                     enum ecam_goal goal, unsigned threads)
{
    struct ecam_error err;
    struct ecam_model *model = NULL;
    struct ecam_session *s = NULL;
    struct ecam_tensor got;
    size_t n_in, n_out;
    char path[512];
    const int name = (int)(strchr(in->name, '/') - in->name);
    snprintf(path, sizeof path, "%s/%.*s.safetensors", folder, name, in->name);
    ck_assert_msg(ecam_model_load(path, NULL, &model, &err) == ECAM_OK, "%s", err.text);
    const struct ecam_session_options options = {
        .goal = goal,
        .threads = threads,
        .n = in->shape.dim[0],
        .h = in->shape.dim[2],
        .w = in->shape.dim[3],
    };
    float *x = read_floats(in, &n_in), *want = read_floats(out, &n_out);
    ck_assert_msg(ecam_session_new(model, &options, &s, &err) == ECAM_OK, "%s: %s", path, err.text);
    ck_assert_msg(ecam_session_run(s, x, &err) == ECAM_OK, "%s: %s", path, err.text);
    ck_assert_msg(ecam_session_output(s, &got, &err) == ECAM_OK, "%s: %s", path, err.text);
    const size_t dim[4] = { got.n, got.c, got.h, got.w };
    ck_assert_msg(got.rank == out->shape.rank, "%s: rank %u, expected %u", path, got.rank,
                  out->shape.rank);
    for (uint32_t i = 0; i < got.rank; i++)
        ck_assert_msg(dim[i] == out->shape.dim[i], "%s: axis %u is %zu, expected %zu", path, i,
                      dim[i], out->shape.dim[i]);
    double largest = 0;
    for (size_t i = 0; i < n_out; i++)
        largest = fmax(largest, fabs((double)want[i]));
    tu_close(path, got.data, want, n_out, TOLERANCE * largest);
    ecam_session_free(s);
    ecam_model_free(model);
    free(x);
    free(want);
}

static void run_all(enum ecam_goal goal, unsigned threads)
{
    struct expected e = expected_open();
    for (size_t i = 0; i < e.n_cases; i++)
        run_case(&e.set->items[2 * i], &e.set->items[2 * i + 1], goal, threads);
    ecam_weight_set_free(e.set);
}

START_TEST(every_layer_gives_what_pytorch_gives)
{
    run_all(ECAM_GOAL_ONCE, 1);
}
END_TEST

START_TEST(so_it_does_on_three_threads_and_planned_for_many_runs)
{
    run_all(ECAM_GOAL_MANY, 3);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        every_layer_gives_what_pytorch_gives,
        so_it_does_on_three_threads_and_planned_for_many_runs,
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    folder = argv[1];
    return tu_main("layers", tests, sizeof tests / sizeof *tests);
}
