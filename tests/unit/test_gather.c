/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/gather.h"

#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static struct tlayer with_indices(const struct ecam_shape *in, int64_t axis, uint32_t rank,
                                  const size_t *dim, const float *index, size_t n)
{
    struct tlayer t = tlayer_new("gather", 1, in, ATTRS(INTS("axis", axis)));
    struct ecam_weight_set *const set = t.net.model->network->weights;
    tnet_weight(&t.net, t.node, "index", 0, rank, dim);
    float *const data = (float *)(void *)set->storages[set->n_storages - 1].base;
    memcpy(data, index, n * sizeof *index);
    return t;
}

START_TEST(indices_are_taken_from_either_end)
{
    const struct ecam_shape in = SHAPE(2, 3, 2);
    const float index[] = { 2, 0, -1, -3 };
    struct tlayer t = with_indices(&in, 1, 2, (size_t[]){ 2, 2 }, index, 4);
    struct tvalue y = tlayer_run(&t);
    const struct ecam_shape shape = SHAPE(2, 2, 2, 2);
    static const size_t from[] = { 2, 0, 2, 0 };
    ck_assert(ecam_shape_equal(&y.shape, &shape));
    for (size_t i = 0; i < y.n; i++)
        ck_assert(y.data[i] == t.x[(i / 8 * 3 + from[i / 2 % 4]) * 2 + i % 2]);
    ecam_free(y.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(one_index_takes_the_axis_away)
{
    const struct ecam_shape in = SHAPE(3, 4), shape = SHAPE(3);
    const float index[] = { -4 };
    struct tlayer t = with_indices(&in, -1, 0, NULL, index, 1);
    struct tvalue y = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&y.shape, &shape));
    for (size_t i = 0; i < y.n; i++)
        ck_assert(y.data[i] == t.x[4 * i]);
    ecam_free(y.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_is_not_there_is_refused)
{
    const struct ecam_shape in = SHAPE(3, 4), line = SHAPE(4), deep = SHAPE(1, 1, 1, 1, 1, 2);
    const size_t one[] = { 1 };
    tlayer_refused(with_indices(&in, 0, 1, one, (float[]){ 3 }, 1), ECAM_ERR_SHAPE,
                   "index 3 of axis 0 of 3x4");
    tlayer_refused(with_indices(&in, 1, 1, one, (float[]){ -5 }, 1), ECAM_ERR_SHAPE,
                   "index -5 of axis 1 of 3x4");
    tlayer_refused(with_indices(&in, 0, 1, one, (float[]){ 0.5f }, 1), ECAM_ERR_FORMAT,
                   "index 0 is 0.5, a whole number is expected");
    tlayer_refused(with_indices(&in, 0, 1, one, (float[]){ NAN }, 1), ECAM_ERR_FORMAT,
                   "a whole number is expected");
    tlayer_refused(with_indices(&in, 2, 1, one, (float[]){ 0 }, 1), ECAM_ERR_SHAPE, "axis");
    tlayer_refused(with_indices(&line, 0, 0, NULL, (float[]){ 0 }, 1), ECAM_ERR_SHAPE,
                   "0 axes, 1 to 6 are possible");
    tlayer_refused(with_indices(&deep, 0, 2, (size_t[]){ 1, 1 }, (float[]){ 0 }, 1), ECAM_ERR_SHAPE,
                   "7 axes, 1 to 6 are possible");
    tlayer_refused(tlayer_new("gather", 1, &in, NULL), ECAM_ERR_FORMAT, "index");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        indices_are_taken_from_either_end,
        one_index_takes_the_axis_away,
        what_is_not_there_is_refused,
    };
    return tu_main("gather", tests, sizeof tests / sizeof *tests);
}
