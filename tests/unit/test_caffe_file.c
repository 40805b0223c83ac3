/* SPDX-License-Identifier: BSD-2-Clause
 * .caffemodel files: blobs in every form, layers of both formats, and what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/common.h"
#include "layers/registry.h"
#include "tests/unit/tdir.h"
#include "tests/unit/tpb.h"
#include "tests/unit/tu.h"
#include "weights/caffe_net.h"
#include "weights/weights.h"

enum { NET_NAME = 1, NET_LAYERS = 2, NET_INPUT = 3, NET_INPUT_DIM = 4, NET_LAYER = 100 };
enum { V2_NAME = 1, V2_TYPE = 2, V2_BOTTOM = 3, V2_TOP = 4, V2_BLOBS = 7 };
enum { V1_BOTTOM = 2, V1_TOP = 3, V1_NAME = 4, V1_TYPE = 5, V1_BLOBS = 6 };
enum {
    BLOB_NUM = 1,
    BLOB_WIDTH = 4,
    BLOB_DATA = 5,
    BLOB_DIFF = 6,
    BLOB_SHAPE = 7,
    BLOB_DOUBLES = 8
};

static const float values[] = { 1, -2, 3, 4, 5, 6 };
static struct ecam_error err;

static void put_shape(struct tpb *blob, int64_t a, int64_t b)
{
    struct tpb shape = { 0 };
    tpb_int(&shape, 1, a);
    tpb_int(&shape, 1, b);
    tpb_message(blob, BLOB_SHAPE, &shape);
}

/* A net of one layer "a" that has this blob, which is freed. */
static struct tpb net_of(struct tpb *blob)
{
    struct tpb net = { 0 }, layer = { 0 };
    tpb_text(&net, NET_NAME, "n");
    tpb_text(&layer, V2_NAME, "a");
    tpb_text(&layer, V2_TYPE, "T");
    tpb_message(&layer, V2_BLOBS, blob);
    tpb_message(&net, NET_LAYER, &layer);
    return net;
}

/* Reads and frees the bytes; a copy of exactly their size shows over-reads. */
static enum ecam_status read_net(struct tpb *net, struct ecam_weight_set **set, uint8_t **bytes)
{
    const size_t n = net->n;
    *bytes = malloc(n);
    ck_assert_ptr_nonnull(*bytes);
    memcpy(*bytes, net->data, n);
    tpb_free(net);
    err.text[0] = '\0';
    return ecam_weights_open_mem(*bytes, n, "x", NULL, set, &err);
}

static void good(struct tpb *net, enum ecam_dtype dtype, const size_t *dims, uint32_t rank)
{
    struct ecam_weight_set *set = NULL;
    uint8_t *bytes;
    float got[6];
    ck_assert_msg(read_net(net, &set, &bytes) == ECAM_OK, "%s", err.text);
    ck_assert_str_eq(set->format, "Caffe");
    ck_assert_ptr_eq(set->graph, bytes);
    const struct ecam_weight *w = ecam_weight_set_find(set, "a.0");
    ck_assert_ptr_nonnull(w);
    ck_assert_int_eq(w->dtype, dtype);
    ck_assert_uint_eq(w->shape.rank, rank);
    for (uint32_t i = 0; i < rank; i++)
        ck_assert_uint_eq(w->shape.dim[i], dims[i]);
    ecam_weight_read(w, 0, 6, got);
    tu_close("blob", got, values, 6, 0);
    ecam_weight_set_free(set);
    free(bytes);
}

static void refused(struct tpb *net, enum ecam_status status, const char *part)
{
    struct ecam_weight_set *set = NULL;
    uint8_t *bytes;
    const enum ecam_status got = read_net(net, &set, &bytes);
    ck_assert_msg(got == status && set == NULL, "%s, not %s: %s", ecam_status_name(got), part,
                  err.text);
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' is not in '%s'", part, err.text);
    free(bytes);
}

static struct tpb packed_net(void)
{
    struct tpb blob = { 0 };
    put_shape(&blob, 2, 3);
    tpb_bytes(&blob, BLOB_DATA, values, sizeof values);
    return net_of(&blob);
}

START_TEST(blobs_are_read_in_every_form)
{
    static const size_t two[] = { 2, 3 }, four[] = { 1, 1, 2, 3 };
    struct tpb net = packed_net(), blob = { 0 };
    good(&net, ECAM_DTYPE_F32, two, 2);

    put_shape(&blob, 2, 3); /* one field a number */
    for (int i = 0; i < 6; i++)
        tpb_float(&blob, BLOB_DATA, values[i]);
    net = net_of(&blob);
    good(&net, ECAM_DTYPE_F32, two, 2);

    tpb_bytes(&blob, BLOB_DATA, values, 8); /* several runs, behind one another */
    tpb_float(&blob, BLOB_DATA, values[2]);
    tpb_bytes(&blob, BLOB_DATA, values + 3, 12);
    tpb_bytes(&blob, BLOB_DIFF, values, 4);
    put_shape(&blob, 2, 3);
    net = net_of(&blob);
    good(&net, ECAM_DTYPE_F32, two, 2);

    double doubles[6];
    for (int i = 0; i < 6; i++)
        doubles[i] = (double)values[i];
    put_shape(&blob, 2, 3);
    tpb_bytes(&blob, BLOB_DOUBLES, doubles, sizeof doubles);
    net = net_of(&blob);
    good(&net, ECAM_DTYPE_F64, two, 2);

    for (uint32_t i = 0; i < 4; i++) /* num, channels, height, width */
        tpb_int(&blob, BLOB_NUM + i, (int64_t)four[i]);
    tpb_bytes(&blob, BLOB_DATA, values, sizeof values);
    net = net_of(&blob);
    good(&net, ECAM_DTYPE_F32, four, 4);
}
END_TEST

START_TEST(blobs_that_do_not_fit_are_refused)
{
    struct tpb blob = { 0 }, net;
    put_shape(&blob, 2, 4);
    tpb_bytes(&blob, BLOB_DATA, values, sizeof values);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "x: tensor 'a.0': 2x4 has not 6 numbers");
    put_shape(&blob, 2, -3);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "dimension -3");
    put_shape(&blob, INT64_MAX, 4);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "has not 0 numbers");
    for (int i = 0; i < 4; i++)
        put_shape(&blob, 1, 1);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_UNSUPPORTED, "rank 8");
    put_shape(&blob, 2, 3);
    tpb_bytes(&blob, BLOB_DATA, values, 23);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "23 bytes, no whole floats");
    tpb_bytes(&blob, BLOB_DOUBLES, values, 20);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "20 bytes, no whole doubles");
    tpb_bytes(&blob, BLOB_DOUBLES, values, 16);
    tpb_bytes(&blob, BLOB_DOUBLES, values, 16);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_UNSUPPORTED, "in several pieces");
    tpb_int(&blob, BLOB_DOUBLES, 1);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_UNSUPPORTED, "not packed");
    tpb_bytes(&blob, BLOB_DOUBLES, values, 16);
    tpb_bytes(&blob, BLOB_DATA, values, 16);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "data and double_data");
    tpb_bytes(&blob, BLOB_DATA, values, 16);
    tpb_bytes(&blob, BLOB_DOUBLES, values, 16);
    net = net_of(&blob);
    refused(&net, ECAM_ERR_FORMAT, "data and double_data");
}
END_TEST

/* conv 2 -> 1 of 1x1 and a ReLU in place, in the format that the numbers are of. */
static struct tpb small_net(bool is_old)
{
    struct tpb net = { 0 }, layer = { 0 }, blob = { 0 }, conv = { 0 };
    const int64_t dim[] = { 1, 2, 8, 8 };
    tpb_text(&net, NET_NAME, "small");
    tpb_text(&net, NET_INPUT, "data");
    for (int i = 0; i < 4; i++)
        tpb_int(&net, NET_INPUT_DIM, dim[i]);
    tpb_text(&layer, is_old ? V1_NAME : V2_NAME, "a");
    if (is_old)
        tpb_int(&layer, V1_TYPE, 4);
    else
        tpb_text(&layer, V2_TYPE, "Convolution");
    tpb_text(&layer, is_old ? V1_BOTTOM : V2_BOTTOM, "data");
    tpb_text(&layer, is_old ? V1_TOP : V2_TOP, "a");
    tpb_int(&conv, 1, 1); /* num_output, bias_term, kernel_size */
    tpb_int(&conv, 2, 0);
    tpb_int(&conv, 4, 1);
    tpb_message(&layer, is_old ? 10 : 106, &conv);
    for (uint32_t i = 0; i < 4; i++)
        tpb_int(&blob, BLOB_NUM + i, i == 1 ? 2 : 1);
    tpb_bytes(&blob, BLOB_DATA, values, 8);
    tpb_message(&layer, is_old ? V1_BLOBS : V2_BLOBS, &blob);
    tpb_message(&net, is_old ? NET_LAYERS : NET_LAYER, &layer);
    return net;
}

START_TEST(both_formats_of_layers_give_a_network)
{
    for (int is_old = 0; is_old < 2; is_old++) {
        struct tpb bytes = small_net(is_old);
        struct ecam_weight_set *set = NULL;
        struct ecam_network *net = NULL;
        ck_assert_msg(ecam_weights_open_mem(bytes.data, bytes.n, "x", NULL, &set, &err) == ECAM_OK,
                      "%s", err.text);
        ck_assert_msg(ecam_network_import(set, "x", NULL, ecam_layer_find, &net, &err) == ECAM_OK,
                      "%s", err.text);
        ck_assert_uint_eq(net->graph->n_nodes, 2);
        ck_assert_str_eq(net->graph->nodes[1].kind, "conv2d");
        ck_assert_str_eq(ecam_network_fact(net, "format"), "Caffe");
        ecam_network_free(net);
        tpb_free(&bytes);
    }
}
END_TEST

static void put_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

START_TEST(a_text_beside_the_file_counts_instead_of_its_graph)
{
    static const char text[] =
        "input: 'x' input_dim: [1, 2, 8, 8] layer { name: 'a' type: 'Convolution' bottom: 'x' "
        "top: 'a' convolution_param { num_output: 1 bias_term: false kernel_size: 1 } } "
        "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }";
    struct tpb bytes = small_net(false);
    char model[TDIR_PATH], graph[TDIR_PATH];
    struct ecam_model *loaded = NULL;
    struct ecam_names *names = NULL;
    tdir_open();
    tdir_path("m.caffemodel", model);
    tdir_path("g.prototxt", graph);
    put_file(model, bytes.data, bytes.n);
    struct ecam_load_options options = { .graph = graph };
    ck_assert_int_eq(ecam_model_load_with(model, &options, &loaded, &err), ECAM_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "g.prototxt: cannot open"));
    put_file(graph, text, sizeof text - 1);
    const struct ecam_limits tight = { .max_header_bytes = 10 };
    options.limits = &tight;
    ck_assert_int_eq(ecam_model_load_with(model, &options, &loaded, &err), ECAM_ERR_LIMIT);
    options.limits = NULL;
    ck_assert_msg(ecam_model_load_with(model, &options, &loaded, &err) == ECAM_OK, "%s", err.text);
    ck_assert_int_eq(ecam_names_find(loaded, "r", &names, &err), ECAM_OK);
    ecam_names_free(names);
    ecam_model_free(loaded);
    ck_assert_int_eq(ecam_model_load_with(model, NULL, &loaded, &err), ECAM_OK);
    ck_assert_int_eq(ecam_names_find(loaded, "r", &names, &err), ECAM_ERR_NAME);
    ecam_model_free(loaded);
    put_file(graph, "layer {", 7);
    ck_assert_int_eq(ecam_model_load_with(model, &options, &loaded, &err), ECAM_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "g.prototxt: line 1 column 7"));
    tdir_close();
    tpb_free(&bytes);
}
END_TEST

START_TEST(broken_nets_are_told_from_other_files)
{
    struct tpb net = packed_net();
    ck_assert(ecam_caffe_sniff(net.data, net.n));
    ck_assert(!ecam_caffe_sniff(net.data, 3));
    ck_assert(!ecam_caffe_sniff(net.data, net.n - 1)); /* its only layer is cut */
    struct tpb twice = { 0 };
    tpb_raw(&twice, net.data, net.n);
    tpb_raw(&twice, net.data, net.n);
    ck_assert(ecam_caffe_sniff(twice.data, twice.n - 1));
    twice.n--;
    refused(&twice, ECAM_ERR_FORMAT, "the message has");
    tpb_free(&net);
    tpb_int(&net, 1, 7); /* an ONNX model begins with a number */
    ck_assert(!ecam_caffe_sniff(net.data, net.n));
    tpb_free(&net);
    tpb_bytes(&net, 1, "a\0b", 3);
    ck_assert(!ecam_caffe_sniff(net.data, net.n));
    tpb_free(&net);
    tpb_text(&net, 9, "a");
    ck_assert(!ecam_caffe_sniff(net.data, net.n));
    tpb_free(&net);
    tpb_text(&net, 1, "a name alone");
    ck_assert(!ecam_caffe_sniff(net.data, net.n));
    tpb_free(&net);
}
END_TEST

START_TEST(lists_are_limited)
{
    struct tpb net = small_net(false);
    struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_weight_set *set = NULL;
    limits.max_tensors = 1;
    ck_assert_int_eq(ecam_read_caffe(net.data, net.n, &limits, &set, &err), ECAM_OK);
    ecam_weight_set_free(set);
    set = NULL;
    for (int i = 0; i < 16; i++)
        tpb_text(&net, NET_INPUT, "x");
    ck_assert_int_eq(ecam_read_caffe(net.data, net.n, &limits, &set, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 16 names"));
    tpb_free(&net);
    net = small_net(false);
    struct tpb more = small_net(false);
    tpb_raw(&net, more.data, more.n);
    tpb_free(&more);
    ck_assert_int_eq(ecam_read_caffe(net.data, net.n, &limits, &set, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 1 of them"));
    tpb_free(&net);
    struct tpb blob = { 0 };
    net = net_of(&blob);
    limits = ecam_limits_filled(NULL);
    limits.max_nesting = 1;
    ck_assert_int_eq(ecam_read_caffe(net.data, net.n, &limits, &set, &err), ECAM_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "nested deeper than 1"));
    tpb_free(&net);
}
END_TEST

START_TEST(parameters_are_read_as_from_a_text)
{
    struct tpb net = { 0 }, layer = { 0 }, param = { 0 }, shape = { 0 };
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_caffe_net *read = NULL;
    tpb_text(&layer, V2_NAME, "first");
    tpb_text(&layer, V2_NAME, "a"); /* the last one counts */
    tpb_text(&layer, V2_TYPE, "T");
    tpb_int(&param, 2, 1); /* slice: points, not packed and packed */
    tpb_bytes(&param, 2, "\x02\x03", 2);
    tpb_message(&layer, 126, &param);
    tpb_float(&param, 2, -1); /* eltwise: coeff */
    tpb_int(&param, 1, 2);
    tpb_message(&layer, 110, &param);
    tpb_int(&shape, 1, -1);
    tpb_message(&param, 1, &shape);
    tpb_message(&layer, 133, &param); /* reshape */
    tpb_int(&param, 1, 0);
    tpb_text(&param, 4, "deploy");
    tpb_message(&layer, 8, &param); /* include */
    tpb_int(&param, 3, 7);
    tpb_message(&layer, 106, &param); /* convolution, in two pieces that merge */
    tpb_int(&param, 3, 8);
    tpb_message(&layer, 106, &param);
    tpb_text(&layer, 77, "nobody knows");
    tpb_message(&net, NET_LAYER, &layer);
    ck_assert_int_eq(ecam_caffe_net_binary(net.data, net.n, true, &limits, &read, &err), ECAM_OK);
    const struct ecam_caffe_layer *a = ecam_caffe_layer(read, 0);
    ck_assert_str_eq(a->name, "a");
    ck_assert_uint_eq(a->slice_points.n, 3);
    ck_assert_int_eq(((const int64_t *)a->slice_points.items)[2], 3);
    ck_assert(a->eltwise.coeff.n == 1 && a->eltwise.coeff.v[0] == -1);
    ck_assert_int_eq(a->eltwise.operation, ECAM_CAFFE_MAX);
    ck_assert_int_eq(a->reshape.shape.dim.v[0], -1);
    ck_assert_uint_eq(((const struct ecam_caffe_rule *)a->includes.items)->stage.n, 1);
    ck_assert(a->conv.pad.n == 2 && a->conv.pad.v[1] == 8);
    ecam_caffe_net_free(read);
    tpb_free(&net);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        blobs_are_read_in_every_form,          blobs_that_do_not_fit_are_refused,
        both_formats_of_layers_give_a_network, a_text_beside_the_file_counts_instead_of_its_graph,
        broken_nets_are_told_from_other_files, lists_are_limited,
        parameters_are_read_as_from_a_text,
    };
    return tu_main("caffe_file", tests, sizeof tests / sizeof *tests);
}
