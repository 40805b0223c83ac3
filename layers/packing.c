/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/packing.h"

#include "engine/common.h"

/* Source pages that stay resident while a large array is copied: 4 MiB. */
#define COPY_FLOATS (1u << 20)

static void copy(const void *arg, const struct ecam_weight_set *set, size_t task, float *out)
{
    const struct ecam_weight *weight = *(const struct ecam_weight *const *)arg;
    size_t n = 0;
    ecam_shape_count(&weight->shape, &n);
    const size_t at = task * COPY_FLOATS, part = ecam_min_size(COPY_FLOATS, n - at);
    ecam_weight_read(weight, at, part, out + at);
    ecam_weight_drop(set, weight, at, part);
}

enum ecam_status ecam_pack_floats(const struct ecam_step *step, const struct ecam_weight *weight,
                                  unsigned part, struct ecam_packs *packs, const float **out,
                                  struct ecam_error *err)
{
    *out = weight != NULL ? ecam_weight_in_place(weight) : NULL;
    if (weight == NULL || *out != NULL)
        return ECAM_OK;
    /* The same floats at every level and for every algorithm: one copy for all. */
    size_t n = 0;
    ecam_shape_count(&weight->shape, &n);
    const struct ecam_pack_job job = {
        .key = { .node = step->node,
                 .isa = ECAM_ISA_SCALAR,
                 .algorithm = UINT32_MAX,
                 .part = part },
        .n = n,
        .n_tasks = ecam_ceil_div(n, COPY_FLOATS),
        .fill = copy,
        .arg = &weight,
        .arg_bytes = sizeof weight, /* the pointer */
    };
    return ecam_packs_get(packs, &job, out, err);
}

enum ecam_status ecam_pack_plain(struct ecam_step *step, const struct ecam_weight *weight,
                                 const struct ecam_weight *bias, struct ecam_packs *packs,
                                 struct ecam_error *err)
{
    size_t count = 0;
    ecam_shape_count(&weight->shape, &count);
    step->half = ecam_weight_half_in_place(weight);
    step->weight_bytes = count * (step->half != NULL ? sizeof *step->half : sizeof *step->weight);
    const enum ecam_status status =
        step->half != NULL ? ECAM_OK : ecam_pack_floats(step, weight, 0, packs, &step->weight, err);
    return status == ECAM_OK ? ecam_pack_floats(step, bias, 1, packs, &step->bias, err) : status;
}
