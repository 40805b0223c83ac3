/* SPDX-License-Identifier: BSD-2-Clause
 * Values of an ONNX graph by name, and one form of a constant from another. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/onnx_in.h"

#define MAX_NUMBERS (1 << 24) /* worked out in one import */

/* Where a name stands, or would. */
static size_t place_of(const struct ecam_onnx_import *im, const char *name, bool *found)
{
    size_t low = 0, high = im->n_values;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(im->values[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

struct ecam_onnx_value *ecam_onnx_find(const struct ecam_onnx_import *im, const char *name)
{
    bool found;
    const size_t place = place_of(im, name, &found);
    return found ? im->values[place] : NULL;
}

enum ecam_status ecam_onnx_new_value(struct ecam_onnx_import *im, const char *name,
                                     struct ecam_onnx_value **out)
{
    bool found;
    const size_t place = place_of(im, name, &found);
    if (found)
        return ecam_fail(im->err, ECAM_ERR_FORMAT, "value '%.80s' is made twice", name);
    void *items = (void *)im->values;
    const bool has_room = ecam_reserve(&items, &im->cap_values, im->n_values, sizeof *im->values);
    im->values = items;
    struct ecam_onnx_value *value = has_room ? ecam_calloc(1, sizeof *value) : NULL;
    if (value != NULL)
        value->name = ecam_strdup(name);
    if (value == NULL || value->name == NULL) {
        ecam_free(value);
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "value '%.80s'", name);
    }
    value->node = ECAM_NO_NODE;
    memmove((void *)(im->values + place + 1), (void *)(im->values + place),
            (im->n_values - place) * sizeof *im->values);
    im->values[place] = value;
    im->n_values++;
    *out = value;
    return ECAM_OK;
}

struct ecam_onnx_value *ecam_onnx_input(const struct ecam_onnx_import *im, size_t i)
{
    return i < im->node->n_inputs && im->node->inputs[i][0] != '\0'
               ? ecam_onnx_find(im, im->node->inputs[i])
               : NULL;
}

bool ecam_onnx_is_constant(const struct ecam_onnx_value *value)
{
    return value->tensor != NULL || value->numbers != NULL;
}

bool ecam_onnx_is_absent(const struct ecam_onnx_value *value)
{
    return value->node == ECAM_NO_NODE && !ecam_onnx_is_constant(value);
}

const struct ecam_shape *ecam_onnx_shape(const struct ecam_onnx_import *im,
                                         const struct ecam_onnx_value *value)
{
    return ecam_onnx_is_constant(value) ? &value->shape : &im->shapes[value->node];
}

/* ---- From one form to another ---- */

/* A file must not make numbers without end. */
static enum ecam_status count_numbers(struct ecam_onnx_import *im, size_t n)
{
    im->n_numbers += n;
    return im->n_numbers <= MAX_NUMBERS
               ? ECAM_OK
               : ecam_onnx_fail(im, ECAM_ERR_LIMIT, "more than %d numbers to be worked out in all",
                                MAX_NUMBERS);
}

/* A name of an array that the set has not got. */
static void free_name(const struct ecam_onnx_import *im, const char *base, const char *part,
                      char *out, size_t size)
{
    snprintf(out, size, "%.200s~%s", base, part);
    for (size_t i = 2; ecam_weight_set_find(im->set, out) != NULL; i++)
        snprintf(out, size, "%.200s~%s%zu", base, part, i);
}

enum ecam_status ecam_onnx_derive(struct ecam_onnx_import *im, const char *part,
                                  const struct ecam_shape *shape, float *data,
                                  const struct ecam_weight **out)
{
    char name[256];
    free_name(im, im->base, part, name, sizeof name);
    return ecam_weight_set_derive(im->set, name, shape, data, out, im->err);
}

enum ecam_status ecam_onnx_view(struct ecam_onnx_import *im, const struct ecam_weight *of,
                                const struct ecam_shape *shape, const size_t *stride,
                                const struct ecam_weight **out)
{
    char name[256];
    free_name(im, im->base, "view", name, sizeof name);
    return ecam_weight_set_derive_view(im->set, name, of, shape, stride, out, im->err);
}

/* An input that was needed after all. */
static enum ecam_status left_out(const struct ecam_onnx_import *im)
{
    return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "an input is left out");
}

static enum ecam_status not_constant(const struct ecam_onnx_import *im,
                                     const struct ecam_onnx_value *value, const char *what)
{
    return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                          "%s '%.80s' is known only when the network runs; a constant is needed",
                          what, value->name);
}

/* Integer element i of a tensor. */
static double whole_at(const struct ecam_weight *w, size_t i)
{
    const uint8_t *const p = w->data + i * ecam_dtype_bytes(w->dtype);
    union {
        int64_t i64;
        int32_t i32;
        int16_t i16;
    } u = { 0 };
    switch (w->dtype) {
    case ECAM_DTYPE_I64:
        memcpy(&u.i64, p, sizeof u.i64);
        return (double)u.i64;
    case ECAM_DTYPE_I32:
        memcpy(&u.i32, p, sizeof u.i32);
        return u.i32;
    case ECAM_DTYPE_I16:
        memcpy(&u.i16, p, sizeof u.i16);
        return u.i16;
    case ECAM_DTYPE_I8:
        return *p < 128 ? *p : *p - 256;
    default: /* U8, BOOL */
        return *p;
    }
}

bool ecam_onnx_is_whole(enum ecam_dtype dtype)
{
    return dtype == ECAM_DTYPE_I64 || dtype == ECAM_DTYPE_I32 || dtype == ECAM_DTYPE_I16 ||
           dtype == ECAM_DTYPE_I8 || dtype == ECAM_DTYPE_U8 || dtype == ECAM_DTYPE_BOOL;
}

double ecam_onnx_number(const struct ecam_weight *w, size_t i)
{
    float f;
    if (!ecam_weight_is_float(w))
        return whole_at(w, i);
    ecam_weight_read(w, i, 1, &f);
    return (double)f;
}

enum ecam_status ecam_onnx_as_numbers(struct ecam_onnx_import *im, struct ecam_onnx_value *value,
                                      const char *what)
{
    if (value == NULL)
        return left_out(im);
    if (value->numbers != NULL)
        return ECAM_OK;
    const struct ecam_weight *w = value->tensor;
    size_t n = 0;
    if (w == NULL)
        return not_constant(im, value, what);
    ecam_shape_count(&w->shape, &n);
    if (n > ECAM_ONNX_MAX_FOLDED)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "%s '%.80s' has %zu numbers, at most %d here", what, value->name, n,
                              ECAM_ONNX_MAX_FOLDED);
    const enum ecam_status status = count_numbers(im, n);
    if (status != ECAM_OK)
        return status;
    double *numbers = ecam_calloc(n, sizeof *numbers);
    bool *is_batch = ecam_calloc(n, sizeof *is_batch);
    if (numbers == NULL || is_batch == NULL) {
        ecam_free(numbers);
        ecam_free(is_batch);
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "value '%.80s'", value->name);
    }
    for (size_t i = 0; i < n; i++)
        numbers[i] = ecam_onnx_number(w, i);
    value->numbers = numbers;
    value->is_batch = is_batch;
    value->is_whole = ecam_onnx_is_whole(w->dtype);
    value->n = n;
    return ECAM_OK;
}

enum ecam_status ecam_onnx_as_tensor(struct ecam_onnx_import *im, struct ecam_onnx_value *value,
                                     const char *what, const struct ecam_weight **out)
{
    if (value == NULL)
        return left_out(im);
    if (!ecam_onnx_is_constant(value))
        return not_constant(im, value, what);
    if (value->tensor != NULL && ecam_weight_is_float(value->tensor))
        value->floats = value->tensor;
    if (value->floats == NULL) {
        size_t n = value->n;
        if (value->tensor != NULL)
            ecam_shape_count(&value->tensor->shape, &n);
        float *data = ecam_realloc_array(NULL, n, sizeof *data);
        if (data == NULL)
            return ecam_fail(im->err, ECAM_ERR_NOMEM, "value '%.80s'", value->name);
        for (size_t i = 0; i < n; i++)
            data[i] =
                (float)(value->tensor != NULL ? whole_at(value->tensor, i) : value->numbers[i]);
        char name[256];
        free_name(im, value->name, "float", name, sizeof name);
        const enum ecam_status status =
            ecam_weight_set_derive(im->set, name, &value->shape, data, &value->floats, im->err);
        if (status != ECAM_OK)
            return status;
    }
    *out = value->floats;
    return ECAM_OK;
}

enum ecam_status ecam_onnx_as_node(struct ecam_onnx_import *im, struct ecam_onnx_value *value,
                                   uint32_t *out)
{
    if (value == NULL)
        return left_out(im);
    if (value->node == ECAM_NO_NODE) {
        struct ecam_onnx_layer layer = { .kind = "constant" };
        const struct ecam_weight *tensor = NULL;
        enum ecam_status status = ecam_onnx_as_tensor(im, value, "a constant", &tensor);
        if (status != ECAM_OK)
            return status;
        ecam_onnx_put_weight(&layer, "value", tensor);
        status = ecam_onnx_add(im, &layer, false, &value->node);
        if (status != ECAM_OK)
            return status;
    }
    *out = value->node;
    return ECAM_OK;
}

/* ---- Results of the node in work ---- */

static enum ecam_status new_output(struct ecam_onnx_import *im, size_t i,
                                   struct ecam_onnx_value **out)
{
    return ecam_onnx_new_value(im, im->node->outputs[i], out);
}

static bool is_left_out(const struct ecam_onnx_import *im, size_t i)
{
    return i >= im->node->n_outputs || im->node->outputs[i][0] == '\0';
}

enum ecam_status ecam_onnx_give_node(struct ecam_onnx_import *im, size_t i, uint32_t node)
{
    struct ecam_onnx_value *value = NULL;
    if (is_left_out(im, i))
        return ECAM_OK;
    const enum ecam_status status = new_output(im, i, &value);
    if (status != ECAM_OK)
        return status;
    value->node = node;
    return ecam_onnx_alias(im, value->name, node);
}

enum ecam_status ecam_onnx_give_tensor(struct ecam_onnx_import *im, size_t i,
                                       const struct ecam_weight *tensor)
{
    struct ecam_onnx_value *value = NULL;
    if (is_left_out(im, i))
        return ECAM_OK;
    const enum ecam_status status = new_output(im, i, &value);
    if (status != ECAM_OK)
        return status;
    value->tensor = tensor;
    value->shape = tensor->shape;
    return ECAM_OK;
}

enum ecam_status ecam_onnx_give_numbers(struct ecam_onnx_import *im, size_t i, double *numbers,
                                        bool *is_batch, bool is_whole,
                                        const struct ecam_shape *shape)
{
    struct ecam_onnx_value *value = NULL;
    enum ecam_status status = ECAM_OK;
    size_t n = 0;
    ecam_shape_count(shape, &n);
    if (is_batch == NULL)
        is_batch = ecam_calloc(n, sizeof *is_batch);
    if (numbers == NULL || is_batch == NULL)
        status = ecam_fail(im->err, ECAM_ERR_NOMEM, "%zu numbers", n);
    else
        status = count_numbers(im, n);
    if (status == ECAM_OK && !is_left_out(im, i))
        status = new_output(im, i, &value);
    if (status != ECAM_OK || value == NULL) {
        ecam_free(numbers);
        ecam_free(is_batch);
        return status;
    }
    value->numbers = numbers;
    value->is_batch = is_batch;
    value->is_whole = is_whole;
    value->shape = *shape;
    value->n = n;
    return ECAM_OK;
}
