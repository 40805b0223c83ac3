/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/family.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_weights.h"
#include "tests/unit/tu.h"

static struct ecam_error err;

static struct ecam_network *import(struct ecam_weight_set *set)
{
    struct ecam_network *network = NULL;
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_OK);
    ck_assert_msg(ecam_family_import(set, &network, &err) == ECAM_OK, "%s", err.text);
    ck_assert_int_eq(ecam_graph_check(network->graph, &err), ECAM_OK);
    return network;
}

static void expect_refusal(struct ecam_weight_set *set, enum ecam_status status, const char *text)
{
    struct ecam_network *network = NULL;
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_OK);
    ck_assert_int_eq(ecam_family_import(set, &network, &err), status);
    ck_assert_ptr_null(network);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s' has no '%s'", err.text, text);
    fake_free(set);
}

/* The node of a name, which must be there. */
static const struct ecam_node *node_of(const struct ecam_network *network, const char *name)
{
    const uint32_t node = ecam_graph_find(network->graph, name);
    ck_assert_msg(node != ECAM_NO_NODE, "no layer '%s'", name);
    return &network->graph->nodes[node];
}

START_TEST(a_resnet_is_known_by_its_blocks_and_width)
{
    struct ecam_weight_set *set = fake_new();
    fake_resnet(set, "", 8, 4, 2, 1000);
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "family"), "ResNet-18, width 8");
    ck_assert_str_eq(ecam_network_fact(network, "last"), "layer4.1");
    const struct ecam_graph *graph = network->graph;
    ck_assert_str_eq(graph->nodes[graph->output].name, "fc");
    ck_assert_str_eq(graph->nodes[graph->last].name, "layer4.1.relu.2");
    ck_assert_ptr_eq(node_of(network, "layer4"), &graph->nodes[graph->last]);
    ck_assert_str_eq(node_of(network, "layer1.0.relu")->name, "layer1.0.relu.2");
    ck_assert_str_eq(node_of(network, "layer2.0.downsample")->name, "layer2.0.downsample.1");
    ck_assert_uint_eq(ecam_graph_find(graph, "layer1.0.downsample"), ECAM_NO_NODE);
    ck_assert_int_eq(ecam_node_attr(node_of(network, "layer2.0.conv1"), "stride")->value[0], 2);
    ck_assert_uint_eq(network->n_labels, 1000);
    ck_assert_str_eq(network->labels[281], "tabby");
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

START_TEST(a_prefix_before_all_names_is_seen)
{
    struct ecam_weight_set *set = fake_new();
    fake_resnet(set, "state_dict.module.", 64, 3, 3, 7);
    fake_add(set, FAKE_DIMS(9), "optimizer.state.0");
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "family"), "ResNet-20");
    ck_assert_str_eq(ecam_node_weight(node_of(network, "fc"), "bias")->name,
                     "state_dict.module.fc.bias");
    ck_assert_uint_eq(network->n_labels, 0);
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

START_TEST(two_networks_in_one_file_are_not_chosen_between)
{
    struct ecam_weight_set *set = fake_new();
    fake_resnet(set, "ema.", 8, 2, 1, 7);
    fake_resnet(set, "model.", 8, 2, 1, 7);
    expect_refusal(set, ECAM_ERR_UNSUPPORTED, "two networks in one file, at 'ema.layer1");
}
END_TEST

START_TEST(a_network_without_prefix_wins)
{
    struct ecam_weight_set *set = fake_new();
    fake_resnet(set, "ema.", 8, 2, 1, 7);
    fake_resnet(set, "", 8, 2, 1, 7);
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_node_weight(node_of(network, "fc"), "bias")->name, "fc.bias");
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

START_TEST(pools_of_a_vgg_are_the_numbers_left_out)
{
    for (int has_norm = 0; has_norm <= 1; has_norm++) {
        struct ecam_weight_set *set = fake_new();
        fake_vgg(set, 64, has_norm == 1, 1000);
        struct ecam_network *network = import(set);
        ck_assert_str_eq(ecam_network_fact(network, "family"), has_norm ? "VGG-7-BN" : "VGG-7");
        ck_assert_str_eq(ecam_network_fact(network, "last"),
                         has_norm ? "features.13" : "features.9");
        ck_assert_str_eq(node_of(network, has_norm ? "features.3" : "features.2")->kind,
                         "maxpool2d");
        ck_assert_str_eq(node_of(network, "features")->name,
                         has_norm ? "features.14" : "features.10");
        ck_assert_str_eq(node_of(network, "features")->kind, "maxpool2d");
        ck_assert_int_eq(ecam_node_attr(node_of(network, "avgpool"), "output")->value[1], 7);
        ck_assert_str_eq(node_of(network, "classifier")->name, "classifier.6");
        ecam_network_free(network);
        fake_free(set);
    }
}
END_TEST

START_TEST(a_densenet_is_the_same_by_its_old_and_its_new_names)
{
    for (int is_old = 0; is_old <= 1; is_old++) {
        struct ecam_weight_set *set = fake_new();
        fake_densenet(set, 16, 8, is_old == 1);
        struct ecam_network *network = import(set);
        ck_assert_str_eq(ecam_network_fact(network, "family"), "DenseNet-11, growth 8");
        ck_assert_str_eq(ecam_network_fact(network, "last"), "features.relu5");
        ck_assert_str_eq(node_of(network, "features")->name, "features.norm5");
        ck_assert_str_eq(node_of(network, "features.denseblock1")->kind, "concat");
        ck_assert_str_eq(node_of(network, "features.denseblock1.denselayer2")->name,
                         "features.denseblock1.denselayer2.conv2");
        ck_assert_str_eq(
            ecam_node_weight(node_of(network, "features.denseblock1.denselayer2.norm2"), "mean")
                ->name,
            is_old ? "features.denseblock1.denselayer2.norm.2.running_mean"
                   : "features.denseblock1.denselayer2.norm2.running_mean");
        ck_assert_str_eq(node_of(network, "features.transition1")->kind, "avgpool2d");
        ecam_network_free(network);
        fake_free(set);
    }
}
END_TEST

START_TEST(a_squeezenet_gives_its_pooled_scores)
{
    struct ecam_weight_set *set = fake_new();
    fake_squeezenet(set, 5);
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "family"), "SqueezeNet 1.1");
    ck_assert_str_eq(ecam_network_fact(network, "last"), "features.7");
    ck_assert_str_eq(network->graph->nodes[network->graph->output].kind, "flatten");
    const struct ecam_node *pool = node_of(network, "features.5");
    ck_assert_str_eq(pool->kind, "maxpool2d");
    ck_assert_int_eq(ecam_node_attr(pool, "ceil")->value[0], 1);
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

static void unit(struct ecam_weight_set *set, size_t kernel, size_t in, const char *at,
                 const char *name)
{
    char bn[64];
    snprintf(bn, sizeof bn, "%s%s.bn", at, name);
    fake_add(set, FAKE_DIMS(kernel == 1 ? 1 : 2, in, kernel, kernel), "%s%s.conv.weight", at, name);
    fake_norm(set, kernel == 1 ? 1 : 2, bn);
}

/* All channels few: 1x1 convolutions give 1, 3x3 ones 2, a module 1 + 2 + 2 + 1. */
static struct ecam_weight_set *googlenet(void)
{
    static const char *const modules[] = { "3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b" };
    struct ecam_weight_set *set = fake_new();
    unit(set, 7, 3, "", "conv1");
    unit(set, 1, 2, "", "conv2");
    unit(set, 3, 1, "", "conv3");
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        const size_t in = i == 0 ? 2 : 6;
        char at[32];
        snprintf(at, sizeof at, "inception%s.", modules[i]);
        unit(set, 1, in, at, "branch1");
        unit(set, 1, in, at, "branch2.0");
        unit(set, 3, 1, at, "branch2.1");
        unit(set, 1, in, at, "branch3.0");
        unit(set, 3, 1, at, "branch3.1");
        unit(set, 1, in, at, "branch4.1");
    }
    fake_add(set, FAKE_DIMS(1000, 6), "fc.weight");
    fake_add(set, FAKE_DIMS(1000), "fc.bias");
    fake_add(set, FAKE_DIMS(9, 9), "aux1.fc1.weight");
    return set;
}

START_TEST(a_googlenet_has_its_own_numbers)
{
    struct ecam_weight_set *set = googlenet();
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "family"), "GoogLeNet");
    ck_assert_str_eq(ecam_network_fact(network, "last"), "inception5b");
    const float half[3] = { 0.5f, 0.5f, 0.5f };
    tu_close("mean", network->preprocess.mean, half, 3, 0.0);
    tu_close("std", network->preprocess.std, half, 3, 0.0);
    ck_assert_uint_eq(network->n_labels, 1000);
    ck_assert(ecam_node_attr(node_of(network, "conv1.bn"), "eps")->real == 1e-3);
    ck_assert_str_eq(node_of(network, "conv1")->name, "conv1.relu");
    ck_assert_str_eq(node_of(network, "inception4c.branch3")->name, "inception4c.branch3.1.relu");
    static const int64_t sides[] = { 3, 3, 3, 2 };
    for (size_t i = 0; i < 4; i++) {
        char name[] = "maxpool1";
        name[7] = (char)('1' + i);
        const struct ecam_node *pool = node_of(network, name);
        ck_assert_int_eq(ecam_node_attr(pool, "kernel")->value[0], sides[i]);
        ck_assert_int_eq(ecam_node_attr(pool, "stride")->value[1], 2);
        ck_assert_int_eq(ecam_node_attr(pool, "ceil")->value[0], 1);
    }
    const struct ecam_node *pool = node_of(network, "inception5b.branch4.0");
    ck_assert_int_eq(ecam_node_attr(pool, "stride")->value[0], 1);
    ck_assert_int_eq(ecam_node_attr(pool, "pad")->value[0], 1);
    const struct ecam_node *module = node_of(network, "inception5b");
    ck_assert_str_eq(module->kind, "concat");
    for (size_t i = 0; i < 4; i++) {
        char name[] = "inception5b.branch1";
        name[18] = (char)('1' + i);
        ck_assert_uint_eq(module->inputs[i], ecam_graph_find(network->graph, name));
    }
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

START_TEST(an_alexnet_is_known_by_its_first_kernel)
{
    static const size_t at[] = { 0, 3, 6, 8, 10 }, kernel[] = { 11, 5, 3, 3, 3 };
    static const size_t dense[] = { 1, 4, 6 }, columns[] = { 8 * 36, 4, 4 };
    struct ecam_weight_set *set = fake_new();
    for (size_t i = 0; i < 5; i++) {
        fake_add(set, FAKE_DIMS(8, i == 0 ? 3 : 8, kernel[i], kernel[i]), "features.%zu.weight",
                 at[i]);
        fake_add(set, FAKE_DIMS(8), "features.%zu.bias", at[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        fake_add(set, FAKE_DIMS(4, columns[i]), "classifier.%zu.weight", dense[i]);
        fake_add(set, FAKE_DIMS(4), "classifier.%zu.bias", dense[i]);
    }
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "family"), "AlexNet");
    ck_assert_str_eq(ecam_network_fact(network, "last"), "features.11");
    ck_assert_int_eq(ecam_node_attr(node_of(network, "features.0"), "stride")->value[0], 4);
    ck_assert_int_eq(ecam_node_attr(node_of(network, "features.0"), "pad")->value[2], 2);
    ck_assert_int_eq(ecam_node_attr(node_of(network, "features.5"), "kernel")->value[0], 3);
    ck_assert_ptr_null(ecam_node_attr(node_of(network, "features.5"), "ceil"));
    ck_assert_int_eq(ecam_node_attr(node_of(network, "avgpool"), "output")->value[0], 6);
    ck_assert_str_eq(node_of(network, "classifier.3")->kind, "dropout");
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

START_TEST(a_vgg_with_timms_keys_has_timms_names)
{
    struct ecam_weight_set *set = fake_new();
    fake_add(set, FAKE_DIMS(8, 3, 3, 3), "features.0.weight");
    fake_add(set, FAKE_DIMS(8), "features.0.bias");
    fake_add(set, FAKE_DIMS(4, 8, 7, 7), "pre_logits.fc1.weight");
    fake_add(set, FAKE_DIMS(4), "pre_logits.fc1.bias");
    fake_add(set, FAKE_DIMS(4, 4, 1, 1), "pre_logits.fc2.weight");
    fake_add(set, FAKE_DIMS(4), "pre_logits.fc2.bias");
    fake_add(set, FAKE_DIMS(5, 4), "head.fc.weight");
    fake_add(set, FAKE_DIMS(5), "head.fc.bias");
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "last"), "features.1");
    ck_assert_str_eq(node_of(network, "pre_logits")->name, "pre_logits.act2");
    ck_assert_str_eq(node_of(network, "head.global_pool")->name, "head.global_pool.flatten");
    ck_assert_str_eq(node_of(network, "head")->name, "head.fc");
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

/* One bottleneck block of `inner` channels in groups of `group`. */
static void check_bottleneck(size_t inner, size_t group, const char *title)
{
    struct ecam_weight_set *set = fake_new();
    fake_add(set, FAKE_DIMS(64, 3, 7, 7), "conv1.weight");
    fake_norm(set, 64, "bn1");
    fake_add(set, FAKE_DIMS(inner, 64, 1, 1), "layer1.0.conv1.weight");
    fake_norm(set, inner, "layer1.0.bn1");
    fake_add(set, FAKE_DIMS(inner, group, 3, 3), "layer1.0.conv2.weight");
    fake_norm(set, inner, "layer1.0.bn2");
    fake_add(set, FAKE_DIMS(256, inner, 1, 1), "layer1.0.conv3.weight");
    fake_norm(set, 256, "layer1.0.bn3");
    fake_add(set, FAKE_DIMS(256, 64, 1, 1), "layer1.0.downsample.0.weight");
    fake_norm(set, 256, "layer1.0.downsample.1");
    fake_add(set, FAKE_DIMS(5, 256), "fc.weight");
    fake_add(set, FAKE_DIMS(5), "fc.bias");
    struct ecam_network *network = import(set);
    ck_assert_str_eq(ecam_network_fact(network, "family"), title);
    ck_assert_str_eq(node_of(network, "layer1.0")->name, "layer1.0.relu.3");
    const struct ecam_attr *groups = ecam_node_attr(node_of(network, "layer1.0.conv2"), "groups");
    ck_assert_int_eq(groups == NULL ? 1 : groups->value[0], (int64_t)(inner / group));
    ecam_network_free(network);
    fake_free(set);
}

START_TEST(bottlenecks_are_plain_wide_or_grouped)
{
    check_bottleneck(64, 64, "ResNet-5");
    check_bottleneck(128, 128, "Wide ResNet-5-2");
    check_bottleneck(128, 4, "ResNeXt-5 32x4d");
}
END_TEST

/* A CIFAR ResNet of two stages; option B has weights in its shortcut. */
static struct ecam_weight_set *cifar(bool is_b, size_t second)
{
    struct ecam_weight_set *set = fake_new();
    size_t in = 8;
    fake_add(set, FAKE_DIMS(in, 3, 3, 3), "module.conv1.weight");
    fake_norm(set, in, "module.bn1");
    for (size_t s = 1; s <= 2; s++) {
        const size_t out = s == 1 ? 8 : second;
        char name[64] = "module.layer1.0.bn1";
        name[12] = (char)('0' + s);
        fake_add(set, FAKE_DIMS(out, in, 3, 3), "module.layer%zu.0.conv1.weight", s);
        fake_norm(set, out, name);
        fake_add(set, FAKE_DIMS(out, out, 3, 3), "module.layer%zu.0.conv2.weight", s);
        name[18] = '2';
        fake_norm(set, out, name);
        in = out;
    }
    if (is_b) {
        fake_add(set, FAKE_DIMS(second, 8, 1, 1), "module.layer2.0.shortcut.0.weight");
        fake_norm(set, second, "module.layer2.0.shortcut.1");
    }
    fake_add(set, FAKE_DIMS(10, in), "module.linear.weight");
    fake_add(set, FAKE_DIMS(10), "module.linear.bias");
    return set;
}

START_TEST(cifar_shortcuts_of_both_kinds_are_built)
{
    for (int is_b = 0; is_b <= 1; is_b++) {
        struct ecam_weight_set *set = cifar(is_b == 1, 16);
        struct ecam_network *network = import(set);
        ck_assert_str_eq(ecam_network_fact(network, "family"), "CIFAR ResNet-6, width 8");
        ck_assert_str_eq(node_of(network, "layer2.0.shortcut")->kind, is_b ? "batchnorm" : "pad");
        ck_assert_str_eq(node_of(network, "layer1.0.shortcut")->name, "relu");
        ck_assert_str_eq(network->labels[3], "cat");
        ck_assert_int_eq(network->preprocess.resize, ECAM_RESIZE_SQUASH);
        ck_assert_uint_eq(network->preprocess.resize_w, 32);
        if (!is_b) {
            const struct ecam_attr *pad =
                ecam_node_attr(node_of(network, "layer2.0.shortcut"), "pad");
            ck_assert(pad->n == 6 && pad->value[0] == 4 && pad->value[1] == 4);
            ck_assert_str_eq(node_of(network, "layer2.0.shortcut.subsample")->kind, "maxpool2d");
        }
        ecam_network_free(network);
        fake_free(set);
    }
}
END_TEST

START_TEST(a_shortcut_without_weights_doubles_the_channels)
{
    expect_refusal(cifar(false, 20), ECAM_ERR_FORMAT, "8 channels become 20");
}
END_TEST

START_TEST(damage_is_named)
{
    struct ecam_weight_set *set = fake_new();
    fake_resnet(set, "", 8, 2, 1, 7);
    fake_add(set, FAKE_DIMS(4, 4), "layer2.0.se.fc.weight");
    expect_refusal(set, ECAM_ERR_UNSUPPORTED, "'layer2.0.se.fc.weight'");

    set = fake_new();
    fake_vgg(set, 8, false, 5);
    fake_add(set, FAKE_DIMS(32, 32, 3, 3), "features.12.weight"); /* after a gap of two */
    expect_refusal(set, ECAM_ERR_UNSUPPORTED, "'features.12.weight'");
}
END_TEST

START_TEST(strangers_are_told_what_is_known)
{
    struct ecam_weight_set *set = fake_new();
    fake_add(set, FAKE_DIMS(4, 4), "blocks.0.attn.qkv.weight");
    expect_refusal(set, ECAM_ERR_UNSUPPORTED, "vision transformer; known are AlexNet, VGG");
    set = fake_new();
    fake_add(set, FAKE_DIMS(4, 4), "x");
    expect_refusal(set, ECAM_ERR_UNSUPPORTED, "1 weights ('x') of no known network; known");
    expect_refusal(fake_new(), ECAM_ERR_UNSUPPORTED, "0 weights (none)");
}
END_TEST

START_TEST(a_stem_alone_is_no_resnet)
{
    struct ecam_weight_set *set = fake_new();
    fake_resnet(set, "", 8, 0, 0, 7);
    expect_refusal(set, ECAM_ERR_UNSUPPORTED, "of no known network");
}
END_TEST

START_TEST(imagenet_names_are_a_thousand_different_ones)
{
    ck_assert_str_eq(ecam_imagenet_labels[0], "tench");
    ck_assert_str_eq(ecam_imagenet_labels[999], "toilet tissue");
    ck_assert_str_eq(ecam_imagenet_labels[639], "maillot, tank suit");
    for (size_t i = 0; i < ECAM_N_IMAGENET_LABELS; i++)
        for (size_t k = 0; k < i; k++)
            tu_assert(strcmp(ecam_imagenet_labels[i], ecam_imagenet_labels[k]) != 0);
}
END_TEST

START_TEST(the_usual_preprocessing_goes_with_a_family)
{
    struct ecam_weight_set *set = fake_new();
    fake_vgg(set, 8, false, 5);
    struct ecam_network *network = import(set);
    const struct ecam_preprocess *pre = &network->preprocess;
    ck_assert(pre->resize == ECAM_RESIZE_SHORT && pre->filter == ECAM_FILTER_BILINEAR);
    ck_assert(pre->resize_h == 256 && pre->crop_h == 224 && pre->crop_w == 224 && !pre->is_bgr);
    const float got[3] = { pre->scale, pre->mean[0], pre->std[2] },
                want[3] = { 1.0f / 255.0f, 0.485f, 0.225f };
    tu_close("preprocess", got, want, 3, 0.0);
    ecam_network_free(network);
    fake_free(set);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_resnet_is_known_by_its_blocks_and_width,
        a_prefix_before_all_names_is_seen,
        two_networks_in_one_file_are_not_chosen_between,
        a_network_without_prefix_wins,
        pools_of_a_vgg_are_the_numbers_left_out,
        a_densenet_is_the_same_by_its_old_and_its_new_names,
        a_squeezenet_gives_its_pooled_scores,
        a_googlenet_has_its_own_numbers,
        an_alexnet_is_known_by_its_first_kernel,
        a_vgg_with_timms_keys_has_timms_names,
        bottlenecks_are_plain_wide_or_grouped,
        cifar_shortcuts_of_both_kinds_are_built,
        a_shortcut_without_weights_doubles_the_channels,
        damage_is_named,
        strangers_are_told_what_is_known,
        a_stem_alone_is_no_resnet,
        imagenet_names_are_a_thousand_different_ones,
        the_usual_preprocessing_goes_with_a_family,
    };
    return tu_main("family", tests, sizeof tests / sizeof *tests);
}
