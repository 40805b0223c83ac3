/* SPDX-License-Identifier: BSD-2-Clause
 * THE list of families, and how one is recognised. */
#include "weights/family.h"

#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

static const struct ecam_family *const families[] = {
    &ecam_family_alexnet, &ecam_family_vgg,          &ecam_family_vgg_timm, &ecam_family_googlenet,
    &ecam_family_resnet,  &ecam_family_cifar_resnet, &ecam_family_densenet, &ecam_family_squeezenet,
};

/* ---- Recognising ---- */

/* The family, and what precedes its weights' names. */
struct match {
    bool is_found;
    const struct ecam_family *family;
    char prefix[ECAM_BUILD_NAME];
    const char *anchor; /* the weight it was seen by */
};

static bool matches(const struct ecam_weight_set *set, const struct ecam_family *family,
                    const char *prefix)
{
    const struct ecam_build look = { .set = set, .prefix = prefix };
    return ecam_build_peek(&look, "%s", family->anchor) != NULL && family->matches(&look);
}

/* Whether `name` is a prefix and the anchor; then the prefix is copied. */
static bool split_prefix(const char *name, const char *anchor, char prefix[ECAM_BUILD_NAME])
{
    const size_t n = strlen(name), n_anchor = strlen(anchor);
    if (n < n_anchor || n - n_anchor >= ECAM_BUILD_NAME ||
        strcmp(name + n - n_anchor, anchor) != 0 || (n > n_anchor && name[n - n_anchor - 1] != '.'))
        return false;
    memcpy(prefix, name, n - n_anchor);
    prefix[n - n_anchor] = '\0';
    return true;
}

/* Finds the family. Names without a prefix win; among several prefixes (a model and
 * its moving average) nobody can choose but the user. */
static enum ecam_status find_family(const struct ecam_weight_set *set, struct match *out,
                                    struct ecam_error *err)
{
    *out = (struct match){ 0 };
    for (size_t f = 0; f < ECAM_ARRAY_LEN(families); f++)
        if (matches(set, families[f], "")) {
            *out = (struct match){ .is_found = true, .family = families[f] };
            return ECAM_OK;
        }
    for (size_t i = 0; i < set->n_items; i++)
        for (size_t f = 0; f < ECAM_ARRAY_LEN(families); f++) {
            struct match now = { .is_found = true,
                                 .family = families[f],
                                 .anchor = set->items[i].name };
            if (!split_prefix(now.anchor, families[f]->anchor, now.prefix) ||
                !matches(set, families[f], now.prefix))
                continue;
            if (out->is_found)
                return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                                 "two networks in one file, at '%s' and '%s': save the one that is "
                                 "meant by itself",
                                 out->anchor, now.anchor);
            *out = now;
        }
    return ECAM_OK;
}

/* Names that give away a kind of network that is not built. */
static const struct {
    const char *part, *says;
} hints[] = {
    { "attn.qkv", "it looks like a vision transformer" },
    { "self_attention", "it looks like a transformer" },
    { "relative_position_bias", "it looks like a Swin transformer" },
    { "conv_pw", "it looks like an EfficientNet or MobileNet of timm" },
    { "features.1.conv.0.0.weight", "it looks like a MobileNet" },
    { "Mixed_5b", "it looks like Inception v3" },
    { "stages.0.blocks", "it looks like a ConvNeXt or RegNet" },
    { "layer_scale", "it looks like a ConvNeXt" },
    { "features.1.0.block.0.0.weight", "it looks like an EfficientNet" },
    { "trunk_output", "it looks like a RegNet" },
    { "model.0.conv.weight", "it looks like a YOLO" },
};

static const char *hint_for(const struct ecam_weight_set *set)
{
    for (size_t h = 0; h < ECAM_ARRAY_LEN(hints); h++)
        for (size_t i = 0; i < set->n_items; i++)
            if (strstr(set->items[i].name, hints[h].part) != NULL)
                return hints[h].says;
    return NULL;
}

static enum ecam_status refuse(const struct ecam_weight_set *set, struct ecam_error *err)
{
    char known[160] = "", found[160] = "";
    for (size_t f = 0; f < ECAM_ARRAY_LEN(families); f++) {
        const size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", f > 0 ? ", " : "", families[f]->name);
    }
    for (size_t i = 0; i < ecam_min_size(set->n_items, 3); i++) {
        const size_t n = strlen(found);
        snprintf(found + n, sizeof found - n, "%s'%.40s'", i > 0 ? ", " : "", set->items[i].name);
    }
    const char *const hint = hint_for(set);
    return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                     "%zu weights (%s%s) of no known network%s%s; known are %s", set->n_items,
                     set->n_items == 0 ? "none" : found, set->n_items > 3 ? ", ..." : "",
                     hint != NULL ? ": " : "", hint != NULL ? hint : "", known);
}

/* ---- What goes with a family ---- */

static void set_photos(struct ecam_preprocess *pre, enum ecam_family_photos photos)
{
    static const float mean[3] = { 0.485f, 0.456f, 0.406f }, std[3] = { 0.229f, 0.224f, 0.225f };
    *pre = (struct ecam_preprocess){
        .resize = ECAM_RESIZE_SHORT,
        .resize_h = 256,
        .crop_h = 224,
        .crop_w = 224,
        .scale = 1.0f / 255.0f,
    };
    memcpy(pre->mean, mean, sizeof mean);
    memcpy(pre->std, std, sizeof std);
    switch (photos) {
    case ECAM_PHOTOS_IMAGENET:
        break;
    case ECAM_PHOTOS_HALF:
        for (size_t i = 0; i < 3; i++)
            pre->mean[i] = pre->std[i] = 0.5f;
        break;
    case ECAM_PHOTOS_CIFAR:
        pre->resize = ECAM_RESIZE_SQUASH;
        pre->resize_h = pre->resize_w = 32;
        pre->crop_h = pre->crop_w = 0;
        break;
    }
}

static enum ecam_status set_labels(struct ecam_network *network,
                                   const struct ecam_family_notes *notes, struct ecam_error *err)
{
    const bool is_cifar = notes->photos == ECAM_PHOTOS_CIFAR;
    if (is_cifar && notes->n_classes == ECAM_N_CIFAR10_LABELS)
        return ecam_network_set_labels(network, ecam_cifar10_labels, notes->n_classes, err);
    if (!is_cifar && notes->n_classes == ECAM_N_IMAGENET_LABELS)
        return ecam_network_set_labels(network, ecam_imagenet_labels, notes->n_classes, err);
    return ECAM_OK;
}

static enum ecam_status build_graph(const struct ecam_weight_set *set, const struct match *match,
                                    struct ecam_family_notes *notes, struct ecam_graph **out,
                                    struct ecam_error *err)
{
    struct ecam_build b;
    if (ecam_build_begin(&b, set, match->prefix, err) == ECAM_OK)
        match->family->build(&b, notes);
    ecam_build_last(&b, notes->last);
    const enum ecam_status status = ecam_build_end(&b, out);
    if (status != ECAM_OK && status != ECAM_ERR_NOMEM)
        ecam_error_at(err, status, match->family->name);
    return status;
}

enum ecam_status ecam_family_import(const struct ecam_weight_set *set, struct ecam_network **out,
                                    struct ecam_error *err)
{
    struct match match;
    struct ecam_family_notes notes = { 0 };
    struct ecam_network *network = NULL;
    enum ecam_status status = find_family(set, &match, err);
    if (status == ECAM_OK && !match.is_found)
        status = refuse(set, err);
    if (status != ECAM_OK)
        goto out;
    network = ecam_network_new();
    if (network == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "network");
        goto out;
    }
    status = build_graph(set, &match, &notes, &network->graph, err);
    if (status != ECAM_OK)
        goto out;
    set_photos(&network->preprocess, notes.photos);
    status = set_labels(network, &notes, err);
    if (status == ECAM_OK)
        status = ecam_network_set_fact(network, "family", notes.title, err);
    if (status == ECAM_OK)
        status = ecam_network_set_fact(network, "last", notes.last, err);
    if (status != ECAM_OK)
        goto out;
    *out = network;
    network = NULL;
out:
    ecam_network_free(network);
    return status;
}
