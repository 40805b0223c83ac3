/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/winograd.h"

#include "engine/common.h"
#include "layers/conv.h"
#include "layers/elementwise.h"

const struct ecam_winograd_variant ecam_winograd_variants[ECAM_WINOGRAD_VARIANTS] = {
    [ECAM_WINOGRAD_4X3] = { "winograd 4x4", 4, 6, 3 },
    [ECAM_WINOGRAD_6X3] = { "winograd 6x6", 6, 8, 3 },
    [ECAM_WINOGRAD_4X5] = { "winograd 4x4", 4, 8, 5 },
};

/* The model behind the choice, in cycles of a core with 32 multiply-adds a cycle: the
 * products at the rate that tiles reach, the transforms of one block of one tile, and
 * the weights, which few positions do not amortise, from memory. Fitted to the layers
 * of the seven networks of docs/performance.md. */
#define MACS_PER_CYCLE 28.0
#define CYCLES_PER_TAP 8.0 /* of a transform: loads, sums, one store */
#define BYTES_PER_CYCLE 9.0

static double direct_cycles(const struct ecam_conv *p, const struct ecam_shape *out)
{
    const double terms = (double)(p->in_c * ecam_conv_taps(p));
    const double macs = (double)(out->dim[0] * out->dim[2] * out->dim[3] * p->out_c) * terms;
    return macs / MACS_PER_CYCLE + (double)p->out_c * terms * sizeof(float) / BYTES_PER_CYCLE;
}

static double winograd_cycles(const struct ecam_conv *p, const struct ecam_shape *out,
                              const struct ecam_winograd_variant *v)
{
    const double tiles =
        (double)(out->dim[0] * ecam_ceil_div(out->dim[2], v->m) * ecam_ceil_div(out->dim[3], v->m));
    const double elements = (double)(v->t * v->t);
    const double products = elements * (double)(p->in_c * p->out_c);
    const double blocks =
        (double)(ecam_ceil_div(p->in_c, ECAM_BLOCK) + ecam_ceil_div(p->out_c, ECAM_BLOCK));
    return tiles * products / MACS_PER_CYCLE + tiles * blocks * elements * CYCLES_PER_TAP +
           products * sizeof(float) / BYTES_PER_CYCLE;
}

int ecam_winograd_variant(const struct ecam_step *step)
{
    const struct ecam_conv *p = step->node->params;
    const struct ecam_window *win = &p->window;
    int best = -1;
    /* One run does not repay the transform of the weights, nor their size. */
    if (step->goal != ECAM_GOAL_MANY || !step->allow_winograd || p->groups != 1 ||
        step->pre.node[0] != NULL || win->stride_h != 1 || win->stride_w != 1 ||
        win->dilation_h != 1 || win->dilation_w != 1)
        return best;
    double cycles = direct_cycles(p, &step->out_shape);
    for (int i = 0; i < ECAM_WINOGRAD_VARIANTS; i++) {
        const struct ecam_winograd_variant *v = &ecam_winograd_variants[i];
        if (win->k_h != v->r || win->k_w != v->r)
            continue;
        const double now = winograd_cycles(p, &step->out_shape, v);
        if (now < cycles) {
            cycles = now;
            best = i;
        }
    }
    return best;
}

struct ecam_winograd_kernels ecam_winograd_kernels(const struct ecam_kernels *kernels, int variant)
{
    switch (variant) {
    case ECAM_WINOGRAD_6X3:
        return (struct ecam_winograd_kernels){ kernels->wino6_input, kernels->wino6_output,
                                               kernels->wino6_weight };
    case ECAM_WINOGRAD_4X5: /* the points of F(6, 3), and so its input transform */
        return (struct ecam_winograd_kernels){ kernels->wino6_input, kernels->wino45_output,
                                               kernels->wino45_weight };
    default:
        return (struct ecam_winograd_kernels){ kernels->wino4_input, kernels->wino4_output,
                                               kernels->wino4_weight };
    }
}
