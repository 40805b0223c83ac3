/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "engine/common.h"
#include "tests/unit/tu.h"
#include "weights/caffe_net.h"
#include "weights/weights.h"

static struct ecam_error err;

static enum ecam_status read_text(const char *text, struct ecam_caffe_net **out)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    err.text[0] = '\0';
    return ecam_caffe_net_text(text, strlen(text), &limits, out, &err);
}

static struct ecam_caffe_net *good(const char *text)
{
    struct ecam_caffe_net *net = NULL;
    ck_assert_msg(read_text(text, &net) == ECAM_OK, "%s", err.text);
    return net;
}

static void refused(const char *text, enum ecam_status status, const char *part)
{
    struct ecam_caffe_net *net = NULL;
    const enum ecam_status got = read_text(text, &net);
    ck_assert_msg(got == status && net == NULL, "%s: %s", text, ecam_status_name(got));
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' is not in '%s'", part, err.text);
}

#define ONE(params) "layer { name: 'a' type: 'T' " params " }"

START_TEST(messages_may_be_written_in_every_way)
{
    static const char *const ways[] = {
        "name: 'n' layer { name: 'a' type: 'T' bottom: 'x' bottom: 'y' top: 'z' }",
        "name: \"n\" layer: { name: \"a\", type: \"T\"; bottom: [\"x\", 'y'] top: \"z\" };",
        "# net\nname:'n'#\nlayer<name:'a' type:'T' bottom:'x',bottom:'y' top:'z'>",
        "name: 'n' layer [ { name: 'a' type: 'T' bottom: 'x' bottom: 'y' top: 'z' } ]",
        "\r\n\tlayer\n{\nname\n:\n'a'\ntype:\"\" 'T' bottom: [ ] bottom: ['x'] bottom: 'y' top: "
        "'z'}\n"
        "name : 'n'",
    };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(ways); i++) {
        struct ecam_caffe_net *net = good(ways[i]);
        ck_assert_str_eq(net->name, "n");
        ck_assert_uint_eq(ecam_caffe_n_layers(net), 1);
        const struct ecam_caffe_layer *a = ecam_caffe_layer(net, 0);
        ck_assert_str_eq(a->name, "a");
        ck_assert_str_eq(a->type, "T");
        ck_assert_uint_eq(a->bottoms.n, 2);
        ck_assert_str_eq(ecam_caffe_text(&a->bottoms, 1), "y");
        ck_assert_uint_eq(a->tops.n, 1);
        ecam_caffe_net_free(net);
    }
}
END_TEST

START_TEST(texts_have_escapes_and_follow_one_another)
{
    struct ecam_caffe_net *net = good("name: 'a\\'b\\\"c\\\\d\\x41\\102\\n\\?' \"'\" '\"' # "
                                      "comment\n 'end' layer { name: 'a' type: 'T' }");
    ck_assert_str_eq(net->name, "a'b\"c\\dAB\n?'\"end");
    ecam_caffe_net_free(net);
    refused("name: 'a", ECAM_ERR_FORMAT, "line 1 column 7: a text without its closing quote");
    refused("name: 'a\n'", ECAM_ERR_FORMAT, "closing quote");
    refused("name: 'a\\'", ECAM_ERR_FORMAT, "closing quote");
    refused("name: '\\q'", ECAM_ERR_FORMAT, "line 1 column 8: an unknown escape");
    refused("name: '\\x'", ECAM_ERR_FORMAT, "an unknown escape");
    refused("name: '\\777'", ECAM_ERR_FORMAT, "an unknown escape");
    refused("name: 'a\\0'", ECAM_ERR_FORMAT, "NUL in a text");
    refused("name: 'a\\", ECAM_ERR_FORMAT, "escape");
    refused("name: n", ECAM_ERR_FORMAT, "line 1 column 7: 'n', a text in quotes is expected");
    refused(ONE("bottom: 5"), ECAM_ERR_FORMAT, "a text in quotes is expected");
}
END_TEST

START_TEST(numbers_words_and_truths_are_read)
{
    struct ecam_caffe_net *net = good(ONE(
        "convolution_param { num_output: 0x10 bias_term: false pad: 1 pad: 2 kernel_size: [3, 5]"
        "  stride_h: 010 group: -1 unknown: 5 weight_filler { type: 'x' value { } } }"
        "pooling_param { pool: AVE global_pooling: True round_mode: 1 ceil_mode: f }"
        "lrn_param { alpha: 1e-4 beta: .75f k: 2. norm_region: WITHIN_CHANNEL }"
        "eltwise_param { coeff: [1, -1.5] coeff: inf } slice_param { slice_point: 1 slice_point: 2 "
        "}"
        "batch_norm_param { use_global_stats: true } include { phase: TRAIN min_level: -2 }"));
    const struct ecam_caffe_layer *a = ecam_caffe_layer(net, 0);
    ck_assert_int_eq(a->conv.num_output, 16);
    ck_assert(!a->conv.bias_term);
    ck_assert_uint_eq(a->conv.pad.n, 2);
    ck_assert_int_eq(a->conv.kernel.v[1], 5);
    ck_assert_int_eq(a->conv.stride_h.v, 8);
    ck_assert(!a->conv.stride_w.is_set);
    ck_assert_int_eq(a->conv.group, -1);
    ck_assert_int_eq(a->pool.method, ECAM_CAFFE_POOL_AVE);
    ck_assert(a->pool.global && !a->pool.ceil_mode);
    ck_assert_int_eq(a->pool.round_mode, ECAM_CAFFE_ROUND_FLOOR);
    ck_assert(a->lrn.alpha == 1e-4f && a->lrn.beta == 0.75f && a->lrn.k == 2.0f);
    ck_assert_int_eq(a->lrn.region, ECAM_CAFFE_WITHIN_CHANNEL);
    ck_assert_uint_eq(a->eltwise.coeff.n, 3);
    ck_assert(a->eltwise.coeff.v[1] == -1.5f);
    ck_assert_uint_eq(a->slice_points.n, 2);
    ck_assert(a->batch_norm.use_global_stats.is_set && a->batch_norm.use_global_stats.v == 1);
    const struct ecam_caffe_rule *rule = a->includes.items;
    ck_assert(rule->phase.is_set && rule->phase.v == ECAM_CAFFE_TRAIN);
    ck_assert_int_eq(rule->min_level.v, -2);
    ck_assert(!rule->max_level.is_set);
    ecam_caffe_net_free(net);
}
END_TEST

START_TEST(defaults_are_caffes)
{
    struct ecam_caffe_net *net = good(ONE(""));
    const struct ecam_caffe_layer *a = ecam_caffe_layer(net, 0);
    ck_assert(a->conv.bias_term && a->conv.group == 1 && a->conv.axis == 1);
    ck_assert(a->lrn.local_size == 5 && a->lrn.alpha == 1.0f && a->lrn.beta == 0.75f);
    ck_assert(a->dense.bias_term && a->dense.axis == 1 && !a->dense.transpose);
    ck_assert_int_eq(a->eltwise.operation, ECAM_CAFFE_SUM);
    ck_assert(a->batch_norm.eps == 1e-5f && !a->scale.bias_term && a->concat.axis == 1);
    ck_assert(a->flatten.end_axis == -1 && a->reshape.num_axes == -1 && a->softmax_axis == 1);
    ck_assert(a->power.power == 1 && a->power.scale == 1 && a->power.shift == 0);
    ecam_caffe_net_free(net);
}
END_TEST

START_TEST(wrong_values_are_refused_with_their_place)
{
    refused(ONE("\n lrn_param { alpha: x }"), ECAM_ERR_FORMAT, "line 2 column 21: 'x', a number");
    refused(ONE("lrn_param { alpha: 0x1p3 }"), ECAM_ERR_FORMAT, "a number is expected");
    refused(ONE("lrn_param { alpha: 1.0.0 }"), ECAM_ERR_FORMAT, "a number is expected");
    refused(ONE("lrn_param { alpha: '1' }"), ECAM_ERR_FORMAT, "\"1\", a number is expected");
    refused(ONE("lrn_param { local_size: 5.5 }"), ECAM_ERR_FORMAT, "a whole number is expected");
    refused(ONE("lrn_param { local_size: 99999999999999999999 }"), ECAM_ERR_FORMAT, "whole number");
    refused(ONE("lrn_param { norm_region: SIDEWAYS }"), ECAM_ERR_FORMAT, "enumeration's words");
    refused(ONE("lrn_param { norm_region: 'ACROSS_CHANNELS' }"), ECAM_ERR_FORMAT, "words");
    refused(ONE("scale_param { bias_term: maybe }"), ECAM_ERR_FORMAT, "true or false");
    refused(ONE("scale_param { bias_term: 'true' }"), ECAM_ERR_FORMAT, "true or false");
    refused(ONE("lrn_param: 5"), ECAM_ERR_FORMAT, "a message in braces is expected");
    refused(ONE("bottom { }"), ECAM_ERR_FORMAT, "'bottom' is a message, a value is expected");
    refused(ONE("convolution_param { pad: [1,2,3,4,5,6,7,8,9] }"), ECAM_ERR_LIMIT, "more than 8");
    refused(ONE("eltwise_param { coeff: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] }"), ECAM_ERR_LIMIT,
            "more than 16");
}
END_TEST

START_TEST(broken_syntax_is_refused_with_its_place)
{
    refused("layer {", ECAM_ERR_FORMAT, "line 1 column 7: a message that does not end");
    refused("layer { name: 'a' >", ECAM_ERR_FORMAT, "'>', the name of a field is expected");
    refused("}", ECAM_ERR_FORMAT, "line 1 column 1: '}', the name of a field");
    refused("layer", ECAM_ERR_FORMAT, "a ':' or '{' is expected");
    refused("layer {\n  name 'a' }", ECAM_ERR_FORMAT, "line 2 column 8: a ':' or '{'");
    refused("name:", ECAM_ERR_FORMAT, "the text ends, a value is expected");
    refused("name: }", ECAM_ERR_FORMAT, "'}', a value is expected");
    refused("name: \x01", ECAM_ERR_FORMAT, "byte 0x01, a value is expected");
    refused("input: ['a' 'b' 'c'", ECAM_ERR_FORMAT, "a ',' or ']' is expected");
    refused("input: ['a', ]", ECAM_ERR_FORMAT, "a value is expected");
    char word[300];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    refused(word, ECAM_ERR_FORMAT, "a word of more than");
}
END_TEST

START_TEST(nesting_and_size_are_limited)
{
    char deep[600] = "";
    struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_caffe_net *net = NULL;
    for (int i = 0; i < 65; i++)
        strcat(deep, "x { ");
    refused(deep, ECAM_ERR_LIMIT, "nested deeper than 64");
    limits.max_header_bytes = 10;
    ck_assert_int_eq(ecam_caffe_net_text(ONE(""), strlen(ONE("")), &limits, &net, &err),
                     ECAM_ERR_LIMIT);
    limits = ecam_limits_filled(NULL);
    limits.max_tensors = 1;
    static const char two[] = ONE("") ONE("");
    ck_assert_int_eq(ecam_caffe_net_text(two, sizeof two - 1, &limits, &net, &err), ECAM_ERR_LIMIT);
    static const char many[] = "input: ['1','2','3','4','5','6','7','8','9','10','11','12','13',"
                               "'14','15','16','17']" ONE("");
    ck_assert_int_eq(ecam_caffe_net_text(many, sizeof many - 1, &limits, &net, &err),
                     ECAM_ERR_LIMIT);
    ck_assert_ptr_null(net);
}
END_TEST

START_TEST(old_layers_become_todays)
{
    struct ecam_caffe_net *net =
        good("layers { name: 'a' type: CONVOLUTION blobs { data: 1 shape { dim: 1 } } }"
             "layers { name: 'b' type: 21 }");
    ck_assert_uint_eq(ecam_caffe_n_layers(net), 2);
    ck_assert_str_eq(ecam_caffe_layer(net, 0)->type, "Convolution");
    ck_assert_uint_eq(ecam_caffe_layer(net, 0)->blobs.n, 0);
    ck_assert_str_eq(ecam_caffe_layer(net, 1)->type, "SoftmaxWithLoss");
    ecam_caffe_net_free(net);
    refused("layers { layer { name: 'a' type: 'conv' } }", ECAM_ERR_UNSUPPORTED,
            "first format (V0");
    refused("layers { name: 'a' type: NONE }", ECAM_ERR_FORMAT, "layer 0 'a': type 0 is none");
    refused("layers { type: 99 }", ECAM_ERR_FORMAT, "layer 0 '': type 99 is none of V1's");
    refused("layers { name: 'a' type: 'Convolution' }", ECAM_ERR_FORMAT, "enumeration's words");
    refused("layers { name: 'a' type: RELU } layer { name: 'b' type: 'ReLU' }", ECAM_ERR_FORMAT,
            "expected one kind");
    refused("", ECAM_ERR_FORMAT, "a net without layers");
    refused("layer { type: 'T' }", ECAM_ERR_FORMAT, "layer 0 has no name");
    refused("layer { name: 'a' }", ECAM_ERR_FORMAT, "layer 0 'a' has no type");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        messages_may_be_written_in_every_way,
        texts_have_escapes_and_follow_one_another,
        numbers_words_and_truths_are_read,
        defaults_are_caffes,
        wrong_values_are_refused_with_their_place,
        broken_syntax_is_refused_with_its_place,
        nesting_and_size_are_limited,
        old_layers_become_todays,
    };
    return tu_main("caffe_text", tests, sizeof tests / sizeof *tests);
}
