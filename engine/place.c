/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/place.h"

#include <assert.h>

#include "engine/alloc.h"
#include "engine/arena.h"
#include "engine/common.h"
#include "engine/error.h"

#define NO_BUFFER SIZE_MAX

struct placer {
    struct ecam_plan *plan;
    struct ecam_value *values;
    const struct ecam_step_values *steps;
    struct ecam_buffer *buffers;
    size_t n_buffers;
};

/* ---- Concatenations ---- */

/* Where input j would begin in an image of the output, or SIZE_MAX where that is in
 * the middle of a block. */
static size_t part_offset(const struct ecam_step *step, size_t j)
{
    size_t channels = 0;
    for (size_t i = 0; i < j; i++)
        channels += step->in_shape[i].dim[1];
    if (channels % ECAM_BLOCK != 0)
        return SIZE_MAX;
    return channels * step->out_shape.dim[2] * step->out_shape.dim[3];
}

/* A concatenation all of whose inputs already lie side by side in a larger one (a
 * DenseNet's) is itself a part of that. */
static void adopt_home(struct placer *p, size_t s)
{
    const struct ecam_step *step = &p->plan->steps[s];
    struct ecam_value *out = &p->values[p->steps[s].out];
    const struct ecam_value *first = &p->values[p->steps[s].in[0]];
    if (out->home != ECAM_NO_VALUE || first->home == ECAM_NO_VALUE)
        return;
    for (size_t j = 1; j < step->n_in; j++) {
        const struct ecam_value *in = &p->values[p->steps[s].in[j]];
        const size_t at = part_offset(step, j);
        if (at == SIZE_MAX || in->home != first->home || in->home_at != first->home_at + at)
            return;
    }
    out->home = first->home;
    out->home_at = first->home_at;
}

/* From the last concatenation to the first, so that those which grow one from the
 * other all end in the largest. An input that cannot lie in place is copied. */
static void join_values(struct placer *p)
{
    for (size_t s = p->plan->n_steps; s-- > 0;) {
        const struct ecam_step *step = &p->plan->steps[s];
        if (!(step->ops->traits & ECAM_LAYER_JOINS) || step->out_layout != ECAM_BLOCKED)
            continue;
        adopt_home(p, s);
        for (size_t j = 0; j < step->n_in; j++) {
            struct ecam_value *in = &p->values[p->steps[s].in[j]];
            const size_t at = part_offset(step, j);
            if (at == SIZE_MAX || in->home != ECAM_NO_VALUE || in->first == 0)
                continue;
            in->home = p->steps[s].out;
            in->home_at = at;
            p->values[p->steps[s].out].is_home = true;
        }
    }
}

/* ---- Buffers ---- */

/* The value whose memory holds v, and where in it. */
static struct ecam_value *root_of(const struct placer *p, uint32_t v, size_t *at)
{
    struct ecam_value *value = &p->values[v];
    *at = 0;
    while (value->home != ECAM_NO_VALUE) {
        *at += value->home_at;
        value = &p->values[value->home];
    }
    return value;
}

static bool is_alone(const struct ecam_value *value)
{
    return value->home == ECAM_NO_VALUE && !value->is_home;
}

/* Whether the output of step s may take the memory of value v, which it reads at the
 * same places as it writes. */
static bool can_replace(const struct placer *p, size_t s, uint32_t v)
{
    const struct ecam_step_values *now = &p->steps[s];
    const struct ecam_value *in = &p->values[v], *out = &p->values[now->out];
    if (!is_alone(in) || !is_alone(out) || in->floats != out->floats ||
        p->buffers[in->buffer].last != s + 1)
        return false;
    size_t readers = now->add != ECAM_NO_VALUE && p->values[now->add].buffer == in->buffer;
    for (size_t j = 0; j < p->plan->steps[s].n_in; j++)
        readers += p->values[now->in[j]].buffer == in->buffer;
    return readers == 1;
}

static void give_buffer(struct placer *p, uint32_t v)
{
    size_t at;
    const struct ecam_value *value = &p->values[v];
    struct ecam_value *root = root_of(p, v, &at);
    if (root->buffer == NO_BUFFER) {
        p->buffers[p->n_buffers] =
            (struct ecam_buffer){ .floats = root->floats, .first = value->first };
        root->buffer = p->n_buffers++;
    }
    struct ecam_buffer *buffer = &p->buffers[root->buffer];
    buffer->last = ecam_max_size(buffer->last, value->last);
    p->values[v].buffer = root->buffer;
}

static void share_buffer(struct placer *p, uint32_t v, uint32_t from)
{
    p->values[v].buffer = p->values[from].buffer;
    struct ecam_buffer *buffer = &p->buffers[p->values[v].buffer];
    buffer->last = ecam_max_size(buffer->last, p->values[v].last);
}

static void give_buffers(struct placer *p)
{
    give_buffer(p, ECAM_PLAIN); /* the network's input is value 0 */
    for (size_t s = 0; s < p->plan->n_steps; s++) {
        const struct ecam_step *step = &p->plan->steps[s];
        const struct ecam_step_values *now = &p->steps[s];
        if (now->add != ECAM_NO_VALUE && can_replace(p, s, now->add))
            share_buffer(p, now->out, now->add);
        else if ((step->ops->traits & ECAM_LAYER_IN_PLACE) && can_replace(p, s, now->in[0]))
            share_buffer(p, now->out, now->in[0]);
        else if ((step->ops->traits & ECAM_LAYER_IN_PLACE_1) && can_replace(p, s, now->in[1]))
            share_buffer(p, now->out, now->in[1]);
        else
            give_buffer(p, now->out);
    }
}

/* ---- Addresses ---- */

static size_t place_of(const struct placer *p, uint32_t v, size_t *image)
{
    size_t at;
    const struct ecam_value *root = root_of(p, v, &at);
    *image = root->image;
    return p->buffers[root->buffer].offset + at;
}

/* The way from one image to the next of a plain value, as one of its readers sees it: a
 * view may have another number of images than the value whose memory it is. */
static void note_plain_image(const struct ecam_shape *shape, enum ecam_layout layout, size_t *image)
{
    if (layout == ECAM_PLAIN)
        ecam_layout_image(shape, ECAM_PLAIN, image); /* fits: the plan has asked */
}

static void note_places(struct placer *p, size_t first_work)
{
    struct ecam_plan *plan = p->plan;
    size_t work = first_work, image;
    for (size_t s = 0; s < plan->n_steps; s++) {
        struct ecam_step *step = &plan->steps[s];
        const struct ecam_step_values *now = &p->steps[s];
        for (size_t j = 0; j < step->n_in; j++) {
            step->in_at[j] = place_of(p, now->in[j], &step->in_image[j]);
            note_plain_image(&step->in_shape[j], step->in_layout, &step->in_image[j]);
        }
        if (now->add != ECAM_NO_VALUE) {
            step->add_at = place_of(p, now->add, &step->add_image);
            note_plain_image(&step->out_shape, step->out_layout, &step->add_image);
        }
        step->out_at = place_of(p, now->out, &step->out_image);
        if (step->work_floats != 0)
            step->work_at = p->buffers[work++].offset;
    }
    for (size_t i = 0; i < plan->n_nodes; i++) {
        const uint32_t v = (uint32_t)(ECAM_LAYOUTS * i + ECAM_PLAIN);
        plan->offset[i] = p->values[v].is_stored ? place_of(p, v, &image) : ECAM_NO_OFFSET;
    }
}

enum ecam_status ecam_place_values(struct ecam_plan *plan, struct ecam_value *values,
                                   const struct ecam_step_values *steps, struct ecam_error *err)
{
    struct placer p = { .plan = plan, .values = values, .steps = steps };
    /* A value and a work area a step, and the input. */
    p.buffers = ecam_calloc(2 * plan->n_steps + 1, sizeof *p.buffers);
    if (p.buffers == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "plan of %zu steps", plan->n_steps);
    for (size_t v = 0; v < ECAM_LAYOUTS * plan->n_nodes; v++) {
        values[v].home = ECAM_NO_VALUE;
        values[v].buffer = NO_BUFFER;
    }
    join_values(&p);
    give_buffers(&p);
    const size_t first_work = p.n_buffers;
    for (size_t s = 0; s < plan->n_steps; s++)
        if (plan->steps[s].work_floats != 0)
            p.buffers[p.n_buffers++] = (struct ecam_buffer){ .floats = plan->steps[s].work_floats,
                                                             .first = s + 1,
                                                             .last = s + 1 };
    const enum ecam_status status =
        ecam_arena_place(p.buffers, p.n_buffers, &plan->arena_floats, err);
    if (status == ECAM_OK)
        note_places(&p, first_work);
    ecam_free(p.buffers);
    return status;
}
