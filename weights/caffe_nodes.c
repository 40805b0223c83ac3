/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/caffe_nodes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

void ecam_caffe_fail(struct ecam_caffe_import *im, enum ecam_status status, const char *fmt, ...)
{
    char text[256];
    va_list args;
    if (im->status != ECAM_OK)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    im->status = ecam_fail(im->err, status, "layer '%.100s' (%.40s): %s", im->layer->name,
                           im->layer->type, text);
}

const char *ecam_caffe_name(struct ecam_caffe_import *im, char buf[ECAM_CAFFE_NAME],
                            const char *suffix)
{
    const int n = snprintf(buf, ECAM_CAFFE_NAME, "%s.%s", im->layer->name, suffix);
    if (n < 0 || n >= ECAM_CAFFE_NAME)
        ecam_caffe_fail(im, ECAM_ERR_LIMIT, "a name of more than %d bytes", ECAM_CAFFE_NAME - 1);
    return buf;
}

/* ---- Nodes ---- */

uint32_t ecam_caffe_node(struct ecam_caffe_import *im, const char *kind, const char *name,
                         const uint32_t *inputs, size_t n)
{
    uint32_t node = 0;
    if (im->status != ECAM_OK)
        return 0;
    void *extents = im->extents;
    const bool has_room =
        ecam_reserve(&extents, &im->cap_extents, im->graph->n_nodes, sizeof *im->extents);
    im->extents = extents;
    if (!has_room)
        im->status = ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%s'", name);
    else
        im->status = ecam_graph_add(im->graph, kind, name, inputs, n, &node, im->err);
    if (im->status == ECAM_OK)
        im->extents[node] = n > 0 ? im->extents[inputs[0]] : (struct ecam_caffe_extent){ 0 };
    return node;
}

uint32_t ecam_caffe_add_plain(struct ecam_caffe_import *im, const char *kind)
{
    return ecam_caffe_node(im, kind, im->layer->name, im->inputs, 1);
}

void ecam_caffe_set_extent(struct ecam_caffe_import *im, uint32_t node, uint32_t rank,
                           size_t channels)
{
    if (im->status == ECAM_OK)
        im->extents[node] = (struct ecam_caffe_extent){ rank, channels };
}

void ecam_caffe_set_ints(struct ecam_caffe_import *im, uint32_t node, const char *key,
                         const int64_t *v, size_t n)
{
    if (im->status == ECAM_OK)
        im->status = ecam_graph_set_ints(im->graph, node, key, v, n, im->err);
}

void ecam_caffe_set_real(struct ecam_caffe_import *im, uint32_t node, const char *key, double v)
{
    if (im->status == ECAM_OK)
        im->status = ecam_graph_set_real(im->graph, node, key, v, im->err);
}

void ecam_caffe_set_weight(struct ecam_caffe_import *im, uint32_t node, const char *role,
                           const struct ecam_weight *weight)
{
    if (im->status == ECAM_OK)
        im->status = ecam_graph_set_weight(im->graph, node, role, weight, im->err);
}

/* ---- Weights ---- */

static const struct ecam_weight *find(const struct ecam_caffe_import *im, size_t i)
{
    char name[ECAM_CAFFE_NAME];
    const int n = snprintf(name, sizeof name, "%s.%zu", im->layer->name, i);
    return n > 0 && n < ECAM_CAFFE_NAME ? ecam_weight_set_find(im->set, name) : NULL;
}

bool ecam_caffe_has_weight(const struct ecam_caffe_import *im, size_t i)
{
    return find(im, i) != NULL;
}

/* The dimension that is not 1 from axis *i on, 1 behind the last. */
static size_t next_dim(const struct ecam_shape *shape, uint32_t *i)
{
    while (*i < shape->rank && shape->dim[*i] == 1)
        (*i)++;
    return *i < shape->rank ? shape->dim[(*i)++] : 1;
}

/* Equal but for ones. */
static bool shapes_agree(const struct ecam_shape *a, const struct ecam_shape *b)
{
    uint32_t i = 0, k = 0;
    while (i < a->rank || k < b->rank)
        if (next_dim(a, &i) != next_dim(b, &k))
            return false;
    return true;
}

/* The dimension of 0 becomes what the array's count leaves for it. */
static void fill_unknown(struct ecam_shape *shape, size_t count)
{
    size_t known = 1, at = SIZE_MAX;
    for (uint32_t i = 0; i < shape->rank; i++) {
        if (shape->dim[i] == 0)
            at = i;
        else if (!ecam_mul_size(known, shape->dim[i], &known))
            return;
    }
    if (at != SIZE_MAX && known > 0 && count % known == 0)
        shape->dim[at] = count / known;
}

const struct ecam_weight *ecam_caffe_weight(struct ecam_caffe_import *im, size_t i,
                                            struct ecam_shape shape)
{
    char have[ECAM_SHAPE_TEXT], want[ECAM_SHAPE_TEXT];
    const struct ecam_weight *const found = im->status == ECAM_OK ? find(im, i) : NULL;
    size_t count = 0;
    if (found == NULL) {
        ecam_caffe_fail(im, ECAM_ERR_FORMAT, "its weights '%.100s.%zu' are not in the file",
                        im->layer->name, i);
        return NULL;
    }
    if (ecam_shape_count(&found->shape, &count))
        fill_unknown(&shape, count);
    if (count == 0 || !shapes_agree(&found->shape, &shape)) {
        ecam_caffe_fail(im, ECAM_ERR_SHAPE, "weights '%.100s.%zu' are %s, the graph expects %s",
                        im->layer->name, i, ecam_shape_text(&found->shape, have),
                        ecam_shape_text(&shape, want));
        return NULL;
    }
    /* The set's own array gets the shape that its layer gives it: each is one layer's. */
    struct ecam_weight *const w = &im->set->items[found - im->set->items];
    w->shape = shape;
    for (size_t axis = shape.rank, step = 1; axis-- > 0; step *= shape.dim[axis])
        w->stride[axis] = step;
    return w;
}

const struct ecam_weight *ecam_caffe_transposed(struct ecam_caffe_import *im,
                                                const struct ecam_weight *w)
{
    if (w == NULL)
        return NULL;
    struct ecam_weight *const t = &im->set->items[w - im->set->items];
    t->shape = (struct ecam_shape){ .rank = 2, .dim = { w->shape.dim[1], w->shape.dim[0] } };
    t->stride[0] = 1;
    t->stride[1] = t->shape.dim[0];
    t->is_dense = t->shape.dim[0] == 1 || t->shape.dim[1] == 1;
    return t;
}

const struct ecam_weight *ecam_caffe_derive(struct ecam_caffe_import *im, const char *name,
                                            const char *word, float *data, size_t n)
{
    char full[ECAM_CAFFE_NAME];
    const struct ecam_weight *w = NULL;
    const struct ecam_shape shape = { .rank = 1, .dim = { n } };
    if (data == NULL) {
        ecam_caffe_fail(im, ECAM_ERR_NOMEM, "%zu numbers", n);
        return NULL;
    }
    snprintf(full, sizeof full, "%s.%s", name, word); /* too long: refused as a name */
    im->status = ecam_weight_set_derive(im->set, full, &shape, data, &w, im->err);
    return w;
}
