/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/model_json.h"

#include "engine/common.h"

struct model_size model_size(const struct ecam_model *model)
{
    struct model_size size = { 0 };
    struct ecam_layers *layers = NULL;
    if (ecam_layers_new(model, 0, 0, &layers, NULL) != ECAM_OK)
        return size;
    size.is_known = true;
    size.n_layers = ecam_layers_count(layers);
    for (size_t i = 0; i < size.n_layers; i++) {
        size.parameters += ecam_layers_get(layers, i)->parameters;
        size.macs += ecam_layers_get(layers, i)->macs;
    }
    ecam_layers_free(layers);
    return size;
}

void model_json(struct json *json, const struct ecam_model *model, const char *name)
{
    static const char *const facts[] = { "format",      "family",    "source",  "source_sha256",
                                         "data_sha256", "converter", "license", "last" };
    const struct model_size size = model_size(model);
    json_object_begin(json);
    json_key(json, "name");
    json_string(json, name);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(facts); i++) {
        json_key(json, facts[i]);
        json_string(json, ecam_model_fact(model, facts[i]));
    }
    json_key(json, "labels");
    json_uint(json, ecam_model_n_labels(model));
    if (size.is_known) {
        json_key(json, "layers");
        json_uint(json, size.n_layers);
        json_key(json, "parameters");
        json_uint(json, size.parameters);
        json_key(json, "macs");
        json_uint(json, size.macs);
    }
    json_object_end(json);
}

static void json_triple(struct json *json, const char *key, const float value[3])
{
    json_key(json, key);
    json_list_begin(json);
    for (int i = 0; i < 3; i++)
        json_float(json, value[i]);
    json_list_end(json);
}

static void json_pair(struct json *json, const char *key, uint32_t h, uint32_t w)
{
    json_key(json, key);
    json_list_begin(json);
    json_uint(json, h);
    json_uint(json, w);
    json_list_end(json);
}

void preprocess_json(struct json *json, const struct ecam_preprocess *pre)
{
    json_object_begin(json);
    json_key(json, "resize");
    switch (pre->resize) {
    case ECAM_RESIZE_NONE:
        json_string(json, "none");
        break;
    case ECAM_RESIZE_SHORT:
        json_string(json, "short");
        json_key(json, "short_side");
        json_uint(json, pre->resize_h);
        break;
    case ECAM_RESIZE_SQUASH:
        json_string(json, "squash");
        json_pair(json, "size", pre->resize_h, pre->resize_w);
        break;
    }
    json_key(json, "filter");
    json_string(json, pre->filter == ECAM_FILTER_BILINEAR ? "bilinear" : "bicubic");
    if (pre->crop_h != 0)
        json_pair(json, "crop", pre->crop_h, pre->crop_w);
    json_key(json, "channels");
    json_string(json, pre->is_bgr ? "BGR" : "RGB");
    json_key(json, "scale");
    json_float(json, pre->scale);
    json_triple(json, "mean", pre->mean);
    json_triple(json, "std", pre->std);
    json_object_end(json);
}
