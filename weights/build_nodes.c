/* SPDX-License-Identifier: BSD-2-Clause
 * The nodes of a build: kind, attributes, weights, and what is known of the value. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/builder.h"
#include "weights/builder_in.h"

static struct ecam_build_extent extent_of(const struct ecam_build *b, uint32_t x)
{
    return b->status == ECAM_OK ? b->extents[x] : (struct ecam_build_extent){ 0 };
}

size_t ecam_build_channels(const struct ecam_build *b, uint32_t x)
{
    return extent_of(b, x).channels;
}

/* Appends a node and what is known of its value. */
static uint32_t add_node(struct ecam_build *b, const char *kind, const char *name,
                         const uint32_t *inputs, size_t n, struct ecam_build_extent extent)
{
    char full[ECAM_BUILD_NAME];
    if (b->status != ECAM_OK || !ecam_build_full(b, full, name))
        return 0;
    void *extents = b->extents;
    const bool has_room =
        ecam_reserve(&extents, &b->cap_extents, b->graph->n_nodes, sizeof *b->extents);
    b->extents = extents;
    if (!has_room) {
        b->status = ecam_fail(b->err, ECAM_ERR_NOMEM, "layer '%s'", full);
        return 0;
    }
    uint32_t node = 0;
    b->status = ecam_graph_add(b->graph, kind, full, inputs, n, &node, b->err);
    if (b->status == ECAM_OK)
        b->extents[node] = extent;
    return node;
}

static void set_ints(struct ecam_build *b, uint32_t node, const char *key, const int64_t *value,
                     size_t n)
{
    if (b->status == ECAM_OK)
        b->status = ecam_graph_set_ints(b->graph, node, key, value, n, b->err);
}

static void set_int(struct ecam_build *b, uint32_t node, const char *key, size_t value)
{
    const int64_t v = (int64_t)value;
    set_ints(b, node, key, &v, 1);
}

static void set_pair(struct ecam_build *b, uint32_t node, const char *key, size_t value)
{
    const int64_t v[2] = { (int64_t)value, (int64_t)value };
    set_ints(b, node, key, v, 2);
}

static void set_pad(struct ecam_build *b, uint32_t node, size_t pad)
{
    const int64_t p = (int64_t)pad, v[4] = { p, p, p, p };
    if (pad != 0)
        set_ints(b, node, "pad", v, 4);
}

static void set_weight(struct ecam_build *b, uint32_t node, const char *role,
                       const struct ecam_weight *w)
{
    if (b->status == ECAM_OK && w != NULL)
        b->status = ecam_graph_set_weight(b->graph, node, role, w, b->err);
}

uint32_t ecam_build_input(struct ecam_build *b, const char *first)
{
    const size_t channels = ecam_build_dim(b, first, 1);
    if (channels == 0)
        ecam_build_fail(b, "weight '%s%s%s': missing, or without input channels", b->prefix,
                        b->scope, first);
    const uint32_t node =
        add_node(b, "input", "input", NULL, 0, (struct ecam_build_extent){ .channels = channels });
    set_int(b, node, "channels", channels);
    return node;
}

/* Groups of a convolution whose weight is [oc][w_channels]...; 0: does not fit. */
static size_t groups_of(size_t channels, const struct ecam_weight *w, bool is_grouped)
{
    const size_t oc = w->shape.dim[0], w_channels = w->shape.dim[1];
    if (channels == w_channels)
        return 1;
    if (!is_grouped || channels == 0 || w_channels == 0 || channels % w_channels != 0 ||
        oc % (channels / w_channels) != 0)
        return 0;
    return channels / w_channels;
}

uint32_t ecam_build_conv(struct ecam_build *b, uint32_t x, const char *name,
                         struct ecam_build_conv options)
{
    const char *const key = options.key != NULL ? options.key : name;
    const size_t channels = ecam_build_channels(b, x);
    const struct ecam_weight *const w = ecam_build_take(b, key, "weight", 4, true);
    if (w == NULL)
        return 0;
    char shape[ECAM_SHAPE_TEXT];
    ecam_shape_text(&w->shape, shape);
    if (w->shape.dim[2] != options.kernel || w->shape.dim[3] != options.kernel)
        ecam_build_misfit(b, w, "%s, expected a kernel of %zux%zu", shape, options.kernel,
                          options.kernel);
    const size_t groups = groups_of(channels, w, options.is_grouped);
    if (groups == 0)
        ecam_build_misfit(b, w, "%s, but the layer before has %zu channels", shape, channels);
    const size_t oc = w->shape.dim[0];
    const struct ecam_weight *const bias =
        ecam_build_take_vector(b, key, "bias", oc, options.has_bias);

    const uint32_t node =
        add_node(b, "conv2d", name, &x, 1, (struct ecam_build_extent){ .channels = oc });
    if (options.stride > 1)
        set_pair(b, node, "stride", options.stride);
    set_pad(b, node, options.pad);
    if (groups > 1)
        set_int(b, node, "groups", groups);
    set_weight(b, node, "weight", w);
    set_weight(b, node, "bias", bias);
    return node;
}

uint32_t ecam_build_norm(struct ecam_build *b, uint32_t x, const char *name,
                         struct ecam_build_norm options)
{
    static const struct {
        const char *leaf, *role;
    } parts[] = {
        { "weight", "weight" },
        { "bias", "bias" },
        { "running_mean", "mean" },
        { "running_var", "var" },
    };
    const char *const key = options.key != NULL ? options.key : name;
    const struct ecam_build_extent extent = extent_of(b, x);
    const uint32_t node = add_node(b, "batchnorm", name, &x, 1, extent);
    if (options.eps > 0 && b->status == ECAM_OK)
        b->status = ecam_graph_set_real(b->graph, node, "eps", options.eps, b->err);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(parts); i++)
        set_weight(b, node, parts[i].role,
                   ecam_build_take_vector(b, key, parts[i].leaf, extent.channels, true));
    return node;
}

static uint32_t add_pool(struct ecam_build *b, const char *kind, uint32_t x, const char *name,
                         struct ecam_build_pool options)
{
    const struct ecam_build_extent extent = { .channels = ecam_build_channels(b, x) };
    const uint32_t node = add_node(b, kind, name, &x, 1, extent);
    set_pair(b, node, "kernel", options.kernel);
    set_pair(b, node, "stride", options.stride != 0 ? options.stride : options.kernel);
    set_pad(b, node, options.pad);
    if (options.is_ceil)
        set_int(b, node, "ceil", 1);
    return node;
}

uint32_t ecam_build_maxpool(struct ecam_build *b, uint32_t x, const char *name,
                            struct ecam_build_pool options)
{
    return add_pool(b, "maxpool2d", x, name, options);
}

uint32_t ecam_build_avgpool(struct ecam_build *b, uint32_t x, const char *name,
                            struct ecam_build_pool options)
{
    return add_pool(b, "avgpool2d", x, name, options);
}

uint32_t ecam_build_global_pool(struct ecam_build *b, uint32_t x, const char *name)
{
    const struct ecam_build_extent extent = { ecam_build_channels(b, x), 1 };
    return add_node(b, "global_avgpool", name, &x, 1, extent);
}

uint32_t ecam_build_adaptive_pool(struct ecam_build *b, uint32_t x, const char *name, size_t side)
{
    const struct ecam_build_extent extent = { ecam_build_channels(b, x), side * side };
    const uint32_t node = add_node(b, "adaptive_avgpool2d", name, &x, 1, extent);
    set_pair(b, node, "output", side);
    return node;
}

uint32_t ecam_build_relu(struct ecam_build *b, uint32_t x, const char *name)
{
    return add_node(b, "relu", name, &x, 1, extent_of(b, x));
}

uint32_t ecam_build_dropout(struct ecam_build *b, uint32_t x, const char *name)
{
    return add_node(b, "dropout", name, &x, 1, extent_of(b, x));
}

uint32_t ecam_build_flatten(struct ecam_build *b, uint32_t x, const char *name)
{
    const struct ecam_build_extent in = extent_of(b, x);
    struct ecam_build_extent extent = { 0, 1 };
    if (!ecam_mul_size(in.channels, in.pixels, &extent.channels))
        ecam_build_fail(b, "layer '%s%s': too many features", b->scope, name);
    return add_node(b, "flatten", name, &x, 1, extent);
}

uint32_t ecam_build_dense(struct ecam_build *b, uint32_t x, const char *name)
{
    const size_t features = ecam_build_channels(b, x);
    const struct ecam_weight *const w = ecam_build_take(b, name, "weight", 2, true);
    if (w == NULL)
        return 0;
    char shape[ECAM_SHAPE_TEXT];
    if (w->shape.dim[1] != features)
        ecam_build_misfit(b, w, "%s, but the layer before has %zu features",
                          ecam_shape_text(&w->shape, shape), features);
    const size_t rows = w->shape.dim[0];
    const struct ecam_weight *const bias = ecam_build_take_vector(b, name, "bias", rows, true);
    const uint32_t node = add_node(b, "dense", name, &x, 1, (struct ecam_build_extent){ rows, 1 });
    set_weight(b, node, "weight", w);
    set_weight(b, node, "bias", bias);
    return node;
}

uint32_t ecam_build_add(struct ecam_build *b, uint32_t x, uint32_t y, const char *name)
{
    const size_t left = ecam_build_channels(b, x), right = ecam_build_channels(b, y);
    const uint32_t inputs[2] = { x, y };
    if (left != right)
        ecam_build_fail(b, "layer '%s%s': adds %zu channels to %zu", b->scope, name, right, left);
    return add_node(b, "add", name, inputs, 2, extent_of(b, x));
}

uint32_t ecam_build_concat(struct ecam_build *b, const uint32_t *inputs, size_t n, const char *name)
{
    struct ecam_build_extent extent = { 0 };
    for (size_t i = 0; i < n; i++)
        if (!ecam_add_size(extent.channels, ecam_build_channels(b, inputs[i]), &extent.channels))
            ecam_build_fail(b, "layer '%s%s': too many channels", b->scope, name);
    return add_node(b, "concat", name, inputs, n, extent);
}

uint32_t ecam_build_pad_channels(struct ecam_build *b, uint32_t x, const char *name, size_t before,
                                 size_t after)
{
    const int64_t pad[6] = { (int64_t)before, (int64_t)after, 0, 0, 0, 0 };
    struct ecam_build_extent extent = extent_of(b, x);
    if (!ecam_add_size(extent.channels, before, &extent.channels) ||
        !ecam_add_size(extent.channels, after, &extent.channels))
        ecam_build_fail(b, "layer '%s%s': too many channels", b->scope, name);
    const uint32_t node = add_node(b, "pad", name, &x, 1, extent);
    set_ints(b, node, "pad", pad, 6);
    return node;
}

void ecam_build_alias(struct ecam_build *b, uint32_t x, const char *fmt, ...)
{
    char name[ECAM_BUILD_NAME], full[ECAM_BUILD_NAME];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof name)
        ecam_build_fail(b, "the name of a group of layers is longer than %d bytes",
                        ECAM_BUILD_NAME - 1);
    if (b->status == ECAM_OK && ecam_build_full(b, full, name))
        b->status = ecam_graph_alias(b->graph, full, x, b->err);
}

void ecam_build_output(struct ecam_build *b, uint32_t x)
{
    if (b->status == ECAM_OK)
        b->graph->output = x;
}

void ecam_build_last(struct ecam_build *b, const char *name)
{
    if (b->status == ECAM_OK)
        b->graph->last = ecam_graph_find(b->graph, name);
}
