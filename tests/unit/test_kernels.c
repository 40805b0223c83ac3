/* SPDX-License-Identifier: BSD-2-Clause
 * The tables of layers/kernels; what the kernels compute is kcheck's affair. */
#include <stdio.h>
#include <string.h>

#include "layers/kernels/kernels.h"
#include "tests/unit/tu.h"

START_TEST(every_supported_level_names_every_primitive)
{
    size_t n = 0;
    while (ecam_kernel_primitive(n) != NULL)
        n++;
    ck_assert_uint_eq(n, 26);
    for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++) {
        if (!ecam_isa_supported((enum ecam_isa)isa))
            continue;
        ck_assert_int_eq((int)ecam_kernels_get((enum ecam_isa)isa)->isa, isa);
        for (size_t i = 0; i < n; i++) {
            const char *primitive = ecam_kernel_primitive(i);
            const char *name = ecam_kernel_name(i, (enum ecam_isa)isa);
            ck_assert_msg(name != NULL && strncmp(name, primitive, strlen(primitive)) == 0,
                          "%s at %s is %s", primitive, ecam_isa_name((enum ecam_isa)isa),
                          name != NULL ? name : "missing");
        }
    }
}
END_TEST

START_TEST(there_is_no_name_past_the_end_or_at_no_level)
{
    ck_assert_ptr_null(ecam_kernel_primitive(1000));
    ck_assert_ptr_null(ecam_kernel_name(1000, ECAM_ISA_SCALAR));
    ck_assert_ptr_null(ecam_kernel_name(0, ECAM_ISA_AUTO));
    ck_assert_ptr_null(ecam_kernel_name(0, ECAM_ISA_COUNT));
}
END_TEST

/* Packing reads the tile from the table, the kernel has it built in. */
START_TEST(the_tile_in_the_table_is_the_one_in_the_name)
{
    for (int isa = ECAM_ISA_SCALAR; isa < ECAM_ISA_COUNT; isa++) {
        if (!ecam_isa_supported((enum ecam_isa)isa))
            continue;
        const struct ecam_kernels *kernels = ecam_kernels_get((enum ecam_isa)isa);
        char tile[40];
        snprintf(tile, sizeof tile, "conv_%zux%zu_", kernels->conv_m, kernels->conv_n);
        const char *name = ecam_kernel_name(0, (enum ecam_isa)isa);
        ck_assert_msg(strncmp(name, tile, strlen(tile)) == 0, "%s, but the table says %s", name,
                      tile);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_supported_level_names_every_primitive,
        there_is_no_name_past_the_end_or_at_no_level,
        the_tile_in_the_table_is_the_one_in_the_name,
    };
    return tu_main("kernels", tests, sizeof tests / sizeof *tests);
}
