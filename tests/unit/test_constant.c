/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(uint32_t rank, const size_t *dim, struct ecam_shape want)
{
    struct tlayer t = tlayer_new("constant", 0, NULL, NULL);
    tnet_weight(&t.net, t.node, "value", 0, rank, dim);
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &want));
    ck_assert_int_eq(memcmp(got.data, tlayer_weight(&t, "value"), got.n * sizeof *got.data), 0);
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(the_floats_of_the_file_in_their_shape)
{
    check(0, NULL, (struct ecam_shape)SHAPE(1));
    check(1, (size_t[]){ 7 }, (struct ecam_shape)SHAPE(7));
    check(6, (size_t[]){ 1, 2, 3, 1, 2, 2 }, (struct ecam_shape)SHAPE(1, 2, 3, 1, 2, 2));
    check(2, (size_t[]){ 300, 200 }, (struct ecam_shape)SHAPE(300, 200));
}
END_TEST

/* Not in place: halves become floats. */
START_TEST(halves_become_floats)
{
    static const uint16_t half[3] = { 0x3c00, 0xc000, 0x3800 };
    struct tlayer t = tlayer_new("constant", 0, NULL, NULL);
    const struct ecam_shape shape = SHAPE(3);
    ck_assert_int_eq(ecam_weight_set_add(t.net.model->network->weights, "layer.value",
                                         ECAM_DTYPE_F16, &shape, NULL, (const uint8_t *)half,
                                         sizeof half, 0, NULL),
                     ECAM_OK);
    struct tvalue got = tlayer_run(&t);
    ck_assert(got.n == 3 && got.data[0] == 1 && got.data[1] == -2 && got.data[2] == 0.5f);
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_is_no_constant_is_refused)
{
    tlayer_refused(tlayer_new("constant", 0, NULL, NULL), ECAM_ERR_FORMAT, "'value'");
    struct tlayer t = tlayer_new("constant", 0, NULL, ATTRS(INTS("shape", 1)));
    tnet_weight(&t.net, t.node, "value", 0, 1, (size_t[]){ 1 });
    tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "'shape'");
    t = tlayer_new("constant", 0, NULL, NULL);
    tnet_weight(&t.net, t.node, "value", 0, 2, (size_t[]){ 2, 0 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "2x0: nothing is in it");
    t = tlayer_new("constant", 1, (struct ecam_shape[]){ SHAPE(1) }, NULL);
    tlayer_refused(t, ECAM_ERR_FORMAT, "1 inputs");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_floats_of_the_file_in_their_shape,
        halves_become_floats,
        what_is_no_constant_is_refused,
    };
    return tu_main("constant", tests, sizeof tests / sizeof *tests);
}
