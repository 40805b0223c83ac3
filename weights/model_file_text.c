/* SPDX-License-Identifier: BSD-2-Clause
 * Graph and preprocessing as JSON. The same network always gives the same bytes. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weights/model_file.h"

/* A key with its colon, and a comma before it where one is due. */
static void put_key(struct ecam_text *text, const char *key)
{
    ecam_text_comma(text);
    ecam_text_string(text, key);
    ecam_text_put(text, ":");
}

/* The shortest of `from` to `to` digits that give the same number again. A program
 * may have set a locale whose decimal point is none. */
static void put_number(struct ecam_text *text, double value, int from, int to, bool is_float)
{
    char number[40], out[40];
    size_t n = 0;
    for (int digits = from; digits <= to; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        const double back = strtod(number, NULL);
        if (is_float ? (float)back == (float)value : back == value)
            break;
    }
    for (const char *c = number; *c != '\0'; c++)
        if (strchr("0123456789+-e", *c) != NULL)
            out[n++] = *c;
        else if (n > 0 && out[n - 1] != '.')
            out[n++] = '.';
    out[n] = '\0';
    ecam_text_put(text, out);
}

static void put_float(struct ecam_text *text, float value)
{
    put_number(text, (double)value, 6, 9, true);
}

static void put_attr(struct ecam_text *text, const struct ecam_attr *attr)
{
    put_key(text, attr->key);
    if (attr->is_real) {
        put_number(text, attr->real, 15, 17, false);
        return;
    }
    ecam_text_put(text, "[");
    for (size_t i = 0; i < attr->n; i++) {
        ecam_text_comma(text);
        ecam_text_print(text, "%" PRId64, attr->value[i]);
    }
    ecam_text_put(text, "]");
}

static void put_node(struct ecam_text *text, const struct ecam_graph *graph,
                     const struct ecam_node *node)
{
    ecam_text_comma(text);
    ecam_text_put(text, "{");
    put_key(text, "name");
    ecam_text_string(text, node->name);
    put_key(text, "kind");
    ecam_text_string(text, node->kind);
    if (node->n_inputs > 0) {
        put_key(text, "inputs");
        ecam_text_put(text, "[");
        for (size_t i = 0; i < node->n_inputs; i++) {
            ecam_text_comma(text);
            ecam_text_string(text, graph->nodes[node->inputs[i]].name);
        }
        ecam_text_put(text, "]");
    }
    if (node->n_attrs > 0) {
        put_key(text, "attrs");
        ecam_text_put(text, "{");
        for (size_t i = 0; i < node->n_attrs; i++)
            put_attr(text, &node->attrs[i]);
        ecam_text_put(text, "}");
    }
    if (node->n_roles > 0) {
        put_key(text, "weights");
        ecam_text_put(text, "{");
        for (size_t i = 0; i < node->n_roles; i++) {
            put_key(text, node->roles[i].role);
            ecam_text_string(text, node->roles[i].weight->name);
        }
        ecam_text_put(text, "}");
    }
    ecam_text_put(text, "}");
}

void ecam_model_file_put_graph(struct ecam_text *text, const struct ecam_graph *graph)
{
    ecam_text_put(text, "{");
    put_key(text, "nodes");
    ecam_text_put(text, "[");
    for (size_t i = 0; i < graph->n_nodes; i++)
        put_node(text, graph, &graph->nodes[i]);
    ecam_text_put(text, "]");
    put_key(text, "aliases");
    ecam_text_put(text, "{");
    for (size_t i = 0; i < graph->n_aliases; i++) {
        put_key(text, graph->aliases[i].name);
        ecam_text_string(text, graph->nodes[graph->aliases[i].node].name);
    }
    ecam_text_put(text, "}");
    put_key(text, "output");
    ecam_text_string(text, graph->nodes[graph->output].name);
    ecam_text_put(text, "}");
}

static void put_floats(struct ecam_text *text, const char *key, const float value[3])
{
    put_key(text, key);
    ecam_text_put(text, "[");
    for (size_t i = 0; i < 3; i++) {
        ecam_text_comma(text);
        put_float(text, value[i]);
    }
    ecam_text_put(text, "]");
}

static void put_pair(struct ecam_text *text, const char *key, uint32_t h, uint32_t w)
{
    put_key(text, key);
    ecam_text_print(text, "[%" PRIu32 ",%" PRIu32 "]", h, w);
}

void ecam_model_file_put_preprocess(struct ecam_text *text, const struct ecam_preprocess *pre)
{
    ecam_text_put(text, "{");
    put_key(text, "resize");
    switch (pre->resize) {
    case ECAM_RESIZE_NONE:
        ecam_text_string(text, "none");
        break;
    case ECAM_RESIZE_SHORT:
        ecam_text_string(text, "short");
        put_key(text, "size");
        ecam_text_print(text, "[%" PRIu32 "]", pre->resize_h);
        break;
    case ECAM_RESIZE_SQUASH:
        ecam_text_string(text, "squash");
        put_pair(text, "size", pre->resize_h, pre->resize_w);
        break;
    }
    put_key(text, "filter");
    ecam_text_string(text, pre->filter == ECAM_FILTER_BICUBIC ? "bicubic" : "bilinear");
    if (pre->crop_h != 0)
        put_pair(text, "crop", pre->crop_h, pre->crop_w);
    put_key(text, "channels");
    ecam_text_string(text, pre->is_bgr ? "bgr" : "rgb");
    put_key(text, "scale");
    put_float(text, pre->scale);
    put_floats(text, "mean", pre->mean);
    put_floats(text, "std", pre->std);
    ecam_text_put(text, "}");
}

const char *ecam_preprocess_fault(const struct ecam_preprocess *pre)
{
    const uint32_t max = 1u << 16; /* pixels of a side */
    if (pre->resize != ECAM_RESIZE_NONE && (pre->resize_h == 0 || pre->resize_h > max))
        return "resize to 0 or more than 65536 pixels";
    if (pre->resize == ECAM_RESIZE_SQUASH && (pre->resize_w == 0 || pre->resize_w > max))
        return "resize to 0 or more than 65536 pixels";
    if (pre->crop_h > max || pre->crop_w > max || (pre->crop_h == 0) != (pre->crop_w == 0))
        return "crop with one side 0, or of more than 65536 pixels";
    if (!isfinite(pre->scale))
        return "scale is not finite";
    for (size_t i = 0; i < 3; i++)
        if (!isfinite(pre->mean[i]) || !isfinite(pre->std[i]) || !(fabsf(pre->std[i]) > 0.0f))
            return "mean or std is not finite, or std is 0";
    return NULL;
}
