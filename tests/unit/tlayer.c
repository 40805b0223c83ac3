/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tlayer.h"

#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"

size_t tcount(const struct ecam_shape *shape)
{
    size_t n = 0;
    tu_assert(ecam_shape_count(shape, &n));
    return n;
}

void tindex(const struct ecam_shape *shape, size_t at, size_t *index)
{
    for (size_t i = shape->rank; i-- > 0;) {
        index[i] = at % shape->dim[i];
        at /= shape->dim[i];
    }
}

size_t tplace(const struct ecam_shape *shape, const size_t *index)
{
    size_t at = 0;
    for (size_t i = 0; i < shape->rank; i++)
        at = at * shape->dim[i] + index[i];
    return at;
}

static uint32_t reshape(struct tnet *net, const char *name, uint32_t in, size_t n,
                        const int64_t *shape)
{
    const uint32_t node = tnet_add(net, "reshape", name, 1, &in);
    tnet_ints(net, node, "shape", n, shape);
    return node;
}

/* Input j of the layer: its part of the network's input, in its shape. */
static uint32_t cut_input(struct tlayer *t, size_t j, size_t first)
{
    char name[32];
    uint32_t node = 0;
    int64_t shape[ECAM_MAX_RANK];
    if (t->n_inputs > 1) {
        snprintf(name, sizeof name, "part%zu", j);
        node = tnet_add(&t->net, "slice", name, 1, &node);
        tnet_ints(&t->net, node, "begin", 4, (int64_t[]){ 0, 0, 0, (int64_t)first });
        tnet_ints(&t->net, node, "end", 4,
                  (int64_t[]){ 1, 1, 1, (int64_t)(first + tcount(&t->in[j])) });
    }
    for (size_t i = 0; i < t->in[j].rank; i++)
        shape[i] = (int64_t)t->in[j].dim[i];
    snprintf(name, sizeof name, "in%zu", j);
    return reshape(&t->net, name, node, t->in[j].rank, shape);
}

struct tlayer tlayer_new(const char *kind, size_t n_inputs, const struct ecam_shape *in,
                         const struct tattr *attrs)
{
    struct tlayer t = { .n_inputs = n_inputs };
    uint32_t inputs[ECAM_MAX_STEP_INPUTS];
    size_t total = 0;
    for (size_t j = 0; j < n_inputs; j++) {
        t.in[j] = in[j];
        total += tcount(&in[j]);
    }
    total += total == 0;
    t.net = tnet_new(1, 1);
    t.n_floats = total;
    t.x = ecam_alloc_floats(total);
    for (size_t i = 0; i < total; i++)
        t.x[i] = tnet_random(&t.net);
    total = 0;
    for (size_t j = 0; j < n_inputs; j++) {
        inputs[j] = cut_input(&t, j, total);
        total += tcount(&in[j]);
    }
    t.node = tnet_add(&t.net, kind, "layer", n_inputs, inputs);
    for (; attrs != NULL && attrs->key != NULL; attrs++)
        if (attrs->is_real)
            ck_assert_int_eq(ecam_graph_set_real(t.net.model->network->graph, t.node, attrs->key,
                                                 attrs->real, NULL),
                             ECAM_OK);
        else
            tnet_ints(&t.net, t.node, attrs->key, attrs->n, attrs->value);
    return t;
}

void tlayer_free(struct tlayer *t)
{
    ecam_free(t->x);
    tnet_free(&t->net);
}

float *tlayer_in(const struct tlayer *t, size_t input)
{
    float *x = t->x;
    for (size_t j = 0; j < input; j++)
        x += tcount(&t->in[j]);
    return x;
}

const float *tlayer_weight(const struct tlayer *t, const char *role)
{
    const struct ecam_weight *weight =
        ecam_node_weight(&t->net.model->network->graph->nodes[t->node], role);
    tu_assert(weight != NULL);
    return ecam_weight_in_place(weight);
}

static void run_on(const struct tlayer *t, unsigned threads, struct tvalue *value)
{
    const struct ecam_session_options options = { .threads = threads, .h = 1, .w = t->n_floats };
    struct ecam_session *session = NULL;
    struct ecam_error err;
    struct ecam_tensor out;
    const enum ecam_status status = ecam_session_new(t->net.model, &options, &session, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    for (int again = 0; again < 2; again++) { /* nothing of a run is left in the next */
        ck_assert_int_eq(ecam_session_run(session, t->x, NULL), ECAM_OK);
        ck_assert_int_eq(ecam_session_output(session, &out, NULL), ECAM_OK);
        ck_assert_uint_eq(out.n * out.c, value->n);
        if (value->data == NULL) {
            value->data = ecam_alloc_floats(value->n);
            memcpy(value->data, out.data, value->n * sizeof *value->data);
        }
        ck_assert_msg(memcmp(value->data, out.data, value->n * sizeof *value->data) == 0,
                      "other bits on %u threads", threads);
    }
    ecam_session_free(session);
}

struct tvalue tlayer_run(struct tlayer *t)
{
    struct tvalue value = { .data = NULL };
    struct ecam_shape shapes[2 * ECAM_MAX_STEP_INPUTS + 3];
    struct ecam_error err;
    const uint32_t output = reshape(&t->net, "output", t->node, 2, (int64_t[]){ 1, -1 });
    enum ecam_status status = tnet_finish(&t->net, output, output, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    const struct ecam_shape input = ecam_model_input_shape(t->net.model, 1, 1, t->n_floats);
    status = ecam_graph_infer(t->net.model->network->graph, &input, NULL, t->node, shapes, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    value.shape = shapes[t->node];
    value.n = tcount(&value.shape);
    for (unsigned threads = 1; threads <= 3; threads++)
        run_on(t, threads, &value);
    return value;
}

void tlayer_refused(struct tlayer t, enum ecam_status status, const char *text)
{
    struct ecam_error err = { .status = ECAM_OK };
    struct ecam_shape out;
    enum ecam_status got = tnet_finish(&t.net, t.node, t.node, &err);
    const struct ecam_node *node = &t.net.model->network->graph->nodes[t.node];
    if (got == ECAM_OK)
        got = node->ops->infer(node, t.in, &out, &err);
    ck_assert_msg(got == status, "%s: status %d, %d is expected: %s", text, (int)got, (int)status,
                  got != ECAM_OK ? err.text : "accepted");
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s' is not in '%s'", text, err.text);
    ck_assert_msg(strstr(err.text, "'layer'") != NULL, "no name in '%s'", err.text);
    tlayer_free(&t);
}
