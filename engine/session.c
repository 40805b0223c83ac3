/* SPDX-License-Identifier: BSD-2-Clause
 * A plan with memory behind it: arena, scratch, packed weights, threads. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "engine/isa.h"
#include "engine/model.h"
#include "engine/plan.h"

struct ecam_session {
    const struct ecam_model *model;
    struct ecam_plan *plan;
    struct ecam_pool *pool;
    float *arena, *scratch;
    size_t input_floats, scratch_floats;
    enum ecam_isa isa;
    enum ecam_goal goal;
    bool has_output; /* false where the run stops after the taps */
    bool has_run;
    double *seconds; /* of each step in the last run; NULL: not timed */
    uint32_t *taps;  /* nodes, in the order of the options */
    size_t n_taps;
};

/* The nodes whose values must outlive the run. */
static enum ecam_status find_wanted(struct ecam_session *s,
                                    const struct ecam_session_options *options, uint32_t **out,
                                    size_t *n, struct ecam_error *err)
{
    const struct ecam_graph *graph = s->model->network->graph;
    uint32_t *wanted = ecam_calloc(options->n_taps + 1, sizeof *wanted);
    s->taps = ecam_calloc(options->n_taps, sizeof *s->taps);
    enum ecam_status status = ECAM_OK;
    if (wanted == NULL || s->taps == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu taps", options->n_taps);
        goto out;
    }
    for (size_t i = 0; i < options->n_taps; i++) {
        status = ecam_model_node(s->model, options->taps[i], &s->taps[i], err);
        if (status != ECAM_OK)
            goto out;
        wanted[i] = s->taps[i];
    }
    s->n_taps = options->n_taps;
    *n = options->n_taps;
    if (s->has_output)
        wanted[(*n)++] = graph->output;
    *out = wanted; /* handed over */
    wanted = NULL;
out:
    ecam_free(wanted);
    return status;
}

static enum ecam_status pack_weights(struct ecam_session *s, struct ecam_error *err)
{
    struct ecam_packs *packs = s->model->packs;
    enum ecam_status status = ECAM_OK;
    ecam_packs_begin(packs);
    for (size_t i = 0; i < s->plan->n_steps && status == ECAM_OK; i++) {
        struct ecam_step *step = &s->plan->steps[i];
        if (step->ops->prepare != NULL)
            status = step->ops->prepare(step, packs, err);
    }
    ecam_packs_finish(packs, s->pool); /* after an error, too: the next session finds them */
    return status;
}

/* Weights packed, addresses known, scratch for the hungriest step. */
static enum ecam_status prepare_steps(struct ecam_session *s, struct ecam_error *err)
{
    struct ecam_plan *plan = s->plan;
    size_t scratch = 0, total;
    const enum ecam_status status = pack_weights(s, err);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < plan->n_steps; i++)
        scratch = ecam_max_size(scratch, plan->steps[i].scratch_floats);
    scratch = ecam_ceil_div(scratch, 16) * 16; /* no two threads share a cache line */
    if (!ecam_mul_size(scratch, ecam_pool_threads(s->pool), &total))
        return ecam_fail(err, ECAM_ERR_LIMIT, "scratch memory overflows");
    s->arena = ecam_alloc_floats(plan->arena_floats);
    s->scratch = ecam_alloc_floats(total);
    s->scratch_floats = total;
    if (s->arena == NULL || s->scratch == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu floats for activations",
                         plan->arena_floats + total);
    for (size_t i = 0; i < plan->n_steps; i++) {
        struct ecam_step *step = &plan->steps[i];
        for (size_t j = 0; j < step->n_in; j++)
            step->in[j] = s->arena + step->in_at[j];
        step->add = step->has_add ? s->arena + step->add_at : NULL;
        step->out = s->arena + step->out_at;
        step->work = s->arena + step->work_at;
        step->scratch = s->scratch;
        step->scratch_stride = scratch;
    }
    return ECAM_OK;
}

/* ECAM_WINOGRAD=0 in the environment is for comparisons, as ECAM_ISA is. */
static bool allow_winograd(const struct ecam_session_options *options)
{
    const char *word = getenv("ECAM_WINOGRAD");
    return !options->no_winograd && (word == NULL || strcmp(word, "0") != 0);
}

/* A struct ecam_tensor has four sizes. */
static enum ecam_status check_view(const struct ecam_session *s, uint32_t node,
                                   struct ecam_error *err)
{
    const struct ecam_shape *const shape = &s->plan->shapes[node];
    char text[ECAM_SHAPE_TEXT];
    return shape->rank <= 4
               ? ECAM_OK
               : ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                           "layer '%s': its value is %s; what is tapped has at most 4 axes",
                           s->model->network->graph->nodes[node].name,
                           ecam_shape_text(shape, text));
}

static enum ecam_status check_views(const struct ecam_session *s, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; status == ECAM_OK && i < s->n_taps; i++)
        status = check_view(s, s->taps[i], err);
    return status == ECAM_OK && s->has_output ? check_view(s, s->model->network->graph->output, err)
                                              : status;
}

static enum ecam_status set_up(struct ecam_session *s, const struct ecam_session_options *options,
                               struct ecam_error *err)
{
    const struct ecam_model *model = s->model;
    uint32_t *wanted = NULL;
    size_t n_wanted = 0;
    enum ecam_status status = ecam_isa_resolve(options->isa, &s->isa, err);
    if (status != ECAM_OK)
        return status;
    s->goal = options->goal;
    s->has_output = !options->stop_after_taps;
    status = find_wanted(s, options, &wanted, &n_wanted, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_plan_request request = {
        .graph = model->network->graph,
        .input = ecam_model_input_shape(model, options->n, options->h, options->w),
        .wanted = wanted,
        .n_wanted = n_wanted,
        .goal = options->goal,
        .allow_winograd = allow_winograd(options),
        .kernels = ecam_model_kernels(s->isa),
        .reorder = ecam_model_reorder(),
        .max_macs = model->limits.max_macs,
        .max_arena_bytes = model->limits.max_arena_bytes,
    };
    status = ecam_plan_build(&request, &s->plan, err);
    ecam_free(wanted);
    if (status == ECAM_OK)
        status = check_views(s, err);
    if (status != ECAM_OK)
        return status;
    ecam_shape_count(&s->plan->shapes[0], &s->input_floats);
    if (options->profile) {
        s->seconds = ecam_calloc(s->plan->n_steps, sizeof *s->seconds);
        if (s->seconds == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "times of %zu steps", s->plan->n_steps);
    }
    status =
        ecam_pool_new(options->threads != 0 ? options->threads : ecam_pool_cores(), &s->pool, err);
    return status == ECAM_OK ? prepare_steps(s, err) : status;
}

enum ecam_status ecam_session_new(const struct ecam_model *model,
                                  const struct ecam_session_options *options,
                                  struct ecam_session **out, struct ecam_error *err)
{
    static const struct ecam_session_options defaults = { 0 };
    options = options != NULL ? options : &defaults;
    if (options->goal != ECAM_GOAL_ONCE && options->goal != ECAM_GOAL_MANY)
        return ecam_fail(err, ECAM_ERR_ARG, "session: goal %d is none", (int)options->goal);
    if (options->stop_after_taps && options->n_taps == 0)
        return ecam_fail(err, ECAM_ERR_ARG, "session: stop_after_taps without a tap");
    struct ecam_session *s = ecam_calloc(1, sizeof *s);
    if (s == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "session");
    s->model = model;
    const enum ecam_status status = set_up(s, options, err);
    if (status != ECAM_OK) {
        ecam_session_free(s);
        return status;
    }
    *out = s;
    return ECAM_OK;
}

void ecam_session_free(struct ecam_session *session)
{
    if (session == NULL)
        return;
    ecam_pool_free(session->pool);
    ecam_plan_free(session->plan);
    ecam_free(session->arena);
    ecam_free(session->scratch);
    ecam_free(session->seconds);
    ecam_free(session->taps);
    ecam_free(session);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum ecam_status ecam_session_run(struct ecam_session *session, const float *input,
                                  struct ecam_error *err)
{
    if (input == NULL)
        return ecam_fail(err, ECAM_ERR_ARG, "session: no input");
    const struct ecam_plan *plan = session->plan;
    memcpy(session->arena + plan->offset[0], input, session->input_floats * sizeof *input);
    double start = session->seconds != NULL ? seconds_now() : 0.0;
    for (size_t i = 0; i < plan->n_steps; i++) {
        plan->steps[i].ops->run(&plan->steps[i], session->pool);
        if (session->seconds != NULL) {
            const double end = seconds_now();
            session->seconds[i] = end - start;
            start = end;
        }
    }
    session->has_run = true;
    return ECAM_OK;
}

static struct ecam_tensor tensor_view(const struct ecam_shape *shape, const float *data)
{
    struct ecam_tensor t = { .data = data, .n = 1, .c = 1, .h = 1, .w = 1, .rank = shape->rank };
    size_t *const to[] = { &t.n, &t.c, &t.h, &t.w };
    assert(shape->rank >= 1 && shape->rank <= 4);
    for (size_t i = 0; i < shape->rank; i++)
        *to[i] = shape->dim[i];
    return t;
}

void ecam_session_input(const struct ecam_session *session, struct ecam_tensor *out)
{
    *out = tensor_view(&session->plan->shapes[0], NULL);
}

static struct ecam_tensor value_of(const struct ecam_session *s, uint32_t node)
{
    assert(s->plan->offset[node] != ECAM_NO_OFFSET);
    return tensor_view(&s->plan->shapes[node], s->arena + s->plan->offset[node]);
}

enum ecam_status ecam_session_output(const struct ecam_session *session, struct ecam_tensor *out,
                                     struct ecam_error *err)
{
    if (!session->has_output)
        return ecam_fail(err, ECAM_ERR_ARG, "session: it stops after the taps, there is no output");
    if (!session->has_run)
        return ecam_fail(err, ECAM_ERR_ARG, "session: not run yet");
    *out = value_of(session, session->model->network->graph->output);
    return ECAM_OK;
}

enum ecam_status ecam_session_tap(const struct ecam_session *session, const char *name,
                                  struct ecam_tensor *out, struct ecam_error *err)
{
    uint32_t node;
    const enum ecam_status status = ecam_model_node(session->model, name, &node, err);
    if (status != ECAM_OK)
        return status;
    if (!session->has_run)
        return ecam_fail(err, ECAM_ERR_ARG, "session: not run yet");
    for (size_t i = 0; i < session->n_taps; i++) {
        if (session->taps[i] == node) {
            *out = value_of(session, node);
            return ECAM_OK;
        }
    }
    return ecam_fail(err, ECAM_ERR_ARG, "session: layer '%s' was not asked for as a tap", name);
}

void ecam_session_info(const struct ecam_session *session, struct ecam_session_info *out)
{
    *out = (struct ecam_session_info){
        .isa = session->isa,
        .goal = session->goal,
        .threads = ecam_pool_threads(session->pool),
        .arena_bytes = session->plan->arena_floats * sizeof(float),
        .packed_bytes = ecam_packs_bytes(session->model->packs),
        .scratch_bytes = session->scratch_floats * sizeof(float),
        .macs = session->plan->macs,
    };
}

size_t ecam_session_n_steps(const struct ecam_session *session)
{
    return session->plan->n_steps;
}

static uint64_t bytes_of(const struct ecam_shape *shape)
{
    size_t count = 0;
    ecam_shape_count(shape, &count);
    return count * sizeof(float);
}

void ecam_session_step(const struct ecam_session *session, size_t i, struct ecam_step_info *out)
{
    assert(i < session->plan->n_steps);
    const struct ecam_step *step = &session->plan->steps[i];
    const struct ecam_node *first = step->pre.node[0] != NULL ? step->pre.node[0] : step->node;
    const struct ecam_node *last = &session->model->network->graph->nodes[step->value];
    const bool is_own = step->ops == step->node->ops; /* no mere change of layout */
    *out = (struct ecam_step_info){
        .name = first->name,
        .last = last != first ? last->name : NULL,
        .kind = step->ops->kind,
        .algorithm = step->ops->algorithm != NULL ? step->ops->algorithm(step) : "",
        .in = step->in_shape[0],
        .out = step->out_shape,
        .macs = is_own ? ecam_node_macs(step->node, &step->in_shape[0], &step->out_shape) : 0,
        .bytes = bytes_of(&step->out_shape) + step->weight_bytes,
        .last_seconds = session->seconds != NULL ? session->seconds[i] : 0.0,
    };
    for (size_t j = 0; j < step->n_in; j++)
        out->bytes += bytes_of(&step->in_shape[j]);
    if (step->has_add)
        out->bytes += bytes_of(&step->out_shape);
}
