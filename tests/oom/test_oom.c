/* SPDX-License-Identifier: BSD-2-Clause
 * The n-th allocation fails, n = 1, 2, 3 ... until all goes well: each time the
 * answer is ECAM_ERR_NOMEM (or success, where a library can do without), nothing
 * stays allocated and nothing crashes. And: a run allocates nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eigencam/eigencam.h"
#include "engine/common.h"
#include "layers/registry.h"
#include "tests/oom/refuse.h"
#include "tests/unit/tu.h"
#include "weights/weights.h"

/* One whole story from nothing to nothing, so that what a failure leaves is seen. */
typedef enum ecam_status scene_fn(const void *arg, struct ecam_error *err);

static void fail_each(const char *what, scene_fn *scene, const void *arg, bool onwards)
{
    struct ecam_error err = { 0 };
    long n = 0;
    for (bool was_reached = true; was_reached;) {
        n++;
        err.status = ECAM_OK;
        const long before = refuse_live(); /* Check's assertions allocate, too */
        refuse_begin(n, onwards);
        const enum ecam_status status = scene(arg, &err);
        was_reached = refuse_end() >= n;
        const long leaked = refuse_live() - before;
        ck_assert_msg(status == ECAM_ERR_NOMEM || status == ECAM_OK,
                      "%s, allocation %ld refused: %s: %s", what, n, ecam_status_name(status),
                      err.text);
        ck_assert_msg(leaked == 0, "%s, allocation %ld refused: %ld blocks leaked", what, n,
                      leaked);
        ck_assert_msg(was_reached || status == ECAM_OK, "%s: %s", what, err.text);
    }
    ck_assert_msg(n > 1, "%s allocates nothing", what);
}

static void survive(const char *what, scene_fn *scene, const void *arg)
{
    struct ecam_error err;
    /* Once in peace, for what libc keeps: buffers, stacks of threads. */
    ck_assert_msg(scene(arg, &err) == ECAM_OK, "%s: %s", what, err.text);
    fail_each(what, scene, arg, false);
    fail_each(what, scene, arg, true);
}

/* ---- Scenes ---- */

struct bytes {
    void *data;
    size_t size;
};

/* The folders that main() was given. */
static const char *golden_dir, *oom_dir;

static struct bytes read_file(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "no %s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    ck_assert_int_gt(size, 0);
    const struct bytes b = { malloc((size_t)size), (size_t)size };
    rewind(file);
    ck_assert_uint_eq(fread(b.data, 1, b.size, file), b.size);
    fclose(file);
    return b;
}

static enum ecam_status load(const void *arg, struct ecam_error *err)
{
    const struct bytes *b = arg;
    struct ecam_model *model = NULL;
    const enum ecam_status status = ecam_model_load_mem(b->data, b->size, "x", NULL, &model, err);
    ecam_model_free(model);
    return status;
}

static void survive_loading(const char *name)
{
    const struct bytes b = read_file(golden_dir, name);
    survive(name, load, &b);
    free(b.data);
}

START_TEST(loading_a_torch_zip)
{
    survive_loading("vgg11/model.pth");
}
END_TEST

START_TEST(loading_a_sequential_checkpoint)
{
    survive_loading("resnet14_cifar/model.th");
}
END_TEST

START_TEST(loading_a_torch_tar)
{
    survive_loading("alexnet/model.pth");
}
END_TEST

START_TEST(loading_safetensors)
{
    survive_loading("squeezenet1_0/model.safetensors");
}
END_TEST

static enum ecam_status load_arrays(const void *arg, struct ecam_error *err)
{
    const struct bytes *b = arg;
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_weight_set *set = NULL;
    const enum ecam_status status =
        ecam_weights_open_mem(b->data, b->size, "x", &limits, &set, err);
    ecam_weight_set_free(set);
    return status;
}

START_TEST(loading_arrays_of_a_deflated_npz)
{
    const struct bytes b = read_file(oom_dir, "arrays.npz");
    survive("arrays.npz", load_arrays, &b);
    free(b.data);
}
END_TEST

/* A Caffe net with the graph of a text, or its own. */
struct caffe {
    struct bytes weights, text;
};

static enum ecam_status import_caffe(const void *arg, struct ecam_error *err)
{
    const struct caffe *c = arg;
    struct ecam_weight_set *set = NULL;
    struct ecam_network *network = NULL;
    enum ecam_status status =
        ecam_weights_open_mem(c->weights.data, c->weights.size, "x", NULL, &set, err);
    if (status == ECAM_OK && c->text.data != NULL) {
        set->graph = c->text.data;
        set->graph_bytes = c->text.size;
        set->graph_is_text = true;
    }
    if (status == ECAM_OK)
        status = ecam_network_import(set, "x", NULL, ecam_layer_find, &network, err);
    if (status == ECAM_OK)
        set = NULL; /* the network's */
    ecam_network_free(network);
    ecam_weight_set_free(set);
    return status;
}

START_TEST(importing_caffe_nets)
{
    struct caffe c = { .weights = read_file(golden_dir, "../fuzz/corpus/caffe/every-layer") };
    survive("caffemodel", import_caffe, &c);
    c.text = read_file(golden_dir, "../fuzz/corpus/prototxt/every-layer");
    survive("prototxt", import_caffe, &c);
    free(c.weights.data);
    free(c.text.data);
}
END_TEST

static enum ecam_status import_onnx(const void *arg, struct ecam_error *err)
{
    const struct bytes *b = arg;
    struct ecam_weight_set *set = NULL;
    struct ecam_network *network = NULL;
    enum ecam_status status = ecam_weights_open_mem(b->data, b->size, "x", NULL, &set, err);
    if (status == ECAM_OK)
        status = ecam_network_import(set, "x", NULL, ecam_layer_find, &network, err);
    if (status == ECAM_OK)
        set = NULL; /* the network's */
    ecam_network_free(network);
    ecam_weight_set_free(set);
    return status;
}

START_TEST(importing_onnx_models)
{
    struct bytes b = read_file(golden_dir, "onnx_mobile/model.onnx");
    survive("onnx", import_onnx, &b);
    free(b.data);
    b = read_file(golden_dir, "../fuzz/corpus/onnx/folded");
    survive("onnx, folded", import_onnx, &b);
    free(b.data);
    b = read_file(golden_dir, "../fuzz/corpus/onnx/unknown-behind");
    survive("onnx, not implemented", import_onnx, &b);
    free(b.data);
}
END_TEST

struct story {
    struct bytes bytes;
    struct ecam_session_options options;
    const char *path; /* to save to */
};

static const float grey[3 * 128 * 128];

static enum ecam_status run(const void *arg, struct ecam_error *err)
{
    const struct story *r = arg;
    struct ecam_model *model = NULL;
    struct ecam_session *session = NULL;
    enum ecam_status status =
        ecam_model_load_mem(r->bytes.data, r->bytes.size, "x", NULL, &model, err);
    if (status == ECAM_OK)
        status = ecam_session_new(model, &r->options, &session, err);
    if (status == ECAM_OK)
        status = ecam_session_run(session, grey, err);
    ecam_session_free(session);
    ecam_model_free(model);
    return status;
}

START_TEST(a_session_with_taps_and_threads)
{
    static const char *const taps[] = { "features.0", "features.12" };
    struct story s = { .bytes = read_file(golden_dir, "squeezenet1_0/model.safetensors"),
                       .options = { .threads = 2, .h = 47, .w = 65, .taps = taps, .n_taps = 2 } };
    survive("session, once", run, &s);
    s.options.goal = ECAM_GOAL_MANY;
    survive("session, many", run, &s);
    free(s.bytes.data);
}
END_TEST

static enum ecam_status save(const void *arg, struct ecam_error *err)
{
    const struct story *s = arg;
    const struct ecam_save_options options = { .half = true };
    struct ecam_model *model = NULL;
    enum ecam_status status =
        ecam_model_load_mem(s->bytes.data, s->bytes.size, "x", NULL, &model, err);
    if (status == ECAM_OK)
        status = ecam_model_save(model, s->path, &options, err);
    ecam_model_free(model);
    return status;
}

START_TEST(saving_a_model_file_and_loading_it)
{
    char dir[] = "/tmp/ecam-oom-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    const struct story s = { .bytes = read_file(golden_dir, "vgg11/model.pth"), .path = path };
    survive("save", save, &s);
    free(s.bytes.data);

    const struct bytes saved = read_file(dir, "model.safetensors");
    survive("model file", load, &saved);
    free(saved.data);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_msg(rmdir(dir) == 0, "a refused save left a file in %s", dir);
}
END_TEST

static enum ecam_status find_names(const void *arg, struct ecam_error *err)
{
    struct ecam_names *names = NULL, *all = NULL;
    enum ecam_status status = ecam_names_find(arg, "features.*,last", &names, err);
    if (status == ECAM_OK)
        status = ecam_names_all(arg, &all, err);
    ecam_names_free(names);
    ecam_names_free(all);
    return status;
}

static enum ecam_status list_layers(const void *arg, struct ecam_error *err)
{
    struct ecam_layers *layers = NULL;
    const enum ecam_status status = ecam_layers_new(arg, 64, 64, &layers, err);
    ecam_layers_free(layers);
    return status;
}

START_TEST(names_and_the_table_of_layers)
{
    const struct bytes b = read_file(golden_dir, "squeezenet1_0/model.safetensors");
    struct ecam_model *model = NULL;
    ck_assert_int_eq(ecam_model_load_mem(b.data, b.size, "x", NULL, &model, NULL), ECAM_OK);
    survive("names", find_names, model);
    survive("layers", list_layers, model);
    ecam_model_free(model);
    free(b.data);
}
END_TEST

/* ---- Maps ---- */

#define SIDE 9
#define CHANNELS 20

static enum ecam_status explain(const void *arg, struct ecam_error *err)
{
    const struct ecam_tensor *act = arg;
    struct ecam_cam *cam = NULL;
    float map[SIDE * SIDE];
    bool found;
    struct ecam_box box;
    const struct ecam_cam_options options = { .components = 3 };
    enum ecam_status status = ecam_cam_new(act, &options, &cam, err);
    if (status == ECAM_OK)
        status = ecam_salience_map(act, ECAM_SALIENCE_PCA, 0, ECAM_SIGN_AUTO, map, NULL, err);
    if (status == ECAM_OK)
        status = ecam_map_box(map, NULL, SIDE, SIDE, 0.15, &found, &box, err);
    ecam_cam_free(cam);
    return status;
}

static enum ecam_status prepare(const void *arg, struct ecam_error *err)
{
    static const uint8_t photo[40 * 30 * 3];
    static float input[3 * 16 * 16];
    struct ecam_geometry geometry;
    enum ecam_status status = ecam_geometry_plan(arg, 30, 40, &geometry, err);
    if (status == ECAM_OK)
        status = ecam_photo_prepare(arg, photo, &geometry, input, err);
    return status;
}

START_TEST(components_boxes_and_photos)
{
    float data[CHANNELS * SIDE * SIDE];
    for (size_t i = 0; i < ECAM_ARRAY_LEN(data); i++)
        data[i] = (float)(i * 7919 % 101) - 40.0f;
    const struct ecam_tensor act = {
        .data = data, .n = 1, .c = CHANNELS, .h = SIDE, .w = SIDE, .rank = 4
    };
    survive("components", explain, &act);
    const struct ecam_preprocess pre = { .resize = ECAM_RESIZE_SHORT,
                                         .resize_h = 20,
                                         .crop_h = 16,
                                         .crop_w = 16,
                                         .scale = 1.0f,
                                         .std = { 1.0f, 1.0f, 1.0f } };
    survive("photo", prepare, &pre);
}
END_TEST

/* ---- What a run may not do ---- */

static void count_in_run(const struct ecam_model *model, const char *name,
                         const struct ecam_session_options *options)
{
    struct ecam_session *s = NULL;
    struct ecam_error err;
    const enum ecam_status made = ecam_session_new(model, options, &s, &err);
    ck_assert_msg(made == ECAM_OK, "%s", err.text);
    refuse_begin(0, false);
    const enum ecam_status status = ecam_session_run(s, grey, NULL);
    const long n = refuse_end();
    ck_assert_int_eq(status, ECAM_OK);
    ck_assert_msg(n == 0, "%s, %u threads: %ld allocations in a run", name, options->threads, n);
    ecam_session_free(s);
}

START_TEST(a_run_allocates_nothing)
{
    static const char *const names[] = { "vgg11/model.pth", "resnet18/model.pth",
                                         "googlenet/model.pth", "densenet/model.pth" };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(names); i++) {
        const struct bytes b = read_file(golden_dir, names[i]);
        struct ecam_model *model = NULL;
        ck_assert_int_eq(ecam_model_load_mem(b.data, b.size, "x", NULL, &model, NULL), ECAM_OK);
        for (unsigned threads = 1; threads <= 2; threads++) {
            struct ecam_session_options options = { .threads = threads, .h = 65, .w = 72 };
            count_in_run(model, names[i], &options);
            options.goal = ECAM_GOAL_MANY;
            count_in_run(model, names[i], &options);
        }
        ecam_model_free(model);
        free(b.data);
    }
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        loading_a_torch_zip,
        loading_a_sequential_checkpoint,
        loading_a_torch_tar,
        loading_safetensors,
        loading_arrays_of_a_deflated_npz,
        importing_caffe_nets,
        importing_onnx_models,
        a_session_with_taps_and_threads,
        saving_a_model_file_and_loading_it,
        names_and_the_table_of_layers,
        components_boxes_and_photos,
        a_run_allocates_nothing,
    };
    if (argc != 3) {
        fputs("usage: test_oom GOLDEN-FOLDER FOLDER-OF-ARRAYS.NPZ\n", stderr);
        return 2;
    }
    golden_dir = argv[1];
    oom_dir = argv[2];
    return tu_main("oom", tests, ECAM_ARRAY_LEN(tests));
}
